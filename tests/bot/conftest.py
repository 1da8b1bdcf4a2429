"""Rasa is imported here first, before a test module imports a part of it."""

import tests.bot.rasa_quietly  # noqa: F401
