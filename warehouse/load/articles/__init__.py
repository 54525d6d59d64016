"""Articles that were read, on their way into the lake: which are copies of one another, and a version for each new text."""
