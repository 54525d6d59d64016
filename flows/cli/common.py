"""What every command needs: the global options, the open house, and how figures, tables and JSON are printed."""

from __future__ import annotations

import json
import logging
import os
import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer
from typer.core import TyperGroup

from flows.cli import tables
from warehouse.ask.machines import plain
from warehouse.reference.dates import short
from warehouse.schema.errors import EntrepotError, UsageError
from warehouse.shown import shown

if TYPE_CHECKING:
    import duckdb

    from flows.home.house import House

PANELS = ("Ask", "Load", "Run", "Keep")
EXIT_ORDER = (2, 8, 1, 6, 5, 4, 7, 3)
"""Of several exit codes, the first of these."""


@dataclass
class _State:
    """The global options of this call."""

    home: Path | None = None
    demo: bool = False
    json: bool = False
    debug: bool = False
    zone: str = "UTC"
    """The home's zone, once it is open."""

    def reset(self) -> None:
        self.home, self.demo, self.json, self.debug, self.zone = None, False, False, False, "UTC"

    def configure_logging(self) -> None:
        logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s", force=True)
        logging.getLogger("entrepot").setLevel(logging.DEBUG if self.debug else logging.ERROR)
        logging.getLogger("entrepot.waiting").setLevel(logging.WARNING)  # for whom it waits is said to everybody

    def house(self, *, whole: bool = True) -> House:
        """The home of this call, opened. Raises UsageError for a setting that cannot be read, and (unless a command mends it, not
        ``whole``) LakeDamaged where a part of the home is gone.
        """
        from tomllib import TOMLDecodeError

        from pydantic import ValidationError
        from pydantic_settings import SettingsError

        from flows.home.house import House
        from flows.home.settings import Settings
        from warehouse.home import default_home, folder

        try:
            settings = Settings(home=self.home) if self.home else Settings()
        except TOMLDecodeError as error:
            file = folder(self.home or os.environ.get("ENTREPOT_HOME") or default_home()) / "entrepot.toml"
            raise UsageError(f"{file} cannot be read: {error}") from error
        except SettingsError as error:
            found = re.search(r'field "(\w+)"', str(error))
            name = f"ENTREPOT_{found[1].upper()}" if found else "a setting"
            raise UsageError(f'{name} cannot be used: it takes JSON, such as {{"host": "address"}}') from error
        except ValidationError as error:
            first = error.errors()[0]
            name = "ENTREPOT_" + "_".join(str(part) for part in first["loc"]).upper()
            raise UsageError(f"the setting {name} cannot be used: {first['msg']}") from error
        self.zone = settings.tz
        house = House(settings, demo=self.demo)
        if whole:
            house.make_sure()
        return house

    def reading(self, as_of: str | None = None, known_on: str | None = None) -> tuple[House, duckdb.DuckDBPyConnection]:
        """The house and a read-only connection on its published lake: now, or as it was by either clock."""
        from warehouse.history.past import connect_past, day_end
        from warehouse.lake.opening import connect
        from warehouse.upkeep.whole import refuse_empty

        house = self.house()
        try:
            if as_of is None and known_on is None:
                return house, refuse_empty(house.journal, connect(house.place))
            return house, connect_past(house.place, as_of=as_of, tz=house.settings.tz,
                                       known_on=day_end(known_on, house.settings.tz) if known_on else None)
        except EntrepotError as error:
            demo = house.settings.home / "demo" / "lake"
            if not self.demo and house.place.current() is None and demo.is_dir():
                empty = str(error).partition(" (with --demo")[0]
                raise EntrepotError(f"{empty}. The demo home is filled: put --demo before the command") from error
            raise


state = _State()


class ListsAlone(TyperGroup):
    """A group of commands that alone is its ``list``: ``entrepot held`` is ``entrepot held list``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """With ``list`` before what names no command; what is half typed is left to completion."""
        alone = not args or (args[0].startswith("-") and args[0] != "--help")
        return super().parse_args(ctx, ["list", *args] if alone and not ctx.resilient_parsing else args)


_COMMAND = re.compile(r"\bentrepot (?=(?:backfill|backup|brief|calendar|check|claims|completion|datasets|doctor|get|held|import"
                      r"|maintain|mcp|mirror|publish|quarantine|rank|rebuild|refresh|revisions|serve|snapshots|sources|sql|status|trace|verify)\b)")


def of_this_home(*, live: bool = False) -> str:
    """The options that make a command one about the home of this call, with a blank behind; ``live``: not about its demo."""
    home = ["--home", shlex.quote(str(state.home))] if state.home is not None else []
    return "".join(f"{word} " for word in (*home, *(["--demo"] if state.demo and not live else [])))


def as_typed(text: str, *, live: bool = False) -> str:
    """A sentence whose commands, typed as they stand, are about the home of this call; ``live``: not about its demo."""
    return _COMMAND.sub(lambda found: found[0] + of_this_home(live=live), text)


def say(text: str = "", *, err: bool = False, style: str = "", live: bool = False) -> None:
    """A sentence for a person, of our own words, in lines no wider than the terminal; what is stored is shown with ``table``."""
    for part in shown(as_typed(text, live=live)).split("\n"):
        for line in tables.filled(part, room(err)):
            _print(styled(line, style, err), err)


def _print(line: str, err: bool = False) -> None:
    typer.echo(line, err=err, color=True if coloured(err) else None)


def worst(codes: Iterable[int]) -> int:
    """The exit code of several outcomes."""
    found = set(codes)
    return next((code for code in EXIT_ORDER if code in found), 0)


def out_json(value: Any) -> None:
    typer.echo(json_text(value))


def json_text(value: Any) -> str:
    # In an encoding that lacks letters JSON has its own way to write them.
    unicode = (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"
    return shown(json.dumps(value, ensure_ascii=not unicode, default=plain, indent=2))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = (), point: Sequence[int] = (),
          err: bool = False) -> None:
    """Columns aligned with spaces, no wider than the terminal: those of ``right`` end in line, those of ``point`` have their decimal
    points in line (``tables``).
    """
    cells = [[shown(str(cell)).replace("\n", "\\n") for cell in row] for row in rows]
    for number, line in enumerate(tables.lines(columns, cells, right=right, point=point, width=room(err))):
        _print(styled(line, "head", err) if number == 0 and any(columns) else line, err)


def room(err: bool = False) -> int | None:
    """How many columns there are to print in; None where nobody watches, so that a line stays a line. ``COLUMNS`` says otherwise."""
    if (said := os.environ.get("COLUMNS", "")).isdecimal() and int(said):
        return max(int(said), 20)
    stream = sys.stderr if err else sys.stdout
    try:
        return max(os.get_terminal_size(stream.fileno()).columns, 20) if stream.isatty() else None
    except (OSError, ValueError):
        return None


_STYLES: dict[str, dict[str, Any]] = {"title": {"bold": True}, "head": {"dim": True}, "note": {"dim": True}, "good": {"fg": "green"},
                                      "bad": {"fg": "red"}, "doubt": {"fg": "yellow"}}


def coloured(err: bool = False) -> bool:
    """Whether words may have colours: on a terminal that is not ``TERM=dumb``. ``NO_COLOR`` forbids it, ``FORCE_COLOR`` asks for it."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and (sys.stderr if err else sys.stdout).isatty()


def styled(text: str, style: str, err: bool = False) -> str:
    """A text as one of ``_STYLES`` where there are colours."""
    return typer.style(text, **_STYLES[style]) if style and text and coloured(err) else text


SYMBOLS = {"MYR": "RM", "USD": "US$"}


def money(value: Decimal | None, currency: str, *, unit: int = 1, decimals: int = 3) -> str:
    """A value as people print it, never with more digits than its publisher printed: ``CNY 1,508.71 bn``."""
    if value is None:
        return "not converted"
    symbol = SYMBOLS.get(currency, currency)
    amount = Decimal(value)
    for size, word, most in ((Decimal(10) ** 9, " bn", 2), (Decimal(10) ** 6, " mn", 1), (Decimal(1), "", 0)):
        if abs(amount) >= size or size == 1:
            # One printed unit is `unit`, so a digit of `size` has so many known decimals.
            known = decimals + len(str(int(size))) - len(str(unit))
            digits = max(0, min(most, known))
            return f"{symbol} {amount / size:,.{digits}f}{word}".replace("-", "−")
    raise AssertionError


def percent(value: Decimal | float | None, *, sign: bool = True) -> str:
    if value is None:
        return ""
    rounded = round(value, 1) or 0  # no −0.0
    return f"{rounded:{'+' if sign and rounded else ''}.1f} %".replace("-", "−")


def day(value: datetime | date | None) -> str:
    """A day for people; of a moment, the day it was in the home's zone."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(state.zone))
    return f"{value:%-d %b %Y}" if value else "–"


def moment(value: datetime | None) -> str:
    """A time of our own clock, in the home's zone: as it may be typed again after ``--as-of``."""
    return f"{value.astimezone(ZoneInfo(state.zone)):%Y-%m-%d %H:%M:%S}" if value else "–"


BASIS = {"stamp": "", "page": "", "release_list": "", "calendar": " (calendar)", "between": " at the latest",
         "first_seen": " first seen"}


def released(on: date | None, basis: str) -> str:
    """When a figure was released, at its publisher's place, and how well that is known."""
    return short(on) + BASIS.get(basis, "")


def origin(figure: Any) -> str:
    """``sample, reconstructed from …`` where a figure comes from a page that we composed."""
    kind, note = _get(figure, "origin_kind"), _get(figure, "source_note")
    if kind == "reconstructed":
        return f"sample, {note if note.startswith('reconstructed') else f'reconstructed from {note}'}"
    return f"imported: {note}" if kind == "imported" and note and not note.startswith("reviewed") else ""


def _get(thing: Any, name: str) -> Any:
    return thing[name] if isinstance(thing, dict) else getattr(thing, name)
