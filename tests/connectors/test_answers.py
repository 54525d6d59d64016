"""Which answers are believed: challenge pages, media types, landmarks."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.answers import check_content, is_challenge, is_html, named_status
from tests.publishers.faults import BOT_WALL
from warehouse.schema.errors import Challenged, Incomplete, PublisherError, SchemaDrift
from warehouse.schema.travel import Request

ARTICLE = b"<!DOCTYPE html><html><p>" + b"Trade grew; the site asks for a captcha at login. " * 60 + b"</p></html>"


def request(*kinds: str, landmarks: tuple[str, ...] = ()) -> Request:
    return Request("https://example.org/", "synthetic", content_types=kinds, landmarks=landmarks)


@pytest.mark.parametrize("page", [
    BOT_WALL,
    b"<html><head><title>Just a moment...</title></head><body></body></html>",
    b"\xef\xbb\xbf <!-- x --><!DOCTYPE html><html><script>window._cf_chl_opt={}</script></html>",
    b"<html><body>Checking your browser before accessing example.org</body></html>",
    b"<script>document.cookie='__jsluid_h=1'</script>",
    b"<html><body><div id='slider-captcha'></div></body></html>",
    b"<html><script>" + b"var a='long but nothing to read';" * 1000 + b"$_ts=1</script><body></body></html>",
])
def test_walls_are_recognised(page):
    assert is_challenge(page)
    with pytest.raises(Challenged):
        check_content(request("text/html"), "text/html", page)


@pytest.mark.parametrize("page", [
    ARTICLE,
    b'{"captcha": "$_ts"}',
    b"label,value\ncaptcha,1\n",
    # A viewer shell such as tjs.customs.gov.cn's (seen August 2026): the publisher's page, not a wall.
    b"<html><head><title>Table</title></head><body><iframe src='/weboffice/x?w_scene=preview'></iframe></body></html>",
])
def test_what_is_no_wall_is_not_taken_for_one(page):
    assert not is_challenge(page)


def test_real_pages_are_no_walls(samples):
    pages = sorted((samples / "gacc").glob("*.html"))
    assert pages
    assert [page.name for page in pages if is_challenge(page.read_bytes())] == []


def test_a_landmark_is_stronger_than_a_walls_mark():
    page = BOT_WALL.replace(b"<body>", b"<body>Export &amp; Import")
    check_content(request("text/html", landmarks=("export",)), "text/html", page)


def test_one_landmark_is_enough_and_case_does_not_matter():
    check_content(request(landmarks=("no such", "EXPORT")), "text/csv", b"date,exports\n")
    with pytest.raises(Incomplete, match="no such"):
        check_content(request(landmarks=("no such",)), "text/csv", b"date,exports\n")


@pytest.mark.parametrize(("kinds", "said", "body"), [
    (("text/csv",), "text/csv; charset=gbk", b"a,b\n"), (("Text/CSV",), "TEXT/CSV", b"a,b\n"),
    (("text/csv",), "", b"a,b\n"),
    ((), "text/html", ARTICLE), (("text/html",), "application/xhtml+xml", ARTICLE), (("text/html",), "", ARTICLE),
    (("application/rss+xml", "text/xml"), "text/xml", b"<?xml version='1.0'?><!-- <html> --><rss></rss>"),
])
def test_types_that_fit(kinds, said, body):
    check_content(request(*kinds), said, body)


@pytest.mark.parametrize(("kinds", "said", "body", "drift"), [
    (("text/csv",), "text/html; charset=utf-8", b"a,b\n", "HTML where text/csv"),
    (("text/csv",), "text/csv", ARTICLE, "HTML where text/csv"),
    (("text/csv",), "", ARTICLE, "HTML where text/csv"),
    (("text/csv", "application/zip"), "application/json", b"{}", "application/json where text/csv or application/zip"),
    (("text/html",), "application/pdf", b"%PDF-1.7", "application/pdf where text/html"),
    (("text/xml",), "text/xml", b"<?xml version='1.0'?>\n<!-- x -->\n<!DOCTYPE html><html>", "HTML where text/xml"),
])
def test_types_that_do_not_fit(kinds, said, body, drift):
    with pytest.raises(SchemaDrift, match=drift):
        check_content(request(*kinds), said, body)


@pytest.mark.parametrize("piece", [b"<script", b"<style>", b"<", b"<!--", b"</script", b"<a <"])
def test_no_page_takes_long(piece):
    page = b"<html>captcha" + piece * (250_000 // len(piece))
    began = time.process_time()
    is_challenge(page)
    assert time.process_time() - began < 1.0


@given(st.binary(max_size=2000), st.sampled_from(["", "text/html", "text/csv"]))
def test_any_bytes_are_believed_or_have_a_named_error(body, said):
    for wanted in (request(), request("text/csv"), request("text/html", landmarks=("a",))):
        try:
            check_content(wanted, said, body)
        except PublisherError:
            continue
        assert body.strip()
        assert not (is_html(body) and wanted.content_types == ("text/csv",))


@given(st.integers(100, 999), st.binary(max_size=50))
def test_every_status_but_a_full_answer_has_a_name(status, body):
    error = named_status(status, body)
    assert (error is None) == (status in (200, 203))
