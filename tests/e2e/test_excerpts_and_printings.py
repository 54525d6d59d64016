"""Excerpts that a person declares, whole bulletins, and one release printed twice, through the commands. Figures are synthetic."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from connectors.statistics.gacc.pages import read_page
from connectors.statistics.gacc.publisher import LABELS
from connectors.statistics.gacc.tables import header_of, lines_of
from tests.connectors.synthetic_gacc import synthetic_bulletin
from tests.e2e.house import Home
from tests.e2e.pages import gacc_page
from warehouse.reference import areas

BULLETIN = "gacc.bulletin.country"
REAL = "gacc/bulletin_t2_by_country_jun2026_usd_cut.html"


def labels(count: int) -> list[str]:
    """Countries by their English names, Malaysia among them."""
    names = [area.name for area in areas.areas().values() if area.kind == "country" and area.valid_to is None and area.area != "CHN"]
    assert areas.name_of("MYS") in names[:count]
    return names[:count]


def bulletin(names: list[str], *, total: str = "total") -> bytes:
    """June 2026 in US$ thousand; ``total`` is what stands in the year-to-date total of the first row."""
    rows = [_row(name, 1000 + at, 700 + at) for at, name in enumerate(names)]
    whole = _row("TOTAL", sum(1000 + at for at in range(len(names))), sum(700 + at for at in range(len(names))))
    head = tuple(total if at == 2 and total != "total" else cell for at, cell in enumerate(whole))
    return synthetic_bulletin([head, *rows], title="（2）Imports and Exports by Country （Region） of Origin/Destination,6.2026",
                              dated="2026/07/22", month=6)


def _row(name: str, export: int, import_: int) -> tuple[str, ...]:
    values = [f"{flow * times:,}" for flow in (export + import_, export, import_) for times in (1, 6)]
    return (name, *values, "1.0", "2.0", "3.0")


def put(folder: Path, name: str, body: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(body)
    return folder / name


def test_an_excerpt_is_loaded_as_one_and_says_so_everywhere(home: Home, tmp_path: Path) -> None:
    file = put(tmp_path / "files", "cut.html", bulletin([*labels(180)[:140:9], "Malaysia"], total="########"))
    refused = home.run("import", file)
    assert (refused.code, "--part" in refused.text) == (1, True)
    said = home.run("import", "--part", file, "--json")
    assert (said.code, said.outcome(BULLETIN)["rows_quarantined"]) == (0, 0)
    note = "excerpt cut.html, imported by a person"
    assert home.rows("SELECT DISTINCT source_note FROM ops.fetch") == [(note,)]
    traced = home.run("trace", "China", "WLD", "2026-01..2026-06", "--in", "USD").out
    assert note in traced and "not shown; derived from the same row: export + import" in traced
    assert "from an excerpt of the page" in traced
    assert "derived" in home.run("get", "China", "WLD", "2026-01..2026-06").out
    status = home.run("status", "--json")
    (line,) = [line for line in status.json["lines"] if line["dataset"] == BULLETIN]
    assert (line["newest"], line["note"]) == (None, "1 excerpt imported by a person, complete for nothing")
    assert home.run("verify").code == 0
    again = home.run("import", "--part", file)
    assert (again.code, "no change" in again.out) == (0, True)


def test_an_excerpt_beside_the_whole_page_withdraws_nothing(home: Home, tmp_path: Path) -> None:
    names = labels(180)
    assert home.run("import", put(tmp_path / "files", "whole.html", bulletin(names))).code == 0
    assert home.run("import", "--part", put(tmp_path / "files", "cut.html", bulletin(names)[:] .replace(
        b"<span>Malaysia</span>", b"<span>Malaysia&nbsp;</span>"))).code == 0
    assert home.rows("SELECT count(*) FROM stats.trade_revision") == [(0,)]


def test_a_row_taken_out_of_a_whole_bulletin_is_withdrawn_whatever_else_was_not_read(home: Home, tmp_path: Path) -> None:
    names = labels(180)
    assert home.run("import", put(tmp_path / "files", "first.html", bulletin(names))).code == 0
    lacks = [name for name in names if name != "Malaysia"]
    odd = ["Lao Republics" if name == "Laos" else name for name in lacks]
    said = home.run("import", put(tmp_path / "files", "second.html", bulletin(odd)))
    assert said.code == 0, said.text
    gone = home.rows("SELECT DISTINCT partner, change_kind FROM stats.trade_revision WHERE change_kind = 'withdrawn'")
    assert gone == [("MYS", "withdrawn")]
    assert home.rows("SELECT count(*) FROM ops.quarantine") == [(1,)]


def test_a_page_of_the_real_pages_labels_is_complete_and_a_row_taken_out_withdraws_that_partner(home: Home, samples: Path,
                                                                                                 tmp_path: Path) -> None:
    (grid,) = [grid for grid in read_page((samples / REAL).read_bytes()).grids if header_of(grid)]
    header = header_of(grid)
    assert header is not None
    printed = [line.label for line in lines_of(grid, header) if line.label not in ("TOTAL", "Asia:")]
    known = {LABELS.area_of(label, date(2026, 6, 30)) for label in printed}
    names = [*printed, *(name for name in labels(220) if areas.labelled(name) not in known)]
    said = home.run("import", put(tmp_path / "files", "whole.html", bulletin(names)), "--json")
    assert (said.code, said.outcome(BULLETIN)["rows_quarantined"]) == (0, 0)
    lacks = [name for name in names if name != "Viet Nam"]
    assert home.run("import", put(tmp_path / "files", "less.html", bulletin(lacks))).code == 0
    gone = home.rows("SELECT DISTINCT partner, change_kind FROM stats.trade_revision WHERE change_kind = 'withdrawn'")
    assert gone == [("VNM", "withdrawn")]


def test_the_real_cut_has_every_printed_row_as_an_excerpt(home: Home, samples: Path) -> None:
    said = home.run("import", "--part", samples / REAL, "--json")
    assert (said.code, said.outcome(BULLETIN)["rows_quarantined"], said.outcome(BULLETIN)["rows_new"]) == (0, 0, 59 * 6)
    flows = dict(home.rows("SELECT flow, value FROM stats.trade WHERE partner = 'MYS' AND period_start = '2026-01-01'"))
    assert {flow: round(float(value) / 1e9, 2) for flow, value in flows.items()} == {"total": 104.04, "export": 65.83, "import": 38.21}
    off = home.rows("""SELECT count(*) FROM (SELECT sum(value) FILTER (flow <> 'total') - sum(value) FILTER (flow = 'total') AS d
                       FROM stats.trade GROUP BY partner, period_start) WHERE abs(d) > 1500""")
    assert off == [(0,)]


def test_an_address_is_no_excerpt(home: Home) -> None:
    said = home.run("import", "--part", "https://example.org/page")
    assert (said.code, "--part is for a file" in said.text) == (2, True)


@pytest.mark.parametrize("coarse_first", [True, False])
def test_one_release_printed_twice_is_rebuilt_as_it_was(home: Home, tmp_path: Path, coarse_first: bool) -> None:
    coarse = gacc_page(4)
    fine = coarse.replace(b"\t700.0\n", b"\t700.04321\n").replace(b"\t1,200.0\n", b"\t1,200.04321\n")
    assert fine != coarse
    for number, page in enumerate((coarse, fine) if coarse_first else (fine, coarse)):
        said = home.run("import", put(tmp_path / "files", f"{number}.html", page))
        assert said.code == 0, said.text
    assert home.rows("SELECT count(*) FROM stats.trade_revision") == [(0,)]
    traced = home.run("trace", "China", "Malaysia", "2026-04", "--flow", "export").out
    assert "'700.04321'" in traced and "= the figure" in traced
    assert home.run("verify").code == 0
    before = home.held()
    assert home.run("rebuild").code == 0
    kept = [name for name in before if name.startswith("stats.")]
    assert {name: home.held()[name] for name in kept} == {name: before[name] for name in kept}
    assert home.run("verify").code == 0


def test_a_coarser_printing_with_another_growth_revises_the_growth_and_never_the_level(home: Home, tmp_path: Path) -> None:
    coarse, malaysia, rest = gacc_page(4).partition(b"\tMalaysia\n")
    fine = rest.replace(b"\t4,800.0\n", b"\t4,800.04321\n").replace(b"\t2,800.0\n", b"\t2,800.04321\n")
    regrown = rest.replace(b"\t5.0\n", b"\t7.0\n")
    for number, end in enumerate((fine, regrown)):
        said = home.run("import", put(tmp_path / "files", f"{number}.html", coarse + malaysia + end))
        assert said.code == 0, said.text
    assert home.rows("SELECT event, flow FROM mart.vintages WHERE vintage > 1") == [("growth revised", "total")]
    listed = home.run("revisions", "China", "Malaysia", "--period", "2026-01..2026-04").out
    assert "growth revised" in listed and "growth +5.0 % → +7.0 %" in listed and " 0.0 %" not in listed
