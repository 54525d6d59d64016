"""Two printings of one figure: whether they agree, and which is the finer. SQL expressions; the steps are ``diff``'s.

One release may be printed twice, with eight decimals in a workbook and with one on a page. Both say the same where they
differ by at most half a unit of the coarser one's last printed digit; then no version begins, and the finer is kept.

How finely ``stats.trade.value`` is printed stands beside it (``unit_multiplier``, ``decimals``). Of the other numbers it follows
from the load that brought them: the last digit that any row of it has. Fewer than ``ENOUGH`` numbers prove nothing (12.3 may be
12.30 with its nought lost), so they are taken as exact, and a real revision is never passed over.
"""

from __future__ import annotations

from warehouse.schema.tables import Table

ENOUGH = 10
"""Numbers of a column that must end with the same digit at the latest before that is how finely they are printed."""
UNKNOWN = -99
"""Exponent of the last digit where nobody knows how finely a number is printed: exact."""
HAIR = 1 + 1e-9
"""Half a unit in binary may be a hair less than half a unit."""
DERIVED_SLACK = 3
"""A derived figure is the sum of two that were rounded: it may miss the printed one by three roundings."""


def inferred(table: Table) -> list[str]:
    """Compared numbers without decimals of their own."""
    numbers = ("value", "rate", "quantity", "net_weight_kg", "published_yoy_pct", "published_mom_pct")
    return [name for name in table.compared if name in numbers and not (name == "value" and "decimals" in table.columns)]


def exponent(column: str) -> str:
    """Exponent of the last digit that is not nought: −2 for 12.34, 3 for 45000; null for nought and for what has no digits."""
    text = f"CAST({column} AS VARCHAR)"
    fraction = f"rtrim(split_part({text}, '.', 2), '0')"
    whole = f"split_part({text}, '.', 1)"
    return (f"CASE WHEN {column} IS NULL OR {column} = 0 THEN NULL WHEN contains({text}, 'e') THEN {UNKNOWN} "
            f"WHEN {fraction} <> '' THEN -length({fraction}) ELSE length({whole}) - length(rtrim({whole}, '0')) END")


def digits_of(columns: list[str], source: str) -> str:
    """For each load of a relation, how finely it prints each of these columns."""
    shown = ", ".join(f"CASE WHEN count(nullif({name}, 0)) >= {ENOUGH} THEN min({exponent(name)}) ELSE {UNKNOWN} END AS {name}"
                      for name in columns)
    return f"SELECT load_id, {shown} FROM {source} GROUP BY load_id"


def step(side: str) -> str:
    """One unit of the last printed digit of a trade value, in currency units."""
    return f"({side}unit_multiplier::DOUBLE / pow(10, {side}decimals))"


def finer_value(one: str, other: str) -> str:
    """Whether one trade value is printed more finely; a derived one is coarser than any that is printed."""
    derived, theirs = (f"contains({side}flags, 'derived=')" for side in (one, other))
    return f"CASE WHEN {derived} = {theirs} THEN {step(one)} < {step(other)} * (1 - 1e-9) ELSE {theirs} END"


def agree(table: Table, name: str, one: str, other: str, half: str | None) -> str:
    """Whether a compared column says the same on both sides. ``half`` is what an inferred column leaves room for, if known."""
    same = f"{one}{name} IS NOT DISTINCT FROM {other}{name}"
    if name == "flags":
        # How it was come by and who belongs to a group is said beside the figure, not of it.
        bare = [f"ltrim(regexp_replace({side}flags, '(^|;)(derived|members)=[^;]*', '', 'g'), ';')" for side in (one, other)]
        return f"{bare[0]} IS NOT DISTINCT FROM {bare[1]}"
    if name == "value" and "decimals" in table.columns:
        slack = f"CASE WHEN contains({one}flags, 'derived=') OR contains({other}flags, 'derived=') THEN {DERIVED_SLACK} ELSE 1 END"
        half = f"greatest({step(one)}, {step(other)}) / 2 * {slack}"
    if half is None:
        return same
    return f"({same} OR abs({one}{name}::DOUBLE - {other}{name}::DOUBLE) <= {half} * {HAIR!r})"
