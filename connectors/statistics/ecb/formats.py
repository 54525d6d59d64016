"""The forms in which the ECB hands out its reference rates, read into one: series, period, printed value, locator.

SDMX-JSON and SDMX-CSV from the data API, ``eurofxref-hist.csv`` (alone or zipped) and the day's ``eurofxref.csv``.
Pure. Which series are wanted, and what becomes a row, is the connector's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from connectors.formats import packed, sdmx
from connectors.formats.delimited import Delimited, cell_at, cell_locator, header_of, read_delimited
from warehouse.schema.content import HEAD_BYTES
from warehouse.schema.errors import NotReadable, SchemaDrift, TooLarge

MOST_UNPACKED = 32 * 1024 * 1024
"""The history unpacked to 1.9 MB in April 2026; more than this is no history."""

DIMENSIONS = ("FREQ", "CURRENCY", "CURRENCY_DENOM", "EXR_TYPE", "EXR_SUFFIX")
LAYOUT = sdmx.Layout(DIMENSIONS)
_SERIES_ITSELF = "ask the ECB for the series itself (https://data-api.ecb.europa.eu/service/data/EXR/…?format=csvdata)"
_MONTHS = {name: number for number, name in enumerate(
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"), 1)}


@dataclass(frozen=True)
class Observation:
    """One printed rate: units of ``currency`` for one euro."""

    frequency: str
    """D or M; others exist and are not read."""
    currency: str
    period: str
    """YYYY-MM-DD or YYYY-MM."""
    value: str
    """As printed; empty where the publisher has none (null, ``N/A``)."""
    status: str
    """OBS_STATUS, A where the form has no such column."""
    locator: str


@dataclass(frozen=True)
class Reading:
    """All observations of a document, and what else is to be known of it."""

    observations: tuple[Observation, ...]
    columns: tuple[str, ...]
    """The header, or the dimensions of the series."""
    other_series: int
    """Observations of series that are not spot rates against the euro, averaged over their period."""


def read_rates(body: bytes, *, dataset: str = "", url: str = "") -> Reading:
    """Every observation of a document in any of the known forms.

    Raises SchemaDrift for another layout or unit, TooLarge for a zip that unpacks to too much, NotReadable for a broken
    one, Incomplete for an empty body.
    """
    body = unpacked(body, dataset=dataset, url=url)
    if form := other_form(body):
        raise NotReadable(f"this is {form}, which is not read: {WAY_TO_SAVE}", dataset=dataset, url=url)
    if _is_sdmx(body):
        return _read_sdmx(body, dataset=dataset, url=url)
    return _read_table(body, dataset=dataset, url=url)


def _is_sdmx(body: bytes) -> bool:
    return body.lstrip()[:1] == b"{" or "CURRENCY_DENOM" in _codes(body)


def _codes(body: bytes) -> tuple[str, ...]:
    """The header without the labels that SDMX-CSV may have (``FREQ: Frequency``)."""
    return tuple(name.partition(":")[0] for name in header_of(body))


WAY_TO_SAVE = ("save eurofxref-hist.zip or eurofxref.zip (CSV) from the ECB's page of reference rates, or the series as SDMX-CSV "
               "(https://data-api.ecb.europa.eu/service/data/EXR/D.MYR+CNY.EUR.SP00.A?format=csvdata)")


def other_form(body: bytes) -> str:
    """The name of a form of the ECB's rates that people save and that is not read here, else an empty text."""
    head = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:20_000]
    if head[:1] == b"<":
        if b"eurofxref" in head or b"<gesmes:" in head:
            return "the ECB's daily XML"
        if b"sdmx.org" in head and b"EXR" in head:
            return "SDMX-ML"
    elif head.splitlines()[:1] and b"(EXR." in head.splitlines()[0] and b"TIME PERIOD" in head.splitlines()[0].upper():
        return "a CSV file of the ECB Data Portal's page"
    elif re.match(rb'[^,\r\n]*[;\t]"?CURRENCY_DENOM\b', head):
        return "SDMX-CSV with semicolons or tabs in the place of commas"
    return ""


def is_rates(body: bytes) -> str | None:
    """The frequency of what looks like the ECB's rates by its content, else None."""
    try:
        body = unpacked(body)
    except (NotReadable, TooLarge):
        return None
    header = _codes(body)
    if header[:1] == ("Date",) and {"USD", "JPY", "GBP"} <= set(header):
        return "D"
    if not (body.lstrip()[:1] == b"{" and b'"EXR_TYPE"' in body) and not set(header) >= set(DIMENSIONS):
        return None
    if header and len(body) > HEAD_BYTES:  # it may be cut off where it ends here, and its first lines say as much
        body = body[:HEAD_BYTES].rpartition(b"\n")[0] + b"\n"
    try:
        observations = read_rates(body).observations
    except sdmx.TakenBack:
        return "D"  # its parser refuses it by name
    except (NotReadable, SchemaDrift):
        return None
    return observations[0].frequency if observations else None


def printed_cell(body: bytes, locator: str) -> str:
    """The printed value a locator names. Raises NotReadable where these bytes have no such cell."""
    body = unpacked(body)
    return sdmx.read_cell(body, locator, LAYOUT) if _is_sdmx(body) else cell_at(body, locator, ("Date",))


def unpacked(body: bytes, *, dataset: str = "", url: str = "") -> bytes:
    """The one CSV file of a zip, read to a bound whatever the zip says of its size; other bytes as they are."""
    if body[:2] != b"PK":
        return body
    with packed.opened(body, dataset=dataset, url=url) as found:
        names = [name for name in found.names if re.fullmatch(r"eurofxref[\w-]*\.csv", name)]
        if len(names) != 1:
            said = f"the zip holds no single eurofxref file but {list(found.names[:5])}"
            raise NotReadable(said, dataset=dataset, url=url)
        return found.read(names[0], MOST_UNPACKED)


def _read_sdmx(body: bytes, *, dataset: str, url: str) -> Reading:
    layout = replace(LAYOUT, dataset=dataset, url=url)
    message = sdmx.read(body, layout)
    found: list[Observation] = []
    other = 0
    # Of a history (includeHistory) the version that is in force; in one data set a double is the reader's to set aside.
    for one in sdmx.in_force(sdmx.given(message, layout, _SERIES_ITSELF)):
        code = dict(zip(DIMENSIONS, one.key, strict=True))
        if one.key[2:] != ("EUR", "SP00", "A"):
            other += 1
            continue
        if (unit := one.attributes.get("UNIT_MULT", "0")) != "0":
            raise SchemaDrift(f"{one.locator} is printed in units of 10^{unit[:20]}", dataset=dataset, url=url)
        found.append(Observation(code["FREQ"], code["CURRENCY"], one.period, one.value, one.attributes.get("OBS_STATUS", "A"),
                                 one.locator))
    return Reading(tuple(found), message.columns, other)


def _read_table(body: bytes, *, dataset: str, url: str) -> Reading:
    """The wide table: one line a day, one column a currency, a trailing comma, ``N/A`` where a currency has no rate.

    The day's file writes "13 April 2026" and blanks after commas, the history 2026-04-13 and none (both of that day).
    """
    table = read_delimited(body, needs=("Date", "USD"), dataset=dataset, url=url)
    _no_ragged(table, dataset=dataset, url=url)
    odd = [name for name in table.header[1:] if name and not re.fullmatch(r"[A-Z]{3}", name)]
    if table.header[0] != "Date" or odd:
        raise SchemaDrift(f"the columns are not Date and currencies: {', '.join(odd)[:100]}", dataset=dataset, url=url)
    currencies = [(index, name) for index, name in enumerate(table.header) if index and name]
    found: list[Observation] = []
    for line in table.lines:
        printed = line.cells[0].strip()
        day = _day(printed)
        for index, currency in currencies:
            text = line.cells[index].strip()
            found.append(Observation("D", currency, day, "" if text in ("", "N/A") else text, "A",
                                     cell_locator(line.number, (printed,), currency)))
    return Reading(tuple(found), table.header, 0)


def _no_ragged(table: Delimited, *, dataset: str, url: str) -> None:
    if table.ragged:
        line = table.ragged[0]
        raise SchemaDrift(f"line {line.number} has {len(line.cells)} cells, the header {len(table.header)}: the file "
                          "is cut off or of another layout", dataset=dataset, url=url)


def _day(printed: str) -> str:
    """``13 April 2026`` as 2026-04-13 (by our own table: the names must not depend on the machine's language)."""
    found = re.fullmatch(r"([0-9]{1,2}) ([A-Z][a-z]+) ([0-9]{4})", printed, re.ASCII)
    if found and found[2] in _MONTHS:
        return f"{found[3]}-{_MONTHS[found[2]]:02d}-{int(found[1]):02d}"
    return printed
