"""What is stored and how it is kept true: archive, journal, lake, contracts, commits and answers.

Nothing here contacts a publisher (``connectors``) or knows a scheduler (``flows``).
"""
