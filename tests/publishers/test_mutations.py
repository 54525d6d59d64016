"""The mutations change what they say and nothing else, on small synthetic pages and on the real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.publishers.mutations import add_column, empty_table, move_column, revise, scale, withdraw_row

SYNTHETIC_CSV = b"""series,date,exports,imports
abs,2026-01-01,100.5,90.0
abs,2026-02-01,110.0,
growth,2026-02-01,9.5,
"""


def synthetic_page(*rows: tuple[str, str, str, str]) -> bytes:
    """Composed in the layout of GACC's by-country page, with invented figures."""
    cell = '\t\t\t<td align="right" width="90">\r\n\t\t\t\t<span><b>{}</b></span>\r\n\t\t\t</td>\r\n'
    lines = "".join("\t\t<tr>\r\n" + "".join(cell.format(each) for each in row) + "\t\t</tr>\r\n" for row in rows)
    return (
        '<!DOCTYPE html>\r\n<html><body><table width="1525"><tbody>\r\n'
        '\t\t<tr>\r\n\t\t\t<td colspan="4"><b>(4) Synthetic Table, Mar 2026</b></td>\r\n\t\t</tr>\r\n'
        '\t\t<tr>\r\n\t\t\t<td colspan="4">Unit: CNY 100 Million</td>\r\n\t\t</tr>\r\n'
        f'{lines}\t\t<tr>\r\n\t\t\t<td colspan="4">Note: synthetic.</td>\r\n\t\t</tr>\r\n</tbody></table></body></html>'
    ).encode()


SYNTHETIC_PAGE = synthetic_page(
    ("Partner", "Export", "Import", "Export ±%"),
    ("Total", "1,234.5&nbsp;", "1,000.0&nbsp;", "15.0"),
    ("&nbsp;&nbsp;of which: Vietnam", "200.5&nbsp;", "34.5&nbsp;", "-5.4"),
    ("&nbsp;&nbsp;Malaysia", "34.5&nbsp;", "34.5&nbsp;", "0.5"),
)


def table(page: bytes) -> list[list[str]]:
    rows = BeautifulSoup(page, "lxml").find_all("tr")
    return [[cell.get_text(" ", strip=True) for cell in row.find_all(["td", "th"])] for row in rows]


class TestPage:
    def test_a_figure_is_revised_once_in_its_own_row(self):
        changed = table(revise(SYNTHETIC_PAGE, "Malaysia", "34.5", "35.5"))
        assert changed[5] == ["Malaysia", "35.5", "34.5", "0.5"]
        assert changed[:5] + changed[6:] == table(SYNTHETIC_PAGE)[:5] + table(SYNTHETIC_PAGE)[6:]

    def test_a_number_inside_another_is_not_that_number(self):
        with pytest.raises(LookupError):
            revise(SYNTHETIC_PAGE, "Total", "234.5", "0.0")
        with pytest.raises(LookupError):
            revise(SYNTHETIC_PAGE, "of which: Vietnam", "5.4", "0.0")

    def test_a_row_is_withdrawn(self):
        assert table(withdraw_row(SYNTHETIC_PAGE, "of which: Vietnam")) == [
            row for row in table(SYNTHETIC_PAGE) if row[0] != "of which: Vietnam"]

    def test_a_column_is_added_at_an_index(self):
        changed = table(add_column(SYNTHETIC_PAGE, "Re-export", value="1.5", at=2))
        assert changed[2] == ["Partner", "Export", "Re-export", "Import", "Export ±%"]
        assert changed[5] == ["Malaysia", "34.5", "1.5", "34.5", "0.5"]
        assert b'colspan="5"' in add_column(SYNTHETIC_PAGE, "Re-export")

    def test_a_column_is_moved_with_its_title(self):
        changed = table(move_column(SYNTHETIC_PAGE, 1, 2))
        assert changed[2:4] == [["Partner", "Import", "Export", "Export ±%"], ["Total", "1,000.0", "1,234.5", "15.0"]]
        assert changed[0] == table(SYNTHETIC_PAGE)[0]

    def test_values_are_scaled_and_growth_and_layout_are_not(self):
        page = scale(SYNTHETIC_PAGE, 10_000, columns=(1, 2))
        assert table(page)[3] == ["Total", "12,345,000.0", "10,000,000.0", "15.0"]
        assert table(page)[:3] == table(SYNTHETIC_PAGE)[:3]
        assert page.count(b'width="90"') == SYNTHETIC_PAGE.count(b'width="90"')

    def test_an_empty_table_keeps_its_titles_and_notes(self):
        assert [row[0] for row in table(empty_table(SYNTHETIC_PAGE))] == [
            "(4) Synthetic Table, Mar 2026", "Unit: CNY 100 Million", "Partner", "Note: synthetic."]

    def test_what_is_not_there_cannot_be_changed(self):
        for change in (lambda: withdraw_row(SYNTHETIC_PAGE, "Atlantis"),
                       lambda: revise(SYNTHETIC_PAGE, "Total", "9", "1"),
                       lambda: empty_table(b"<html><table><tr></tr></table></html>")):
            with pytest.raises(LookupError):
                change()


class TestCsv:
    def test_a_figure_is_revised(self):
        changed = revise(SYNTHETIC_CSV, "abs,2026-01-01", "100.5", "101.0")
        assert changed == SYNTHETIC_CSV.replace(b"100.5", b"101.0")

    def test_a_row_is_withdrawn(self):
        assert withdraw_row(SYNTHETIC_CSV, "abs,2026-02-01") == SYNTHETIC_CSV.replace(b"abs,2026-02-01,110.0,\n", b"")

    def test_a_column_is_added_and_moved(self):
        added = add_column(SYNTHETIC_CSV, "re_exports", value="1", at=3).splitlines()
        assert added[:2] == [b"series,date,exports,re_exports,imports", b"abs,2026-01-01,100.5,1,90.0"]
        moved = move_column(SYNTHETIC_CSV, 3, 2).splitlines()
        assert moved[:3] == [b"series,date,imports,exports", b"abs,2026-01-01,90.0,100.5", b"abs,2026-02-01,,110.0"]

    def test_values_are_scaled_and_dates_and_gaps_are_not(self):
        scaled = scale(SYNTHETIC_CSV, 1_000, columns=(2, 3)).splitlines()
        assert scaled[1:3] == [b"abs,2026-01-01,100500.0,90000.0", b"abs,2026-02-01,110000.0,"]

    def test_an_empty_table_keeps_its_header(self):
        assert empty_table(SYNTHETIC_CSV) == b"series,date,exports,imports\n"

    def test_an_ambiguous_row_is_not_guessed(self):
        with pytest.raises(LookupError):
            withdraw_row(SYNTHETIC_CSV, "abs")


def test_the_real_pages_can_be_mutated(samples: Path):
    page = (samples / "gacc/release_section4_by_country_mar2026_cny.html").read_bytes()
    before = table(page)
    malaysia = next(index for index, row in enumerate(before) if row[0] == "Malaysia")
    assert before[malaysia][1] == "1,286.7"
    assert table(revise(page, "Malaysia", "1,286.7", "1,290.0"))[malaysia][1] == "1,290.0"
    assert table(scale(page, 10_000, columns=tuple(range(1, 7))))[malaysia][1:8] == [
        "12,867,000.0", "33,768,000.0", "7,269,000.0", "20,406,000.0", "5,598,000.0", "13,362,000.0", "-5.4"]
    assert table(move_column(page, 3, 5))[malaysia][3:6] == ["2,040.6", "559.8", "726.9"]
    assert len(table(add_column(page, "New"))[malaysia]) == 11
    assert len(table(withdraw_row(page, "Malaysia"))) == len(before) - 1
    assert [row[0] for row in table(empty_table(page))][1:4] == [
        "Unit: CNY 100 Million", "Import Source", "Export Destination"]
    headline = (samples / "opendosm/trade_headline.csv").read_bytes()
    assert b"\nabs,2000-01-01,25431356830.0,," in revise(headline, "abs,2000-01-01", "25431356829.0", "25431356830.0")
    assert len(withdraw_row(headline, "abs,2000-01-01").splitlines()) == len(headline.splitlines()) - 1
    assert b"\nabs,2000-01-01,254313568290000.0,," in scale(headline, 10_000, columns=tuple(range(2, 9)))
