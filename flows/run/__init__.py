"""How a number travels: fetch, parse, load, and what a person decides about it."""
