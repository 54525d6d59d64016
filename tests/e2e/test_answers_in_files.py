"""``-o`` on the questions: one table for each answer, in every kind of file; refusals that name the way out; nothing half written."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from tests.e2e.house import Home

ANSWERS = {
    "get": ("get", "China", "Malaysia", "2024"), "months": ("get", "Malaysia", "World", "2024", "--monthly"),
    "rank": ("rank", "China", "2024", "--within", "ASEAN"), "mirror": ("mirror", "China", "Malaysia", "2024"),
    "revisions": ("revisions", "Malaysia", "World", "--flow", "import", "--period", "2024-06"),
    "triangle": ("revisions", "Malaysia", "World", "--flow", "import", "--triangle", "2024-01..2024-12")}
LISTS = {"reliability": ("revisions",), "calendar": ("calendar", "--from", "2026-11-01", "--to", "2026-11-30")}


def written(home: Home, words: tuple[str, ...], file: Path) -> Path:
    said = home.run("--demo", *words, "-o", file)
    assert (said.code, said.out) == (0, ""), said.text
    assert " in " in said.err and [path.name for path in file.parent.iterdir()] == [file.name], "no part of it is left beside it"
    return file


def cells(sheet: Any) -> list[dict[str, Any]]:
    names, *rows = sheet.iter_rows()
    return [{name.value: cell for name, cell in zip(names, row, strict=True)} for row in rows]


@pytest.mark.parametrize("answer", [*ANSWERS, *LISTS])
def test_a_workbook_has_numbers_as_numbers_days_as_days_and_says_where_they_come_from(demo_once: Home, tmp_path: Path, answer: str) -> None:
    book = openpyxl.load_workbook(written(demo_once, {**ANSWERS, **LISTS}[answer], tmp_path / "answer.xlsx"))
    rows = cells(book["data"])
    assert rows
    for cell in (cell for row in rows for cell in row.values() if cell.data_type in "nd" and cell.value is not None):
        shown = 19 if cell.number_format.endswith("ss") else 10 if cell.is_date else len(f"{cell.value:,.0f}")
        assert book["data"].column_dimensions[cell.column_letter].width >= shown, f"{cell.coordinate} would be ######"
    for row in rows:
        for name in ("value", "printed_in", "growth_pct", "figures"):
            if name in row and row[name].value is not None:
                assert row[name].data_type == "n" and row[name].number_format.startswith("#,##0"), name
        for name in ("period_start", "released_on", "day"):
            if name in row and row[name].value is not None:
                assert row[name].is_date and row[name].number_format == "yyyy-mm-dd"
        for name, cell in row.items():
            if cell.data_type == "n" and cell.value is not None and not cell.is_date:
                assert re.fullmatch(r"#,##0(\.0+)?|0|0\.0000", cell.number_format), f"{name}: {cell.number_format}"
        if "ratio_to_first" in row and row["ratio_to_first"].value is not None:
            assert row["ratio_to_first"].number_format == "0.0000", "also where its last decimals are noughts"
        assert not any("E" in cell.number_format for cell in row.values() if cell.data_type == "n" and not cell.is_date)
    lines = [[cell.value for cell in row] for row in book["sources"].iter_rows()]
    head = next(line for line in lines if line[0] == "dataset")
    sources = [dict(zip(head, line, strict=True)) for line in lines[lines.index(head) + 1:]]
    named = {row["dataset"].value for row in rows}
    assert {one["dataset"] for one in sources} == {one for one in named if answer != "calendar"} or answer == "calendar"
    assert all(one["licence"] and one["origin"] in ("reconstructed", "imported") for one in sources)


def test_the_figures_of_a_file_are_those_of_the_answer(demo_once: Home, tmp_path: Path) -> None:
    figures = demo_once.run("--demo", "--json", *ANSWERS["get"]).json
    expected = [(f["reporter"], f["flow"], f["currency"], f["value"], f["released_on"], f["version_id"]) for f in figures]
    for kind in ("csv", "json", "parquet", "xlsx"):
        (tmp_path / kind).mkdir()
        file = written(demo_once, ANSWERS["get"], tmp_path / kind / f"out.{kind}")
        if kind == "csv":
            found = list(csv.DictReader(file.open(encoding="utf-8")))
        elif kind == "json":
            found = json.loads(file.read_text())
        elif kind == "parquet":
            result = duckdb.sql(f"FROM '{file}'")
            found = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
        else:
            found = [{name: cell.value for name, cell in row.items()} for row in cells(openpyxl.load_workbook(file)["data"])]
        assert [(row["reporter"], row["flow"], row["currency"], float(row["value"]), str(row["released_on"])[:10], row["version_id"])
                for row in found] == [(a, b, c, float(d), e, f) for a, b, c, d, e, f in expected], kind


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_with_levels_has_a_chart(demo_once: Home, tmp_path: Path, answer: str) -> None:
    for kind in ("svg", "png", "html"):
        (tmp_path / kind).mkdir()
    svg = written(demo_once, ANSWERS[answer], tmp_path / "svg" / "a.svg").read_text(encoding="utf-8")
    assert svg.startswith("<svg") and "released" in svg and "sample, reconstructed" in svg and f"entrepot {ANSWERS[answer][0]}" in svg
    assert written(demo_once, ANSWERS[answer], tmp_path / "png" / "a.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    page = written(demo_once, ANSWERS[answer], tmp_path / "html" / "a.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1 and "<script" not in page and "src=" not in page and "href" not in page
    assert "Sources" in page and "origin note" in page


def test_a_list_is_a_page_without_a_chart(demo_once: Home, tmp_path: Path) -> None:
    page = written(demo_once, LISTS["calendar"], tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<svg" not in page and "dosm.headline" in page


@pytest.mark.parametrize(("words", "name", "said"), [
    (ANSWERS["get"], "out.txt", "-o takes .svg, .png, .html, .csv, .xlsx, .parquet or .json"), (ANSWERS["rank"], "out", "-o takes"),
    (ANSWERS["mirror"], "nowhere/out.svg", "there is no folder"), (ANSWERS["revisions"], "folder.html", "it is a folder"),
    (LISTS["calendar"], "old.svg", "-o FILE.html, .xlsx"), (LISTS["reliability"], "old.png", "-o FILE.html, .xlsx"),
    (("get", "China", "Malaysia", "2031"), "old.xlsx", "2031"), (("sql", "FROM stats.trade"), "old.svg", "charts and pages are of get")])
def test_a_refusal_names_the_way_out_and_writes_nothing(demo_once: Home, tmp_path: Path, words: tuple[str, ...], name: str,
                                                        said: str) -> None:
    (tmp_path / "folder.html").mkdir()
    for kind in ("svg", "png", "xlsx"):
        (tmp_path / f"old.{kind}").write_text("as it was")
    before = sorted(tmp_path.rglob("*"))
    answer = demo_once.run("--demo", *words, "-o", tmp_path / name)
    assert (answer.code, said in answer.err) == (7 if said == "2031" else 2, True), answer.err
    assert sorted(tmp_path.rglob("*")) == before
    assert {path.read_text() for path in tmp_path.glob("old.*")} == {"as it was"}


def test_nothing_is_written_among_what_is_stored(demo_once: Home) -> None:
    before = demo_once.files("demo")
    said = demo_once.run("--demo", *ANSWERS["get"], "-o", demo_once.root / "demo" / "lake" / "a.svg")
    assert (said.code, "holds what is stored" in said.err) == (2, True)
    assert demo_once.files("demo") == before


def test_text_that_looks_like_a_formula_stays_text(filled_once: Home, tmp_path: Path) -> None:
    query = ("SELECT '=1+1' AS a, '+1' AS b, '-2+3' AS c, '@x' AS d, chr(9) || '=1' AS e, chr(13) || '=1' AS f, 2024 AS year, "
             "1234567.5 AS n, 1e15 AS big, 0.1 + 0.2 AS small")
    assert filled_once.run("sql", query, "-o", tmp_path / "a.xlsx").code == 0
    (row,) = cells(openpyxl.load_workbook(tmp_path / "a.xlsx")["data"])
    assert [(row[name].data_type, row[name].value) for name in "abcd"] == [("s", "=1+1"), ("s", "+1"), ("s", "-2+3"), ("s", "@x")]
    assert [(row[name].data_type, str(row[name].value).endswith("=1")) for name in "ef"] == [("s", True), ("s", True)]
    assert [row[name].number_format for name in ("year", "n", "big", "small")] == ["0", "#,##0.0", "#,##0", "#,##0.0"]


def test_a_query_that_names_no_dataset_lists_those_of_the_tables_it_read(demo_once: Home, tmp_path: Path) -> None:
    for number, (query, named) in enumerate({
            "SELECT count(*) AS n FROM mart.fx_cross": {"ecb"},
            "SELECT sum(value) AS total FROM mart.figures": {"gacc", "dosm", "statement"},
            "SELECT value FROM figures WHERE dataset = 'dosm.headline'": {"dosm"},
            "SELECT value FROM stats.trade WHERE dataset IN ('dosm.headline', 'gacc.prelim.country') AND flow = 'import'": {"dosm", "gacc"},
            "SELECT 42 AS answer": set()}.items()):
        file = tmp_path / f"{number}.xlsx"
        assert demo_once.run("--demo", "sql", query, "-o", file).code == 0
        lines = [[cell.value for cell in row] for row in openpyxl.load_workbook(file)["sources"].iter_rows()]
        head = next(n for n, line in enumerate(lines) if line[0] == "dataset")
        assert {line[1] for line in lines[head + 1:]} == named, query
        tables = next(line[1] for line in lines if line[0] == "tables")
        assert tables == next((f"mart.{name}" for name in ("fx_cross", "figures") if name in query), "stats.trade" if named else "")


def test_a_command_without_a_chart_loads_nothing_that_draws(demo_once: Home) -> None:
    code = ("import sys; sys.argv = ['entrepot', '--demo', 'get', 'China', 'Malaysia', '2024']\n"
            "from flows.cli import main\n"
            "try: main()\n"
            "except SystemExit: pass\n"
            "print('LOADED', *[name for name in ('altair', 'vl_convert', 'narwhals', 'xlsxwriter') if name in sys.modules])")
    with demo_once.environment():
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert said.stdout.splitlines()[-1] == "LOADED", said.stderr


@pytest.mark.parametrize(("answer", "columns"), [
    ("get", 80), ("months", 40), ("rank", 200), ("mirror", 40), ("revisions", 40), ("triangle", 80)])
def test_a_small_chart_is_drawn_in_letters(demo_once: Home, answer: str, columns: int) -> None:
    without = demo_once.run("--demo", *ANSWERS[answer], COLUMNS=str(columns)).out
    said = demo_once.run("--demo", *ANSWERS[answer], "--plot", COLUMNS=str(columns))
    assert said.code == 0 and said.out.startswith(without)
    drawn = said.out[len(without):].splitlines()
    assert max(map(len, drawn)) <= columns and any(sign in "".join(drawn) for sign in "█#┤|*")
    named = {"get": ("China", "CNY 1,508.71 bn"), "rank": ("Viet Nam", "CNY 1,854.78 bn")}.get(answer, ())
    assert all(word in "".join(drawn) for word in named)


def test_without_unicode_the_chart_is_of_ascii(demo_once: Home) -> None:
    from flows.cli.asking.files import plotted
    from warehouse.ask import tables

    rows = [{"reporter": "MYS", "reporter_name": "Malaysia", "partner": "WLD", "partner_name": "World", "flow": "import",
             "period": f"2024-{month:02}", "period_start": date(2024, month, 1), "period_end": date(2024, month, 28),
             "value": Decimal(value), "currency": "MYR", "dataset": "dosm.headline"}
            for month, value in ((1, 10**9), (2, 2 * 10**9), (4, 3 * 10**9))]
    lines = list(plotted.lines(tables._table("t", "a", rows, "lines"), 60, unicode=False))
    assert "".join(lines).isascii() and any("*" in line for line in lines) and "MYR bn" in lines[1]
    assert [len(run) for run in plotted._runs(rows, "lines")] == [2, 1], "a month that is not held is a gap"


def test_a_version_stands_until_the_next_release(demo_once: Home) -> None:
    said = demo_once.run("--demo", *ANSWERS["revisions"], "--plot", COLUMNS="80")
    first = next(line for line in said.out.splitlines() if line.startswith("111.8"))
    assert max(first.count("*"), first.count("⠤")) > 60, "no slope between two releases"


def test_a_chart_in_letters_is_for_a_person(demo_once: Home, tmp_path: Path) -> None:
    for more in (("--json",), ("-o", str(tmp_path / "a.svg"))):
        said = demo_once.run("--demo", *ANSWERS["get"], "--plot", *more)
        assert said.code == 2 and "--plot draws in the terminal" in said.text
    assert demo_once.run("--demo", "revisions", "--plot").code == 2, "a list has no level to draw"
