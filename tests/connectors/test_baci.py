"""BACI: what its files mean, and the whole road against a simulated server. All synthetic but for the lines that others published."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Wanted
from connectors.statistics.cepii import CONNECTOR
from connectors.statistics.cepii.versions import editions
from flows.home import clock
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.cepii import COUNTRIES, HOST, Line, archive, serve, year_file
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
HS17, OLDER = "cepii.baci.hs17.V202601", "cepii.baci.hs17.V202501"
CHINA, MALAYSIA, TAIWAN = 156, 458, 490
YEARS: dict[int, tuple[Line, ...]] = {
    2023: ((CHINA, MALAYSIA, "010121", "500.125", "1.500"), (CHINA, MALAYSIA, "850110", "1000.001", "NA"),
           (MALAYSIA, CHINA, "850110", "2.5", "0.000"), (TAIWAN, CHINA, "854231", "9.000", "0.125"), (CHINA, CHINA, "850110", "1", "NA")),
    2024: ((CHINA, MALAYSIA, "010121", "510.125", "1.600"), (MALAYSIA, CHINA, "151110", "1e+05", "250.000"))}


def parsed(body: bytes, dataset: str = HS17) -> list[Batch]:
    return CONNECTOR.read(document(dataset, body))


def read(body: bytes) -> pl.DataFrame:
    return pl.concat([stored(batch, tables.TRADE) for batch in parsed(body)])


def member(body: bytes) -> bytes:
    """An archive with these bytes as its one year."""
    return archive({}, others={"BACI_HS17_Y2023_V202601.csv": body})


# Files --------------------------------------------------------------------------------------------------------


def test_products_have_six_digits_values_are_dollars_and_weights_kilograms_or_null() -> None:
    rows = read(archive(YEARS)).filter(pl.col("period_end") == date(2023, 12, 31))
    assert rows.select("reporter", "partner", "product", "value", "net_weight_kg", "partner_kind").rows() == [
        ("CHN", "MYS", "010121", Decimal(500125), 1500.0, "country"), ("CHN", "MYS", "850110", Decimal(1000001), None, "country"),
        ("MYS", "CHN", "850110", Decimal(2500), 0.0, "country"), ("TWN", "CHN", "854231", Decimal(9000), 125.0, "country"),
        ("CHN", "CHN", "850110", Decimal(1000), None, "self")]
    same = ("flow", "valuation", "currency", "classification", "status", "product_level", "period_kind")
    assert set(rows.select(same).unique().rows()) == {
        ("export", "FOB", "USD", "HS2017", "E", 6, "A")}


def test_a_year_is_a_batch_that_is_complete_for_it() -> None:
    batches = parsed(archive(YEARS))
    assert [(batch.name, batch.scope) for batch in batches] == [
        (str(year), {"period_start": (date(year, 1, 1),), "period_end": (date(year, 12, 31),)}) for year in (2023, 2024)]
    assert [check for batch in batches for check in batch.checks] == []


def test_the_published_lines_are_read_with_the_published_list(samples: Path) -> None:
    figures, codes = (samples / "baci" / name for name in ("BACI_ExampleTradeData_4_710.csv", "country_codes_V202201.csv"))
    if not figures.is_file() or not codes.is_file():
        pytest.skip("the published files are not here")
    body = figures.read_bytes()
    packed = archive({}, countries=codes.read_bytes(), others={"BACI_HS17_Y2021_V202601.csv": body})
    [batch] = parsed(packed)
    rows = stored(batch, tables.TRADE)
    assert (rows.height, rows["net_weight_kg"].null_count(), batch.rejected) == (71_192, 2_306, ())
    assert rows["product"].str.len_chars().unique().to_list() == [6]
    counts = dict(rows["partner"].value_counts().iter_rows())
    assert (counts["CHN"], counts["MYS"], set(rows["reporter"])) == (910, 390, {"AFG", "ZAF"})
    assert [(check.level, check.observed) for check in batch.checks] == [("warn", "380")]  # that list has Italy as 381
    for row in rows.gather_every(9_000).iter_rows(named=True):
        assert Decimal(CONNECTOR.read_cell(document(HS17, packed), row["locator"])) * 1000 == row["value"]


@pytest.mark.parametrize(("dataset", "name", "classification"), [
    ("cepii.baci.hs92.V202601", "BACI_HS92_Y2023_V202601.csv", "HS1992"), (OLDER, "BACI_HS17_Y2023_V202501.csv", "HS2017"),
    ("cepii.baci.hs22.V202601", "dir/BACI_HS22_Y2023_V202601.csv", "HS2022")])
def test_a_file_of_one_year_is_told_by_its_name(dataset: str, name: str, classification: str) -> None:
    body = year_file(2023, YEARS[2023])
    assert CONNECTOR.recognise(body, name) == dataset
    [batch] = parsed(body, dataset)
    assert (batch.constants["classification"], [check.check for check in batch.checks]) == (classification, ["codes"])


@pytest.mark.parametrize(("body", "name", "words"), [
    (year_file(2023, YEARS[2023]), "figures.csv", "nothing says which HS edition and version"),
    (year_file(2023, YEARS[2023]), "BACI_HS17_Y2023_V209901.csv", "add a line to .*versions.csv"),
    (archive(YEARS, version="V209901"), "x.zip", "a version that is not known"), (archive(YEARS, hs="HS33"), "x.zip", "HS33")])
def test_a_version_that_is_not_known_is_refused_with_the_way_out(body: bytes, name: str, words: str) -> None:
    with pytest.raises(NotReadable, match=words):
        CONNECTOR.recognise(body, name)


def test_an_archive_is_recognised_by_its_members() -> None:
    assert CONNECTOR.recognise(archive(YEARS, hs="HS92"), "download") == "cepii.baci.hs92.V202601"
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as packed:
        packed.writestr("eurofxref-hist.csv", "Date,USD\n")
    assert CONNECTOR.recognise(other.getvalue(), "BACI.zip") is None


def test_versions_are_never_mixed() -> None:
    with pytest.raises(SchemaDrift, match="holds BACI_HS17_Y2023_V202501"):
        parsed(archive(YEARS, others={"BACI_HS17_Y2023_V202501.csv": year_file(2023, YEARS[2023])}))
    with pytest.raises(SchemaDrift, match="holds BACI_HS17_Y2023_V202601"):
        parsed(archive(YEARS), OLDER)
    assert len({edition.dataset for edition in editions()}) == len({each.chain for each in CONNECTOR.datasets}) == len(editions())


def test_codes_mean_what_the_list_of_the_version_says_unless_it_has_a_stand_in() -> None:
    lines = tuple((code, CHINA, "850110", "1", "NA") for code in (58, 711, 490, 458, 380, 842))
    [batch] = parsed(archive({1998: lines}))
    assert stored(batch, tables.TRADE)["reporter"].to_list() == ["XBL", "XSU", "TWN", "MYS", "ITA", "USA"]
    assert [check.observed for check in batch.checks] == ["842"]  # the list lacks it, and ours has it
    [batch] = parsed(archive({2023: ((999, CHINA, "850110", "1", "NA"), *YEARS[2023])}, countries=COUNTRIES + b"999,Nowhere,QQ,MNE\n"))
    assert stored(batch, tables.TRADE)["reporter"][0] == "MNE"  # known by the list alone
    with pytest.raises(SchemaDrift, match="says that 156 is MYS"):
        parsed(archive(YEARS, countries=COUNTRIES.replace(b"156,China,CN,CHN", b"156,China,CN,MYS")))
    with pytest.raises(SchemaDrift, match="other columns"):
        parsed(archive(YEARS, countries=b"a,b\n1,2\n"))


@pytest.mark.parametrize(("line", "reason"), [
    ((999, CHINA, "850110", "1", "NA"), "no area has the code '999'"), ((CHINA, 999, "850110", "1", "NA"), "no area has the code '999'"),
    ((CHINA, MALAYSIA, "85011A", "1", "NA"), "no product"), ((CHINA, MALAYSIA, "850110", "-1", "NA"), "no value"),
    ((CHINA, MALAYSIA, "850110", "inf", "NA"), "no value"), ((CHINA, MALAYSIA, "850110", "1", "many"), "no weight")])
def test_what_cannot_be_understood_is_set_aside(line: Line, reason: str) -> None:
    [batch] = parsed(archive({2023: (line, *YEARS[2023])}))
    [rejected] = batch.rejected
    assert (reason in rejected.reason, rejected.locator) == (True, "Y2023, line 2, column v")
    assert batch.not_read == (() if "area" in reason else ({"reporter": "CHN", "partner": "MYS"},))
    with pytest.raises(SchemaDrift, match="not one line"):
        parsed(archive({2023: (line,)}))


@pytest.mark.parametrize(("body", "error", "words"), [
    (b"t,i,j,k,v\n2023,1,2,3,4\n", SchemaDrift, "no file of a year"), (archive({}), SchemaDrift, "no file of a year"),
    (member(year_file(2022, YEARS[2023])), SchemaDrift, "lines of 2022"), (member(year_file(2023, ())), Incomplete, "no line"),
    (member(b"t,i,j,k,v,q\n2023,156,458,1"), Incomplete, "breaks off"), (member(b"x,y\n1,2\n"), SchemaDrift, "lacks"),
    (member(b"t,i,j,k,v,q\n2023,156,458,1,2\n"), SchemaDrift, "cells"), (archive(YEARS)[:-40], NotReadable, "zip"),
    (member(b"t,i,j,k,v,q\n2023,156,458,1,2,3,4\n"), SchemaDrift, "cells"),
    (member(b"t,i,j,k,v,q\n\xff,1,2,3,4,5\n"), SchemaDrift, "cells")])
def test_what_is_no_file_of_baci_is_told_by_name(body: bytes, error: type[PublisherError], words: str) -> None:
    with pytest.raises(error, match=words):
        parsed(body)


PIECES: Sequence[bytes] = (b",", b"\n", b'"', b"\0", b"\xff", b"NA", b"9" * 30, b"-", b"\r", b"1e99")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_bytes_give_rows_or_an_error_with_a_name(data: st.DataObject) -> None:
    body = year_file(2023, YEARS[2023])
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(body)), st.integers(0, len(body)))))
    broken = body[:first] + data.draw(st.sampled_from(PIECES)) + body[last if data.draw(st.booleans()) else first:]
    broken = member(broken) if data.draw(st.booleans()) else broken
    try:
        batches = parsed(broken)
    except PublisherError as error:
        assert error.said
        return
    for batch in batches:
        for row in stored(batch, tables.TRADE).iter_rows(named=True):
            printed = Decimal(CONNECTOR.read_cell(document(HS17, broken), row["locator"]))
            assert abs(printed * 1000 - row["value"]) <= Decimal("0.5")


# The whole road ----------------------------------------------------------------------------------------------


def test_nothing_is_asked_until_a_person_wants_it() -> None:
    assert not any(each.enabled for each in CONNECTOR.datasets)
    names = [each.dataset for each in CONNECTOR.datasets]
    for wanted, asked in (([HS17], [HS17]), (["cepii.baci.hs92.V202601", OLDER], ["cepii.baci.hs92.V202601", OLDER]), (names, [HS17])):
        assert [ask.dataset for ask in CONNECTOR.plan(Wanted(wanted))] == asked
    [ask] = CONNECTOR.plan(Wanted([HS17]))
    assert ask.request.url == f"https://{HOST}/DATA_DOWNLOAD/baci/data/BACI_HS17_V202601.zip"


def test_a_version_comes_in_once_and_leads_back_to_its_lines(tmp_path: Path) -> None:
    with Publishers() as publishers, clock.at(NOW):
        url = serve(publishers, archive(YEARS))
        home = Home(tmp_path / "home", publishers)
        said = home.run("refresh", HS17)
        assert (said.code, "2 loads: 7 new" in said.out) == (0, True), said.text
        assert home.run("refresh", HS17).code == 0
        assert len(publishers.asked(url)) == 1
    shown = home.run("get", "China", "Malaysia", "2023", "--products", "HS2017").out
    assert "010121" in shown and f"{HS17}: one figure made of what both sides reported" in shown, shown
    assert "The two accounts" not in shown
    traced = home.run("trace", "Malaysia", "China", "2024", "--flow", "export", "--product", "151110").out
    assert "Y2024, line 3, column v" in traced and "printed   '1e+05'" in traced, traced
    assert home.rows("SELECT DISTINCT account, may_redistribute FROM ref.dataset WHERE dataset = 'cepii.baci.hs17.V202601'") == [
        ("reconciled", True)]
    assert home.rows("SELECT DISTINCT dataset, status FROM mart.summable") == [(HS17, "E")]


def test_two_versions_stand_beside_each_other(tmp_path: Path) -> None:
    files = []
    for version, value in (("V202501", "400.000"), ("V202601", "500.125")):
        files.append(tmp_path / f"BACI_HS17_{version}.zip")
        files[-1].write_bytes(archive({2023: ((CHINA, MALAYSIA, "010121", value, "NA"),)}, version=version))
    with clock.at(NOW):
        home = Home(tmp_path / "home")
        said = home.run("import", *files)
    assert said.code == 0, said.text
    assert home.rows("SELECT dataset, value FROM mart.best ORDER BY 1") == [(OLDER, 400000), (HS17, 500125)]
    assert home.rows("SELECT dataset FROM mart.accounts") == [(HS17,)]
    assert home.rows("SELECT count(*) FROM stats.trade_revision") == [(0,)]
