"""Wordings of trade news by family, each with other economies, currencies, months and figures: what a rule is for, not one sentence."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from tests.warehouse.claims_synthetic import CURRENCIES, ECONOMIES, MONTHS
from warehouse.claims.model import Claim
from warehouse.claims.read.reader import read_text

Slots = dict[str, object]
N = 12
"""Variants of each wording."""

FAMILIES: dict[str, list[tuple[str, list[str]]]] = {
    "an average is no total": [
        ("{A}'s exports averaged {x} a month in {y}.", ["level A WLD export Y x ?"]),
        ("In {y}, {A}'s imports from {B} averaged {x} a month.", ["level A B import Y x ?"]),
        ("{A}'s exports to {B} came to {x} per month in {y}.", ["level A B export Y x ?"]),
        ("{A}'s average monthly exports were {x} in {y}.", ["level A WLD export Y x ?"]),
        ("Monthly exports of {A} averaged {x} in {y}.", ["level A WLD export Y x ?"]),
    ],
    "levels compared": [
        ("{A}'s exports in {y} were {p} per cent above the {z} level.", ["change A WLD export Y p up"]),
        ("{A}'s exports to {B} in {y} were {p} per cent below the level of {z}.", ["change A B export Y p down"]),
        ("{A}'s exports in {m} {y} were {p} per cent higher than in {m} {z}.", ["change A WLD export M p up"]),
        ("{A}'s imports grew by {p} per cent in {y}, against {q} per cent in {z}.",
         ["change A WLD import Y p up", "change A WLD import Z q up"]),
        ("{A}'s exports rose {p} per cent in {y} compared with {q} per cent in {z}.",
         ["change A WLD export Y p up", "change A WLD export Z q up"]),
    ],
    "one flow exceeds the other": [
        ("In {y}, {A}'s exports exceeded imports by {x}.", ["balance A WLD balance Y x"]),
        ("In {y}, {A}'s imports exceeded its exports by {x}.", ["balance A WLD balance Y -x"]),
        ("{A}'s exports to {B} surpassed imports by {x} in {y}.", ["balance A B balance Y x"]),
        ("{A}'s exports and imports exceeded {x} and {w} respectively in {y}.",
         ["level A WLD export Y x ~", "level A WLD import Y w ~"]),
    ],
    "a balance with its partner behind": [
        ("{A} recorded a deficit of {x} in its trade with {B} in {y}.", ["balance A B balance Y -x"]),
        ("{A} posted a surplus of {x} in trade with {B} in {y}.", ["balance A B balance Y x"]),
        ("{A} had a {x} deficit with {B} in {y}.", ["balance A B balance Y -x"]),
        ("{A} ran a trade deficit of {x} with {B} in {y}.", ["balance A B balance Y -x"]),
        ("{A}'s trade balance with {B} was in deficit by {x} in {y}.", ["balance A B balance Y -x"]),
        ("In {y}, {A}'s trade with {B} showed a deficit of {x}.", ["balance A B balance Y -x"]),
        ("{A}'s shortfall with {B} was {x} in {y}.", ["balance A B balance Y -x"]),
    ],
    "fractions": [
        ("One-fifth of {A}'s imports came from {B} in {y}.", ["share A B import Y 20"]),
        ("A quarter of {A}'s exports went to {B} in {y}.", ["share A B export Y 25"]),
        ("{A}'s exports to {B} fell by a tenth in {y}.", ["change A B export Y 10 down"]),
        ("{A}'s imports from {B} rose by a third in {y}.", ["change A B import Y 33.3 up"]),
        ("{A}'s exports shrank by almost a quarter in {y}.", ["change A WLD export Y 25 down"]),
        ("{B} took a fifth of {A}'s exports in {y}.", ["share A B export Y 20"]),
        ("{B} accounted for one-third of {A}'s imports in {y}.", ["share A B import Y 33.3"]),
    ],
    "places in other words": [
        ("{B} was {A}'s most important trading partner in {y}.", ["rank A B total Y 1"]),
        ("In {y}, {B} was {A}'s largest trading partner; {C} held second position with {x}.",
         ["rank A B total Y 1", "rank A C total Y 2", "level A C total Y x"]),
        ("{B} was {A}'s largest export market in {y} with {x}, followed by {C} with {w}.",
         ["rank A B export Y 1", "level A B export Y x", "level A C export Y w"]),
        ("The largest destination of {A}'s exports in {y} was {B} with {x}.", ["rank A B export Y 1", "level A B export Y x"]),
        ("{B} was the largest partner for {A}'s imports in {y}.", ["rank A B import Y 1"]),
        ("{B} was the biggest importer of {a} goods in {y}.", ["rank A B export Y 1"]),
    ],
    "periods": [
        ("In the 12 months to April {y}, {A}'s exports to {B} were {x}.", ["level A B export Z-05/Y-04 x"]),
        ("In the year to June {y}, {A}'s exports to {B} were {x}.", ["level A B export Z-07/Y-06 x"]),
        ("In the first half of {y}, {A}'s exports to {B} were {x}.", ["level A B export Y-01/Y-06 x"]),
        ("{A}'s exports to {B} in the second half of {y} were {x}.", ["level A B export Y-07/Y-12 x"]),
        ("Over the first seven months of {y}, {A}'s exports were {x}.", ["level A WLD export Y-01/Y-07 x"]),
        ("Trade between {A} and {B} was {x} in {z}; a year later it had doubled.", ["level A B total Z x", "ratio A B total Y 2"]),
    ],
    "each partner its own sum": [
        ("In {y}, {A} exported goods worth {x} to {B}, {w} to {C} and {v} to {D}.",
         ["level A B export Y x", "level A C export Y w", "level A D export Y v"]),
        ("{A}'s exports to {B} were {x} in {y}, to {C} {w} and to {D} {v}.",
         ["level A B export Y x", "level A C export Y w", "level A D export Y v"]),
        ("{A}'s exports to {B}, {C} and {D} were {x}, {w} and {v} respectively in {y}.",
         ["level A B export Y x", "level A C export Y w", "level A D export Y v"]),
        ("{A}'s exports to {B} and {C} were {x} in {y}.", ["level A B export Y x ?"]),
        ("{A}'s combined imports from {B}, {C} and {D} were {x} in {y}.", ["level A B import Y x ?"]),
    ],
    "what was done with goods": [
        ("{A} took in {p} per cent more imports in {y} than a year before.", ["change A WLD import Y p up"]),
        ("{A} had {p} per cent fewer exports in {y}.", ["change A WLD export Y p down"]),
        ("Products shipped out of {A} were worth {x} in {y}.", ["level A WLD export Y x"]),
        ("Goods exported by {A} to {B} were worth {x} in {y}.", ["level A B export Y x"]),
        ("In {y}, {A} earned {x} from exports.", ["level A WLD export Y x"]),
        ("{B}-bound exports from {A} were {x} in {y}.", ["level A B export Y x"]),
    ],
    "points": [
        ("{B}'s share of {A}'s exports rose by {p} points to {q} per cent in {y}.", ["change A B export Y p up", "share A B export Y q"]),
        ("{B}'s share of {A}'s imports fell {p} percentage points to {q} per cent in {y}.",
         ["change A B import Y p down", "share A B import Y q"]),
    ],
    "goods behind a colon": [
        ("{A}'s main exports to {B} in {y} were: palm oil, {x}; machinery, {w}; and furniture, {v}.",
         ["level A B export Y x c", "level A B export Y w c", "level A B export Y v c"]),
        ("{A} exported to {B} in {y}: palm oil ({x}), machinery ({w}) and furniture ({v}).",
         ["level A B export Y x c", "level A B export Y w c", "level A B export Y v c"]),
    ],
    "the other flow beside it": [
        ("{A}'s exports to {B} were {x} in {y}, against imports of {w}.", ["level A B export Y x", "level A B import Y w"]),
        ("{A} imported {x} of goods in {y} against exports of {w}, a gap of {v}.",
         ["level A WLD import Y x", "level A WLD export Y w", "balance A WLD balance Y -v"]),
    ],
}
SIZES = ("billion", "million")


def _variant(wording: str, chance: random.Random) -> tuple[str, Slots]:
    codes = chance.sample(sorted(ECONOMIES), 4)
    year = chance.randint(2005, 2023)
    sign = chance.choice(sorted(CURRENCIES))
    money = [f"{CURRENCIES[sign]}{chance.randint(11, 989)}.{chance.randint(1, 9)} {chance.choice(SIZES)}" for _ in "xwv"]
    rates = [f"{chance.randint(1, 45)}.{chance.randint(1, 9)}" for _ in "pq"]
    text = wording.format(
        A=ECONOMIES[codes[0]][0], a=ECONOMIES[codes[0]][1], B=ECONOMIES[codes[1]][0], C=ECONOMIES[codes[2]][0], D=ECONOMIES[codes[3]][0],
        x=money[0], w=money[1], v=money[2], p=rates[0], q=rates[1], y=year, z=year - 1, m=MONTHS[chance.randint(0, 11)])
    sums = {name: Decimal(said.split()[0].removeprefix(CURRENCIES[sign])) * (10**9 if said.endswith("billion") else 10**6)
            for name, said in zip("xwv", money, strict=True)}
    month = next((number for number, name in enumerate(MONTHS, 1) if name in text), 0)
    slots: Slots = {**dict(zip("ABCD", codes, strict=True)), **sums}
    slots |= {"p": rates[0], "q": rates[1], "Y": str(year), "Z": str(year - 1), "M": f"{year}-{month:02d}"}
    return text[0].upper() + text[1:], slots


def _wanted(line: str, slots: Slots) -> tuple[object, ...]:
    kind, reporter, partner, flow, period, value, *rest = line.split()
    span = str(slots["M"]) if period == "M" else period.replace("Y", str(slots["Y"])).replace("Z", str(slots["Z"]))
    size = slots.get(value.removeprefix("-"), None)
    number = float(str(size if size is not None else value)) * (-1 if value.startswith("-") and size is not None else 1)
    way = next((word for word in rest if word in ("up", "down")), None)
    return (kind, slots[reporter], slots.get(partner, partner), flow, span, number, way, "?" in rest, "c" in rest, "~" in rest)


def _read(claim: Claim, wanted: list[tuple[object, ...]]) -> tuple[object, ...]:
    ways = {one[6] for one in wanted if one[:2] == (claim.kind, claim.reporter)}
    direction = claim.direction if claim.kind == "change" or claim.direction in ways else None
    return (claim.kind, claim.reporter, claim.partner, claim.flow, claim.period, float(claim.value), direction, claim.qualifier is not None,
            claim.commodity is not None, claim.hedge in ("exceeded", "surpassed"))


@pytest.mark.parametrize(("family", "number"), [
    (family, number) for family, wordings in FAMILIES.items() for number in range(len(wordings))])
def test_a_wording_is_read_of_whomever_it_tells(family: str, number: int) -> None:
    wording, lines = FAMILIES[family][number]
    chance = random.Random(f"{family} {number}")
    wrong = []
    for _ in range(N):
        text, slots = _variant(wording, chance)
        wanted = [_wanted(line, slots) for line in lines]
        found = [_read(claim, wanted) for claim in read_text(text, published="2024-08-20").claims]
        if sorted(map(str, found)) != sorted(map(str, wanted)):
            wrong.append((text, found, wanted))
    assert not wrong, f"{len(wrong)} of {N}: {wrong[0][0]}\nread   {wrong[0][1]}\nwanted {wrong[0][2]}"


SIGNS = [
    ("-", "Malaysia's trade balance with China was negative at RM90.1 billion in 2024."),
    ("-", "Malaysia's trade balance with China was minus RM90.1 billion in 2024."),
    ("-", "Malaysia had a negative trade balance of RM90.1 billion with China in 2024."),
    ("-", "Malaysia's trade balance swung to a deficit of RM90.1 billion in 2024."),
    ("-", "Malaysia's trade with China ended 2024 with a deficit of RM90.1 billion."),
    ("+", "Malaysia's deficit with the US turned into a surplus of RM72.3 billion in 2024."),
    ("-", "Malaysia's surplus with Japan turned into a deficit of RM2.3 billion in 2024."),
    ("-", "Malaysia posted its first trade deficit in five years, of RM2.3 billion, in 2024."),
    ("-", "Malaysia's trade account was in the red by RM2.3 billion in 2024."),
    ("-", "Malaysia's trade gap with China reached RM90.1 billion in 2024."),
    ("-", "Malaysia's trade gap with China widened to RM90.1 billion in 2024."),
    ("-", "Malaysia's trade with China left a shortfall of RM90.1 billion in 2024."),
    ("+", "Malaysia had a positive trade balance of RM72.3 billion with the US in 2024."),
    ("-", "Malaysia had an unfavourable trade balance of RM90.1 billion with China in 2024."),
    ("+", "Malaysia had a favourable trade balance of RM72.3 billion with the US in 2024."),
    ("-+", "Malaysia recorded a deficit of RM2.3 billion in 2024, reversing a surplus of RM5.1 billion a year earlier."),
    ("+-", "Malaysia recorded a surplus of RM2.3 billion in 2024, compared with a deficit of RM5.1 billion in 2023."),
    ("-", "Malaysia's imports from China outstripped its exports by RM90.1 billion in 2024."),
    ("+", "Malaysia's balance of trade with the US was a surplus of RM72.3 billion in 2024."),
    ("-", "The bilateral deficit of RM90.1 billion was Malaysia's largest with China in 2024."),
    ("-", "A RM90.1 billion deficit with China was recorded by Malaysia in 2024."),
    ("--", "Malaysia's deficits with China and Taiwan were RM90.1 billion and RM25.1 billion respectively in 2024."),
    ("++", "Malaysia's surpluses with the US and Singapore were RM72.3 billion and RM80.1 billion respectively in 2024."),
    ("-", "Malaysia's trade deficit in goods with China came to RM90.1 billion in 2024."),
    ("-", "The trade deficit that Malaysia ran with China in 2024 was RM90.1 billion."),
    ("+", "The balance was in Malaysia's favour by RM72.3 billion in 2024."),
    ("-", "Malaysia's trade imbalance with China, a deficit of RM90.1 billion, grew in 2024."),
    ("-", "Malaysia's trade balance deteriorated to a RM90.1 billion deficit in 2024."),
    ("-", "Malaysia's trade balance showed a RM90.1 billion shortfall in 2024."),
    ("+", "Malaysia's net exports of goods were RM136.9 billion in 2024."),
    ("-", "China's deficit with Malaysia stood at US$6.3 billion in 2024."),
    ("+", "China's surplus with Malaysia hit US$6.3 billion in 2024."),
    ("-", "Malaysia's trade deficit (RM90.1 billion) with China widened in 2024."),
    ("-", "With imports higher than exports, Malaysia recorded a RM90.1 billion deficit with China in 2024."),
]


@pytest.mark.parametrize(("signs", "text"), SIGNS)
def test_a_balance_has_the_sign_of_its_words(signs: str, text: str) -> None:
    found = read_text(text, published="2025-11-24").claims
    assert "".join("-" if claim.value < 0 else "+" for claim in found if claim.kind == "balance") == signs
    assert all(claim.kind in ("balance", "rank", "streak", "change") for claim in found)


OPENINGS = [
    "As the second-largest trading partner of {A} and the largest source of imports within {set}, {B} plays a key role in the region. ",
    "As {A}'s second-largest trading partner and largest source of imports in {set}, {B} plays a key role in the region. ",
]


@pytest.mark.parametrize("opening", OPENINGS)
@pytest.mark.parametrize(("a", "b", "inside"), [
    ("China", "Malaysia", "ASEAN"), ("Japan", "Thailand", "ASEAN"), ("India", "Germany", "the EU")])
def test_an_opening_tells_places_of_the_subject_that_follows(opening: str, a: str, b: str, inside: str) -> None:
    """Both places are A's, held by B; no year stands there, so it is that of the text's other figures, and said to be carried."""
    codes = {name: code for code, (name, _) in ECONOMIES.items()}
    text = opening.format(A=a, B=b, set=inside) + f"Trade between {a} and {b} reached US$212 billion in 2024, up 11.4 per cent."
    ranks = [claim for claim in read_text(text).claims if claim.kind == "rank"]
    assert [(claim.reporter, claim.partner, claim.flow, int(claim.value)) for claim in ranks] == [
        (codes[a], codes[b], "total", 2), (codes[a], codes[b], "import", 1)]
    assert [(claim.period, claim.origins["period"]) for claim in ranks] == [("2024", "context")] * 2
    bloc = {"ASEAN": "ASEAN", "the EU": "EU"}[inside]
    assert [(claim.group, claim.readings) for claim in ranks] == [(bloc, ("world",)), (bloc, ())]


def test_a_place_within_a_set_is_held_by_one_of_the_set() -> None:
    for text in ("Malaysia is China's second-largest trading partner in ASEAN.", "China's largest trading partner within ASEAN is Vietnam.",
                 "In ASEAN, Malaysia ranks second among China's trading partners."):
        for claim in read_text(text, published="2025-04-20").claims:
            assert (claim.reporter, claim.group) == ("CHN", "ASEAN"), text
            assert claim.partner in ("MYS", "VNM"), text


def test_no_share_is_more_than_the_whole_and_nobody_trades_with_itself() -> None:
    found = read_text("China accounted for 117 per cent of Malaysia's exports in 2024. Malaysia's exports to Malaysia rose 5 per cent.",
                      published="2025-04-20").claims
    assert not [claim for claim in found if claim.kind == "share"]
    assert all(claim.reporter != claim.partner for claim in found)
