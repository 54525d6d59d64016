"""What a person gives to check: a sentence, a file, an address or standard input, as text with its day and headline.

An address is fetched by the one polite client and read like any article, into an archive that ends with the command: a check
typed by hand stores nothing.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from warehouse.schema.errors import PublisherError, UsageError

if TYPE_CHECKING:
    from flows.house import House
    from warehouse.schema.travel import Document

LARGEST = 4 * 1024 * 1024
"""Bytes of a file or page; a longer text is no report."""


@dataclass(frozen=True)
class Text:
    """A text to check, with what its page says of it."""

    text: str
    published: str | None = None
    """YYYY, YYYY-MM or YYYY-MM-DD by the page's own metadata."""
    title: str | None = None
    address: str | None = None


def text_of(house: House, what: str) -> Text:
    """The text that is meant: ``-``, an address, the name of a file that exists, else the words themselves.

    Raises UsageError for what is empty or cannot be read, and the named errors of the client and the article reader.
    """
    if what == "-":
        return _words(sys.stdin.read(LARGEST + 1), "standard input")
    if what.startswith(("http://", "https://")) and not any(char.isspace() for char in what):
        return _article(_fetched(house, what))
    file = Path(what)
    if len(what) < 1000 and "\n" not in what and _is_file(file):
        return _file(file)
    if _looks_like_a_file(what):
        raise UsageError(f"there is no file {what!r}; a sentence, a file, an address or - is checked")
    return _words(what, "the text")


def _is_file(file: Path) -> bool:
    try:
        return file.is_file()
    except (OSError, ValueError):  # a sentence may be longer than a file's name, or hold a NUL
        return False


def _looks_like_a_file(what: str) -> bool:
    return not any(char.isspace() for char in what) and Path(what).suffix.lower() in (".txt", ".html", ".htm", ".md")


def _words(text: str, where: str) -> Text:
    if len(text) > LARGEST:
        raise UsageError(f"{where} is longer than {LARGEST:,} characters: no report is")
    if not text.strip():
        raise UsageError(f"{where} is empty: give a sentence, a file, an address or - with text on standard input")
    return Text(text)


def _file(file: Path) -> Text:
    try:
        with file.open("rb") as opened:
            body = opened.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    if len(body) > LARGEST:
        raise UsageError(f"{file} is larger than {LARGEST:,} bytes: no report is")
    if file.suffix.lower() in (".html", ".htm") or b"<html" in body[:2000].lower():
        return _article(_as_document(file, body))
    from connectors.news.decode import clean, decode

    return _words(clean(decode(body)), str(file))


def _as_document(file: Path, body: bytes) -> Document:
    from connectors.news.sources import BY_HAND
    from warehouse.schema.travel import Document, Fetch

    sha256 = hashlib.sha256(body).hexdigest()
    fetch = Fetch(sha256[:24], BY_HAND.dataset, file.resolve().as_uri(), datetime.now(UTC), 200, sha256, len(body), "imported")
    return Document(fetch, body)


def _fetched(house: House, url: str) -> Document:
    from connectors.news.sources import BY_HAND
    from warehouse.archive import Archive
    from warehouse.schema.travel import Request
    from warehouse.store import Folder

    with tempfile.TemporaryDirectory(prefix="entrepot-check-") as folder:
        return house.client(archive=Archive(Folder(Path(folder)))).get(Request(
            url, BY_HAND.dataset, hosts=(urlsplit(url).hostname or "",), accept="text/html",
            content_types=("text/html", "application/xhtml+xml"), max_bytes=LARGEST))


def _article(document: Document) -> Text:
    from connectors.news.article import read_article
    from connectors.news.sources import BY_HAND

    try:
        article = read_article(document, BY_HAND)
    except PublisherError as error:
        if document.fetch.origin_kind == "imported":
            raise UsageError(f"{document.fetch.url}: {error}") from error
        raise
    at, zone = article.published.at, article.published.tz_assumed
    if at and zone:  # a day is its first moment in the publisher's zone: in UTC it is the day before
        at = at.astimezone(ZoneInfo(zone))
    form = {"minute": "%Y-%m-%d", "day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}.get(article.published.precision)
    return Text(article.text, at.strftime(form) if at and form else None, article.title, article.url)
