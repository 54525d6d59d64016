"""A sentence with its parts named: figures, periods, economies, flows, goods, ranks, streaks, each replaced by one sign.

Patterns over the marked sentence read like the language ("trade between E and E") and cannot break a name or a number in two.
What the parts mean together is ``warehouse.claims.phrases.grammar``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from warehouse.claims.phrases.period_words import Mention, When, mentions
from warehouse.claims.phrases.quantities import Figure, figures
from warehouse.claims.phrases.rank_words import Rank, Streak, ranks, streaks
from warehouse.claims.phrases.rules import SIGNS, B, F, K, M, P, Z, rule
from warehouse.claims.vocabulary import Entry, Vocabulary, tokens, vocabulary

Thing = Entry | Mention | Figure | Rank | Streak


@dataclass(frozen=True)
class Mark:
    """One part: its sign, where it stood in the sentence, and what it is."""

    sign: str
    start: int
    end: int
    thing: Thing
    text: str


@dataclass
class Marked:
    """The sentence with signs, and the part behind each."""

    plain: str
    text: str = ""
    at: dict[int, Mark] = field(default_factory=dict)
    """Position in ``text`` → part."""

    def words(self, start: int, end: int) -> str:
        """The words that stood in a stretch of the marked text."""
        return "".join(self.at[i].text if i in self.at else self.text[i] for i in range(start, end)).strip(" ,")

    def entry(self, position: int) -> Entry:
        thing = self.at[position].thing
        assert isinstance(thing, Entry)
        return thing

    def figure(self, position: int) -> Figure:
        thing = self.at[position].thing
        assert isinstance(thing, Figure)
        return thing

    def period(self, position: int) -> Mention:
        thing = self.at[position].thing
        assert isinstance(thing, Mention)
        return thing


_THOSE = re.compile(r"\b(?:those(?= (?:to|from|with|of)\b)|that(?= (?:to|from|with) (?:the )?[A-Z]))")
_LISTED = re.compile(r"\b(?:HS(?:\d{4})? (?:(?:code|heading|chapter|subheading) )?\d\d(?:\d\d){0,2}|SITC\d(?:-\d)? \d{1,5})(?![\d.,]*\d)")
"""Goods by their code in a list that is named: ``HS 8542``, ``HS2022 heading 8542``, ``SITC4-1 7``."""
_BALANCE = re.compile(r"deficit|surplus|gap|shortfall|balance", re.IGNORECASE)
SAME = Entry(("those",), "flow", "same")
""""those to A": the flow spoken of."""


def mark(plain: str, when: When) -> Marked:
    """Name the parts of one folded sentence."""
    vocab = vocabulary()
    numbers = figures(plain)
    found_streaks = streaks(plain)
    found_ranks = ranks(plain)
    parts: list[Mark] = []
    taken: list[tuple[int, int]] = []

    def take(sign: str, start: int, end: int, thing: Thing) -> None:
        if all(end <= low or start >= high for low, high in taken):
            taken.append((start, end))
            parts.append(Mark(sign, start, end, thing, plain[start:end]))

    for match in _LISTED.finditer(plain):
        take(SIGNS["goods"], match.start(), match.end(), Entry((), "goods", match[0]))
    for streak in found_streaks:
        take(Z, streak.start, streak.end, streak)
    for rank in found_ranks:
        take(K, rank.start, rank.end, rank)
    for figure in numbers:
        take(M, figure.start, max(figure.end, figure.alt_end), figure)
    for mention in mentions(plain, when, taken):
        take(B if mention.compared else P, mention.start, mention.end, mention)
    for match in _THOSE.finditer(plain):
        take(F, match.start(), match.end(), SAME)
    for entry, start, end in _balances(plain, vocab):
        take(SIGNS[entry.kind], start, end, entry)
    for entry, start, end in lexicon_matches(plain, vocab, taken):
        take(SIGNS[entry.kind], start, end, entry)
    parts.sort(key=lambda one: one.start)
    marked, pieces, last, length = Marked(plain), [], 0, 0
    for part in parts:
        between = plain[last:part.start]
        pieces.append(between)
        length += len(between)
        marked.at[length] = part
        pieces.append(part.sign)
        length += 1
        last = part.end
    pieces.append(plain[last:])
    marked.text = "".join(pieces)
    return marked


def _balances(plain: str, vocab: Vocabulary) -> Iterator[tuple[Entry, int, int]]:
    """What names a balance together with the trade it is of, in more words than the lexicon can list."""
    if _BALANCE.search(plain) is None:
        return
    deficits = vocab.heads["flows"]["deficit"]
    for found in rule("flow.surplus_of").finditer(plain):
        if found["of"].lower().startswith("surplus"):
            yield Entry((), "flow", "balance", manner="deficit" if found["flow"].lower() == "import" else ""), found.start(), found.end()
        else:
            yield Entry((), "other", ""), found.start(), found.end()
    for found in rule("flow.balance_of").finditer(plain):
        deficit = found["negative"] is not None or (found["of"] or found["of_it"]).lower() in deficits
        yield Entry((), "flow", "balance", manner="deficit" if deficit else ""), found.start(), found.end()


def lexicon_matches(plain: str, vocab: Vocabulary, taken: list[tuple[int, int]]) -> list[tuple[Entry, int, int]]:
    """Phrases of the lexicon, the longest at each word, none over what is taken."""
    words = tokens(plain)
    shouted = plain[:60].upper() == plain[:60] and len(plain) > 20
    out: list[tuple[Entry, int, int]] = []
    spans = sorted(taken)
    at, next_taken = 0, 0
    while at < len(words):
        word, start, _ = words[at]
        while next_taken < len(spans) and spans[next_taken][1] <= start:
            next_taken += 1
        limit = spans[next_taken][0] if next_taken < len(spans) else len(plain) + 1
        if start >= limit:
            at += 1
            continue
        for entry in vocab.lexicon.get(word, ()):
            size = len(entry.words)
            if at + size > len(words):
                continue
            end = words[at + size - 1][2]
            if end > limit or any(words[at + i][0] != entry.words[i] for i in range(1, size)):
                continue
            if entry.cased and not _cased(plain[start:end], entry.cased, shouted):
                continue
            if size > 1 and not _together(plain, words, at, size):
                continue
            if entry.manner == "pronoun" and word == "the" and _name_behind(plain, words, at + 1, size, vocab):
                continue
            out.append((entry, start, end))
            at += size
            break
        else:
            at += 1
    return out


def _name_behind(plain: str, words: list[tuple[str, int, int]], at: int, size: int, vocab: Vocabulary) -> bool:
    """"the Republic" of "the Republic of Ruritania" is no pronoun."""
    for entry in vocab.lexicon.get(words[at][0], ()):
        count = len(entry.words)
        if (count >= size and at + count <= len(words) and all(words[at + i][0] == entry.words[i] for i in range(count))
                and entry.kind in ("economy", "agency")):
            return _cased(plain[words[at][1]:words[at + count - 1][2]], entry.cased, False)
    return False


def _cased(written: str, form: str, shouted: bool) -> bool:
    """"us" is no country; a name in capitals counts from four letters, or in a line of capitals."""
    if written == form or re.sub(r"[ -]+", " ", written) == re.sub(r"[ -]+", " ", form):
        return True
    if written.upper() == written and (len(form) > 3 or shouted):
        return written.casefold() == form.casefold()
    # "the" and "of" within a name may have a capital or none
    pairs = list(zip(re.findall(r"[\w&.]+", written), re.findall(r"[\w&.]+", form), strict=False))
    return len(pairs) > 1 and all(a == b or (a.casefold() == b.casefold() and b.islower()) for a, b in pairs)


def _together(plain: str, words: list[tuple[str, int, int]], at: int, size: int) -> bool:
    """The words of a phrase stand one blank, hyphen or mark apart, with no comma or bracket that the phrase lacks."""
    return all(plain[words[at + i][2]:words[at + i + 1][1]] in (" ", "-", "", " - ", "  ") for i in range(size - 1))
