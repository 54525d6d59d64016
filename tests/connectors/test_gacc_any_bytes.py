"""Any bytes give rows or a PublisherError: never another exception, never a silent empty batch."""

from __future__ import annotations

import contextlib
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.statistics.gacc import CONNECTOR
from tests.connectors.synthetic_gacc import (
    CHINESE_HEADER,
    document,
    synthetic_bulletin,
    synthetic_page,
    synthetic_workbook,
)
from tests.documents import cell
from warehouse.schema.errors import NotReadable, PublisherError

PAGES = (synthetic_page(), synthetic_bulletin(),
         synthetic_workbook([["总值", 3.0, 6.0, 1.0, 2.0, 2.0, 4.0, 1.0, 2.0, 3.0]], CHINESE_HEADER))
FRAGMENTS = (b"", b"<td>", b"</td>", b"<tr>", b"</tr>", b"</table>", b"<table>", b"-", b"9", b",", b".", b"\0",
             b"\xff", b'<td colspan="99999999">', b'<td rowspan="12">', b"&#xD800;", b"<sup>", "①".encode(),
             "，".encode(), b"nan", b"1-to-3", b"Total", b"(in USD)", b"2025", b"Unit:")


def holds(body: bytes) -> None:
    """The invariant, for parse, recognise and the way back from every locator."""
    recognised = None
    with contextlib.suppress(PublisherError):
        recognised = CONNECTOR.recognise(body, "x")
    assert recognised in (None, "gacc.prelim.country", "gacc.bulletin.country")
    try:
        batches = CONNECTOR.read(document(body, recognised or "gacc.prelim.country"))
    except PublisherError as error:
        assert error.said
        return
    for batch in batches:
        (frame,) = batch.frames
        assert frame.height > 0
        assert frame.select("partner", "flow", "period_start", "period_end").is_unique().all()
        for locator in (frame["locator"][0], frame["locator"][-1]):
            assert cell(CONNECTOR, body, locator)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(body: bytes) -> None:
    holds(body)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_that_begin_like_a_workbook(body: bytes) -> None:
    holds(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + body)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(PAGES), st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(FRAGMENTS)),
                                        min_size=1, max_size=6))
def test_pages_with_pieces_cut_out_and_put_in(body: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    for where, length, piece in edits:
        at = int(where * len(body))
        body = body[:at] + piece + body[at + length:]
    holds(body)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_the_real_page_with_bytes_changed(samples: Path, edits: list[tuple[float, int]]) -> None:
    body = bytearray((samples / "gacc" / "release_section4_by_country_mar2026_cny.html").read_bytes())
    start, end = body.index(b"atcl-ttl"), body.index(b"</table>")
    for where, byte in edits:
        body[start + int(where * (end - start))] = byte
    holds(bytes(body))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_locator_reads_a_cell_or_says_that_there_is_none(locator: str) -> None:
    with contextlib.suppress(NotReadable):
        assert isinstance(cell(CONNECTOR, PAGES[0], locator), str)
