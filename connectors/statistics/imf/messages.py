"""What a document of the IMF is, and its observations in one shape: SDMX in CSV, XML or JSON, and JSON of the service before 2025. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from connectors.formats import sdmx
from connectors.formats.delimited import header_of
from connectors.formats.workbooks import OLE
from connectors.statistics.imf import downloads, legacy
from connectors.statistics.imf.questions import FREQUENCY, INDICATORS, MONTH, QUARTER, RATES, YEAR
from warehouse.schema.content import HEAD_BYTES, Content
from warehouse.schema.errors import NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Check

Flow = Literal["IMTS", "ER"]
LAYOUTS = {"IMTS": sdmx.Layout(("COUNTRY", "INDICATOR", "COUNTERPART_COUNTRY", "FREQUENCY")),
           "ER": sdmx.Layout(("COUNTRY", "INDICATOR", "TYPE_OF_TRANSFORMATION", "FREQUENCY"))}
VERSIONS = {"IMTS": "1.0.0", "DSD_IMTS": "1.0.0", "ER": "4.0.1", "DSD_ER_PUB": "4.0.0"}
"""Of dataflows and of their structures, as of 2026-09-28. We ask for the newest (``+``): another one is read and warned about."""
_STRUCTURE = re.compile(rb"IMF\.STA:([A-Z0-9_]{1,40})\(([0-9.]{1,20})\)")
_FLOWS: dict[bytes, Flow] = {b"IMTS": "IMTS", b"DSD_IMTS": "IMTS", b"ER": "ER", b"DSD_ER_PUB": "ER"}
_DIMENSIONS: tuple[tuple[bytes, Flow], ...] = ((b'"COUNTERPART_COUNTRY"', "IMTS"), (b'"TYPE_OF_TRANSFORMATION"', "ER"))
"""By which a message in JSON is known that names no dataflow and no structure."""
_BY_FREQUENCY = {"M": MONTH, "Q": QUARTER, "A": YEAR}
_FREQUENCIES = (re.compile(rb'\bFREQUENCY="([A-Z])"'), re.compile(rb'"id":"FREQUENCY"[^\]]{0,400}?"values":\[\{"id":"([A-Z])"'),
                re.compile(rb'"@FREQ":\s?"([A-Z])"'), re.compile(rb'[,\n]"?[A-Z0-9_]+\.[A-Z_]+\.[A-Z0-9_]+\.([AQM])"?,'))
_PREPARED = (re.compile(rb"Prepared>([0-9T:.+Z-]{10,40})<"), re.compile(rb'"prepared":\s?"([0-9T:.+Z-]{10,40})"', re.IGNORECASE))
_FRACTION = re.compile(rb"(\.[0-9]{6})[0-9]+")
TAKEN_BACK = "ask the IMF for the series itself"


@dataclass(frozen=True)
class Opened:
    """A document that is understood as one of the IMF's."""

    flow: Flow
    columns: tuple[str, ...]
    observations: Iterator[sdmx.Observation]
    checks: tuple[Check, ...]


def refused(head: bytes) -> PublisherError | None:
    """What stands in the place of figures where it is an error of the IMF's, or a message of another kind."""
    if b'"dataConstraints"' in head and b"IMF.STA" in head:
        return NotReadable("no figures but a list of what the IMF has (availability)")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and b'"correlationId"' in head and b'"message"' in head:
        return NotReadable(f"no figures but a refusal of the IMF: {' '.join(head[:300].decode('utf-8', 'replace').split())}")
    if b"GenericData" in head[:HEAD_BYTES] and (b"IMTS" in head or b"COUNTERPART_COUNTRY" in head):
        return NotReadable("SDMX-ML of the IMF in its generic form, which is not read: ask for the same as SDMX-CSV (Accept: text/csv), "
                           "SDMX-JSON, or XML that is structure-specific")
    return None


def flow_of(head: bytes) -> Flow | None:
    """Which table a document is of by how it begins; None where it is of none that is read."""
    if legacy.is_legacy(head) or downloads.kind(head):
        return "IMTS"
    form = sdmx.form_of(head)
    if form == "csv":
        names = {name.partition(":")[0] for name in header_of(head)}
        return next((flow for flow, layout in LAYOUTS.items() if names >= {*layout.dimensions, "OBS_VALUE"}), None)  # type: ignore[misc]
    if form is None:
        return None
    named = {_FLOWS[name] for name, _ in _STRUCTURE.findall(head) if name in _FLOWS}
    if not named and form == "json" and b'"INDICATOR"' in head and b"infomodel.datastructure.Data" not in head:
        named = {flow for mark, flow in _DIMENSIONS if mark in head}
    if form == "json" and b'"dataSets"' not in head:
        return None
    return named.pop() if len(named) == 1 else None


def prepared(head: bytes) -> datetime | None:
    """When a message was put together, where it says so at its beginning: its figures were public then."""
    for pattern in _PREPARED:
        if match := pattern.search(head[:HEAD_BYTES]):
            try:
                at = datetime.fromisoformat(_FRACTION.sub(rb"\1", match[1]).decode())
            except (ValueError, UnicodeDecodeError):
                return None
            return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def dataset_of(head: bytes) -> str | None:
    """The dataset that a document is recognised as: by its table and its first frequency."""
    if download := downloads.kind(head):
        return download
    if (flow := flow_of(head)) is None:
        return None
    if flow == "ER":
        return RATES
    if sdmx.form_of(head) == "csv":
        return _BY_FREQUENCY.get(_first_of_csv(head), YEAR)
    found = next((match[1].decode() for pattern in _FREQUENCIES if (match := pattern.search(head))), "A")
    return _BY_FREQUENCY.get(found, YEAR)


def _first_of_csv(head: bytes) -> str:
    names = [name.partition(":")[0] for name in header_of(head)]
    at = names.index("FREQUENCY")
    first = head.split(b"\n", 2)[1:2]
    cells = first[0].decode("utf-8", "replace").split(",") if first else []
    return cells[at].strip(' "')[:1] if at < len(cells) else ""


def open_message(content: Content, *, dataset: str = "", url: str = "") -> Opened:
    """A document's observations as they stand. Raises NotReadable, SchemaDrift, Incomplete; some of it as they are read."""
    head = content.head
    if (error := refused(head)) is not None:
        raise type(error)(error.said, dataset=dataset, url=url)
    if downloads.kind(content.body if head.startswith((b"PK", OLE)) else head):
        return Opened("IMTS", (), downloads.observations(content, dataset=dataset, url=url), ())
    flow = flow_of(head)
    if flow is None:
        raise NotReadable("it is no message of the IMF's trade by partner (IMTS) or exchange rates (ER)", dataset=dataset, url=url)
    if legacy.is_legacy(head):
        return Opened(flow, (), legacy.observations(content, dataset=dataset, url=url), ())
    others = {name.decode() for name, _ in _STRUCTURE.findall(head[:HEAD_BYTES])} - set(VERSIONS)
    if others:
        raise SchemaDrift(f"the message is of {', '.join(sorted(others))}, another table than {flow}", dataset=dataset, url=url)
    layout = replace(LAYOUTS[flow], dataset=dataset, url=url)
    message = sdmx.read(content, layout)
    return Opened(flow, message.columns, sdmx.given(message, layout, TAKEN_BACK), tuple(_versions(head)))


def _versions(head: bytes) -> Iterator[Check]:
    """A warning for each structure that came in another version than was seen."""
    for name, version in sorted({(name.decode(), version.decode()) for name, version in _STRUCTURE.findall(head[:HEAD_BYTES])}):
        if version != VERSIONS.get(name, version):
            yield Check("version", "warn", f"{name} {version}", f"{name} {VERSIONS[name]}",
                        "The IMF has another version of this structure: codes may mean something else, look at its notes.", subject=name)


def belongs(one: sdmx.Observation, flow: Flow, dataset: str) -> str | None:
    """The dataset of an observation of a document of a dataset; None for one of a kind that is not stored."""
    frequency, indicator = one.key[3], one.key[1]
    if dataset in (downloads.PORTAL, downloads.WORKBOOK):
        return dataset if indicator in INDICATORS[YEAR] else None
    return next((name for name, wanted in INDICATORS.items()
                 if (name == RATES) == (flow == "ER") and frequency == FREQUENCY[name] and indicator in wanted), None)


def read_cell(content: Content, locator: str) -> str:
    """The printed value that a locator names. Raises a PublisherError where these bytes have no such observation."""
    if legacy.is_legacy(content.head):
        return next((one.value for one in legacy.observations(content) if one.locator == locator), None) or _no(locator)
    if downloads.kind(content.body if content.head.startswith((b"PK", OLE)) else content.head):
        return downloads.read_cell(content, locator)
    if (flow := flow_of(content.head)) is None:
        raise NotReadable("it is no message of the IMF's")
    return sdmx.read_cell(content, locator, LAYOUTS[flow])


def _no(locator: str) -> str:
    raise NotReadable(f"these bytes have no {locator[:200]}")
