"""PX and JSON-stat: the same cells from every shape, marks apart from figures, cells found again, and what is refused by name."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.formats import json_stat, px
from connectors.formats.cubes import Cell
from connectors.formats.json_stat import JsonStat
from connectors.formats.px import Px
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift

CELLS = [("MY", "2024", "1.50", ""), ("MY", "2025", "", ".."), ("SG", "2024", "-7", ""), ("SG", "2025", "12345678901234567890.1", "")]

TABLE = b"""CHARSET="ANSI";
AXIS-VERSION="2013";
CODEPAGE="utf-8";
LANGUAGE="en";
LANGUAGES="en","sv";
TITLE="Exports; by country "
"and year";
UNITS="RM million";
STUB="country";
STUB[sv]="land";
HEADING="year";
VALUES("country")="Malaysia",
"Singapore";
VALUES[sv]("land")="Malaysia","Singapore";
VALUES("year")="2024","2025";
CODES("country")="MY","SG";
TIMEVAL("year")=TLIST(A1,"2024"-"2025");
PRECISION("country","Malaysia")=2;
DATA=
1.50 ".."
-7 12345678901234567890.1;
"""


def seen(cells: Any) -> list[tuple[str, ...]]:
    return [(*cell.codes.values(), cell.value, cell.status) for cell in cells]


# PX


def test_a_px_table_is_read_in_its_main_language() -> None:
    table = Px(TABLE)
    assert seen(table) == CELLS
    assert table.dimensions == {"country": ("MY", "SG"), "year": ("2024", "2025")}
    assert table.labels["country"] == {"MY": "Malaysia", "SG": "Singapore"}
    assert (table.about["TITLE"], table.about["UNITS"]) == (("Exports; by country and year",), ("RM million",))


def test_each_cell_of_a_px_table_is_found_again() -> None:
    for cell in Px(TABLE):
        assert px.read_cell(TABLE, cell.locator) == (cell.value or cell.status)
    for locator in ("cell country=MY, year=2026", "row 3"):
        with pytest.raises(NotReadable):
            px.read_cell(TABLE, locator)


@pytest.mark.parametrize(("charset", "named"), [("cp1252", b""), ("iso-8859-15", b'CODEPAGE="iso-8859-15";\n'), ("utf-8-sig", b"")])
def test_the_charset_is_the_one_that_the_file_names(charset: str, named: bytes) -> None:
    text = 'STUB="Länder";\nVALUES("Länder")="Åland";\nDATA=1;'
    body = text.encode(charset) if charset == "utf-8-sig" else named + text.encode(charset)
    assert seen(Px(body)) == [("Åland", "1", "")]


@pytest.mark.parametrize(("body", "error", "said"), [
    (b"", SchemaDrift, "no PX table"),
    (b"<html>", SchemaDrift, "no PX table"),
    (TABLE[:TABLE.index(b"TIMEVAL") + 12], Incomplete, "breaks off before its data"),
    (TABLE[:TABLE.index(b" 12345")], Incomplete, "has 3 of the 4 cells of its dimensions, and no end"),
    (TABLE[:-5], Incomplete, "has 4 of the 4 cells of its dimensions, and no end"),
    (TABLE.replace(b"-7 ", b"-7 8 "), SchemaDrift, "more than the 4 cells"),
    (TABLE.replace(b'"MY","SG"', b'"MY","MY"'), SchemaDrift, "2 names and 1 codes"),
    (TABLE.replace(b'"MY","SG"', b'"MY"'), SchemaDrift, "2 names and 1 codes"),
    (TABLE.replace(b'HEADING="year"', b'HEADING="country"'), SchemaDrift, "dimensions country, country"),
    (TABLE.replace(b"TIMEVAL", b'KEYS("country")=CODES;\nTIMEVAL'), NotReadable, "sparse"),
    (TABLE.replace(b"utf-8", b"utf-99"), SchemaDrift, "no text in utf-99"),
])
def test_what_is_no_such_px_table_is_refused_by_name(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        list(Px(body))


# JSON-stat


def category(*codes: str, listed: bool = True) -> dict[str, Any]:
    index = list(codes) if listed else {code: at for at, code in reversed(list(enumerate(codes)))}
    return {"category": {"index": index, "label": {code: code.lower() for code in codes}}}


SECOND = {"version": "2.0", "class": "dataset", "id": ["country", "year"], "size": [2, 2],
          "dimension": {"country": category("MY", "SG", listed=False), "year": category("2024", "2025")},
          "value": [1.5, None, -7, 4711], "status": {"1": ".."}}
SPARSE = {**SECOND, "value": {"0": 1.5, "2": -7, "3": 4711}, "status": [None, ".."]}
FIRST = {"exports": {"dimension": {"id": ["country", "year"], "size": [2, 2], **SECOND["dimension"]},  # type: ignore[dict-item]
                     "value": SECOND["value"], "status": SECOND["status"]}}


def encoded(table: object) -> bytes:
    """With digits that no float has."""
    return json.dumps(table).encode().replace(b"1.5", b"1.50").replace(b"4711", b"12345678901234567890.1")


@pytest.mark.parametrize("table", [SECOND, SPARSE, FIRST], ids=["2.0", "sparse", "1.x"])
def test_every_shape_of_json_stat_gives_the_same_cells_and_finds_them(table: object) -> None:
    found = JsonStat(encoded(table))
    assert seen(found) == CELLS
    assert found.labels["country"] == {"MY": "my", "SG": "sg"}
    for cell in found:
        assert json_stat.read_cell(encoded(table), cell.locator) == (cell.value or cell.status)
    with pytest.raises(NotReadable):
        json_stat.read_cell(encoded(table), "cell country=TH, year=2024")


def test_one_status_may_stand_for_all_and_a_dimension_of_one_code_needs_no_index() -> None:
    table = {"id": ["a"], "size": [1], "dimension": {"a": {"category": {"label": {"x": "X"}}}}, "value": [1], "status": "p"}
    assert list(JsonStat(encoded(table))) == [Cell({"a": "x"}, "1", "p")]


@pytest.mark.parametrize(("body", "error", "said"), [
    (b'{"error": "busy"}', SchemaDrift, "no JSON-stat of one data set; it has error"),
    (b"[]", SchemaDrift, "not an object"),
    (encoded(SECOND)[:-20], Incomplete, "not whole JSON"),
    (encoded({**SECOND, "size": [2, 3]}), SchemaDrift, r"\[2, 2\] codes, not \[2, 3\]"),
    (encoded({**SECOND, "value": [1, 2, 3]}), SchemaDrift, "value has 3 cells, the dimensions 4"),
    (encoded({**SECOND, "value": {"4": 1}}), SchemaDrift, "cell '4'"),
    (encoded({**SECOND, "dimension": {"country": category("MY", "SG")}}), SchemaDrift, "dimension year is not an object"),
    (encoded({**SECOND, "dimension": {**SECOND["dimension"], "year": {"category": {"index": {"a": 0, "b": 2}}}}}),  # type: ignore[dict-item]
     SchemaDrift, "positions of year"),
])
def test_what_is_no_such_json_stat_is_refused_by_name(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        list(JsonStat(body))


@settings(max_examples=150, deadline=None)
@given(st.floats(0, 1), st.integers(0, 10), st.binary(max_size=5))
def test_any_damage_gives_cells_or_a_named_error(where: float, length: int, instead: bytes) -> None:
    for body, kind in ((TABLE, Px), (encoded(SECOND), JsonStat), (encoded(FIRST), JsonStat)):
        at = int(where * len(body))
        with suppress(PublisherError):
            list(kind(body[:at] + instead + body[at + length:]))
