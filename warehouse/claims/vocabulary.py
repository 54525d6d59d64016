"""The words that reading goes by: files beside this module that people read and extend, compiled once at the first reading.

``words.toml`` has words by kind (months, hedges, verbs of change, cues), ``heads.toml`` what figures measure (flows, what is no
trade, goods, roles of an Nth-largest), ``economies.csv`` what news calls economies beyond ``warehouse.reference`` (adjectives,
authorities, capitals, regions, "the two countries"), ``periods.toml`` how it says when, ``events.toml`` agreements and visits.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.reference import areas

HERE = Path(__file__).parent / "vocabulary"

TOKEN = re.compile(r"'s\b|(?:[A-Za-z]\.){2,}|[^\W_]+(?:[&./][^\W_]+)*|[&(),$']")
"""Words, and the marks that can be part of a name. Hyphens and blanks alike only separate."""


@dataclass(frozen=True)
class Entry:
    """One phrase of the lexicon: what class of thing it names and which."""

    words: tuple[str, ...]
    """Lower case."""
    kind: str
    """economy, agency, region, flow, verb, other, noise, goods, all_goods."""
    value: str
    cased: str = ""
    """The form with its capitals, where only that form counts."""
    manner: str = ""
    """Of an economy: name, adjective, capital, pronoun; of a flow: deficit."""


@dataclass(frozen=True)
class Vocabulary:
    """Everything compiled."""

    words: Mapping[str, Any]
    heads: Mapping[str, Any]
    grammar: Mapping[str, Mapping[str, str]]
    """Patterns over marked sentences, by section and name; ``warehouse.claims.phrases.marks.rule`` compiles them."""
    lexicon: Mapping[str, tuple[Entry, ...]]
    """By first word, longest phrase first."""
    abbreviations: frozenset[str]
    ending_abbreviations: frozenset[str]
    openers: frozenset[str]
    scripts: tuple[tuple[str, str, str], ...]
    small_words: Mapping[str, frozenset[str]]
    months: Mapping[str, int]
    numbers: Mapping[str, int]
    ordinals: Mapping[str, int]
    plain_words: frozenset[str]
    """Words before a flow that are no goods."""
    plain_owners: frozenset[str]
    """Owners of a flow that are no party to it: "the year's exports"."""
    sources: Mapping[str, str]
    """Domain → the economy its publisher speaks for."""
    domains: Mapping[str, str]
    """Country domain → economy."""
    names: Mapping[str, str]
    """Economies named in one word, lower case → as written: for the words of an address."""


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Lower-case words with their offsets."""
    return [(found[0].lower(), found.start(), found.end()) for found in TOKEN.finditer(text)]


def alternatives(phrases: Iterable[str]) -> str:
    """A pattern for any of these phrases, the longest first; a blank also stands for a hyphen."""
    return "|".join(re.escape(phrase).replace(r"\ ", "[ -]").replace(r"\-", "[ -]?")
                    for phrase in sorted(set(phrases), key=lambda one: (-len(one), one)))


def _toml(name: str) -> dict[str, Any]:
    with (HERE / name).open("rb") as file:
        return tomllib.load(file)


def _economies() -> Iterable[Entry]:
    """Names from the reference and from ``economies.csv``. Codes are those of the labels: one for a
    union, whatever year its members are of."""
    known: dict[str, str] = {}
    for row in areas.rows("ref.area"):
        if row["kind"] == "country" and not row["valid_to"]:
            known[str(row["name"])] = str(row["area"])
    for row in areas.rows("ref.area_code"):
        if row["source"] == areas.NAMES and len(str(row["code"])) > 3:
            known[str(row["code"])] = str(row["area"]).replace("EU27_2020", "EU").replace("EU28", "EU")
    yield from (_entry(name, "economy", area, "name") for name, area in known.items())
    for form, area, manner in rows("economies.csv"):
        kind = {"agency": "agency", "vague": "agency", "subnational": "region"}.get(manner, "economy")
        yield _entry(form, kind, area, manner)


def rows(name: str) -> list[list[str]]:
    """Lines of a CSV file of the vocabulary, without its head."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def _entry(form: str, kind: str, value: str, manner: str = "") -> Entry:
    words = tuple(word for word, _, _ in tokens(form))
    cased = form if kind in ("economy", "agency", "region") and any(char.isupper() for char in form) else ""
    return Entry(words, kind, value, cased, manner)


def _heads(heads: Mapping[str, Any]) -> Iterable[Entry]:
    deficits = set(heads["flows"]["deficit"])
    for flow, forms in heads["flows"].items():
        if flow != "deficit":
            yield from (_entry(form, "flow", flow, "deficit" if form in deficits else "") for form in forms)
    for flow, forms in heads["verbs"].items():
        yield from (_entry(form, "verb", flow) for form in forms)
    for kind in ("others", "noise"):
        yield from (_entry(form, kind.removesuffix("s"), "") for form in heads[kind]["words"])
    yield from (_entry(form, "goods", form) for form in heads["commodity"]["words"])
    yield from (_entry(form, "all_goods", "") for form in heads["commodity"]["all_goods"])


GENERIC = {"AI", "CC", "CO", "FM", "IO", "LA", "LY", "ME", "SH", "TO", "TV", "WS", "AZ"}
"""Country domains that anybody uses."""

PRIORITY = ("noise", "other", "flow", "agency", "economy", "region", "goods", "all_goods", "verb")
"""Of two readings of the same words, the first of these."""


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, read from its files and compiled."""
    words, heads = _toml("words.toml"), _toml("heads.toml")
    lexicon: dict[str, dict[tuple[tuple[str, ...], str], Entry]] = {}
    for entry in (*_heads(heads), *_economies()):
        held = lexicon.setdefault(entry.words[0], {})
        key = (entry.words, entry.cased)
        before = held.get(key)
        if before is None or PRIORITY.index(entry.kind) <= PRIORITY.index(before.kind):
            held[key] = entry
    return Vocabulary(
        words=words, heads=heads, grammar=_toml("grammar.toml"),
        lexicon={first: tuple(sorted(held.values(), key=lambda one: (-len(one.words), PRIORITY.index(one.kind))))
                 for first, held in lexicon.items()},
        abbreviations=frozenset(words["abbreviations"]["always"]) | frozenset(words["abbreviations"]["ending"]),
        ending_abbreviations=frozenset(words["abbreviations"]["ending"]),
        openers=frozenset(words["abbreviations"]["openers"]),
        scripts=tuple((code, *span.split("-")) for code, span in words["scripts"].items()),
        small_words={code: frozenset(small) for code, small in words["small_words"].items()},
        months={form.lower(): int(number) for number, forms in words["months"].items() for form in forms},
        numbers=words["numbers"], ordinals=words["ordinals"],
        plain_words=frozenset(words["plain"]["words"]),
        plain_owners=frozenset(words["plain"]["owners"]),
        sources=dict(rows("sources.csv")),
        domains={str(row["iso2"]).lower(): str(row["area"]) for row in areas.rows("ref.area")
                 if row["iso2"] and row["iso2"] not in GENERIC},
        names={entry.words[0]: entry.cased for held in lexicon.values() for entry in held.values()
               if entry.kind == "economy" and entry.manner == "name" and len(entry.words) == 1 and entry.cased})
