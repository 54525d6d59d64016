"""A figure that changes under an unchanged stamp is dated by the first sight of the change, so no past day knows it."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.warehouse.synthetic import CONSTANTS, SYNTHETIC, day, fetch_of, figures, revisions
from warehouse.history.past import connect_past
from warehouse.lake.opening import Place, writer
from warehouse.load.commit import by_subject, commit
from warehouse.load.diff import Context
from warehouse.load.staging import stage
from warehouse.schema.travel import Batch, Check


def bring(place: Place, into: Path, value: float, number: int) -> bool:
    frame = figures({"2025-12": value})
    batch = Batch(SYNTHETIC.dataset, "all", [frame], CONSTANTS, released_at=day(0), released_basis="calendar")
    made = stage(batch, fetch_of(frame, day(number)), table_name="stats.trade", parser_version=1, into=into / secrets.token_hex(4))
    with writer(place, "test") as lake:
        done = commit(lake, made, SYNTHETIC, Context(day(number), day(number), "test=1", day(number - 1)))
        if done.changed:
            lake.after_commit()
    return done.changed


def known(place: Place, number: int) -> list[float]:
    con = connect_past(place, known_on=day(number))
    return [float(row[0]) for row in con.execute("SELECT value FROM stats.trade").fetchall()]


def test_several_corrections_under_one_stamp_are_each_known_from_their_first_sight(tmp_path: Path) -> None:
    place = Place(tmp_path / "lake")
    brought = [bring(place, tmp_path, value, number) for value, number in ((100, 1), (101, 5), (102, 8), (102, 9))]
    assert brought == [True, True, True, False]
    assert [known(place, number) for number in (0, 4, 5, 7, 8)] == [[100], [100], [101], [101], [102]]
    assert [(r["change_kind"], r["released_at"], r["released_basis"], r["last_confirmed_at"]) for r in revisions(place)] == [
        ("revised", day(5), "between", day(4)), ("revised", day(8), "between", day(7))]


def test_four_results_of_one_check_are_four() -> None:
    sums = [Check("identity", "info", "0", "0", f"sum {n}", subject=f"sum {n}") for n in range(3)]
    nameless = [Check("scale", "fail", "1", "0", "one"), Check("scale", "fail", "2", "0", "two"), Check("scale", "fail", "2", "0", "two")]
    kept = by_subject([*sums, *nameless])
    assert [(check.check, check.subject) for check in kept] == [
        ("identity", "sum 0"), ("identity", "sum 1"), ("identity", "sum 2"), ("scale", ""), ("scale", "(2)")]
    assert [check.said for check in kept][-2:] == ["one", "two"]


def test_a_period_that_begins_after_the_fetch_is_set_aside_by_name(tmp_path: Path) -> None:
    months = {f"2025-{month:02}": 1.0 for month in range(1, 13)} | {"2026-01": 1.0, "2062-05": 1.0}
    frame = figures(months)
    made = stage(Batch(SYNTHETIC.dataset, "all", [frame], CONSTANTS), fetch_of(frame, day(0)), table_name="stats.trade", parser_version=1,
                 into=tmp_path)
    assert made.rows_good == 12
    assert [(row.rule, row.reason.split(",")[0]) for row in made.rejected()] == [
        ("period", "the period runs until 2026-01-31"), ("period", "the period begins on 2062-05-01")]
