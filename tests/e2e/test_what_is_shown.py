"""What people are shown: figures that are safe to print, days at the publisher's place, where sample pages come from, refusals."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from flows.home import clock
from tests.e2e.house import Home
from warehouse.lake.opening import Place, connect

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "check.schema.json").read_text())
ON_GACC = re.compile(r"english\.customs\.gov\.cn/Statics|https?://[^\s]*customs\.gov\.cn")
THIRD = "A statement: China's trade with Malaysia was 1,508.71 billion yuan in 2024."


def checked(demo: Home, text: str, *words: str) -> dict[str, Any]:
    said = demo.run("--demo", "check", text, "--json", *words)
    assert said.code == 0, said.text
    jsonschema.validate(said.json, SCHEMA)
    return dict(said.json)


# ── safe to print ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("published", ["2024-07-19", "2025-04-20", "2026-09-01"])
def test_todays_figure_is_printed_and_then_what_was_first_stated(demo_once: Home, published: str) -> None:
    found = checked(demo_once, "Malaysia's imports were RM111.76 billion in June 2024.", "--published", published)
    assert found["claims"][0]["printable"] == (
        "By Malaysia's statistics, imports were RM100.41 bn in June 2024; first stated as RM111.76 bn")


def test_a_figure_that_was_never_changed_has_no_first_one_beside_it(demo_once: Home) -> None:
    found = checked(demo_once, THIRD, "--published", "2025-04-20")
    assert "By China's customs, trade with Malaysia was CNY 1,508.71 bn in 2024" in found["claims"][0]["printable"]
    assert "first stated" not in found["claims"][0]["printable"]


def test_each_account_speaks_of_its_own_side(demo_once: Home) -> None:
    said = checked(demo_once, "China had a trade deficit with Malaysia of 64.7 billion yuan in 2024.", "--published", "2025-04-20")
    assert said["claims"][0]["printable"] == "By China's customs, the trade deficit with Malaysia was CNY 64.68 bn in 2024"


def test_an_old_rank_is_not_printed_without_the_newer_year(demo_once: Home) -> None:
    text = "Malaysia is China's second-largest trading partner in ASEAN."
    for words in ((), ("--published", "2025-04-20")):
        said = checked(demo_once, text, *words)["claims"][0]["printable"]
        assert said.startswith("In 2024 Malaysia was number 2 within ASEAN of China's trading partners")
        assert said.endswith("; between number 2 and 6 in 2025"), said


def test_of_several_statements_the_newest_is_printed_and_shown_first(demo_once: Home) -> None:
    said = checked(demo_once, "China has been Malaysia's largest trading partner for 16 consecutive years.", "--published", "2025-07-01")
    (claim,) = [one for one in said["claims"] if one["kind"] == "streak"]
    stated = [row for row in claim["evidence"] if row["role"] == "stated"]
    assert [row["as_of"] for row in stated] == sorted((row["as_of"] for row in stated), reverse=True)
    assert claim["printable"].endswith("largest partner for 16 years to 2024")


def test_nothing_is_printed_where_nothing_is_safe(demo_once: Home) -> None:
    said = checked(demo_once, "Iceland's exports of scissors to Chad were 3 million dollars in 2024.", "--published", "2025-04-20")
    assert said["claims"]
    assert all(claim["printable"] == "" for claim in said["claims"])
    assert "Safe to print" not in demo_once.run("--demo", "check", said["text"], "--published", "2025-04-20").out


def test_the_day_that_is_assumed_is_told_beside_the_sentence(demo_once: Home) -> None:
    text = "Malaysia's imports were RM111.76 billion in June 2024."
    assert checked(demo_once, text)["date_note"] == "no date given: 31 July 2024 is assumed, from what the text says"
    assert "Safe to print (no date given: 31 July 2024" in demo_once.run("--demo", "check", text).out
    assert checked(demo_once, text, "--published", "2024-07-19")["date_note"] == ""
    undated = "Malaysia is China's second-largest trading partner in ASEAN."
    assert checked(demo_once, undated)["date_note"] == "no date given: by what is held today"


# ── days ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_release_is_one_day_in_every_line_footnote_and_page(demo_once: Home, tmp_path: Path) -> None:
    """Midnight of the 18th in Beijing is the 17th in UTC; people are told the 18th."""
    assert "18 Jan 2025" in demo_once.run("--demo", "get", "China", "Malaysia", "2024").out
    traced = demo_once.run("--demo", "trace", "China", "Malaysia", "2024").out
    assert "18 Jan 2025 (page)" in traced and "released 18 January 2025" in traced
    page = tmp_path / "check.html"
    said = demo_once.run("--demo", "check", THIRD, "--published", "2025-04-20", "--cite", "--evidence", "--html", page).out
    assert "gacc.bulletin.country, 18 Jan 2025" in said and "as of 2025-01-18" in said
    for text in (traced, said, page.read_text()):
        assert "17 Jan" not in text and "2025-01-17" not in text
    found = demo_once.run("--demo", "sql", "SELECT DISTINCT released_on FROM mart.figures WHERE dataset = 'gacc.bulletin.country' AND "
                          "period_end = '2024-12-31'", "--json").json
    assert [row["released_on"] for row in found] == ["2025-01-18"]


def test_a_text_of_the_day_before_does_not_know_the_figure(demo_once: Home) -> None:
    before, after = (checked(demo_once, THIRD, "--published", day)["claims"][0]["at_publication"] for day in ("2025-01-17", "2025-01-18"))
    assert before.startswith("not_checkable") and after == "supported"


def test_a_time_that_is_printed_can_be_typed_again(demo_once: Home) -> None:
    listed = demo_once.run("--demo", "snapshots", "list").out.splitlines()
    assert "recorded (Asia/Kuala_Lumpur)" in listed[0]
    number, at = re.match(r"\s*(\d+)\s+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", listed[-1]).groups()  # type: ignore[union-attr]
    found = demo_once.run("--demo", "sql", "SELECT max(snapshot) AS n FROM ops.load", "--as-of", at, "--json")
    assert found.json == [{"n": int(number)}]
    early = demo_once.run("--demo", "sql", "SELECT 1", "--as-of", "2001-01-01 08:00")
    first = demo_once.run("--demo", "snapshots", "list", "--last", "500").out.splitlines()[1].split()
    assert early.code == 2 and "(Asia/Kuala_Lumpur)" in early.err and " ".join(first[1:3]) in early.err


# ── where a sample page comes from ─────────────────────────────────────────────────────────────────────────────────────────


def test_no_made_up_address_is_printed_or_kept_in_the_lake(demo_once: Home, tmp_path: Path) -> None:
    page = tmp_path / "check.html"
    answers = [demo_once.run("--demo", *words) for words in (
        ("trace", "China", "Malaysia", "2024"), ("trace", "China", "Malaysia", "2024", "--json"),
        ("get", "China", "Malaysia", "2024", "--json"), ("revisions", "China", "Malaysia", "--period", "2024", "--json"),
        ("check", THIRD, "--published", "2025-04-20", "--cite", "--evidence", "--html", page),
        ("check", THIRD, "--published", "2025-04-20", "--json"), ("snapshots", "show", "63"),
        ("sql", "FROM ops.fetch", "--json"), ("sql", "FROM mart.figures WHERE origin_kind = 'reconstructed'", "--json"))]
    for said in answers:
        assert said.code == 0, said.text
        assert not ON_GACC.search(said.text), ON_GACC.search(said.text)
    links = re.findall(r"href=.(https?:[^\"]*)", page.read_text())
    assert links and not [link for link in links if "customs.gov.cn" in link], "of statements the articles, of sample pages nothing"
    con = connect(Place(demo_once.root / "demo" / "lake"))
    for schema, table, column in con.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'lake' AND data_type = 'VARCHAR' "
            "AND column_name <> 'page_url'").fetchall():
        rows = con.execute(f'SELECT "{column}" FROM lake.{schema}.{table} WHERE "{column}" LIKE \'%customs.gov.cn%\' LIMIT 1').fetchall()
        assert not [row for row in rows if "Statics" in row[0]], f"{schema}.{table}.{column}: {rows}"
    con.close()


def test_a_sample_page_is_shown_by_what_it_was_taken_from(demo_once: Home) -> None:
    traced = demo_once.run("--demo", "trace", "China", "Malaysia", "2024").out
    assert "none of the publisher's: composed for the sample" in traced
    assert "taken from   GACC, monthly bulletin, table (2) in CNY 10,000, 2024-12" in traced
    footnote = traced[traced.index("Footnote:"):]
    assert "taken from GACC, monthly bulletin" in footnote and "asked" not in footnote
    shown = demo_once.run("--demo", "trace", "China", "Malaysia", "2024", "--json").json
    assert shown["url"] == f"sample:gacc.bulletin.country/{shown['sha256'][:12]}"


def test_a_statement_is_cited_by_where_it_was_made(demo_once: Home) -> None:
    traced = demo_once.run("--demo", "trace", "China", "Malaysia", "2024", "--in", "USD").out
    assert re.search(r"taken from  Xing Weiping.*: https://", traced)


def test_the_lake_of_a_demo_verifies(demo_once: Home) -> None:
    assert demo_once.run("--demo", "verify").code == 0


# ── refusals and lateness ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words, said", [
    (("get", "China", "Malaysia", "2024", "--products", "HS2"),
     "no figure by products of HS2 is held on China and Malaysia; held: all goods"),
    (("get", "China", "Malaysia", "2023", "--monthly"), "no month of 2023 is held"),
    (("get", "China", "Malaysia", "2019"), "nothing is held on China and Malaysia for 2019; held: "),
    (("get", "China", "Iceland", "2024"), "nothing is held on China and Iceland, for any period"),
    (("revisions", "China", "Malaysia", "--period", "2024", "--flow", "gold"), "no flow 'gold'; write export, import, total"),
    (("revisions", "China", "Malaysia", "--period", "2024", "--flow", "re-imports"), "no flow 're-import' is held on China's account"),
    (("revisions", "China", "Malaysia", "--period", "2024", "--product", "33"), "no product '33' is held"),
    (("trace", "China", "Malaysia", "2024", "--flow", "re-export"),
     "no flow 're-export' is held on China's account with Malaysia for 2024"),
    (("trace", "China", "Malaysia", "2024", "--dataset", "gacc"), "no dataset 'gacc'; nearest: gacc.bulletin.country"),
    (("trace", "China", "Malaysia", "2024", "--dataset", "dosm.sitc"), "no dataset 'dosm.sitc' is held on China's account"),
    (("trace", "China", "Malaysia", "2024", "--in", "euros"), "no currency 'EUR' is held"),
    (("rank", "China", "2024", "--in", "dollars"), "in USD; held in CNY"),
    (("rank", "China", "2024", "--within", "EU"), "no member of EU27_2020 has a figure of its own"),
    (("rank", "China", "2024", "--top", "0"), "--top"),
    (("snapshots", "list", "--last", "-1"), "--last"),
    (("get", "China", "Malaysia", "2024", "--in", "dolars"), "no currency 'dolars'; nearest: USD"),
    (("mirror", "China", "Malaysia", "2024", "--in", "shells"), "no currency 'shells'"),
    (("rank", "China", "2024", "--in", ""), "--in was given an empty text"),
])
def test_a_refusal_names_what_is_missing_and_never_what_is_held(demo_once: Home, words: tuple[str, ...], said: str) -> None:
    answer = demo_once.run("--demo", *words)
    assert said in answer.err, answer.text
    unknown = any(word in said for word in ("gold", "dolars", "shells", "'gacc'"))
    assert answer.code == (8 if unknown else 2 if said.startswith("--") else 7), answer.text
    if "; held: " in answer.err and "for 2024" in answer.err:
        assert "2024" not in answer.err.split("; held: ")[1].split(", ")


def test_a_currency_may_be_named_in_words(demo_once: Home) -> None:
    for name in ("dollars", "US dollars", "us$", "USD", "usd"):
        found = demo_once.run("--demo", "get", "China", "Malaysia", "2024", "--in", name, "--json").json
        assert {row["currency"] for row in found} == {"USD"} and all(row["value"] is not None for row in found)
        # A growth is one of its own currency.
        assert all(row["growth_pct"] is None for row in found if "converted" in row["how"])


def test_places_that_are_not_shown_are_counted(demo_once: Home) -> None:
    said = demo_once.run("--demo", "rank", "China", "2024", "--within", "ASEAN", "--top", "2").out
    assert "5 more places" in said and "Every place shown is decided by these bounds; 1 of the others are not." in said


def test_the_calendar_and_the_status_call_the_same_datasets_late(filled: Home) -> None:
    assert filled.run("refresh", "gacc.calendar").code == 0
    for days in (0, 20, 45, 70, 200):
        now = datetime(2026, 4, 20, 3, tzinfo=UTC) + timedelta(days=days)
        with clock.at(now):
            status = filled.run("status", "--json").json
            listed = filled.run("calendar", "--from", "2025-01", "--to", f"{now:%Y-%m-%d}", "--json").json
        late = {line["dataset"] for line in status["lines"] if line["expected"] == "overdue"}
        assert {one["dataset"] for one in listed if one["stands"] == "overdue"} == late, now
        assert status["late"] == len(late)
    assert late


def test_of_what_was_never_loaded_nothing_is_late(home: Home) -> None:
    said = home.run("calendar", "--json").json
    assert said and {one["stands"] for one in said} <= {"coming", "never loaded"}


def test_a_workbook_has_releases_at_their_publishers_place(demo_once: Home, tmp_path: Path) -> None:
    """A sheet has no zones: 16:00 of the 17th in UTC would be read as the 17th."""
    import fastexcel

    file = tmp_path / "out.xlsx"
    said = demo_once.run("--demo", "sql", "SELECT dataset, released_at, released_on FROM mart.figures WHERE "
                         "dataset = 'gacc.bulletin.country' AND period_end = '2024-12-31' LIMIT 1", "-o", file)
    assert said.code == 0, said.text
    book = fastexcel.read_excel(file)
    ((_, at, on),) = book.load_sheet("data").to_polars().rows()
    assert (str(at)[:19], str(on)[:10]) == ("2025-01-18 00:00:00", "2025-01-18")
    assert "at their publisher's place" in str(book.load_sheet("sources", header_row=None).to_polars().rows())
