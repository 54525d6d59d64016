"""From a parser's batch to files that a commit can take: defaults filled in, contract held, bad rows set aside.

Between tasks travel paths, never frames: a staged batch is a folder with Parquet chunks and ``manifest.json``. What is
compared with the present and written is ``commit``; what holds a load back is ``quality``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import dataframely as dy
import msgspec
import polars as pl

from warehouse import not_begun
from warehouse.place import as_named
from warehouse.schema.tables import DEFAULTS, FACTS, TABLES, Table
from warehouse.schema.travel import Batch, Check, Fetch, Rejected

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
    rejected: list[Rejected]
    columns_seen: list[str]
    checks: list[Check]

    def paths(self) -> list[str]:
        """The files of its rows, as the engine's readers take them."""
        return [as_named(self.folder / name) for name in self.files]


def load_id(dataset: str, batch: str, fetch_id: str, parser_version: int) -> str:
    """The same document read by the same parser gives the same load id, so a replay finds what it did before."""
    return hashlib.sha256(f"{dataset}\n{batch}\n{fetch_id}\n{parser_version}".encode()).hexdigest()[:20]


def stage(batch: Batch, fetch: Fetch, *, table_name: str, parser_version: int, into: Path, tz: str = "UTC") -> Staged:
    """Check a batch against its contract and write it below ``into``.

    Columns that a parser left out take the contract's default; all chunks have the same columns. Rows that break a rule
    are in ``rejected``, each with rule, reason, raw text and locator. The files hold the columns that vary and at most a
    million rows each, as the parser's chunks do. ``tz`` is the publisher's: a figure of a period that begins after the day of the
    fetch there is set aside.
    """
    table = TABLES[table_name]
    made = load_id(batch.dataset, batch.name, fetch.fetch_id, parser_version)
    folder = into / made
    folder.mkdir(parents=True, exist_ok=True)
    constants = {"dataset": batch.dataset, **batch.constants} if table.name in FACTS else dict(batch.constants)
    rejected = list(batch.rejected)
    not_read = [{name: str(value) for name, value in one.items()} for one in batch.not_read]
    files: list[str] = []
    rows_read = len(rejected)
    rows_good = 0
    partners: set[str] = set()
    periods: set[Any] = set()
    columns: list[str] = []
    given: set[str] | None = None
    asked = not_begun.day_of(fetch.asked_at, tz) if table.name in FACTS else None
    for number, frame in enumerate(_chunks(batch)):
        if given is None:
            given = set(frame.columns)
            constants = {**_defaults(given, constants, table), **constants}
        elif given != set(frame.columns):
            raise ValueError(f"chunk {number} of {batch.dataset} {batch.name} has other columns than the first")
        rows_read += frame.height
        good, bad, lost = _hold(frame, constants, table, asked)
        rejected += bad
        not_read += lost
        if good.is_empty():
            continue
        rows_good += good.height
        partners |= _distinct(good, constants, "partner")
        periods |= _distinct(good, constants, "period_end")
        columns = good.columns
        files.append(f"{number:05}.parquet")
        good.write_parquet(folder / files[-1], compression="lz4")
    staged = Staged(
        folder=folder, load_id=made, dataset=batch.dataset, batch=batch.name, table=table.name, fetch=fetch,
        parser_version=parser_version, files=files, constants={k: _text(v) for k, v in constants.items()}, columns=columns,
        rows_read=rows_read, rows_good=rows_good, partners=len(partners), periods=len(periods),
        newest_period=max((p for p in periods if p is not None), default=None),
        scope=None if batch.scope is None or not fetch.whole else
        {column: [str(value) for value in values] for column, values in batch.scope.items()},
        not_read=not_read if len(not_read) <= MOST_LOST else [{}], spans=batch.spans,
        released_at=batch.released_at or fetch.released_at,
        released_basis=batch.released_basis or ("page" if fetch.released_at else None),
        not_asked=dict(batch.not_asked), rejected=rejected, columns_seen=list(batch.columns_seen), checks=list(batch.checks))
    (folder / "manifest.json").write_bytes(msgspec.json.encode(as_plain(staged)))
    return staged


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


def _chunks(batch: Batch) -> Iterator[pl.DataFrame]:
    for frame in batch.frames:
        for start in range(0, frame.height, 1_000_000):
            yield frame.slice(start, 1_000_000)


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


def _hold(frame: pl.DataFrame, constants: dict[str, Any], table: Table,
          asked: date | None) -> tuple[pl.DataFrame, list[Rejected], list[dict[str, str]]]:
    """Fill in, hold against the contract; good rows with the columns that vary, bad ones as rejected, and the bad ones' keys."""
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
    rejected = []
    lost = []
    key = [name for name in table.key if name in varying]
    if nul.any():
        # A NUL character makes DuckLake's commit fail (DESIGN §4).
        rows = full.filter(nul).to_dicts()
        rejected += [_reject(row, "nul", "a text holds a NUL character", table) for row in rows]
        lost += [_key_of(row, key) for row in rows]
        full = full.filter(~nul)
    if asked is not None:
        open_ = not_begun.begins_after(asked) | not_begun.ends_after(asked, PERIOD_KIND)
        rejected += [_reject(row, not_begun.RULE, not_begun.reason(row["period_start"], row["period_end"], asked), table)
                     for row in full.filter(open_).to_dicts()]
        full = full.filter(~open_.fill_null(False))
    result = contract.filter(full, cast=True)
    failure = result.failure
    if len(failure):
        invalid = failure.invalid()
        rules = list(failure.counts())
        details = failure.details()
        for row, verdict in zip(invalid.to_dicts(), details.select(rules).to_dicts(), strict=True):
            broken = [rule for rule in rules if verdict[rule] == "invalid"]
            rejected.append(_reject(row, ", ".join(broken), f"breaks {', '.join(broken)}", table))
            lost.append(_key_of(row, key))
    return result.result.select(varying), rejected, lost


def _key_of(row: dict[str, Any], key: list[str]) -> dict[str, str]:
    """What is known of a bad row's key: a row that is there and cannot be stored is not withdrawn."""
    return {name: str(row[name]) for name in key if row[name] is not None and "\0" not in str(row[name])}


def _reject(row: dict[str, Any], rule: str, reason: str, table: Table) -> Rejected:
    shown = {name: str(value) for name, value in row.items()
             if value is not None and (name in table.key or name in ("value", "rate")) and name != "dataset"}
    return Rejected(locator=str(row.get("locator") or ""), rule=rule, reason=reason,
                    raw=json.dumps(shown, ensure_ascii=False).replace("\0", "\\0"))

