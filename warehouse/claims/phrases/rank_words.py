"""Nth-largest and Nth-in-a-row: the wordings of ranks and streaks, from the vocabulary's roles.

Pure patterns over folded text; whose rank it is, and within which set, is ``warehouse.claims.phrases.grammar``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from warehouse.claims.phrases.numbers import spelt
from warehouse.claims.phrases.rules import rule
from warehouse.claims.vocabulary import vocabulary


@dataclass(frozen=True)
class Rank:
    """An Nth-largest of a role."""

    start: int
    end: int
    values: tuple[int, ...]
    """More than one in "largest and second-largest … respectively"."""
    flow: str
    """total, export, import, as seen from the one whose Nth-largest it is; exporter, importer, trader where it is the
    subject's own place in the world."""
    within: str
    """Words between the ordinal and the role: "palm oil" of "largest palm oil supplier"."""
    also: tuple[str, ...] = ()
    """Flows of further roles under the same ordinal."""
    written: str = ""


@dataclass(frozen=True)
class Streak:
    """N in a row."""

    start: int
    end: int
    count: int
    unit: str


@cache
def _flows() -> dict[str, str]:
    """Role → what it is the largest of; a role in two lists is of the first of these."""
    roles = vocabulary().heads["roles"]
    order = ("total", "export", "import", "exporter", "importer", "trader", "none")
    return {form.replace("-", " "): flow for flow in reversed(order) for form in roles[flow]}


def _place(said: str) -> int:
    said = said.lower()
    if digits := re.search(r"\d+", said):
        return int(digits[0])
    if said.startswith("number"):
        return spelt(said.split("-")[-1].split()[-1])
    return vocabulary().ordinals[said]


def ranks(text: str) -> list[Rank]:
    """Every Nth-largest of a sentence that is a place and not a crowd ("one of the largest", "top five partners")."""
    if not rule("ranks.trigger").search(text):
        return []
    flows, also = _flows(), rule("ranks.also")
    found: list[Rank] = []
    for match in rule("ranks.rank").finditer(text):
        before = text[max(0, match.start() - 60):match.start()]
        if rule("ranks.crowd").search(before) or rule("ranks.crowd_behind").match(match["within"]):
            continue
        role = re.sub(r"[ -]+", " ", match["role"].lower())
        flow = flows.get(role) or flows.get(role + "s", "none")
        values = [_place(match["ord"])] if match["ord"] else [1]
        if match["more"]:
            values += [_place(one) for one in re.findall(r"(\w+)[- ](?:largest|biggest)", match["more"], re.IGNORECASE)]
        plural = bool(match["plural"]) or role.endswith(("partners", "markets", "destinations", "exporters", "importers"))
        if plural and len(values) == 1 and not re.search(r"each other|respectively|mutual", text, re.IGNORECASE):
            flow = "none"
        placed = re.match(r"[- ]*(?:largest|biggest|top|greatest|most|leading|main|major|ranked)", text[match.end("ord"):], re.IGNORECASE)
        said = (match["ord"] or "").lower()
        surely = placed or said.startswith(("no", "num")) or (said not in ("first", "1st") and re.search(r"trad\w+ partner", role))
        if said and not surely:
            continue  # "the first trading partner" is told of a date as often as of a place
        end, more = match.end(), []
        while flow in ("total", "export", "import") and (further := also.match(text, end)):
            said = re.sub(r"[ -]+", " ", further["role"].lower())
            if flows.get(said) not in ("total", "export", "import") or said in ("market", "partner", "destination", "source", "buyer"):
                break
            more.append(flows[said])
            end = further.end()
        found.append(Rank(match.start(), end, tuple(values), flow, match["within"].strip(" -"), tuple(more), match[0]))
    for match in rule("ranks.elliptic").finditer(text):
        if found and all(match.end() <= one.start or match.start() >= one.end for one in found):
            found.append(Rank(match.start(), match.end(), (_place(match["ord"] or match["ord2"] or "first"),), "same", "", (), match[0]))
    for match in rule("ranks.ranked").finditer(text):
        if all(match.end() <= one.start or match.start() >= one.end for one in found):
            places = tuple(_place(said) for said in match.groupdict().values() if said)
            found.append(Rank(match.start(), match.end(), places, "ranked", "", (), match[0]))
    return [rank for rank in found if min(rank.values) > 0]  # "the 0th largest" is no place


def streaks(text: str) -> list[Streak]:
    """Every N-in-a-row of a sentence; "for the past 14 years" is one only beside a place that was held."""
    found = list(_streaks(text))
    lasting = rule("ranks.lasting").search(text)
    held = lasting is not None and (not lasting[0].lower().startswith("over") or rule("ranks.held").search(text) is not None)
    if lasting and held and not found and ranks(text):
        count = int(lasting["n"]) if lasting["n"].isdigit() else spelt(lasting["n"])
        found.append(Streak(lasting.start(), lasting.end(), count, lasting["u"].lower() + "s"))
    return found


def _streaks(text: str) -> Iterator[Streak]:
    for match in rule("ranks.streak").finditer(text):
        said = next((match[name] for name in ("n1", "n2", "n3", "n4", "n5") if match[name]), None)
        if said is None:
            count = next(_place(match[name]) for name in ("o1", "o2", "o3", "o4") if match[name])
        else:
            count = int(said) if said.isdigit() else spelt(said)
        unit = next((match[f"u{i}"] for i in range(1, 9) if match[f"u{i}"]), "year").lower()
        if count > 0:
            yield Streak(match.start(), match.end(), count, {"annual": "year"}.get(unit, unit) + "s")
