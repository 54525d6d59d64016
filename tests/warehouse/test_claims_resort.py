"""A verdict against is the last resort: what keeps a figure from being accused, one rule a test, without a lake."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.e2e.claims_by_hand import claim
from warehouse.claims.model import Claim
from warehouse.claims.weigh.candidates import period_of
from warehouse.claims.weigh.elsewhere import Found
from warehouse.claims.weigh.facts import Fact
from warehouse.claims.weigh.intervals import around
from warehouse.claims.weigh.resort import Weighed, carried, considered
from warehouse.claims.weigh.verdicts import Account, Candidate, Evidence, Finding, Settled, account, settle

ALL = {"reporter": "MYS", "partner": "WLD"}
SAID = dict.fromkeys(("reporter", "partner", "flow", "period"), "sentence")


def weighed(one: Claim, verdict: Any, official: str = "0", *, found: tuple[Found, ...] = (), detail: str = "beyond_band") -> Weighed:
    finding = Finding(verdict, detail, computed=Decimal(official))
    return Weighed(one, Settled(verdict, detail, finding, None, finding), found=found)


def exports(text: str = "137.3 billion", **slots: Any) -> Claim:
    said = f"Malaysia's exports were RM{text} in March 2025."
    slots = {"flow": "export", "period": "2025-03", "origins": SAID, "sentence": said, **slots}
    return claim("level", text, "MYR", **{**ALL, **slots})


def never(one: Claim) -> Weighed:
    raise AssertionError(f"nothing is to be read again: {one}")


def verdicts(*found: Weighed, judge: Any = never, text: str = "") -> list[tuple[str, str]]:
    return [(one.settled.verdict, one.settled.detail) for one in considered(text, found, judge)]


def test_a_figure_whose_sentence_says_all_is_accused() -> None:
    assert verdicts(weighed(exports("151.3 billion"), "contradicted", "137300000000")) == [("contradicted", "beyond_band")]


@pytest.mark.parametrize("slot", ["partner", "flow", "period"])
def test_a_slot_carried_over_accuses_nobody(slot: str) -> None:
    one = exports("151.3 billion", origins={**SAID, slot: "context"})
    assert verdicts(weighed(one, "contradicted", "137300000000")) == [("depends_on_reading", f"carried: {slot}")]


def test_a_reporter_is_said_by_the_currency_that_is_its_own() -> None:
    assert carried(exports(origins={**SAID, "reporter": "headline"})) == ()
    assert carried(replace(exports(origins={**SAID, "reporter": "headline"}), unit="USD")) == ("reporter",)


def test_the_country_is_no_name() -> None:
    one = exports(partner="CHN", sentence="Malaysia's exports to the country were RM137.3 billion in March 2025.")
    assert carried(one) == ("partner",)
    assert carried(replace(one, sentence="Malaysian exports to the Chinese market were RM137.3 billion in March 2025.")) == ()


def test_all_trade_is_not_what_is_surely_meant_behind_a_pair() -> None:
    before = exports(partner="CHN", start=0)
    one = exports(start=100)
    assert carried(one, [before, one]) == ("partner",)
    assert carried(replace(one, sentence="Malaysia's total exports were RM137.3 billion."), [before, one]) == ()


def test_a_figure_of_the_sentence_that_agrees_confirms_what_both_carry() -> None:
    said = "Exports were RM137.3 billion, and imports RM131.5 billion."
    good = exports(origins={**SAID, "period": "context"}, sentence=said, start=0)
    bad = exports("131.5 billion", flow="import", origins={**SAID, "period": "context"}, sentence=said, start=1)
    assert verdicts(weighed(good, "supported"), weighed(bad, "contradicted", "112500000000"))[1][0] == "contradicted"
    assert verdicts(weighed(good, "not_checkable"), weighed(bad, "contradicted", "112500000000"))[1] == (
        "depends_on_reading", "carried: period")


@pytest.mark.parametrize(("text", "official", "verdict"), [
    ("55.3 billion", "137300000000", "not_checkable"), ("715.7 billion", "137300000000", "not_checkable"),
    ("100.3 billion", "137300000000", "contradicted"), ("200.3 billion", "137300000000", "contradicted")])
def test_a_level_of_another_order_is_of_another_scope(text: str, official: str, verdict: str) -> None:
    assert verdicts(weighed(exports(text), "contradicted", official))[0][0] == verdict


def test_a_level_within_one_per_cent_is_not_accused_nor_one_beside_a_hedge_within_five() -> None:
    assert verdicts(weighed(exports("138.5 billion"), "contradicted", "137300000000"))[0][0] == "depends_on_reading"
    assert verdicts(weighed(exports("140.5 billion"), "contradicted", "137300000000"))[0][0] == "contradicted"
    said = "Malaysia's exports exceeded RM130 billion and RM132 billion in March 2025."
    hedged = exports("130 billion", sentence=said, hedge="exceeded", flow="import")
    beside = exports("132 billion", sentence=said, start=1)
    made = verdicts(weighed(hedged, "not_checkable"), weighed(beside, "contradicted", "137300000000"))
    assert made[1][0] == "depends_on_reading"


@pytest.mark.parametrize(("growth", "official", "verdict"), [
    ("30.3 per cent", "6.8", "not_checkable"), ("16.8 per cent", "6.8", "contradicted"), ("36.9 per cent", "-36.9", "contradicted")])
def test_so_is_a_growth_far_from_the_official_one_unless_it_is_its_mirror(growth: str, official: str, verdict: str) -> None:
    one = claim("change", growth, "percent", flow="export", period="2025-03", direction="up", origins=SAID,
                sentence=f"Malaysia's exports rose {growth} in March 2025.", **ALL)
    assert verdicts(weighed(one, "contradicted", official))[0][0] == verdict


def test_a_direction_that_its_words_leave_open_is_not_turned_against_it() -> None:
    one = claim("change", "36.9 per cent", "percent", flow="export", period="2025-03", direction="up", origins=SAID,
                sentence="Malaysia's exports rose less, or fell, by 36.9 per cent in March 2025.", **ALL)
    assert verdicts(weighed(one, "contradicted", "-36.9"))[0] == ("depends_on_reading", "its sentence has words for both directions")


@pytest.mark.parametrize(("word", "verdict"), [("imbalance", "depends_on_reading"), ("gap", "depends_on_reading"),
                                               ("balance", "depends_on_reading"), ("surplus", "contradicted"), ("deficit", "contradicted")])
def test_a_balance_that_says_no_side_is_not_turned_against_it(word: str, verdict: str) -> None:
    one = claim("balance", "64.68 billion yuan", "CNY", flow="balance", period="2024", origins=SAID,
                sentence=f"China's trade {word} with Malaysia was 64.68 billion yuan in 2024.", **ALL)
    assert verdicts(weighed(one, "contradicted", str(-one.value)))[0][0] == verdict


@pytest.mark.parametrize("words", ["on palm oil", "from Penang"])
def test_words_for_something_narrower_keep_a_sentence_from_being_accused(words: str) -> None:
    one = exports("100.3 billion", sentence=f"Malaysia's exports were RM100.3 billion in March 2025 {words}.")
    assert verdicts(weighed(one, "contradicted", "137300000000"))[0][0] == "depends_on_reading"


def test_another_figure_of_the_text_that_agrees_for_the_same_series_leaves_this_one_to_something_else() -> None:
    bad = exports("118.9 billion", sentence="Malaysia's exports of what was made there were RM118.9 billion in March 2025.")
    assert verdicts(weighed(exports(), "supported"), weighed(bad, "contradicted", "137300000000"))[1] == (
        "depends_on_reading", "another figure of the text agrees for the same series")


# ── the whole sentence ─────────────────────────────────────────────────────────────────────────────────────────────────────


def of_february(one: Claim) -> Found:
    return Found("misattributed", "nearest: …", None, replace(one, period="2025-02"))  # type: ignore[arg-type]


def in_february(one: Claim) -> Weighed:
    return weighed(one, "supported" if one.period == "2025-02" else "contradicted")


def test_two_figures_that_fit_another_period_move_the_whole_sentence() -> None:
    said, origins = "Exports were RM118.2 billion and imports RM105.6 billion.", {**SAID, "period": "context"}
    first = exports("118.2 billion", sentence=said, origins=origins)
    second = exports("105.6 billion", flow="import", sentence=said, origins=origins, start=1)
    made = considered("", [weighed(first, "contradicted", found=(of_february(first),)), weighed(second, "contradicted")], in_february)
    read = [(one.settled.verdict, one.claim.period, one.claim.origins["period"]) for one in made]
    assert read == [("supported", "2025-02", "inferred")] * 2
    assert all("Feb 2025" in note for one in made for note in one.notes)


def test_one_figure_that_fits_another_period_only_depends_on_it() -> None:
    one = exports("118.2 billion", sentence="Exports were RM118.2 billion.", origins={**SAID, "period": "context"})
    evidence = Evidence(None, "neighbour")  # type: ignore[arg-type]
    found = replace(of_february(one), evidence=evidence)
    assert verdicts(weighed(one, "misattributed", found=(found,)), judge=in_february) == [
        ("depends_on_reading", "holds for Malaysia's exports, Feb 2025")]


def test_but_one_is_enough_where_the_sentence_says_the_month_before_itself() -> None:
    one = exports("118.2 billion", sentence="In the previous month exports were RM118.2 billion.", origins={**SAID, "period": "context"})
    assert verdicts(weighed(one, "misattributed", found=(of_february(one),)), judge=in_february)[0][0] == "supported"


def test_a_period_that_the_sentence_states_is_never_moved() -> None:
    first, second = exports("118.2 billion"), exports("105.6 billion", flow="import", start=1)
    second = replace(second, sentence=first.sentence)
    assert verdicts(weighed(first, "misattributed", found=(of_february(first),)), weighed(second, "misattributed"),
                    judge=in_february) == [("misattributed", "beyond_band")] * 2


def test_a_growth_on_the_month_is_no_accusation_where_the_text_speaks_of_the_month_before() -> None:
    one = claim("change", "16.1 per cent", "percent", flow="export", period="2025-03", direction="up", origins=SAID,
                sentence="Malaysia's exports rose 16.1 per cent in March 2025.", **ALL)
    this = weighed(one, "basis_dependent", detail="holds on the month before")
    assert verdicts(this)[0][0] == "basis_dependent"
    assert verdicts(this, text="Compared with February, all rose.")[0][0] == "depends_on_reading"


def test_a_growth_read_as_on_the_month_that_holds_on_the_year_is_no_accusation() -> None:
    one = claim("change", "16.4 per cent", "percent", flow="export", period="2025-04", direction="up", origins=SAID, basis="mom",
                sentence="Malaysia's exports grew 16.4 per cent in April 2025 against 6.8 per cent in March.", **ALL)
    this = weighed(one, "basis_dependent", detail="holds on the year before")
    assert verdicts(this) == [("depends_on_reading", "holds on the year before")]


def grown(dataset: str, growth: str, version: str) -> Account:
    """China's account agreeing or not by a growth that one table prints."""
    year = period_of("2024")
    assert year is not None
    figure = Fact(dataset, "synthetic", "reported", dataset, 1, "CHN", "MYS", "total", "TOTAL", "USD", year, Decimal(212), Decimal(0),
                  Decimal(growth), None, None, None, "page", "", "A", version, "", "", "", "", "fetched", "", "")
    said = Candidate("CHN", around(Decimal(growth), Decimal("0.05")), "own", (Evidence(figure, "figure"),), "as published")
    return Account("CHN", (said,), "agrees", "exact", said)


@pytest.mark.parametrize(("dataset", "version", "verdict"), [
    ("synthetic.own", "second", "vintage_dependent"), ("synthetic.other", "first", "supported")])
def test_what_another_source_says_since_is_no_revision(dataset: str, version: str, verdict: str) -> None:
    then = Finding("supported", "exact", (grown("synthetic.own", "11.4", "first"),))
    later = grown(dataset, "10.0", version)
    now = Finding("contradicted", "beyond_band", (replace(later, state="outside"),), tuple(later.candidates[0].evidence))
    assert settle(then, now, (), "2025-04-10").verdict == verdict


@pytest.mark.parametrize(("reporter", "said", "verdict"), [
    ("USA", "U.S. exports were US$3,050 billion in March 2025.", "not_checkable"),
    ("USA", "U.S. exports of goods were US$3,050 billion in March 2025.", "contradicted"),
    ("CHN", "China's exports were US$3,050 billion in March 2025.", "contradicted")])
def test_headline_trade_that_counts_services_accuses_nobody_where_no_word_says_goods(reporter: str, said: str, verdict: str) -> None:
    told = claim("level", "3,050 billion", "USD", reporter=reporter, partner="WLD", flow="export", period="2025-03", origins=SAID,
                 sentence=said)
    ((found, _),) = verdicts(weighed(told, "contradicted", "2020000000000"), text=said)
    assert found == verdict


def test_the_name_of_a_partner_is_no_word_for_something_narrower() -> None:
    said = "China's trade with the United States was 901.7 billion yuan in March 2025."
    told = claim("level", "901.7 billion", "CNY", reporter="CHN", partner="USA", flow="total", period="2025-03", origins=SAID,
                 sentence=said)
    ((found, _),) = verdicts(weighed(told, "contradicted", "801000000000"), text=said)
    assert found == "contradicted"


def growths(*values: tuple[str, str]) -> list[Candidate]:
    return [Candidate("MYS", around(Decimal(value), Decimal("0.05")), "own", (Evidence(fact(account, value), "figure"),),  # type: ignore[arg-type]
                      band=lambda: Decimal(10)) for account, value in values]


def fact(account_: str, value: str) -> Fact:
    nothing = dict.fromkeys(Fact.__dataclass_fields__)
    return Fact(**{**nothing, "account": account_, "value": Decimal(value), "flags": "", "version_id": account_})  # type: ignore[arg-type]


@pytest.mark.parametrize(("told", "held", "beyond"), [("0.5", "0.9", False), ("8.6", "8.6", True)])
def test_a_growth_near_none_is_not_reversed_by_nature(told: str, held: str, beyond: bool) -> None:
    down = claim("change", told, "percent", direction="down", flow="export", period="2025-03", **ALL)
    made = account(replace(down, value=-down.value), "MYS", growths(("reported", held)), "")
    assert (made.state, made.beyond_band()) == ("outside", beyond)


def test_of_figures_that_agree_the_reporters_own_is_shown() -> None:
    up = claim("change", "8.6", "percent", direction="up", flow="export", period="2025-03", **ALL)
    made = account(up, "MYS", growths(("statement", "8.6"), ("mixed", "8.6"), ("reported", "8.7")), "")
    assert made.agreeing is not None and made.agreeing.evidence[0].fact.version_id == "reported"
