"""Gates: what fails a load, what holds it for a person, and what is only said (DESIGN §4, rules 5 to 7).

Floors and quarantine share fail; a surprising revision (``surprise``), a jump in scale, a mass withdrawal of rows or cells, a step
back in time or a flipped balance are held; moved columns are reported. Rules on single rows are the contracts'; the diff is ``commit``'s.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from warehouse.load.surprise import impossible, surprises
from warehouse.schema.errors import Incomplete, SchemaDrift
from warehouse.schema.tables import FIGURES, TABLES
from warehouse.schema.travel import Check, Dataset

if TYPE_CHECKING:
    import duckdb

    from warehouse.load.staging import Staged
    from warehouse.schema.tables import Table

QUARANTINE_SHARE = 0.05
"""More rows set aside than this, and the parser no longer understands the document."""
WITHDRAWN_SHARE = 0.10
"""More of a scope gone than this is held: publishers withdraw cells, not tables."""
WITHDRAWN_LEAST = 12
"""… unless it is this few rows: one partner of a page is six."""
LINE_LEAST = 2
"""Rows that a line of growths stands for: a single one is a publisher's own mark."""
SCALE_JUMP = 2.5
"""Powers of ten: a slip of units is 10^3 or 10^4, a real month-on-month change far smaller."""
SCALE_ROWS = 3
"""Rows that must agree before a new period is compared with the one before it."""
SCALE_SAMPLE = 20_000
"""About so many series of a large batch are compared: a slip of units is in all of them."""
SCALE_ENOUGH = 1_000
"""Series found in a span of the past after which no earlier one is read …"""
SCALE_SPANS = (31, 366, None)
"""… of these, in days before the new period: a month, a year, and all there is. Whatever lies outside of
a span is passed over by the files' own statistics, so that a new period costs the one before it and not the years before that."""


def floors(staged: Staged, dataset: Dataset) -> None:
    """Raise Incomplete below the dataset's least rows, partners or periods; SchemaDrift past the quarantine share.

    A reconstructed document and an excerpt are partial by declaration: they must have one row.
    """
    if staged.rows_rejected > QUARANTINE_SHARE * staged.rows_read:
        first = next(staged.rejected())
        raise SchemaDrift(f"{staged.rows_rejected} of {staged.rows_read} rows could not be understood, first {first.locator}: "
                          f"{first.reason}", dataset=staged.dataset, url=staged.fetch.url)
    whole = staged.fetch.whole
    least_rows = dataset.floor_rows * (staged.spans or 1)
    # An article has no period, and a release no partner.
    columns = TABLES[staged.table].columns
    for had, least, what in ((staged.rows_good, least_rows if whole else 1, "rows"),
                             (staged.partners, dataset.floor_partners if whole and "partner" in columns else 0, "partners"),
                             (staged.periods, dataset.floor_periods if whole and "period_end" in columns else 0, "periods")):
        if had < least:
            way_out = "; of an excerpt: entrepot import --part" if staged.fetch.origin_kind == "imported" else ""
            raise Incomplete(f"{had} {what} where at least {least} are expected: nothing was stored{way_out}", dataset=staged.dataset,
                             url=staged.fetch.url)


def refuse_twice(staged: Staged, key: dict[str, object]) -> NoReturn:
    """The same key in two chunks of one document."""
    raise SchemaDrift(f"the document has {key} twice", dataset=staged.dataset, url=staged.fetch.url)


def drift(staged: Staged, before: tuple[str, ...]) -> list[Check]:
    """Columns added, removed, renamed or moved since the last load of the dataset; a report, never a refusal."""
    now = tuple(staged.columns_seen)
    if not before or not now or before == now:
        return []
    added, removed = [c for c in now if c not in before], [c for c in before if c not in now]
    parts = []
    renamed = [(old, new) for old in removed for new in added if before.index(old) == now.index(new) and len(before) == len(now)]
    for old, new in renamed:
        parts.append(f"renamed or replaced {old} → {new}")
    parts += [f"added {c}" for c in added if c not in {new for _, new in renamed}]
    parts += [f"removed {c}" for c in removed if c not in {old for old, _ in renamed}]
    common_before, common_now = [c for c in before if c in now], [c for c in now if c in before]
    parts += [f"moved {c}" for c, d in zip(common_now, common_before, strict=True) if c != d][:4]
    return [Check("drift", "warn", ", ".join(now), ", ".join(before), f"columns changed: {'; '.join(parts)}")]


def plausibility(con: duckdb.DuckDBPyConnection, staged: Staged, table: Table, dataset: Dataset, *, compared: bool, more: bool,
                 ) -> list[Check]:
    """What holds a load: one failed check each, with what was seen and what was expected.

    Reads the temporary tables of the diff: ``incoming`` and, where it was ``compared`` with the present, ``changed`` (keys
    that differ). ``more``: it has rows that are new beside others of the dataset.
    """
    measure = "rate" if table.name == "stats.fx_rate" else "value"
    found = []
    if not compared or table.name == "stats.indicator":
        found += impossible(con, staged, table)
    if compared:
        found += surprises(con, table, dataset)
        found += _withdrawals(con, staged)
        found += _cells_gone(con, staged, table)
        found += _step_back(con, staged, table)
    if more:
        found += _scale_of_new_periods(con, staged, table, measure)
    if table.name == "stats.trade" and staged.constants.get("flow", "balance") == "balance":
        found += _balance(con, table)
    return found


def _withdrawals(con: duckdb.DuckDBPyConnection, staged: Staged) -> list[Check]:
    (gone,) = con.execute("SELECT count(*) FROM changed WHERE what = 'withdrawn'").fetchall()[0]
    scope = staged.rows_good + gone
    if gone <= max(WITHDRAWN_LEAST, WITHDRAWN_SHARE * scope):
        return []
    return [Check("withdrawals", "fail", f"{gone} rows are gone of {scope}", f"at most {WITHDRAWN_SHARE:.0%}",
                  f"{gone} of the rows held for this scope are missing from the document")]


def _cells_gone(con: duckdb.DuckDBPyConnection, staged: Staged, table: Table) -> list[Check]:
    """Rows that are there and lost what stood beside the figure: half a file, where growth is printed in its second half."""
    printed = [name for name in table.compared if name in FIGURES or name.startswith("published_")]
    lost = " OR ".join(f"(o_{name} IS NOT NULL AND i_{name} IS NULL)" for name in printed)
    (rows,) = con.execute(f"SELECT count(*) FROM changed WHERE what IN ('revised', 'annotated') AND ({lost})").fetchall()[0]
    if rows <= max(WITHDRAWN_LEAST, WITHDRAWN_SHARE * staged.rows_good):
        return _lines_gone(con, table)
    return [Check("cells", "fail", f"{rows} of {staged.rows_good} rows lost a printed number", f"at most {WITHDRAWN_SHARE:.0%}",
                  f"{rows} rows no longer print a number that they did print, such as their growth: half a document?")]


def _lines_gone(con: duckdb.DuckDBPyConnection, table: Table) -> list[Check]:
    """A growth that no row of its period prints any more, whatever its share: a file cut between two lines loses the last of them."""
    for name in (name for name in table.compared if name.startswith("published_")):
        lost = con.execute(f"""
            SELECT period_start, period_end, count(*) FROM changed c
            WHERE what IN ('revised', 'annotated') AND o_{name} IS NOT NULL AND i_{name} IS NULL
              AND NOT EXISTS (SELECT 1 FROM incoming i WHERE i.period_start = c.period_start AND i.period_end = c.period_end
                              AND i.{name} IS NOT NULL)
            GROUP BY ALL ORDER BY period_end DESC""").fetchall()
        if sum(rows for *_, rows in lost) >= LINE_LEAST:
            start, end, rows = lost[0]
            return [Check("cells", "fail", f"{name} is gone from every row of {len(lost)} periods", "none",
                          f"no row of {start} to {end} prints {name} any more, {rows} did: a file cut between two lines?", subject=name)]
    return []


def _step_back(con: duckdb.DuckDBPyConnection, staged: Staged, table: Table) -> list[Check]:
    """The newest period held is gone whole: yesterday's page came again.

    What never was a figure may go: a period that begins after the day of the fetch, and zeros that stood for months to come.
    """
    figure = "AND o_value <> 0" if table.name == "stats.trade" else ""
    newest_gone, newest_here = con.execute(
        f"SELECT (SELECT max(period_end) FROM changed WHERE what = 'withdrawn' AND period_start <= ? {figure}), "
        "(SELECT max(period_end) FROM incoming)", [(staged.fetch.asked_at + timedelta(days=1)).date()]).fetchall()[0]
    if newest_gone is None or newest_here is None or newest_gone <= newest_here:
        return []
    return [Check("step_back", "fail", f"newest period {newest_here}", f"at least {newest_gone}",
                  f"the document ends with {newest_here}, but {newest_gone} is held: an older copy was served")]


def _scale_of_new_periods(con: duckdb.DuckDBPyConnection, staged: Staged, table: Table, measure: str) -> list[Check]:
    """New rows against the last earlier period of the same series: the median ratio must be near one.

    Most series stand in the period before. Earlier ones are read only where less than half of the series were found.
    """
    series = [name for name in table.key if name not in ("period_start", "period_end")]
    same = {name: staged.constants[name] for name in series if name in staged.constants}
    varying = [name for name in series if name not in same]
    alike = [*varying, "period_kind"] if table.name == "stats.trade" else varying
    on_series = " AND ".join([f"n.{name} = p.{name}" for name in alike] + [f"p.{name} = ?" for name in same])
    every = staged.rows_good // SCALE_SAMPLE
    some = f"WHERE hash({', '.join(varying)}) % {every} = 0" if varying and every > 1 else ""
    # Where all rows end with one period, all are the newest: no window over millions of rows.
    newest = "" if "period_end" in staged.constants else (
        f"QUALIFY row_number() OVER (PARTITION BY {', '.join(varying) or 'true'} ORDER BY period_end DESC) = 1")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE newest AS
        SELECT {"".join(f"{name}, " for name in alike)} period_end, {measure}::DOUBLE AS figure, CAST(NULL AS DOUBLE) AS before
        FROM (SELECT * FROM incoming {some} {newest}) WHERE {measure} > 0""")
    asked, earliest = con.execute("SELECT count(*), min(period_end) FROM newest").fetchall()[0]
    for days in SCALE_SPANS if asked >= SCALE_ROWS else ():
        span = "" if days is None else f"AND p.period_end >= n.period_end - {days} AND p.period_end >= DATE '{earliest}' - {days}"
        con.execute(f"""
            UPDATE newest SET before = found.figure FROM (
              SELECT n.rowid AS at, arg_max(p.{measure}, p.period_end)::DOUBLE AS figure
              FROM newest n JOIN present p ON {on_series} AND p.period_end < n.period_end {span}
              WHERE n.before IS NULL AND p.{measure} > 0 AND p.period_end < ? GROUP BY n.rowid) found
            WHERE newest.rowid = found.at""", [*same.values(), staged.newest_period])
        rows, asked, earliest = con.execute(
            "SELECT count(before), count(*), min(period_end) FILTER (before IS NULL) FROM newest").fetchall()[0]
        if rows >= min(asked, max(SCALE_ROWS, min(SCALE_ENOUGH, asked / 2))):
            break
    ratio, rows = con.execute("SELECT median(abs(log10(figure / before))), count(before) FROM newest").fetchall()[0]
    con.execute("DROP TABLE newest")
    if rows < SCALE_ROWS or ratio is None or ratio < SCALE_JUMP:
        return []
    return [Check("scale", "fail", f"median factor 10^{ratio:.1f} to the period before, over {rows} series", "about 1",
                  f"the newest figures differ from the period before by a factor of about 10^{ratio:.0f}: a slip of units?")]


def _balance(con: duckdb.DuckDBPyConnection, table: Table) -> list[Check]:
    """A printed balance has the sign of exports − imports."""
    if not con.execute("SELECT 1 FROM incoming WHERE flow = 'balance' LIMIT 1").fetchone():
        return []
    same = ", ".join(name for name in table.key if name not in ("flow", "valuation"))
    (flipped,) = con.execute(f"""
        SELECT count(*) FROM (
          SELECT sum(value) FILTER (flow = 'export') AS x, sum(value) FILTER (flow = 'import') AS m,
            sum(value) FILTER (flow = 'balance') AS b, max(unit_multiplier) AS unit
          FROM incoming WHERE breakdown = '-' GROUP BY {same})
        WHERE abs(b) > 2 * unit AND sign(b) <> sign(x - m)""").fetchall()[0]
    if not flipped:
        return []
    return [Check("balance_sign", "fail", f"{flipped} balances have the other sign than exports − imports", "none",
                  f"{flipped} printed balances contradict the exports and imports beside them")]
