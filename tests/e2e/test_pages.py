"""``entrepot publish pages TO``: a site that opens from a folder, obeys licences, and touches nothing that is not its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import feedparser
import pytest
from fastapi.testclient import TestClient
from lxml import etree

import warehouse
from flows.home.house import House
from flows.home.settings import Settings
from flows.tell import site as telling
from flows.web.app import application
from tests.e2e.house import Home
from tests.screens import faults, keep
from warehouse.charts import page as skeleton
from warehouse.pages import brief as as_page
from warehouse.pages.parts import News
from warehouse.pages.site import feed, folder, held, lists
from warehouse.pages.site.whole import Site
from warehouse.reference import areas

pytestmark = pytest.mark.timeout(900)
"""The sample loaded, its claims read and three briefs made are one fixture: minutes, where the machine is busy with other work."""

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e\"'&"


@pytest.fixture(scope="module")
def home(demo_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The demo, with the claims of its articles."""
    return demo_once.copied(tmp_path_factory.mktemp("pages") / "home")


def _house(home: Home) -> House:
    with home.environment():
        return House(Settings(home=home.root), demo=True)


@pytest.fixture(scope="module")
def published(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("site") / "trade"
    said = home.run("--demo", "publish", "pages", to, "--pairs", "0", "--pair", "Malaysia China")
    assert said.code == 0 and "Open " in said.out, said.text
    return to


class _Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("href", "src", "action"):
                self.links.append(value or "")
            if name == "id" or (name.startswith("on") and value):
                self.ids.add(value or "")


def dead(root: Path) -> list[str]:
    """Links of a folder's pages that lead to no file or place of it."""
    pages = {file.relative_to(root).as_posix(): _Links(file.read_text(encoding="utf-8")) for file in root.rglob("*.html")}
    found = []
    for name, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "data"):
                continue
            to = name if not parts.path else (Path(name).parent / unquote(parts.path)).as_posix()
            to = Path(*[part for part in _resolved(to)]).as_posix()
            if not (root / to).is_file() or (parts.fragment and to in pages and parts.fragment not in pages[to].ids):
                found.append(f"{name}: {link}")
    return found


def _resolved(path: str) -> list[str]:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return parts


def test_every_page_is_there_and_no_link_is_dead(published: Path) -> None:
    names = {file.relative_to(published).as_posix() for file in published.rglob("*") if file.is_file() and not file.name.startswith(".")}
    assert names == {"index.html", "pairs.html", "countries.html", "datasets.html", "calendar.html", "nights.html", "revisions.html",
                     "claims.html", "search.html", "feed.xml", "pair/chn-mys.html", "country/chn.html", "country/mys.html"}
    assert dead(published) == []
    assert "7 more pairs are held" in (published / "pairs.html").read_text(encoding="utf-8")


def test_only_the_search_has_a_script_and_nothing_is_fetched(published: Path) -> None:
    for file in published.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert "default-src 'none'" in text and not re.search(r"<img|src=|@import|url\((?!#)|<iframe", text), file
        assert ("<script" in text) == (file.name == "search.html"), file
        assert file.stat().st_size < 600_000, file


def test_what_may_not_be_passed_on_is_drawn_and_not_listed(published: Path, home: Home) -> None:
    text = (published / "pair" / "chn-mys.html").read_text(encoding="utf-8")
    assert home.run("--demo", "--json", "sql", "SELECT may_redistribute FROM ref.dataset WHERE dataset = 'gacc.bulletin.country'").json == [
        {"may_redistribute": False}]
    assert "CNY\u00a01,508.71\u00a0billion" in text and text.count("<svg") >= 8, "charts and single figures, with their source"
    assert "does not let rows be passed" in text and "<td>gacc." not in text, "no rows of it"
    assert '<a href="#source-gacc.bulletin.country">gacc.bulletin.country</a>, released' in text
    article = home.run("--demo", "--json", "sql", "SELECT sentence FROM mart.claim_report WHERE length(sentence) > 60 LIMIT 5").json
    assert article and not any(row["sentence"] in file.read_text(encoding="utf-8") for row in article for file in published.rglob("*.html"))


def test_twice_the_same_bytes_and_nothing_else_touched(home: Home, published: Path) -> None:
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in published.rglob("*") if file.is_file()}
    theirs = published / "CNAME"
    theirs.write_text("trade.example.org")
    said = home.run("--demo", "--json", "publish", "pages", published, "--pairs", "0", "--pair", "China, Malaysia")
    assert (said.code, said.json["changed"], said.json["removed"]) == (0, 0, 0), said.text
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in before} == before
    assert theirs.read_text() == "trade.example.org"
    theirs.unlink()


def test_the_feed_is_atom_with_ids_that_stay(published: Path, home: Home) -> None:
    text = (published / "feed.xml").read_bytes()
    read = feedparser.parse(text)
    assert not read.bozo and read.version == "atom10" and len(read.entries) >= 10
    root = etree.fromstring(text)
    atom = "{http://www.w3.org/2005/Atom}"
    for each in (root, *root.iter(f"{atom}entry")):  # RFC 4287, 4.1.1 and 4.1.2: exactly one of each
        assert [len(each.findall(atom + name)) for name in ("id", "title", "updated")] == [1, 1, 1]
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", each.findtext(f"{atom}id") or "")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each.findtext(f"{atom}updated") or "")
    ids = [entry.id for entry in read.entries]
    assert len(set(ids)) == len(ids) and root.find(f"{atom}author/{atom}name") is not None
    assert root.findtext(f"{atom}updated") == max(entry.updated for entry in read.entries)
    con = warehouse.connect(home.root, demo=True)
    again = feed.atom(Site(con, telling.around(_house(home), address="https://example.org/trade/")))
    assert feedparser.parse(again).entries[0].link.startswith("https://example.org/trade/")
    assert [entry.id for entry in feedparser.parse(again).entries] == ids, "wherever the site is"


def test_words_of_others_stay_words() -> None:
    shown = "".join(as_page.claims([News(HOSTILE, "javascript:alert(1)", None, HOSTILE, "supported", HOSTILE, HOSTILE),
                                    News(HOSTILE, f"https://example.org/{HOSTILE}", None, "", "contradicted", "", "")]))
    assert _Links(shown).tags.count("script") == 0 and "\u202e" not in shown and _Links(shown).links == []
    assert _Links(skeleton.outside(HOSTILE, 'https://example.org/"onmouseover="x')).tags == ["a"]
    assert _Links(skeleton.table([HOSTILE], [[HOSTILE], [skeleton.Link(HOSTILE, HOSTILE)]], HOSTILE)).tags.count("img") == 0
    assert etree.fromstring(f"<x>{feed._text(HOSTILE + chr(0) + chr(0xFFFE))}</x>").text


def test_a_hostile_title_in_the_lake_runs_nowhere(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    con = warehouse.connect(home.root, demo=True)
    site = Site(con, telling.around(_house(home), pairs=0))
    site.__dict__["claims"] = (News(HOSTILE, "https://example.org/a", None, "a claim", "supported", HOSTILE, ""),)
    for path in ("index.html", "claims.html", "search.html"):
        text = site.make(path).decode()
        tags = _Links(text).tags
        assert tags.count("script") == (2 if path == "search.html" else 0) and "img" not in tags and "<img" not in text, path
    index = re.search(r'id="index">(.*?)</script>', site.make("search.html").decode(), re.DOTALL)
    assert index and any(HOSTILE in entry[0] for entry in json.loads(index[1])), "the whole title is found"


@pytest.fixture
def pages() -> list[tuple[str, bytes]]:
    return [("pair/a-b.html", b"one"), ("pairs.html", b'<a href="pair/a-b.html">'), ("index.html", b'<a href="pairs.html">')]


def test_a_folder_that_is_not_ours_is_refused(home: Home, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.doc").write_text("years of work")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(theirs)
    file = tmp_path / "file"
    file.write_text("")
    before = sorted(path.as_posix() for path in tmp_path.rglob("*"))
    for to, said in ((theirs, "holds thesis.doc"), (tmp_path / "link", "is a link"), (file, "is a file"),
                     (home.root, "a folder of their own"),
                     (home.root / "demo" / "lake", "holds"), (home.root / "archive" / "new", "holds what is stored")):
        answer = home.run("--demo", "publish", "pages", to)
        assert answer.code == 2 and said in answer.err, answer.text
    for words, said in ((("pages",), "takes the folder"), (("other", "there"), "or the word pages"),
                        (("--pair", "China Malaysia"), "choose among pages"),
                        (("pages", tmp_path / "empty", "--pair", "China"), "no pair"),
                        (("pages", tmp_path / "empty", "--address", "javascript:x"), "no address of the web")):
        answer = home.run("--demo", "publish", *words)
        assert answer.code == 2 and said in answer.err, answer.text
    answer = home.run("--demo", "publish", "pages", tmp_path / "empty", "--pair", "Iceland Malaysia")
    assert answer.code == 7 and "a page has nothing to show" in answer.err, answer.text
    assert sorted(path.as_posix() for path in tmp_path.rglob("*")) == before


def test_a_folder_s_tricks_lead_nowhere_else(tmp_path: Path, pages: list[tuple[str, bytes]]) -> None:
    outside = tmp_path / "outside.html"
    outside.write_text("theirs")
    to = tmp_path / "site"
    folder.write(to, pages)
    (to / "pairs.html").unlink()
    (to / "pairs.html").symlink_to(outside)  # in place of a page of ours: the link goes, what it leads to stays
    folder.write(to, pages)
    assert outside.read_text() == "theirs" and not (to / "pairs.html").is_symlink()
    mark = json.loads((to / folder.MARK).read_text())
    more = ["../outside.html", str(outside), "pair/../../outside.html"]
    (to / folder.MARK).write_text(json.dumps({**mark, "files": [*mark["files"], *more]}))
    folder.write(to, pages[1:])
    assert outside.read_text() == "theirs" and not (to / "pair" / "a-b.html").exists(), "only names of pages are believed"
    (to / "pair").rmdir()
    (to / "pair").symlink_to(tmp_path)
    with pytest.raises(Exception, match="is a link or a file"):
        folder.write(to, pages)
    (to / "pair").unlink()
    (to / "claims.html").write_text("theirs")
    with pytest.raises(Exception, match="is not of our making"):
        folder.write(to, [*pages[:2], ("claims.html", b"ours"), pages[2]])
    assert (to / "claims.html").read_text() == "theirs"


@pytest.mark.parametrize("at", range(9))
def test_a_kill_at_any_rename_leaves_no_dead_link(tmp_path: Path, pages: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch,
                                                  at: int) -> None:
    folder.write(tmp_path / "site", pages)
    newer = [("pair/c-d.html", b"two"), ("pairs.html", b'<a href="pair/c-d.html">'), ("index.html", b'<a href="pairs.html"> ')]
    count = iter(range(100))

    def killed(real: Any) -> Any:
        def step(self: Path, *more: Any, **other: Any) -> Any:
            if next(count) == at:
                raise KeyboardInterrupt
            return real(self, *more, **other)
        return step

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(Path, "replace", killed(Path.replace))
        patched.setattr(Path, "unlink", killed(Path.unlink))
        folder.write(tmp_path / "site", newer)
    assert dead(tmp_path / "site") == []
    folder.write(tmp_path / "site", newer)
    assert dead(tmp_path / "site") == [] and not (tmp_path / "site" / "pair" / "a-b.html").exists()


def test_the_calendar_leaves_room_beside_daily_rates(home: Home) -> None:
    con = warehouse.connect(home.root, demo=True)
    site = Site(con, telling.around(_house(home)))
    text = "".join(lists.calendar(site))
    assert text.count("#ecb.exr.day") <= 3 and "were never" not in text


def test_of_ten_thousand_pairs_the_lists_stay_small(home: Home) -> None:
    site = Site(warehouse.connect(home.root, demo=True), telling.around(_house(home), served=True))
    codes = [code for code, area in areas.areas().items() if area.kind == "country"]
    site.__dict__["held_pairs"] = [held.Pair(one, other, 2000, 2024, 25) for one, other in combinations(sorted(codes), 2)][:10_000]
    assert len(site.held_pairs) == 10_000
    pairs, search = site.make("pairs.html"), site.make("search.html")
    assert b"8,000 more pairs are held" in pairs and len(pairs) < 400_000
    assert b"8,000 pairs without a page" in search and len(search) < 400_000


def test_an_address_that_is_nowhere_is_a_page_to_browsers_and_json_to_machines(home: Home) -> None:
    client = TestClient(application(_house(home), 48_000), base_url="http://127.0.0.1:48000")  # type: ignore[arg-type]
    browser = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    for path in ("/nothere", "/pair/no/where", "/%3Cscript%3E", "/nothere/"):
        page = client.get(path, headers=browser)
        assert page.status_code == 404 and page.headers["content-type"].startswith("text/html"), path
        assert "There is no such page" in page.text and "<script" not in page.text
        up = "../" * (path.removeprefix("/").count("/"))
        assert f'href="{up}index.html"' in page.text and client.get("/index.html").status_code == 200, "and it leads back"
        assert set(client.get(path).json()) == {"error", "what", "nearest", "why"}, path
    assert set(client.get("/api/nothere", headers=browser).json()) == {"error", "what", "nearest", "why"}


def test_served_pages_are_the_same_and_fresh(home: Home, published: Path) -> None:
    house = _house(home)
    client = TestClient(application(house, 48_000), base_url="http://127.0.0.1:48000")  # type: ignore[arg-type]
    first = client.get("/")
    again = client.get("/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b""), "who has a page is told that it is unchanged"
    assert first.status_code == 200 and 'href="api/">API</a>' in first.text and "pair/chn-vnm.html" in first.text
    search = client.get("/search.html")
    script = re.search(r"script-src '(sha256-[^']+)'", search.text)
    assert script and script[1] in search.headers["content-security-policy"], "what the page lets run, the server does too"
    kept = (published / "country" / "mys.html").read_text(encoding="utf-8")
    assert client.get("/country/mys.html").text.replace('<a href="../api/">API</a>', "") == kept
    assert feedparser.parse(client.get("/feed.xml").content).version == "atom10"
    none = "There is no such page"
    for path, said in (("/pair/mys-isl.html", "no whole year"), ("/nothing.html", none), ("/pair/x-%3Cscript%3E.html", none),
                       ("/pair/chn-chn.html", none), ("/country/wld.html", "Nothing to show")):
        answer = client.get(path)
        assert answer.status_code == 404 and said in answer.text and "<script" not in answer.text, path


PAGES = ("index.html", "pairs.html", "countries.html", "datasets.html", "calendar.html", "nights.html", "revisions.html", "claims.html",
         "search.html?q=malaysia", "pair/chn-mys.html", "country/mys.html")


@pytest.fixture
def window(browser: Any) -> Iterator[Any]:
    context = browser.new_context(offline=True)
    yield context.new_page()
    context.close()


@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_in_a_browser_from_its_folder(published: Path, window: Any, path: str) -> None:
    asked: list[str] = []
    said: list[str] = []
    window.on("request", lambda request: asked.append(request.url))
    window.on("console", lambda message: said.append(message.text))
    for width in (1400, 400):
        window.set_viewport_size({"width": width, "height": 900})
        window.goto(f"{published.as_uri()}/{path}")
        assert window.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} is wider than {width}"
        keep(window, f"site-{path.partition('.')[0].replace('/', '-')}-{width}")
    assert [address for address in asked if not address.startswith(published.as_uri())] == [] and said == []
    for scheme in ("light", "dark"):
        window.emulate_media(color_scheme=scheme)
        assert faults(window) == []
    if path.startswith("search"):
        window.emulate_media(color_scheme="light")
        assert "found" in window.locator("#said").inner_text()
        first = window.locator("#found a").first
        assert first.inner_text() == "Malaysia"
        window.locator("#q").fill("MALAYSIA pair")
        assert window.locator("#found a").first.inner_text() == "China and Malaysia"
        window.locator("#found a").first.click()
        assert window.url.endswith("pair/chn-mys.html") and window.locator("h1").inner_text() == "China and Malaysia"
