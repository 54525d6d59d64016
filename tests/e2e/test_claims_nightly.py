"""The nightly step: articles' claims are read once, checked, kept, and checked again when the figures behind them change."""

from __future__ import annotations

from pathlib import Path

from flows.home.house import House
from flows.home.settings import Settings
from flows.run.texts import claims
from flows.tell import run_report
from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, headline, revised
from tests.publishers import Publishers

ARTICLE = """<html lang="en"><head><title>A synthetic article about imports</title>
<link rel="canonical" href="https://news.example.org/a-synthetic-article">
<meta property="og:type" content="article"><meta property="article:published_time" content="2025-04-20T10:00:00+08:00"></head>
<body><article>
<h1>A synthetic article about imports</h1>
<p>Malaysia's imports were RM114.0 billion in March 2025, the statistics office said on Friday in its monthly release.</p>
<p>This page was made for a test and its figure is that of a synthetic file: nobody's imports are meant by it, and nothing else in it
is a statement about trade. It goes on for a while so that it is long enough to be an article.</p></article></body></html>"""


def house(home: Home, *, demo: bool = False) -> House:
    with home.environment():
        return House(Settings(home=home.root), demo=demo)


def night(home: Home, *, demo: bool = False) -> claims.nightly.Night:
    found = claims.safely(house(home, demo=demo))
    assert not isinstance(found, str), found
    return found


def test_the_sample_s_articles_are_read_once(demo_once: Home, tmp_path: Path) -> None:
    home = demo_once.copied(tmp_path / "home")
    (read,) = home.run("--demo", "--json", "sql", "SELECT count(*) AS texts FROM news.reading").json
    assert read == {"texts": 3}, "the refresh of a demo holds its claims against its figures, as a night does"
    said = home.run("--demo", "--json", "sql", "SELECT verdict, kind FROM mart.claim_report WHERE url LIKE '%china-malaysia-2024%'").json
    assert {"verdict": "source_dependent", "kind": "level"} in said and {"verdict": "contradicted", "kind": "ratio"} in said
    assert home.run("--demo", "--json", "sql", "SELECT count FROM news.event WHERE kind = 'agreement'").json == [{"count": 30}]
    told = run_report.news(claims.nightly.Night(texts=3, claims=21, verdicts={"supported": 21}))
    assert "## News" in told and "3 texts read" in told

    kept = home.files("demo/lake/data", "demo/lake/published")
    again = night(home, demo=True)
    assert (again.texts, again.rechecked, run_report.news(again)) == (0, 0, "")
    assert home.files("demo/lake/data", "demo/lake/published") == kept


def test_a_revision_turns_a_verdict_and_the_morning_page_says_so(home: Home, publishers: Publishers, tmp_path: Path) -> None:
    publishers.serve(HEADLINE, headline(), "text/csv")
    assert home.run("refresh", "dosm.headline").code == 0
    page = tmp_path / "article.html"
    page.write_text(ARTICLE)
    said = home.run("import", page)
    assert said.code == 0, said.text
    first = night(home)
    assert (first.texts, dict(first.verdicts or {})) == (1, {"supported": 1})

    publishers.serve(HEADLINE, revised(headline(), "2025-03", 20_000_000_000), "text/csv")
    assert home.run("refresh", "dosm.headline").code == 0
    second = night(home)
    assert (second.texts, second.rechecked) == (0, 1)
    (flip,) = second.flips
    assert (flip.was, flip.now) == ("supported", "vintage_dependent")
    assert "agrees → was right, since revised" in run_report.news(second)
    assert home.rows("SELECT verdict, previous FROM news.verdict ORDER BY snapshot") == [
        ("supported", None), ("vintage_dependent", "supported")]

    assert night(home).rechecked in (0, 1) and len(home.rows("FROM news.verdict")) == 2


def test_a_night_that_cannot_write_says_why(home: Home) -> None:
    assert "were not read: Busy" in run_report.news("Busy: another writer is at work")
    assert claims.safely(house(home)) == claims.nightly.Night()
