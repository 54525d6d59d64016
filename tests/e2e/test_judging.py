"""How the check judges what nobody tuned it to: the lab of ``judging.py``, printed by family and held to floors (``pytest -s``).

The first run, before any rule was changed, is in docs/checking.md.
"""

from __future__ import annotations

import sys

import pytest

from tests.e2e.house import Home
from tests.e2e.judging import Judged, generated, judged, lines, shares, table
from warehouse.claims.check import check
from warehouse.claims.read.dating import read_dated
from warehouse.lake.opening import Place, connect


@pytest.fixture(scope="module")
def found(demo_once: Home) -> list[Judged]:
    con = connect(Place(demo_once.root / "demo" / "lake"))
    try:
        made = judged(con, [*lines(), *generated(con)])
    finally:
        con.close()
    sys.stdout.write("\n" + table(made) + "\n")
    return made


def of(found: list[Judged], kind: str, outcome: str) -> list[tuple[str, str, str]]:
    return [(one.line.id, one.line.text[:200], one.said[:400]) for one in found if (one.kind, one.outcome) == (kind, outcome)]


def test_the_lab_is_large_and_of_every_kind(found: list[Judged]) -> None:
    assert len(lines()) >= 300
    assert {one.kind for one in found} == {"true", "wrong", "qualifier", "goods", "long true", "long wrong"}


def test_what_is_true_is_not_accused(found: list[Judged]) -> None:
    assert not of(found, "true", "against")
    assert not of(found, "long true", "against")


def test_what_is_true_agrees_where_the_figures_are_held(found: list[Judged]) -> None:
    part = shares(found)
    assert part["true"]["for"] >= 0.82
    assert part["long true"]["for"] >= 0.72
    assert part["generated true"]["for"] == 1.0


def test_what_is_wrong_never_agrees(found: list[Judged]) -> None:
    assert not of(found, "wrong", "for")
    assert not of(found, "long wrong", "for")


def test_what_is_plainly_wrong_is_still_said(found: list[Judged]) -> None:
    """Caution is no silence: most of what one slot spoils does not agree."""
    part = shares(found)
    assert part["wrong"]["against"] >= 0.65
    assert part["generated wrong"]["against"] >= 0.65


def test_what_is_right_but_for_a_qualifier_is_not_supported(found: list[Judged]) -> None:
    assert len(of(found, "qualifier", "for")) <= 1


def test_goods_without_a_series_are_not_decided(found: list[Judged]) -> None:
    assert len(of(found, "goods", "for")) + len(of(found, "goods", "against")) <= 1


# ── paragraphs that go on ──────────────────────────────────────────────────────────────────────────────────────────────────

IN_MARCH = "Malaysia's exports rose 6.8 per cent in March 2025 to RM137.3 billion. "


def read(demo: Home, text: str, published: str = "2025-04-20") -> list[tuple[str, str | None, str]]:
    con = connect(Place(demo.root / "demo" / "lake"))
    try:
        made = check(con, read_dated(text, published=published)).claims
        return [(one.claim.written.text.rstrip("."), one.claim.period, one.verdict) for one in made
                if one.claim.sentence != IN_MARCH.strip()]
    finally:
        con.close()


def test_two_figures_of_the_year_to_date_move_their_sentence(demo_once: Home) -> None:
    said = read(demo_once, IN_MARCH + "Cumulatively, exports came to RM378.4 billion and imports to RM337.3 billion.")
    assert said == [("RM378.4 billion", "2025-01/2025-03", "supported"), ("RM337.3 billion", "2025-01/2025-03", "supported")]


def test_one_figure_of_the_year_to_date_depends_on_the_reading(demo_once: Home) -> None:
    said = read(demo_once, IN_MARCH + "All told, exports came to RM378.4 billion.")
    assert said == [("RM378.4 billion", "2025-03", "depends_on_reading")]


def test_a_month_that_is_stated_is_not_read_as_the_year_to_date(demo_once: Home) -> None:
    said = read(demo_once, "Malaysia's exports were RM378.4 billion and its imports RM337.3 billion in March 2025.")
    assert [verdict for *_, verdict in said] == ["basis_dependent", "basis_dependent"]


def test_a_run_is_broken_only_by_what_revisions_do_not_explain(demo_once: Home) -> None:
    """Exports of May and June 2025 were 1.1 and 3.5 per cent lower than a year before, which a month's revision may turn; those of the
    summer of 2023 were 13 to 19 per cent lower."""
    said = read(demo_once, "Malaysia's exports grew for six straight months to September 2023.", "2023-10-20")
    assert [verdict for *_, verdict in said] == ["contradicted"]
    said = read(demo_once, "Malaysia's exports have grown for 12 consecutive months to October 2025.", "2025-11-20")
    assert [verdict for *_, verdict in said] == ["not_checkable"]


def test_a_growth_in_dollars_is_not_judged_by_one_in_yuan_or_ringgit(demo_once: Home) -> None:
    """In dollars China's trade with Malaysia grew 11.5 per cent in 2024 by statements of an embassy, in yuan 12.7 by the customs' table."""
    both = read(demo_once, "China's trade with Malaysia rose 12.7 per cent in yuan terms and 11.5 per cent in dollar terms in 2024.")
    assert [verdict for *_, verdict in both] == ["supported", "supported"]
    wrong = read(demo_once, "China's trade with Malaysia rose 12.7 per cent in US dollars, in 2024.")
    assert [verdict for *_, verdict in wrong] == ["not_checkable"], "what is computed from an envoy's statements contradicts nothing"
    none = read(demo_once, "Malaysia's exports, in dollar terms, expanded 16.4 per cent in April 2025.", "2025-06-20")
    assert [verdict for *_, verdict in none] == ["not_checkable"]
