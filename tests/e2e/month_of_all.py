"""December 2026 at all publishers: the neighbours' own offices here, beside the three of ``tests.flows.month`` and those of
``month_international``: what is out at which moment, what goes wrong, and one night of it in this process. What is to come of it is
``month_of_all.txt``. All figures are synthetic; days are those of docs/publishers/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from connectors.statistics.eurostat import connector as eurostat
from flows.home import clock, registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import pipeline, turns
from flows.run.bookkeeping import Outcome
from flows.schedule.asked import not_out
from flows.schedule.tonight import tonight
from flows.tell import run_report
from tests.e2e.house import Home
from tests.e2e.month_international import International
from tests.flows import month as first_month
from tests.flows.month import night
from tests.publishers import (
    Asked as Request,
)
from tests.publishers import (
    Fault,
    Publishers,
    asian_offices,
    censtatd,
    comtrade,
    kcs,
    mofjp,
    moftw,
    singstat,
    thmoc,
    uscensus,
    vncustoms,
)
from tests.publishers.pdfs import pdf
from warehouse.archive.documents import CONFIRMED

NOT_SERVED = ("kcs.hs", "statement")
"""By item: 96 calls a night, which the plan of ``tests.connectors.test_kcs`` counts. Statements: nobody is asked for them."""
KEYS = {"kcs": "synthetic-key", "uscensus": "synthetic-key", "bps": "synthetic-key"}
CENSUS = tuple(f"{uscensus.API}/{flow}/hs" for flow in ("exports", "imports"))
PAUSE_S = 0.01
"""What stands for the two seconds between two requests to a host."""
EXPECTED = {"due": "due", "overdue": "late", "none_expected": "quiet"}
CAME = {"no_change": "same", "not_out": "same", "not_readable": "kept", "new_data": "new"}
SEOUL, TOKYO, TAIPEI, BANGKOK, HANOI, SINGAPORE, HONG_KONG, MANILA, NEW_YORK = (ZoneInfo(name) for name in (
    "Asia/Seoul", "Asia/Tokyo", "Asia/Taipei", "Asia/Bangkok", "Asia/Ho_Chi_Minh", "Asia/Singapore", "Asia/Hong_Kong", "Asia/Manila",
    "America/New_York"))
_GOODS = {"5700": 9_000_000_000, "5570": 2_000_000_000, "1220": 30_000_000_000}
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def on(text: str, zone: ZoneInfo) -> datetime:
    """``12-08 10:00`` at a place, in 2026."""
    return datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}:00").replace(tzinfo=zone)


def between(now: datetime, begins: str, ends: str, zone: ZoneInfo) -> bool:
    return on(begins, zone) <= now < on(ends, zone)


@dataclass
class Asked:
    """What one night asked for."""

    came: dict[str, str]
    """Dataset → what was expected of it and what came, as ``month_of_all.txt`` has it."""
    again: set[str]
    """Datasets that the next night asks for again: what failed, or was not out."""
    requests: list[Request]
    """What arrived, robots.txt left out."""


@dataclass
class World:
    """The offices, and the home that asks them."""

    publishers: Publishers
    home: Home
    settings: dict[str, str]
    """Of the home: what a person changes in them counts from the next night on."""
    korea: kcs.Office = field(default_factory=kcs.Office)
    japan: mofjp.Office = field(default_factory=mofjp.Office)
    census: uscensus.Office = field(default_factory=uscensus.Office)
    thailand: thmoc.Office = field(default_factory=thmoc.Office)
    viet_nam: vncustoms.Office = field(default_factory=vncustoms.Office)
    singapore: singstat.Office = field(default_factory=singstat.Office)
    hong_kong: censtatd.Office = field(default_factory=censtatd.Office)
    others: asian_offices.Office = field(default_factory=asian_offices.Office)

    def __post_init__(self) -> None:
        self.international = International(self.publishers)

    def at(self, now: datetime) -> None:
        """Bring every publisher to a moment, and the keys that a person has set: Comtrade's since the 9th, Korea's but for two nights."""
        keys = {**KEYS, **({"comtrade": comtrade.KEY} if now >= night(9) + timedelta(hours=8) else {})}
        if night(22) < now <= night(24):
            del keys["kcs"]
        self.settings["ENTREPOT_API_KEYS"] = json.dumps(keys)
        first_month.World(self.publishers, self.home).at(now)
        self._korea(now)
        self._japan(now)
        self._census(now)
        self._taiwan(now)
        self._south(now)
        self._ports(now)
        self.international.at(now)

    def _korea(self, now: datetime) -> None:
        """Flash figures at nine in the morning of the 11th, the 21st and the 1st, by country on the 15th."""
        out = {f"2026{month}": tuple(now >= on(f"{at} 09:00", SEOUL) for at in days) for month, days in {
            "10": ("10-11", "10-21", "11-01"), "11": ("11-11", "11-21", "12-01"), "12": ("12-11", "12-21", "12-31")}.items()}
        shown = {month: windows for month, windows in out.items() if any(windows)
                 and month >= f"{_month_before(now.astimezone(SEOUL).date()):%Y%m}"}

        def counted(total: kcs.Windows, partners: dict[str, kcs.Windows]) -> Any:
            return {month: (_cut(total, windows), {name: _cut(one, windows) for name, one in partners.items()})
                    for month, windows in shown.items()}

        self.korea.now = now
        self.korea.exports = counted((21_000, 55_000, 98_000), dict(kcs.EXPORTS))
        self.korea.imports = counted((19_000, 41_000, 63_000), dict(kcs.IMPORTS))
        self.korea.months = ("2026.08", "2026.09", "2026.10", *(["2026.11"] if now >= on("12-15 10:00", SEOUL) else []))
        self.korea.failing = between(now, "12-11 12:00", "12-12 12:00", SEOUL)
        self.korea.open(self.publishers)

    def _japan(self, now: datetime) -> None:
        """Press releases at 08:50; the month of the series stands as zeros until it is there, for days where something is wrong."""
        days = {"2026091": "09-29", "2026101": "10-29", "2026111": "11-27", "2026121": "12-29", "2026092": "10-09", "2026102": "11-10",
                "2026112": "12-10", "2026094": "10-21", "2026104": "11-18", "2026114": "12-17", "2026095": "10-29", "2026105": "11-27",
                "2026115": "12-28"}
        for name, day in days.items():
            if now >= (at := on(f"{day} 08:50", TOKYO)):
                rows = mofjp.ROWS if name[6] in "45" else (("0", "", 2_900 + int(name[4:6]), 2_800),)
                self.japan.releases[name] = mofjp.release(name[:6], name[6], rows, published=f"{at:%B} {at.day}, {at.year}")
        there = on("12-22 10:00", TOKYO)
        self.japan.series = mofjp.series(*((f"2026/{month:02}", *((9_000_321 + month, 8_000_654 + month) if month <= 10 or (
            month == 11 and now >= there) else (0, 0))) for month in range(1, 13)))
        for number, (tables, flow, code, unit) in enumerate((
                ("000001013184", "1", "854232000", "NO"), ("000001013185", "2", "151190000", "KG")), 1):
            self.japan.months[f"{tables} 202610"] = (f"00004050000{number}",)
            self.japan.files[f"00004050000{number}"] = mofjp.commodities(
                flow, 2026, (code, "", "", unit, {name: (0, 500 + at, 12_000 + at) for at, name in enumerate(mofjp.MONTHS[:10])}))
        self.japan.open(self.publishers)

    def _census(self, now: datetime) -> None:
        """October on 9 December; a variable that the bureau renamed on the 16th and named again a day later, a key that it did not take."""
        for month in ("2026-07", "2026-08", "2026-09", *(["2026-10"] if now >= on("12-09 08:30", NEW_YORK) else [])):
            for flow in ("exports", "imports"):
                self.census.figures[flow, month] = {"": {"": dict(_GOODS)}, "HS2": {"84": dict(_GOODS)}, "HS6": {
                    "854231": {code: value // 9 for code, value in _GOODS.items()}}}
        self.census.open(self.publishers)
        for url in CENSUS:
            self.publishers.mend(url)
            if between(now, "12-16 09:00", "12-17 09:00", NEW_YORK):
                self.publishers.fault(url, Fault.status(400, b"error: error: unknown variable 'QTY_1_MO'", Content_Type="text/plain"))
            if between(now, "12-24 09:00", "12-25 09:00", NEW_YORK):
                self.publishers.fault(url, Fault.status(400, b"error: Invalid Key", Content_Type="text/html"))

    def _taiwan(self, now: datetime) -> None:
        newest = 11 if now >= on("12-08 16:00", TAIPEI) else 10
        months = [(year, month) for year, last in ((2025, 12), (2026, newest)) for month in range(1, last + 1)]
        moftw.Office(moftw.file("export", months), moftw.file("import", months)).open(self.publishers)

    def _south(self, now: datetime) -> None:
        """Thailand on the 24th, its firewall for two days; Viet Nam's files on the 10th, a day of which nobody knows before."""
        self.thailand.newest = (2026, 11) if now >= on("12-24 10:00", BANGKOK) else (2026, 10)
        self.thailand.blocked = between(now, "12-13 12:00", "12-15 12:00", BANGKOK)
        self.thailand.open(self.publishers)
        for month, day in ((10, "11/9"), (11, "12/10")):
            if now >= on(f"{day.replace('/', '-').replace('-9', '-09')} 15:00", HANOI):
                for name, body in _viet_nam(month).items():
                    self.viet_nam.appear(f"2026/{day}", f"2026-t{month}-{name}-sb).pdf", body)
        self.viet_nam.open(self.publishers)

    def _ports(self, now: datetime) -> None:
        """Singapore on the 17th, Hong Kong's trade on the 8th and rates on the 4th, Manila on the 15th; Jakarta's answer stays."""
        periods = [f"{year} {name}" for year in (2024, 2025, 2026) for name in _NAMES][:35 if now >= on("12-17 13:00", SINGAPORE) else 34]
        self.singapore.tables = {singstat.IMPORTS: singstat.markets("Imports", periods),
                                 singstat.EXPORTS: singstat.markets("Exports", periods),
                                 singstat.COMMODITIES: singstat.commodities(periods)}
        self.singapore.open(self.publishers)
        months = ("202604", "202605", "202606", "202607", "202608", "202609", *(["202610"] if now >= on("12-08 16:15", HONG_KONG) else []))
        record = censtatd.record
        self.hong_kong.records = [one for month in months for one in (
            record("1", month, 9_000_000, co="CN"), record("1", month, 400_000, co="MY"), record("4", month, 300_000, cc="MY"),
            record("3", month, 250_000, cc="MY"), record("1", month, 8_000_000, cc="CN"), record("3", month, 150_000, co="CN", cc="MY"))]
        self.hong_kong.allowed = 5 if between(now, "12-06 12:00", "12-07 12:00", HONG_KONG) else 1_000
        self.hong_kong.rates = censtatd.rates(*({"end_of_month": f"2026-{month:02}", "usd": 7.8, "cny": 1.09 + month / 1000}
                                                for month in range(1, 11 if now >= on("12-04 16:00", HONG_KONG) else 10)))
        self.hong_kong.open(self.publishers)
        out = 12 + (10 if now >= on("12-15 09:00", MANILA) else 9)
        cells = [str(1_000 * (flow + 1) + at) if at < out else '".."' for flow in range(3) for at in range(24)]
        self.others.table = asian_offices.openstat(months=vncustoms.MONTHS, values=" ".join(cells))
        self.others.open(self.publishers)

    def night(self, now: datetime) -> Asked:
        """One night as ``entrepot refresh`` has it: every dataset that somebody was asked for, and those that came along with something
        new."""
        self.at(now)
        before, outcomes = len(self.publishers.asked()), list[Outcome]()
        with self.home.environment(), clock.at(now):
            house = House(Settings())
            with turns.night(house):
                turns.readable(house, "entrepot refresh")
                due = tonight(house)
                for publisher, wanted in due.wanted.items():
                    outcomes += pipeline.refresh_publisher(house, publisher, wanted)
            records = [each for each in house.archive.records() if each.at >= now and not each.url.endswith("/robots.txt")]
            asked = {each.dataset for each in records}
            away = {each.url for each in outcomes if not_out(house, each.error, each.url, each.dataset)}
            tallies = {tally.dataset: tally for tally in run_report.tallies(outcomes, not_out=away)}
        came = {}
        for name in registry.datasets():
            tally = tallies.get(name)
            if name in asked or (tally and tally.came in ("new_data", "held", "error")):
                expected = EXPECTED[due.expected[name].expected] if name in due.expected else "quiet"
                # An answer of which several come is told under one of them.
                came[name] = f"{expected} {CAME.get(tally.came, f'{tally.came} {tally.error}'.strip()) if tally else 'same'}"
        again = {each.dataset for each in records if each.outcome not in CONFIRMED}
        again |= {name for name, tally in tallies.items() if tally.came == "error"}
        return Asked(came, again, [each for each in self.publishers.asked()[before:] if each.path != "/robots.txt"])


def written_down() -> dict[int, dict[str, str]]:
    """Night → dataset → what is expected of it and what comes, as ``month_of_all.txt`` has it."""
    found: dict[int, dict[str, str]] = {number: {} for number in range(1, 31)}
    for line in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, nights, _ = (part.strip() for part in line.split("|"))
        for group in nights.split(", "):
            words = group.split(" ")
            spans = [word for word in words if word[0].isdigit()]
            for first, _, last in (span.partition("-") for span in spans):
                for number in range(int(first), int(last or first) + 1):
                    found[number][name] = " ".join(words[len(spans):])
    return found


def _month_before(day: date) -> date:
    return date.fromordinal(day.replace(day=1).toordinal() - 1).replace(day=1)


def _cut(windows: kcs.Windows, out: Sequence[bool]) -> kcs.Windows:
    first, second, third = (value if there else 0 for value, there in zip(windows, out, strict=True))
    return first, second, third


_PDFS: dict[int, dict[str, bytes]] = {}


def _viet_nam(month: int) -> dict[str, bytes]:
    """The files of a month: tables by country in both languages, and those by commodity, of which only a title is known."""
    if month not in _PDFS:
        found = {f"5{'x' if flow == 'export' else 'n'}({code}": vncustoms.table(2026, month, flow, language, many=vncustoms.EVERY,
                                                                            rows_a_page=30)
                 for flow in ("export", "import") for code, language in (("ta", "en"), ("vn", "vi"))}
        for flow, letter in (("EXPORTS", "x"), ("IMPORTS", "n")):
            for code in ("ta", "vn"):
                found[f"2{letter}({code}"] = pdf([[(45, 20, "TỔNG CỤC HẢI QUAN"), (60, 50, f"STATISTICS OF MAIN {flow}"),
                                                   (60, 60, f"{month}, 2026"), (45, 90, code), (60, 90, "Coffee")]])
        _PDFS[month] = found
    return _PDFS[month]


@contextmanager
def month(root: Path) -> Iterator[World]:
    """A home filled in the night of 30 November."""
    with Publishers() as publishers, patch.object(eurostat, "REWRITTEN", 2):
        settings = {"ENTREPOT_TZ": "Asia/Kuala_Lumpur", "ENTREPOT_MIN_INTERVAL_S": str(PAUSE_S)}
        world = World(publishers, Home(root / "home", publishers, settings), settings)
        for name in NOT_SERVED:
            assert world.home.run("sources", "disable", name).code == 0
        yield world
