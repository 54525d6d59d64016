"""Ranks and streaks as claims: whose Nth-largest, who holds the place, within which set, how many times in a row."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from warehouse.claims.model import Origin, Published, Written
from warehouse.claims.phrases.focus import BLOCS, Topic
from warehouse.claims.phrases.marks import Marked, lexicon_matches, mark
from warehouse.claims.phrases.period_words import When
from warehouse.claims.phrases.rank_words import Rank, Streak
from warehouse.claims.phrases.rules import C, E, K, pattern, rule
from warehouse.claims.phrases.topics import topic
from warehouse.claims.read.clauses import leans
from warehouse.claims.read.drafts import Draft, Sentence
from warehouse.claims.vocabulary import vocabulary
from warehouse.schema.travel import MIRROR

OWN_FLOW = {"exporter": "export", "importer": "import", "trader": "total"}


def rank(one: Sentence, at: int, now: Topic | None) -> Topic | None:
    """The claim or claims of an Nth-largest; what it is about, for figures behind it."""
    thing = one.marked.at[at].thing
    assert isinstance(thing, Rank)
    if thing.flow == "none" or one.foretold(at):
        return None
    if thing.values == (1,) and (others := rule("places.first_but_for").match(one.behind(at))) is not None:
        thing = replace(thing, values=(1 + others["those"].count(E),))  # "the largest partner in the bloc after A and B" is the third
    goods = _goods(one.marked, at, thing)
    thing = _of_flow(one, at, thing)
    if thing.flow in OWN_FLOW:
        if not (thing.flow == "exporter" and rule("places.exporter_to").match(one.behind(at))):
            _world(one, at, thing, goods)
            return None
        thing = replace(thing, flow="import")
    made_so = (now is not None and not now.blocked and now.partner not in (None, "WLD")
               and rule("places.making").search(one.before(at)) is not None and not pattern(r"<E>'s $").search(one.before(at)))
    reporter, origin = _reporter(one, at)
    if made_so and now is not None:
        if now.flow != thing.flow == MIRROR.get(str(now.flow)):  # "A imported …, making it the third-largest market"
            now = replace(now, reporter=now.partner, partner=now.reporter)
        reporter, origin = now.reporter, "sentence"
    bloc = rule("places.among_bloc").match(one.behind(at)) if thing.flow == "ranked" else None
    if bloc and now is not None and now.partner not in (None, "WLD") and (code := one.said(bloc, "e", at + 1)) in BLOCS:
        _add(one, at, thing, replace(now, origins=dict(now.origins)), thing.values[0], code)
        return None
    if thing.flow == "ranked" and (of := one.focus.ranked) is not None and (holders := _ranked_after(one, at, thing, of)):
        for holder, value in zip(holders, thing.values, strict=True):
            made = replace(of, partner=holder, item=True, origins={**of.origins, "partner": "sentence"}, start=at, end=at + 1,
                           group=holder if holder in BLOCS else None)
            _add(one, at, thing, made, value, of.inside)
        return made
    if thing.flow == "ranked":
        among = rule("places.among_partners").search(one.behind(at))
        if among is None:
            return None
        if among["e"]:
            reporter, origin = one.said(among, "e", at + 1), "sentence"
        thing = replace(thing, flow="total")
    if mutual := _mutual(one, at):
        for own, other in (mutual, mutual[::-1]):
            _add(one, at, thing, _topic(thing.flow, own, other, goods, "sentence"), thing.values[0], None)
        one.focus.speak_of(*mutual, False)
        return None
    if thing.flow == "same":
        former = next((draft for draft in reversed(one.found) if draft.kind == "rank"), None)
        if former is None or former.topic.flow is None:
            return None
        thing = replace(thing, flow=former.topic.flow)
        if not rule("places.owned").search(one.before(at)) or reporter == former.topic.reporter:
            made = replace(former.topic, origins=dict(former.topic.origins))
            _add(one, at, thing, made, thing.values[0], _group(one, at, str(made.reporter)))
            return None
    if reporter is None:
        reporter, origin = one.focus.home_for(nearest_before_noun(one, at)), "inferred"
    if reporter is None:
        return None
    group = _group(one, at, reporter)
    partners = [now.partner] if made_so and now is not None else _partners(one, at, reporter, len(thing.values))
    crowd = thing.written.endswith("s") and len(thing.values) == 1
    if crowd and rule("places.several_told").match(one.marked.plain[one.marked.at[at].end:]):
        return replace(_topic(thing.flow, reporter, next(iter(partners), None), goods, origin), start=at, end=at + 1)
    for value, partner in zip(thing.values, partners, strict=False):
        for flow in dict.fromkeys((thing.flow, *thing.also)):
            _add(one, at, thing, _topic(flow, reporter, partner, goods, origin), value, group)
    for partner in reversed(partners):
        one.focus.speak_of(reporter, partner, True)
    return replace(one.found[-1].topic, start=at, end=at + 1) if len(thing.values) == 1 and partners and partners[0] else None


def _of_flow(one: Sentence, at: int, thing: Rank) -> Rank:
    """"The largest partner for Ruritanian imports" is of imports; "the biggest importer of Ruritanian goods" is of Ruritania's exports."""
    after = one.behind(at)
    if thing.flow == "total" and (match := rule("places.partner_for").match(after)):
        flow = one.marked.entry(at + 1 + match.start("f")).value
        return replace(thing, flow=flow) if flow in ("export", "import") else thing
    match = rule("places.of_its_goods").match(after) if thing.flow in ("importer", "exporter") else None
    if match is not None and (one.marked.entry(at + 1 + match.start("e")).manner == "adjective" or match["from"]):
        return replace(thing, flow="export" if thing.flow == "importer" else "import")
    return thing


def _ranked_after(one: Sentence, at: int, thing: Rank, former: Topic) -> list[str]:
    """Who holds the places of a rank that goes on from the one before: "A remained B's largest trading partner …; C
    ranked second with …", "C and D ranked second and third"."""
    before = one.before(at)
    several = len(thing.values) == 2
    match = rule("places.subjects_ranked" if several else "places.subject_ranked").search(before)
    holders = [one.said(match, name, at - len(before)) for name in ("ab" if several else "e")] if match else []
    return [holder for holder in holders if holder] if {None, "WLD", former.reporter, former.partner}.isdisjoint(holders) else []


def _topic(flow: str, reporter: str, partner: str | None, goods: str | None, origin: Origin) -> Topic:
    made = Topic(flow=flow, reporter=reporter, partner=partner, commodity=goods, origins={"reporter": origin})
    made.group = next((side for side in (partner, reporter) if side in BLOCS), None)
    return made


def _add(one: Sentence, at: int, thing: Rank, made: Topic, value: int, group: str | None) -> None:
    part = one.marked.at[at]
    draft = Draft("rank", at, part.start, part.end, Written(thing.written, Decimal(value), 0, 1), "rank", made, Decimal(value))
    draft.group = group or made.group
    # A set behind two ranks joined by "and" may belong to the last alone.
    tail = rule("places.of_owner").sub("", one.behind(at))
    if group is not None and group != made.group and (later := re.match(rf"[^.;,]*\band\b[^.;]*{K}", tail)) and E not in tail[:later.end()]:
        draft.readings = ("world",)
    one.focus.ranked = replace(made, inside=draft.group if draft.group != made.group else None)
    draft.of = "world exporters" if made.partner == "WLD" and made.flow == "export" else None
    one.found.append(draft)


def _world(one: Sentence, at: int, thing: Rank, goods: str | None) -> None:
    """A place in the world: "the 10th largest exporter of semiconductors"."""
    nearest = nearest_before(one, at, set())
    who = one.focus.subject or nearest or one.focus.home
    of_what = re.match(r" (?:of|in) (?!the world)", one.behind(at))
    if who is None or (of_what and goods is None and thing.flow != "trader"):
        return
    made = _topic(OWN_FLOW[thing.flow], who, "WLD", goods, "sentence" if one.focus.subject or nearest else one.focus.origin)
    _add(one, at, thing, made, thing.values[0], _group(one, at, who))


def _mutual(one: Sentence, at: int) -> tuple[str, str] | None:
    """"each other's largest trading partner": both ways."""
    if not re.search(rf"(?:each other|one another)(?:'s)? $|{E}(?:'s)? $", one.before(at, 20)) \
            or not re.search(r"each other|one another", one.marked.plain[:one.marked.at[at].start][-24:]):
        return None
    if one.focus.pair is not None:
        return one.focus.pair
    return None


def _goods(marked: Marked, at: int, thing: Rank) -> str | None:
    """Goods in the middle of a rank ("largest palm oil supplier") or behind it ("supplier of palm oil")."""
    if thing.within:
        inner = next((part.text for part in mark(thing.within, When(Published(None))).at.values() if part.sign == C), None)
        if inner:
            return inner
    after = marked.text[at + 1:]
    match = rule("places.goods_behind").match(after)
    if match:
        return marked.at[at + 1 + match.start("c")].text
    if thing.flow in ("exporter", "importer", "import", "export"):
        noun = re.match(r" of ([a-z][\w-]+(?: [a-z][\w-]+)?)", after)
        if noun and not rule("places.no_goods_behind").match(noun[1]):
            return noun[1]
    return None


def nearest_before(one: Sentence, at: int, without: set[str | None]) -> str | None:
    """The last economy named before a place."""
    for spot in range(at - 1, -1, -1):
        if one.text[spot] == E and one.marked.entry(spot).value != "PAIR" and not rule("places.passed").search(one.before(spot, 24)):
            named = one.named(spot)
            if named in BLOCS and re.search(r"\b(?:in|within|among|across)(?: the| all| other)* $", one.before(spot, 20)):
                continue
            if named is not None and named not in without and named != "WLD":
                return named
    return None


def _other(one: Sentence, side: str | None) -> str | None:
    pair = one.focus.pair
    return None if pair is None or side not in pair else pair[0] if pair[1] == side else pair[1]


def _reporter(one: Sentence, at: int) -> tuple[str | None, Origin]:
    """Whose Nth-largest it is."""
    focus, before = one.focus, one.before(at)
    offset = at - len(before)
    owner = rule("places.owner").search(before)
    if owner and (owner["poss"] or one.marked.entry(offset + owner.start("e")).manner == "pronoun"):
        entry = one.marked.entry(offset + owner.start("e"))
        if entry.manner == "pronoun" and entry.value == "HOME":
            return _home(one, at)
        return focus.named(entry), "sentence"
    if trade := rule("places.trade_owner").search(before):
        return one.said(trade, "e", offset), "sentence"
    behind = rule("places.of_whom").match(one.behind(at))
    if behind and (named := one.said(behind, "e", at + 1)) not in ("WLD", None):
        return named, "sentence"
    if (first := next((draft for draft in reversed(one.found) if draft.kind == "rank"), None)) is not None:
        joined = rule("places.and_of").fullmatch(one.text[first.at + 1:at])
        if joined is not None and one.said(joined, "e", first.at + 1) == first.topic.reporter:
            return first.topic.reporter, "sentence"
    earlier = [draft for draft in one.found if draft.kind == "rank" and re.fullmatch(rf"[^.;{E}]*", one.text[draft.at + 1:at])]
    same = [draft for draft in one.found if draft.kind == "rank" and draft.topic.partner == one.focus.subject is not None]
    if earlier or same:
        return (earlier or same)[-1].topic.reporter, "sentence"
    return _home(one, at)


def _home(one: Sentence, at: int) -> tuple[str | None, Origin]:
    """"its", "our", "the country's", or nobody: who the sentence is about, if not the partner itself."""
    focus = one.focus
    nearest = nearest_before_noun(one, at)
    if focus.subject not in (None, nearest):
        return focus.subject, "sentence"
    if focus.home not in (None, nearest):
        return focus.home, "sentence" if focus.home_here else focus.origin
    if (other := _other(one, nearest)) is not None:
        return other, focus.origin
    return (focus.default_home, "source_default") if focus.default_home != nearest else (None, focus.origin)


def nearest_before_noun(one: Sentence, at: int) -> str | None:
    """The last economy named by its name, not by "the country"."""
    for spot in range(at - 1, -1, -1):
        if one.text[spot] == E and one.marked.entry(spot).manner != "pronoun":
            return one.named(spot)
    return None


def _partners(one: Sentence, at: int, reporter: str, count: int) -> list[str | None]:
    """Who holds the place: the subject before it, else who is named right behind it, else the pair's other side."""
    if count > 1:
        named = [one.named(spot) for spot in range(at) if one.text[spot] == E]
        holders = [code for code in named if code not in (reporter, None) and code not in BLOCS]
        return list(holders[-count:]) if len(holders) >= count else []
    if (holder := _opening(one, at)) not in (None, reporter):
        return [holder]
    if rule("places.held_by_own").search(one.before(at)) and (held := rule("places.held_behind").match(one.behind(at))):
        return [one.said(held, "e", at + 1)]
    behind = rule("places.holder_behind").match(one.behind(at))
    nearest = nearest_before(one, at, {reporter})
    if behind is not None and (nearest is None or not rule("places.holds").search(one.before(at))):
        code = one.said(behind, "e", at + 1)
        if code != reporter:
            return [code]
    if nearest is not None:
        return [nearest]
    return [_other(one, reporter) or (one.focus.home if one.focus.home != reporter else None)]


def _opening(one: Sentence, at: int) -> str | None:
    """"As the largest trading partner of A …, B …": B holds the places that the opening tells."""
    match = rule("places.opening_as").match(one.text)
    return one.said(match, "e", 0) if match and at < match.start("e") else None


def _group(one: Sentence, at: int, reporter: str) -> str | None:
    """The set within which it holds: "in ASEAN", "among ASEAN countries", "of the ten members of ASEAN"."""
    if rule("places.worldwide").match(one.marked.plain[one.marked.at[at].end:]):
        return None
    low, high = one.clause(at)
    named = (entry for entry, _, _ in lexicon_matches(one.marked.at[at].text, vocabulary(), []) if entry.kind == "economy")
    inner = next((one.focus.named(entry) for entry in named), None)
    if inner in BLOCS and inner != reporter:
        return inner
    for match in rule("places.within").finditer(one.text):
        code = one.said(match, "e", 0)
        if code not in BLOCS or code == reporter:
            continue
        if match.start() > at:
            between = rule("places.of_owner").sub("", one.text[at + 1:match.start()])
            if match.start() < high and not re.search(rf"{E}.*{K}", between) and not _elliptic(one, between, at):
                return code
        elif match.start() >= low - 1 or (match.start() < 30 and not any(0 < mark_ <= at for mark_ in _breaks(one))):
            return code
    return None


def _elliptic(one: Sentence, between: str, at: int) -> bool:
    """"second largest partner globally and the largest in ASEAN": the set is the second's alone."""
    spot = one.text.find(K, at + 1) if K in between else -1
    thing = one.marked.at[spot].thing if spot >= 0 else None
    return isinstance(thing, Rank) and thing.flow == "same"


def _breaks(one: Sentence) -> list[int]:
    """Clauses that begin with a contrast: what opened the sentence does not reach behind them."""
    return [spot for spot in one.clauses if re.search(r"(?:while|whereas|but) $", one.text[:spot])]


def streak(one: Sentence, at: int, now: Topic | None) -> None:
    """The claim of an N-in-a-row: of the rank beside it, else of what the figure or flow beside it measures."""
    thing, part = one.marked.at[at].thing, one.marked.at[at]
    assert isinstance(thing, Streak)
    if one.foretold(at):
        return
    ranks = [draft for draft in one.found if draft.kind == "rank"]
    if ranks:
        nearest = min(ranks, key=lambda draft: abs(draft.at - at))
        made, of, group = nearest.topic, f"rank {nearest.value}", nearest.group
    else:
        found = _counted(one, at, now)
        if found is None:
            return
        made, of = found
        group = made.group
    count = Decimal(thing.count)
    draft = Draft("streak", at, part.start, part.end, Written(part.text, count, 0, 1), thing.unit, made, count)
    draft.of, draft.group = of, group
    one.found.append(draft)


def _counted(one: Sentence, at: int, now: Topic | None) -> tuple[Topic, str] | None:
    focus = one.focus
    earlier = [draft for draft in one.found if draft.at < at]
    told = next((draft for draft in one.found if draft.topic.start < at and draft.topic.end <= at and draft.topic.flow is not None), None)
    made = earlier[-1].topic if earlier else told.topic if told is not None else now
    if made is not None and made.blocked:
        return None
    if made is None or made.flow is None:
        if focus.topic is None or not leans(one):
            return None
        made = focus.topic.carried(focus.origin)
    if match := rule("places.counted").search(one.behind(at)):
        made = topic(one.marked, at + 1 + match.start("f"), focus, made)
    near = one.text[max(0, at - 70):at + 60]
    if rule("places.place_kept").search(near):
        return made, "rank 1"
    if made.flow == "balance":
        return made, "deficit" if made.deficit or rule("places.in_the_red").search(near) else "surplus"
    if passed := rule("places.level_passed").search(near):
        return made, "level above " + one.marked.at[max(0, at - 70) + passed.start("m")].text
    return made, "decline" if re.search(r"declin|fell|fall|drop|contract", near + one.marked.at[at].text, re.IGNORECASE) else "growth"
