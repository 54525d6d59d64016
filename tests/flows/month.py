"""December 2026 on the simulated publishers' clock: what stands where at which hour, what goes wrong, and one night of it.

All figures are synthetic. The release days of GACC are those it announced; DOSM's calendar is invented, so that its release
falls into the month. ``World.at`` brings the publishers to a moment; ``asked`` is one night of the deployment ``nightly/kl-0200``
there, on a server of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.statistics.ecb.connector import QUOTES
from flows.home import clock, registry
from tests.connectors.synthetic_gacc import synthetic_bulletin, synthetic_index
from tests.connectors.test_ecb import synthetic_answer
from tests.e2e.house import Home
from tests.e2e.pages import CNY, HEADLINE, INDEX, MONTHS, gacc_page, gacc_url, headline, revised
from tests.e2e.test_every_publisher import BULLETIN, BULLETINS, CALENDAR, SITC, countries
from tests.flows.conftest import REPOSITORY, Served, serving
from tests.flows.month_publishers import DIES, in_each_run, use
from tests.flows.receiver import Hook
from tests.publishers import Fault, Publishers
from warehouse.reference.workdays import is_target_day

ECB_HOST = "data-api.ecb.europa.eu"
RATES = f"https://{ECB_HOST}/service/data/EXR/D.{'+'.join(QUOTES)}.EUR.SP00.A"
COLUMNS = {"P": "gacc.prelim.country", "B": "gacc.bulletin.country", "C": "dosm.calendar", "H": "dosm.headline", "S": "dosm.sitc",
           "E": "ecb.exr.day"}
OCTOBER, NOVEMBER = 130, 131
"""Months of the headline file, which begins in January 2016."""


def kl(text: str) -> datetime:
    """``12-08 10:00`` in Kuala Lumpur, where it is as late as in Shanghai."""
    return datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}:00+08:00")


def night(number: int) -> datetime:
    """The night of a day in December; 0 is that of 30 November."""
    return kl("12-01 02:00") + timedelta(days=number - 1)


def bulletin_url(month: int) -> str:
    return f"http://english.customs.gov.cn/Statics/synthetic-bulletin-{month}.html"


def bulletin(month: int) -> bytes:
    rows = [(label, *(f"{value + month:,}" for value in (1_200, 3_600, 700, 2_100, 500, 1_500)), "1.0", "2.0", "3.0")
            for label in ("TOTAL", *countries())]
    return synthetic_bulletin([(label, *_adding_up(cells[:6]), *cells[6:]) for label, *cells in rows],
                              title=f"{BULLETIN},{month}.2026", unit="<span>Unit:CNY 10,000</span>", month=month,
                              dated=f"2026/{month + 1:02}/18")


def _adding_up(cells: list[str]) -> list[str]:
    """Total = export + import, for the month and for the year to date."""
    values = [int(cell.replace(",", "")) for cell in cells]
    return [f"{value:,}" for value in (values[2] + values[4], values[3] + values[5], *values[2:])]


def sitc(months: int, imports: str = "imports") -> bytes:
    lines = [f"date,section,exports,{imports}"]
    for at in range(months):
        parts = [(2 + section) * 10**9 + at for section in range(10)]
        for section, part in [*enumerate(parts), ("overall", sum(parts))]:
            lines.append(f"{2016 + at // 12}-{at % 12 + 1:02}-01,{section},{part}.0,{part}.0")
    return ("\n".join(lines) + "\n").encode()


def rates(newest: date) -> bytes:
    """Rates of the TARGET days from September to a day."""
    days = [day for day in (date.fromordinal(n) for n in range(date(2026, 9, 1).toordinal(), newest.toordinal() + 1)) if is_target_day(day)]
    return json.dumps(synthetic_answer({quote: [round(1.5 + number + day.toordinal() % 97 / 1000, 4) for day in days]
                                        for number, quote in enumerate(QUOTES)}, [day.isoformat() for day in days])).encode()


ARC = (b"publication_id,release_date,title_en,publication_type,frequency,release_series\n"
       b"trade_2026-10,2026-11-27 12:00:00,External Trade,trade,MONTHLY,\n"
       b"trade_2026-11,2026-12-10 12:00:00,External Trade,trade,MONTHLY,\n")


@dataclass
class World:
    """The publishers, and the home that asks them."""

    publishers: Publishers
    home: Home
    served: Served | None = None
    """Whose deployments run the nights; nobody's in a month without faults."""

    def at(self, now: datetime) -> None:
        """Bring every publisher to a moment."""
        broken = self.served is not None
        out = {"P": [10, *([11] if now >= kl("12-08 10:00") else [])], "B": [10, *([11] if now >= kl("12-18 10:00") else [])]}
        slip = 10_000 if broken and now < kl("12-10 10:00") else 1
        self._serve(INDEX, synthetic_index([(CNY, [(MONTHS[month], gacc_url(month)) for month in out["P"]])]))
        self._serve(BULLETINS, synthetic_index([(BULLETIN, [(MONTHS[month], bulletin_url(month)) for month in out["B"]])],
                                               select="monthlysel"))
        for month in out["P"]:
            self._serve(gacc_url(month), gacc_page(month, factor=slip if month == 11 else 1))
        for month in out["B"]:
            self._serve(bulletin_url(month), bulletin(month))
        self._serve(CALENDAR, ARC, "text/csv")
        file = headline(NOVEMBER if now >= kl("12-17 12:00" if broken else "12-10 12:00") else OCTOBER)
        self._serve(HEADLINE, revised(file, "2026-10", 10**9) if now >= kl("12-20 12:00") else file, "text/csv")
        released = now >= kl("12-10 12:00")
        self._serve(SITC, sitc(NOVEMBER if released else OCTOBER, "import_value" if broken and released else "imports"), "text/csv")
        berlin = now.astimezone(datetime.fromisoformat("2026-12-01T00:00:00+01:00").tzinfo)
        self._serve(RATES, rates(berlin.date() - timedelta(days=berlin.hour < 16)), "application/json")
        for where, fault, begins, ends in ((ECB_HOST, Fault.status(503), "12-09 01:00", "12-12 01:00"),
                                           (BULLETINS, Fault.challenge(), "12-18 12:00", "12-20 12:00")):
            self.publishers.mend(where)
            if broken and kl(begins) <= now < kl(ends):
                self.publishers.fault(where, fault)

    def _serve(self, url: str, body: bytes, kind: str = "text/html") -> None:
        self.publishers.serve(url, body, kind, etag=f'"{hashlib.sha256(body).hexdigest()[:16]}"')

    def begin(self, now: datetime) -> str:
        """A run of the deployment ``nightly/kl-0200`` at a moment; its id."""
        assert self.served is not None
        self.at(now)
        nightly = self.served.call("GET", "/deployments/name/nightly/kl-0200")
        made = self.served.call("POST", f"/deployments/{nightly['id']}/create_flow_run",
                                {"parameters": {"now": now.isoformat()}, "state": {"type": "SCHEDULED"}})
        return str(made["id"])

    def ended(self, run: str) -> str:
        """The kind of state in which a run ended."""
        assert self.served is not None
        served = self.served
        return str(served.wait(lambda: (kind := served.call("GET", f"/flow_runs/{run}")["state_type"]) in OVER and kind))

    def asked(self, now: datetime) -> str:
        """One night: ``P due held, E due error Unavailable``, for every dataset that was asked, by the log and the page of its run."""
        assert self.served is not None
        run = self.begin(now)
        assert self.ended(run) in ("COMPLETED", "FAILED")
        why = {name: reason for line in self._log(run) if (name := line.partition("asking for ")[2].partition(":")[0])
               for reason in [line.partition(": ")[2]]}
        mine = {"flow_run_id": {"any_": [run]}, "key": {"any_": ["morning"]}}
        (page,) = self.served.call("POST", "/artifacts/filter", {"artifacts": mine})
        cells = [[cell.strip() for cell in line.split("|")] for line in page["data"].splitlines() if line.startswith("| ")]
        came = {line[1]: line[5] for line in cells}
        return ", ".join(f"{letter} {EXPECTED.get(why[name], 'quiet')} {WORDS.get(came[name], came[name])}"
                         for letter, name in COLUMNS.items() if name in why)

    def _log(self, run: str) -> list[str]:
        """What a run logged, once it is all there: lines are sent in batches."""
        assert self.served is not None
        served = self.served

        def lines() -> list[str]:
            found = served.call("POST", "/logs/filter", {"logs": {"flow_run_id": {"any_": [run]}}, "limit": 200})
            texts = [str(each["message"]) for each in found]
            return texts if any("Finished in state" in text for text in texts) else []

        return list(served.wait(lines))

    def killed(self, now: datetime) -> str:
        """A night whose process is killed after the commit of the ECB's rates and before anybody is told; the state it ended in."""
        dies = self.home.root / DIES
        dies.touch()
        ended = self.ended(self.begin(now))
        assert not dies.exists()
        return ended

    def types(self, now: datetime, *words: str | Path) -> int:
        """A person types a command in the morning."""
        self.at(now)
        with clock.at(now):
            return self.home.run(*words).code


EXPECTED = {"due": "due", "overdue": "late"}
WORDS = {"no change": "same", "not out yet": "same", "new data": "new"}
OVER = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@contextmanager
def month(root: Path, *, unattended: bool) -> Iterator[World]:
    """A home filled in the night of 30 November; its nights by the deployments of a server of its own, or none."""
    with Publishers() as publishers, Hook() as hook, pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr(registry, "connectors", registry.connectors)
        use()
        world = World(publishers, Home(root / "home", publishers, {"ENTREPOT_TZ": "Asia/Kuala_Lumpur"}))
        try:
            world.at(night(0))
            with clock.at(night(0)):
                assert world.home.run("refresh").code == 0
            if unattended:
                (root / "runs").mkdir()
                world.served = stack.enter_context(serving(
                    root, world.home.root, publishers, hook, **{**world.home.settings(), "ENTREPOT_MIN_INTERVAL_S": "0"},
                    PYTHONPATH=os.pathsep.join([str(REPOSITORY), str(in_each_run(root / "runs"))])))
                nightly = world.served.call("GET", "/deployments/name/nightly/kl-0200")
                world.served.call("PATCH", f"/deployments/{nightly['id']}", {"paused": True})  # the real night of this very day
            yield world
        finally:
            registry.datasets.cache_clear()
    registry.datasets.cache_clear()


def facts(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """What the publishers say by this lake, without when and by which way it came."""
    from warehouse.schema.tables import FACTS

    found = {}
    for name, table in FACTS.items():
        columns = ", ".join((*table.key, *table.compared, "version_no"))
        found[name] = home.rows(f"SELECT {columns} FROM {name} ORDER BY ALL")
        changed = ", ".join((*table.key, "change_kind", *(f"old_{one}, new_{one}" for one in table.compared)))
        found[f"{name}_revision"] = home.rows(f"SELECT {changed} FROM {name}_revision ORDER BY ALL")
    return found
