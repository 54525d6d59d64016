"""Article pages: real ones against expectations made by others, composed ones for each rule."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.news.article import agency_of
from connectors.news.feeds import CONNECTOR
from connectors.news.page.address import article_id, canonical
from connectors.news.page.decode import clean, decode, repaired
from connectors.news.page.language import language_of
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError
from warehouse.schema.travel import Document, Fetch, OriginKind

ASKED = datetime(2026, 10, 1, tzinfo=UTC)
BODY = "".join(
    f"<p>Sentence number {n} of a composed article says that exports to the partner rose by {n} per cent in the "
    f"period, and that imports from it fell by {n + 1} per cent, which nobody has measured.</p>" for n in range(1, 7))


def document(body: bytes, *, dataset: str = "news.import", url: str = "https://news.example/story/1",
             content_type: str = "text/html", origin: OriginKind = "fetched") -> Document:
    fetch = Fetch(fetch_id="f", dataset=dataset, url=url, asked_at=ASKED, status=200, sha256="", bytes=len(body),
                  origin_kind=origin, content_type=content_type)
    return Document(fetch, body)


def page(head: str = "", *, body: str = BODY, title: str = "A composed headline", lang: str = "en") -> bytes:
    """A composed page with a menu and a footer that must not be read."""
    return (f"<!doctype html><html lang='{lang}'><head><meta charset='utf-8'><title>{title}</title>{head}</head><body>"
            f"<nav><a href='/'>Home</a> <a href='/money'>Money</a></nav><article><h1>{title}</h1>{body}</article>"
            f"<footer>Terms and conditions</footer></body></html>").encode()


def ld(**said: Any) -> str:
    return f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', **said})}</script>"


def read(body: bytes, **kind: Any) -> dict[str, Any]:
    (batch,) = CONNECTOR.read(document(body, **kind))
    (frame,) = batch.frames
    assert frame.height == 1
    return frame.row(0, named=True)


def f1(expected: str, found: str) -> float:
    """F1 of words, or of characters where a script has no spaces."""
    split = (lambda text: text.split()) if " " in expected else list
    want, got = Counter(split(expected)), Counter(split(found))
    return 2 * sum((want & got).values()) / (sum(want.values()) + sum(got.values()))


@pytest.mark.parametrize(("name", "url", "local", "zone", "agency", "language"), [
    ("MalayMail_2024_11_22", "https://www.malaymail.com/news/malaysia/2024/11/22/x/157698",
     "2024-11-22T16:55:35+08:00", "", "", "en"),
    ("VnExpress_2025_10_22", "https://vnexpress.net/x-4954454.html", "2025-10-22T19:25:52+07:00", "", "", "vi"),
    # The other project gives the day alone; the page prints "2024年04月24日23:52", without a zone.
    ("People_2024_04_24", "http://politics.people.com.cn/n1/2024/0424/c1001-40223222.html",
     "2024-04-24T23:52:00+08:00", "Asia/Shanghai", "Xinhua", "zh"),
])
def test_real_pages_give_the_text_headline_and_time_that_another_project_expects(
        samples: Path, name: str, url: str, local: str, zone: str, agency: str, language: str) -> None:
    body = gzip.decompress((samples / "news/html" / f"fundus_{name}.html.gz").read_bytes())
    expected = json.loads((samples / "news/html" / f"fundus_{name.split('_')[0]}.json").read_text())["V1"]
    row = read(body, url=url)
    text = "\n".join([*(expected["body"].get("summary") or []),
                      *(part for section in expected["body"]["sections"] for part in section["paragraphs"])])
    assert f1(text, row["text"]) >= 0.98
    assert expected["title"].startswith(row["title"]) and len(row["title"]) > 20
    assert (row["published_at"], row["tz_assumed"]) == (datetime.fromisoformat(local).astimezone(UTC), zone)
    assert local[:10] == expected["publishing_date"][:10]
    assert (row["published_precision"], row["agency"], row["language"]) == ("minute", agency, language)


def test_a_real_page_of_xinhua_is_read_by_its_own_selectors(samples: Path) -> None:
    (file,) = (samples / "news/html").glob("trafilatura_xinhuanet*.html")
    row = read(file.read_bytes(), url="http://www.xinhuanet.com/2020-02/19/c_1125597921.htm")
    assert (row["title"], row["extractor"]) == ("武汉的声音：有英勇的你，才有英雄的城！", "its own selectors")
    assert (row["published_at"], row["tz_assumed"]) == (datetime(2020, 2, 19, 12, 29, 58, tzinfo=UTC), "Asia/Shanghai")
    assert row["language"] == "zh"  # the page calls itself English
    assert row["text"].startswith("“妈妈，为什么还不能出去？”\n") and row["text"].endswith("（评论员 罗博 萧海川）")


def test_a_real_page_in_gbk_reads_like_the_same_page_in_utf8(samples: Path) -> None:
    text = gzip.decompress((samples / "news/html/fundus_People_2024_04_24.html.gz").read_bytes()).decode("utf-8")
    honest = text.replace("�", "")  # the stored copy lost some characters; what is left is re-encoded
    as_gbk, as_utf8 = (read(honest.encode(charset)) for charset in ("gb18030", "utf-8"))
    assert "GB2312" in text and as_gbk == as_utf8
    assert "拉美和加勒比" in as_gbk["text"]


@pytest.mark.parametrize(("digest", "published", "zone", "precision"), [
    ("39d5c43beb", datetime(2019, 11, 20, 5, 36, 1, tzinfo=UTC), "", "minute"),
    ("57d46c9d75", datetime(2019, 11, 19, 21, 57, 1, tzinfo=UTC), "", "minute"),
    ("702d1da63b", datetime(2019, 11, 18, 17, 56, 27, tzinfo=UTC), "", "minute"),
    ("b6906ca016", datetime(2019, 11, 18, tzinfo=UTC), "UTC", "day"),
    ("d605bdef2c", datetime(2019, 11, 19, 2, 34, 30, tzinfo=UTC), "", "minute"),
])
def test_real_pages_of_the_extraction_benchmark_give_their_hand_made_text(
        samples: Path, digest: str, published: datetime, zone: str, precision: str) -> None:
    folder = samples / "news/extraction"
    expected = json.loads((folder / "aeb_ground_truth_subset.json").read_text())
    (file,) = folder.glob(f"{digest}*.html.gz")
    stated = expected[file.name.split(".")[0]]
    row = read(gzip.decompress(file.read_bytes()), url=stated["url"], origin="imported")
    assert f1(stated["articleBody"], row["text"]) >= 0.98
    assert (row["published_at"], row["tz_assumed"], row["published_precision"]) == (published, zone, precision)
    assert row["language"] == "en"


def test_a_real_page_that_says_it_is_not_free_gives_its_teaser_unless_a_person_saved_it(samples: Path) -> None:
    (file,) = (samples / "news/extraction").glob("702d1da63b*.html.gz")  # isAccessibleForFree in microdata
    body = gzip.decompress(file.read_bytes())
    fetched, saved = read(body), read(body, origin="imported")
    assert fetched["text"].startswith("The president’s unpredictability") and len(fetched["text"]) < 200
    assert fetched["extractor"] == "the page's teaser" and len(saved["text"]) > 5_000
    assert (fetched["title"], fetched["url"], fetched["published_at"]) == (saved["title"], saved["url"], saved["published_at"])


def test_the_frame_has_the_columns_of_article_and_version_and_never_the_right_to_pass_on() -> None:
    (batch,) = CONNECTOR.read(document(page(ld(datePublished="2026-05-05T10:00:00+08:00"))))
    (frame,) = batch.frames
    moment = pl.Datetime("us", "UTC")
    assert frame.schema == {
        "article": pl.String, "source": pl.String, "url": pl.String, "title": pl.String, "agency": pl.String, "language": pl.String,
        "published_at": moment, "published_precision": pl.String, "tz_assumed": pl.String, "cluster": pl.String,
        "may_redistribute": pl.Boolean, "text": pl.String, "body_sha256": pl.String, "extractor": pl.String}
    row = frame.row(0, named=True)
    assert row["article"] == row["cluster"] == article_id("https://news.example/story/1")
    assert not row["may_redistribute"]
    assert "Home" not in row["text"] and "Terms" not in row["text"] and "Sentence number 6" in row["text"]


def test_the_same_bytes_give_the_same_row() -> None:
    assert read(page()) == read(page())


def test_json_ld_with_a_zone_comes_before_a_meta_date_without_one() -> None:
    head = "<meta property='article:published_time' content='2026-05-05 10:00:00'>"
    row = read(page(head + ld(datePublished="2026-05-05T10:00:00+08:00")))
    assert row["published_at"] == datetime(2026, 5, 5, 2, tzinfo=UTC) and row["tz_assumed"] == ""


def test_a_finer_date_wins_over_one_that_is_only_a_day() -> None:
    head = ld(datePublished="2026-05-05") + "<meta name='pubdate' content='2026-05-05T10:00:00Z'>"
    assert read(page(head))["published_precision"] == "minute"


def test_a_date_without_a_zone_takes_that_of_the_site_even_for_an_imported_page() -> None:
    head = "<meta property='article:published_time' content='2026-05-05 10:00:00'>"
    row = read(page(head), url="https://www.freemalaysiatoday.com/category/business/2026/05/05/composed")
    assert row["published_at"] == datetime(2026, 5, 5, 2, tzinfo=UTC)
    assert row["tz_assumed"] == "Asia/Kuala_Lumpur" and row["source"] == "import"


def test_a_date_after_the_page_was_asked_for_is_not_believed() -> None:
    row = read(page(ld(datePublished="2031-01-01T00:00:00Z")))
    assert (row["published_at"], row["published_precision"]) == (None, "none")


def test_the_articles_own_json_ld_comes_before_that_of_a_teaser_deeper_down() -> None:
    data = {"@graph": [
        {"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Another story"}]},
        {"@type": ["NewsArticle"], "headline": "The story itself", "author": [{"name": "Bernama"}]}]}
    row = read(page(f"<script type='application/ld+json'>{json.dumps(data)}</script>", title="The story itself, as its page has it"))
    assert (row["title"], row["agency"]) == ("The story itself", "Bernama")


@pytest.mark.parametrize("broken", [
    "{", "[" * 5000, '{"@type": "NewsArticle", "headline": {"name": {"name": 1}}}', "null"])
def test_json_ld_that_is_broken_says_nothing_and_stops_nothing(broken: str) -> None:
    assert read(page(f"<script type='application/ld+json'>{broken}</script>"))["title"] == "A composed headline"


def test_the_headline_is_the_heading_with_which_the_title_begins() -> None:
    body = page(title="Exports rise in the month--Politics--Example Net").replace(
        b"<h1>Exports rise in the month--Politics--Example Net</h1>",
        b"<h1>Example Net</h1><h1>Exports rise in the month</h1>")
    assert read(body)["title"] == "Exports rise in the month"


@pytest.mark.parametrize(("link", "address"), [
    ("https://news.example/story/one?utm_source=rss#top", "https://news.example/story/one"),
    ("/story/one", "https://news.example/story/one"),
    ("https://news.example/", "https://news.example/story/1"),  # a slip that would fold a site into one article
    ("https://elsewhere.example/story/one", "https://news.example/story/1"),
])
def test_a_canonical_link_is_believed_on_its_own_site_and_not_to_a_home_page(link: str, address: str) -> None:
    assert read(page(f"<link rel='canonical' href='{link}'>"))["url"] == address


def test_a_page_that_is_asked_under_two_addresses_is_one_article() -> None:
    head = "<link rel='canonical' href='https://news.example/story/one'>"
    first, second = (read(page(head), url=url)["article"] for url in ("https://news.example/a", "https://www.news.example/b"))
    assert first == second


def test_a_page_without_any_address_is_named() -> None:
    with pytest.raises(NotReadable, match="address"):
        read(page(), url="")


def test_a_page_that_is_not_free_keeps_its_teaser_and_without_one_is_not_read() -> None:
    teaser = "What the composed story is about."
    row = read(page(ld(isAccessibleForFree="False") + f"<meta name='description' content='{teaser}'>"))
    assert (row["text"], row["title"]) == (teaser, "A composed headline")
    with pytest.raises(NotReadable, match="not free"):
        read(page(ld(isAccessibleForFree="False")))


def test_a_lede_that_the_page_shows_above_the_body_is_part_of_the_text() -> None:
    lede = "Exports of composed goods rose for the sixteenth month, the composed ministry said."
    head = f"<meta property='og:description' content='{lede}'>"
    shown = page(head).replace(b"<nav>", f"<div><p class='lede'>{lede}</p></div><nav>".encode())
    assert read(shown)["text"].split("\n")[0] == lede
    assert lede not in read(page(head))["text"]  # a description that no reader sees is no text


def test_a_page_of_which_the_general_reader_makes_nothing_is_read_by_its_paragraphs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.news.page.text._general", lambda page: "")
    row = read(page())
    assert row["extractor"] == "paragraphs" and "Sentence number 6" in row["text"] and "Home" not in row["text"]


@pytest.mark.parametrize(("head", "published", "precision"), [
    # JSON-LD is believed before meta elements, which only refine what they agree with …
    (ld(datePublished="2026-05-05") + "<meta name='pubdate' content='2026-05-07T10:00:00Z'>", "2026-05-05T00:00:00", "day"),
    (ld(datePublished="2026-05-05") + "<meta name='pubdate' content='2026-05-05T10:00:00Z'>", "2026-05-05T10:00:00", "minute"),
    # … and the dateline is asked where neither says anything.
    ("", "2026-09-29T00:00:00", "day"),
])
def test_the_order_in_which_dates_are_believed(head: str, published: str, precision: str) -> None:
    row = read(page(head, body="<p>KUALA LUMPUR, Sept 29 (Bernama) -- A composed start of a text.</p>" + BODY))
    assert row["published_at"] == datetime.fromisoformat(published).replace(tzinfo=UTC)
    assert (row["published_precision"], row["agency"]) == (precision, "Bernama")


def test_a_dateline_without_a_year_dates_no_page_that_a_person_had() -> None:
    body = page(body="<p>KUALA LUMPUR, Sept 29 (Bernama) -- A composed start of a text.</p>" + BODY)
    assert read(body, origin="imported")["published_at"] is None


def test_a_page_of_no_listed_site_is_dated_in_its_countrys_zone() -> None:
    row = read(page("<meta name='pubdate' content='2026-05-05 10:00'>"), url="https://news.example.com.my/story")
    assert (row["published_at"], row["tz_assumed"]) == (datetime(2026, 5, 5, 2, tzinfo=UTC), "Asia/Kuala_Lumpur")


def test_a_paywall_where_the_text_should_be_is_named() -> None:
    teaser = "<p>" + "The first sentence of a composed story that goes on behind a wall, as it were. " * 4 + \
        "Subscribe to continue reading this story.</p>"
    with pytest.raises(NotReadable, match="paywall"):
        read(page(body=teaser))


def test_a_page_with_hardly_any_text_is_incomplete() -> None:
    with pytest.raises(Incomplete, match="too few"):
        read(page(body="<p>A short notice of no substance.</p>"))


def test_language_is_the_pages_own_else_what_its_words_tell() -> None:
    assert read(page(lang="ms-MY"))["language"] == "ms"
    assert read(page(lang="undetermined"), dataset="news.fmt")["language"] == "en"
    assert read(page(lang=""))["language"] == "en"


@pytest.mark.parametrize(("text", "said", "language"), [
    ("中国对东盟进出口增长，贸易总值创新高。", "en", "zh"),
    ("貿易額は増加した。輸出は前年同月比で伸びた。", "", "ja"),
    ("การค้าระหว่างไทยและจีนเพิ่มขึ้น", "en", "th"),
    ("Eksport negara meningkat dan import menurun pada bulan ini. " * 6 + "Ini adalah kerana permintaan yang tidak tinggi. " * 3,
     "", "ms"),
    ("Kim ngạch của hai nước đã tăng và các doanh nghiệp có được lợi trong năm này. " * 4, "", "vi"),
    ("RM1.2 bil 4.5% 2024", "", ""), ("", "", ""), ("Words that are English.", "zh", ""),
])
def test_the_language_of_a_text(text: str, said: str, language: str) -> None:
    assert language_of(text, said) == language


@pytest.mark.parametrize(("text", "authors", "agency"), [
    ("KUALA LUMPUR, Sept 29 (Bernama) -- Trade rose.", (), "Bernama"),
    ("BEIJING, May 9 (Xinhua) — Trade rose.", (), "Xinhua"),
    ("NEW YORK (Reuters) - Trade rose.", (), "Reuters"),
    ("Trade rose.\nIt rose again. — Bernama", (), "Bernama"),
    ("新华社北京4月24日电 贸易增长。", (), "Xinhua"),
    ("Trade rose.", ("来源：新华网",), "Xinhua"),
    ("Trade rose.", ("By Agence France-Presse",), "AFP"),
    ("Trade rose, the minister told Bernama in an interview.", (), ""),
    ("Trade rose.", ("AP Singh",), ""),
])
def test_the_agency_is_the_one_of_dateline_credit_or_byline(text: str, authors: tuple[str, ...], agency: str) -> None:
    assert agency_of(text, authors) == agency


@pytest.mark.parametrize(("body", "header", "text"), [
    ("<meta charset=GB2312>镕".encode("gb18030"), "", "镕"),  # GBK's character under a GB2312 declaration
    ("<meta charset=GB2312>中国".encode(), "text/html; charset=GB2312", "中国"),  # both wrong: it is UTF-8
    ("<meta charset=gbk>中国".encode("gbk"), "text/html; charset=utf-8", "中国"),  # the page is right, the header wrong
    ("中國".encode("big5"), "text/html; charset=big5", "中國"),
    ("<?xml version='1.0' encoding='euc-kr'?>년".encode("cp949"), "", "년"),
    (b"don\x92t", "", "don’t"),
    (b"\xff\xfe" + "中".encode("utf-16-le"), "", "中"),
    (b"<meta charset=rot13>\xe9", "", "é"),
])
def test_bytes_are_read_by_whoever_is_right_about_their_characters(body: bytes, header: str, text: str) -> None:
    assert decode(body, header).endswith(text)


def test_utf8_that_was_read_as_gbk_is_put_right_and_honest_chinese_is_left() -> None:
    assert repaired("MOFCOM鈥檚 view\n中国的外贸") == "MOFCOM’s view\n中国的外贸"
    assert repaired("涓流汇成海") == "涓流汇成海"


@pytest.mark.parametrize(("raw", "address"), [
    ("HTTPS://News.Example:443/a?id=3&utm_medium=x&fbclid=y#z", "https://news.example/a?id=3"),
    ("http://news.example", "http://news.example/"),
    ("https://news.example/news.php?id=123", "https://news.example/news.php?id=123"),
    ("https://news.example/a?empty=&x=%E4%B8%AD", "https://news.example/a?empty=&x=%E4%B8%AD"),
    ("ftp://news.example/a", ""), ("javascript:alert(1)", ""), ("http://[", ""), ("https://a b/c", ""), ("", ""),
])
def test_canonical_addresses(raw: str, address: str) -> None:
    assert canonical(raw) == address
    assert canonical(address) == address


@given(st.text(max_size=200))
def test_a_canonical_address_is_its_own_canonical_form(url: str) -> None:
    once = canonical("https://news.example/" + url)
    assert canonical(once) == once


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=300).map(lambda text: page(body=BODY + text, title=text or "t")) |
       st.tuples(st.integers(0, 900), st.binary(max_size=6)).map(lambda at: page(ld(headline="h"))[: at[0]] + at[1]))
def test_any_bytes_give_one_article_or_a_named_error(body: bytes) -> None:
    assert CONNECTOR.recognise(body, "page.html") in (None, "news.import", "news.scmp")
    try:
        row = read(body)
    except PublisherError:
        return
    assert row["text"] and row["title"] and row["url"] and row["text"] == clean(row["text"])
    assert row["published_at"] is None or row["published_at"] <= ASKED + timedelta(days=1)
