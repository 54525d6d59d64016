"""Areas: what people and publishers call them, which groups they belong to, and from when to when.

The data are ``areas.csv``, ``area_codes.csv`` (other names in use) and ``area_groups.csv`` beside this module, and the ``areas.csv``
of each publisher beside its connector (``Labels``): reviewed by people, each membership with its source. Here they are only looked up,
with the standard library alone so that every command can afford it; putting the files into ``ref.*`` is ``warehouse.reference.load``,
and ``warehouse.load.commit.describe`` for what connectors declare.

Labels are compared by ``fold``: case, accents, punctuation, full-width forms and blanks do not tell areas apart
(``One，Other`` with a full-width comma is ``One, Other``).
"""

from __future__ import annotations

import csv
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path

from warehouse.schema.errors import NotKnown, UsageError

HERE = Path(__file__).parent
FILES = {"ref.area": "areas.csv", "ref.area_code": "area_codes.csv", "ref.area_group": "area_groups.csv"}
DATES = ("valid_from", "valid_to")
NAMES = "name"
"""The source of ``area_codes.csv`` that holds other English names in use."""
NEAR_ENOUGH = 60.0
"""Least similarity, in per cent, at which a name is offered instead of one that is unknown."""
MAY_BE = 70.0
"""Similarity, in per cent, from which an unknown label may be another spelling of a known one."""
AS_NEAR = 8.0
"""Names that are this much less similar than the nearest one are offered beside it."""


@dataclass(frozen=True)
class Area:
    """A row of ``ref.area``."""

    area: str
    name: str
    kind: str
    iso3: str | None
    iso2: str | None
    valid_from: date | None
    valid_to: date | None


def rows(table: str) -> list[dict[str, str | date | None]]:
    """The rows of ``ref.area``, ``ref.area_code`` or ``ref.area_group`` as their contracts want them: dates as dates,
    None for empty."""
    if table not in FILES:
        raise UsageError(f"no reference file for {table}; there are {', '.join(FILES)}")
    return [dict(row) for row in _rows(table)]


@cache
def _rows(table: str) -> tuple[Mapping[str, str | date | None], ...]:
    with (HERE / FILES[table]).open(encoding="utf-8", newline="") as file:
        return tuple({name: (date.fromisoformat(text) if name in DATES else text) if text else None
                      for name, text in row.items()} for row in csv.DictReader(file))


def fold(text: str) -> str:
    """What is left of a label for comparing: no case, accents, punctuation, full-width forms or doubled blanks."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(char))
    spaced = "".join(" " if unicodedata.category(char)[0] in "PSZC" else char for char in bare.replace("&", " and "))
    return " ".join(spaced.split()).removeprefix("the ")


@cache
def areas() -> Mapping[str, Area]:
    """Every area by its code."""
    return {str(row["area"]): Area(**row) for row in _rows("ref.area")}  # type: ignore[arg-type]  # columns are the fields


@cache
def _codes() -> Mapping[str, str]:
    """Own codes, alpha-3 and alpha-2, in lower case."""
    return {code.casefold(): one.area for one in areas().values() for code in (one.area, one.iso3, one.iso2) if code}


@dataclass(frozen=True)
class Labels:
    """What a publisher calls areas: a file of its own, with the columns code (its label or code), valid_from and area.

    A label that came to mean another area has a row for each, by the day from which it did.
    """

    publisher: str
    file: Path

    @cached_property
    def rows(self) -> tuple[tuple[str, str, date, str], ...]:
        """As ``ref.area_code`` has them: publisher, label, since when, area. Raises UsageError naming the line that is none."""
        found = []
        with self.file.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                try:
                    found.append((self.publisher, row["code"], date.fromisoformat(row["valid_from"] or "0001-01-01"), row["area"]))
                    _area(row["area"])
                except (KeyError, TypeError, ValueError, UsageError) as error:
                    raise UsageError(f"{self.file}, line {number}: not code, valid_from, area ({error})") from error
        return tuple(found)

    @cached_property
    def _meant(self) -> Mapping[str, list[tuple[date, str]]]:
        return _by_label((code, since, area) for _, code, since, area in self.rows)

    def area_of(self, label: str, on: date) -> str | None:
        """The area that a label or code of the publisher meant on a day; None where it has none of its own of that name."""
        return _on(self._meant.get(fold(label), []), on)

    def spelt_like(self, label: str) -> list[str]:
        """Areas that an unknown label may mean: those with a label that is nearly the same, or one within the other."""
        from rapidfuzz import fuzz  # only here: a known label must not pay for an unknown one

        folded = fold(label)
        words = set(folded.split())
        found = {area for known, meant in self._meant.items() for _, area in meant
                 if fuzz.ratio(folded, known) >= MAY_BE or (words and (words <= set(known.split()) or set(known.split()) <= words))}
        return sorted(found)


def _by_label(rows: Iterable[tuple[str, date, str]]) -> Mapping[str, list[tuple[date, str]]]:
    """Folded label → the areas it meant, by the day from which it did."""
    found: dict[str, dict[date, str]] = defaultdict(dict)
    for code, since, area in rows:
        found[fold(code)][since] = area
    return {label: sorted(meant.items()) for label, meant in found.items()}


def _on(meant: list[tuple[date, str]], on: date) -> str | None:
    at = bisect_right([since for since, _ in meant], on)
    return meant[at - 1][1] if at else None


@cache
def _usual() -> Mapping[str, list[tuple[date, str]]]:
    return _by_label((str(row["code"]), _since(row), str(row["area"])) for row in _rows("ref.area_code") if row["source"] == NAMES)


@cache
def _names() -> Mapping[str, str]:
    """Folded English names, official and usual, each with its area today."""
    usual = {label: meant[-1][1] for label, meant in _usual().items()}
    return usual | {fold(area.name): area.area for area in areas().values()}


def area(text: str) -> str:
    """The area that a person means: a code (of ISO 3166-1 in three letters or two, or of a group) or an English name in any case.

    Raises NotKnown naming the nearest names when there is no such area, and those that may be meant by a name that is not one area's alone.
    """
    folded = fold(text)
    if several := _ambiguous().get(folded):
        either = " or ".join(f"{name_of(one)} ({one})" for one in several)
        raise NotKnown(f"{text.strip()[:60]!r} may be {either}: write which, by its code", what="area", typed=text, nearest=several)
    return labelled(text)


def labelled(text: str) -> str:
    """As ``area``, of a name in somebody's table: there a name that people give to several areas is the one that ISO 3166 gives it to."""
    typed = text.strip()
    # Full-width letters are the same code.
    found = _codes().get(unicodedata.normalize("NFKC", typed).casefold()) or _names().get(fold(typed))
    if found is None:
        near = _near(typed)
        raise NotKnown(f"no area {typed[:100]!r}" + _offered(near), what="area", typed=text, nearest=near)
    return found


@cache
def _ambiguous() -> Mapping[str, tuple[str, ...]]:
    """Folded names that are not one area's alone, with those that they may mean: ``ambiguous_names.csv``."""
    found: dict[str, tuple[str, ...]] = {}
    with (HERE / "ambiguous_names.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[fold(row["name"])] = (*found.get(fold(row["name"]), ()), row["area"])
    return found


def _near(text: str) -> list[str]:
    """The areas of the most similar names, three at most."""
    from rapidfuzz import fuzz, process  # only here: a right name must not pay for a wrong one

    near = process.extract(fold(text), list(_names()), scorer=fuzz.ratio, score_cutoff=NEAR_ENOUGH, limit=6)
    return list(dict.fromkeys(_names()[name] for name, score, _ in near if score > near[0][1] - AS_NEAR))[:3]


def _offered(near: Iterable[str]) -> str:
    listed = ", ".join(f"{name_of(code)} ({code})" for code in near)
    if listed:
        return f"; nearest: {listed}"
    example = _area(next(area for area, fact, _ in _facts() if fact == "example"))
    return f"; names, ISO codes and groups are taken: {example.name}, {example.iso3}, {str(example.iso2).lower()}, ASEAN"


def named(name: str, on: date) -> str | None:
    """The area of an English name in use on a day, official ones included, or None when it is not known."""
    folded = fold(name)
    meant = _usual().get(folded)
    return _on(meant, on) if meant else _names().get(folded) if folded else None


def kind_of(area: str) -> str:
    """country, group, world or unspecified. Raises UsageError for a code that is not in ``areas.csv``."""
    return _area(area).kind


def name_of(area: str) -> str:
    """The English short name. Raises UsageError for a code that is not in ``areas.csv``."""
    return _area(area).name


def _area(code: str) -> Area:
    found = areas().get(code)
    if found is None:
        near = _near(code)
        raise NotKnown(f"no area has the code {code!r}" + _offered(near), what="area", typed=code, nearest=near)
    return found


def members(grp: str, on: date) -> list[str]:
    """Who belonged to a group on a day, in order of code; empty for a group without a list (BRI).

    Raises UsageError when ``grp`` is no group.
    """
    if kind_of(grp) != "group":
        raise UsageError(f"{name_of(grp)} ({grp}) is no group")
    return sorted(str(row["member"]) for row in _rows("ref.area_group") if row["grp"] == grp and _holds(row, on))


@cache
def _facts() -> tuple[tuple[str, str, str], ...]:
    """Area, fact and, where the fact is of two, the other area: ``area_facts.csv``."""
    with (HERE / "area_facts.csv").open(encoding="utf-8", newline="") as file:
        return tuple((row["area"], row["fact"], row["other"]) for row in csv.DictReader(file))


def entrepots() -> list[str]:
    """Ports through which much of other countries' trade passes, as areas."""
    return [area for area, fact, _ in _facts() if fact == "entrepot"]


def apart_from(*codes: str) -> list[tuple[str, str]]:
    """Areas that statistics keep apart from another although both are one state, with that other, where either is among these."""
    return [(area, other) for area, fact, other in _facts() if fact == "apart_from" and {area, other} & set(codes)]


def invited(grp: str) -> list[str]:
    """Who was asked to join a group and has not confirmed it, and is so no member."""
    return [area for area, fact, other in _facts() if fact == "invited" and other == grp]


def _holds(row: Mapping[str, str | date | None], on: date) -> bool:
    until = row["valid_to"]
    return _since(row) <= on and (not isinstance(until, date) or on <= until)


def _since(row: Mapping[str, str | date | None]) -> date:
    since = row["valid_from"]
    return since if isinstance(since, date) else date.min

