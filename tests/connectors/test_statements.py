"""The reviewed file of statements: what it must hold, when its figures count as public, how strict the reader is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Wanted
from connectors.statistics import dosm
from connectors.statistics.statements.connector import COLUMNS, CONNECTOR, read_statements, statement_at
from connectors.statistics.statements.speakers import DATASETS
from tests.connectors.as_stored import rows, stored
from tests.documents import cell, document
from warehouse.schema import tables
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch

FILE = CONNECTOR.packaged.file.read_bytes()


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    return CONNECTOR.read(document("statements", FILE))


def table_of(batch: Batch) -> tables.Table:
    return tables.TABLES[next(dataset.table for dataset in DATASETS if dataset.dataset == batch.dataset)]


@pytest.fixture(scope="module")
def trade(batches: list[Batch]) -> pl.DataFrame:
    """Every stated amount as it is stored, in the order of the batches, with its batch's release."""
    return pl.concat(
        stored(batch, tables.TRADE).with_columns(pl.lit(batch.released_at).alias("released_at"))
        for batch in batches if table_of(batch) is tables.TRADE)


# What the file must hold


def test_every_row_meets_its_table_s_contract(batches: list[Batch]) -> None:
    for batch in batches:
        assert stored(batch, table_of(batch)).height > 0
    assert sum(rows(batch).height for batch in batches) == len(read_statements(FILE))


@pytest.mark.parametrize(("wanted", "value"), [
    ({"reporter": "CHN", "partner": "MYS", "period_end": date(1974, 12, 31)}, 159_000_000),
    ({"reporter": "CHN", "partner": "MYS", "flow": "total", "period_start": date(2018, 1, 1)}, 108_600_000_000),
    ({"dataset": "statement.embassy-chn", "period_start": date(2022, 1, 1), "period_kind": "A"}, 203_600_000_000),
    ({"dataset": "statement.embassy-chn", "period_start": date(2024, 1, 1), "period_kind": "A"}, 212_040_000_000),
    ({"dataset": "statement.embassy-chn", "period_start": date(2025, 1, 1), "period_kind": "A"}, 191_660_000_000),
    ({"dataset": "statement.gacc", "partner": "ASEAN", "currency": "USD"}, 982_100_000_000),
    ({"dataset": "statement.gacc", "period_end": date(2024, 9, 30), "flow": "export"}, 3_020_000_000_000),
    ({"dataset": "statement.miti.country", "period_start": date(2016, 1, 1), "flow": "total"}, 240_910_000_000),
    ({"dataset": "statement.miti.country", "period_start": date(2018, 1, 1), "flow": "export"}, 138_880_000_000),
    ({"dataset": "statement.mfa-mys", "period_start": date(2023, 1, 1), "currency": "MYR", "flow": "total",
      "period_kind": "A"}, 450_840_000_000),
    ({"dataset": "statement.matrade.country", "period_start": date(2024, 1, 1)}, 484_120_000_000),
    ({"dataset": "statement.mfa-mys", "period_end": date(2024, 4, 30), "flow": "import"}, 92_460_000_000),
    ({"dataset": "statement.matrade", "period_start": date(2024, 6, 1), "flow": "import"}, 111_760_000_000),
    ({"dataset": "statement.matrade", "period_start": date(2024, 6, 1), "flow": "total"}, 237_810_000_000),
    ({"dataset": "statement.matrade", "period_end": date(2024, 6, 30), "period_kind": "YTD", "flow": "import"},
     664_990_000_000),
    ({"dataset": "statement.miti", "period_start": date(2024, 1, 1), "flow": "total"}, 2_879_000_000_000),
    ({"dataset": "statement.miti", "period_start": date(2025, 12, 1), "flow": "total"}, 286_600_000_000),
])
def test_the_figures_the_questions_lean_on_are_there(
        trade: pl.DataFrame, wanted: dict[str, object], value: int) -> None:
    assert trade.filter(*(pl.col(name) == held for name, held in wanted.items()))["value"].to_list() == [value]


def test_the_surplus_of_may_2025_was_stated_twice_and_the_later_comes_later(trade: pl.DataFrame) -> None:
    stated = trade.filter(dataset="statement.miti", flow="balance", period_start=date(2025, 5, 1), period_kind="M")
    assert stated["value"].to_list() == [766_300_000, 759_900_000]
    assert [moment.date() for moment in stated["released_at"]] == [date(2025, 6, 20), date(2025, 7, 21)]


def test_china_was_called_the_largest_partner_for_the_sixteenth_year_in_2024(batches: list[Batch]) -> None:
    streaks = [row for batch in batches if table_of(batch) is tables.INDICATOR for row in rows(batch).to_dicts()
               if row["indicator"] == "streak_largest_partner_years" and row["period_start"] == date(2024, 1, 1)]
    assert {(row["area"], row["partner"], row["unit"], row["value"]) for row in streaks} == {
        ("MYS", "CHN", "years", Decimal(16))}
    assert {row["dataset"] for row in streaks} == {"statement.embassy-chn.indicator", "statement.matrade.indicator"}


def test_exports_and_imports_stated_together_add_up_to_the_stated_total(batches: list[Batch]) -> None:
    """Typing slips in the file would show here: within the rounding of the three printed figures."""
    sums = 0
    for batch in batches:
        if table_of(batch) is not tables.TRADE:
            continue
        for _, group in rows(batch).group_by("reporter", "partner", "currency", "period_start", "period_end"):
            by_flow = {row["flow"]: row for row in group.to_dicts()}
            for result, sign in (("total", 1), ("balance", -1)):
                if {"export", "import", result} <= set(by_flow):
                    terms = [by_flow[flow] for flow in ("export", "import", result)]
                    slack = sum(Decimal(row["unit_multiplier"]).scaleb(-row["decimals"]) / 2 for row in terms)
                    gap = abs(terms[0]["value"] + sign * terms[1]["value"] - terms[2]["value"])
                    assert gap <= slack, (batch.name, result, gap)
                    sums += 1
    assert sums >= 12


def test_stated_figures_are_near_the_file_of_the_statistics_office(trade: pl.DataFrame, samples: Path) -> None:
    file = (samples / "opendosm" / "trade_headline.csv").read_bytes()
    [headline] = dosm.CONNECTOR.read(document("dosm.headline", file))
    held = {(row["flow"], row["period_start"]): row["value"] for row in rows(headline).to_dicts()}
    stated = trade.filter(pl.col("dataset").is_in(["statement.miti", "statement.matrade"]),
                          pl.col("period_kind") == "M", pl.col("flow") != "balance").to_dicts()
    assert len(stated) >= 10
    for row in stated:
        assert abs(row["value"] / held[row["flow"], row["period_start"]] - 1) < Decimal("0.12"), row


# When a statement counts as public


@pytest.mark.parametrize(("name", "moment", "basis"), [
    ("statement.matrade 2024-07-18 12:00", datetime(2024, 7, 18, 4, tzinfo=UTC), "stamp"),
    ("statement.miti 2025-06-20", datetime(2025, 6, 20, 15, 59, 59, tzinfo=UTC), "page"),
    ("statement.embassy-chn 2025-02", datetime(2025, 2, 28, 15, 59, 59, tzinfo=UTC), "calendar"),
    ("statement.miti.country 2021", datetime(2021, 12, 31, 15, 59, 59, tzinfo=UTC), "calendar"),
])
def test_a_statement_is_public_at_its_minute_or_at_the_end_of_its_day_month_or_year(
        batches: list[Batch], name: str, moment: datetime, basis: str) -> None:
    [batch] = [batch for batch in batches if batch.name == name]
    assert (batch.released_at, batch.released_basis) == (moment, basis)


def test_batches_come_in_order_of_release_with_names_of_their_own(batches: list[Batch]) -> None:
    moments = [batch.released_at for batch in batches if batch.released_at]
    assert moments == sorted(moments) and len(moments) == len(batches)
    assert len({batch.name for batch in batches}) == len(batches)
    assert all(batch.scope is None for batch in batches)


# Flags and datasets


def test_a_bound_is_flagged_and_so_is_an_account_nobody_named(batches: list[Batch]) -> None:
    flags = {locator.split("(")[1].rstrip(")"): mark
             for batch in batches for locator, mark in rows(batch).select("locator", "flags").rows()}
    assert flags["press-2024-1974"] == "bound=less_than;account=unnamed"
    assert flags["mofcom-2025-09-08-mys"] == "bound=more_than;account=unnamed"
    assert flags["gacc-2025-09-17-asean-2024"] == "bound=about"
    assert flags["miti-2025-06-20-balance"] == ""
    assert flags["embassy-chn-2010-12-16-rank-asean"] == "account=unnamed;group=ASEAN"


def test_statements_rank_lowest_in_the_chain_of_the_account_they_speak_of(batches: list[Batch]) -> None:
    chains = {dataset.dataset: dataset.chain for dataset in DATASETS}
    assert {dataset.account for dataset in DATASETS} == {"statement"}
    assert {dataset.chain_rank for dataset in DATASETS} == {0}
    for batch in batches:
        if table_of(batch) is tables.TRADE:
            for reporter, partner in rows(batch).select("reporter", "partner").unique().rows():
                chain = {"CHN": "gacc.country"}.get(reporter, "dosm.world" if partner == "WLD" else "dosm.country")
                assert chains[batch.dataset] == chain


def test_every_dataset_is_used(batches: list[Batch]) -> None:
    assert {batch.dataset for batch in batches} == {dataset.dataset for dataset in DATASETS}


def test_nothing_is_asked_of_any_network() -> None:
    assert list(CONNECTOR.plan(Wanted({"statement.miti"}))) == []


def test_a_locator_leads_to_the_figure_its_speaker_and_its_source(batches: list[Batch]) -> None:
    for batch in batches:
        for row in rows(batch).to_dicts():
            printed = Decimal(cell(CONNECTOR, FILE, row["locator"]))
            assert printed * row.get("unit_multiplier", 1) == row["value"]
    [locator] = [s.locator for s in read_statements(FILE) if s.statement == "miti-2025-06-20-balance"]
    found = statement_at(FILE, locator)
    assert found.source.startswith("https://www.malaymail.com/") and found.speaker.startswith("MITI")


def test_the_file_is_recognised_by_its_header() -> None:
    assert CONNECTOR.recognise(FILE, "x") == "statements"
    assert CONNECTOR.recognise(b"date,exports\n", "statements.csv") is None


# The strict reader


LINE = {
    "statement": "synthetic-1", "dataset": "statement.miti", "stated_on": "2025-06-20", "zone": "Asia/Kuala_Lumpur",
    "reporter": "MYS", "partner": "WLD", "measure": "total", "group": "", "period_start": "2025-05-01",
    "period_end": "2025-05-31", "unit": "MYR", "value": "252.48", "scale": "1000000000", "bound": "exact",
    "yoy_pct": "2.6", "status": "A", "account": "MITI", "speaker": "synthetic speaker", "source": "synthetic source",
    "said": "Trade of May",
}
RANK = {**LINE, "dataset": "statement.miti.indicator", "partner": "CHN", "measure": "rank_of_partner", "unit": "rank",
        "value": "1", "scale": "1", "yoy_pct": ""}


def synthetic(*lines: dict[str, str]) -> bytes:
    quoted = (",".join('"' + line[name].replace('"', '""') + '"' for name in COLUMNS) for line in lines)
    return "".join(f"{line}\n" for line in (",".join(COLUMNS), *quoted)).encode()


@pytest.mark.parametrize("change", [
    {"statement": "Has Blanks"}, {"dataset": "statement.nobody"}, {"stated_on": "20 June 2025"},
    {"stated_on": "2025-02-30"}, {"stated_on": "2025-06-20 25:00"}, {"stated_on": "2025-05-30"},
    {"zone": "Mars/Olympus"}, {"reporter": "Malaysia"}, {"measure": "turnover"}, {"group": "ASEAN"},
    {"period_start": "2025-06-01"}, {"period_end": "2025-05-32"}, {"unit": "RM"}, {"value": "252,48"},
    {"value": "-252.48"}, {"value": "about 252"}, {"value": "1.2.3"}, {"value": ""}, {"scale": "1000"},
    {"scale": "1", "value": "0.12345"}, {"bound": "roughly"}, {"yoy_pct": "up"}, {"yoy_pct": "1.234"}, {"status": "Q"},
    {"account": ""}, {"speaker": ""}, {"source": ""}, {"said": ""}, {"said": 'He said "records"'},
    {"said": "x" * 121},
])
def test_a_line_that_breaks_a_rule_fails_the_file_and_is_named(change: dict[str, str]) -> None:
    with pytest.raises(SchemaDrift, match="line 3: "):
        read_statements(synthetic({**LINE, "statement": "sound", "stated_on": "2025-06-21"}, {**LINE, **change}))


@pytest.mark.parametrize("change", [
    {"unit": "years"}, {"scale": "1000000"}, {"value": "0"}, {"yoy_pct": "3"}, {"group": "ASEAN"},
    {"measure": "rank_of_partner_in_group"}, {"value": "1.123456789"},
])
def test_a_rank_that_breaks_a_rule_fails_the_file(change: dict[str, str]) -> None:
    assert read_statements(synthetic(RANK))
    with pytest.raises(SchemaDrift, match="line 2: "):
        read_statements(synthetic({**RANK, **change}))


@pytest.mark.parametrize("second", [
    {"stated_on": "2025-07-21"},
    {"statement": "synthetic-2", "speaker": "a second speaker in the same article"},
    {"statement": "synthetic-2", "value": "252.5"},
], ids=["one id twice", "one figure by two speakers", "two figures in one statement"])
def test_saying_something_again_fails_the_file(second: dict[str, str]) -> None:
    with pytest.raises(SchemaDrift, match="line 3: says again what line 2 says"):
        read_statements(synthetic(LINE, {**LINE, **second}))


def test_a_file_without_statements_is_incomplete() -> None:
    with pytest.raises(Incomplete):
        read_statements(synthetic())


def test_a_locator_that_names_no_line_is_refused() -> None:
    with pytest.raises(NotReadable):
        cell(CONNECTOR, FILE, "line 2 (miti-2025-06-20-balance)")


FIELDS = st.one_of(st.sampled_from(["", "1", "-1", "MYS", "2024", "2024-13", "0000-00-00", "9" * 15, "."]),
                   st.text(max_size=8))


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=100), st.dictionaries(st.sampled_from(COLUMNS), FIELDS, max_size=3).map(
    lambda change: synthetic({**LINE, **change}))))
def test_any_bytes_give_rows_or_a_named_error(body: bytes) -> None:
    CONNECTOR.recognise(body, "file")
    try:
        batches = CONNECTOR.read(document("statements", body))
    except PublisherError as error:
        assert error.said
        return
    assert batches
    for batch in batches:
        assert stored(batch, table_of(batch)).height > 0
