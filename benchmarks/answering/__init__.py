"""How well questions are answered, and how well they are not, on data nobody here wrote."""
