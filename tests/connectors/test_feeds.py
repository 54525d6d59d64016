"""Feeds: what is read of real ones, and which pages a crawl asks for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import asking
from connectors.contract import NothingKnown, Wanted
from connectors.news.feeds import CONNECTOR, Feeds
from connectors.news.items import plain, read_items
from connectors.news.sources import BY_HAND, Source, source_of, sources
from tests.documents import cell
from warehouse.schema.errors import Incomplete, NotFound, NotReadable, PublisherError, Unavailable
from warehouse.schema.travel import Document, Fetch, Request, Window

NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
FMT = sources()["fmt"]


def document(body: bytes, source: Source = FMT, url: str = "", content_type: str = "") -> Document:
    fetch = Fetch(fetch_id="f", dataset=source.dataset, url=url or source.address, asked_at=NOW, status=200, sha256="",
                  bytes=len(body), origin_kind="fetched", content_type=content_type)
    return Document(fetch, body)


def item(path: str, published: str = "", host: str = "https://www.freemalaysiatoday.com") -> str:
    date_line = f"<pubDate>{published}</pubDate>" if published else ""
    return f"<item><title>Story {path}</title><link>{host}/{path}</link><description>About {path}.</description>" \
           f"{date_line}</item>"


def feed(*items: str, site: str = "https://www.freemalaysiatoday.com") -> bytes:
    head = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Composed</title><link>{site}</link>"
    return f"{head}{''.join(items)}</channel></rss>".encode()


def ago(**span: int) -> str:
    return f"{NOW - timedelta(**span):%a, %d %b %Y %H:%M:%S} +0000"


class Answers:
    """A client that answers from a dictionary and remembers what it was asked."""

    def __init__(self, answers: dict[str, bytes | PublisherError]) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    def ask(self, request: Request) -> Document | PublisherError:
        self.asked.append(request)
        answer = self.answers.get(request.url, NotFound("404", url=request.url))
        source = next(source for source in sources().values() if source.dataset == request.dataset)
        return document(answer, source, url=request.url) if isinstance(answer, bytes) else answer

    def get(self, request: Request) -> Document:
        answer = self.ask(request)
        if isinstance(answer, PublisherError):
            raise answer
        return answer


def crawl(answers: dict[str, bytes | PublisherError], *wanted: str, window: Window = Window()  # noqa: B008
          ) -> tuple[list[Document | PublisherError], list[Request]]:
    client = Answers(answers)
    return list(asking.answers(Feeds(), client, Wanted(wanted or (FMT.dataset,), window, NothingKnown(NOW)))), client.asked


def paths(requests: list[Request]) -> list[str]:
    return [request.url.rsplit("/", 1)[1] for request in requests]


def test_articles_are_asked_newest_first_and_undated_ones_last() -> None:
    _, asked = crawl({FMT.address: feed(item("old", ago(days=2)), item("undated"), item("new", ago(hours=1)))})
    assert paths(asked[1:]) == ["new", "old", "undated"]


def test_an_article_older_than_three_days_is_not_asked_again_once_held_unless_forced() -> None:
    answers: dict[str, bytes | PublisherError] = {FMT.address: feed(
        item("settled", ago(days=4)), item("fresh", ago(days=2)), item("undated"))}
    _, asked = crawl(answers)
    assert {request.url.rsplit("/", 1)[1]: request.frozen for request in asked[1:]} == {
        "settled": True, "fresh": False, "undated": False}
    _, forced = crawl(answers, window=Window(force=True))
    assert not any(request.frozen for request in forced)


def test_a_broken_article_and_a_broken_feed_stop_no_other() -> None:
    cna = sources()["cna"]
    answers: dict[str, bytes | PublisherError] = {
        FMT.address: feed(item("gone", ago(hours=1)), item("there", ago(hours=2))),
        "https://www.freemalaysiatoday.com/there": b"<html>", cna.address: Unavailable("no answer")}
    got, _ = crawl(answers, cna.dataset, FMT.dataset)
    assert [type(answer) for answer in got] == [NotFound, Document, Unavailable]


def test_the_feed_is_discovery_and_not_handed_on() -> None:
    got, _ = crawl({FMT.address: feed(item("a", ago(hours=1))), "https://www.freemalaysiatoday.com/a": b"<html>"})
    assert [answer.fetch.url for answer in got if isinstance(answer, Document)] == ["https://www.freemalaysiatoday.com/a"]


def test_no_more_articles_than_the_sources_cap_are_asked() -> None:
    _, asked = crawl({FMT.address: feed(*(item(f"n{n}", ago(hours=n)) for n in range(1, 60)))})
    assert len(asked) == 1 + FMT.max_articles and paths(asked)[1] == "n1"


def test_requests_stay_on_the_sources_hosts_and_ask_for_pages_of_bounded_size() -> None:
    _, asked = crawl({FMT.address: feed(item("a", ago(hours=1)), item("b", ago(hours=1), host="https://ads.example"))})
    assert [request.url for request in asked] == [FMT.address, "https://www.freemalaysiatoday.com/a"]
    assert asked[1].hosts == FMT.hosts and asked[1].max_bytes == 4 * 1024 * 1024
    assert "text/html" in asked[1].content_types


def test_a_feed_of_which_nothing_leads_to_its_own_site_is_an_error() -> None:
    got, _ = crawl({FMT.address: feed(item("b", ago(hours=1), host="https://ads.example"))})
    assert [type(answer) for answer in got] == [Incomplete]


def test_a_feed_that_its_publisher_left_behind_is_an_error_and_its_articles_are_not_asked() -> None:
    got, asked = crawl({FMT.address: feed(item("ancient", "Tue, 05 May 2020 10:00:00 +0000"))})
    assert isinstance(got[0], Incomplete) and "2020-05-05" in got[0].said and len(asked) == 1


def test_a_feed_that_is_no_feed_is_an_error() -> None:
    got, _ = crawl({FMT.address: b"<html><body>Please wait</body></html>"})
    assert [type(answer) for answer in got] == [NotReadable]


def test_a_window_keeps_to_the_items_dated_inside_it() -> None:
    body = feed(item("before", ago(days=20)), item("inside", ago(days=10)), item("after", ago(days=1)), item("undated"))
    day = (NOW - timedelta(days=10)).date()
    _, asked = crawl({FMT.address: body}, window=Window(first=day, last=day))
    assert paths(asked[1:]) == ["inside"]
    _, asked = crawl({FMT.address: body}, window=Window(last=date(2000, 1, 1)))
    assert len(asked) == 1


def test_a_paywalled_sources_feed_is_the_document_and_its_pages_are_never_asked() -> None:
    scmp = sources()["scmp"]
    body = feed(item("economy/1?utm_source=rss_feed", ago(hours=1), host="https://www.scmp.com"),
                item("economy/2", ago(hours=2), host="https://www.scmp.com").replace("About economy/2.", ""),
                site="https://www.scmp.com")
    got, asked = crawl({scmp.address: body}, scmp.dataset)
    assert [request.url for request in asked] == [scmp.address]
    assert isinstance(got[0], Document)
    (batch,) = CONNECTOR.read(got[0])
    (frame,) = batch.frames
    row = frame.row(0, named=True)
    assert row["url"] == "https://www.scmp.com/economy/1" and row["text"] == "About economy/1?utm_source=rss_feed."
    assert row["published_at"] == NOW - timedelta(hours=1) and row["extractor"] == "teaser of the feed"
    assert frame.height == 1 and [rejected.rule for rejected in batch.rejected] == ["teaser"]
    assert CONNECTOR.recognise(body, "feed.xml") == "news.scmp"


def test_a_feed_of_a_source_with_pages_is_no_document() -> None:
    body = feed(item("a", ago(hours=1)))
    assert CONNECTOR.recognise(body, "feed.xml") is None
    with pytest.raises(NotReadable, match="discovery"):
        CONNECTOR.read(document(body))


def test_a_dataset_that_is_no_source_is_refused() -> None:
    stranger = Fetch(fetch_id="f", dataset="gacc.prelim.country", url="", asked_at=NOW, status=200, sha256="", bytes=0,
                     origin_kind="fetched")
    with pytest.raises(NotReadable, match="no news source"):
        CONNECTOR.read(Document(stranger, b"<html></html>"))


def test_an_article_has_no_cells() -> None:
    with pytest.raises(NotReadable, match="no cell"):
        cell(CONNECTOR, b"<html></html>", "table 1, row 1")


def test_a_feed_without_dates_is_read_with_none() -> None:
    """Bernama's shape, composed: no pubDate, no guid, the day only in the dateline and without a year."""
    body = feed("<item><title>Business : Trade rose</title><link>http://www.freemalaysiatoday.com/news.php?id=7</link>"
                "<description>&lt;font size=1&gt;&lt;p&gt;KUALA LUMPUR, Sept 29 (Bernama) -- Trade rose.</description>"
                "</item>")
    (found,) = read_items(document(body), FMT)
    assert found.published.at is None and found.teaser == "KUALA LUMPUR, Sept 29 (Bernama) -- Trade rose."


@pytest.mark.parametrize(("name", "url", "published"), [
    ("rssparser_feed-char-escape", "https://www.nytimes.com/2021/06/11/science/drought-las-vegas-grass-mars.html",
     datetime(2021, 6, 13, 16, 21, 42, tzinfo=UTC)),
    ("rssparser_atom-relative-url", "https://www.freemalaysiatoday.com/2024/12/18/What-The-Distribution.html",
     datetime(2024, 12, 18, tzinfo=UTC)),
    ("rssparser_feed-test-malformed", "https://www.androidauthority.com/japan-phone-numbers-14-digits-5g-986823/",
     datetime(2019, 5, 15, 20, 48, 2, tzinfo=UTC)),
    ("feedparser_wellformed_rss_item_guid_isPermaLink_conflict_link", "http://link.example.com/", None),
    ("feedparser_wellformed_rss_item_guid", "http://guid.example.com/", None),
])
def test_real_feeds_give_their_first_item(samples: Path, name: str, url: str, published: datetime | None) -> None:
    items = read_items(document((samples / "news/feeds" / f"{name}.xml").read_bytes()), FMT)
    assert (items[0].url, items[0].published.at) == (url, published)


STORY = "https://www.freemalaysiatoday.com/story"


@pytest.mark.parametrize("written", [
    f"<link>{STORY}</link><guid isPermaLink='false'>{STORY}</guid>", f"<link>{STORY}</link><guid isPermaLink='False'>{STORY}</guid>",
    f"<link/><guid isPermaLink='TRUE'>{STORY}</guid>", f"<link><![CDATA[]]></link><guid><![CDATA[ {STORY} ]]></guid>",
    f"<link>#</link><guid>{STORY}</guid>", f"<link>javascript:void(0)</link><guid>{STORY}</guid>",
    f"<link>https://www.freemalaysiatoday.com/</link><guid isPermaLink='true'>{STORY}</guid>", "<link>/story</link>"])
def test_an_item_has_the_address_that_it_names_somewhere(written: str) -> None:
    (found,) = read_items(document(feed(f"<item><title>A</title>{written}</item>")), FMT)
    assert found.url == STORY


@pytest.mark.parametrize("link", ["www.freemalaysiatoday.com/story", "freemalaysiatoday.com/story", "//www.freemalaysiatoday.com/story",
                                  "https//www.freemalaysiatoday.com/story", "WWW.freemalaysiatoday.com/story", "/story"])
def test_a_link_without_its_scheme_is_the_address_that_was_meant(link: str) -> None:
    source = replace(FMT, hosts=("www.freemalaysiatoday.com", "freemalaysiatoday.com"))
    read = [one.url for one in read_items(document(feed(f"<item><title>A</title><link>{link}</link></item>"), source,
                                                   url="https://www.freemalaysiatoday.com/rss/feed.xml"), source)]
    assert read == [f"https://{'' if link.startswith('free') else 'www.'}freemalaysiatoday.com/story"]


def test_a_page_below_a_folder_that_is_named_like_a_host_stays_where_it_is() -> None:
    for link, meant in (("/amp/s/www.freemalaysiatoday.com/story", "www.freemalaysiatoday.com/amp/s/www.freemalaysiatoday.com/story"),
                        ("/news/story", "www.freemalaysiatoday.com/news/story"), ("www.elsewhere.example/story",) * 2):
        (one,) = read_items(document(feed(f"<item><title>A</title><link>{link}</link></item>"), FMT,
                                     url="https://www.freemalaysiatoday.com/feed"), FMT)
        assert one.url == f"https://{meant}"


@pytest.mark.parametrize(("base", "link"), [("https://www.freemalaysiatoday.com/business/", "<link href=''/>"), (STORY, "<link href=''/>"),
                                            ("https://www.freemalaysiatoday.com/", "<link href='story'/>")])
def test_an_empty_link_of_atom_is_not_the_address_that_links_are_relative_to(base: str, link: str) -> None:
    body = f"<feed xmlns='http://www.w3.org/2005/Atom' xml:base='{base}'><entry><title>A</title><id>{STORY}</id>{link}</entry></feed>"
    (found,) = read_items(document(body.encode()), FMT)
    assert found.url == STORY


def test_an_item_is_not_published_after_the_day_on_which_its_feed_was_asked_for() -> None:
    dated = feed(item("a", ago(hours=1)), item("b", ago(days=-2)), item("c", "Thu, 01 Oct 2096 01:00:00 +0800"))
    assert [found.published.at is not None for found in read_items(document(dated), FMT)] == [True, False, False]


def test_a_date_that_may_be_the_third_of_may_or_the_fifth_of_march_is_not_read(samples: Path) -> None:
    (found, *_) = read_items(document((samples / "news/feeds/rssparser_feed-test-time.xml").read_bytes()), FMT)
    assert found.published.at is None  # "Fri, 05/03/2019 - 15:21"


def test_every_real_feed_is_read_or_refused_by_name(samples: Path) -> None:
    read = 0
    for file in sorted((samples / "news/feeds").glob("*.xml")):
        try:
            read += len(read_items(document(file.read_bytes(), content_type="text/xml"), FMT)) > 0
        except (NotReadable, Incomplete):
            continue
    assert read >= 10


def test_a_feed_that_looks_like_a_path_opens_no_file(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(feed(item("a")))
    with pytest.raises(NotReadable):
        read_items(document(str(file).encode()), FMT)


@pytest.mark.parametrize(("markup", "text"), [
    ("Trade &amp; <b>growth</b>", "Trade & growth"), ("<p>One.</p><p>Two.</p>", "One. Two."), ("a < b", "a < b"),
    ("<img src='x'/>", ""), ("plain\n text", "plain text"), ("<script>bad()</script>Good", "Good")])
def test_markup_of_a_teaser_is_left_out(markup: str, text: str) -> None:
    assert plain(markup) == text


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300) |
       st.binary(max_size=60).map(lambda noise: feed(item("a", ago(hours=1))).replace(b"Story", noise)) |
       st.tuples(st.integers(0, 400), st.binary(max_size=8)).map(lambda at: feed(item("a", "x"))[: at[0]] + at[1]))
def test_any_bytes_give_items_or_a_named_error(body: bytes) -> None:
    reads: tuple[Callable[[], object], ...] = (
        lambda: read_items(document(body), FMT), lambda: CONNECTOR.read(document(body, sources()["scmp"])))
    for read in reads:
        try:
            found = read()
        except (NotReadable, Incomplete):
            continue
        assert found
    assert CONNECTOR.recognise(body, "feed.xml") in (None, "news.import", "news.scmp")


def test_the_text_extractor_is_not_loaded_before_a_page_is_read() -> None:
    said = "import sys, connectors.news.feeds; print('trafilatura' in sys.modules, 'htmldate' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", said], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_enabled_sources_are_few_plain_and_seen_alive_in_2026() -> None:
    enabled = [source for source in sources().values() if source.enabled]
    assert [source.id for source in enabled] == ["fmt", "cna", "vnexpress", "businessworld"]
    assert all(source.verified.startswith("2026-") and not source.teaser_only for source in enabled)


def test_the_wto_is_off_and_a_paywall_is_teaser_only() -> None:
    assert not sources()["wto"].enabled and "Disallow" in sources()["wto"].robots
    assert sources()["scmp"].teaser_only


def test_every_source_is_a_dataset_that_may_not_be_passed_on() -> None:
    assert {dataset.dataset for dataset in CONNECTOR.datasets} == {
        source.dataset for source in (*sources().values(), BY_HAND)}
    assert all(dataset.table == "news.article" and not dataset.may_redistribute for dataset in CONNECTOR.datasets)


@pytest.mark.parametrize(("change", "said"), [
    ({"tz": "Asia/Nowhere"}, "no time zone"), ({"color": "red"}, "unknown field color"), ({"hosts": []}, "hosts"),
    ({"id": "import"}, "id"), ({"address": "ftp://x"}, "address"), ({"max_articles": 1000}, "max_articles"),
    ({"kind": "listing"}, "listing"), ({"kind": "listing", "listing": {"links": "("}}, "listing"),
    ({"listing": {"links": "x"}}, "listing"), ({"listing": {"colour": "red"}}, "colour"), ({"numeric_dates": "ymd"}, "numeric_dates")])
def test_a_wrong_record_is_named_with_what_is_wrong(change: dict[str, object], said: str) -> None:
    record = {"id": "x", "name": "X", "address": "https://x.example/feed", "kind": "rss", "language": "en", "tz": "UTC",
              "country": "MYS", "hosts": ["x.example"], "verified": "v", "enabled": False, "max_articles": 5,
              "robots": "r", "terms": "t"}
    assert source_of(record).dataset == "news.x"
    with pytest.raises(ValueError, match=said):
        source_of({**record, **change})
