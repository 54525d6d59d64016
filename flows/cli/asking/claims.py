"""``claims read``: what labelled sentences say, for measuring the reader; not listed in the help."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from flows.cli.common import say
from warehouse.schema.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Read claims out of text, for measuring.")


def register(parent: typer.Typer) -> None:
    """Put the command where it works and is not listed."""
    app.command()(read)
    app.callback()(lambda: None)
    parent.add_typer(app, name="claims", hidden=True)


def read(file: Path = typer.Argument(help="Lines of JSON with id, text, published, context, source.")) -> None:
    """Lines with id and claims, the keys those of the labelled sentences. Consecutive lines of one source are one text."""
    from warehouse.claims.read.reader import read_lines

    for row in read_lines(_lines(file)):
        say(json.dumps(row, ensure_ascii=False))


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}; give the name of a file with a text on each line") from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{file}, line {number}: {error}; each line has to be a JSON object") from error
        if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "id" not in row:
            raise UsageError(f"{file}, line {number}: a line has id and text, and may have published, context and source")
        yield row
