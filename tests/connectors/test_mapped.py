"""Mappings and the tables read by them: any text gives a mapping or one sentence, any table rows or a named error; numbers and periods."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.statistics import mapped
from connectors.statistics.mapped import CONNECTOR, mapping, proposal
from connectors.statistics.mapped.figures import period_of
from tests.documents import document
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Document

SAMPLE = Path(mapped.__file__).parent / "sample"
WIDE = (SAMPLE / "synthetic-wide.toml").read_text(encoding="utf-8")
LONG = (SAMPLE / "synthetic-long.toml").read_text(encoding="utf-8")
VALUES = st.one_of(
    st.text(max_size=40), st.integers(-5, 10**20), st.booleans(), st.floats(), st.lists(st.text(max_size=5), max_size=3), st.just({}),
    st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
    st.sampled_from(["SAY", "sum", "../../x", "(a+)+$", "=1+1", "\0", "😀"]))


def toml(value: object) -> str:
    """A value as TOML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def by(text: str, body: bytes) -> Document:
    made = document("mapped.file", body)
    return Document(replace(made.fetch, mapping=text), body)


@settings(max_examples=200, deadline=None)
@given(text=st.sampled_from([WIDE, LONG]), data=st.data())
def test_whatever_stands_at_a_key_gives_a_mapping_or_one_sentence(text: str, data: st.DataObject) -> None:
    said: dict[str, Any] = tomllib.loads(text)
    table = data.draw(st.sampled_from([*mapping._KEYS]))
    where = said if not table else said.setdefault(table, {})
    if isinstance(where, dict):
        where[data.draw(st.sampled_from([*mapping._KEYS[table], "other"]))] = data.draw(VALUES)
    broken = "\n".join(f"{json.dumps(key)} = {toml(value)}" for key, value in said.items())
    try:
        read = mapping.read(broken)
    except NotReadable as error:
        assert error.said.startswith("the mapping ") and "\n" not in error.said and len(error.said) < 700
        return
    read.described()
    for file in ("synthetic-wide.csv", "synthetic-long.csv"):
        try:
            CONNECTOR.read(by(broken, (SAMPLE / file).read_bytes()))
        except PublisherError as error:
            assert error.said


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=300), body=st.binary(max_size=300))
def test_any_text_is_no_mapping_by_name_and_any_bytes_are_proposed_or_refused_by_name(text: str, body: bytes) -> None:
    with pytest.raises(NotReadable):
        mapping.read(text)
    try:
        made = proposal.propose(Content.of(body), "any.csv")
    except PublisherError as error:
        assert error.said
    else:
        tomllib.loads(made.text)


@pytest.mark.parametrize(("cell", "number"), [
    ("1,234.5", Decimal("1234.5")), ("80.57520000000001", Decimal("80.5752")), ("3.1E-4", Decimal("0.00031")), ("−5", Decimal(-5)),
    ("0.0", Decimal(0)), ("1 234", None), ("12 e", None), ("inf", None), ("NaN", None), ("", None), ("0x10", None), ("1e999", None),
    ("٣", None), ("9" * 61, None), ("1,23", None), ("1.234,5", None), ("1,2345", None), ("12,34,567.8", Decimal("1234567.8"))])
def test_numbers_as_they_are_printed(cell: str, number: Decimal | None) -> None:
    found = mapping.number(cell, mapping.read(WIDE))
    assert (found[0] if found else None) == number


@pytest.mark.parametrize(("mark", "cell", "number"), [
    (" ", "1\u2009234.5", Decimal("1234.5")), (" ", "126.4 1", None), (" ", "12 3", None), ("'", "1\u2019234.5", Decimal("1234.5"))])
def test_a_mark_between_thousands_has_three_digits_behind_it(mark: str, cell: str, number: Decimal | None) -> None:
    found = mapping.number(cell, mapping.read(WIDE.replace('thousands = ","', f'thousands = "{mark}"')))
    assert (found[0] if found else None) == number


@pytest.mark.parametrize(("cell", "shows"), [("1.234.567", "parted by points"), ("1.234,5", "parted by points"), ("1234,5", "have a comma"),
                                             ("12,5", "have a comma")])
def test_one_cell_with_other_marks_refuses_the_table_since_others_would_be_read_wrong(cell: str, shows: str) -> None:
    body = f'Synthetic\nArea,Flow,2023,2024\nJapan,Exports,"1,234","{cell}"\n'
    with pytest.raises(SchemaDrift, match=shows):
        CONNECTOR.read(by(WIDE, body.encode()))


def test_years_of_two_halves_are_refused_where_one_shows_that_they_are_no_months() -> None:
    for body in (b"month,partner,section,exports,imports\n2011-12,Japan,4,1,2\n2012-13,Japan,4,1,2\n",
                 b"month,partner,section,exports,imports\n2011-12,Japan,4,1,2\nFY2019/20,Japan,4,1,2\n"):
        with pytest.raises(SchemaDrift, match="ends in the next"):
            CONNECTOR.read(by(LONG, body))


@pytest.mark.parametrize(("text", "span"), [
    ("2024", ((2024, 1, 1), (2024, 12, 31))), ("2024.0", ((2024, 1, 1), (2024, 12, 31))), ("2024-02", ((2024, 2, 1), (2024, 2, 29))),
    ("2024M12", ((2024, 12, 1), (2024, 12, 31))), ("202406", ((2024, 6, 1), (2024, 6, 30))), ("2024-06-01", ((2024, 6, 1), (2024, 6, 30))),
    ("2024Q2", ((2024, 4, 1), (2024, 6, 30))), ("Jun 2024", ((2024, 6, 1), (2024, 6, 30))),
    ("September-2024", ((2024, 9, 1), (2024, 9, 30))),
    ("24", None), ("2024-13", None), ("Month 2024", None), ("3024", None)])
def test_periods_as_they_are_printed(text: str, span: tuple[tuple[int, int, int], tuple[int, int, int]] | None) -> None:
    assert period_of(text) == (None if span is None else (date(*span[0]), date(*span[1])))


def test_two_figures_of_one_key_and_labels_that_nobody_knows_are_set_aside_and_told() -> None:
    body = (SAMPLE / "synthetic-wide.csv").read_bytes().replace(b"Japan,Imports", b"Japan,Exports").replace(b"Malaysia (", b"Melesia (")
    (batch,) = CONNECTOR.read(by(WIDE, body))
    assert {row.rule for row in batch.rejected} == {"double", "area"}
    assert any("'Melesia (synthetic label)'" in check.said for check in batch.checks)
    assert batch.not_asked["partner that the mapping skips"] == 2
    assert {"partner": "JPN", "flow": "export"}.items() <= dict(next(row for row in batch.not_read if row.get("partner") == "JPN")).items()


def test_a_sum_with_a_figure_that_cannot_be_read_is_set_aside() -> None:
    body = (SAMPLE / "synthetic-long.csv").read_bytes().replace(b"10.5", b"ten")
    (batch,) = CONNECTOR.read(by(LONG, body))
    assert sorted(row.rule for row in batch.rejected) == ["sum", "value"]


def test_of_a_text_that_ends_inside_its_last_cell_that_figure_is_set_aside_and_a_sum_is_not_made_of_half_a_table() -> None:
    body = (SAMPLE / "synthetic-wide.csv").read_bytes().rpartition(b"Neighbours together")[0]
    whole, cut = CONNECTOR.read(by(WIDE, body))[0], CONNECTOR.read(by(WIDE, body[:-1]))[0]
    assert [row.rule for row in cut.rejected] == [*(row.rule for row in whole.rejected), "cut"]
    assert cut.scope is None
    with pytest.raises(Incomplete, match="its sums would lack products"):
        CONNECTOR.read(by(LONG, (SAMPLE / "synthetic-long.csv").read_bytes()[:-1]))


def test_a_sheet_or_column_that_is_not_there_is_named() -> None:
    with pytest.raises(SchemaDrift, match=r"partner\.column = 'partner'.*no such column"):
        CONNECTOR.fits(by(LONG, b"month,land,section,exports,imports\n2024-01,Japan,0,1,2\n"))


def test_a_column_without_a_name_goes_by_its_number_and_a_code_keeps_its_zero() -> None:
    text = LONG.replace('column = "partner"', "column = 2").replace('total = "sum"', 'total = "all"\ndigits = 2')
    (batch,) = CONNECTOR.read(by(text, b"month,,section,exports,imports\n2024-01,Japan,4,1,2\n2024-01,Japan,ALL,1,2\n"))
    frame = batch.frames[0]  # type: ignore[index]
    assert sorted(frame["product"]) == ["04", "04", "TOTAL", "TOTAL"] and set(frame["product_level"]) == {0, 2}
