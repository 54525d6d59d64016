"""From a figure back to the cell of the archived bytes that it was read from, and the sentence that cites it."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from flows.home import registry
from flows.home.house import House
from warehouse.ask import machines
from warehouse.claims.say.words import from_note
from warehouse.reference.dates import long
from warehouse.reference.periods import Period
from warehouse.schema.errors import LakeDamaged, NotHeld, NotReadable, PublisherError, TooLarge

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Steps:
    """What stands in the cell, and whether it is the figure."""

    file: str
    printed: str | None
    """None where the format has no cell to read again."""
    agrees: bool
    why: str = "this format has no cell to read again"
    """Why nothing was read."""


def walk(house: House, row: dict[str, Any]) -> Steps:
    """Read the cell again from the archived, verified bytes. Raises LakeDamaged where they are not what was recorded."""
    file = house.archive.store.name(f"blobs/{row['sha256'][:2]}/{row['sha256']}.zst")
    try:
        printed: str | None = registry.publisher_of(row["dataset"]).read_cell(house.archive.document(row["fetch_id"]), row["locator"])
    except TooLarge:
        house.archive.prove(row["sha256"])  # no cell of it is read again, but its bytes are looked at
        return Steps(file, None, False)
    except NotReadable:
        return Steps(file, None, False)
    except registry.NotInstalled as error:
        return Steps(file, None, False, str(error))
    return Steps(file, printed, printed is not None and agrees(printed, row))


def units_of(printed: str, rate: Decimal) -> int | None:
    """For how many units of its base a rate is printed (1, 10, 100, …), None where the cell does not give it at all."""
    try:
        number = Decimal(printed.strip())
    except InvalidOperation:
        return None
    return next((units for units in UNITS if abs(number / units - rate) <= LAST_DIGIT / 2), None) if number.is_finite() else None


UNITS = (1, 10, 100, 1_000, 10_000)
"""Units of a currency for which publishers print rates."""
LAST_DIGIT = Decimal("1e-12")
"""Of a rate as ``stats.fx_rate`` holds it."""


_POINTS_APART = str.maketrans(".,", ",.")


def agrees(printed: str, row: dict[str, Any]) -> bool:
    """Whether a printed cell times its unit is the figure, within half a unit of the last digit kept; of a rate, for some of its units.

    Of a figure that is the sum of several cells, they are given with `` + `` between them (``100 + 20``).
    """
    if "rate" in row:
        return units_of(printed, row["rate"]) is not None
    half = Decimal(row["unit_multiplier"]) / 2 / Decimal(10) ** row["decimals"]
    return row["value"] is not None and any(
        abs(number * row["unit_multiplier"] - Decimal(row["value"])) <= half for number in _numbers(printed))


def _numbers(printed: str) -> list[Decimal]:
    """What a cell may print: with a point before decimals, or as offices do that put one between thousands (4.000.001,5)."""
    found = []
    for text in (printed, printed.translate(_POINTS_APART)):
        with suppress(InvalidOperation):
            found.append(sum((_number(part) for part in text.split(" + ")), Decimal(0)))
    return found


def _number(printed: str) -> Decimal:
    if re.fullmatch(r"[+-]?[0-9.]+[eE][+-]?[0-9]{1,3}", printed.strip(), re.ASCII):
        return Decimal(printed.strip())  # as tools write floats
    text = re.sub("[−△▲]", "-", re.sub(r"[^\d.\-−△▲]", "", printed.replace(",", "")))  # a triangle is a minus in Japan and Korea
    return Decimal(text) if text not in ("", "-") else Decimal(0)


def derived(row: dict[str, Any]) -> str:
    """How a figure was come by that the page does not show, in words; empty for a printed one."""
    mark = next((mark.removeprefix("derived=") for mark in (row["flags"] or "").split(";") if mark.startswith("derived=")), "")
    if mark.startswith("sum of "):
        return f"added up: {mark}"
    return f"derived from the same row: {mark.replace('+', ' + ').replace('-', ' − ')}" if mark else ""


def taken_from(house: House, row: dict[str, Any]) -> str:
    """Where a figure really comes from, when its page cannot say so: what a page of the sample was composed from, and where a
    statement of the reviewed file stands. Empty for a publisher's own page.
    """
    if row["origin_kind"] == "reconstructed":
        return from_note(row["source_note"])
    try:
        return registry.publisher_of(row["dataset"]).source_of(house.archive.document(row["fetch_id"]), row["locator"])
    except (PublisherError, LakeDamaged, registry.NotInstalled):
        return ""


def footnote(row: dict[str, Any], source: str = "") -> str:
    """One sentence to print under a figure: whose, which edition, which page, when, and which version of ours.

    ``source`` is what ``taken_from`` says of it. A page that we composed is no page of the publisher's, and nobody was asked for it.
    """
    whose, edition = row["attribution"] or row["publisher"], row["title"]
    named = [whose] if edition and whose.endswith(edition) else [whose, edition]  # a statement's edition is whoever made it
    what = ", ".join((*named, str(Period(row["period_start"], row["period_end"]))))
    when = f"released {long(row['released_on'])} ({row['released_basis']})"
    ours = f"Entrepot version {row['version_id'][:12]}, load {row['load_id'][:12]}."
    if row["origin_kind"] == "reconstructed":
        return (f"{what}, {when}; taken from {source}, by way of a sample page that Entrepot reconstructed from it ({row['locator']}); "
                f"{ours}")
    part = ", from an excerpt of the page that a person imported" if row["source_note"].startswith("excerpt ") else ""
    if how := derived(row):
        part += f", {how}"
    return (f"{what}, {row['locator']}, {source + ', ' if source else ''}{row['url']}, {when}, asked {long(row['asked_on'])}{part}; {ours}")


def told(house: House, con: duckdb.DuckDBPyConnection, version: str) -> dict[str, Any]:
    """For machines: a version of a figure, rate or indicator (its id, or the beginning of it) with what its cell shows and its footnote.

    Raises UsageError where none or several begin so.
    """
    from warehouse.ask import answers

    row = answers.rate_by_id(con, version)
    if row is None and (row := answers.indicator_by_id(con, version)) is not None:
        row |= {"unit_multiplier": 1, "decimals": 8}
    if row is None:
        row = answers.figure_by_id(con, version)
    steps, source = walk(house, row), taken_from(house, row)
    return machines.figure({**row, "printed": steps.printed, "agrees": steps.agrees, "why": "" if steps.printed is not None else steps.why,
                            "taken_from": source, "footnote": footnote(row, source)}, machines.known(con))


def chosen(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, period: str, *, flow: str = "total", currency: str | None = None,
           dataset: str | None = None, products: str | None = None) -> str:
    """The version of the best figure that was asked for in words. Raises UsageError, NotHeld."""
    from warehouse.ask import answers, questions
    from warehouse.ask.coverage import refusals
    from warehouse.ask.publishers import standing
    from warehouse.reference import flows
    from warehouse.reference import products as products_
    from warehouse.reference.areas import area
    from warehouse.reference.currencies import currency as code

    a, b, product, flow = area(reporter), area(partner), products_.one(products), flows.flow(flow)
    when = questions.when(con, period, [(a, b)], flow=flow, products=product)
    wanted, places = code(currency) if currency else None, standing(con, a)
    found = [row for row in answers.rows(
        con, "SELECT version_id, dataset, currency, chain, classification FROM mart.figures "
             "WHERE reporter = ? AND partner = ? AND flow = ? AND product = ? AND breakdown = '-' AND period_start = ? AND period_end = ? "
             "ORDER BY chain_rank DESC, classification DESC, currency",
        [a, b, flow, product.code, when.start, when.end])
        if dataset in (None, row["dataset"]) and wanted in (None, row["currency"]) and product.of(row["classification"])]
    if not found:
        known = {name for (name,) in con.execute("SELECT dataset FROM ref.dataset").fetchall()}
        if dataset is not None and dataset not in known:
            raise refusals.no_dataset(dataset, known)
        raise NotHeld("no such figure is held: " + refusals.missing(con, a, b, [
            *product.steps, ("period", "period", when), ("flow", "flow", flow), ("dataset", "dataset", dataset),
            ("currency", "currency", wanted)]))
    return str(min(found, key=lambda row: places.get(row["chain"], 1))["version_id"])
