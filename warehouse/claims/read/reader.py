"""Text in, claims out: ``read_text`` for one text, ``read_lines`` for labelled sentences in the order of their articles.

Pure: no lake, no network, no clock. What is read of one sentence is ``warehouse.claims.read.sentence``;
checking is ``warehouse.claims.check``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from warehouse.claims import limits
from warehouse.claims.model import Claim, Event, Published, Reading
from warehouse.claims.phrases.focus import BLOCS, Focus
from warehouse.claims.phrases.period_words import published_of
from warehouse.claims.phrases.text import Folded, fold, language, sentences
from warehouse.claims.read.dated import published_by
from warehouse.claims.read.drafts import Sentence, claim
from warehouse.claims.read.events import events, told_once
from warehouse.claims.read.sentence import read_sentence
from warehouse.claims.vocabulary import vocabulary


def read_text(text: str, *, published: str | None = None, context: str | None = None, source: str | None = None) -> Reading:
    """What one text says: its claims in order, its events, its language and its day.

    ``published`` is YYYY, YYYY-MM or YYYY-MM-DD; without it the text's own words give the day. ``context`` is a headline or lead,
    ``source`` the address. A text in another language has no claims, and says so by its language.

    Raises UsageError for a ``published`` that is no day.
    """
    day = published_of(published)
    told = _Told([], [])
    if len(text) > limits.LONGEST_TEXT:
        told.unread.append(f"the text has {len(text):,} characters, of which the first {limits.LONGEST_TEXT:,} are read")
    folded = fold(text[:limits.LONGEST_TEXT])
    spoken = language(folded.text)
    if spoken != "en":
        return Reading(text, spoken, day, unread=tuple(told.unread))
    if day.day is None:
        day = published_by(folded.text[start:end] for start, end in sentences(folded.text) if end - start <= limits.LONGEST_SENTENCE)
    _take(folded, _focus(source, context, day), day, told)
    return Reading(text, spoken, day, tuple(told.claims), told_once(told.events), tuple(told.unread))


@dataclass
class _Told:
    claims: list[Claim]
    events: list[Event]
    unread: list[str] = field(default_factory=list)


def _take(folded: Folded, focus: Focus, published: Published, told: _Told) -> None:
    """Read sentence by sentence, within ``limits``; the focus goes along."""
    read: list[tuple[int, Sentence]] = []
    waiting: list[Sentence] = []  # for a pair that is named later
    found, passed = 0, 0
    for start, end in sentences(folded.text):
        if end - start > limits.LONGEST_SENTENCE:
            passed += 1
            continue
        if found >= limits.MOST_CLAIMS or len(told.events) >= limits.MOST_EVENTS:
            told.unread.append(
                f"what stands behind the first {found:,} figures and {len(told.events):,} events, from character {start:,} on")
            break
        one = read_sentence(folded.text[start:end], focus, published)
        read.append((start, one))
        found += len(one.found)
        told.events += events(one)
        focus.origin = "context"
        if any(draft.topic.open for draft in one.found):
            waiting.append(one)
        if focus.pair is not None:
            for earlier in waiting:
                _pair_told_later(earlier, focus.pair)
            waiting.clear()
    _opening_ranks([one for _, one in read])
    if passed:
        told.unread.append(f"{passed:,} sentence{'s' if passed > 1 else ''} of more than {limits.LONGEST_SENTENCE:,} characters")
    told.claims += [claim(draft, one, *folded.span(start + draft.start, start + draft.end)) for start, one in read for draft in one.found]


def _opening_ranks(read: list[Sentence]) -> None:
    """"As the largest partner of …": dated by the figures that come next about the two, else by the next of any; said to be carried."""
    later = [(number, draft) for number, one in enumerate(read) for draft in one.found
             if draft.kind not in ("rank", "streak") and draft.period is not None and not draft.compared]
    for number, one in enumerate(read):
        for rank in one.found:
            if rank.kind == "rank" and rank.opening and rank.period is None:
                pair = {rank.topic.reporter, rank.topic.partner}
                behind = [draft for at, draft in later if at >= number]
                near = next((draft for draft in behind if {draft.topic.reporter, draft.topic.partner} == pair), next(iter(behind), None))
                if near is not None:
                    rank.period, rank.period_origin = near.period, "context"


def _pair_told_later(one: Sentence, pair: tuple[str, str]) -> None:
    """"Bilateral trade came to …" at the head of a text that names the two only in the next sentence."""
    for draft in one.found:
        if draft.topic.open:
            group = next((side for side in pair if side in BLOCS), None)
            draft.topic = replace(draft.topic, reporter=pair[0], partner=pair[1], certain=False, open=False, group=group,
                                  origins={**draft.topic.origins, "reporter": "context", "partner": "context"})
            draft.group = group


def _focus(source: str | None, context: str | None, published: Published) -> Focus:
    """What is known before the first sentence: the source's habit, the address's words, then the headline."""
    focus = Focus(origin="headline", default_home=_home_of(source))
    for words in (_slug(source), context):
        if words:
            _hear(words, focus, published)
    return focus


def _hear(words: str, focus: Focus, published: Published) -> None:
    """Take in a headline: what it is about, not its claims."""
    folded = fold(words).text
    for start, end in sentences(folded):
        read_sentence(folded[start:end], focus, published)


def _home_of(source: str | None) -> str | None:
    """The economy that a publisher speaks for by habit: by its address, else by the country of its domain."""
    host = urlsplit(source or "").hostname or ""
    vocab = vocabulary()
    parts = host.split(".")
    for first in range(len(parts)):
        if (found := vocab.sources.get(".".join(parts[first:]))) is not None:
            return found
    return vocab.domains.get(parts[-1])


def _slug(source: str | None) -> str | None:
    """The words of an address's last part, where it is made of words: "malaysias-trade-surplus-at-rm26-69-bln-for-march"."""
    parts = [part for part in urlsplit(source or "").path.split("/") if part.count("-") >= 3]
    if not parts:
        return None
    words = re.sub(r"\.\w{2,5}$", "", parts[-1]).lower().split("-")
    names = vocabulary().names
    out = ""
    for before, word in zip(["", *words], words, strict=False):
        possessive = word.endswith("s") and word[:-1] in names and word not in names
        said = names.get(word) or (names[word[:-1]] + "'s" if possessive else word.capitalize() if word in vocabulary().months else word)
        out += ("-" if before in names and word in names else " ") + said
    return out.strip()


def read_lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Lines with id, text, published, context, source → lines with id and claims. Consecutive lines of one source are one text.

    Raises UsageError for a ``published`` that is no day.
    """
    source, context, focus = None, None, Focus()
    for row in rows:
        day = published_of(row.get("published"))
        if row.get("source") != source or source is None:
            source, context = row.get("source"), row.get("context")
            focus = _focus(source, context, day)
        elif row.get("context") and row.get("context") != context:
            context = str(row["context"])
            _hear(context, focus, day)
        told = _Told([], [])
        _take(fold(str(row["text"])[:limits.LONGEST_TEXT]), focus, day, told)
        yield {"id": row["id"], "claims": [labelled(one) for one in told.claims]}


def labelled(one: Claim) -> dict[str, Any]:
    """A claim with the keys of the labelled sentences."""
    value = int(one.value) if one.value == one.value.to_integral_value() else float(one.value)
    out: dict[str, Any] = {
        "kind": one.kind, "reporter": one.reporter, "reporter_certain": one.reporter_certain, "partner": one.partner, "group": one.group,
        "flow": one.flow, "commodity": one.commodity, "period": one.period, "value": value, "unit": one.unit, "direction": one.direction,
        "approx": one.hedge is not None, "hedge": one.hedge}
    if one.alt is not None:
        out["alt"] = {"value": int(one.alt.value), "unit": one.alt_unit}
    out |= {name: value for name, value in (("basis", one.basis), ("of", one.of), ("qualifier", one.qualifier), ("speaker", one.speaker),
                                            ("record", one.record or None), ("readings", list(one.readings) or None)) if value is not None}
    if one.context_slots:
        out["ctx"] = list(one.context_slots)
    return out
