"""A year of BACI, packed as its publisher packs it, through the real connector, beside DuckDB's own load of the same file unpacked.

``python -m benchmarks.baci`` runs the two alone. Every figure is synthetic; the codes of areas are those that the connector knows, since it
takes no others. DuckDB gets the file unpacked, checks nothing, and fills the columns of ``stats.trade`` with the same rows.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import tempfile
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from rich.console import Console

from benchmarks.measure import Measured, Sizes, Work, in_child, median_of
from benchmarks.others import CSV, _into_lake
from benchmarks.synthetic_documents import AREAS, baci_csv
from connectors.statistics.cepii import CONNECTOR
from connectors.statistics.cepii.publisher import LABELS
from warehouse.lake.opening import Place, writer
from warehouse.load.commit import commit
from warehouse.load.diff import Context
from warehouse.load.staging import Staging
from warehouse.reference import areas
from warehouse.schema.content import Content
from warehouse.schema.travel import Document, Fetch

DATASET, MEMBER = "cepii.baci.hs17.V202601", "BACI_HS17_Y2024_V202601.csv"
AT = datetime(2026, 1, 20, tzinfo=UTC)


@cache
def codes() -> tuple[int, ...]:
    """As many as there are synthetic areas, each of an area of its own."""
    found: dict[str, int] = {}
    for _, code, _, area in LABELS.rows:
        if areas.kind_of(area) == "country":
            found.setdefault(area, int(code))
    return tuple(sorted(found.values()))[:len(AREAS)]


def rows_of(work: Work) -> int:
    """A year of BACI has a tenth more than the CSV of the other cases."""
    return work.sizes.csv_rows * 11 // 10


def unpacked(folder: Path) -> Path:
    return folder / "synthetic_baci_real_codes.csv"


def archive(folder: Path) -> Path:
    return folder / "synthetic_baci.zip"


def write(work: Work) -> None:
    """The file of one year, and the archive with it."""
    with work.timed(rows_of(work)):
        unpacked(work.folder).write_bytes(baci_csv(rows_of(work), codes=codes()))
        listed = "".join(f"{code},{area}\n" for _, code, _, area in LABELS.rows)
        with zipfile.ZipFile(archive(work.folder), "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
            out.write(unpacked(work.folder), MEMBER)
            out.writestr("country_codes_V202601.csv", f"country_code,country_iso3\n{listed}")


def ours(work: Work) -> None:
    """From the packed file to the published commit: unpacked, read, held against the contract, compared, written."""
    rows, root = rows_of(work), work.folder / "lake_baci"
    with suppress(FileNotFoundError):
        shutil.rmtree(root)
    [dataset] = [each for each in CONNECTOR.datasets if each.dataset == DATASET]
    with writer(Place(root), "benchmark") as lake:
        with work.timed(rows):
            with archive(work.folder).open("rb") as file:
                sha = hashlib.file_digest(file, "sha256").hexdigest()
            content = Content.of_file(archive(work.folder))
            fetch = Fetch("synthetic", DATASET, "http://synthetic.invalid/baci.zip", AT, 200, sha, content.size, "fetched")
            out = Staging(fetch, {DATASET: dataset}, parser_version=1, into=work.folder / "staging")
            CONNECTOR.parse(Document(fetch, content), out)
            [staged] = out.staged
            done = commit(lake, staged, dataset, Context(AT, AT, "synthetic=1", None))
            lake.after_commit()
        if done.held or done.counts["new"] != rows:
            raise RuntimeError(f"{done.counts} of {rows}, held: {[check.said for check in done.held]}")
    shutil.rmtree(root)


def duckdb(work: Work) -> None:
    """``read_csv`` of the unpacked file into the columns of ``stats.trade``."""
    meant = dict(zip(codes(), _areas_of_codes(), strict=True))
    listed = "[" + ", ".join(f"'{meant[code]}'" if code in meant else "NULL" for code in range(1, max(meant) + 1)) + "]"
    now = "TIMESTAMPTZ '2026-01-20 00:00:00+00'"
    _into_lake(work, "duckdb_baci", rows_of(work), "CREATE TABLE lake.bench AS FROM lake.stats.trade LIMIT 0", f"""
        INSERT INTO lake.bench BY NAME
        SELECT '{DATASET}' AS dataset, {listed}[i] AS reporter, {listed}[j] AS partner,
          'export' AS flow, 'HS2017' AS classification, lpad(k, 6, '0') AS product, '-' AS breakdown,
          'FOB' AS valuation, 'USD' AS currency,
          make_date(t, 1, 1) AS period_start, make_date(t, 12, 31) AS period_end, 'A' AS period_kind,
          round(v * 1000) AS value, 1000 AS unit_multiplier, 3 AS decimals, 'E' AS status, '' AS flags,
          try_cast(trim(q) AS DOUBLE) * 1000 AS net_weight_kg, 'country' AS partner_kind, 6 AS product_level,
          {now} AS released_at, 'first_seen' AS released_basis, {now} AS first_seen_at, 1 AS version_no,
          md5(concat_ws('|', 'stats.trade', dataset, reporter, partner, flow, classification, product, breakdown,
                        valuation, currency, period_start, period_end, 1)) AS version_id,
          '0123456789abcdef01234567' AS fetch_id, concat('Y2024, line ', row_number() OVER () + 1, ', column v') AS locator,
          '0123456789abcdef0123' AS load_id
        FROM {CSV.format(path=unpacked(work.folder))}""")


def _areas_of_codes() -> list[str]:
    meant = {int(code): area for _, code, _, area in LABELS.rows}
    return [meant[code] for code in codes()]


def main() -> int:
    """The two in turn, and how they stand to each other."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.baci", description=__doc__)
    parser.add_argument("--rows", type=int, default=11_000_000, help="rows of the year (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=1, help="repetitions, in turn (default %(default)s)")
    parser.add_argument("--folder", type=Path, help="where documents and lakes go (default: the usual place)")
    asked = parser.parse_args()
    sizes, console = Sizes(csv_rows=asked.rows * 10 // 11), Console()
    runs: dict[str, list[Measured]] = {"baci:ours": [], "baci:duckdb": []}
    with tempfile.TemporaryDirectory(prefix="entrepot-baci-", dir=asked.folder) as name:
        in_child("baci:write", Path(name), sizes)
        for _ in range(asked.rounds):
            for case, found in runs.items():
                found.append(in_child(case, Path(name), sizes))
    mine, theirs = (median_of(found) for found in runs.values())
    for one in (mine, theirs):
        console.print(f"{one.case:12} {one.rows:,} synthetic rows, {one.seconds:.1f} s, {one.cpu_seconds:.1f} s of processor time, "
                      f"peak {one.peak_mib:,.0f} MiB", highlight=False)
    console.print(f"ours over DuckDB's: {mine.seconds / theirs.seconds:.2f} times the time, "
                  f"{mine.cpu_seconds / theirs.cpu_seconds:.2f} times the processor time", highlight=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
