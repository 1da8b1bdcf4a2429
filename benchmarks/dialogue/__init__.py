"""How well requests for a person and lost patience are noticed; and the training of both."""
