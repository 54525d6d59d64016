"""Search without a server: an index inside the page, and a script of ours that looks in it. It asks for nothing, from a file too.

The page's policy lets this one script run, by its hash. What it finds is written as text, never as markup.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.pages.site.whole import Site

MOST = 5_000
"""Entries of the index: about half a megabyte."""
SCRIPT = (files(__package__) / "search.js").read_text(encoding="utf-8")


def fingerprint(script: str) -> str:
    """How a policy names a script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def body(site: Site) -> list[str]:
    """The page: a field, the results, the index, the script."""
    entries = index(site)
    left = len(site.held_pairs) - len(site.pairs)
    more = f" {left:,} pairs without a page are not among them." if left > 0 else ""
    # "<" inside the index would end the element that it stands in.
    inside = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return ["<h1>Search</h1>",
            '<form role="search"><input id="q" name="q" type="search" autocomplete="off" aria-label="Country, dataset or publisher" '
            'placeholder="Country, dataset or publisher"><button>Search</button></form>',
            f'<p id="said" class="quiet" role="status">{len(entries):,} entries: pairs, countries, datasets, articles.{more}</p>',
            '<ul id="found" class="results"></ul>',
            "<noscript><p>The search needs a script of this page; the lists above lead to everything.</p></noscript>",
            f'<script type="application/json" id="index">{inside}</script>', f"<script>{SCRIPT}</script>"]


def index(site: Site) -> list[list[str]]:
    """Title, path, further words: of every pair and country with a page, every dataset, and the articles of the claims."""
    found = [[pair.title, pair.path, f"{pair.one} {pair.other} pair {pair.first}–{pair.last}"] for pair in site.pairs]
    found += [[one.title, one.path, f"{one.area} country {one.first}–{one.last}"] for one in site.countries]
    found += [[str(one["dataset"]), f"datasets.html#{one['dataset']}", f"{one['title']} · {one['publisher']} dataset"]
              for one in site.datasets]
    found += [[title, "claims.html", "article, claims"] for title in dict.fromkeys(one.title for one in site.claims if one.title)]
    return found[:MOST]
