"""Keeping secrets out of logs, archive records and error texts. Nothing is asked or stored here.

What counts as secret is decided here and nowhere else: query parameters and headers with a telling name, user names
inside an address, and the literal secrets the settings hold. Where secrets come from is the settings' business.
"""

from __future__ import annotations

import logging
import re
import weakref
from collections.abc import Iterable, Mapping
from urllib.parse import quote, quote_plus

from warehouse.schema.content import Content

MARK = "REDACTED"

# ``key`` is exact: publishers page through results with names such as ``nextPageToken`` or ``seriesKey``, and
# blotting those out would give two addresses one record.
_PARAMETER = re.compile(
    r"(?i)(?<![a-z0-9_-])"
    r"(key|(?:api|access|service|(?:ocp-apim-)?subscription)[-_]?key|token|(?:access|auth|id|refresh)[-_]?token"
    r"|authorization|sig|signature|password|passwd|pwd|(?:client[-_]?)?secret)"
    r"=[^&#;\s\"'<>]*"
)
_HEADER = re.compile(
    r"(?i)\b(authorization|proxy-authorization|ocp-apim-subscription-key|x-api-key|x-auth-token|cookie)"
    r"([\"']?\s*:\s*)[^\r\n]*"
)
_USER = re.compile(r"(?<=://)[^/?#@\s]+@")

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "ocp-apim-subscription-key", "x-api-key", "x-auth-token", "cookie"}
)


class Redactor:
    """Replaces every secret it knows in a text or an address by ``REDACTED``."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._literals: tuple[str, ...] = ()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Know further literal secrets, also as they look inside an address.

        Fewer than four characters are no secret, and blotting them out would make every line unreadable.
        """
        known = set(self._literals)
        for secret in (each for each in secrets if len(each) >= 4):
            known |= {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
        # Longest first, so that a secret that begins with another is not left half readable.
        self._literals = tuple(sorted(known, key=len, reverse=True))

    def learn_headers(self, headers: Mapping[str, str]) -> None:
        """Know the values of key headers, whole and without their scheme word (``Bearer``)."""
        for name, value in headers.items():
            if name.lower() in SECRET_HEADERS:
                self.learn((value, value.rpartition(" ")[2]))

    def __call__(self, text: str) -> str:
        """The text without what must not be read in it. An address stays an address."""
        for literal in self._literals:
            text = text.replace(literal, MARK)
        text = _HEADER.sub(rf"\1\2{MARK}", text)
        text = _PARAMETER.sub(rf"\1={MARK}", text)
        return _USER.sub(f"{MARK}@", text)

    def appears_in(self, body: bytes | Content) -> bool:
        """Whether a literal secret stands in these bytes (short ones would be found by chance and are left out)."""
        return Content.of(body).contains(literal.encode() for literal in self._literals if len(literal) >= 8)


class RedactingFilter(logging.Filter):
    """For a library's logger: urllib3 logs each path with its query at DEBUG, keys included.

    One filter serves all clients of a process and forgets a client's secrets with the client.
    """

    def __init__(self) -> None:
        super().__init__()
        self._redactors: tuple[weakref.ref[Redactor], ...] = ()

    def use(self, redact: Redactor) -> None:
        alive = (each for each in self._redactors if each() is not None)
        self._redactors = (*alive, weakref.ref(redact))

    def filter(self, record: logging.LogRecord) -> bool:
        text = Redactor()(record.getMessage())
        for redactor in self._redactors:
            if (redact := redactor()) is not None:
                text = redact(text)
        record.msg, record.args = text, None
        return True
