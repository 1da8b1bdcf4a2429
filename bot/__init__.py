"""What runs inside Rasa: turns, understanding, judgement."""
