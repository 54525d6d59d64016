"""Products as a person asks for them: a level of the Harmonized System, one code, a classification, or a code of a classification.

Pure: what is typed becomes values of parameters (``Products.asked``), never text of a statement. Names of codes are ``ref.product``'s.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from warehouse.schema.errors import NotKnown, UsageError

FORMS = "HS2, HS4 or HS6 (every product of that level), 8542 (one code), SITC4-1 (a classification), or \"HS2022 8542\" (both)"
HS = "HS"
"""The Harmonized System, whatever the edition: its editions are called HS1992 to HS2022 and begin with it."""
OWN = "entrepot"
"""The dataset of ``products.csv`` in ``ref.product``: short names in our own words."""
EDITIONS = ("HS1992", "HS1996", "HS2002", "HS2007", "HS2012", "HS2017", "HS2022")
"""Those that came into force so far, by their year; the next is of 2028."""
_LEVEL = re.compile(r"HS ?([246])", re.IGNORECASE | re.ASCII)
_CODE = re.compile(r"[0-9][0-9A-Z]{0,11}", re.ASCII)
_HS_CODE = re.compile(r"[0-9]{2}([0-9]{2}){0,2}", re.ASCII)
_LIST = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._-]{1,39}", re.ASCII)
_EDITION = re.compile(r"HS(19|20)[0-9]{2}", re.ASCII)


@dataclass(frozen=True)
class Products:
    """Which products are asked for. All empty but ``code``: all goods together, ``TOTAL`` of no classification."""

    classification: str = ""
    """A classification by its name; ``HS`` for every edition of the Harmonized System; empty for any."""
    level: int = 0
    """Only codes of so many digits; 0 for any."""
    code: str = ""
    """Only this code; empty for any."""

    @property
    def asked(self) -> dict[str, str | int]:
        """The parameters that every query by product takes: ``$classification``, ``$edition_of``, ``$digits``, ``$product``.

        Empty ones (0 digits) ask for nothing: as values that are known they are gone before the scan is planned.
        """
        family = self.classification == HS
        return {"classification": "" if family else self.classification, "edition_of": HS if family else "", "digits": self.level,
                "product": self.code}

    def of(self, classification: str) -> bool:
        """Whether codes of a classification are among them."""
        return classification.startswith(HS) if self.classification == HS else self.classification in ("", classification)

    @property
    def steps(self) -> list[tuple[str, str, object]]:
        """What was asked for as ``warehouse.ask.coverage.refusals`` narrows it down: name, column, value."""
        if self == TOTAL:
            return [("products", "classification", "-")]
        code: list[tuple[str, str, object]] = [("product", "product", self.code)] if self.code else []
        if self.classification == HS:
            return [*code, ("products", "hs_level", f"HS{self.level or len(self.code)}")]
        return [*([("products", "classification", self.classification)] if self.classification else []), *code]

    def __str__(self) -> str:
        if self == TOTAL:
            return "all goods"
        if self.level:
            return f"HS{self.level}"
        return self.code if self.classification == HS else f"{self.classification} {self.code}".strip()

    @property
    def listed(self) -> str:
        """A code with its list, for a reader who was not told which: ``HS 8542``, ``SITC4-1 7``."""
        return f"{HS} {self}" if self.classification == HS and self.code else str(self)


TOTAL = Products("-", 0, "TOTAL")
"""All goods together."""


def chapters() -> dict[str, str]:
    """Short names of the chapters of the Harmonized System, in our own words, by their code."""
    with (Path(__file__).parent / "products.csv").open(encoding="utf-8", newline="") as file:
        return {row["product"]: row["name"] for row in csv.DictReader(file) if row["classification"] == HS}


def parse(text: str | None) -> Products:
    """What ``--products`` means; all goods where nothing is said. Raises UsageError, which names the forms.

    A code alone of two, four or six digits is of the Harmonized System, of any edition, and of any list with another length:
    the same digits mean other goods in SITC (8421: centrifuges in the HS, coats in SITC), whose codes are named with their list.
    """
    if text is None:
        return TOTAL
    words = text.split()
    if found := _LEVEL.fullmatch(" ".join(words)):
        return Products(HS, int(found[1]))
    if len(words) == 1:
        (word,) = words
        if word.upper() == TOTAL.code:
            return TOTAL
        if _CODE.fullmatch(word):
            return Products(HS if _HS_CODE.fullmatch(word) else "", 0, word)
        if _LIST.fullmatch(word) and not _looks_like_a_code(word):
            return Products(word)
    if len(words) == 2:
        named, code = words
        if named.upper() == HS and _HS_CODE.fullmatch(code):
            return Products(HS, 0, code)
        if _LIST.fullmatch(named) and not _looks_like_a_code(named) and _CODE.fullmatch(code):
            return Products(named, 0, code)
    raise NotKnown(f"{text[:60]!r} is no product, level or classification: write {FORMS}", what="products", typed=text)


def one(text: str | None) -> Products:
    """One product or all goods: for what is asked of a single one. Raises UsageError for a level or a whole classification."""
    found = parse(text)
    if not found.code:
        raise UsageError(f"{found} is more than one product, and one is asked for: 8542, or a code with its classification "
                         f"(\"HS2022 8542\"). entrepot get lists the figures of all of {found}")
    return found


def _looks_like_a_code(word: str) -> bool:
    """HS85, HS8542: digits behind HS that are no edition."""
    return word.upper() == HS or (word[2:].isdigit() and word[:2].upper() == HS and not _EDITION.fullmatch(word))
