"""What ``entrepot status`` says: each dataset as expected × result, from the lake, the journal and the log of requests.

Needs neither Prefect nor a writer, so an outside watch can rely on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flows.home import clock, keys, registry
from flows.home.house import House, entrepot_version
from flows.home.serving import running
from flows.schedule.asked import Asking, documents, last_asked, not_out
from flows.schedule.awaited import Standing, standings_in
from flows.tell.causes import Cause, Failure, grouped
from warehouse.archive.documents import CONFIRMED
from warehouse.archive.journal import Entry
from warehouse.ask.expected import Due
from warehouse.lake.opening import connect, writing


@dataclass(frozen=True)
class Line:
    """One dataset."""

    dataset: str
    newest: str | None
    last_new: datetime | None
    next_release: str
    expected: str
    result: str
    note: str
    awaited: date | None = None
    """End of the period that is to come next."""
    overdue_since: date | None = None
    """The first day after its grace, where it is overdue."""
    statement: bool = False
    """What officials stated, from the reviewed file: never awaited."""

    @property
    def place(self) -> int:
        """Failures stand first, then what is held, then what is late."""
        return 0 if self.result.startswith("error") else 1 if self.result == "held" else 2 if self.expected == "overdue" else 3

    @property
    def error(self) -> str:
        """The name of its error; empty where there is none."""
        return self.result.removeprefix("error").strip() if self.result.startswith("error") else ""


_CLOCKS_DIFFER = timedelta(hours=1)
"""Of machines that share a home."""


@dataclass(frozen=True)
class Overview:
    """All of them, with the counts that a watch needs."""

    headline: str
    lines: tuple[Line, ...]
    late: int
    held: int
    errors: int
    quarantined: int
    not_installed: str = ""
    """Datasets of which something is held and whose connector is gone, in a sentence."""
    keys: tuple[str, ...] = ()
    """One sentence for each key that is not set: which datasets wait for it, and where to get one."""
    clock: str = ""
    """What is wrong where the newest load was written down at a time that is still to come."""

    @property
    def causes(self) -> list[Cause]:
        """What is in error, by its cause."""
        return grouped(Failure(line.dataset, line.error, line.note) for line in self.lines if line.result.startswith("error"))

    @property
    def needs_attention(self) -> bool:
        return bool(self.late or self.held or self.errors or self.clock)


def overview(house: House) -> Overview:
    """The state of a home now. An empty home has no lines and says how to fill it."""
    now = clock.now().astimezone(ZoneInfo(house.settings.tz))
    loaded = house.place.current() is not None
    quarantined, snapshot, recorded = 0, 0, None
    stored: set[str] = set()
    asked, told = last_asked(house), documents(house)
    known: dict[str, Standing] = {}
    if loaded:
        con = connect(house.place)
        ((quarantined,),) = con.execute("SELECT count(*) FROM ops.quarantine WHERE replayed_by IS NULL").fetchall()
        loads = con.execute("SELECT dataset, max(snapshot), max(recorded_at), bool_or(fetch_id <> '') FROM ops.load "
                            "GROUP BY dataset").fetchall()
        snapshot, recorded = max((number for _, number, _, _ in loads), default=0), max((at for _, _, at, _ in loads), default=None)
        known = standings_in(con)
        stored = {name for name, _, _, fetched in loads if fetched}
        con.close()
    # Where nothing was ever loaded, what was asked and failed is all there is to say.
    names = {name for name, standing in known.items() if standing.newest or standing.last_new or name in asked}
    names |= set() if loaded else {*asked, *told}
    lines = sorted((_line(house, name, known.get(name), asked.get(name), told.get(name), now) for name in sorted(names)),
                   key=lambda line: line.place)
    size = house.place.size()
    when = f"{recorded.astimezone(now.tzinfo):%-d %b %H:%M}" if recorded else "never"
    state = f"snapshot {snapshot} ({when})" if loaded else "nothing loaded yet: entrepot refresh loads it (with --demo the sample)"
    busy, serves = writing(house.place), running(house.root / "prefect")
    headline = (f"Entrepot {entrepot_version()}   home {house.root}   lake {_size(size)}, {state}   "
                f"server {f'{serves.address} up' if serves else 'not running'}"
                f"   clock {house.settings.tz}" + (f"\nWriting now: {busy}" if busy else ""))
    # A statement or a dataset that is kept and not read is not awaited, so it is never late.
    return Overview(headline, tuple(lines), sum(line.expected == "overdue" for line in lines),
                    sum(line.result == "held" for line in lines), sum(line.result.startswith("error") for line in lines), quarantined,
                    registry.not_installed(stored), tuple(keys.lines(keys.lacking(house))), _ahead(recorded, now))


def _ahead(recorded: datetime | None, now: datetime) -> str:
    """A load that was written down at a time that is still to come: its machine's clock was wrong then, or this one's is now."""
    if recorded is None or recorded <= now + _CLOCKS_DIFFER:
        return ""
    return (f"A load was written down on {recorded.astimezone(now.tzinfo):%Y-%m-%d %H:%M}, which is still to come: its machine's clock was "
            "wrong, or this one's is (entrepot doctor compares it). Until then a newer document may count as an older one. Set the clock; "
            "a load of a wrong day is taken back by entrepot snapshots restore, and its document loaded again")


def _line(house: House, name: str, standing: Standing | None, asking: Asking | None, document: Entry | None, now: datetime) -> Line:
    # The sample stands still: it is never late.
    awaited = standing.due(now) if standing and not house.demo else Due("none_expected", None)
    waiting = [load for load in house.journal.held() if load.entry.dataset == name and load.decided is None]
    asked = asking.told if asking else None
    last_new = standing.last_new if standing else None
    brought = asking is not None and last_new is not None and last_new >= asking.since
    result, note = "new data" if brought else "no change", ""
    if waiting:
        result, note = "held", f"entrepot held show {waiting[-1].number}: {waiting[-1].entry.why}"
    elif asked is not None and not_out(house, asked.outcome, asked.url, name):
        result, note = (result, "") if house.demo or brought else ("not out yet", asked.said)
    elif asked is not None and asked.outcome not in CONFIRMED:
        result, note = f"error {asked.outcome}", asked.said
    elif document is not None and document.result == "error":
        result, note = f"error {document.detail.get('error', '')}", document.why
    elif document is not None and document.result == "not_readable":
        result, note = "not read", document.why
    if document is not None and not note:
        note = document.detail.get("drift", "")
    if awaited.expected == "overdue":
        late = f"{awaited.days_late} days late"
        note = f"{note}; {late}" if note else f"{late}; " + (
            "the address answers, with no newer period" if asked is not None and not asked.url.startswith("import:") else
            f"its address was not asked yet: entrepot refresh {name}")
    if standing and standing.excerpts:
        told = f"{standing.excerpts} excerpt{'s' if standing.excerpts > 1 else ''} imported by a person, complete for nothing"
        note = f"{note}; {told}" if note else told
    newest = standing.newest if standing else None
    return Line(name, str(newest) if newest else None, last_new, _when(awaited, standing), awaited.expected.removesuffix("_expected"),
                result, note, awaited.release.period_end if awaited.release else None, awaited.overdue_since,
                bool(standing and standing.dataset.account == "statement"))


def together(lines: Sequence[Line]) -> Line | None:
    """Statements of which nothing needs a person, as one line; None where there are none."""
    quiet = [line for line in lines if line.statement and line.place == 3]
    if not quiet:
        return None
    last = max((line.last_new for line in quiet if line.last_new), default=None)
    news = sum(line.result == "new data" for line in quiet)
    return Line("statement", None, last, "–", "none", f"{news} with new data" if news else "no change",
                f"{len(quiet)} datasets of what officials stated", statement=True)


def _when(awaited: Due, standing: Standing | None) -> str:
    """The day of the next release at its publisher's place; one that only the usual lag tells is marked."""
    if awaited.release is None or standing is None:
        return "–"
    day = f"{awaited.release.on(ZoneInfo(standing.dataset.tz)):%-d %b %Y}"
    return day if awaited.release.source == "official" else f"~ {day}"


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
