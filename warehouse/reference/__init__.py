"""Reference data that people reviewed, as files with their sources, and the functions that look things up in it."""
