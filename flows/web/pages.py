"""What a person sees at ``/``: the site of ``warehouse.pages.site``, each page made when somebody asks for it and kept until the lake or
what is expected of it changes.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from flows.tell.site import around
from warehouse.pages.site.whole import Around
from warehouse.pages.site.whole import Site as Pages
from warehouse.schema.errors import EntrepotError, TooMany, UsageError

if TYPE_CHECKING:
    from flows.web.app import Site

KEPT = 200
"""Pages in memory: some 40 MB."""
AROUND_S = 60.0
"""So long calendar and lateness are taken to be as they were."""
WITHIN_S = 120.0
"""A brief asks some two hundred questions and draws a dozen charts: seconds, and a minute where the machine is busy with other work."""
PATIENCE_S = 30.0
"""Pages are made one after the other; whoever waits longer is told to come again."""


class _Fresh:
    """Pages of the newest copy of the lake."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._kept: OrderedDict[tuple[object, str], bytes] = OrderedDict()
        self._around: tuple[float, Around] | None = None
        self._turn = threading.Lock()

    def page(self, path: str) -> bytes:
        """Raises KeyError where there is no such page, EntrepotError where nothing of it is held or no turn comes."""
        if (found := self._kept.get((self._state(), path))) is not None:
            return found
        if not self._turn.acquire(timeout=PATIENCE_S):
            raise TooMany("more pages are asked for at once than this machine makes: ask again in a minute")
        try:
            key = (self._state(), path)
            if key not in self._kept:
                with self.site.asked.readers.reading(WITHIN_S) as con:
                    self._kept[key] = Pages(con, self._told()).make(path)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return self._kept[key]
        finally:
            self._turn.release()

    def refused(self, path: str, why: str) -> bytes:
        """A page that says why there is none."""
        with self.site.asked.reading() as con:
            return Pages(con, self._told()).refused(path, why)

    def _state(self) -> object:
        """What a page is made of: the copy of the lake (on servers, which have none, of the last minute) and what stands around it."""
        place = self.site.house.place
        return int(time.monotonic() // AROUND_S) if place.shared else place.current(), self._told()

    def _told(self) -> Around:
        if self._around is None or time.monotonic() - self._around[0] > AROUND_S:
            self._around = time.monotonic(), around(self.site.house, served=True)
        return self._around[1]


def missing(site: Site, path: str) -> Response:
    """The page of an address that has none."""
    path = path.removeprefix("/")
    try:
        made = _Fresh(site).refused(path, "There is no such page")
    except EntrepotError:
        made = Pages.alone("There is no such page")
    return Response(made, 404, media_type="text/html; charset=utf-8")


def router(site: Site) -> APIRouter:
    """The pages of a home."""
    made, fresh = APIRouter(include_in_schema=False), _Fresh(site)

    @made.get("/")
    def first(request: Request) -> Response:
        return shown("index.html", request)

    @made.get("/{name}.html")
    def listed(name: str, request: Request) -> Response:
        return shown(f"{name}.html", request)

    @made.get("/feed.xml")
    def feed(request: Request) -> Response:
        return shown("feed.xml", request)

    @made.get("/{kind}/{name}.html")
    def brief(kind: str, name: str, request: Request) -> Response:
        return shown(f"{kind}/{name}.html", request)

    def shown(path: str, request: Request) -> Response:
        kind = "application/atom+xml" if path.endswith(".xml") else "text/html; charset=utf-8"
        try:
            body = fresh.page(path)
            # A browser and a feed reader ask each time, and are told that nothing has changed.
            headers = {"cache-control": "no-cache", "etag": f'"{hashlib.sha256(body).hexdigest()[:32]}"'}
            if headers["etag"] in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers=headers)
            return Response(body, media_type=kind, headers=headers)
        except KeyError:
            return Response(fresh.refused(path, "There is no such page"), 404, media_type=kind)
        except UsageError as error:
            return Response(fresh.refused(path, str(error)), 404, media_type=kind)
        except EntrepotError as error:
            return Response(Pages.alone(str(error)), 503, media_type="text/html; charset=utf-8", headers={"retry-after": "60"})

    return made
