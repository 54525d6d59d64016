"""Statements made from the figures of a lake, and the same statements spoilt: what a check must and must not support.

The official figures are the lake's own; the statements are generated, with their seed, and are nobody's.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

import duckdb

from warehouse.claims.model import Claim, Written

SIZES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1, ""))
HEDGES = {"nearly": ROUND_UP, "almost": ROUND_UP, "over": ROUND_DOWN, "more than": ROUND_DOWN, "about": ROUND_HALF_UP,
          "around": ROUND_HALF_UP}
FLIPPED = {"export": "import", "import": "export", "total": "export", "balance": "import"}
Series = tuple[str, str, str, str]


@dataclass(frozen=True)
class Generated:
    """A statement and what was done to it."""

    claim: Claim
    how: str
    released: Any
    latest: bool
    """Made from a figure that stands today (not only from an earlier version)."""


@dataclass(frozen=True)
class Figures:
    """The lake's figures by series and period, for knowing whether a spoilt statement is true by accident."""

    by_series: dict[Series, dict[str, list[Decimal]]]
    rows: list[dict[str, Any]]

    def of(self, claim: Claim) -> list[Decimal]:
        series = (claim.reporter or "", claim.partner or "", claim.flow or "", claim.unit)
        return self.by_series.get(series, {}).get(claim.period or "", [])

    def maybe_true(self, claim: Claim) -> bool:
        """Whether any version of the named series is near enough that the statement may hold."""
        return any(abs(value - claim.value) <= abs(claim.value) * Decimal("0.55" if claim.hedge in ("over", "more than") else "0.15")
                   for value in self.of(claim))


def figures(con: duckdb.DuckDBPyConnection) -> Figures:
    result = con.execute("""
        SELECT reporter, partner, flow, currency, period_start, period_end, value, unit_multiplier, decimals, published_yoy_pct,
          realtime_start, realtime_end IS NULL AND chain_rank = max(chain_rank) OVER (
            PARTITION BY chain, reporter, partner, flow, currency, period_start, period_end) AS latest, chain, dataset
        FROM mart.versions JOIN ref.dataset USING (dataset)
        WHERE product = 'TOTAL' AND breakdown = '-' AND flow IN ('export', 'import', 'total', 'balance') AND value <> 0
          AND reporter <> partner AND NOT contains(flags, 'bound=') AND ended_by NOT IN ('reread', 'undone')
        ORDER BY ALL""")
    names = [column[0] for column in result.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    series: dict[Series, dict[str, list[Decimal]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        series[row["reporter"], row["partner"], row["flow"], row["currency"]][_period(row)].append(Decimal(row["value"]))
    return Figures(series, rows)


def _period(row: dict[str, Any]) -> str:
    start, end = row["period_start"], row["period_end"]
    if (start.month, end.month, start.year) == (1, 12, end.year):
        return str(start.year)
    return f"{start:%Y-%m}" if (start.year, start.month) == (end.year, end.month) else f"{start:%Y-%m}/{end:%Y-%m}"


def _written(value: Decimal, digits: int, rounding: str) -> tuple[Decimal, Written]:
    """A value with so many significant digits, as a text writes it."""
    size, word = next((s, w) for s, w in SIZES if abs(value) >= s or s == 1)
    mantissa = abs(value) / size
    decimals = max(0, digits - len(str(int(mantissa))))
    rounded = mantissa.quantize(Decimal(1).scaleb(-decimals), rounding=rounding)
    text = f"{rounded:,}" + (f" {word}" if word else "")
    return rounded * size * (1 if value > 0 else -1), Written(text, rounded * size, decimals, size)


def true_statements(known: Figures, seed: int, count: int) -> Iterator[Generated]:
    """Rounded, truncated and hedged statements of levels, balances and growths, drawn from all series alike."""
    draw = random.Random(seed)
    for _ in range(count):
        row = draw.choice(known.rows)
        base = {"reporter": row["reporter"], "partner": row["partner"], "flow": row["flow"], "period": _period(row)}
        if row["published_yoy_pct"] is not None and abs(row["published_yoy_pct"]) >= 1 and draw.random() < 0.3:
            yield _growth(row, base, draw)
            continue
        printed = len(str(abs(int(row["value"] / row["unit_multiplier"])))) + row["decimals"]
        digits = min(draw.randint(2, 5), printed)
        value = Decimal(row["value"])
        how = draw.choice(["rounded", "half even", "truncated", *HEDGES])
        rounding = HEDGES.get(how) or {"rounded": ROUND_HALF_UP, "half even": ROUND_HALF_EVEN, "truncated": ROUND_DOWN}[how]
        said, number = _written(value, max(digits, 3) if how in ("nearly", "almost") else digits, rounding)
        claim = Claim("balance" if row["flow"] == "balance" else "level", f"{number.text} {row['currency']}", 0, 0, number, said,
                      row["currency"], hedge=how if how in HEDGES else None, **base)
        yield Generated(claim, how, row["realtime_start"], row["latest"])


def _growth(row: dict[str, Any], base: dict[str, Any], draw: random.Random) -> Generated:
    growth = Decimal(row["published_yoy_pct"])
    how = draw.choice(["rounded", "truncated"])
    decimals = draw.choice([0, 1])
    size = abs(growth).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP if how == "rounded" else ROUND_DOWN)
    claim = Claim("change", f"{size} per cent", 0, 0, Written(f"{size} per cent", size, decimals, 1), size, "percent", basis="yoy",
                  direction="up" if growth > 0 else "down", **base)
    return Generated(claim, f"growth {how}", row["realtime_start"], row["latest"])


def spoilt(made: Generated, known: Figures, draw: random.Random) -> Iterator[Generated]:
    """The statement with one thing changed; what is true by accident is left out."""
    claim = made.claim
    changed: list[tuple[str, Claim]] = [("commodity", replace(claim, commodity=draw.choice(["palm oil", "electrical products"])))]
    if claim.kind == "change":
        if claim.value >= 2:
            changed.append(("sign", replace(claim, direction="down" if claim.direction == "up" else "up")))
        steps = claim.written.unit_of_last_digit * draw.randint(4, 9) + Decimal("0.5")
        changed.append(("beyond", _moved(claim, claim.value + steps)))
    else:
        if claim.kind == "balance":
            changed.append(("sign", replace(claim, value=-claim.value)))
        changed.append(("flow", replace(claim, flow=FLIPPED[claim.flow or ""], kind="level", value=abs(claim.value))))
        partners = sorted({p for r, p, f, c in known.by_series if (r, f, c) == (claim.reporter, claim.flow, claim.unit)} - {claim.partner})
        if partners:
            changed.append(("partner", replace(claim, partner=draw.choice(partners))))
        series = known.by_series[claim.reporter or "", claim.partner or "", claim.flow or "", claim.unit]
        others = sorted(set(series) - {claim.period or ""})
        if others:
            changed.append(("period", replace(claim, period=draw.choice(others))))
        power = Decimal(10) ** draw.choice([3, -3, 6])
        size = Decimal(claim.written.multiplier) * power
        changed.append(("scale", replace(claim, value=claim.value * power, written=replace(
            claim.written, value=claim.written.value * power, multiplier=int(size) if size >= 1 else 1,
            decimals=claim.written.decimals if size >= 1 else claim.written.decimals + 3))))
        steps = claim.written.unit_of_last_digit * draw.randint(2, 9) + abs(claim.value) * Decimal("0.11" if claim.hedge else "0.03")
        away = steps if claim.hedge in ("over", "more than") else steps * draw.choice([1, -1])
        if claim.hedge in ("nearly", "almost"):
            away = -steps
        moved = _moved(claim, abs(claim.value) + away)
        if moved.value > 0:
            changed.append(("beyond", replace(moved, value=moved.value if claim.value > 0 else -moved.value)))
    for how, one in changed:
        if how in ("flow", "partner", "period") and known.maybe_true(one):
            continue
        if how == "beyond" and any(abs(v) and abs(abs(v) - abs(one.value)) / abs(v) < Decimal("0.025") for v in known.of(one)):
            continue
        yield Generated(one, how, made.released, made.latest)


def _moved(claim: Claim, value: Decimal) -> Claim:
    unit = claim.written.unit_of_last_digit
    steps = (value / unit).to_integral_value()
    number = steps * unit
    mantissa = number / claim.written.multiplier
    return replace(claim, value=number, written=replace(claim.written, value=number, text=f"{mantissa:,}"))


def table(counts: Counter[tuple[str, str]]) -> str:
    """Verdicts by what was done."""
    kinds = sorted({how for how, _ in counts})
    lines = []
    for how in kinds:
        mine = {verdict: n for (h, verdict), n in counts.items() if h == how}
        lines.append(f"{how:<18} {sum(mine.values()):>5}   " + ", ".join(f"{v} {n}" for v, n in sorted(mine.items(), key=lambda p: -p[1])))
    return "\n".join(lines)
