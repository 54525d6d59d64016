"""Copies of articles: what counts as one, in which order they come, and that nothing held ever moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.load.articles.near_duplicates import ALIKE, Seen, alike, clusters, sketch

AT = datetime(2026, 11, 20, tzinfo=UTC)


def text(seed: int, words: int = 300) -> str:
    """Synthetic prose: no two seeds share three words in a row but by chance."""
    chance = Random(seed)
    return " ".join(f"word{chance.randint(1, 4_000)}" for _ in range(words))


def seen(name: str, body: str, *, hours: float = 0, cluster: str = "") -> Seen:
    return Seen(name, cluster or name, AT + timedelta(hours=hours), sketch(body))


def shared(one: str, other: str) -> float:
    """The true share of three-word shingles."""
    sets = [{tuple(words[at:at + 3]) for at in range(len(words) - 2)} for words in (one.split(), other.split())]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def test_case_spaces_and_punctuation_make_no_other_text() -> None:
    body = text(1)
    assert sketch(body) == sketch("  " + body.upper().replace(" ", ",  \n") + ".")


def test_a_copy_with_another_dateline_and_currency_sign_is_one_and_another_story_is_none() -> None:
    body = "Trade between the two countries reached USD212 billion. " + text(1)
    copied = "KUALA LUMPUR, Nov 20 (Bernama) -- " + body.replace("USD", "US$") + " — Bernama"
    assert alike(sketch(body), sketch(copied)) > 0.9
    assert alike(sketch(body), sketch(text(2))) < 0.1


def test_scripts_without_spaces_are_told_apart_by_their_characters() -> None:
    one = "今年前三季度，中国与马来西亚双边贸易额同比增长，其中出口增长较快，进口保持稳定，双方企业合作不断深化。"
    assert alike(sketch(one), sketch("新华社北京电 " + one)) >= ALIKE
    assert alike(sketch(one), sketch("海关总署发布数据显示，十月份我国货物贸易进出口总值继续保持增长，机电产品占比提升明显。")) < 0.2


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 999), st.integers(0, 290))
def test_the_estimate_is_near_the_true_share(seed: int, kept: int) -> None:
    one = text(seed)
    other = " ".join(one.split()[:kept] + text(seed + 10_000, 300 - kept).split())
    assert abs(alike(sketch(one), sketch(other)) - shared(one, other)) < 0.2


def test_a_teaser_is_too_short_to_be_a_copy() -> None:
    assert sketch("Trade rose in the month, the ministry said on Friday.") == "" == sketch("")
    assert clusters([seen("a", "Trade rose."), seen("b", "Trade rose.")], []) == {"a": "a", "b": "b"}


def test_copies_join_the_first_and_stories_stay_alone() -> None:
    held = [seen("old", text(1), hours=-10)]
    new = [seen("copy", "Dateline. " + text(1)), seen("other", text(2)), seen("third", text(2) + " The end.", hours=1)]
    assert clusters(new, held) == {"copy": "old", "other": "other", "third": "other"}


def test_a_text_told_again_after_more_than_three_days_is_a_story_of_its_own() -> None:
    held = [seen("old", text(1), hours=-73)]
    assert clusters([seen("new", text(1))], held) == {"new": "new"}
    assert clusters([seen("new", text(1), hours=-1)], held) == {"new": "old"}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 100)), min_size=1, max_size=10), st.integers(0, 9))
def test_one_by_one_gives_what_all_together_give(stories: list[tuple[int, int]], cut: int) -> None:
    every = [seen(f"a{at}", f"Line {at}. {text(story)}", hours=hours) for at, (story, hours) in enumerate(stories)]
    together = clusters(every, [])
    first = clusters(every[:cut], [])
    held = [Seen(each.article, first[each.article], each.at, each.sketch) for each in every[:cut]]
    assert {**first, **clusters(every[cut:], held)} == together
    for name, story in zip(together, stories, strict=True):  # only copies of one story share a cluster
        assert stories[int(together[name][1:])][0] == story[0]
