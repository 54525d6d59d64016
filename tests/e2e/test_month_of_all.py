"""Thirty nights of December 2026 with the neighbours' own offices beside the three publishers of the first month, in this process: the
outcomes are those written down here, from the days and rules of docs/publishers/.

What goes wrong: Hong Kong's message on usage (7), Korea's error that comes as an answer (12), Thailand's firewall (14, 15), a variable
that the Census knows no more (17) and a key that it does not take (25), Japan's month that stands as zeros (22). And what is no fault:
Viet Nam's files on a day that has to be found (7 to 11), Thailand's zeros for a month to come (23), the Census's 204 (7 to 9), Japan's
releases that are not there yet.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.e2e.month_of_all import PAUSE_S, Asked, month, written_down
from tests.flows.month import night

BACI = "cepii.baci.hs17.V202601"


REPORTERS = {
    "gacc": "CHN", "dosm": "MYS", "kcs": "KOR", "mofjp": "JPN", "moftw": "TWN", "uscensus": "USA", "thmoc": "THA", "vncustoms": "VNM",
    "singstat": "SGP", "censtatd": "HKG", "psa": "PHL"}
NEWEST = """
2026-10-31  censtatd.trade censtatd.via hkma.exr.month mofjp.hs psa.totals uscensus.hs
2026-11-20  mofjp.days20
2026-11-30  dosm.headline dosm.sitc gacc.bulletin.country gacc.prelim.country kcs.country kcs.flash mofjp.month mofjp.month.hs mofjp.series
2026-11-30  moftw.country singstat.commodity singstat.market thmoc.country vncustoms.country
2026-12-10  kcs.days10 mofjp.days10
2026-12-20  kcs.days20
2026-12-29  ecb.exr.day
"""
"""What is held of each at the end: everything that came out in the month."""


REVISED = [("dosm.headline", "annotated", 7), ("dosm.headline", "revised", 4), ("dosm.sitc", "annotated", 22)]
"""DOSM's own of the first month; no fault of a neighbour left a trace, and nothing counts as withdrawn."""


@pytest.mark.timeout(1200)
def test_thirty_nights_come_out_as_written_down(tmp_path: Path) -> None:
    expected, nights = written_down(), dict[int, Asked]()
    with month(tmp_path) as world:
        filled = world.night(night(0)).came
        assert not [name for name, came in filled.items() if " error" in came], filled
        for number in range(1, 31):
            if number == 20:
                assert world.home.run("sources", "enable", BACI).code == 0
            nights[number] = world.night(night(number))
        assert not (wrong := [f"{number:2}  {name}: {asked.came.get(name, 'not asked')}, where {expected[number].get(name, 'nothing')} was "
                              "written down" for number, asked in nights.items() for name in asked.came | expected[number]
                              if asked.came.get(name) != expected[number].get(name)]), "\n".join(wrong)
        at_once: dict[str, float] = {}
        for each in world.publishers.log:
            assert each.at - at_once.get(each.host, 0.0) >= PAUSE_S, f"{each.host} was asked for {each.path} without a pause"
            at_once[each.host] = each.at
        rows = world.home.rows
        held = rows("SELECT strftime(max(period_end), '%Y-%m-%d'), dataset FROM (SELECT dataset, period_end FROM stats.trade UNION ALL "
                    "SELECT dataset, period_end FROM stats.fx_rate) GROUP BY dataset ORDER BY ALL")
        assert sorted(held) == sorted((day, name) for day, *names in map(str.split, NEWEST.strip().split("\n")) for name in names)
        # Nothing of one office stands under another, and no month to come became a zero.
        for table in ("stats.trade", "stats.fx_rate"):
            for dataset, url in rows(f"SELECT DISTINCT t.dataset, f.url FROM {table} t JOIN ops.fetch f USING (fetch_id)"):
                assert urlsplit(url).hostname in HOSTS[dataset.partition(".")[0]].split(), (dataset, url)
        reported = rows("SELECT DISTINCT dataset, reporter FROM stats.trade")
        assert {(name.partition(".")[0], area) for name, area in reported} == set(REPORTERS.items())
        assert rows("SELECT dataset, count(*) FROM stats.trade WHERE value = 0 GROUP BY 1") == []
        assert rows("SELECT dataset, change_kind, count(*) FROM stats.trade_revision GROUP BY ALL ORDER BY ALL") == REVISED
        assert rows("SELECT dataset, count(*) FROM ops.quarantine GROUP BY 1") == []
