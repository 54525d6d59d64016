"""Connectors of statistical publishers."""
