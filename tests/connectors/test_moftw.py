"""Taiwan's trade by country, against a simulated ministry. All figures are synthetic: no file of it was at hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.statistics.moftw import CONNECTOR
from flows.home import clock
from flows.home.tracing import agrees
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Fault, Publishers
from tests.publishers.moftw import COUNTRIES, MONTHS, Office, file
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch

DATASET = "moftw.country"
NOW = datetime(2026, 3, 12, 2, tzinfo=UTC)


def read(body: bytes) -> Batch:
    assert CONNECTOR.recognise(body, "file") == DATASET
    (batch,) = CONNECTOR.read(document(DATASET, body, "import:file"))
    return batch


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


def test_months_years_and_the_year_to_date_each_have_their_period(home: Home, publishers: Publishers, office: Office) -> None:
    said = home.run("refresh", "moftw")
    assert said.code == 0, said.text
    place = COUNTRIES.index("馬來西亞") + 1
    assert home.rows("SELECT flow, valuation, period_kind, period_end, value FROM stats.trade WHERE partner = 'MYS' AND period_end >= "
                     "'2025-12-31' AND flow = 'export' ORDER BY period_end, period_kind") == [
        ("export", "FOB", "A", date(2025, 12, 31), place * 12_000_000), ("export", "FOB", "M", date(2025, 12, 31), place * 1_000_000),
        ("export", "FOB", "M", date(2026, 1, 31), place * 1_000_000), ("export", "FOB", "M", date(2026, 2, 28), place * 1_000_000),
        ("export", "FOB", "YTD", date(2026, 2, 28), place * 2_000_000)]
    office.exports = file("export", MONTHS, more=5)
    office.open(publishers)
    home.run("refresh", "moftw")
    assert home.rows("SELECT DISTINCT partner, change_kind FROM stats.trade_revision ORDER BY 1") == [
        ("CHN", "revised"), ("WLD", "revised")]
    office.exports = file("export", [*MONTHS, (2026, 3)], more=5)
    office.open(publishers)
    home.run("refresh", "moftw")
    assert home.rows("SELECT count(*) FROM stats.trade_revision WHERE change_kind = 'withdrawn'") == [(0,)], "the year to date went further"
    publishers.fault("service.mof.gov.tw", Fault.html())
    assert "ERROR Incomplete" in home.run("refresh", "moftw").out


@pytest.mark.parametrize(("flow", "unit"), [("export", ""), ("import", "(千元)"), ("import", "（千元）")])
def test_every_figure_leads_back_to_its_cell_in_big5_and_in_a_copy_of_it(flow: str, unit: str) -> None:
    body = file(flow, [(2026, 1), (2026, 2)], countries=COUNTRIES[:12], unit=unit)
    for given in (body, body.decode("cp950").encode("utf-8-sig")):
        batch = read(given)
        kept = stored(batch, tables.TRADE)
        assert (kept.height, batch.rejected, batch.scope) == (3 * 13, (), {"flow": (flow,)})
        assert all(agrees(CONNECTOR.read_cell(document(DATASET, given), row["locator"]), row) for row in kept.iter_rows(named=True))


WHOLE = file("export", [(2026, 1), (2026, 2)], countries=COUNTRIES[:5])


def changed(before: str, after: str) -> bytes:
    return WHOLE.decode("cp950").replace(before, after).encode("cp950")


@pytest.mark.parametrize(("body", "error", "said"), [
    (changed("US$ Thousand", "US$ Million"), NotReadable, "in a unit that nobody has seen"),
    (changed("總計", "合計"), SchemaDrift, "no trade by country"),
    (changed("2026年2月,15000,15000,1000,2000,3000", "2026年2月,15000,15000,1900,2900,3900"), SchemaDrift, "do not add up"),
    (WHOLE[:-20], PublisherError, "breaks off|cells"),
    (WHOLE.splitlines(keepends=True)[0], Incomplete, "no figure"),
    (WHOLE.replace(b"\r\n", b"\r\n\xff\xff", 1), SchemaDrift, "neither Big5 nor UTF-8"),
])
def test_what_does_not_fit_is_refused_by_name(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        read(body)


def test_what_is_not_known_is_set_aside_and_no_value_is_no_figure() -> None:
    batch = read(changed(COUNTRIES[0], "亞特蘭提斯").replace(
        "2026年2月,15000,15000,1000,2000,".encode("cp950"), "2026年2月,15000,15000,1000,－,".encode("cp950")))
    assert [(each.rule, each.locator) for each in batch.rejected] == [("area", "column 4")]
    assert batch.not_asked == {"no value": 1, "part of the world of its own": 3}
    other = read(changed("2026年2月", "115年2月"))
    assert [each.rule for each in other.rejected] == ["period"]


def test_a_last_figure_without_an_end_of_its_line_is_set_aside_and_nothing_is_taken_as_withdrawn() -> None:
    whole = read(file("export", [(2026, 1), (2026, 2)], countries=COUNTRIES[:12]))
    cut = read(file("export", [(2026, 1), (2026, 2)], countries=COUNTRIES[:12]).rstrip(b"\r\n")[:-1])
    assert sum(frame.height for frame in cut.frames) == sum(frame.height for frame in whole.frames) - 1
    assert [row.rule for row in cut.rejected] == ["cut"]
    assert (whole.scope, cut.scope) == ({"flow": ("export",)}, None)
