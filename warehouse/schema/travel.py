"""The types that travel between the house's rooms: Publisher, Dataset, Credential, Request, Fetch, Document, Batch.

Frozen, light, without I/O. Table contracts live in ``warehouse.schema.tables``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol
from urllib.parse import urlencode

from warehouse.schema.content import Content, Spool
from warehouse.schema.errors import PublisherError

if TYPE_CHECKING:
    import polars as pl

OriginKind = Literal["fetched", "imported", "reconstructed"]
ReleasedBasis = Literal["stamp", "page", "release_list", "calendar", "between", "first_seen"]
FLOWS = ("export", "import", "total", "balance", "re-export", "re-import", "domestic-export", "retained-import")
VALUATIONS = ("FOB", "CIF", "CIF+FOB", "FOB-CIF", "FAS", "CUSTOMS", "-")
MIRROR = {"total": "total", "export": "import", "import": "export", "balance": "balance"}
"""A flow as the other side of the pair sees it; a balance with its sign turned."""
FILLED_IN = {"E": "estimated", "I": "imputed from the partner", "F": "forecast"}
"""Statuses of figures that nobody reported, with their words; ``mart.reported`` leaves them out."""
Value = str | int | float | bool | date | datetime | None


@dataclass(frozen=True)
class Band:
    """How large a publisher's revisions usually are: a row of ``ref.revision_band``."""

    pct: float
    """Per cent of the figure."""
    flow: str = ""
    """Empty for every flow that has no band of its own."""
    length: Literal["month", "longer", ""] = ""
    """Of what periods: a month, all longer ones, or empty for both."""


@dataclass(frozen=True)
class Publisher:
    """Who publishes figures, and what texts and answers call it: a row of ``ref.publisher``, its names and its revision bands.

    Each connector has one; what answers say of a publisher is read from the lake, where it stays when its connector is gone.
    """

    publisher: str
    """As in its datasets and at the beginning of its chains: ``Dataset.publisher``, ``Dataset.chain``."""
    title: str
    """Its official name in English."""
    called: str
    """What a sentence calls it, with an article where it takes one: "agrees with …", "by …"."""
    languages: tuple[str, ...]
    """ISO 639-1, of what is read of it."""
    tz: str
    """Zone of its dates and times, where a dataset says no other."""
    licence: str
    attribution: str
    area: str = ""
    """The country or body whose figures it speaks for: an area of ``ref.area``; empty for one that speaks for none there."""
    currency: str = ""
    """ISO 4217 of its home."""
    account_of_area: bool = False
    """Whether ``called`` is what a sentence calls the account of ``area``; of one publisher an area at most."""
    quoted_in: str = ""
    """The foreign currency in which texts quote its figures of a pair without saying whose they are. Its account is then looked at
    first, and so it is where a text names no currency."""
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names and offices as texts quote them, by language (ISO 639-1): who quotes one of these means the account of ``area``."""
    bands: tuple[Band, ...] = ()
    """The most particular one counts; revisions that are held take their place (``warehouse.claims.weigh.book``)."""


@dataclass(frozen=True)
class Credential:
    """A key that a publisher gives to whoever asks for one: how it travels. Its value is in the settings, and nowhere else."""

    name: str
    """As under ``[api_keys]`` in the settings; one key may be good for several datasets."""
    where: str
    """The page on which to get one."""
    header: str = ""
    """The header in which it travels …"""
    scheme: str = ""
    """… after this word (``Bearer``), where the publisher wants one …"""
    parameter: str = ""
    """… or the query parameter, of a publisher that takes no header."""

    def __post_init__(self) -> None:
        if bool(self.header) == bool(self.parameter):
            raise ValueError(f"the credential {self.name} travels in a header or in a parameter, in one of the two")

    def told(self, is_set: bool) -> str:
        """Whether the settings have it, in words, and what to do where they have none."""
        return f"the key {self.name!r} is set" if is_set else self.not_set

    @property
    def not_set(self) -> str:
        return (f"the key {self.name!r} is not set: get one at {self.where}, then set it under [api_keys] in entrepot.toml, or as "
                f'ENTREPOT_API_KEYS=\'{{"{self.name}": "…"}}\'')


@dataclass(frozen=True)
class Dataset:
    """One table of one publisher in one edition: a row of ``ref.dataset`` (MODEL: editions, revision modes)."""

    dataset: str
    publisher: str
    title: str
    table: str
    """Where its rows go: ``stats.trade``, ``stats.fx_rate``, ``stats.indicator``, ``ref.release``, ``news.article``."""
    account: Literal["reported", "statement", "reconciled", "mixed", "none"]
    chain: str
    """Editions of one measurement share a chain, which begins with the publisher whose account it is …"""
    chain_rank: int
    """… and the highest rank held is the one that answers. Of tables of exchange rates, which have a chain each, the highest that has a
    period converts: one that is added ranks below those that are there, so that no answer changes."""
    revision_mode: Literal["frozen", "overwrite", "version"]
    partner_scope: Literal["all", "selected", "world", "none"]
    licence: str
    may_redistribute: bool
    attribution: str
    page_url: str
    tz: str
    """Zone of the publisher's dates and times."""
    cadence: str
    """When it appears, in words, with the source's page for it in ``docs/``."""
    release_time: str = ""
    """Local hour of release as HH:MM, empty when not known."""
    import_partner: Literal["origin", "consignment", "unknown"] = "unknown"
    export_partner: Literal["destination", "consignment", "unknown"] = "unknown"
    trade_system: Literal["general", "special", "unknown"] = "unknown"
    missing_means: Literal["zero", "not_observed", "unknown"] = "unknown"
    revision_band_pct: float | None = None
    """Revisions of this size in per cent are usual; larger ones are reported as large, never refused."""
    expected_lag_days: int | None = None
    """Days from a period's end to its release, where no calendar says it."""
    quarter_lag_days: int | None = None
    """The same for a month that ends a quarter, where that differs."""
    january_with_february: bool = False
    """January is released together with February (where the New Year's holidays fall into either)."""
    periods: Literal["month", "quarter", "half_year", "year", "target_day", "weekday", "first_ten_days", "first_twenty_days",
                     "irregular"] = "month"
    """How long its periods are; ``target_day`` is one for each day on which the euro area's payments run, ``weekday`` one for each
    Monday to Friday, whose holidays ``grace_days`` must cover (``warehouse.reference.workdays``); ``first_ten_days`` and
    ``first_twenty_days`` of each month are flash figures, never a month's. Of an ``irregular`` one only announced releases are awaited."""
    recheck_days: int = 7
    """Asked at least this often, conditionally, where nothing is due: publishers revise, and calendars move."""
    grace_days: int = 4
    floor_rows: int = 1
    floor_partners: int = 0
    floor_periods: int = 1
    citation: str = ""
    enabled: bool = True
    """Whether a run over everything asks for it, until a home says otherwise (`entrepot sources enable`)."""
    language: str = "en"
    """ISO 639-1 of what is read."""
    robots: str = ""
    """What was seen of its robots.txt, which is read at run time in any case."""
    verified: str = ""
    """When somebody saw its address answer, and who; empty where nobody wrote it down."""
    credential: Credential | None = None
    """The key without which it is asked for nothing."""


@dataclass(frozen=True)
class Post:
    """What a question carries that is put by POST: a question and no deed, so it may be put twice."""

    body: bytes
    content_type: str

    @classmethod
    def form(cls, fields: Mapping[str, str | list[str]]) -> Post:
        """The fields of a form, in their order."""
        return cls(urlencode(fields, doseq=True).encode(), "application/x-www-form-urlencoded")

    @classmethod
    def json(cls, value: object) -> Post:
        """A query as JSON; the same query gives the same bytes."""
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return cls(text.encode(), "application/json")


@dataclass(frozen=True)
class Release:
    """One state of what an address answers, as the publisher's own list of releases names it."""

    mark: str
    """What tells it from the release before (a hash of release time and checksum): ASCII letters and digits."""
    at: datetime | None = None
    """When the publisher released it."""


@dataclass(frozen=True)
class Refusal:
    """What a publisher means by an answer that gives nothing, where that is more than its status says."""

    status: int
    says: str
    """Text by which its body is known (ASCII, any case); empty for any body of this status."""
    error: type[PublisherError]
    said: str
    """In words; what the publisher says itself is put behind."""


@dataclass(frozen=True)
class Request:
    """One address to ask, and what a true answer looks like."""

    url: str
    dataset: str
    post: Post | None = None
    """Asked by POST with this; by GET where there is none."""
    credential: Credential | None = None
    """The key that travels with it. Where none is set it is not asked, and KeyNotSet says so."""
    hosts: tuple[str, ...] = ()
    """Hosts a redirect may lead to, besides the address's own."""
    content_types: tuple[str, ...] = ()
    """Media types a true answer may have (``text/csv``); empty accepts any. A type that is absent is not refused."""
    landmarks: tuple[str, ...] = ()
    """Text of which at least one piece stands in every true answer (ASCII, any case); empty checks nothing."""
    accept: str = "*/*"
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers. Values of Authorization and of key headers never reach the log."""
    max_bytes: int = 64 * 1024 * 1024
    """Of the body as sent and, apart, of what it unpacks to. Gigabytes are as good: a body is streamed to the archive, never held whole."""
    frozen: bool = False
    """The publisher never changes this page: once held it is not asked again (unless the run is forced)."""
    release: Release | None = None
    """Which state of the page is asked for, of a publisher that overwrites it and lists its releases: each is kept apart."""
    refusals: tuple[Refusal, ...] = ()
    """What the publisher means by answers other than 200; the first that fits counts."""

    @property
    def mark(self) -> str:
        """What tells one posted question, or one release of a page, from another in the archive: ``#post=…``, ``#release=…``. Browsers
        leave it out of what they ask."""
        if self.post is not None:
            return f"#post={hashlib.sha256(self.post.content_type.encode() + bytes(1) + self.post.body).hexdigest()[:16]}"
        return f"#release={self.release.mark}" if self.release else ""


@dataclass(frozen=True)
class Fetch:
    """The record of one answer that brought bytes: what a row cites (``ops.fetch``)."""

    fetch_id: str
    """Hash of address, time and content: content alone would collide on A → B → A."""
    dataset: str
    url: str
    asked_at: datetime
    status: int
    sha256: str
    bytes: int
    origin_kind: OriginKind
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    final_url: str = ""
    source_note: str = ""
    """Where an imported file or a reconstructed page comes from, in words; of a posted question, what was asked."""
    released_at: datetime | None = None
    """When the publisher released it, where its list of releases or a person who imported it said so."""
    part: bool = False
    """An excerpt, as the person who imported it declared: complete for nothing."""
    mapping: str = ""
    """Of a table that a person brought: what they say of its columns, as TOML (docs/importing.md). It is read by that."""

    @property
    def whole(self) -> bool:
        """Whether it is all that the publisher printed: a reconstructed document and an excerpt are not."""
        return not self.part and self.origin_kind != "reconstructed"

    @property
    def page(self) -> str:
        """The address that may be shown, and that the lake keeps: a page that we composed for the sample was never at the address it
        answers, so it has one that nobody takes for a source; what it was taken from stands in ``source_note``.
        """
        return f"sample:{self.dataset}/{self.sha256[:12]}" if self.origin_kind == "reconstructed" else self.url


@dataclass(frozen=True, init=False)
class Document:
    """A fetch with its content, as a parser gets it. ``fetch`` is the first answer that showed this content.

    The bytes are read from the archive when they are asked for, and not before.
    """

    fetch: Fetch
    content: Content = field(repr=False)

    def __init__(self, fetch: Fetch, content: bytes | Content) -> None:
        object.__setattr__(self, "fetch", fetch)
        object.__setattr__(self, "content", Content.of(content))

    @property
    def dataset(self) -> str:
        return self.fetch.dataset

    @property
    def body(self) -> bytes:
        """All bytes as one. Raises TooLarge above 64 MiB."""
        return self.content.body

    def open(self) -> BinaryIO:
        """The bytes as a stream, for a document of any size."""
        return self.content.open()


@dataclass(frozen=True)
class Window:
    """Which periods a crawl wants: all that is current when both ends are None."""

    first: date | None = None
    last: date | None = None
    force: bool = False
    """Ask again for pages that are held already."""


@dataclass(frozen=True)
class Check:
    """The outcome of one check on a batch: a row of ``ops.check_result``."""

    check: str
    level: Literal["info", "warn", "fail"]
    observed: str
    expected: str
    said: str
    subject: str = ""
    """What of the batch was checked (which sum, which flow), where a check of one name looks at several."""


@dataclass(frozen=True)
class Rejected:
    """A row that should have been understood and was not: a row of ``ops.quarantine``."""

    locator: str
    rule: str
    reason: str
    raw: str


@dataclass(frozen=True)
class Batch:
    """The rows of one declared scope, read from one document: what one transaction commits.

    ``frames`` are chunks of at most a million rows with columns of the table's contract; ``constants`` are columns
    with one value for all rows. Columns absent from both take the contract's default (``warehouse.schema.tables``).
    The pipeline fills in fetch_id, load_id, version_id, version_no, first_seen_at and, where the parser left them out,
    released_at and released_basis.
    """

    dataset: str
    name: str
    """What this batch is, for people and for replay: unique within its document (``CNY 2026-03``)."""
    frames: Iterable[pl.DataFrame]
    constants: Mapping[str, Value] = field(default_factory=dict)
    scope: Mapping[str, tuple[Value, ...]] | None = None
    """Columns and values for which this batch is complete; rows held there and missing here are withdrawn.
    ``{}`` is the whole dataset, None declares nothing complete."""
    released_at: datetime | None = None
    released_basis: ReleasedBasis | None = None
    not_read: tuple[Mapping[str, Value], ...] = ()
    """What the document has and could not be read, each as columns and values: taken out of the scope, and only this."""
    spans: int | None = None
    """How many periods a row of this document has side by side, where documents of a dataset differ in it: the least rows
    (``Dataset.floor_rows``) are then for each."""
    not_asked: Mapping[str, int] = field(default_factory=dict)
    """Rows outside the dataset's declared scope, counted by reason and not stored."""
    rejected: tuple[Rejected, ...] = ()
    columns_seen: tuple[str, ...] = ()
    """The document's own header, for the drift report; empty when the layout has none."""
    checks: tuple[Check, ...] = ()


class Archive(Protocol):
    """What the HTTP client needs of the archive (``warehouse.archive.documents`` is one, and so is the shipped sample)."""

    def latest(self, url: str) -> Fetch | None:
        """The first answer of the present content of an address, or None when never had."""
        ...

    def content(self, fetch: Fetch) -> Content:
        """The bytes of an answer, verified when they are read; raises LakeDamaged then."""
        ...

    def spool(self) -> Spool:
        """Where a body on its way in is written."""
        ...

    def keep(self, body: bytes | Content, *, url: str, dataset: str, asked_at: datetime, status: int, origin_kind: OriginKind,
             content_type: str = "", etag: str = "", last_modified: str = "", final_url: str = "",
             source_note: str = "", released_at: datetime | None = None, part: bool = False, mapping: str = "") -> Fetch:
        """Store bytes and the record of the request; returns the first fetch of this content (see ``latest``)."""
        ...

    def note(self, *, url: str, dataset: str, asked_at: datetime, status: int, outcome: str, said: str = "",
             sha256: str = "") -> None:
        """Record a request that brought no new bytes (304, robots decision, an error by its name)."""
        ...
