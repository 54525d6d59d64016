"""The reviewed reference files hold together, and names lead to areas."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from connectors.statistics.gacc.publisher import LABELS
from warehouse.lake.opening import Place, connect, writer
from warehouse.load.commit import describe
from warehouse.reference import areas
from warehouse.reference.areas import Labels, area, fold, kind_of, labelled, members, name_of, named
from warehouse.reference.load import statements
from warehouse.schema.errors import NotKnown, UsageError
from warehouse.schema.tables import TABLES

TODAY = date(2026, 11, 1)
KINDS = {"country", "part", "group", "world", "unspecified", "self"}
CONTINENTS = ("AFRICA", "ASIA", "EUROPE", "LATAM", "NAMERICA", "OCEANIA")


# The files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["ref.area", "ref.area_code", "ref.area_group"])
def test_rows_have_the_columns_of_their_contract_and_one_row_a_key(table: str) -> None:
    rows = areas.rows(table)
    assert {tuple(row) for row in rows} == {tuple(TABLES[table].columns)}
    keys = [tuple(row[column] for column in TABLES[table].key) for row in rows]
    assert len(keys) == len(set(keys))
    assert all(None not in key for key in keys)
    texts = [value for row in rows for value in row.values() if isinstance(value, str)]
    assert texts == [text.strip() for text in texts]


def test_all_249_countries_and_territories_of_iso_3166_are_there() -> None:
    coded = [one for one in areas.areas().values() if one.iso2]
    assert len(coded) == 249
    assert all(one.area == one.iso3 and one.iso3 is not None and len(one.iso3) == 3 for one in coded)
    assert len({one.iso2 for one in coded}) == 249
    assert {one.kind for one in areas.areas().values()} <= KINDS


def test_customs_territories_are_countries() -> None:
    assert {kind_of(code) for code in ("HKG", "MAC", "TWN")} == {"country"}


def test_every_area_begins_before_it_ends() -> None:
    assert all(one.valid_from <= one.valid_to for one in areas.areas().values() if one.valid_from and one.valid_to)


def test_every_label_and_every_membership_names_areas_that_exist() -> None:
    known = set(areas.areas())
    assert {row["area"] for row in areas.rows("ref.area_code")} <= known
    assert {row["member"] for row in areas.rows("ref.area_group")} <= known
    assert {kind_of(str(row["grp"])) for row in areas.rows("ref.area_group")} == {"group"}
    assert all(row["source"] for row in areas.rows("ref.area_group"))


def test_no_label_is_claimed_by_two_areas() -> None:
    claimed: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in areas.rows("ref.area_code"):
        claimed[str(row["source"]), fold(str(row["code"])), str(row["valid_from"])].add(str(row["area"]))
    for one in areas.areas().values():
        for label in (one.name, one.area, one.iso3, one.iso2):
            if label:
                claimed["name", fold(label), "0001-01-01"].add(one.area)
    assert {label: meant for label, meant in claimed.items() if len(meant) > 1} == {}


def test_groups_do_not_hold_groups_and_every_area_has_one_continent() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for row in areas.rows("ref.area_group"):
        assert kind_of(str(row["member"])) in ("country", "unspecified")
        if row["grp"] in CONTINENTS:
            found[str(row["member"])].append(str(row["grp"]))
    assert all(len(continents) == 1 for continents in found.values())
    assert {one.area for one in areas.areas().values() if one.iso2} - set(found) == {"ATA"}


# Names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "code"), [
    ("Malaysia", "MYS"), ("malaysia", "MYS"), (" MYS ", "MYS"), ("my", "MYS"), ("Vietnam", "VNM"), ("Viet Nam", "VNM"),
    ("South Korea", "KOR"), ("Burma", "MMR"), ("Laos", "LAO"), ("USA", "USA"), ("U.S.", "USA"), ("UK", "GBR"),
    ("the United States", "USA"), ("UAE", "ARE"), ("Russia", "RUS"), ("Ivory Coast", "CIV"), ("Cote d’Ivoire", "CIV"),
    ("Hong Kong", "HKG"), ("Hong Kong，China", "HKG"), ("Taiwan", "TWN"),
    ("Turkey", "TUR"), ("Türkiye", "TUR"), ("Czech Republic", "CZE"),
    ("ASEAN", "ASEAN"), ("asean", "ASEAN"), ("EU", "EU27_2020"), ("European Union", "EU27_2020"), ("RCEP", "RCEP"),
    ("World", "WLD"), ("Latin America", "LATAM"), ("Trinidad & Tobago", "TTO"), ("DR Congo", "COD"), ("BRICS", "BRICS"), ("G-7", "G7"),
    ("oecd countries", "OECD"), ("ＭＹＳ", "MYS"),
])
def test_people_name_areas_in_many_ways(text: str, code: str) -> None:
    assert area(text) == code


def test_every_area_is_found_by_its_code_and_its_name() -> None:
    for one in areas.areas().values():
        assert area(one.area) == area(one.area.lower()) == labelled(one.name) == labelled(one.name.upper()) == one.area
        assert fold(one.name) in areas._ambiguous() or area(one.name) == one.area


@pytest.mark.parametrize(("text", "meant"), [("Congo", ("COD", "COG")), ("the Congo", ("COD", "COG")), ("ST MARTIN", ("MAF", "SXM")),
                                             ("Virgin Islands", ("VGB", "VIR"))])
def test_a_name_of_several_areas_is_none_of_them(text: str, meant: tuple[str, ...]) -> None:
    with pytest.raises(NotKnown, match=r"may be .* or .*: write which") as caught:
        area(text)
    assert caught.value.nearest == meant and all(area(code) == code for code in meant)


def test_in_a_table_a_short_name_of_iso_3166_is_what_it_is_there() -> None:
    assert (labelled("Congo"), labelled("Korea")) == ("COG", "KOR")


@pytest.mark.parametrize(("grp", "on", "joined", "not_yet"), [
    ("BRICS", "2010-12-22", "BRA CHN IND RUS", "ZAF"), ("BRICS", "2010-12-31", "ZAF", "EGY"),
    ("BRICS", "2023-12-31", "ZAF", "EGY ETH IRN ARE"),
    ("BRICS", "2024-01-01", "EGY ETH IRN ARE", "IDN SAU ARG"), ("BRICS", "2025-01-06", "IDN", "SAU"),
    ("G7", "1976-06-26", "DEU FRA GBR ITA JPN USA", "CAN"), ("G7", "2014-03-01", "CAN", "RUS"),
    ("OECD", "1961-09-30", "USA TUR DEU", "ITA JPN"), ("OECD", "2021-05-24", "COL", "CRI"), ("OECD", "2021-05-25", "CRI KOR MEX", "CHN")])
def test_who_belongs_to_a_group_depends_on_the_day(grp: str, on: str, joined: str, not_yet: str) -> None:
    there = set(members(grp, date.fromisoformat(on)))
    assert set(joined.split()) <= there and not set(not_yet.split()) & there


def test_groups_have_as_many_members_as_they_say_they_have() -> None:
    assert [len(members(grp, TODAY)) for grp in ("OECD", "G7", "BRICS", "ASEAN")] == [38, 7, 10, 11]
    assert areas.invited("BRICS") == ["SAU"]


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        area("Malaysa")
    assert str(caught.value) == "no area 'Malaysa'; nearest: Malaysia (MYS)"


@pytest.mark.parametrize("text", ["", "   ", "qqqqqqqq", "!!!", "马"])
def test_a_name_like_no_other_is_refused_with_what_is_taken(text: str) -> None:
    with pytest.raises(UsageError, match="no area"):
        area(text)


def test_looking_up_an_area_loads_no_data_frames() -> None:
    code = ("import sys; from warehouse.reference.areas import area; area('Malaysia'); "
            "print(sorted({'polars', 'rapidfuzz', 'dataframely'} & set(sys.modules)))")
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# Labels and groups by date -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("label", "on", "code"), [
    ("R. O. Korea", TODAY, "KOR"), ("总值", TODAY, "WLD"), ("马来西亚", TODAY, "MYS"),
    ("东帝汶", TODAY, "TLS"), ("亚洲其他国家(地区)", TODAY, "XOA"), ("亚洲其他国家（地区）", TODAY, "XOA"),
    ("Nowhere", TODAY, None),
    ("European Union", date(2019, 12, 31), "EU28"), ("European Union", date(2020, 1, 31), "EU27_2020"),
    ("European Union", date(2010, 1, 31), None), ("", TODAY, None),
])
def test_publishers_labels_mean_areas_from_a_day_on(label: str, on: date, code: str | None) -> None:
    assert LABELS.area_of(label, on) == code


def test_a_publishers_labels_are_in_the_lake_beside_the_names_in_use_and_stay_when_these_are_replaced(tmp_path: Path) -> None:
    place = Place(tmp_path / "lake")
    with writer(place, "test") as lake:
        assert describe(lake, [], [], [LABELS]) and not describe(lake, [], [], [LABELS])
        with lake.transaction("reference") as con:
            statements(con)
        lake.after_commit()
    held = connect(place).execute("FROM ref.area_code").fetchall()
    assert {row for row in held if row[0] != "name"} == set(LABELS.rows)
    assert len(held) == len(LABELS.rows) + len(areas.rows("ref.area_code"))


@pytest.mark.parametrize("line", ["Malaysia,2020-13-01,MYS", "Malaysia,,QQQ", "Malaysia"])
def test_a_line_that_is_no_label_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "areas.csv"
    file.write_text(f"code,valid_from,area\nChina,,CHN\n{line}\n")
    with pytest.raises(UsageError, match=r"areas\.csv, line 3: not code, valid_from, area"):
        _ = Labels("synthetic", file).rows


def test_names_are_a_source_of_their_own() -> None:
    assert named("Malaysia", TODAY) == named("MALAYSIA", TODAY) == "MYS"
    assert named("Nowhere", TODAY) is None and named("", TODAY) is None


def test_all_thirty_labels_of_the_preliminary_page_are_gaccs() -> None:
    labels = ("Total", "European Union", "Germany", "Netherlands", "France", "Italy", "United States (US)", "ASEAN",
              "Vietnam", "Malaysia", "Thailand", "Singapore", "Indonesia", "Philippines", "Japan", "Hong Kong, China",
              "R. O. Korea", "Taiwan, China", "Australia", "Russian Federation", "India", "United Kingdom (UK)",
              "Canada", "New Zealand", "Latin America", "Brazil", "Africa", "South Africa",
              "Regional Comprehensive Economic Partnership",
              "Jointly build the countries along Belt and Road Routes")
    found = [LABELS.area_of(label, TODAY) for label in labels]
    assert None not in found
    assert len(set(found)) == 30


def test_asean_grew_to_eleven() -> None:
    sizes = [(date(1967, 8, 8), 5), (date(1984, 1, 7), 6), (date(1995, 7, 28), 7), (date(1999, 4, 30), 10),
             (date(2025, 10, 25), 10), (date(2025, 10, 26), 11)]
    assert [(on, len(members("ASEAN", on))) for on, _ in sizes] == sizes
    assert "TLS" in members("ASEAN", TODAY)


def test_the_european_union_of_2020_has_no_united_kingdom() -> None:
    assert len(members("EU27_2020", TODAY)) == len(members("EU27_2020", date(2015, 1, 1))) == 27
    assert set(members("EU28", TODAY)) - set(members("EU27_2020", TODAY)) == {"GBR"}


def test_rcep_entered_into_force_for_malaysia_on_18_march_2022() -> None:
    assert "MYS" not in members("RCEP", date(2022, 3, 17))
    assert "MYS" in members("RCEP", date(2022, 3, 18))
    assert len(members("RCEP", TODAY)) == 15


def test_a_group_without_a_list_has_no_members_and_a_country_is_no_group() -> None:
    assert members("BRI", TODAY) == []
    with pytest.raises(UsageError, match=r"Malaysia \(MYS\) is no group"):
        members("MYS", TODAY)


def test_unknown_codes_are_usage_errors() -> None:
    for ask in (kind_of, name_of):
        with pytest.raises(UsageError):
            ask("QQQ")
    with pytest.raises(UsageError):
        areas.rows("stats.trade")


@pytest.mark.parametrize("labels", [
    ("法属波利尼西亚", "盖比群岛", "马克萨斯群岛", "社会群岛", "土阿莫土群岛", "土布艾群岛"),
    ("French Polynesia", "Gambier Islands", "Marquesas Islands", "Society Islands", "Tuamotu Islands", "Tubai Islands"),
    ("博纳尔，圣俄斯塔休斯和萨巴", "博内尔", "萨巴", "荷属安地列斯群岛"), ("Bonaire, Sint Eustatius and Saba", "Bonaire", "Saba"),
    ("国(地)别不详", "联合国及机构和国际组织", "大洋洲其他国家(地区)"),
])
def test_islands_that_chinas_customs_count_apart_are_areas_of_their_own(labels: tuple[str, ...]) -> None:
    found = [LABELS.area_of(label, date(2018, 5, 31)) for label in labels]
    assert None not in found and len(set(found)) == len(labels)


@pytest.mark.parametrize(("label", "code"), [
    ("几内亚(比绍)", "GNB"), ("圣其茨-尼维斯", "KNA"), ("瓦利斯和浮图纳", "WLF"), ("帕劳共和国", "PLW"),
    ("阿鲁巴岛", "ABW"), ("库腊索岛", "CUW"),
    ("也门共和国", "YEM"), ("台澎金马关税区", "TWN"), ("波斯尼亚-黑塞哥维那共和国", "BIH"), ("梵蒂冈城国", "VAT"), ("Marshall Is.", "MHL")])
def test_older_spellings_of_chinas_customs_are_known(label: str, code: str) -> None:
    assert LABELS.area_of(label, date(2018, 5, 31)) == code
