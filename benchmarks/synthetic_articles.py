"""Synthetic news pages for the benchmark: nobody wrote or published them, and the figures in them are made by a counter.

Four layouts as sites have them (JSON-LD, meta elements, a dateline alone, bare paragraphs of the early web), of 300 to 900 words in
a furniture of menus, scripts and related links; one in ten is a copy of an earlier one under another address and dateline.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

HOST = "https://www.freemalaysiatoday.com"
_SUBJECTS = ("exports of composed goods", "imports from the imagined partner", "the synthetic surplus", "shipments of nothing",
             "orders for invented machinery", "trade with an unnamed neighbour", "the made-up index", "deliveries of paper tonnes")
_VERBS = ("rose", "fell", "widened", "narrowed", "recovered", "slowed", "held", "reached")
_TAILS = ("according to a counter in a loop", "said nobody in particular", "in a month that never was", "after a pause of {n} lines",
          "compared with line {n} of this page", "as the benchmark required", "while the other figure stayed at {n}")


def page(number: int) -> bytes:
    """Page ``number``: the same bytes for the same number."""
    copied = number % 10 == 9 and number > 10
    body = _paragraphs(number - 7 if copied else number)
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=number)
    title = f"Synthetic story {number - 7 if copied else number} of a benchmark"
    if copied:
        body[0] = f"SOMEWHERE ELSE, Nov {at.day} (Bernama) -- {body[0]}"
    layout = number % 4
    head = {
        0: '<script type="application/ld+json">'
           f'{{"@type": "NewsArticle", "headline": "{title}", "datePublished": "{at.isoformat()}"}}</script>',
        1: f'<meta property="article:published_time" content="{at:%Y-%m-%d %H:%M:%S}"><meta property="og:title" content="{title}">',
    }.get(layout, "")
    if layout == 2:
        body[0] = f"KUALA LUMPUR, Nov {at.day} (Bernama) -- {body[0]}"
    inner = "<br><br>".join(body) if layout == 3 else "".join(f"<p>{text}</p>" for text in body)
    related = "".join(f"<li><a href='/story/{n}'>Another synthetic story, {n}</a></li>" for n in range(number, number + 40))
    menu = "".join(f"<li><a href='/section/{n}'>Section {n}</a></li>" for n in range(30))
    return (f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title} | A site</title>{head}"
            f"<link rel='canonical' href='{HOST}/story/{number}'><style>{'.a{color:red} ' * 200}</style></head><body>"
            f"<header><nav><ul>{menu}</ul></nav></header><main><article><h1>{title}</h1><div class='body'>{inner}</div></article>"
            f"<aside><ul>{related}</ul></aside></main><footer>Terms</footer><script>{'var a=1;' * 3000}</script></body></html>").encode()


def _paragraphs(number: int) -> list[str]:
    chance = random.Random(number)
    return [" ".join(_sentence(chance) for _ in range(chance.randint(2, 4))) for _ in range(chance.randint(8, 16))]


def _sentence(chance: random.Random) -> str:
    tail = chance.choice(_TAILS).format(n=chance.randint(1, 9_999))
    return (f"In step {chance.randint(1, 9_999)} {chance.choice(_SUBJECTS)} {chance.choice(_VERBS)} by "
            f"{chance.randint(1, 99)}.{chance.randint(0, 9)} per cent to RM{chance.randint(1, 900)}.{chance.randint(0, 99):02} billion, "
            f"{tail}.")
