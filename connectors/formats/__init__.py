"""Formats that several publishers speak."""
