"""GACC's announced release days: the reviewed file, and that it is read strictly."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from connectors.statistics.gacc import CONNECTOR
from connectors.statistics.gacc.calendar import DATASET, FILE
from connectors.statistics.gacc.pages import SHANGHAI
from tests.connectors.synthetic_gacc import document
from tests.documents import cell
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift

HEAD = "dataset,period_end,released_on,source\n"


def releases(body: bytes) -> list[dict[str, object]]:
    (batch,) = CONNECTOR.read(document(body, DATASET))
    (frame,) = batch.frames
    return frame.to_dicts()


def test_the_packaged_days_are_those_of_the_announcements() -> None:
    rows = {(row["dataset"], row["period_end"]): row["scheduled_at"] for row in releases(FILE.read_bytes())}
    # 公告2025年第240号: October's table on 10 November, November's on 8 December 2026; the bulletin always on the 18th.
    assert rows["gacc.prelim.country", date(2026, 10, 31)] == datetime(2026, 11, 9, 16, tzinfo=UTC)
    assert rows["gacc.prelim.country", date(2026, 11, 30)] == datetime(2026, 12, 7, 16, tzinfo=UTC)
    assert {at.day for (name, _), at in rows.items() if name == "gacc.bulletin.country"} == {17}
    # January's table comes with February's.
    assert rows["gacc.prelim.country", date(2026, 1, 31)] == rows["gacc.prelim.country", date(2026, 2, 28)]
    # Nothing is known of 2027.
    assert max(end for _, end in rows) == date(2026, 11, 30)


def test_every_day_has_its_source_and_its_cell() -> None:
    body = FILE.read_bytes()
    for row in releases(body):
        assert (row["source"], row["precision"]) == ("official", "day")
        shown = cell(CONNECTOR, body, str(row["locator"]))
        at = row["scheduled_at"]
        assert isinstance(at, datetime) and at.astimezone(SHANGHAI).date() == date.fromisoformat(shown)
    assert CONNECTOR.recognise(body, "whatever.csv") == DATASET


@pytest.mark.parametrize(("line", "said"), [
    ("gacc.prelim.country,2026-10-31,2026-11-10,", "a day without the announcement"),
    ("gacc.prelim.country,2026-10-30,2026-11-10,x", "not the end of a month"),
    ("gacc.prelim.country,2026-10-31,2026-10-10,x", "no day for the release"),
    ("gacc.prelim.country,2026-10-31,soon,x", "Invalid isoformat"),
    ("gacc.other,2026-10-31,2026-11-10,x", "neither"),
    ("gacc.prelim.country,2026-10-31,2026-11-10", "not 4 cells"),
    ("gacc.prelim.country,2026-10-31,2026-11-10,x\ngacc.prelim.country,2026-10-31,2026-11-11,x", "given before")])
def test_one_line_that_breaks_a_rule_fails_the_file_and_is_named(line: str, said: str) -> None:
    with pytest.raises(SchemaDrift, match=said) as refused:
        releases(f"{HEAD}{line}\n".encode())
    assert "line " in str(refused.value)


def test_an_empty_calendar_is_none() -> None:
    with pytest.raises(Incomplete):
        releases(HEAD.encode())


def test_the_calendar_is_its_own_document() -> None:
    """A page of GACC under the calendar's name is refused, and the other way round."""
    body = FILE.read_bytes()
    with pytest.raises(SchemaDrift):
        CONNECTOR.read(document(b"<html><body>no calendar</body></html>", DATASET))
    with pytest.raises(NotReadable):
        CONNECTOR.read(document(body, "gacc.prelim.country"))
