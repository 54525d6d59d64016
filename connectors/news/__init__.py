"""Connectors of news sources."""
