"""What README.md and the pages in docs/ tell people to type: every command and option exists, every make target too."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from flows.cli import app

ROOT = Path(__file__).parents[2]
GLOBALS = {"--demo", "--json", "--debug"}


def typed() -> list[tuple[str, str]]:
    """Lines of code blocks that begin with the command, without what follows as a comment."""
    found = []
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        if not page.is_file():
            continue
        for block in re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            for line in block.splitlines():
                command = re.match(r"\s*(?:\$ )?(?:\S*/)?(entrepot|make)\s+(.*)", line)
                if command and "…" not in line and "<" not in line:
                    found.append((page.name, f"{command[1]} {re.split(r'  +#|   +', command[2])[0].strip()}"))
    return found


TYPED = typed()


def test_the_readme_shows_commands() -> None:
    assert sum(page == "README.md" for page, _ in TYPED) >= 8


@pytest.mark.parametrize(("page", "line"), TYPED, ids=lambda value: value)
def test_what_is_shown_can_be_typed(page: str, line: str) -> None:
    program, *words = shlex.split(line, comments=True)
    if program == "make":
        targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
        assert set(words) <= targets, f"{page}: {line}"
        return
    command: Any = typer.main.get_command(app)
    words = [word for word in words if word not in GLOBALS]
    if "--home" in words:
        at = words.index("--home")
        del words[at:at + 2]
    if words and all(word.isupper() for word in words):
        pytest.skip("a form, not a command")
    while words and hasattr(command, "commands"):
        name = words.pop(0)
        assert name in command.commands, f"{page}: {line}: there is no command {name}"
        command = command.commands[name]
    # Raises a usage error for an option that does not exist, a missing argument, a value of the wrong kind.
    command.make_context(line, words)
