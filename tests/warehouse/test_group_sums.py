"""A group as partner or reporter: its own row where one is held, else our sum inside one table, with who is missing. All synthetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import duckdb
import polars as pl
import pytest

from tests.warehouse.synthetic import SYNTHETIC, day
from warehouse.ask.answers import Figure, get
from warehouse.lake.opening import Place, connect, writer
from warehouse.load.commit import describe
from warehouse.reference.areas import members
from warehouse.reference.periods import parse

TEN = members("ASEAN", parse("2024").end)
OWN, EARLIER = SYNTHETIC, replace(SYNTHETIC, dataset="synthetic.early", chain_rank=SYNTHETIC.chain_rank - 1)
PASSED_ON = replace(SYNTHETIC, dataset="other.table", publisher="other", chain="other.goods", account="mixed", partner_scope="all",
                    missing_means="zero")
Row = tuple[str, str, str, str, str, int, str]
"""Dataset, reporter, partner, flow, period, value, flags."""
Made = Callable[..., duckdb.DuckDBPyConnection]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One lake for all: what it holds is put there anew."""
    place = Place(tmp_path_factory.mktemp("groups") / "lake")
    with writer(place, "test") as lake:
        describe(lake, [OWN, EARLIER, PASSED_ON])
        lake.after_commit()

    def fill(*rows: Row) -> duckdb.DuckDBPyConnection:
        with writer(place, "test") as lake:
            lake.con.execute("DELETE FROM stats.trade")
            given = list[dict[str, Any]]()
            for number, (dataset, reporter, partner, flow, period, value, flags) in enumerate(rows):
                when = parse(period)
                row: dict[str, Any] = {
                    "dataset": dataset, "reporter": reporter, "partner": partner, "flow": flow, "classification": "-", "product": "TOTAL",
                    "breakdown": "-", "valuation": "CIF" if flow == "import" else "FOB", "currency": "USD", "period_start": when.start,
                    "period_end": when.end, "period_kind": "A" if len(period) == 4 else "M", "value": Decimal(value),
                    "unit_multiplier": 1, "decimals": 0, "status": "A", "flags": flags, "product_level": 0,
                    "partner_kind": "group" if partner == "ASEAN" else "world" if partner == "WLD" else "country", "released_at": day(0),
                    "released_basis": "page", "first_seen_at": day(0), "version_id": f"{number:024x}", "fetch_id": "f", "locator": "l",
                    "load_id": 1}
                given.append(row)
            lake.con.register("given", pl.DataFrame(given, infer_schema_length=None))
            lake.con.execute("INSERT INTO stats.trade BY NAME SELECT * FROM given")
            lake.after_commit()
        return connect(place)

    return fill


def said(figures: list[Figure]) -> list[tuple[str, str, int, str]]:
    return [(f.dataset, f.flow, int(f.value or 0), f.how) for f in figures]


def whole(dataset: str, flow: str = "export", period: str = "2024", value: int = 10, *, but: str = "") -> list[Row]:
    return [(dataset, "CHN", member, flow, period, value, "") for member in TEN if member not in but]


OURS = "our sum of 10 of 10 members"


def test_members_are_summed_inside_one_table_and_the_sum_is_told(made: Made) -> None:
    con = made(*whole(OWN.dataset), *whole(OWN.dataset, "import", value=3), (OWN.dataset, "CHN", "WLD", "export", "2024", 400, ""),
               (OWN.dataset, "CHN", "TLS", "export", "2024", 77, ""))  # no member before 2025-10-26
    found = get(con, "CHN", "ASEAN", parse("2024"))
    assert said(found) == [(OWN.dataset, "export", 100, OURS), (OWN.dataset, "import", 30, OURS),
                           (OWN.dataset, "balance", 70, f"exports − imports, {OURS}")]
    assert (found[0].share_pct, found[0].notes, found[0].partner_name) == (Decimal("25.0"), (), "Association of Southeast Asian Nations")


def test_what_is_doubtful_in_a_part_is_doubtful_in_the_sum(made: Made) -> None:
    marks = {"VNM": "seasonal=no;doubtful=unit", "THA": "doubtful=growth", "MYS": "doubtful=unit;cut=yes"}
    con = made(*[(*row[:6], marks.get(row[2], "")) for row in whole(OWN.dataset)], *whole(OWN.dataset, "import", value=3),
               *[(OWN.dataset, "CHN", "JPN", flow, f"2023-{month:02d}", 1, "doubtful=unit" if flow == "import" and month == 5 else "")
                 for month in range(1, 13) for flow in ("export", "import")],
               *[(*row[:6], "doubtful=label" if (row[2], month) == ("LAO", 3) else "")
                 for month in range(1, 13) for row in whole(OWN.dataset, period=f"2022-{month:02d}")])
    assert {f.flow: f.flags for f in get(con, "CHN", "ASEAN", parse("2024"))} == {
        "export": "doubtful=growth;doubtful=unit", "import": "", "balance": "doubtful=growth;doubtful=unit"}
    assert {f.flow: f.flags for f in get(con, "CHN", "JPN", parse("2023"))} == {
        "export": "", "import": "doubtful=unit", "balance": "doubtful=unit"}
    assert [(int(f.value or 0), f.flags) for f in get(con, "CHN", "ASEAN", parse("2022"))] == [(1200, "doubtful=label")]


def test_who_joined_counts_from_then_on(made: Made) -> None:
    con = made(*[row for period in ("2025-09", "2025-10") for row in whole(OWN.dataset, period=period)],
               *[(OWN.dataset, "CHN", "TLS", "export", period, 5, "") for period in ("2025-09", "2025-10")])
    assert [(int(f.value or 0), f.how) for f in get(con, "CHN", "ASEAN", parse("2025"), monthly=True)] == [
        (100, OURS), (105, "our sum of 11 of 11 members")]


def test_a_missing_member_is_named_and_the_tables_are_not_mixed(made: Made) -> None:
    con = made(*whole(OWN.dataset, but="VNM"), (EARLIER.dataset, "CHN", "VNM", "export", "2024", 900, ""))
    (one,) = get(con, "CHN", "ASEAN", parse("2024"))
    assert (one.how, int(one.value or 0)) == ("our sum of 9 of 10 members", 90)
    assert one.notes == ("without Viet Nam: no figure of theirs is in the table",)


def test_a_complete_sum_comes_instead_of_one_that_lacks_members_and_both_are_compared_else(made: Made) -> None:
    con = made(*whole(OWN.dataset, but="VNM MYS"), *whole(PASSED_ON.dataset, value=11))
    assert said(get(con, "CHN", "ASEAN", parse("2024"))) == [(PASSED_ON.dataset, "export", 110, OURS)]
    (import_,) = get(made(*whole(PASSED_ON.dataset, "import", value=11, but="BRN")), "CHN", "ASEAN", parse("2024"))
    assert import_.notes == ("without Brunei: the table lists every partner, so they had nothing",)


def test_a_printed_row_of_the_group_comes_first_and_stands_alone_in_its_chain(made: Made) -> None:
    con = made(*whole(EARLIER.dataset), *whole(OWN.dataset, "import", value=2), (OWN.dataset, "CHN", "ASEAN", "export", "2024", 104, ""),
               *whole(PASSED_ON.dataset, value=9))
    assert said(get(con, "CHN", "ASEAN", parse("2024"))) == [
        (OWN.dataset, "export", 104, "printed"), (OWN.dataset, "import", 20, OURS), (PASSED_ON.dataset, "export", 90, OURS)]


def test_the_table_s_own_note_says_who_belongs(made: Made) -> None:
    con = made(*whole(OWN.dataset), (OWN.dataset, "CHN", "ASEAN", "import", "2024", 30, "members=MYS,VNM"))
    assert said(get(con, "CHN", "ASEAN", parse("2024"))) == [
        (OWN.dataset, "export", 20, "our sum of 2 of 2 members"), (OWN.dataset, "import", 30, "printed")]


def test_months_make_a_year_only_where_each_member_has_all(made: Made) -> None:
    months = [f"2024-{month:02}" for month in range(1, 13)]
    con = made(*[row for month in months for row in whole(OWN.dataset, period=month)][:-1])
    (one,) = get(con, "CHN", "ASEAN", parse("2024"))
    assert (int(one.value or 0), one.how, one.notes[0][:16]) == (1080, "our sum of 9 of 10 members", "without Viet Nam")


def test_a_group_reports_by_the_accounts_of_one_table(made: Made) -> None:
    con = made(*[(PASSED_ON.dataset, member, "CHN", "export", "2024", 8, "") for member in TEN if member != "MMR"],
               (OWN.dataset, "MYS", "CHN", "export", "2024", 500, ""), *whole(OWN.dataset, "import"))
    found = get(con, "ASEAN", "CHN", parse("2024"))
    assert [(f.reporter, *each) for f, each in zip(found, said(found), strict=True)] == [
        ("ASEAN", PASSED_ON.dataset, "export", 72, "our sum of 9 of 10 members"), ("CHN", OWN.dataset, "import", 100, OURS)]
    assert found[0].notes == ("without Myanmar: no figure of theirs is in the table",)


def test_a_member_s_trade_with_its_group_is_with_the_others(made: Made) -> None:
    con = made(*[(OWN.dataset, "MYS", member, "export", "2024", 10, "") for member in TEN])
    (one,) = get(con, "MYS", "ASEAN", parse("2024"))
    assert (int(one.value or 0), one.how) == (90, "our sum of 9 of 9 members")
