"""What ``entrepot status`` says: each dataset as expected × result, from the lake, the journal and the log of requests.

Needs neither Prefect nor a writer, so an outside watch can rely on it.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flows import clock
from flows.house import House, entrepot_version
from warehouse.answers import rows
from warehouse.archive import CONFIRMED, LogRecord
from warehouse.expected import due
from warehouse.journal import Entry
from warehouse.lake import connect, writing
from warehouse.periods import Period

QUERY = """
WITH held AS (
  -- Of the periods that end last, the shortest: March and not January to March.
  SELECT dataset, max_by(period_start, (period_end, period_start)) AS first, max(period_end) AS last FROM stats.trade GROUP BY dataset
  UNION ALL SELECT dataset, max_by(period_start, (period_end, period_start)), max(period_end) FROM stats.fx_rate GROUP BY dataset
  UNION ALL SELECT dataset, max_by(period_start, (period_end, period_start)), max(period_end) FROM stats.indicator GROUP BY dataset),
loads AS (SELECT dataset, max(recorded_at) AS last_new FROM ops.load GROUP BY dataset)
SELECT d.dataset, d.tz, d.release_time, d.expected_lag_days, d.grace_days, d.account, h.first, h.last, l.last_new
FROM ref.dataset d LEFT JOIN held h USING (dataset) LEFT JOIN loads l USING (dataset) ORDER BY 1"""


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


@dataclass(frozen=True)
class Overview:
    """All of them, with the counts that a watch needs."""

    headline: str
    lines: tuple[Line, ...]
    late: int
    held: int
    errors: int
    quarantined: int

    @property
    def needs_attention(self) -> bool:
        return bool(self.late or self.held or self.errors)


def overview(house: House) -> Overview:
    """The state of a home now. An empty home has no lines and says how to fill it."""
    now = clock.now().astimezone(ZoneInfo(house.settings.tz))
    loaded = house.place.current() is not None
    lines: list[Line] = []
    quarantined, snapshot, recorded = 0, 0, None
    asked, documents = _last_asked(house), _documents(house)
    calendar: dict[str, dict[date, date]] = {}
    # Where nothing was ever loaded, what was asked and failed is all there is to say.
    found: list[dict[str, Any]] = [{**_UNKNOWN, "dataset": name} for name in sorted({*asked, *documents})]
    if loaded:
        con = connect(house.place)
        calendar = _calendar(rows(con, "SELECT dataset, period_end, scheduled_at FROM ref.release"))
        ((quarantined,),) = con.execute("SELECT count(*) FROM ops.quarantine WHERE replayed_by IS NULL").fetchall()
        ((snapshot, recorded),) = con.execute("SELECT coalesce(max(snapshot), 0), max(recorded_at) FROM ops.load").fetchall()
        found = rows(con, QUERY)
        con.close()
    for row in found:
        name = row["dataset"]
        if row["last"] is not None or name in asked or row["last_new"] is not None:
            lines.append(_line(house, row, calendar.get(name, {}), asked.get(name), documents.get(name), now.date()))
    size = sum(path.stat().st_size for path in house.place.root.rglob("*") if path.is_file()) if house.place.root.exists() else 0
    when = f"{recorded.astimezone(now.tzinfo):%-d %b %H:%M}" if recorded else "never"
    state = f"snapshot {snapshot} ({when})" if loaded else "nothing loaded yet: entrepot refresh, or entrepot --demo refresh"
    busy = writing(house.place)
    headline = (f"Entrepot {entrepot_version()}   home {house.root}   lake {_size(size)}, {state}   "
                f"server http://127.0.0.1:{house.settings.port} {'up' if _listens(house.settings.port) else 'not running'}"
                f"   clock {house.settings.tz}" + (f"\nWriting now: {busy}" if busy else ""))
    # A statement or a dataset that is kept and not read is not awaited, so it is never late.
    return Overview(headline, tuple(lines), sum(line.expected == "overdue" for line in lines),
                    sum(line.result == "held" for line in lines), sum(line.result.startswith("error") for line in lines), quarantined)


def _calendar(found: list[dict[str, object]]) -> dict[str, dict[date, date]]:
    made: dict[str, dict[date, date]] = {}
    for row in found:
        scheduled, period = row["scheduled_at"], row["period_end"]
        assert isinstance(scheduled, datetime) and isinstance(period, date)
        made.setdefault(str(row["dataset"]), {})[period] = scheduled.date()
    return made


_UNKNOWN = {"first": None, "last": None, "last_new": None, "expected_lag_days": None, "grace_days": 4, "account": "none"}
ONE_ASKING = timedelta(hours=1)
"""Requests for one dataset that are no further apart belong to one run."""


@dataclass(frozen=True)
class _Asking:
    """The last run that asked for a dataset."""

    since: datetime
    told: LogRecord
    """The request that tells how it went: the newest of the most serious kind."""


def _last_asked(house: House) -> dict[str, _Asking]:
    """How the last asking for each dataset went. An address that failed and was asked again since counts by its last answer."""
    asking: dict[str, dict[str, LogRecord]] = {}
    newest: dict[str, datetime] = {}
    for record in house.archive.records():
        if record.outcome.startswith("robots:") or record.url.endswith("/robots.txt"):
            continue
        if record.at - newest.get(record.dataset, record.at) > ONE_ASKING:
            asking[record.dataset] = {}
        newest[record.dataset] = record.at
        same = asking.setdefault(record.dataset, {})
        same.pop(record.url, None)
        same[record.url] = record
    return {dataset: _Asking(min(record.at for record in records.values()),
                             max(records.values(), key=lambda record: (_seriousness(record), record.at)))
            for dataset, records in asking.items()}


def _seriousness(record: LogRecord) -> int:
    """A page that is not there says less than a publisher that does not answer."""
    return 0 if record.outcome in CONFIRMED else 1 if record.outcome == "NotFound" else 2


def _documents(house: House) -> dict[str, Entry]:
    """For each dataset what came of its documents: an error of the run that last brought something, else the newest outcome.

    What a person tried to import, and what was replaced at its address since, says nothing about a publisher.
    """
    by_address = {entry.url: entry for entry in house.journal.entries() if entry.kind == "outcome" and not entry.batch
                  and not (entry.url.startswith("import:") and entry.result in ("error", "not_readable"))}
    standing: dict[str, list[Entry]] = {}
    for url, entry in by_address.items():
        present = house.archive.latest(url)
        if present is None or present.fetch_id == entry.fetch_id:
            standing.setdefault(entry.dataset, []).append(entry)
    told = {}
    for dataset, entries in standing.items():
        newest = max(entries, key=lambda entry: entry.at)
        told[dataset] = next((entry for entry in entries if entry.result == "error" and newest.at - entry.at <= ONE_ASKING), newest)
    return told


def _line(house: House, row: dict[str, object], calendar: dict[date, date], asking: _Asking | None, document: Entry | None,
          today: date) -> Line:
    name = str(row["dataset"])
    first, last = row["first"], row["last"]
    newest = str(Period(first, last)) if isinstance(first, date) and isinstance(last, date) else None
    lag, grace = row["expected_lag_days"], row["grace_days"]
    awaited = due(last if isinstance(last, date) else None, today, calendar=calendar,
                  lag_days=lag if isinstance(lag, int) else None, grace_days=grace if isinstance(grace, int) else 4,
                  daily=first == last and first is not None)
    # Statements come when they come, and the sample stands still: neither is ever late.
    awaited_at_all = row["account"] in ("reported", "reconciled", "none") and last is not None and not house.demo
    expected = awaited.expected if awaited_at_all else "none_expected"
    waiting = [load for load in house.journal.held() if load.entry.dataset == name and load.decided is None]
    asked = asking.told if asking else None
    last_new = row["last_new"]
    brought = asking is not None and isinstance(last_new, datetime) and last_new >= asking.since
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
    if expected == "overdue" and awaited.on:
        late = f"{(today - awaited.on).days} days late"
        note = f"{note}; {late}" if note else f"{late}; the address answers, with no newer period"
    announced = awaited.on is not None and (expected != "none_expected" or awaited.basis == "official")
    return Line(name, newest, last_new if isinstance(last_new, datetime) else None,
                f"{awaited.on:%-d %b %Y}" if announced else "–", expected.removesuffix("_expected"), result, note)


def not_out(house: House, error: str, url: str, dataset: str) -> bool:
    """A 404 where nothing ever stood, for a dataset that other pages are held of: the next page is not out yet.

    Where a page was held, or nothing of the dataset ever was, a 404 is an error: it has moved, or was never there. Only
    a sample need not hold all that is asked of it.
    """
    if error != "NotFound" or house.demo:
        return error == "NotFound"
    return house.archive.latest(url) is None and any(fetch.dataset == dataset for fetch in house.archive.fetches())


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
