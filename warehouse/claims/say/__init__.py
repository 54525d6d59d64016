"""What is said of a checked claim: sentences, what is safe to print, a page."""
