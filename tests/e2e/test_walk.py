"""A walk over every option and argument of every command with hostile text: nothing stored changes, and nothing ends as a fault.

The commands and their options are asked of the command line itself, so a new one is walked as soon as it is there. A share of the
walk, by seed, is done each time; ``ENTREPOT_SOAK_WALK=1`` does all of it.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from flows.cli import app
from tests.e2e.house import Home
from tests.publishers import Publishers

SOAK = bool(os.environ.get("ENTREPOT_SOAK_WALK"))
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261129"))
SHARE = 1
"""Hostile texts for each option, of all."""

HOSTILE = (
    "x') OR ('1'='1", "'; DELETE FROM stats.trade; --", "gacc.prelim.country'; DROP TABLE ops.load; --", '"', "'", "''", "`", ";", "--",
    "/* */", "*/", "%", "_", "%%", "gacc%", "\\", "\n", "\r\n", "\t", "\x1b[2J", "\x07", "\x7f", "\u202e", "\ufeff", "é", "马来西亚", "😀",
    "", " ", "  x  ", "-", "--yes", "-1", "0", "1e999", "nan", "99999999999999999999", "2024-13-45", "0000-00-00", "9999-12-31",
    "../../etc/passwd",
    "/dev/null/x", "~", "$HOME", "$(touch owned)", "`touch owned`", "${jndi:x}", "{0}", "%s%n", "file:///etc/passwd", "http://[::1",
    "a" * 5000, "١٢٣", "²", "1_0", "null", "None", "true", "=1+1", "|", "&", "<b>", "gacc.prelim.country\x1f", "\udce9", "CON", "*", "?", 
    "[a", "#")

GOOD = {"one": "China", "other": "Malaysia", "reporter": "China", "partner": "Malaysia", "period": "2026-03", "query": "SELECT 1",
        "what": "Trade grew.", "dataset": "dosm.headline", "--from": "2026-03", "number": "999", "--why": "a walk", "snapshot": "999",
        "name": "dosm.headline"}
"""What stands where the walk is not."""
LONG = {("serve",)}
"""Commands that stay until they are stopped."""


def commands() -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    def below(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
        if hasattr(command, "commands"):
            for name, each in command.commands.items():
                yield from below(each, (*path, name))
        else:
            yield path, [each for each in command.params if each.name != "help"]

    yield from below(typer.main.get_command(app), ())


def walked() -> list[tuple[tuple[str, ...], str, str]]:
    """Each command with each of its options that takes a text, and the hostile texts for it."""
    chance = random.Random(SEED)
    found = []
    for path, options in commands():
        for option in options:
            if path in LONG or getattr(option, "is_flag", False) or option.opts[0] == "--note":  # a note is any text
                continue
            texts = HOSTILE if SOAK else chance.sample(HOSTILE, SHARE)
            found += [(path, option.opts[0], text) for text in texts]
    return found


def typed(path: tuple[str, ...], name: str, text: str) -> list[str]:
    """A command with one hostile text, and good words for all else that it needs."""
    (options,) = [each for where, each in commands() if where == path]
    words, rest = list(path), []
    for option in options:
        own = option.opts[0]
        if option.param_type_name == "argument":
            if own == name or option.required:
                rest.append(text if own == name else GOOD.get(own, "nowhere"))
        elif own == name:
            words.append(f"{own}={text}" if own.startswith("--") else f"{own}{text}")
        elif option.required:
            words.append(f"{own}={GOOD[own]}")
    return [*words, "--", *rest] if rest else words


@pytest.fixture(scope="module")
def walker(filled_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with Publishers() as publishers:
        yield filled_once.copied(tmp_path_factory.mktemp("walk") / "home", publishers)


def stored(home: Home) -> dict[str, str]:
    """What is stored, and every bit of it: lake, archive and journal. Locks and records of what was asked are no part of it."""
    return {str(path.relative_to(home.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for room in ("lake/data", "lake/published", "archive/blobs", "archive/journal", "entrepot.toml", "sources.toml")
            for path in ([home.root / room] if (home.root / room).is_file() else sorted((home.root / room).rglob("*"))) if path.is_file()}


@pytest.mark.parametrize(("path", "name", "text"), walked(),
                         ids=lambda value: " ".join(value) if isinstance(value, tuple) else ascii(value)[:30])
def test_hostile_text_changes_nothing_and_is_no_fault(
        walker: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...], name: str, text: str) -> None:
    monkeypatch.chdir(tmp_path)

    def asked(*_: object, **__: object) -> str:
        raise AssertionError("a question was asked about a text that could have been refused")

    monkeypatch.setattr("builtins.input", asked)
    monkeypatch.setattr(typer, "confirm", asked)
    before = stored(walker)
    said = walker.run(*typed(path, name, text), typed="")
    assert said.code != 1 or "cannot" in said.err or "not" in said.err or "no " in said.err, said.text
    assert not (tmp_path / "owned").exists()
    assert stored(walker) == before
