"""Contracts: the types that travel, the errors with names, the tables and their columns.

``travel`` and ``errors`` are light; ``tables`` needs dataframely, so commands that only read never import it.
"""
