"""News over real HTTP, end to end: listings, pasted addresses, feeds that only look new, what is hostile, which sources are asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.home import registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.home.sources import off, switch
from tests.connectors.test_feeds import feed
from tests.e2e.house import Home
from tests.e2e.test_every_publisher import FEED, FMT, article, serve_news
from tests.publishers import Publishers
from tests.publishers.faults import Fault
from warehouse.schema.errors import UsageError

MITI = "https://www.miti.gov.my"
LIST = f"{MITI}/index.php/search/results?search=trade+performance"
PAGE = f"{MITI}/index.php/pages/view/10290"


def served_feed(path: str, built: str, *, title: str = "Story") -> bytes:
    now = datetime.now(UTC).replace(hour=0, minute=0, second=0) - timedelta(hours=2)
    return feed(f"<lastBuildDate>{built}</lastBuildDate><pubDate>{built}</pubDate><item><title>{title}</title><link>{FMT}/{path}</link>"
                f"<pubDate>{now:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>")


def articles(home: Home) -> list[tuple[object, ...]]:
    return home.rows("SELECT source, url, title FROM news.article ORDER BY url")


def test_a_feed_that_only_says_that_it_was_built_anew_writes_no_snapshot(home: Home, publishers: Publishers) -> None:
    publishers.serve(FEED, served_feed("one", "Mon, 23 Nov 2026 02:00:00 +0800"), "application/rss+xml")
    publishers.serve(f"{FMT}/one", article("one", "trade grew"), "text/html")
    assert home.run("refresh", "news.fmt").code == 0
    before, held = home.seen(), home.held()
    for day in (24, 25, 26):
        publishers.serve(FEED, served_feed("one", f"Tue, {day} Nov 2026 02:00:00 +0800"), "application/rss+xml", etag=f'"{day}"')
        assert home.run("refresh", "news.fmt").code == 0
    assert (home.seen(), home.held()) == (before, held)
    assert len(publishers.asked(FEED)) == 4


def test_a_listing_brings_its_articles_when_it_is_named_or_enabled(home: Home, publishers: Publishers) -> None:
    publishers.serve(LIST, b"<html><body><a href='/index.php/pages/view/10290'>Trade in March</a><a href='/login'>Login</a></body></html>",
                     "text/html")
    publishers.serve(PAGE, article("x", "trade grew").replace(f"{FMT}/x".encode(), PAGE.encode()), "text/html")
    said = home.run("refresh", "news.miti")
    assert said.code == 0, said.text
    assert articles(home) == [("miti", PAGE, "Story x")]
    shown = home.run("sources", "show", "news.miti", "--json").json[0]
    assert (shown["enabled"], shown["seen"][:13], shown["robots"][:7]) == (False, "answered here", "allowed")


def test_a_pasted_address_comes_in_under_the_source_whose_site_it_is(home: Home, publishers: Publishers) -> None:
    publishers.serve(f"{FMT}/story", article("story", "trade grew"), "text/html")
    publishers.serve("https://paper.example.com/a", article("a", "trade fell").replace(FMT.encode(), b"https://paper.example.com"),
                     "text/html")
    said = home.run("import", f"{FMT}/story?utm_source=mail", "https://paper.example.com/a")
    assert said.code == 0, said.text
    assert [row[:2] for row in articles(home)] == [("import", "https://paper.example.com/a"), ("fmt", f"{FMT}/story")]
    before = home.seen()
    assert (home.run("import", f"{FMT}/story").code, home.seen() == before) == (0, True)


@pytest.mark.parametrize(("address", "said"), [
    ("https://www.scmp.com/economy/1", "paywalled"), ("http://[", "is no address"), ("https://a b/", "is no address")])
def test_an_address_that_is_not_asked_for_is_said_before_anything_is(home: Home, publishers: Publishers, address: str, said: str) -> None:
    told = home.run("import", address)
    assert (told.code, said in told.text) == (2, True), told.text
    assert publishers.asked() == []


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest/meta-data/", "http://127.0.0.1:80/", "https://[::1]/", "file:///etc/passwd"])
def test_an_article_that_leads_to_a_private_address_is_refused(home: Home, publishers: Publishers, target: str) -> None:
    publishers.serve(FEED, served_feed("one", "x"), "application/rss+xml")
    publishers.fault(f"{FMT}/one", Fault.redirect(target))
    for words in (("refresh", "news.fmt"), ("import", f"{FMT}/one")):
        told = home.run(*words, "--json")
        assert [(one["error"], one["result"]) for one in told.json] == [("Forbidden", "error")], told.text
    assert {asked.host for asked in publishers.asked()} == {"www.freemalaysiatoday.com"}


def test_a_private_address_that_a_person_pastes_is_refused(home: Home, publishers: Publishers) -> None:
    told = home.run("import", f"{publishers.base}/secret", "--json")
    assert [one["error"] for one in told.json] == ["Forbidden"] and publishers.asked() == []


LAUGHS = b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
BOMB = b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "lollollol">' + LAUGHS + b"]>"


@pytest.mark.parametrize(("body", "error"), [
    (BOMB + b"<rss version='2.0'><channel><title>&j;</title></channel></rss>", "Incomplete"),
    (b"<rss version='2.0'><channel>" + b"<item>" * 60_000, "NotReadable"),
    (b"<rss version='2.0'><channel><item><title>" + b"x" * (4 * 1024 * 1024), "TooLarge"),
], ids=["entity bomb", "a million elements", "giant"])
def test_a_hostile_feed_is_refused_by_name(home: Home, publishers: Publishers, body: bytes, error: str) -> None:
    publishers.serve(FEED, body, "application/rss+xml")
    assert [one["error"] for one in home.run("refresh", "news.fmt", "--json").json] == [error]


def test_an_entity_of_a_feed_opens_no_file_and_multiplies_nothing(home: Home, publishers: Publishers, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret of the house")
    head = BOMB.replace(b"]>", f'<!ENTITY file SYSTEM "{secret.as_uri()}">]>'.encode())
    body = served_feed("one", "x", title="A story &j; &file;").replace(b"<?xml version='1.0'?>", head)
    publishers.serve(FEED, body, "application/rss+xml")
    said = home.run("sources", "check", "news.fmt")
    assert (said.code, "1 item," in said.out, "secret of" in said.out, len(said.out) < 2_000) == (0, True, False, True), said.text


@pytest.mark.parametrize(("body", "error"), [
    (article("one", "trade grew") + b"<p>" * 40_000, "NotReadable"),
    (article("one", "trade grew") + b" " * (4 * 1024 * 1024), "TooLarge"),
    (b"<html><title>t</title><p " + b"a=1 " * 100_000 + b">", "NotReadable"),
    (BOMB + article("one", "&j;", paragraphs=1), "Incomplete"),
], ids=["a million elements", "giant", "a million attributes", "entity bomb"])
def test_a_hostile_page_is_refused_by_name(home: Home, publishers: Publishers, body: bytes, error: str) -> None:
    publishers.serve(f"{FMT}/one", body, "text/html")
    assert [one["error"] for one in home.run("import", f"{FMT}/one", "--json").json] == [error]


def test_a_pages_scripts_are_neither_run_nor_read(home: Home, publishers: Publishers) -> None:
    publishers.serve(f"{FMT}/one", article("one", "trade <script>document.title = 'owned'</script>grew<img src=x onerror=alert(1)>"),
                     "text/html")
    assert home.run("import", f"{FMT}/one").code == 0
    ((title, text),) = home.rows("SELECT title, text FROM news.article JOIN news.article_version USING (article)")
    assert title == "Story one" and "trade grew" in text and "owned" not in text and "alert" not in text and "<" not in text


def test_a_check_asks_one_source_and_loads_nothing(home: Home, publishers: Publishers) -> None:
    serve_news(publishers, one="trade grew", two="trade fell")
    said = home.run("sources", "check", "news.fmt")
    assert (said.code, "2 items, 2 of them on www.freemalaysiatoday.com, 2 with a date" in said.out) == (0, True), said.text
    assert [asked.path for asked in publishers.asked("www.freemalaysiatoday.com")] == ["/category/business/feed/"]
    assert home.held() == {}
    publishers.robots("www.freemalaysiatoday.com", "User-agent: *\nDisallow: /")
    refused = home.run("sources", "check", "news.fmt")
    assert (refused.code, "robots.txt" in refused.text) == (4, True)
    assert home.run("sources", "list", "--json").json[0]["dataset"]
    assert home.run("sources", "check", "news").code == 2


def test_what_a_home_turns_off_is_left_out_of_every_run_that_does_not_name_it(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path))
    assert {"news.wto", "news.miti"} <= off(house) and "news.fmt" not in off(house)
    switch(house, "gacc", False)
    switch(house, "news.miti", True)
    everything = registry.wanted((), off(house))
    assert "gacc" not in everything and "news.miti" in everything["news"] and "news.wto" not in everything["news"]
    assert "news.wto" not in registry.wanted(["news"], off(house))["news"]
    # What is named is asked all the same.
    assert registry.wanted(["gacc"], off(house)) == {"gacc": [name for name in registry.datasets() if name.startswith("gacc.")]}
    assert registry.wanted(["news.wto"], off(house)) == {"news": ["news.wto"]}
    switch(house, "gacc", True)
    assert "gacc" in registry.wanted((), off(house))


def test_a_file_of_switches_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path))
    for text in ("[enabled", "enabled = 3", "[enabled]\nx = 'yes'"):
        (tmp_path / "sources.toml").write_text(text)
        with pytest.raises(UsageError, match=r"sources\.toml"):
            off(house)


WORDS = ("exports", "imports", "surplus", "partner", "customs", "figure", "month", "growth", "output", "orders", "quarter", "port")


def story(path: str, of: int, *, day: int = 20, agency: str = "", site: str = FMT) -> bytes:
    """A synthetic page that tells story ``of``; two pages with one ``of`` are copies."""
    lines = (" ".join(f"{WORDS[(of * 7 + n * 5 + k * k) % 12]} {of}{n}{k}" for k in range(14)) for n in range(12))
    body = "".join(f"<p>{'' if n else agency}{line}.</p>" for n, line in enumerate(lines))
    return (f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Story {path}</title><meta property='og:type' "
            f"content='article'><link rel='canonical' href='{site}/{path}'><meta property='article:published_time' "
            f"content='2026-11-{day:02}T0{of}:00:00+00:00'></head><body><article><h1>Story {path}</h1>{body}</article></body>"
            "</html>").encode()


def saved(folder: Path, **pages: bytes) -> list[Path]:
    for name, body in pages.items():
        (folder / f"{name}.html").write_bytes(body)
    return [folder / f"{name}.html" for name in pages]


def serve_stories(publishers: Publishers, **pages: bytes) -> None:
    now = datetime.now(UTC) - timedelta(hours=2)
    items = (f"<item><title>x</title><link>{FMT}/{path}</link><pubDate>{now:%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>"
             for path in pages)
    publishers.serve(FEED, feed(*items), "application/rss+xml")
    for path, body in pages.items():
        publishers.serve(f"{FMT}/{path}", body, "text/html")


def test_articles_that_come_together_are_one_snapshot_and_copies_are_found(home: Home, publishers: Publishers, tmp_path: Path) -> None:
    serve_stories(publishers, a=story("a", 1), b=story("b", 2), c=story("c", 1, day=21, agency="KUALA LUMPUR, Nov 21 (Bernama) -- "),
                  late=story("late", 2, day=28), bad=b"<html><title>t</title>")
    said = home.run("refresh", "news.fmt", "--json")
    assert sorted(one["result"] for one in said.json) == ["error", "new_data", "new_data", "new_data", "new_data"]
    assert {one["snapshot"] for one in said.json if one["result"] == "new_data"} == {1}
    by_title = "SELECT title, original_title, copies FROM (SELECT a.title, o.title AS original_title, a.copies FROM mart.articles a " \
               "JOIN mart.articles o ON a.original = o.article) ORDER BY title"
    assert home.rows(by_title) == [("Story a", "Story a", 2), ("Story b", "Story b", 1), ("Story c", "Story a", 2),
                                   ("Story late", "Story late", 1)]
    # A copy that comes later, from another site, joins; who is the original stays; an edited text keeps its cluster.
    clusters = dict(home.rows("SELECT title, cluster FROM news.article"))
    (page,) = saved(tmp_path, d=story("d", 1, day=22, site="https://paper.example.com"))
    assert home.run("import", page).code == 0
    serve_stories(publishers, a=story("a", 3), b=story("b", 2))
    assert home.run("refresh", "news.fmt").code == 0
    after = dict(home.rows("SELECT title, cluster FROM news.article"))
    assert {title: after[title] for title in clusters} == clusters and after["Story d"] == clusters["Story a"]
    assert home.rows("SELECT DISTINCT copies FROM mart.articles WHERE cluster = (SELECT cluster FROM news.article "
                     "WHERE title = 'Story a')") == [(3,)]
    assert home.rows("SELECT max(version_no) FROM news.article_version JOIN news.article USING (article) WHERE title = 'Story a'") == [(2,)]
    # The lake of the first snapshot is there as it was, and a rebuild gives the same rows.
    assert home.run("sql", "SELECT count(*) AS n FROM news.article", "--as-of", "1", "--json").json == [{"n": 4}]
    assert home.run("snapshots", "show", "1").code == 0
    before = home.held()
    assert home.run("verify").code == 0 and home.run("rebuild").code == 0
    rebuilt = home.held()
    assert {name for name in before if before[name] != rebuilt[name]} <= {"ops.migration"}


def test_a_crash_between_the_commit_of_many_and_their_journal_loses_nothing(
        home: Home, publishers: Publishers, monkeypatch: pytest.MonkeyPatch) -> None:
    serve_stories(publishers, a=story("a", 1), b=story("b", 2), c=story("c", 3))

    class Killed(BaseException):
        """As if the process had been killed there."""

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as broken, pytest.raises(Killed):
        broken.setattr("flows.run.texts.articles.committed_entries", killed)
        home.run("refresh", "news.fmt")
    assert home.run("refresh", "news.fmt").code == 0
    assert home.rows("SELECT count(*), count(DISTINCT load_id) FROM news.article") == [(3, 3)]
    journal = House(Settings(home=home.root)).journal
    assert len(journal.committed()) == 3 and home.run("verify").code == 0
