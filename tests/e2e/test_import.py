"""Files that a person has: recognised, kept with their true origin, loaded like fetched ones, or refused in a sentence."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import xlsxwriter

from tests.e2e.house import Home
from tests.e2e.pages import gacc_page, headline, revised
from tests.publishers import Publishers

ECB_DAY = b"Date,USD,JPY,GBP,MYR,CNY,\n" + b"".join(
    f"2026-04-{day:02},1.1,160.0,0.85,4.6,8.0,\n".encode() for day in range(13, 6, -1))
"""Synthetic, in the layout of the ECB's eurofxref-hist.csv."""


def workbook(text: str) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("a").write_string(0, 0, text)
    return out.getvalue()


ARTICLE = b"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Trade grows</title>
<meta property="og:type" content="article"><meta property="article:published_time" content="2026-04-20T08:00:00+08:00">
<link rel="canonical" href="https://news.example/trade-grows">
<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Trade grows", "datePublished": "2026-04-20T08:00:00+08:00"}
</script></head><body><article><h1>Trade grows</h1>""" + b"".join(
    f"<p>Sentence {number} of a synthetic article says that trade between two countries grew, and by how much it grew.</p>".encode()
    for number in range(30)) + b"</article></body></html>"
"""Synthetic: nobody wrote it."""

FILES = {
    "article.html": ARTICLE,
    "page.html": gacc_page(4), "figures.csv": headline(121), "rates.csv": ECB_DAY,
    "notes.txt": b"Buy milk.\n", "empty.csv": b"", "blank.html": b" \n\t\n", "logo.png": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "book.xlsx": workbook("anything"), "trade_2026-08.xlsx": workbook("Department of Statistics Malaysia"),
    "other.csv": b"a,b\n1,2\n", "page.json": b'{"dataSets": []}', "page.htm": b"<html><body>Hello</body></html>",
    "not.zip": b"PK\x03\x04 broken", "nul.csv": b"series,date\0\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of downloads."""
    there = tmp_path / "downloads"
    (there / "a folder").mkdir(parents=True)
    for name, body in FILES.items():
        (there / name).write_bytes(body)
    return there


@pytest.mark.parametrize(("name", "dataset", "new"), [
    ("page.html", "gacc.prelim.country", 138), ("figures.csv", "dosm.headline", 7), ("rates.csv", "ecb.exr.day", 35)])
def test_a_saved_file_is_recognised_and_loaded_as_imported(filled: Home, folder: Path, name: str, dataset: str, new: int) -> None:
    said = filled.run("import", folder / name, "--json")
    assert (said.code, said.outcome(dataset)["rows_new"]) == (0, new)
    assert filled.rows(f"SELECT origin_kind, source_note, f.url FROM ops.load l JOIN ops.fetch f USING (fetch_id) "
                       f"WHERE l.dataset = '{dataset}' ORDER BY snapshot DESC LIMIT 1") == [
        ("imported", f"file {name}, imported by a person", f"import:{name}")]
    before = filled.seen()
    again = filled.run("import", folder / name)
    assert (again.code, "no change" in again.out, filled.seen() == before) == (0, True, True)


@pytest.mark.parametrize(("name", "said"), [
    ("notes.txt", "is not a document that"), ("empty.csv", "empty.csv is empty"), ("blank.html", "blank.html is empty"),
    ("logo.png", "is a picture (PNG) and could not be read"),
    ("book.xlsx", "is an Excel workbook but not a document that"), ("other.csv", "is not a document that"),
    ("page.json", "is not a document that"), ("page.htm", "is not a document that"), ("not.zip", "is a zip archive and could not be read"),
    ("nul.csv", "is neither text nor"), ("a folder", "is a folder, not a file"), ("missing.html", "No such file"),
])
def test_what_nobody_issued_is_refused_by_name(home: Home, folder: Path, name: str, said: str) -> None:
    answer = home.run("import", folder / name)
    assert answer.code == 2
    assert answer.err.startswith("entrepot: ") and name in answer.err and said in answer.err
    told = home.run("--json", "import", folder / name).json["error"]
    assert (told["name"], told["exit_code"]) == ("UsageError", 2)
    assert not (home.root / "archive").exists(), "what was refused is not kept"


def test_a_source_that_is_named_keeps_the_file_and_says_what_is_wrong(home: Home, folder: Path) -> None:
    said = home.run("import", folder / "notes.txt", "--source", "gacc.prelim.country")
    assert (said.code, "kept, not read NotReadable" in said.out, "neither a web page nor" in said.out) == (1, True, True)
    said = home.run("import", folder / "other.csv", "--source", "dosm.headline")
    assert (said.code, "ERROR SchemaDrift" in said.out, "the header lacks the columns" in said.out) == (1, True, True)
    said = home.run("import", folder / "page.html", "--source", "nobody")
    assert (said.code, "no dataset or publisher 'nobody'" in said.err) == (8, True)


def test_a_file_under_the_wrong_source_can_be_imported_again_under_the_right_one(filled: Home, folder: Path) -> None:
    assert filled.run("import", folder / "figures.csv", "--source", "gacc.prelim.country").code == 1
    said = filled.run("import", folder / "figures.csv")
    assert (said.code, "7 new" in said.out) == (0, True)


def test_a_saved_article_is_recognised(filled: Home, folder: Path) -> None:
    said = filled.run("import", folder / "article.html")
    assert (said.code, "news.import" in said.out, "1 new" in said.out) == (0, True, True)
    assert filled.rows("SELECT title, url FROM news.article") == [("Trade grows", "https://news.example/trade-grows")]


def test_what_a_person_tried_to_import_is_no_error_of_the_publisher(filled: Home, folder: Path) -> None:
    filled.run("import", folder / "other.csv", "--source", "dosm.headline")
    assert "0 in error" in filled.run("status").out


def test_a_workbook_whose_layout_nobody_knows_yet_is_kept(home: Home, folder: Path) -> None:
    said = home.run("import", folder / "trade_2026-08.xlsx")
    assert (said.code, "kept, not read NotReadable" in said.out, "Department of Statistics Malaysia" in said.out) == (1, True, True)
    assert list((home.root / "archive" / "blobs").rglob("*.zst"))


def test_of_several_files_one_that_is_refused_keeps_out_no_other(filled: Home, folder: Path) -> None:
    said = filled.run("import", folder / "notes.txt", folder / "page.html", folder / "missing.csv", folder / "figures.csv")
    assert said.code == 2
    assert "138 new" in said.out and "7 new" in said.out
    assert said.out.count("ERROR UsageError") == 2


def test_an_older_edition_is_backfilled_behind_what_is_known(filled: Home, folder: Path) -> None:
    present = filled.rows("SELECT value, version_id FROM stats.trade ORDER BY ALL")
    (folder / "as_of_march.csv").write_bytes(revised(headline(), "2025-06", -2_000_000))
    said = filled.run("import", folder / "as_of_march.csv", "--released", "2026-03-01")
    assert said.code == 0
    assert filled.rows("SELECT value, version_id FROM stats.trade ORDER BY ALL") == present
    shown = filled.run("revisions", "Malaysia", "World", "--period", "2025-06", "--flow", "import", "--json").json
    assert [row["ended_by"] for row in shown] == ["backfilled", "present"]
    assert shown[0]["realtime_start"].startswith("2026-03-01")
    assert shown[1]["value"] - shown[0]["value"] == 2_000_000


def test_a_day_of_release_that_is_none_is_refused(home: Home, folder: Path) -> None:
    said = home.run("import", folder / "page.html", "--released", "2026-02-30")
    assert (said.code, "takes a day such as" in said.err) == (2, True)


def test_an_imported_page_and_the_fetched_one_are_the_same_figures(filled: Home, folder: Path, publishers: Publishers) -> None:
    (folder / "march.html").write_bytes(gacc_page(3))
    before = filled.seen()
    said = filled.run("import", folder / "march.html")
    assert (said.code, "no change" in said.out, filled.seen() == before) == (0, True, True)


def test_real_files_are_recognised(home: Home, samples: Path) -> None:
    found = {
        "gacc/release_section4_by_country_mar2026_cny.html": ("gacc.prelim.country", "new_data"),
        "gacc/release_section4_by_country_jan2018_cny.html": ("gacc.prelim.country", "not_readable"),
        "gacc/cn_express_article_tjs_jul2026_s4_cny.html": ("gacc.prelim.country", "not_readable"),
        "opendosm/trade_headline.csv": ("dosm.headline", "new_data"),
        "ecb/eurofxref-hist.zip": ("ecb.exr.day", "new_data"), "ecb/eurofxref.csv": ("ecb.exr.day", "no_change"),
        "ecb/ecb_sdmxjson_M.CNY.EUR.SP00.A_2025-10_2026-04.json": ("ecb.exr.month", "new_data"),
    }
    said = home.run("--json", "import", *(samples / name for name in found))
    assert [(one["dataset"], one["result"]) for one in said.json] == list(found.values())
    assert home.run("import", samples / "gacc/seed_2026.html").code == 2
    other_form = home.run("import", samples / "ecb/M.USD.EUR.SP00.A.generic.xml")
    assert (other_form.code, "save eurofxref-hist.zip" in other_form.out) == (1, True)
