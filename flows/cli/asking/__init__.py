"""Commands that ask the lake: figures, both accounts, SQL, and texts checked against it."""
