"""Is this answer what was asked for? Statuses by name, challenge pages, media types, landmarks. Nothing is asked or stored here.

An answer is believed only after ``check_content``; what a table's rows must look like is the parsers' business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from warehouse.schema.content import Content
from warehouse.schema.errors import (
    Challenged,
    Forbidden,
    Incomplete,
    NotFound,
    PublisherError,
    RateLimited,
    SchemaDrift,
    Unavailable,
)
from warehouse.schema.travel import Refusal, Request

MOST_QUOTED = 300
"""Bytes of a refusal that are quoted."""
HTML_TYPES = ("text/html", "application/xhtml+xml")

# Seen in bot walls: 加速乐 (__jsluid) and 瑞数 ($_ts) before www.customs.gov.cn, October 2026, as 412 and as 200;
# Cloudflare; and captcha sliders of any make. A WPS viewer shell (tjs.customs.gov.cn, August 2026) is none of these:
# it is the publisher's page, only not one that can be read.
_CHALLENGE = re.compile(
    rb"__jsluid|\$_ts\b|<title>\s*just a moment|cf[-_]chl|checking your browser|captcha|ddos-guard", re.IGNORECASE
)
_CHALLENGE_STATUSES = (403, 412, 503)
_SHELL_BYTES = 256 * 1024
_SHELL_TEXT = 1_500
"""A wall has little to read. A long page that mentions a captcha, or carries one in its search form, is no wall."""

_WAY_OUT = "have a person save the file and use `entrepot import`"

_PROLOGUE = (b"<?xml", b"<!--")
_HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<meta", b"<title", b"<noscript")


def is_html(body: bytes) -> bool:
    """Whether a body begins like a web page, whatever its media type says."""
    head = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    while head.startswith(_PROLOGUE):
        end = b"-->" if head.startswith(b"<!--") else b"?>"
        head = head.partition(end)[2].lstrip()
    return head.startswith(_HTML_STARTS)


def is_challenge(body: bytes) -> bool:
    """Whether a body is a challenge page: a web page with a wall's marks and next to nothing to read."""
    return (
        len(body) <= _SHELL_BYTES
        and is_html(body)
        and _CHALLENGE.search(body) is not None
        and _readable_length(body) <= _SHELL_TEXT
    )


def named_status(status: int, body: bytes) -> PublisherError | None:
    """The named error of a status that is not a full answer; None for one that is (200, 203)."""
    if status in (200, 203):
        return None
    if status in _CHALLENGE_STATUSES and is_challenge(body):
        return Challenged(f"a challenge page stands in the way (status {status}); {_WAY_OUT}")
    if status in (404, 410):
        return NotFound(f"nothing is there (status {status})")
    if status == 429:
        return RateLimited("asked too often (status 429)")
    if status == 408:
        return Unavailable("the publisher waited for the question and gave up (status 408)")
    if status >= 500:
        return Unavailable(f"the publisher's server failed (status {status})")
    if status in (401, 403):
        return Forbidden(f"the publisher refuses this request (status {status})")
    if status >= 400:
        return Forbidden(f"the publisher does not accept this request (status {status})")
    if status == 304:
        return Incomplete("it says nothing has changed (304), and nothing is held")
    if status >= 300:
        return Forbidden(f"it answered {status} and says no address to go on to")
    return Incomplete(f"it answered {status}, which is not a full answer")


def meant(refusals: Sequence[Refusal], status: int, body: bytes) -> PublisherError | None:
    """The error that a publisher declares for an answer, with its own words behind; None where it declares none."""
    for refusal in refusals:
        if refusal.status == status and refusal.says.lower().encode() in body.lower():
            words = " ".join(body[:MOST_QUOTED].decode("utf-8", "replace").split())
            return refusal.error(f"{refusal.said} (status {status}: {words})" if words else f"{refusal.said} (status {status})")
    return None


def check_content(request: Request, content_type: str, body: bytes | Content) -> None:
    """Believe a body or raise: Incomplete, Challenged or SchemaDrift.

    A landmark that is found is stronger than a wall's mark: 瑞数 leaves ``$_ts`` in pages it lets through.
    """
    content = Content.of(body)
    if not content.size or (content.size < 1024 and not content.body.strip()):
        raise Incomplete("the answer is empty")
    landmark = content.contains((mark.encode() for mark in request.landmarks), any_case=True)
    if not landmark and content.size <= _SHELL_BYTES and is_challenge(content.body):
        raise Challenged(f"a challenge page stands where the data should be; {_WAY_OUT}")
    _check_type(request.content_types, content_type, content.head)
    if request.landmarks and not landmark:
        wanted = " or ".join(f"“{mark}”" for mark in request.landmarks)
        raise Incomplete(f"the answer holds no {wanted}, as every true one does")


def _check_type(wanted: tuple[str, ...], content_type: str, body: bytes) -> None:
    if not wanted:
        return
    expected = tuple(kind.lower() for kind in wanted)
    html_wanted = any(kind in HTML_TYPES for kind in expected)
    said = content_type.partition(";")[0].strip().lower()
    # A type that is absent, or right over a body that is a web page, is decided by the body.
    if (said in HTML_TYPES or is_html(body)) and not html_wanted:
        raise SchemaDrift(f"HTML where {' or '.join(expected)} was expected")
    if said and said not in expected and not (said in HTML_TYPES and html_wanted):
        raise SchemaDrift(f"{said} where {' or '.join(expected)} was expected")


def _readable_length(body: bytes) -> int:
    """Characters of a page outside tags, scripts and styles.

    Split, not matched: a lazy pattern over thousands of unclosed ``<script`` is quadratic.
    """
    text = body
    for tag in (b"script", b"style"):
        pieces = re.split(rb"<" + tag + rb"\b", text, flags=re.IGNORECASE)
        closing = re.compile(rb"</" + tag + rb"\b", re.IGNORECASE)
        kept = [pieces[0]]
        for piece in pieces[1:]:
            closed = closing.split(piece, maxsplit=1)
            kept += closed[1:]
        text = b" ".join(kept)
    return len(b" ".join(re.sub(rb"<[^<>]*>", b" ", text).split()))
