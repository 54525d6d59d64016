"""The same documents through other tools: DuckDB's own readers into the same kind of lake, and dlt's row path.

Each is given what is known of the document where that makes it faster. None of them validates, compares or records
where a row came from.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress

from benchmarks import documents
from benchmarks.measure import Work
from benchmarks.synthetic_documents import AREAS, comtrade_json
from warehouse.lake.opening import Place, writer


def _into_lake(work: Work, name: str, rows: int, create: str, insert: str) -> None:
    """Create a table in a lake of its own; then the insert and the publication, timed."""
    root = work.folder / f"lake_{name}"
    with suppress(FileNotFoundError):
        shutil.rmtree(root)
    with writer(Place(root), "benchmark") as lake:
        lake.con.execute(create)
        with work.timed(rows):
            lake.con.execute(insert)
            lake.after_commit()
        (held,) = lake.con.execute("SELECT count(*) FROM lake.bench").fetchall()[0]
    shutil.rmtree(root)
    if held != rows:
        raise RuntimeError(f"{held} rows of {rows} arrived")


def duckdb_json(work: Work) -> None:
    """``read_json`` with its own guess of the types (given ones were slower), into a table of the 47 columns."""
    first = json.loads(comtrade_json(2))["data"][1]
    numbers = ("qty", "netWgt", "altQty", "grossWgt", "cifvalue", "fobvalue", "primaryValue")
    kinds = {name: "DOUBLE" if name in numbers else "BOOLEAN" if isinstance(value, bool) else
             "BIGINT" if isinstance(value, int) else "VARCHAR" for name, value in first.items()}
    columns = ", ".join(f'"{name}" {kind}' for name, kind in kinds.items())
    path = documents.json_answer(work.folder)
    _into_lake(work, "duckdb_json", work.sizes.json_rows, f"CREATE TABLE lake.bench ({columns})",
               "INSERT INTO lake.bench SELECT unnest(data, recursive := true) FROM "
               f"read_json('{path}', maximum_object_size = {path.stat().st_size + 1})")


CSV = ("read_csv('{path}', header = true, "
       "columns = {{t: 'INT', i: 'INT', j: 'INT', k: 'VARCHAR', v: 'DOUBLE', q: 'VARCHAR'}})")


def duckdb_csv(work: Work) -> None:
    """``read_csv`` into a table of its six columns, only the zero and the NA mended."""
    source = CSV.format(path=documents.csv_file(work.folder))
    _into_lake(work, "duckdb_csv", work.sizes.csv_rows,
               "CREATE TABLE lake.bench (t INT, i INT, j INT, k VARCHAR, v DOUBLE, q DOUBLE)",
               f"INSERT INTO lake.bench SELECT t, i, j, lpad(k, 6, '0'), v, try_cast(trim(q) AS DOUBLE) FROM {source}")


def duckdb_csv_as_trade(work: Work) -> None:
    """``read_csv`` into the columns of ``stats.trade``: the very rows that Entrepot stores, unchecked."""
    source = CSV.format(path=documents.csv_file(work.folder))
    areas = "[" + ", ".join(f"'{area}'" for area in AREAS) + "]"
    now = "TIMESTAMPTZ '2026-01-10 00:00:00+00'"
    _into_lake(work, "duckdb_csv_as_trade", work.sizes.csv_rows,
               "CREATE TABLE lake.bench AS FROM lake.stats.trade LIMIT 0", f"""
        INSERT INTO lake.bench BY NAME
        SELECT 'synthetic.baci' AS dataset, {areas}[i - 99] AS reporter, {areas}[j - 99] AS partner,
          'export' AS flow, 'HS2017' AS classification, lpad(k, 6, '0') AS product, '-' AS breakdown,
          'FOB' AS valuation, 'USD' AS currency,
          make_date(t, 1, 1) AS period_start, make_date(t, 12, 31) AS period_end, 'A' AS period_kind,
          round(v * 1000) AS value, 1000 AS unit_multiplier, 3 AS decimals, 'A' AS status, '' AS flags,
          try_cast(trim(q) AS DOUBLE) * 1000 AS net_weight_kg, 'country' AS partner_kind, 6 AS product_level,
          {now} AS released_at, 'first_seen' AS released_basis, {now} AS first_seen_at, 1 AS version_no,
          md5(concat_ws('|', 'stats.trade', dataset, reporter, partner, flow, classification, product, breakdown,
                        valuation, currency, period_start, period_end, 1)) AS version_id,
          '0123456789abcdef01234567' AS fetch_id, concat('line ', row_number() OVER () + 1) AS locator,
          '0123456789abcdef0123' AS load_id
        FROM {source}""")


def dlt_json(work: Work) -> None:
    """dlt's row path: its own JSON reader, a list of dicts, the DuckDB destination."""
    os.environ |= {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    import dlt
    from dlt.common.json import json as dlt_json_reader

    root, rows = work.folder / "dlt", work.sizes.dlt_rows
    with suppress(FileNotFoundError):
        shutil.rmtree(root)
    body = comtrade_json(rows)
    pipeline = dlt.pipeline("synthetic", pipelines_dir=str(root / "pipelines"), dataset_name="synthetic",
                            destination=dlt.destinations.duckdb(str(root / "dlt_bench.duckdb")))
    with work.timed(rows):
        pipeline.run(dlt_json_reader.loadb(body)["data"], table_name="bench", write_disposition="append")
    with pipeline.sql_client() as client:
        ((held,),) = client.execute_sql("SELECT count(*) FROM bench") or ((0,),)
    shutil.rmtree(root)
    if held != rows:
        raise RuntimeError(f"{held} rows of {rows} arrived")
