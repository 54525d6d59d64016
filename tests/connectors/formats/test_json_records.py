"""Lists of records: every shape that answers have, digits as printed, cells found again, errors that come as answers."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.json_records import Records, cell_at, cell_locator
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift, TooLarge

ANSWER = b"""{"meta": {"total": 2, "rate": 1.10}, "data": [
  {"partner": "CHN", "period": 202601, "value": 20726588.393799998, "note": null},
  {"partner": "SGP", "period": 202601, "value": 12345678901234567890.50, "estimated": true, "more": {"a": [1]}}]}"""
KEY = ("partner", "period")


def test_cells_stay_as_printed_and_what_stands_beside_is_kept() -> None:
    records = Records(ANSWER, ("data",))
    assert [record.cells for record in records] == [
        {"partner": "CHN", "period": "202601", "value": "20726588.393799998", "note": ""},
        {"partner": "SGP", "period": "202601", "value": "12345678901234567890.50", "estimated": "true", "more": '{"a":[1]}'}]
    assert (len(records), records.beside) == (2, {"meta": {"total": 2, "rate": "1.10"}})


@pytest.mark.parametrize(("body", "at"), [
    (b'[{"a": "x", "b": 1.0}]', ()),
    (b'{"data": {"rows": [{"a": "x", "b": 1.0}]}}', ("data", "rows")),
    (b'\xef\xbb\xbf[["a", "b"], ["x", 1.0]]', ()),
])
def test_a_list_is_found_wherever_it_stands_and_in_either_shape(body: bytes, at: tuple[str, ...]) -> None:
    record, = Records(body, at)
    assert (record.number, record.cells) == (1, {"a": "x", "b": "1.0"})
    assert cell_at(body, cell_locator(record, ("a",), "b"), at, ("a",)) == "1.0"


def test_each_cell_is_found_again_and_only_where_it_is() -> None:
    for record in Records(ANSWER, ("data",)):
        for field, printed in record.cells.items():
            assert cell_at(ANSWER, cell_locator(record, KEY, field), ("data",), KEY) == printed
    for locator in ("record 1 (SGP, 202601), field value", "record 3 (CHN, 202601), field value", "record 1 (CHN, 202601), field x",
                    "row 1"):
        with pytest.raises(NotReadable):
            cell_at(ANSWER, locator, ("data",), KEY)


@pytest.mark.parametrize(("body", "error", "said"), [
    (b'{"errortype": "KcsRuntimeException", "error": "true"}', SchemaDrift, "no 'data'.*KcsRuntimeException"),
    (b'{"data": {"message": "limit"}}', SchemaDrift, "Expected `array`.*limit"),
    (b'[{"a": 1}]', SchemaDrift, "Expected `object`"),
    (b"<html>busy</html>", SchemaDrift, "HTML"),
    (b"", Incomplete, "breaks off"),
    (ANSWER[:-30], Incomplete, "breaks off"),
    (b'{"data": [1, 2]}', SchemaDrift, "record 1 is no object: 1"),
    (b'{"data": [["a", "b"], ["x"]]}', SchemaDrift, "record 1 is no row of 2"),
    (b'{"data": [["a", "a"]]}', SchemaDrift, "no row of names"),
    (b'{"data": nothing}', SchemaDrift, "not JSON"),
])
def test_what_is_no_such_list_is_refused_by_name(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        list(Records(body, ("data",)))


def test_missing_fields_and_an_empty_list_are_said_when_asked() -> None:
    Records(ANSWER, ("data",)).needs("partner", "value")
    with pytest.raises(SchemaDrift, match="lack quantity; they have partner, period"):
        Records(ANSWER, ("data",)).needs("quantity")
    with pytest.raises(Incomplete, match="no record"):
        Records(b'{"data": []}', ("data",)).needs("partner")


def test_an_answer_above_the_limit_is_refused_before_it_is_read_and_below_its_own_limit_read() -> None:
    def parts() -> object:
        yield b"[" + b'{"a": 1},' * 10
        yield b'{"a": 2}]'

    with pytest.raises(TooLarge, match="more than 67,108,864"):
        Records(Content(parts, size=1 << 27))  # type: ignore[arg-type]
    assert len(Records(Content(parts, size=1 << 27), most=1 << 28)) == 11  # type: ignore[arg-type]


@given(st.binary(max_size=60), st.sampled_from([(), ("data",)]))
def test_any_bytes_give_records_or_a_named_error(body: bytes, at: tuple[str, ...]) -> None:
    for tried in (body, b'{"data": [' + body + b"]}"):
        with suppress(PublisherError):
            list(Records(tried, at))


@given(st.lists(st.dictionaries(st.text(max_size=3), st.one_of(st.none(), st.booleans(), st.integers(-2**53, 2**53), st.text(max_size=5)))))
def test_what_was_written_is_read(rows: list[dict[str, object]]) -> None:
    texts = {None: "", True: "true", False: "false"}
    read = [record.cells for record in Records(json.dumps(rows).encode())]
    assert read == [{name: texts[cell] if cell is None or isinstance(cell, bool) else str(cell) for name, cell in row.items()}
                    for row in rows]


def test_real_answers_are_read(samples: Path) -> None:
    thai = Records((samples / "thailand" / "moc_export_hs4_by_country_2024-10_11.json").read_bytes())
    assert next(iter(thai)).cells["Value"] == "20726588.393799998"
    census = Records((samples / "uscensus" / "exports_hs_848620_2026-08.json").read_bytes())
    assert (census.header[:2], next(iter(census)).cells["ALL_VAL_MO"]) == (("CTY_CODE", "CTY_NAME"), "158389972")
    hongkong = Records((samples / "hongkong" / "idds_QCy_HKHS6_7106_imports_by_origin_2025.json").read_bytes(), ("rows",))
    assert (hongkong.beside["year"], next(iter(hongkong)).cells["figure"]) == (2025, "1020")
