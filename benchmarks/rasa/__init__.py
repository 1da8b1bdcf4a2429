"""What a Rasa user has today, trained on the same data."""
