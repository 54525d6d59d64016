"""One home: its settings, its parts, its connectors and the clock."""
