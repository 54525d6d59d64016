"""What kind of claim a figure is, from the words around it: level, balance, change, share or ratio; and its hedge, direction, basis."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from warehouse.claims.model import Kind
from warehouse.claims.phrases.focus import BLOCS, Topic
from warehouse.claims.phrases.quantities import Figure
from warehouse.claims.phrases.rules import C, E, F, M, O, V, Z, pattern, rule
from warehouse.claims.phrases.topics import topic
from warehouse.claims.read.clauses import compared, other_side
from warehouse.claims.read.drafts import Direction, Draft, Role, Sentence

FAR = 999
FLOWS = ("total", "export", "import")


def draft_of(one: Sentence, at: int, kind: Kind, own: Topic, value: Decimal | None = None) -> Draft:
    """The draft of a figure, with its hedge and its sum in a second currency."""
    figure, part = one.marked.figure(at), one.marked.at[at]
    draft = Draft(kind, at, part.start, part.start + figure.end - figure.start, figure.written, figure.unit, own,
                  figure.written.value if value is None else value, alt=figure.alt, alt_unit=figure.alt_unit, group=own.group)
    hedge = rule("figures.hedge").search(one.before(at, 50)) or rule("figures.hedge_behind").match(one.behind(at)[:24])
    draft.hedge = hedge["h"].lower() if hedge else None
    return draft


def figure(one: Sentence, at: int, now: Topic | None) -> Topic | None:
    """Make the claim of a figure, if it is one; the topic that holds after it."""
    if one.foretold(at) or rule("figures.aside").search(one.before(at, 30)):
        return now
    what, before, after = one.marked.figure(at), one.before(at), one.behind(at)
    attached = _exceeding(one, at, now) or _attached(one, at, now)
    if attached and now is not None and now.blocked and rule("figures.share_before").search(before[-40:]):
        attached = None  # "private enterprises accounted for US$5 billion of imports"
    own = attached or now
    partner = listed(one, at)
    one_more = bool(one.found) and re.search(r"(?:, |\band )(?:\w+ )?$", before) is not None
    grown_by = now is not None and now.partner == "WLD" and rule("figures.moved_by").search(before[-50:]) is not None
    if partner is None and what.sort == "money" and (one_more or grown_by):
        towards = rule("flow.to_partner").match(after)
        partner = one.said(towards, "e", at + 1) if towards else None
    if partner is not None and own is not None and not own.blocked and partner not in (own.reporter, own.partner) and own.flow is not None:
        if own.reporter == one.focus.subject and own.partner not in ("WLD", None) and rule("places.followed_with").search(before):
            own = replace(own, item=True, several=None, origins={**own.origins, "reporter": "sentence"}, reporter=partner)
        else:
            own = replace(own, item=True, several=None, origins={**own.origins, "partner": "sentence"}, partner=partner,
                          group=partner if partner in BLOCS else None)
    if what.sort == "percent":
        _percentage(one, at, own, attached is not None)
    elif own is not None and not own.blocked and own.flow is not None:
        if what.sort == "times":
            _ratio(one, at, own)
        elif not _threshold(one, at) and not rule("figures.than_others").match(after):
            _sum(one, at, what, own, before, after)
    if now is None and one.found and one.found[-1].at == at:
        return one.found[-1].topic
    return attached if attached is not None and not attached.blocked and what.sort != "percent" else now


def _exceeding(one: Sentence, at: int, now: Topic | None) -> Topic | None:
    """"Exports exceeded imports by RM19 billion": the balance of the two, a deficit where imports are the larger; "the balance was in
    Ruritania's favour by …", "the trade account was in the red by …"."""
    before = one.before(at, 160)
    if (favoured := rule("figures.in_favour").search(before)) and one.marked.figure(at).sort == "money":
        own, other = one.said(favoured, "e", at - len(before)), one.focus.home_for(one.said(favoured, "e", at - len(before)))
        base = now if now is not None and not now.blocked and now.flow is not None else Topic(partner=other or "WLD")
        partner = base.partner if base.reporter == own else base.reporter if base.partner == own else base.partner
        partner = partner or next((side for side in one.focus.met if side != own), None)
        return replace(base, flow="balance", reporter=own, partner=partner, deficit=False, open=False, certain=True,
                       origins={**base.origins, "flow": "sentence", "reporter": "sentence"})
    coloured = rule("figures.coloured").search(before)
    if coloured and now is not None and not now.blocked and now.flow == "total":
        return replace(now, flow="balance", deficit=coloured["w"].lower() == "red", origins={**now.origins, "flow": "sentence"})
    match = rule("figures.exceeding").search(before)
    if match is None or now is None or now.blocked or one.marked.figure(at).sort != "money":
        return None
    larger, smaller = (one.marked.entry(at - len(before) + match.start(name)).value for name in "ab")
    if {larger, smaller} != {"export", "import"}:
        return None
    return replace(now, flow="balance", deficit=larger == "import", origins={**now.origins, "flow": "sentence"})


def _threshold(one: Sentence, at: int) -> bool:
    """"surpassed the RM1 trillion mark for the fourth year in a row": the mark is no level of its own."""
    if rule("figures.passing").search(one.before(at, 30)) is None:
        return False
    after = one.behind(at)
    mark = re.match(r" (?:mark|threshold|milestone|level|barrier)\b", after)
    rest = after[mark.end():] if mark else after
    if rule("figures.passed_again").search(one.before(at, 50)):
        return True
    again = re.match(rf" (?:(?:for|in) )?(?:the |a )?{Z}", rest) is not None
    other = [spot for spot, part in one.marked.at.items() if part.sign == M and spot != at and one.marked.figure(spot).sort == "money"]
    return again or (mark is not None and bool(other))


def _sum(one: Sentence, at: int, what: Figure, own: Topic, before: str, after: str) -> None:
    """Money or weight: a level, a balance, or a change told in money."""
    kind: Kind = "level"
    direction = _moved_by(before, after)
    against = direction is None and compared(before) and not other_side(one, at)
    value = what.written.value
    if direction is None and rule("figures.moved").search(before[-50:]):
        return  # "rose RM126 million": by it, or to it
    if direction is not None:
        kind = "change"
    elif rule("figures.percent_and_sum").search(before) and rule("figures.sum_since").match(after) and one.found \
            and one.found[-1].kind == "change":
        kind, direction = "change", one.found[-1].direction  # "up 19.3 percent ($22.1 billion) from 2023"
    elif what.sign in ("+", "-") and own.flow != "balance":
        kind, direction = "change", "up" if what.sign == "+" else "down"  # "the US (+RM2.9 billion)"
    elif own.flow == "balance":
        kind = "balance"
        direction = _balance_direction(one, at) if not against else None
        named = rule("figures.balance_named").search(before)
        deficit = one.marked.entry(at - len(before) + named.start("f")).manner == "deficit" if named else own.deficit
        against = against or (named is not None and compared(one.before(at - len(before) + named.start())))
        if deficit or what.sign == "-" or rule("figures.in_the_red").search(before):
            value = -value
    draft = draft_of(one, at, kind, own, value)
    draft.direction, draft.compared = direction, against
    if against and rule("figures.beyond").search(before):
        draft.hedge = None  # "21 per cent above the RM190 billion of April 2021"
    draft.basis = _basis(one, at) if kind == "change" else None
    ends = rule("figures.record_ends")
    low = max((match.end() for match in ends.finditer(one.text, max(0, at - 40), at)), default=max(0, at - 40))
    far = ends.search(one.text, at, at + 40)
    draft.record = rule("figures.record").search(one.text, low, far.start() if far else at + 40) is not None
    one.found.append(draft)


def _moved_by(before: str, after: str) -> Direction | None:
    """Whether a sum is a change and not a level: "rose by", "an increase of", "RM2 billion higher"."""
    tail = before[-50:]
    moved = rule("figures.moved").search(tail)
    for match in (rule("figures.moved_by").search(tail), rule("figures.moved_or").search(tail), rule("figures.moved_of").search(tail),
                  moved if moved and rule("figures.moved_further").match(after) else None):
        if match and (way := _way(match["w"])):
            return way
    if sign := rule("figures.signed").search(tail):
        return "up" if sign["s"].strip() in ("+", "up") else "down"
    behind = rule("figures.move_behind_sum").match(after)
    return _way(behind["w"]) if behind and not re.search(rf"{M} to (?:a record )?$", tail) else None


def _way(word: str) -> Direction | None:
    """Up or down, by a word of change."""
    match = rule("figures.move").fullmatch(word)
    return None if match is None else "up" if match["up"] else "down"


def _balance_direction(one: Sentence, at: int) -> Direction | None:
    """"widened to", "narrowed", "a surplus of …, down 2 per cent"."""
    low, _ = one.clause(at)
    own = max((spot for spot, part in one.marked.at.items() if part.sign == F and low <= spot < at), default=None)
    stretches = [one.text[own:at] if own is not None else one.text[low:at]]
    if own is not None and (near := re.search(r"\b([\w-]+) (?:the |its |their |a )?(?:trade )?$", one.text[max(low, own - 26):own])):
        stretches.append(near[1])
    for stretch in stretches:
        found = [match for match in rule("figures.move").finditer(rule("figures.run_up").sub("", stretch))
                 if match[0].lower() not in ("more", "exceeded", "added")]
        if found:
            return "up" if found[-1]["up"] else "down"
    match = rule("figures.move_behind_balance").match(one.behind(at))
    if match:
        return "up" if match["w"].lower() in ("up", "higher", "an increase", "widening") else "down"
    return None


def _attached(one: Sentence, at: int, now: Topic | None) -> Topic | None:
    """What a figure measures by the words behind it: "RM5 billion worth of exports", "a 5 per cent rise in imports"."""
    marked, after = one.marked, one.behind(at)
    what = marked.figure(at)
    if what.sort == "percent":
        match = rule("figures.percent_of_flow").match(after) or rule("figures.percent_of_other").match(after)
        if match is None and rule("figures.moved_of").search(one.before(at, 50)):
            match = rule("figures.percent_in_flow").match(after)
        match = match or rule("figures.percent_to_sum_in_flow").match(after)
        if match is None and now is None:
            match = pattern(r"^ (?P<f><F>)").match(after)
    else:
        match = rule("figures.sum_of_flow").match(after)
        if match is None and re.search(rf"{M} to (?:a record )?$", one.before(at, 20)):
            match = rule("figures.sum_grown_to").match(after)
    if match is not None:
        spot = at + 1 + (match.start("f2") if "f2" in match.groupdict() and match["f2"] else match.start("f"))
        if marked.text[spot] == O:
            return Topic(blocked=True)
        if what.sort == "money" and role(one, spot) == "denominator":
            return None
        made = topic(marked, spot, one.focus, now)
        made.origins.setdefault("flow", "sentence")
        one.focus.take(made)
        balance = rule("figures.balance_named").search(one.before(at)) if what.sort == "money" and made.flow == "total" else None
        if balance and (named := marked.entry(at - len(one.before(at)) + balance.start("f"))).value == "balance":
            made.flow, made.deficit = "balance", named.manner == "deficit"  # "a deficit of RM90 billion in its trade with …"
        return made
    goods = rule("figures.sum_of_goods").match(after)
    if goods is not None and what.sort in ("money", "tonne") and now is not None and not now.blocked:
        return replace(now, origins=dict(now.origins), commodity=marked.at[at + 1 + goods.start("c")].text)
    if what.sort in ("money", "tonne") and now is not None and not now.blocked and now.flow != "balance":
        unlisted = rule("figures.sum_of_unlisted").match(after)
        if unlisted is None and V in one.text[one.clause(at)[0]:at]:
            unlisted = rule("figures.sum_in_unlisted").match(after)  # "exported RM1.1 billion in sanitary ware"
        words = marked.words(at + 1 + unlisted.start("np"), at + 1 + unlisted.end("np")) if unlisted else ""
        if words and not rule("flow.no_goods").match(words) and not rule("figures.no_goods_of").match(words):
            return replace(now, origins=dict(now.origins), commodity=words)
    return None


def role(one: Sentence, at: int) -> Role:
    """What the flow at this place does: it is measured, or measured against, or belongs to the figure before it."""
    before = one.before(at, 90)
    match = rule("flow.denominator").search(before)
    if match is not None:
        spot = at - len(before) + match.start()
        money = one.text[spot] == M and one.marked.figure(spot).sort == "money"
        all_of_it = re.search(r"\btotal\b|\boverall\b", before[match.start():] + one.marked.at[at].text)
        if not money or all_of_it or not rule("flow.of_figure").search(before):
            return "denominator"
    if rule("flow.of_figure").search(before) or rule("flow.of_rank").search(before):
        return "attached"
    if (own := rule("figures.own_figure").match(one.behind(at))) is not None and other_side(one, at + 1 + own.start("m")):
        return "subject"
    return "base" if rule("flow.base").search(before) else "subject"


def _move_after(one: Sentence, at: int) -> Direction | None:
    """A word of change directly behind a figure: "5 per cent higher", "a 5 per cent year-on-year increase"."""
    behind = one.behind(at)[:70]
    lead = rule("figures.before_move").match(behind)
    match = (rule("figures.move").match(behind, lead.end()) if lead else None) or rule("figures.above").match(behind)
    return None if match is None else "up" if match["up"] else "down"


def _move_before(one: Sentence, at: int) -> tuple[Direction | None, int]:
    """The last word of change before a figure in its clause, and how far away; else in the clauses before."""
    low, _ = one.clause(at)
    for start in (low, 0):
        last = None
        for match in rule("figures.move").finditer(one.text, start, at):
            word = match[0].lower()
            before = one.text[max(0, match.start() - 16):match.start()]
            adjective = word in ("more", "less", "over", "higher", "lower", "larger", "smaller", "fewer", "bigger", "greater")
            if re.search(r"\b(?:took|tak\w+|made|mak\w+) $", before):
                continue  # "took up", "made up" of shares
            if adjective and (one.text[match.end():match.end() + 5] == " than" or re.search(r"(?:\bon|to|of|by|for) $", before)):
                continue
            if start == 0 and re.search(r"(?:after|following|from|than) (?:a|an|the)? ?$", before):
                continue
            last = match
        if last is not None:
            return ("up" if last["up"] else "down"), at - last.end()
    return None, FAR


def _rate(one: Sentence, at: int) -> Direction | None:
    """"Export growth slowed to 1.6 per cent": the way of the growth, not that of its slowing."""
    match = rule("figures.rate_came").search(one.before(at, 160))
    return None if match is None else "up" if match["up"] else "down"


def _percentage(one: Sentence, at: int, now: Topic | None, attached: bool) -> None:
    """A percentage: a share or a change, by the nearest cue."""
    what, before, after = one.marked.figure(at), one.before(at), one.behind(at)
    fraction = what.written.text[:1].isalpha() and not re.search(r"per|%|pct|pc", what.written.text, re.IGNORECASE)  # "a third of"
    signed: Direction | None = {"+": "up", "-": "down"}.get(what.sign)  # type: ignore[assignment]  # its two values are directions
    behind = _move_after(one, at)
    clause = one.text[one.clause(at)[0]:at]
    by = re.search(r"\bby (?:an? )?(?:\w+ ){0,3}$", before[-30:]) is not None
    moved, gap = _move_before(one, at)
    shares = list(rule("figures.share_before").finditer(clause))
    share_gap = len(clause) - shares[-1].end() if shares else FAR
    flow_behind = rule("figures.share_of_flow").match(after) is not None
    shared = what.unit == "percent" and signed is None and behind is None and not by and not rule("figures.moving").search(before) and (
        (now is not None and now.held) or
        rule("figures.share_behind").match(after) is not None or flow_behind or share_gap < min(gap, 40))
    if (fraction and not flow_behind and not (by and moved)) or rule("figures.share_of_that").match(after):
        return
    if behind is None and signed is None and (former := _share_before(one, at)) is not None:
        other = pattern(r"(?P<e><E>)'s $").search(before)
        own = replace(former.topic, item=True, partner=one.said(other, "e", at - len(before))) if other else former.topic
        draft = draft_of(one, at, "share", own)
        draft.group, draft.of, draft.compared = own.group if other else former.group, former.of, other is None
        one.found.append(draft)
        return
    # "palm oil (5 per cent)", "came second with RM393 billion (14.9 per cent)"
    behind_rank = M if any(draft.kind == "rank" for draft in one.found) else ""
    bracketed = re.search(rf"[{C}{behind_rank}] \($", before) is not None or (
        bool(behind_rank) and rule("figures.rank_share").search(before) is not None)
    partner = listed(one, at) if signed is None and before.endswith("(") else None
    if partner is not None and (lists := rule("figures.exhibiting").search(_plain_before(one, at))) and one.focus.topic is not None:
        each = replace(one.focus.topic.carried(one.focus.origin), flow=lists["what"].lower(), partner=partner, commodity=None, item=True,
                       group=partner if partner in BLOCS else None)
        draft = draft_of(one, at, "change", each)
        draft.direction, draft.basis = "up" if lists["w"].lower() in ("growth", "increase", "rise") else "down", _basis(one, at)
        one.found.append(draft)
        return
    closed = rule("figures.bracketed_share").match(after) is not None and re.search(rf"{C} \($", before) is not None
    far = behind is None and gap > 70 and not attached and (bracketed or listed(one, at) is not None)
    if shared or (signed is None and (closed or far)):
        _share(one, at, now)
        return
    direction = signed or behind or _rate(one, at) or moved
    if now is None or now.blocked or now.flow is None or direction is None or (fraction and not by):
        return
    if rule("figures.other_rate").search(before[-30:]) or (
            what.unit == "percentage points" and re.match(r" (?:higher|lower|more|less|faster|slower|above|below)\b", after)):
        return  # one rate beside another
    draft = draft_of(one, at, "change", now)
    draft.direction, draft.compared = direction, compared(before) and signed is None
    draft.basis = _basis(one, at)
    one.found.append(draft)


def _plain_before(one: Sentence, at: int) -> str:
    """The plain sentence as far as a place of the marked one."""
    return one.marked.plain[:one.marked.at[at].start]


def _share_before(one: Sentence, at: int) -> Draft | None:
    """The share that this one is compared with: "14 per cent of total trade, up from 3 per cent in 1999"."""
    last = one.found[-1] if one.found else None
    if last is None or last.kind != "share" or not compared(one.before(at)):
        return None
    return last if rule("figures.share_compared").search(one.text, last.at, at) else None


BASES = {"yoy": "yoy", "mom": "mom", "qoq": "qoq", "average": "annual average"}


def _basis(one: Sentence, at: int) -> str:
    """What a change is against: by the words between it and the next figure, else by any of the sentence; else year on year."""
    plain, here = one.marked.plain, one.marked.at[at].end
    following = min((part.start for part in one.marked.at.values() if part.sign == M and part.start > here), default=len(plain))
    near = {name: match.start() for name in BASES if (match := rule(f"figures.{name}").search(plain, here, following))}
    if near:
        return BASES[min(near, key=lambda name: near[name])]
    return next((BASES[name] for name in ("average", "mom", "qoq") if rule(f"figures.{name}").search(plain)), "yoy")


def listed(one: Sentence, at: int) -> str | None:
    """The economy right before a figure in a list: "Ruritania (15.7 per cent), Freedonia 13 per cent and to Sylvania by 8"."""
    before = one.before(at, 70)
    match = rule("figures.item").search(before)
    if match is None or before[match.end("e"):match.end("e") + 2] == "'s":
        return None
    rest = before[match.end("e"):]
    if rest.count(M) and not rule("figures.item_second").search(rest):
        return None
    return one.said(match, "e", at - len(before))


def _share(one: Sentence, at: int, now: Topic | None) -> None:
    """A share of the flow behind it, held by what the sentence was about or by an economy named before it."""
    marked, focus, after = one.marked, one.focus, one.behind(at)
    if marked.figure(at).written.value > 100:
        return
    match = rule("figures.share_whole").match(after)
    whole: Topic | None = None
    if match is not None and role(one, at + 1 + match.start("f")) == "denominator":
        whole = topic(marked, at + 1 + match.start("f"), focus, None)
    elif rule("figures.share_no_trade").match(after):
        return
    if now is not None and now.blocked:
        return
    if whole is None and now is not None and (owner := rule("figures.share_owner").match(after)):
        whole = Topic(flow=now.flow, reporter=one.said(owner, "e", at + 1), origins={"reporter": "sentence"})
    own = listed(one, at) or _holder(one, at) or _gone(one, at)
    if whole is not None and now is not None and whole.reporter == now.partner and any(draft.kind == "rank" for draft in one.found):
        whole = replace(whole, reporter=now.reporter)  # "A was the second largest market for B, taking 12 per cent of exports"
    if own is not None and whole is not None and whole.reporter == own:
        # "A accounted for 27 per cent of the exports": not of its own; "the republic … of B's exports": the other side
        own, whole = (None, whole) if match is not None and E in match[0] else (own, replace(whole, reporter=focus.home_for(own)))
    base = now
    place = rule("figures.main_partner").search(marked.plain, 0, marked.at[at].start) if base is None and whole is None else None
    each = "respectively" in after
    if place and own is None and focus.topic is not None and (each or focus.subject not in (None, focus.topic.reporter)):
        own = None if each else focus.subject  # "it stayed the main trading partner with a share of 16.6 per cent"
        base = replace(focus.topic.carried(focus.origin), commodity=None, flow=next(flow for flow in FLOWS if place[flow]))
    if base is None and whole is None:
        if focus.topic is None or not (own or focus.pair_here or any(draft.kind == "rank" for draft in one.found)):
            return
        base = focus.topic.carried(focus.origin)
    from_topic = base if base is not None else whole
    assert from_topic is not None
    made = replace(from_topic, origins=dict(from_topic.origins))
    if own is not None and own != made.reporter:
        made.partner, made.item = own, True
        made.origins["partner"] = "sentence"
    if whole is not None and whole.flow in ("export", "import") and made.commodity is None:
        made.flow = whole.flow  # a part of exports is no total
    shared = whole is not None and match is not None and re.search(r"\b(?:its|our|their)\b", match[0]) is not None
    if whole is not None and shared and made.reporter and made.partner == focus.subject:
        whole = replace(whole, reporter=made.reporter)  # "a quarter of A's imports and a third of its exports"
    inside = made.inside
    if whole is not None:
        inside = _of_whole(one, made, whole)
    made.group = next((side for side in (made.partner, made.reporter) if side in BLOCS), None)
    draft = draft_of(one, at, "share", made)
    draft.group = inside or made.group
    flow = (whole or made).flow
    draft.of = f"reporter total {'trade' if flow == 'total' else f'{flow}s'}"
    several = rule("figures.together").search(one.clause_text(at)) or (
        own is None and "respectively" not in after and rule("figures.of_several").search(one.text, 0, at))
    if not several:
        one.found.append(draft)


def _holder(one: Sentence, at: int) -> str | None:
    """"of which A accounted for 65 per cent"."""
    before = one.before(at, 60)
    match = rule("figures.share_holder").search(before)
    return one.said(match, next(name for name in ("e", "e2", "e3") if match[name]), at - len(before)) if match else None


def _gone(one: Sentence, at: int) -> str | None:
    """"a fifth of A's exports went to B"."""
    match = rule("figures.share_gone").match(one.behind(at))
    return one.said(match, "e" if match["e"] else "e2", at + 1) if match else None


def _of_whole(one: Sentence, made: Topic, whole: Topic) -> str | None:
    """Sides of a share by its denominator: "of A's total trade" makes A the reporter. Gives the set it holds within."""
    focus, owner = one.focus, whole.reporter
    if whole.origins.get("reporter") == "sentence" and owner not in (None, "WLD"):
        if made.reporter not in (None, owner) and made.partner in (None, "WLD", owner):
            made.partner = made.reporter
        made.reporter, made.certain = owner, True
        made.origins["reporter"] = "sentence"
        if made.partner == owner:
            made.partner = None
    if made.partner in (None, "WLD") and made.commodity is None:
        other = focus.subject if focus.subject not in (None, made.reporter) else None
        told = focus.pair_here or (focus.topic is not None and focus.topic.partner != "WLD")
        if other is None and focus.pair and made.reporter in focus.pair and told:
            other = next(side for side in focus.pair if side != made.reporter)
        made.partner = other or "WLD"
    if whole.partner in BLOCS and whole.partner != made.partner:
        return whole.partner
    if whole.reporter in BLOCS and made.reporter not in BLOCS and made.partner not in BLOCS:
        return whole.reporter
    return None


def _ratio(one: Sentence, at: int, now: Topic) -> None:
    """"683 times that of 1974", "doubled", a "tenfold increase"."""
    what, before, after = one.marked.figure(at), one.before(at), one.behind(at)
    if not what.doubled and not rule("figures.multiple").match(after) and not rule("figures.multiplied").search(before):
        return
    draft = draft_of(one, at, "ratio", now)
    year = rule("figures.multiple_of").match(after)
    if year is not None:
        span = one.marked.period(at + 1 + year.start("p")).span
        draft.basis = str(span) if span else None
    one.found.append(draft)


