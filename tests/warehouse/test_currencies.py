"""Currencies by code and by name; what is none is refused with the nearest."""

from __future__ import annotations

import pytest

from warehouse.reference.currencies import CODES, NAMES, currency
from warehouse.schema.errors import NotKnown, UsageError


@pytest.mark.parametrize(("wrote", "code"), [
    ("USD", "USD"), ("usd", "USD"), (" Usd ", "USD"), ("dollars", "USD"), ("US dollars", "USD"), ("$", "USD"), ("ringgit", "MYR"),
    ("RM", "MYR"), ("renminbi", "CNY"), ("RMB", "CNY"), ("Yuan", "CNY"), ("euros", "EUR"), ("Singapore dollars", "SGD"), ("yen", "JPY"),
    ("US$", "USD"), ("ＵＳＤ", "USD"), ("ringgit Malaysia", "MYR"), ("CN¥", "CNY")])
def test_a_currency_is_known_by_code_or_name(wrote: str, code: str) -> None:
    assert currency(wrote) == code


@pytest.mark.parametrize("wrote", ["", "   ", "xx", "zzz", "bitcoin", "USD; DROP TABLE x", "'", "US", "dollarydoos" * 20])
def test_what_is_no_currency_is_refused_by_name(wrote: str) -> None:
    with pytest.raises(UsageError, match="no currency"):
        currency(wrote)


def test_the_nearest_is_named() -> None:
    with pytest.raises(UsageError, match="nearest: MYR"):
        currency("ringit")


@pytest.mark.parametrize(("wrote", "codes"), [("peso", ("ARS", "CLP", "COP", "MXN", "PHP")), ("Rupees", ("INR", "LKR", "NPR", "PKR")),
                                              ("kroner", ("DKK", "NOK"))])
def test_a_name_of_several_currencies_is_none_of_them(wrote: str, codes: tuple[str, ...]) -> None:
    with pytest.raises(NotKnown, match="may be") as caught:
        currency(wrote)
    assert caught.value.nearest == codes and set(codes) <= CODES


def test_every_name_has_a_code() -> None:
    assert set(NAMES.values()) <= CODES
