"""Synthetic pages and workbooks in GACC's layouts: none of their figures is anybody's, except where a test says so."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import xlwt

from warehouse.schema.travel import Document, Fetch

NBSP = "&nbsp;"
PRELIM_TITLE = "(4) China's Total Export &amp; Import Values by Country/Region, Mar 2026 (in CNY)"
BULLETIN_TITLE = "(2) Imports and Exports by Country (Region) of Origin/Destination,7.2026"
PRELIM_ROWS = (
    ("Total", "300.0", "900.0", "200.1", "600.2", "99.9", "299.8", "5.0", "-1.0", "10.0"),
    (f"{NBSP * 3}ASEAN{NBSP}", "100.0", "300.0", "60.0", "180.0", "40.0", "120.0", "5.1", "6.1", "7.1"),
    (f"{NBSP * 8}of which: Vietnam", "30.0", "90.0", "20.0", "60.0", "10.0", "30.0", "1.0", "2.0", "3.0"),
    (f"{NBSP * 18}Malaysia", "25.1", "75.0", "15.0", "45.0", "10.0", "30.0", "-5.4", "20.5", "-28.8"),
    (f"{NBSP * 3}Japan", "12.0", "36.0", "7.0", "21.0", "5.0", "15.0", "0.1", "0.2", "0.3"),
)
BULLETIN_ROWS = (
    ("TOTAL", "1,000", "7,000", "600", "4,200", "400", "2,800", "1.0", "2.0", "3.0"),
    ("Asia:", "1,000", "7,000", "600", "4,200", "400", "2,800", "1.0", "2.0", "3.0"),
    ("Malaysia", "500", "3,500", "300", "2,100", "200", "1,400", "1.1", "2.1", "3.1"),
    ("Hong Kong，China", "400", "2,800", "300", "2,100", "100", "700", "-", "2.2", "-"),
    ("China", "100", "700", "-", "-", "100", "700", "1.0", "-", "1.0"),
)


def document(body: bytes, dataset: str = "gacc.prelim.country") -> Document:
    asked = datetime(2026, 4, 14, 3, tzinfo=UTC)
    return Document(Fetch("synthetic", dataset, "http://english.customs.gov.cn/Statics/synthetic.html", asked, 200, "",
                          len(body), "fetched"), body)


def ten_columns(month: int, upto: str = "1-to-{}") -> list[tuple[str, ...]]:
    ytd = upto.format(month)
    grown = f"1-to-{month} Total Year-on-Year (±%)"
    return [("Import Source", "Export &amp; Import", "Export &amp; Import", "Export", "Export", "Import", "Import",
             f"3>{grown}"),
            ("Export Destination", *(str(month), ytd) * 3, "Export &amp; Import", "Export", "Import")]


def seven_columns(month: int) -> list[tuple[str, ...]]:
    return [("Import Source", "Export &amp; Import", "Export", "Import", f"3>1-to-{month} Total Year-on-Year (±%)"),
            ("Export Destination", f"1- to-{month}", f"1-to-{month}", f"1 to {month}", "Export &amp; Import", "Export",
             "Import")]


def bulletin_columns(month: int) -> list[tuple[str, ...]]:
    return [("Country (Region)", "2>Total", "2>Exports", "2>Imports", "3>Percentage Change"),
            ("", *(str(month), f"1to{month}") * 3, "Total", "Exports", "Imports")]


def synthetic_page(rows: Sequence[Sequence[str]] = PRELIM_ROWS, *, title: str = PRELIM_TITLE,
                   unit: str = "<span>Unit: CNY 100 Million</span>", header: Sequence[Sequence[str]] | None = None,
                   dated: str = "2026/04/14", note: str = "Note:<br />1. synthetic", inner_title: str | None = None,
                   content: str | None = None) -> bytes:
    """A page with GACC's frame. ``3>text`` in a header is a cell over three columns."""
    head = ten_columns(3) if header is None else header
    width = max(sum(_across(cell)[0] for cell in row) for row in head)
    lines = [_row([f"{width}>{title if inner_title is None else inner_title}"]), _row([f"{width}>{unit}"])]
    lines += [_row(row) for row in (*head, *rows)]
    lines.append(_row([f"{width}>{note}"]))
    table = f"<table border='0'><tbody>{''.join(lines)}</tbody></table>" if content is None else content
    return f"""<!DOCTYPE html><html><head><meta charset="UTF-8"><title>{title}</title></head><body>
<a href="/statics/report/preliminary.html">Statistics</a>
<div class="atcl-ttl">{title}</div><div class="atcl-date">{dated}</div>
<div class="atcl-cnt">{table}</div>
<p>General Administration of Customs of the People's Republic of China</p></body></html>""".encode()


def synthetic_bulletin(rows: Sequence[Sequence[str]] = BULLETIN_ROWS, *, title: str = BULLETIN_TITLE,
                       unit: str = "<span>Unit:US$1,000</span>", dated: str = "2026/08/18", month: int = 7) -> bytes:
    return synthetic_page([[f"<span>{cell}</span>" for cell in row] for row in rows], title=title, unit=unit,
                          header=bulletin_columns(month), dated=dated)


def synthetic_workbook(rows: Sequence[Sequence[str | float]], header: Sequence[Sequence[str]], *,
                       title: str = "（2）2024年12月进出口商品国别（地区）总值表（人民币值）",
                       unit: str = "单位：万元人民币", merge: bool = True) -> bytes:
    """An Excel 97 workbook; ``2>text`` in a header is merged over two columns, or followed by empty ones."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("M102RMB")
    sheet.write(1, 1, title)
    sheet.write(2, 1, unit)
    for at, row in enumerate(header, 3):
        column = 1
        for cell in row:
            across, text = _across(cell)
            if across > 1 and merge:
                sheet.write_merge(at, at, column, column + across - 1, text)
            elif text:
                sheet.write(at, column, text)
            column += across
    for at, line in enumerate(rows, 3 + len(header)):
        for column, value in enumerate(line, 1):
            sheet.write(at, column, value)
    sheet.write(3 + len(header) + len(rows), 1, "注：\n1. synthetic")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


CHINESE_HEADER = (
    ("进口原产国（地）\n出口最终目的国（地）", "2>进出口", "2>出口", "2>进口", "3>累计比去年同期±％"),
    ("", "12月", "1至12月", "12月", "1至12月", "12月", "1至12月", "进出口", "出口", "进口"),
)
CHINESE_JANUARY = (
    ("进口原产国（地）\n出口最终目的国（地）", "进出口", "出口", "进口", "3>比去年同期±％"),
    ("", "1月", "1月", "1月", "进出口", "出口", "进口"),
)


def synthetic_index(rows: Sequence[tuple[str, Sequence[tuple[str, str | None]]]], *, year: int | None = 2026,
                    select: str = "preliminarysel") -> bytes:
    """An index page: description and, by month, an address or None for a month that is not out. Hrefs are unquoted."""
    options = "" if year is None else "".join(f'<option value="{y}">{y}</option>' for y in range(year, 2017, -1))
    lines = "".join(
        f"<tr><td>{title}</td><td>" + "</br>".join(
            f"<a href={url}> {month}.</a>" if url else f"<span>{month}.</span>" for month, url in months) + "</td></tr>"
        for title, months in rows)
    return (f'<html><body><span>Year</span><select id="{select}">{options}</select><table><thead><tr><th>Title</th>'
            f"<th>Month</th></tr></thead><tbody>{lines}</tbody></table></body></html>").encode()


def _across(cell: str) -> tuple[int, str]:
    head, bracket, text = cell.partition(">")
    return (int(head), text) if bracket and head.isdigit() else (1, cell)


def _row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(
        f'<td colspan="{across}">{text}</td>' if across > 1 else f"<td>\n\t{text}\n</td>"
        for across, text in map(_across, cells)) + "</tr>"
