"""Answers about figures, from a reading connection: both accounts of a pair, every version of a figure, where it stands.

Plain records out, so that a command needs neither Polars nor a contract. Ranks are ``ranks``; words are the command line's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from warehouse.ask import groups
from warehouse.ask.publishers import Publishers, possessive, standing
from warehouse.reference import products as products_
from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period, month_end
from warehouse.schema.errors import NotHeld, NotKnown

WORLD = "WLD"


@cache
def query(name: str) -> str:
    """The text of ``queries/NAME.sql``."""
    return (Path(__file__).parent / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def rows(con: duckdb.DuckDBPyConnection, sql: str, parameters: dict[str, Any] | Sequence[Any] = ()) -> list[dict[str, Any]]:
    """A query's rows as dictionaries."""
    result = con.execute(sql, parameters)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def product_names(con: duckdb.DuckDBPyConnection, codes: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The names that ``mart.products`` has for (classification, code)s; a chapter of the HS by its short name where an edition's own is
    not held."""
    if not codes:
        return {}
    listed = sorted({classification for classification, _ in codes})
    held = {(classification, product): name for classification, product, name in con.execute(
        "SELECT classification, product, name FROM mart.products WHERE list_contains($1, classification)",
        [[*listed, products_.HS]]).fetchall()}
    names = {}
    for classification, product in codes:
        family = products_.HS if classification.startswith(products_.HS) else classification
        name = held.get((classification, product)) or held.get((family, product))
        if name:
            names[classification, product] = name
    return names


@dataclass(frozen=True)
class Figure:
    """One figure with what must be known of it. ``value`` is in whole units of ``currency``."""

    dataset: str
    publisher: str
    account: str
    chain: str
    reporter: str
    partner: str
    reporter_name: str
    partner_name: str
    flow: str
    classification: str
    product: str
    product_name: str
    """What the code means in words, where ``ref.product`` has it; empty of all goods."""
    valuation: str
    currency: str
    period_start: date
    period_end: date
    value: Decimal | None
    unit_multiplier: int
    decimals: int
    status: str
    flags: str
    how: str
    """printed, derived: export+import (the page could not show it), sum of 12 months, exports − imports, or converted: how."""
    growth_pct: Decimal | None
    growth_how: str
    """published, computed from the levels of the same table, or empty."""
    share_pct: Decimal | None
    """Of the reporter's total in the same table."""
    released_at: datetime
    released_on: date
    """The day of the release at its publisher's place: what is printed."""
    released_basis: str
    url: str
    origin_kind: str
    source_note: str
    version_id: str
    fetch_id: str
    locator: str
    load_id: str
    notes: tuple[str, ...] = field(default=())


def get(con: duckdb.DuckDBPyConnection, one: str, other: str, period: Period, *, monthly: bool = False,
        yearly: bool = False, products: str | None = None, sums: bool = True) -> list[Figure]:
    """Both accounts of a pair for a period: ``one``'s first. Editions: the best held of each chain and currency, a reporter's own
    office's before those of others (``publishers.standing``).

    ``monthly`` and ``yearly`` give each printed month or year of the period. ``products`` is a level, code or classification
    (``warehouse.reference.products``); raises UsageError for another text. A balance that nobody prints is computed, and says so; with
    ``sums``, so is a group's figure (``groups``).
    """
    wanted = products_.parse(products)
    found: list[Figure] = []
    for reporter, partner in dict.fromkeys([(one, other), (other, one)]):
        asked = {"reporter": reporter, "partner": partner, "start": period.start, "end": period.end, **wanted.asked}
        each = "M" if monthly else "A" if yearly else ""
        printed = rows(con, query("get"), {**asked, "breakdown": "-", "each": each})
        if sums and (groups.is_group(reporter) or groups.is_group(partner)):
            ours = _sums(con, printed, {**asked, "each": each})
            printed = sorted([*printed, *ours], key=_order) if ours else printed
        near = rows(con, query("beside"), asked) if printed else []
        beside = {tuple(row[name] for name in _BESIDE): row["value"] for row in near}
        account = [_figure(row, beside) for row in printed]
        account += _balances(account)
        if len({figure.chain for figure in account}) > 1:
            places = standing(con, reporter)
            account.sort(key=lambda figure: (figure.period_start, places.get(figure.chain, 1)))
        found += account
    return _named(con, found)


def passed_on(con: duckdb.DuckDBPyConnection, origin: str, destination: str, period: Period) -> list[Figure]:
    """What third ports re-exported of one area's goods to another, by their own accounts: a figure for each port and table."""
    cut = f"origin={origin}"
    ports = con.execute("SELECT DISTINCT reporter FROM stats.trade WHERE partner = $1 AND breakdown = $2 AND flow = 're-export' ORDER BY 1",
                        [destination, cut]).fetchall()
    asked = {"partner": destination, "start": period.start, "end": period.end, "each": "", "breakdown": cut, **products_.parse(None).asked}
    return [_figure(row, {}) for (port,) in ports for row in rows(con, query("get"), {"reporter": port, **asked})]


def _sums(con: duckdb.DuckDBPyConnection, printed: list[dict[str, Any]], asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Our sums of a group's members, as rows of ``queries/get.sql``."""
    reporter, partner = asked["reporter"], asked["partner"]
    sides = {"reporter_group": groups.is_group(reporter), "partner_group": groups.is_group(partner)}
    found = rows(con, query("group_sums"), {**asked, **sides})
    return [{**row, "reporter": reporter, "partner": partner, "reporter_name": name_of(reporter), "partner_name": name_of(partner),
             "published_yoy_pct": None, "locator": "the members of the group", "how": who.how,
             "notes": (who.said,) if who.said else ()} for row, who in groups.best(found, printed, reporter, partner)]


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    """As in ``queries/get.sql``."""
    flows = ("total", "export", "domestic-export", "re-export", "import", "retained-import", "balance")
    return (row["period_start"], -row["chain_rank"], row["currency"], row["classification"], row["product"],
            flows.index(row["flow"]) if row["flow"] in flows else -1)


def _named(con: duckdb.DuckDBPyConnection, figures: list[Figure]) -> list[Figure]:
    """The figures with the names of their products."""
    names = product_names(con, {(figure.classification, figure.product) for figure in figures if figure.classification != "-"})
    if not names:
        return figures
    return [replace(figure, product_name=names.get((figure.classification, figure.product), "")) for figure in figures]


_BESIDE = ("dataset", "partner", "flow", "classification", "product", "currency", "period_start", "period_end")


def _figure(row: dict[str, Any], beside: dict[tuple[Any, ...], Decimal | None]) -> Figure:
    world = year_before = None
    if row["account"] != "statement" and row["how"].startswith(("printed", "derived", groups.OURS)):
        world = beside.get(tuple({**row, "partner": WORLD}[name] for name in _BESIDE))
        year_before = beside.get(tuple({**row, **_a_year_before(row)}[name] for name in _BESIDE))
    value = row["value"]
    growth, how = row["published_yoy_pct"], "published"
    if growth is None and year_before and value is not None:
        growth, how = (value / year_before - 1) * 100, "computed"
    share = value / world * 100 if value is not None and world and row["partner"] != WORLD else None
    return Figure(
        **{name: row[name] for name in (
            "dataset", "publisher", "account", "chain", "reporter", "partner", "reporter_name", "partner_name", "flow", "classification",
            "product", "valuation", "currency", "period_start", "period_end", "value", "unit_multiplier", "decimals", "status", "flags",
            "how", "released_at", "released_on", "released_basis", "url", "origin_kind", "source_note", "version_id", "fetch_id", "locator",
            "load_id")},
        product_name="",
        notes=row.get("notes", ()),
        growth_pct=None if growth is None else Decimal(growth).quantize(Decimal("0.1")),
        growth_how="" if growth is None else how,
        share_pct=None if share is None else Decimal(share).quantize(Decimal("0.1")))


def _a_year_before(row: dict[str, Any]) -> dict[str, date]:
    start, end = row["period_start"], row["period_end"]
    return {"period_start": start.replace(year=start.year - 1, day=1), "period_end": month_end(end.replace(year=end.year - 1, day=1))}


def _balances(account: list[Figure]) -> list[Figure]:
    """exports − imports of one table and period, where no balance is printed there."""
    made, places = [], defaultdict(list)
    for figure in account:
        places[_row(figure)].append(figure)
    for export in (f for f in account if f.flow == "export" and f.account != "statement"):
        same = places[_row(export)]
        import_ = next((f for f in same if f.flow == "import"), None)
        if import_ is None or export.value is None or import_.value is None or any(f.flow == "balance" for f in same):
            continue
        if (export.how != import_.how and groups.OURS in export.how + import_.how) or export.notes != import_.notes:
            continue  # sums of other members, or a sum and a printed figure
        marks = [*export.flags.split(";"), *(mark for mark in import_.flags.split(";") if mark.startswith("doubtful="))]
        made.append(replace(export, flow="balance", valuation="FOB-CIF", value=export.value - import_.value,
                            flags=";".join(dict.fromkeys(mark for mark in marks if mark)),
                            how="exports − imports" + (f", {export.how}" if export.how.startswith(groups.OURS) else ""),
                            growth_pct=None, growth_how="", share_pct=None, locator=f"{export.locator} − {import_.locator}"))
    return made


def _row(figure: Figure) -> tuple[object, ...]:
    return figure.dataset, figure.currency, figure.classification, figure.product, figure.period_start, figure.period_end


def in_currency(con: duckdb.DuckDBPyConnection, figures: list[Figure], currency: str, table: str = "") -> list[Figure]:
    """The figures in one currency, by MODEL's order: the publisher's own figure in it; its other currency at its own implied
    rate, taken from another row; a third party's average of the period, marked converted; else no value, never a guess. A growth is that
    of its own currency, so a converted figure has none. ``table`` names the third party's table of rates, or a prefix of its name;
    raises UsageError where none of that name is held.
    """
    tables = [name for (name,) in con.execute("SELECT DISTINCT dataset FROM stats.fx_rate ORDER BY 1").fetchall()] if table else []
    if table and not any(f"{name}.".startswith(f"{table}.") for name in tables):
        raise NotHeld(f"no exchange rates of {table[:60]!r} are held; held: {', '.join(tables) or 'none'}")

    made: list[Figure] = []
    averages: dict[tuple[str, Period], tuple[Decimal | None, str]] = {}
    implied: dict[tuple[object, ...], tuple[Decimal | None, str]] = {}
    together: dict[tuple[object, ...], list[Figure]] = defaultdict(list)
    for figure in figures:
        together[_account(figure)].append(figure)
    own = {(_account(f), f.flow, f.classification, f.product) for f in figures if f.currency == currency}
    for figure in figures:
        if figure.currency == currency:
            made.append(figure)
            continue
        place = _account(figure)
        if (place, figure.flow, figure.classification, figure.product) in own:
            continue
        series = (place, figure.flow, figure.currency)
        if series not in implied:
            implied[series] = _implied(together[place], figure, currency)
        rate, how = implied[series]
        if rate is None:
            asked = (figure.currency, Period(figure.period_start, figure.period_end))
            if asked not in averages:
                averages[asked] = average_rate(con, figure.currency, currency, asked[1], table)
            rate, how = averages[asked]
        value = None if rate is None or figure.value is None else (figure.value * rate).quantize(Decimal("0.001"))
        made.append(replace(figure, currency=currency, value=value, growth_pct=None, growth_how="", how=how if value is not None
                            else f"no rate held for {figure.currency} in {currency}{f' by {table}' if table else ''}: not converted"))
    return made


def _account(figure: Figure) -> tuple[object, ...]:
    return figure.chain, figure.reporter, figure.partner, figure.period_start, figure.period_end


def _implied(together: list[Figure], figure: Figure, currency: str) -> tuple[Decimal | None, str]:
    """The rate by a row of another flow that the same account prints in both currencies."""
    inside = {(other.flow, other.classification, other.product): other for other in reversed(together)
              if other.currency == currency and other.value}
    for base in together:
        if base.flow == figure.flow or not base.value or base.currency != figure.currency:
            continue
        other = inside.get((base.flow, base.classification, base.product))
        if other is not None and other.value:
            rate = other.value / base.value
            return rate, (f"converted at its publisher's own implied rate ({base.flow}: {1 / rate:.4g} {figure.currency} "
                          f"per {currency})")
    return None, ""


def average_rate(con: duckdb.DuckDBPyConnection, base: str, quote: str, period: Period, table: str = "",
                 ) -> tuple[Decimal | None, str]:
    """A third party's average over a period: of its monthly averages, or of its daily rates where months are not all held.

    Of the table that ranks highest among those that have the whole period, or among those of a name or its prefix; rates of two tables are
    never mixed.
    """
    wanted = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1
    # Days may end a few days before the period does; every month must have some.
    for dataset, publisher, kind, rate, months, count in con.execute(
            "SELECT r.dataset, d.publisher, kind, avg(rate), count(DISTINCT date_trunc('month', period_end)), count(*) "
            "FROM mart.fx_cross r LEFT JOIN ref.dataset d USING (dataset) "
            "WHERE base = $1 AND quote = $2 AND kind IN ('month_avg', 'day') AND period_start >= $3 AND period_end <= $4 "
            "AND ($5 = '' OR r.dataset = $5 OR starts_with(r.dataset, $5 || '.')) "
            "GROUP BY ALL ORDER BY any_value(d.chain_rank) DESC NULLS LAST, kind DESC, r.dataset",
            [base, quote, period.start, period.end, table]).fetchall():
        if months == wanted:
            whose = possessive(Publishers(con).called(publisher) or dataset)
            said = f"mean of {count} {'monthly averages' if kind == 'month_avg' else 'daily rates'}"
            return Decimal(str(rate)), f"converted at {whose} {said}, {Decimal(str(rate)):.6g} {quote} per {base}"
    return None, ""


def withdrawn(con: duckdb.DuckDBPyConnection, one: str, other: str, period: Period) -> list[tuple[str, datetime | None]]:
    """Datasets that held a pair's figures for a period and lost them, with the last answer that still showed them."""
    return con.execute(
        "SELECT dataset, max(last_confirmed_at) FROM stats.trade_revision WHERE change_kind = 'withdrawn' "
        "AND (reporter, partner) IN ((?, ?), (?, ?)) AND period_start = ? AND period_end = ? GROUP BY 1 ORDER BY 1",
        [one, other, other, one, period.start, period.end]).fetchall()


def versions(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, period: Period, *, flow: str = "",
             product: str = "TOTAL", reread: bool = False) -> list[dict[str, Any]]:
    """Every version of a figure in every edition, in order of release, with what each changed (``event``, ``change_pct``). ``product`` is
    a level, code or classification (``warehouse.reference.products``); of several products those of one stand together.

    Events: first, edition (another form of the same measurement), revised, growth revised (the level stands, the printed growth moved:
    ``growth_before``), annotated (only a status or mark did), brought back (by a restore of ours: nothing differs).
    """
    found = rows(con, query("versions"), {"reporter": reporter, "partner": partner, "flow": flow, "start": period.start,
                                          "end": period.end, "reread": reread, **products_.parse(product).asked})
    names = product_names(con, {(row["classification"], row["product"]) for row in found if row["classification"] != "-"})
    before: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in found:
        row["product_name"] = names.get((row["classification"], row["product"]), "")
        series = (row["classification"], row["product"], row["flow"], row["chain"], row["currency"])
        last = before.get(series)
        row["event"] = "first" if last is None else "edition" if last["dataset"] != row["dataset"] else (
            "revised" if not _stands(last, row) else
            "growth revised" if last["published_yoy_pct"] != row["published_yoy_pct"] else
            "brought back" if all(last[name] == row[name] for name in ("realtime_start", "status", "flags", "decimals")) else "annotated")
        row["change_pct"] = None
        row["growth_before"] = last["published_yoy_pct"] if last else None
        if last and last["value"] and row["value"] is not None and row["event"] in ("revised", "edition"):
            row["change_pct"] = ((row["value"] / last["value"] - 1) * 100).quantize(Decimal("0.1"))
        before[series] = row
    return found


def _stands(last: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether two versions print the same level: within half a unit of the coarser one's last digit."""
    if last["value"] is None or row["value"] is None:
        return last["value"] is row["value"]
    unit = max(Decimal(one["unit_multiplier"]).scaleb(-one["decimals"]) for one in (last, row))
    return bool(abs(last["value"] - row["value"]) <= unit / 2)


def triangle(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, flow: str, span: Period) -> list[dict[str, Any]]:
    """The revision triangle of a monthly series: for each period in a span its vintages in order of release.

    One row for each period and vintage, with ``vintage`` (1 is the first release), ``value`` and ``change_from_first_pct``.
    """
    return rows(con, """
        SELECT v.chain, currency, period_start, period_end, vintage, v.dataset, event, value, unit_multiplier, decimals,
          round(change_from_first_pct, 2) AS change_from_first_pct, realtime_start,
          CAST(timezone(coalesce(d.tz, 'UTC'), realtime_start) AS DATE) AS released_on, released_basis, v.valuation, v.status, v.version_id,
          v.fetch_id, v.locator, f.url, f.origin_kind, f.source_note
        FROM mart.vintages AS v LEFT JOIN ref.dataset AS d ON d.dataset = v.dataset LEFT JOIN ops.fetch AS f USING (fetch_id)
        WHERE reporter = ? AND partner = ? AND flow = ? AND product = 'TOTAL' AND breakdown = '-' AND period_kind = 'M'
          AND period_start >= ? AND period_end <= ? AND vintage IS NOT NULL
        ORDER BY v.chain, currency, period_start, vintage""", [reporter, partner, flow, span.start, span.end])


def reliability(con: duckdb.DuckDBPyConnection, dataset: str | None = None) -> list[dict[str, Any]]:
    """How far first releases were from what followed, by dataset, flow and lag (``mart.revision_stats``)."""
    return rows(con, "FROM mart.revision_stats WHERE $1 IS NULL OR dataset = $1 OR starts_with(dataset, $1 || '.') ORDER BY ALL",
                [dataset])


def figure_by_id(con: duckdb.DuckDBPyConnection, start: str) -> dict[str, Any]:
    """The one version whose id begins so, with its fetch; raises UsageError when none or several do."""
    found = rows(con, "SELECT v.*, f.url, f.sha256, f.asked_at, f.origin_kind, f.source_note, d.publisher, d.account, d.title, "
                      "d.attribution, d.citation, CAST(timezone(coalesce(d.tz, 'UTC'), v.realtime_start) AS DATE) AS released_on, "
                      "CAST(timezone(coalesce(d.tz, 'UTC'), f.asked_at) AS DATE) AS asked_on "
                      "FROM mart.versions v LEFT JOIN ops.fetch f USING (fetch_id) "
                      "LEFT JOIN ref.dataset d ON d.dataset = v.dataset WHERE starts_with(v.version_id, ?) LIMIT 3", [start])
    if len({row["version_id"] for row in found}) != 1:
        many = "several versions of a figure begin" if found else "no version of a figure begins"
        raise NotKnown(f"{many} with {start!r}: entrepot revisions REPORTER PARTNER --period PERIOD gives the id of each")
    return found[0]


def rate_by_id(con: duckdb.DuckDBPyConnection, start: str) -> dict[str, Any] | None:
    """The one version of an exchange rate whose id begins so, present or ended, with its fetch; None where none or several do."""
    return _version_by_id(con, "rate_versions", start)


def indicator_by_id(con: duckdb.DuckDBPyConnection, start: str) -> dict[str, Any] | None:
    """The one version of an indicator whose id begins so, present or ended, with its fetch; None where none or several do."""
    return _version_by_id(con, "indicator_versions", start)


def _version_by_id(con: duckdb.DuckDBPyConnection, versions: str, start: str) -> dict[str, Any] | None:
    found = rows(con, query("version_by_id").replace("{versions}", query(versions), 1), {"start": start})
    return found[0] if len(found) == 1 else None
