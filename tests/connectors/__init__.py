"""Tests of the client and the connectors."""
