"""From a parser's batch to files that a commit can take: defaults filled in, contract held, bad rows set aside.

Between tasks travel paths, never frames: a staged batch is a folder with Parquet chunks and ``manifest.json``. What is
compared with the present and written is ``commit``; what holds a load back is ``quality``.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dataframely as dy
import msgspec
import polars as pl

from warehouse.load import not_begun
from warehouse.schema.quoting import as_named
from warehouse.schema.sink import OpenBatch, Sink, write
from warehouse.schema.tables import DEFAULTS, FACTS, TABLES, Table
from warehouse.schema.travel import Batch, Check, Dataset, Fetch, Rejected, ReleasedBasis, Value

CHUNK = 1_000_000
"""Rows of a file, and the most that are held against the contract at once."""
MOST_IN_MEMORY = 10_000
"""Rows set aside that are in memory at once."""
MOST_LOST = 1000
"""Keys of rows set aside that are told one by one; beyond, the batch is complete for nothing."""
FILLED_BY_COMMIT = ("version_id", "version_no", "load_id", "fetch_id", "first_seen_at", "first_seen", "fetched_at")


class Staged(msgspec.Struct, frozen=True):
    """A staged batch: what the manifest says and the folder it stands in."""

    folder: Path
    load_id: str
    dataset: str
    batch: str
    table: str
    fetch: Fetch
    parser_version: int
    files: list[str]
    constants: dict[str, str | None]
    """Columns with one value for all rows, the contract's defaults among them: not in the files."""
    columns: list[str]
    """Columns of the files."""
    rows_read: int
    rows_good: int
    partners: int
    periods: int
    newest_period: date | None
    scope: dict[str, list[str]] | None
    not_read: list[dict[str, str]]
    """Keys, or parts of keys, that the document has and that could not be read: out of the scope."""
    spans: int | None
    released_at: datetime | None
    released_basis: str | None
    not_asked: dict[str, int]
    rows_rejected: int
    rejected_files: list[str]
    rejected_last: list[Rejected]
    """Those that are not in files: all of them where they are few."""
    columns_seen: list[str]
    checks: list[Check]

    def rejected(self) -> Iterator[Rejected]:
        """Every row that was set aside, in the order in which they were met."""
        for name in self.rejected_files:
            for row in pl.read_parquet(self.folder / name).iter_rows(named=True):
                yield Rejected(**row)
        yield from self.rejected_last

    def paths(self) -> list[str]:
        """The files of its rows, as the engine's readers take them."""
        return [as_named(self.folder / name) for name in self.files]


def load_id(dataset: str, batch: str, fetch_id: str, parser_version: int) -> str:
    """The same document read by the same parser gives the same load id, so a replay finds what it did before."""
    return hashlib.sha256(f"{dataset}\n{batch}\n{fetch_id}\n{parser_version}".encode()).hexdigest()[:20]


class Writing:
    """One batch while it is read: rows are held against the contract and written as they come, those that break it set aside.

    Columns that the parser left out take the contract's default; all frames have the same columns. The files hold the columns that
    vary and at most a million rows each. ``tz`` is the publisher's: a figure of a period that begins after the day of the fetch there
    is set aside. What may be said until the end is said by attributes, in the words of ``Batch``.
    """

    def __init__(self, dataset: str, name: str, constants: Mapping[str, Value], fetch: Fetch, *, table_name: str, parser_version: int,
                 into: Path, tz: str = "UTC") -> None:
        self.scope: Mapping[str, tuple[Value, ...]] | None = None
        self.not_read: list[Mapping[str, Value]] = []
        self.released_at: datetime | None = None
        self.released_basis: ReleasedBasis | None = None
        self.spans: int | None = None
        self.not_asked: Counter[str] = Counter()
        self.columns_seen: tuple[str, ...] = ()
        self.checks: list[Check] = []
        self._dataset, self._name, self._fetch, self._version = dataset, name, fetch, parser_version
        self._table = TABLES[table_name]
        self._made = load_id(dataset, name, fetch.fetch_id, parser_version)
        self._folder = into / self._made
        self._folder.mkdir(parents=True, exist_ok=True)
        self._constants = {"dataset": dataset, **constants} if self._table.name in FACTS else dict(constants)
        self._asked = not_begun.day_of(fetch.asked_at, tz) if self._table.name in FACTS else None
        self._files: list[str] = []
        self._given: set[str] | None = None
        self._columns: list[str] = []
        self._read = self._good = self._set_aside = 0
        self._rejected: list[Rejected] = []
        self._spilled: list[str] = []
        self._partners: set[str] = set()
        self._periods: set[Any] = set()

    def rows(self, frame: pl.DataFrame) -> None:
        """Take rows; raises ValueError for other columns than those of the frames before."""
        if self._given is None:
            self._given = set(frame.columns)
            self._constants = {**_defaults(self._given, self._constants, self._table), **self._constants}
        elif self._given != set(frame.columns):
            raise ValueError(f"a frame of {self._dataset} {self._name} has other columns than the first")
        for start in range(0, frame.height, CHUNK):
            self._chunk(frame.slice(start, CHUNK))

    def _chunk(self, frame: pl.DataFrame) -> None:
        self._read += frame.height
        good = _hold(frame, self._constants, self._table, self._asked, self._set_rows_aside)
        if good.is_empty():
            return
        self._good += good.height
        self._partners |= _distinct(good, self._constants, "partner")
        self._periods |= _distinct(good, self._constants, "period_end")
        self._columns = good.columns
        self._files.append(f"{len(self._files):05}.parquet")
        good.write_parquet(self._folder / self._files[-1], compression="lz4")

    def reject(self, *rejected: Rejected) -> None:
        """Rows that the parser could not understand."""
        self._read += len(rejected)
        self._keep(rejected)

    def _set_rows_aside(self, rejected: Sequence[Rejected], keys: Sequence[dict[str, str]]) -> None:
        self._keep(rejected)
        self.not_read += keys[:MOST_LOST + 1 - len(self.not_read)] if len(self.not_read) <= MOST_LOST else ()

    def _keep(self, rejected: Sequence[Rejected]) -> None:
        """In memory as far as a person reads them one by one, beyond in a file."""
        self._set_aside += len(rejected)
        self._rejected += rejected
        if len(self._rejected) > MOST_IN_MEMORY:
            self._spilled.append(f"rejected-{len(self._spilled):05}.parquet")
            pl.DataFrame([msgspec.to_builtins(one) for one in self._rejected]).write_parquet(self._folder / self._spilled[-1])
            self._rejected = []

    def close(self) -> Staged:
        """All is written: the manifest beside it."""
        fetch, whole = self._fetch, self._fetch.whole
        not_read = [{name: str(value) for name, value in one.items()} for one in self.not_read]
        staged = Staged(
            folder=self._folder, load_id=self._made, dataset=self._dataset, batch=self._name, table=self._table.name, fetch=fetch,
            parser_version=self._version, files=self._files, constants={k: _text(v) for k, v in self._constants.items()},
            columns=self._columns, rows_read=self._read, rows_good=self._good, partners=len(self._partners), periods=len(self._periods),
            newest_period=max((p for p in self._periods if p is not None), default=None),
            scope=None if self.scope is None or not whole else
            {column: [str(value) for value in values] for column, values in self.scope.items()},
            not_read=not_read if len(not_read) <= MOST_LOST else [{}], spans=self.spans,
            released_at=self.released_at or fetch.released_at,
            released_basis=self.released_basis or ("page" if fetch.released_at else None),
            not_asked=dict(self.not_asked), rows_rejected=self._set_aside, rejected_files=self._spilled, rejected_last=self._rejected,
            columns_seen=list(self.columns_seen), checks=list(self.checks))
        (self._folder / "manifest.json").write_bytes(msgspec.json.encode(as_plain(staged)))
        return staged


class Staging(Sink):
    """The batches of one document, each in a folder below ``into``."""

    def __init__(self, fetch: Fetch, datasets: Mapping[str, Dataset], *, parser_version: int, into: Path) -> None:
        self._fetch, self._datasets, self._version, self._into = fetch, datasets, parser_version, into
        self.staged: list[Staged] = []

    @contextmanager
    def batch(self, dataset: str, name: str, constants: Mapping[str, Value]) -> Iterator[OpenBatch]:
        known = self._datasets[dataset]
        out = Writing(dataset, name, constants, self._fetch, table_name=known.table, parser_version=self._version, into=self._into,
                      tz=known.tz)
        yield out
        self.staged.append(out.close())


def stage(batch: Batch, fetch: Fetch, *, table_name: str, parser_version: int, into: Path, tz: str = "UTC") -> Staged:
    """A batch that stands in memory, checked and written below ``into``."""
    out = Writing(batch.dataset, batch.name, batch.constants, fetch, table_name=table_name, parser_version=parser_version, into=into, tz=tz)
    write(batch, out)
    return out.close()


def as_plain(staged: Staged) -> dict[str, Any]:
    """The manifest as plain data, without the folder it stands in."""
    plain: dict[str, Any] = msgspec.to_builtins(staged, enc_hook=str)
    plain.pop("folder")
    return plain


def read(folder: Path) -> Staged:
    """A staged batch back from its folder."""
    plain = json.loads((folder / "manifest.json").read_bytes())
    return msgspec.convert({**plain, "folder": str(folder)}, Staged, dec_hook=lambda kind, value: kind(value))


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)


def _distinct(frame: pl.DataFrame, constants: dict[str, Any], column: str) -> set[Any]:
    if column in constants:
        return {constants[column]}
    return set(frame.get_column(column).unique()) if column in frame.columns else set()


PERIOD_KIND = (
    pl.when(pl.col("period_start").dt.day() != 1).then(pl.lit("SPAN"))
    .when(pl.col("period_end") != pl.col("period_end").dt.month_end()).then(pl.lit("SPAN"))
    .when(pl.col("period_start").dt.month_end() == pl.col("period_end")).then(pl.lit("M"))
    .when((pl.col("period_start").dt.month() % 3 == 1)
          & (pl.col("period_start").dt.offset_by("2mo").dt.month_end() == pl.col("period_end"))).then(pl.lit("Q"))
    .when(pl.col("period_start").dt.year() != pl.col("period_end").dt.year()).then(pl.lit("SPAN"))
    .when((pl.col("period_start").dt.month() == 1) & (pl.col("period_end").dt.month() == 12)).then(pl.lit("A"))
    .when(pl.col("period_start").dt.month() == 1).then(pl.lit("YTD"))
    .otherwise(pl.lit("SPAN"))
)
"""M, Q, A, YTD or SPAN: a function of the two dates alone (January is M, Jan–Mar is Q, Jan–Feb is YTD)."""


PLACEHOLDERS: dict[str, Any] = {
    "version_id": "", "version_no": 0, "load_id": "", "fetch_id": "", "released_basis": "first_seen",
    "released_at": datetime(1, 1, 1), "first_seen_at": datetime(1, 1, 1), "first_seen": datetime(1, 1, 1),
    "fetched_at": datetime(1, 1, 1)}
"""Stand for what the commit knows, so that the whole contract can be held; released_* only where a parser gives none."""


def _defaults(given: set[str], constants: dict[str, Any], table: Table) -> dict[str, Any]:
    """Columns that neither the chunks nor the parser's constants have: the contract's default, else null."""
    columns = (table.staged or table.contract).columns()
    missing = [name for name in columns if name not in given and name not in constants and name not in PLACEHOLDERS]
    found = {name: DEFAULTS.get(table.name, {}).get(name) for name in missing}
    if "period_kind" in missing:
        if {"period_start", "period_end"} <= set(constants):
            found["period_kind"] = pl.select(_literals(constants, columns)).select(PERIOD_KIND).item()
        else:
            del found["period_kind"]
    return found


def _literals(constants: dict[str, Any], columns: dict[str, dy.Column]) -> list[pl.Expr]:
    return [pl.lit(value).cast(columns[name].dtype).alias(name) for name, value in constants.items() if name in columns]


Aside = Callable[[Sequence[Rejected], Sequence[dict[str, str]]], None]
"""Takes rows that are set aside, and their keys as far as those are what was not read."""


def _hold(frame: pl.DataFrame, constants: dict[str, Any], table: Table, asked: date | None, aside: Aside) -> pl.DataFrame:
    """Fill in, hold against the contract; gives the good rows with the columns that vary, and the bad ones to ``aside``."""
    contract = table.staged or table.contract
    columns = contract.columns()
    unknown = {name: value for name, value in PLACEHOLDERS.items() if name not in frame.columns}
    full = frame.with_columns(_literals({**unknown, **constants}, columns))
    if "period_kind" in columns and "period_kind" not in full.columns:
        full = full.with_columns(PERIOD_KIND.alias("period_kind"))
    full = full.select(list(columns))
    varying = [name for name in columns if name not in constants and name not in unknown and name not in FILLED_BY_COMMIT]
    texts = [name for name in varying if isinstance(columns[name], dy.String)]
    nul = full.select(pl.any_horizontal(pl.col(name).str.contains("\0", literal=True).fill_null(False) for name in texts)
                      if texts else pl.lit(False)).to_series()
    key = [name for name in table.key if name in varying]
    if nul.any():
        # A NUL character makes DuckLake's commit fail (DESIGN §4).
        for rows in _few(full.filter(nul)):
            aside([_reject(row, "nul", "a text holds a NUL character", table) for row in rows], [_key_of(row, key) for row in rows])
        full = full.filter(~nul)
    if asked is not None:
        open_ = not_begun.begins_after(asked) | not_begun.ends_after(asked, PERIOD_KIND)
        for rows in _few(full.filter(open_)):
            # No such figure can have been read before: its key is nothing that a scope lacks.
            said = [not_begun.reason(row["period_start"], row["period_end"], asked) for row in rows]
            aside([_reject(row, not_begun.RULE, why, table) for row, why in zip(rows, said, strict=True)], [])
        full = full.filter(~open_.fill_null(False))
    result = contract.filter(full, cast=True)
    failure = result.failure
    if len(failure):
        rules = list(failure.counts())
        details = failure.details().select(rules)
        for start, rows in enumerate(_few(failure.invalid())):
            verdicts = details.slice(start * FEW, FEW).to_dicts()
            broken = [", ".join(rule for rule in rules if verdict[rule] == "invalid") for verdict in verdicts]
            aside([_reject(row, told, f"breaks {told}", table) for row, told in zip(rows, broken, strict=True)],
                  [_key_of(row, key) for row in rows])
    return result.result.select(varying)


FEW = 10_000


def _few(frame: pl.DataFrame) -> Iterator[list[dict[str, Any]]]:
    """The rows of a frame as dictionaries, so many at a time."""
    for part in frame.iter_slices(FEW):
        yield part.to_dicts()


def _key_of(row: dict[str, Any], key: list[str]) -> dict[str, str]:
    """What is known of a bad row's key: a row that is there and cannot be stored is not withdrawn."""
    return {name: str(row[name]) for name in key if row[name] is not None and "\0" not in str(row[name])}


def _reject(row: dict[str, Any], rule: str, reason: str, table: Table) -> Rejected:
    shown = {name: str(value) for name, value in row.items()
             if value is not None and (name in table.key or name in ("value", "rate")) and name != "dataset"}
    return Rejected(locator=str(row.get("locator") or ""), rule=rule, reason=reason,
                    raw=json.dumps(shown, ensure_ascii=False).replace("\0", "\\0"))

