"""Every command on an empty and on a filled home: a sentence, an exit code, and JSON wherever --json stands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import typer

from flows.cli import app
from tests.e2e.house import Home
from warehouse.lake import readers

EMPTY = [
    (("get", "China", "Malaysia", "2024"), 1, "nothing is loaded yet"),
    (("rank", "China", "2024"), 1, "nothing is loaded yet"),
    (("revisions", "Malaysia", "World", "--period", "2024"), 1, "nothing is loaded yet"),
    (("trace", "China", "Malaysia", "2024"), 1, "nothing is loaded yet"),
    (("trace", "abc"), 1, "nothing is loaded yet"),
    (("sql", "FROM stats.trade"), 1, "nothing is loaded yet"),
    (("check", "Trade was US$212 billion in 2024."), 1, "nothing is loaded yet"),
    (("mirror", "China", "Malaysia", "2024"), 1, "nothing is loaded yet"),
    (("datasets",), 1, "nothing is loaded yet"),
    (("snapshots", "list"), 1, "nothing is loaded yet"),
    (("snapshots", "show", "3"), 1, "nothing is loaded yet"),
    (("quarantine", "list"), 1, "nothing is loaded yet"),
    (("quarantine", "show", "gacc"), 1, "nothing is loaded yet"),
    (("quarantine", "replay"), 1, "nothing is loaded yet"),
    (("rebuild",), 2, "nothing to rebuild a lake from"),
    (("held",), 0, "Nothing is held."),
    (("held", "list"), 0, "Nothing is held."),
    (("quarantine",), 1, "nothing is loaded yet"),
    (("snapshots",), 1, "nothing is loaded yet"),
    (("held", "show", "1"), 2, "there is no held load 1; waiting: none"),
    (("held", "accept", "1", "--why", "x"), 2, "there is no held load 1; waiting: none"),
    (("held", "reject", "1", "--why", "x"), 2, "there is no held load 1; waiting: none"),
    (("sources",), 0, "gacc.prelim.country"),
    (("sources", "dosm.headline"), 0, "Department of Statistics Malaysia"),
    (("status",), 0, "nothing loaded yet: entrepot refresh"),
    (("status", "--check"), 0, "nothing loaded yet: entrepot refresh"),
    (("doctor", "--offline"), 0, "nothing loaded yet"),
]
FILLED = [
    (("get", "China", "Malaysia", "2026-03"), 0, "China's account of trade with Malaysia, Mar 2026"),
    (("get", "malaysia", "world", "2025", "--monthly"), 0, "Jan 2025  total"),
    (("get", "China", "Malaysia", "March 2026", "--flow", "EXPORTS", "--in", "dollars"), 0, "export"),
    (("get", "China", "Malaysia", "2026-03", "--flow", "re-exports"), 7, "no flow 're-export' of China and Malaysia for Mar 2026; held: "),
    (("get", "China", "Malaysia"), 0, "latest: newest held, China's account with Malaysia "),
    (("get", "Malaysia", "World", "last 3 months", "--monthly"), 0, "Malaysia and World"),
    (("get", "Malaysia", "World", "2024-2026", "--flow", "trade"), 0, "Missing in Malaysia's account: "),
    (("get", "MY", "WLD", "2025"), 0, "sum of 12 months"),
    (("get", "China", "Malaysia", "2026-03", "--in", "USD"), 0, "not converted"),
    (("get", "China", "Malaysia", "1999"), 7, "nothing is held on China and Malaysia for 1999; held:"),
    (("get", "China", "Malaysia", "2026-13"), 8, "no period '2026-13': a year has months 01 to 12"),
    (("get", "China", "Congo", "2026"), 8, "'Congo' may be Democratic Republic of the Congo (COD) or Congo (COG): write which"),
    (("get", "China", "Malaysia", "2026", "--in", "peso"), 8, "'peso' may be ARS or CLP or COP or MXN or PHP: write which"),
    (("get", "Chna", "Malaysia", "2026"), 8, "no area 'Chna'; nearest: China (CHN)"),
    (("get", "China", "CN", "2026"), 2, "are the same area"),
    (("get", "China"), 2, "Missing argument"),
    (("rank", "China", "2026-03", "--within", "ASEAN"), 0, "Not held in this table: Brunei"),
    (("rank", "China", "2026-03", "--flow", "export", "--top", "3"), 0, "partners by export"),
    (("rank", "China", "2026-03", "--flow", "balance"), 8, "no flow 'balance' here"),
    (("rank", "Malaysia", "2026-03"), 7, "no table of Malaysia's totals by partner is held"),
    (("rank", "China", "2026-03", "--within", "Japan"), 2, "Japan (JPN) is no group"),
    (("rank", "China", "latest", "--within", "BRICS"), 0, "Invited to BRICS and not confirmed, so not counted: Saudi Arabia."),
    (("revisions", "China", "Malaysia", "--period", "2026-03"), 0, "first"),
    (("revisions", "China", "Malaysia", "--period", "1999"), 7, "no version is held"),
    (("trace", "China", "Malaysia", "2026-03", "--flow", "import"), 0, "= the figure"),
    (("trace", "China", "Malaysia", "1999"), 7, "no such figure is held"),
    (("trace", "zzz"), 8, "no version of a figure begins with 'zzz'"),
    (("trace", "China", "Malaysia"), 2, "trace takes a version's id, or REPORTER PARTNER PERIOD"),
    (("datasets",), 0, "ATTACH 'ducklake:sqlite:"),
    (("datasets", "dosm.headline"), 0, "period_start"),
    (("datasets", "dosm.headlines"), 8, "no dataset 'dosm.headlines'; nearest:"),
    (("snapshots", "list"), 0, "gacc.prelim.country"),
    (("snapshots", "show", "1"), 0, "document_sha256"),
    (("snapshots", "show", "99"), 2, "there is no snapshot 99; the newest is 2"),
    (("quarantine", "list"), 0, "No row is in quarantine."),
    (("quarantine", "show", "dosm.headline"), 2, "no row of 'dosm.headline' is in quarantine"),
    (("quarantine", "replay"), 0, "No row waits in quarantine."),
    (("status",), 0, "dosm.headline"),
    (("status", "--check"), 3, "2 late"),
    (("doctor", "--offline"), 0, "figures on trade"),
    (("refresh", "gac"), 8, "no dataset or publisher 'gac'; nearest: gacc"),
    (("refresh", "gacc", "--from", "soon"), 8, "no period 'soon'"),
    (("calendar", "--from", "last 2 months"), 0, "gacc.prelim.country"),
    (("calendar", "--as-of", "1", "--from", "latest"), 0, "dosm.headline"),
    (("calendar", "--as-of", "0"), 2, "no snapshot '0'"),
    (("brief", "China", "Malaysia", "--as-of", "0"), 2, "no snapshot '0'"),
    (("backfill", "gacc.prelim.country", "--from", "last 3 months", "--dry-run"), 0, " periods to do: 1 requests"),
    (("datasets", "--as-of", "1"), 0, "more are known and hold nothing here"),
    (("datasets", "--known-on", "2024-07-31"), 0, "hold nothing here"),
    (("nonsense",), 2, "No such command"),
    (("get", "China", "Malaysia", "2026-03", "--nonsense"), 2, "No such option"),
    (("held", "show", "one"), 2, "Invalid value for 'number'"),
    (("get", "China", "Malaysia", "2026-03", "--home"), 2, "--home takes a folder"),
]


@pytest.mark.parametrize(("words", "code", "said"), EMPTY, ids=lambda value: " ".join(value) if isinstance(value, tuple) else None)
def test_an_empty_home_says_how_to_fill_it(home: Home, words: tuple[str, ...], code: int, said: str) -> None:
    answer = home.run(*words)
    assert (answer.code, said in answer.text) == (code, True), answer.text
    assert not home.root.exists(), "asking makes no home"


@pytest.mark.parametrize(("words", "code", "said"), FILLED, ids=lambda value: " ".join(value) if isinstance(value, tuple) else None)
def test_a_filled_home_answers(filled_once: Home, words: tuple[str, ...], code: int, said: str) -> None:
    answer = filled_once.run(*words)
    assert (answer.code, said in answer.text) == (code, True), answer.text
    if code in (1, 2, 7, 8):
        assert answer.out == "", "errors go to the other stream"


IN_JSON = [(words, code) for words, code, _ in FILLED if words[0] in (
    "get", "rank", "revisions", "trace", "datasets", "snapshots", "status", "quarantine") and "--home" not in words][::2]


@pytest.mark.parametrize(("words", "code"), IN_JSON, ids=lambda value: " ".join(value) if isinstance(value, tuple) else None)
def test_json_may_stand_before_or_after_and_has_the_same_exit_code(filled_once: Home, words: tuple[str, ...], code: int) -> None:
    answer = filled_once.run("--json", *words)
    assert answer.code == code
    if code in (2, 7, 8):
        assert answer.json["error"]["exit_code"] == code and answer.json["error"]["said"]
    if words[0] != "status":
        assert filled_once.run(*words, "--json").out == answer.out


def test_a_figure_in_json_has_its_whole_origin(filled_once: Home) -> None:
    found = filled_once.run("get", "China", "Malaysia", "2026-03", "--json").json
    (total,) = [one for one in found if one["flow"] == "total"]
    assert total["value"] == 120_000_000_000 and total["currency"] == "CNY" and total["period_end"] == "2026-03-31"
    for name in ("publisher", "dataset", "url", "locator", "released_at", "released_basis", "version_id", "fetch_id", "load_id"):
        assert total[name]


def walk(command: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = getattr(command, "commands", {})
    return [path, *(found for name, sub in below.items() for found in walk(sub, (*path, name)))]


COMMANDS = walk(typer.main.get_command(app))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_in_words(home: Home, path: tuple[str, ...]) -> None:
    said = home.run(*path, "--help")
    assert said.code == 0
    assert "Usage: entrepot" in said.out and len(said.out.splitlines()) > 5
    assert not home.root.exists()


def test_a_group_of_commands_alone_says_which_there_are_in_json_too(home: Home) -> None:
    said = home.run("--json", "backup")
    assert (said.code, json.loads(said.out.splitlines()[-1])["why"]) == (2, "say which: create, restore")


def test_the_version_is_told(home: Home) -> None:
    said = home.run("--version")
    assert (said.code, said.out.startswith("entrepot ")) == (0, True)


def test_a_setting_that_cannot_be_used_is_named(home: Home) -> None:
    for name, value in (("MIN_INTERVAL_S", "often"), ("HOST_MAP", "{not json"), ("TZ", "Mars/Olympus"), ("PORT", "many")):
        said = home.run("status", **{f"ENTREPOT_{name}": value})
        assert (said.code, name.lower() in said.err.lower()) == (2, True), said.err
    home.root.mkdir()
    (home.root / "entrepot.toml").write_text("colour = 'red'\n")
    said = home.run("status")
    assert (said.code, "ENTREPOT_COLOUR" in said.err) == (2, True)


def test_the_home_s_own_file_of_settings_is_read_and_a_broken_one_said(home: Home) -> None:
    home.root.mkdir()
    (home.root / "entrepot.toml").write_text("tz = 'Asia/Shanghai'\n")
    assert "clock Asia/Shanghai" in home.run("status").out
    (home.root / "entrepot.toml").write_text("tz = \n")
    said = home.run("status")
    assert (said.code, "entrepot.toml" in said.err) == (2, True)


def test_a_publisher_that_is_told_nobody_s_name_is_not_asked(home: Home) -> None:
    said = home.run("refresh", "dosm.headline", ENTREPOT_CONTACT=" ")
    assert (said.code, "set a contact" in said.err) == (2, True)


@pytest.mark.parametrize("words", [("--help",), ("status",), ("get", "China", "Malaysia", "2026-03"), ("sql", "SELECT 1 AS one"),
                                   ("check", "China's trade with Malaysia was 120 billion yuan in March 2026."),
                                   ("mirror", "China", "Malaysia", "2026-03"), ("--version",)])
def test_reading_commands_load_no_heavy_package(filled_once: Home, words: tuple[str, ...]) -> None:
    code = ("import sys\nfrom flows.cli import main\ntry:\n    main()\nfinally:\n"
            "    print('LOADED', *[name for name in ('prefect', 'polars', 'dataframely', 'pandas', 'requests') if name in sys.modules])")
    run = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False,
                         cwd=Path(__file__).parents[2], env={**os.environ, **filled_once.settings()})
    assert (run.returncode, run.stdout.strip().splitlines()[-1]) == (0, "LOADED"), run.stdout[-500:] + run.stderr[-500:]


def test_a_reader_that_closes_the_pipe_early_is_no_error(filled_once: Home) -> None:
    code = "from flows.cli import main; main()"
    query = "SELECT repeat('x', 100) FROM range(200000)"
    with subprocess.Popen([sys.executable, "-c", code, "--json", "sql", query], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          cwd=Path(__file__).parents[2], env={**os.environ, **filled_once.settings()}) as run:
        assert run.stdout is not None and run.stderr is not None
        run.stdout.read(100)
        run.stdout.close()
        said = run.stderr.read().decode()
    assert (run.returncode, said) == (0, "")


def test_what_a_debugging_person_sees_is_the_traceback(home: Home) -> None:
    said = home.run("--debug", "get", "Chna", "Malaysia", "2024", broken_allowed=True)
    assert (said.code, "Traceback" in said.err) == (8, True)
    told = json.loads(home.run("--json", "get", "Chna", "Malaysia", "2024").out)
    assert (told["error"]["name"], told["error"]["exit_code"], told["nearest"]) == ("NotKnown", 8, ["CHN"])


@pytest.mark.parametrize(("words", "way_out"), [
    (["--demo"], "entrepot --demo refresh loads it"), (["--home", "{home}"], "entrepot --home '{home}' refresh loads it"),
    (["--home={home}", "--demo", "--json"], "entrepot --home '{home}' --demo refresh loads it"), ([], "entrepot refresh loads it")],
    ids=["demo", "home", "both", "none"])
def test_the_way_out_that_is_named_is_about_the_home_that_was_asked(tmp_path: Path, words: list[str], way_out: str) -> None:
    root = tmp_path / "a home"
    said = Home(root).run(*(word.format(home=root) for word in words), "sql", "SELECT 1")
    assert said.code == 1 and way_out.format(home=root) in said.text, said.text


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is told by Linux")
@pytest.mark.parametrize("words", [("sql", "SELECT 1 AS one"), ("--json", "get", "China", "Malaysia", "2026-03")], ids="-".join)
def test_a_reader_that_waits_for_its_turn_takes_little_memory(filled_once: Home, tmp_path: Path, words: tuple[str, ...],
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with ExitStack() as turns:
        for _ in range(readers.AT_ONCE):
            monkeypatch.setattr(readers, "_held", 0)  # as if each was another process
            turns.enter_context(readers.turn())
        with subprocess.Popen([sys.executable, "-c", "from flows.cli import main; main()", *words], stdout=subprocess.PIPE,
                              cwd=Path(__file__).parents[2],
                              env={**os.environ, **filled_once.settings(), "TMPDIR": str(tmp_path)}) as run:
            time.sleep(6)
            assert run.poll() is None
            (pss,) = re.findall(r"^Pss:\s+(\d+) kB", Path(f"/proc/{run.pid}/smaps_rollup").read_text(), re.MULTILINE)
            loaded = "_duckdb" in Path(f"/proc/{run.pid}/maps").read_text()
            turns.close()
            assert run.stdout is not None and b"1" in run.stdout.read()
    assert (run.returncode, int(pss) < 20_000, loaded) == (0, True, False), pss
