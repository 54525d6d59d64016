"""A web page as text: its encoding, language, dates and what it says of itself."""
