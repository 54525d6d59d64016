"""The IMF on the whole road, against a simulated service: trade by partner, estimates, silent revisions, rates. All synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from flows.home import clock
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.imf import HOST, Figure, Office

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)


def an_office() -> Office:
    """Both sides of a flow, a world, a group, a partner that reports nothing, and rates of three currencies."""
    made = Office()
    made.put("IMTS", "MYS.XG_FOB_USD.CHN.A", y2024="42000000000", y2025="45000000000.25")
    made.put("IMTS", "MYS.XG_FOB_USD.TWN.A", y2025="15000000000")
    made.put("IMTS", "MYS.XG_FOB_USD.GAB.A", y2025=Figure("1000000", "O"))
    made.put("IMTS", "MYS.XG_FOB_USD.PRK.A", y2024=Figure(None), y2025=Figure("500000", "SCC"), y2026="1")
    made.put("IMTS", "MYS.XG_FOB_USD.G001.A", y2024="42000000000", y2025="60001500000.25")
    made.put("IMTS", "MYS.XG_FOB_USD.G505.A", y2025="45000000000")
    made.put("IMTS", "MYS.MG_CIF_USD.CHN.A", y2025=Figure("53000000000", "SE"))
    made.put("IMTS", "MYS.TBG_USD.CHN.A", y2025=Figure("-7999999999.75", "SC"))
    made.put("IMTS", "MYS.MG_FOB_USD.CHN.A", y2025=Figure("50000000000", "O"))
    made.put("IMTS", "CHN.MG_CIF_USD.MYS.A", y2025=Figure("120000000000", "O"))
    made.put("IMTS", "MYS.XG_FOB_USD.CHN.M", y2025M11="4000000000", y2025M12="4100000000")
    made.put("IMTS", "MYS.XG_FOB_USD.CHN.Q", y2025Q4=Figure("12200000000", "SC"))
    made.put("IMTS", "MYS.XG_FOB_USD.CHN.A", y1974="87120000")
    for month in range(1, 13):
        made.put("ER", "MYS.XDC_USD.PA_RT.M", **{f"y2025M{month:02}": "4.5", f"y1974M{month:02}": "2.4"})
        made.put("ER", "VNM.XDC_USD.PA_RT.M", **{f"y2025M{month:02}": "25000", f"y1974M{month:02}": "1"})
    made.put("ER", "MYS.XDC_USD.EOP_RT.M", y2025M12="4.4", y2027M04="4.3")
    return made


@pytest.fixture
def office() -> Office:
    return an_office()


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that has loaded the years of the office: to be copied."""
    with Publishers() as publishers, clock.at(NOW):
        an_office().open(publishers)
        home = Home(tmp_path_factory.mktemp("loaded") / "home", publishers)
        said = home.run("refresh", "imf.imts.year")
    assert (said.code, "10 new" in said.out) == (0, True), said.text
    assert len(publishers.asked(HOST)) == 1
    return home


@pytest.fixture
def loaded(loaded_once: Home, tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield loaded_once.copied(tmp_path / "home", publishers)


EXPORTS = "FROM stats.trade WHERE reporter = 'MYS' AND flow = 'export' AND period_start = '2025-01-01'"


def test_dollars_are_stored_as_printed_with_what_made_them(loaded: Home) -> None:
    assert loaded.rows(f"SELECT partner, value, status, flags, partner_kind {EXPORTS} ORDER BY 1") == [
        ("CHN", 45_000_000_000.25, "A", "derivation=M", "country"), ("GAB", 1_000_000, "A", "derivation=O", "country"),
        ("PRK", 500_000, "I", "derivation=SCC", "country"), ("TWN", 15_000_000_000, "A", "derivation=M", "country"),
        ("WLD", 60_001_500_000.25, "A", "derivation=M", "world")]
    assert loaded.rows("SELECT flow, valuation, value, status FROM stats.trade WHERE flow <> 'export' ORDER BY 1, 3") == [
        ("balance", "FOB-CIF", -7_999_999_999.75, "E"), ("import", "CIF", 53_000_000_000, "E"), ("import", "CIF", 120_000_000_000, "A")]


def test_a_figure_leads_back_to_its_cell_and_says_that_it_is_estimated(loaded: Home) -> None:
    shown = loaded.run("get", "Malaysia", "China", "2025").out
    assert "China's account" in shown and "imf.imts.year (estimated)" in shown, shown
    traced = loaded.run("trace", "Malaysia", "China", "2025", "--flow", "export").out
    assert "line 3 (MYS, XG_FOB_USD, CHN, A, 2025), column OBS_VALUE" in traced and "printed   '45000000000.25'" in traced, traced


def test_what_nobody_reported_is_out_of_the_reported_figures(loaded: Home) -> None:
    assert loaded.rows("SELECT flow, partner FROM mart.reported WHERE reporter = 'MYS' AND period_start = '2025-01-01' ORDER BY 1, 2") == [
        ("export", "CHN"), ("export", "GAB"), ("export", "TWN"), ("export", "WLD")]
    assert loaded.run("refresh", "imf.imtsfob.year").code == 0
    best = "SELECT dataset, valuation, value FROM mart.{} WHERE reporter = 'MYS' AND flow = 'import'"
    assert loaded.rows(best.format("best")) == [("imf.imts.year", "CIF", 53_000_000_000)]
    assert loaded.rows(best.format("reported")) == [("imf.imtsfob.year", "FOB", 50_000_000_000)]
    assert len(loaded.rows(best.format("figures"))) == 2


def test_a_table_that_is_filled_in_stands_behind_the_reporters_own_and_can_be_late(loaded: Home) -> None:
    assert loaded.rows("SELECT DISTINCT account FROM ref.dataset WHERE chain = 'imf.imts'") == [("mixed",)]
    with clock.at(NOW + timedelta(days=500)):
        assert "overdue" in loaded.run("status").out
    assert "overdue" not in loaded.run("status").out


def test_partners_come_to_the_world_and_filled_in_figures_are_counted(loaded: Home) -> None:
    assert loaded.rows("SELECT check_name, level, observed FROM ops.check_result ORDER BY 1") == [
        ("partners", "info", "2"), ("reported", "info", "3 of 10")]


def test_a_night_reads_the_last_24_months_of_everything_in_seven_calls(home: Home, publishers: Publishers) -> None:
    said = home.run("refresh", "imf")
    assert said.code == 0, said.text
    assert len(publishers.asked(HOST)) == 7
    assert home.rows("SELECT dataset, period_kind, count(*) FROM stats.trade GROUP BY ALL ORDER BY 1") == [
        ("imf.imts.month", "M", 2), ("imf.imts.quarter", "Q", 1), ("imf.imts.year", "A", 10), ("imf.imtsfob.year", "A", 1)]
    paths = [each.path for each in publishers.asked(HOST)]
    assert all("+TWN" not in path.partition(".")[2] and "GASEAN" not in path for path in paths if "/IMTS/" in path)
    assert {path.rpartition("ge%3A")[2] for path in paths} == {"2024-11-01", "2024-10-01", "2024-01-01"}


def test_a_quiet_night_stores_nothing_and_a_silent_revision_is_seen(loaded: Home, office: Office, publishers: Publishers) -> None:
    before = loaded.files("archive/blobs")
    assert "no change" in loaded.run("refresh", "imf.imts.year").out
    assert loaded.files("archive/blobs") == before
    office.put("IMTS", "MYS.XG_FOB_USD.CHN.A", y2024="42500000000")
    office.put("IMTS", "MYS.XG_FOB_USD.G001.A", y2024="42500000000")
    del office.series["IMTS"]["MYS", "XG_FOB_USD", "GAB", "A"]
    with clock.at(NOW + timedelta(days=1)):
        said = loaded.run("refresh", "imf.imts.year")
    assert "2 revised" in said.out and "1 withdrawn" in said.out, said.text
    assert loaded.rows("SELECT partner, change_kind, old_value, new_value FROM stats.trade_revision ORDER BY 1") == [
        ("CHN", "revised", 42_000_000_000, 42_500_000_000), ("GAB", "withdrawn", 1_000_000, None),
        ("WLD", "revised", 42_000_000_000, 42_500_000_000)]


@pytest.mark.parametrize("form", ["xml", "json"])
def test_every_form_gives_the_same_figures(form: str, loaded: Home, office: Office) -> None:
    held = loaded.rows("SELECT reporter, partner, flow, period_end, value, status, flags FROM stats.trade ORDER BY ALL")
    office.forms = (form,)
    assert "no change" in loaded.run("refresh", "imf.imts.year").out
    assert loaded.rows("SELECT reporter, partner, flow, period_end, value, status, flags FROM stats.trade ORDER BY ALL") == held
    traced = loaded.run("trace", "Malaysia", "China", "2025", "--flow", "export").out
    assert "'45000000000.25'" in traced, traced


def test_an_answer_that_would_be_too_large_is_asked_for_in_halves(home: Home, office: Office, publishers: Publishers) -> None:
    office.most = 12  # Malaysia's; those of all are one more
    said = home.run("refresh", "imf.imts.year")
    assert said.code == 0, said.text
    assert len(publishers.asked(HOST)) > 2
    assert home.rows("SELECT count(*) FROM stats.trade") == [(10,)]


def test_a_dataflow_that_is_gone_and_a_refusal_are_errors_by_name(home: Home, office: Office) -> None:
    found = office.series.pop("IMTS")
    gone = home.run("refresh", "imf.imts.year")
    assert gone.code != 0 and "no dataflow of this name" in gone.text, gone.text
    office.series["IMTS"] = {}
    empty = home.run("refresh", "imf.imts.year")
    assert empty.code != 0 and "no figure" in empty.text, empty.text
    office.series["IMTS"] = found
    office.versions["IMTS"] = "2.0.0"
    assert home.run("refresh", "imf.imts.year").code == 0
    assert home.rows("SELECT level, observed, expected FROM ops.check_result WHERE check_name = 'version'") == [
        ("warn", "IMTS 2.0.0", "IMTS 1.0.0")]


def test_an_answer_in_millions_is_refused(home: Home, office: Office) -> None:
    for observations in office.series["IMTS"].values():
        for text, one in observations.items():
            observations[text] = Figure(one.value and str(Decimal(one.value) / 10**6), one.derivation)
    said = home.run("refresh", "imf.imts.year")
    assert said.code != 0 and "in another unit" in said.text, said.text
    assert home.rows("SELECT count(*) FROM stats.trade") == [(0,)] if home.place.current() else True


def test_the_past_costs_a_few_calls_and_goes_on_where_it_was(home: Home, publishers: Publishers) -> None:
    said = home.run("backfill", "imf", "--from", "1948", "--to", "2024", "--dry-run")
    assert said.code == 0 and ": 5 requests" in said.out, said.text
    assert not publishers.asked(HOST)
    assert home.run("refresh", "imf.imts.year", "--from", "1974", "--to", "1974").code == 0
    assert home.rows("SELECT value FROM stats.trade WHERE period_end = '1974-12-31'") == [(87_120_000,)]
    assert len(publishers.asked(HOST)) == 1
    assert home.run("refresh", "imf.imts.year", "--from", "1965", "--to", "1975").code == 0
    assert len(publishers.asked(HOST)) == 1  # the same block of years, which is in the archive
    assert home.run("refresh", "imf.imts.year", "--from", "1965", "--to", "1975", "--force").code == 0
    assert len(publishers.asked(HOST)) == 2
    assert home.run("refresh", "imf.imts.year", "--from", "1950", "--to", "1951").code == 0  # nothing there, and nothing wrong


def test_rates_convert_where_no_publisher_before_them_has_one(home: Home) -> None:
    assert home.run("refresh", "imf.imts.year", "--from", "1974", "--to", "2025").code == 0
    assert home.run("refresh", "imf.er.month", "--from", "1974", "--to", "2025").code == 0
    assert home.rows("SELECT quote, kind, count(*), CAST(min(rate) AS DOUBLE), CAST(max(rate) AS DOUBLE) FROM stats.fx_rate "
                     "GROUP BY ALL ORDER BY 1, 2") == [
        ("MYR", "month_avg", 24, 2.4, 4.5), ("MYR", "period_end", 1, 4.4, 4.4), ("VND", "month_avg", 12, 25000, 25000)]
    shown = home.run("get", "Malaysia", "China", "1974", "--in", "MYR").out
    assert "209.1" in shown and "the IMF's" in shown, shown


def test_the_banks_rate_comes_before_the_imfs(home: Home, publishers: Publishers, tmp_path: Path) -> None:
    assert home.run("refresh", "imf.imts.year", "imf.er.month", "--from", "2025", "--to", "2025").code == 0
    lines = "".join(f"EXR.M.{quote}.EUR.SP00.A,M,{quote},EUR,SP00,A,2025-{month:02},{rate}\n" for month in range(1, 13)
                    for quote, rate in (("USD", "1.0"), ("MYR", "4.6")))
    file = tmp_path / "rates.csv"
    file.write_text("KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\n" + lines)
    before = home.run("get", "Malaysia", "China", "2025", "--in", "MYR").out
    assert home.run("import", file).code == 0
    after = home.run("get", "Malaysia", "China", "2025", "--in", "MYR").out
    assert "202.50" in before and "207.00" in after and "the ECB's" in after, before + after
    assert "202.50" in home.run("get", "Malaysia", "China", "2025", "--in", "MYR", "--rates", "imf").out
