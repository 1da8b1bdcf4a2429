"""The desk: one log per conversation, one owner, a fence. It knows nothing of Rasa."""
