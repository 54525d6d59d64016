"""Reading claims: what single wordings mean, what a text carries over, and what is left alone."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from warehouse.claims.model import Claim
from warehouse.claims.periods import When, mentions, published_of
from warehouse.claims.quantities import figures
from warehouse.claims.read import read_lines, read_text
from warehouse.claims.text import fold, language, sentences
from warehouse.schema.errors import UsageError


def the_one(text: str, published: str = "2024-05-20", **known: str) -> Claim:
    (claim,) = read_text(text, published=published, **known).claims
    return claim


WORKED = (
    "China and Malaysia signed more than 30 agreements on technology, infrastructure and agriculture during a state visit in mid-April. "
    "Bilateral trade came to US$212 billion in 2024, nearly 1,000 times the figure of 1974, when the two countries established relations. "
    "China has been Malaysia's largest trading partner for 16 consecutive years. "
    "Malaysia remains China's second-largest trading partner and the largest source of imports within the ASEAN. "
    "Old friends meet again. "
    "The more than 30 agreements build on a memorandum of understanding on the Belt and Road signed in 2017."
)


class TestWorkedExample:
    """A report on a visit, without a date of its own."""

    def test_its_day_is_inferred_from_what_it_states(self) -> None:
        published = read_text(WORKED).published
        assert (published.day, published.precision, published.basis) == (date(2025, 4, 30), "month", "inferred")

    def test_its_claims(self) -> None:
        found = [(c.kind, c.value, c.reporter, c.partner, c.group, c.flow, c.period, c.hedge) for c in read_text(WORKED).claims]
        assert found == [
            ("level", Decimal(212_000_000_000), "CHN", "MYS", None, "total", "2024", None),
            ("ratio", Decimal(1000), "CHN", "MYS", None, "total", "2024", "nearly"),
            ("rank", Decimal(1), "MYS", "CHN", None, "total", "2024", None),
            ("streak", Decimal(16), "MYS", "CHN", None, "total", "2024", None),
            ("rank", Decimal(2), "CHN", "MYS", "ASEAN", "total", None, None),
            ("rank", Decimal(1), "CHN", "MYS", "ASEAN", "import", None, None),
        ]

    def test_a_set_behind_two_ranks_may_belong_to_the_last_alone(self) -> None:
        second, source = [c for c in read_text(WORKED).claims if c.kind == "rank"][1:]
        assert second.readings == ("world",) and source.readings == ()

    def test_who_trades_is_not_certain_where_only_the_pair_is_named(self) -> None:
        level, _, rank, *_ = read_text(WORKED).claims
        assert not level.reporter_certain and rank.reporter_certain

    def test_the_ratio_has_its_base(self) -> None:
        assert read_text(WORKED).claims[1].basis == "1974"

    def test_events_are_told_once(self) -> None:
        found = {(event.kind, event.count, event.date) for event in read_text(WORKED).events}
        assert found == {("agreement", 30, None), ("visit", None, "2025-04"), ("memorandum", None, "2017")}


class TestDays:
    def test_a_given_day_wins(self) -> None:
        assert read_text("Exports rose 5% in 2024.", published="2026-01").published.basis == "option"

    def test_a_dateline_is_dated_after_what_the_text_states(self) -> None:
        published = read_text("KUALA LUMPUR, Jan 20 (Bernama) -- Malaysia's trade rose 9.2 per cent to RM2.879 trillion in 2024.").published
        assert (published.day, published.basis) == (date(2025, 1, 20), "dateline")

    def test_a_forecast_is_no_completed_period(self) -> None:
        assert read_text("Exports rose in 2023 and are expected to reach RM2 trillion by 2030.").published.day == date(2024, 12, 31)

    def test_without_anything_there_is_none_and_never_today(self) -> None:
        reading = read_text("China remains Malaysia's largest trading partner. Exports rose 5 per cent last year.")
        assert reading.published.day is None and reading.claims[1].period is None

    @pytest.mark.parametrize("typed", ["yesterday", "2024-13", "2024-02-30", "24"])
    def test_a_day_that_is_none_is_refused(self, typed: str) -> None:
        with pytest.raises(UsageError):
            read_text("Exports rose.", published=typed)


@pytest.mark.parametrize(
    ("words", "period"),
    [
        ("in 2023", "2023"),
        ("in Q1", "2024-01/2024-03"),
        ("in 1Q2023", "2023-01/2023-03"),
        ("in 1Q23", "2023-01/2023-03"),
        ("in the first quarter", "2024-01/2024-03"),
        ("in the final quarter of 2023", "2023-10/2023-12"),
        ("in the first four months", "2024-01/2024-04"),
        ("in 4M2024", "2024-01/2024-04"),
        ("during the January-April period", "2024-01/2024-04"),
        ("between January and April", "2024-01/2024-04"),
        ("from January to April this year", "2024-01/2024-04"),
        ("in the first half of 2023", "2023-01/2023-06"),
        ("in H1 2023", "2023-01/2023-06"),
        ("in 2H23", "2023-07/2023-12"),
        ("in the first three quarters of 2023", "2023-01/2023-09"),
        ("last year", "2023"),
        ("in March", "2024-03"),
        ("in December", "2023-12"),
        ("last December", "2023-12"),
        ("last month", "2024-04"),
        ("in March last year", "2023-03"),
        ("in the three months to April", "2024-02/2024-04"),
        ("so far this year", "2024-01/2024-04"),
        ("year-to-date", "2024-01/2024-04"),
        ("as of end-April", "2024-01/2024-04"),
        ("for the whole of 2023", "2023"),
        ("for the month of April 2024", "2024-04"),
        ("in Mar 2024", "2024-03"),
        ("in Apr'24", "2024-04"),
        ("in the fiscal year 2023", "None"),
    ],
)
def test_a_period_is_resolved_against_the_day(words: str, period: str) -> None:
    claim = the_one(f"Vietnam's exports to Japan reached US$5.2 billion {words}.")
    assert str(claim.period) == period


def test_a_month_is_of_the_year_that_the_text_looks_back_on() -> None:
    found = read_text("In 2019, China's exports rose 5 per cent. In December, exports rose 7.9 per cent.", published="2024-05-20").claims
    assert [claim.period for claim in found] == ["2019", "2019-12"]


def test_a_figure_compared_with_has_the_period_compared_with() -> None:
    found = read_text(
        "Thailand's exports fell to $20 billion in April from $22 billion a year earlier, and the trade deficit was $1.6 billion, "
        "wider than the $1.2 billion deficit in March.",
        published="2024-05-20",
    ).claims
    assert [(str(claim.value), claim.period) for claim in found] == [
        ("20000000000", "2024-04"),
        ("22000000000", "2023-04"),
        ("-1600000000", "2024-04"),
        ("-1200000000", "2024-03"),
    ]


def test_a_month_alone_does_not_become_what_the_text_is_about() -> None:
    found = read_text(
        "In the first quarter, China's exports rose 4.9 per cent. In March alone, exports fell 3.8 per cent. "
        "During the period, trade with Japan grew 2 per cent.",
        published="2024-04-12",
    ).claims
    assert [claim.period for claim in found] == ["2024-01/2024-03", "2024-03", "2024-01/2024-03"]


@pytest.mark.parametrize(
    ("text", "reporter", "partner", "flow"),
    [
        ("Trade between Brazil and India was US$12 billion in 2023.", "BRA", "IND", "total"),
        ("India-Brazil trade was US$12 billion in 2023.", "IND", "BRA", "total"),
        ("Brazil's imports from India were US$12 billion in 2023.", "BRA", "IND", "import"),
        ("Brazilian exports to the EU were US$12 billion in 2023.", "BRA", "EU", "export"),
        ("In 2023, Brazil shipped US$12 billion worth of goods to India.", "BRA", "IND", "export"),
        ("In 2023, India bought US$12 billion in goods from Brazil.", "IND", "BRA", "import"),
        ("Exports from Brazil to India were US$12 billion in 2023.", "BRA", "IND", "export"),
        ("Brazil recorded total exports of US$12 billion in 2023.", "BRA", "WLD", "export"),
        ("Brazil posted a trade surplus with India of US$12 billion in 2023.", "BRA", "IND", "balance"),
        ("Imports of Indian goods by Brazil were US$12 billion in 2023.", "BRA", "IND", "import"),
        ("Brazil's two-way trade with the Republic of Korea was US$12 billion in 2023.", "BRA", "KOR", "total"),
        ("China's customs data show that trade between Brazil and China was US$12 billion in 2023.", "CHN", "BRA", "total"),
        ("ASEAN's exports to the United States were US$12 billion in 2023.", "ASEAN", "USA", "export"),
    ],
)
def test_sides_and_flow_of_a_phrase(text: str, reporter: str, partner: str, flow: str) -> None:
    claim = the_one(text)
    assert (claim.reporter, claim.partner, claim.flow) == (reporter, partner, flow)


@pytest.mark.parametrize(
    ("text", "values", "partner", "group", "flow"),
    [
        ("China is Chile's largest trading partner.", [1], "CHN", None, "total"),
        ("Chile's second-biggest export market is China.", [2], "CHN", None, "export"),
        ("China was the third largest source of imports for Chile.", [3], "CHN", None, "import"),
        ("Among ASEAN countries, Vietnam was Chile's largest trading partner.", [1], "VNM", "ASEAN", "total"),
        (
            "Vietnam is Chile's fourth largest partner in ASEAN, its second largest export market and third largest source of goods.",
            [4, 2, 3],
            "VNM",
            None,
            None,
        ),
        ("Chile and China are each other's second largest trading partners.", [2, 2], None, None, "total"),
        ("China overtook the US to become Chile's top trading partner.", [1], "CHN", None, "total"),
    ],
)
def test_whose_nth_largest(text: str, values: list[int], partner: str | None, group: str | None, flow: str | None) -> None:
    claims = [claim for claim in read_text(text, published="2024").claims if claim.kind == "rank"]
    assert [int(claim.value) for claim in claims] == values
    for claim in claims:
        assert partner in (None, claim.partner) and flow in (None, claim.flow)
        assert partner is None or claim.reporter == "CHL"
        assert group is None or claim.group == group


@pytest.mark.parametrize(
    "text",
    [
        "China is one of Chile's largest trading partners.",
        "China has become a top destination for Chilean firms.",
        "China is Chile's largest source of tourists.",
        "The top five trading partners were China, Japan, India, Brazil and the US.",
    ],
)
def test_a_crowd_is_no_rank(text: str) -> None:
    assert not read_text(text, published="2024").claims


@pytest.mark.parametrize(
    "text",
    [
        "Malaysia's economy grew 5.9 per cent in the second quarter.",
        "Exports are expected to grow 5 per cent to RM1.5 trillion this year.",
        "The government targets exports of RM1.5 trillion.",
        "The United States imposed a 24 per cent tariff on imports from Malaysia.",
        "Trade with China could exceed US$300 billion by 2030.",
        "Palm oil prices rose to RM4,000 per tonne on stronger exports.",
        "Penang's exports reached RM40 billion in June.",
        "China's investment in Malaysia amounted to US$3.2 billion.",
        "Services exports grew 12 per cent to RM70 billion.",
        "Private enterprises' exports rose 10 per cent.",
        "Exports were strong.",
        "The RM100 million fund will help firms to export.",
        "Economists had expected exports to rise 3.5 per cent and imports 6 per cent.",
        "The port handled 14 million TEUs, up 6 per cent.",
    ],
)
def test_what_is_no_claim_about_trade_is_left_alone(text: str) -> None:
    assert not read_text(text, published="2024-08-16").claims


def test_a_forecast_is_suppressed_by_the_clause() -> None:
    claim = the_one(
        "Malaysia's exports are expected to grow 3-5 per cent this year, already having grown 6.3 per cent in the first quarter."
    )
    assert (claim.value, claim.period) == (Decimal("6.3"), "2024-01/2024-03")


def test_lists_are_shared_out() -> None:
    found = read_text(
        "China's exports to Japan, India and Brazil rose by 5, 6.5 and 7 per cent respectively in 2023.", published="2024"
    ).claims
    assert [(claim.partner, str(claim.value)) for claim in found] == [("JPN", "5"), ("IND", "6.5"), ("BRA", "7")]
    found = read_text(
        "China's exports and imports of chips rose 5% and fell 3% in 2023, while trade and exports grew by 1% and 2% respectively.",
        published="2024",
    ).claims
    assert [(claim.flow, claim.direction) for claim in found[2:]] == [("total", "up"), ("export", "up")]
    found = read_text(
        "Chile's main markets in 2023 were China (39.4 per cent of exports), the US (15.6 per cent) and Japan (7.5 per cent).",
        published="2024",
    ).claims
    assert [(claim.kind, claim.partner) for claim in found] == [("share", "CHN"), ("share", "USA"), ("share", "JPN")]


def test_the_threshold_of_a_streak_is_no_level() -> None:
    found = read_text(
        "Malaysia's trade surged to RM2.849 trillion in 2022, surpassing the RM2 trillion mark for the second consecutive year.",
        published="2023-01",
    ).claims
    assert [(claim.kind, claim.of) for claim in found] == [("level", None), ("streak", "level above RM2 trillion")]


def test_a_second_currency_is_the_same_figure() -> None:
    text = "Trade between China and Chile was 1.2 trillion yuan (about US$170 billion) in 2023."
    claim = the_one(text)
    assert claim.alt is not None and (claim.alt.value, claim.alt_unit) == (Decimal(170_000_000_000), "USD")
    assert text[claim.start : claim.end] == "1.2 trillion yuan"


def test_offsets_are_those_of_the_text_as_given() -> None:
    text = ("“China鈥檚 exports – ①",)
    reading = read_text("“China’s ﬁrst exports of tea rose 5％ to US＄3.2 billion in 2023.”", published="2024")
    assert [reading.text[claim.start : claim.end] for claim in reading.claims] == ["5％", "US＄3.2 billion"]
    assert fold(text[0]).text.startswith("\"China's exports")


def test_origins_tell_sentence_from_context() -> None:
    first, second = read_text("Japan's exports to Chile rose 5 per cent in 2023. The figure was US$2 billion.", published="2024").claims[:2]
    assert first.context_slots == ()
    assert set(second.context_slots) >= {"reporter", "partner", "period"}
    claim = the_one("Exports rose 5 per cent.", context="Japan's exports in April", published="2024-05")
    assert (claim.reporter, claim.origins["reporter"], claim.period, claim.origins["period"]) == ("JPN", "headline", "2024-04", "headline")
    claim = the_one("Exports rose 5 per cent in April.", source="https://www.bernama.com/en/news.php?id=1")
    assert (claim.reporter, claim.origins["reporter"]) == ("MYS", "source_default")


def test_a_speaker_goes_on_until_another_speaks() -> None:
    found = read_text(
        'Exports rose 5 per cent in 2023, said Malaysian Trade Minister Lee Wen. "Imports rose 3 per cent," he added. '
        "Trade rose 4 per cent, according to GACC.",
        published="2024",
    ).claims
    assert [claim.speaker_country for claim in found] == ["MYS", "MYS", "CHN"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Dr. Mohd. Uzir said exports rose. Imports fell.", 2),
        ("RM1.2 bil. was imported. It fell.", 2),
        ("Trade rose on Jan. 20. It fell later.", 2),
        ("Bernama No. 12 of the U.S. trade. Exports rose.", 2),
        ("The U.S. imported more. The U.S.", 2),
        ("One.\nTwo", 2),
        ("", 0),
        ("It rose 5.4 per cent.", 1),
    ],
)
def test_sentences_survive_abbreviations(text: str, told: int) -> None:
    assert len(list(sentences(text))) == told


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Malaysia's exports rose 8.1 per cent to RM134bn.", "en"),
        ("Perdagangan Malaysia dengan China meningkat 5 peratus pada Januari, kata MITI dalam satu kenyataan.", "ms"),
        ("中国与马来西亚双边贸易额达到2120亿美元", "zh"),
        ("Le commerce entre la Chine et la Malaisie a atteint 212 milliards de dollars.", "fr"),
        ("", "en"),
        ("수출이 증가했다", "ko"),
    ],
)
def test_another_language_is_answered_as_such(text: str, code: str) -> None:
    assert language(fold(text).text) == code
    assert read_text(text).language == code


@pytest.mark.parametrize(
    ("text", "value", "unit", "decimals"),
    [
        ("RM133.56 billion", "133560000000", "MYR", 2),
        ("US$203.6bn", "203600000000", "USD", 1),
        ("37.92-billion-yuan", "37920000000", "CNY", 2),
        ("1,070 trillion RM", "1070000000000000", "MYR", 0),
        ("one trillion ringgit", "1000000000000", "MYR", 0),
        ("25.4 per cent", "25.4", "percent", 1),
        ("three percent", "3", "percent", 0),
        ("0.5 percentage points", "0.5", "percentage points", 1),
        ("ten-fold", "10", "times", 0),
        ("3.3 million tonnes", "3300000", "tonne", 1),
        ("(+2.2%)", "2.2", "percent", 1),
        ("10.8pc", "10.8", "percent", 1),
    ],
)
def test_a_figure_is_exact(text: str, value: str, unit: str, decimals: int) -> None:
    (figure,) = figures(text)
    assert (str(figure.written.value), figure.unit, figure.written.decimals) == (value, unit, decimals)


def test_prices_and_rates_are_no_figures() -> None:
    assert not figures("RM3,900 per tonne (US$1=RM4.30)")


def test_named_periods_do_not_overlap_figures() -> None:
    text = "2024 units worth RM2,024 million"
    when = When(published_of("2024"))
    assert [text[m.start : m.end] for m in mentions(text, when, [(f.start, f.end) for f in figures(text)])] == []


def test_consecutive_lines_of_one_source_are_one_text() -> None:
    rows = [
        {"id": 1, "text": "Chile's exports to Japan rose 5 per cent in 2023.", "source": "a", "published": "2024"},
        {"id": 2, "text": "Imports fell 3 per cent.", "source": "a", "published": "2024"},
        {"id": 3, "text": "Imports fell 3 per cent.", "source": "b", "published": "2024"},
    ]
    _, second, third = read_lines(rows)
    assert (second["claims"][0]["reporter"], second["claims"][0]["partner"], second["claims"][0]["period"]) == ("CHL", "JPN", "2023")
    assert (third["claims"][0]["reporter"], third["claims"][0]["period"]) == (None, None)


def test_the_command_reads_lines_and_refuses_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from flows import cli

    file = tmp_path / "lines.jsonl"
    file.write_text(
        json.dumps({"id": "x", "text": "Chile's exports rose 5 per cent in 2023.", "published": "2024-02", "source": None}) + "\n",
        encoding="utf-8",
    )
    monkeypatch.setattr("sys.argv", ["entrepot", "claims", "read", str(file)])
    with pytest.raises(SystemExit) as done:
        cli.main()
    out = json.loads(capsys.readouterr().out)
    assert done.value.code in (0, None) and out["id"] == "x" and out["claims"][0]["reporter"] == "CHL"
    file.write_text("[1]\n", encoding="utf-8")
    with pytest.raises(SystemExit) as refused:
        cli.main()
    assert refused.value.code == 2 and "line 1" in capsys.readouterr().err


def told(text: str, published: str) -> list[tuple[str, str | None, str | None, str | None, str | None, str | None, float, str | None]]:
    return [(c.kind, c.reporter, c.partner, c.flow, c.commodity, c.period, float(c.value), c.basis)
            for c in read_text(text, published=published).claims]


@pytest.mark.parametrize(("text", "published", "basis"), [
    ("China's exports of rare earths rose to 5,494 tonnes in November, up 24 per cent from October.", "2025-12-09", ["mom"]),
    ("Compared with March, Malaysia's exports were 4.1 per cent lower in April.", "2025-05-05", ["mom"]),
    ("Malaysia's exports to China eased 5.7 per cent from a month ago but were 3.3 per cent higher on a yearly basis.", "2025-06-24",
     ["mom", "yoy"]),
    ("Malaysia's exports rose 5 per cent year-on-year and 2 per cent month-on-month in May.", "2025-06-24", ["yoy", "mom"]),
    ("Malaysia's exports rose 5 per cent in May from April 2024.", "2025-06-24", ["yoy"]),
])
def test_what_a_change_is_against(text: str, published: str, basis: list[str]) -> None:
    assert [claim.basis for claim in read_text(text, published=published).claims if claim.kind == "change"] == basis


def test_a_list_behind_a_preposition_is_no_subject() -> None:
    assert [claim[:4] + claim[6:7] for claim in told(
        "Exports to Taiwan and Hong Kong went up by 24.5% and 9.8% respectively in May.", "2025-06-20")] == [
        ("change", None, "TWN", "export", 24.5), ("change", None, "HKG", "export", 9.8)]


def test_rates_are_shared_out_over_the_sums_before_them() -> None:
    found = told("China's exports hit 25.45 trillion yuan and imports 18.39 trillion yuan in 2024, rising by 7.1 per cent and 2.3 per cent "
                 "respectively.", "2025-01-14")
    assert [(claim[0], claim[3], claim[6]) for claim in found[2:]] == [("change", "export", 7.1), ("change", "import", 2.3)]


@pytest.mark.parametrize(("text", "share"), [
    ("Singapore, with a share of 15.4%, was the top destination for Malaysian exports in January.", ("MYS", "SGP", "export", 15.4)),
    ("As of January, China was the second largest export market for Malaysia after Singapore, taking 12 per cent of shipments.",
     ("MYS", "CHN", "export", 12)),
    ("Nearly a fifth of Malaysia's exports went to the United States in the third quarter of 2025.", ("MYS", "USA", "export", 20)),
])
def test_whose_share_it_is(text: str, share: tuple[str, str, str, float]) -> None:
    (found,) = [claim for claim in told(text, "2025-11-20") if claim[0] == "share"]
    assert (*found[1:4], found[6]) == share


def test_whose_partner_is_told_by_the_currency_where_nothing_else_does() -> None:
    found = told("China was also the top source of imports, contributing RM299.0 billion in 2024.", "2025-03-31")
    assert [claim[:4] for claim in found] == [("rank", "MYS", "CHN", "import"), ("level", "MYS", "CHN", "import")]


def test_a_sentence_that_turns_back_to_all_trade_leaves_the_partner_of_the_one_before() -> None:
    found = told("Malaysia's exports grew 6.8 per cent to RM140.4 billion in July 2025. Exports to China contracted 6.3 per cent. "
                 "On a month-on-month basis, exports jumped 15.5 per cent while imports rose 10.9 per cent.", "2025-08-20")
    assert [(claim[2], claim[7]) for claim in found if claim[0] == "change"] == [
        ("WLD", "yoy"), ("CHN", "yoy"), ("WLD", "mom"), ("WLD", "mom")]


def test_tonnes_are_of_the_goods_spoken_of() -> None:
    found = told("Palm oil shipments from Malaysia to China totalled 1.39 million tonnes in 2024. India was the biggest buyer with 3.03 "
                 "million tonnes, or 17.9 per cent of total exports.", "2025-05-14")
    assert [(claim[0], claim[2], claim[4]) for claim in found] == [
        ("level", "CHN", "Palm oil"), ("rank", "IND", "Palm oil"), ("level", "IND", "Palm oil"), ("share", "IND", "Palm oil")]


def test_a_total_of_so_many_months_is_of_the_year_so_far() -> None:
    found = told("Vietnam's imports from China reached US$17.9 billion in July alone, taking the seven-month total to US$101.5 billion.",
                 "2025-08-06")
    assert [claim[5] for claim in found] == ["2025-07", "2025-01/2025-07"]


def test_signed_sums_in_a_list_are_changes() -> None:
    found = told("Exports to Taiwan expanded by RM3.1 billion, the US (+RM2.9 billion) and Mexico (-RM361 million) in January 2025.",
                 "2025-02")
    assert [(claim[0], claim[2]) for claim in found] == [("change", "TWN"), ("change", "USA"), ("change", "MEX")]


def test_who_buys_the_most_buys_the_goods_spoken_of() -> None:
    found = told("Vietnam earned US$5.62 billion from coffee exports in 2024. Germany was the largest buyer, accounting for 11.4 per cent.",
                 "2025-01-31")
    assert [claim[:3] for claim in found] == [("level", "VNM", "WLD"), ("rank", "VNM", "DEU"), ("share", "VNM", "DEU")]
    assert {claim[3:5] for claim in found} == {("export", "coffee")}


def test_a_bloc_may_be_told_with_its_number_of_members() -> None:
    found = told("China's exports rose 8.1 per cent in April. Exports to the US tumbled 21 per cent while those to the 10-nation "
                 "Association of Southeast Asian Nations jumped 20.8 per cent. The trade surplus came in at $96.18 billion.", "2025-05-09")
    assert [claim[2] for claim in found] == ["WLD", "USA", "ASEAN", "WLD"]


def test_an_elided_partner_takes_the_figures_behind_it() -> None:
    found = told("In the first two months of 2025, China's trade with ASEAN rose 4 percent to 1.03 trillion yuan, with the EU fell 1.3 "
                 "percent to 824.36 billion yuan and with the US gained 3.5 percent to 687.59 billion yuan.", "2025-03-07")
    assert [claim[2] for claim in found] == ["ASEAN", "ASEAN", "EU", "EU", "USA", "USA"]


def test_partners_in_a_crowd_are_those_of_whoever_they_are_partners_of() -> None:
    found = told("Vietnam, Malaysia and Indonesia were China's top three trading partners within the bloc, with trade up 24.1%, 13.2% and "
                 "5.6% respectively.", "2024-07-14")
    assert [claim[1:3] for claim in found] == [("CHN", "VNM"), ("CHN", "MYS"), ("CHN", "IDN")]


def test_who_ranks_next_has_the_figures_behind_it() -> None:
    found = told("From January to August, ASEAN remained China's largest trading partner with trade of 4.09 trillion yuan; the EU ranked "
                 "second with 3.75 trillion yuan, up 9.5%.", "2022-09-07")
    assert [(claim[0], claim[2], claim[6]) for claim in found][2:] == [
        ("rank", "EU", 2), ("level", "EU", 3.75e12), ("change", "EU", 9.5)]


def test_the_other_sides_figures_are_by_its_account() -> None:
    found = told("Bilateral trade jumped 34.5 per cent to US$176.8 billion in 2021, according to Chinese customs data, whereas Malaysian "
                 "figures put it at RM421.1 billion.", "2022-02-18")
    assert [claim[1:3] for claim in found] == [("CHN", "MYS"), ("CHN", "MYS"), ("MYS", "CHN")]


def test_bilateral_trade_of_nobody_named_is_not_with_the_world() -> None:
    (ratio,) = read_text("Two-way trade has grown more than 600-fold since diplomatic ties were established in 1974.",
                         published="2024-06-19").claims
    assert (ratio.reporter, ratio.partner, ratio.period, ratio.basis) == (None, None, None, "1974")


@pytest.mark.parametrize(("text", "published", "period", "basis"), [
    ("Compared to April 2022, exports fell by 5.1%.", "2022-06-20", "2022-05", "mom"),
    ("In comparison with July 2025, trade shrank by 7.3 per cent.", "2025-09-19", "2025-08", "mom"),
    ("The surplus surged 166.1% from RM8.3 billion in September 2019.", "2020-10-28", "2020-09", "yoy"),
    ("Malaysia's trade with China totalled 124 billion dollars in 2019, up 14.2 per cent on the year.", "2020-01-14", "2019", "yoy"),
])
def test_the_month_of_a_change_by_what_it_is_compared_with(text: str, published: str, period: str, basis: str) -> None:
    change = next(claim for claim in told(text, published) if claim[0] == "change")
    assert (change[5], change[7]) == (period, basis)


def test_what_went_before_is_not_what_the_text_is_about() -> None:
    found = told("Singapore's exports grew 15.7 per cent in July, following the 8.8 per cent contraction in June. Imports rose 3 per cent.",
                 "2024-08-17")
    assert [claim[5] for claim in found] == ["2024-07", "2024-06", "2024-07"]


def test_a_sum_between_a_move_and_the_level_it_led_to_is_a_change() -> None:
    found = told("Malaysia's exports to China dipped RM1.2 billion to RM14.6 billion in September.", "2024-10-18")
    assert [(claim[0], claim[6]) for claim in found] == [("change", 1.2e9), ("level", 14.6e9)]


@pytest.mark.parametrize(("text", "goods"), [
    ("Exports of manufactured goods grew 24.6 per cent, while agriculture goods climbed 43.5 per cent in June 2021.", "agriculture goods"),
    ("Trade in intermediate goods between China and ASEAN hit 4.36 trillion yuan in 2022.", "intermediate goods"),
    ("Electronic exports expanded by 16.8 per cent, while non-electronics rose 15.3 per cent in July 2024.", "non-electronics"),
])
def test_goods_at_the_head_of_a_contrast_or_traded_in(text: str, goods: str) -> None:
    assert told(text, "2024-08-17")[-1][4] == goods


def test_a_growth_that_is_the_subject_and_its_streak() -> None:
    found = told("The 3.2% y-o-y growth in November exports to RM126.6 billion was the fourth straight monthly increase.", "2024-12-20")
    assert [(claim[0], claim[6]) for claim in found] == [("change", 3.2), ("level", 126.6e9), ("streak", 4)]


def test_a_share_told_behind_whose() -> None:
    found = told("Malaysian exports to China reached RM13.97 billion in October. That made China the second-biggest buyer after Singapore, "
                 "whose share was 15.1 per cent.", "2021-11-26")
    assert found[-1][:3] == ("share", "MYS", "SGP")


def test_above_a_sum_is_a_change_and_a_level() -> None:
    found = told("April's external trade amounted to RM231.42 billion, 21.3% above the RM190.8 billion seen in April 2021.", "2022-05-18")
    assert [(claim[0], claim[5], claim[6]) for claim in found] == [
        ("level", "2022-04", 231.42e9), ("change", "2022-04", 21.3), ("level", "2021-04", 190.8e9)]


def test_a_sentence_that_only_compares_leaves_the_period_alone() -> None:
    found = told("China's exports expanded 4.8 per cent last month. That compared with growth of 8.1 per cent in April. Imports fell 3.4 "
                 "per cent.", "2025-06-09")
    assert [claim[5] for claim in found] == ["2025-05", "2025-04", "2025-05"]


def test_places_told_by_their_number_alone_go_on_from_the_last_rank() -> None:
    found = told("China was Malaysia's largest trading partner in 2023 with RM450.84 billion. Singapore came second with RM393.17 billion "
                 "(14.9 per cent), the US third with RM250.56 billion. Taiwan, with RM190.4 billion, was fourth.", "2024-02-29")
    assert [(claim[0], claim[2], claim[6]) for claim in found][2:] == [
        ("rank", "SGP", 2), ("level", "SGP", 393.17e9), ("share", "SGP", 14.9), ("rank", "USA", 3), ("level", "USA", 250.56e9),
        ("level", "TWN", 190.4e9), ("rank", "TWN", 4)]


def test_a_buyer_of_imports_is_the_other_sides_market() -> None:
    found = told("China imported 1.39 million tonnes of Malaysian palm oil in 2024, making it the third-largest market after India and the "
                 "EU.", "2025-03-04")
    assert [claim[:4] for claim in found] == [("level", "CHN", "MYS", "import"), ("rank", "MYS", "CHN", "export")]


def test_months_of_decline_in_a_row() -> None:
    told = read_text("Malaysia's exports fell 13.7 per cent in September, the seventh month of decline in a row.", published="2023-10-20")
    (streak,) = [claim for claim in told.claims if claim.kind == "streak"]
    assert (streak.value, streak.unit, streak.of) == (7, "months", "decline")


def test_compared_to_the_month_before_and_to_the_year_before_in_one_sentence() -> None:
    found = told("Indonesia's exports in July 2022 reached US$25.57 billion, down 2.20 percent compared to June 2022, but up 32.03 percent "
                 "compared to July 2021.", "2022-08-15")
    assert [(claim[5], claim[7]) for claim in found] == [("2022-07", None), ("2022-07", "mom"), ("2022-07", "yoy")]


def test_a_figure_of_then_is_of_then_and_the_text_goes_on() -> None:
    found = told("China-Malaysia trade swelled to US$81.2 billion in the first six months. That was 1.4 times the value in the "
                 "pre-pandemic first half of 2019, when it was US$57.3 billion. Malaysia enjoyed a surplus of US$10.6 billion.",
                 "2021-08-06")
    assert [(claim[0], claim[5]) for claim in found] == [
        ("level", "2021-01/2021-06"), ("ratio", "2021-01/2021-06"), ("level", "2019-01/2019-06"), ("balance", "2021-01/2021-06")]
    assert found[-1][1:3] == ("MYS", "CHN")


def test_a_longer_stretch_at_the_head_of_a_sentence_turns_back_to_all_trade() -> None:
    found = told("Malaysia's trade expanded by 43.4% in June 2022. Exports to China rose 28.8%. For the second quarter of 2022, exports "
                 "were RM394.43 billion.", "2022-07-20")
    assert [(claim[2], claim[5]) for claim in found] == [("WLD", "2022-06"), ("CHN", "2022-06"), ("WLD", "2022-04/2022-06")]


def test_a_place_in_the_world_beside_one_in_a_bloc() -> None:
    found = read_text("Malaysia is Vietnam's second largest trading partner in ASEAN and 10th in the world.", published="2023-10-11").claims
    assert [(claim.value, claim.group) for claim in found] == [(2, "ASEAN"), (10, None)]


def test_a_streak_that_is_extended() -> None:
    found = told("Indonesia recorded a surplus of US$4.22 billion, extending the streak to 27 months.", "2022-08-15")
    assert [(claim[0], claim[6]) for claim in found] == [("balance", 4.22e9), ("streak", 27)]


def test_what_was_shipped() -> None:
    found = told("More than 18,000 tonnes of Malaysian durian paste were shipped to China in 2023.", "2024-07-19")
    assert [claim[:7] for claim in found] == [("level", "MYS", "CHN", "export", "durian", "2023", 18000)]


def test_for_the_past_years_is_a_streak_beside_a_place_held() -> None:
    found = told("For the past 14 years China has been Malaysia's largest trading partner.", "2023-03-29")
    assert [(claim[0], claim[6]) for claim in found] == [("streak", 14), ("rank", 1)]
    assert told("Malaysia's exports to China grew 5 per cent a year for the past 14 years.", "2023-03-29")[0][0] == "change"


def test_goods_that_led_a_growth_have_their_own() -> None:
    found = told("Exports climbed 19.6% to RM146.9 billion, led by E&E products which surged 40.7% to RM72.4 billion.", "2026-02-20")
    assert [claim[4] for claim in found] == [None, None, "E&E products", "E&E products"]


@pytest.mark.parametrize("said", [
    "close to 1,000 times its level in 1974, the year diplomatic ties began", "nearly 1,000-fold the 1974 figure",
    "almost a thousand times more than in 1974 when relations were established", "nearly 1,000 times that in 1974"])
def test_the_base_of_a_multiple_however_it_is_worded(said: str) -> None:
    text = f"Trade between China and Malaysia was worth US$212 billion in 2024, {said}."
    (ratio,) = [claim for claim in read_text(text, published="2025-04-20").claims if claim.kind == "ratio"]
    assert (ratio.period, ratio.basis, ratio.value) == ("2024", "1974", 1000)


def test_a_pair_that_is_named_in_the_next_sentence_is_the_first_ones_too() -> None:
    level, *_ = read_text("Bilateral trade totalled $212 billion in 2024. China has been Malaysia's largest trading partner since "
                          "2009.").claims
    assert {level.reporter, level.partner} == {"CHN", "MYS"} and not level.reporter_certain
    assert level.origins["partner"] == "context"


class TestItsOwnDay:
    """A text without a date, from what it states."""

    def test_an_agreement_of_some_year_says_nothing_of_the_day(self) -> None:
        assert read_text("The two countries had signed a memorandum of understanding in 2017.").published.day is None

    def test_so_many_years_in_a_row_since_one_do(self) -> None:
        told = read_text("China has been Malaysia's largest trading partner for 16 consecutive years since 2009. More than 30 agreements "
                         "were signed this April.")
        assert (told.published.day, told.published.basis) == (date(2025, 4, 30), "inferred")


def test_a_memorandum_that_dates_from_a_year() -> None:
    told = read_text("The more than 30 pacts signed by China and Malaysia follow a Belt and Road memorandum of understanding that dates "
                     "from 2017.").events
    assert ("memorandum", "2017") in [(event.kind, event.date) for event in told]


def test_two_that_rank_next_have_a_place_each() -> None:
    found = told("ASEAN was China's largest trading partner in 2025. The EU and the United States ranked second and third, with trade of "
                 "4.41 trillion yuan and 3.15 trillion yuan.", "2026-01-14")
    assert [(claim[0], claim[2], claim[6]) for claim in found][1:] == [
        ("rank", "EU", 2), ("rank", "USA", 3), ("level", "EU", 4.41e12), ("level", "USA", 3.15e12)]
