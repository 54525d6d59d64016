"""What a commit does to the present, to the versions that ended, and to the count of snapshots."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from tests.warehouse.synthetic import SYNTHETIC, day, figures, load, present, revisions
from warehouse.history.fold import differences, points
from warehouse.history.snapshots import diff
from warehouse.lake.opening import Place, connect, writer
from warehouse.schema.errors import Incomplete, SchemaDrift


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "lake")


def test_first_load_writes_every_row_with_its_provenance(place: Place, tmp_path: Path) -> None:
    done = load(place, tmp_path, figures({"2024-01": 100, "2024-02": 110}), day(1))
    assert (done.snapshot, done.counts) == (1, {"new": 2, "revised": 0, "annotated": 0, "withdrawn": 0})
    rows = present(place)
    assert [(r["period_start"], float(r["value"]), r["period_kind"], r["version_no"]) for r in rows] == [
        (date(2024, 1, 1), 100.0, "M", 1), (date(2024, 2, 1), 110.0, "M", 1)]
    assert {r["released_basis"] for r in rows} == {"first_seen"}
    assert all(r["released_at"] == r["first_seen_at"] == day(1) for r in rows)
    assert all(r["load_id"] == done.load_id and r["locator"] and r["version_id"] for r in rows)


def test_same_figures_on_other_bytes_write_nothing(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 100}), day(1))
    files = sorted((tmp_path / "lake" / "data").rglob("*"))
    copies = sorted((tmp_path / "lake" / "published").glob("catalog*"))
    again = load(place, tmp_path, figures({"2024-01": 100}), day(2))
    assert again.snapshot is None and not again.changed
    assert sorted((tmp_path / "lake" / "data").rglob("*")) == files
    assert sorted((tmp_path / "lake" / "published").glob("catalog*")) == copies


def test_a_changed_figure_keeps_the_old_version_whole(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 100, "2024-02": 110}), day(1))
    done = load(place, tmp_path, figures({"2024-01": 90, "2024-02": 110}), day(2), last_confirmed_at=day(1))
    assert done.counts == {"new": 0, "revised": 1, "annotated": 0, "withdrawn": 0}
    (ended,) = revisions(place)
    assert (ended["change_kind"], float(ended["old_value"]), float(ended["new_value"])) == ("revised", 100.0, 90.0)
    assert ended["old_first_seen_at"] == ended["last_confirmed_at"] == day(1)
    assert ended["released_at"] == day(2) and ended["released_basis"] == "between"
    now = present(place)[0]
    assert (float(now["value"]), now["version_no"], now["version_id"]) == (90.0, 2, ended["new_version_id"])
    assert done.largest[0]["pct"] == -10.0


def test_status_alone_is_an_annotation(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 100}, status="P"), day(1))
    load(place, tmp_path, figures({"2024-01": 100}, status="A"), day(2))
    assert [r["change_kind"] for r in revisions(place)] == ["annotated"]


def test_a_row_gone_from_a_complete_scope_is_withdrawn_and_can_come_back(place: Place, tmp_path: Path) -> None:
    whole, less = {"2024-01": 100, "2024-02": 110, "2024-03": 120}, {"2024-01": 100, "2024-03": 120}
    load(place, tmp_path, figures(whole), day(1), scope={})
    assert load(place, tmp_path, figures(less), day(2), scope={}).counts["withdrawn"] == 1
    assert [r["period_start"].month for r in present(place)] == [1, 3]
    back = load(place, tmp_path, figures(whole), day(3), scope={})
    assert back.counts == {"new": 1, "revised": 0, "annotated": 0, "withdrawn": 0}
    assert [r["change_kind"] for r in revisions(place)] == ["withdrawn", "restored"]
    assert [r["version_no"] for r in present(place)] == [1, 2, 1]


def test_a_row_missing_without_a_declared_scope_stays(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 100, "2024-02": 110}), day(1))
    assert not load(place, tmp_path, figures({"2024-01": 100}), day(2)).changed
    assert len(present(place)) == 2


def test_an_older_edition_enters_history_and_leaves_the_present_alone(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 90}), day(9), released_at=day(5))
    older = load(place, tmp_path, figures({"2024-01": 100}), day(10), released_at=day(2))
    assert older.counts == {"new": 0, "revised": 1, "annotated": 0, "withdrawn": 0}
    (ended,) = revisions(place)
    assert (ended["change_kind"], float(ended["old_value"]), float(ended["new_value"])) == ("backfilled", 100.0, 90.0)
    assert (ended["old_released_at"], ended["released_at"]) == (day(2), day(5))
    assert float(present(place)[0]["value"]) == 90.0
    assert not load(place, tmp_path, figures({"2024-01": 100}), day(11), released_at=day(2)).changed


def test_what_followed_an_older_edition_is_what_its_release_says_by_the_last_reading(place: Place, tmp_path: Path) -> None:
    partners = ("MYS", "SGP", "THA", "VNM")
    load(place, tmp_path, figures({"2024-01": 900}, partners=partners), day(9), released_at=day(5))
    load(place, tmp_path, figures({"2024-01": 90}, partners=partners), day(9), released_at=day(5), parser_version=2)
    load(place, tmp_path, figures({"2024-01": 100}, partners=partners), day(10), released_at=day(2))
    following = [(float(r["new_value"]), r["new_version_id"]) for r in revisions(place) if r["change_kind"] == "backfilled"]
    assert following == [(90.0, r["version_id"]) for r in present(place)]


def test_editions_loaded_again_in_order_change_nothing(place: Place, tmp_path: Path) -> None:
    for turn in range(2):
        first = load(place, tmp_path, figures({"2025-05": 766.3}), day(1 + turn), released_at=day(-20))
        second = load(place, tmp_path, figures({"2025-05": 759.9}), day(1 + turn), released_at=day(-10))
        assert (first.changed, second.changed) == ((True, True) if turn == 0 else (False, False))
    assert [r["change_kind"] for r in revisions(place)] == ["revised"]


def test_the_same_bytes_read_differently_are_a_reread_not_a_revision(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 100}), day(1))
    load(place, tmp_path, figures({"2024-01": 1000}), day(1), parser_version=2)
    assert [r["change_kind"] for r in revisions(place)] == ["reread"]


def test_slip_of_units_in_a_new_period_is_held_and_accepted_by_a_person(place: Place, tmp_path: Path) -> None:
    partners = ("MYS", "VNM", "THA", "SGP")
    load(place, tmp_path, figures({"2024-01": 100}, partners=partners), day(1))
    slipped = figures({"2024-02": 1_050_000}, partners=partners)
    held = load(place, tmp_path, slipped, day(2))
    assert [c.check for c in held.held] == ["scale"] and not held.changed
    assert {r["period_start"].month for r in present(place)} == {1}
    assert load(place, tmp_path, slipped, day(2), accepted=True).counts["new"] == 4


def test_yesterdays_page_again_is_held(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 100, "2024-02": 110}), day(1), scope={})
    held = load(place, tmp_path, figures({"2024-01": 100}), day(2), scope={})
    assert [c.check for c in held.held] == ["step_back"]


def test_mass_withdrawal_is_held(place: Place, tmp_path: Path) -> None:
    partners = tuple(f"A{chr(65 + i)}{chr(65 + j)}" for i in range(5) for j in range(10))
    load(place, tmp_path, figures({"2024-01": 100}, partners=partners), day(1), scope={})
    held = load(place, tmp_path, figures({"2024-01": 100}, partners=partners[:20]), day(2), scope={})
    assert [c.check for c in held.held] == ["withdrawals"]


def test_a_bad_row_is_quarantined_once_with_rule_and_raw_text(place: Place, tmp_path: Path) -> None:
    good = figures({f"{1990 + year}-01": 100 + year for year in range(30)})
    bad = good.vstack(figures({"2024-01": -5}))
    done = load(place, tmp_path, bad, day(1))
    assert done.counts["new"] == 30
    with writer(place, "test") as lake:
        rows = lake.con.execute("SELECT rule, raw, locator FROM ops.quarantine").fetchall()
    assert len(rows) == 1 and rows[0][0] == "only_balances_are_negative" and "-5.000" in rows[0][1] and rows[0][2]
    assert not load(place, tmp_path, bad, day(2)).changed


def test_a_text_with_nul_is_set_aside_before_it_can_break_the_commit(place: Place, tmp_path: Path) -> None:
    frame = figures({f"{1990 + year}-01": 100 + year for year in range(30)})
    frame = frame.with_columns(flags=pl.when(pl.int_range(pl.len()) == 3).then(pl.lit("a\0b")).otherwise(pl.lit("")))
    assert load(place, tmp_path, frame, day(1)).counts["new"] == 29


def test_too_many_bad_rows_fail_the_load(place: Place, tmp_path: Path) -> None:
    with pytest.raises(SchemaDrift, match="1 of 3 rows"):
        load(place, tmp_path, figures({"2024-01": 100, "2024-02": 3, "2024-03": -5}), day(1))


def test_an_empty_table_fails_and_changes_nothing(place: Place, tmp_path: Path) -> None:
    load(place, tmp_path, figures({"2024-01": 100}), day(1), scope={})
    with pytest.raises(Incomplete, match="0 rows where at least 1"):
        load(place, tmp_path, figures({}), day(2), scope={})
    assert len(present(place)) == 1


def test_quotes_scripts_and_backslashes_survive(place: Place, tmp_path: Path) -> None:
    told = "O'Brien \\ “马来西亚” ;x=1"
    load(place, tmp_path, figures({"2024-01": 100}).with_columns(flags=pl.lit(told)), day(1))
    assert present(place)[0]["flags"] == told


def test_a_large_load_and_a_small_revision_go_through_parquet_and_inlining(place: Place, tmp_path: Path) -> None:
    partners = tuple(f"{chr(65 + i)}{chr(65 + j)}{chr(65 + k)}" for i in range(10) for j in range(10) for k in range(20))
    load(place, tmp_path, figures({"2024-01": 100, "2024-02": 101}, partners=partners), day(1), scope={})
    changed = figures({"2024-01": 100, "2024-02": 101}, partners=partners).with_columns(
        value=pl.when(pl.col("partner") == "ABC").then(pl.lit(99)).otherwise(pl.col("value")).cast(pl.Decimal(20, 3)))
    assert load(place, tmp_path, changed, day(2), scope={}).counts == {"new": 0, "revised": 2, "annotated": 0, "withdrawn": 0}
    assert len(present(place)) == 4000 and len(revisions(place)) == 2


def test_time_of_day_and_zone_survive(place: Place, tmp_path: Path) -> None:
    at = datetime(2024, 7, 18, 4, 0, tzinfo=UTC)
    load(place, tmp_path, figures({"2024-06": 100}), day(1), released_at=at)
    assert present(place)[0]["released_at"] == at
    assert SYNTHETIC.dataset.startswith("synthetic.")
    assert day(1) - day(0) == timedelta(days=1)


def by_product(products: dict[str, tuple[str, float]]) -> pl.DataFrame:
    """A month's figures by product code, each with its edition and value."""
    rows = figures({"2024-01": 1}, partners=[*products])
    return rows.with_columns(
        product=pl.col("partner"), classification=pl.Series([edition for edition, _ in products.values()]),
        value=pl.Series([value for _, value in products.values()]).cast(pl.Decimal(20, 3)), partner=pl.lit("MYS"))


def test_a_figure_that_moves_to_another_product_edition_is_reclassified_and_says_where_to(place: Place, tmp_path: Path) -> None:
    old = {"010121": ("HS2017", 500.0), "010129": ("HS2017", 70.0), "020110": ("HS2017", 30.0), "020120": ("HS2017", 9.0),
           "030111": ("HS2017", 9.0)}
    new = {"010121": ("HS2022", 500.0), "010130": ("HS2022", 70.0), "020110": ("HS2022", 31.0), "020130": ("HS2022", 9.0),
           "030112": ("HS2022", 9.0)}
    load(place, tmp_path, by_product(old), day(1), scope={})
    done = load(place, tmp_path, by_product(new), day(2), scope={})
    assert done.counts == {"new": 5, "revised": 0, "annotated": 0, "withdrawn": 5}
    now = {row["version_id"]: row["product"] for row in present(place)}
    assert sorted(now.values()) == sorted(new)
    ended = {row["product"]: (row["change_kind"], now.get(row["new_version_id"]), row["new_value"]) for row in revisions(place)}
    # The same code, then the same figure alone; another figure is withdrawn, and so is one of which two could be meant.
    assert ended == {"010121": ("reclassified", "010121", 500), "010129": ("reclassified", "010130", 70),
                     **dict.fromkeys(("020110", "020120", "030111"), ("withdrawn", None, None))}
    con = connect(place)
    told = {(c.what, c.key["product"], c.why) for c in diff(con, 1, 2) if c.what == "reclassified"}
    assert told == {("reclassified", "010121", "was HS2017 010121"), ("reclassified", "010130", "was HS2017 010129")}
    assert differences(con, "lake", points(con, "lake")) == []
    con.close()


def test_a_whole_edition_that_gives_way_to_the_next_is_no_mass_withdrawal(place: Place, tmp_path: Path) -> None:
    codes = [f"{number:06}" for number in range(40)]
    load(place, tmp_path, by_product({code: ("HS2017", 100.0 + n) for n, code in enumerate(codes)}), day(1), scope={})
    done = load(place, tmp_path, by_product({code: ("HS2022", 100.0 + n) for n, code in enumerate(codes)}), day(2), scope={})
    assert (done.held, {row["change_kind"] for row in revisions(place)}) == ((), {"reclassified"})
    back = load(place, tmp_path, by_product({code: ("HS2017", 100.0 + n) for n, code in enumerate(codes)}), day(3), scope={})
    assert [row["change_kind"] for row in revisions(place)][40:].count("restored") == 40 and not back.held
