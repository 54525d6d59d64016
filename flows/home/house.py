"""One home opened: its archive, journal, lake and connectors. Knows where things are; does nothing with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import flows
from flows.home import clock
from flows.home.settings import Settings
from warehouse.archive import disk
from warehouse.archive.documents import Archive
from warehouse.archive.journal import Journal
from warehouse.archive.objects import Access, ObjectStore
from warehouse.archive.store import Folder, Store
from warehouse.home import data_at, folder
from warehouse.lake.opening import AnyPlace, Place, may_use
from warehouse.lake.served.place import ServedPlace
from warehouse.lake.served.workers import Worker
from warehouse.schema.errors import EntrepotError, UsageError
from warehouse.upkeep import whole

if TYPE_CHECKING:
    from connectors.contract import Client


DOUBTFUL_DAYS = 30
"""So long a frozen page that could not be loaded is asked for again."""


def entrepot_version() -> str:
    """The installed version."""
    try:
        return version("entrepot")
    except PackageNotFoundError:
        return "0"


def sample_folder() -> Path:
    """The shipped sample archive: inside the installed package, or beside it in a checkout."""
    for shipped in (Path(flows.__file__).parent / "sample", Path(flows.__file__).parents[1] / "sample"):
        if (shipped / "blobs").is_dir():
            return shipped
    raise EntrepotError("the sample archive is not installed: install entrepot again")


@dataclass(frozen=True)
class House:
    """A home and its rooms."""

    settings: Settings
    demo: bool = False
    """The demo home: a folder of its own, whose one upstream is the shipped sample."""

    def __post_init__(self) -> None:
        may_use(self.settings.memory)

    @property
    def root(self) -> Path:
        return self.settings.home / "demo" if self.demo else self.settings.home

    @cached_property
    def place(self) -> AnyPlace:
        """Where the lake is: in the home, or on servers. A demo is always in its home."""
        wanted = self.settings
        if self.demo or not wanted.catalog:
            if wanted.data and not self.demo:
                raise UsageError("ENTREPOT_DATA moves a lake whose catalogue is on PostgreSQL: set ENTREPOT_CATALOG too, or neither")
            return Place(self.root / "lake")
        return ServedPlace(wanted.catalog.get_secret_value(), data_at(wanted.data, self.root), self._objects,
                           wanted.catalog_reader.get_secret_value() if wanted.catalog_reader else "")

    @cached_property
    def worker(self) -> Worker | None:
        """This run among others at the same served lake; None where the lake is in the home."""
        return Worker(self.place) if isinstance(self.place, ServedPlace) else None

    @property
    def _objects(self) -> Access:
        wanted = self.settings
        return Access(wanted.s3_endpoint, wanted.s3_region, wanted.s3_key.get_secret_value() if wanted.s3_key else "",
                      wanted.s3_secret.get_secret_value() if wanted.s3_secret else "")

    @cached_property
    def store(self) -> Store:
        """Where archive and journal are: in the home, or where a setting says."""
        elsewhere = "" if self.demo else self.settings.archive
        if elsewhere.startswith("s3://"):
            return ObjectStore(elsewhere, self._objects)
        return Folder(folder(elsewhere) if elsewhere else self.root / "archive")

    @property
    def room_needed(self) -> int:
        """Bytes that must be free on the home's disk before a run: what the settings say, and copies of a catalogue that stands there."""
        return disk.needed(self.root / "lake" / "catalog.sqlite", self.settings.least_free_mb * 10**6)

    @property
    def staging(self) -> Path:
        return self.root / "staging"

    @cached_property
    def archive(self) -> Archive:
        return Archive(self.store, scratch=self.staging)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.store)

    def make_sure(self) -> None:
        """Refuse a home of which a part is gone, such as a disk that is not mounted: raises LakeDamaged (``warehouse.upkeep.whole``)."""
        if gone := whole.gone(self.place, self.journal):
            raise gone

    def sample_datasets(self) -> frozenset[str]:
        """Datasets of which the shipped sample holds pages: all that a demo asks for."""
        return frozenset(fetch.dataset for fetch in Archive(Folder(sample_folder())).fetches())

    def client(self, *, force: bool = False, archive: Archive | None = None) -> Client:
        """The polite client of this home; a demo's answers come from the sample archive instead of the network.

        What it is answered goes to the home's archive, or to another one where nothing is to be kept.
        """
        from connectors.http.client import HttpClient
        from connectors.http.client import Settings as HttpSettings
        from connectors.http.transport import TimeLimits

        wanted = self.settings
        patience = HttpSettings(min_interval=wanted.min_interval_s, pause=wanted.retry_pause_s, budget=wanted.patience_s,
                                limits=TimeLimits(total=wanted.answer_within_s))
        upstream = Archive(Folder(sample_folder())) if self.demo else None
        return HttpClient(archive or self.archive, contact=self.settings.contact, version=entrepot_version(),
                          locks=self.settings.home / "locks", host_map=self.settings.host_map, secrets=wanted.secrets,
                          settings=patience, upstream=upstream, force=force, now=clock.now,
                          doubtful=() if self.demo else self._doubtful(), keys=wanted.keys_set)

    def _doubtful(self) -> set[str]:
        """Addresses of pages that were held back or could not be loaded lately: a publisher may put them right in place."""
        since = clock.now() - timedelta(days=DOUBTFUL_DAYS)
        told = {entry.url: entry for entry in self.journal.entries() if entry.kind == "outcome" and not entry.batch}
        broken = {url for url, entry in told.items() if entry.result == "error" and entry.at > since}
        return broken | {load.entry.url for load in self.journal.held()
                         if load.entry.at > since and (load.decided is None or load.decided.kind == "rejected")}
