"""Tables in layouts of their own: loaded by a mapping, asked about, traced, revised, rebuilt; bad mappings refused in a sentence."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from connectors.statistics import mapped
from tests.e2e.house import Home

SAMPLE = Path(mapped.__file__).parent / "sample"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The synthetic tables of the connector's sample with their mappings, to be changed."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "tables"))


def mended(folder: Path, name: str, old: str, new: str) -> Path:
    """A copy of a mapping with something else in it."""
    text = (folder / name).read_text()
    assert old in text
    made = folder / f"mended-{name}"
    made.write_text(text.replace(old, new))
    return made


def test_a_wide_table_is_loaded_asked_about_and_traced(home: Home, folder: Path) -> None:
    said = home.run("import", folder / "synthetic-wide.csv", "--as", folder / "synthetic-wide.toml", "--json")
    assert (said.code, said.outcome("mapped.synthetic-wide")["rows_new"]) == (0, 17)
    told = home.run("get", "Philippines", "Malaysia", "2024").out
    assert "US$ 120.5 mn" in told and "US$ 170.0 mn" in told
    traced = home.run("trace", "Philippines", "World", "2024", "--flow", "export").out
    assert "line 4 (World, Exports), column 5 (2024)" in traced and "'2,100.0 e' × 1,000,000 USD  = the figure" in traced
    assert "synthetic-wide.csv, imported by a person, mapped by Entrepot" in traced and "Source: a synthetic office" in traced
    assert home.rows("SELECT status, flags FROM stats.trade WHERE partner = 'WLD' AND flow = 'export' AND period_end = '2024-12-31'") == [
        ("E", "mark=e")]
    assert home.rows("SELECT count(*) FROM stats.trade WHERE partner = 'MYS' AND flow = 'export'") == [(2,)], "n.a. is no figure"
    assert home.rows("SELECT called FROM ref.publisher WHERE publisher = 'synthetic-office'") == [("the synthetic office",)]


def test_products_are_added_up_where_no_row_is_for_all_and_averages_doubled(home: Home, folder: Path) -> None:
    assert home.run("import", folder / "synthetic-long.csv", "--as", folder / "synthetic-long.toml").code == 0
    assert home.rows("SELECT value, flags, product_level FROM stats.trade WHERE partner = 'MYS' AND product = 'TOTAL' AND flow = 'export' "
                     "AND period_end = '2024-01-31'") == [(2_021_000, "derived=sum of 2 SITC4 figures;factor=2;processed=1", 0)]
    traced = home.run("trace", "Philippines", "Malaysia", "2024-01", "--flow", "export").out
    assert "sum of 2 cells (Malaysia, 2024-01), column 4 (exports)" in traced and "'1010.5' × 2,000 PHP" in traced
    assert "added up: sum of 2 SITC4 figures" in traced and "(processed: averages, doubled)" in traced


def test_a_workbook_is_read_like_a_csv(home: Home, folder: Path) -> None:
    lines = [line.split(",") for line in (folder / "synthetic-long.csv").read_text().splitlines()]
    with xlsxwriter.Workbook(str(folder / "book.xlsx")) as book:
        book.add_worksheet("About").write_string(0, 0, "nothing")
        sheet = book.add_worksheet("Data")
        sheet.write_string(0, 0, "A title")
        for row, cells in enumerate(lines, 2):
            for column, cell in enumerate(cells):
                if row > 2 and column > 1:
                    sheet.write_number(row, column, float(cell))
                else:
                    sheet.write_string(row, column, cell)
    mapping = mended(folder, "synthetic-long.toml", "[table]", '[table]\nsheet = "Data"\nheader = 3')
    said = home.run("import", folder / "book.xlsx", "--as", mapping)
    assert said.code == 0, said.text
    traced = home.run("trace", "Philippines", "Japan", "2024-02", "--flow", "import", "--product", "1").out
    assert "table 2, row 11 (Japan, 2024-02, 1), column 5 (imports)" in traced and "= the figure" in traced


def test_a_later_file_revises_and_withdraws_and_a_mended_mapping_is_a_rereading(home: Home, folder: Path) -> None:
    table, mapping = folder / "synthetic-wide.csv", folder / "synthetic-wide.toml"
    assert home.run("import", table, "--as", mapping).code == 0
    again = home.run("import", table, "--as", mapping)
    assert (again.code, "no change" in again.out) == (0, True)
    table.write_text(table.read_text().replace("300.0,310.0", "300.0,311.0").replace("150.0,160.0", "150.0,n.a."))
    said = home.run("import", table, "--as", mapping, "--json").outcome("mapped.synthetic-wide")
    assert (said["rows_revised"], said["rows_withdrawn"]) == (1, 1)
    said = home.run("import", table, "--as", mended(folder, "synthetic-wide.toml", '" e"', '" x"'))
    assert (said.code, "2 of 16 rows could not be understood" in said.text) == (1, True), said.text
    said = home.run("import", table, "--as", mended(folder, "synthetic-wide.toml", '"million"', '"thousand"'))
    kinds = dict(home.rows("SELECT change_kind, count(*) FROM stats.trade_revision GROUP BY ALL"))
    assert kinds == {"revised": 1, "withdrawn": 1, "reread": 16}, (said.text, kinds)
    renamed = home.run("import", table, "--as", mended(folder, "synthetic-wide.toml", "A wide table, synthetic", "Another title"))
    assert renamed.code == 0, renamed.text
    assert home.rows("SELECT title FROM ref.dataset WHERE dataset = 'mapped.synthetic-wide'") == [("Another title",)]
    assert home.run("verify").code == 0
    rebuilt = home.run("rebuild", "--into", folder.parent / "rebuilt")
    assert (rebuilt.code, "Equal to the lake here, row for row" in rebuilt.out) == (0, True), rebuilt.text


@pytest.mark.parametrize(("old", "new", "said"), [
    ('name = "synthetic-wide"', 'name = "../../etc"', "names itself '../../etc'"),
    ('name = "synthetic-wide"', 'nome = "x"', "has the key 'nome', which is none; 'name' may be meant"),
    ('is = "Philippines"', 'is = "Philipines"', "has reporter.is = 'Philipines': no area 'Philipines'; nearest: Philippines (PHL)"),
    ('column = "Area"', 'column = "Partner"', "has partner.column = 'Partner', and the header has no such column; it reads Area"),
    ('column = "Area"', "column = 99", "the mapping has partner.column = 99, and the header has 5 columns"),
    ("header = 2", "header = 1", "the mapping has partner.column = 'Area', and the header has no such column"),
    ("header = 2", "header = 9000", "table.header = 9000, and no row begins on that line"),
    ('"Exports" = "export"', '"Exports" = "exports"', "has flow.values.Exports = 'exports': flows are export, import"),
    ('unit = "million"', 'unit = "mio"', "has value.unit = 'mio': it takes one, thousand, million"),
    ('unit = "million"', "", "has value.unit = 'None'"),
    ('currency = "USD"', 'currency = "SAY"', "still has SAY in 'value.currency'"),
    ('currency = "USD"', 'currency = "dolars"', "value.currency wrong: no currency 'dolars'; nearest: "),
    ("across = true", "across = false", "says the period in none or several ways"),
    ('export = "FOB"', 'export = "EXW"', "has valuation.export = 'EXW': it takes FOB, CIF"),
    ("[areas]", "[areas]\n\"Atlantis\" = \"ATL\"", "has areas.Atlantis = 'ATL': no area 'ATL'"),
    ("[areas]", "[arias]", "has the key 'arias', which is none; 'areas' may be meant"),
    ('title = "Synthetic Office"\n', "", "has publisher.name = 'synthetic-office', and no connector of that name is installed"),
    ("[table]", "[table", "is no TOML"),
    ('called = "the synthetic office"', 'called = "a\\u001b[31mb"', "cannot be printed"),
    ('cite = "Source: a synthetic office"', 'page = "file:///etc/passwd"\ncite = "x"', "has source.page = 'file:///etc/passwd'"),
    ('title = "A wide table, synthetic"', f'title = "{"x" * 400}"', "longer than 300 characters"),
    ("header = 2", "header = true", "has table.header = 'True': it takes a whole number"),
])
def test_a_bad_mapping_is_refused_in_one_sentence_that_names_the_key(home: Home, folder: Path, old: str, new: str, said: str) -> None:
    answer = home.run("import", folder / "synthetic-wide.csv", "--as", mended(folder, "synthetic-wide.toml", old, new))
    assert answer.code == 2 and answer.err.startswith("entrepot: ") and said in answer.err, answer.text
    assert answer.err.count("\n") == 1, "one line"
    assert not (home.root / "archive").exists(), "what was refused is not kept"


def test_what_is_no_table_or_no_mapping_is_refused(home: Home, folder: Path) -> None:
    table, mapping = folder / "synthetic-wide.csv", folder / "synthetic-wide.toml"
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("../../evil.csv", "a,b\n1,2\n")
    (folder / "evil.zip").write_bytes(out.getvalue())
    for file, by, said in ((folder / "picture.png", mapping, "is a picture (PNG)"), (folder / "evil.zip", mapping, "is a zip archive"),
                           (table, table, "is no TOML"), (table, folder / "picture.png", "is no mapping"),
                           (table, folder / "none.toml", "No such file"), (folder / "none.csv", mapping, "No such file"),
                           (table, folder, "is a folder")):
        answer = home.run("import", file, "--as", by)
        assert answer.code == 2 and said in answer.err, answer.text
    answer = home.run("import", table, "--as", mapping, "--part")
    assert answer.code == 2 and "--part is not for a table with a mapping" in answer.err


def test_texts_of_a_mapping_and_of_cells_are_values_and_nothing_else(home: Home, folder: Path) -> None:
    nasty = "'); DROP TABLE stats.trade; --"
    table = folder / "synthetic-wide.csv"
    table.write_text(table.read_text().replace("Japan", f'"=cmd|\'/C calc\'!A0 {nasty}"'))
    mapping = mended(folder, "synthetic-wide.toml", "[areas]", f'[areas]\n"=cmd|\'/C calc\'!A0 {nasty}" = "Japan"')
    mapping.write_text(mapping.read_text().replace('"A wide table, synthetic"', f'"=1+1 {nasty} (a+)+$ <b>x</b>"'))
    assert home.run("import", table, "--as", mapping).code == 0
    traced = home.run("trace", "Philippines", "Japan", "2023", "--flow", "import")
    assert traced.code == 0 and "= the figure" in traced.out and nasty in traced.out
    assert home.rows("SELECT title FROM ref.dataset WHERE dataset = 'mapped.synthetic-wide'") == [(f"=1+1 {nasty} (a+)+$ <b>x</b>",)]
    made = folder / "out.csv"
    assert home.run("sql", "SELECT title FROM ref.dataset WHERE dataset LIKE 'mapped.%'", "-o", made).code == 0


def test_without_a_mapping_one_is_proposed_and_nothing_loaded(home: Home, folder: Path) -> None:
    said = home.run("import", folder / "synthetic-long.csv", "--as")
    assert said.code == 0 and 'columns = { "exports" = "export", "imports" = "import" }' in said.out, said.text
    assert 'column = "month"' in said.out and 'column = "partner"' in said.out and "SAY" in said.out
    assert "reporter.is" in said.err and not (home.root / "archive").exists()
    filled = said.out
    for key, value in (("name", "synthetic-office"), ("title", "Synthetic Office"), ("called", "the synthetic office"), ("cite", "x"),
                       ("is", "Philippines"), ("classification", "SITC4"), ("unit", "thousand"), ("currency", "PHP")):
        filled = filled.replace(f'{key} = "SAY"', f'{key} = "{value}"', 1)
    (folder / "filled.toml").write_text(filled)
    loaded = home.run("import", folder / "synthetic-long.csv", "--as", folder / "filled.toml")
    assert (loaded.code, "24 new" in loaded.out) == (0, True), loaded.text
    told = home.run("import", folder / "synthetic-wide.csv", "--as", "--json").json
    assert told["unknown"] and "across = true" in told["mapping"]
