"""Whoever asks a lake on PostgreSQL attaches it as a user who can only read, and the server holds to it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import psycopg
import pytest

from flows.cli import doctor
from flows.home.house import House
from flows.home.settings import Settings
from tests import servers
from tests.warehouse.test_outgrown import bring
from warehouse.lake import readonly
from warehouse.lake.opening import connect
from warehouse.schema.errors import UsageError

pytestmark = pytest.mark.usefixtures("synthetic_publisher")
SCRIPT = Path(__file__).parents[2] / "deploy" / "reader.sql"
READER = "only-reads-of-the-tests"
THROUGH = "FROM postgres_execute('__ducklake_metadata_lake', 'COMMIT; DELETE FROM entrepot.ducklake_data_file; BEGIN')"


def with_reader(form: servers.Form, home: Path) -> House:
    """The same lake, asked as the user whom ``deploy/reader.sql`` makes."""
    url = dict(form.settings)["catalog"]
    statements = SCRIPT.read_text().replace("\\getenv password READER_PASSWORD", "").replace(":'password'", f"'{READER}'")
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'entrepot_reader') THEN "
                        "DROP OWNED BY entrepot_reader; DROP ROLE entrepot_reader; END IF; END $$")
        session.execute(statements)
    parts = urlsplit(url)
    reader = f"postgresql://entrepot_reader:{READER}@{parts.hostname}:{parts.port}{parts.path}"
    return House(Settings(home=home, catalog_reader=reader, **dict(form.settings)))


def catalogued(house: House) -> int:
    assert house.settings.catalog is not None
    with psycopg.connect(house.settings.catalog.get_secret_value()) as session:
        row = session.execute("SELECT count(*) FROM entrepot.ducklake_snapshot").fetchone()
    assert row is not None
    return int(row[0])


def readers(house: House) -> list[tuple[str, str]]:
    return [(one.level, one.what) for one in doctor._readers(house)]


def test_readers_cannot_write_the_catalogue(postgres: servers.Postgres, objects: servers.ObjectStore, tmp_path: Path) -> None:
    form = servers.served(postgres, objects)
    plain = form.house(tmp_path)
    bring(plain, ("one",), 0)
    assert [level for level, _ in readers(plain)] == ["look"]
    house = with_reader(form, tmp_path)
    bring(house, ("one", "two"), 1)  # made after the role: default rights reach it
    assert [level for level, _ in readers(house)] == ["ok"]
    before = catalogued(house)

    con = connect(house.place)
    assert "entrepot_reader" in str(con.execute("FROM duckdb_secrets()").fetchall())
    assert "entrepot_catalog" not in str(con.execute("FROM duckdb_secrets()").fetchall())
    with suppress(duckdb.Error):
        con.execute(THROUGH.replace("DELETE FROM entrepot.ducklake_data_file", "SET TRANSACTION READ WRITE; "
                                    "DELETE FROM entrepot.ducklake_snapshot")).fetchall()
    con.close()
    assert catalogued(house) == before, "the server refuses, whatever was let through"

    con = connect(house.place)
    readonly.seal(con, memory_mb=256)
    for query in (THROUGH, THROUGH.replace("execute(", "execute/**/("), THROUGH.upper(),
                  THROUGH.replace("postgres_execute", '"postgres_query"')):
        with pytest.raises(UsageError, match="not a function for that"):
            readonly.checked(con, query)
    rows = con.execute(readonly.checked(con, "SELECT count(*) FROM stats.trade")).fetchall()
    assert rows[0][0] > 6, "data on the object store are read behind the seal"
    for query in ("FROM read_text('/etc/passwd')", f"COPY (SELECT 1) TO '{dict(form.settings)['data']}/x.parquet'",
                  f"COPY (SELECT 1) TO '{tmp_path}/x.csv'"):
        with pytest.raises(duckdb.Error):
            con.execute(query)
    con.close()


def test_without_such_a_user_a_reader_still_begins_read_only(
        postgres: servers.Postgres, objects: servers.ObjectStore, tmp_path: Path) -> None:
    house = servers.served(postgres, objects).house(tmp_path)
    bring(house, ("one",), 0)
    before = catalogued(house)
    con = connect(house.place)
    with pytest.raises(duckdb.Error, match="read-only transaction"):
        con.execute(THROUGH).fetchall()
    con.close()
    assert catalogued(house) == before


