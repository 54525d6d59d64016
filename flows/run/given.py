"""What a person gives as a file or address: read within limits, and named for what it is by its bytes, never by its name.

Used by ``import`` and ``check``. A page that a browser saved as one file (MHTML) and what gzip packed are opened, and what is in them
is looked at again; what nothing here reads is refused with its kind and the way out. No publisher is known here.
"""

from __future__ import annotations

import csv
import email
import email.policy
import io
import os
import re
import stat
import zlib
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from connectors.formats import packed
from warehouse.schema.content import Content
from warehouse.schema.errors import NotReadable, TooLarge, UsageError

LARGEST = 64 * 1024 * 1024
"""Bytes of a file, and of what it unpacks to: as of a fetched answer (``Request.max_bytes``)."""
MOST_CELLS = 50_000
"""Cells of a page's tables. The largest page of a publisher that was seen has 8,000; a million take minutes and gigabytes."""
HEAD = 8192
ENDINGS = frozenset(("txt", "html", "htm", "md", "mhtml", "mht", "eml", "docx", "doc", "odt", "ods", "rtf", "pdf", "epub", "xls", "xlsx",
                     "csv", "tsv", "json", "xml", "gz", "zip", "png", "jpg", "jpeg", "parquet"))
"""Ends of names: a word with one of them is meant as a file."""

_PAGES = ("text/html", "application/xhtml+xml")
_ELEMENT = re.compile(r"(?:<[?!][^>]*>\s*)*<([\w:.-]+)")
_NUMBER = re.compile(r"[-+]?[0-9][0-9.]*(?:[eE][-+]?[0-9]+)?")
_CELL = re.compile(rb"<t[dh][\s>/]", re.IGNORECASE)
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*)://|(file|data|mailto|javascript|about|blob):", re.IGNORECASE)
_HEADER = re.compile(rb"\s*(?:From |[A-Za-z][A-Za-z0-9-]*:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n|[A-Za-z][A-Za-z0-9-]*:[^\r\n]*\r?\n)*\r?\n)")


@dataclass(frozen=True)
class Kind:
    """What bytes are, and what to do instead where they are not read."""

    name: str
    way_out: str
    table: bool = False
    """Whether a publisher issues figures like this: its connector looks at it."""


_AS_TEXT = "save it as text or as a web page (HTML), and give that"
_UNPACK = "unpack it, and give what is in it"
_PICTURE = "figures in a picture are not read: give the page, table or text itself"

PDF = Kind("a PDF document", "give the page, workbook or CSV that it was made from, or save its text as a text file", table=True)
WORD = Kind("a Word document", _AS_TEXT)
WORKBOOK = Kind("an Excel workbook", "its tables are not read as a text: copy the text, or import a publisher's workbook", table=True)
ZIP = Kind("a zip archive", _UNPACK, table=True)
MESSAGE = Kind("a mail message", "save its text, or the page that is attached to it, as a file of its own")
_NO_WORDS = "its figures are not read as a text: check the sentence that speaks of them, or import a publisher's file"
TABLE = Kind("a table of data (CSV)", _NO_WORDS)
DATA = Kind("data (JSON)", _NO_WORDS)
XML = Kind("data (XML)", _NO_WORDS)
DRAWING = Kind("a picture (SVG)", _PICTURE)
FEED = Kind("a feed", "give the page of the article, by its address or as a file")
BINARY = Kind("neither text nor anything else that is known here", _AS_TEXT)

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG", Kind("a picture (PNG)", _PICTURE)), (b"\xff\xd8\xff", Kind("a picture (JPEG)", _PICTURE)),
    (b"GIF8", Kind("a picture (GIF)", _PICTURE)), (b"II*\0", Kind("a picture (TIFF)", _PICTURE)),
    (b"MM\0*", Kind("a picture (TIFF)", _PICTURE)),
    (b"{\\rtf", Kind("a rich text document (RTF)", _AS_TEXT)), (b"%!PS", Kind("a PostScript document", _AS_TEXT)),
    (b"\x1f\x8b", Kind("packed with gzip", _UNPACK, table=True)),
    (b"BZh", Kind("packed with bzip2", _UNPACK)), (b"\xfd7zXZ", Kind("packed with xz", _UNPACK)),
    (b"\x28\xb5\x2f\xfd", Kind("packed with zstd", _UNPACK)), (b"7z\xbc\xaf", Kind("a 7z archive", _UNPACK, table=True)),
    (b"Rar!", Kind("a RAR archive", _UNPACK)), (b"PAR1", Kind("a Parquet file", "write it as CSV, with the publisher's own columns")),
    (b"SQLite format 3\0", Kind("a SQLite database", "write its table as CSV")),
    (b"bplist00", Kind("a web archive of Safari", "save the page as page source (HTML)")),
    (b"\x7fELF", Kind("a program", _AS_TEXT)), (b"MZ\x90", Kind("a program", _AS_TEXT)))
_IN_ZIP: tuple[tuple[str, Kind], ...] = (
    ("word/", WORD), ("xl/", WORKBOOK), ("ppt/", Kind("a PowerPoint presentation", _AS_TEXT)))
_MIMETYPES: tuple[tuple[bytes, Kind], ...] = (
    (b"epub", Kind("an e-book (EPUB)", _AS_TEXT)), (b"opendocument.text", Kind("an OpenDocument text", _AS_TEXT)),
    (b"opendocument.spreadsheet", Kind("an OpenDocument spreadsheet", "save it as CSV or xlsx")),
    (b"opendocument", Kind("an OpenDocument file", _AS_TEXT)))
_IN_OLE: tuple[tuple[str, Kind], ...] = (
    ("WordDocument", WORD), ("Workbook", WORKBOOK), ("Book", WORKBOOK),
    ("PowerPoint Document", Kind("a PowerPoint presentation", _AS_TEXT)),
    ("__substg1.0", MESSAGE))


def kind_of(body: bytes) -> Kind | None:
    """What bytes are where they are no text; None for text, markup and delimited files."""
    for magic, kind in _MAGIC:
        if body.startswith(magic):
            return kind
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return Kind("a picture (WebP)", _PICTURE)
    if b"%PDF-" in body[:1024]:
        return PDF
    if body.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _in_zip(body)
    if body.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return next((kind for name, kind in _IN_OLE if name.encode("utf-16-le") in body),
                    Kind("an old Office document", _AS_TEXT))
    if body.startswith((b"\x09\x08\x10\0", b"\x09\x08\x08\0", b"\x09\x04\x06\0", b"\x09\0\x04\0")):
        return WORKBOOK
    if _is_message(body):
        return MESSAGE
    head = body[:HEAD]
    if head[257:262] == b"ustar":
        return Kind("a tar archive", _UNPACK)
    return BINARY if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")) else None


def data_in(text: str) -> Kind | None:
    """Whether a text is no words but data: XML that is no web page, JSON, or a table of delimited cells."""
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith("<"):
        return _markup(start)
    if start[:1] in ("{", "["):
        try:
            msgspec.json.decode(start.encode())
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return None
        return DATA
    return TABLE if any(_is_table(start, mark) for mark in (",", ";", "\t")) else None


def _markup(text: str) -> Kind | None:
    """What XML is by its first element; None for a web page, or a piece of one."""
    name = (_ELEMENT.match(text) or ("", ""))[1].lower()
    if name in ("rss", "feed", "rdf:rdf"):
        return FEED
    return DRAWING if name == "svg" else XML if name != "html" and (text.startswith("<?xml") or ":" in name) else None


def _is_table(text: str, mark: str) -> bool:
    """Lines of as many cells each, with a number in all but the first; of two lines alone, mostly numbers in the second."""
    try:
        rows = list(islice((row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark) if row), 50))
    except csv.Error:
        return False
    numbers = [sum(_NUMBER.fullmatch(cell.strip()) is not None for cell in row) for row in rows]
    if len(rows) < 2 or len(rows[0]) < 2 or any(len(row) != len(rows[0]) for row in rows):
        return False
    return all(numbers[1:]) if len(rows) > 2 else len(rows[0]) > 3 and 2 * numbers[1] > len(rows[0])


def _in_zip(body: bytes) -> Kind:
    try:
        with packed.opened(body) as found:
            if found.names[:1] == ("mimetype",):
                said = found.read("mimetype", 200)
                return next((kind for word, kind in _MIMETYPES if word in said), ZIP)
    except (NotReadable, TooLarge):
        return ZIP
    return next((kind for folder, kind in _IN_ZIP if any(name.startswith(folder) for name in found.names)), ZIP)


def _is_message(body: bytes) -> bool:
    head = body[:HEAD].lower()
    return bool(_HEADER.match(body[:4 * HEAD])) and (b"mime-version:" in head or b"content-type:" in head or (
        b"\nsubject:" in b"\n" + head and b"\nfrom:" in b"\n" + head))


def is_address(what: str) -> bool:
    """Whether an address to fetch is meant. Raises UsageError for one that is malformed or that nobody fetches."""
    meant = _ADDRESS.match(what.strip())
    if meant is None:
        return False
    scheme = (meant[1] or meant[2]).lower()
    if scheme not in ("http", "https"):
        if meant[1] and len(what.split()) > 1 and scheme != "file":
            return False
        raise UsageError(f"{shown(what)} is not fetched: only http and https addresses are. A file is given by its name")
    if len(what.split()) > 3:
        return False  # a sentence that begins with an address
    try:
        parts = urlsplit(what)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or any(char.isspace() or not char.isprintable() for char in what):
        raise UsageError(f"{shown(what)} is no address: one reads https://host/page")
    return True


def is_named_like_a_file(what: str) -> bool:
    """Whether words are meant as the name of a file: by their ending, or by a slash at the right place."""
    if "\n" in what or len(what) > 1000:
        return False
    words = what.split()
    if what.startswith(("/", "./", "../", "~/")):
        return len(words) < 8
    return (len(words) == 1 and "/" in what) or (len(words) < 6 and what.rpartition(".")[2].strip().lower() in ENDINGS and "." in what)


def shown(what: object) -> str:
    """A name as it can be printed, whatever its bytes, and not longer than a line."""
    text = str(what).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return text if len(text) < 300 else text[:300] + " …"


def read(path: Path, *, largest: int = LARGEST) -> bytes:
    """The bytes of a file. Raises UsageError for what is no file, has no name that can be kept, or is too large or empty."""
    name = _nameable(path)
    try:
        # Without waiting: a fifo that nobody writes to would never open.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise UsageError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise UsageError(f"{name} is {_no_file(mode)}, not a file: save what is in it as a file, and give that")
        with open(handle, "rb", closefd=False) as opened:
            body = opened.read(largest + 1)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    finally:
        os.close(handle)
    if len(body) > largest:
        raise UsageError(f"{name} is larger than {largest:,} bytes, the most that is read")
    if not body.strip():
        raise UsageError(f"{name} is empty")
    return body


def document(path: Path) -> tuple[Content, bytes, str]:
    """A file to import: its content, the bytes that it is known by, and in what it was. Raises UsageError as ``read`` and ``opened``.

    One beyond ``LARGEST`` is taken as it is, packed or not, without reading it whole, and known by its first bytes.
    """
    name = _nameable(path)
    try:
        large = path.is_file() and path.stat().st_size > LARGEST
    except OSError as error:  # a name may be longer than any file's
        raise UsageError(f"{name} cannot be read: {error.strerror}; give the name of a file") from error
    if large:
        content = Content.of_file(path)
        return content, content.head, ""
    body, inside = opened(read(path), path.name)
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):  # as Excel and Notepad save "Unicode" text: no publisher issues it
        with suppress(UnicodeDecodeError):  # whoever reads it says that it is damaged
            body, inside = body.decode("utf-16").encode(), f"{inside}; " * bool(inside) + "UTF-16 put into UTF-8"
    return Content.of(body), body, inside


def _nameable(path: Path) -> str:
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError(f"{shown(path)}: its name is not UTF-8; rename it") from None
    return shown(path)


def _no_file(mode: int) -> str:
    return next((word for looks, word in ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISCHR, "a device"),
                                          (stat.S_ISBLK, "a device"), (stat.S_ISSOCK, "a socket")) if looks(mode)), "something else")


def opened(body: bytes, name: str, *, largest: int = LARGEST) -> tuple[bytes, str]:
    """What a file holds, and in what: the page in an MHTML file, what gzip packed; else the bytes as they are and no word.

    Raises UsageError for what is damaged, unpacks to more than ``largest``, or has more cells than any page.
    """
    inside = ""
    for _ in range(2):
        if body.startswith(b"\x1f\x8b"):
            body, inside = _gunzipped(body, name, largest), "unpacked from gzip"
        elif _is_message(body) and (page := _page_in(body, name)):
            body, inside = page, "the page in an MHTML file"
    if not body.strip():
        raise UsageError(f"{name} is empty: {inside} nothing came" if inside else f"{name} is empty")
    if body.startswith(b"\x1f\x8b"):
        raise UsageError(f"{name} is packed with gzip more than twice: unpack it, and give what is in it")
    if body.startswith(b"PK\x03\x04"):
        _bounded(body, name, largest)
    if (cells := sum(1 for _ in _CELL.finditer(body))) > MOST_CELLS:
        raise UsageError(f"{name} has {cells:,} cells, more than the {MOST_CELLS:,} that are read of a page")
    return body, inside


def refuse(name: str, kind: Kind) -> UsageError:
    """The error for a kind that is not read."""
    return UsageError(f"{name} is {kind.name} and could not be read: {kind.way_out}")


def _gunzipped(body: bytes, name: str, largest: int) -> bytes:
    found = bytearray()
    while body.startswith(b"\x1f\x8b"):  # several parts may stand one after another
        unpacking = zlib.decompressobj(wbits=31)
        try:
            found += unpacking.decompress(body, largest + 1 - len(found))
        except zlib.error as error:
            raise UsageError(f"{name} is packed with gzip and damaged: get it again") from error
        if len(found) > largest:
            raise UsageError(f"{name} unpacks to more than {largest:,} bytes, the most that is read")
        if not unpacking.eof:
            raise UsageError(f"{name} is packed with gzip and cut off: get it again")
        body = unpacking.unused_data
    return bytes(found)


def _bounded(body: bytes, name: str, largest: int) -> None:
    try:
        with packed.opened(body) as found:
            fits = found.said <= largest
    except NotReadable:
        return  # whoever reads it says that it is damaged
    except TooLarge:
        fits = False
    if not fits:
        raise UsageError(f"{name} unpacks to more than {largest:,} bytes, the most that is read")


def _page_in(body: bytes, name: str) -> bytes | None:
    """The page of a file that a browser saved whole (multipart/related, or the page alone where it shows nothing else); None for any
    other message."""
    message = email.message_from_bytes(body.lstrip(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    alone = message.get_content_type() in _PAGES and not any(message.get(name) for name in ("To", "Received", "Message-ID"))
    if message.get_content_type() != "multipart/related" and not alone:
        return None
    pages = [part for part in message.walk() if part.get_content_type() in _PAGES]
    if not pages:
        raise UsageError(f"{name} is a page saved as one file (MHTML) without a page in it: save it as a web page (HTML)")
    root = message.get_param("start") or ""
    place = message.get("Snapshot-Content-Location")
    page = next((part for part in pages if (root and part.get("Content-ID") == root) or (
        place and part.get("Content-Location") == place)), pages[0])
    found = page.get_payload(decode=True)
    assert isinstance(found, bytes)
    charset = page.get_content_charset()
    if charset and b"charset" not in found[:4096].lower():
        try:
            return found.decode(charset).encode()
        except (LookupError, UnicodeDecodeError):
            pass  # it says a set that it is not in: the reader of pages finds out
    return found
