"""The forms in which the ECB hands out its reference rates, read into one: series, period, printed value, locator.

SDMX-JSON and SDMX-CSV from the data API, ``eurofxref-hist.csv`` (alone or zipped) and the day's ``eurofxref.csv``.
Pure. Which series are wanted, and what becomes a row, is the connector's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from connectors.formats import packed
from connectors.formats.delimited import Delimited, cell_at, cell_locator, header_of, read_delimited
from warehouse.schema.content import HEAD_BYTES
from warehouse.schema.errors import NotReadable, SchemaDrift, TooLarge

MOST_UNPACKED = 32 * 1024 * 1024
"""The history unpacked to 1.9 MB in April 2026; more than this is no history."""

DIMENSIONS = ("FREQ", "CURRENCY", "CURRENCY_DENOM", "EXR_TYPE", "EXR_SUFFIX")
CSV_KEY = ("KEY", "TIME_PERIOD")
_JSON_LOCATOR = re.compile(r"series ([^,]+), period (\S+)")
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
    if body.lstrip()[:1] == b"{":
        return _read_json(body, dataset=dataset, url=url)
    if "CURRENCY_DENOM" in header_of(body):
        return _read_sdmx_csv(body, dataset=dataset, url=url)
    return _read_table(body, dataset=dataset, url=url)


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
    return ""


def is_rates(body: bytes) -> str | None:
    """The frequency of what looks like the ECB's rates by its content, else None."""
    try:
        body = unpacked(body)
    except (NotReadable, TooLarge):
        return None
    header = header_of(body)
    if header[:1] == ("Date",) and {"USD", "JPY", "GBP"} <= set(header):
        return "D"
    if not (body.lstrip()[:1] == b"{" and b'"EXR_TYPE"' in body) and not set(header) >= set(DIMENSIONS):
        return None
    if header and len(body) > HEAD_BYTES:  # it may be cut off where it ends here, and its first lines say as much
        body = body[:HEAD_BYTES].rpartition(b"\n")[0] + b"\n"
    try:
        observations = read_rates(body).observations
    except TakenBack:
        return "D"  # its parser refuses it by name
    except (NotReadable, SchemaDrift):
        return None
    return observations[0].frequency if observations else None


def printed_cell(body: bytes, locator: str) -> str:
    """The printed value a locator names. Raises NotReadable where these bytes have no such cell."""
    body = unpacked(body)
    if body.lstrip()[:1] != b"{":
        return cell_at(body, locator, csv_key(header_of(body)) if "CURRENCY_DENOM" in header_of(body) else ("Date",))
    found = _JSON_LOCATOR.fullmatch(locator)
    if not found:
        raise NotReadable("a locator in SDMX-JSON reads 'series M.CNY.EUR.SP00.A, period 2025-10'")
    values = [value for key, period, value, _ in _json_values(_Message(body)) if (".".join(key), period) == found.groups()]
    if values:
        return values[-1]
    raise NotReadable(f"these bytes have no {locator}")


def csv_key(header: Sequence[str]) -> tuple[str, ...]:
    """The columns that name a line of SDMX-CSV: the ECB's own ``csvdata`` has KEY, the standard's 1.0 and 2.0 the dimensions alone."""
    return CSV_KEY if "KEY" in header else (*DIMENSIONS, "TIME_PERIOD")


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


class _Message:
    """An SDMX-JSON message: dimensions by position, and its series. Numbers stay the text they were printed as."""

    def __init__(self, body: bytes, *, dataset: str = "", url: str = "") -> None:
        self._where = {"dataset": dataset, "url": url}
        try:
            message = msgspec.json.Decoder(float_hook=str).decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise self.drift(f"not JSON: {exc}") from exc
        structure = self.mapping(self.mapping(message, "message").get("structure"), "structure")
        dimensions = self.mapping(structure.get("dimensions"), "structure.dimensions")
        self.dimensions = self._components(dimensions.get("series"), "dimensions.series")
        times = self._components(dimensions.get("observation"), "dimensions.observation")
        self.periods = times.get("TIME_PERIOD", [])
        missing = [name for name in DIMENSIONS if name not in self.dimensions]
        if missing or len(times) != 1 or "TIME_PERIOD" not in times:
            raise self.drift(f"not exchange rates by period: dimensions {', '.join(self.dimensions) or 'none'}")
        attributes = self.mapping(structure.get("attributes") or {}, "structure.attributes")
        self.series_attributes = self._components(attributes.get("series") or [], "attributes.series")
        self.value_attributes = self._components(attributes.get("observation") or [], "attributes.observation")
        self.data_sets = self._in_force(self.sequence(message.get("dataSets"), "dataSets"))

    def _in_force(self, data_sets: Sequence[Any]) -> list[Mapping[str, Any]]:
        """The data sets of a message from the oldest validity to the newest, so that a later one replaces an earlier.

        Raises SchemaDrift where one takes rates back: a message that deletes brings none.
        """
        sets = [self.mapping(data_set, "dataSet") for data_set in data_sets]
        for data_set in sets:
            refuse_action(str(data_set.get("action") or "Information"), **self._where)
        return sorted(sets, key=lambda data_set: str(data_set.get("validFrom") or ""))

    def drift(self, said: str) -> SchemaDrift:
        """The error for another layout, with the document's name on it."""
        return SchemaDrift(said, **self._where)

    def mapping(self, value: object, what: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.drift(f"{what} is not an object")
        return value

    def sequence(self, value: object, what: str) -> Sequence[Any]:
        if not isinstance(value, list):
            raise self.drift(f"{what} is not a list")
        return value

    def at(self, values: Sequence[str], index: object, what: str) -> str:
        """A coded value by its position in the structure, which is printed as a number or as digits in a key."""
        if isinstance(index, str) and re.fullmatch(r"[0-9]{1,9}", index):
            index = int(index)
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(values):
            raise self.drift(f"{what} points to value {index!r} of {len(values)}")
        return values[index]

    def _components(self, value: object, what: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for component in self.sequence(value, what):
            entry = self.mapping(component, what)
            values = [self.mapping(v, what) for v in self.sequence(entry.get("values"), f"{what}.values")]
            # Attributes with free text have a name and no id (TITLE).
            found[str(entry.get("id"))] = [str(v.get("id", v.get("name"))) for v in values]
        return found

    def no_other_unit(self, attributes: Sequence[Any], key: str) -> None:
        """Raises SchemaDrift where a series is not printed in units (UNIT_MULT 0)."""
        for position, (name, values) in enumerate(self.series_attributes.items()):
            if name == "UNIT_MULT" and position < len(attributes) and attributes[position] is not None:
                unit = self.at(values, attributes[position], "UNIT_MULT")
                if unit != "0":
                    raise self.drift(f"series {key} is printed in units of 10^{unit}")

    def status(self, observation: Sequence[Any]) -> str:
        for position, (name, values) in enumerate(self.value_attributes.items(), 1):
            if name == "OBS_STATUS" and position < len(observation) and observation[position] is not None:
                return self.at(values, observation[position], "OBS_STATUS")
        return "A"


def _json_values(message: _Message) -> Iterator[tuple[tuple[str, ...], str, str, str]]:
    """Series key in the order of ``DIMENSIONS``, period, printed value, status."""
    names = list(message.dimensions)
    for data_set in message.data_sets:
        series = message.mapping(message.mapping(data_set, "dataSet").get("series"), "dataSet.series")
        for positions, content in series.items():
            indices = positions.split(":")
            if len(indices) != len(names):
                raise message.drift(f"series {positions[:40]} has {len(indices)} of {len(names)} dimensions")
            coded = {name: message.at(message.dimensions[name], index, name)
                     for name, index in zip(names, indices, strict=True)}
            key = tuple(coded[name] for name in DIMENSIONS)
            entry = message.mapping(content, f"series {positions}")
            message.no_other_unit(message.sequence(entry.get("attributes") or [], "attributes"), ".".join(key))
            for at, observation in message.mapping(entry.get("observations"), "observations").items():
                cells = message.sequence(observation, "observation")
                value = cells[0] if cells else None
                yield (key, message.at(message.periods, at, "observation"), "" if value is None else str(value),
                       message.status(cells))


class TakenBack(SchemaDrift):
    """A message that deletes what it lists."""


def refuse_action(action: str, *, dataset: str = "", url: str = "") -> None:
    """Raise TakenBack unless what a message does with its observations is to give them (SDMX 2.1 and 3.0, whole words or letters)."""
    if action.strip().casefold() not in ("", "information", "append", "replace", "merge", "update", "i", "a", "r", "m"):
        raise TakenBack(f"the message's action is {action.strip()[:20]!r}: it takes rates back and gives none. Nothing was stored; ask the "
                        "ECB for the series itself (https://data-api.ecb.europa.eu/service/data/EXR/…?format=csvdata)",
                          dataset=dataset, url=url)


def _read_json(body: bytes, *, dataset: str, url: str) -> Reading:
    message = _Message(body, dataset=dataset, url=url)
    dated = len(message.data_sets) > 1 and all(data_set.get("validFrom") for data_set in message.data_sets)
    found: dict[object, Observation] = {}
    other = 0
    for key, period, value, status in _json_values(message):
        if key[2:] != ("EUR", "SP00", "A"):
            other += 1
            continue
        # Of a history (includeHistory) the version that is in force; in one data set a double is the reader's to refuse.
        found[(key, period) if dated else len(found)] = Observation(
            key[0], key[1], period, value, status, f"series {'.'.join(key)}, period {period}")
    return Reading(tuple(found.values()), tuple(message.dimensions), other)


def _read_sdmx_csv(body: bytes, *, dataset: str, url: str) -> Reading:
    table = read_delimited(body, needs=("TIME_PERIOD", *DIMENSIONS, "OBS_VALUE"), dataset=dataset, url=url)
    _no_ragged(table, dataset=dataset, url=url)
    at = {name: index for index, name in enumerate(table.header)}
    found: list[Observation] = []
    other = 0
    for line in table.lines:
        cell = {name: line.cells[index].strip() for name, index in at.items()}
        refuse_action(cell.get("ACTION", ""), dataset=dataset, url=url)
        if tuple(cell[name] for name in DIMENSIONS[2:]) != ("EUR", "SP00", "A"):
            other += 1
            continue
        if cell.get("UNIT_MULT", "0") not in ("0", ""):
            raise SchemaDrift(f"line {line.number} is printed in units of 10^{cell['UNIT_MULT'][:20]}", dataset=dataset,
                              url=url)
        value = "" if cell["OBS_VALUE"] in ("NaN", "") else cell["OBS_VALUE"]
        found.append(Observation(cell["FREQ"], cell["CURRENCY"], cell["TIME_PERIOD"], value,
                                 cell.get("OBS_STATUS") or "A",
                                 cell_locator(line.number, [cell[name] for name in csv_key(table.header)], "OBS_VALUE")))
    return Reading(tuple(found), table.header, other)


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
