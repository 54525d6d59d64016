"""A walk over every option and argument of every command, and over every setting, with hostile text: nothing stored changes, no
question is asked, and what is refused is refused with exit code 2 in one sentence that names the option or the text and the way out.

The commands, their options and the settings are asked of the program itself, so a new one is walked as soon as it is there. A share
of the walk, by seed, is done each time; ``ENTREPOT_SOAK_WALK=1`` does all of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from flows.cli import app
from flows.home.settings import Settings
from tests.e2e.house import Home, Said
from tests.e2e.pages import headline
from tests.publishers import Publishers

SOAK = bool(os.environ.get("ENTREPOT_SOAK_WALK"))
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261129"))
SHARE = 1
"""Hostile texts for each option, of all."""

HOSTILE = (
    "x') OR ('1'='1", "'; DELETE FROM stats.trade; --", "gacc.prelim.country'; DROP TABLE ops.load; --", '"', "'", "''", "`", ";", "--",
    "a/* */", "*/", "%", "_", "%%", "gacc%", "\\", "\n", "\r\n", "\t", "\x1b[2J", "\x07", "\x7f", "\u202e", "\ufeff", "é", "马来西亚", "😀",
    "", " ", "  x  ", "-", "--yes", "-1", "0", "1e999", "nan", "99999999999999999999", "2024-13-45", "0000-00-00", "9999-12-31",
    "../../etc/passwd",
    "/dev/null/x", "~", "$HOME", "$(touch owned)", "`touch owned`", "${jndi:x}", "{0}", "%s%n", "file:///etc/passwd", "http://[::1",
    "a" * 5000, "١٢٣", "²", "1_0", "null", "None", "true", "=1+1", "|", "&", "<b>", "gacc.prelim.country\x1f", "\udce9", "CON", "*", "?",
    "[a", "#")

GOOD = {"areas": "China", "one": "China", "other": "Malaysia",
        "reporter": "China", "partner": "Malaysia", "period": "2026-03", "--period": "2026-03",
        "query": "SELECT 1", "what": "Trade grew.", "dataset": "dosm.headline", "--from": "2026-03", "number": "999", "--why": "a walk",
        "snapshot": "999", "name": "dosm.headline", "--area": "Netherlands", "--in": "MYR",
        "--package": "made"}
"""What stands where the walk is not."""
BESIDE = {("revisions",): ("reporter", "partner", "--period"), ("trace",): ("partner", "period"),
          ("sources", "new"): ("--package",)}
"""What is not required, and given all the same: an option is only looked at beside it."""
GOOD_HERE = {("snapshots", "diff"): {"one": "1", "other": "2"}, ("snapshots", "restore"): {"snapshot": "1"},
             ("sources", "new"): {"name": "lowlands"}}
"""The same for commands that mean other things by these names."""
NAME = re.compile(r"[a-z][a-z0-9]{1,30}")
"""What may be a new publisher's."""
LONG = {("serve",)}
"""Commands that stay until they are stopped."""
ANY_TEXT = {(("check",), "what"), (("snapshots", "tag"), "--note"), (("publish",), "what"), (("publish",), "to"),
            (("backup", "create"), "to"), (("rebuild",), "--into"), (("sources", "new"), "--title"), (("sources", "new"), "--package"),
            (("check",), "--html"), (("snapshots", "diff"), "--html")}
"""What takes any text: a sentence, a note, the name of a new file or folder."""
ANY_LIST = ("--products",)
"""Any word may be the name of a classification that nothing is held of."""
TAG = (("snapshots", "tag"), "name")
MEANT = {"-", "0", "-1", "1_0", "99999999999999999999", "9999-12-31", "\u0661\u0662\u0663", "  x  "}
"""Numbers, days and short texts of the hostile ones, which some option or other takes for what they are."""
WAY_OUT = re.compile(r"entrepot |takes|taken|such as|held:|near|must|has to|choose|write |give |type |leave|up to|newest|there is|is there|"
                     r"in the range|not a valid|needs|named|only reads|total, export|is typed|is given by|one reads|No such file|"
                     r"Not a directory|goes into|requires an argument", re.IGNORECASE)


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
            if path in LONG or getattr(option, "is_flag", False) or option.opts[0] in ("--note", "--why"):  # any text
                continue
            texts = HOSTILE if SOAK else chance.sample(HOSTILE, SHARE)
            found += [(path, option.opts[0], text) for text in texts]
    return found


def typed(path: tuple[str, ...], name: str, text: str) -> list[str]:
    """A command with one hostile text, some of its flags, and good words for all else that it needs."""
    (options,) = [each for where, each in commands() if where == path]
    chance = random.Random(f"{SEED} {path} {name} {text!a}")
    words, rest = list(path), []
    for option in options:
        own = option.opts[0]
        needed = (option.required or (own == "--in" and name == "--rates")
                  or (own in BESIDE.get(path, ()) and not (own == "--period" and name == "--triangle")))
        if option.param_type_name == "argument":
            if own == name or needed:
                rest.append(text if own == name else {**GOOD, **GOOD_HERE.get(path, {})}.get(own, "nowhere"))
        elif getattr(option, "is_flag", False):
            if own not in ("--flow", "--send-test") and chance.random() < 0.3:  # these begin a server, send a message
                words.append(own)
        elif own == name:
            words.append(f"{own}={text}" if own.startswith("--") else f"{own}{text}")
        elif needed:
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


def names_it(said: str, name: str, text: str) -> bool:
    """Whether a refusal shows which option or which text is meant; long and odd texts are shown as far as they can be."""
    forms = {text, text.strip(), ascii(text)[1:-1], repr(text)[1:-1], os.fsencode(text).decode(errors="backslashreplace"),
             Path(text).name if "/" in text else text}
    return (name.strip("-").lower() in said.lower() or any(form[:20] in said for form in forms if form)
            or (not text.strip() and ("''" in said or "is empty" in said or said.startswith("entrepot: . is a folder"))))


def refused_well(said: Said, name: str, text: str) -> None:
    """One sentence on the error stream, with the exit code of a usage or of a word not known, of what is understood also of nothing held;
    of the command line's own parser, its frame with the sentence in it."""
    assert said.code in (2, 8) or (said.code == 7 and (text in MEANT or name in ANY_LIST)), said.text
    assert said.err.startswith(("entrepot: ", "Usage: ", "Error: ")), said.err
    assert len(said.err.splitlines()) == 1 or said.err.startswith("Usage: "), said.err
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", said.err), "a terminal would obey it"
    assert names_it(said.err, name, text) or text in MEANT, said.err
    assert WAY_OUT.search(said.err), said.err


@pytest.mark.parametrize(("path", "name", "text"), walked(),
                         ids=lambda value: " ".join(value) if isinstance(value, tuple) else ascii(value)[:30])
def test_hostile_text_changes_nothing_and_is_refused_by_name(
        walker: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: tuple[str, ...], name: str, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))  # what "~" is the folder of

    def asked(*_: object, **__: object) -> str:
        raise AssertionError("a question was asked about a text that could have been refused")

    monkeypatch.setattr("builtins.input", asked)
    monkeypatch.setattr(typer, "confirm", asked)
    (tmp_path / "nowhere").write_bytes(headline())  # what is named where a file is wanted
    before, rows = stored(walker), walker.rows("SELECT count(*) FROM stats.trade") if (path, name) == TAG else []
    said = walker.run(*typed(path, name, text), typed="")
    assert not (tmp_path / "owned").exists()
    after = stored(walker)
    if (path, name) == TAG and said.code == 0:  # any text may be a tag, and is one then: no more than that
        assert {place: bits for place, bits in after.items() if place.startswith("archive/blobs")} == {
            place: bits for place, bits in before.items() if place.startswith("archive/blobs")}
        assert walker.rows("SELECT count(*) FROM stats.trade") == rows
        assert walker.run("snapshots", "untag", "--", text).code == 0
        return
    assert after == before
    if said.code == 0:
        assert (path, name) in ANY_TEXT or text in MEANT or (path == ("sources", "new") and NAME.fullmatch(text)), said.text
    elif (path, name) in ANY_TEXT and said.code == 1:
        assert "cannot write" in said.err or "cannot use" in said.err or "Not read: " in said.out, said.text
    else:
        refused_well(said, name, text)


def settings_walked() -> list[tuple[str, str, str]]:
    chance = random.Random(SEED)
    return [(name, where, text) for name in Settings.model_fields for where in ("environment", "file") if (name, where) != ("home", "file")
            for text in (HOSTILE if SOAK else chance.sample(HOSTILE, 1))]


@pytest.mark.parametrize(("name", "where", "text"), settings_walked(), ids=lambda value: ascii(value)[:30])
def test_a_hostile_setting_changes_nothing_and_is_refused_by_name(
        walker: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, where: str, text: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    variable = f"ENTREPOT_{name.upper()}"
    if "\0" in text or (where == "file" and not text.isprintable()):
        text = "x') OR ('1'='1"
    before = stored(walker)
    file = walker.root / "entrepot.toml"
    if where == "file":
        file.write_text(f"{name} = {json.dumps(text, ensure_ascii=False)}\n", encoding="utf-8")
        monkeypatch.setattr(Home, "settings", lambda home, **more: {"ENTREPOT_HOME": str(home.root), **more})
    try:
        said = walker.run("status", **({variable: text} if where == "environment" else {}))
    finally:
        file.unlink(missing_ok=True)
    assert not (tmp_path / "owned").exists()
    assert stored(walker) == before
    if said.code:
        assert said.code in (2, 4, 6, 8), said.text  # 4: a server that is away; 6: an archive elsewhere, and none is there
        assert said.err.startswith("entrepot: ") and len(said.err.splitlines()) == 1, said.err
        assert not re.search("[\x00-\x1f\x7f\u202e]", said.err[:-1]), "a terminal would obey it"
        if said.code == 2:
            assert variable in said.err.upper() or names_it(said.err, variable, text), said.err


@pytest.mark.parametrize("text", HOSTILE if SOAK else random.Random(SEED).sample(HOSTILE, 4), ids=lambda value: ascii(value)[:30])
def test_a_hostile_list_of_sources_is_refused_by_name(walker: Home, text: str) -> None:
    before = stored(walker)
    file = walker.root / "sources.toml"
    for content in (text, f"[enabled]\n{json.dumps(text)} = true\n", f"enabled = {json.dumps(text)}\n",
                    f'[enabled]\n"dosm.headline" = {json.dumps(text)}\n'):
        file.write_bytes(os.fsencode(content))
        try:
            said = walker.run("sources", "list")
        finally:
            file.unlink()
        assert said.code in (0, 2), said.text
        assert said.code == 0 or "sources.toml" in said.err, said.err
    assert stored(walker) == before


def test_an_option_that_is_given_an_empty_text_is_refused(walker: Home) -> None:
    """A shell's variable that is not set: the question would be another one."""
    for words in (("get", "China", "Malaysia", "2026-03", "--known-on", ""), ("get", "China", "Malaysia", "2026-03", "--known-on="),
                  ("rank", "China", "2026-03", "--within", ""), ("sql", "SELECT 1", "-o", "")):
        said = walker.run(*words)
        assert (said.code, said.out, "was given an empty text" in said.err) == (2, "", True), (words, said.text)


def test_options_that_choose_nothing_are_no_part_of_another_question(walker: Home) -> None:
    for words in (("revisions", "--period", "2026-03"), ("revisions", "--flow", "export"), ("revisions", "--reread"),
                  ("trace", "0123456789", "--flow", "export"), ("trace", "0123456789", "--dataset", "dosm.headline"), ("trace", "a", "b")):
        said = walker.run(*words)
        assert said.code == 2 and "REPORTER PARTNER" in said.err, (words, said.text)
