"""Both accounts of a pair, each side's own office: China's pages beside those of Japan, Korea, the United States and Taiwan. Synthetic."""

from __future__ import annotations

import pytest

from flows.home import clock
from tests.e2e.house import Home
from tests.e2e.pages import gacc_page
from tests.flows.month import kl
from tests.publishers import kcs, mofjp, moftw, uscensus

MONTH = "2026-03"
TOTAL = (9000, 18000, 27000)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with March 2026 as each office counts it, and Korea's first ten days of April."""
    root = tmp_path_factory.mktemp("neighbours")
    files = {
        "gacc.html": gacc_page(3), "japan.xml": mofjp.release("202603", "4", published="April 21, 2026"),
        "flash_exports.json": kcs.flash({"202603": (TOTAL, kcs.EXPORTS), "202604": ((9000, 0, 0), {"중국": (700, 0, 0)})}),
        "flash_imports.json": kcs.flash({"202603": (TOTAL, kcs.IMPORTS)}),
        "us_exports.json": uscensus.answer(uscensus.rows("exports", MONTH, {"": {"5700": 9_000_000_000, "5570": 2_000_000_000}})),
        "us_imports.json": uscensus.answer(uscensus.rows("imports", MONTH, {
            "": {"5700": 30_000_000_000, "5570": 5_000_000_000, "5800": 8_000_000_000}})),
        "taiwan_ex.csv": moftw.file("export", [*moftw.MONTHS, (2026, 3)]),
    }
    home = Home(root / "home")
    with clock.at(kl("12-01 10:00")):
        for name, body in files.items():
            (root / name).write_bytes(body)
            said = home.run("import", root / name)
            assert said.code == 0, said.text
    return home


@pytest.mark.parametrize(("partner", "dataset", "words"), [
    ("Japan", "mofjp.month", "not compared: no rate of the period is held"), ("South Korea", "kcs.flash", "CIF"),
    ("Taiwan", "moftw.country", "Taiwan's over China's"), ("United States", "uscensus.hs", "alongside ship (FAS) leave out the loading")])
def test_both_sides_stand_with_what_lies_between_them(both: Home, partner: str, dataset: str, words: str) -> None:
    said = both.run("mirror", "China", partner, MONTH).out
    assert "gacc.prelim.country" in said and dataset in said and words in said, said


@pytest.mark.parametrize(("partner", "said", "not_said"), [
    ("Japan", ["counts goods by the country of origin, the exporter by the destination", "China's (gacc.prelim.country)", ": preliminary."],
     ["special trade", "is not known"]),
    ("South Korea", ["South Korea's (kcs.flash): whether goods in free zones and customs warehouses count"],
     ["China's (gacc.prelim.country): whether"]),
    ("United States", ["Exports valued alongside ship (FAS)"], ["in the value is not known"])])
def test_what_the_tables_say_of_themselves_is_said_and_what_they_do_not(
        both: Home, partner: str, said: list[str], not_said: list[str]) -> None:
    shown = " ".join(both.run("mirror", "China", partner, MONTH).out.split())
    assert [words for words in said if words not in shown] == [], shown
    assert [words for words in not_said if words in shown] == [], shown


def test_two_figures_in_one_currency_need_no_rate_to_another(both: Home) -> None:
    said = both.run("mirror", "South Korea", "United States", MONTH, "--in", "VND").out
    assert "both printed in USD; no rate to VND of the period is held" in said and "not compared: no rate" not in said, said


def test_a_file_that_a_person_brought_is_no_answer_of_an_address(both: Home) -> None:
    said = both.run("status").out
    assert "its address was not asked yet: entrepot refresh" in " ".join(said.split()), said
    assert "the address answers" not in said and "answered here" not in both.run("sources").out


def test_ten_days_are_no_side_of_a_month(both: Home) -> None:
    assert both.rows("SELECT DISTINCT period_kind, exporter_dataset FROM mart.mirror_gap WHERE exporter = 'KOR' AND importer = 'CHN' "
                     "AND period_start >= '2026-04-01'") == [("SPAN", "kcs.days10")]
