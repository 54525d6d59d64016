"""Which answer of the ministry a document is, and what its question was: the answers themselves name neither flow nor currency. Pure.

Two forms of the portal (``records`` of reports 02 and 03, and lists that others made of them) were seen, two of the open data were
described by others; anything else is refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from connectors.formats.json_records import Record, Records
from warehouse.schema.errors import Challenged, Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Document

COUNTRY, HS, COMMODITY = "thmoc.country", "thmoc.hs", "thmoc.commodity"
PORTAL = "https://tradereport.moc.go.th"
REPORT = frozenset(("RowType", "ProductName", "Value", "ValueMonth", "Quantity", "QuantityMonth", "Share"))
"""Report 02: HS codes of a country, a month and the year to date."""
MONTHS = frozenset(("RowType", "ProductName", "Value1", "Value12", "Value1Prev", "Value12Prev"))
"""Report 03: the ministry's commodities of a country, every month of two years."""
PUBLIC = frozenset(("country_code", "year", "month", "value_usd", "quantity"))
"""Open data by HS code: fields that several collectors read."""
SUMMARY = frozenset(("country_code", "value_usd_import"))
"""Open data by country: the one field that others read; the one of exports is taken from its form."""
LIST = frozenset(("nameTh", "nameEn", "Code2"))
_FORMS = ((REPORT, HS), (MONTHS, COMMODITY), (PUBLIC, HS), (SUMMARY, COUNTRY))
_WALL = re.compile(rb"web page blocked|request(?:ed url was)? rejected|attack id|support id|access denied|forbidden", re.IGNORECASE)
_QUESTION = re.compile(r"asked by POST: (\{.*\})", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """What was asked, as far as it is known: from the address, the posted question, or the name of a file that a person brought."""

    flow: str = ""
    year: int = 0
    month: int = 0
    currency: str = ""
    country: str = ""
    code: str = ""


def form_of(body: bytes) -> frozenset[str] | None:
    """The fields by which an answer is known; None for none of the ministry's. Raises a PublisherError for what has no figures."""
    start = body[:65_536].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<":
        if b"moc.go.th" in start:
            check_wall(body)
        return None
    if start[:1] not in (b"[", b"{"):
        return None
    try:
        record = next(iter(_records(body)), None)
    except Incomplete:
        if any(all(f'"{name}"'.encode() in start for name in fields) for fields, _ in _FORMS):
            raise
        return None
    except PublisherError:
        return None
    if record is None:
        return None
    names = set(record.cells)
    if names >= LIST:
        raise NotReadable("the list of countries and groups of Thailand's Ministry of Commerce, which has no figures: its codes are known")
    return next((fields for fields, _ in _FORMS if fields <= names), None)


def check_wall(body: bytes) -> None:
    """Raise Challenged for a firewall's page."""
    start = body[:65_536].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start[:1] == b"<" and _WALL.search(start):
        raise Challenged("the firewall's page of Thailand's Ministry of Commerce, which has no figures: ask again later, or import a saved "
                         "answer")


def dataset_of(fields: frozenset[str]) -> str:
    return next(dataset for form, dataset in _FORMS if form == fields)


def records_of(document: Document) -> Records:
    """The records of an answer. Raises SchemaDrift for what is none, Incomplete where there is no record."""
    records = _records(document.body, dataset=document.dataset, url=document.fetch.url)
    if not len(records):
        raise Incomplete("the answer holds no record", dataset=document.dataset, url=document.fetch.url)
    return records


def place_of(body: bytes) -> tuple[str, ...]:
    """Where the list of records is: the portal has it below ``records``, the open data and collectors' files are the list."""
    return ("records",) if body[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" else ()


def _records(body: bytes, dataset: str = "", url: str = "") -> Records:
    return Records(body, place_of(body), dataset=dataset, url=url)


def question_of(document: Document) -> Question:
    """What an answer was asked for. Nothing is guessed: what stands nowhere is empty."""
    url = document.fetch.url
    if found := _QUESTION.search(document.fetch.source_note):
        return _posted(url, found[1])
    parts = urlsplit(url)
    if url.startswith(f"{PORTAL}/api/"):
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return Question("export" if "/export" in parts.path else "import" if "/import" in parts.path else "", _number(query.get("year")),
                        _number(query.get("month")), "USD", "", query.get("hs_code", ""))
    return _named(url.removeprefix("import:").partition("#")[0])


def _posted(url: str, printed: str) -> Question:
    try:
        asked: Mapping[str, Any] = msgspec.json.decode(printed, type=dict[str, Any])
    except (msgspec.DecodeError, msgspec.ValidationError):
        return Question()

    def chosen(name: str) -> str:
        value = asked.get(name)
        return str(value.get("id", "")) if isinstance(value, dict) else str(value or "")

    currency = {"usd": "USD", "baht": "THB", "thb": "THB"}.get(chosen("currency").lower(), "")
    return Question("export" if "export" in url else "import" if "import" in url else "", _number(chosen("year")), _number(chosen("month")),
                    currency, chosen("country"), "")


def _named(name: str) -> Question:
    """What a file's name says (``export_hs4_2024-10.json``, ``import_commodity_2024_baht.json``)."""
    words = set(re.split(r"[^a-z0-9]+", name.lower()))
    flows = [flow for flow in ("export", "import") if words & {flow, f"{flow}s"}]
    years = set(re.findall(r"(?<![0-9])(20[0-9]{2})(?![0-9])", name))
    currencies = {code for code, told in (("USD", {"usd", "dollar", "dollars"}), ("THB", {"thb", "baht"})) if words & told}
    return Question(flows[0] if len(flows) == 1 else "", int(years.pop()) if len(years) == 1 else 0, 0,
                    currencies.pop() if len(currencies) == 1 else "")


def _number(text: object) -> int:
    return int(str(text)) if re.fullmatch(r"[0-9]{1,4}", str(text or ""), re.ASCII) else 0


def needed(question: Question, *names: str) -> None:
    """Raise NotReadable unless these are known of the question."""
    if missing := [name for name in names if not getattr(question, name)]:
        raise NotReadable(f"the answer itself does not say its {' and '.join(missing)}, and neither its address nor its name does: keep a "
                          "name such as export_hs4_2024-10.json, or export_commodity_2024_baht.json")


def month_of(record: Record, question: Question) -> tuple[int, int]:
    """Year and month of a record, by its own fields before the question's. Raises SchemaDrift where they contradict or are none."""
    year = _number(record.cells.get("year")) or question.year
    month = _number(record.cells.get("month") or record.cells.get("month_id")) or question.month
    if (question.year and year != question.year) or (question.month and month != question.month):
        raise SchemaDrift(f"record {record.number} is of {year}-{month:02}, asked for was {question.year}-{question.month:02}")
    if not 1988 <= year <= 2100 or not 1 <= month <= 12:
        raise SchemaDrift(f"record {record.number} names no month: {year}-{month}")
    return year, month
