"""The worked example's streak, rank and base, decided by partner tables that a person brings with mappings (real files, where present)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import Home
from tests.publishers.censtatd import answer, record
from warehouse.ask import answers, mirrors
from warehouse.lake.opening import Place, connect
from warehouse.reference import periods

MAPPINGS = Path(__file__).parents[1] / "mapped"
TABLES = {
    "dosm": "dosm_mys_trade_by_country_sitc2_2013_2019_rm.csv",
    "imf_imts": "imf_imts_chn_usa_by_partner_2001_2024_usd_million.csv",
    "imf_dots_exports": "imf_dots_mys_exports_fob_by_partner_1967_2020.xlsx",
    "imf_dots_average": "imf_dots_gvar_mys_chn_average_flow_33_countries_1980_2016.csv",
    "comtrade_imports": "comtrade_imports_from_chn_by_reporter_2014_2025.xlsx",
    "comtrade_exports": "comtrade_exports_to_chn_by_reporter_2014_2025.xlsx",
}
STREAK = "China has been Malaysia's largest trading partner for 16 consecutive years."
RATIO = "China-Malaysia trade reached US$212 billion in 2024, nearly 1,000 times what it was when they established diplomatic relations."


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Home:
    """A live home with the partner tables and the reviewed statements, and nothing else."""
    home = Home(tmp_path_factory.mktemp("partners") / "home")
    for mapping, name in TABLES.items():
        file = samples / "partners" / name
        if not file.is_file():
            pytest.skip(f"{name} is not here")
        said = home.run("import", file, "--as", MAPPINGS / f"{mapping}.toml")
        assert said.code == 0 and "new data" in said.out, said.text
    assert home.run("refresh", "statement").code == 0
    return home


@pytest.fixture(scope="module")
def neighbours(filled: Home, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The same beside Singapore's and Hong Kong's own files and the ECB's rates, and synthetic re-exports of the months of 2018."""
    home = filled.copied(tmp_path_factory.mktemp("neighbours") / "home")
    via = home.root / "synthetic-via.json"
    via.write_bytes(answer([record("3", f"2018{month:02}", 1_000_000, co="CN", cc="MY") for month in range(1, 13)]))
    for file in (samples / "singapore/merch_trade_by_country_M450081_M450091_2019-10.xlsx",
                 samples / "hongkong/idds_QCy_HKHS6_7106_imports_by_origin_2025.json", samples / "ecb/eurofxref-hist.zip", via):
        if not file.is_file():
            pytest.skip(f"{file.name} is not here")
        said = home.run("import", file)
        assert said.code == 0 and "new data" in said.out, said.text
    return home


def flows(home: Home, one: str, other: str, period: str) -> dict[str, dict[str, Any]]:
    return {row["flow"]: row for row in home.run("--json", "mirror", one, other, period).json["flows"]}


@pytest.mark.parametrize(("money", "verdict"), [
    ("${} billion", "depends_on_reading"), ("{} billion dollars", "depends_on_reading"), ("US${} billion", "scale_error")])
def test_dollars_that_may_be_singapore_s_accuse_nobody(neighbours: Home, money: str, verdict: str) -> None:
    con = connect(Place(neighbours.root / "lake"))
    try:
        ((value,),) = con.execute("SELECT value FROM mart.figures WHERE dataset = 'singstat.market' AND partner = 'MYS' "
                                  "AND flow = 'export' "
                                  "AND currency = 'SGD' AND period_kind = 'M' AND period_start = '2018-05-01'").fetchall()
    finally:
        con.close()
    text = f"Singapore's exports to Malaysia were {money.format(f'{value / 10**9:.3f}')} in May 2018."
    (claim,) = json.loads(neighbours.run("--json", "check", text, "--published", "2018-07-20").out)["claims"]
    assert claim["verdict"] == verdict, claim


def test_malaysia_and_singapore_stand_beside_each_other_with_reasons(neighbours: Home) -> None:
    """Malaysia's account is in ringgit by year, Singapore's in its dollars by month: both are said where they are compared."""
    found = flows(neighbours, "Malaysia", "Singapore", "2018")
    for flow, ratio, reason in (("export", 1.23, "importer_more"), ("import", 1.76, "exporter_more")):
        row = found[flow]
        assert round(float(row["ratio"]), 2) == ratio and row["gap"]["reason"] == reason
        assert [one["currency"] for side in ("reported", "mirrored") for one in row[side]] == ["MYR", "SGD"]
        assert {one["valuation"] for side in ("reported", "mirrored") for one in row[side]} == {"FOB", "CIF"}
        assert "sum of 12 months" in row["compared"] and "converted at the ECB's mean" in row["compared"]
    shown = neighbours.run("mirror", "Malaysia", "Singapore", "2018").out
    assert "RM 140.25 bn" in shown and "SGD 57.75 bn" in shown and "Imports are valued with freight and insurance" in shown
    # A year and its twelve months are a period that both have, also where none is named.
    assert neighbours.run("mirror", "Malaysia", "Singapore").out.startswith("Malaysia and Singapore, 2018:")
    con = connect(Place(neighbours.root / "lake"))
    try:
        year = mirrors.of_years(con, "MYS", "SGP", {2018: answers.get(con, "MYS", "SGP", periods.parse("2018"))})
    finally:
        con.close()
    assert [(row["year"], round(row["gap_pct"], 2), row["reason"]) for row in year.values()] == [
        (2018, round(float(found["export"]["gap"]["gap_pct"]), 2), "importer_more")]
    month = flows(neighbours, "Malaysia", "Singapore", "2018-12")["export"]
    assert (month["reported"], month["mirrored"][0]["dataset"], month["ratio"]) == ([], "singstat.market", None)
    assert "one side is not held" in month["compared"]


def test_what_hong_kong_passed_on_is_a_line_of_its_own_beside_china_and_malaysia(neighbours: Home) -> None:
    found = flows(neighbours, "China", "Malaysia", "2018")
    (via,) = found["export"]["via"]
    assert (via["origin"], via["destination"], via["figure"]["reporter"], via["figure"]["how"]) == ("CHN", "MYS", "HKG", "sum of 12 months")
    assert (float(via["figure"]["value"]), via["figure"]["currency"], via["figure"]["valuation"]) == (12e9, "HKD", "FOB")
    assert found["import"]["via"] == [] and found["export"]["gap"]["reason"]
    shown = neighbours.run("mirror", "China", "Malaysia", "2018").out
    assert "via Hong Kong" in shown and "HKD 12.00 bn" in shown and "≈ US$ 1.53 bn" in shown
    assert "beside the gap, and taken from neither side" in shown
    why = neighbours.run("--json", "brief", "China", "Malaysia", "--year", "2018").json["sections"][1]
    assert [one["title"] for one in why["tables"]][-1] == "Re-exports of goods of China to Malaysia, 2018, by the port's own account"
    assert neighbours.rows("SELECT count(*), count(value_usd) FROM mart.via WHERE destination = 'MYS'") == [(12, 12)]


def test_a_side_that_has_quantities_alone_is_said_not_to_be_held(neighbours: Home) -> None:
    row = flows(neighbours, "China", "Hong Kong", "2005")["export"]
    assert row["reported"] and row["mirrored"] == [] and row["ratio"] is None and "one side is not held" in row["compared"]
    assert row["gap"] is None
    assert "Hong Kong's import" in neighbours.run("mirror", "China", "Hong Kong", "2005").out


@pytest.mark.parametrize(("one", "other", "year", "tables"), [
    ("China", "Malaysia", "2024", ("imf-imts-chn-usa", "comtrade-imports-china", "imf-imts-chn-usa", "comtrade-exports-china")),
    ("China", "Viet Nam", "2023", ("imf-imts-chn-usa", "comtrade-imports-china", "imf-imts-chn-usa", "comtrade-exports-china")),
    ("China", "Thailand", "2024", ("imf-imts-chn-usa", "comtrade-imports-china", "imf-imts-chn-usa", "comtrade-exports-china")),
    ("China", "Hong Kong", "2024", ("imf-imts-chn-usa", "comtrade-imports-china", "imf-imts-chn-usa", "comtrade-exports-china")),
    ("China", "Japan", "2024", ("imf-imts-chn-usa", "comtrade-imports-china", "imf-imts-chn-usa", "comtrade-exports-china")),
    ("China", "Korea", "2024", ("imf-imts-chn-usa", "comtrade-imports-china", "imf-imts-chn-usa", "comtrade-exports-china")),
    ("China", "United States", "2024", ("imf-imts-chn-usa",) * 4),
    ("Malaysia", "United States", "2019", ("dosm-by-country", "imf-imts-chn-usa", "dosm-by-country", "imf-imts-chn-usa"))])
def test_both_sides_stand_wherever_a_table_has_them_with_what_their_tables_say(
        neighbours: Home, one: str, other: str, year: str, tables: tuple[str, ...]) -> None:
    """Imports and exports may be of two tables; what is said of a gap is of the figures that stand there."""
    told = neighbours.run("--json", "mirror", one, other, year).json
    found = {row["flow"]: row for row in told["flows"]}
    shown = [row[side] for row in (found["export"], found["import"]) for side in ("reported", "mirrored")]
    assert [figures[0]["dataset"].removeprefix("mapped.") for figures in shown] == list(tables)
    for row in (found["export"], found["import"]):
        versions = {figure["version_id"] for side in ("reported", "mirrored") for figure in row[side]}
        assert row["gap"]["reason"] and set(row["gap"]["versions"]) <= versions and row["ratio"] is not None
    assert any("whether the partner is that of origin" in said for said in told["explains"])
    assert not any(f"third port ({other})" in said or f"({other}," in said for said in told["explains"])


def claim(home: Home, text: str, kind: str) -> dict[str, Any]:
    told = home.run("--json", "check", text, "--published", "2025-04-20").json
    return dict(next(one for one in told["claims"] if one["kind"] == kind))


def test_every_row_is_understood_and_the_sums_are_those_of_the_time(filled: Home) -> None:
    assert filled.rows("SELECT count(*) FROM ops.quarantine") == [(0,)]
    ((exports, total),) = filled.rows(
        "SELECT sum(value) FILTER (flow = 'export'), sum(value) FROM stats.trade WHERE dataset = 'mapped.dosm-by-country' "
        "AND product = 'TOTAL' AND period_end = '2019-12-31'")
    assert (round(float(exports) / 1e9, 2), round(float(total) / 1e9, 2)) == (995.07, 1844.48)
    assert filled.rows("SELECT count(*) FROM mart.summable WHERE dataset = 'mapped.dosm-by-country' AND product_level = 0 "
                       "AND flags NOT LIKE 'derived=%'") == [(0,)]
    assert filled.rows("SELECT DISTINCT account FROM ref.dataset WHERE title LIKE '%(processed: %'") == [("mixed",)]


def test_eleven_of_sixteen_years_are_decided_on_malaysias_account(filled: Home) -> None:
    found = claim(filled, STREAK, "streak")
    assert (found["verdict"], found["detail"]) == ("not_checkable", "universe")
    assert "decided for 2009 to 2019, 11 of 16; not decided for 2020 to 2024 (no table of these partners is held)" in found["said"]
    assert any(note.startswith("2009 to 2012: decided taking those that the table does not list") for note in found["notes"])
    rows = [row for row in found["evidence"] if row["role"] in ("figure", "competitor")]
    by_year = {year: {row["partner"]: row for row in rows if row["period"] == str(year)} for year in range(2009, 2020)}
    assert all(two["CHN"]["value"] > two["SGP"]["value"] and two["CHN"]["reporter"] == "MYS" for two in by_year.values())
    billions = {year: tuple(round(by_year[year][partner]["value"] / 1e9, 1) for partner in ("CHN", "SGP")) for year in (2009, 2013)}
    assert billions == {2009: (36.6, 36.0), 2013: (203.3, 180.5)}
    assert [by_year[year]["CHN"]["dataset"] for year in (2009, 2012, 2013, 2019)] == [
        *["mapped.imf-dots-gvar-average"] * 2, *["mapped.dosm-by-country"] * 2]


@pytest.mark.parametrize(("year", "place", "over"), [(2008, 1, None), (2009, 1, None), (2015, 1, None), (2016, 2, "VNM"), (2024, 2, "VNM")])
def test_malaysia_among_chinas_partners_in_asean(filled: Home, year: int, place: int, over: str | None) -> None:
    places = filled.run("--json", "rank", "China", str(year), "--within", "ASEAN").json["places"]
    found = next(one for one in places if one["partner"] == "MYS")
    assert (found["lowest"], found["highest"]) == (place, place)
    assert over is None or places[0]["partner"] == over
    if year == 2024:
        assert [(one["partner"], round(one["value"] / 1e9, 1)) for one in places[:3]] == [("VNM", 261.2), ("MYS", 212.0), ("IDN", 148.0)]


def test_the_base_of_1974_stays_the_stated_one_with_malaysias_exports_beside_it(filled: Home) -> None:
    found = claim(filled, RATIO, "ratio")
    base = next(row for row in found["evidence"] if row["role"] == "base")
    assert (base["value"], base["period"], base["dataset"].split(".")[0]) == (159_000_000, "1974", "statement")
    beside = next(row for row in found["evidence"] if row["role"] == "bound" and row["dataset"] == "mapped.imf-dots-mys-exports")
    assert (beside["value"], beside["flow"], beside["reporter"]) == (87_120_000, "export", "MYS")
    assert any("of 1974 Malaysia's exports alone are held, US$87.12 mn: its imports are not" in note for note in found["notes"])


@pytest.mark.parametrize(("what", "cell"), [
    (("Malaysia", "China", "1974", "--flow", "export"), "table 1, row 49 (China, P.R.: Mainland), column 10 (1974)"),
    (("Malaysia", "China", "2009"), "line 943 (MALAYSIA, CHINA, 2009), column 6 (average_of_exports_and_imports_usd_million)"),
    (("China", "Malaysia", "2024", "--flow", "import"), "column 30 (2024)"),
])
def test_each_figure_is_traced_to_its_cell(filled: Home, what: tuple[str, ...], cell: str) -> None:
    said = filled.run("trace", *what)
    assert said.code == 0 and cell in said.out and "= the figure" in said.out, said.text


def test_what_is_safe_to_print_names_whose_trade_it_is_where_neither_side_says_it(neighbours: Home) -> None:
    told = neighbours.run("--json", "check", "China's exports to Malaysia were 722 billion yuan in 2023.", "--published", "2025-04-20").json
    assert told["claims"][0]["printable"].startswith("By the IMF, China's exports to Malaysia were US$"), told["claims"][0]["printable"]
