"""The claims of one sentence: its marks from left to right, keeping what figures measure just now.

The frame (clauses, forecasts) is ``clauses``; flows are ``grammar``, figures ``kinds``, ranks and streaks ``places``, lists ``lists``,
periods ``when``. The focus of the text is left as the sentence leaves it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from warehouse.claims.model import Published
from warehouse.claims.phrases.focus import BLOCS, Focus, Topic
from warehouse.claims.phrases.rules import A, C, E, F, K, M, N, O, S, V, Z, pattern, rule
from warehouse.claims.phrases.topics import topic
from warehouse.claims.read.clauses import frame, leans, restrict
from warehouse.claims.read.drafts import Sentence
from warehouse.claims.read.kinds import figure, role
from warehouse.claims.read.lists import zip_lists
from warehouse.claims.read.places import rank, streak
from warehouse.claims.read.speakers import speaker
from warehouse.claims.read.when import settle
from warehouse.claims.vocabulary import vocabulary
from warehouse.reference import areas
from warehouse.schema.travel import MIRROR


def read_sentence(plain: str, focus: Focus, published: Published) -> Sentence:
    """One folded sentence with the drafts of its claims, in order."""
    focus.open_sentence()
    lead, former = focus.lead, focus.topic
    one = frame(plain, focus, published)
    focus.afresh = rule("clauses.afresh").match(plain) is not None
    one.speaker = focus.speaker = speaker(one, focus.speaker)
    _posted(one)
    _count_in(one)
    last = _walk(one)
    _fill_in(one)
    _weighed(one, former)
    zip_lists(one)
    settle(one)
    restrict(one)
    _make_sense(one)
    told = [draft for draft in one.found if draft.kind not in ("rank", "streak") and not draft.topic.item] or (
        [] if last is not None and not last.blocked else [draft for draft in one.found if not draft.topic.item])
    if told:
        lasting = next((draft for draft in told if draft.kind != "share"), told[-1])
        focus.topic = lasting.topic
    elif last is not None and not last.blocked and last.flow is not None:
        focus.topic = replace(last, item=False)
    if lead is None and focus.lead is not None and any(draft.topic.item for draft in one.found):
        focus.lead = (focus.lead[0], "WLD")  # an opening list of partners makes no text about a pair
    if one.found:
        focus.several = len({draft.topic.partner for draft in one.found}) > 1
    one.found.sort(key=lambda draft: draft.start)
    return one


def _posted(one: Sentence) -> None:
    """An envoy of one economy to another speaks of the two, unless the text has a pair already."""
    match = rule("speakers.envoy").search(one.text)
    if match is None or one.focus.pair is not None:
        return
    first, second = (one.named(match.start(names[0] if match[names[0]] else names[1])) for names in (("a", "a2"), ("b", "b2")))
    if first and second and first != second:
        one.focus.pair, one.focus.pair_here = (first, second), True


def _count_in(one: Sentence) -> None:
    """Whose currency the sums are in, for figures that nobody else reports."""
    homes = vocabulary().words["currency_home"]
    units = (one.marked.figure(at).unit for at, part in one.marked.at.items() if part.sign == M)
    one.focus.currency_home = next((homes[unit] for unit in units if unit in homes), one.focus.currency_home)


def _fill_in(one: Sentence) -> None:
    """Sides that the sentence names only behind its first figures: "trade between the two sides …, A has been B's …"."""
    focus = one.focus
    if focus.pair is None and len(focus.met) == 2 and any(draft.topic.open for draft in one.found):
        first = focus.agency_here if focus.agency_here in focus.met else focus.home if focus.home in focus.met else focus.met[0]
        focus.pair, focus.pair_here = (str(first), next(one for one in focus.met if one != first)), True
        focus.pair_certain = first == focus.agency_here
    for draft in one.found:
        own = draft.topic
        if own.open and focus.pair is not None and focus.pair_here:
            draft.topic = replace(own, reporter=focus.pair[0], partner=focus.pair[1], certain=focus.pair_certain, open=False,
                                  group=next((side for side in focus.pair if side in BLOCS), None))
            draft.group = draft.topic.group
        elif own.partner is None and own.flow == "balance" and focus.pair is not None and own.reporter in focus.pair:
            draft.topic = replace(own, partner=next(side for side in focus.pair if side != own.reporter))
        elif own.reporter is None and (home := focus.home_for(own.partner)) is not None:
            draft.topic = replace(own, reporter=home, origins={**own.origins, "reporter": "sentence" if home == focus.home else "inferred"})


def _weighed(one: Sentence, former: Topic | None) -> None:
    """Tonnes are of some goods, and so is who buys the most: where the sentence names none, all it tells is of those spoken of before."""
    goods = former.commodity if former is not None else None
    if goods is None or any(draft.topic.commodity for draft in one.found):
        return
    bought = F not in one.text and any(draft.kind == "rank" and draft.topic.flow in ("export", "import")
                                       and not re.search("import|export|trad", draft.written.text, re.IGNORECASE) for draft in one.found)
    if not bought and not any(draft.unit == "tonne" for draft in one.found):
        return
    for draft in one.found:
        draft.topic = replace(draft.topic, commodity=goods, origins={**draft.topic.origins, "commodity": one.focus.origin})


def _make_sense(one: Sentence) -> None:
    """What cannot be so was read wrongly: a partner that is its own reporter, a place within a set that its holder is not of."""
    for draft in one.found:
        own = draft.topic
        inside = draft.group if draft.group in BLOCS and draft.group not in (own.reporter, own.partner) else None
        if inside and draft.kind == "rank" and not _of_set(own.partner, inside) and _of_set(own.reporter, inside) and own.partner:
            own = draft.topic = replace(own, reporter=own.partner, partner=own.reporter)
        if own.partner is not None and own.partner == own.reporter:
            said = own.origins.get("reporter") == "sentence" != own.origins.get("partner", "sentence")
            other = None if said else one.focus.home_for(own.partner)
            draft.topic = replace(own, partner="WLD" if said else own.partner, reporter=own.reporter if said else other)


@cache
def _members(group: str) -> frozenset[str]:
    # A union is of whatever year: EU is EU27_2020 and EU28.
    return frozenset(str(row["member"]) for row in areas.rows("ref.area_group") if re.fullmatch(rf"{group}(\d.*)?", str(row["grp"])))


def _of_set(area: str | None, group: str) -> bool:
    """Whether an area is of a set at any time; of a set whose members are not known any may be."""
    return area in _members(group) or not _members(group)


def _walk(one: Sentence) -> Topic | None:
    """Make the drafts; the topic at the end of the sentence."""
    focus, now = one.focus, None
    waiting: list[int] = []
    if leans(one) and focus.topic is not None:
        now = focus.topic.carried(focus.origin)
    for at, part in one.marked.at.items():
        if part.sign == A:
            _agency(one, at)
    for at, part in one.marked.at.items():
        if part.sign == E:
            _economy(one, at)
            now = _by_its_data(one, at) if now is None and F not in one.text[:at] else now
            now = _other_account(one, at, _elided(one, at, now))
        elif part.sign == A:
            now = _other_account(one, at, now)
        elif part.sign == F:
            does = role(one, at)
            own_series = rule("qualifiers.own_series").search(part.text) is not None  # "with the rise in re-exports, up by …": theirs
            explains = one.explains(at) and not own_series and not rule("figures.own_figure").match(one.behind(at))
            if does == "denominator":
                now = _held(one, at, now)
            elif _not_yet(one, at) or (part.text.lower() in ("surplus", "deficit") and rule("flow.of_account").search(one.before(at, 50))):
                now = Topic(blocked=True, start=at, end=at + 1)
            elif does == "subject" and not explains and not rule("flow.of_others").search(one.before(at, 40)):
                now = topic(one.marked, at, focus, now)
                now.origins.setdefault("flow", "sentence")
                focus.take(now)
                while waiting:
                    figure(one, waiting.pop(), now)
        elif part.sign == V:
            made = _verb(one, at) if not one.explains(at) else None
            if made is not None:
                now = made
                focus.take(now)
                while waiting:
                    figure(one, waiting.pop(), now)
        elif part.sign == O:
            if not one.explains(at) and _measures(one, at):
                now = Topic(blocked=True, start=at, end=at + 1)
        elif part.sign == S:
            if _regional(one, at):
                now = Topic(blocked=True, start=at, end=at + 1)
        elif part.sign == C:
            now = _goods(one, at, now)
        elif part.sign == K:
            placed = rank(one, at, now)
            while waiting and placed is not None:
                figure(one, waiting.pop(), placed)
            if now is not None and not now.blocked and now.flow is not None and placed is not None:
                if rule("places.apposed").search(one.before(at, 40)):
                    placed = now
                elif rule("places.held_by_own").search(one.before(at)) and placed.reporter in (now.reporter, now.partner):
                    # "its deficit with its top trading partner", "exports to A's second trading partner B"
                    placed = replace(now, reporter=placed.reporter, partner=placed.partner, group=placed.group)
            now = placed or now
        elif part.sign == M:
            if now is None and (rule("figures.opening").match(one.text[:at]) or _share_of_rank(one, at) or _shipped(one, at)):
                waiting.append(at)
            now = figure(one, at, now)
    for at, part in one.marked.at.items():
        if part.sign == Z:
            streak(one, at, now)
    return now


def _not_yet(one: Sentence, at: int) -> bool:
    """"signed contracts to export RM12 billion of goods": not done yet."""
    return rule("flow.yet_to_be").search(one.before(at, 4)) is not None and rule("flow.yet_so_much").match(
        one.marked.at[at].text + one.behind(at)) is not None


def _share_of_rank(one: Sentence, at: int) -> bool:
    """"A, with a share of 15.4 per cent, was the top destination for B's exports": what it is a share of comes later."""
    return rule("figures.share_ahead").search(one.before(at, 40)) is not None and K in one.behind(at)


def _shipped(one: Sentence, at: int) -> bool:
    """"18,000 tonnes of Ruritanian durians were shipped to Freedonia": what was done with it comes later."""
    return rule("figures.was_done").match(one.behind(at)) is not None


def _measures(one: Sentence, at: int) -> bool:
    """Whether something that is no trade is what figures behind it measure, or only one more noun of a list."""
    if re.match(r" (?:of|was|were|rose|grew|reached)", one.behind(at)):
        return True
    return not re.search(r"(?:\bas|\bfor|\bon) $", one.before(at, 6))


def _held(one: Sentence, at: int, now: Topic | None) -> Topic | None:
    """"A's share of B's imports": whose share of what, for the percentage behind it."""
    before = one.before(at, 60)
    match = rule("flow.share_of").search(before)
    if match is None:
        return now
    made = topic(one.marked, at, one.focus, None)
    holder = one.said(match, "e", at - len(before))
    made.inside = made.partner if made.partner in BLOCS else None
    made.partner, made.held = holder, True
    return made


_PAIR_HERE = pattern(r"(?P<a><E>)(?: \(<E>\))?(?:-|/| and (?:the )?| & )$|^(?P<headline><E>), $")


def _economy(one: Sentence, at: int) -> None:
    """An economy that opens a clause is what the clause is about; two that are joined are a pair to speak of."""
    focus, entry, before = one.focus, one.marked.entry(at), one.before(at, 60)
    if (code := focus.named(entry)) not in (None, "WLD", *focus.met) and code not in BLOCS:
        focus.met.append(str(code))
    if code in ("ASEAN", "EU", "GCC") and entry.manner == "name" and not one.text[at + 1:].startswith("-"):
        focus.group = code  # what "the bloc" is from here on
    if entry.value == "PAIR":
        return
    joined = _PAIR_HERE.search(before)
    if joined is not None:
        headline = joined["headline"] is not None  # "Ruritania, Freedonia target …"
        if headline and not re.match(r" [a-z]", one.behind(at)):
            return
        spot = at - len(before) + joined.start("headline" if headline else "a")
        first, second = one.named(spot), focus.named(entry)
        listed = re.search(rf"{E}(?: \({E}\))?, $|{F} (?:to|from) (?:the )?$", one.text[:spot]) is not None
        hyphen = not headline and before[joined.end("a"):joined.end("a") + 1] in "-/"
        head = rule("clauses.subject").search(one.text[:spot]) is not None or re.search(r"between (?:the )?$", one.text[:spot]) is not None
        if first and second and first != second and not listed and (hyphen or head) and "WLD" not in (first, second):
            if focus.pair is None or set(focus.pair) != {first, second}:
                focus.pair, focus.pair_certain = (first, second), False
            focus.pair_here = True
            for side in (first, second):
                if side in BLOCS:
                    focus.group = side
            return
    after = one.behind(at)
    if focus.home is None and entry.manner == "adjective" and rule("speakers.officials").match(after):
        focus.home = focus.named(entry)
    if rule("speakers.its_data").match(after) and entry.manner in ("adjective", "name"):
        _agency(one, at)
    goes_on = after.startswith(("'s", "'")) or re.match(
        rf", which [^,;]*, [a-z]|(?: \([^)]*\))? (?!and\b|or\b|to\b|at\b)[A-Za-z{K}]", after)
    one_more = not after.startswith("'") and re.search(
        rf"(?:(?:to|from|with|between|of|in) (?:the )?{E}(?:, {E})*|{E}, (?:the )?{E}),? (?:and|or|as well as) (?:the )?$", before)
    # "exports to A and B rose", "A, B and C were"
    if rule("places.crowd_of").match(after) and (owner := focus.named(entry)) is not None:
        focus.subject = owner  # "were A's top three trading partners, with trade up …"
    if rule("clauses.subject").search(before) and goes_on and not one_more:
        named = focus.named(entry)
        if named is not None and named != "WLD" and entry.manner in ("name", "pronoun", "capital"):
            focus.subject = named
            if focus.home is None and named not in BLOCS:
                focus.home, focus.home_here = named, True


def _elided(one: Sentence, at: int, now: Topic | None) -> Topic | None:
    """"trade with ASEAN rose by 4 per cent to …, with the EU fell by 1.3 per cent to …": what is measured, with another partner."""
    if now is None or now.blocked or now.partner in (None, "WLD") or now.start <= at < now.end:
        return now
    if not rule("flow.elided").search(one.before(at, 30)) or not rule("flow.elided_told").match(one.behind(at)):
        return now
    partner = one.named(at)
    if partner is None or partner in (now.reporter, "WLD"):
        return now
    return replace(now, partner=partner, group=partner if partner in BLOCS else None, item=True,
                   origins={**now.origins, "partner": "sentence"}, start=at, end=at + 1)


def _other_account(one: Sentence, at: int, now: Topic | None) -> Topic | None:
    """"…, whereas Ruritanian figures put it at …": the same trade by the other side's account."""
    focus, code = one.focus, one.marked.entry(at).value
    if now is None or now.blocked or now.reporter is None or now.flow is None or code == now.reporter or now.partner not in (code, None):
        return now
    if not rule("speakers.contrast").search(one.before(at, 30)):
        return now
    if one.text[at] == E and not rule("speakers.its_data").match(one.behind(at)):
        return now
    focus.pair, focus.pair_certain, focus.pair_here = (now.reporter, code), True, True
    return replace(now, reporter=code, partner=now.reporter, flow=MIRROR.get(now.flow, now.flow), certain=True, open=False,
                   origins={**now.origins, "reporter": "sentence", "partner": "sentence"}, start=at, end=at + 1)


def _by_its_data(one: Sentence, at: int) -> Topic | None:
    """"Ruritanian figures show a total of …": what was spoken of, by the account of a side of it."""
    former, code = one.focus.topic, one.named(at)
    if former is None or former.flow is None or former.blocked or not rule("speakers.its_data").match(one.behind(at)):
        return None
    if code == former.reporter:
        return former.carried(one.focus.origin)
    if code != former.partner:
        return None
    return replace(former, reporter=code, partner=former.reporter, flow=MIRROR.get(former.flow, former.flow), certain=True,
                   start=at, end=at + 1, origins={"reporter": "sentence", "partner": one.focus.origin, "flow": one.focus.origin})


def _agency(one: Sentence, at: int) -> None:
    """A body that publishes statistics speaks for its economy, unless the sentence already speaks for another."""
    focus, entry = one.focus, one.marked.entry(at)
    if entry.manner == "vague" and focus.home is not None:
        return
    focus.agency_here = focus.agency_here or entry.value
    if not focus.home_here:
        focus.home, focus.home_here = entry.value, True


_NOUNS = {"exports", "imports", "export", "import", "sells", "buys", "ships", "sources", "purchases"}


def _verb(one: Sentence, at: int) -> Topic | None:
    """"A imported … from B": who, what flow, from or to whom."""
    focus, before, after = one.focus, one.before(at, 60), one.behind(at)
    who = rule("flow.doer").search(before)
    reporter = one.said(who, "e", at - len(before)) if who else None
    passive = rule("flow.passive").search(before)
    if passive and one.marked.entry(at - len(before) + passive.start("e")).manner == "adjective":
        reporter = one.said(passive, "e", at - len(before))
    if reporter is None and one.marked.at[at].text.lower() not in _NOUNS and rule("flow.doer_unnamed").search(before[-24:]):
        reporter = focus.subject_or_home()
    shipped = rule("flow.goods_shipped").search(before) and rule("flow.shipped_from").match(after)
    if reporter is None and shipped:
        reporter = one.said(shipped, "e", at + 1) if shipped["e"] else focus.subject_or_home()
    if reporter is None and one.marked.entry(at).value == "total" and (two := rule("flow.traded_between").match(after)):
        first, second = (one.said(two, name, at + 1) for name in "ab")
        return Topic(flow="total", reporter=first, partner=second, certain=False, start=at, end=at + 1,
                     group=next((side for side in (first, second) if side in BLOCS), None),
                     origins={"reporter": "sentence", "flow": "sentence"})
    if reporter is None:
        return None
    if who and rule("flow.firms_of").search(before[:who.start("e")]):
        return Topic(blocked=True, start=at, end=at + 1)
    flow = one.marked.entry(at).value
    if flow == "total":
        if who and (other := pattern(r"^[^;]{0,60}? with (?:the )?(?P<e><E>)").match(after)) and one.said(other, "e", at + 1) != reporter:
            partner = one.said(other, "e", at + 1)
            return Topic(flow=flow, reporter=reporter, partner=partner, start=at, end=at + 1,
                         group=next((side for side in (partner, reporter) if side in BLOCS), None),
                         origins={"reporter": "sentence", "flow": "sentence"})
        if focus.pair is None or not focus.pair_here:
            return None
        return Topic(flow=flow, reporter=focus.pair[0], partner=focus.pair[1], certain=False, start=at, end=at + 1,
                     group=next((side for side in focus.pair if side in BLOCS), None), origins={"reporter": "sentence", "flow": "sentence"})
    stop = rule("clauses.boundary").search(after)
    rest = after[:stop.start() if stop else len(after)]
    side = pattern(rf" {'from' if flow == 'import' else 'to'} (?:the |its )*(?P<e><E>)(?!'s)").search(rest)
    if side is None and flow == "import" and (made_in := pattern(r"(?P<e><E>) <CG>").search(rest)) \
            and one.marked.entry(at + 1 + made_in.start("e")).manner == "adjective":
        side = made_in  # "imported Ruritanian palm oil"
    if side is None and flow == "export":
        side = pattern(r"^ (?P<e><E>) (?:<CGM>|(?:worth|nearly|about|over|more|some|almost) )").match(rest)  # "sold A goods worth …"
    partner = one.said(side, "e", at + 1) if side else None
    made_there = rule("flow.made_in").search(before) if partner is None and flow == "import" else None
    if made_there is not None and one.marked.entry(at - len(before) + made_there.start("e")).manner == "adjective":
        partner = one.said(made_there, "e", at - len(before))
    made = Topic(flow=flow, reporter=reporter, partner=partner if partner != reporter else None, start=at, end=at + 1,
                 origins={"reporter": "sentence", "flow": "sentence"})
    goods = pattern(r"<C>").search(rest)
    if goods is not None:
        made.commodity = one.marked.at[at + 1 + goods.start()].text
    elif passive and passive["c"]:
        made.commodity = one.marked.at[at - len(before) + passive.start("c")].text
    if made.partner is None:
        if focus.pair and reporter in focus.pair and (focus.pair_here or (focus.topic is not None and focus.topic.partner != "WLD")):
            made.partner = next(other for other in focus.pair if other != reporter)
            made.set("partner", "sentence" if focus.pair_here else focus.origin)
        else:
            made.partner = "WLD"
    made.group = next((other for other in (made.partner, made.reporter) if other in BLOCS), None)
    return made


def _regional(one: Sentence, at: int) -> bool:
    """A province or a state that figures belong to: at the head of a clause, possessing, before its own figure, or in a list of them."""
    before, after = one.text[:at], one.behind(at)
    if rule("clauses.subject").search(before) or rule("flow.regional").search(before):
        return True
    if after.startswith(("'s", "'")) or re.match(rf" (?:\(|by )?{M}", after):
        return True
    among = re.search(rf"(?:{S}|\bin|\bfrom|\bto),? (?:and )?$", before) and re.search(rf"{S}|\bby state\b", before)
    return among is not None and re.match(r"(?:,| and|\.)", after) is not None


def _goods(one: Sentence, at: int, now: Topic | None) -> Topic | None:
    """Goods at the head of a clause, or before their own figure in a list, are what figures measure, of the flow spoken of."""
    focus, before, after = one.focus, one.before(at, 40), one.behind(at)
    if now is not None and now.start <= at < now.end:
        return now
    if re.search(r", an? [^,;]*$", one.text[:at]):
        return now  # "Ruritania, a major exporter of iron ore and other raw materials, …"
    figured = rule("goods.figured").match(after)
    told = rule("goods.carries").match(after) and (not one.explains(at) or after.startswith((", which ", " which ")))
    if not (figured or told) or not rule("goods.headed").search(before):
        return now
    if now is not None and now.blocked and not figured:
        return now
    base = now if now is not None and not now.blocked else None
    if base is None and (found := after.find(F)) >= 0:
        base = topic(one.marked, at + 1 + found, focus, None)
    elif base is None and focus.topic is not None:
        base = focus.topic.carried(focus.origin)
        noun = after[:40].find(N)
        said = one.marked.at[at + 1 + noun].text.lower() if noun >= 0 else ""
        if base.flow == "total" and said.startswith(("export", "import")):
            base.flow = said[:6]  # "Mineral fuels were the biggest export item at …"
    if base is None or base.flow is None or base.blocked:
        return now
    return replace(base, origins=dict(base.origins), start=at, end=at + 1, commodity=one.marked.at[at].text)
