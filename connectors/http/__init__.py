"""The one polite HTTP client: what is asked, answered, believed and kept."""
