"""One module per publisher: what to ask for and how to read the answer.

Storing, checking and scheduling live elsewhere (``warehouse``, ``flows``).
"""
