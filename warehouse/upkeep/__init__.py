"""Proof, maintenance, backups, what is published, and whether a home is of one piece."""
