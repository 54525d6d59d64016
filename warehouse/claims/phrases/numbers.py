"""Numbers as people write them, read whole or not at all: ``1,508.71``, ``1 508.71``, ``1'508``, ``1.508,71``, ``1,23,456``, ``17 1/2``,
``seven hundred and twenty-two``, ``one and a half``; with what multiplies them (``billion``, ``thousand million``, ``lakh crore``).

A number that stands in pieces ("1 trillion and 508.71 billion", "7.2 x 10^5") or that can be read in two ways has no value here: ``whole``
says so. Pure. Where money or a percentage stands around a number is ``warehouse.claims.phrases.quantities``.
"""

from __future__ import annotations

import re
from decimal import Decimal

from warehouse.claims.limits import MOST_DECIMALS, MOST_DIGITS
from warehouse.claims.model import Written
from warehouse.claims.phrases.rules import rule
from warehouse.claims.vocabulary import vocabulary

_HALF = re.compile(r"[ -]and[- ]a[- ]half$", re.IGNORECASE)
_FRACTION = re.compile(r"(?:^|[ -])(\d)[/⁄](\d)$")
_GERMAN = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}")
_DECIMAL_COMMA = re.compile(r"(?:\d{1,3}(?: \d{3})*|\d{1,3}(?:\.\d{3})+),\d{1,2}|0,\d+")
_NUMERAL = r"hundred|thousand|point|{}"
_COUNTED = frozenset(
    ["no", "number", "top", "day", "phase", "chapter", "heading", "section", "article", "hs", "group", "class", "page", "item"])
"""Words that a number of its own stands behind: "on May 5 722 billion yuan"."""


def value_of(number: str) -> tuple[Decimal, int] | None:
    """A number and the digits behind its point; None where it has more digits than any figure of trade, or no one value."""
    if sum(map(str.isdigit, number)) > MOST_DIGITS + MOST_DECIMALS:
        return None
    plain, more, decimals = number, Decimal(0), 0
    if half := _HALF.search(plain):
        plain, more, decimals = plain[:half.start()], Decimal("0.5"), 1
    elif part := _FRACTION.search(plain):
        of = int(part[2])
        if of not in (2, 4, 5, 8) or int(part[1]) >= of:
            return None
        more = Decimal(int(part[1])) / of
        plain, decimals = plain[:part.start()], -int(more.normalize().as_tuple().exponent)
    if not plain:
        return more, decimals
    if not plain[0].isdigit():
        return spelt(plain) + more, decimals
    if _DECIMAL_COMMA.fullmatch(plain) or _GERMAN.fullmatch(plain):
        plain = plain.replace(".", "").replace(",", ".")
    whole, _, behind = re.sub("[, ']", "", plain).partition(".")
    if len(whole) > MOST_DIGITS or len(behind) > MOST_DECIMALS or (behind and decimals):
        return None
    return Decimal(f"{whole}.{behind}" if behind else whole) + more, len(behind) or decimals


def power_of(magnitude: str) -> int:
    """Powers of ten of what multiplies a number: ``bn``, ``thousand million``."""
    known = vocabulary().words["magnitudes"]
    words = re.findall(r"[a-z]+", magnitude.lower())
    return sum(2 if word == "hundred" else int(known.get(word) or known[word.removesuffix("s")]) for word in words)


def written(text: str, number: str, magnitude: str = "", rest: str = "") -> Written | None:
    """A number with its digits; ``rest`` goes on behind it in a smaller magnitude (" 508.71 billion"). None where there is no value."""
    read = value_of(number)
    if read is None:
        return None
    (mantissa, decimals), power = read, power_of(magnitude)
    value = mantissa.scaleb(power)
    for piece in rule("quantities.piece").finditer(rest):
        more, smaller = value_of(piece["n"]), power_of(piece["m"])
        if more is None or smaller >= power or decimals or more[0].scaleb(smaller) >= Decimal(10) ** power:
            return None
        value, decimals, power = value + more[0].scaleb(smaller), more[1], smaller
    return Written(text.removesuffix("."), value.normalize() + 0, decimals, 10 ** power)


def spelt(words: str) -> int:
    """The number that words spell: "twenty-one", "two hundred and twelve"."""
    vocab, total = vocabulary(), 0
    for word in re.split(r"[ -]+", words.lower()):
        if word == "thousand":
            total = max(total, 1) * 1000
        elif word == "hundred":
            total = max(total, 1) * 100
        elif word != "and":
            total += vocab.numbers.get(word, 0)
    return total


def whole(text: str, start: int, end: int) -> bool:
    """Whether the number at a place, with what multiplies it, is no piece of a longer one that is not read."""
    before, after = text[max(0, start - 60):start], text[end:end + 40]
    if re.match(r"\d|[.,'·⁄/^]\d|[ -]?(?:x|×|\*) ?10\b", after):
        return False
    if rule("quantities.goes_on").match(after):
        return False
    if re.search(r"[\^×*·⁄]$|\d[/:'_]$|\d ?x ?$|\bpoint $|×\s$", before, re.IGNORECASE):
        return False
    if text[start].isdigit():
        near = re.search(r"(?:^|[^\w.,'])(\d(?:[\d.,']*\d)?) +$", before)
        if near and not re.fullmatch(r"(?:19|20)\d\d", near[1]):
            return False
        if " " in text[start:end] and re.match(r"\d{1,3} \d", text[start:end]):
            word = re.search(r"([A-Za-z]+)\.? $", before)
            if word and (word[1].lower() in _COUNTED or word[1].lower() in vocabulary().months):
                return False
        if re.search(r"\d[^\w\s()\"'/-]$|\d ?\. $", before):
            return False
        apart = re.search(r"(?:(\w+) |[^\w.,])\d{1,3}, $", before)
        if apart and re.match(r"\d{3}(?!\d)", text[start:]) and (apart[1] or "").lower() not in vocabulary().months \
                and rule("quantities.magnitude_last").search(text, start, end):
            return False
        dashed = re.search(r"(?:^|[^\w.,'])(\d[\d.,']*) ?- ?$", before)
        if dashed and not re.fullmatch(r"(?:19|20)\d\d", dashed[1]):
            return False
    elif re.search(rf"\b(?:{_NUMERAL.format('|'.join(vocabulary().numbers))})(?:[- ]and)?[- ]$", before, re.IGNORECASE):
        return False
    if re.search(r"\bhundred (?:and )?$|\bthousand (?:and )?$", before, re.IGNORECASE):
        return False
    return not _summed(text, start, end, before)


def _summed(text: str, start: int, end: int, before: str) -> bool:
    """"1 trillion and 508 billion yuan" may be one sum or two."""
    larger = rule("quantities.larger").search(before)
    own = rule("quantities.magnitude_last").search(text, max(start, end - 24), end)
    if larger is None or own is None:
        return False
    first = value_of(larger["n"])
    if "crore" in own["m"].lower() and "crore" not in larger["m"].lower():
        return True  # "12 lakh and 30 thousand crore"
    return power_of(larger["m"]) > power_of(own["m"]) and (first is None or first[1] == 0)
