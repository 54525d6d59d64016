"""What connectors say of their publishers is said once, is read from the lake, and is named nowhere else in ``warehouse``."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import duckdb
import pytest

from flows.home import registry
from flows.home.house import House
from flows.home.settings import Settings
from flows.run import turns
from tests.e2e.claims_by_hand import claim, reading
from tests.warehouse.synthetic import PUBLISHER, SYNTHETIC, day, figures, load
from tests.warehouse.synthetic_publisher import publish_edition, use_synthetic_publisher
from warehouse.ask.answers import average_rate, in_currency, query, rows
from warehouse.ask.publishers import ELSEWHERE, Publishers, possessive
from warehouse.claims.check import check
from warehouse.claims.say import words
from warehouse.claims.weigh.checked import Report
from warehouse.history.past import connect_past
from warehouse.lake.opening import Place, connect, writer
from warehouse.load.commit import describe
from warehouse.reference import areas
from warehouse.reference.currencies import CODES, HOMES
from warehouse.reference.periods import parse
from warehouse.schema.errors import UsageError
from warehouse.schema.travel import Band, Dataset, Publisher

WAREHOUSE = Path(__file__).parents[2] / "warehouse"
OFFICE = replace(PUBLISHER, called="the lowlands' office", area="CHN", currency="CNY", account_of_area=True, quoted_in="USD",
                 names={"en": ("Bureau of the Lowlands", "the Lowlands' count")}, bands=(Band(40, "export", "month"), Band(2)))
"""Synthetic, for the country that the synthetic figures are of."""
Mode = Literal["frozen", "overwrite"]


def described(root: Path, *publishers: Publisher, datasets: tuple[Dataset, ...] = (SYNTHETIC,)) -> Place:
    """A lake with one synthetic figure for a partner and for the world (CNY 1 billion of exports in January 2024), and what is declared."""
    place = Place(root / "lake")
    load(place, root, figures({"2024-01": 1e9}, partners=("MYS", "WLD")), day(1), released_at=day(0))
    with writer(place, "test") as lake:
        describe(lake, datasets, publishers)
        lake.after_commit()
    return place


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """A reader of a lake with two publishers."""
    other = replace(PUBLISHER, publisher="other", bands=(Band(7, "", "longer"),))
    return connect(described(tmp_path_factory.mktemp("lake"), OFFICE, other))


# ── one place ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_publisher_and_no_country_is_named_in_the_warehouse() -> None:
    named = {name for about in registry.publishers() for name in (about.title, about.called, *sum(about.names.values(), ()))}
    codes = {about.publisher for about in registry.publishers()} - {"news", "statement", "mapped"}  # words of their own, and tables' names
    countries = [area for area in areas.areas().values() if area.kind == "country"]
    usual = {str(row["code"]) for row in areas.rows("ref.area_code")
             if row["source"] == areas.NAMES and areas.kind_of(str(row["area"])) == "country" and len(str(row["code"])) > 3}
    plain = named | codes | usual | {area.name for area in countries}
    # In capitals alone, and in quotes: AND is a country too.
    quoted = {code for area in countries for code in (area.area, area.iso3) if code}
    pattern = re.compile("|".join([
        rf"(?<![A-Za-z])(?i:{'|'.join(map(re.escape, sorted(plain - {'the news'}, key=len, reverse=True)))})(?![A-Za-z])",
        rf"[\"'`](?:{'|'.join(sorted(quoted))})[\"'`]"]))
    assert all(pattern.search(text) for text in ('"MYS"', "by the ECB's rates", "Viet Nam")) and not pattern.search("AND mysql")
    found = [f"{file.relative_to(WAREHOUSE.parent)}:{number}: {hit[0]} in {line.strip()[:100]}"
             for file in sorted(WAREHOUSE.rglob("*.py")) for number, line in enumerate(file.read_text().splitlines(), 1)
             if (hit := pattern.search(line))]
    assert not found, "\n".join(found)


def test_every_connector_says_who_its_publisher_is() -> None:
    for publisher, connector in registry.connectors().items():
        about = connector.about
        assert about.publisher == publisher == connector.publisher
        assert {each.publisher for each in connector.datasets} == (set() if connector.mapped else {publisher})
        assert about.title and about.called and about.languages and about.licence and about.attribution and ZoneInfo(about.tz)
        assert not about.area or about.area in areas.areas()
        assert not about.currency or (about.currency in CODES and (not about.area or HOMES[about.currency] == about.area))
        assert about.area or not about.account_of_area
        assert about.quoted_in in CODES | {""}
    of_area = [about.area for about in registry.publishers() if about.account_of_area]
    assert len(of_area) == len(set(of_area)) > 0


# ── the lake's copy ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_declared_is_brought_up_to_date_and_what_nobody_declares_stays(tmp_path: Path) -> None:
    other = replace(PUBLISHER, publisher="other", called="another", names={"en": ("Other",), "ms": ("Lain",)})
    place = described(tmp_path, OFFICE, other)
    with writer(place, "test") as lake:
        assert not describe(lake, [SYNTHETIC], [OFFICE, other])
        assert describe(lake, [SYNTHETIC], [replace(OFFICE, names={"en": ("Bureau",)}, bands=())])
        assert lake.con.execute("SELECT publisher, language, name FROM ref.publisher_name ORDER BY ALL").fetchall() == [
            ("other", "en", "Other"), ("other", "ms", "Lain"), ("synthetic", "en", "Bureau")]
        assert lake.con.execute("SELECT publisher FROM ref.publisher ORDER BY 1").fetchall() == [("other",), ("synthetic",)]
        assert not lake.con.execute("FROM ref.revision_band").fetchall()


def test_an_old_lake_has_its_publishers_from_the_first_writer_on_and_keeps_them_without_the_connector(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(Settings(home=tmp_path))
    gone = replace(OFFICE, publisher="gone", called="an office whose connector is gone")
    monkeypatch.setattr(registry, "connectors", registry.connectors)
    use_synthetic_publisher()
    publish_edition(house, 0)
    with writer(house.place, "test") as lake, lake.transaction("as an older version left it") as con:
        for table in ("ref.publisher", "ref.publisher_name", "ref.revision_band"):
            con.execute(f"DROP TABLE {table}")
        con.execute("DELETE FROM ops.migration WHERE name = '0008_publishers'")
    monkeypatch.setattr(registry, "publishers", lambda: (PUBLISHER, gone))
    with turns.writer_of(house, "test"):
        pass
    known = Publishers(connect(house.place))
    assert (known.called("synthetic"), known.account_of("CHN")) == (PUBLISHER.called, gone.called)
    monkeypatch.setattr(registry, "publishers", lambda: (replace(PUBLISHER, called="another name"),))
    with turns.writer_of(house, "test"):
        pass
    known = Publishers(connect(house.place))
    assert (known.called("synthetic"), known.account_of("CHN")) == ("another name", gone.called)
    registry.datasets.cache_clear()


def test_a_lake_of_an_earlier_day_knows_the_publishers_of_today(tmp_path: Path) -> None:
    place = described(tmp_path, OFFICE)  # after the load that the lake is pinned at
    assert Publishers(connect_past(place, as_of="1")).called("synthetic") == OFFICE.called
    assert Publishers(connect_past(place, known_on=day(3))).called("synthetic") == OFFICE.called


# ── read there ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("quoted", "meant"), [
    ("the Bureau of the Lowlands", "CHN"), ("BUREAU OF THE LOWLANDS' chief", "CHN"), ("the lowlands count", "CHN"),
    ("the Bureau of the Lowlandsmen", None), ("a bureau", None), ("", None)])
def test_who_is_quoted_says_whose_account_is_meant(con: duckdb.DuckDBPyConnection, quoted: str, meant: str | None) -> None:
    known = Publishers(con)
    assert known.named(quoted, ("MYS", "CHN")) == meant
    assert known.named(quoted, ("MYS", "VNM")) is None


def test_the_most_particular_band_counts(con: duckdb.DuckDBPyConnection) -> None:
    known = Publishers(con)
    assert [known.band("synthetic", "export", "month"), known.band("synthetic", "export", "longer"), known.band("synthetic", "", "")] == [
        40, 2, 2]
    assert [known.band("other", "import", "longer"), known.band("other", "import", "month"), known.band("nobody", "", "")] == [
        7, ELSEWHERE, ELSEWHERE]


@pytest.mark.parametrize(("currency", "meant"), [("USD", "CHN"), (None, "CHN"), ("EUR", None)])
def test_the_usual_account_of_a_currency(con: duckdb.DuckDBPyConnection, currency: str | None, meant: str | None) -> None:
    known = Publishers(con)
    assert known.usual(currency, ("CHN", "MYS")) == meant and known.usual(currency, ("VNM", "MYS")) is None


def checked(con: duckdb.DuckDBPyConnection, text: str = "1.00 billion", partner: str = "MYS", day: str | None = None) -> Report:
    return check(con, reading(claim("level", text, "CNY", reporter="CHN", partner=partner, flow="export", period="2024-01"), day=day))


def test_a_verdict_calls_the_account_as_its_publisher_does(con: duckdb.DuckDBPyConnection) -> None:
    (made,) = checked(con).claims
    assert made.said.startswith("Agrees with the lowlands' office: CNY 1.00 bn")
    assert made.printable.startswith("By the lowlands' office, ")
    assert [words.account_of(one.area, one.by) for one in made.accounts] == ["the lowlands' office", "Malaysia's account"]


def test_an_unknown_publisher_is_answered_in_general_words(tmp_path: Path) -> None:
    (made,) = checked(connect(described(tmp_path))).claims
    assert made.said.startswith("Agrees with China's account: CNY 1.00 bn")


@pytest.mark.parametrize(("bands", "mode", "verdict"), [
    ((Band(40),), "overwrite", "differs_from_today"), ((Band(1),), "overwrite", "contradicted"), ((), "overwrite", "contradicted"),
    ((Band(40),), "frozen", "contradicted")])
def test_what_revisions_explain_is_the_publishers_to_say(tmp_path: Path, bands: tuple[Band, ...], mode: Mode, verdict: str) -> None:
    con = connect(described(tmp_path, replace(OFFICE, bands=bands), datasets=(replace(SYNTHETIC, revision_mode=mode),)))
    (made,) = checked(con, "1.30 billion", "WLD", "2026-06-01").claims
    assert made.verdict == verdict


# ── rates ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def rates(root: Path, *publishers: Publisher, both: bool = False, ranks: tuple[int, int] = (0, 0)) -> duckdb.DuckDBPyConnection:
    """A year's monthly averages of one table, and with ``both`` of another that is four times as high."""
    tables = [replace(SYNTHETIC, dataset=f"{name}.rates", publisher=name, table="stats.fx_rate", account="reported", chain_rank=rank)
              for name, rank in zip(("bank", "other"), ranks, strict=True)]
    place = described(root, *publishers, datasets=(SYNTHETIC, *tables))
    with writer(place, "test") as lake:
        with lake.transaction("synthetic") as con:
            for factor, table in zip((1, 4), tables[:1 + both], strict=False):
                con.execute("INSERT INTO stats.fx_rate BY NAME "
                            "SELECT $name AS dataset, 'EUR' AS base, 'CNY' AS quote, 'month_avg' AS kind, "
                            "make_date(2024, m::INT, 1) AS period_start, last_day(make_date(2024, m::INT, 1)) AS period_end, "
                            "8 * $factor AS rate FROM range(1, 13) t(m)", {"name": table.dataset, "factor": factor})
        lake.after_commit()
    return connect(place)


BANK = replace(PUBLISHER, publisher="bank", called="the bank")


@pytest.mark.parametrize("both", [False, True])
def test_a_rate_is_the_average_of_one_publisher_who_is_named(tmp_path: Path, both: bool) -> None:
    con = rates(tmp_path, BANK, both=both)
    assert average_rate(con, "EUR", "CNY", parse("2024")) == (
        Decimal("8.0"), "converted at the bank's mean of 12 monthly averages, 8.0 CNY per EUR")


def test_the_table_that_ranks_highest_converts_and_another_where_it_is_asked_for(tmp_path: Path) -> None:
    con = rates(tmp_path, both=True, ranks=(0, 1))
    assert average_rate(con, "EUR", "CNY", parse("2024"))[0] == Decimal("32.0")
    assert average_rate(con, "EUR", "CNY", parse("2024"), "bank")[0] == Decimal("8.0")
    assert average_rate(con, "EUR", "CNY", parse("2024"), "ban") == (None, "")
    with pytest.raises(UsageError, match=r"no exchange rates of 'ban' are held; held: bank\.rates, other\.rates"):
        in_currency(con, [], "CNY", "ban")


def test_claims_are_weighed_at_the_table_that_ranks_highest(tmp_path: Path) -> None:
    tried = rows(rates(tmp_path, both=True, ranks=(0, 1)), query("claim_average_rates"),
                 {"from": "EUR", "to": "CNY", "start": date(2024, 1, 1), "end": date(2024, 12, 31)})
    assert [row["dataset"] for row in tried] == ["other.rates", "bank.rates"]


def test_rates_that_share_the_currency_of_the_price_are_crossed_too(tmp_path: Path) -> None:
    with writer(described(tmp_path), "test") as lake:
        with lake.transaction("synthetic") as con:
            con.execute("INSERT INTO stats.fx_rate BY NAME SELECT 'bank.rates' AS dataset, unnest(['USD', 'JPY', 'MYR']) AS base, "
                        "unnest(['MYR', 'MYR', 'VND']) AS quote, 'day' AS kind, DATE '2024-01-02' AS period_start, "
                        "DATE '2024-01-02' AS period_end, unnest([4, 0.032, 5000]) AS rate")
        lake.after_commit()
    con = connect(Place(tmp_path / "lake"))
    crossed = con.execute("SELECT base, quote, through, rate::DOUBLE FROM mart.fx_cross ORDER BY ALL").fetchall()
    assert crossed == [
        ("JPY", "MYR", "JPY", 0.032), ("JPY", "USD", "MYR", 0.008), ("JPY", "VND", "MYR", 160.0),
        ("MYR", "JPY", "JPY", 31.25), ("MYR", "USD", "USD", 0.25), ("MYR", "VND", "MYR", 5000.0),
        ("USD", "JPY", "MYR", 125.0), ("USD", "MYR", "USD", 4.0), ("USD", "VND", "MYR", 20000.0),
        ("VND", "JPY", "MYR", 0.00625), ("VND", "MYR", "MYR", 0.0002), ("VND", "USD", "MYR", 0.00005)]


def test_a_rate_of_a_publisher_that_is_not_known_names_its_table(tmp_path: Path) -> None:
    assert average_rate(rates(tmp_path), "EUR", "CNY", parse("2024"))[1].startswith("converted at bank.rates' mean of 12")


def test_possessives() -> None:
    assert (possessive("the bank"), possessive("the customs")) == ("the bank's", "the customs'")
