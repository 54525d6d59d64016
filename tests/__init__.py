"""Tests mirror the packages; ``tests/publishers`` simulates the upstreams over real HTTP on loopback."""
