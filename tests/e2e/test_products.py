"""By product on the whole road: levels, codes and lists in every question, lists of codes and conversions that a person imports.

Figures and lists are synthetic, but for the publishers' own lists, which are test input only and read where they are at hand.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import Home
from tests.publishers.comtrade import record
from tests.screens import looked_at

CHINA, MALAYSIA, SINGAPORE, VIET_NAM, WORLD = 156, 458, 702, 704, 0


def answer(*records: dict[str, Any]) -> str:
    return json.dumps({"elapsedTime": "0.1 secs", "count": len(records), "data": records, "error": ""})


def a_list(edition: str, *codes: tuple[str, str, str, int]) -> str:
    """A synthetic list of codes in the publisher's form."""
    total = {"id": "TOTAL", "text": f"Total - All {edition} commodities", "parent": "#", "isLeaf": "0", "aggrLevel": 0}
    return "\ufeff" + json.dumps({"more": False, "classCode": edition, "className": "synthetic", "results": [
        total, *({"id": code, "text": f"{code} - {name}", "parent": parent, "isLeaf": "0", "aggrlevel": level}
                 for code, name, parent, level in codes)]})


FIGURES = [
    record(MALAYSIA, CHINA, "X", "2023", "85", 1000.0, netWgt=10.0), record(MALAYSIA, CHINA, "X", "2023", "8542", 600.0),
    record(MALAYSIA, CHINA, "X", "2023", "854231", 500.0), record(MALAYSIA, CHINA, "X", "2023", "08", 70.0),
    record(MALAYSIA, SINGAPORE, "X", "2023", "8542", 900.0), record(MALAYSIA, VIET_NAM, "X", "2023", "8542", 100.0),
    record(MALAYSIA, WORLD, "X", "2023", "8542", 2400.0), record(MALAYSIA, CHINA, "X", "2022", "8542", 400.0),
    record(MALAYSIA, CHINA, "X", "2023", "TOTAL", 5000.0),
    record(CHINA, MALAYSIA, "M", "2023", "8542", 630.0), record(CHINA, MALAYSIA, "M", "2023", "85", 3000.0, netWgt=1000.0),
    record(CHINA, MALAYSIA, "M", "2023", "0810", 90.0, edition="H5"), record(CHINA, MALAYSIA, "M", "2023", "8421", 50.0),
    record(CHINA, MALAYSIA, "M", "2023", "8421", 20.0, edition="S3")]


def put(home: Home, folder: Path, name: str, text: str) -> Any:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    said = home.run("import", folder / name)
    assert said.code == 0, said.text
    return said


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with synthetic figures by product of two reporters, in two editions of the HS and one of SITC."""
    root = tmp_path_factory.mktemp("products")
    home = Home(root / "home")
    put(home, root / "files", "synthetic-figures.json", answer(*FIGURES))
    return home


def shown(home: Home, *words: str) -> list[tuple[str, str, str, str]]:
    return [(one["reporter"], one["flow"], one["classification"], one["product"]) for one in home.run("get", *words, "--json").json]


PAIR = ("Malaysia", "China", "2023")


def test_a_level_a_code_a_list_and_both(filled: Home) -> None:
    assert shown(filled, *PAIR, "--products", "HS2") == [
        ("MYS", "export", "HS2022", "08"), ("MYS", "export", "HS2022", "85"), ("CHN", "import", "HS2022", "85")]
    assert shown(filled, *PAIR, "--products", "HS4") == [
        ("MYS", "export", "HS2022", "8542"), ("CHN", "import", "HS2017", "0810"), ("CHN", "import", "HS2022", "8421"),
        ("CHN", "import", "HS2022", "8542")]
    assert shown(filled, *PAIR, "--products", "8542") == [("MYS", "export", "HS2022", "8542"), ("CHN", "import", "HS2022", "8542")]
    assert shown(filled, *PAIR, "--products", "8421") == [("CHN", "import", "HS2022", "8421")], "in SITC the same digits are other goods"
    assert shown(filled, *PAIR, "--products", "SITC3") == [("CHN", "import", "SITC3", "8421")]
    assert shown(filled, *PAIR, "--products", "SITC3 8421") == [("CHN", "import", "SITC3", "8421")]
    assert shown(filled, *PAIR, "--products", "HS2017 0810") == [("CHN", "import", "HS2017", "0810")]
    assert {product for _, _, _, product in shown(filled, *PAIR)} == {"TOTAL"}


def test_a_row_says_its_edition_and_name_and_its_share_and_growth_are_of_its_own_product(filled: Home) -> None:
    said = filled.run("get", *PAIR, "--products", "HS2").out
    assert "export 85 (HS2022: Electrical machinery, electronics and t…)" in said
    (circuits,) = [one for one in filled.run("get", *PAIR, "--products", "8542", "--json").json if one["reporter"] == "MYS"]
    assert (circuits["share_pct"], circuits["growth_pct"], circuits["growth_how"]) == (25, 50, "computed")


def test_ranks_take_one_product_of_one_edition(filled: Home) -> None:
    made = filled.run("rank", "Malaysia", "2023", "--flow", "export", "--products", "8542", "--json").json
    assert [(place["partner"], place["value"]) for place in made["places"]] == [("SGP", 900), ("CHN", 600), ("VNM", 100)]
    assert made["product"] == "HS2022 8542" and made["rest"] == 800 and "the world" in made["bounded_by"]
    assert "by exports of HS2022 8542" in filled.run("rank", "Malaysia", "2023", "--flow", "export", "--products", "8542").out
    for product, why in (("HS4", "more than one product"), ("0101", "no table of Malaysia's exports of 0101 by partner")):
        said = filled.run("rank", "Malaysia", "2023", "--flow", "export", "--products", product)
        assert (said.code, why in said.err) == (7 if product == "0101" else 2, True), said.text
    assert "held: 2023, 2022" in filled.run("rank", "Malaysia", "2021", "--flow", "export", "--products", "8542").err
    assert [place["partner"] for place in filled.run("rank", "Malaysia", "2023", "--flow", "export", "--json").json["places"]] == ["CHN"]


def test_a_mirror_by_product_compares_an_edition_with_itself_alone(filled: Home) -> None:
    rows = {(row["exporter"], row["classification"], row["product"]): row
            for row in filled.run("mirror", *PAIR, "--products", "HS4", "--json").json["products"]}
    circuits = rows["MYS", "HS2022", "8542"]
    assert [circuits[name] for name in ("exporter_usd", "importer_usd", "gap_pct", "reason")] == [600, 630, 5, "freight_possible"]
    assert rows["MYS", "HS2017", "0810"]["reason"] == "one_side_only"
    said = filled.run("mirror", *PAIR, "--products", "85").out
    assert "+200.0 %" in said and "Prices by weight more than ten times apart" in said, said
    assert "1 more products: --top 2" in filled.run("mirror", *PAIR, "--products", "HS2", "--top", "1").out
    refused = filled.run("mirror", *PAIR, "--products", "HS2", "--in", "CNY")
    assert (refused.code, "compared in dollars" in refused.err) == (2, True)


def test_a_trace_takes_one_product_of_the_list_that_is_meant(filled: Home) -> None:
    for words, figure in ((("8421",), "50.0"), (("SITC3 8421",), "20.0"), (("8542",), "630.0")):
        said = filled.run("trace", "China", "Malaysia", "2023", "--flow", "import", "--products", *words)
        assert (said.code, f"printed   '{figure}'" in said.out) == (0, True), said.text
    refused = filled.run("trace", "China", "Malaysia", "2023", "--flow", "import", "--products", "HS4")
    assert (refused.code, "more than one product" in refused.err) == (2, True)


def test_revisions_of_a_product(filled: Home, tmp_path: Path) -> None:
    home = filled.copied(tmp_path / "home")
    put(home, tmp_path / "files", "synthetic-later.json", answer(record(MALAYSIA, CHINA, "X", "2023", "8542", 660.0)))
    for word in ("--products", "--product"):
        found = home.run("revisions", "Malaysia", "China", "--period", "2023", word, "8542", "--json").json
        assert [(row["value"], row["event"], row["product"]) for row in found] == [(600, "first", "8542"), (660, "revised", "8542")]
    said = home.run("revisions", "Malaysia", "China", "--period", "2023", "--products", "HS4").out
    assert "Malaysia's exports of 8542 (HS2022), China, 2023" in said and "+10.0 %" in said, said


@pytest.mark.parametrize("words, said", [
    (("get", *PAIR, "--products", "HS8542"), "is no product, level or classification: write HS2, HS4 or HS6"),
    (("get", *PAIR, "--products", "8542' OR '1'='1"), "is no product, level or classification"),
    (("get", *PAIR, "--products", "9999"), "no product '9999' is held on Malaysia and China; held: "),
    (("get", *PAIR, "--products", "BEC4"), "no figure by products of BEC4 is held on Malaysia and China; held: "),
    (("get", "Malaysia", "China", "2021", "--products", "8542"), "nothing is held on Malaysia and China for 2021 by product 8542"),
    (("revisions", "Malaysia", "China", "--triangle", "2023", "--products", "8542"), "a triangle is of all goods"),
    (("datasets", "--products", "HS2"), "HS2 is no classification"),
    (("datasets", "--products", "BEC4"), "no list of BEC4 is held"),
    (("datasets", "HS2022", "--products", "8542 1"), "is no product")])
def test_a_refusal_says_what_is_there(filled: Home, words: tuple[str, ...], said: str) -> None:
    refused = filled.run(*words)
    code = 8 if "is no product" in said else 7 if "held on" in said else 2
    assert (refused.code, said in refused.err) == (code, True), refused.text


def test_a_list_of_codes_gives_names_and_a_tree_and_is_replaced_by_its_next_state(filled: Home, tmp_path: Path) -> None:
    home, files = filled.copied(tmp_path / "home"), tmp_path / "files"
    before = home.run("datasets", "--products", "HS2022", "85").out
    assert "8542" in before and "codes of all editions" in before and "short ones of our own" not in before
    put(home, files, "H6.json", a_list("H6", ("85", "Synthetic electrics", "TOTAL", 2), ("8542", "Synthetic circuits", "85", 4),
                                       ("854231", "Synthetic processors", "8542", 6), ("8599", "Synthetic others", "85", 4)))
    tree = home.run("datasets", "--products", "HS2022", "85", "--json").json
    assert [(node["product"], node["name"], node["level"], node["children"], node["datasets"]) for node in tree["nodes"]] == [
        ("8542", "Synthetic circuits", 4, 1, ["comtrade.hs"]), ("8599", "Synthetic others", 4, 0, [])]
    assert tree["levels"] == {"2": ["comtrade.hs"], "4": ["comtrade.hs"], "6": ["comtrade.hs"]}
    assert "export 8542 (HS2022: Synthetic circuits)" in home.run("get", *PAIR, "--products", "HS4").out
    again = put(home, files, "H6-2.json", a_list("H6", ("85", "Synthetic electrics", "TOTAL", 2), ("8542", "Circuits, mended", "85", 4),
                                                 ("854231", "Synthetic processors", "8542", 6)))
    assert "1 revised" in again.out and "1 withdrawn" in again.out, again.out
    assert home.rows("SELECT name FROM mart.products WHERE classification = 'HS2022' AND level = 4") == [("Circuits, mended",)]
    assert len(home.rows("SELECT 1 FROM ref.product p JOIN ops.fetch f USING (fetch_id) WHERE p.classification = 'HS2022'")) == 3
    assert home.rows("SELECT count(*) FROM ref.product WHERE dataset = 'entrepot' AND classification = 'HS'") == [(97,)]


def test_weights_are_loaded_by_direction_and_a_rebuild_is_equal(filled: Home, tmp_path: Path) -> None:
    home, files = filled.copied(tmp_path / "home"), tmp_path / "files"
    put(home, files, "synthetic_H6_to_H5.csv",
        "H6,H5,weight,group_id\n854231,854231,0.75,3\n854231,854239,0.25,3\n10121,10121,1.0,\n")
    put(home, files, "H6.json", a_list("H6", ("85", "Synthetic electrics", "TOTAL", 2)))
    found = home.rows("SELECT product, from_classification, classification, value FROM mart.converted ORDER BY product")
    assert found == [("854231", "HS2022", "HS2017", 375.0), ("854239", "HS2022", "HS2017", 125.0)]
    assert home.rows("SELECT from_product FROM ref.product_map WHERE grp = ''") == [("010121",)]
    said = home.run("rebuild", "--into", tmp_path / "again")
    assert "Equal to the lake here, row for row" in said.text, said.text
    put(home, files, "synthetic_H6_to_H5.csv", "H6,H5,weight,group_id\n854231,854231,1.0,3\n10121,10121,1.0,\n")
    assert home.rows("SELECT to_product, weight FROM ref.product_map WHERE from_product = '854231'") == [("854231", 1.0)]


def test_the_publishers_own_lists_load_whole(tmp_path: Path, samples: Path) -> None:
    home, weights = Home(tmp_path / "home"), samples / "classifications" / "harvard_conversion_weights"
    for file in (samples / "comtrade/reference/HS.json", samples / "classifications/un_hs2022_sitc4.xlsx",
                 weights / "conversion_weights_H5_to_H4.csv", weights / "conversion_weights_S2_to_S1.csv"):
        said = home.run("import", file)
        assert said.code == 0, said.text
    assert home.rows("SELECT count(*), count(DISTINCT product) FROM ref.product WHERE dataset = 'comtrade.products'") == [(8261, 8261)]
    assert home.rows("SELECT dataset, from_classification, to_classification, count(*), round(sum(weight)) FROM ref.product_map "
                     "GROUP BY ALL ORDER BY 1, 2") == [
        ("comtrade.conversions", "HS2022", "SITC4", 13237, 5611), ("growthlab.weights", "HS2017", "HS2012", 6141, 5388),
        ("growthlab.weights", "SITC2", "SITC1", 514, 514)]
    assert home.rows("SELECT count(*) FROM ops.quarantine") == [(0,)]
    assert "Electrical machinery" in home.run("datasets", "--products", "HS2022").out


@pytest.mark.parametrize("words", [("--products", "HS2022 8542"), ("--products", "HS2022", "8542"), ("--products", "8542")])
def test_a_brief_of_a_product(filled: Home, words: tuple[str, ...], tmp_path: Path) -> None:
    made = filled.run("--json", "brief", "Malaysia", "China", *words).json
    assert made["title"].startswith("Malaysia and China: ") and "8542" in made["title"]
    tables = {table["title"]: table["rows"] for section in made["sections"] for table in section["tables"]}
    rows = tables["Malaysia's exports and China's imports, 2023"]
    assert {(row["reporter"], row["flow"], float(row["value"])) for row in rows} == {("MYS", "export", 600.0), ("CHN", "import", 630.0)}
    places = next(rows for title, rows in tables.items() if title.startswith("Malaysia's export markets for"))
    assert [row["partner"] for row in places] == ["SGP", "CHN", "VNM"]
    (gap,) = [section["lists"][0] for section in made["sections"] if section["title"] == "Why they differ"]
    assert [row[2:5] for row in gap["rows"] if row[1] == "2023"] == [[600.0, 630.0, 5.0]] and gap["title"].endswith("importer's, USD")
    file = tmp_path / "product.html"
    said = filled.run("brief", "Malaysia", "--products", "8542", "-o", file)
    assert said.code == 0 and file.read_text().count("<svg") >= 2, said.text


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Synthetic figures that a sentence states: in billions."""
    root = tmp_path_factory.mktemp("large")
    home = Home(root / "home")
    put(home, root / "files", "synthetic-large.json", answer(*(record(MALAYSIA, CHINA, "X", "2023", code, value * 1e9) for code, value in (
        ("8542", 26.0), ("85", 31.0), ("74", 2.5)))))
    return home


def test_sentences_of_a_product_are_supported_by_check(large: Home) -> None:
    made = large.run("--json", "brief", "Malaysia", "China", "--products", "8542").json
    assert made["title"] == "Malaysia and China: trade in HS 8542 to 2023"
    assert [sentence for section in made["sections"] for sentence in section["sentences"]] == [
        "By UN Comtrade, Malaysia's exports of HS2022 8542 to China were US$26.00 billion in 2023."]


@pytest.mark.parametrize(("goods", "verdict"), [
    ("HS 8542", "supported"), ("HS2022 heading 8542", "supported"), ("HS2017 8542", "not_checkable"), 
    ("SITC3 8542", "not_checkable"), ("HS 9999", "not_checkable"), ("copper", "not_checkable")])
def test_goods_by_their_code_are_checked_against_that_code_of_that_list(large: Home, goods: str, verdict: str) -> None:
    value = "2.50" if goods == "copper" else "26.00"  # what people call copper is not chapter 74
    (claim,) = large.run("--json", "check", f"Malaysia's exports of {goods} to China were US${value} billion in 2023.").json["claims"]
    assert claim["verdict"] == verdict, claim


@pytest.mark.browser
def test_a_brief_of_a_product_opens_from_a_file_and_has_the_figures_of_get(filled: Home, browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "product.html"
    assert filled.run("brief", "Malaysia", "China", "--products", "HS2022 8542", "-o", file).code == 0
    looked_at(browser, file, "brief-product", width=400).close()
    page = looked_at(browser, file, "brief-product", width=1400)
    got = filled.run("--json", "get", "China", "Malaysia", "2023", "--products", "HS2022 8542").json
    held = {f["reporter_name"]: f["value"] for f in got}
    page.locator("details", has_text="Malaysia's exports and China's imports, 2023").locator("summary").click()
    rows = [row.locator("td").all_inner_texts() for row in page.locator("details[open] tbody tr").all()]
    assert len(rows) == 2 and all(f"{held[row[0]]:,.0f}" in row for row in rows)
    page.close()


def test_the_largest_products_are_in_the_brief_of_a_pair(filled: Home) -> None:
    made = filled.run("--json", "brief", "Malaysia", "China", "--year", "2023").json
    (section,) = [section for section in made["sections"] if section["title"] == "Largest products"]
    (exports,) = [table["rows"] for table in section["tables"] if table["title"].startswith("Malaysia's largest exports")]
    assert [(row["product"], bool(row["product_name"])) for row in exports] == [("85", True), ("08", True)]
