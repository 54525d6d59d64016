"""The lab of judging: sentences about the sample's figures, what each is, and what the check makes of it.

``judging.jsonl`` was composed as a newsroom writes, before the rules were looked at: *true* in many wordings, *wrong* by one slot, right
but for a *qualifier*, *goods* of which no series is held, and *long* texts (``wrong`` names the figures that are not the sample's; of the
family *later*, half the figures are of what the sample does not hold). *Later* and *harder* were composed when the rules stood.
``generated`` says the same of every series of the sample in a handful of wordings, and spoils each.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from warehouse.claims.check import book_for, check
from warehouse.claims.model import Reading
from warehouse.claims.read.dating import read_dated
from warehouse.claims.weigh.checked import Report
from warehouse.reference import areas

LAB = Path(__file__).with_name("judging.jsonl")
AGAINST = frozenset({"contradicted", "misattributed", "scale_error", "basis_dependent"})
FOR = frozenset({"supported", "source_dependent", "vintage_dependent"})
Outcome = str
"""``against``, ``for``, ``undecided``, or ``unread`` where no claim was read."""


@dataclass(frozen=True)
class Line:
    """One text of the lab."""

    id: str
    kind: str
    family: str
    text: str
    published: str | None = None
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A figure of a line (or the line, where none was read) with what the check made of it."""

    line: Line
    kind: str
    outcome: Outcome
    said: str


def lines() -> list[Line]:
    rows = (json.loads(row) for row in LAB.read_text(encoding="utf-8").splitlines())
    return [Line(**{**row, "wrong": tuple(row.get("wrong", ()))}) for row in rows]


def judged(con: duckdb.DuckDBPyConnection, of: Iterable[Line]) -> list[Judged]:
    """What the check makes of each line: one outcome a line, and one a figure of the long ones."""
    readings = [(line, read_dated(line.text, published=line.published)) for line in of]
    with book_for(con, [reading for _, reading in readings]) as book:
        return [one for line, reading in readings for one in _outcomes(line, reading, check(con, reading, book=book))]


def _outcomes(line: Line, reading: Reading, report: Report) -> Iterator[Judged]:
    found = [(one.claim.written.text, side(one.verdict), f"{one.claim.written.text}: {one.verdict}/{one.detail}: {one.said}")
             for one in report.claims]
    found += [("", "against", f"does not add up: {one.said} {[n + 1 for n in one.claims]}") for one in report.relations
              if not one.consistent]
    if line.kind == "long":
        yield from (Judged(line, "long wrong" if any(w in figure for w in line.wrong) else "long true", outcome, said)
                    for figure, outcome, said in found if figure or not line.wrong)
        return
    all_said = " | ".join(said for *_, said in found)
    for outcome in ("for", "against") if line.kind in ("wrong", "qualifier") else ("against", "for"):
        if any(one == outcome for _, one, _ in found):
            return (yield Judged(line, line.kind, outcome, all_said))
    yield Judged(line, line.kind, "undecided" if found else "unread", all_said)


def side(verdict: str) -> Outcome:
    return "against" if verdict in AGAINST else "for" if verdict in FOR else "undecided"


# ── generated ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

_LEVELS = {
    "export": ("{a}'s exports to {b} were {v} {p}.", "{a} exported {v} of goods to {b} {p}.", "Shipments from {a} to {b} came to {v} {p}."),
    "import": ("{a}'s imports from {b} amounted to {v} {p}.", "{a} bought goods worth {v} from {b} {p}.", "{a} imported {v} from {b} {p}."),
    "total": ("{a}'s trade with {b} totalled {v} {p}.", "Trade between {a} and {b} reached {v} {p}.",
              "{p}, two-way trade between {a} and {b} stood at {v}.")}
_ALONE = {"export": ("{a}'s exports were {v} {p}.", "{a} exported goods worth {v} {p}."),
          "import": ("{a}'s imports came to {v} {p}.", "{a} imported {v} worth of goods {p}."),
          "total": ("{a}'s total trade was {v} {p}.", "Total trade of {a} stood at {v} {p}."),
          "balance": ("{a}'s trade {s} was {v} {p}.", "{a} recorded a trade {s} of {v} {p}.")}
_GROWTHS = {"export": "{a}'s exports to {b} {w} {g} per cent {p}.", "import": "{a}'s imports from {b} {w} {g} per cent {p}.",
            "total": "{a}'s trade with {b} {w} {g} per cent {p}."}
_SIGNS = {"MYR": "RM{}", "USD": "US${}", "CNY": "{} yuan"}
_OTHER = {"export": "import", "import": "export", "total": "export"}


def generated(con: duckdb.DuckDBPyConnection) -> list[Line]:
    """Every series that stands, said in the wordings of its flow; then with another sign, flow or value."""
    rows = con.execute("""
        SELECT reporter, partner, flow, currency, period_start, period_end, value, published_yoy_pct, CAST(released_at AS DATE) AS day
        FROM stats.trade JOIN ref.dataset USING (dataset)
        WHERE product = 'TOTAL' AND breakdown = '-' AND flow IN ('export', 'import', 'total', 'balance') AND abs(value) >= 1000000000
          AND reporter <> partner AND account <> 'statement' AND partner_kind IN ('country', 'world')
          AND (partner <> 'WLD' OR period_start >= DATE '2024-01-01')
        ORDER BY ALL""").fetchall()
    values = {(a, b, f, s, e): Decimal(v) for a, b, f, _, s, e, v, *_ in rows}
    made: list[Line] = []
    for number, (a, b, flow, currency, start, end, value, growth, day) in enumerate(rows):
        when = _period(start, end)
        if when is None or (b != "WLD" and flow == "balance"):
            continue
        ways = _ALONE[flow] if b == "WLD" else _LEVELS[flow]
        slots = {"a": areas.name_of(a), "b": areas.name_of(b), "p": when, "s": "surplus" if value > 0 else "deficit"}

        def text(way: str, amount: Decimal, slots: Mapping[str, str] = slots, currency: str = currency, **more: str) -> str:
            said = way.format(v=_SIGNS[currency].format(f"{abs(amount) / 10**9:,.1f} billion"), **{**slots, **more})
            return said[:1].upper() + said[1:]

        way = ways[number % len(ways)]
        made.append(Line(f"level-{number}", "true", f"generated {flow}", text(way, value), str(day)))
        made.append(Line(f"off-{number}", "wrong", "generated value", text(way, Decimal(value) * Decimal("1.31")), str(day)))
        if flow == "balance":
            made.append(Line(f"sign-{number}", "wrong", "generated sign", text(way, value, s="deficit" if value > 0 else "surplus"),
                             str(day)))
            continue
        other = values.get((a, b, _OTHER[flow], start, end))
        if other is not None and not Decimal("0.7") < other / Decimal(value) < Decimal("1.4"):
            made.append(Line(f"flow-{number}", "wrong", "generated flow", text(way, other), str(day)))
        if growth is not None and abs(growth) >= 2 and b != "WLD":
            for kind, up in (("true", growth > 0), ("wrong", growth < 0)):
                said = _GROWTHS[flow].format(w="rose" if up else "fell", g=f"{abs(growth):.1f}", **slots)
                made.append(Line(f"growth-{kind}-{number}", kind, "generated growth" if kind == "true" else "generated growth sign", said,
                                 str(day)))
    return made


_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def _period(start: object, end: object) -> str | None:
    a, b = str(start), str(end)
    year, first, last = a[:4], int(a[5:7]), int(b[5:7])
    if (first, last) == (1, 12):
        return f"in {year}"
    if first == last:
        return f"in {_MONTHS[first - 1]} {year}"
    return {(1, 3): f"in the first quarter of {year}", (1, 6): f"in the first half of {year}"}.get((first, last))


def table(found: Iterable[Judged]) -> str:
    """How many of each family came out for, against, undecided and unread."""
    counts = Counter(((one.kind, one.line.family), one.outcome) for one in found)
    lines_ = [f"{'':<32}{'n':>6}{'for':>7}{'against':>9}{'undecided':>11}{'unread':>8}"]
    for key in sorted({key for key, _ in counts}):
        row = [counts[key, outcome] for outcome in ("for", "against", "undecided", "unread")]
        lines_.append(f"{' '.join(key):<32}{sum(row):>6}{row[0]:>7}{row[1]:>9}{row[2]:>11}{row[3]:>8}")
    return "\n".join(lines_)


def shares(found: Iterable[Judged]) -> dict[str, dict[Outcome, float]]:
    """By kind, hand-made and generated apart: the share of each outcome."""
    by: dict[str, Counter[Outcome]] = {}
    for one in found:
        by.setdefault(("generated " if one.line.family.startswith("generated") else "") + one.kind, Counter())[one.outcome] += 1
    return {kind: {outcome: count / counts.total() for outcome, count in counts.items()} for kind, counts in by.items()}
