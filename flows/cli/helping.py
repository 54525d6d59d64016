"""Help for machines (``--json --help``), and the script with which a shell completes what is half typed."""

from __future__ import annotations

import os
from typing import Any

import typer

from flows.cli.common import out_json
from warehouse.schema.errors import UsageError

EXAMPLES = {
    "get": ("entrepot get China Malaysia 2024", "entrepot get Malaysia World 2025 --monthly --flow exports",
            "entrepot get China Malaysia 2023-2025 --plot"),
    "rank": ("entrepot rank China 2024 --within ASEAN", "entrepot rank China 2024 --flow imports -o sources.svg"),
    "revisions": ("entrepot revisions Malaysia World --flow imports --period 2024-06", "entrepot revisions"),
    "trace": ("entrepot trace China Malaysia 2024 --flow imports",),
    "sql": ("entrepot sql \"FROM mart.figures WHERE partner = 'MYS' LIMIT 5\"", "entrepot sql \"SHOW ALL TABLES\" -o tables.csv"),
    "datasets": ("entrepot datasets", "entrepot datasets gacc.bulletin.country"),
    "mirror": ("entrepot mirror China Malaysia 2024",),
    "check": ("entrepot check \"China's imports from Malaysia rose 8.6 per cent in 2024.\"",
              "entrepot check article.txt --published 2025-04-20"),
    "brief": ("entrepot brief China Malaysia -o pair.html", "entrepot brief Malaysia --year 2025 -o malaysia.pdf",
              "entrepot brief Malaysia China --products 8542 -o chips.html"),
    "refresh": ("entrepot refresh gacc dosm ecb", "entrepot refresh"),
    "backfill": ("entrepot backfill comtrade.hs --from 2015 --to 2024 --dry-run",),
    "import": ("entrepot import saved-page.html", "entrepot import table.xlsx --as mapping.toml"),
    "calendar": ("entrepot calendar gacc", "entrepot calendar --from \"November 2026\""),
    "status": ("entrepot status", "entrepot status --check"),
    "serve": ("entrepot serve",),
    "publish": ("entrepot publish", "entrepot publish pages site"),
}
"""What each command's help shows as it may be typed."""
SHOWN_TYPES = {"<str>": "TEXT", "<int>": "NUMBER", "<int range>": "NUMBER", "<path>": "PATH", "<list[str]>": "TEXT", "<bool>": None}
"""What is typed behind an option, in a reader's words; nothing behind a switch."""
VARIABLE = "_ENTREPOT_COMPLETE"
"""With it a shell asks for completions."""


def prepare_completion(app: typer.Typer) -> None:
    """Where a shell asks, teach the parser to answer it."""
    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        from flows.cli.completing import attach

        completion_init()
        attach(app)


def prepare_help(app: typer.Typer) -> None:
    """Help for people: an example of each command, and no names of types."""
    from typer.core import TyperArgument, TyperOption

    for one in app.registered_commands:
        name = one.name or getattr(one.callback, "__name__", "")
        if lines := EXAMPLES.get(name or ""):
            one.epilog = "\n\n".join(("Example:" if len(lines) == 1 else "Examples:", *(f"  {line}" for line in lines)))

    def shown(kind: type[Any]) -> None:
        if (before := getattr(kind, "display_type_rich", None)) is None:
            return  # another typer than the one this was tried with: types have its names

        def display(param: Any, ctx: Any) -> str | None:
            said = before(param, ctx=ctx)
            return SHOWN_TYPES.get(said, said) if said else said

        kind.display_type_rich = display

    shown(TyperOption)
    TyperArgument.display_type_rich = lambda param, ctx: None  # type: ignore[method-assign, assignment]


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
    out_json({"command": " ".join(path), "help": (command.help or "").strip(), "examples": EXAMPLES.get(path[-1], ()),
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
