"""What to do with a message: the decision in plain Python, and the Rasa policy around it."""
