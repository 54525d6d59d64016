"""How large revisions were: what it says, and that it looks at no more of the lake than can have been revised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.warehouse.synthetic import SYNTHETIC, day, figures, load
from warehouse.lake.opening import Place, connect, writer
from warehouse.load.commit import describe

MONTHS = [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)]


def test_it_says_the_same_as_all_vintages_and_sorts_only_what_was_revised(tmp_path: Path) -> None:
    place, partners = Place(tmp_path / "lake"), ("MYS", "THA", "VNM", "IDN", "SGP")
    load(place, tmp_path, figures(dict.fromkeys(MONTHS, 100.0), partners=partners), day(1))
    load(place, tmp_path, figures({"2024-05": 101.0, "2024-06": 98.0}), day(2))
    load(place, tmp_path, figures({"2024-05": 103.0}), day(3))
    with writer(place, "test") as lake:
        describe(lake, [SYNTHETIC])
        lake.after_commit()
    con = connect(place)
    whole = con.execute("SELECT count(*), round(max(abs(change_from_first_pct)), 3) FROM mart.vintages WHERE vintage > 1").fetchall()
    assert con.execute("SELECT sum(figures), max(largest_pct) FROM mart.revision_stats").fetchall() == whole == [(3, 3.0)]
    ((_, plan),) = con.execute("EXPLAIN (ANALYZE, FORMAT JSON) FROM mart.revision_stats").fetchall()
    con.close()
    sorted_rows = [each["operator_cardinality"] for each in _within(json.loads(plan)) if each.get("operator_type") == "WINDOW"]
    assert sorted_rows and max(sorted_rows) == 5, sorted_rows  # of 120 stored


def _within(part: Any) -> list[dict[str, Any]]:
    return [part, *(found for child in part.get("children", ()) for found in _within(child))]
