"""Understanding in plain Python, usable without Rasa."""
