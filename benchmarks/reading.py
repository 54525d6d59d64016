"""Cases over news: claims out of synthetic articles, whose figures mean nothing and whose sentences are those of trade news."""

from __future__ import annotations

import random

from benchmarks.measure import Work
from warehouse.claims.read.reader import read_text

SENTENCES = 3_000
PER_ARTICLE = 15
OPENING = ("{one}'s trade with {other} rose {p} per cent year-on-year to US${n}.4 billion in the first {m} months of this year, "
           "official data showed.")
BODY = (
    "Exports to {other} grew by {p} per cent to US${n}.7 billion while imports fell {q}% to US${m}.2 billion.",
    "{other} remains {one}'s largest trading partner for {m} consecutive years, accounting for {q}.6 per cent of its total trade.",
    "Exports of electrical and electronic products, which made up 4{m}.1 per cent of total exports, declined {p} per cent "
    "to US${n}.05 billion.",
    "Compared to the same period last year, trade, exports and imports increased by {p}, {q} and {m} per cent, respectively.",
    "The minister said the two countries signed {m} agreements and expect bilateral trade to reach US${n}0 billion by 2030.",
    "The talks were held in the capital on Friday and covered cooperation in education, tourism and culture between the two sides.",
    "Officials noted that supply chains had become more resilient, and that small firms were using the agreement more than before.")
NAMES = ("Malaysia", "China", "Vietnam", "Thailand", "Indonesia", "Japan", "India", "Chile", "Brazil")


def articles() -> list[str]:
    """Synthetic articles of fifteen sentences, the same at each call."""
    chance = random.Random(7)
    made = []
    for _ in range(SENTENCES // PER_ARTICLE):
        one, other = chance.sample(NAMES, 2)

        def say(words: str, one: str = one, other: str = other) -> str:
            p, q = chance.randint(2, 39), chance.randint(2, 39)
            return words.format(one=one, other=other, p=p, q=q, m=chance.randint(2, 9), n=chance.randint(2, 99))

        made.append(" ".join([say(OPENING), *(say(chance.choice(BODY)) for _ in range(PER_ARTICLE - 1))]))
    return made


def claims(work: Work) -> None:
    """Claims out of all articles; the vocabulary is compiled before."""
    texts = articles()
    read_text(texts[0])
    with work.timed(SENTENCES):
        found = sum(len(read_text(text, published="2024-11-20").claims) for text in texts)
    if found < SENTENCES:
        raise RuntimeError(f"only {found} claims in {SENTENCES} sentences")
    work.said["cpu_ms_a_sentence"] = 1000 * work.cpu_seconds / SENTENCES
