"""Graph components: thin doors of Rasa's pipeline to the cores in `bot.nlu` and `bot.search`."""
