"""Fills a home with something of everything that it keeps: run by ``make.py`` inside the checkout of an old version, with its code.

    python fill.py INTO        writes INTO/home, INTO/backup and INTO/written

What is imported from ``tests`` here is that version's. The publishers are simulated and the clock is set, so that each making
tells the same story; only ids of requests and names of files differ. ``written`` is what the old version itself answers: its
tables as CSV, the loads that waited for a person as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from flows.house import House
from flows.settings import Settings

from connectors.statistics.ecb.connector import QUOTES
from connectors.statistics.statements import CONNECTOR as STATEMENTS
from flows import claimed, clock
from tests.connectors.test_ecb import synthetic_answer
from tests.connectors.test_feeds import feed
from tests.e2e.house import Home, Said
from tests.e2e.pages import HEADLINE, gacc_page, headline, revised, serve_gacc, without_month
from tests.publishers import Publishers
from tests.publishers.mutations import scale
from warehouse.lake import Place, connect

FMT = "https://www.freemalaysiatoday.com"
CALENDAR = "https://storage.dosm.gov.my/meta/arc.csv"
RATES = f"https://data-api.ecb.europa.eu/service/data/EXR/D.{'+'.join(QUOTES)}.EUR.SP00.A"
DAYS = ("2026-04-09", "2026-04-10", "2026-04-13")

ARTICLE = """<html lang="en"><head><title>A synthetic article about imports</title>
<link rel="canonical" href="https://news.example.org/a-synthetic-article">
<meta property="og:type" content="article"><meta property="article:published_time" content="2025-04-20T10:00:00+08:00"></head>
<body><article>
<h1>A synthetic article about imports</h1>
<p>Malaysia's imports were RM114.0 billion in March 2025, the statistics office said on Friday in its monthly release.</p>
<p>This page was made for a test and its figure is that of a synthetic file: nobody's imports are meant by it, and nothing else in it
is a statement about trade. It goes on for a while so that it is long enough to be an article.</p></article></body></html>"""

TABLES = ("stats.trade", "stats.trade_revision", "stats.trade_coarser", "stats.fx_rate", "stats.fx_rate_revision", "stats.indicator",
          "stats.indicator_revision", "mart.vintages", "mart.revisions", "ref.release", "news.article", "news.article_version",
          "news.claim", "news.verdict", "ops.fetch", "ops.load", "ops.quarantine", "ops.check_result", "ops.snapshot_tag")


class Story:
    """What is typed at the home, each day at two in the morning."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._now = datetime.fromisoformat("2026-04-15T02:00:00+08:00")

    def on(self, day: str) -> None:
        self._now = datetime.fromisoformat(f"{day}T02:00:00+08:00")

    def type(self, *words: str | Path, code: int = 0) -> Said:
        """Type a command; anything but the expected exit code ends the making."""
        with clock.at(self._now):
            said = self.home.run(*words)
        self._now += timedelta(minutes=10)
        if said.code != code:
            sys.exit(f"{' '.join(map(str, words))} ended with {said.code}:\n{said.text}")
        sys.stdout.write(f"$ entrepot {' '.join(map(str, words))}\n{said.out}\n")
        return said

    def read_articles(self) -> None:
        """The nightly step that reads claims and checks them."""
        with clock.at(self._now), self.home.environment():
            claimed.night(House(Settings(home=self.home.root)))
        self._now += timedelta(minutes=10)


def fill(into: Path) -> None:
    with Publishers() as publishers:
        home = Home(into / "home", publishers)
        home.root.mkdir()
        (home.root / "entrepot.toml").write_text('tz = "Asia/Shanghai"\ncontact = "desk@example.org"\nkeep_runs_days = 30\n')
        story = Story(home)
        _tell(story, publishers, into)
        _write(home.place, into / "written")
        _write(Place(home.root / "demo" / "lake"), into / "written" / "demo")
        (into / "written" / "held.json").write_text(story.type("--json", "held", "list", "--all").out)


def _tell(story: Story, publishers: Publishers, into: Path) -> None:
    story.on("2026-04-15")
    publishers.serve(HEADLINE, headline(), "text/csv")
    publishers.serve(CALENDAR, (
        b"publication_id,release_date,title_en,publication_type,frequency,release_series\n"
        b"trade_2026-01,2026-05-20 12:00:00,External Trade: Jan 2026,trade,MONTHLY,2026-01-01\n"), "text/csv")
    serve_gacc(publishers, 3)
    publishers.serve(RATES, json.dumps(synthetic_answer(
        {quote: [round(1.5 + number + at / 1000, 4) for at in range(len(DAYS))] for number, quote in enumerate(QUOTES)},
        list(DAYS))).encode(), "application/json")
    story.type("refresh", "dosm.headline", "dosm.calendar", "gacc.prelim", "ecb.exr.day")
    story.type("snapshots", "tag", "as-first-loaded")

    # Statements of the package, two speakers of them.
    lines = STATEMENTS.packaged.read_text(encoding="utf-8").splitlines(keepends=True)
    few = into / "statements.csv"
    few.write_text("".join([lines[0], *[line for line in lines[1:] if ",statement.miti," in line or ",statement.matrade," in line]]))
    with patch.object(type(STATEMENTS), "packaged", few):
        story.type("refresh", "statement")
    few.unlink()

    # News: an article of a feed, and one that a person has, whose claim the next revision turns.
    item = f"<item><title>Trade</title><link>{FMT}/one</link><pubDate>Tue, 14 Apr 2026 10:00:00 +0000</pubDate></item>"
    publishers.serve(f"{FMT}/category/business/feed/", feed(item), "application/rss+xml")
    publishers.serve(f"{FMT}/one", ARTICLE.replace("https://news.example.org/a-synthetic-article", f"{FMT}/one").replace(
        "2025-04-20T10:00:00+08:00", "2026-04-14T18:00:00+08:00").encode(), "text/html")
    story.type("refresh", "news.fmt")
    page = into / "article.html"
    page.write_text(ARTICLE)
    story.type("import", page)
    page.unlink()
    story.read_articles()
    story.type("sources", "disable", "news.fmt")

    # A revision; a month withdrawn; the same file once more.
    story.on("2026-04-16")
    larger = revised(headline(), "2025-03", 20_000_000_000)
    publishers.serve(HEADLINE, larger, "text/csv")
    story.type("refresh", "dosm.headline")
    story.read_articles()
    publishers.serve(HEADLINE, without_month(larger, "2020-05"), "text/csv")
    story.on("2026-04-17")
    story.type("refresh", "dosm.headline")
    story.type("refresh", "dosm.headline")

    # On hold: one rejected, one that a later release superseded, one accepted by mistake and undone by a restore.
    thousandfold = tuple(range(2, 9))
    publishers.serve(HEADLINE, scale(headline(121), 1000, columns=thousandfold), "text/csv")
    story.on("2026-05-20")
    story.type("refresh", "dosm.headline", code=3)
    story.type("held", "reject", "1", "--why", "in thousands")
    serve_gacc(publishers, 3, 4, m4=gacc_page(4, factor=10_000))
    story.type("refresh", "gacc.prelim", code=3)
    serve_gacc(publishers, 3, 4)
    story.type("refresh", "gacc.prelim")
    publishers.serve(HEADLINE, headline(121), "text/csv")
    story.type("refresh", "dosm.headline")
    publishers.serve(HEADLINE, scale(headline(122), 1000, columns=thousandfold), "text/csv")
    story.on("2026-06-19")
    story.type("refresh", "dosm.headline", code=3)
    story.type("snapshots", "tag", "before-june")
    story.type("held", "accept", "3", "--why", "as published")
    story.type("snapshots", "restore", "before-june", "--dataset", "dosm.headline", "--why", "it was wrong after all", "--yes")

    # Rows set aside: a label that the version after this one knows, and one that nobody does.
    story.on("2026-07-15")
    serve_gacc(publishers, 3, 4, 6, m6=_with_rows(gacc_page(6), "Saba", "Atlantis"))
    story.type("refresh", "gacc.prelim")

    # One is left open; and an answer that cannot be read.
    story.on("2026-07-16")
    serve_gacc(publishers, 3, 4, 5, 6, m5=gacc_page(5, factor=10_000), m6=_with_rows(gacc_page(6), "Saba", "Atlantis"))
    story.type("refresh", "gacc.prelim", code=3)
    publishers.serve(CALENDAR, b"<html>We are moving</html>", "text/html")
    story.type("refresh", "dosm.calendar", code=1)
    story.type("snapshots", "tag", "half-year", "--note", "for the report")
    story.type("status")

    # A demo beside it, of a part of the sample: reconstructed documents.
    story.type("--demo", "refresh", "gacc.prelim", "dosm.calendar", "news")
    story.type("verify")
    story.type("backup", "create", into / "backup")


def _with_rows(page: bytes, *labels: str) -> bytes:
    """A page of GACC with further partners, each with the figures of its last."""
    (row,) = re.findall(rb"<tr>(?:(?!</tr>).)*Germany(?:(?!</tr>).)*</tr>", page, re.DOTALL)
    return page.replace(row, b"".join([row, *(row.replace(b"Germany", label.encode()) for label in labels)]))


def _write(place: Place, into: Path) -> None:
    into.mkdir()
    con = connect(place)
    con.execute("SET TimeZone = 'UTC'")
    for table in TABLES:
        con.execute(f"COPY (FROM {table} ORDER BY ALL) TO '{into / table}.csv' (HEADER)")
    con.close()


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
