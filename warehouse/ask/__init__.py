"""Answers from a reading connection: figures, ranks, two accounts side by side, what is expected."""
