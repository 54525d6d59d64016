"""A page as PDF or PNG, by PlutoPrint: a layout engine inside this process, without a browser, a script or an address.

What it reads is the page alone: every address that a page names, and there is none in ours, is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    import plutoprint

PIXELS = 1000
"""Width of a PNG's page; its height follows."""
_PAPER = "@page{size:A4;margin:17mm 18mm}*{overflow-wrap:normal!important}"
_SCREEN = "*{overflow-wrap:normal!important}nav,form,details,.small{display:none}"


def write(html: str, to: Path, kind: str) -> None:
    """Lay out a page into a file as ``.pdf`` (A4) or ``.png``. Raises UsageError where PlutoPrint is not there for this machine."""
    engine = _engine()
    if kind == ".pdf":
        book = engine.Book(media=engine.MEDIA_TYPE_PRINT)
        book.custom_resource_fetcher = _nothing(engine)
        book.load_html(html, user_style=_PAPER)
        book.write_to_pdf(str(to))
    else:
        book = engine.Book(media=engine.MEDIA_TYPE_SCREEN)
        book.custom_resource_fetcher = _nothing(engine)
        book.load_html(html, user_style=_SCREEN)
        book.write_to_png(str(to), PIXELS)


def check() -> None:
    """Raises UsageError where nothing here can lay out a page: said before anything is read."""
    _engine()


def _engine() -> Any:
    try:
        import plutoprint as engine
    except ImportError as error:
        raise UsageError(f"a brief cannot be made as PDF or PNG here: PlutoPrint has no build for this machine ({error}). Write "
                         "-o FILE.html and print it from a browser") from error
    return engine


def _nothing(engine: Any) -> Any:
    class Nothing(engine.ResourceFetcher):  # type: ignore[misc]
        """Refuses every address."""

        def fetch_url(self, url: str) -> plutoprint.ResourceData:
            raise ValueError(f"a page of ours names no address, and {url[:80]} is one")

    return Nothing()
