"""Lists of codes, workbooks of conversions and files of weights: what becomes a row, and what is refused by name. All synthetic."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.statistics import comtrade, growthlab
from connectors.statistics.comtrade.codes import CONVERSIONS, PRODUCTS
from connectors.statistics.growthlab.connector import WEIGHTS
from tests.connectors.as_stored import rows
from tests.documents import document
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch

CODES = [{"id": "TOTAL", "text": "Total - All", "parent": "#", "aggrlevel": 0},
         {"id": "01", "text": "01 - Animals", "parent": "TOTAL", "aggrlevel": 2},
         {"id": "010121", "text": "010121 - - -  Horses; pure-bred", "parent": "0101", "aggrLevel": "6"}]


def a_list(code: str = "H6", results: Any = None) -> bytes:
    return json.dumps({"more": False, "classCode": code, "results": CODES if results is None else results}).encode()


def workbook(**sheets: list[tuple[str, ...]]) -> bytes:
    """An xlsx file of plain texts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as book:
        names = list(sheets)
        book.writestr("xl/workbook.xml", '<workbook xmlns:r="r"><sheets>' + "".join(
            f'<sheet name="{name}" r:id="r{at}"/>' for at, name in enumerate(names)) + "</sheets></workbook>")
        book.writestr("xl/_rels/workbook.xml.rels", "<Relationships>" + "".join(
            f'<Relationship Id="r{at}" Target="worksheets/sheet{at}.xml"/>' for at in range(len(names))) + "</Relationships>")
        for at, name in enumerate(names):
            book.writestr(f"xl/worksheets/sheet{at}.xml", "<worksheet><sheetData>" + "".join(
                "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>" for row in sheets[name])
                + "</sheetData></worksheet>")
    return made.getvalue()


CONVERSION = [("From HS 2022", "To SITC Rev. 4"), ("010121", "0015"), ("854231", "77641"), ("854239", "776.49")]
CORRELATION = [("Between",), ("HS 2022", "SITC Rev. 4", "Relationship"), ("010121", "0015", "n:1"), ("854231", "77641", "n:m"),
               ("854231", "77649", "n:m")]


def read(connector: Any, dataset: str, body: bytes) -> list[Batch]:
    return connector.CONNECTOR.read(document(dataset, body))  # type: ignore[no-any-return]


def test_a_list_gives_codes_without_the_code_in_their_names() -> None:
    (batch,) = read(comtrade, PRODUCTS, a_list())
    assert rows(batch).select("classification", "product", "name", "parent", "level").rows() == [
        ("HS2022", "01", "Animals", "TOTAL", 2), ("HS2022", "010121", "Horses; pure-bred", "0101", 6)]
    assert batch.scope == {"classification": ("HS2022",)} and batch.not_asked == {"all goods together": 1}
    printed = comtrade.CONNECTOR.read_cell(document(PRODUCTS, a_list()), rows(batch)["locator"][1])
    assert printed == "010121 - - -  Horses; pure-bred"
    assert comtrade.CONNECTOR.recognise(a_list("S4"), "x") == comtrade.CONNECTOR.recognise(a_list("B5"), "x") == PRODUCTS


def test_what_is_no_code_is_set_aside_and_another_list_refused() -> None:
    (batch,) = read(comtrade, PRODUCTS, a_list(results=[*CODES, {"id": "x!", "text": "odd", "parent": "01", "aggrlevel": 2},
                                                        {"id": "02", "text": "02 - ", "parent": "TOTAL", "aggrlevel": 2}]))
    assert [each.reason.partition(" in ")[0] for each in batch.rejected] == ["no code", "no name"]
    with pytest.raises(NotReadable, match="a list of 'EB10S', which is no list of goods"):
        read(comtrade, PRODUCTS, a_list("EB10S"))
    with pytest.raises(NotReadable, match="a list of codes"):
        comtrade.CONNECTOR.recognise(a_list("EB10S"), "x")
    with pytest.raises(Incomplete, match="no code"):
        read(comtrade, PRODUCTS, a_list(results=CODES[:1]))


def test_a_workbook_gives_one_target_a_code_and_says_which_others_share_goods() -> None:
    body = workbook(Correlation=CORRELATION, Conversion=CONVERSION)
    assert comtrade.CONNECTOR.recognise(body, "un.xlsx") == CONVERSIONS
    (batch,) = read(comtrade, CONVERSIONS, body)
    assert rows(batch).select("from_product", "to_product", "weight", "basis").rows() == [
        ("010121", "0015", 1.0, "conversion"), ("854231", "77641", 1.0, "conversion"), ("854239", "77649", 1.0, "conversion"),
        ("854231", "77649", None, "correlation")]
    assert batch.scope == {"from_classification": ("HS2022",), "to_classification": ("SITC4",)}
    cells = [comtrade.CONNECTOR.read_cell(document(CONVERSIONS, body), each) for each in rows(batch)["locator"]]
    assert cells == ["0015", "77641", "776.49", "77649"]


def test_a_code_that_is_put_under_two_others_is_refused() -> None:
    with pytest.raises(SchemaDrift, match="010121 is put under 0015 and 0016"):
        read(comtrade, CONVERSIONS, workbook(One=[*CONVERSION, ("010121", "0016")]))
    with pytest.raises(SchemaDrift, match="no sheet of conversions"):
        read(comtrade, CONVERSIONS, workbook(One=[("From here", "To there")]))
    assert comtrade.CONNECTOR.recognise(workbook(One=[("From here", "To there")]), "x.xlsx") is None


def test_weights_have_their_direction_by_the_order_of_the_columns_and_their_zeros_again() -> None:
    (batch,) = read(growthlab, WEIGHTS, b"group_id,SITC2,SITC1,weight\n,11,11,1\n7,0012,0012,0.25\n7,0012,0013,0.75\n7,0012,0014,0.0\n")
    assert rows(batch).select("from_classification", "from_product", "to_classification", "to_product", "weight", "grp").rows() == [
        ("SITC2", "0011", "SITC1", "0011", 1.0, ""), ("SITC2", "0012", "SITC1", "0012", 0.25, "7"),
        ("SITC2", "0012", "SITC1", "0013", 0.75, "7")]
    assert batch.not_asked == {"pairs without a share (weight 0)": 1}
    (batch,) = read(growthlab, WEIGHTS, b"H5,H4,weight,group_id\n10121,010121,1.0,\n")
    assert rows(batch).select("from_product", "to_product").rows() == [("010121", "010121")]


@pytest.mark.parametrize("text, error, said", [
    ("H5,H4,weight,group_id\n010121,010121,0.5,\n", SchemaDrift, "the weights of 010121 add up to 0.5"),
    ("H5,H4,weight,group_id\n010121,010121,0.0,\n", Incomplete, "holds no weight"),
    ("H5,X4,weight,group_id\n010121,010121,1,\n", SchemaDrift, "names no two editions"),
    ("H5,H5,weight,group_id\n010121,010121,1,\n", SchemaDrift, "names H5 twice")])
def test_weights_that_would_not_keep_a_total_are_refused(text: str, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        read(growthlab, WEIGHTS, text.encode())


def test_a_line_that_is_no_weight_is_set_aside() -> None:
    (batch,) = read(growthlab, WEIGHTS, b"H5,H4,weight,group_id\n010121,010121,1.0,\n010129,010129,1.5,\n010130,x,1.0,\n")
    assert len(batch.rejected) == 2 and rows(batch).height == 1 and batch.not_read == ({},)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=300), st.sampled_from([PRODUCTS, CONVERSIONS, WEIGHTS]), st.integers(0, 400), st.integers(0, 40))
def test_any_bytes_give_rows_or_an_error_by_name(piece: bytes, dataset: str, at: int, cut: int) -> None:
    whole = {PRODUCTS: a_list(), CONVERSIONS: workbook(One=CONVERSION), WEIGHTS: b"H5,H4,weight,group_id\n010121,010121,1.0,\n"}[dataset]
    connector = growthlab if dataset == WEIGHTS else comtrade
    body = whole[:at] + piece + whole[at + cut:]
    try:
        connector.CONNECTOR.recognise(body, "file")
        found = read(connector, dataset, body)
    except PublisherError as error:
        assert error.said
    else:
        assert all(batch.rejected or sum(frame.height for frame in batch.frames) for batch in found)
