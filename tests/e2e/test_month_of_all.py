"""Thirty nights of December 2026 with all publishers, in this process: the outcomes are those of ``month_of_all.txt``, written down before
from the days and rules of docs/publishers/, and nobody is asked more often, faster or for more than its page says (``flows.home.rhythm``).

What goes wrong, beside what that table names: nothing of it may leave a trace in what is held at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from connectors.http.client import Settings
from flows.home import registry, rhythm
from tests.e2e.month_of_all import PAUSE_S, Asked, World, month, written_down
from tests.flows.month import night

BACI = "cepii.baci.hs17.V202601"
REPORTERS = {
    "gacc": "CHN", "dosm": "MYS", "kcs": "KOR", "mofjp": "JPN", "moftw": "TWN", "uscensus": "USA", "thmoc": "THA", "vncustoms": "VNM",
    "singstat": "SGP", "censtatd": "HKG", "psa": "PHL"}
"""Whose account each national office's is."""
NEWEST = """
2024-12-31  cepii.baci.hs17.V202601 oecd.bimts oecd.bimts.producers oecd.itic
2025-12-31  comtrade.hs comtrade.preview imf.imts.year worldbank.wdi
2026-06-30  imf.imts.quarter
2026-07-31  comtrade.monthly imf.imts.month imf.imtsfob.month
2026-10-31  censtatd.trade censtatd.via eurostat.comext eurostat.ds-045409 hkma.exr.month mofjp.hs psa.totals uscensus.hs
2026-11-20  mofjp.days20
2026-11-30  dosm.headline dosm.sitc ecb.exr.month gacc.bulletin.country gacc.bulletin.regime gacc.prelim.commodity gacc.prelim.country
2026-11-30  imf.er.month kcs.country kcs.flash mofjp.month mofjp.month.hs mofjp.series moftw.country singstat.commodity singstat.market
2026-11-30  thmoc.country vncustoms.country
2026-12-10  kcs.days10 mofjp.days10
2026-12-20  kcs.days20
2026-12-29  bnm.exr.1200 ecb.exr.day
"""
"""What is held of each at the end: everything that came out in the month."""
REVISED = [("dosm.headline", "annotated", 7), ("dosm.headline", "revised", 4), ("dosm.sitc", "annotated", 22),
           ("imf.imts.year", "revised", 4)]
"""DOSM's own of the first month, and the IMF's of two countries' exports and imports; nothing counts as withdrawn."""
WITHOUT = {4: ["comtrade.hs, comtrade.monthly:"], 12: [], 23: ["kcs.country, kcs.hs:"]}
"""Night → what the status says is asked for nothing, since its key is not set."""


@pytest.mark.timeout(2400)
def test_thirty_nights_come_out_as_written_down(tmp_path: Path) -> None:
    expected, nights = written_down(), dict[int, Asked]()
    with month(tmp_path) as world:
        filled = world.night(night(0)).came
        assert not [name for name, came in filled.items() if " error" in came], filled
        for number in range(1, 31):
            if number == 20:
                assert world.home.run("sources", "enable", BACI).code == 0
            nights[number] = world.night(night(number))
            if number in WITHOUT:
                status = " ".join(world.home.run("status").out.split())
                assert status.count("asked for nothing, since") == len(WITHOUT[number]), status
                assert all(f"{names} asked for nothing" in status for names in WITHOUT[number]), status
        assert not (wrong := [f"{number:2}  {name}: {asked.came.get(name, 'not asked')}, where {expected[number].get(name, 'nothing')} was "
                              "written down" for number, asked in nights.items() for name in asked.came | expected[number]
                              if asked.came.get(name) != expected[number].get(name)]), "\n".join(wrong)
        for number, asked in nights.items():
            _asked_for_no_more_than_declared(number, asked)
        _asked_no_more_often(nights)
        _asked_no_faster(world)
        _held_as_it_came_out(world)


def _asked_for_no_more_than_declared(number: int, asked: Asked) -> None:
    """By host: no other than those that are declared, so many different requests at most, each tried again as often as the client may."""
    most = {host: count for connector in registry.connectors().values() for host, count in rhythm.most(connector).items()}
    most |= {"www.cepii.fr": 1}  # what the person turned on
    tried = Counter((each.host, each.method, each.path, each.body) for each in asked.requests)
    by_host = Counter(host for host, *_ in tried)
    assert {host: count for host, count in by_host.items() if count > most.get(host, 0)} == {}, f"night {number}"
    assert max(tried.values(), default=0) <= Settings.attempts, f"night {number}"


def _asked_no_more_often(nights: Mapping[int, Asked]) -> None:
    """Nobody is asked for what is not due before its days are over, unless it failed or was not there."""
    for connector in registry.connectors().values():
        for each in connector.datasets:
            if (declared := rhythm.rhythm(connector, each)) is None or each.table == "ref.release":
                continue  # a calendar is asked along with what is due
            before = 0
            for number, asked in nights.items():
                if each.dataset not in asked.came:
                    continue
                due = not asked.came[each.dataset].startswith("quiet")
                along = asked.came[each.dataset] == "quiet new"
                failed = number > 1 and each.dataset in nights[number - 1].again
                assert due or along or failed or number - before >= declared.days, f"{each.dataset} on {before} and {number}"
                before = number


def _asked_no_faster(world: World) -> None:
    at_once: dict[str, float] = {}
    for each in world.publishers.log:
        assert each.at - at_once.get(each.host, 0.0) >= PAUSE_S, f"{each.host} was asked for {each.path} without a pause"
        at_once[each.host] = each.at


def _held_as_it_came_out(world: World) -> None:
    rows = world.home.rows
    figures = " UNION ALL ".join(f"SELECT dataset, period_end, fetch_id FROM {table}" for table in (
        "stats.trade", "stats.fx_rate", "stats.indicator"))
    held = rows(f"SELECT max(period_end), dataset FROM ({figures}) GROUP BY dataset")
    assert sorted(held) == sorted((date.fromisoformat(day), name) for day, *names in map(str.split, NEWEST.strip().split("\n"))
                                  for name in names)
    # Nothing of one office stands under another, and no month to come became a zero.
    for dataset, url in rows(f"SELECT DISTINCT t.dataset, f.url FROM ({figures}) t JOIN ops.fetch f USING (fetch_id)"):
        connector = registry.publisher_of(dataset)
        hosts = {*rhythm.most(connector), *(urlsplit(ask.request.url).hostname for ask in rhythm.asks(connector, [dataset]))}
        assert urlsplit(url).hostname in hosts, (dataset, url)
    reported = rows("SELECT DISTINCT dataset, reporter FROM stats.trade")
    assert {(name, area) for dataset, area in reported if (name := dataset.partition(".")[0]) in REPORTERS} == set(REPORTERS.items())
    assert rows("SELECT dataset, count(*) FROM stats.trade WHERE value = 0 GROUP BY 1") == []
    assert rows("SELECT dataset, change_kind, count(*) FROM stats.trade_revision GROUP BY ALL ORDER BY ALL") == REVISED
    assert rows("SELECT dataset, count(*) FROM ops.quarantine GROUP BY 1") == []
