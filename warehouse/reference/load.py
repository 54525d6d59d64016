"""Put the reviewed reference files into ``ref.*``. The files are in this folder; looking things up in them is ``areas``."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

from warehouse.reference.areas import NAMES
from warehouse.reference.products import OWN

HERE = Path(__file__).parent
FILES = {"ref.area": "areas.csv", "ref.area_code": "area_codes.csv", "ref.area_group": "area_groups.csv",
         "ref.product": "products.csv"}


def fingerprint() -> str:
    """Hash of all reference files: a lake that has another one is brought up to date."""
    return hashlib.sha256(b"\0".join((HERE / name).read_bytes() for name in FILES.values())).hexdigest()


def statements(con: duckdb.DuckDBPyConnection) -> None:
    """Replace the rows of ``ref.*`` by the files', inside the caller's transaction. A publisher's own labels are its connector's
    (``warehouse.load.commit.describe``), names of products those of the lists that were loaded; they stay."""
    from warehouse.schema.tables import TABLES, sql_columns

    ours = {"ref.area_code": f" WHERE source = '{NAMES}'", "ref.product": f" WHERE dataset = '{OWN}'"}
    for table, name in FILES.items():
        columns = {column: kind for column, kind in sql_columns(TABLES[table]).items() if column in _columns(name)}
        read = ", ".join(f"CAST({column} AS {kind}) AS {column}" for column, kind in columns.items())
        con.execute(f"DELETE FROM {table}" + ours.get(table, ""))
        con.execute(f"INSERT INTO {table} ({', '.join(columns)}) "
                    f"SELECT {read} FROM read_csv('{HERE / name}', header = true, all_varchar = true)")


def _columns(name: str) -> list[str]:
    """The columns that a file has: of a table that publishers fill too, those that say which document are not among them."""
    return (HERE / name).read_text(encoding="utf-8").partition("\n")[0].strip().split(",")
