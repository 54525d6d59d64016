"""Tables of pages and workbooks: spans, places, numbers as typed, and what is refused by name."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.formats import html_tables, workbooks
from connectors.formats.grids import MOST_SPANNED, Grid, cell_at, place
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, TooLarge


def grids(html: str) -> tuple[Grid, ...]:
    return html_tables.grids_of(html_tables.parsed(html))


# Pages


def test_spans_are_filled_in_so_that_a_column_has_one_place() -> None:
    grid, = grids("<table><tr><th rowspan=2>Country<th colspan=2>Export<tr><th>5<th>1 to 5<tr><td>MYS<td>1<td>2</table>")
    assert grid.rows == (("Country", "Export", "Export"), ("Country", "5", "1 to 5"), ("MYS", "1", "2"))


def test_a_table_inside_of_another_is_its_own_and_footnotes_are_no_digits() -> None:
    outer, inner = grids("<table><tr><td>a<table><tr><td>559.8<sup>1</sup><br>b</table><td>\xa0\xa0c<!-- no --></table>")
    assert inner.rows == (("559.8^1 b",),)
    assert (outer.number, inner.number, outer.rows[0][1]) == (1, 2, "\xa0\xa0c")


def test_a_span_is_believed_up_to_a_bound() -> None:
    grid, = grids("<table><tr><td colspan=999999999>a<td colspan=x>b</table>")
    assert len(grid.rows[0]) == MOST_SPANNED + 1


def test_a_page_that_was_cut_off_inside_a_table_is_incomplete() -> None:
    html_tables.check_whole("<table><tr><td>1</table>")
    with pytest.raises(Incomplete):
        html_tables.check_whole("<table><tr><td>1</table><table><tr><td>")


@given(st.text(alphabet="<>/tabledrh =0123spanow'", max_size=120))
def test_any_text_gives_tables_or_a_named_error(text: str) -> None:
    with suppress(PublisherError):
        grids("<table><tr><td>" + text)


def test_a_raised_note_is_no_digit_and_what_is_no_number_is_no_number_in_any_workbook() -> None:
    """An error is a small whole number in an xls file (#N/A is 42), a day a large one, and a note that is raised a digit more."""
    memory = io.BytesIO()
    book = xlsxwriter.Workbook(memory, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_rich_string("A1", "126.4", book.add_format({"font_script": 1}), "1")
    sheet.write_datetime("A2", datetime(2024, 6, 1), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_boolean("A3", True)
    sheet.write_formula("A4", "=1/0", None, "#DIV/0!")
    book.close()
    old = xlwt.Workbook()
    page = old.add_sheet("old")
    page.write_rich_text(0, 0, [("126.4", xlwt.Font()), ("1", xlwt.easyxf("font: escapement superscript").font)])
    page.write(1, 0, datetime(2024, 6, 1), xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    page.write(2, 0, True)
    page.row(3).set_cell_error(0, "#DIV/0!")
    saved = io.BytesIO()
    old.save(saved)
    for body in (memory.getvalue(), saved.getvalue()):
        assert workbooks.read_workbook(body)[0].rows == (("126.4^1",), ("2024-06-01",), ("TRUE",), ("#DIV/0!",))
    (saved_by_word,) = grids("<table><tr><td>126.4<span style='VERTICAL-ALIGN: super'>1</span><td><p style='vertical-align:top'>3</table>")
    assert saved_by_word.rows == (("126.4^1", "3"),)


# Places


def test_each_cell_is_found_by_its_locator_and_none_elsewhere() -> None:
    found = grids("<table><tr><td>a<td>b</table><table><tr><td>c<td>d</table>")
    for grid in found:
        for row, cells in enumerate(grid.rows, 1):
            for column, printed in enumerate(cells, 1):
                assert cell_at(found, place(grid.number, row, "label (x)", column, "Export, 3")) == printed
    assert place(1, 14, "Malaysia") == "table 1, row 14 (Malaysia)"
    for locator in ("", "cell C14", place(3, 1, "", 1), place(1, 2, "", 1), place(1, 1, "", 3), place(1, 0, "", 1)):
        with pytest.raises(NotReadable):
            cell_at(found, locator)


# Workbooks


def synthetic(**options: bool) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        day, hour = book.add_format({"num_format": "dd/mm/yy"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet = book.add_worksheet("Trade by country")
        sheet.write(2, 1, "Exports\nFOB")
        sheet.merge_range(3, 1, 4, 2, "January to June")
        sheet.write_row(5, 1, [0.1 + 0.2, 376356483.13800001, 5, 1e16, -0.0])
        sheet.write_datetime(6, 1, datetime(2026, 1, 31), day)
        sheet.write_datetime(6, 2, datetime(2026, 1, 31, 12, 30), hour)
        sheet.write(6, 3, 0.05, book.add_format({"num_format": "0.0%"}))
        sheet.write(6, 4, 12, book.add_format({"num_format": '#,##0 "days"'}))
        sheet.write_formula(7, 1, "=1/0", None, "#DIV/0!")
        sheet.write_formula(7, 2, "=1+1", None, 2)
        sheet.write_formula(7, 3, '="a"', None, "a")
        sheet.write_boolean(7, 4, True)
        sheet.write(7, 5, "007")
        sheet.write_rich_string(9, 0, "Viet ", book.add_format({"bold": True}), "Nam")
        book.add_worksheet("Empty")
        book.add_worksheet("Hidden").hide()
    return out.getvalue()


def test_an_xlsx_file_is_read_cell_by_cell_in_its_true_place() -> None:
    first, second, third = workbooks.read_workbook(synthetic())
    assert [grid.name for grid in (first, second, third)] == ["Trade by country", "Empty", "Hidden"]
    assert second.rows == third.rows == ()
    assert first.rows == (
        (), (), ("", "Exports FOB"), ("", "January to June", "January to June"), ("", "January to June", "January to June"),
        ("", "0.3", "376356483.138", "5", "1e+16", "0"), ("", "2026-01-31", "2026-01-31 12:30:00", "0.05", "12"),
        ("", "#DIV/0!", "2", "a", "TRUE", "007"), (), ("Viet Nam",))
    assert cell_at((first,), place(1, 6, "", 3)) == "376356483.138"


def test_days_are_counted_from_1904_where_the_workbook_says_so() -> None:
    assert workbooks.read_workbook(synthetic(date_1904=True))[0].rows[6][1:3] == ("2026-01-31", "2026-01-31 12:30:00")


def test_which_sheets_are_hidden_is_known_and_rows_come_one_at_a_time() -> None:
    with workbooks.opened(synthetic()) as book:
        assert [sheet.hidden for sheet in book.sheets] == [False, False, True]
        rows = book.rows(book.sheets[0])
        assert [next(rows), next(rows), next(rows)] == [(), (), ("", "Exports FOB")]


def test_text_inside_of_the_cells_and_readings_above_them() -> None:
    body = edited(r'<c r="B3" [^>]*t="s"><v>0</v></c>', '<c r="B3" t="inlineStr"><is><t>inside</t><rPh><t>above</t></rPh></is></c>')
    assert workbooks.read_workbook(body)[0].rows[2][1] == "inside"


def edited(pattern: str, instead: str, member: str = "xl/worksheets/sheet1.xml") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(synthetic())) as good, zipfile.ZipFile(out, "w") as changed:
        for name in good.namelist():
            text = good.read(name)
            if name == member:
                text, count = re.subn(pattern.encode(), instead.encode(), text, count=1)
                assert count, text
            changed.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(("body", "error", "said"), [
    (lambda: b"", NotReadable, "the zip is broken"),
    (lambda: b"PK\x03\x04" + bytes(60), NotReadable, "the zip is broken"),
    (lambda: workbooks.OLE + bytes(600), NotReadable, "not a readable Excel 97 workbook"),
    (lambda: edited('<row r="6"', '<row r="2"'), NotReadable, "a row of 'Trade by country' has the number '2'"),
    (lambda: edited('<row r="6"', '<row r="9999999"'), NotReadable, "has the number '9999999'"),
    (lambda: edited('r="C6"', 'r="A6"'), NotReadable, "has the place 'A6'"),
    (lambda: edited('r="C6"', 'r="c 6"'), NotReadable, "'c 6' is no place"),
    (lambda: edited("<v>5</v>", "<v>five</v>"), NotReadable, "cell D6 is no number: 'five'"),
    (lambda: edited('t="s"><v>0', 't="s"><v>99'), NotReadable, "is text '99' of 4"),
    (lambda: edited("</sheetData>", ""), NotReadable, r"sheet1.xml in the workbook is broken"),
    (lambda: edited('Target="worksheets/sheet1.xml"', 'Target="gone.xml"', "xl/_rels/workbook.xml.rels"), NotReadable, "no xl/gone.xml"),
    (lambda: edited("<sheets>.*</sheets>", "", "xl/workbook.xml"), NotReadable, "no sheets"),
])
def test_a_broken_workbook_is_not_readable_and_says_why(body: Callable[[], bytes], error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        workbooks.read_workbook(body())


def test_a_sheet_of_endless_blank_cells_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_CELLS", 10_000)
    with pytest.raises(TooLarge, match="more than 10,000 cells"):
        workbooks.read_workbook(edited('r="F8"', 'r="XFD8"'))


@settings(max_examples=80, deadline=None)
@given(st.floats(0, 1), st.binary(min_size=1, max_size=6))
def test_any_damage_gives_grids_or_a_named_error(where: float, instead: bytes) -> None:
    for body in (synthetic(), xls()):
        at = int(where * (len(body) - len(instead)))
        with suppress(PublisherError):
            workbooks.read_workbook(body[:at] + instead + body[at + len(instead):])


def xls() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet 1")
    sheet.write_merge(1, 2, 1, 2, "merged")
    sheet.write(3, 1, 376356483.13800001)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_an_xls_file_is_read_the_same_way() -> None:
    grid, = workbooks.read_workbook(xls())
    assert grid.name == "Sheet 1"
    assert grid.rows == (("", "", ""), ("", "merged", "merged"), ("", "merged", "merged"), ("", "376356483.138", ""))


def test_real_workbooks_are_read(samples: Path) -> None:
    grid, = workbooks.read_workbook((samples / "partners" / "comtrade_exports_to_chn_by_reporter_2014_2025.xlsx").read_bytes())
    assert len(grid.rows) > 1000
    coverage = workbooks.read_workbook((samples / "gacc" / "coverage_major_exports_2024.xls").read_bytes())
    assert any(cell for row in coverage[0].rows for cell in row)
