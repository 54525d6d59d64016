"""Synthetic figures for tests of the warehouse: made up, named so, and never outside the tests."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from warehouse.archive.documents import fetch_id
from warehouse.lake.migrate import migrate, migrations
from warehouse.lake.opening import Place, Writer, connect, engine, writer
from warehouse.load.commit import Committed, commit
from warehouse.load.diff import Context
from warehouse.load.staging import Staged, stage
from warehouse.schema.travel import Batch, Dataset, Fetch, Publisher, Value

SYNTHETIC = Dataset(
    dataset="synthetic.monthly", publisher="synthetic", title="Synthetic monthly trade", table="stats.trade", account="reported",
    chain="synthetic", chain_rank=1, revision_mode="overwrite", partner_scope="all", licence="none: synthetic",
    may_redistribute=False, attribution="synthetic", page_url="http://synthetic.invalid/", tz="UTC", cadence="monthly",
    floor_rows=1, floor_partners=0, floor_periods=0)

PUBLISHER = Publisher(
    publisher="synthetic", title="A synthetic office", called="a synthetic office", languages=("en",), tz="UTC",
    licence="none: synthetic", attribution="synthetic")


def day(number: int) -> datetime:
    return datetime(2026, 1, 10, tzinfo=UTC) + timedelta(days=number)


def figures(months: Mapping[str, float], *, partners: Sequence[str] = ("MYS",), status: str = "A") -> pl.DataFrame:
    """One row for each month and partner."""
    rows = []
    for month, value in months.items():
        start = date.fromisoformat(f"{month}-01")
        end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        rows += [{"partner": partner, "period_start": start, "period_end": end, "value": Decimal(str(value)),
                  "status": status, "locator": f"line {month} {partner}"} for partner in partners]
    return pl.DataFrame(rows, schema={"partner": pl.String, "period_start": pl.Date, "period_end": pl.Date,
                                      "value": pl.Decimal(20, 3), "status": pl.String, "locator": pl.String})


CONSTANTS: dict[str, Value] = {"reporter": "CHN", "flow": "export", "valuation": "FOB", "currency": "CNY", "unit_multiplier": 1,
                               "decimals": 1}


def fetch_of(frame: pl.DataFrame, at: datetime, *, url: str = "http://synthetic.invalid/table") -> Fetch:
    sha = hashlib.sha256(frame.write_json().encode()).hexdigest()
    return Fetch(fetch_id=fetch_id(url, at, sha), dataset=SYNTHETIC.dataset, url=url, asked_at=at, status=200, sha256=sha,
                 bytes=1, origin_kind="fetched")


def staged(into: Path, frame: pl.DataFrame, at: datetime, *, scope: Mapping[str, tuple[Value, ...]] | None = None,
           released_at: datetime | None = None, parser_version: int = 1) -> Staged:
    fetch = fetch_of(figures({}), at) if parser_version > 1 else fetch_of(frame, at)
    batch = Batch(SYNTHETIC.dataset, "all", [frame], CONSTANTS, scope=scope, released_at=released_at,
                  released_basis="page" if released_at else None)
    return stage(batch, fetch, table_name="stats.trade", parser_version=parser_version, into=into / secrets.token_hex(4))


def load(place: Place, into: Path, frame: pl.DataFrame, at: datetime, *, accepted: bool = False,
         last_confirmed_at: datetime | None = None, parser_version: int = 1, **kwargs: Any) -> Committed:
    """Stage and commit, as a run would."""
    made = staged(into, frame, at, parser_version=parser_version, **kwargs)
    with writer(place, "test") as lake:
        if parser_version > 1:
            (held,) = lake.con.execute("SELECT fetch_id FROM stats.trade LIMIT 1").fetchall()[0]
            made = msgspec.structs.replace(made, fetch=replace(made.fetch, fetch_id=held))
        done = commit(lake, made, SYNTHETIC, Context(at, at, "test=1", last_confirmed_at, accepted=accepted))
        if done.changed:
            lake.after_commit()
    return done


def present(place: Place) -> list[dict[str, Any]]:
    """What a reader sees now."""
    con = connect(place)
    return con.execute("SELECT * FROM stats.trade ORDER BY period_start, partner").pl().to_dicts()


def revisions(place: Place) -> list[dict[str, Any]]:
    con = connect(place)
    return con.execute("SELECT * FROM stats.trade_revision ORDER BY recorded_at, period_start, partner").pl().to_dicts()


def lake_of_the_first_migration(place: Place) -> None:
    """A lake as the first Entrepot left it, with one load in it that has no column of later days."""
    place.data.mkdir(parents=True)
    place.published.mkdir()
    con = engine(place)
    con.execute(f"ATTACH 'ducklake:sqlite:{place.catalog}' AS lake (DATA_PATH '{place.data}', META_JOURNAL_MODE 'WAL')")
    con.execute("USE lake")
    with place.locked("synthetic") as held:
        migrate(Writer(place, con, held), migrations()[:1])
    con.execute("INSERT INTO ops.load BY NAME SELECT 'old' AS load_id, 1 AS snapshot, 'synthetic.monthly' AS dataset, "
                "now() AS recorded_at")
    con.close()
