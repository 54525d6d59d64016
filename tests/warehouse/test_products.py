"""What --products means, and figures put into another classification: on synthetic rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse.ask.coverage.classifications import tree
from warehouse.lake.opening import Place, connect, writer
from warehouse.reference.products import FORMS, TOTAL, Products, one, parse
from warehouse.schema.errors import UsageError


@pytest.mark.parametrize("typed, meant", [
    (None, TOTAL), ("total", TOTAL), ("HS2", Products("HS", 2)), ("hs6", Products("HS", 6)), ("HS 4", Products("HS", 4)),
    ("8542", Products("HS", 0, "8542")), ("01", Products("HS", 0, "01")), ("7", Products("", 0, "7")), ("54231", Products("", 0, "54231")),
    ("39269097", Products("", 0, "39269097")), ("SITC4-1", Products("SITC4-1")), ("HS2022", Products("HS2022")),
    ("HS2022 8542", Products("HS2022", 0, "8542")), ("  SITC4   7 ", Products("SITC4", 0, "7")), ("HS 8542", Products("HS", 0, "8542")),
    ("CN2024 39XXXXXX", Products("CN2024", 0, "39XXXXXX")), ("WITS-HS", Products("WITS-HS"))])
def test_what_is_typed_is_a_level_a_code_a_list_or_both(typed: str | None, meant: Products) -> None:
    assert parse(typed) == meant


@pytest.mark.parametrize("typed", ["", " ", "HS8542", "HS85", "HS", "85 42", "HS2022 85 42", "8542; DROP TABLE", "HS2022 '8542'", "HS8 85",
                                   "HS2022 HS2022", "x" * 50, "８５４２", "HS2022 85%"])
def test_anything_else_is_refused_with_the_forms(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse(typed)
    assert FORMS in str(refused.value)


def test_one_product_is_neither_a_level_nor_a_list() -> None:
    assert one("HS2022 8542").code == "8542" and one(None) == TOTAL
    for many in ("HS4", "SITC4-1"):
        with pytest.raises(UsageError, match="more than one product"):
            one(many)


def test_nothing_typed_is_text_of_a_statement() -> None:
    queries = Path(__file__).parents[2] / "warehouse/ask/queries"
    for name in ("get", "beside", "rank_rows", "versions", "mirror_products"):
        text = (queries / f"{name}.sql").read_text()
        assert all(f"${parameter}" in text for parameter in TOTAL.asked), name


WEIGHTS = [  # from, to, code, code, weight: one code is split in two, and the way back is no inverse
    ("HS2017", "HS2012", "854231", "854231", 0.75, "3"), ("HS2017", "HS2012", "854231", "854239", 0.25, "3"),
    ("HS2017", "HS2012", "854239", "854239", 1.0, "3"), ("HS2012", "HS2017", "854231", "854231", 1.0, "3"),
    ("HS2012", "HS2017", "854239", "854231", 0.1, "3"), ("HS2012", "HS2017", "854239", "854239", 0.9, "3")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Two synthetic reporters, one by each edition; HS2017's also has a code that the weights lack, a heading, and a cut of the total."""
    made = Place(tmp_path_factory.mktemp("converted") / "lake")
    with writer(made, "test") as lake:
        con = lake.con
        con.execute("BEGIN")
        con.execute("INSERT INTO ref.dataset BY NAME SELECT 'synthetic.hs' AS dataset, 'synthetic' AS publisher, 'reported' AS account, "
                    "'synthetic.hs' AS chain, 1 AS chain_rank, 'UTC' AS tz")
        for row in WEIGHTS:
            con.execute("INSERT INTO ref.product_map BY NAME SELECT 'synthetic.weights' AS dataset, 'weights' AS basis, ? AS "
                        "from_classification, ? AS to_classification, ? AS from_product, ? AS to_product, ? AS weight, ? AS grp", list(row))
        con.execute("INSERT INTO ref.product_map BY NAME SELECT 'synthetic.shared' AS dataset, 'correlation' AS basis, 'HS2017' AS "
                    "from_classification, 'SITC4' AS to_classification, '854231' AS from_product, '7764' AS to_product, '' AS grp")
        con.execute("INSERT INTO ref.product BY NAME SELECT 'synthetic.list' AS dataset, 'HS2017' AS classification, unnest(['85', '8542', "
                    "'854231']) AS product, unnest(['Chapter', 'Circuits', 'Processors']) AS name, unnest(['TOTAL', '85', '8542']) AS "
                    "parent, CAST(unnest([2, 4, 6]) AS SMALLINT) AS level")
        for reporter, edition, product, value, cut in (
                ("CHN", "HS2017", "854231", 100, "-"), ("CHN", "HS2017", "854239", 40, "-"), ("CHN", "HS2017", "999999", 7, "-"),
                ("CHN", "HS2017", "8542", 140, "-"), ("CHN", "HS2017", "854231", 60, "mot=2100"),
                ("MYS", "HS2012", "854231", 75, "-"), ("MYS", "HS2012", "854239", 65, "-")):
            con.execute("INSERT INTO stats.trade BY NAME SELECT 'synthetic.hs' AS dataset, ? AS reporter, 'SGP' AS partner, 'country' AS "
                        "partner_kind, 'export' AS flow, ? AS classification, ? AS product, CAST(length(product) AS SMALLINT) AS "
                        "product_level, ? AS breakdown, 'FOB' AS valuation, 'USD' AS currency, DATE '2018-01-01' AS period_start, "
                        "DATE '2018-12-31' AS period_end, 'A' AS period_kind, ? AS value, '' AS flags",
                        [reporter, edition, product, cut, value])
        con.execute("COMMIT")
        lake.after_commit()
    return made


@pytest.fixture
def con(place: Place) -> Iterator[duckdb.DuckDBPyConnection]:
    opened = connect(place)
    yield opened
    opened.close()


def test_converted_figures_say_whence_and_whither_and_keep_every_total(con: duckdb.DuckDBPyConnection) -> None:
    found = con.execute("SELECT conversion, basis, from_classification, classification, product, product_level, value FROM mart.converted "
                        "WHERE reporter = 'CHN' ORDER BY product").fetchall()
    assert found == [("synthetic.weights", "weights", "HS2017", "HS2012", "854231", 6, 75.0),
                     ("synthetic.weights", "weights", "HS2017", "HS2012", "854239", 6, 65.0),
                     ("synthetic.weights", "weights", "HS2017", "HS2012", "NOT_CONVERTED", -1, 7.0)]
    assert sum(row[-1] for row in found) == 100 + 40 + 7  # of the same level: the heading and the cut are in none of them


def test_the_way_back_is_no_inverse(con: duckdb.DuckDBPyConnection) -> None:
    back = dict(con.execute("SELECT product, value FROM mart.converted WHERE reporter = 'MYS' AND classification = 'HS2017'").fetchall())
    assert back == {"854231": 75 + 6.5, "854239": 58.5}, "75 and 65 were made of 100 and 40"
    assert sum(back.values()) == 75 + 65


def test_no_reported_view_has_a_converted_figure_and_shared_goods_convert_nothing(con: duckdb.DuckDBPyConnection) -> None:
    for view in ("mart.figures", "mart.best", "mart.summable", "mart.accounts"):
        assert con.execute(f"SELECT count(*) FROM {view} WHERE reporter = 'CHN' AND classification <> 'HS2017'").fetchone() == (0,), view
    assert con.execute("SELECT count(*) FROM mart.converted WHERE classification = 'SITC4'").fetchone() == (0,)


def test_a_tree_has_names_children_and_who_holds_figures(con: duckdb.DuckDBPyConnection) -> None:
    top = tree(con, parse("HS2017"))
    assert [(node.product, node.name, node.children) for node in top.nodes] == [("85", "Chapter", 1), ("99", "", 1)]
    below = tree(con, parse("HS2017 8542"))
    assert [(node.product, node.name, node.level, node.datasets) for node in below.nodes] == [
        ("854231", "Processors", 6, ("synthetic.hs",)), ("854239", "", 6, ("synthetic.hs",))]
    assert below.levels == {4: ("synthetic.hs",), 6: ("synthetic.hs",)} and below.below is not None and below.below.name == "Circuits"
    assert not below.of_any_edition and tree(con, parse("HS2012 8542")).of_any_edition
    with pytest.raises(UsageError, match=r"no list of BEC4 is held.*held: HS, HS2012, HS2017, SITC4-1"):
        tree(con, parse("BEC4"))
    with pytest.raises(UsageError, match="has no code '77'"):
        tree(con, parse("HS2017 77"))
