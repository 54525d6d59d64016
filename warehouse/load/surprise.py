"""Gates on changed figures: what a revision may be by the dataset's own measure, and by sums that hold whatever the publisher does.

Reads what the diff laid out for this batch (``changed``, ``incoming``) and, for wholes that the batch does not carry itself, the
present rows of the batch's own periods; never a history. Gates on shares, floors and scale are ``quality``'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.schema.travel import Check

if TYPE_CHECKING:
    import duckdb

    from warehouse.load.staging import Staged
    from warehouse.schema.tables import Table
    from warehouse.schema.travel import Dataset

USUAL_PCT = {"stats.trade": 20.0, "stats.fx_rate": 2.0, "stats.indicator": 20.0}
"""What a dataset revises by where it names no band: first releases of trade move by a few per cent, reference rates hardly."""
BANDS = 4.0
"""So many times the band away is held …"""
LEAST = {"stats.trade": 1.4, "stats.fx_rate": 1.1, "stats.indicator": 1.4}
MOST = 1.9
"""… but never less than the first factor nor more than the second: a figure that doubles is held whatever the band."""
LAST_DIGITS = 20
"""Figures of at most this many units of their last printed digit are left alone: 0.3 becomes 0.7 by rounding and a late form."""
SLIP = 300.0
"""A factor from which a slip of units is likelier than anything else."""
CONTRADICTS = 2.0
"""A growth and its figures contradict each other from this factor on: what they are measured against may have been revised since."""
COLLAPSED_PCT = -95
"""Below it a growth of one decimal says little of what it was measured against."""
NAMED = 3
FEW = 0.1
"""Share of the new parts of a table that may be more than their whole and still be taken for slips; one or two always are."""


def surprises(con: duckdb.DuckDBPyConnection, table: Table, dataset: Dataset) -> list[Check]:
    """What holds a load for its revisions, the largest surprise first in each."""
    found = _factors(con, table, dataset)
    if table.name == "stats.trade":
        found += [*_growth_below_nothing(con), *_growth_against_levels(con, table), *_parts(con, table), *_totals(con, table)]
    return found


def _limit(table: Table, dataset: Dataset) -> tuple[float, float]:
    """The usual revision in per cent, and the factor from which one is held."""
    usual = dataset.revision_band_pct or USUAL_PCT[table.name]
    return usual, min(MOST, max(LEAST[table.name], 1 + BANDS * usual / 100))


def _spanned(con: duckdb.DuckDBPyConnection, rows: str, *, years_before: int = 0) -> str | None:
    """Where the periods of some of the changed rows begin, or of those so many years before, as a condition on ``period_start``: with it
    no file of other periods is opened. None where there are no such rows.
    """
    first, last = con.execute(f"SELECT min(period_start), max(period_start) FROM changed AS c WHERE {rows}").fetchall()[0]
    if first is None:
        return None
    bounds = (f"CAST(DATE '{day}' - INTERVAL {years_before} YEAR AS DATE)" for day in (first, last))
    return f"period_start BETWEEN {' AND '.join(bounds)}"


def _label(table: Table, side: str = "") -> str:
    """A changed row for people: the parts of its key that say which figure it is."""
    parts = [name for name in ("reporter", "partner", "base", "quote", "area", "flow", "indicator", "product") if name in table.key]
    shown = ", ".join(f"nullif(nullif({side}{name}, '-'), 'TOTAL')" for name in parts)
    return f"concat_ws(' ', {shown}, CAST({side}period_start AS VARCHAR), 'to', CAST({side}period_end AS VARCHAR))"


_MEASURED = """(flow <> 'balance' OR (sign(o_value) <> sign(i_value) AND NOT EXISTS (
  SELECT 1 FROM incoming n WHERE n.flow IN ('export', 'import') AND n.partner = changed.partner AND n.product = changed.product
    AND n.breakdown = changed.breakdown AND n.currency = changed.currency AND n.period_start = changed.period_start
    AND n.period_end = changed.period_end)))"""
"""What a factor measures: of balances only the sign, and only where no exports and imports stand beside it to prove it."""


def _factors(con: duckdb.DuckDBPyConnection, table: Table, dataset: Dataset) -> list[Check]:
    """Revised by a factor that the dataset does not revise by; a balance is measured by the trade that it is the difference of."""
    usual, limit = _limit(table, dataset)
    measures = {"stats.trade": ("value", "quantity", "net_weight_kg"), "stats.fx_rate": ("rate",), "stats.indicator": ("value",)}
    digit = f"{LAST_DIGITS} * i_unit_multiplier / pow(10, i_decimals)"
    small = {"value": digit, "quantity": "20", "net_weight_kg": "20"} if table.name == "stats.trade" else {}
    ours = _MEASURED if table.name == "stats.trade" else "unit NOT LIKE '%pct%' AND unit NOT LIKE '%cent%' AND unit <> '%'" \
        if table.name == "stats.indicator" else "true"
    every = " UNION ALL ".join(f"""
        SELECT {_label(table)} AS figure, '{name}' AS measure, CAST(o_{name} AS DOUBLE) AS o, CAST(i_{name} AS DOUBLE) AS i
        FROM changed WHERE what = 'revised' AND {ours} AND o_{name} <> 0 AND i_{name} IS NOT NULL
          AND greatest(abs(o_{name}), abs(i_{name})) > {small.get(name, '0')}""" for name in measures[table.name])
    rows = con.execute(f"""
        SELECT figure, measure, o, i, factor, count(*) OVER () AS many FROM (
          SELECT *, CASE WHEN i = 0 OR sign(i) <> sign(o) THEN 'infinity'::DOUBLE ELSE greatest(i / o, o / i) END AS factor FROM ({every}))
        WHERE factor >= {limit} ORDER BY factor DESC, figure LIMIT {NAMED}""").fetchall()
    if not rows:
        return []
    said = "; ".join(f"{figure}{'' if measure in ('value', 'rate') else f' ({measure})'}: {_number(o)} → {_number(i)}, {_change(o, i)}"
                     for figure, measure, o, i, _, _ in rows)
    many = rows[0][-1]
    slip = ": a slip of units?" if SLIP <= rows[0][4] < float("inf") else ""
    return [Check("scale", "fail", f"{many} figures changed by a factor of {limit:.1f} or more", f"revisions of up to {usual:g} %",
                  f"{said}{f' and {many - NAMED} more' if many > NAMED else ''}, where revisions of up to {usual:g} % are usual{slip}")]


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1e9 else f"{value:,.12g}"


def _change(old: float, new: float) -> str:
    if new == 0:
        return "a change to nothing"
    if (new < 0) != (old < 0):
        return "a change of sign"
    factor = max(new / old, old / new)
    return f"a change of {'×' if abs(new) > abs(old) else '÷'}" + (
        f"{factor:.2f}" if factor < 1.995 else f"{factor:.1f}" if factor < 9.95 else f"{factor:,.0f}")


def _growth_below_nothing(con: duckdb.DuckDBPyConnection) -> list[Check]:
    """Nothing but a balance falls by more than all of it."""
    rows, lowest = con.execute("""
        SELECT count(*), min(least(coalesce(i_published_yoy_pct, 0), coalesce(i_published_mom_pct, 0))) FROM changed
        WHERE what IN ('new', 'revised', 'annotated', 'restored') AND flow <> 'balance'
          AND (i_published_yoy_pct < -100 OR i_published_mom_pct < -100)
          AND NOT (i_published_yoy_pct IS NOT DISTINCT FROM o_published_yoy_pct
                   AND i_published_mom_pct IS NOT DISTINCT FROM o_published_mom_pct)""").fetchall()[0]
    if not rows:
        return []
    return [_below(rows, lowest)]


def impossible(con: duckdb.DuckDBPyConnection, staged: Staged, table: Table) -> list[Check]:
    """What holds a first load too: growths below −100 % and, among indicators, shares outside of 0 to 100 %."""
    if table.name == "stats.trade":
        printed = [name for name in ("published_yoy_pct", "published_mom_pct") if name in staged.columns]
        wrong = " OR ".join(f"{name} < -100" for name in printed)
        found = con.execute(f"SELECT count(*), min(least({', '.join(f'coalesce({name}, 0)' for name in printed)})) FROM incoming "
                            f"WHERE flow <> 'balance' AND ({wrong})").fetchall()[0] if printed else (0, None)
        return [_below(*found)] if found[0] else []
    if table.name != "stats.indicator":
        return []
    per_cent = "(unit ILIKE '%pct%' OR unit ILIKE '%cent%' OR contains(unit, '%'))"
    checks = []
    for subject, word, wrong, expected in (("share", "share", "value > 100 OR value < 0", "0 to 100 %"),
                                           ("least", "growth", "value < -100", "at least −100 %")):
        many, figure, value = con.execute(f"""
            SELECT count(*), arg_max({_label(table)}, abs(value)), arg_max(value, abs(value))::DOUBLE FROM incoming
            WHERE {per_cent} AND indicator ILIKE '%{word}%' AND ({wrong})""").fetchall()[0]
        if many:
            checks.append(Check(word, "fail", f"{many} outside", expected,
                                f"{figure} is {value:,.12g} %: a {word} is {expected}", subject=subject))
    return checks


def _below(rows: int, lowest: object) -> Check:
    return Check("growth", "fail", f"{rows} printed growths below −100 %, such as {lowest} %", "at least −100 %",
                 f"{rows} rows print a growth below −100 %, such as {lowest} %: no flow falls by more than all of it", subject="least")


def _growth_against_levels(con: duckdb.DuckDBPyConnection, table: Table) -> list[Check]:
    """A printed growth that changed, or whose figure did, against the figure of a year or a month before; where that is not there,
    against what the growth and figure printed till now were measured from.

    What a growth is measured from may have been revised since, so only a contradiction by a factor of two counts.
    """
    for name, back in (("published_yoy_pct", "1 YEAR"), ("published_mom_pct", "1 MONTH")):
        if found := _growth_against_its_base(con, table, name, back):
            return found
    return []


def _growth_against_its_base(con: duckdb.DuckDBPyConnection, table: Table, name: str, back: str) -> list[Check]:
    same = " AND ".join(f"p.{key} = c.{key}" for key in table.key if key not in ("period_start", "period_end"))
    before = (f"p.period_start = c.period_start - INTERVAL {back} AND p.period_end = last_day(c.period_end - INTERVAL {back}) "
              "AND p.value > 0")
    seen = f"{LAST_DIGITS} * i_unit_multiplier / pow(10, i_decimals)"
    grown = (f"what IN ('revised', 'annotated') AND flow <> 'balance' AND i_{name} >= -100 AND i_value > {seen} "
             f"AND (i_{name} IS DISTINCT FROM o_{name} OR i_value IS DISTINCT FROM o_value)")
    spanned = _spanned(con, grown, years_before=1)
    if spanned is None:
        return []
    rows = con.execute(f"""
        WITH c AS (SELECT *, o_value::DOUBLE / nullif(1 + o_{name}::DOUBLE / 100, 0) AS implied FROM changed WHERE {grown}),
        base AS (
          SELECT c.*, coalesce((SELECT any_value(p.value) FROM incoming p WHERE {same} AND {before}),
                               (SELECT any_value(p.value) FROM present p WHERE {same} AND {before} AND p.{spanned}))::DOUBLE AS level
          FROM c),
        told AS (SELECT {_label(table)} AS figure, i_{name} AS printed, o_{name} AS printed_before, 100 * (i_value / b - 1) AS counted,
                   level IS NOT NULL AS both_there, (1 + i_{name}::DOUBLE / 100) / (i_value::DOUBLE / b) AS ratio,
                   (1 + o_{name}::DOUBLE / 100) / (o_value::DOUBLE / b) AS ratio_before
                 FROM (SELECT *, coalesce(level, CASE WHEN o_{name} > {COLLAPSED_PCT} AND implied > {seen} THEN implied END) AS b FROM base)
                 WHERE b IS NOT NULL)
        SELECT figure, printed, printed_before, counted, both_there, count(*) OVER () FROM told
        WHERE NOT ratio BETWEEN {1 / CONTRADICTS} AND {CONTRADICTS}
          AND coalesce(ratio_before BETWEEN {1 / CONTRADICTS} AND {CONTRADICTS}, true)
        ORDER BY abs(printed - counted) DESC, figure LIMIT 1""").fetchall()
    if not rows:
        return []
    figure, printed, printed_before, counted, both_there, many = rows[0]
    against = "its figures make" if both_there else f"by the {printed_before} % printed for it before, its figures make"
    return [Check("growth", "fail", f"{many} printed growths contradict their figures", "in line with the two figures",
                  f"{figure} prints a growth of {printed} %, {against} {counted:,.1f} %"
                  f"{f' (and {many - 1} more)' if many > 1 else ''}", subject="levels")]


def _parts(con: duckdb.DuckDBPyConnection, table: Table) -> list[Check]:
    """A changed figure of a partner, a product or a kind of export against its whole: the world, all products, all exports.

    Of new figures it must be a few: where many are more than what stands for their whole, that is no whole of theirs.
    """
    flows = "MAP {'domestic-export': 'export', 're-export': 'export', 'retained-import': 'import'}"
    wholes = (("partner", "'WLD'", "c.partner <> 'WLD'"), ("product", "'TOTAL'", "c.product <> 'TOTAL'"),
              ("flow", f"{flows}[c.flow]", f"map_contains({flows}, c.flow)"))
    figures = "what IN ('revised', 'new', 'restored') AND flow <> 'balance' AND i_value > 0"
    free = {"partner": ("valuation",), "product": ("classification", "valuation"), "flow": ("valuation",)}
    found = []
    for part, whole, applies in wholes:
        spanned = _spanned(con, f"{figures} AND {applies}")
        if spanned is None:
            continue
        same = " AND ".join([f"w.{name} = c.{name}" for name in table.key if name not in (part, *free[part])]
                            + [f"w.{part} = {whole}"])
        rows = con.execute(f"""
            WITH c AS (SELECT * FROM changed c WHERE {figures} AND {applies}),
            told AS (SELECT c.*, coalesce((SELECT max(w.value) FROM incoming w WHERE {same}),
                                          (SELECT max(w.value) FROM present w WHERE {same} AND w.{spanned}))::DOUBLE AS whole FROM c),
            more AS (SELECT *, i_value::DOUBLE > 1.01 * whole + 2 * i_unit_multiplier AS too_much FROM told WHERE whole IS NOT NULL)
            SELECT {_label(table)}, i_value::DOUBLE, whole, count(*) OVER () FROM more
            WHERE too_much AND NOT coalesce(o_value::DOUBLE > 1.01 * whole + 2 * i_unit_multiplier, false)
              AND (what = 'revised' OR (
                SELECT count(*) FILTER (too_much) <= greatest(2, {FEW} * count(*)) FROM more WHERE what <> 'revised'))
            ORDER BY i_value::DOUBLE / nullif(whole, 0) DESC NULLS FIRST LIMIT 1""").fetchall()
        if rows:
            figure, value, all_of_it, many = rows[0]
            share = f"{100 * value / all_of_it:,.0f} %" if all_of_it else "more than all"
            found.append(Check("parts", "fail", f"{many} figures are more than their whole", "at most the whole",
                               f"{figure} is {value:,.0f}, {share} of the {part}'s whole ({all_of_it:,.0f})", subject=part))
    return found


def _totals(con: duckdb.DuckDBPyConnection, table: Table) -> list[Check]:
    """Exports and imports make the total, and their difference the balance, wherever one of the row was revised."""
    same = [name for name in table.key if name not in ("flow", "valuation")]
    on = " AND ".join(f"n.{name} = c.{name}" for name in same)
    rows = con.execute(f"""
        WITH c AS (SELECT DISTINCT {', '.join(same)} FROM changed
                   WHERE what = 'revised' AND flow IN ('export', 'import', 'total', 'balance')),
        sums AS (
          SELECT {', '.join(f'n.{name}' for name in same)}, sum(value) FILTER (flow = 'export') AS x,
            sum(value) FILTER (flow = 'import') AS m, sum(value) FILTER (flow = 'total') AS t, sum(value) FILTER (flow = 'balance') AS b,
            2 * max(n.unit_multiplier / pow(10, n.decimals)) AS slack
          FROM incoming n SEMI JOIN c ON {on} GROUP BY ALL)
        SELECT {_label(table).replace('flow', 'NULL')}, x::DOUBLE, m::DOUBLE, t::DOUBLE, b::DOUBLE, count(*) OVER () FROM sums
        WHERE abs(x + m - t) > slack OR abs(x - m - b) > slack
        ORDER BY greatest(coalesce(abs(x + m - t), 0), coalesce(abs(x - m - b), 0)) DESC LIMIT 1""").fetchall()
    if not rows:
        return []
    figure, x, m, t, b, many = rows[0]
    stands = f"a total of {t:,.0f}" if t is not None and (b is None or abs(x + m - t) >= abs(x - m - b)) else f"a balance of {b:,.0f}"
    return [Check("totals", "fail", f"{many} revised rows do not add up", "exports, imports, total and balance agree within rounding",
                  f"{figure}: exports of {x:,.0f} and imports of {m:,.0f} stand beside {stands}")]
