"""Where words go, and settings that are empty: a closed pipe, an encoding that lacks letters, ``ENTREPOT_TZ=``."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.home.settings import Settings
from tests.e2e.house import Home

ROOT = Path(__file__).parents[2]


def command(home: Home, *words: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "from flows.cli import main; main()", *words], cwd=ROOT, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env={**os.environ, **home.settings(), **environment})


@pytest.mark.parametrize("words", [["get", "China", "Malaysia", "2026-03"], ["sql", "FROM range(30000)"], ["--json", "datasets"],
                                   ["status"], ["--help"]], ids=lambda words: words[-1])
def test_a_reader_who_closes_the_pipe_ends_no_command(filled_once: Home, words: list[str]) -> None:
    process = command(filled_once, *words)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert (process.wait(), "fault" in said, "Traceback" in said) == (0, False, False), said


@pytest.mark.parametrize("encoding", ["gbk", "cp1252", "latin-1", "ascii"])
def test_what_an_encoding_lacks_is_replaced(filled_once: Home, encoding: str) -> None:
    letters = "马 ≥ − é ü ก"
    out, err = command(filled_once, "sql", f"SELECT '{letters}' AS a", PYTHONIOENCODING=encoding).communicate()
    assert err.decode("ascii", "replace").split() == ["1", "row"], err
    assert out.decode("utf-8" if encoding == "ascii" else encoding, "replace").startswith(" a\n ")
    out, _ = command(filled_once, "--json", "sql", f"SELECT '{letters}' AS a", PYTHONIOENCODING=encoding).communicate()
    assert json.loads(out) == [{"a": letters}]  # whatever the encoding, JSON loses nothing


def test_no_file_of_ours_is_read_in_the_locales_own_encoding() -> None:
    """In a locale that is not UTF-8 a view would be made of other letters than it is written in."""
    left = []
    for file in (path for package in ("connectors", "flows", "warehouse") for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if any(one.arg == "encoding" for one in node.keywords):
                continue
            modes = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            of_path = node.func.attr in ("read_text", "write_text") and not (node.func.attr == "read_text" and node.args)
            if of_path or (node.func.attr in ("open", "fdopen") and any(set(mode) <= set("rwax+t") for mode in modes)):
                left.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert left == []


NAMES = [name for name in Settings.model_fields if name != "home"]


def test_an_empty_setting_is_one_that_is_not_set(filled_once: Home) -> None:
    said = filled_once.run("status", **{f"ENTREPOT_{name.upper()}": "" for name in NAMES})
    assert said.code == 0, said.text


@pytest.mark.parametrize("name", NAMES)
def test_each_empty_setting_has_its_default(filled_once: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"ENTREPOT_{name.upper()}", "")
    (tmp_path / "entrepot.toml").write_text(f'{name} = ""\n')
    assert getattr(Settings(home=tmp_path), name) == Settings.model_fields[name].get_default(call_default_factory=True)


@pytest.mark.parametrize("zone", ["../x", "Mars/Olympus", "/etc/passwd", "x\ny"])
def test_a_zone_that_is_none_is_refused_by_name(filled_once: Home, zone: str) -> None:
    said = filled_once.run("status", ENTREPOT_TZ=zone)
    assert said.code == 2 and "ENTREPOT_TZ" in said.err and len(said.err.splitlines()) == 1


COMMANDING = "".join(map(chr, (0x1b, 0x07, 0x08, 0x0d, 0x7f, 0x9b, 0x061c, 0x200e, 0x202e, 0x2066, 0x2028, 0xfeff)))


def test_what_commands_a_terminal_is_shown_and_not_obeyed(filled_once: Home) -> None:
    query = "SELECT 'a' || " + "".join(f"chr({ord(char)}) || " for char in COMMANDING) + "chr(10) || 'b' AS a"
    for words in (["sql", query], ["--json", "sql", query]):
        out, _ = command(filled_once, *words).communicate()
        assert not set(out.decode()) & set(COMMANDING) and "\\u202e" in out.decode()
        if "--json" in words:
            assert json.loads(out) == [{"a": f"a{COMMANDING}\nb"}]
        else:
            assert len(out.decode().splitlines()) == 2  # a new line inside a cell begins none
