"""The phrase around a flow: what stands before and behind "exports", read into its raw parts.

Works on a marked sentence (``warehouse.claims.phrases.marks``). What the parts mean, with
what the text was about, is ``warehouse.claims.phrases.topics``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

from warehouse.claims.phrases.focus import Focus
from warehouse.claims.phrases.marks import Marked
from warehouse.claims.phrases.rules import C, E, rule
from warehouse.claims.vocabulary import vocabulary

PRONOUNS = {"its", "their", "our", "his", "her", "whose", "my"}


@dataclass
class Phrase:
    """The raw parts of a phrase around a flow."""

    possessor: str | None = None
    """"Ruritania's", "Ruritanian", "the country's"."""
    adjective: bool = False
    """The possessor is an adjective."""
    pronoun: bool = False
    """"its", "our"."""
    pair: tuple[str, str] | None = None
    between_pronoun: bool = False
    """The pair is "the two countries"."""
    commodity: str | None = None
    goods: bool = False
    """All goods, by name."""
    wide: bool = False
    """"total", "foreign": with all partners."""
    bilateral: bool = False
    to: list[str] = field(default_factory=list)
    """To or with whom."""
    source: list[str] = field(default_factory=list)
    """From whom."""
    by: str | None = None
    """By or of whom."""
    of_adjective: str | None = None
    """"imports of Ruritanian goods"."""
    foreign: bool = False
    """It belongs to somebody who is no economy: "private enterprises' exports"."""
    others: bool = False
    """It is with partners that are not named: "exports to the rest of Asia"."""
    overall: bool = False
    """"overall exports", "exports overall": with all partners, whoever the text was about."""
    start: int = 0
    end: int = 0


def phrase(marked: Marked, at: int, focus: Focus) -> Phrase:
    """Read what stands before and behind the flow at this place."""
    found = Phrase()
    heads = vocabulary().heads
    word = marked.at[at].text.lower().replace("-", " ")
    found.wide = any(re.search(rf"\b{one}\b", word) for one in ("total", "foreign", "external", "overall", "gross", "international"))
    found.bilateral = any(one in word for one in heads["pair"]["words"])
    opens = marked.text.lower().startswith(("overall, ", "in total, ", "in all, "))
    found.overall = opens or "overall" in word or marked.text.startswith(" overall", at + 1)
    found.wide |= found.overall
    _backwards(marked, at, focus, found)
    _forwards(marked, at, focus, found)
    return found


def _backwards(marked: Marked, at: int, focus: Focus, found: Phrase) -> None:
    heads = vocabulary().heads
    allowed = set(heads["modifiers"]["before"])
    i = at
    if (bound := rule("flow.bound").search(marked.text, 0, at)) is not None:
        side = focus.named(marked.entry(bound.start("e")))
        found.to, i = ([side] if side else []), bound.start()
    for _ in range(9):
        match = rule("flow.word_before").search(marked.text, max(0, i - 30), i)
        if match is None:
            break
        if match["o"]:
            found.foreign = True
            break
        if match["e"]:
            position = match.start("e")
            entry = marked.entry(position)
            if match["poss"] is None and entry.manner not in ("adjective", "name", "pronoun", "capital"):
                break
            other = rule("flow.other_of_pair").search(marked.text, 0, position)
            code = focus.named(entry)
            if entry.value == "PAIR":
                found.pair = focus.ordered
                found.between_pronoun = True
            elif other is not None and marked.entry(other.start("a")).value not in ("PAIR", "HOME") and code:
                first = focus.named(marked.entry(other.start("a")))
                if first and first != code:
                    found.pair = (first, code)
            elif match["poss"] or entry.manner in ("adjective", "name", "pronoun"):
                found.possessor, found.adjective = code, match["poss"] is None and entry.manner == "adjective"
            i = match.start()
            break
        if match["c"]:
            found.commodity = marked.at[match.start("c")].text + (f" {found.commodity}" if found.commodity else "")
        elif match["g"]:
            found.goods = True
        elif match["w"]:
            said = match["w"].lower()
            if said.endswith("'s") and (meant := _misspelt(match["w"][:-2])) is not None:
                found.possessor, i = meant, match.start()
                break
            if said.endswith("'s") and said not in vocabulary().plain_owners:
                found.foreign = True  # "Bavaria's exports", "the company's exports": of somebody who is no economy known here
                break
            if (i == at or found.commodity or found.goods) and (goods := _unlisted(marked, match.end("w"))) is not None:
                found.commodity = marked.words(goods, match.end("w")) + (f" {found.commodity}" if found.commodity else "")
                i = goods
                continue
            if said in PRONOUNS:
                found.pronoun = True
                i = match.start()
                break
            if said == "and" and (found.commodity or found.goods):
                i = match.start()
                continue
            if said not in allowed:
                break
            found.wide |= said in heads["wide"]["words"]
            found.overall |= said == "overall"
            found.bilateral |= said in ("bilateral", "two", "mutual", "reciprocal")
        i = match.start()
    found.start = i


@cache
def _misspelt(word: str) -> str | None:
    """The economy whose name this is but for one letter left out, put in or wrong ("Malayia"); None for any other word."""
    if len(word) < 6 or not word[0].isupper():
        return None
    for name, written in vocabulary().names.items():
        if written[0] == word[0] and len(name) > 5 and abs(len(name) - len(word)) <= 1:
            low = word.lower()
            at = next((i for i, (a, b) in enumerate(zip(low, name, strict=False)) if a != b), min(len(low), len(name)))
            if low[at + 1:] == name[at + 1:] or low[at:] == name[at + 1:] or low[at + 1:] == name[at:]:
                return next(entry.value for entry in vocabulary().lexicon[name] if entry.cased == written)
    return None


def _unlisted(marked: Marked, end: int) -> int | None:
    """Where goods begin that end here, before a flow, and that no list knows: "Ruritania's solar panel exports", "Ship exports fell"."""
    match = rule("flow.unlisted").search(marked.text, max(0, end - 90), end)
    if match is None:
        return None
    words = [word for word in re.split(r"[ -]", match["np"]) if word.isalpha()]
    plain = [word.lower() for word in words]
    vocab = vocabulary()
    if not words or (match.start("np") > 0 and not all(word.islower() or word.isupper() for word in words)):
        return None
    if any(word in vocab.plain_words or rule("flow.no_goods_word").search(word) for word in plain):
        return None
    if rule("qualifiers.before_flow").search(match["np"] + " "):
        return None
    if rule("flow.made_goods").search(match["np"]):
        return match.start("np")
    if rule("flow.no_noun_ending").search(plain[-1]) or (len(plain[-1]) < 3 and words[-1].islower()):
        return None
    return match.start("np")


def _forwards(marked: Marked, at: int, focus: Focus, found: Phrase) -> None:
    i = at + 1
    text = marked.text
    if text.startswith("s ", i):
        i += 1
    for _ in range(5):
        if rule("flow.to_others").match(text, i):
            found.others = True
            break
        if match := rule("flow.between").match(text, i):
            a, b = (focus.named(marked.entry(match.start(name))) for name in ("a", "b"))
            if a and b and a != b:
                found.pair = (a, b)
            i = match.end()
        elif (match := rule("flow.among").match(text, i)) and marked.entry(match.start("a")).value == "PAIR":
            found.pair, found.between_pronoun, i = focus.ordered, True, match.end()
        elif found.possessor is None and (match := rule("flow.goods_owned").match(text, i)):
            found.possessor = focus.named(marked.entry(match.start("e")))
            found.commodity, i = marked.words(match.start("np"), match.end("np")), match.end()
        elif match := rule("flow.side").match(text, i):
            sides = _sides(marked, match.start("e"), match.end("e"), focus)
            if match["poss"] and len(sides) > 1:
                sides = sides[:-1]  # "exports to Ruritania, Freedonia's biggest market"
            if marked.entry(match.start("e")).value == "HOME" and match["prep"].lower() in ("to", "with", "from") and not match["poss"]:
                abroad = focus.abroad()  # "imports from the country": the one spoken of, not home
                sides = [abroad] if abroad else []
                found.others |= abroad is None  # "exports to the republic", which nobody has named as a partner
            adjective = marked.entry(match.start("e")).manner == "adjective"
            prep = match["prep"].lower()
            if adjective and not match["poss"]:
                if prep != "of":
                    break
                made = rule("flow.made_by").match(text, match.end())
                found.of_adjective = sides[0] if sides else None
                if match["next"] and C in match["next"]:
                    found.commodity = marked.at[match.end("next") - 1].text
                elif made and text[made.end():made.end() + 2] == f" {C}":
                    found.commodity = marked.at[made.end() + 1].text
                elif match["next"] is None:
                    found.commodity = _noun(text, made.end() if made else match.end())
                i = match.end()
                continue
            if match["poss"] and prep in ("of", "for", "by"):
                break
            if prep in ("from", "originating from", "sourced from", "coming from", "via"):
                found.source += sides
            elif prep in ("by", "of") or (prep == "for" and marked.entry(at).value == "balance"):
                found.by = sides[0] if sides else None
            else:
                found.to += sides
            i = match.end()
        elif match := rule("flow.all_goods").match(text, i):
            found.goods, i = True, match.end()
        elif match := rule("flow.goods").match(text, i):
            said = marked.words(match.start("np"), match.end("np"))
            if not rule("flow.no_goods").match(said):
                found.commodity = said
            elif re.match(r"(?:all )?(?:goods|products|merchandise|commodities)$", said):
                found.goods = True
            else:
                break
            i = match.end()
        else:
            break
    found.end = i


def _noun(text: str, at: int) -> str | None:
    match = re.compile(r" ([a-z][\w-]+(?: [a-z][\w-]+)?)").match(text, at)
    return match[1] if match and not re.match(r"(?:and|to|from|in|by|with|rose|fell|was|were|goods|products)\b", match[1]) else None


def _sides(marked: Marked, start: int, end: int, focus: Focus) -> list[str]:
    """Economies named in a stretch, each once."""
    named = [focus.named(marked.entry(i)) for i in range(start, end) if marked.text[i] == E]
    return list(dict.fromkeys(one for one in named if one))
