"""What a first fill is said to take is what it takes: as many requests as are printed are put to the simulator. All synthetic."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.statistics.gacc import index
from connectors.statistics.gacc.titles import COMMODITY, PRELIM
from flows.home import clock
from tests.connectors.synthetic_gacc import synthetic_index
from tests.documents import document
from tests.e2e.house import Home
from tests.e2e.pages import CNY, INDEX, MONTHS, gacc_page, gacc_url
from tests.publishers import Publishers, censtatd, comtrade, imf, moftw, singstat, uscensus
from warehouse.schema.travel import Window

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
KEYS = json.dumps({"uscensus": uscensus.KEY, "comtrade": comtrade.KEY})
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _taiwan(publishers: Publishers) -> None:
    months = [(year, month) for year in (2024, 2025) for month in range(1, 13)]
    moftw.Office(moftw.file("export", months), moftw.file("import", months)).open(publishers)


def _census(publishers: Publishers) -> None:
    uscensus.Office({(flow, "2025-11"): {"": {"": {"5700": 9_000, "1220": 30_000}}} for flow in ("exports", "imports")}).open(publishers)


def _fund(publishers: Publishers) -> None:
    office = imf.Office()
    office.put("IMTS", "MYS.XG_FOB_USD.CHN.A", y2019="42000000000", y2024="45000000000")
    office.open(publishers)


def _hong_kong(publishers: Publishers) -> None:
    censtatd.Office([censtatd.record("1", f"{year}06", 9_000_000, co="CN") for year in range(2021, 2026)]).open(publishers)


def _singapore(publishers: Publishers) -> None:
    periods = [f"{year} {name}" for year in (2024, 2025) for name in _NAMES]
    singstat.Office({singstat.IMPORTS: singstat.markets("Imports", periods), singstat.EXPORTS: singstat.markets("Exports", periods),
                     singstat.COMMODITIES: singstat.commodities(periods)}).open(publishers)


def _china(publishers: Publishers) -> None:
    links = [(currency, [(MONTHS[month], gacc_url(month).replace("synthetic", name)) for month in (2, 3, 4)])
             for currency, name in ((CNY, "synthetic"), (CNY.replace("CNY", "USD"), "synthetic-usd"))]
    publishers.serve(INDEX, synthetic_index(links), "text/html")
    for month in (2, 3, 4):
        publishers.serve(gacc_url(month), gacc_page(month), "text/html")


@pytest.mark.parametrize(("dataset", "first", "last", "opened", "path", "requests"), [
    ("moftw.country", "2021", "2025", _taiwan, "/public/", 2),
    ("uscensus.hs", "2025-10", "2025-12", _census, "/data/", 18),
    ("imf.imts.year", "2015", "2025", _fund, "/external/", 2),
    ("censtatd.trade", "2021", "2025", _hong_kong, "/api/get", 10),
    ("singstat.market", "2025", "2025", _singapore, "/api/", 4),
    ("gacc.prelim.country", "2026-02", "2026-04", _china, "/", 7)],
    ids=["whole files", "a key and a month a call", "blocks of years", "calls that are led on", "tables that are looked for", "an index"])
def test_as_many_requests_are_made_as_were_said(
        dataset: str, first: str, last: str, opened: Callable[[Publishers], None], path: str, requests: int, tmp_path: Path) -> None:
    with Publishers() as publishers, clock.at(NOW):
        opened(publishers)
        home = Home(tmp_path / "home", publishers, {"ENTREPOT_API_KEYS": KEYS})
        words = ("backfill", dataset, "--from", first, "--to", last)
        planned = home.run(*words, "--dry-run", "--json").json
        assert f"{requests} requests" in home.run(*words, "--dry-run").out
        assert not publishers.log
        home.run(*words)
        asked = [(each.method, each.path, each.body) for each in publishers.asked() if each.path.startswith(path)]
    assert len(planned["asks"]) + len(planned["linked"]) == requests
    assert len(asked) == len(set(asked)) == requests


def test_what_an_index_is_expected_to_list_is_what_a_real_one_lists(samples: Path) -> None:
    body = (samples / "gacc" / "preliminary_index_2025.html").read_bytes()
    year = Window(date(2025, 1, 1), date(2025, 12, 31))
    for dataset in (PRELIM, COMMODITY):
        listed = index.links_of(document(dataset, body), dataset, 2025)
        assert len(index.expected(dataset, year, date(2026, 6, 1), 2025)) == len(listed), dataset


def test_calls_that_the_publisher_does_not_count_take_no_days(tmp_path: Path) -> None:
    """The preview of Comtrade needs no key, and no call of a day."""
    with clock.at(NOW):
        (told,) = [one for one in Home(tmp_path / "home").run("--json", "backfill", "--from", "2021", "--to", "2025", "--dry-run").json
                   if one["publisher"] == "comtrade"]
    assert told["requests"] > told["calls_a_day"]
    assert told["days"] == 1
