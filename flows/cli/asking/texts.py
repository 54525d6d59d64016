"""What a person gives to check: a sentence, a file, an address or standard input, as text with its day and headline.

An address is fetched by the one polite client and read like any article, into an archive that ends with the command: a check
typed by hand stores nothing.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flows.run import given
from warehouse.schema.errors import Forbidden, PublisherError, UsageError

if TYPE_CHECKING:
    from flows.home.house import House
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
        return _read(_piped(), "standard input", "import:standard input")
    if given.is_address(what):
        return _answer(_fetched(house, what))
    if what and len(what) < 1000 and "\n" not in what and _exists(what):
        file = Path(what)
        return _read(given.read(file, largest=LARGEST), given.shown(file), file.resolve().as_uri())
    if given.is_named_like_a_file(what):
        raise UsageError(f"there is no file {given.shown(what)!r}; a sentence, a file, an address or - is checked")
    return _words(what, "the text")


def _exists(what: str) -> bool:
    try:
        return os.path.lexists(what)
    except (OSError, ValueError):  # a sentence may be longer than a file's name, or hold a NUL
        return False


def _piped() -> bytes:
    try:
        return sys.stdin.buffer.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"standard input cannot be read: {error.strerror}") from error


def _words(text: str, where: str) -> Text:
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise UsageError(f"{where} is not UTF-8: give it in a file")
    if len(text) > LARGEST:
        raise UsageError(f"{where} is longer than {LARGEST:,} characters: no report is")
    if not text.strip():
        raise UsageError(f"{where} is empty: give a sentence, a file, an address or - with text on standard input")
    return Text(text)


def _read(body: bytes, name: str, url: str) -> Text:
    """The text in bytes: of a page, or as it stands. What is neither is refused for what it is."""
    if len(body) > LARGEST:
        raise UsageError(f"{name} is larger than {LARGEST:,} bytes: no report is")
    if body.strip():
        body, _ = given.opened(body, name, largest=LARGEST)
    if kind := given.kind_of(body):
        raise given.refuse(name, kind)
    if url.lower().endswith((".html", ".htm")) or b"<html" in body[:2000].lower():
        return _article(_as_document(url, body))
    from connectors.news.page.decode import clean, decode

    text = clean(decode(body))
    if kind := given.data_in(text):
        raise given.refuse(name, kind)
    return _words(text, name)


def _as_document(url: str, body: bytes) -> Document:
    from connectors.news.sources import BY_HAND
    from warehouse.schema.travel import Document, Fetch

    sha256 = hashlib.sha256(body).hexdigest()
    fetch = Fetch(sha256[:24], BY_HAND.dataset, url, datetime.now(UTC), 200, sha256, len(body), "imported")
    return Document(fetch, body)


def _fetched(house: House, url: str) -> Document:
    from connectors.news.sources import BY_HAND
    from warehouse.archive.documents import Archive
    from warehouse.archive.store import Folder
    from warehouse.schema.travel import Request

    with tempfile.TemporaryDirectory(prefix="entrepot-check-") as folder:
        try:
            return house.client(archive=Archive(Folder(Path(folder)))).get(Request(
                url, BY_HAND.dataset, hosts=_siblings(urlsplit(url).hostname or ""), accept="text/html", max_bytes=LARGEST))
        except Forbidden as error:
            if not error.leads_to:
                raise
            raise Forbidden(f"{error.said}. It leads to {error.leads_to}; where that is the page you mean: entrepot check "
                            f"{shlex.quote(error.leads_to)}", url=url) from error


def _siblings(host: str) -> tuple[str, ...]:
    """The hosts that an address may lead to: its own, with and without ``www.``, which sites add and take away."""
    return (host, host.removeprefix("www.") if host.startswith("www.") else f"www.{host}")


def _answer(document: Document) -> Text:
    """The text of an answer: of a page, or as it stands where it is said to be plain text. What is neither is refused for what it is."""
    from connectors.news.page.decode import decode

    fetch = document.fetch
    if kind := given.kind_of(document.body) or given.data_in(decode(document.body)):
        raise given.refuse(fetch.url, kind)
    return _read(document.body, fetch.url, fetch.url) if fetch.content_type.startswith("text/plain") else _article(document)


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
