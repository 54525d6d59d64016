"""Numbers in every shape that people write: the right value, or no claim; never another one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from warehouse.claims.limits import MOST_DIGITS
from warehouse.claims.read.reader import read_text
from warehouse.claims.weigh.intervals import around, fit


def read(sentence: str) -> list[tuple[str, Decimal, str, str | None]]:
    found = read_text(sentence, published="2025-02-20").claims
    return [(claim.kind, claim.value, claim.unit, claim.direction) for claim in found]


@pytest.mark.parametrize(("written", "value"), [
    ("2 trillion 307.45 billion yuan", "2307450000000"),
    ("RMB2 trillion 307.45 billion", "2307450000000"),
    ("two trillion three hundred and seven billion yuan", "2307000000000"),
    ("2 trillion 307 billion 450 million yuan", "2307450000000"),
    ("641 230 million yuan", "641230000000"),
    ("641\u00a0230 million yuan", "641230000000"),
    ("641\u2009230 million yuan", "641230000000"),
    ("641\u202f230 million yuan", "641230000000"),
    ("641’230 million yuan", "641230000000"),
    ("641'230.5 million yuan", "641230500000"),
    ("RMB641,23 billion", "641230000000"),
    ("2.307,45 billion yuan", "2307450000000"),
    ("RMB2.307.450 million", "2307450000000"),
    ("RMB0,641 trillion", "641000000000"),
    ("98.4 thousand million yuan", "98400000000"),
    ("six hundred and forty-one billion yuan", "641000000000"),
    ("two and a half trillion yuan", "2500000000000"),
    ("2½ trillion yuan", "2500000000000"),
    ("2 1/4 trillion yuan", "2250000000000"),
    ("6,412.3 hundred million yuan", "641230000000"),
    ("Rmb641bn", "641000000000"),
    ("yuan 641 billion", "641000000000"),
    ("renminbi 641bn", "641000000000"),
    ("CN¥641bn", "641000000000"),
    ("6,41,230 crore yuan", "6412300000000"),
    ("3.2 lakh crore yuan", "3200000000000"),
])
def test_a_sum_in_any_shape_is_read_whole(written: str, value: str) -> None:
    assert read(f"China's exports to Vietnam reached {written} in 2024.") == [("level", Decimal(value), "CNY", None)]


@pytest.mark.parametrize(("written", "value", "unit"), [
    ("98.4 bln dlrs", "98400000000", "USD"), ("dlrs 98.4 billion", "98400000000", "USD"),
    ("Rs 4.1 lakh crore", "4100000000000", "INR"), ("4,10,000 crore rupees", "4100000000000", "INR"),
    ("Rs 4,10,000.5 crore", "4100005000000", "INR")])
def test_units_of_other_countries(written: str, value: str, unit: str) -> None:
    assert read(f"India's imports from China were worth {written} in 2024.") == [("level", Decimal(value), unit, None)]


@pytest.mark.parametrize(("written", "value"), [
    ("12½", "12.5"), ("12 1/2", "12.5"), ("12-3/4", "12.75"), ("12,5", "12.5"), ("twelve and a half", "12.5"), ("½", "0.5")])
def test_a_percentage_with_a_fraction(written: str, value: str) -> None:
    assert read(f"China's exports to Vietnam were up {written} per cent in 2024.") == [("change", Decimal(value), "percent", "up")]


@pytest.mark.parametrize("written", [
    "RMB2 trillion and 307.45 billion", "2 trillion and 307.45 billion yuan", "2 trillion, 307.45 billion yuan",
    "two point five trillion yuan",
    "a hundred and twenty billion yuan", "2307 450 million yuan", "RMB2,307,45 million", "2, 307.45 billion yuan",
    "2,307 . 45 billion yuan",
    "RMB641230 wan", "5×10⁹ million yuan", "RMB641² billion", "1.5 x 10^11 million yuan", "2٬307 billion yuan", "641_230 million yuan",
    "2 trillion & 307.45 billion yuan", "2-trillion-307.45-billion yuan", "12 lakh and 30 thousand crore yuan",
    "RMB2 trillion and three hundred billion", "641.230 million yuan", "RMB641.230 million", "641  230 million yuan",
    "641\u00ad230 billion yuan",
    "(100 million yuan) 6,412.3", "unit: 100 million yuan; 6,412.3",
    "$98/641 billion yuan", "641·2 billion yuan", "9" * (MOST_DIGITS + 1) + " yuan in 1 billion yuan notes"])
def test_what_is_in_pieces_or_has_two_values_is_no_sum(written: str) -> None:
    assert [found for found in read(f"China's exports to Vietnam reached {written} in 2024.") if found[0] == "level"
            and found[1] != Decimal(10**9)] == []


def test_a_third_has_no_last_digit() -> None:
    assert read("China's exports to Vietnam were up 17⅓ per cent in 2024.") == []


@pytest.mark.parametrize("written", [
    "RM98-104 billion", "RM98–104 billion", "RM98 to 104 billion", "RM98 - 104 billion", "RM98bn-RM104bn", "between RM98 and 104 billion",
    "between RM98 billion and RM104 billion", "between 98 and 104 billion ringgit", "98-104 billion ringgit", "98 to 104 billion ringgit",
    "98 billion to 104 billion ringgit", "98~104 billion ringgit", "RM98 billion to RM104 billion"])
def test_a_range_has_both_ends(written: str) -> None:
    (claim,) = read_text(f"Malaysia's exports were {written} in June 2024.", published="2025").claims
    assert (claim.value, claim.written.upper, claim.unit) == (Decimal(98) * 10**9, Decimal(104) * 10**9, "MYR")


@pytest.mark.parametrize("written", ["3-5 per cent", "3 to 5 per cent", "3%-5%", "between 3 and 5 per cent", "3 per cent-5 per cent"])
def test_a_range_of_growth_has_both_ends(written: str) -> None:
    (claim,) = read_text(f"Malaysia's exports rose {written} in June 2024.", published="2025").claims
    assert (claim.value, claim.written.upper, claim.direction) == (Decimal(3), Decimal(5), "up")


def test_a_step_is_no_range() -> None:
    assert read("Malaysia's exports rose from RM98 to RM104 billion in June 2024.") == [("level", Decimal(104) * 10**9, "MYR", None)]


@pytest.mark.parametrize("sentence", [
    "Vietnam's exports to China in 2024 – RMB641 billion – set a record.",
    "Vietnam's exports to China in 2024 — RMB641 billion — set a record.",
    "Vietnam's exports to China –RMB641 billion in 2024– set a record.",
    "Vietnam's exports to China − RMB641 billion in 2024 − set a record.",
    "Vietnam's exports to China in 2024 (RMB641 billion - a record) grew."])
def test_a_dash_beside_a_sum_is_no_minus(sentence: str) -> None:
    assert read(sentence) == [("level", Decimal(641) * 10**9, "CNY", None)]


@pytest.mark.parametrize("dash", [" – ", "—", "–", " -- ", " -", " - or "])
def test_a_dash_before_growth_is_no_minus(dash: str) -> None:
    assert read(f"Vietnam's exports to China reached RMB641 billion in 2024{dash}12.3 per cent more than in 2023.") == [
        ("level", Decimal(641) * 10**9, "CNY", None), ("change", Decimal("12.3"), "percent", "up")]


@pytest.mark.parametrize("sign", ["–", "-", "−", "− ", "‑"])
def test_a_minus_at_its_figure_is_a_fall(sign: str) -> None:
    assert read(f"China's imports from Vietnam in June 2024: {sign}4.2 per cent.") == [("change", Decimal("4.2"), "percent", "down")]
    assert read(f"Malaysia's trade balance was {sign}RM14.3 billion in June 2024.") == [("balance", Decimal("-14300000000"), "MYR", None)]


@pytest.mark.parametrize(("sentence", "unit"), [
    ("Japan's exports reached ¥9.2 trillion in 2024.", "JPY"), ("China's exports to Laos reached ¥9.2 billion in 2024.", "CNY"),
    ("China's exports to Japan reached ¥1.1 trillion in 2024.", None)])
def test_a_sign_of_two_currencies_is_whose_country_is_spoken_of(sentence: str, unit: str | None) -> None:
    assert [found[2] for found in read(sentence)] == ([unit] if unit else [])


@pytest.mark.parametrize("written", [
    "minus 4.2 per cent", "negative 4.2 per cent", "negative, at 4.2 per cent", "-4.2 per cent"])
def test_a_minus_in_words_is_a_fall(written: str) -> None:
    assert read(f"Malaysia's export growth was {written} in June 2024.") == [("change", Decimal("4.2"), "percent", "down")]


@pytest.mark.parametrize("written", [
    "was minus RM1.2 billion", "was a negative RM1.2 billion", "was in the red by RM1.2 billion", "was a shortfall of RM1.2 billion"])
def test_a_balance_below_nought_in_words(written: str) -> None:
    assert read(f"Malaysia's trade balance {written} in June 2024.") == [("balance", Decimal("-1200000000"), "MYR", None)]


@pytest.mark.parametrize("sentence", [
    "Malaysia's export growth was (4.2%) in June 2024.", "Malaysia's trade balance was (RM1.2 billion) in June 2024.",
    "Malaysia's export growth was -3 to 5 per cent in June 2024.", "Malaysia's export growth was minus 3 to 5 per cent in June 2024.",
    "Malaysia's exports rose RM126 million in June 2024.", "Malaysia's trade surplus widened RM1.2 billion in June 2024."])
def test_a_figure_whose_direction_or_kind_is_open_is_no_claim(sentence: str) -> None:
    assert read(sentence) == []


def test_a_figure_that_is_denied_is_no_claim() -> None:
    assert read("Malaysia's exports were RM126 billion, not RM130 billion, in June 2024.") == [("level", Decimal(126) * 10**9, "MYR", None)]


def test_a_range_of_multiples_has_both_ends() -> None:
    (claim,) = read_text("Malaysia's exports to China were 5 to 6 times higher in 2023.", published="2025").claims
    assert (claim.value, claim.written.upper) == (5, 6)


@pytest.mark.parametrize("sentence", [
    "Malaysia's trade surplus (US$1.2 billion) was the largest of the year in June 2024.",
    "Malaysia's exports hit RM126 billion, the highest of the year, in June 2024."])
def test_the_best_of_a_year_is_not_the_year(sentence: str) -> None:
    assert [str(claim.period) for claim in read_text(sentence, published="2025-02-20").claims] == ["2024-06"]


@pytest.mark.parametrize(("words", "official", "fits"), [
    ("less than", "186.1", "bound"), ("below", "186.1", "bound"), ("under", "186.14", "bound"), ("less than", "185.5", "hedged"),
    ("up to", "186.1", "hedged"), ("less than", "190", None)])
def test_a_figure_is_not_below_itself(words: str, official: str, fits: str | None) -> None:
    (claim,) = read_text(f"Malaysia's exports to China were {words} RM186.1 billion in 2024.", published="2025-03-01").claims
    assert claim.hedge == words
    assert fit(claim, around(Decimal(official) * 10**9, Decimal(0))) == fits


@pytest.mark.parametrize(("said", "official", "fits"), [
    ("over 100 billion", "148", "understated"), ("over 100 billion", "193", "bound"), ("over 120 billion", "140", "understated"),
    ("over 120 billion", "148", "bound"), ("over 133 billion", "133.9", "hedged"), ("over 133 billion", "193", "bound"),
    ("more than 1.5 trillion", "1700", "understated"), ("below 200 billion", "140", "understated"), ("below 187 billion", "140", "bound")])
def test_a_bound_describes_what_its_digits_can(said: str, official: str, fits: str) -> None:
    (claim,) = read_text(f"China's exports to Malaysia were {said} yuan in 2024.", published="2025-02-20").claims
    assert fit(claim, around(Decimal(official) * 10**9, Decimal(0))) == fits
