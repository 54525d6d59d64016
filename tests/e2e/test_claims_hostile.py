"""Whatever a text holds, it is one article's fault: it is read within bounds, nothing is left attached, and the night goes on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path

import duckdb
import pytest

from flows.home.house import House
from flows.home.settings import Settings
from flows.run.texts import claims
from flows.tell import run_report
from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, headline, revised
from tests.hostile import texts
from tests.publishers import Publishers
from warehouse.claims import limits, nightly
from warehouse.claims.check import book_for, check
from warehouse.claims.read.dating import read_dated
from warehouse.claims.read.reader import read_text
from warehouse.claims.say import terminal
from warehouse.claims.say.page import page as page_of
from warehouse.claims.weigh.arithmetic import relations
from warehouse.lake.opening import Place, connect, writer
from warehouse.shown import shown

COUNT = int(os.environ.get("ENTREPOT_SOAK_TEXTS", "150"))
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261129"))
DAYS = ("2025-02-20", "2025-02", "2025", None, "1900-01-01", "2100-12-31")
CHECKED = "China's exports to Malaysia reached US$101.5 billion in 2024, up 17.6 per cent, and China was its largest trading partner."


@pytest.fixture(scope="module")
def lake(demo_once: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    con = connect(Place(demo_once.root / "demo" / "lake"))
    yield con
    con.close()


def attached(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in con.execute("SELECT database_name FROM duckdb_databases()").fetchall()}


@pytest.mark.timeout(7200 if COUNT > 1000 else 300)
def test_no_text_raises_out_of_reading_or_checking(lake: duckdb.DuckDBPyConnection) -> None:
    before = attached(lake)
    made = enumerate(texts(SEED, COUNT))
    while chunk := list(islice(made, 50)):
        readings = [read_dated(text, by_page=DAYS[number % len(DAYS)]) for number, text in chunk]
        with book_for(lake, readings) as book:
            for (number, text), reading in zip(chunk, readings, strict=True):
                try:
                    check(lake, reading, book=book)
                except Exception as error:
                    raise AssertionError(f"text {number} of seed {SEED}: {text[:500]!r}") from error
    assert attached(lake) == before


class Tags(HTMLParser):
    """What of a page a browser would take for more than words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [str(value) for name, value in attrs if name == "href"]


def test_whatever_a_text_holds_its_page_has_our_tags_only_and_its_lines_are_lines(lake: duckdb.DuckDBPyConnection) -> None:
    hostile = ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><a href='javascript:alert(1)'>", "]]><!--", "&lt;b&gt;",
               "\x1b[2J\x1b]0;taken\x07", "\u202eturned", "马来西亚" * 80)
    written = [f"{words} {CHECKED} {words}China's trade with Malaysia was {words} US$300 billion in 2024{words}." for words in hostile]
    readings = [read_dated(text, by_page="2025-02-20") for text in [*written, *islice(texts(SEED, 60), 60)]]
    marked = 0
    with book_for(lake, readings) as book:
        for reading in readings:
            report = check(lake, reading, book=book)
            tags = Tags()
            tags.feed(made := page_of(report, title=reading.text[:200]))
            marked += made.count("<mark ")
            assert tags.found <= {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "strong", "ul", "li", "a", "div",
                                  "mark", "sup", "blockquote", "article", "details", "summary", "table", "thead", "tbody", "tr", "th", "td",
                                  "pre", "footer"}
            assert tags.attributes <= {"lang", "charset", "name", "content", "http-equiv", "class", "id", "href", "title", "open", "rel"}
            assert all(link.startswith("#claim-") for link in tags.links), tags.links
            assert len(made) < 20_000 + 8 * len(reading.text) + 20_000 * len(report.claims)
            plain = terminal.Paint(on=False)
            lines = [*terminal.head(report, 100, plain), *terminal.tail(report, 100, plain), *(
                line for one in report.claims for line in (*terminal.wrapped(one.claim.sentence, 100, 1),
                                                           *terminal.claim(one, 100, plain, "", printable=True, whole=True)))]
            assert not [line for line in lines if shown(line) != line or "\n" in line or terminal.cells(line) > 100]
    assert marked > 2 * len(written)


def test_a_check_that_fails_leaves_nothing_attached(lake: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    before, reading = attached(lake), read_text(CHECKED, published="2025-02-20")
    with monkeypatch.context() as patched:
        patched.setattr("warehouse.claims.check.relations", lambda claims: 1 / 0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                check(lake, reading)
    assert attached(lake) == before
    assert len(check(lake, reading).claims) == len(reading.claims) > 0
    with book_for(lake, [reading]) as book:
        check(lake, reading, book=book)
        assert attached(lake) > before
        book.close()
        check(lake, reading, book=book)  # a book that was closed attaches what it needs anew
    assert attached(lake) == before


def test_what_is_too_much_is_left_out_and_named() -> None:
    many = read_text("China's exports to Malaysia were US$101.5 billion in 2024, up 17.6 per cent. " * 3_000, published="2025")
    assert len(many.claims) <= limits.MOST_CLAIMS + 2
    assert any("the text has" in left for left in many.unread) and any("what stands behind" in left for left in many.unread)
    made = relations(many.claims)
    assert len(made) <= len(many.claims) * limits.MOST_ALIKE ** 2
    assert read_text("Trade " + "9" * 4_400 + " billion yuan.").unread == ("1 sentence of more than 2,000 characters",)
    assert read_text("China exported " + "9" * 1_400 + " billion yuan to Malaysia in 2024.").claims == ()


def page(number: int, said: str) -> str:
    return f"""<html lang="en"><head><title>A synthetic article, number {number}</title>
<link rel="canonical" href="https://news.example.org/synthetic-{number}"><meta property="og:type" content="article">
<meta property="article:published_time" content="2025-04-20T10:00:00+08:00"></head><body><article>
<h1>A synthetic article, number {number}</h1><p>{said}</p>
<p>This page was made for a test and its figure is that of a synthetic file: nobody's imports are meant by it, and nothing else in it
is a statement about trade. It goes on for a while so that it is long enough to be an article.</p></article></body></html>"""


def test_the_night_goes_on_past_an_article_and_says_which(home: Home, publishers: Publishers, tmp_path: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    publishers.serve(HEADLINE, headline(), "text/csv")
    assert home.run("refresh", "dosm.headline").code == 0
    good = "Malaysia's imports were RM114.0 billion in March 2025, the statistics office said on Friday in its monthly release."
    for number, said in enumerate((good, f"{good} Its exports were RM{'9' * 4_400} billion.", good.replace("114.0", "114.1"))):
        file = tmp_path / f"{number}.html"
        file.write_text(page(number, said))
        assert home.run("import", file).code == 0
    with home.environment():
        house = House(Settings(home=home.root))
    place, real = house.place, nightly.check
    meanwhile: list[str] = []

    def check_or_break(con, reading, *, book):  # type: ignore[no-untyped-def]  # as check
        with writer(place, "another run", wait_s=0):  # nobody holds the lock while the night thinks
            if not meanwhile:
                meanwhile.append("was let in")
        if "114.1" in reading.text:
            raise RuntimeError("a fault of ours")
        return real(con, reading, book=book)

    monkeypatch.setattr(nightly, "check", check_or_break)
    first = claims.safely(house)
    assert isinstance(first, nightly.Night) and meanwhile
    assert first.texts == 2 and (first.verdicts or {})["supported"] >= 2
    assert {(fault.url[-1], fault.said.split(":")[0]) for fault in first.faults} == {("1", "not read whole"), ("2", "not checked")}
    told = run_report.news(first)
    assert "a fault of ours" in told and "number 1" in told and "Of 2 articles" in told

    monkeypatch.setattr(nightly, "check", real)
    assert isinstance(second := claims.safely(house), nightly.Night)
    assert (second.texts, second.faults) == (1, ())  # the one that was not checked, and no other again
    monkeypatch.setattr(nightly, "work", lambda con, rules: 1 / 0)
    assert claims.safely(house) == "ZeroDivisionError: division by zero"


def test_figures_that_come_in_while_it_thinks_are_thought_of(home: Home, publishers: Publishers, tmp_path: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    publishers.serve(HEADLINE, headline(), "text/csv")
    assert home.run("refresh", "dosm.headline").code == 0
    file = tmp_path / "page.html"
    file.write_text(page(0, "Malaysia's imports were RM114.0 billion in March 2025, the statistics office said in its release."))
    assert home.run("import", file).code == 0
    with home.environment():
        house = House(Settings(home=home.root))
    real, turns = nightly.work, []

    def work(con, rules):  # type: ignore[no-untyped-def]  # as nightly.work
        made = real(con, rules)
        if not turns:
            publishers.serve(HEADLINE, revised(headline(), "2025-03", 20_000_000_000), "text/csv")
            assert home.run("refresh", "dosm.headline").code == 0
        turns.append(made.seen)
        return made

    monkeypatch.setattr(nightly, "work", work)
    assert claims.night(house).texts == 1
    assert turns == sorted(turns) and len(set(turns)) == 2
    assert home.rows("SELECT verdict FROM news.verdict") == [("vintage_dependent",)]
