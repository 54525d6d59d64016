"""Which sums over figures are made, and which are refused, by the rows that they would take."""

from __future__ import annotations

import duckdb
import pytest

from warehouse.ask import sums
from warehouse.schema.errors import NoSum

KEY = ("dataset", "reporter", "partner", "flow", "classification", "product", "breakdown", "valuation", "currency", "period_kind",
       "partner_kind")
USUAL = ("own", "CHN", "MYS", "export", "-", "TOTAL", "-", "FOB", "CNY", "A", "country")


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """Synthetic figures: a usual one and, for each way to overlap it, one that differs in that alone."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA stats; CREATE SCHEMA mart; CREATE SCHEMA ref")
    con.execute(f"CREATE TABLE stats.trade ({', '.join(f'{name} VARCHAR' for name in KEY)}, product_level INTEGER, period_start DATE, "
                "period_end DATE, value DOUBLE, net_weight_kg DOUBLE)")
    others = [("partner", "WLD", "partner_kind", "world"), ("flow", "total"), ("dataset", "other"), ("currency", "USD"),
              ("valuation", "CIF"), ("breakdown", "sea"), ("reporter", "MYS", "partner", "CHN", "flow", "import"), ("period_kind", "M"),
              ("partner", "THA")]
    for change in ((), *others):
        row = {**dict(zip(KEY, USUAL, strict=True)), **dict(zip(change[::2], change[1::2], strict=True))}
        end = "2024-01-31" if row["period_kind"] == "M" else "2024-12-31"
        con.execute(f"INSERT INTO stats.trade VALUES ({', '.join('?' * len(KEY))}, 0, '2024-01-01', '{end}', 100, 1)", list(row.values()))
    con.execute("INSERT INTO stats.trade SELECT * REPLACE ('85' AS product, 'HS2022' AS classification, 2 AS product_level) "
                "FROM stats.trade WHERE partner = 'THA'")
    con.execute("CREATE VIEW mart.figures AS FROM stats.trade")
    con.execute("CREATE VIEW mart.versions AS FROM stats.trade")
    con.execute("CREATE TABLE ref.area AS SELECT 'MYS' AS area")
    return con


USUALLY = ("reporter = 'CHN' AND dataset = 'own' AND flow = 'export' AND currency = 'CNY' AND valuation = 'FOB' AND breakdown = '-' AND "
           "period_kind = 'A' AND partner_kind = 'country'")
GOODS = f"{USUALLY} AND product = 'TOTAL'"


@pytest.mark.parametrize("query", [
    f"SELECT sum(value) FROM mart.figures WHERE {GOODS}",
    f"SELECT partner, sum(value) AS v FROM stats.trade WHERE {GOODS} GROUP BY 1 ORDER BY v",
    f"SELECT period_start, sum(value) FROM stats.trade WHERE {GOODS} GROUP BY ALL HAVING sum(value) > 1 LIMIT 1",
    f"WITH x AS (FROM mart.figures WHERE {USUALLY}), y AS (FROM x WHERE product = 'TOTAL') SELECT sum(value) FROM y",
    f"SELECT sum(f.value) FROM mart.figures AS f JOIN ref.area AS a ON a.area = f.partner WHERE {GOODS}",
    f"SELECT sum(value) FILTER (WHERE product = 'TOTAL') FROM mart.figures WHERE {USUALLY}",
    f"SELECT sum(CASE WHEN product = 'TOTAL' THEN value ELSE 0 END) FROM mart.figures WHERE {USUALLY}",
    f"SELECT sum(value) OVER (PARTITION BY product) FROM mart.figures WHERE {USUALLY}",
    "SELECT sum(n) FROM (SELECT dataset, count(*) AS n FROM stats.trade GROUP BY 1)", "SELECT count(*), max(value) FROM mart.figures",
    "SELECT sum(1) FROM mart.figures", "SELECT sum(i) FROM range(5) AS t(i)", "FROM mart.figures"])
def test_a_sum_of_rows_that_stand_apart_is_made(con: duckdb.DuckDBPyConnection, query: str) -> None:
    con.execute(query)
    sums.check(con, query)


@pytest.mark.parametrize(("left_out", "said"), [
    ("dataset", "several tables of one reporter"), ("flow", "flows inside one another"), ("currency", "several currencies"),
    ("valuation", "several valuations"), ("breakdown", "breakdowns"), ("period_kind", "periods inside one another"),
    ("partner_kind", "the world or a group"), ("product", "totals beside their products")])
def test_each_way_to_overlap_is_named(con: duckdb.DuckDBPyConnection, left_out: str, said: str) -> None:
    conditions = " AND ".join(part for part in GOODS.split(" AND ") if not part.startswith(f"{left_out} "))

    with pytest.raises(NoSum, match=said) as refused:
        sums.check(con, f"SELECT sum(value) FROM mart.figures WHERE {conditions}")

    assert "mart.summable" in str(refused.value)


@pytest.mark.parametrize("query", [
    "SELECT sum(value) FROM mart.figures", "FROM stats.trade SELECT SuM(\"VALUE\")", "SELECT avg(value) FROM memory.mart.figures",
    "SELECT sum(value) OVER () FROM mart.figures", "WITH x AS (FROM stats.trade) SELECT sum(value) FROM x",
    "SELECT (SELECT sum(value) FROM mart.figures)", "SELECT sum(v) FROM (SELECT value AS v FROM mart.figures)",
    "SELECT sum(v.value) FROM (FROM mart.figures UNION ALL FROM mart.figures) AS v",
    "SELECT sum(value) FROM mart.versions", "FROM (PIVOT mart.figures ON flow IN ('export') USING sum(value) GROUP BY partner)",
    "SELECT sum(net_weight_kg) FROM mart.figures", "SELECT 1 WHERE (SELECT sum(value) FROM stats.trade) > 0",
    "SELECT sum(value) FROM mart.figures AS \"a\"\"b\", ref.area"])
def test_a_sum_that_mixes_or_cannot_be_told_is_refused(con: duckdb.DuckDBPyConnection, query: str) -> None:
    con.execute(query)
    with pytest.raises(NoSum, match=r"mart\.summable"):
        sums.check(con, query)


@pytest.mark.parametrize("table", ["figures", "memory.figures", "Memory.Figures", '"figures"', "versions"])
def test_a_table_is_known_by_its_name_alone(con: duckdb.DuckDBPyConnection, table: str) -> None:
    con.execute("USE memory.mart")
    query = f"SELECT sum(value) FROM {table}"
    con.execute(query)
    with pytest.raises(NoSum, match=r"mart\.summable"):
        sums.check(con, query)


def test_what_a_query_names_itself_comes_before_a_table_of_that_name(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("USE memory.mart")
    sums.check(con, f"SELECT sum(value) FROM figures WHERE {GOODS}")
    sums.check(con, "WITH figures AS (SELECT 1 AS value) SELECT sum(value) FROM figures")
    with pytest.raises(NoSum):
        sums.check(con, "WITH figures AS (FROM mart.figures) SELECT sum(value) FROM figures")
