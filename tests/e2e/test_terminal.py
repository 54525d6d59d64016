"""What a terminal shows: no line wider than it is, colours where they are wanted, completion, help for machines."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from flows.cli import completing, tables
from flows.cli.asking import parts
from flows.cli.helping import EXAMPLES
from tests.e2e.house import Home
from tests.e2e.terminal import Terminal
from warehouse.ask import answers
from warehouse.lake.opening import Place, connect
from warehouse.reference.areas import area
from warehouse.reference.flows import flow
from warehouse.reference.periods import months
from warehouse.reference.products import parse
from warehouse.shown import cells

ROOT = Path(__file__).parents[2]
ASKED = (
    ("get", "China", "Malaysia", "2024"), ("get", "China", "Malaysia", "2024", "--in", "USD"),
    ("rank", "China", "2024", "--within", "ASEAN"),
    ("mirror", "China", "Malaysia", "2024"), ("revisions", "Malaysia", "World", "--flow", "import", "--period", "2024-06"), ("revisions",),
    ("revisions", "Malaysia", "World", "--flow", "import", "--triangle", "2024-01..2024-12"), ("trace", "China", "Malaysia", "2024"),
    ("check", "China-Malaysia trade reached $212 billion in 2024.", "--published", "2025-04-20"), ("sql", "FROM figures LIMIT 3"),
    ("sql", "DESCRIBE figures"), ("datasets",), ("datasets", "gacc.bulletin.country"), ("calendar", "--from", "2026-11", "--to", "2026-11"))


def too_wide(text: str, columns: int) -> list[str]:
    """Lines that are wider, but for one word (a path, an address, a hash) or a command that is longer by itself: nobody could copy it if it
    were cut.
    """
    return [line for line in text.splitlines()
            if cells(line) > columns and len(line.split()) > 1
            and not (line.strip().startswith("entrepot ") and cells(line.strip()) > columns)]


@pytest.mark.parametrize("words", ASKED, ids=lambda words: " ".join(words[:2])[:20])
def test_no_answer_is_wider_than_the_terminal(demo_once: Home, words: tuple[str, ...]) -> None:
    for columns in (40, 72, 200):
        said = demo_once.run("--demo", *words, COLUMNS=str(columns))
        assert said.code == 0 and not too_wide(said.text, columns), (columns, too_wide(said.text, columns))


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_both_accounts_by_month_are_a_line_a_month(demo_once: Home, columns: int, monkeypatch: pytest.MonkeyPatch,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    """The partner's account is synthetic: the reporter's by another name."""
    span = months(2024, 11, 12)
    mine = answers.get(connect(Place(demo_once.root / "demo" / "lake")), "CHN", "MYS", span, monthly=True)
    synthetic = [replace(one, reporter="MYS", reporter_name="Malaysia", dataset="synthetic.months", currency="MYR") for one in mine]
    monkeypatch.setenv("COLUMNS", str(columns))

    parts.show([*mine, *synthetic], ("CHN", "MYS"), span, "month")

    said = capsys.readouterr().out
    december = [line for line in said.splitlines() if "CNY" in line]
    assert not too_wide(said, columns) and len(december) == 4 and all("RM" in line for line in december)
    assert len({line.index(".") for line in december}) == 1, "one below another by the point"
    assert ("18 Jan 2025" in said) is (columns == 100) is ("Too narrow" not in said)


def test_amounts_stand_by_their_decimal_point(demo_once: Home) -> None:
    lines = [line for line in demo_once.run("--demo", "get", "China", "Malaysia", "2024").out.splitlines() if " bn" in line]
    china = [line for line in lines if "gacc" in line or "embassy" in line]
    assert len({line.index(".") for line in china}) == 1 and len({line.index(" bn") for line in china}) == 1
    assert tables.by_point(["CNY 1,508.71 bn", "RM 48.1 mn", "US$ 7"]) == [
        "CNY 1,508.71 bn", "    RM 48.1  mn", "    US$ 7      "]


def test_a_blank_growth_or_share_says_why(demo_once: Home) -> None:
    said = demo_once.run("--demo", "get", "China", "Malaysia", "2024").out
    assert "–" in said and "– under share: its table does not hold" in said and "– for statements" in said
    by_month = demo_once.run("--demo", "get", "Malaysia", "World", "2024", "--monthly").out
    assert "under share" not in by_month, "no share is shown there"
    alone = demo_once.run("--demo", "get", "China", "Malaysia", "2024", "--flow", "balance").out
    assert not {"growth", "share", "–"} & set(alone.split()), "a balance has neither"


def test_colours_are_for_terminals_that_want_them(filled_once: Home) -> None:
    words = ["sql", "SELECT 1 AS a"]
    for settings, coloured in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False),
                               ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False)):
        with Terminal(words, {**filled_once.settings(), **settings}) as terminal:
            terminal.read()
            assert ("\x1b[" in terminal.raw) is coloured, settings
            assert terminal.end() == 0
    assert "\x1b[" not in filled_once.run(*words).out
    assert "\x1b[" in filled_once.run(*words, FORCE_COLOR="1").out


@pytest.mark.parametrize(("words", "at", "said"), [
    ("entrepot re", 1, {"revisions", "refresh", "rebuild"}), ("entrepot get --mo", 2, {"--monthly"}),
    ("entrepot get China viet", 3, {"viet-nam"}), ("entrepot datasets ecb.exr.d", 2, {"ecb.exr.day"}),
    ("entrepot snapshots diff 1", 3, set())])
def test_a_shell_completes_what_is_half_typed(words: str, at: int, said: set[str]) -> None:
    asked = subprocess.run([sys.executable, "-m", "flows"], capture_output=True, text=True, cwd=ROOT, check=False, env={
        **os.environ, "_ENTREPOT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(at)})
    assert set(asked.stdout.split()) == said


def test_what_is_offered_is_known_and_in_the_case_that_is_typed() -> None:
    assert [word for word, _ in completing.areas("vie")] == ["viet-nam"] and [word for word, _ in completing.areas("VNM")] == ["VNM"]
    assert all(area(word) for word, _ in completing.areas(""))
    assert {("ASEAN", "Association of Southeast Asian Nations")} == set(completing.groups("ASEA"))
    assert all(flow(word) for word, _ in completing.flows("")) and ("usd", "") in completing.currencies("us")
    assert all(parse(word) for word, _ in completing.products("")) and list(dict(completing.products("85"))) == ["85"]


def test_completion_is_printed_for_three_shells(filled_once: Home) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_ENTREPOT_COMPLETE" in filled_once.run("completion", shell).out
    assert filled_once.run("completion", "tcsh").code == 2


def test_help_and_version_are_for_machines_too(filled_once: Home) -> None:
    said = filled_once.run("--json", "--help").json
    assert {"get", "sql", "held"} <= {one["name"] for one in said["commands"]}
    get = filled_once.run("get", "--help", "--json").json
    assert get["command"] == "entrepot get" and {"one", "period", "currency"} <= {one["name"] for one in get["parameters"]}
    assert {one["name"] for one in filled_once.run("held", "--help", "--json").json["commands"]} == {"list", "show", "accept", "reject"}
    assert set(filled_once.run("--version", "--json").json) == {"entrepot", "python", "duckdb"}


@pytest.mark.parametrize("words", [["--help"], ["get", "--help"], ["--json", "--help"], ["completion", "bash"],
                                   ["sql", "FROM stats.trade"]])
def test_a_reader_that_has_seen_enough_ends_no_command(filled_once: Home, words: list[str]) -> None:
    with filled_once.environment():
        asked = subprocess.Popen([sys.executable, "-m", "flows", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 cwd=ROOT)
    assert asked.stdout is not None and asked.stderr is not None
    asked.stdout.close()
    assert asked.wait(60) == 0 and "Traceback" not in asked.stderr.read()
    asked.stderr.close()


READS = ("get", "rank", "revisions", "trace", "sql", "datasets", "mirror", "check", "calendar", "status")


@pytest.mark.parametrize("line", [line for name in READS for line in EXAMPLES[name]])
def test_what_help_shows_may_be_typed_as_it_stands(demo_once: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "article.txt").write_text("China's trade with Malaysia was CNY 1,508.71 billion in 2024.")
    said = demo_once.run("--demo", *shlex.split(line)[1:])
    assert said.code == 0 and (said.out or list(tmp_path.glob("*.*"))), said.text


def test_help_has_examples_and_no_names_of_types(demo_once: Home) -> None:
    said = demo_once.run("get", "--help", COLUMNS="120").out
    assert EXAMPLES["get"][0] in said and "<str>" not in said and "<bool>" not in said
