"""The versions of BACI and its editions by HS, each pair a dataset: every January all years are computed anew. Pure."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from connectors.statistics.cepii.publisher import PUBLISHER
from warehouse.schema.errors import NotReadable
from warehouse.schema.travel import Dataset

EDITIONS = {"HS92": "HS1992", "HS96": "HS1996", "HS02": "HS2002", "HS07": "HS2007", "HS12": "HS2012", "HS17": "HS2017", "HS22": "HS2022"}
MEMBER = re.compile(r"BACI_(HS[0-9]{2})_Y([0-9]{4})_(V[0-9]{6}[a-z]?)\.csv", re.ASCII)
_DATASET = re.compile(r"cepii\.baci\.(hs[0-9]{2})\.(V[0-9]{6}[a-z]?)", re.ASCII)


@dataclass(frozen=True)
class Edition:
    """One HS edition of one version."""

    hs: str
    """``HS17``, as in the publisher's names of files."""
    version: str
    """``V202601``."""

    @property
    def dataset(self) -> str:
        return f"cepii.baci.{self.hs.lower()}.{self.version}"

    @property
    def classification(self) -> str:
        return EDITIONS[self.hs]


@cache
def versions() -> tuple[str, ...]:
    """Those that are known, the oldest first: ``versions.csv``."""
    with Path(__file__).with_name("versions.csv").open(encoding="utf-8", newline="") as file:
        return tuple(sorted(row["version"] for row in csv.DictReader(file)))


def usual() -> Edition:
    """What is meant where CEPII is named and no edition: the newest version, in an HS edition of eight years and not of thirty."""
    return Edition("HS17", versions()[-1])


@cache
def editions() -> tuple[Edition, ...]:
    """Every dataset there is, the newest version first."""
    return tuple(Edition(hs, version) for version in reversed(versions()) for hs in EDITIONS)


def edition_of(dataset: str) -> Edition | None:
    """The edition that a dataset is; None for any other."""
    found = _DATASET.fullmatch(dataset)
    edition = Edition(found[1].upper(), found[2]) if found else None
    return edition if edition in editions() else None


def named(hs: str, version: str) -> Edition:
    """The edition of a file's name. Raises NotReadable for a version or edition that is not known, with the way out."""
    edition = Edition(hs, version)
    if hs not in EDITIONS:
        raise NotReadable(f"a file of BACI in {hs}, an edition that is not known (known are {', '.join(EDITIONS)})")
    if edition not in editions():
        raise NotReadable(f"a file of BACI {version}, a version that is not known (known are {', '.join(versions())}): add a line to "
                          "connectors/statistics/cepii/versions.csv")
    return edition


def described(edition: Edition) -> Dataset:
    """Of each version all is kept or dropped as a whole, and where two are held the newer comes first. None is asked for unless a person
    turns it on: an archive has some gigabytes.
    """
    return Dataset(
        dataset=edition.dataset, publisher=PUBLISHER.publisher,
        title=f"BACI by exporter, importer and product, {edition.hs}, {edition.version}",
        table="stats.trade", account="reconciled", chain=edition.dataset, chain_rank=versions().index(edition.version) + 1,
        revision_mode="version", partner_scope="all", licence=PUBLISHER.licence, may_redistribute=True,
        attribution=f"{PUBLISHER.attribution}, version {edition.version[1:]}",
        page_url="https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37", tz=PUBLISHER.tz, periods="irregular",
        cadence="a new version each January, of all years to the one before the last", missing_means="unknown", recheck_days=365,
        import_partner="origin", export_partner="destination", enabled=False, verified="others use its files in 2026; not asked by us")
