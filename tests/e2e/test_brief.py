"""``entrepot brief``: one page about a pair or a country, whose sentences ``check`` supports and whose figures are those of ``get``."""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import warehouse
from tests.e2e.house import Home
from tests.screens import keep, looked_at
from warehouse.claims.check import check
from warehouse.claims.read.dating import read_dated
from warehouse.pages import making, parts


@pytest.fixture(scope="module")
def made(demo_once: Home) -> Any:
    said = demo_once.run("--demo", "--json", "brief", "China", "Malaysia")
    assert said.code == 0, said.text
    return said.json


@pytest.fixture(scope="module")
def written(demo_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("brief") / "brief.html"
    said = demo_once.run("--demo", "brief", "China", "Malaysia", "-o", file)
    assert (said.code, said.out) == (0, ""), said.text
    return file


def sentences(made: Any) -> list[str]:
    return [sentence for section in made["sections"] for sentence in section["sentences"]]


def test_every_sentence_is_supported_by_check(demo_once: Home, made: Any) -> None:
    assert len(sentences(made)) >= 9
    for sentence in sentences(made):
        claims = demo_once.run("--demo", "--json", "check", sentence).json["claims"]
        assert claims and {claim["verdict"] for claim in claims} == {"supported"}, sentence


def test_what_the_statistics_say_of_the_pair_is_said(made: Any) -> None:
    said = sentences(made)
    assert "By China's customs, China's total trade with Malaysia rose 12.7 percent to CNY 1,508.71 billion in 2024." in said
    assert "China's trade deficit with Malaysia was CNY 64.68 billion in 2024." in said
    assert "Malaysia was China's second-largest trading partner within ASEAN in 2024." in said
    stated = "Malaysia's total trade with China rose 7.5 percent to RM484.12 billion in 2024, as stated by"
    assert any(one.startswith(stated) for one in said)
    assert any("in the first half of 2026" in one for one in said), "what is newer than the year is said too"


@pytest.mark.parametrize(("areas", "year"), [
    (["CHN", "VNM"], None), (["CHN", "SGP"], 2024), (["CHN", "LAO"], None), (["CHN", "MYS"], 2023), (["CHN", "MYS"], 1974), (["MYS"], None),
    (["MYS"], 2024), (["CHN"], None)])
def test_every_sentence_of_other_briefs_is_supported(demo_once: Home, areas: list[str], year: int | None) -> None:
    con = warehouse.connect(demo_once.root, demo=True)
    made = making.brief(con, areas, year, date.today())
    assert year is None or made.title.endswith(f"to {year}")
    said = [s for section in made.sections for s in section.sentences]
    assert len(said) >= (4 if year != 1974 else 1)
    for sentence in said:  # each alone, with a book of its own, as a reader may ask
        report = check(con, read_dated(sentence, published=date.today().isoformat()))
        assert report.claims and {claim.verdict for claim in report.claims} == {"supported"}, sentence


def test_what_is_not_held_is_said_where_it_would_stand(made: Any) -> None:
    gone = [missing for section in made["sections"] for missing in section["not_held"]]
    assert "Malaysia's exports of 2024" in gone and "Malaysia's imports of 2024" in gone
    assert any("Brunei" in missing for missing in gone)


def test_every_figure_is_what_get_says(demo_once: Home, made: Any) -> None:
    titles = {table["title"]: table for section in made["sections"] for table in section["tables"]}
    table = titles["China's exports, imports and balance, 2024"]
    held = {f["version_id"] + f["flow"]: f["value"] for f in demo_once.run("--demo", "--json", "get", "China", "Malaysia", "2024").json}
    assert table["rows"] and all(row["value"] == held[row["version_id"] + row["flow"]] for row in table["rows"])


def test_every_level_in_a_chart_is_that_of_its_version(demo_once: Home, made: Any) -> None:
    held = {(row["version_id"], row["flow"]): row["value"] for row in demo_once.run(
        "--demo", "--json", "sql", "SELECT version_id, flow, value FROM mart.versions").json}
    rows = [row for section in made["sections"] for table in section["tables"] for row in table["rows"] if row["how"] == "printed"]
    assert len(rows) > 20
    for row in rows:
        assert float(row["value"]) == float(held[row["version_id"], row["flow"]]), row


def test_a_sentence_that_check_does_not_support_is_left_out(demo_once: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts.Words, "level", lambda self, f: f"China's exports to Malaysia were CNY 1.25 billion in {f.period_end.year}.")
    monkeypatch.setattr(parts.Words, "growth", lambda self, f: "")
    said = demo_once.run("--demo", "--json", "brief", "China", "Malaysia")
    assert said.code == 0 and not any("1.25" in sentence for sentence in sentences(said.json))


def test_the_page_is_whole_in_itself(written: Path) -> None:
    page = written.read_text(encoding="utf-8")
    assert page.count("<svg") >= 8 and "Content-Security-Policy" in page
    assert not re.search(r"<script|<img|<link|src=|@import|url\((?!#)", page)
    assert page.count("<code>entrepot trace ") >= page.count("<figure>")
    assert "reconstructed" in page and "licence" in page
    assert "compared for 2024, the newest year that both have. Newest held: China&#x27;s to Jun 2026" in page
    assert "Ends with 2025 (China&#x27;s account) and 2024 (Malaysia&#x27;s account)" in page, "each chart says where it ends and why"
    assert page.count("exports FOB, imports CIF") >= 4, "and how goods are valued"
    assert "customs_country_rmb.json; and 1 more;" in written.read_text(), "a note is told whole"


def test_each_line_to_trace_leads_to_a_figure(demo_once: Home, written: Path) -> None:
    found = set(re.findall(r"<code>entrepot (trace [0-9a-f]+)</code>", written.read_text(encoding="utf-8")))
    assert len(found) >= 4
    for line in found:
        assert demo_once.run("--demo", *line.split()).code == 0, line


def test_a_country_alone_says_what_it_reports_and_what_was_revised(demo_once: Home) -> None:
    made = demo_once.run("--demo", "--json", "brief", "Malaysia").json
    assert made["areas"] == ["MYS"] and made["title"] == "Malaysia: goods trade to Apr 2026"
    said = sentences(made)
    assert "By Malaysia's statistics, Malaysia's total trade was RM3,058.35 billion in 2025." in said
    (revised,) = [section for section in made["sections"] if section["title"].startswith("First releases")]
    rows = revised["lists"][0]["rows"]
    assert ["Malaysia's imports", "Jun 2024", "MYR", 111760, 100413.75, -10.15] in [row[:6] for row in rows], "first against now"
    assert next(section for section in made["sections"] if section["title"] == "Partners")["not_held"]


def test_on_paper_and_as_a_picture(demo_once: Home, tmp_path: Path) -> None:
    pytest.importorskip("plutoprint")
    import pypdfium2

    for kind, begins in ((".pdf", b"%PDF-"), (".png", b"\x89PNG")):
        file = tmp_path / f"brief{kind}"
        said = demo_once.run("--demo", "brief", "China", "Malaysia", "-o", file)
        assert said.code == 0 and file.read_bytes().startswith(begins), said.text
        assert "WARNING" not in said.err, "nothing in it leads where paper cannot"
    with pypdfium2.PdfDocument(tmp_path / "brief.pdf") as book:
        text = re.sub(r"\s+", " ", "".join(page.get_textpage().get_text_range() for page in book))
        assert 3 <= len(book) <= 12 and round(book[0].get_width()) == 595
    assert "CNY 1,508.71 billion" in text and "second-largest trading partner within ASEAN" in text and "entrepot trace" in text


def test_without_its_engine_paper_is_refused(demo_once: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plutoprint", None)
    said = demo_once.run("--demo", "brief", "China", "Malaysia", "-o", tmp_path / "a.pdf")
    assert (said.code, list(tmp_path.iterdir())) == (2, []) and "-o FILE.html and print it from a browser" in said.err


@pytest.mark.parametrize(("words", "said", "code"), [
    (("China", "Malaysia", "Japan"), "a brief is of one or of two", 2), (("8542", "--products", "HS2022"), "no country is named", 2),
    (("China", "Malaysia", "--products", "HS2"), "is more than one product", 2), (("China", "China"), "the same area", 2),
    (("China", "Malaysia", "-o", "a.txt"), "-o takes .html", 2), (("China", "Malaysia", "-o", "none/a.html"), "there is no folder", 2),
    (("Malaysia", "--year", "1999"), "years held: ", 7), (("China", "Malaysia", "--year", "1999"), "years held: 1974", 7),
    (("Malaysia", "Iceland"), "no whole year of trade", 7), (("China", "Malaysia", "--products", "HS2022 8542"), "HS2022 8542", 7)])
def test_a_refusal_names_the_way_out(demo_once: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...],
                                     said: str, code: int) -> None:
    monkeypatch.chdir(tmp_path)
    answer = demo_once.run("--demo", "brief", *words)
    assert (answer.code, said in answer.err, list(tmp_path.iterdir())) == (code, True, []), answer.text


@pytest.mark.browser
@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_from_a_file_without_a_network(demo_once: Home, written: Path, browser: Any, width: int, scheme: str) -> None:
    page = looked_at(browser, written, "brief-pair", width=width, scheme=scheme)
    assert page.locator("figure").count() >= 5
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(255, 255, 254)" if scheme == "light" else "rgb(20, 24, 29)")
    assert page.locator("figure svg:visible rect").first.evaluate("e => getComputedStyle(e).fill") == ground
    if (width, scheme) == (1400, "light"):
        held = demo_once.run("--demo", "--json", "get", "China", "Malaysia", "2024").json
        page.locator("details", has_text="exports, imports and balance, 2024").locator("summary").click()
        rows = [row.locator("td").all_inner_texts() for row in page.locator("details[open] tbody tr").all()]
        assert len(rows) == 3
        for row in rows:
            figure = next(f for f in held if f["flow"] == row[1] and f["reporter_name"] == row[0] and f["currency"] in row)
            assert f"{figure['value']:,.0f}".replace("-", "−") in row
    page.close()


@pytest.mark.browser
def test_a_country_s_brief_opens_so_too_and_has_the_figures_of_get(demo_once: Home, browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "country.html"
    assert demo_once.run("--demo", "brief", "Malaysia", "-o", file).code == 0
    looked_at(browser, file, "brief-country", width=400).close()
    page = looked_at(browser, file, "brief-country", width=1400)
    held = {f["flow"]: f["value"] for f in demo_once.run("--demo", "--json", "get", "Malaysia", "World", "2025").json}
    page.locator("details", has_text="exports, imports and balance, 2025").locator("summary").click()
    rows = [row.locator("td").all_inner_texts() for row in page.locator("details[open] tbody tr").all()]
    assert [row[1] for row in rows] == ["export", "import", "balance"]
    assert all(f"{held[row[1]]:,.0f}" in row for row in rows)
    page.emulate_media(media="print")
    keep(page, "brief-country-print")
    page.close()
