"""Rows that should have been understood: set aside with reason and raw text, listed, and read again after a fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.statistics.dosm import Dosm
from connectors.statistics.dosm import headline as reader
from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, headline
from tests.publishers import Publishers


@pytest.fixture
def set_aside(filled: Home, publishers: Publishers, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The newest month is out, and the parser (a synthetic fault of it) does not understand one of its rows."""
    understood = reader._rows_by_series

    def blind(table, rejected):  # type: ignore[no-untyped-def]
        rows = understood(table, rejected)
        row = rows["abs"].pop(max(rows["abs"]))
        where = f"line {row.line.number} (abs, 2026-01-01)"
        rejected.add(reader.Rejected(where, "date", "a synthetic fault", reader.raw_of(row.line)))
        for series in ("growth_yoy", "growth_mom"):
            rows[series].pop(max(rows[series]))
        return rows

    publishers.serve(HEADLINE, headline(121), "text/csv")
    monkeypatch.setattr(reader, "_rows_by_series", blind)
    said = filled.run("refresh", "dosm.headline")
    assert (said.code, "1 set aside" in said.out) == (0, True)
    return filled


def test_what_was_set_aside_is_listed_with_reason_raw_text_and_place(set_aside: Home) -> None:
    listed = set_aside.run("quarantine", "list")
    assert (listed.code, "a synthetic fault" in listed.out) == (0, True)
    shown = set_aside.run("quarantine", "show", "dosm.headline").out
    assert "line 122 (abs, 2026-01-01)   date: a synthetic fault" in shown
    assert "abs,2026-01-01,140000000360" in shown.replace(" ", "") and HEADLINE in shown
    assert "1 rows in quarantine" in set_aside.run("status").out
    assert set_aside.run("quarantine", "list", "--json").json[0]["waiting"] == 1


def test_the_same_bad_row_is_set_aside_once(set_aside: Home) -> None:
    before = set_aside.seen()
    assert set_aside.run("refresh", "dosm.headline").code == 0
    assert set_aside.run("refresh", "dosm.headline", "--force").code == 0
    assert set_aside.seen() == before


def test_a_replay_before_the_fix_reads_nothing_and_loses_nothing(set_aside: Home) -> None:
    said = set_aside.run("quarantine", "replay")
    assert said.code == 0
    assert set_aside.rows("SELECT replayed_by FROM ops.quarantine") == [(None,)]


def test_after_a_fix_the_rows_come_in_and_the_quarantine_says_by_which_load(
        set_aside: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    assert set_aside.run("get", "Malaysia", "World", "2026-01").code == 7
    said = set_aside.run("quarantine", "replay", "dosm.headline")
    assert (said.code, "7 new" in said.out) == (0, True), said.text
    assert set_aside.run("get", "Malaysia", "World", "2026-01").code == 0
    assert set_aside.rows("SELECT l.rows_new FROM ops.quarantine q JOIN ops.load l ON l.load_id = q.replayed_by") == [(7,)]
    assert "0 rows in quarantine" in set_aside.run("status").out
    assert set_aside.run("quarantine", "replay").out == "No row waits in quarantine.\n"
    assert "read by load" in set_aside.run("quarantine", "show", "dosm.headline").out


@pytest.mark.parametrize("first", [(), ("refresh", "dosm.headline")], ids=["replay", "a night first"])
def test_a_new_version_of_the_parser_replays_them_and_says_so(set_aside: Home, monkeypatch: pytest.MonkeyPatch,
                                                             first: tuple[str, ...]) -> None:
    """As a fix arrives: the parser's version is raised. A night may read the file anew before anybody types replay."""
    monkeypatch.undo()
    monkeypatch.setattr(Dosm, "parser_version", Dosm.parser_version + 1)
    if first:
        assert "7 new" in set_aside.run(*first).out
    assert set_aside.run("quarantine", "replay").code == 0
    assert set_aside.rows("SELECT l.rows_new, l.parser_version FROM ops.quarantine q JOIN ops.load l ON l.load_id = q.replayed_by") == [
        (7, Dosm.parser_version)]
    if not first:
        # A replay brings what was set aside alone; what else the new version reads otherwise is the next night's.
        assert "7 annotated" in set_aside.run("refresh", "dosm.headline").out
    assert set_aside.run("get", "Malaysia", "World", "2026-01").code == 0
    assert "0 rows in quarantine" in set_aside.run("status").out
    facts = "SELECT * EXCLUDE (load_id, version_id, version_no) FROM stats.trade WHERE dataset = 'dosm.headline' ORDER BY ALL"
    before = set_aside.rows(facts)
    again = set_aside.run("rebuild")
    assert (again.code, f"{2 if first else 3} of them read differently by today's parsers" in again.out) == (0, True), again.text
    before_it, now = Dosm.parser_version - 1, Dosm.parser_version
    assert f"1 quarantined when it was loaded (parser {before_it}); 7 new, 7 revised now (parser {now})" in again.out
    for loaded in ("7 new, 7 revised",) if first else ("7 new", "7 revised"):
        assert f"{loaded} when it was loaded (parser {now}); nothing now (parser {now})" in again.out
    assert set_aside.rows(facts) == before
    # By today's parser nothing was ever set aside or read twice; the loads keep their numbers, and the lake is in order.
    assert set_aside.rows("SELECT count(*) FROM ops.quarantine") == [(0,)]
    assert set_aside.run("verify").code == 0


def test_a_file_that_brings_nothing_but_rows_to_set_aside_is_no_new_data(filled: Home, tmp_path: Path) -> None:
    (tmp_path / "headline.csv").write_bytes(headline(120) + b"abs,no month,1,1,0,1,1,2,0\n")
    said = filled.run("import", tmp_path / "headline.csv").out
    assert "set aside  1 load: 1 set aside" in said and "new data" not in said
    assert "nothing else is new in it: entrepot quarantine show dosm.headline" in said
    assert "a synthetic fault" not in filled.run("quarantine", "show", "dosm.headline").out
