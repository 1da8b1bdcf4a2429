"""What the bot does beyond saying a sentence. Runs in the stock `rasa run actions`."""
