"""Help for machines (``--json --help``), and the script with which a shell completes what is half typed."""

from __future__ import annotations

import os
from typing import Any

import typer

from flows.cli.common import out_json
from warehouse.schema.errors import UsageError

VARIABLE = "_ENTREPOT_COMPLETE"
"""With it a shell asks for completions."""


def prepare_completion(app: typer.Typer) -> None:
    """Where a shell asks, teach the parser to answer it."""
    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        from flows.cli.completing import attach

        completion_init()
        attach(app)


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(completion)


def completion(shell: str = typer.Argument(help="bash, zsh or fish.")) -> None:
    """What your shell reads to complete commands and options: eval "$(entrepot completion bash)"."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    from flows.cli.completing import SHELLS

    if shell not in SHELLS:
        raise UsageError(f"no completion for {shell!r}: write {', '.join(SHELLS)}")
    typer.echo(get_completion_script(prog_name="entrepot", complete_var=VARIABLE, shell=shell))


def as_json(app: typer.Typer, words: list[str]) -> None:
    """Print what a command takes, or of a group its commands. Raises UsageError for a word that is no command."""
    command: Any = typer.main.get_command(app)
    path = ["entrepot"]
    for word in words:
        if word.startswith("-"):
            continue
        found = getattr(command, "commands", {}).get(word)
        if found is None:
            if hasattr(command, "commands"):
                raise UsageError(f"no command {word!r}: {', '.join(sorted(command.commands))}")
            break
        command, path = found, [*path, word]
    out_json({"command": " ".join(path), "help": (command.help or "").strip(),
              "commands": [{"name": name, "group": _text(getattr(one, "rich_help_panel", None)), "help": _text(one.help).partition("\n")[0]}
                           for name, one in getattr(command, "commands", {}).items() if not one.hidden],
              "parameters": [_parameter(one) for one in command.params if not getattr(one, "hidden", False)]})


def _parameter(one: Any) -> dict[str, Any]:
    words = [*getattr(one, "opts", []), *getattr(one, "secondary_opts", [])]
    option = any(word.startswith("-") for word in words)
    return {"name": one.name, "kind": "option" if option else "argument", "typed": words if option else [], "required": bool(one.required),
            "several": bool(getattr(one, "multiple", False)), "help": _text(getattr(one, "help", None))}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
