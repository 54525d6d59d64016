"""Wordings of trade news, one by one: each was met in a text and read wrongly before its rule was there. The sentences are our own."""

from __future__ import annotations

from datetime import date

import pytest

from warehouse.claims.read.reader import read_text
from warehouse.claims.weigh.arithmetic import relations


def told(text: str, published: str) -> list[tuple[str, str | None, str | None, str | None, str | None, str | None, float, str | None]]:
    return [(c.kind, c.reporter, c.partner, c.flow, c.commodity, c.period, float(c.value), c.basis)
            for c in read_text(text, published=published).claims]


@pytest.mark.parametrize(("text", "published", "basis"), [
    ("China's exports of rare earths rose to 5,494 tonnes in November, up 24 per cent from October.", "2025-12-09", ["mom"]),
    ("Compared with March, Malaysia's exports were 4.1 per cent lower in April.", "2025-05-05", ["mom"]),
    ("Malaysia's exports to China eased 5.7 per cent from a month ago but were 3.3 per cent higher on a yearly basis.", "2025-06-24",
     ["mom", "yoy"]),
    ("Malaysia's exports rose 5 per cent year-on-year and 2 per cent month-on-month in May.", "2025-06-24", ["yoy", "mom"]),
    ("Malaysia's exports rose 5 per cent in May from April 2024.", "2025-06-24", ["yoy"]),
])
def test_what_a_change_is_against(text: str, published: str, basis: list[str]) -> None:
    assert [claim.basis for claim in read_text(text, published=published).claims if claim.kind == "change"] == basis


def test_a_list_behind_a_preposition_is_no_subject() -> None:
    assert [claim[:4] + claim[6:7] for claim in told(
        "Exports to Taiwan and Hong Kong went up by 24.5% and 9.8% respectively in May.", "2025-06-20")] == [
        ("change", None, "TWN", "export", 24.5), ("change", None, "HKG", "export", 9.8)]


@pytest.mark.parametrize(("text", "way"), [
    ("Malaysia's export growth moderated to 1.6% in November 2018.", "up"),
    ("Growth in Malaysia's exports fell to 1.6 per cent in November 2018.", "up"),
    ("Malaysia's exports growth rate dropped to 1.6 per cent in November 2018 from 17.7 per cent in October.", "up"),
    ("Malaysia's trade surplus fell 24% to RM7.6 billion in November 2018 as export growth eased to 1.6% and imports rose 5%.", "up"),
    ("The growth of Malaysia's exports in November 2018 halved to 1.6 per cent.", "up"),
    ("The rise in Malaysia's exports slipped from 17.7 per cent in October to 1.6 per cent in November 2018.", "up"),
    ("The decline in Malaysia's exports improved to 1.6 per cent in November 2018.", "down"),
    ("Growth in Malaysia's exports turned negative at 1.6 per cent in November 2018.", "down"),
    ("After the growth in October, Malaysia's exports dropped 1.6 per cent in November 2018.", "down")])
def test_a_growth_that_slows_is_still_a_growth(text: str, way: str) -> None:
    assert [claim.direction for claim in read_text(text, published="2019-01-04").claims if claim.written.text.startswith("1.6")] == [way]


@pytest.mark.parametrize("named", [
    "trade-in-goods deficit", "goods trade deficit", "merchandise-trade gap", "trade (goods) deficit", "two-way trade deficit",
    "trade account deficit", "balance-of-trade deficit", "negative balance of trade", "deficit on goods trade",
    "deficit in its trade in goods", "import surplus", "import surplus in trade"])
def test_a_balance_in_more_words_is_no_trade(named: str) -> None:
    for text in (f"China ran a 64.68 billion yuan {named} with Malaysia in 2024.",
                 f"China's {named} with Malaysia was 64.68 billion yuan in 2024."):
        assert [claim[:7] for claim in told(text, "2025-03-09")] == [
            ("balance", "CHN", "MYS", "balance", None, "2024", -64_680_000_000)], text


@pytest.mark.parametrize(("named", "flow"), [("export trade", "export"), ("import trade", "import"), ("export surplus", "balance"),
                                             ("trade imbalance", "balance"), ("imbalance in trade", "balance")])
def test_exports_and_trade_in_one_word(named: str, flow: str) -> None:
    assert [claim[3] for claim in told(f"China's {named} with Malaysia was 64.68 billion yuan in 2024.", "2025-03-09")] == [flow]


@pytest.mark.parametrize("named", ["export gap", "import shortfall", "export-import gap", "services trade deficit"])
def test_a_gap_of_one_flow_measures_something_else(named: str) -> None:
    assert all(claim.qualifier or claim.not_understood for claim in read_text(
        f"China's {named} with Malaysia was 64.68 billion yuan in 2024.", published="2025-03-09").claims)


def test_rates_are_shared_out_over_the_sums_before_them() -> None:
    found = told("China's exports hit 25.45 trillion yuan and imports 18.39 trillion yuan in 2024, rising by 7.1 per cent and 2.3 per cent "
                 "respectively.", "2025-01-14")
    assert [(claim[0], claim[3], claim[6]) for claim in found[2:]] == [("change", "export", 7.1), ("change", "import", 2.3)]


@pytest.mark.parametrize(("text", "share"), [
    ("Singapore, with a share of 15.4%, was the top destination for Malaysian exports in January.", ("MYS", "SGP", "export", 15.4)),
    ("As of January, China was the second largest export market for Malaysia after Singapore, taking 12 per cent of shipments.",
     ("MYS", "CHN", "export", 12)),
    ("Nearly a fifth of Malaysia's exports went to the United States in the third quarter of 2025.", ("MYS", "USA", "export", 20)),
])
def test_whose_share_it_is(text: str, share: tuple[str, str, str, float]) -> None:
    (found,) = [claim for claim in told(text, "2025-11-20") if claim[0] == "share"]
    assert (*found[1:4], found[6]) == share


def test_whose_partner_is_told_by_the_currency_where_nothing_else_does() -> None:
    found = told("China was also the top source of imports, contributing RM299.0 billion in 2024.", "2025-03-31")
    assert [claim[:4] for claim in found] == [("rank", "MYS", "CHN", "import"), ("level", "MYS", "CHN", "import")]


def test_a_sentence_that_turns_back_to_all_trade_leaves_the_partner_of_the_one_before() -> None:
    found = told("Malaysia's exports grew 6.8 per cent to RM140.4 billion in July 2025. Exports to China contracted 6.3 per cent. "
                 "On a month-on-month basis, exports jumped 15.5 per cent while imports rose 10.9 per cent.", "2025-08-20")
    assert [(claim[2], claim[7]) for claim in found if claim[0] == "change"] == [
        ("WLD", "yoy"), ("CHN", "yoy"), ("WLD", "mom"), ("WLD", "mom")]


def test_tonnes_are_of_the_goods_spoken_of() -> None:
    found = told("Palm oil shipments from Malaysia to China totalled 1.39 million tonnes in 2024. India was the biggest buyer with 3.03 "
                 "million tonnes, or 17.9 per cent of total exports.", "2025-05-14")
    assert [(claim[0], claim[2], claim[4]) for claim in found] == [
        ("level", "CHN", "Palm oil"), ("rank", "IND", "Palm oil"), ("level", "IND", "Palm oil"), ("share", "IND", "Palm oil")]


def test_a_total_of_so_many_months_is_of_the_year_so_far() -> None:
    found = told("Vietnam's imports from China reached US$17.9 billion in July alone, taking the seven-month total to US$101.5 billion.",
                 "2025-08-06")
    assert [claim[5] for claim in found] == ["2025-07", "2025-01/2025-07"]


def test_signed_sums_in_a_list_are_changes() -> None:
    found = told("Exports to Taiwan expanded by RM3.1 billion, the US (+RM2.9 billion) and Mexico (-RM361 million) in January 2025.",
                 "2025-02")
    assert [(claim[0], claim[2]) for claim in found] == [("change", "TWN"), ("change", "USA"), ("change", "MEX")]


def test_who_buys_the_most_buys_the_goods_spoken_of() -> None:
    found = told("Vietnam earned US$5.62 billion from coffee exports in 2024. Germany was the largest buyer, accounting for 11.4 per cent.",
                 "2025-01-31")
    assert [claim[:3] for claim in found] == [("level", "VNM", "WLD"), ("rank", "VNM", "DEU"), ("share", "VNM", "DEU")]
    assert {claim[3:5] for claim in found} == {("export", "coffee")}


def test_a_bloc_may_be_told_with_its_number_of_members() -> None:
    found = told("China's exports rose 8.1 per cent in April. Exports to the US tumbled 21 per cent while those to the 10-nation "
                 "Association of Southeast Asian Nations jumped 20.8 per cent. The trade surplus came in at $96.18 billion.", "2025-05-09")
    assert [claim[2] for claim in found] == ["WLD", "USA", "ASEAN", "WLD"]


def test_an_elided_partner_takes_the_figures_behind_it() -> None:
    found = told("In the first two months of 2025, China's trade with ASEAN rose 4 percent to 1.03 trillion yuan, with the EU fell 1.3 "
                 "percent to 824.36 billion yuan and with the US gained 3.5 percent to 687.59 billion yuan.", "2025-03-07")
    assert [claim[2] for claim in found] == ["ASEAN", "ASEAN", "EU", "EU", "USA", "USA"]


def test_partners_in_a_crowd_are_those_of_whoever_they_are_partners_of() -> None:
    found = told("Vietnam, Malaysia and Indonesia were China's top three trading partners within the bloc, with trade up 24.1%, 13.2% and "
                 "5.6% respectively.", "2024-07-14")
    assert [claim[1:3] for claim in found] == [("CHN", "VNM"), ("CHN", "MYS"), ("CHN", "IDN")]


def test_who_ranks_next_has_the_figures_behind_it() -> None:
    found = told("From January to August, ASEAN remained China's largest trading partner with trade of 4.09 trillion yuan; the EU ranked "
                 "second with 3.75 trillion yuan, up 9.5%.", "2022-09-07")
    assert [(claim[0], claim[2], claim[6]) for claim in found][2:] == [
        ("rank", "EU", 2), ("level", "EU", 3.75e12), ("change", "EU", 9.5)]


def test_the_other_sides_figures_are_by_its_account() -> None:
    found = told("Bilateral trade jumped 34.5 per cent to US$176.8 billion in 2021, according to Chinese customs data, whereas Malaysian "
                 "figures put it at RM421.1 billion.", "2022-02-18")
    assert [claim[1:3] for claim in found] == [("CHN", "MYS"), ("CHN", "MYS"), ("MYS", "CHN")]


def test_bilateral_trade_of_nobody_named_is_not_with_the_world() -> None:
    (ratio,) = read_text("Two-way trade has grown more than 600-fold since diplomatic ties were established in 1974.",
                         published="2024-06-19").claims
    assert (ratio.reporter, ratio.partner, ratio.period, ratio.basis) == (None, None, None, "1974")


@pytest.mark.parametrize(("text", "published", "period", "basis"), [
    ("Compared to April 2022, exports fell by 5.1%.", "2022-06-20", "2022-05", "mom"),
    ("In comparison with July 2025, trade shrank by 7.3 per cent.", "2025-09-19", "2025-08", "mom"),
    ("The surplus surged 166.1% from RM8.3 billion in September 2019.", "2020-10-28", "2020-09", "yoy"),
    ("Malaysia's trade with China totalled 124 billion dollars in 2019, up 14.2 per cent on the year.", "2020-01-14", "2019", "yoy"),
])
def test_the_month_of_a_change_by_what_it_is_compared_with(text: str, published: str, period: str, basis: str) -> None:
    change = next(claim for claim in told(text, published) if claim[0] == "change")
    assert (change[5], change[7]) == (period, basis)


def test_what_went_before_is_not_what_the_text_is_about() -> None:
    found = told("Singapore's exports grew 15.7 per cent in July, following the 8.8 per cent contraction in June. Imports rose 3 per cent.",
                 "2024-08-17")
    assert [claim[5] for claim in found] == ["2024-07", "2024-06", "2024-07"]


def test_a_sum_between_a_move_and_the_level_it_led_to_is_a_change() -> None:
    found = told("Malaysia's exports to China dipped RM1.2 billion to RM14.6 billion in September.", "2024-10-18")
    assert [(claim[0], claim[6]) for claim in found] == [("change", 1.2e9), ("level", 14.6e9)]


@pytest.mark.parametrize(("text", "goods"), [
    ("Exports of manufactured goods grew 24.6 per cent, while agriculture goods climbed 43.5 per cent in June 2021.", "agriculture goods"),
    ("Trade in intermediate goods between China and ASEAN hit 4.36 trillion yuan in 2022.", "intermediate goods"),
    ("Electronic exports expanded by 16.8 per cent, while non-electronics rose 15.3 per cent in July 2024.", "non-electronics"),
])
def test_goods_at_the_head_of_a_contrast_or_traded_in(text: str, goods: str) -> None:
    assert told(text, "2024-08-17")[-1][4] == goods


def test_a_growth_that_is_the_subject_and_its_streak() -> None:
    found = told("The 3.2% y-o-y growth in November exports to RM126.6 billion was the fourth straight monthly increase.", "2024-12-20")
    assert [(claim[0], claim[6]) for claim in found] == [("change", 3.2), ("level", 126.6e9), ("streak", 4)]


def test_a_share_told_behind_whose() -> None:
    found = told("Malaysian exports to China reached RM13.97 billion in October. That made China the second-biggest buyer after Singapore, "
                 "whose share was 15.1 per cent.", "2021-11-26")
    assert found[-1][:3] == ("share", "MYS", "SGP")


def test_above_a_sum_is_a_change_and_a_level() -> None:
    found = told("April's external trade amounted to RM231.42 billion, 21.3% above the RM190.8 billion seen in April 2021.", "2022-05-18")
    assert [(claim[0], claim[5], claim[6]) for claim in found] == [
        ("level", "2022-04", 231.42e9), ("change", "2022-04", 21.3), ("level", "2021-04", 190.8e9)]


@pytest.mark.parametrize("text", [
    "Malaysia's exports fell 14.1 percent yearly in June after a 0.9 percent drop in the previous month.",
    "Malaysia's exports shrank by 14.1% in June from a year earlier, slowing from the 0.9% decline in the prior month.",
    "Malaysia's exports fell 14.1 per cent in June versus a 0.9 per cent drop a month earlier.",
    "Malaysia's exports fell 14.1 per cent in June, against 0.9 per cent in the preceding month."])
def test_a_change_of_the_month_before_is_against_what_the_other_is_against(text: str) -> None:
    found = [(claim.period, claim.basis, claim.direction) for claim in read_text(text, published="2023-07-20").claims]
    assert found == [("2023-06", "yoy", "down"), ("2023-05", "yoy", "down")]


def test_a_rate_and_a_sum_are_no_range() -> None:
    (claim,) = read_text("Malaysia's exports vaulted 5.9 percent to 60.85 billion ringgit in July 2015.", published="2015-09-04").claims
    assert (claim.written.text, claim.written.upper) == ("60.85 billion ringgit", None)


def test_a_share_of_trade_beside_exports_is_of_one_or_the_other() -> None:
    found = read_text("Malaysia's exports rose to 61.35 billion ringgit in April. Exports to China, its largest trading partner which "
                      "accounted for 15.4 percent of its total trade in April, dropped to 6.75 billion ringgit.", published="2016-06-03")
    assert all(relation.consistent for relation in relations(found.claims))


def test_a_sentence_that_only_compares_leaves_the_period_alone() -> None:
    found = told("China's exports expanded 4.8 per cent last month. That compared with growth of 8.1 per cent in April. Imports fell 3.4 "
                 "per cent.", "2025-06-09")
    assert [claim[5] for claim in found] == ["2025-05", "2025-04", "2025-05"]


def test_places_told_by_their_number_alone_go_on_from_the_last_rank() -> None:
    found = told("China was Malaysia's largest trading partner in 2023 with RM450.84 billion. Singapore came second with RM393.17 billion "
                 "(14.9 per cent), the US third with RM250.56 billion. Taiwan, with RM190.4 billion, was fourth.", "2024-02-29")
    assert [(claim[0], claim[2], claim[6]) for claim in found][2:] == [
        ("rank", "SGP", 2), ("level", "SGP", 393.17e9), ("share", "SGP", 14.9), ("rank", "USA", 3), ("level", "USA", 250.56e9),
        ("level", "TWN", 190.4e9), ("rank", "TWN", 4)]


def test_a_buyer_of_imports_is_the_other_sides_market() -> None:
    found = told("China imported 1.39 million tonnes of Malaysian palm oil in 2024, making it the third-largest market after India and the "
                 "EU.", "2025-03-04")
    assert [claim[:4] for claim in found] == [("level", "CHN", "MYS", "import"), ("rank", "MYS", "CHN", "export")]


def test_months_of_decline_in_a_row() -> None:
    told = read_text("Malaysia's exports fell 13.7 per cent in September, the seventh month of decline in a row.", published="2023-10-20")
    (streak,) = [claim for claim in told.claims if claim.kind == "streak"]
    assert (streak.value, streak.unit, streak.of) == (7, "months", "decline")


def test_compared_to_the_month_before_and_to_the_year_before_in_one_sentence() -> None:
    found = told("Indonesia's exports in July 2022 reached US$25.57 billion, down 2.20 percent compared to June 2022, but up 32.03 percent "
                 "compared to July 2021.", "2022-08-15")
    assert [(claim[5], claim[7]) for claim in found] == [("2022-07", None), ("2022-07", "mom"), ("2022-07", "yoy")]


def test_a_figure_of_then_is_of_then_and_the_text_goes_on() -> None:
    found = told("China-Malaysia trade swelled to US$81.2 billion in the first six months. That was 1.4 times the value in the "
                 "pre-pandemic first half of 2019, when it was US$57.3 billion. Malaysia enjoyed a surplus of US$10.6 billion.",
                 "2021-08-06")
    assert [(claim[0], claim[5]) for claim in found] == [
        ("level", "2021-01/2021-06"), ("ratio", "2021-01/2021-06"), ("level", "2019-01/2019-06"), ("balance", "2021-01/2021-06")]
    assert found[-1][1:3] == ("MYS", "CHN")


def test_a_longer_stretch_at_the_head_of_a_sentence_turns_back_to_all_trade() -> None:
    found = told("Malaysia's trade expanded by 43.4% in June 2022. Exports to China rose 28.8%. For the second quarter of 2022, exports "
                 "were RM394.43 billion.", "2022-07-20")
    assert [(claim[2], claim[5]) for claim in found] == [("WLD", "2022-06"), ("CHN", "2022-06"), ("WLD", "2022-04/2022-06")]


def test_a_place_in_the_world_beside_one_in_a_bloc() -> None:
    found = read_text("Malaysia is Vietnam's second largest trading partner in ASEAN and 10th in the world.", published="2023-10-11").claims
    assert [(claim.value, claim.group) for claim in found] == [(2, "ASEAN"), (10, None)]


def test_a_streak_that_is_extended() -> None:
    found = told("Indonesia recorded a surplus of US$4.22 billion, extending the streak to 27 months.", "2022-08-15")
    assert [(claim[0], claim[6]) for claim in found] == [("balance", 4.22e9), ("streak", 27)]


def test_what_was_shipped() -> None:
    found = told("More than 18,000 tonnes of Malaysian durian paste were shipped to China in 2023.", "2024-07-19")
    assert [claim[:7] for claim in found] == [("level", "MYS", "CHN", "export", "durian", "2023", 18000)]


def test_for_the_past_years_is_a_streak_beside_a_place_held() -> None:
    found = told("For the past 14 years China has been Malaysia's largest trading partner.", "2023-03-29")
    assert [(claim[0], claim[6]) for claim in found] == [("streak", 14), ("rank", 1)]
    assert told("Malaysia's exports to China grew 5 per cent a year for the past 14 years.", "2023-03-29")[0][0] == "change"


def test_goods_that_led_a_growth_have_their_own() -> None:
    found = told("Exports climbed 19.6% to RM146.9 billion, led by E&E products which surged 40.7% to RM72.4 billion.", "2026-02-20")
    assert [claim[4] for claim in found] == [None, None, "E&E products", "E&E products"]


@pytest.mark.parametrize("said", [
    "close to 1,000 times its level in 1974, the year diplomatic ties began", "nearly 1,000-fold the 1974 figure",
    "almost a thousand times more than in 1974 when relations were established", "nearly 1,000 times that in 1974"])
def test_the_base_of_a_multiple_however_it_is_worded(said: str) -> None:
    text = f"Trade between China and Malaysia was worth US$212 billion in 2024, {said}."
    (ratio,) = [claim for claim in read_text(text, published="2025-04-20").claims if claim.kind == "ratio"]
    assert (ratio.period, ratio.basis, ratio.value) == ("2024", "1974", 1000)


def test_a_pair_that_is_named_in_the_next_sentence_is_the_first_ones_too() -> None:
    level, *_ = read_text("Bilateral trade totalled $212 billion in 2024. China has been Malaysia's largest trading partner since "
                          "2009.").claims
    assert {level.reporter, level.partner} == {"CHN", "MYS"} and not level.reporter_certain
    assert level.origins["partner"] == "context"


class TestItsOwnDay:
    """A text without a date, from what it states."""

    def test_an_agreement_of_some_year_says_nothing_of_the_day(self) -> None:
        assert read_text("The two countries had signed a memorandum of understanding in 2017.").published.day is None

    def test_so_many_years_in_a_row_since_one_do(self) -> None:
        told = read_text("China has been Malaysia's largest trading partner for 16 consecutive years since 2009. More than 30 agreements "
                         "were signed this April.")
        assert (told.published.day, told.published.basis) == (date(2025, 4, 30), "inferred")


def test_a_memorandum_that_dates_from_a_year() -> None:
    told = read_text("The more than 30 pacts signed by China and Malaysia follow a Belt and Road memorandum of understanding that dates "
                     "from 2017.").events
    assert ("memorandum", "2017") in [(event.kind, event.date) for event in told]


def test_two_that_rank_next_have_a_place_each() -> None:
    found = told("ASEAN was China's largest trading partner in 2025. The EU and the United States ranked second and third, with trade of "
                 "4.41 trillion yuan and 3.15 trillion yuan.", "2026-01-14")
    assert [(claim[0], claim[2], claim[6]) for claim in found][1:] == [
        ("rank", "EU", 2), ("rank", "USA", 3), ("level", "EU", 4.41e12), ("level", "USA", 3.15e12)]


def test_what_followed_a_decline_is_not_of_its_month() -> None:
    text = ("Malaysia's trade in July 2018 rose 9.8 per cent. The surplus recovered by 1.7 per cent to RM8.3 billion after a drop of "
            "41 per cent in June 2018 and this was the 249th consecutive month of surplus.")
    assert [(row[0], row[5], row[6]) for row in told(text, "2018-09")[1:]] == [
        ("change", "2018-07", 1.7), ("balance", "2018-07", 8.3e9), ("change", "2018-06", 41), ("streak", "2018-07", 249)]


def test_a_record_passed_has_its_month_and_what_follows_the_texts() -> None:
    text = ("Malaysia's exports rose by 14 per cent to RM83.5 billion in November 2017, the highest ever recorded after the RM82.6 billion "
            "registered in March 2017, while imports rose by 15 per cent to RM73.5 billion.")
    found = read_text(text, published="2018-01").claims
    assert [(str(c.period), c.record) for c in found if c.kind == "level"] == [("2017-11", True), ("2017-03", False), ("2017-11", False)]


def test_against_the_month_before_the_end_of_a_longer_stretch() -> None:
    text = ("Malaysia's surplus in January to November 2019 grew by 10 per cent to RM124 billion. However, compared to October 2019, "
            "imports grew by 1.4 per cent while exports fell by 10.8 per cent.")
    found = read_text(text, published="2020-01-03").claims[2:]
    assert [(c.period, c.basis, c.flow) for c in found] == [("2019-11", "mom", "import"), ("2019-11", "mom", "export")]


def test_what_grew_told_behind_how_much() -> None:
    text = ("Malaysia recorded growth of 11.6 per cent to RM136.28 billion in trade in February 2020, on an increase of 11.8 per cent to "
            "RM74.45 billion in exports and an 11.3 per cent to RM61.83 billion expansion in imports.")
    assert [(row[0], row[3], row[6]) for row in told(text, "2020-04-03")] == [
        ("change", "total", 11.6), ("level", "total", 136.28e9), ("change", "export", 11.8), ("level", "export", 74.45e9),
        ("change", "import", 11.3), ("level", "import", 61.83e9)]


def test_the_past_months_end_with_the_month_spoken_of() -> None:
    text = "Malaysia's exports in February 2020 rose by 11.8 per cent. Over the past two months, trade has grown by 3.9 per cent."
    assert [row[5] for row in told(text, "2020-04-03")] == ["2020-02", "2020-01/2020-02"]


def test_a_rate_or_a_sum_of_a_change() -> None:
    text = "Malaysia's exports of manufactured goods increased by 18.2 per cent or RM10.63 billion to RM68.98 billion in November 2017."
    assert [(row[0], row[6]) for row in told(text, "2018-01")] == [("change", 18.2), ("change", 10.63e9), ("level", 68.98e9)]


def test_a_partner_told_behind_the_sum_of_a_change() -> None:
    ((kind, reporter, partner, *_),) = told("Malaysia's exports of crude petroleum grew by RM294 million to Singapore in 2019.", "2020-01")
    assert (kind, reporter, partner) == ("change", "MYS", "SGP")


def test_last_year_beside_a_month_is_the_same_month_of_it() -> None:
    text = "Malaysian exports in January 2015 fell to RM63.6 billion from RM63.9 billion last year."
    assert [row[5] for row in told(text, "2015-03-06")] == ["2015-01", "2014-01"]


def test_figures_of_several_partners_give_no_place() -> None:
    text = "Vietnam, Malaysia and Indonesia were China's top trade partners in 2023, with trade up 24.1%, 13.7% and 4.1% respectively."
    assert [(row[0], row[2], row[6]) for row in told(text, "2024-02")] == [
        ("change", "VNM", 24.1), ("change", "MYS", 13.7), ("change", "IDN", 4.1)]


def test_the_leading_partner_is_the_first() -> None:
    ((kind, reporter, partner, flow, *_, value, _),) = told("ASEAN remained China's leading trading partner in 2023.", "2024-02")
    assert (kind, reporter, partner, flow, value) == ("rank", "CHN", "ASEAN", "total", 1)


def test_who_holds_a_place_is_named_right_behind_it() -> None:
    text = "China's trade with the EU rose 8% in 2019, while trade with its fourth-largest partner Japan rose only 0.4%."
    assert [(row[0], row[1], row[2], row[6]) for row in told(text, "2020-01")] == [
        ("change", "CHN", "EU", 8), ("rank", "CHN", "JPN", 4), ("change", "CHN", "JPN", 0.4)]


def test_who_comes_next_in_trade_with_the_same_partner() -> None:
    text = "Among ASEAN members, Vietnam's trade with China rose 13% to 111 billion USD in 2020, followed by Malaysia at $31 billion."
    assert [(row[1], row[2], row[6]) for row in told(text, "2021-02") if row[0] == "level"] == [("VNM", "CHN", 111e9), ("MYS", "CHN", 31e9)]


def test_the_day_of_a_report_is_no_period() -> None:
    text = ("China's trade with ASEAN rose 5.6 percent in the first six months. Exports to ASEAN rose 3.4 percent, customs data showed on "
            "July 14.")
    assert [row[5] for row in told(text, "2020-07-14")] == ["2020-01/2020-06"] * 2


def test_one_rate_beside_another_is_no_claim() -> None:
    text = "China's trade with ASEAN rose 10% in 2023, 4 percentage points higher than the growth of its foreign trade."
    assert [row[6] for row in told(text, "2024-02")] == [10]


def test_a_place_held_over_the_last_years() -> None:
    text = "China has been the largest trading partner of Malaysia over the last 14 years."
    assert [(row[0], row[6]) for row in told(text, "2023-02-22")] == [("rank", 1), ("streak", 14)]
    text = "Over the past two years, China has become the largest importer of Cambodian rice."
    assert [row[0] for row in told(text, "2019-08")] == ["rank"]


def test_a_sum_that_shares_its_currency_with_the_one_before() -> None:
    text = ("China's trade with the European Union, Japan and the Republic of Korea reached RMB 1.34 trillion, RMB 546.41 billion and "
            "528.46 billion, respectively, in the first quarter of 2023.")
    assert [(row[2], row[6]) for row in told(text, "2023-04")] == [("EU", 1.34e12), ("JPN", 546.41e9), ("KOR", 528.46e9)]


def test_those_who_take_part_in_an_initiative_or_a_partnership() -> None:
    text = ("China's trade with economies participating in the Belt and Road Initiative rose 16.8 percent in 2023, while trade with other "
            "members of the Regional Comprehensive Economic Partnership rose 7.3 percent.")
    assert [(row[2], row[6]) for row in told(text, "2024-01")] == [("BRI", 16.8), ("RCEP", 7.3)]


def test_the_deficit_that_a_surplus_came_from() -> None:
    text = "China returned to a trade surplus of $5.35 billion in March from February's deficit of $31.48 billion."
    assert [(row[0], row[5], row[6]) for row in told(text, "2012-04-11")] == [
        ("balance", "2012-03", 5.35e9), ("balance", "2012-02", -31.48e9)]


def test_a_surplus_that_shrank() -> None:
    ((kind, *_, flow, _, period, value, _),) = told("A 35.7 percent shrinking of China's trade surplus was seen in 2017.", "2018-01")
    assert (kind, flow, period, value) == ("change", "balance", "2017", 35.7)


def test_what_is_told_of_an_economy_beside_it_is_not_what_is_traded() -> None:
    text = "China's trade with Brazil, a major exporter of iron ore and other raw materials, gained 11.5 percent to $18 billion in 2012."
    assert [(row[2], row[4]) for row in told(text, "2013-01")] == [("BRA", None)] * 2
    text = "Japan, which is still recovering, posted a decline of 1.6 percent in trade with China in 2012."
    assert [row[1:4] for row in told(text, "2013-01")] == [("JPN", "CHN", "total")]


@pytest.mark.parametrize(("text", "goods"), [
    ("Malaysia's exports of palm oil and palm oil-related products to China reached RM14.86 billion in 2022.",
     "palm oil and palm oil-related products"),
    ("The export value of Malaysia's palm oil and palm-based products to China rose 19 per cent in 2022.",
     "palm oil and palm-based products"),
    ("The export value of Malaysia's rubber to China rose 19 per cent in 2022.", "rubber"),
])
def test_goods_that_are_based_on_others(text: str, goods: str) -> None:
    assert [row[1:5] for row in told(text, "2023-11")] == [("MYS", "CHN", "export", goods)]


def test_what_was_recorded_in_the_same_period_of_a_year() -> None:
    text = ("Malaysia's exports of rubber to China rose to RM4.89 billion in the first seven months of 2017, more than double the RM2.43 "
            "billion recorded in the same period in 2016.")
    assert [row[5] for row in told(text, "2017-09-30") if row[0] == "level"] == ["2017-01/2017-07", "2016-01/2016-07"]


def test_a_target_dates_nothing() -> None:
    text = "Trade between Vietnam and Malaysia rose to $10.3 billion in 2016 and the two have set the target of $15 billion by 2020."
    assert [(row[5], row[6]) for row in told(text, "2017-07")] == [("2016", 10.3e9)]
    assert not told("Vietnam and Malaysia are heading to raise the bilateral trade value to US$15 billion by 2020.", "2018-08")


def test_a_month_alone_is_of_its_own_sum() -> None:
    text = ("China's trade surplus reached CNY1.96 trillion in the first quarter. It was CNY1.96 trillion, with CNY736.7 billion made in "
            "March alone.")
    assert [row[5] for row in told(text, "2025-04-14")] == ["2025-01/2025-03", "2025-01/2025-03", "2025-03"]


def test_places_of_several_and_their_sums() -> None:
    text = ("The United States is China's second largest trading partner and Japan, the third, with trade reaching US$55.62 billion and "
            "US$45.97 billion respectively in 2005.")
    assert [(row[0], row[2], row[6]) for row in told(text, "2006-04")] == [
        ("rank", "USA", 2), ("rank", "JPN", 3), ("level", "USA", 55.62e9), ("level", "JPN", 45.97e9)]


def test_imports_from_and_exports_to_one_partner() -> None:
    text = ("Cambodian imports from and exports to China were $1.507 billion and $198 million, respectively, in 2022, narrowing the "
            "Kingdom's trade deficit with its top trading partner by 17.6 per cent to $1.309 billion.")
    assert [(row[0], row[2], row[3], row[6]) for row in told(text, "2023-03")] == [
        ("level", "CHN", "import", 1.507e9), ("level", "CHN", "export", 198e6), ("rank", "CHN", "total", 1),
        ("change", "CHN", "balance", 17.6), ("balance", "CHN", "balance", -1.309e9)]


def test_exports_to_a_partner_that_is_told_by_its_place() -> None:
    text = ("Exports to China, which remained Malaysia's number one trading partner, rose 20.5% in October 2017, while exports to "
            "Malaysia's second trading partner Singapore grew by 16.1%.")
    assert [(row[2], row[3], row[6]) for row in told(text, "2017-12-06") if row[0] == "change"] == [
        ("CHN", "export", 20.5), ("SGP", "export", 16.1)]


def test_from_the_same_month_and_from_the_month_before() -> None:
    text = ("Cambodia's trade with China fell to $732 million in February 2023, down 10 per cent from February 2022 and down 24 per "
            "cent from January 2023.")
    assert [row[7] for row in told(text, "2023-03") if row[0] == "change"] == ["yoy", "mom"]


def test_each_of_two_sums_compared_with_has_its_own_time() -> None:
    text = ("Cambodia's exports to China reached $588 million in the first five months of 2023, up 13 per cent year-on-year from $519 "
            "million and up 18 per cent (compared to July-November 2022) from $497 million.")
    assert [row[5] for row in told(text, "2023-06") if row[0] == "level"] == ["2023-01/2023-05", "2022-01/2022-05", "2022-07/2022-11"]


def test_the_highest_since_a_month_at_so_much() -> None:
    text = ("Indonesia posted a trade surplus of $1.72 billion in August 2017. It was the highest figure since November 2011 at $1.8 "
            "billion.")
    assert [(row[5], row[6]) for row in told(text, "2017-09-15")] == [("2017-08", 1.72e9), ("2011-11", 1.8e9)]


def test_a_month_that_is_outdone_and_one_in_a_title_date_nothing() -> None:
    text = ("Malaysia's exports in October 2021 outperformed September with RM114.4 billion. Imports rose by 27.9 per cent to RM88.2 "
            "billion.")
    assert [row[5] for row in told(text, "2021-11-29")] == ["2021-10"] * 3
    text = "Malaysia's trade grew by 23.5 per cent in January to October 2021, says the External Trade Statistics Bulletin, October 2021."
    assert [row[5] for row in told(text, "2021-11-29")] == ["2021-01/2021-10"]


def test_a_survey_and_a_unit_value_are_no_trade() -> None:
    text = ("Malaysia's exports in September 2020 expanded by 13.6%, far above a survey of a 1.7% increase. Natural rubber exports, "
            "however, declined 5.8%, although the average unit value increased 18.6%.")
    assert [row[6] for row in told(text, "2020-10-28")] == [13.6, 5.8]


def test_sums_of_increase_shared_out_over_partners() -> None:
    text = ("Malaysia's exports in June 2020 grew on higher exports to China, the United States and Hong Kong, with an increase of "
            "RM4.7 billion, RM2.1 billion and RM1.4 billion, respectively.")
    assert [(row[0], row[2], row[6]) for row in told(text, "2020-07")] == [
        ("change", "CHN", 4.7e9), ("change", "USA", 2.1e9), ("change", "HKG", 1.4e9)]


def test_goods_at_the_head_with_an_aside_behind_them() -> None:
    text = "Malaysia's exports rose 19.8% in October 2017. Natural rubber, however, declined 5.8% to RM323.9 million."
    assert [(row[4], row[6]) for row in told(text, "2017-12-06")][1:] == [("Natural rubber", 5.8), ("Natural rubber", 323.9e6)]


def test_the_base_of_a_growth_since_something_in_a_year() -> None:
    text = "Since the first meeting in 1991, trade between China and Malaysia grew from 1.2 billion dollars to 7.6 billion dollars in 2001."
    assert [(row[5], row[6]) for row in told(text, "2002-09") if row[0] == "level"] == [("1991", 1.2e9), ("2001", 7.6e9)]


def test_what_a_place_has_become_since_a_year_is_of_no_period() -> None:
    text = "Malaysia has become China's largest trade partner among ASEAN countries since 2008."
    assert [(row[0], row[5]) for row in told(text, "2014-08")] == [("rank", None)]


def test_up_by_a_sum_over_the_same_period() -> None:
    text = "Vietnam imported $68.5 billion from China in the first 11 months of 2019, up nearly $9 billion over the same period last year."
    assert [(row[0], row[6]) for row in told(text, "2019-12")] == [("level", 68.5e9), ("change", 9e9)]


def test_to_have_a_deficit_is_to_have_no_goods() -> None:
    assert [row[4] for row in told("Vietnam has trade deficit of $31 billion with China in 2019.", "2020-01")] == [None]


def test_trade_with_foreign_partners_is_with_all() -> None:
    text = "Vietnam's exports to China hit US$5.8 billion in 2016. It reported US$134 billion in trade revenue with foreign partners."
    assert [row[2] for row in told(text, "2017-01")] == ["CHN", "WLD"]


def test_two_way_trade_by_the_statistics_of_one() -> None:
    text = "Vietnam and China trade more. Vietnam Customs said that two-way trade reached US$133 billion in 2020."
    (claim,) = read_text(text, published="2021-01").claims
    assert (claim.reporter, claim.partner, claim.reporter_certain) == ("VNM", "CHN", True)


def test_what_enterprises_trade_is_no_countrys() -> None:
    text = "China's exports rose 2 percent in 2023. Private enterprises saw exports jump 6 percent to 14.33 trillion yuan."
    assert [row[6] for row in told(text, "2024-01")] == [2]


def test_a_share_in_the_so_many_months() -> None:
    text = "ASEAN accounted for 15.8% of China's international trade value in the seven months."
    assert [(row[0], row[5]) for row in told(text, "2024-08")] == [("share", "2024-01/2024-07")]


@pytest.mark.parametrize("text", [
    "China's exports to Malaysia did not grow by 3.1 per cent in 2024.",
    "Malaysia's exports did not, as some reported, grow by 3.1 per cent in 2024.",
    "Malaysia's exports to China didn't fall by 5 per cent in 2024.",
    "China-Malaysia trade never reached $212 billion in 2024.",
    "China's exports to Malaysia failed to reach $102 billion in 2024.",
    "Malaysia's exports in 2024 neither grew 5 per cent nor fell 5 per cent.",
    "It is not true that China's exports to Malaysia reached RMB722 billion in 2024.",
    "China denied that its exports to Malaysia reached RMB722 billion in 2024.",
    "Malaysia is not China's second largest trading partner in ASEAN in 2024.",
    "Malaysia is no longer China's largest trading partner in ASEAN.",
    "Reports falsely put Malaysia's exports at RM2 trillion in 2024.",
    "Malaysia's exports fell short of RM1.5 trillion in 2024.",
    "There was no growth of 3.1 per cent in Malaysia's exports in 2024.",
])
def test_what_is_denied_is_no_claim(text: str) -> None:
    assert told(text, "2025-02-20") == []


@pytest.mark.parametrize(("text", "value"), [
    ("Malaysia's exports grew not by 3.1 per cent but by 5.7 per cent in 2024.", 5.7),
    ("Malaysia's exports did not grow but fell 5.7 per cent in 2024.", 5.7),
    ("Malaysia's exports did not fall; they grew 5.7 per cent in 2024.", 5.7),
    ("While imports did not change, Malaysia's exports grew 5.7 per cent in 2024.", 5.7),
    ("Malaysia's exports have not fallen since 2020 and grew 5.7 per cent in 2024.", 5.7),
    ("Malaysia's exports came to RM1.5 trillion in 2024, not RM1.6 trillion.", 1.5e12),
    ("Malaysia's trade grew 9.2 per cent in 2024, without exceeding RM3 trillion.", 9.2),
    ("China's exports to Malaysia rose not only 17.6 per cent in 2024 but reached a record.", 17.6),
    ("China's exports to Malaysia rose not less than 17.6 per cent in 2024.", 17.6),
    ("China's exports to Malaysia, not counting oil, rose 17.6 per cent in 2024.", 17.6),
    ("Exports to China, which did not slow, reached RM188 billion in 2024.", 188e9),
])
def test_a_denial_ends_with_its_clause_and_not_only_denies_nothing(text: str, value: float) -> None:
    assert [row[6] for row in told(text, "2025-02-20")] == [value]


@pytest.mark.parametrize(("text", "words"), [
    ("Measured in tonnes, Malaysia's exports expanded 16.4 per cent in April 2025.", "in tonnes"),
    ("Counted in units, Thailand's exports to Japan fell 3 per cent in May 2025.", "Counted in units"),
    ("China exported 1,152 billion yuan of goods to Vietnam and Laos in 2024.", "to Vietnam and Laos"),
    ("Malaysia imported RM20 billion worth of goods from Japan, Korea and India in June 2024.", "from Japan, Korea and India"),
    ("China's trade with Malaysia and its other neighbours came to 1.51 trillion yuan in 2024.", "and its other neighbours"),
    ("Korea's exports to China and several other countries reached US$12 billion in May 2025.", "and several other countries"),
    ("China's cumulative exports to Malaysia since 2010 reached 722 billion yuan in 2024.", "cumulative exports to Malaysia since 2010"),
])
def test_what_makes_a_figure_one_of_less_or_more_restricts_it(text, words):
    (claim,) = read_text(text, published="2025-07-20").claims
    assert claim.qualifier is not None and words in claim.qualifier


@pytest.mark.parametrize("text", [
    "Hardly did China's exports to Malaysia grow 17.6 per cent in 2024.",
    "Scarcely had Thailand's imports reached US$300 billion in 2024.",
    "No more than a rumour: China exported 722 billion yuan of goods to Malaysia in 2024.",
    "A hoax: Malaysia's exports rose 20 per cent in May 2025.",
    "False: Viet Nam's trade surplus was US$30 billion in 2024.",
    "Part of Indonesia's exports to Japan amounted to US$2 billion in 2024.",
])
def test_what_is_said_not_to_be_or_of_a_part_is_no_claim(text):
    assert read_text(text, published="2025-07-20").claims == ()


@pytest.mark.parametrize("text", [
    "Half of Malaysia's exports went to ASEAN in 2024.",
    "Malaysia's exports to China and Japan rose 5 per cent and 6 per cent respectively in May 2025.",
    "Cumulatively, Malaysia's exports since January 2025 reached RM378.4 billion.",
])
def test_and_what_does_not_is_left_as_it_is(text):
    assert [claim.qualifier for claim in read_text(text, published="2025-07-20").claims if claim.qualifier] == []


@pytest.mark.parametrize(("text", "place"), [
    ("China's trade with Malaysia, its largest trading partner in ASEAN after Viet Nam, reached 1.51 trillion yuan in 2024.", 2),
    ("Malaysia is China's largest trading partner in ASEAN behind Viet Nam and Indonesia.", 3),
    ("Malaysia is China's largest trading partner in ASEAN, after overtaking Viet Nam.", 1),
    ("Malaysia has been China's largest trading partner in ASEAN after Viet Nam's exports fell.", 1),
    ("Malaysia is China's second-largest trading partner in ASEAN after Viet Nam.", 2),
])
def test_the_largest_after_others_is_the_next(text, place):
    assert [claim.value for claim in read_text(text, published="2025-04-20").claims if claim.kind == "rank"] == [place]


@pytest.mark.parametrize("text", [
    "In Sabah and Sarawak, Malaysia's exports were RM137.3 billion in March 2025.",
    "For the manufacturing sector, Malaysia's exports were RM137.3 billion in March 2025.",
    "Among women-owned businesses, Malaysia's exports rose 6.8 per cent in March 2025.",
    "Outside electronics, Malaysia's exports rose 6.8 per cent in March 2025.",
    "Less freight and insurance, Malaysia's exports were RM137.3 billion in March 2025.",
    "The bonded portion of Malaysia's exports rose 6.8 per cent in March 2025.",
    "The oil-free total of Malaysia's exports was RM137.3 billion in March 2025.",
    "Malaysia's exports came to RM137.3 billion in March 2025, re-exports not counted.",
    "Malaysia's exports came to RM137.3 billion in March 2025, counting services.",
    "Malaysia's exports came to RM137.3 billion in March 2025 at 2015 prices.",
    "Malaysia's exports shipped by rail came to RM137.3 billion in March 2025.",
    "Malaysia's exports that use preferential rates were RM137.3 billion in March 2025.",
    "Malaysia's exports worth insuring were RM137.3 billion in March 2025.",
    "Malaysia's exports up to mid-March 2025 were RM137.3 billion.",
    "Malaysia's exports in the first half of March 2025 were RM137.3 billion.",
    "Malaysia's export earnings per tonne rose 6.8 per cent in March 2025.",
    "Malaysia's exports to advanced economies rose 6.8 per cent in March 2025.",
    "Malaysia's exports to its neighbours were RM137.3 billion in March 2025.",
    "The southern states of Malaysia exported RM137.3 billion in March 2025.",
    "State-owned enterprises accounted for Malaysian exports of RM137.3 billion in March 2025.",
    "China's processing trade exports to Malaysia came to 722 billion yuan in 2024.",
    "China's exports to Malaysia for onward shipment came to 722 billion yuan in 2024.",
    "China's cross-strait trade with Malaysia came to 1.51 trillion yuan in 2024.",
    "China's trade with Malaysia came to 1.51 trillion yuan in 2024 without bulk commodities.",
])
def test_a_figure_of_less_than_all_is_restricted(text):
    assert all(claim.qualifier or claim.commodity for claim in read_text(text, published="2025-04-20").claims)


@pytest.mark.parametrize("text", [
    "It was a myth that Malaysia's exports rose 6.8 per cent in March 2025.",
    "Malaysia's exports nearly rose 6.8 per cent in March 2025, but did not.",
    "Malaysia's exports missed RM137.3 billion in March 2025.",
    "Malaysia's exports were a long way off RM137.3 billion in March 2025.",
    "Malaysia's exports were RM137.3 billion in March 2025, a claim the ministry denied.",
    "Malaysia's exports were RM137.3 billion in March 2025 according to a simulation.",
    "Preliminary models put Malaysia's exports at RM137.3 billion in March 2025.",
])
def test_what_is_denied_or_made_up_by_a_model_is_no_claim(text):
    assert read_text(text, published="2025-04-20").claims == ()


@pytest.mark.parametrize("text", [
    "In Kuala Lumpur, the ministry said Malaysia's exports were RM137.3 billion in March 2025.",
    "For the year as a whole, China's trade with Malaysia reached 1.51 trillion yuan in 2024.",
    "Trade between China and Malaysia, which established diplomatic ties in 1974, reached 1.51 trillion yuan in 2024.",
    "Two-way trade between Malaysia and its neighbour Thailand came to US$25 billion in 2024.",
    "Despite headwinds in advanced economies, Malaysia's exports rose 6.8 per cent in March 2025.",
    "Malaysia's exports rose 6.8 per cent in March 2025, led by electrical and electronic products.",
])
def test_what_only_tells_more_restricts_nothing(text):
    (claim,) = read_text(text, published="2025-04-20").claims
    assert claim.qualifier is None


@pytest.mark.parametrize(("text", "published", "expected"), [
    ("In 2021 the United States exported US$151 billion of goods to China, but then imported US$506 billion from China.", "2022-02-09",
     [("USA", "CHN", "export", "2021"), ("USA", "CHN", "import", "2021")]),
    ("To the European Union, Japanese exports jumped to 618.04 billion yen in May, while imports came to 870.69 billion yen.", "2022-06-16",
     [("JPN", "EU", "export", "2022-05"), ("JPN", "EU", "import", "2022-05")]),
    ("Indonesia sold China goods worth 587.5 billion yuan in 2025.", "2026-01-25", [("IDN", "CHN", "export", "2025")]),
    ("Thai goods imported by China were worth 356.2 billion yuan in 2025.", "2026-01-25", [("CHN", "THA", "import", "2025")]),
    ("Indonesia's trade balance improved in August 2017, contributed by exports reaching US$15.21 billion and imports valued at US$13.49 "
     "billion.", "2017-09-15", [("IDN", "WLD", "export", "2017-08"), ("IDN", "WLD", "import", "2017-08")]),
    ("Japan's exports fell in May as car exports to the United States dropped 25 per cent. Exports fell 1.7 per cent.", "2025-06-18",
     [("JPN", "USA", "export", "2025-05"), ("JPN", "WLD", "export", "2025-05")]),
    ("Malaysia's exports rose in January. Malaysia's exports to the republic surged 17.8 per cent in December.", "2020-03-03", []),
])
def test_whose_flow_with_whom(text: str, published: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert [(c.reporter, c.partner, c.flow, c.period) for c in read_text(text, published=published).claims] == expected


@pytest.mark.parametrize("said", ["in the Dec. 1-20 period", "in the December 1-20 period", "from Dec. 1 to 20",
                                  "between Dec. 1 and Dec. 20", "in the first 20 days of December"])
def test_a_part_of_a_month_is_no_month_nor_is_what_it_is_compared_with(said: str) -> None:
    text = f"Korea's exports reached US$40.3 billion {said}, compared with US$37.7 billion a year earlier."
    found = read_text(text, published="2024-12-23").claims
    assert [(c.period, c.qualifier is not None) for c in found] == [("2024-12", True), ("2023-12", True)]


@pytest.mark.parametrize(("text", "published", "periods"), [
    ("Japan's deficit was 2.19 trillion yen in January. Imports struck a high not seen since data became available in January 1979. "
     "Exports came to 6.33 trillion yen.", "2022-02-17", ["2022-01", "2022-01"]),
    ("Comparing last month's trade with January 2024, Malaysia's exports and imports fell by 9.1 per cent and 10.5 per cent.", "2024-03-18",
     ["2024-02", "2024-02"]),
    ("India's imports from China jumped 25 per cent to US$9.7 billion in March, and 11.52 per cent to US$113.45 billion in 2024-25.",
     "2025-04-16", ["2025-03", "2025-03", "2024-04/2025-03", "2024-04/2025-03"]),
    ("Japan's exports reached 9.91 trillion yen in December, an increase of 2.8 per cent (prior: 3.8 per cent).", "2025-01-23",
     ["2024-12", "2024-12"]),
])
def test_which_of_the_periods_named_is_a_figures(text: str, published: str, periods: list[str]) -> None:
    assert [c.period for c in read_text(text, published=published).claims] == periods


@pytest.mark.parametrize(("text", "kinds"), [
    ("Malaysia's deficit with China was the largest, climbing RM29.4 billion to RM382.9 billion in 2024.", ["change", "balance"]),
    ("Malaysia's exports dropped by 0.8 per cent y-o-y or RM939.5 million in February 2024.", ["change", "change"]),
    ("Malaysia chalked up a RM31.8 billion trade surplus in September 2022.", ["balance"]),
])
def test_a_change_told_in_money(text: str, kinds: list[str]) -> None:
    found = read_text(text, published="2024-12-20").claims
    assert [c.kind for c in found] == kinds
    assert found[-1].kind == "change" or abs(found[-1].value) > 30_000_000_000


@pytest.mark.parametrize("text", [
    "Palm oil: Malaysia's exports to China were worth RM192.21 billion in 2023.",
    "Metal products: Malaysia's exports to China were worth RM192.21 billion in 2023.",
    "Malaysia's exports increased in August 2024 with the rise in domestic exports, up by 15.5 per cent to RM106.4 billion.",
    "In 2021 the United States exported US$151 billion to China, then imported nothing less than US$506 billion from it.",
])
def test_what_is_narrower_or_not_understood_is_said(text: str) -> None:
    found = read_text(text, published="2024-12-20").claims
    assert found and all(c.qualifier or c.commodity or c.not_understood for c in found[-1:])


def test_in_the_red_is_a_run_of_deficits() -> None:
    (run,) = read_text("Japan's trade balance stayed in the red for the fifth straight year in 2025.", published="2026-01-22").claims
    assert (run.kind, run.of) == ("streak", "deficit")


def test_exports_of_a_text_about_nodx_are_nodx_until_it_says_total() -> None:
    text = ("Singapore's non-oil domestic exports (NODX) fell by 14.6 per cent in November. Exports to most declined. Exports to "
            "Hong Kong fell 41 per cent. Singapore's total exports fell 5 per cent.")
    assert ["NODX" in (c.qualifier or "") for c in read_text(text, published="2022-12-16").claims] == [True, True, False]
