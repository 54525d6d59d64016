"""The claims of a night's articles: read, held against the statistics, kept; and verdicts that new figures turn.

``work`` thinks, on a reader's connection and for as long as it takes; ``write`` writes what came of it, in one transaction and only
where the lake still has the figures that were thought with. Where nothing is new, nothing is written. An article that cannot be
read or checked is that article's fault, named in the night, and is tried again by the next; the others go on.
What is kept follows from articles and figures by rules, so it is no load and stands in no journal: a rebuilt lake gets it from
its next night.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.ask.answers import query, rows
from warehouse.claims.answer import evidence, plain
from warehouse.claims.check import book_for, check
from warehouse.claims.limits import FIRST_YEAR, LAST_YEAR
from warehouse.claims.model import Claim, Event, Reading
from warehouse.claims.read.dating import read_dated
from warehouse.claims.weigh.book import Book
from warehouse.claims.weigh.checked import Checked, Report
from warehouse.schema.errors import EntrepotError
from warehouse.schema.tables import DERIVED, TABLES, sql_columns

if TYPE_CHECKING:
    from warehouse.lake.opening import Writer

log = logging.getLogger("entrepot")


@dataclass(frozen=True)
class Flip:
    """A verdict that new figures turned."""

    url: str
    title: str
    sentence: str
    was: str
    now: str
    said: str


@dataclass(frozen=True)
class Fault:
    """An article of which something was left out, and why."""

    url: str
    title: str
    said: str


@dataclass(frozen=True)
class Night:
    """What the claims of a night came to, and the rows to write."""

    texts: int = 0
    """Read for the first time."""
    claims: int = 0
    rechecked: int = 0
    """Texts held against the figures again, since these changed."""
    flips: tuple[Flip, ...] = ()
    verdicts: Mapping[str, int] | None = None
    """Of the new claims, by code."""
    rows: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
    faults: tuple[Fault, ...] = ()
    """Articles that were not read, or not whole."""
    seen: int = 0
    """The newest load of figures that this was worked out with."""
    since: int = 0
    """The newest load that verdicts then were of."""

    @property
    def writes(self) -> bool:
        return any((self.rows or {}).values())


def work(con: duckdb.DuckDBPyConnection, rules: str) -> Night:
    """Read what is unread, check it, and check again what new loads touch. ``rules`` names the Entrepot that does so."""
    seen = _newest_figures(con)
    since = _newest_verdicts(con)
    new = rows(con, query("claim_unread"), {"again": False})
    unread = {row["article"] for row in new}
    touched = {article for (article,) in con.execute(query("claim_touched"), {"since": since}).fetchall()} - unread
    again = [row for row in rows(con, query("claim_unread"), {"again": True}) if row["article"] in touched] if touched else []
    if not new and not again:
        return Night()
    faults: list[Fault] = []
    readings = [(row, reading) for row in (*new, *again) if (reading := _read(row, faults)) is not None]
    with book_for(con, [reading for _, reading in readings]) as book:
        reports = [(row, report) for row, reading in readings if (report := _checked(con, row, reading, book, faults)) is not None]
    last = _last_verdicts(con, touched)
    made: dict[str, list[Mapping[str, Any]]] = {name: [] for name in DERIVED}
    flips, counts = [], dict[str, int]()
    for row, report in reports:
        fresh = row["article"] in unread
        if fresh:
            made["news.reading"].append(_reading(row, report, rules))
            made["news.event"] += [_event(row, number, event) for number, event in enumerate(report.reading.events)]
        for one, read in zip(report.claims, report.reading.claims, strict=True):
            key = claim_id(row, read)
            before = last.get(key)
            if fresh:
                made["news.claim"].append(_claim(row, key, one))
                made["news.claim_slot"] += _slots(key, one.claim)
                counts[one.verdict] = counts.get(one.verdict, 0) + 1
            elif before is None or before == (one.verdict, plain(one.computed)):
                continue
            made["news.verdict"].append(_verdict(key, one, report.snapshot, before[0] if before else None))
            made["news.evidence"] += _evidence(key, one, report.snapshot)
            if before and before[0] != one.verdict:
                flips.append(Flip(row["url"], row["title"], one.claim.sentence, before[0], one.verdict, one.said))
    fresh_texts = len(made["news.reading"])
    return Night(fresh_texts, len(made["news.claim"]), len(reports) - fresh_texts, tuple(flips), counts, made, tuple(faults), seen, since)


def _read(row: Mapping[str, Any], faults: list[Fault]) -> Reading | None:
    try:
        reading = read_dated(row["text"], by_page=_day(row["published"]), context=row["title"], source=row["url"])
    except Exception as error:  # a reader fed with anything that was ever published: what it stumbles over is this article's fault
        faults.append(_fault(row, "not read", error))
        return None
    faults += [Fault(row["url"], row["title"], f"not read whole: {left}") for left in reading.unread]
    return reading


def _checked(con: duckdb.DuckDBPyConnection, row: Mapping[str, Any], reading: Reading, book: Book, faults: list[Fault]) -> Report | None:
    try:
        return check(con, reading, book=book)
    except (duckdb.FatalException, duckdb.IOException, EntrepotError):  # the lake's trouble, and every article's
        raise
    except Exception as error:  # as above
        faults.append(_fault(row, "not checked", error))
        return None


def _fault(row: Mapping[str, Any], what: str, error: Exception) -> Fault:
    log.warning("claims of %s: %s", row["url"], what, exc_info=error)
    said = str(error).strip().splitlines()
    return Fault(row["url"], row["title"], f"{what}: {type(error).__name__}{': ' + said[0][:200] if said else ''}")


def _day(published: str | None) -> str | None:
    """An article's day; one outside the years that a text may be from is none."""
    found = re.match(r"\d{4}", published or "")
    return published if found and FIRST_YEAR <= int(found[0]) <= LAST_YEAR else None


def _newest_figures(con: duckdb.DuckDBPyConnection) -> int:
    """The newest load that was not of articles."""
    (number,), = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load WHERE NOT starts_with(dataset, 'news.')").fetchall()
    return int(number)


def _newest_verdicts(con: duckdb.DuckDBPyConnection) -> int:
    (number,), = con.execute("SELECT coalesce(max(snapshot), 0) FROM news.verdict").fetchall()
    return int(number)


def still_so(lake: Writer, night: Night) -> bool:
    """Whether figures and articles are, under the lock, what a night was worked out with."""
    if (_newest_figures(lake.con), _newest_verdicts(lake.con)) != (night.seen, night.since):
        return False
    unread = {(row["article"], row["version_no"]) for row in rows(lake.con, query("claim_unread"), {"again": False})}
    return all((row["article"], row["version_no"]) in unread for row in (night.rows or {}).get("news.reading", ()))


def write(lake: Writer, night: Night) -> None:
    """Write a night's rows, all or none, and publish."""
    import polars as pl

    if not night.writes:
        return
    assert night.rows is not None
    with lake.transaction("claims", snapshot=lake.snapshot(), claims=night.claims) as con:
        for name in sorted(DERIVED):
            found = night.rows[name]
            if not found:
                continue
            table = TABLES[name]
            columns = sql_columns(table)
            frame = pl.DataFrame([[row[column] for column in columns] for row in found], orient="row",
                                 schema={column: table.columns[column].dtype for column in columns})
            con.register("night_rows", frame.to_arrow())
            try:
                con.execute(f"INSERT INTO {name} ({', '.join(columns)}) SELECT {', '.join(columns)} FROM night_rows")
            finally:
                con.unregister("night_rows")
    lake.after_commit()


def claim_id(row: Mapping[str, Any], claim: Claim) -> str:
    """Hash of article, version, place, kind and slots."""
    parts = (row["article"], row["version_no"], claim.start, claim.end, claim.kind, claim.reporter, claim.partner, claim.group, claim.flow,
             claim.commodity, claim.period, claim.value, claim.unit, claim.direction, claim.basis, claim.of)
    return _hash(parts)


def _hash(parts: Iterable[object]) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:32]


def _last_verdicts(con: duckdb.DuckDBPyConnection, articles: set[str]) -> dict[str, tuple[str, Any]]:
    if not articles:
        return {}
    return {claim: (verdict, computed) for claim, verdict, computed in con.execute(
        "SELECT v.claim, v.verdict, v.computed FROM news.verdict v JOIN news.claim c USING (claim) "
        "WHERE c.article IN (SELECT unnest($1)) QUALIFY row_number() OVER (PARTITION BY v.claim ORDER BY v.snapshot DESC) = 1",
        [sorted(articles)]).fetchall()}


def _clean(text: str | None) -> str | None:
    """Without NUL, which a commit to the lake cannot hold."""
    return None if text is None else text.replace("\0", "")


def _reading(row: Mapping[str, Any], report: Report, rules: str) -> dict[str, Any]:
    reading = report.reading
    return {"article": row["article"], "version_no": row["version_no"], "language": reading.language, "published": reading.published.day,
            "published_basis": reading.published.basis, "claims": len(report.claims), "events": len(reading.events), "rules": rules}


def _claim(row: Mapping[str, Any], key: str, one: Checked) -> dict[str, Any]:
    claim = one.claim
    return {
        "claim": key, "article": row["article"], "version_no": row["version_no"], "number": one.number,
        "sentence": _clean(claim.sentence), "kind": claim.kind, "reporter": claim.reporter, "partner": claim.partner,
        "reporter_certain": claim.reporter_certain, "group_code": claim.group, "flow": claim.flow, "commodity": _clean(claim.commodity),
        "period": claim.period, "value": claim.value, "unit": claim.unit, "written": _clean(claim.written.text),
        "direction": claim.direction, "hedge": claim.hedge, "basis": claim.basis, "of_what": claim.of, "speaker": _clean(claim.speaker)}


def _slots(key: str, claim: Claim) -> list[dict[str, Any]]:
    return [{"claim": key, "slot": slot, "value": _clean(str(getattr(claim, slot, None))), "origin": origin}
            for slot, origin in claim.origins.items()]


def _verdict(key: str, one: Checked, snapshot: int, previous: str | None) -> dict[str, Any]:
    low, high = (None if end is None else float(end) for end in (one.interval.low, one.interval.high))
    return {"claim": key, "snapshot": snapshot, "verdict": one.verdict, "detail": one.detail, "at_publication": one.at_publication,
            "latest": one.latest, "computed": None if one.computed is None else float(plain(one.computed)), "low": low, "high": high,
            "said": _clean(one.said), "printable": _clean(one.printable), "query": one.sql, "previous": previous}


def _evidence(key: str, one: Checked, snapshot: int) -> list[dict[str, Any]]:
    made = []
    for number, row in enumerate(one.evidence, 1):
        shown = evidence(row)
        made.append({"claim": key, "snapshot": snapshot, "number": number, **{name: shown[name] for name in (
            "role", "version_id", "dataset", "reporter", "partner", "flow", "period", "unit", "page", "locator", "agrees")},
            "value": float(shown["value"]), "as_of": row.fact.released_on})
    return made


def _event(row: Mapping[str, Any], number: int, event: Event) -> dict[str, Any]:
    return {"event": _hash((row["article"], row["version_no"], number, event.kind)), "kind": event.kind, "parties": " ".join(event.parties),
            "date": event.date, "count": event.count, "sentence": _clean(event.sentence), "article": row["article"],
            "version_no": row["version_no"]}
