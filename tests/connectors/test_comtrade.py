"""UN Comtrade on the whole road, against a simulated API: accounts, releases, keys, the day's calls, cut answers. All synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.statistics.comtrade import questions
from flows.home import clock
from tests import sums
from tests.e2e.house import Home
from tests.publishers import Fault, Publishers
from tests.publishers.comtrade import API, HOST, KEY, Office, record
from warehouse.lake.opening import connect

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)
CHINA, MALAYSIA, TAIWAN = 156, 458, 490
WITH_KEY = {"ENTREPOT_API_KEYS": f'{{"comtrade": "{KEY}"}}'}
PARTS: list[dict[str, Any]] = [{"motCode": 2100}, {"customsCode": "C08", "motCode": 3100}, {"partner2Code": 458}]


def an_office() -> Office:
    """Both sides of a flow, with parts beside the totals."""
    made = Office()
    made.put(record(CHINA, MALAYSIA, "M", "2025", "TOTAL", 1100.75), record(CHINA, 0, "M", "2025", "TOTAL", 9000.0),
             record(CHINA, TAIWAN, "M", "2025", "TOTAL", 7899.25),
             *(record(CHINA, MALAYSIA, "M", "2025", "TOTAL", 1100.75, **part) for part in PARTS))
    made.put(record(MALAYSIA, CHINA, "X", "2025", "TOTAL", 1000.5), record(MALAYSIA, CHINA, "RX", "2025", "TOTAL", 200.5),
             record(MALAYSIA, CHINA, "X", "2025", "08", 600.0), record(MALAYSIA, CHINA, "X", "2025", "27", 400.5),
             record(MALAYSIA, CHINA, "X", "2025", "080460", 600.0, qtyUnitCode=8, qty=50.0, netWgt=50.0, isNetWgtEstimated=True),
             at="2026-02-09T14:19:44.5766667", checksum=7)
    return made


@pytest.fixture
def office() -> Office:
    return an_office()


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers, WITH_KEY)


@pytest.fixture(scope="module")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that has loaded the years of the office: to be copied."""
    with Publishers() as publishers, clock.at(NOW):
        an_office().open(publishers)
        home = Home(tmp_path_factory.mktemp("loaded") / "home", publishers, WITH_KEY)
        said = home.run("refresh", "comtrade.hs")
    assert (said.code, "8 new" in said.out) == (0, True), said.text
    sent = [each for each in publishers.asked(HOST)]
    assert len(sent) == 1 + 2 * 3  # a list; all goods, products of imports and of exports of two reporters
    assert {each.headers["ocp-apim-subscription-key"] for each in sent} == {KEY}
    assert not [each.path for each in sent if KEY in each.path]
    return home


@pytest.fixture
def loaded(loaded_once: Home, tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    """A home of its own that knows what the office has released so far."""
    with clock.at(NOW):
        yield loaded_once.copied(tmp_path / "home", publishers)


def asked(publishers: Publishers, path: str = "/data/v1/get/C/A") -> list[str]:
    return [each.path for each in publishers.asked(HOST) if each.path.startswith(path)]


def test_both_accounts_come_in_and_lead_back_to_their_cells(loaded: Home) -> None:
    assert loaded.rows("SELECT flow, valuation, value, status, released_basis FROM stats.trade "
                       "WHERE reporter = 'MYS' AND product = 'TOTAL' ORDER BY 1") == [
                           ("export", "FOB", 1000.5, "A", "release_list"), ("re-export", "FOB", 200.5, "A", "release_list")]
    assert loaded.rows("SELECT partner, valuation, value FROM stats.trade WHERE reporter = 'CHN' ORDER BY 1") == [
        ("MYS", "CIF", 1100.75), ("TWN", "CIF", 7899.25), ("WLD", "CIF", 9000)]
    ((released,),) = loaded.rows("SELECT DISTINCT released_at FROM stats.trade WHERE reporter = 'MYS'")
    assert f"{released.astimezone(UTC):%Y-%m-%d %H:%M}" == "2026-02-09 14:19"
    shown = loaded.run("get", "China", "Malaysia", "2025").out
    assert "China's account" in shown and "Malaysia's account" in shown and shown.count("comtrade.hs") == 3, shown
    traced = loaded.run("trace", "Malaysia", "China", "2025", "--flow", "export").out
    assert "record 1 (458, X, 156, TOTAL, 2025), field primaryValue" in traced and "printed   '1000.5'" in traced, traced


def test_products_have_their_edition_and_level_and_what_is_missing_is_null(loaded: Home) -> None:
    assert loaded.rows("SELECT classification, product, product_level, quantity, quantity_unit, net_weight_kg, flags FROM stats.trade "
                       "WHERE reporter = 'MYS' AND flow = 'export' ORDER BY product") == [
        ("HS2022", "08", 2, None, None, None, ""), ("HS2022", "080460", 6, 50, "kg", 50, "isNetWgtEstimated=true"),
        ("HS2022", "27", 2, None, None, None, ""), ("-", "TOTAL", 0, None, None, None, "")]
    assert "export 080460" in loaded.run("get", "Malaysia", "China", "2025", "--products", "HS2022").out


def test_details_and_remainder_are_the_total(loaded: Home) -> None:
    assert sums.against_totals(connect(loaded.place)) == {
        ("comtrade.hs", "partners"): sums.Held(1, 1, 0), ("comtrade.hs", "products"): sums.Held(2, 1, 0)}  # of subheadings one alone


def test_the_key_is_written_nowhere(loaded: Home) -> None:
    assert not [path for path in loaded.root.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


def test_only_what_was_released_since_is_asked_again(loaded: Home, publishers: Publishers, office: Office) -> None:
    assert loaded.run("refresh", "comtrade.hs").code == 0
    assert asked(publishers) == []
    office.put(record(MALAYSIA, CHINA, "X", "2025", "TOTAL", 1010.5), at="2026-11-01T10:00:00", checksum=8)
    said = loaded.run("refresh", "comtrade.hs")
    assert "1 revised" in said.out, said.text
    assert [path.partition("?")[2].partition("&")[0] for path in asked(publishers)] == ["reporterCode=458"] * 3
    office.released[MALAYSIA, "2025"] = ("2026-11-01T10:00:00", 9)
    loaded.run("refresh", "comtrade.hs")
    assert len(asked(publishers)) == 6  # the checksum alone is another state too
    kinds = loaded.rows("SELECT change_kind, old_value, new_value, strftime(released_at, '%Y-%m-%d') FROM stats.trade_revision")
    assert kinds == [("revised", 1000.5, 1010.5, "2026-11-01")]


def test_what_is_gone_from_a_release_is_withdrawn(loaded: Home, office: Office) -> None:
    office.records = [each for each in office.records if each["cmdCode"] != "080460"]
    office.released[MALAYSIA, "2025"] = ("2026-11-02T10:00:00", 10)
    loaded.run("refresh", "comtrade.hs")
    assert loaded.rows("SELECT product, change_kind FROM stats.trade_revision") == [("080460", "withdrawn")]


def test_an_answer_that_is_cut_at_its_cap_is_asked_for_in_parts_until_none_is(home: Home, publishers: Publishers, office: Office,
                                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    products = [f"{chapter:02}{heading:04}" for chapter in (1, 8, 27) for heading in (1000, 1100)]
    office.put(*(record(CHINA, partner, flow, "2024", product, 10.0) for partner in (MALAYSIA, 344) for flow in ("M", "X")
                 for product in products), at="2026-03-01T00:00:00")
    office.cap = 4
    monkeypatch.setitem(questions.CAP, questions.YEAR, 4)
    said = home.run("refresh", "comtrade.hs", "--from", "2024", "--to", "2024")
    assert said.code == 0, said.text
    assert home.rows("SELECT count(*), count(DISTINCT product), sum(value) FROM stats.trade WHERE period_start = '2024-01-01'") == [
        (24, 6, 240)]
    assert any("%3F%3F%3F%3F" in path for path in asked(publishers))  # one partner and flow were not few enough


def test_the_smallest_question_that_is_still_cut_off_is_an_error_by_name(home: Home, publishers: Publishers, office: Office,
                                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    office.cap = 1
    monkeypatch.setitem(questions.CAP, questions.YEAR, 1)
    said = home.run("refresh", "comtrade.hs")
    assert (said.code, "Incomplete" in said.out, "no smaller question can be asked" in said.out) == (1, True, True), said.text


def test_months_of_a_year_are_one_call_and_twelve_at_most(home: Home, publishers: Publishers, office: Office) -> None:
    for month in range(1, 13):
        office.put(record(MALAYSIA, CHINA, "X", f"2025{month:02}", "TOTAL", 100.0 + month), at=f"2026-0{1 + month // 3}-01T00:00:00")
    said = home.run("refresh", "comtrade.monthly")
    assert (said.code, "12 new" in said.out) == (0, True), said.text
    assert [call.count("%2C2025") for call in asked(publishers, "/data/v1/get/C/M")] == [11, 11]
    assert home.rows("SELECT DISTINCT released_basis FROM stats.trade") == [("first_seen",)]  # of twelve releases in one answer


def test_without_a_key_nothing_is_asked_and_nothing_fails(tmp_path: Path, publishers: Publishers) -> None:
    with clock.at(NOW):
        bare = Home(tmp_path / "bare", publishers)
        said = bare.run("status")
        assert said.code == 0
        words = " ".join(said.out.split())
        assert words.count("the key 'comtrade' is not set") == 1, said.out
        assert "comtrade.hs, comtrade.monthly: asked for nothing, since" in words, said.out
        assert publishers.asked(HOST) == []
        preview = bare.run("refresh", "comtrade")
        assert (preview.code, "new" in preview.out) == (0, True), preview.text
        assert bare.rows("SELECT dataset, reporter, partner, flow, value FROM stats.trade ORDER BY ALL") == [
            ("comtrade.preview", "CHN", "MYS", "import", 1100.75), ("comtrade.preview", "CHN", "TWN", "import", 7899.25),
            ("comtrade.preview", "CHN", "WLD", "import", 9000), ("comtrade.preview", "MYS", "CHN", "export", 1000.5)]
        first = len(publishers.asked(HOST))
        bare.run("refresh", "comtrade")
        assert len(publishers.asked(HOST)) == first + 1  # the list alone


def test_the_same_figures_with_and_without_a_key_are_editions_of_one_chain(loaded: Home) -> None:
    assert "new" in loaded.run("refresh", "comtrade.preview").out
    rows = loaded.rows("SELECT dataset, value FROM mart.best WHERE reporter = 'CHN' AND partner = 'MYS' AND product = 'TOTAL'")
    assert rows == [("comtrade.hs", 1100.75)]


def test_a_key_that_is_not_taken_is_tried_once_and_told(tmp_path: Path, publishers: Publishers) -> None:
    with clock.at(NOW):
        wrong = Home(tmp_path / "wrong", publishers, {"ENTREPOT_API_KEYS": '{"comtrade": "another-synthetic-key"}'})
        said = wrong.run("refresh", "comtrade")
    assert (said.code != 0, "KeyRefused" in said.out) == (True, True), said.text
    assert "another-synthetic-key" not in said.text
    assert len(asked(publishers, "/data/v1/")) == 1


def test_a_used_quota_ends_the_day_and_the_next_goes_on(home: Home, publishers: Publishers, office: Office) -> None:
    office.allowed = 3
    said = home.run("refresh", "comtrade.hs")
    assert (said.code, "calls of today are used; 4 asks wait" in " ".join(said.out.split())) == (0, True), said.text
    first = len(publishers.asked(HOST))
    home.run("refresh", "comtrade.hs")
    assert len(publishers.asked(HOST)) == first
    office.calls, office.allowed = 0, 500
    with clock.at(datetime(2026, 11, 4, 2, tzinfo=UTC)):
        assert home.run("refresh", "comtrade.hs").code == 0
    paths = asked(publishers)
    assert len(set(paths)) == 6 and len(paths) == 7  # the one that met the quota was put again


@pytest.mark.parametrize(("fault", "error", "words", "times"), [
    (Fault.status(500, b'{"error":"Something went wrong. Please try again.","details":null}'), "Forbidden", "each time", 1),
    (Fault.status(400, b'{"error":"Maximum number of periods is 12","details":null}'), "Forbidden", "Maximum number of periods is 12", 1),
    (Fault.status(429, b'{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 1 seconds." }'), "RateLimited", "429", 1),
    (Fault.status(502, b"bad gateway"), "Unavailable", "502", 4)])
def test_refusals_have_each_their_meaning(home: Home, publishers: Publishers, fault: Fault, error: str, words: str, times: int) -> None:
    publishers.fault(f"{API}/data/v1/get/C/A/HS", fault)
    said = home.run("refresh", "comtrade.hs")
    assert (said.code != 0, error in said.out, words in said.out) == (True, True, True), said.text
    assert {asked(publishers).count(path) for path in asked(publishers)} == {times}


def test_a_rate_limit_with_a_pause_is_waited_for(home: Home, publishers: Publishers) -> None:
    publishers.fault(f"{API}/data/v1/get/C/A/HS", Fault.status(429, b'{ "statusCode": 429 }', Retry_After="0"), times=1)
    said = home.run("refresh", "comtrade.hs")
    assert (said.code, "8 new" in said.out) == (0, True), said.text


def test_an_answer_without_records_is_no_zero_and_no_error(home: Home, publishers: Publishers, office: Office) -> None:
    office.records = []
    said = home.run("refresh", "comtrade.hs")
    assert (said.code, "ERROR" in said.out) == (0, False), said.text
    assert home.run("refresh", "comtrade.hs").code == 0
    assert len(asked(publishers)) == 6
    home.run("backfill", "comtrade", "--from", "2025", "--to", "2025")
    assert "All 1 periods were done before" in home.run("backfill", "comtrade", "--from", "2025", "--to", "2025").out
    assert len(asked(publishers)) == 6


def test_ten_years_cost_what_is_printed_before_anybody_is_asked(home: Home, publishers: Publishers) -> None:
    said = home.run("backfill", "comtrade", "--from", "2015", "--to", "2024", "--dry-run", "--json").json
    assert (len(said["asks"]), said["days"], publishers.asked(HOST)) == (10 + 10 * 15 * 3, 1, [])
    words = home.run("backfill", "comtrade", "--from", "2015", "--to", "2024", "--dry-run").out
    assert "460 requests" in words and "500 calls a day: 1 day at least" in " ".join(words.split())


def test_a_backfill_asks_for_what_no_night_asked(loaded: Home, publishers: Publishers, office: Office) -> None:
    office.put(record(CHINA, MALAYSIA, "M", "2024", "TOTAL", 1050.0), at="2025-06-01T00:00:00")
    said = loaded.run("backfill", "comtrade", "--from", "2024", "--to", "2025")
    assert (said.code, "1 new" in said.out) == (0, True), said.text
    assert ["period=2024" in path for path in asked(publishers)] == [True] * 3
    loaded.run("backfill", "comtrade", "--from", "2024", "--to", "2025")
    loaded.run("refresh", "comtrade.hs")
    assert len(asked(publishers)) == 3


def test_a_rank_is_taken_among_all_partners(home: Home, office: Office) -> None:
    others = {76: 60.0, 643: 120.0, 682: 90.0, 458: 50.0, 842: 200.0}  # the products of the first three are not asked for
    office.put(*(record(CHINA, code, "M", "2024", "TOTAL", value) for code, value in others.items()),
               record(CHINA, 0, "M", "2024", "TOTAL", 520.0))
    home.run("refresh", "comtrade.hs", "--from", "2024", "--to", "2024")
    shown = home.run("rank", "China", "2024", "--flow", "import").out
    assert [line.split()[1] for line in shown.splitlines() if line.strip()[:1].isdigit()] == [
        "United", "Russia", "Saudi", "Brazil", "Malaysia"], shown
    assert "Every place is decided" in shown
