"""Korea's customs: a recorded answer and a recorded error at hand, and a simulated office with synthetic figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from connectors.contract import NothingKnown, Wanted
from connectors.statistics.kcs import CONNECTOR
from connectors.statistics.kcs.connector import PORTAL, SERVICE
from flows.home import clock
from flows.home.house import House
from flows.home.settings import Settings
from flows.home.tracing import agrees
from flows.schedule.asked import last_asked
from tests.connectors.as_stored import stored
from tests.documents import document
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.kcs import ERROR, EXPORTS, KEY, Office, flash, item, service
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, KeyRefused, NotReadable, PublisherError, QuotaUsed, SchemaDrift, Unavailable
from warehouse.schema.travel import Batch, Window

DAYS10, DAYS20, FLASH, COUNTRY, ITEM = "kcs.days10", "kcs.days20", "kcs.flash", "kcs.country", "kcs.hs"
SET = {"ENTREPOT_API_KEYS": f'{{"kcs": "{KEY}"}}'}


def read(body: bytes, url: str = "import:flash_exports_202609.json") -> list[Batch]:
    dataset = CONNECTOR.recognise(body, "file")
    assert dataset
    return CONNECTOR.read(document(dataset, body, url))


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers, office: Office) -> Iterator[Home]:
    with clock.at(office.now):
        yield Home(tmp_path / "home", publishers)


# ── the whole road ──


def test_two_questions_answer_for_all_windows_and_the_rest_waits_for_a_key(home: Home, publishers: Publishers, office: Office) -> None:
    said = home.run("refresh", "kcs.days10", "kcs.days20", "kcs.flash")
    assert said.code == 0, said.text
    assert len(publishers.asked(PORTAL)) == 2
    assert home.rows("SELECT dataset, flow, period_end, period_kind, value, status FROM stats.trade WHERE partner = 'MYS' "
                     "ORDER BY ALL") == [
        (DAYS10, "export", date(2026, 8, 10), "SPAN", 70_000, "P"), (DAYS10, "export", date(2026, 9, 10), "SPAN", 70_000, "P"),
        (DAYS10, "import", date(2026, 8, 10), "SPAN", 50_000, "P"), (DAYS20, "export", date(2026, 8, 20), "SPAN", 150_000, "P"),
        (DAYS20, "import", date(2026, 8, 20), "SPAN", 100_000, "P"), (FLASH, "export", date(2026, 8, 31), "M", 310_000, "P"),
        (FLASH, "import", date(2026, 8, 31), "M", 170_000, "P")]
    without = home.run("status").out
    assert "kcs" in without and "the key 'kcs' is not set" in without, without
    assert not publishers.asked("apis.data.go.kr")
    said = home.run("refresh", "kcs.country", **SET)
    assert (said.code, KEY in said.text) == (0, False), said.text
    # The month as finally counted goes before the flash of the same month.
    assert home.rows("SELECT dataset, flow, value FROM mart.best WHERE partner = 'MYS' AND period_end = '2026-08-31' ORDER BY 2") == [
        (COUNTRY, "export", 4000), (COUNTRY, "import", 2700)]
    office.exports["202608"] = ((21001, 55000, 98000), {name: each for name, each in EXPORTS.items() if name != "말레이시아"})
    office.open(publishers)
    home.run("refresh", "kcs.flash", "kcs.days10")
    # Whoever is no longer among the ten largest is not withdrawn, and what moved is a revision.
    assert home.rows("SELECT dataset, partner, change_kind, new_value FROM stats.trade_revision") == [
        (DAYS10, "WLD", "revised", 21_001_000)]


def test_an_error_that_comes_as_200_is_named_and_nothing_is_stored(home: Home, publishers: Publishers, office: Office) -> None:
    office.failing = True
    office.open(publishers)
    said = home.run("refresh", "kcs.flash")
    assert (said.code, "ERROR" in said.out) == (1, True), said.text
    refused = home.run("refresh", "kcs.country", ENTREPOT_API_KEYS='{"kcs": "another"}')
    assert (refused.code, "KeyRefused" in refused.out) == (4, True), refused.text


def test_a_question_counts_as_asked_for_all_that_come_of_it(home: Home) -> None:
    home.run("refresh", "kcs.days10")
    with home.environment():
        asked = last_asked(House(Settings()))
    assert asked[DAYS10].told == asked[DAYS20].told == asked[FLASH].told


# ── what is asked ──


def test_a_window_is_one_flash_question_a_flow_and_a_keyed_one_a_year() -> None:
    wanted = Wanted([DAYS20, COUNTRY], Window(date(2024, 3, 1), date(2025, 2, 28)), NothingKnown(Office().now))
    asked = list(CONNECTOR.plan(wanted))
    assert [ask.dataset for ask in asked] == [DAYS20, DAYS20, COUNTRY, COUNTRY]
    assert asked[0].request.post is not None and b"imexTpcd=E&priodKind=MON&priodFr=202403&priodTo=202502" in asked[0].request.post.body
    assert [ask.request.url.partition("?")[2] for ask in asked[2:]] == ["strtYymm=202501&endYymm=202502", "strtYymm=202403&endYymm=202412"]


def test_an_answer_by_country_is_complete_for_the_months_asked_for() -> None:
    body = Office()._keyed(COUNTRY, {"strtYymm": "202607", "endYymm": "202608", "serviceKey": KEY})
    (batch,) = CONNECTOR.read(document(COUNTRY, body, f"{SERVICE}/nationtrade/getNationtradeList?strtYymm=202607&endYymm=202608"))
    assert batch.scope == {"period_end": (date(2026, 7, 31), date(2026, 8, 31))}


# ── how it is read ──


def test_the_recorded_answer_cell_by_cell(samples: Path) -> None:
    file = samples / "korea/tradedata_flash_country_exports_202609.json"
    batches = read(file.read_bytes(), f"import:{file.name}")
    assert [batch.dataset for batch in batches] == [DAYS10, DAYS20, FLASH]
    found = {}
    for batch in batches:
        kept = stored(batch, tables.TRADE)
        assert (kept.height, batch.rejected, set(kept["flow"])) == (11, (), {"export"})
        for row in kept.iter_rows(named=True):
            assert agrees(CONNECTOR.read_cell(document(batch.dataset, file.read_bytes()), row["locator"]), row), row["locator"]
            found[row["partner"], row["period_end"].day] = row["value"]
    assert (found["MYS", 10], found["MYS", 20], found["MYS", 30]) == (704_366_000, 1_534_344_000, 3_173_657_000)
    assert (found["WLD", 30], found["CHN", 30], found["EU27_2020", 20]) == (120_943_825_000, 26_013_702_000, 5_318_802_000)


def test_the_recorded_error_is_refused_by_name(samples: Path) -> None:
    with pytest.raises(NotReadable, match="an error of Korea's customs"):
        CONNECTOR.recognise((samples / "korea/tradedata_error_200.json").read_bytes(), "error.json")


def test_windows_to_come_are_no_figures() -> None:
    (ten,) = read(flash({"202609": ((35000, 0, 0), {"중국": (700, 0, 0)})}))
    assert (ten.dataset, stored(ten, tables.TRADE).height, ten.not_asked) == (DAYS10, 2, {"not yet": 4})
    with pytest.raises(Incomplete, match="none of its windows"):
        read(flash({"202610": ((0, 0, 0), {"중국": (0, 0, 0)})}))


def test_what_is_not_known_or_falls_is_set_aside() -> None:
    batches = read(flash({"202608": ((21000, 55000, 98000), {"중국": (700, 600, 2600), "아틀란티스": (1, 2, 3)})}))
    assert [[(each.rule, each.locator) for each in batch.rejected] for batch in batches] == [
        [("area", "record 3 (202608, 아틀란티스), field itemUsdAmt1")],
        [("value", "record 2 (202608, 중국), field itemUsdAmt2"), ("area", "record 3 (202608, 아틀란티스), field itemUsdAmt2")],
        [("area", "record 3 (202608, 아틀란티스), field itemUsdAmt3")]]


WHOLE = flash({"202608": ((21000, 55000, 98000), EXPORTS)})


@pytest.mark.parametrize(("body", "error", "said"), [
    (ERROR, NotReadable, "comes as an answer"),
    (WHOLE[:-40], Incomplete, "breaks off"),
    (flash({"202608": ((1, 2, 3), {"반도체": (1, 2, 3)})}), NotReadable, "by item, which is not read"),
    (WHOLE.replace("2026년 08월".encode(), "2026년 07월".encode()), SchemaDrift, "no month"),
    (WHOLE.replace(b'"uprId":"202608"', b'"uprId":"202607"'), SchemaDrift, "of which there is no total"),
    (flash({"202608": ((55000, 21000, 98000), EXPORTS)}), SchemaDrift, "do not grow from ten days to twenty"),
    (flash({"202608": ((0, 21000, 98000), EXPORTS)}), SchemaDrift, "do not grow from ten days to twenty"),
    (flash({"202608": ((21000, "1.5", 98000), {"중국": (700, "x", 2600)})}), SchemaDrift, "not one figure of a window"),
    (b'{"items":[{"imexTpcd":"","itemUsdAmt1":"","lwprId":"","priodMon":"2026.08","itemUsdAmt00":"9"}]}', NotReadable, "nobody has seen"),
    (service(item("2026.01", "QQ", "x", 1, 1, hs="330510")), SchemaDrift, "no area is known by 'QQ'"),
    (service(item("2026.01", "CN", "중국", 1, 1, hs="3305101")), SchemaDrift, "no code of the HS"),
    (service(item("총계", "-", "-", 1, 1, hs="-")), Incomplete, "no figure"),
    (service(item("2026.01", "CN", "중국", 1, 1, hs="33"), total=7), Incomplete, "1 of 7 items"),
    (service(code="99", said="조회기간은 1년이내 기간만 가능합니다."), NotReadable, "without figures"),
    (service(item("2026.01", "CN", "중국", 1, 1, hs="33"))[:-30], Incomplete, "breaks off"),
    (service(item("2026.01", "CN", "중국", 1, 1, hs="33")).replace(b"hsCd", b"hsCode").replace(b"<statCd>CN</statCd>", b""),
     NotReadable, "item alone"),
])
def test_what_does_not_fit_is_refused_by_name(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        read(body)


def test_an_answer_that_does_not_say_its_flow_is_refused() -> None:
    with pytest.raises(NotReadable, match="exports or of imports"):
        read(WHOLE, "import:answer.json")
    for name, flow in (("flash_country_I_202608.json", "import"), ("flash-exports.json", "export"), ("E.json", "export")):
        assert {batch.constants["flow"] for batch in read(WHOLE, f"import:{name}")} == {flow}


def test_a_key_that_is_refused_is_said() -> None:
    wanted = Wanted([COUNTRY], Window(), NothingKnown(Office().now))
    (ask,) = CONNECTOR.plan(wanted)
    with pytest.raises(KeyRefused):
        list(CONNECTOR.follow(ask, document(COUNTRY, service(code="99", said="SERVICE KEY IS NOT REGISTERED ERROR.")), wanted))
    gateway = ("<OpenAPI_ServiceResponse><cmmMsgHeader><errMsg>SERVICE ERROR</errMsg><returnAuthMsg>{}</returnAuthMsg>"
               "</cmmMsgHeader></OpenAPI_ServiceResponse>")
    for word, error in (("SERVICE_KEY_IS_NOT_REGISTERED_ERROR", KeyRefused), ("UNKNOWN_ERROR", Unavailable),
                        ("LIMITED_NUMBER_OF_SERVICE_REQUESTS_EXCEEDS_ERROR", QuotaUsed)):
        with pytest.raises(error, match=word):
            list(CONNECTOR.follow(ask, document(COUNTRY, gateway.format(word).encode()), wanted))
        with pytest.raises(NotReadable, match=r"an error of data\.go\.kr"):
            CONNECTOR.recognise(gateway.format(word).encode(), "file")
    with pytest.raises(SchemaDrift, match="99"):
        list(CONNECTOR.follow(ask, document(COUNTRY, service(code="99", said="조회기간은 1년이내")), wanted))


def test_items_have_their_edition_and_weight() -> None:
    (batch,) = read(service(item("2026.01", "AE", "아랍에미리트 연합", 39378, 0, hs="330510"),
                            item("2021.01", "CN", "중국", 10, 20, hs="3305100000")))
    kept = stored(batch, tables.TRADE)
    assert kept.filter(flow="export").select("partner", "classification", "product", "product_level", "value", "net_weight_kg").rows() == [
        ("CHN", "HSK2021", "3305100000", 10, 10, 1), ("ARE", "HS2022", "330510", 6, 39378, 3937)]
    assert batch.scope is None


