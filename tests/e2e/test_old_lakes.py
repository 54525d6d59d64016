"""A home whose figures an older version read: what it took for data and is none decides nothing, and the next reading mends it."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from connectors.statistics.dosm import headline as reader
from connectors.statistics.dosm.connector import Dosm
from connectors.statistics.ecb.connector import Ecb
from tests.e2e.house import Home
from tests.e2e.pages import headline
from warehouse.load import not_begun

RATES = "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE"


def with_lines(months: int, *more: tuple[str, int, int]) -> bytes:
    lines = [f"abs,{month}-01,{x},{x},0,{m},{m},{x + m},{x - m}" for month, x, m in more]
    lines += [f"{series},{month}-01,-100,-100,-100,-100,-100,-100,-100" for series in ("growth_yoy", "growth_mom") for month, *_ in more]
    return headline(months) + ("\n".join(lines) + "\n").encode()


def rates(*days: str) -> bytes:
    return "\n".join((RATES, *(f"EXR.D.{quote}.EUR.SP00.A,D,{quote},EUR,SP00,A,{day},4.5"
                               for day in days for quote in ("CNY", "MYR", "SGD")))).encode()


@pytest.fixture
def as_before(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The version that took every printed period for data."""
    monkeypatch.setattr(reader, "_without_months_to_come", lambda *rest: 0)
    monkeypatch.setattr(not_begun, "begins_after", lambda asked: pl.lit(False))
    monkeypatch.setattr(not_begun, "ends_after", lambda asked, kind: pl.lit(False))
    monkeypatch.setattr(Dosm, "parser_version", 1)
    monkeypatch.setattr(Ecb, "parser_version", 1)
    return monkeypatch


def put(tmp_path: Path, name: str, body: bytes) -> Path:
    (tmp_path / name).write_bytes(body)
    return tmp_path / name


def newest(home: Home, dataset: str) -> str:
    (line,) = [line for line in home.run("status", "--json").json["lines"] if line["dataset"] == dataset]
    return str(line["newest"])


@pytest.mark.parametrize("more", [[("2062-04", 12 * 10**10, 10**11)], [("2026-05", 0, 0), ("2026-06", 0, 0)]])
def test_the_same_file_read_again_takes_back_what_was_no_month(home: Home, tmp_path: Path, as_before: pytest.MonkeyPatch,
                                                               more: list[tuple[str, int, int]]) -> None:
    file = put(tmp_path, "file.csv", with_lines(124, *more))
    assert home.run("import", file).code == 0
    assert home.rows("SELECT count(*) FROM stats.trade") == [((124 + len(more)) * 7,)]
    as_before.undo()
    said = home.run("import", file)
    assert said.code == 0, said.text
    assert home.rows("SELECT count(*), max(period_end)::VARCHAR FROM stats.trade") == [(124 * 7, "2026-04-30")]
    assert home.rows("SELECT DISTINCT change_kind FROM stats.trade_revision WHERE new_value IS NULL") == [("reread",)]
    assert newest(home, "dosm.headline") == "Apr 2026"


@pytest.mark.parametrize("more", [[("2062-04", 12 * 10**10, 10**11)], [("2026-05", 0, 0), ("2026-06", 0, 0)]])
def test_a_newer_file_is_no_older_copy_beside_what_was_no_month(home: Home, tmp_path: Path, as_before: pytest.MonkeyPatch,
                                                                more: list[tuple[str, int, int]]) -> None:
    assert home.run("import", put(tmp_path, "old.csv", with_lines(123, *more))).code == 0
    as_before.undo()
    said = home.run("import", put(tmp_path, "new.csv", headline(124)))
    assert (said.code, "7 new" in said.out) == (0, True), said.text
    assert home.rows("SELECT max(period_end)::VARCHAR FROM stats.trade") == [("2026-04-30",)]
    status = home.run("status", "--json").json
    (line,) = [line for line in status["lines"] if line["dataset"] == "dosm.headline"]
    assert (line["newest"], line["expected"]) == ("Apr 2026", "overdue")


def test_a_rate_of_2062_decides_no_lateness_and_the_next_day_comes_in(home: Home, tmp_path: Path, as_before: pytest.MonkeyPatch) -> None:
    assert home.run("import", put(tmp_path, "old.csv", rates("2026-04-09", "2026-04-10", "2062-04-10"))).code == 0
    assert home.rows("SELECT count(*) FROM stats.fx_rate WHERE period_start > '2062-01-01'") == [(3,)]
    as_before.undo()
    said = home.run("import", put(tmp_path, "new.csv", rates("2026-04-10", "2026-04-13")))
    assert (said.code, "3 new" in said.out) == (0, True), said.text
    status = home.run("status", "--json").json
    (line,) = [line for line in status["lines"] if line["dataset"] == "ecb.exr.day"]
    assert (line["newest"], line["expected"]) == ("2026-04-13", "overdue")
