"""What an answer of Comtrade, or a file of it, is: figures, or one of the things that come in their place, each by its name. Pure."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import msgspec

from connectors.formats import packed
from connectors.formats.delimited import header_of
from warehouse.schema.content import HEAD_BYTES, PART, Content
from warehouse.schema.errors import (
    Forbidden,
    Incomplete,
    KeyRefused,
    NotReadable,
    PublisherError,
    QuotaUsed,
    RateLimited,
    SchemaDrift,
    Unavailable,
)
from warehouse.schema.travel import Document

GZIP = b"\x1f\x8b"
FIGURES = frozenset({"period", "freqcode", "reportercode", "flowcode", "partnercode", "partner2code", "classificationcode", "cmdcode",
                     "customscode", "motcode", "primaryvalue"})
"""Columns that every form of the figures has, capitals and underscores left out: the API writes ``partner2Code``, others
``partner2_code`` or ``partner2code``."""
MOST = 512 * 1024 * 1024
"""Bytes of an answer in JSON: one of 250,000 records has some 240 MB."""
_LEGACY = (frozenset({"reportercode", "partnercode", "tradevalue"}), frozenset({"reportercode", "partnercode", "tradevalueus"}),
           frozenset({"rtcode", "ptcode", "tradevalue"}))
"""Columns of the old Comtrade's downloads, with names for people or for machines, letters and digits alone."""
CAPS = (500, 100_000, 250_000)
"""Rows of an answer that is cut off: without a key, with a free one, with a paid one."""
_OTHERS = (
    (b'"datasetChecksum"', "a list of releases (getDa)"), (b'"dateRelease"', "a list of releases (getComtradeReleases)"),
    (b'"notes"', "notes on releases (getMetadata)"), (b'"fileUrl"', "a list of bulk files: import the files themselves"),
    (b'"queuedAt"', "a list of what was loaded lately (getLiveUpdate)"),
    (b'"classCode"', "a list of codes"))
_OURS = ((b'"elapsedTime"', b'"data"'), (b'"statusCode"', b'"message"'), (b'"error"', b'"details"'), (b'"classCode"', b'"results"'))
"""Names that stand together in an answer, a refusal of the gateway, one of the application, a list of codes."""
_MEANT: Mapping[int, tuple[type[PublisherError], str]] = {
    401: (KeyRefused, "the key was not taken"), 403: (Forbidden, "the question was refused"), 429: (RateLimited, "asked too often")}
_FIGURE = re.compile(rb'"primaryvalue"\s*:', re.IGNORECASE)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def plain(name: str) -> str:
    """A column's name, however it is written."""
    return name.strip().lower().replace("_", "")


@dataclass(frozen=True)
class Opened:
    """What a document holds once it is taken out of what it came in."""

    content: Content
    asked: str = ""
    """The address that it answers, where what it came in says so."""


def opened(content: Content, *, dataset: str = "", url: str = "") -> Opened:
    """The answer in a document: packed with gzip, as bulk files come, or written down with its question as a recorded exchange.

    Raises what the status of a recorded answer means where that is not 200.
    """
    unpacked = _unpacked(content, packed.LIMITS)
    if is_json(unpacked.head):
        unpacked = _unpacked(content, packed.Limits(unpacked=MOST))  # it is read as one
    if not (is_json(unpacked.head) and set(_TOP.findall(unpacked.head)) >= _EXCHANGE):
        return Opened(unpacked)
    try:
        exchange = _EXCHANGED.decode(unpacked.body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SchemaDrift(f"a recorded exchange of another form than known: {error}", dataset=dataset, url=url) from error
    body = exchange.response.body.encode("utf-8", "surrogatepass")
    if exchange.response.body_base64:
        try:
            body = base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise SchemaDrift("a recorded exchange whose body is no base64", dataset=dataset, url=url) from error
    refused(body[:HEAD_BYTES], dataset=dataset, url=url)
    if exchange.response.status != 200:
        raise NotReadable(f"a recorded exchange that was answered with status {exchange.response.status}", dataset=dataset, url=url)
    return Opened(Content.of(body), exchange.request.url)


class _Asked(msgspec.Struct):
    url: str


class _Answered(msgspec.Struct):
    status: int
    body: str
    body_base64: bool = False


class _Exchange(msgspec.Struct):
    request: _Asked
    response: _Answered


_EXCHANGED = msgspec.json.Decoder(_Exchange)
_EXCHANGE = frozenset({b"request", b"response", b"body"})
_TOP = re.compile(rb'"(request|response|body)"\s*:')


def _unpacked(content: Content, limits: packed.Limits) -> Content:
    if not content.head.startswith(GZIP):
        return content

    def parts() -> Iterator[bytes]:
        stream = packed.gunzipped(content, limits)
        while piece := stream.read(PART):
            yield piece

    return Content(parts, size=content.size)


def begins(head: bytes) -> bytes:
    """How a file begins, unpacked where it is packed."""
    if not head.startswith(GZIP):
        return head
    try:
        return zlib.decompressobj(wbits=31).decompress(head[:HEAD_BYTES], HEAD_BYTES)
    except zlib.error:
        return b""


def is_json(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"


def delimiter_of(head: bytes) -> str:
    """The tab of bulk files and of ``format=txt``, or the comma."""
    return "\t" if b"\t" in head.partition(b"\n")[0] else ","


def kind(head: bytes) -> str:
    """The frequency of the figures that a file holds, A or M; empty where it is nothing of Comtrade.

    Raises a PublisherError that names what it is where it is Comtrade's and no figures.
    """
    head = opened(Content.of(head)).content.head if not head.startswith(GZIP) else begins(head)
    if b"<Code>BlobNotFound</Code>" in head:
        raise NotReadable("no figures but the answer of a store that has no such file")
    if not is_json(head) and head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"[":
        header = [plain(name) for name in header_of(head, delimiter=delimiter_of(head))]
        if not set(header) >= FIGURES:
            if any({re.sub("[^a-z0-9]", "", name) for name in header} >= names for names in _LEGACY):
                raise NotReadable("a table of the old Comtrade (before 2022), which is not read: ask Comtrade for the same figures again")
            return ""
        first = head.split(b"\n", 2)[1:2]
        cells = first[0].decode("utf-8", "replace").split(delimiter_of(head)) if first else []
        at = header.index("freqcode")
        return "M" if at < len(cells) and cells[at].strip().strip('"') == "M" else "A"
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"[" and _FIGURE.search(head[:HEAD_BYTES]):
        raise NotReadable("a list of Comtrade's records without the answer that they came in, so nobody can tell whether it is whole: give "
                          "the answer itself (with elapsedTime, count and data), or the records as CSV")
    start = head[:HEAD_BYTES]
    if not (_FIGURE.search(start) or any(all(mark in start for mark in marks) for marks in _OURS)):
        return ""
    if _FIGURE.search(start) and re.search(rb'"data"\s*:\s*\[\s*\{', start):
        found = re.search(rb'"freqcode"\s*:\s*"(\w)"', start, re.IGNORECASE)
        return "M" if found and found[1] == b"M" else "A"
    if b'"count"' in start and re.search(rb'"data"\s*:\s*\[\s*\]', start):
        return "A"  # nothing is there: its parser says so
    refused(start)
    if b'"elapsedTime"' in start and b'"data"' in start:
        raise NotReadable("an answer of Comtrade of a kind that is not read: its records have no primaryValue")
    return ""


def refused(body: bytes, *, dataset: str = "", url: str = "") -> None:
    """Raise what an answer without figures means, by how it begins; return where it may be figures."""
    where = {"dataset": dataset, "url": url}
    try:
        members = _OBJECT.decode(body.removeprefix(b"\xef\xbb\xbf").strip())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        members = {}
    words = " ".join(body[:300].decode("utf-8", "replace").split())
    if "statusCode" in members and "message" in members:
        status = int(bytes(members["statusCode"])[:9]) if bytes(members["statusCode"]).isdigit() else 0
        error, said = _MEANT.get(status, (Unavailable if status >= 500 else Forbidden, "the question was not answered"))
        if "quota" in words.lower():
            error, said = QuotaUsed, "the calls of the day were used"
        raise error(f"no figures but a refusal of Comtrade: {said} ({words})", **where)
    if "error" in members and "data" not in members and bytes(members["error"]) not in (b'""', b"null"):
        said = "its server fails on such a question each time" if "went wrong" in words else "the question was not taken"
        raise Forbidden(f"no figures but a refusal of Comtrade: {said} ({words})", **where)
    if counted := re.search(rb'"count"\s*:\s*([0-9]{1,18})\s*,\s*"data"\s*:\s*\{', body[:1000]):
        raise NotReadable(f"an answer that only counts ({int(counted[1]):,} rows) and gives no figure: ask without countOnly", **where)
    if not _FIGURE.search(body):
        for mark, what in _OTHERS:
            if mark in body:
                raise NotReadable(f"no figures but {what}", **where)


def believed(document: Document, asked: str, count: object, rows: int) -> None:
    """Raise Incomplete for an answer that has fewer records than it says, or that is cut off at a cap; SchemaDrift without a count."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    if not isinstance(count, int):
        raise SchemaDrift("the answer does not say how many records it has", **where)
    if count != rows:
        raise Incomplete(f"the answer says it has {count:,} records and has {rows:,}", **where)
    most = parse_qs(urlsplit(asked).query).get("maxRecords", [""])[0]
    if not document.fetch.part and (rows in CAPS or (most.isdecimal() and rows >= int(most[:9]))):
        raise Incomplete(f"the answer has exactly {rows:,} records, the most that it could have, so it is cut off: ask for less at once",
                         **where)
