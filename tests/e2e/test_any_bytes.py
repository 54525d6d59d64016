"""Any bytes given to any connector are recognised or not, and give rows or an error with a name: never anything else."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.statistics.statements import CONNECTOR as STATEMENTS
from flows.home import registry
from tests.documents import cell
from tests.e2e.pages import gacc_page, headline
from warehouse.schema.errors import EntrepotError, PublisherError
from warehouse.schema.travel import Document, Fetch

NEVER = datetime(2026, 4, 20, tzinfo=UTC)


def zipped(name: str, body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(name, body)
    return out.getvalue()


WHOLE = [
    headline(3), gacc_page(3), b"Date,USD,JPY,GBP,MYR,\n2026-04-13,1.1,160,0.8,4.6,\n",
    zipped("eurofxref-hist.csv", b"Date,USD,JPY,GBP,\n2026-04-13,1.1,160,0.8,\n"),
    json.dumps({"dataSets": [{"series": {}}], "structure": {"dimensions": {"series": [{"id": "EXR_TYPE", "values": []}]}}}).encode(),
    b"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title><item><title>i</title><link>http://x.example</link></item></channel></rss>",
    b"<html><head><meta property='og:type' content='article'><title>t</title></head><body><article><p>text</p></article></body></html>",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xfea\0b\0",
    STATEMENTS.packaged.file.read_bytes()[:3000],
]


PIECES = [b"\0", b"<table>", b"</table>", b",", b"\n", b"9" * 40, b"1e999", b"NaN", b"-", b"\"", "马来西亚".encode(), b"&#0;", b"\xff"]


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A document of one of the kinds, with a piece cut out, doubled or replaced."""
    body = draw(st.sampled_from(WHOLE))
    first, last = sorted(draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
    piece = draw(st.one_of(st.binary(max_size=30), st.just(body[first:last][:200]), st.sampled_from(PIECES)))
    return body[:first] + piece + body[last:]


@pytest.mark.parametrize("publisher", sorted(registry.connectors()))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=st.one_of(broken(), broken(), st.binary(max_size=300), st.text(max_size=200).map(str.encode)), at=st.integers(0, 40))
def test_any_bytes_give_rows_or_a_named_error(publisher: str, body: bytes, at: int) -> None:
    connector = registry.connectors()[publisher]
    try:
        recognised = connector.recognise(body, "file.html")
    except PublisherError as error:
        assert error.said
        recognised = None
    assert recognised is None or registry.publisher_of(recognised) is connector
    names = [recognised] if recognised else [connector.datasets[at % len(connector.datasets)].dataset]
    for name in names:
        fetch = Fetch("synthetic", name, "https://publisher.example/file", NEVER, 200, "", len(body), "fetched")
        try:
            batches = connector.read(Document(fetch, body))
        except PublisherError as error:
            assert error.said
            continue
        assert batches, "a silent nothing"
        for batch in batches:
            assert batch.dataset in registry.datasets()
            rows = sum(frame.height for frame in batch.frames)
            assert rows or batch.rejected, "a silent empty frame"


@pytest.mark.parametrize("publisher", sorted(registry.connectors()))
@settings(max_examples=40, deadline=None)
@given(body=broken(), locator=st.one_of(st.text(max_size=40), st.sampled_from(
    ["table 1, row 5 (Total), column 2 (x)", "line 2 (abs, 2016-01-01), column exports", "series M.CNY.EUR.SP00.A, period 2025-10",
     "line 3 (x)", "table 9999999999, row 1 (a), column 1 (b)"])))
def test_any_locator_reads_a_cell_or_says_that_there_is_none(publisher: str, body: bytes, locator: str) -> None:
    try:
        assert isinstance(cell(registry.connectors()[publisher], body, locator), str)
    except EntrepotError as error:
        assert str(error)
