"""What a figure measures: the flow with its reporter, partner and goods, from its phrase, the sentence and the text.

The phrase's own words come first; then what the sentence was about before; then what the text was about. The rules:

* "bilateral trade" and "the two countries" are of the pair spoken of;
* "total exports" are with the world, except beside a pair named in the same sentence;
* "A's exports" are with the world, except in a text or a sentence about a pair that A is in;
* bare "exports" are with whom the figure or sentence before was;
* exports of particular goods fall back on the world unless the text is about a pair.
"""

from __future__ import annotations

from warehouse.claims.phrases.focus import BLOCS, Focus, Topic
from warehouse.claims.phrases.grammar import Phrase, phrase
from warehouse.claims.phrases.marks import Marked
from warehouse.claims.phrases.qualifiers import of_flow
from warehouse.claims.phrases.rules import F, rule


def topic(marked: Marked, at: int, focus: Focus, before: Topic | None) -> Topic:
    """What the flow at this place measures; ``before`` is what the sentence measured until here."""
    entry, said = marked.entry(at), phrase(marked, at, focus)
    flow = (before.flow if before is not None else None) or "export" if entry.value == "same" else entry.value
    made = Topic(flow=flow, start=said.start, end=said.end, deficit=entry.manner == "deficit", commodity=said.commodity)
    if not (said.possessor or said.pronoun or said.pair or said.by) and (had := rule("flow.had").search(marked.text[:said.start])):
        said.possessor = focus.named(marked.entry(had.start("e")))
    opened = rule("flow.opening_side").match(marked.text[:at + 1]) if not (said.pair or said.to or said.source) else None
    if opened and F not in marked.text[opened.end():at] and (side := focus.named(marked.entry(opened.start("e")))) != said.possessor:
        said.to = [side] if side else []
    reporter, partner = _ordered(said.pair, said, focus, made) if said.pair else _named(marked.at[at].text.lower(), said, focus, made)
    if reporter is not None:
        made.origins.setdefault("reporter", "sentence")
    if partner == reporter:
        partner = None
    if said.pronoun and focus.subject is None and rule("flow.of_firms").search(marked.text[:said.start]):
        said.foreign = True
    if said.foreign or (said.others and not said.to and not said.source):
        return Topic(blocked=True, start=said.start, end=said.end)
    if (said.bilateral or said.between_pronoun) and focus.pair is None and partner is None and len(focus.met) == 2:
        first = reporter if reporter in focus.met else focus.home if focus.home in focus.met else focus.met[0]
        focus.pair, focus.pair_certain = (str(first), next(one for one in focus.met if one != first)), False
        made.certain = False
        reporter, partner = focus.pair
        made.origins |= {"reporter": focus.origin, "partner": focus.origin}
    made.open = (said.bilateral or said.between_pronoun) and focus.pair is None and partner is None
    inherited = before if before is not None and before.flow is not None and not before.blocked else None
    if partner is None:
        reporter, partner = _partner(made, said, reporter, focus, inherited)
        if made.open and partner == "WLD":
            partner = None  # "bilateral trade" of two that nobody has named yet
    if reporter is None:
        reporter = _reporter(made, partner, focus, inherited)
    bare = not (said.wide or said.goods or said.commodity or said.possessor or said.to or said.source or said.pair)
    if inherited is not None and inherited.flow == flow and bare:
        made.commodity = inherited.commodity
    if inherited is not None and inherited.flow == "total" != flow and inherited.commodity and made.commodity is None and not (
            said.wide or said.goods) and {reporter, partner} <= {inherited.reporter, inherited.partner, None}:
        made.commodity = inherited.commodity  # "their trade in rice was …, with a deficit of …"
    made.reporter, made.partner = reporter, partner
    restricted = (of_flow(marked, said.start, at, said.end), _still(said, inherited or focus.topic))
    made.qualifier = "; ".join(dict.fromkeys(words for words in restricted if words)) or None
    if made.qualifier is not None and rule("qualifiers.no_goods_at_all").search(made.qualifier):
        return Topic(blocked=True, start=said.start, end=said.end)
    if max(len(said.to), len(said.source)) > 1 and not said.pair:
        made.several = marked.words(said.start, said.end)
    made.group = next((one for one in (partner, reporter) if one in BLOCS), None)
    return made


def _still(said: Phrase, before: Topic | None) -> str | None:
    """Bare "exports" of a text that speaks of goods and services are of both, until it says goods; those of one that speaks of NODX are
    NODX, until it says total."""
    if before is None or before.qualifier is None or said.goods or said.commodity:
        return None
    parts = before.qualifier.split("; ")
    lasting = ("services",) if said.wide else ("services", "nodx")
    return next((part for part in parts if any(word in part.lower() for word in lasting)), None)


def _named(word: str, said: Phrase, focus: Focus, made: Topic) -> tuple[str | None, str | None]:
    """Sides that the phrase names, as its flow and prepositions give them."""
    reporter = said.possessor or said.by or (focus.subject_or_home() if said.pronoun else None)
    to, source = (sides[0] if sides else None for sides in (said.to, said.source))
    if made.flow == "import":
        if to and not source and said.adjective:  # "Ruritanian imports to Freedonia"
            return to, said.possessor
        return reporter or to, source or said.of_adjective
    if made.flow == "export":
        arriving = "shipment" in word or "sales" in word
        if arriving and source and not to and said.possessor is None and focus.home not in (None, source):
            made.flow = "import"  # "shipments from A", told at home
            return None, source
        return reporter or source or said.of_adjective, to
    return reporter, to or source


def _ordered(pair: tuple[str, str], said: Phrase, focus: Focus, made: Topic) -> tuple[str | None, str | None]:
    """Which of a pair reports: the one whose statistics are quoted; else the first named, and that is not certain."""
    made.certain = False
    if said.between_pronoun:
        origin = "sentence" if focus.pair_here else focus.origin
        made.origins |= {"reporter": origin, "partner": origin}
        made.certain = focus.pair_certain
    quoted = focus.agency_here
    if quoted in pair and not (said.between_pronoun and focus.pair_certain):
        made.certain = True
        return quoted, pair[0] if pair[1] == quoted else pair[1]
    return pair


def _partner(made: Topic, said: Phrase, reporter: str | None, focus: Focus, before: Topic | None) -> tuple[str | None, str | None]:
    """Reporter and partner where the phrase names no partner."""
    pair = focus.ordered
    with_pair = said.bilateral or (said.wide and focus.pair_here and (before is None or before.partner != "WLD"))
    if pair and (reporter is None or reporter in pair) and with_pair:
        origin = "sentence" if focus.pair_here else focus.origin
        if reporter is None and focus.agency_here in pair:
            reporter = focus.agency_here  # "two-way trade, by A's customs"
        made.certain = focus.pair_certain or reporter is not None
        made.set("partner", origin)
        if reporter is None:
            made.set("reporter", origin)
        return reporter or pair[0], _other(pair, reporter or pair[0])
    lasting = focus.lasting()
    if said.wide:
        goes_on = lasting is not None and not (said.overall and lasting.certain)
        if reporter is None and before is None and lasting is not None and goes_on and pair and lasting.reporter in pair:
            made.origins |= {"partner": focus.origin, "reporter": focus.origin}
            made.certain = lasting.certain
            return lasting.reporter, lasting.partner
        return reporter, "WLD"
    if reporter is not None:
        near = before if before is not None else lasting
        if near is not None and near.partner not in (None, "WLD") and reporter in (near.reporter, near.partner):
            made.set("partner", near.origins.get("partner", "sentence") if before is not None else focus.origin)
            return reporter, near.partner if near.reporter == reporter else near.reporter
        return reporter, "WLD"
    if before is not None:
        made.certain = before.certain
        made.set("partner", before.origins.get("partner", "sentence"))
        return None, before.partner or "WLD"
    goes_on = lasting is not None or (not said.commodity and focus.goes_on() and not focus.of_goods_aside())
    if focus.topic is not None and focus.topic.partner not in (None, "WLD") and goes_on:
        made.certain = focus.topic.certain
        made.set("partner", focus.origin)
        if focus.agency_here == focus.topic.partner and focus.agency_here is not None:
            return focus.topic.partner, focus.topic.reporter
        return focus.topic.reporter, focus.topic.partner
    return None, "WLD"


def _other(pair: tuple[str, str], side: str) -> str:
    return pair[0] if pair[1] == side else pair[1]


def _reporter(made: Topic, partner: str | None, focus: Focus, before: Topic | None) -> str | None:
    """The reporter where the phrase names none."""
    if before is not None and before.reporter not in (None, partner):
        made.set("reporter", before.origins.get("reporter", "sentence"))
        return before.reporter
    found = focus.subject if focus.subject not in (None, partner) else focus.home_for(partner)
    if found == focus.subject or (focus.home_here and found == focus.home):
        made.set("reporter", "sentence")
    else:
        made.set("reporter", "source_default" if found == focus.default_home and focus.home is None else focus.origin)
    if focus.agency_here == found and found is not None:
        made.certain = True
    return found
