"""What is asked for when: due, late, past periods, the day of a release."""
