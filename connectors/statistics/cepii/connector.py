"""What to ask CEPII for, and how its archives become rows of ``stats.trade``: exporter and importer, one reconciled figure for both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

from connectors.contract import Ask, Connector, Wanted
from connectors.formats import packed
from connectors.formats.delimited import header_of
from connectors.statistics.cepii import countries, rows
from connectors.statistics.cepii.publisher import LABELS, PUBLISHER
from connectors.statistics.cepii.versions import MEMBER, Edition, described, edition_of, editions, named, usual
from warehouse.schema.content import Content
from warehouse.schema.errors import NotReadable, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Check, Document, Request

FILES = "https://www.cepii.fr/DATA_DOWNLOAD/baci/data"
ZIP = b"PK\x03\x04"
TYPES = ("application/zip", "application/x-zip-compressed", "application/octet-stream")
LISTS = (("country_code", "country_name", "country_iso2", "country_iso3"),
         ("country_code", "country_name_abbreviation", "country_name_full", "iso_2digit_alpha", "iso_3digit_alpha"),
         ("code", "description"))
"""Headers of the lists that come with the figures: countries since 2023 and before, products."""
_MEMBERS = re.compile(MEMBER.pattern.encode(), re.ASCII)


class Cepii(Connector):
    """Connector of BACI: an archive for each version and HS edition, without a key. What is asked for is what a person turned on."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 70
    parser_version = 2
    datasets = tuple(described(edition) for edition in editions())
    areas = LABELS
    past = usual().dataset

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """The archive of each edition: all its years at once, and once, since a version never changes.

        Where all there are are wanted, the publisher was named and nobody chose: then it is the usual one, and not thirty gigabytes.
        """
        chosen = [edition for edition in editions() if edition.dataset in wanted.datasets]
        for edition in [usual()] if len(chosen) == len(editions()) else chosen:
            yield Ask(Request(f"{FILES}/BACI_{edition.hs}_{edition.version}.zip", edition.dataset, content_types=TYPES, frozen=True,
                              max_bytes=16 * 1024**3), partition="all years")

    def recognise(self, head: bytes, name: str) -> str | None:
        """An archive by the names of its members, a file of a year by its header and its name, which alone tells the edition.

        Raises NotReadable for a version that is not known, and for a file that was given another name.
        """
        if head.startswith(ZIP):
            found = _MEMBERS.search(head)
            return named(found[1].decode(), found[3].decode()).dataset if found else None
        if not rows.is_year(head):
            if header_of(head) in LISTS:
                raise NotReadable("a list of codes that comes with BACI, without a figure: import the archive (BACI_HS17_V202601.zip), "
                                  "which has it inside, or a file of a year")
            return None
        told = MEMBER.fullmatch(name.replace("\\", "/").rpartition("/")[2].removesuffix(".gz"))
        if told is None:
            raise NotReadable("a file of BACI, in which nothing says which HS edition and version it is of: give it the name it has in "
                              "the archive (BACI_HS17_Y2023_V202601.csv), or import the archive")
        return named(told[1], told[3]).dataset

    def parse(self, document: Document, out: Sink) -> None:
        """A batch for each year, complete for it."""
        where = {"dataset": document.dataset, "url": document.fetch.url}
        edition = edition_of(document.dataset)
        if edition is None:
            raise SchemaDrift("the CEPII connector reads no such dataset", **where)
        if not document.content.head.startswith(ZIP):
            if not rows.is_year(document.content.head):
                raise SchemaDrift("no archive of BACI and no file of a year (t, i, j, k, v, q)", **where)
            with document.open() as stream:
                first = stream.readline(256) + stream.readline(256)
            _year(out, edition, _year_of(first, where), document.open(), None, where)
            return
        with packed.opened(document.content, dataset=document.dataset, url=document.fetch.url) as archive:
            years = _years(archive.names, edition, where)
            listed = _list_of(archive, where)
            for year, name in sorted(years.items()):
                with archive.open(name) as stream:
                    _year(out, edition, year, stream, listed, where)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed value on the line that a locator names. Raises a PublisherError where these bytes have no such cell."""
        found = rows.LOCATOR.fullmatch(locator)
        if not found:
            raise NotReadable(f"a locator of BACI reads 'Y2023, line N, column v', not {locator[:100]!r}")
        with _opened(document.content, int(found[1])) as stream:
            return rows.cell(stream, int(found[2]))


@contextmanager
def _opened(content: Content, year: int) -> Iterator[BinaryIO]:
    if not content.head.startswith(ZIP):
        with content.open() as stream:
            yield stream
        return
    with packed.opened(content) as archive:
        name = next((name for name in archive.names if (told := _told(name)) and int(told[2]) == year), None)
        if name is None:
            raise NotReadable(f"the archive has no year {year}")
        with archive.open(name) as stream:
            yield stream


def _told(name: str) -> re.Match[str] | None:
    return MEMBER.fullmatch(name.rpartition("/")[2])


def _years(names: tuple[str, ...], edition: Edition, where: Mapping[str, str]) -> dict[int, str]:
    """Year → member. Raises SchemaDrift for one of another edition or version: they are never mixed."""
    found: dict[int, str] = {}
    for name in names:
        if told := _told(name):
            if Edition(told[1], told[3]) != edition:
                raise SchemaDrift(f"the archive of {edition.hs} {edition.version} holds {name[:100]}", **where)
            if int(told[2]) in found:
                raise SchemaDrift(f"the archive has the year {told[2]} twice", **where)
            found[int(told[2])] = name
    if not found:
        raise SchemaDrift(f"the archive has no file of a year: {', '.join(names)[:200]}", **where)
    return found


def _list_of(archive: packed.Zip, where: Mapping[str, str]) -> Mapping[str, str] | None:
    """What the codes of this version mean by its own list; None where it comes without one."""
    names = [name for name in archive.names if countries.NAME.fullmatch(name)]
    if len(names) > 1:
        raise SchemaDrift(f"the archive has {len(names)} lists of country codes", **where)
    return countries.listed(archive.read(names[0], countries.MOST), **where) if names else None


def _year_of(lines: bytes, where: Mapping[str, str]) -> int:
    second = lines.split(b"\n")[1:2]
    found = re.match(rb'"?((?:19|20)[0-9]{2})"?,', second[0]) if second else None
    if found is None:
        raise SchemaDrift("the file's first line has no year", **where)
    return int(found[1])


def _year(out: Sink, edition: Edition, year: int, stream: BinaryIO, listed: Mapping[str, str] | None,
          where: Mapping[str, str]) -> None:
    found, codes = rows.Year(year), {**countries.usual(), **(listed or {})}
    span = rows.period(year)
    with out.batch(edition.dataset, str(year), {
            "dataset": edition.dataset, **span, "flow": "export", "classification": edition.classification, "valuation": "FOB",
            "currency": "USD", "unit_multiplier": rows.DOLLARS, "decimals": rows.DECIMALS, "status": "E", "product_level": 6}) as batch:
        for frame in rows.frames(stream, found, codes, **where):
            if frame.height:
                batch.rows(frame)
            batch.reject(*found.rejected)
        if not found.rows:
            raise SchemaDrift(f"not one line of {year} could be read: {found.first_said}", **where)
        batch.scope = {name: (value,) for name, value in span.items()}
        batch.not_read += found.not_read
        batch.columns_seen = rows.COLUMNS
        if listed is None:
            batch.checks.append(Check("codes", "warn", "our own list", "the version's own",
                                      "Codes of countries are read by our list: the file came without that of its version."))
        elif lacking := sorted(found.codes - set(listed), key=lambda code: code.zfill(9)):
            batch.checks.append(Check("codes", "warn", ", ".join(lacking)[:200], "none",
                                      "Codes that the version's own list of countries lacks: they are read by ours where it has them."))
