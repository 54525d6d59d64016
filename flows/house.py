"""One home opened: its archive, journal, lake and connectors. Knows where things are; does nothing with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from flows.settings import Settings
from warehouse.archive import Archive
from warehouse.journal import Journal
from warehouse.lake import Place
from warehouse.schema.errors import EntrepotError
from warehouse.store import Folder

if TYPE_CHECKING:
    from connectors.contract import Client


def entrepot_version() -> str:
    """The installed version."""
    try:
        return version("entrepot")
    except PackageNotFoundError:
        return "0"


def sample_folder() -> Path:
    """The shipped sample archive: inside the installed package, or beside it in a checkout."""
    for folder in (Path(__file__).parent / "sample", Path(__file__).parent.parent / "sample"):
        if (folder / "blobs").is_dir():
            return folder
    raise EntrepotError("the sample archive is not installed: install entrepot again")


@dataclass(frozen=True)
class House:
    """A home and its rooms."""

    settings: Settings
    demo: bool = False
    """The demo home: a folder of its own, whose one upstream is the shipped sample."""

    @property
    def root(self) -> Path:
        return self.settings.home / "demo" if self.demo else self.settings.home

    @property
    def place(self) -> Place:
        return Place(self.root / "lake")

    @property
    def staging(self) -> Path:
        return self.root / "staging"

    @cached_property
    def archive(self) -> Archive:
        return Archive(Folder(self.root / "archive"))

    @cached_property
    def journal(self) -> Journal:
        return Journal(Folder(self.root / "archive"))

    def sample_datasets(self) -> frozenset[str]:
        """Datasets of which the shipped sample holds pages: all that a demo asks for."""
        return frozenset(fetch.dataset for fetch in Archive(Folder(sample_folder())).fetches())

    def client(self, *, force: bool = False) -> Client:
        """The polite client of this home; a demo's answers come from the sample archive instead of the network."""
        from connectors.http import HttpClient
        from connectors.http import Settings as HttpSettings
        from connectors.transport import TimeLimits

        wanted = self.settings
        patience = HttpSettings(min_interval=wanted.min_interval_s, pause=wanted.retry_pause_s, budget=wanted.patience_s,
                                limits=TimeLimits(total=wanted.answer_within_s))
        upstream = Archive(Folder(sample_folder())) if self.demo else None
        return HttpClient(self.archive, contact=self.settings.contact, version=entrepot_version(),
                          locks=self.settings.home / "locks", host_map=self.settings.host_map,
                          settings=patience, upstream=upstream, force=force)
