"""Words of others as they are shown: characters that command a terminal, or hide or turn what stands beside them, by their number.

Pure. What else a medium takes for a command is its own affair: markdown is ``flows.tell.run_report``, a chat ``flows.tell.notices``,
a spreadsheet
``flows.cli.asking.outputs``, a page ``escape`` here.
"""

from __future__ import annotations

import html
import re
import unicodedata

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def shown(text: str) -> str:
    """The text with each such character as ``\\u202e``, which in JSON is the same text."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: Chinese letters take two, an accent after its letter none."""
    return len(text) if text.isascii() else sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def escape(text: str, quote: bool = True) -> str:
    """The text inside a page of HTML, between tags and in attributes."""
    return html.escape(shown(text), quote)
