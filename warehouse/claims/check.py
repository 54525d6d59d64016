"""Check a reading: each claim held against the statistics, as known on the day of the text and today (docs/checking.md).

What comes in is a ``Reading`` and a connection on the lake; what goes out a ``Report``: plain data with evidence, SQL, a sentence
for a person and one that is safe to print. Nothing is stored here. The rules of a moment are ``verdicts``, ranks ``standings``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import duckdb

from warehouse.ask import ranks
from warehouse.ask.answers import WORLD, query
from warehouse.claims.model import Claim, Reading
from warehouse.claims.read import dating
from warehouse.claims.say import sentences
from warehouse.claims.say.printable import printable
from warehouse.claims.weigh import candidates, elsewhere, standings
from warehouse.claims.weigh.arithmetic import Relation, relations
from warehouse.claims.weigh.book import Book
from warehouse.claims.weigh.candidates import period_of
from warehouse.claims.weigh.checked import Checked, ReadAs, Report
from warehouse.claims.weigh.elsewhere import Found
from warehouse.claims.weigh.facts import Fact, Stated, end_of, months_of
from warehouse.claims.weigh.intervals import Interval, fit, said_interval
from warehouse.claims.weigh.resort import AGAINST, AGREES, ON_THE_YEAR, Weighed, carried, considered, undecided
from warehouse.claims.weigh.verdicts import VERDICTS, Candidate, Evidence, Finding, Settled, account, settle, weigh
from warehouse.reference import areas
from warehouse.reference.currencies import HOMES
from warehouse.reference.periods import Period
from warehouse.schema.travel import MIRROR

_LESS, _MORE = Decimal("0.85"), Decimal("1.15")
"""A writer converts at the rate of a day of their own, which a period's average is rarely further from."""


def check(con: duckdb.DuckDBPyConnection, reading: Reading, *, book: Book | None = None) -> Report:
    """Hold every claim of a reading against the lake. ``book`` may be shared by many readings of one lake."""
    if book is None:
        with book_for(con, [reading]) as own:
            return check(con, reading, book=own)
    checker = _Checker(book, reading)
    weighed = considered(reading.text, [checker.weighed(dating.with_base(claim, reading.claims)) for claim in reading.claims],
                         checker.weighed)
    made = tuple(checker.checked(n, _read_twice(one)) for n, one in enumerate(weighed, 1))
    found = [one for one in relations([one.claim for one in made]) if _of_whole_trade(one, made) and (
        one.consistent or _of_one_scope(one, made))]
    return Report(reading, book.snapshot, made, (*found, *_conversions(book, reading)))


def _read_twice(one: Weighed) -> Weighed:
    """A claim that two readers take otherwise is not decided, and one that the second read alone accuses nobody."""
    claim = one.claim
    if claim.other_reading:
        return undecided(one, claim.other_reading, VERDICTS - {"not_checkable"})
    if "second_reader" in claim.origins.values():
        return undecided(one, "the second reader alone reads it so", AGAINST | {"differs_from_today"})
    return one


def _of_whole_trade(relation: Relation, made: Sequence[Checked]) -> bool:
    """Whether no words restrict one of the figures: a part that adds up with a whole does so by chance."""
    return not any(made[n].detail in ("qualifier", "not_understood") for n in relation.claims)


def _of_one_scope(relation: Relation, made: Sequence[Checked]) -> bool:
    """Whether figures that do not add up are surely of one scope and period: their own sentences say so, and no statistics undo it."""
    claims = [made[n].claim for n in relation.claims]
    if any(made[n].verdict == "depends_on_reading" or made[n].detail == "scope" for n in relation.claims):
        return False
    if all(made[n].verdict in AGREES for n in relation.claims):
        return False
    together = len({claim.sentence for claim in claims}) == 1
    if relation.kind == "same_figure":
        first, second = claims
        return not together and not carried(first) and not carried(second) and abs(first.value) <= 2 * abs(second.value) <= 4 * abs(
            first.value)
    return together or not any(carried(claim) for claim in claims)


def _conversions(book: Book, reading: Reading) -> Iterator[Relation]:
    """A second currency in brackets is the writer's own conversion: held against the average rate of the period, and today's none."""
    for number, claim in enumerate(reading.claims):
        when = period_of(claim.period)
        if claim.alt is None or not claim.alt_unit or when is None or "period" in carried(claim):
            continue
        if not re.fullmatch("[A-Z]{3}", claim.unit):
            continue
        for rate in book.average(claim.unit, claim.alt_unit, when):
            ends = sorted(abs(claim.value) * one * room for one in (rate.low, rate.high) for room in (_LESS, _MORE))
            half = claim.alt.unit_of_last_digit / 2
            computed = Interval(ends[0], ends[-1])
            yield Relation("conversion", (number,), computed.meets(Interval(claim.alt.value - half, claim.alt.value + half)),
                           f"{claim.written.text} is {claim.alt.text}, {rate.said}", claim.alt.value, computed)


def book_for(con: duckdb.DuckDBPyConnection, readings: Iterable[Reading]) -> Book:
    """The book that holds all that these readings speak of."""
    named = {area for reading in readings for claim in reading.claims for area in (claim.reporter, claim.partner, claim.group) if area}
    return Book(con, named)


class _Checker:
    def __init__(self, book: Book, reading: Reading) -> None:
        self.book, self.reading = book, reading
        day = reading.published.day
        self.day: date | None = day
        self.moment = end_of(day) if day else None

    def weighed(self, claim: Claim) -> Weighed:
        """One claim for itself, with what else its number would be where it does not agree."""
        settled, readings, notes, inferred = self._settled(claim)
        if self.reading.published.basis == "inferred" and settled.verdict == "contradicted" and settled.now.verdict != "contradicted":
            # On a day that is only inferred nothing is accused that today's figures do not speak against.
            settled = replace(settled, verdict=settled.now.verdict, detail=settled.now.detail, finding=settled.now)
        unfit = settled.verdict in ("contradicted", "differs_from_today") or settled.detail.startswith("currency")
        found: tuple[Found, ...] = ()
        if unfit and claim.kind not in ("rank", "streak") and not claim.commodity:
            found = tuple(elsewhere.look(self.book, self.reading, claim, self.moment, self.whose(claim)[:2]))
        if settled.verdict == "depends_on_reading" and settled.detail.startswith("bound") and not claim.commodity:
            # "Over 0.2 billion" is true of 212 billion, and more likely a slip of a thousand.
            found = tuple(elsewhere.look(self.book, self.reading, claim, self.moment, self.whose(claim)[:2], scale_only=True))
        # One of many growths or shares matches by chance: of one that revisions may explain it says nothing.
        alike = settled.verdict == "differs_from_today" and claim.kind in ("change", "share") and claim.unit == "percent"
        if found and not (alike and found[0].verdict == "misattributed"):
            finding = replace(settled.finding, evidence=(*settled.finding.evidence, found[0].evidence))
            settled = replace(settled, verdict=found[0].verdict, detail=found[0].detail, finding=finding)
        return Weighed(claim, settled, readings, notes, inferred, found)

    def checked(self, number: int, one: Weighed) -> Checked:
        """What is said of a claim that has been weighed."""
        claim, settled, readings, notes, inferred = one.claim, one.settled, one.readings, one.notes, one.inferred
        shown = settled.finding
        stated = [] if claim.commodity or claim.qualifier else standings.as_stated(self.book, claim, period_of(inferred or claim.period))
        if claim.kind == "share" and (settled.verdict in ("contradicted", "differs_from_today")
                                      or settled.detail.split(";")[0] in ("mixed", "no_data")):
            settled = _as_stated(settled, stated, self.day)
        made = Checked(
            number, claim, settled.verdict, settled.detail, None if self.day is None else _code(settled.then), _code(settled.now), readings,
            shown.computed, said_interval(claim), (*shown.evidence, *settled.older, *_later(settled), *stated), self._sql(claim, inferred),
            "", "", (*shown.notes, *notes), shown.accounts, inferred)
        return replace(made, said=sentences.said(made, self.day), printable=printable(made, settled.now, self.book))

    # ── which kind ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _settled(self, claim: Claim) -> tuple[Settled, tuple[ReadAs, ...], tuple[str, ...], str | None]:
        if claim.qualifier:
            return _not("qualifier"), (), (f'"{claim.qualifier}"',), None
        if claim.not_understood:
            return _not("not_understood"), (), (f'"{claim.not_understood}"',), None
        product = "TOTAL"
        if claim.commodity:
            known = self.book.product(claim.commodity) if claim.kind in ("level", "change", "balance") else None
            if known is None:
                return _not("commodity"), (), (), None
            self.book.add_product(known)
            product = known
        if not claim.reporter or not claim.partner or (claim.flow is None and claim.kind not in ("rank", "streak")):
            return _not("unresolved_slot"), (), (), None
        if (claim.kind in ("level", "balance") and not re.fullmatch("[A-Z]{3}", claim.unit)) or claim.unit == "percentage points":
            return _not("out_of_scope"), (), (), None
        if claim.kind == "rank":
            return self._rank(claim)
        when = period_of(claim.period)
        inferred = None
        if when is None and claim.kind == "streak" and self.day:
            when = standings.year_before(self.day)
            inferred = str(when.end.year)
        if when is None:
            return _not("unresolved_slot" if self.day else "date"), (), (), None
        if self.day and when.end > self.day:
            return _not("future_period"), (), (), None
        if claim.kind == "streak":
            return self._both(lambda m: standings.streak_finding(self.book, claim, when, m)), (), (), inferred
        if claim.kind == "ratio":
            return self._ratio(claim)
        if claim.kind == "share":
            return self._weighed(claim, lambda area, m: candidates.shares(self.book, claim, area, m)), (), (), None
        if claim.kind == "change":
            return self._change(claim, product), (), (), None
        return self._weighed(claim, lambda area, m: candidates.levels(self.book, claim, area, m, product)), (), (), None

    def _both(self, finding: Callable[[datetime | None], Finding]) -> Settled:
        now = finding(None)
        return settle(finding(self.moment) if self.moment else None, now, (), f"{self.day}")

    # ── levels, changes, shares ────────────────────────────────────────────────────────────────────────────────────────────

    def whose(self, claim: Claim) -> tuple[str, str | None, bool, str | None]:
        """The account that is meant, the other one where there is one, whether the text says so, and what its currency is usual for."""
        assert claim.reporter and claim.partner
        pair = [claim.reporter, claim.partner]
        if claim.partner == WORLD or (_is_group(claim.partner) and not _is_group(claim.reporter)):
            return claim.reporter, None, True, None
        if _is_group(claim.reporter) and not claim.reporter_certain:
            return claim.partner, None, True, None
        currency = self._currency(claim)
        publishers = self.book.publishers
        named = publishers.named(claim.speaker, pair) if claim.speaker else None  # whoever speaks: a source that is named is meant
        if named is None and claim.reporter_certain:
            named = claim.reporter
        if named is None and currency and HOMES.get(currency) in pair:
            named = HOMES[currency]
        habit = publishers.usual(currency, pair) or (claim.speaker_country if claim.speaker_country in pair else None)
        first = named or habit or claim.reporter
        return first, next(area for area in pair if area != first), named is not None, habit

    def _surely(self, claim: Claim, own: str) -> bool:
        """Whether a pair's figure is surely of one account: its source or its currency says so, or its reporter where no currency does."""
        pair = [area for area in (claim.reporter, claim.partner) if area]
        if claim.speaker and self.book.publishers.named(claim.speaker, pair) == own:
            return True
        currency = self._currency(claim)
        return HOMES.get(currency) == own if currency else claim.reporter_certain and claim.reporter == own

    def _currency(self, claim: Claim) -> str | None:
        if re.fullmatch("[A-Z]{3}", claim.unit):
            return claim.unit
        near = [c for c in self.reading.claims if c.kind == "level" and {c.reporter, c.partner} == {claim.reporter, claim.partner}
                and c.period == claim.period and re.fullmatch("[A-Z]{3}", c.unit)]
        return min(near, key=lambda c: abs(c.start - claim.start)).unit if near else None

    def _weighed(self, claim: Claim, numbers: Callable[[str, datetime | None], list[Candidate]]) -> Settled:
        own, other, named, habit = self.whose(claim)

        def at(moment: datetime | None) -> Finding:
            sides = [account(claim, area, numbers(area, moment), self.book.publishers.account_of(area)) for area in (own, other) if area]
            made = weigh(sides[0], sides[1] if len(sides) > 1 else None, named=named, habit=habit)
            both = len(sides) > 1 and all(side.candidates for side in sides)
            if made.verdict == "contradicted" and claim.partner != WORLD and not both and not self._surely(claim, own):
                made = replace(made, verdict="not_checkable", detail="account_not_held")
            return self._with_figures(claim, made, [own] + ([other] if other else []), moment)

        now = at(None)
        then = at(self.moment) if self.moment else None
        older = self._older(claim, own, other)
        if then is not None and then.verdict != "supported" and (meant := self._in_window(older)):
            # Only the month or year of the text is known: what was public at any time in it is what it may quote.
            then = replace(then, verdict="supported", detail=f"an earlier version of that {self.reading.published.precision}",
                           evidence=(*meant, *then.evidence))
        if then is not None and then.decided:
            older = ()
        if then is not None and then.verdict == "supported" and not named and now.verdict == "source_dependent":
            # What was known then could not tell whose account is meant: the other one came later.
            then = replace(then, complete=False)
        return settle(then, now, older, f"{self.day}")

    def _change(self, claim: Claim, product: str) -> Settled:
        """A growth; where its basis is only implied, it is contradicted only if it is outside on the other basis too."""
        beside = self._beside(claim)
        made = self._weighed(claim, lambda area, m: candidates.changes(self.book, claim, area, m, product, beside))
        when = period_of(claim.period)
        if made.verdict != "contradicted" or when is None or months_of(when) != 1 or ON_THE_YEAR.search(claim.sentence):
            return made
        basis = "mom" if (claim.basis or "yoy") == "yoy" else "yoy"
        other = self._weighed(replace(claim, basis=basis), lambda area, m: candidates.changes(
            self.book, replace(claim, basis=basis), area, m, product, beside))
        if other.verdict == "supported":
            return replace(other, verdict="basis_dependent", detail=f"holds on the {'month' if basis == 'mom' else 'year'} before")
        return made if other.verdict in ("contradicted", "not_checkable") else replace(
            made, verdict="differs_from_today", detail="within what revisions explain on the month before")

    def _beside(self, claim: Claim) -> str | None:
        """The currency of the sum that a sentence tells with a growth: "rose 7.1 per cent to 25.45 trillion yuan"."""
        return next((c.unit for c in self.reading.claims if c.sentence == claim.sentence and c.kind in ("level", "balance")
                     and (c.reporter, c.partner, c.flow, c.period) == (claim.reporter, claim.partner, claim.flow, claim.period)
                     and re.fullmatch("[A-Z]{3}", c.unit)), None)

    def _with_figures(self, claim: Claim, made: Finding, sides: Sequence[str], moment: datetime | None) -> Finding:
        if claim.kind not in ("level", "balance") or claim.commodity:
            return made
        shown = {row.fact.version_id for row in made.evidence}
        more = [row for area in sides for row in candidates.beside(self.book, claim, area, moment) if row.fact.version_id not in shown]
        return replace(made, evidence=(*made.evidence, *more))

    def _older(self, claim: Claim, own: str, other: str | None) -> tuple[Evidence, ...]:
        """Earlier versions, in the claim's currency, that agree."""
        when = period_of(claim.period)
        if claim.kind not in ("level", "balance") or when is None or claim.commodity:
            return ()  # of a commodity nothing is said by totals
        found = []
        for area in (own,) if other is None else (own, other):
            reporter, partner, flow, sign = candidates.seen_from(claim, area)
            for fact in self.book.versions(reporter, partner, flow, when):
                if fact.currency == claim.unit and fit(claim, fact.interval if sign > 0 else -fact.interval) not in (None, "bound"):
                    found.append(Evidence(fact, "figure", True, "an earlier version"))
        return tuple(found)

    def _in_window(self, older: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        """Of versions that agree, those that were public within the month or year that is all that is known of the text's day."""
        precision = self.reading.published.precision
        if self.day is None or precision not in ("month", "year"):
            return ()
        first = self.day.replace(day=1, month=self.day.month if precision == "month" else 1)
        return tuple(row for row in older if isinstance(row.fact, Fact) and row.fact.released_on and row.fact.released_on <= self.day
                     and (row.fact.replaced_on is None or row.fact.replaced_on >= first))

    # ── ratios ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _ratio(self, claim: Claim) -> tuple[Settled, tuple[ReadAs, ...], tuple[str, ...], str | None]:
        when = period_of(claim.period)
        base = candidates.base_period(claim, when) if when else None
        if base is None or base == when:
            return _not("unresolved_slot"), (), (), None
        own, other, named, habit = self.whose(claim)
        told = next((c for c in self.reading.claims if c.kind == "level" and c.flow == claim.flow and c.period == claim.period
                     and {c.reporter, c.partner} == {claim.reporter, claim.partner} and not c.commodity), None)

        def at(moment: datetime | None) -> Finding:
            sides = [account(claim, area, candidates.ratios(self.book, claim, area, moment, told.value if told else None,
                                                            told.unit if told else None, base),
                             self.book.publishers.account_of(area)) for area in (own, other) if area]
            made = weigh(sides[0], sides[1] if len(sides) > 1 else None, named=named, habit=habit)
            parts = self._parts(claim, base, moment)
            beside = tuple(sentences.part_note(row, base) for row in parts)
            if not any(side.candidates for side in sides):
                return replace(made, detail="base", notes=beside, evidence=(*self._tops(claim, own, when, moment), *parts))
            return replace(made, notes=(*sentences.ratio_notes(claim, sides, base), *beside),
                           evidence=(*made.evidence, *self._bounds(claim, base), *parts))

        now = at(None)
        return settle(at(self.moment) if self.moment else None, now, (), f"{self.day}"), (), (), None

    def _bounds(self, claim: Claim, base: Period) -> tuple[Evidence, ...]:
        """What was only stated as a bound of the base: shown, and never a base."""
        assert claim.reporter and claim.partner
        pairs = ((claim.reporter, claim.partner, claim.flow or "total"),
                 (claim.partner, claim.reporter, MIRROR.get(claim.flow or "", "total")))
        return tuple(Evidence(fact, "bound", note="a bound, as stated") for pair in pairs for fact in self.book.bounds(*pair, base))

    def _parts(self, claim: Claim, base: Period, moment: datetime | None) -> tuple[Evidence, ...]:
        """Where total trade is meant and an account has one flow of the base alone: shown beside it, since the total was no less."""
        if (claim.flow or "total") != "total" or not claim.reporter or not claim.partner:
            return ()
        found: list[Evidence] = []
        for reporter, partner in ((claim.reporter, claim.partner), (claim.partner, claim.reporter)):
            held = {flow: [f for f in self.book.vintage(reporter, partner, flow, base, moment) if not f.stated]
                    for flow in ("total", "export", "import")}
            if not held["total"] and bool(held["export"]) != bool(held["import"]):
                (fact, *_) = held["export"] or held["import"]
                found.append(Evidence(fact, "bound", note=f"{fact.flow}s alone: the total was no less"))
        return tuple(found)

    def _tops(self, claim: Claim, area: str, when: Period | None, moment: datetime | None) -> tuple[Evidence, ...]:
        reporter, partner, flow, _ = candidates.seen_from(claim, area)
        return tuple(Evidence(f, "numerator") for f in self.book.vintage(reporter, partner, flow, when, moment)) if when else ()

    # ── ranks ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _rank(self, claim: Claim) -> tuple[Settled, tuple[ReadAs, ...], tuple[str, ...], str | None]:
        assert claim.reporter and claim.partner
        when, inferred = period_of(claim.period), None
        sets: list[str | None] = [claim.group or None]
        sets += [s for s in (None if r.casefold() in ("world", "wld") else r for r in claim.readings) if s not in sets]
        if when is None and self.day is None:
            years = [str(y) for within in sets[:1] for y in standings.years_it_holds(self.book, claim, within)]
            return _not("date"), (), ((f"it would hold in {', '.join(years)}" if years else "it holds in no year that is held"),), None
        if when is None:
            assert self.day
            when = standings.year_before(self.day)
            inferred = str(when.end.year)
        if self.day and when.end > self.day:
            return _not("future_period"), (), (), None
        found = [(within, self._both(lambda m, w=within: standings.rank_finding(self.book, claim, when, w, m)))  # type: ignore[misc]
                 for within in sets]
        found = [(within, self._misplaced(claim, when, within, one, found)) for within, one in found]
        notes = []
        for within, one in found:
            if one.verdict == "supported" and (gone := standings.stopped(self.book, claim, when, within)):
                notes.append(gone)
        if len({one.verdict for _, one in found}) == 1:
            return found[0][1], (), tuple(notes), inferred
        readings = tuple(ReadAs(_set(within), one.verdict, one.detail) for within, one in found)
        first = found[0][1]
        evidence = tuple({row.fact.version_id: row for _, one in found for row in one.finding.evidence}.values())
        said = "; ".join(f"{r.reading}: {r.verdict}" for r in readings)
        now = replace(first.finding, verdict="depends_on_reading", detail=said, evidence=evidence)
        settled = Settled("depends_on_reading", said, now, first.then, now)
        return settled, readings, tuple(notes), inferred

    def _misplaced(self, claim: Claim, when: Period, within: str | None, one: Settled,
                   found: Sequence[tuple[str | None, Settled]]) -> Settled:
        """A rank refuted in its set may be true within another that the text names, or that its partner belongs to."""
        if one.verdict not in ("contradicted", "differs_from_today"):
            return one
        for other in (*(w for w, _ in found), *standings.groups_of(claim.partner, self._groups(), when.end), None):
            if other == within:
                continue
            if standings.standing(self.book, claim, when, other, None, int(claim.value)).state == "holds":
                return replace(one, verdict="misattributed", detail=f"holds {_set(other)}")
        return one

    def _groups(self) -> list[str]:
        return [g for c in self.reading.claims for g in (c.group, c.partner, c.reporter) if g and _is_group(g)]

    # ── the query ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _sql(self, claim: Claim, inferred: str | None) -> str:
        """The query, with this claim's values in it, that a person can give to `entrepot sql`."""
        when = period_of(inferred or claim.period)
        if not claim.reporter or when is None or claim.commodity:
            return ""
        if claim.kind in ("rank", "streak"):
            return rendered(query("rank_rows"), ranks.asked(claim.reporter, when, claim.flow or "total"))
        base = candidates.base_period(claim, when) if claim.kind in ("change", "ratio") else None
        sides = sorted({claim.reporter, claim.partner or WORLD})
        return rendered(query("claim_figures"), {
            "reporters": sides, "partners": sorted({*sides, WORLD}) if claim.kind == "share" else sides, "products": ["TOTAL"],
            "start": min(when.start, base.start) if base else when.start, "end": when.end})


def rendered(text: str, parameters: dict[str, object]) -> str:
    """A query with its parameters written out."""
    def literal(value: object) -> str:
        if isinstance(value, list):
            return "[" + ", ".join(literal(one) for one in value) + "]"
        if isinstance(value, date):
            return f"DATE '{value.isoformat()}'"
        return "'" + str(value).replace("'", "''") + "'"
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return re.sub(r"\$(\w+)", lambda m: literal(parameters[m[1]]) if m[1] in parameters else m[0], body).strip()


def _as_stated(settled: Settled, stated: Sequence[Evidence], day: date | None) -> Settled:
    """A share of which only mixed figures are held agrees where the authority itself, named, states the same."""
    if any(account.strong and all(c.strength == "own" for c in account.candidates) for account in settled.now.accounts):
        return settled
    for row in stated:
        if row.agrees and isinstance(row.fact, Stated) and row.fact.flags.get("account") != "unnamed":
            known = day is not None and row.fact.released_on is not None and row.fact.released_on <= day
            return replace(settled, verdict="supported", detail="as_stated" + (f"; known on {day}" if known else ""))
    return settled


def _not(why: str) -> Settled:
    nothing = Finding("not_checkable", why)
    return Settled("not_checkable", why, nothing, nothing, nothing)


def _code(finding: Finding | None) -> str:
    if finding is None:
        return ""
    return finding.verdict if finding.decided else f"not_checkable/{finding.detail}"


def _later(settled: Settled) -> tuple[Evidence, ...]:
    """Where the two moments differ, the figures of the other one."""
    if settled.then is None or settled.verdict not in ("vintage_dependent", "supported"):
        return ()
    other = settled.now if settled.finding is settled.then else settled.then
    shown = {row.fact.version_id for row in settled.finding.evidence}
    role = "later" if other is settled.now else "figure"
    return tuple(replace(row, role=role) for row in other.evidence if row.fact.version_id not in shown)  # type: ignore[arg-type]


def _set(within: str | None) -> str:
    return f"within {within}" if within else "in the world"


def _is_group(area: str) -> bool:
    return area in areas.areas() and areas.kind_of(area) == "group"
