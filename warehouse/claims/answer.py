"""A report as the JSON that ``entrepot check --json`` prints: docs/check.schema.json describes it, a test holds them together."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from warehouse.ask.machines import Known, figure
from warehouse.claims.model import Claim, Event
from warehouse.claims.say.printable import date_note
from warehouse.claims.weigh.checked import Checked, Report
from warehouse.claims.weigh.facts import Fact
from warehouse.claims.weigh.intervals import Interval
from warehouse.claims.weigh.verdicts import Evidence

SLOTS = ("reporter", "partner", "group", "flow", "commodity", "period", "value", "unit", "direction", "hedge", "basis", "of", "qualifier",
         "speaker")


def as_json(report: Report, held: Known) -> dict[str, Any]:
    """The report as plain values: numbers as numbers, dates as text. ``held`` is what is known of the datasets (``machines.known``)."""
    reading = report.reading
    return {
        "text": reading.text, "language": reading.language,
        "published": reading.published.day.isoformat() if reading.published.day else None,
        "published_precision": reading.published.precision, "published_basis": reading.published.basis,
        "date_note": date_note(reading.published),
        "snapshot": report.snapshot, "unread": list(reading.unread),
        "second_reader": asdict(reading.second) | {"refused": list(reading.second.refused)} if reading.second else None,
        "claims": [_claim(one, held) for one in report.claims],
        "events": [_event(event) for event in reading.events],
        "arithmetic": [{"relation": one.kind, "claims": [n + 1 for n in one.claims],
                        "verdict": "consistent" if one.consistent else "inconsistent", "said": one.said, "stated": plain(one.stated),
                        "computed": _interval(one.computed)} for one in report.relations]}


def _claim(one: Checked, held: Known) -> dict[str, Any]:
    return {
        "id": one.number, "kind": one.claim.kind, "sentence": one.claim.sentence, "written": one.claim.written.text, "slots": _slots(one),
        "verdict": one.verdict, "detail": one.detail, "at_publication": one.at_publication, "latest": one.latest,
        "readings": [asdict(reading) for reading in one.readings], "computed": plain(one.computed), "interval": _interval(one.interval),
        "evidence": [_figure(row, held) for row in one.evidence], "sql": one.sql, "said": one.said, "printable": one.printable,
        "notes": list(one.notes)}


def _slots(one: Checked) -> dict[str, dict[str, Any]]:
    claim: Claim = one.claim
    found = {}
    for name in SLOTS:
        value = getattr(claim, name)
        if value is not None:
            found[name] = {"value": plain(value), "origin": claim.origins.get(name, "sentence")}
    if one.inferred_period:
        found["period"] = {"value": one.inferred_period, "origin": "inferred"}
    if claim.reporter:
        found["reporter"]["certain"] = claim.reporter_certain
    return found


def _event(event: Event) -> dict[str, Any]:
    return {**asdict(event), "parties": list(event.parties), "verdict": "not_checkable", "detail": "event"}


def _figure(row: Evidence, held: Known) -> dict[str, Any]:
    """A row of evidence with what every figure has."""
    fact = row.fact
    more = {"attribution": fact.attribution, "valuation": fact.valuation if fact.how == "printed" else ""} if isinstance(fact, Fact) else {}
    return figure({**evidence(row), **{name: text or None for name, text in more.items()},
                   "released_at": fact.known_from.isoformat() if fact.known_from else None}, held)


def evidence(row: Evidence) -> dict[str, Any]:
    """One evidence row: whose figure of what, from which page and cell, and whether the claim agrees with it."""
    fact = row.fact
    shared = {"dataset": fact.dataset, "reporter": fact.reporter, "partner": fact.partner, "period": _period(row),
              "as_of": fact.released_on.isoformat() if fact.released_on else None, "page": fact.url,
              "source_note": fact.source_note, "locator": fact.locator, "role": row.role, "agrees": row.agrees,
              "compared": plain(row.value), "compared_unit": row.unit or None, "note": row.note, "origin": fact.origin_kind,
              "version_id": fact.version_id}
    if isinstance(fact, Fact):
        return {**shared, "flow": fact.flow, "value": plain(fact.value), "unit": fact.currency, "account": fact.account, "how": fact.how}
    return {**shared, "flow": fact.indicator, "value": plain(fact.value), "unit": fact.unit, "account": "statement", "how": "printed"}


def _period(row: Evidence) -> str:
    start, end = row.fact.period.start, row.fact.period.end
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31) and start.year == end.year:
        return str(start.year)
    return f"{start:%Y-%m}" if (start.year, start.month) == (end.year, end.month) else f"{start:%Y-%m}/{end:%Y-%m}"


def _interval(interval: Interval) -> list[float | int | None]:
    return [plain(interval.low), plain(interval.high)]


def plain(value: Any) -> Any:
    """A decimal as a JSON number; whole ones as integers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(round(value, 6))
    return value
