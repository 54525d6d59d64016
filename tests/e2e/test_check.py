"""``entrepot check`` on the shipped sample: the worked example, the vintages, and what never comes out as support."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.e2e.claims_by_hand import claim, reading, written
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.faults import Fault
from warehouse.claims.check import check
from warehouse.claims.model import Claim, Published, Reading
from warehouse.claims.weigh.checked import Checked
from warehouse.lake.opening import Place, connect

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "check.schema.json").read_text())
REPORT = """\
China and Malaysia agreed to deepen their partnership during a state visit to Kuala Lumpur in mid-April.
Trade between the two countries reached US$212 billion in 2024, nearly 1,000 times what it was when they established diplomatic relations.
China has been Malaysia's largest trading partner for 16 consecutive years.
Malaysia remains China's second-largest trading partner and the largest source of imports within the ASEAN.
During the visit the two sides signed more than 30 agreements on artificial intelligence, infrastructure and agriculture.
Leaders of both countries attended the exchange of the more than 30 agreements.
A memorandum of understanding on the Belt and Road was signed in 2017.
Observers said that friendship between the two peoples has a long history.
"""
"""Written for this test in our own words, with the statements of the worked example and no date of its own."""
ARTICLE = b"""<html lang="en"><head><title>A synthetic article</title>
<link rel="canonical" href="https://storage.dosm.gov.my/news/a-synthetic-article.html">
<meta property="article:published_time" content="2025-04-20T10:00:00+08:00"></head><body><article><h1>A synthetic article</h1>
<p>Malaysia's imports were RM114.0 billion in March 2025, the statistics office said on Friday in its monthly release.</p>
<p>This page was made for a test and its figure is that of a synthetic file: nobody's imports are meant by it, and nothing else in it
is a statement about trade. It goes on for a while so that it is long enough to be an article.</p></article></body></html>"""
CM, MC, MW = ({"reporter": a, "partner": b} for a, b in (("CHN", "MYS"), ("MYS", "CHN"), ("MYS", "WLD")))


@pytest.fixture(scope="module")
def demo(demo_once: Home) -> Home:
    return demo_once


@pytest.fixture(scope="module")
def worked(demo: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("report") / "report.txt"
    file.write_text(REPORT)
    said = demo.run("--demo", "check", file, "--json")
    assert said.code == 0, said.text
    return dict(said.json)


def one(found: dict[str, Any], kind: str, **slots: Any) -> dict[str, Any]:
    """The claim of a kind with these slots."""
    (claim,) = [c for c in found["claims"] if c["kind"] == kind and all(c["slots"].get(n, {}).get("value") == v for n, v in slots.items())]
    return dict(claim)


def verdict(demo: Home, *claims: Claim, **how: Any) -> list[Checked]:
    con = connect(Place(demo.root / "demo" / "lake"))
    try:
        return list(check(con, reading(*claims, **how)).claims)
    finally:
        con.close()


def test_the_day_of_the_report_is_inferred_and_said_so(worked: dict[str, Any]) -> None:
    assert (worked["published"], worked["published_precision"], worked["published_basis"]) == ("2025-04-30", "month", "inferred")


def test_the_total_is_china_s_and_both_accounts_are_shown(worked: dict[str, Any]) -> None:
    found = one(worked, "level")
    assert (found["verdict"], found["latest"]) == ("source_dependent", "source_dependent")
    rows = {(row["reporter"], row["unit"]): row for row in found["evidence"]}
    assert rows["CHN", "USD"]["value"] == 212_040_000_000 and rows["CHN", "USD"]["agrees"]
    assert rows["CHN", "CNY"]["value"] == 1_508_707_656_311
    assert rows["MYS", "MYR"]["value"] == 484_120_000_000 and rows["MYS", "MYR"]["agrees"] is False
    assert "Agrees with China's customs" in found["said"] and "not with Malaysia's statistics" in found["said"]


def test_nearly_a_thousand_times_does_not_agree_and_names_its_base(worked: dict[str, Any]) -> None:
    found = one(worked, "ratio")
    assert found["verdict"] == "contradicted"
    assert found["interval"] == [950, 1000.5]
    assert 1333 <= found["computed"] <= 1334
    base = next(row for row in found["evidence"] if row["role"] == "base")
    assert (base["value"], base["period"], base["note"]) == (159_000_000, "1974", "account not named")
    assert "1,333 to 1,334 times" in found["said"]
    assert "by Malaysia's statistics" in found["said"] and "it would need a base of US$211.93 mn to US$223.2 mn" in found["said"]


def test_sixteen_years_are_not_decided_and_the_statement_is_shown_as_stated(worked: dict[str, Any]) -> None:
    found = one(worked, "streak")
    assert (found["verdict"], found["detail"]) == ("not_checkable", "universe")
    assert "2009 to 2024" in found["said"]
    stated = [row for row in found["evidence"] if row["role"] == "stated"]
    assert stated and all(row["value"] == 16 and row["agrees"] for row in stated)
    assert "as stated by" in found["printable"].lower()


def test_second_largest_depends_on_the_reading(worked: dict[str, Any]) -> None:
    found = one(worked, "rank", value=2)
    assert found["verdict"] == "depends_on_reading"
    assert {r["reading"]: r["verdict"] for r in found["readings"]} == {"within ASEAN": "supported", "in the world": "misattributed"}
    within = next(r for r in found["readings"] if r["reading"] == "within ASEAN")
    assert "bounded" in within["detail"] and "by what is held today" in within["detail"]


def test_the_largest_source_of_imports_in_asean_was_so_in_2024_and_stopped(worked: dict[str, Any]) -> None:
    found = one(worked, "rank", flow="import")
    assert (found["verdict"], found["slots"]["period"]["value"]) == ("supported", "2024")
    assert "decided with implied figures" in found["said"]
    assert "in 2025 no longer" in found["said"] and "Viet Nam" in found["said"]


def test_events_are_kept_once_and_statistics_do_not_decide_them(worked: dict[str, Any]) -> None:
    agreements = [event for event in worked["events"] if event["kind"] == "agreement"]
    assert [(event["count"], event["hedge"]) for event in agreements] == [(30, "more than")]
    assert [event["date"] for event in worked["events"] if event["kind"] == "memorandum"] == ["2017"]
    assert {(event["verdict"], event["detail"]) for event in worked["events"]} == {("not_checkable", "event")}
    assert not [c for c in worked["claims"] if "friendship" in c["sentence"]]


def test_json_is_what_its_schema_says(worked: dict[str, Any], demo: Home) -> None:
    jsonschema.validate(worked, SCHEMA)
    text = "Malaysia's exports rose 8.6 per cent to RM122.4 billion in January 2024 while imports grew 18.8 per cent to RM112.2 billion."
    jsonschema.validate(demo.run("--demo", "--json", "check", text, "--published", "2024-02-20").json, SCHEMA)


def test_the_sql_of_a_claim_runs(worked: dict[str, Any], demo: Home) -> None:
    con = connect(Place(demo.root / "demo" / "lake"))
    for found in worked["claims"]:
        rows = con.execute(found["sql"]).fetchall()
        assert rows or found["kind"] in ("streak", "rank")
    con.close()


def test_the_surplus_of_may_2025_was_right_and_is_revised(demo: Home) -> None:
    first = claim("balance", "766.3 million", "MYR", flow="balance", period="2025-05", **MW)
    later = claim("balance", "759.9 million", "MYR", flow="balance", period="2025-05", **MW)
    on_the_day = verdict(demo, first, later, day="2025-06-25")
    assert [c.verdict for c in on_the_day] == ["vintage_dependent", "vintage_dependent"]
    assert [c.at_publication for c in on_the_day] == ["supported", "contradicted"]
    assert [c.verdict for c in verdict(demo, first, later)] == ["vintage_dependent", "supported"]


def test_imports_of_june_2024_as_stated_and_as_held_now(demo: Home) -> None:
    stated = claim("level", "111.76 billion", "MYR", flow="import", period="2024-06", **MW)
    now = claim("level", "100.4 billion", "MYR", flow="import", period="2024-06", **MW)
    neither = claim("level", "130.4 billion", "MYR", flow="import", period="2024-06", **MW)
    a, b, c = verdict(demo, stated, now, neither, day="2024-07-19")
    assert (a.verdict, a.at_publication, a.latest) == ("vintage_dependent", "supported", "differs_from_today")
    assert (b.verdict, b.latest) == ("vintage_dependent", "supported")
    assert c.verdict == "contradicted"


def test_a_growth_on_the_month_is_right_on_another_basis(demo: Home) -> None:
    # January 2024 over December 2023, by the file's levels: 234,648 / 225,078 − 1.
    found = verdict(demo, claim("change", "4.25 per cent", "percent", direction="up", period="2024-01", sentence="up 4.25 per cent", **MW))
    assert (found[0].verdict, "month" in found[0].detail) == ("basis_dependent", True)


def test_of_a_text_that_is_only_known_to_the_year_any_version_of_that_year_counts(demo: Home) -> None:
    first = claim("balance", "766.3 million", "MYR", flow="balance", period="2025-05", **MW)
    con = connect(Place(demo.root / "demo" / "lake"))
    of_the_year = replace(reading(first), published=Published(date(2025, 12, 31), "year", "inferred"))
    assert check(con, of_the_year).claims[0].at_publication == "supported"
    con.close()


def test_an_undated_figure_within_what_revisions_explain_is_not_contradicted(demo: Home) -> None:
    near = claim("level", "108.0 billion", "MYR", flow="import", period="2024-06", **MW)
    assert verdict(demo, near)[0].verdict == "differs_from_today"


def test_reversed_signs_and_other_subjects_never_agree(demo: Home) -> None:
    spoilt = [
        claim("change", "12.7 per cent", "percent", direction="down", period="2024", **CM),
        claim("balance", "-759.9 million", "MYR", flow="balance", period="2025-05", **MW),
        claim("level", "786.7 billion", "CNY", flow="export", period="2024", **CM),
        claim("level", "1,508.7 billion", "CNY", period="2024", reporter="CHN", partner="THA"),
        claim("level", "484.12 billion", "MYR", period="2024", reporter="MYS", partner="SGP"),
        claim("rank", "1", "rank", flow="total", group="ASEAN", period="2024", **CM),
        claim("rank", "2", "rank", flow="total", period="2024", **CM),
    ]
    assert not [c for c in verdict(demo, *spoilt, text="China exports imports trade with Malaysia") if c.verdict == "supported"]


def test_a_factor_and_a_currency_are_named(demo: Home) -> None:
    thousand = claim("level", "212 million", "USD", period="2024", **CM)
    ringgit = claim("level", "1,508.7 billion", "MYR", period="2024", **CM)
    a, b = verdict(demo, thousand, ringgit)
    assert (a.verdict, "a thousand" in a.detail) == ("scale_error", True)
    assert (b.verdict, b.detail) == ("scale_error", "it is CNY, not MYR")


def test_what_its_words_restrict_is_held_against_no_series_and_the_words_are_named(demo: Home) -> None:
    restricted = claim("balance", "0.77 billion", "MYR", flow="balance", period="2025-05", qualifier="excluding oil and gas", **MW)
    found = verdict(demo, restricted, day="2025-06-20")[0]
    assert (found.verdict, found.detail, found.at_publication) == ("not_checkable", "qualifier", "not_checkable/qualifier")
    assert "excluding oil and gas" in found.said and found.evidence == () and found.printable == ""
    bare = verdict(demo, replace(restricted, qualifier=None))[0]
    assert bare.verdict == "supported"


def test_a_neighbour_is_named_only_where_the_text_names_it(demo: Home) -> None:
    swapped = claim("level", "786.7 billion", "CNY", flow="export", period="2024", **CM)
    assert verdict(demo, swapped, text="exports and imports")[0].verdict == "misattributed"
    assert "nearest" in verdict(demo, swapped, text="exports and imports")[0].detail
    assert verdict(demo, swapped, text="what was sold")[0].verdict == "contradicted"


def test_a_rank_without_a_date_offers_the_years(demo: Home) -> None:
    found = verdict(demo, claim("rank", "1", "rank", flow="import", group="ASEAN", **CM))[0]
    assert (found.verdict, found.detail) == ("not_checkable", "date")
    assert "it would hold in 2024" in found.said


def test_figures_of_a_text_that_do_not_add_up_are_said_before_any_data(demo: Home) -> None:
    con = connect(Place(demo.root / "demo" / "lake"))
    exports = claim("level", "500 million", "USD", flow="export", period="2019", commodity="durian", **MC)
    imports = claim("level", "300 million", "USD", flow="import", period="2019", commodity="durian", **MC)
    total = claim("level", "900 million", "USD", flow="total", period="2019", commodity="durian", **MC)
    (found,) = check(con, reading(exports, imports, total)).relations
    assert (found.kind, found.consistent) == ("total", False)
    con.close()


def test_a_second_currency_in_brackets_is_held_against_the_rate_of_the_period(demo: Home) -> None:
    con = connect(Place(demo.root / "demo" / "lake"))
    good = replace(claim("level", "161.98 billion", "MYR", period="2025-01/2025-04", **MC), alt=written("36.47 billion"), alt_unit="USD")
    slip = replace(good, alt=written("3.647 billion"))
    found = check(con, reading(good, slip)).relations
    assert [(r.kind, r.consistent) for r in found if r.kind == "conversion"] == [("conversion", True), ("conversion", False)]
    con.close()


@pytest.mark.parametrize(("words", "code", "said"), [
    (("check", "China–Malaysia trade was US$212 billion in 2024."), 0, "AGREES WITH CHINA'S CUSTOMS ONLY"),
    (("check", "Trade between China and Malaysia was US$300 billion in 2024.", "--check"), 3, "DOES NOT AGREE"),
    (("check", "   "), 2, "is empty"),
    (("check", "no-such-report.txt"), 2, "there is no file"),
    (("check", "The two peoples have a long friendship."), 0, "No figure of trade is claimed"),
    (("check", "China's exports to Malaysia did not reach 700 billion yuan in 2024."), 0, "What a text foretells or denies is not read"),
    (("check", "Malaysia's imports were RM100.4 billion in June 2024.", "--published", "yesterday"), 2, "not a day: 'yesterday'"),
    (("mirror", "China", "Malaysia", "2024"), 0, "two accounts of the same goods"),
    (("mirror", "China", "Malaysia", "1950"), 7, "nothing is held on China and Malaysia"),
])
def test_what_is_typed_is_answered_with_a_sentence_and_an_exit_code(demo: Home, words: tuple[str, ...], code: int, said: str) -> None:
    found = demo.run("--demo", *words)
    assert (found.code, said in found.text) == (code, True), found.text


def test_a_text_in_another_language_is_told_so(demo: Home) -> None:
    text = ("Jumlah perdagangan Malaysia dengan China pada tahun 2024 mencecah RM484.12 bilion, meningkat 7.5 peratus berbanding tahun "
            "sebelumnya, kata kementerian itu dalam satu kenyataan pada hari ini.")
    assert "this text is in Malay; only English is read" in demo.run("--demo", "check", text).out
    found = demo.run("--demo", "--json", "check", text).json
    assert (found["language"], found["claims"]) == ("ms", [])


def test_words_for_people_never_say_true_false_or_wrong(worked: dict[str, Any], demo: Home, tmp_path: Path) -> None:
    file = tmp_path / "report.txt"
    file.write_text(REPORT)
    said = " ".join(demo.run("--demo", "check", file, "--evidence", "--cite").out.lower().split())
    assert not [word for word in (" false", " wrong", " lie") if word in said]
    assert " true" not in said.replace("true of something else", "")


def test_a_check_by_hand_stores_nothing(demo: Home) -> None:
    before = demo.files("demo/archive", "demo/lake")
    assert demo.run("--demo", "check", "China–Malaysia trade was US$212 billion in 2024.", "--published", "2025-04-20").code == 0
    assert demo.files("demo/archive", "demo/lake") == before


def test_an_address_is_fetched_like_any_other_page_and_kept_nowhere(filled: Home, publishers: Publishers) -> None:
    url = "https://storage.dosm.gov.my/news/a-synthetic-article.html"
    publishers.serve(url, ARTICLE, "text/html")
    before = filled.files("archive", "lake")
    found = filled.run("--json", "check", url)
    assert found.code == 0, found.text
    assert (found.json["published"], found.json["published_basis"]) == ("2025-04-20", "metadata")
    assert [c["verdict"] for c in found.json["claims"]] == ["supported"]
    assert filled.files("archive", "lake") == before


@pytest.mark.parametrize(("url", "said"), [
    ("http://127.0.0.1:9/report", ""), ("https://storage.dosm.gov.my/none.html", "404")])
def test_an_address_that_gives_no_page_is_an_error_with_a_name(filled: Home, url: str, said: str) -> None:
    found = filled.run("check", url)
    assert (found.code, said in found.err) == (4, True), found.text


def test_an_address_that_redirects_to_another_host_says_where_it_leads(filled: Home, publishers: Publishers) -> None:
    url = "https://storage.dosm.gov.my/news/moved"
    publishers.fault(url, Fault.redirect("https://elsewhere.example/story?a=1"))
    said = filled.run("check", url)
    assert (said.code, "entrepot check 'https://elsewhere.example/story?a=1'" in said.err) == (4, True), said.text


@pytest.mark.parametrize(("body", "content_type", "said"), [
    (b"%PDF-1.4 report", "application/pdf", "a PDF document"), (b"%PDF-1.4 report", "text/html", "a PDF document"),
    (b'{"a": 1}', "application/json", "data (JSON)"), (b'<?xml version="1.0"?><rss/>', "application/xml", "a feed")])
def test_an_address_of_something_else_is_named_for_what_it_is(filled: Home, publishers: Publishers, body: bytes, content_type: str,
                                                              said: str) -> None:
    url = "https://storage.dosm.gov.my/news/no-article"
    publishers.serve(url, body, content_type)
    found = filled.run("check", url)
    assert (found.code, f"{url} is {said} and could not be read" in found.err) == (2, True), found.text


def test_an_address_of_plain_text_is_read_as_it_stands(filled: Home, publishers: Publishers) -> None:
    url = "https://storage.dosm.gov.my/news/wire.txt"
    publishers.serve(url, b"China-Malaysia trade was US$212 billion in 2024.", "text/plain; charset=utf-8")
    assert len(filled.run("--json", "check", url).json["claims"]) == 1


def test_a_saved_page_is_read_like_an_article(filled: Home, tmp_path: Path) -> None:
    page = tmp_path / "saved.html"
    page.write_bytes(ARTICLE)
    assert "its page" in filled.run("check", page).out
    page.write_text("<html><body>short</body></html>")
    assert filled.run("check", page).code == 2


def test_both_accounts_stand_side_by_side(demo: Home) -> None:
    found = demo.run("--demo", "--json", "mirror", "China", "Malaysia", "2024").json
    total = next(flow for flow in found["flows"] if flow["flow"] == "total")
    assert 0.49 < float(total["ratio"]) < 0.51
    assert any("Hong Kong" in why for why in found["explains"]) and any("CIF" in why for why in found["explains"])


def test_a_reading_without_claims_gives_none(demo: Home) -> None:
    con = connect(Place(demo.root / "demo" / "lake"))
    report = check(con, Reading("", "en", reading().published))
    assert (report.claims, report.relations) == ((), ())
    con.close()
