"""What a connector puts into the sink of a run: rows frame by frame, what is set aside in files, the rest at the end. All synthetic."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.warehouse.synthetic import CONSTANTS, SYNTHETIC, day, fetch_of, figures, load
from warehouse.lake.opening import Place, connect, writer
from warehouse.load import gates, staging
from warehouse.load.commit import commit
from warehouse.load.diff import Context
from warehouse.schema.errors import SchemaDrift
from warehouse.schema.travel import Rejected

MONTHS = {f"{year}-{month:02}": 100.0 + month for year in range(2000, 2025) for month in range(1, 13)}


def sink(into: Path) -> staging.Staging:
    return staging.Staging(fetch_of(figures({}), day(0)), {SYNTHETIC.dataset: SYNTHETIC}, parser_version=1, into=into)


def bad(number: int) -> list[Rejected]:
    return [Rejected(f"line {line}", "number", "not a number", f"x{line}") for line in range(number)]


@pytest.fixture
def few_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "MOST_IN_MEMORY", 5)


def test_everything_may_be_said_after_the_rows(tmp_path: Path) -> None:
    out = sink(tmp_path)
    with out.batch(SYNTHETIC.dataset, "all", CONSTANTS) as batch:
        batch.rows(figures({"2024-01": 1.0}))
        batch.rows(figures({"2024-02": 2.0}, partners=("VNM", "THA")))
        batch.not_asked["other partner"] += 3
        batch.scope, batch.columns_seen, batch.spans = {"flow": ("export",)}, ("month", "value"), 1
    (made,) = out.staged
    assert (made.rows_read, made.rows_good, made.partners, made.periods, made.rows_rejected) == (3, 3, 3, 2, 0)
    assert (made.scope, made.not_asked, made.columns_seen) == ({"flow": ["export"]}, {"other partner": 3}, ["month", "value"])
    assert staging.read(made.folder) == made and len(made.paths()) == 2


def test_a_batch_that_ends_by_an_error_is_none(tmp_path: Path) -> None:
    out = sink(tmp_path)
    with pytest.raises(SchemaDrift), out.batch(SYNTHETIC.dataset, "all", CONSTANTS) as batch:
        batch.rows(figures({"2024-01": 1.0}))
        raise SchemaDrift("a line that nobody understands")
    assert out.staged == []


def test_frames_of_one_batch_have_the_same_columns(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="other columns"), sink(tmp_path).batch(SYNTHETIC.dataset, "all", CONSTANTS) as batch:
        batch.rows(figures({"2024-01": 1.0}))
        batch.rows(figures({"2024-02": 1.0}).drop("locator"))


@pytest.mark.usefixtures("few_in_memory")
def test_rows_set_aside_go_to_files_and_all_count_for_the_share(tmp_path: Path) -> None:
    out = sink(tmp_path)
    with out.batch(SYNTHETIC.dataset, "all", CONSTANTS) as batch:
        batch.reject(*bad(12))
        batch.rows(figures({"2024-01": 1.0}))
        batch.rows(figures({"2024-02": 1.0}).with_columns(partner=pl.lit("MYS\0")))  # no text of the lake holds that
    (made,) = out.staged
    assert made.rows_rejected == 13 and made.rejected_files
    again = staging.read(made.folder)
    assert [(row.locator, row.rule) for row in again.rejected()] == [
        *((f"line {line}", "number") for line in range(12)), ("line 2024-02 MYS", "nul")]
    with pytest.raises(SchemaDrift, match="13 of 14 rows could not be understood, first line 0: not a number"):
        gates.floors(again, SYNTHETIC)


@pytest.mark.usefixtures("few_in_memory")
def test_rows_in_files_come_into_quarantine_once(tmp_path: Path) -> None:
    place = Place(tmp_path / "lake")
    load(place, tmp_path, figures({"1999-01": 1.0}), day(0))
    for number in (1, 2):
        out = sink(tmp_path / str(number))
        with out.batch(SYNTHETIC.dataset, "all", CONSTANTS) as batch:
            batch.reject(*bad(2 + number))
            batch.rows(figures(MONTHS if number == 1 else {"1999-02": 1.0, **MONTHS}))
        with writer(place, "test") as lake:
            done = commit(lake, out.staged[0], SYNTHETIC, Context(day(number), day(number), "test=1", None))
            assert not done.held
            lake.after_commit()
    con = connect(place)
    assert con.execute("SELECT locator, rule, reason, raw FROM ops.quarantine ORDER BY ALL").fetchall() == [
        (row.locator, row.rule, row.reason, row.raw) for row in bad(4)]
    assert con.execute("SELECT rows_quarantined FROM ops.load ORDER BY snapshot").fetchall() == [(0,), (3,), (1,)]
