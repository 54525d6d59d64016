"""Each publisher's own road in a live home, with synthetic pages: what the sample's partial pages cannot try are the floors."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.statistics.gacc.publisher import LABELS
from flows.home import registry
from tests.connectors.synthetic_gacc import synthetic_bulletin, synthetic_index
from tests.connectors.test_dosm import synthetic_sitc
from tests.connectors.test_feeds import feed
from tests.e2e.house import Home
from tests.publishers import Publishers
from warehouse.reference import areas

FMT = "https://www.freemalaysiatoday.com"
FEED = f"{FMT}/category/business/feed/"
CALENDAR = "https://storage.dosm.gov.my/meta/arc.csv"
SITC = "https://storage.dosm.gov.my/trade/trade_sitc_1d.csv"
BULLETINS = "http://english.customs.gov.cn/statics/report/monthly.html"
BULLETIN = "(2) Imports and Exports by Country (Region) of Origin/Destination"


def article(path: str, text: str, paragraphs: int = 20) -> bytes:
    """Synthetic: nobody wrote it."""
    body = "".join(f"<p>Paragraph {number}: {text}, says this synthetic article at some length, and then once more.</p>"
                   for number in range(paragraphs))
    return (f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Story {path}</title>"
            f"<meta property='og:type' content='article'><link rel='canonical' href='{FMT}/{path}'>"
            f"<meta property='article:published_time' content='{datetime.now(UTC):%Y-%m-%dT00:00:00+00:00}'></head>"
            f"<body><article><h1>Story {path}</h1>{body}</article></body></html>").encode()


def serve_news(publishers: Publishers, **articles: str) -> None:
    now = datetime.now(UTC) - timedelta(hours=2)
    publishers.serve(FEED, feed(*(
        f"<item><title>Story {path}</title><link>{FMT}/{path}</link><description>About.</description>"
        f"<pubDate>{now:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>" for path in articles)), "application/rss+xml")
    for path, text in articles.items():
        publishers.serve(f"{FMT}/{path}", article(path, text), "text/html")


def test_news_comes_in_and_an_edited_article_keeps_both_texts(filled: Home, publishers: Publishers) -> None:
    serve_news(publishers, one="trade grew by 5 per cent", two="trade fell by 2 per cent")
    said = filled.run("refresh", "news.fmt")
    assert (said.code, "2 loads: 2 new" in said.out) == (0, True), said.out
    before = filled.seen()
    assert (filled.run("refresh", "news.fmt").code, filled.seen() == before) == (0, True)
    serve_news(publishers, one="trade grew by 6 per cent", two="trade fell by 2 per cent")
    assert filled.run("refresh", "news.fmt").code == 0
    assert filled.rows("SELECT url, max(version_no) FROM news.article JOIN news.article_version USING (article) GROUP BY 1 "
                       "ORDER BY 1") == [(f"{FMT}/one", 2), (f"{FMT}/two", 1)]
    shown = filled.run("status", "--json").json["lines"]
    assert [line["result"] for line in shown if line["dataset"] == "news.fmt"] == ["new data"]


def test_a_feed_that_is_a_web_page_is_an_error_and_its_articles_stay(filled: Home, publishers: Publishers) -> None:
    serve_news(publishers, one="trade grew by 5 per cent")
    filled.run("refresh", "news.fmt")
    publishers.serve(FEED, b"<html><body>We have moved</body></html>", "text/html")
    said = filled.run("refresh", "news.fmt")
    assert (said.code, "ERROR" in said.out) == (1, True)
    assert filled.rows("SELECT count(*) FROM news.article") == [(1,)]


def test_the_release_calendar_decides_what_is_overdue(filled: Home, publishers: Publishers) -> None:
    soon = datetime.now(UTC) + timedelta(days=20)
    publishers.serve(CALENDAR, (
        "publication_id,release_date,title_en,publication_type,frequency,release_series\n"
        f"trade_2026-01,{soon:%Y-%m-%d} 12:00:00,External Trade: Jan 2026,trade,MONTHLY,2026-01-01\n").encode(), "text/csv")
    assert "overdue" in filled.run("status").out
    said = filled.run("refresh", "dosm.calendar")
    assert (said.code, "new" in said.out) == (0, True), said.out
    (line,) = [line for line in filled.run("status", "--json").json["lines"] if line["dataset"] == "dosm.headline"]
    assert (line["expected"], line["next_release"]) == ("none", f"{soon:%-d %b %Y}")


def test_sections_of_sitc_come_in(filled: Home, publishers: Publishers) -> None:
    publishers.serve(SITC, synthetic_sitc(lambda ringgit: f"{ringgit}.0", months=132, since=2015), "text/csv")
    said = filled.run("refresh", "dosm.sitc")
    assert (said.code, "2,904 new" in said.out) == (0, True), said.out
    newest = filled.rows("SELECT strftime(max(period_start), '%Y-%m') FROM stats.trade WHERE dataset = 'dosm.sitc'")[0][0]
    assert filled.run("get", "Malaysia", "World", newest, "--products", "SITC4-1").code == 0


def test_sections_are_the_fresher_world_total_where_the_headline_has_stalled(filled: Home, publishers: Publishers) -> None:
    publishers.serve(SITC, synthetic_sitc(lambda ringgit: f"{ringgit}.0", months=134, since=2015), "text/csv")
    assert filled.run("refresh", "dosm.sitc").code == 0
    newer, both = (filled.run("get", "Malaysia", "World", month).out for month in ("2026-02", "2025-12"))
    assert "dosm.sitc" in newer and "dosm.headline" not in newer
    assert "dosm.headline" in both and "dosm.sitc" not in both
    newest = {line["dataset"]: line["newest"] for line in filled.run("status", "--json").json["lines"]}
    assert (newest["dosm.headline"], newest["dosm.sitc"]) == ("Dec 2025", "Feb 2026")


def countries() -> list[str]:
    """Every English label that China's customs print for a country."""
    found = {area: label for _, label, _, area in LABELS.rows if label.isascii()}
    return [label for area, label in sorted(found.items()) if areas.kind_of(area) == "country" and area != "CHN"]


def test_the_bulletin_answers_before_the_preliminary_table(filled: Home, publishers: Publishers) -> None:
    rows = [(label, *(f"{value:,}" for value in (1_200, 3_600, 700, 2_100, 500, 1_500)), "1.0", "2.0", "3.0")
            for label in ("TOTAL", *countries())]
    page = "http://english.customs.gov.cn/Statics/synthetic-bulletin.html"
    publishers.serve(BULLETINS, synthetic_index([(BULLETIN, [("Mar", page)])], select="monthlysel"), "text/html")
    publishers.serve(page, synthetic_bulletin(rows, title=f"{BULLETIN},3.2026", unit="<span>Unit:CNY 10,000</span>", month=3,
                                              dated="2026/04/18"), "text/html")
    said = filled.run("refresh", "gacc.bulletin")
    assert said.code == 0, said.out
    shown = filled.run("get", "China", "Malaysia", "2026-03").out
    assert "gacc.bulletin.country" in shown and "gacc.prelim.country" not in shown
    versions = filled.run("revisions", "China", "Malaysia", "--period", "2026-03", "--flow", "total").out
    assert "first" in versions and "edition" in versions and "revised" not in versions


def test_too_few_partners_are_incomplete(filled: Home, publishers: Publishers) -> None:
    rows = [(label, "1,200", "3,600", "700", "2,100", "500", "1,500", "1.0", "2.0", "3.0") for label in ("TOTAL", *countries()[:120])]
    page = "http://english.customs.gov.cn/Statics/synthetic-bulletin.html"
    publishers.serve(BULLETINS, synthetic_index([(BULLETIN, [("Mar", page)])], select="monthlysel"), "text/html")
    publishers.serve(page, synthetic_bulletin(rows, title=f"{BULLETIN},3.2026", unit="<span>Unit:CNY 10,000</span>", month=3,
                                              dated="2026/04/18"), "text/html")
    before = filled.seen()
    said = filled.run("refresh", "gacc.bulletin")
    assert (said.code, "121 partners where at least 150 are expected" in said.out, filled.seen() == before) == (1, True, True)


@pytest.mark.parametrize("name", ["statement", "statement.miti"])
def test_statements_come_from_the_package_once(filled: Home, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from connectors.statistics.statements import CONNECTOR

    lines = CONNECTOR.packaged.file.read_text(encoding="utf-8").splitlines(keepends=True)
    few = tmp_path / "statements.csv"
    few.write_text("".join([lines[0], *[line for line in lines[1:] if ",statement.matrade," in line]]), encoding="utf-8")
    monkeypatch.setattr(type(CONNECTOR), "packaged", replace(CONNECTOR.packaged, file=few))
    said = filled.run("refresh", name)
    assert (said.code, "statement.matrade" in said.out) == (0, True)
    before = filled.seen()
    assert (filled.run("refresh", name).code, filled.seen() == before) == (0, True)


def test_the_table_of_all_publishers_has_a_row_for_each_and_a_page_behind_it() -> None:
    pages = Path(__file__).parents[2] / "docs" / "publishers"
    named = re.findall(r"^\| \[`(\w+)`\]\(([\w-]+\.md)\)", (pages / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert {name for name, _ in named} == set(registry.connectors())
    assert all((pages / page).is_file() for _, page in named)
