"""Bytes of a page or feed into text: whose word on the character set is believed, and the repair of one usual damage.

Pure. The order was settled on real pages: a People's Daily page that calls itself GB2312 and holds GBK characters, the
same page stored as UTF-8 with its old declaration, and a ministry's mirror that read UTF-8 as GBK.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from connectors.news.page.charsets import escaped, guessed, nearly_utf8, wide

_DECLARED = re.compile(rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})",
                       re.IGNORECASE)
_IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "hz": "gb18030", "iso8859-1": "cp1252", "ascii": "cp1252",
          "big5": "big5hkscs", "euc_kr": "cp949", "shift_jis": "cp932"}
"""Declared sets and the wider ones that pages really use; the wider reads everything of the narrower."""

_PAGES_USE = ("gb18030", "big5", "cp125", "cp874", "cp93", "cp949", "iso8859", "koi8", "euc_", "tis-620")
"""Beginnings of the sets a page may declare. UTF-8 is not among them, having been tried; nor are Python's codecs that
are no character sets (base64, idna)."""

_SEVERAL_BYTES = ("gb18030", "big5", "cp93", "cp949", "euc_")

_NOT_CHARACTERS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

_MISREAD = re.compile("[鈥锛銆涓鐨聽]")
"""What “ ” ’ — （ 。 and the commonest Chinese characters look like where UTF-8 was read as GBK."""

MOST_TAGS = 30_000
"""Tags of a page or feed that is read. The largest real page tried had 2,500; over a million readers take minutes."""
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{4000,}")
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_MOST_ATTRIBUTES = 500


def hostile(body: bytes) -> str:
    """Why bytes are not given to a reader of markup: a shape on which readers take minutes. Empty for any other.

    Looked for before anything is parsed, since what is slow are the parsers themselves (libxml2 compares each attribute with all
    others; feedparser and trafilatura walk the tree again for each element).
    """
    if (tags := body.count(b"<")) > MOST_TAGS:
        return f"{tags:,} tags, and no page or feed that people read has {MOST_TAGS:,}"
    for tag in _LONG_TAG.finditer(body):
        if len(_QUOTED.sub(b"", tag[0]).split()) > _MOST_ATTRIBUTES:
            return f"a tag with more than {_MOST_ATTRIBUTES} attributes"
    return ""


_ENDS = re.compile(rb"</(?:html|body)\s*>", re.IGNORECASE)
_PARTS = re.compile(rb"<(/?)(article|main|section|div)\b", re.IGNORECASE)


def cut(body: bytes) -> bool:
    """Whether a page of HTML was cut off: it closes neither itself nor a part that may not be left open, or ends within a tag."""
    if not re.search(rb"<(?:html|body)\b", body[:8192], re.IGNORECASE) or _ENDS.search(body):
        return False
    tail = re.sub(rb"<!--.*?-->", b"", body[-4096:], flags=re.DOTALL)
    open_ = sum(-1 if part[1] else 1 for part in _PARTS.finditer(body))
    return open_ > 0 or tail.rfind(b"<") > tail.rfind(b">")


def decode(body: bytes, content_type: str = "") -> str:
    """Text of any bytes. Believed in this order: a byte order mark; UTF-8 where the bytes are valid UTF-8 (other sets
    almost never are by chance); the page's own declaration, then the HTTP header, where the bytes are valid in it; UTF-8 with a few
    broken characters; a set that the commonest characters of Chinese, Japanese or Korean give away, also against a declared one in
    which they are rare; the declaration all the same; Windows-1252.

    A set of one byte a character is valid for any bytes, so its declaration stands only where no such language shows.
    """
    for mark, charset in _MARKS:
        if body.startswith(mark):
            return body[len(mark):].decode(charset, "replace")
    if text := wide(body) or escaped(body):
        return text
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass  # not an error: the next in order is asked
    declared = _DECLARED.search(body[:4096])
    header = _IN_HEADER.search(content_type)
    named = [declared.group(1).decode("ascii") if declared else "", header.group(1) if header else ""]
    charsets = [wider for name in named if (wider := _known(name))]
    for charset in charsets:
        if charset.startswith(_SEVERAL_BYTES):
            with suppress(UnicodeDecodeError):
                return guessed(body, charset) or body.decode(charset)
    if text := nearly_utf8(body) or guessed(body):
        return text
    return body.decode(charsets[0] if charsets else "cp1252", "replace")


def _known(name: str) -> str:
    """Python's name of the wider set for a declared one, empty where no page can be in it."""
    try:
        found = codecs.lookup(re.sub("(?i)^windows-", "cp", name)).name
    except LookupError:
        return ""
    wider = _WIDER.get(found, found)
    return wider if wider.startswith(_PAGES_USE) else ""


_WORD = re.compile(r"[^\W\d_]{3,}")
_ALL_ACCENTS = re.compile("[\u00a1-\u00ff]{3,}")


def misread(text: str) -> bool:
    """Whether a page's text is letters of another script read as Latin ones: words that are nothing but accents, and many of them."""
    words = _WORD.findall(re.sub(r"<[^>]*>", " ", text))
    odd = sum(_ALL_ACCENTS.fullmatch(word) is not None for word in words)
    return odd >= 10 and 3 * odd > len(words)


def repaired(text: str) -> str:
    """Text with lines put right that were UTF-8 read as GBK ("MOFCOM鈥檚" for "MOFCOM’s", a mirror of 2024).

    A line is touched only where it holds a typical misreading and the whole of it turns back into valid UTF-8.
    """
    if not _MISREAD.search(text):
        return text
    return "\n".join(_line(line) for line in text.split("\n"))


def _line(line: str) -> str:
    if not _MISREAD.search(line):
        return line
    try:
        return line.encode("gbk").decode("utf-8")
    except UnicodeError:  # honest Chinese, or damage beyond repair: left as it is
        return line


def clean(text: str) -> str:
    """Without control characters and lone surrogates, which the lake refuses (a NUL makes a commit fail)."""
    return _NOT_CHARACTERS.sub("", text)


def one_line(text: str) -> str:
    """Cleaned, repaired, with single spaces."""
    return " ".join(repaired(clean(text)).split())
