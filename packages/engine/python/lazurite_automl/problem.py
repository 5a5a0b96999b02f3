"""What is wrong with what the user gave, in words."""


class Problem(Exception):
    """Ends the program with its text alone."""
