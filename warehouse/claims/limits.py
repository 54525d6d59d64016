"""How much of one text is read: what is longer is left out and said, so that no text takes a night's time. Pure.

No figure of trade has more digits, no report more claims; a text past these limits was made by a machine or to do harm. What is left
out stands in ``Reading.unread``, in words.
"""

from __future__ import annotations

MOST_DIGITS = 21
"""Digits before the point: the world's trade in rupiah has eighteen."""
MOST_DECIMALS = 9
LONGEST_TEXT = 200_000
"""Characters of a text: a long report has 60,000."""
LONGEST_SENTENCE = 2_000
"""Characters of a sentence; the longest of ours has 900. A longer one is a table without its lines, or noise."""
MOST_CLAIMS = 1_000
"""Claims of one text."""
MOST_EVENTS = 300
"""Events of one text."""
MOST_TRIED = 40_000
"""Neighbours that the claims of one text are held against together: pairs, flows and periods that it names."""
LEAST_TRIED = 40
"""And so many for each of them in any case."""
MOST_NEAR = 80
"""Claims around one whose series are such neighbours: all that most reports have."""
MOST_READINGS = 12
"""Other readings of one sentence that are tried on all of its figures."""
MOST_DESKS = 48
"""Small databases that a book keeps open at once: one a reporter and day."""
MOST_ALIKE = 4
"""Figures of one series in one text that one is held against: the nearest before it."""
FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Years that a text may be from."""
