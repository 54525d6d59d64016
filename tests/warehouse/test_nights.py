"""Three weeks of nights of three synthetic publishers, as ``make bench`` lives through a thousand: counts and proofs, never times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from benchmarks.nights import Night, Nights
from benchmarks.synthetic_publishers import working
from warehouse.lake.opening import connect

FIRST, NIGHTS = date(2024, 3, 18), 22
"""In these GACC replaces a page at another address, DOSM releases, Easter closes TARGET, and maintenance is due."""
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Nights, list[Night]]]:
    nights = Nights(tmp_path_factory.mktemp("nights"), first=FIRST, seed=35)
    yield nights, nights.run(NIGHTS)


def test_a_night_without_news_writes_nothing_and_one_with_news_one_snapshot_each(lived: tuple[Nights, list[Night]]) -> None:
    nights, each = lived
    assert len({bool(night.commits) for night in each}) == 2
    assert [bool(night.commits) for night in each] == [night.touched for night in each]
    con = connect(nights.place)
    ((loads, newest),) = con.execute("SELECT count(*), max(snapshot) FROM ops.load").fetchall()
    con.close()
    assert loads == newest == sum(night.commits for night in each)


def test_nothing_that_an_outage_kept_back_is_missing_afterwards(lived: tuple[Nights, list[Night]]) -> None:
    nights, each = lived
    assert 3 <= sum(night.down for night in each) < NIGHTS / 2 and not each[-1].down
    con = connect(nights.place)
    days = {day for (day,) in con.execute("SELECT DISTINCT period_start FROM stats.fx_rate WHERE kind = 'day'").fetchall()}
    newest = con.execute("SELECT dataset, max(period_end) FROM stats.trade GROUP BY 1 ORDER BY 1").fetchall()
    con.close()
    passed = [FIRST + timedelta(days=number) for number in range(NIGHTS)]
    assert {day for day in passed if working(day)} == {day for day in days if day >= FIRST}
    assert newest == [("dosm.headline", date(2024, 2, 29)), ("gacc.prelim.country", date(2024, 2, 29))]


def test_what_publishers_changed_and_left_out_is_on_the_record(lived: tuple[Nights, list[Night]]) -> None:
    con = connect(lived[0].place)
    kinds = {(dataset, kind): count for dataset, kind, count in con.execute(
        "SELECT dataset, change_kind, count(*) FROM stats.trade_revision GROUP BY ALL").fetchall()}
    con.close()
    assert kinds["gacc.prelim.country", "withdrawn"] == 3 and kinds["gacc.prelim.country", "revised"]
    assert kinds["dosm.headline", "revised"]


def test_the_lake_stays_small_and_verifies(lived: tuple[Nights, list[Night]]) -> None:
    nights, each = lived
    assert any(night.maintain_s for night in each)
    assert len(list(nights.place.published.glob("catalog-*"))) <= 9
    assert max(night.files for night in each) < 60
    verdict = nights.verify()
    assert [finding.said for proof in verdict.proofs for finding in proof.findings] == []
    assert verdict.holds
