"""``mart.accounts`` and ``mart.mirror_gap`` on synthetic rows: who answers, in dollars, and what the figures show of the gap."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.ask import mirrors
from warehouse.ask.answers import Figure
from warehouse.ask.mirrors import REASONS
from warehouse.ask.publishers import standing
from warehouse.lake.opening import Place, connect, writer

YEAR = ("2024-01-01", "2024-12-31")
COLUMNS = ("dataset", "reporter", "partner", "flow", "valuation", "currency", "value", "status", "classification", "product", "level", "kg")


def rows(*found: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Rows of COLUMNS, the last five optional."""
    return [dict(zip(COLUMNS, (*row, *("A", "-", "TOTAL", 0, None)[len(row) - 7:]), strict=True)) for row in found]


EXPORT, IMPORT = ("passing.on", "CHN", "MYS", "export", "FOB", "USD"), ("passing.on", "MYS", "CHN", "import", "CIF", "USD")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """An empty lake that knows three synthetic tables: an office's own in yuan, one that passes on, a reconciled one; and rates."""
    place = Place(tmp_path_factory.mktemp("mirror") / "lake")
    with writer(place, "test") as one:
        one.con.execute("BEGIN")
        for dataset, publisher, account, chain in (("own.yuan", "own", "reported", "own"), ("said", "press", "statement", "own"),
                                                   ("estimates", "fund", "mixed", "fund"), ("passing.on", "passing", "reported", "passing"),
                                                   ("balanced", "balancer", "reconciled", "balanced"), ("rates", "bank", "reported", "r")):
            one.con.execute("INSERT INTO ref.dataset BY NAME SELECT ? AS dataset, ? AS publisher, ? AS account, ? AS chain, "
                            "1 AS chain_rank, 'UTC' AS tz, ? AS title", [dataset, publisher, account, chain, dataset])
        one.con.execute("INSERT INTO ref.publisher BY NAME SELECT 'own' AS publisher, 'CHN' AS area, true AS account_of_area")
        one.con.execute("INSERT INTO stats.fx_rate BY NAME SELECT 'rates' AS dataset, 'USD' AS base, 'CNY' AS quote, 'month_avg' AS kind, "
                        "d AS period_start, last_day(d) AS period_end, CAST(7 + (month(d) - 6.5) / 10 AS DECIMAL(28, 12)) AS rate "
                        "FROM (SELECT CAST(unnest(generate_series(DATE '2024-01-01', DATE '2024-12-01', INTERVAL 1 MONTH)) AS DATE) AS d)")
        one.con.execute("COMMIT")
        one.after_commit()
    return place


@pytest.fixture
def filled(lake: Place) -> Any:
    """A connection on the lake whose views read these rows and margins beside what the lake holds."""
    con = connect(lake)
    views = {path: (Path(__file__).parents[2] / "warehouse/lake/views" / path).read_text() for path in (
        "42_usd_averages.sql", "45_accounts.sql", "45_via.sql", "46_mirror_gap.sql")}

    def fill(found: list[dict[str, Any]], margins: tuple[tuple[Any, ...], ...] = ()) -> duckdb.DuckDBPyConnection:
        con.execute("CREATE SCHEMA IF NOT EXISTS memory.made")
        con.execute("CREATE OR REPLACE TABLE memory.made.best AS FROM mart.best LIMIT 0")
        con.execute("CREATE OR REPLACE TABLE memory.made.indicator AS FROM stats.indicator LIMIT 0")
        con.execute(f"""
            INSERT INTO memory.made.best BY NAME
            SELECT r.* EXCLUDE (level, kg), level AS product_level, kg AS net_weight_kg,
              CASE r.flow WHEN 're-export' THEN 'origin=CHN' ELSE '-' END AS breakdown, DATE '{YEAR[0]}' AS period_start,
              DATE '{YEAR[1]}' AS period_end, 'A' AS period_kind, 'country' AS partner_kind, d.publisher, d.account, d.chain, d.chain_rank,
              md5(to_json(r)::VARCHAR) AS version_id
            FROM (SELECT unnest(from_json(?, '[{{"dataset":"VARCHAR","reporter":"VARCHAR","partner":"VARCHAR","flow":"VARCHAR",
              "valuation":"VARCHAR","currency":"VARCHAR","value":"DOUBLE","status":"VARCHAR","classification":"VARCHAR",
              "product":"VARCHAR","level":"SMALLINT","kg":"DOUBLE"}}]'), recursive := true)) AS r JOIN ref.dataset AS d USING (dataset)""",
                    [json.dumps(found)])
        for product, pct, unit in margins:
            con.execute(f"INSERT INTO memory.made.indicator BY NAME SELECT 'margins' AS dataset, 'MYS' AS area, 'CHN' AS partner, "
                        f"? AS product, 'cif_fob_margin' AS indicator, CAST(? AS DECIMAL(28, 8)) AS value, ? AS unit, "
                        f"DATE '{YEAR[0]}' AS period_start, DATE '{YEAR[1]}' AS period_end, now() AS released_at", [product, pct, unit])
        for text in views.values():
            con.execute(text.replace("CREATE OR REPLACE VIEW mart.", "CREATE OR REPLACE VIEW memory.made.").replace(
                "FROM mart.accounts", "FROM memory.made.accounts").replace("FROM mart.best", "FROM memory.made.best").replace(
                    "FROM stats.indicator", "FROM memory.made.indicator").replace(
                        " ref.", " lake.ref.").replace("mart.fx_cross", "lake.mart.fx_cross").replace(
                            "JOIN mart.standings", "JOIN memory.made.standings").replace(
                                "FROM mart.usd_averages", "FROM memory.made.usd_averages").replace("FROM mart.via", "FROM memory.made.via"))
        return con

    yield fill
    con.close()


def gap(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    (found,) = con.execute("FROM memory.made.mirror_gap").pl().to_dicts()
    return dict(found)


@pytest.mark.parametrize(("import_value", "status", "reason"), [
    (100.9, "A", "agrees"), (107.0, "A", "freight_possible"), (116.0, "A", "importer_more"), (80.0, "A", "exporter_more"),
    (107.0, "E", "estimated")])
def test_without_a_margin_the_whole_gap_is_left(filled: Any, import_value: float, status: str, reason: str) -> None:
    found = gap(filled(rows((*EXPORT, 100), (*IMPORT, import_value, status))))
    assert (found["reason"], found["margin_pct"]) == (reason, None) and reason in REASONS
    assert found["residual_pct"] == found["gap_pct"] == pytest.approx(import_value - 100)
    assert found["exporter_version_id"] and found["importer_version_id"]


@pytest.mark.parametrize(("unit", "pct", "without"), [("percent of CIF", 6.5, 100.045), ("percent of FOB", 7.0, 100.0)])
def test_a_margin_is_taken_from_the_import_and_named(filled: Any, unit: str, pct: float, without: float) -> None:
    found = gap(filled(rows((*EXPORT, 100), (*IMPORT, 107)), (("TOTAL", pct, unit), ("8542", 50, unit))))
    assert (found["reason"], found["margin_source"], float(found["margin_pct"])) == ("freight", "margins", pct)
    assert found["residual_usd"] == pytest.approx(without - 100)


def test_products_take_the_margin_of_their_heading_and_chapters_none(filled: Any) -> None:
    product = [("HS2022", "854231", 6), ("HS2022", "85", 2)]
    con = filled(rows(*((*side, value, "A", *one) for one in product for side, value in ((EXPORT, 100), (IMPORT, 110)))),
                 (("8542", 10, "percent of CIF"), ("TOTAL", 5, "percent of CIF")))
    assert con.execute("SELECT product, margin_pct::DOUBLE, reason FROM memory.made.mirror_gap ORDER BY 1").fetchall() == [
        ("85", None, "freight_possible"), ("854231", 10.0, "freight")]


def test_one_side_alone_and_a_currency_without_rates_are_not_compared(filled: Any) -> None:
    assert gap(filled(rows((*EXPORT, 100))))["reason"] == "one_side_only"
    found = gap(filled(rows((*IMPORT, 100))))
    assert (found["reason"], found["exporter"], found["importer"]) == ("one_side_only", "CHN", "MYS")
    assert gap(filled(rows((*EXPORT[:5], "KHR", 100), (*IMPORT, 100))))["reason"] == "no_rate"


def test_the_own_office_answers_at_the_average_of_the_months(filled: Any) -> None:
    con = filled(rows(("own.yuan", *EXPORT[1:5], "CNY", 700), (*EXPORT, 90), ("balanced", *EXPORT[1:], 80), (*IMPORT, 101)))
    (own,) = con.execute("SELECT dataset, own, converted, round(value_usd, 1) FROM memory.made.accounts "
                         "WHERE flow = 'export'").fetchall()
    assert own == ("own.yuan", True, "rates", 100.2), "the mean of twelve rates of a dollar turned round, not its inverse"
    assert (found := gap(con))["exporter_dataset"] == "own.yuan" and found["reason"] == "agrees"


def test_a_statement_of_the_own_measurement_answers_before_what_others_pass_on(filled: Any) -> None:
    con = filled(rows(("said", *EXPORT[1:], 95), (*EXPORT, 90), (*IMPORT, 101)))
    assert gap(con)["exporter_dataset"] == "said"
    assert gap(filled(rows(("said", *EXPORT[1:], 95), ("own.yuan", *EXPORT[1:5], "CNY", 700), (*IMPORT, 101))))[
        "exporter_dataset"] == "own.yuan", "the printed one before what is said of it"


def test_the_order_of_tables_is_one_for_every_question(lake: Place) -> None:
    con = connect(lake)
    assert {chain: standing(con, "CHN")[chain] for chain in ("own", "passing", "fund", "balanced")} == {
        "own": 0, "passing": 1, "fund": 2, "balanced": 3}
    assert standing(con, "MYS")["own"] == 1
    con.close()


def test_a_reconciled_table_comes_last(filled: Any) -> None:
    con = filled(rows(("balanced", *IMPORT[1:], 80), (*IMPORT, 101), (*EXPORT, 100)))
    assert gap(con)["importer_dataset"] == "passing.on"


@pytest.mark.parametrize(("kilograms", "implausible"), [(50, False), (2, True), (None, False)])
def test_weights_that_cannot_be_of_the_same_goods_are_marked(filled: Any, kilograms: float | None, implausible: bool) -> None:
    one = ("A", "HS2022", "854231", 6)
    found = gap(filled(rows((*EXPORT, 100, *one, 40), (*IMPORT, 100, *one, kilograms))))
    assert found["weight_implausible"] is implausible
    assert found["exporter_usd_per_kg"] == 2.5


def test_what_is_asked_of_a_pair_reads_the_pair_alone(lake: Place) -> None:
    con = connect(lake)
    (plan,) = con.execute("EXPLAIN (FORMAT json) FROM mart.mirror_gap WHERE exporter = 'CHN' AND importer = 'MYS' "
                          "AND period_start = DATE '2024-01-01'").pl()["explain_value"].to_list()
    scans = [scan for scan in _scans(json.loads(plan)) if scan.get("Table") == "trade"]
    # What a third port re-exported is looked for among the few rows that have an origin, whoever reports them.
    assert scans and all(any("reporter=" in one or "breakdown>='origin='" in one for one in scan["Filters"])
                         and any("period_start=" in one for one in scan["Filters"]) for scan in scans)
    con.close()


def _scans(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [found for node in nodes for found in ([node["extra_info"]] if "SCAN" in node["name"] else []) + _scans(node["children"])]


def test_what_a_third_port_re_exported_stands_beside_the_gap_and_is_taken_from_nothing(filled: Any) -> None:
    con = filled(rows((*EXPORT, 100), (*IMPORT, 120), ("passing.on", "HKG", "MYS", "re-export", "FOB", "USD", 15)))
    found = gap(con)
    assert (found["via"], found["via_usd"], found["gap_usd"], found["residual_usd"]) == ("HKG", 15, 20, 20)
    assert con.execute("SELECT origin, via, destination, value_usd, converted FROM memory.made.via").fetchall() == [
        ("CHN", "HKG", "MYS", 15, "")]
    con = filled(rows((*EXPORT, 100), (*IMPORT, 120), ("passing.on", "HKG", "MYS", "re-export", "FOB", "HKD", 117)))
    assert (gap(con)["via"], gap(con)["via_usd"]) == ("HKG", None), "no rate, no dollars"


def figure(reporter: str, partner: str, flow: str, valuation: str, value: float, status: str = "A") -> Figure:
    """A synthetic figure of the year in dollars."""
    told = dict.fromkeys((field.name for field in fields(Figure)), "")
    return Figure(**told | {  # type: ignore[arg-type]  # every field is among them
        "reporter": reporter, "partner": partner, "flow": flow, "valuation": valuation, "value": Decimal(str(value)), "currency": "USD",
        "status": status, "period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31), "version_id": f"{reporter} {value}",
        "how": "sum of 12 months"})


@pytest.mark.parametrize("margin", [None, (6.5, "percent of CIF"), (7.0, "percent of FOB")])
@pytest.mark.parametrize(("import_value", "status", "valuation"), [
    (100.9, "A", "CIF"), (101.5, "A", "CIF"), (107.0, "A", "CIF"), (114.9, "A", "CIF"), (116.0, "A", "CIF"), (80.0, "A", "CIF"),
    (107.0, "E", "CIF"), (107.0, "A", "-")])
def test_a_year_against_the_sum_of_months_is_judged_by_the_same_rule(
        filled: Any, monkeypatch: pytest.MonkeyPatch, import_value: float, status: str, valuation: str,
        margin: tuple[float, str] | None) -> None:
    bought = ("passing.on", "MYS", "CHN", "import", valuation, "USD")
    con = filled(rows((*EXPORT, 100), (*bought, import_value, status)), ((("TOTAL", *margin),) if margin else ()))
    viewed = gap(con)
    monkeypatch.setattr(mirrors.answers, "rows", lambda *_: [{"pct": margin[0], "unit": margin[1], "source": "margins"}] if margin else [])
    judged = mirrors._of_figures(con, [figure("CHN", "MYS", "export", "FOB", 100)],
                                 [figure("MYS", "CHN", "import", valuation, import_value, status)])
    assert (judged.reason, judged.gap_pct, judged.residual_pct) == (viewed["reason"], viewed["gap_pct"], viewed["residual_pct"])
    assert judged.margin_unit == viewed["margin_unit"] and judged.versions == ("CHN 100", f"MYS {import_value}")
