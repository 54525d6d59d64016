"""Answers of Trade-IDDS as records, and what it says instead of them. Pure.

An answer has ``header`` (status, title, count) and ``dataSet``; collectors keep the records alone, under ``rows`` or as a list. A refusal
comes as an answer too: its status has a code, and no records stand below.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.formats import json_records
from connectors.formats.json_records import Record, Records
from warehouse.schema.content import Content
from warehouse.schema.errors import Forbidden, Incomplete, NotReadable, PublisherError, QuotaUsed, SchemaDrift, Unavailable
from warehouse.schema.travel import Refusal

NEEDS = ("freq", "period", "ttype", "sv", "unitEN", "figure")
KEY = ("period", "ttype", "co", "cc", "code", "sv")
FIGURE = "figure"
NONE = "no record found"
"""Nil records are left out, so a question may have none."""
MEANT: Mapping[int, tuple[type[PublisherError], str]] = {
    2: (QuotaUsed, "the use that Trade-IDDS allows is over for now"),
    3: (Unavailable, "Trade-IDDS is busy"),
    4: (Forbidden, "Trade-IDDS does not let us in (others: until its home page is opened again)"),
}
"""By its own code in the body of an answer of status 200 (others, 2026)."""
REFUSALS = tuple(Refusal(200, f'"code":{blank}{code}{end}', error, said) for code, (error, said) in MEANT.items()
                 for blank in ("", " ") for end in (",", "}", " ", "\n", "\r"))
"""A code of goods stands in quotes, so only the status has one without."""


class Answer:
    """The records of an answer. Raises SchemaDrift for another form, Incomplete where it breaks off or has fewer records than it says."""

    def __init__(self, given: bytes | Content, *, dataset: str = "", url: str = "") -> None:
        where = {"dataset": dataset, "url": url}
        content = Content.of(given)
        try:
            self._records: Records | None = Records(content, _place(content.head), dataset=dataset, url=url)
        except SchemaDrift as error:
            header = _header(content)
            if header is None:
                raise
            if (told := _message(header)) is not None:
                raise NotReadable(told, **where) from error
            self._records = None
            return
        header = self._records.beside.get("header")
        if isinstance(header, dict):
            if (told := _message(header)) is not None:
                raise NotReadable(told, **where)
            counted = header.get("count")
            count = counted.get("noOfRecords") if isinstance(counted, dict) else None
            if str(count or "").isdigit() and int(str(count)) != len(self._records):
                raise Incomplete(f"the answer has {len(self._records)} records where it says {count}", **where)
        if len(self._records):
            self._records.needs(*NEEDS)

    def __len__(self) -> int:
        return 0 if self._records is None else len(self._records)

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records or ())


def is_answer(head: bytes) -> bool:
    """Whether bytes are an answer of Trade-IDDS, or its records as a collector kept them."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") and (
        b'"ttypeDescEN"' in head or (b'"ttype"' in head and b'"sv"' in head) or (b'"noOfRecords"' in head and b'"dataSet"' in head))


def said_instead(head: bytes) -> str | None:
    """What Trade-IDDS says in a file that has its envelope and no records; None for anything else."""
    if b'"status"' not in head or b'"header"' not in head or b'"ttype"' in head:
        return None
    header = _header(Content.of(head))
    return None if header is None or not isinstance(header.get("status"), dict) else _message(header)


def read_cell(given: bytes | Content, locator: str) -> str:
    """The printed figure of a locator. Raises NotReadable where these bytes have no such record."""
    content = Content.of(given)
    return json_records.cell_at(content, locator, _place(content.head), KEY)


def locator_of(record: Record) -> str:
    """``record 17 (2025, 1, CN, , 710610, QCy), field figure``: period, type of trade, origin, consignment or destination, code, figure."""
    return json_records.cell_locator(record, KEY, FIGURE)


def _place(head: bytes) -> tuple[str, ...]:
    """Where the list of records is: below ``dataSet``, in collectors' files below ``rows``, or it is the file."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[":
        return ()
    return ("rows",) if b'"rows"' in head and b'"dataSet"' not in head else ("dataSet",)


def _header(content: Content) -> dict[str, Any] | None:
    import msgspec

    try:
        found = msgspec.json.decode(content.body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    header = found.get("header") if isinstance(found, dict) else None
    return header if isinstance(header, dict) else None


def _message(header: Mapping[str, Any]) -> str | None:
    """What an answer says instead of figures; None of one that has them, or that has no record."""
    code, said = _status(header)
    if not code or NONE in said.casefold():
        return None
    return f"{MEANT[code][1] if code in MEANT else 'Trade-IDDS gives no figures'} (code {code}: {said[:200]})"


def _status(header: Mapping[str, Any]) -> tuple[int, str]:
    """Code and words of a status; 0 where all is well."""
    status = header.get("status")
    if not isinstance(status, dict):
        return 0, ""
    said = status.get("message", "")
    words = " ".join(map(str, said)) if isinstance(said, list) else str(said)
    code = str(status.get("code", ""))
    if code.isdigit() and int(code[:4]):
        return int(code[:4]), words
    return (0, words) if str(status.get("name", "Success")).casefold() == "success" else (1, words or str(status.get("name", "")))
