"""Contracts, migrations, reference data and the dictionary agree, and an old lake becomes a present one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.synthetic import day, figures, lake_of_the_first_migration, load, present
from warehouse.lake import migrate
from warehouse.lake.opening import Place, Writer, connect, writer
from warehouse.schema.dictionary import dictionary
from warehouse.schema.errors import EntrepotError, OtherVersion
from warehouse.schema.meanings import views
from warehouse.schema.tables import TABLES, sql_columns

ROOT = Path(__file__).parents[2]


def _columns(lake: Writer) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in lake.con.execute(
            "SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'lake' "
            "AND schema_name <> 'mart' ORDER BY 1, column_index").fetchall():
        found.setdefault(table, {})[column] = kind.replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
    return found


def test_the_migrations_together_make_exactly_the_contracts_tables(tmp_path: Path) -> None:
    with writer(Place(tmp_path / "lake"), "test") as lake:
        made = _columns(lake)
    assert set(made) == set(TABLES)
    for name, table in TABLES.items():
        assert made[name] == sql_columns(table), name


def test_a_lake_of_the_first_migration_keeps_its_rows_and_takes_new_loads(tmp_path: Path) -> None:
    place = Place(tmp_path / "lake")
    lake_of_the_first_migration(place)
    assert load(place, tmp_path, figures({"2024-01": 100}), day(1)).snapshot == 2
    with writer(place, "test") as lake:
        assert lake.con.execute("SELECT snapshot, columns_seen FROM ops.load ORDER BY snapshot").fetchall() == [(1, ""), (2, "")]
        assert _columns(lake)["ops.load"] == sql_columns(TABLES["ops.load"])
    assert len(present(place)) == 1


def test_a_lake_of_a_newer_entrepot_is_refused_by_name(tmp_path: Path) -> None:
    place = Place(tmp_path / "lake")
    with writer(place, "test") as lake, lake.transaction("newer") as con:
        con.execute("INSERT INTO ops.migration VALUES ('9999_from_the_future', 'x', now())")
    with pytest.raises(EntrepotError, match="9999_from_the_future"), writer(place, "test"):
        pass


@pytest.mark.parametrize(("row", "said"), [("views", "its views differ"), ("reference", "its reference data differ")])
def test_a_lake_of_other_views_or_reference_data_is_told_to_readers_with_the_way_out(tmp_path: Path, row: str, said: str) -> None:
    place = Place(tmp_path / "lake")
    with writer(place, "test") as lake:
        with lake.transaction("another", snapshot=1) as con:
            con.execute("CREATE OR REPLACE VIEW mart.summable AS FROM stats.trade WHERE false")
            con.execute("UPDATE ops.migration SET sha256 = 'of another program' WHERE name = ?", [row])
        lake.after_commit()
    with pytest.raises(OtherVersion, match=f"{said} from this one's.: entrepot maintain"):
        connect(place)
    with writer(place, "test") as lake:
        lake.after_commit()
    connect(place).close()


def test_what_readers_compare_is_what_a_writer_wrote_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path / "lake")
    with writer(place, "test") as lake:
        lake.after_commit()
    connect(place).close()
    more = tmp_path / "99_more.sql"
    more.write_text("CREATE OR REPLACE VIEW mart.more AS SELECT 1 AS one;")
    ours = migrate.views()
    monkeypatch.setattr(migrate, "views", lambda: [*ours, more])
    with pytest.raises(OtherVersion, match="its views differ"):
        connect(place)
    with writer(place, "test") as lake:
        lake.after_commit()
    con = connect(place)
    assert con.execute("FROM mart.more").fetchall() == [(1,)]
    con.close()


def test_opening_twice_migrates_once(tmp_path: Path) -> None:
    place = Place(tmp_path / "lake")
    counts = []
    for _ in range(2):
        with writer(place, "test") as lake:
            counts.append(lake.con.execute("SELECT count(*) FROM lake.snapshots()").fetchall())
    assert counts[0] == counts[1]


def test_the_data_dictionary_is_the_contracts() -> None:
    assert (ROOT / "docs" / "data-dictionary.md").read_text() == dictionary(), "run `make docs`"


def test_every_column_says_what_it_means() -> None:
    silent = [(name, column) for name, table in TABLES.items() for column, kind in table.columns.items() if not kind.description]
    assert not silent


def test_a_lake_says_of_each_table_and_view_what_it_means_and_what_may_be_summed(tmp_path: Path) -> None:
    place = Place(tmp_path / "lake")
    with writer(place, "test") as lake:
        lake.after_commit()
    con = connect(place)
    said = dict(con.execute("SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() WHERE database_name = 'lake' "
                            "UNION ALL SELECT schema_name || '.' || view_name, comment FROM duckdb_views() "
                            "WHERE database_name = 'lake' AND schema_name = 'mart'").fetchall())
    assert {name for name in said if name.partition(".")[0] in ("stats", "mart", "news", "ref", "ops")} and all(
        said[name] for name in (*TABLES, *views()))
    assert "mart.summable is what may be" in said["mart.figures"] and "may be summed" in said["mart.summable"]
    assert set(views()) == {name for name in said if name.startswith("mart.")}
