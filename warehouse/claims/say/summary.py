"""A report at one look: how many claims came to what, the worst first, and which belong together. Pure.

The page (``page``) and the terminal (``terminal``) lay out the same groups; their words are ``words``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from warehouse.claims.say import words
from warehouse.claims.weigh.arithmetic import Relation
from warehouse.claims.weigh.checked import Checked, Report

AGAINST = ("contradicted", "scale_error", "misattributed")
WORST_FIRST = (*AGAINST, "basis_dependent", "vintage_dependent", "depends_on_reading", "source_dependent", "differs_from_today",
               "not_checkable", "supported")
TO_LOOK_AT = frozenset(WORST_FIRST) - {"not_checkable", "supported"}
"""Verdicts of which a writer should know before the text is printed."""


def look(verdict: str) -> str:
    """How a verdict looks: ``against``, to be looked at (``look``), ``good``, ``open``."""
    return "against" if verdict in AGAINST else {"supported": "good", "not_checkable": "open"}.get(verdict, "look")


def counted(report: Report) -> str:
    """``3 claims: 1 does not agree, 2 agree.``"""
    if not report.claims:
        left = " What a text foretells or denies is not read as a claim." if any(map(str.isdigit, report.reading.text)) else ""
        return f"No figure of trade is claimed in this text.{left}"
    number = len(report.claims)
    return f"{number} claim{'s' if number > 1 else ''}: " + ", ".join(
        f"{len(found)} {words.label(verdict, len(found)).replace(', ', ' and ')}{_stated(found)}"
        for verdict, found in by_verdict(report.claims)) + "."


def _stated(claims: Sequence[Checked]) -> str:
    """Of claims that agree, how many do so with a statement only, which may be the very announcement that the text reports."""
    stated = sum(one.verdict == "supported" and one.detail.startswith("as_stated") for one in claims)
    if not stated:
        return ""
    return f" ({'' if len(claims) == 1 else 'all ' if stated == len(claims) else f'{stated} '}as stated only)"


def by_verdict(claims: Iterable[Checked]) -> list[tuple[str, list[Checked]]]:
    """The claims of each verdict that there is, the worst first."""
    claims = list(claims)
    return [(verdict, found) for verdict in WORST_FIRST if (found := [one for one in claims if one.verdict == verdict])]


def by_sentence(claims: Iterable[Checked]) -> Iterator[tuple[str, list[Checked]]]:
    """The claims that were decided, under the sentence they stand in, in the order of the text."""
    decided = [one for one in claims if one.verdict != "not_checkable"]
    for sentence, run in groupby(decided, key=lambda one: one.claim.sentence):
        yield sentence, list(run)


def by_reason(claims: Iterable[Checked]) -> list[tuple[str, list[Checked]]]:
    """The claims that were not checked, by why: the most frequent reason first."""
    found: dict[str, list[Checked]] = {}
    for one in claims:
        if one.verdict == "not_checkable":
            found.setdefault(words.why_not(one), []).append(one)
    return sorted(found.items(), key=lambda reason: -len(reason[1]))


def sums(relations: Sequence[Relation]) -> list[tuple[str, bool, str]]:
    """Arithmetic inside the text, what does not add up first: the relation, whether it adds up, and between which claims."""
    found: dict[tuple[str, bool], list[str]] = {}
    for one in relations:
        found.setdefault((one.said, one.consistent), []).append(_listed(sorted(n + 1 for n in one.claims)))
    return [(said, good, f"claim{'' if len(which) == 1 and which[0].isdigit() else 's'} {'; '.join(which)}")
            for (said, good), which in sorted(found.items(), key=lambda one: one[0][1])]


def numbers(claims: Iterable[Checked]) -> str:
    """``1, 4 and 7``"""
    return _listed([one.number for one in claims])


def _listed(found: Sequence[int]) -> str:
    *first, last = map(str, found)
    return f"{', '.join(first)} and {last}" if first else last


def footing(report: Report) -> str:
    """What the verdicts stand on: the day of the text, the newest load, and whether the figures are those of the sample."""
    published = report.reading.published
    known = f"known on {published.day}" if published.day else "no date: by what is held today"
    known += {"inferred": " (inferred from the text)", "dateline": " (its dateline)", "metadata": " (its page)"}.get(published.basis, "")
    made = any(row.fact.origin_kind == "reconstructed" for one in report.claims for row in one.evidence)
    return f"{known} · snapshot {report.snapshot}" + (" · sample, reconstructed" if made else "")
