"""What is safe to print, and whose word it is: a table's figure, a statement's with its speaker, nothing of another scope."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tests.e2e.house import Home
from warehouse.ask import ranks
from warehouse.claims.check import check
from warehouse.claims.read.dating import read_dated
from warehouse.claims.say import words
from warehouse.claims.weigh.checked import Checked
from warehouse.lake.opening import Place, connect
from warehouse.reference.periods import parse


@pytest.fixture(scope="module")
def lake(demo_once: Home) -> duckdb.DuckDBPyConnection:
    return connect(Place(demo_once.root / "demo" / "lake"))


def one(lake: duckdb.DuckDBPyConnection, text: str, published: str | None = None) -> Checked:
    return check(lake, read_dated(text, published=published)).claims[0]


def test_a_claim_that_only_its_own_announcement_supports_is_told_apart(lake: duckdb.DuckDBPyConnection) -> None:
    said = "Malaysia's exports in May 2025 were RM126.6 billion, the Ministry of Investment, Trade and Industry said."
    found = one(lake, said, "2025-06-21")
    assert (found.verdict, found.detail.split(",")[0], words.verdict_label(found)) == ("supported", "as_stated", "AGREES, AS STATED")
    assert found.said.startswith("Agrees with the same announcement, by the Ministry of Investment, Trade and Industry of Malaysia")


def test_a_statement_of_another_day_is_told_with_its_day(lake: duckdb.DuckDBPyConnection) -> None:
    found = one(lake, "Malaysia's trade with China was RM450.84 billion in 2023.", "2025-02-01")
    assert found.said.startswith(
        "Agrees with what was stated by the Ministry of Foreign Affairs of Malaysia and its missions: RM450.84 bn, 30 May 2024")


def test_a_table_is_no_statement(lake: duckdb.DuckDBPyConnection) -> None:
    found = one(lake, "China's trade with Malaysia was 1,508.7 billion yuan in 2024.", "2025-02-01")
    assert "as_stated" not in found.detail and words.verdict_label(found) == "AGREES"


def test_an_envoy_s_figure_is_never_the_customs_one(lake: duckdb.DuckDBPyConnection) -> None:
    found = one(lake, "Trade between China and Malaysia was US$190.24 billion in 2023.", "2024-03-01")
    assert "by China's customs" not in found.printable.replace("By", "by")
    said = "China's trade with Malaysia was US$190.24 bn in 2023, as stated by China's embassy and consulates in Malaysia"
    assert said in found.printable


def test_a_share_is_printed_as_its_authority_states_it_before_one_that_is_computed(lake: duckdb.DuckDBPyConnection) -> None:
    found = one(lake, "China accounted for 18.6 per cent of Malaysia's total trade in 2020.", "2022-02-01")
    assert "18.6" in found.printable and "18.53" not in found.printable


def test_a_ratio_is_printed_without_a_formula(lake: duckdb.DuckDBPyConnection) -> None:
    text = "Trade between China and Malaysia reached US$212 billion in 2024. That is nearly 1,000 times the value of 1974."
    found = next(c for c in check(lake, read_dated(text, published="2025-04-20")).claims if c.claim.kind == "ratio")
    assert found.verdict == "contradicted" and "times that of 1974" in found.printable
    assert not set("()/=") & set(found.printable)


def test_of_another_scope_nothing_is_printed(lake: duckdb.DuckDBPyConnection) -> None:
    found = one(lake, "Malaysia's exports were RM4.1 billion in March 2025.", "2025-04-20")
    assert (found.verdict, found.detail, found.printable) == ("not_checkable", "scope", "")


def test_a_text_without_a_day_is_judged_by_today(lake: duckdb.DuckDBPyConnection) -> None:
    found = one(lake, "Malaysia's imports were RM111.76 billion in June 2024.")
    assert "first stated as RM111.76 bn" in found.printable
    assert date(2024, 7, 18) in {row.fact.released_on for row in found.evidence}


@pytest.mark.parametrize(("text", "said"), [
    ("China's trade with Malaysia reached US$1.51 trillion in 2024.", "In another currency, it is CNY, not USD: "),
    ("China's exports to Malaysia were 722 million yuan in 2024.", "Off by a factor of a thousand: ")])
def test_a_slip_is_said_in_a_sentence(lake: duckdb.DuckDBPyConnection, text: str, said: str) -> None:
    assert one(lake, text, "2025-02-01").said.startswith(said)


def test_today_s_union_answers_to_the_name_that_texts_use(lake: duckdb.DuckDBPyConnection) -> None:
    found = one(lake, "China's trade with the EU came to 1.49 trillion yuan in the first quarter of 2026.", "2026-04-10")
    assert found.verdict == "supported"


def test_a_hedge_of_a_precise_figure_leaves_little(lake: duckdb.DuckDBPyConnection) -> None:
    assert one(lake, "China's trade with ASEAN reached nearly US$989.9 billion in 2024.", "2025-12-01").verdict != "supported"
    assert one(lake, "China's trade with ASEAN reached nearly US$990 billion in 2024.", "2025-12-01").verdict == "supported"


def test_figures_that_do_not_add_up_are_told_only_of_one_scope(lake: duckdb.DuckDBPyConnection) -> None:
    loose = "Trade between ASEAN and China reached $230 billion in 2010. Exports were $113.5 billion and imports $150.7 billion."
    firm = ("In 2019, Malaysia's exports to Peru were US$500 million and imports from Peru US$300 million, "
            "and total trade with Peru US$900 million.")
    assert all(r.consistent for r in check(lake, read_dated(loose, published="2011-08-01")).relations)
    assert not all(r.consistent for r in check(lake, read_dated(firm, published="2020-08-01")).relations)


def test_a_figure_that_words_restrict_adds_up_with_none(lake: duckdb.DuckDBPyConnection) -> None:
    whole = "China's trade with Malaysia was 1.51 trillion yuan in 2024."
    for other, kinds in (("China-Malaysia trade was 1.5 trillion yuan in 2024.", ["same_figure"]),
                         ("Excluding electrical goods, China-Malaysia trade was 1.5 trillion yuan in 2024.", [])):
        found = check(lake, read_dated(f"{other} {whole}", published="2025-04-20")).relations
        assert [one.kind for one in found] == kinds, other


def test_who_ranks_again_with_what_was_held_reads_no_table_twice(lake: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    real = ranks.rows
    monkeypatch.setattr(ranks, "rows", lambda con, sql, parameters: asked.append(parameters) or real(con, sql, parameters))
    held, year = ranks.Held(lake), parse("2024")
    first = ranks.rank(lake, "CHN", year, within="ASEAN", held=held)
    once = len(asked)
    assert once and ranks.rank(lake, "CHN", year, within="ASEAN", held=held) == first == ranks.rank(lake, "CHN", year, within="ASEAN")
    assert len(asked) == 2 * once
