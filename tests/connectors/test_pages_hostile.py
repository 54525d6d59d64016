"""Odd pages and feeds, by seed: each gives an article or an error by name, whatever stands in it."""

from __future__ import annotations

import json
import os
import random
from datetime import UTC, datetime

import pytest

from connectors.news.article import read_article
from connectors.news.items import read_items
from connectors.news.sources import BY_HAND
from tests.hostile import texts
from warehouse.schema.errors import PublisherError
from warehouse.schema.travel import Document, Fetch

COUNT = int(os.environ.get("ENTREPOT_SOAK_TEXTS", "120"))
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261129"))
DATES = (
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0000-00-00", "05/03/2026", "2026-02-31", "-1", "9" * 5_000,
    "2026-02-09T10:00:00Z",
         "Mon, 01 Jan 0001 00:00:00 GMT", "١٢/٠٣/٢٠٢٦", "", "now", "1e999")
SETS = ("utf-8", "gb18030", "big5", "shift_jis", "euc-kr", "utf-16", "idna", "no-such", "")


def hostile_page(draw: random.Random, text: str) -> bytes:
    date, title = draw.choice(DATES), text[:draw.randrange(1, 80)]
    story = {"@type": draw.choice(("NewsArticle", ["Article"], None, 5)), "headline": draw.choice((title, [title], {"name": title}, None)),
             "datePublished": draw.choice((date, [date], {"@value": date}, 10**30)), "url": draw.choice(("//", "https://x", "", 7))}
    blocks = [json.dumps(story), "[" * draw.randrange(3_000), '{"@graph": [1, null, [[]], {"@type": "ItemList"}]}',
              '{"n": ' + "9" * 5_000 + "}", "<!-- {} -->"]
    head = "".join(f"<script type='application/ld+json'>{block}</script>" for block in draw.sample(blocks, draw.randrange(4)))
    tags = ("p", "div", "h2", "li", "time", "aside")
    body = "".join(f"<{tag}>{line}</{tag}>" for line in text.split(". ")[:40] for tag in [draw.choice(tags)])
    page = (f"<html><head><meta charset='{draw.choice(SETS)}'><title>{title}</title><meta name='pubdate' content='{date}'>{head}</head>"
            f"<body><h1>{title}</h1><time datetime='{date}'>{date}</time>{body * draw.choice((1, 1, 3))}</body></html>")
    raw = page.encode(draw.choice(("utf-8", "gb18030", "utf-16-le")), "replace")
    if draw.random() < 0.3:
        at = draw.randrange(len(raw))
        raw = raw[:at] + draw.choice((b"", bytes(draw.randrange(256) for _ in range(9)) + raw[at:]))
    return raw


def hostile_feed(draw: random.Random, text: str) -> bytes:
    items = "".join(f"<item><title>{text[:50]}</title><link>{draw.choice(('', 'x', '//', 'https://a.example/' + str(n)))}</link>"
                    f"<guid isPermaLink='{draw.choice(('true', 'false', ''))}'>{draw.choice(('', 'urn:1', 'https://a.example/g'))}</guid>"
                    f"<pubDate>{draw.choice(DATES)}</pubDate></item>" for n in range(draw.randrange(4)))
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode("utf-8", "replace")


@pytest.mark.timeout(7200 if COUNT > 1000 else 300)
def test_every_page_and_feed_is_read_or_refused_by_name() -> None:
    draw, seen = random.Random(SEED), 0
    for number, text in enumerate(texts(SEED + 1, COUNT)):
        for make, read in ((hostile_page, lambda one: read_article(one, BY_HAND).row),
                           (hostile_feed, lambda one: read_items(one, BY_HAND))):
            raw = make(draw, text)
            fetch = Fetch("1", "news.import", "https://a.example/story", datetime(2026, 11, 1, tzinfo=UTC), 200, "0" * 64, len(raw),
                          "imported")
            try:
                read(Document(fetch, raw))
                seen += 1
            except PublisherError:
                continue
            except Exception as error:
                raise AssertionError(f"{make.__name__} {number} of seed {SEED}: {raw[:300]!r}") from error
    assert seen > COUNT / 10
