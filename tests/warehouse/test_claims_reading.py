"""Reading claims: what single wordings mean, what a text carries over, and what is left alone."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from warehouse.claims.model import Claim
from warehouse.claims.phrases.period_words import When, mentions, published_of
from warehouse.claims.phrases.quantities import figures
from warehouse.claims.phrases.text import fold, language, sentences
from warehouse.claims.read.reader import read_lines, read_text
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


def test_no_place_and_no_streak_is_below_the_first() -> None:
    for sentence in ("Vietnam was China's 0th largest trading partner in 2024.", "Vietnam was China's No. 0 trading partner in 2024.",
                     "Vietnam's exports rose for 0 consecutive months in 2024."):
        assert read_text(sentence, published="2025-02-20").claims == (), sentence
