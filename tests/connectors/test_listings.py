"""HTML listings: what is read of composed lists, which pages a crawl asks for, and the records of those that nobody saw live."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import asking
from connectors.contract import NothingKnown, Wanted
from connectors.news.feeds import Feeds
from connectors.news.listings import read_listing
from connectors.news.page.markup import paragraphs, soup
from connectors.news.sources import Listing, PageRules, Source, sources
from tests.connectors.test_feeds import NOW, Answers, document
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError
from warehouse.schema.travel import Document, Window

MFA = sources()["mfa-zh"]
MITI = sources()["miti"]
LIST = MFA.address


def mfa(*days: str, more: str = "") -> bytes:
    """A composed list in the shape that the ministry's record describes: relative links, the day in them."""
    entries = "".join(f"<li><a href='./t{day}_1.shtml'>Composed remark of {day}</a></li>" for day in days)
    return (f"<html><head><meta charset='utf-8'></head><body><a href='/web/'>Home</a><a href='javascript:void(0)'>Share</a>"
            f"<ul class='list1'>{entries}<li>no link</li></ul>{more}</body></html>").encode()


def read(body: bytes, source: Source = MFA) -> list[tuple[str, str, datetime | None]]:
    items, _ = read_listing(document(body, source), source)
    return [(item.url, item.title, item.published.at) for item in items]


def test_relative_links_lead_from_the_lists_own_address_and_the_day_in_them_dates_the_article() -> None:
    assert read(mfa("20260929", "20260930")) == [
        (f"{LIST}t20260929_1.shtml", "Composed remark of 20260929", datetime(2026, 9, 28, 16, tzinfo=UTC)),
        (f"{LIST}t20260930_1.shtml", "Composed remark of 20260930", datetime(2026, 9, 29, 16, tzinfo=UTC))]


def test_a_base_element_says_what_links_are_relative_to() -> None:
    body = mfa("20260929").replace(b"<head>", b"<head><base href='https://www.mfa.gov.cn/other/'>")
    assert read(body)[0][0] == "https://www.mfa.gov.cn/other/t20260929_1.shtml"


def test_without_selectors_the_form_of_the_addresses_tells_the_articles() -> None:
    body = b"""<nav><a href="/index.php">Home</a></nav><table><tr><td><a href="pages/view/10020?mid=9">Trade in <b>March</b></a></td>
      <td><a href="https://elsewhere.example/pages/view/1">x</a></td><td><a href="#top">Top</a></td></tr>
      <tr><td><a href="/index.php/pages/view/10020?mid=9">again</a></td></tr></table>"""
    assert read(body, replace(MITI, address="https://www.miti.gov.my/index.php/list")) == [
        ("https://www.miti.gov.my/index.php/pages/view/10020?mid=9", "Trade in March", None)]


def test_printed_dates_are_read_as_the_record_says_and_not_where_it_says_nothing() -> None:
    body = b"<div class=e><h3><a href=/a>A composed release</a></h3><i>05/03/2026</i></div>"
    listing = Listing(items=".e", date="i", title="h3")
    dated, undated = (read(body, replace(MITI, listing=listing, numeric_dates=order))[0] for order in ("dmy", ""))
    assert dated[2] == datetime(2026, 3, 4, 16, tzinfo=UTC) and undated[2] is None


@pytest.mark.parametrize("body", [b"<html><body>We have moved</body></html>", b"<ul class=list1><li><a href='javascript:x()'>x</a></ul>",
                                  b"%PDF-1.4", b""])
def test_a_page_without_the_lists_articles_is_an_error_and_not_an_empty_list(body: bytes) -> None:
    with pytest.raises((Incomplete, NotReadable)):
        read(body)


def crawl(source: Source, pages: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> tuple[list[Document | PublisherError], list[str]]:
    monkeypatch.setattr("connectors.news.feeds.sources", lambda: {source.id: source})
    client = Answers(dict(pages))
    got = list(asking.answers(Feeds(), client, Wanted({source.dataset}, Window(), NothingKnown(NOW))))
    return got, [request.url for request in client.asked]


def test_a_listings_articles_are_asked_newest_first_and_no_more_than_its_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(MFA, max_articles=2)
    got, asked = crawl(few, {LIST: mfa("20260927", "20260929", "20260928"), f"{LIST}t20260929_1.shtml": b"<p>"}, monkeypatch)
    assert asked == [LIST, f"{LIST}t20260929_1.shtml", f"{LIST}t20260928_1.shtml"]
    assert [type(each).__name__ for each in got] == ["Document", "NotFound"]  # the list itself is discovery


def test_further_pages_are_followed_as_far_as_the_record_allows_and_never_off_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MFA.listing is not None
    paged = replace(MFA, listing=replace(MFA.listing, next="a.next", pages=3))
    pages = {LIST: mfa("20260929", more="<a class=next href='index_1.html'>more</a>"),
             f"{LIST}index_1.html": mfa("20260928", more="<a class=next href='https://elsewhere.example/'>more</a>")}
    _, asked = crawl(paged, pages, monkeypatch)
    assert [url for url in asked if "/t2026" not in url] == list(pages)
    gone = {LIST: pages[LIST]}
    got, asked = crawl(paged, gone, monkeypatch)
    assert f"{LIST}t20260929_1.shtml" in asked and len(got) == 1  # the second page is not there; the first counts
    loop = {LIST: mfa("20260929", more=f"<a class=next href='{LIST}'>more</a>")}
    _, asked = crawl(paged, loop, monkeypatch)
    assert asked.count(LIST) == 2  # it brought nothing further


def test_a_list_that_its_publisher_left_behind_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    got, asked = crawl(MFA, {LIST: mfa("20200505")}, monkeypatch)
    assert isinstance(got[0], Incomplete) and "2020-05-05" in got[0].said and asked == [LIST]


def test_listings_that_nobody_saw_live_are_disabled_and_say_so() -> None:
    listings = [source for source in sources().values() if source.kind == "listing"]
    assert {"miti", "matrade", "dosm-news", "mofcom", "scio"} <= {source.id for source in listings}
    assert all(not source.enabled and source.verified.startswith("not yet seen live") for source in listings)


def test_every_records_selectors_can_be_used() -> None:
    page = soup("<p>x</p>")
    for source in sources().values():
        told = [*vars(source.page).values()]
        if source.listing:
            told += [source.listing.items, source.listing.link, source.listing.title, source.listing.date, source.listing.next]
        for selector in filter(None, told):
            page.select(selector)


@pytest.mark.parametrize(("address", "id"), [
    ("https://www.miti.gov.my/index.php/pages/view/10290?mid=1309", "miti"),
    ("https://www.matrade.gov.my/en/about-matrade/media/press-releases/6100-x", "matrade"),
    ("https://english.mofcom.gov.cn/News/PressConference/art/2026/art_fe232668f62042d28245dd87ea2bfaba.html", "mofcom"),
    ("http://english.mofcom.gov.cn/article/newsrelease/press/202406/20240603518325.shtml", "mofcom"),
    ("http://english.scio.gov.cn/pressroom/2026-07/14/content_118603461.html", "scio"),
    ("http://en.people.cn/n3/2023/0918/c90000-20073948.html", "peoplesdaily"),
    ("https://www.dosm.gov.my/portal-main/release-content/malaysia-external-trade-statistics-march-2026", "dosm-news"),
])
def test_articles_whose_addresses_stand_in_public_are_known_by_the_record(address: str, id: str) -> None:
    source = sources()[id]
    assert source.owns(address)
    assert read(f"<a href='{address}'>A composed headline</a>".encode(), source)[0][0] == address


def test_text_by_selectors_has_a_line_for_each_paragraph_without_what_is_dropped() -> None:
    page = """<div id=t><script>x()</script><p>One <b>bold</b>word.</p><ul><li><p>In a list.</p></li></ul><p class=ad>Buy</p></div>
      <div id=t>Early<br>web</div>"""
    assert paragraphs(page, PageRules(text="#t").text, ".ad") == "One boldword.\nIn a list.\nEarly\nweb"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400) | st.tuples(st.integers(0, 400), st.binary(max_size=8)).map(
    lambda at: mfa("20260929")[: at[0]] + at[1] + mfa("20260929")[at[0]:]))
def test_any_bytes_give_items_or_a_named_error(body: bytes) -> None:
    try:
        items, following = read_listing(document(body, MFA), MFA)
    except PublisherError:
        return
    assert items and all(item.url.startswith("http") for item in items) and following == ""


def test_a_page_nested_a_hundred_thousand_deep_is_read_or_refused(samples: Path) -> None:
    for body in (b"<div>" * 100_000 + mfa("20260929"), mfa("20260929").replace(b"<ul", b"<b>" * 50_000 + b"<ul")):
        try:
            assert read(body)
        except PublisherError:
            continue
