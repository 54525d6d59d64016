"""What stands where a table should be: an empty file, an error page or one to sign in, an error in JSON, half a file, a packed one. Pure.

In words, with the way out, for whoever reads why a document was not read. What a true document looks like is the connectors' business;
nothing here decides whether one is read.
"""

from __future__ import annotations

import html
import re

import msgspec

from warehouse.schema.content import Content

AGAIN = "get it again"
_ITSELF = "open its address in a browser and save the file itself"
_SHORT = 1_500
"""Characters to read of a page that only says something. A page of figures has more, and its connector says what is wrong with it."""
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1", re.IGNORECASE | re.DOTALL)
_HIDDEN = re.compile(r"<(script|style|title)\b[^>]*>[^<]*(?:<(?!/\1)[^<]*)*</\1|<[^<>]*>", re.IGNORECASE)
_PASSWORD = re.compile(r"<input\b[^<>]*\btype\s*=\s*[\"']?password", re.IGNORECASE)
_PAGE = re.compile(r"(?:\s|<!--[^<]*?-->|<\?xml[^<>]*>)*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SECTOR = 512
_FEW = 20
"""Bytes that no table of a header and a figure has so few of."""
_ERRORS = ("error", "errors", "errorMessage", "errorMessages", "errortype", "message", "statusCode", "fault", "Fault", "detail")


def told(content: Content) -> str:
    """What a document is in place of a table, and what to do; empty where nothing of this kind can be seen in it."""
    head = content.head
    if not head.strip(b"\xef\xbb\xbf \t\r\n\0") and content.size <= len(head):
        return f"the file is empty: {AGAIN}"
    if head.startswith(b"\x1f\x8b"):
        return "the file is packed with gzip: unpack it, and give what is in it"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the file is UTF-16 text: save it as UTF-8"
    if content.size < _FEW:
        return f"the file has only {content.size} bytes ({head.decode('utf-8', 'replace')!r}): {AGAIN}"
    end = _end(content)
    if head.startswith(b"PK\x03\x04"):
        return "" if b"PK\x05\x06" in end else f"the zip archive or workbook breaks off after {content.size:,} bytes: {AGAIN}"
    if head.startswith(_OLE):
        return "" if content.size % _SECTOR == 0 and content.size > 2 * _SECTOR and _all_sectors(content) else (
            f"the Excel 97 workbook breaks off after {content.size:,} bytes: {AGAIN}")
    if head.startswith(b"%PDF-"):
        return "" if b"%%EOF" in end[-2048:] else f"the PDF breaks off after {content.size:,} bytes: {AGAIN}"
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").lstrip()
    if _PAGE.match(text):
        return _page(text, end, content.size)
    return _json(content, text) if text[:1] in ("{", "[") else ""


def _end(content: Content) -> bytes:
    """The last bytes, as many as a zip may have behind the record that every one ends with."""
    with content.seekable() as stream:
        stream.seek(max(0, content.size - 66_000))
        return stream.read()


def _all_sectors(content: Content) -> bool:
    """Whether an Excel 97 workbook has the sectors that its header names: as many as it counts, that of its directory, and its lists."""
    def number(at: int) -> int:
        return int.from_bytes(content.head[at:at + 4], "little")

    sector = 1 << min(int.from_bytes(content.head[30:32], "little"), 16)
    lists = min(number(44), 109)
    last = max(number(44) - 1, number(48), *(number(76 + 4 * at) for at in range(lists)), 0)
    return content.size >= sector * (last + 2)


def _page(text: str, end: bytes, size: int) -> str:
    if b"</html" not in end[-4096:].lower():
        return f"the web page breaks off after {size:,} bytes: {AGAIN}"
    words = " ".join(html.unescape(_HIDDEN.sub(" ", text)).split())
    if len(words) > _SHORT or size > len(text) + _SHORT or re.search(r"<t[dh]\b", text, re.IGNORECASE):
        return ""
    named = next((found[1] for found in (_TITLE.search(text), _HEADING.search(text)) if found), "")
    title = " ".join(html.unescape(re.sub(r"<[^<>]*>", " ", named)).split()) or words
    to_sign_in = " to sign in" if _PASSWORD.search(text) else ""
    called = f" (“{title[:80]}”)" if title else ""
    return f"the file is a web page{to_sign_in}{called} in place of the table: {_ITSELF}"


def _json(content: Content, text: str) -> str:
    try:
        found = msgspec.json.decode(content.body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return f"the JSON breaks off after {content.size:,} bytes: {AGAIN}" if "truncated" in str(error) else ""
    shown = " ".join(text[:200].split())
    if not found:
        return f"the answer is empty ({shown}): ask again"
    if isinstance(found, dict) and len(found) <= 6 and content.size < 4096 and any(found.get(name) for name in _ERRORS) and not any(
            isinstance(value, list) and value and isinstance(value[0], dict) for name, value in found.items() if name not in _ERRORS):
        return f"the answer is an error in place of figures ({shown}): ask again later"
    return ""
