"""Which entry answers: the FAQ index, its evidence, and how sure it is."""
