"""GACC's documents as grids of printed cells: HTML pages and Excel 97 workbooks.

Here bytes become texts and cells, each with its place; what they mean is ``titles`` and ``tables``. Any bytes
give a Page or NotReadable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.formats import html_tables
from connectors.formats.grids import Grid, cell_at
from connectors.formats.workbooks import OLE, read_workbook
from connectors.statistics.gacc.titles import squash
from warehouse.schema.errors import NotReadable

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

SHANGHAI = ZoneInfo("Asia/Shanghai")
_GACC = ("customs.gov.cn", "general administration of customs", "general administrator of customs", "海关")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?:\s+(\d{1,2}):(\d{2}))?(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")


@dataclass(frozen=True)
class Page:
    """A document's texts and grids."""

    titles: tuple[str, ...]
    """Texts that name the page. Those inside a table are in its first rows."""
    grids: tuple[Grid, ...]
    gacc: bool
    """Whether a web page says that it is GACC's."""
    workbook: bool = False
    """A workbook names nobody: the wording of its title has to do."""
    dated: str = ""
    """The date as printed on the page."""
    picture: str = ""
    """Address of an image that stands where the table should be."""
    viewer: bool = False
    """Whether the body is only a frame with a document viewer."""


@lru_cache(maxsize=2)
def read_page(body: bytes) -> Page:
    """Bytes as a page. Raises NotReadable for what is neither HTML nor an Excel 97 workbook, and Incomplete for a page
    that was cut off.

    The last pages are remembered: a page is held against its index, then parsed, and traced cell by cell.
    """
    if body.startswith(OLE):
        return Page(titles=(), grids=read_workbook(body), gacc=False, workbook=True)
    text = _decoded(body)
    if not re.search(r"<(?:html|body|table)\b", text, re.IGNORECASE):
        raise NotReadable("neither a web page nor an Excel 97 workbook")
    return _html(html_tables.parsed(text), text)


def read_cell(body: bytes, locator: str) -> str:
    """The printed text of the cell that a locator of this connector names. Raises NotReadable when it names none."""
    return squash(cell_at(read_page(body).grids, locator))


def released(printed: str, after: datetime) -> datetime | None:
    """A printed date, midnight in Shanghai where it has no hour, or None when it cannot be the release.

    ``2026/04/08`` has one reading. ``03/08/2018`` (seen on pages of 2018) has two, 3 August and 8 March, and stays
    unread unless one of the numbers can only be a day. A date before the period has ended is no release either.
    """
    found = _YEAR_FIRST.search(printed)
    if found:
        year, month, day, hour, minute = (int(part or 0) for part in found.groups())
        moments = {_moment(year, month, day, hour, minute)}
    else:
        last = _YEAR_LAST.search(printed)
        if last is None:
            return None
        first, second, year = (int(part) for part in last.groups())
        moments = {_moment(year, second, first), _moment(year, first, second)}
    likely = {moment for moment in moments if moment is not None}
    moment = likely.pop() if len(likely) == 1 else None
    return moment.astimezone(UTC) if moment is not None and moment > after else None


def _moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime | None:
    try:
        return datetime.combine(datetime(year, month, day), time(hour, minute), SHANGHAI)
    except ValueError:
        return None


def _decoded(body: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding).replace("\0", "\ufffd")
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", errors="replace").replace("\0", "\ufffd")


def _html(soup: BeautifulSoup, text: str) -> Page:
    html_tables.check_whole(text)
    lower = text.casefold()
    titles = [tag.get_text() for tag in soup.select("title, h1, .atcl-ttl")]
    titles += [str(tag.get("content") or "") for tag in soup.find_all("meta", attrs={"name": "ArticleTitle"})]
    grids = html_tables.grids_of(soup)
    pictures = [] if grids else [str(image.get("src") or "") for image in soup.select(".atcl-cnt img")]
    frames = [] if grids else [str(frame.get("src") or "") for frame in soup.find_all("iframe")]
    return Page(titles=tuple(dict.fromkeys(squash(title) for title in titles if title.strip())), grids=grids,
                gacc=any(mark in lower for mark in _GACC),
                dated=" ".join(tag.get_text(" ") for tag in soup.select(".atcl-date")),
                picture=pictures[0] if pictures else "",
                viewer=any("weboffice" in source or "/wps/" in source for source in frames))
