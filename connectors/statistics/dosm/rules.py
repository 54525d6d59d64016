"""What DOSM's two CSV files share: limits, sums that must hold, provisional months, and what may be called complete.

Pure. The files' own columns live in ``headline`` and ``sitc``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.formats.delimited import Delimited, Line, raw_of
from warehouse.schema.errors import Incomplete, PublisherError, SchemaDrift
from warehouse.schema.travel import Check, Document, Rejected, Value

ZONE = ZoneInfo("Asia/Kuala_Lumpur")
NOT_BEGUN = "period"
"""Rule by which a line of a month to come is set aside: it is no row of the dataset."""

LARGEST = Decimal(10) ** 17
"""What ``stats.trade.value`` can hold; a month of Malaysia's trade is about 3 x 10^11 ringgit."""

LEAST_IN_RM = Decimal(10) ** 9
"""Malaysia's trade of a month was over RM 20 bn from 2000 on, so less, in all months of a file, is no ringgit."""

DRIFT_SHARE = Decimal("0.2")
"""Where a sum fails in more months than this, the columns are not what their names say."""


@dataclass(frozen=True)
class Identity:
    """A sum that the columns' definitions demand in every month: the terms, each times its sign, come to nothing."""

    says: str
    terms: Mapping[str, int]


def identity_checks(identities: Sequence[Identity], values: Mapping[tuple[date, date, str], Decimal], *,
                    tolerance: Decimal, dataset: str, url: str) -> list[Check]:
    """One check for each identity over the months that hold all of its terms.

    ``tolerance`` is what rounding of the printed terms can add up to. A month that fails warns; more than
    ``DRIFT_SHARE`` of the months raise SchemaDrift.
    """
    months = sorted({(start, end) for start, end, _ in values})
    checks: list[Check] = []
    for identity in identities:
        gaps: list[tuple[date, Decimal]] = []
        for start, end in months:
            terms = [(values.get((start, end, column)), sign) for column, sign in identity.terms.items()]
            held = [value * sign for value, sign in terms if value is not None]
            if len(held) == len(terms):
                gaps.append((start, abs(sum(held, Decimal(0)))))
        failing = [(start, gap) for start, gap in gaps if gap > tolerance]
        if failing and len(failing) > DRIFT_SHARE * len(gaps):
            first, gap = failing[0]
            raise SchemaDrift(f"{identity.says} fails in {len(failing)} of {len(gaps)} months, first in {first:%Y-%m} "
                              f"by {gap}: the columns are not what their names say", dataset=dataset, url=url)
        checks.append(Check(
            check="identity", level="warn" if failing else "info",
            observed=f"{len(failing)} of {len(gaps)} months differ" + "".join(
                f"; {start:%Y-%m} by {gap}" for start, gap in failing[:5]),
            expected=f"at most {tolerance} apart", said=identity.says, subject=identity.says,
        ))
    return checks


def added_columns(table: Delimited, known: Sequence[str]) -> list[Check]:
    """A warning where the header has columns nobody has seen; they are tolerated and not read."""
    added = table.added(known)
    if not added:
        return []
    return [Check(check="columns", level="warn", observed=", ".join(added), expected=", ".join(known),
                  said="The file has new columns, which are not read.")]


def of_other_width(table: Delimited) -> list[Rejected]:
    """Records with more or fewer cells than the header: which cell is which cannot be told."""
    return [
        Rejected(f"line {line.number}", "width", f"{len(line.cells)} cells, {len(table.header)} columns", raw_of(line))
        for line in table.ragged
    ]


def nothing_read(rejected: Sequence[Rejected], *, dataset: str, url: str) -> PublisherError:
    """The error for a file that gave not one figure, so that it never becomes a silent empty frame."""
    if rejected:
        said = f"not one figure could be read; the first reason: {rejected[0].reason}"
        return SchemaDrift(said, dataset=dataset, url=url)
    return Incomplete("the file holds no figures", dataset=dataset, url=url)


def asked_on(document: Document) -> date:
    """The day on which a file was fetched, in Malaysia: no month that begins after it has figures."""
    return document.fetch.asked_at.astimezone(ZONE).date()


def to_come(printed: Iterable[date], asked: date, counted: Callable[[date], bool]) -> frozenset[date]:
    """Months at the end of a file that are not data: those that begin after the day of the fetch, and the run of months before
    them in which nothing is counted (the file's zeros for months that are not out yet)."""
    months = sorted(set(printed))
    last = max((month for month in months if month <= asked and counted(month)), default=None)
    return frozenset(month for month in months if month > asked or (last is not None and month > last))


def set_aside(line: Line, where: str, month: date, asked: date) -> Rejected:
    """A line of a month that has not begun, by name."""
    return Rejected(where, NOT_BEGUN, f"{month:%Y-%m} begins after the day of the fetch ({asked}): no figure can cover it yet",
                    raw_of(line))


def newest(count: int, months: Iterable[date]) -> frozenset[date]:
    """The newest months of the file, which DOSM calls provisional: its metadata says so of the most recent two (seen
    2026-08-23), and the file itself carries no mark."""
    return frozenset(sorted(set(months))[-count:])


def constants(dataset: str, *, unit_multiplier: int, decimals: int) -> dict[str, Value]:
    """Columns with one value for every row of DOSM's files: Malaysia with the world, in ringgit, by month."""
    return {
        "dataset": dataset, "reporter": "MYS", "partner": "WLD", "partner_kind": "world", "currency": "MYR",
        "unit_multiplier": unit_multiplier, "decimals": decimals,
    }
