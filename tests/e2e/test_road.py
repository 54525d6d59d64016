"""From the publishers' answers to a figure, back to the cell it was printed in, and nothing new the second time."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from flows.home import registry
from flows.home.tracing import agrees, units_of
from tests.documents import cell
from tests.e2e.conftest import ALL
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.real import ECB_CNY, GACC_MAR_2026_CNY, serve_real
from warehouse.archive.documents import Archive
from warehouse.archive.store import Folder

ECB_MONTHS = ("https://data-api.ecb.europa.eu/service/data/EXR/M.AUD+CNY+GBP+HKD+IDR+INR+JPY+KRW+MYR+PHP+SGD+THB+USD.EUR.SP00.A")


@pytest.fixture(scope="module")
def real_once(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home filled from the publishers' real files; pages that the index links and that are not here answer 404."""
    with Publishers() as publishers:
        served = serve_real(publishers, samples)
        publishers.serve(ECB_MONTHS, served[ECB_CNY], "application/vnd.sdmx.data+json;version=1.0.0-wd")
        home = Home(tmp_path_factory.mktemp("real") / "home", publishers)
        said = home.run("--json", "refresh", "gacc", "dosm", "ecb")
    loaded = {one["dataset"] for one in said.json if one["result"] == "new_data"}
    assert loaded == {"gacc.prelim.country", "gacc.calendar", "dosm.headline", "ecb.exr.month"}, said.text
    assert {one["error"] for one in said.json if one["result"] != "new_data"} == {"NotFound"}
    assert said.code == 4
    return home


def test_march_2026_is_as_china_s_customs_printed_it(real_once: Home) -> None:
    hundred_million = 10**8
    found = {(flow, kind): value / hundred_million for flow, kind, value in real_once.rows(
        "SELECT flow, period_kind, value FROM stats.trade WHERE partner = 'MYS' AND reporter = 'CHN' AND currency = 'CNY'")}
    assert found[("total", "M")] == Decimal("1286.7")
    assert found[("export", "M")] == Decimal("726.9")
    assert found[("import", "M")] == Decimal("559.8")
    assert found[("total", "Q")] == Decimal("3376.8")


def test_every_row_says_where_it_comes_from(real_once: Home) -> None:
    assert real_once.rows("SELECT count(*) FROM stats.trade t LEFT JOIN ops.fetch f USING (fetch_id) LEFT JOIN ref.dataset d "
                          "ON d.dataset = t.dataset WHERE f.url IS NULL OR f.sha256 IS NULL OR d.publisher IS NULL "
                          "OR t.unit_multiplier IS NULL OR t.released_at IS NULL OR t.released_basis = '' OR t.locator = '' "
                          "OR t.load_id NOT IN (SELECT load_id FROM ops.load)") == [(0,)]


def test_every_figure_of_the_page_stands_in_the_archived_cell_it_names(real_once: Home) -> None:
    body = Archive(Folder(real_once.root / "archive")).latest(GACC_MAR_2026_CNY)
    assert body is not None
    page = Archive(Folder(real_once.root / "archive")).read(body.sha256)
    rows = real_once.rows("SELECT locator, value, unit_multiplier, decimals FROM stats.trade WHERE dataset = 'gacc.prelim.country'")
    assert len(rows) == 180
    for locator, value, unit, decimals in rows:
        printed = cell(registry.connectors()["gacc"], page, locator)
        assert agrees(printed, {"value": value, "unit_multiplier": unit, "decimals": decimals}), (locator, printed, value)
        assert Decimal(printed.replace(",", "").strip()) * unit == value


def test_trace_walks_from_the_figure_to_the_printed_cell(real_once: Home) -> None:
    said = real_once.run("trace", "China", "Malaysia", "2026-03", "--flow", "total")
    assert said.code == 0
    for part in ("CNY 128.67 bn", GACC_MAR_2026_CNY, "(Malaysia)", "'1,286.7' × 100,000,000 CNY  = the figure", "sha256",
                 "Footnote: Source: General Administration of Customs"):
        assert part in said.out
    traced = real_once.run("trace", "Malaysia", "World", "2026-03", "--flow", "import", "--json").json
    assert traced["agrees"] and traced["printed"] == "124291369254.0" and traced["locator"].startswith("line ")


def test_trace_walks_from_an_exchange_rate_to_the_printed_cell(real_once: Home) -> None:
    ((version,),) = real_once.rows("SELECT version_id FROM stats.fx_rate WHERE quote = 'CNY' AND period_start = DATE '2025-10-01'")
    said = real_once.run("trace", version[:16])
    assert said.code == 0, said.text
    for part in ("8.281034782609 CNY per EUR   month_avg, 1 Oct 2025 to 31 Oct 2025", "series M.CNY.EUR.SP00.A, period 2025-10",
                 "for 1 EUR  = the rate", "Footnote: Source: ECB"):
        assert part in said.out, said.out
    traced = real_once.run("trace", version, "--json").json
    assert (traced["agrees"], traced["printed_for_units"], traced["rate"]) == (True, 1, 8.281034782609)


@pytest.mark.parametrize(("printed", "rate", "units"), [
    ("2.5935999999999999", "0.025936", 100), ("1.55e-05", "0.0000155", 1), (" 4.083 ", "4.083", 1), ("4.083", "4.084", None),
    ("0.025936", "2.5936", None), ("n/a", "4", None), ("NaN", "4", None), ("Infinity", "4", None), ("", "4", None)])
def test_a_printed_rate_may_be_for_many_units(printed: str, rate: str, units: int | None) -> None:
    assert units_of(printed, Decimal(rate)) == units


def test_what_is_missing_is_named_with_its_address_and_the_rest_is_loaded(real_once: Home, tmp_path: Path, samples: Path) -> None:
    with Publishers() as publishers:
        serve_real(publishers, samples)
        said = real_once.copied(tmp_path / "home", publishers).run("refresh", "gacc.prelim")
    assert said.code == 4
    assert "ERROR NotFound  nothing is there (status 404) (3 addresses, such as http://english.customs.gov.cn/Statics/" in said.out
    assert "no change" in said.out


def test_a_second_run_adds_nothing_but_lines_in_the_log(real_once: Home, tmp_path: Path, samples: Path) -> None:
    with Publishers() as publishers:
        serve_real(publishers, samples)
        home = real_once.copied(tmp_path / "home", publishers)
        kept, held, logged = home.files("lake", "archive/journal", "archive/blobs"), home.held(), home.files("archive/log")
        home.run("refresh", "gacc", "dosm", "ecb")
        home.run("refresh", "gacc", "dosm", "ecb")
    assert home.held() == held
    assert {path: size for path, (size, _) in home.files("lake", "archive/journal", "archive/blobs").items()} == {
        path: size for path, (size, _) in kept.items()}
    assert len(home.files("archive/log")) > len(logged)


def test_the_lake_is_rebuilt_from_the_archive_row_for_row(real_once: Home, tmp_path: Path) -> None:
    said = real_once.run("rebuild", "--into", tmp_path / "again", "--json")
    assert (said.code, said.json) == (0, {"loads": 4, "differences": {}, "reread": []})


def test_a_lake_that_is_lost_comes_back(filled: Home) -> None:
    before = filled.held()
    (filled.root / "lake").rename(filled.root / "lost")
    assert filled.run("get", "China", "Malaysia", "2026-03").code == 6
    said = filled.run("rebuild")
    assert (said.code, "2 loads replayed" in said.out) == (0, True)
    after = filled.held()
    assert {name: rows for name, rows in after.items() if name != "ops.migration"} == {
        name: rows for name, rows in before.items() if name != "ops.migration"}


def test_bytes_that_are_not_the_recorded_ones_are_never_replayed(filled: Home, tmp_path: Path) -> None:
    ((sha256,),) = filled.rows("SELECT document_sha256 FROM ops.load WHERE dataset = 'dosm.headline'")
    blob = filled.root / "archive" / "blobs" / sha256[:2] / f"{sha256}.zst"
    blob.write_bytes(b"not what was kept")
    said = filled.run("rebuild", "--into", tmp_path / "again")
    assert (said.code, "is damaged" in said.err, str(blob) in said.err) == (6, True, True)
    assert not (tmp_path / "again").exists()
    assert filled.run("doctor", "--offline").code == 1


def test_there_is_nothing_to_rebuild_from_an_empty_archive(home: Home) -> None:
    said = home.run("rebuild")
    assert (said.code, "records no load" in said.err) == (2, True)
    assert not home.root.exists()


def test_a_home_with_spaces_and_an_apostrophe_in_its_name(filled_once: Home, tmp_path: Path, publishers: Publishers) -> None:
    home = filled_once.copied(tmp_path / "O'Brien & Söhne", publishers)
    assert home.run("get", "China", "Malaysia", "2026-03").code == 0
    assert home.run("rebuild", "--into", tmp_path / "it's here").code == 0


def test_publishers_are_asked_under_our_own_name_and_once(publishers: Publishers, filled: Home) -> None:
    assert filled.run("refresh", *ALL).code == 0
    asked = publishers.asked()
    assert len({(each.host, each.path) for each in asked}) == len(asked)
    assert all("tests@example.org" in each.headers["user-agent"] for each in asked)
    assert not [each for each in asked if "synthetic-3" in each.path], "a page that never changes and is held was asked for"
