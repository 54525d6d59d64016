"""Synthetic paragraphs and rewordings for the reader of claims: made-up figures, real grammar.

``reworded`` changes economies, months, years and currencies of a labelled sentence together with its labels; ``Paragraphs`` writes
three to five sentences about one economy or one pair, the later ones leaving out what the earlier ones said.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

ECONOMIES = {
    "MYS": ("Malaysia", "Malaysian"),
    "CHN": ("China", "Chinese"),
    "VNM": ("Vietnam", "Vietnamese"),
    "THA": ("Thailand", "Thai"),
    "IDN": ("Indonesia", "Indonesian"),
    "KHM": ("Cambodia", "Cambodian"),
    "JPN": ("Japan", "Japanese"),
    "IND": ("India", "Indian"),
    "SGP": ("Singapore", "Singaporean"),
    "AUS": ("Australia", "Australian"),
    "KOR": ("South Korea", "South Korean"),
    "PHL": ("the Philippines", "Philippine"),
    "DEU": ("Germany", "German"),
    "BRA": ("Brazil", "Brazilian"),
}
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
CURRENCIES = {"MYR": "RM", "USD": "US$", "CNY": "RMB", "EUR": "€", "GBP": "£", "AUD": "A$"}

# Which names of one economy may stand for those of another, so that a sentence stays a sentence.
SWAPS = {"MYS": "THA", "CHN": "IND", "VNM": "BRA", "KHM": "PHL", "IDN": "AUS", "JPN": "KOR", "SGP": "JPN", "USA": "DEU", "TWN": "SGP"}
def swapped(text: str) -> str:
    """A text with each economy's name and adjective replaced by another's, all at once."""
    forms: dict[str, str] = {}
    names = ECONOMIES | {"USA": ("the US", "American"), "TWN": ("Taiwan", "Taiwanese")}
    for old, new in SWAPS.items():
        for had, gets in zip(names[old], names[new], strict=True):
            bare_had, bare_gets = had.removeprefix("the "), gets.removeprefix("the ")
            forms[bare_had] = bare_gets
            forms[bare_had.upper()] = bare_gets.upper()
    pattern = "|".join(sorted(map(re.escape, forms), key=len, reverse=True))
    return re.sub(rf"\b(?:{pattern})\b(?!\$)", lambda found: forms[found[0]], text)


def swapped_code(code: str | None) -> str | None:
    return SWAPS.get(code, code) if code else code


def with_other_year(text: str, shift: int) -> str:
    return re.sub(r"(?<![\d.,$])((?:19|20)\d\d)(?![\d.,]\d)", lambda found: str(int(found[1]) + shift), text)


def shifted_period(period: str | None, years: int) -> str | None:
    return None if period is None else re.sub(r"(\d{4})(?!\d)", lambda found: str(int(found[1]) + years), period)


@dataclass
class Paragraph:
    """Sentences with what each claims, in the keys of the labels."""

    published: str
    sentences: list[str] = field(default_factory=list)
    claims: list[list[dict[str, Any]]] = field(default_factory=list)

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        for number, (text, claims) in enumerate(zip(self.sentences, self.claims, strict=True)):
            yield {
                "id": f"{name}-{number}",
                "text": text,
                "published": self.published,
                "context": None,
                "source": f"synthetic:{name}",
                "claims": claims,
            }


UP = ("rose", "grew", "increased", "climbed", "expanded")
DOWN = ("fell", "declined", "dropped", "contracted", "slipped")


class Paragraphs:
    """Paragraphs from a seed; the figures are random and mean nothing."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def _percent(self) -> str:
        return f"{self.random.randint(1, 39)}.{self.random.randint(1, 9)}"

    def _money(self, currency: str) -> tuple[str, int]:
        whole, part = self.random.randint(2, 900), self.random.randint(1, 99)
        return f"{CURRENCIES[currency]}{whole}.{part:02d} billion", whole * 10**9 + part * 10**7

    def _moved(self) -> tuple[str, str]:
        return (self.random.choice(UP), "up") if self.random.random() < 0.6 else (self.random.choice(DOWN), "down")

    def make(self) -> Paragraph:
        """An article about one economy's trade with all, or about a pair."""
        return self.about_pair() if self.random.random() < 0.5 else self.about_one()

    def _period(self) -> tuple[str, str, str]:
        """Words, the period they mean, and a day soon after."""
        year, month = self.random.randint(2012, 2024), self.random.randint(2, 11)
        published = f"{year}-{month + 1:02d}-18"
        choice = self.random.randrange(4)
        if choice == 0:
            return f"in {MONTHS[month - 1]} {year}", f"{year}-{month:02d}", published
        if choice == 1:
            return f"in {MONTHS[month - 1]}", f"{year}-{month:02d}", published
        if choice == 2:
            return f"in the first {month} months of this year", f"{year}-01/{year}-{month:02d}", published
        return f"in {year - 1}", str(year - 1), published

    def _pair_of_claims(
        self, base: dict[str, Any], percent: str, direction: str, money: tuple[str, int], currency: str
    ) -> list[dict[str, Any]]:
        return [
            base | {"kind": "change", "value": float(percent), "unit": "percent", "direction": direction},
            base | {"kind": "level", "value": money[1], "unit": currency, "direction": None},
        ]

    def about_one(self) -> Paragraph:
        code = self.random.choice(sorted(ECONOMIES))
        name = ECONOMIES[code][0]
        when, period, published = self._period()
        currency = self.random.choice(("USD", "EUR"))
        made = Paragraph(published)
        base = {
            "reporter": code,
            "reporter_certain": True,
            "partner": "WLD",
            "group": None,
            "commodity": None,
            "period": period,
            "approx": False,
        }

        def told(flow: str, words: str, extra: dict[str, Any] | None = None) -> None:
            verb, direction = self._moved()
            percent, money = self._percent(), self._money(currency)
            made.sentences.append(words.format(verb=verb, percent=percent, money=money[0], name=name, when=when))
            made.claims.append(self._pair_of_claims(base | {"flow": flow} | (extra or {}), percent, direction, money, currency))

        opening = self.random.choice(
            (
                "{name}'s exports {verb} {percent} per cent year-on-year to {money} {when}.",
                "{name}'s exports {verb} by {percent}% to {money} {when}, official data showed.",
                "Exports of {name} {verb} {percent} percent to {money} {when}.",
            )
        )
        told("export", opening[0].upper() + opening[1:] if not opening.startswith("{") else opening)
        told(
            "import",
            self.random.choice(("Imports {verb} {percent} per cent to {money}.", "Imports, meanwhile, {verb} by {percent}% to {money}.")),
        )
        told(
            "total",
            self.random.choice(
                ("Total trade {verb} {percent} per cent to {money}.", "The country's total trade {verb} by {percent}% to {money}.")
            ),
        )
        if self.random.random() < 0.5:
            told("export", "Exports of palm oil {verb} {percent} per cent to {money}.", {"commodity": "palm oil"})
        if self.random.random() < 0.5:
            told(
                "export",
                f"Exports to {ECONOMIES[self._other(code)][0]} {{verb}} {{percent}} per cent to {{money}}.",
                {"partner": self._last_other},
            )
        return self._capital(made)

    def _other(self, code: str) -> str:
        self._last_other = self.random.choice(sorted(ECONOMIES.keys() - {code}))
        return self._last_other

    def about_pair(self) -> Paragraph:
        code = self.random.choice(sorted(ECONOMIES))
        other = self._other(code)
        name, partner = ECONOMIES[code][0], ECONOMIES[other][0]
        when, period, published = self._period()
        currency = "USD"
        made = Paragraph(published)
        base = {
            "reporter": code,
            "reporter_certain": False,
            "partner": other,
            "group": None,
            "commodity": None,
            "period": period,
            "approx": False,
        }

        def told(flow: str, words: str, certain: bool = False) -> None:
            verb, direction = self._moved()
            percent, money = self._percent(), self._money(currency)
            made.sentences.append(words.format(verb=verb, percent=percent, money=money[0], name=name, partner=partner, when=when))
            made.claims.append(
                self._pair_of_claims(base | {"flow": flow, "reporter_certain": certain}, percent, direction, money, currency)
            )

        told(
            "total",
            self.random.choice(
                (
                    "Trade between {name} and {partner} {verb} {percent} per cent to {money} {when}.",
                    "Bilateral trade between {name} and {partner} {verb} by {percent}% to {money} {when}.",
                )
            ),
        )
        told(
            "export",
            self.random.choice(
                ("{name}'s exports to {partner} {verb} {percent} per cent to {money}.", "{name}'s exports {verb} by {percent}% to {money}.")
            ),
            certain=True,
        )
        told(
            "import",
            self.random.choice(
                ("Its imports from {partner} {verb} {percent} per cent to {money}.", "Imports {verb} by {percent} per cent to {money}.")
            ),
            certain=True,
        )
        if self.random.random() < 0.5:
            told(
                "total",
                self.random.choice(
                    ("The two countries' trade {verb} {percent} per cent to {money}.", "Two-way trade {verb} by {percent}% to {money}.")
                ),
            )
        if self.random.random() < 0.5:
            rank = self.random.randint(2, 9)
            made.sentences.append(
                f"{partner} is {name}'s {('second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth')[rank - 2]} "
                "largest trading partner."
            )
            made.claims.append(
                [
                    base
                    | {
                        "kind": "rank",
                        "value": rank,
                        "unit": "rank",
                        "flow": "total",
                        "reporter_certain": True,
                        "period": None,
                        "direction": None,
                    }
                ]
            )
        return self._capital(made)

    @staticmethod
    def _capital(made: Paragraph) -> Paragraph:
        made.sentences = [text[0].upper() + text[1:] for text in made.sentences]
        return made


def labelled(path: Any) -> list[dict[str, Any]]:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  # any path-like
        return [json.loads(line) for line in file if line.strip()]
