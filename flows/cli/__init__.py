"""The command line: thin words over the pipeline and the answers. Groups as in ``entrepot --help``: ask, load, run, keep.

``main`` is the entry point: it finds the global options wherever they stand, opens the house, and turns every error with
a name into one sentence and an exit code. Reading commands import neither Prefect nor a frame library.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import signal
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import typer

from flows.cli import helping, load, run, snapshots, sources, streams, upkeep
from flows.cli.asking import brief, check, claims, datasets, figures, mirror, revisions, sql, trace
from flows.cli.common import PANELS, as_typed, coloured, out_json, say, state, styled
from warehouse.lake.readers import turn
from warehouse.schema.errors import EntrepotError, UsageError

CLICK: Any = typer.BadParameter.__mro__[2]
"""Typer's base of usage errors (its own copy of click's ClickException)."""

READ = frozenset(("get", "rank", "revisions", "trace", "sql", "datasets", "mirror", "check", "brief", "calendar", "status"))
"""Commands that take a turn of the readers."""

app = typer.Typer(
    name="entrepot", no_args_is_help=True, add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False,
    help="Official trade figures, each with its page, its revisions and its mirror.",
    epilog="Exit codes: 0 done · 1 fault · 2 usage · 3 something is held, late or does not agree (with --check) · "
           "4 publisher, or a server of the lake, unavailable · 5 another writer is at work · 6 the lake does not verify · "
           "7 what was asked for is not held · 8 a word that names nothing known (or several things). Of several, the first of "
           "2, 8, 1, 6, 5, 4, 7, 3.")

ASK = (figures, revisions, trace, sql, datasets, mirror, check, brief)
"""In the order of --help."""

for module, panel in (*((one, PANELS[0]) for one in ASK), (load, PANELS[1]), (sources, PANELS[1]), (run, PANELS[2]), (helping, PANELS[2]),
                      (snapshots, PANELS[3]), (upkeep, PANELS[3])):
    module.register(app, panel)
claims.register(app)


@app.callback()
def _globals(
    home: Path | None = typer.Option(None, "--home", help="Where archive and lake are (ENTREPOT_HOME).", show_default=False),
    demo: bool = typer.Option(False, "--demo", help="A home of its own, filled from the shipped sample: no network."),
    as_json: bool = typer.Option(False, "--json", help="Answer in JSON."),
    debug: bool = typer.Option(False, "--debug", help="Say what is asked and answered; show tracebacks."),
    version: bool = typer.Option(False, "--version", help="The version of Entrepot."),
) -> None:
    """Taken out of the arguments by ``main`` before Typer sees them; declared here for --help."""


def _folder(typed: str) -> Path:
    if not typed or typed.startswith("-"):
        raise UsageError("--home takes a folder: --home DIR")
    return Path(typed)


def _take_globals(arguments: list[str]) -> list[str]:
    """The global options may stand before or after the command: take them out, wherever they are."""
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            return [*rest, word, *words]
        if word == "--demo":
            state.demo = True
        elif word == "--json":
            state.json = True
        elif word == "--debug":
            state.debug = True
        elif word == "--home":
            state.home = _folder(next(words, ""))
        elif word.startswith("--home="):
            state.home = _folder(word.partition("=")[2])
        else:
            rest.append(word)
    return rest


def _without_a_mapping(arguments: list[str]) -> list[str]:
    """``import FILE --as`` alone asks for a proposal: the option's value may be left out where nothing follows that could be one."""
    rest: list[str] = []
    for word, after in zip(arguments, [*arguments[1:], "--"], strict=True):
        rest += [word, "-"] if word == "--as" and after.startswith("--") else [word]
    return rest


def _only_reads(arguments: list[str]) -> bool:
    """Whether a command reads, answers and ends, without a person: it waits for its turn here, before it loads what takes memory."""
    words = [word for word in arguments if not word.startswith("--")]
    return bool(words) and words[0] in READ and "-" not in words and (words[0] != "sql" or len(words) > 1)


def _look_at(arguments: list[str]) -> None:
    """Refuse bytes that are not UTF-8, which neither the lake nor the journal can keep, and an option that was given an empty text.

    Such a text comes of a variable that is not set: ``--known-on "$DAY"`` must not answer with what is known today.
    """
    before = ""
    for word in arguments:
        option = word[:-1] if word.startswith("--") and word.endswith("=") else before if not word and before.startswith("-") else ""
        if option not in ("", "-", "--", "--note"):
            raise UsageError(f"{option} was given an empty text: say what is meant, or leave it out")
        before = word
        try:
            word.encode()
        except UnicodeEncodeError:
            shown = os.fsencode(word).decode(errors="backslashreplace")
            raise UsageError(f"'{shown}' is not UTF-8: type it as UTF-8; a file or folder of such a name has to be renamed") from None


def main() -> None:
    """Run one command; the process ends with its exit code."""
    state.reset()
    streams.prepare()
    try:
        _look_at(sys.argv[1:])
        arguments = _take_globals(sys.argv[1:])
        if arguments[:1] == ["import"]:
            arguments = _without_a_mapping(arguments)
        state.configure_logging()
        if arguments[:1] == ["--version"]:
            from flows.home.house import entrepot_version

            if state.json:
                import duckdb

                out_json({"entrepot": entrepot_version(), "python": sys.version.split()[0], "duckdb": duckdb.__version__})
            else:
                say(f"entrepot {entrepot_version()}")
            sys.exit(0)
        if state.json and ("--help" in arguments or not arguments):
            helping.as_json(app, arguments)
            sys.exit(0)
        helping.prepare_completion(app)
        if "--help" in arguments:
            helping.prepare_help(app)
        with turn() if _only_reads(arguments) else nullcontext():
            code: Any = app(arguments or ["--help"], prog_name="entrepot", standalone_mode=False)
        if code == STOPPED:  # what Typer makes of Ctrl-C
            raise KeyboardInterrupt
        sys.exit(code if isinstance(code, int) else 0)
    except EntrepotError as error:
        sys.exit(_refuse(str(error), type(error).__name__, error.exit_code, error))
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except typer.Abort:
        sys.exit(_refuse("stopped", "Abort", 1))
    except KeyboardInterrupt:
        sys.exit(_stopped())
    except Exception as error:
        if type(error).__name__ == "InterruptException" or (isinstance(error, RuntimeError) and str(error) == "Query interrupted"):
            sys.exit(_stopped())  # what DuckDB makes of Ctrl-C
        if isinstance(error, CLICK):
            if state.json:
                inner = sorted(getattr(getattr(getattr(error, "ctx", None), "command", None), "commands", ()))
                sys.exit(_refuse(error.format_message() or f"say which: {', '.join(inner)}", "UsageError", error.exit_code))
            error.show()
            sys.exit(error.exit_code)
        if type(error).__module__.rpartition(".")[2] in ("duckdb", "_duckdb"):
            from warehouse.lake.opening import damage

            damaged = damage(error)
            if damaged is not None:
                sys.exit(_refuse(str(damaged), type(damaged).__name__, damaged.exit_code))
        if state.debug:
            raise
        from zoneinfo import ZoneInfoNotFoundError

        from warehouse.archive.disk import trouble

        if isinstance(error, ZoneInfoNotFoundError):
            sys.exit(_refuse(f"{error}: set ENTREPOT_TZ to a zone such as Asia/Kuala_Lumpur", "UsageError", 2))
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            longest = max(Path(error.filename).parts, key=len, default="")
            sys.exit(_refuse(f"{longest} is too long for a path: choose a shorter one", "UsageError", 2))
        if isinstance(error, NotADirectoryError) and error.filename:
            sys.exit(_refuse(f"{error.filename} lies below a file, which is no folder: choose another path", "UsageError", 2))
        if said := trouble(error):
            sys.exit(_refuse(f"{said}. Nothing stored was lost", type(error).__name__, 1))
        sys.exit(_refuse(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''} "
                         "(a fault in Entrepot; --debug shows where)", type(error).__name__, 1))


STOPPED = 130
"""Exit code of a command that was stopped with Ctrl-C."""
STOPPED_WITHIN_S = 3
"""Seconds after which it is ended by the system instead (exit code 142)."""


def _stopped() -> int:
    """Say so. Where publishers are still asked in other threads, the process ends here: killed at any point they lose nothing."""
    code = _refuse("stopped by hand; nothing stored was lost", "KeyboardInterrupt", STOPPED)
    asking = sys.modules.get("flows.run.side_by_side")
    if asking is not None and asking.still_asking():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    # The engine gives its memory back, for which it may wait for a join of billions of rows that it cannot stop: not for longer.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(STOPPED_WITHIN_S)
    return code


def say_refusal(said: str) -> None:
    """One line, whatever its length: a log's reader takes it whole."""
    typer.echo(styled("entrepot:", "bad", err=True) + f" {said}", err=True, color=True if coloured(err=True) else None)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")


def _asked(arguments: list[str]) -> str:
    """What was asked, without the options that every command has."""
    words = [word for before, word in zip(["", *arguments], arguments, strict=False)
             if word not in ("--json", "--demo", "--debug", "--home") and before != "--home" and not word.startswith("--home=")]
    return _CONTROL.sub(" ", shlex.join(words))[:300]


def _refuse(said: str, name: str, code: int, error: EntrepotError | None = None) -> int:
    # What was typed is quoted in it: no terminal obeys it, and it stays one line that can be read.
    said = re.sub(r"\S{500,}", lambda found: f"{found[0][:60]}…", _CONTROL.sub(lambda found: ascii(found[0])[1:-1], said))
    if state.debug and sys.exc_info()[0] is not None:
        import traceback

        traceback.print_exc()
    said = as_typed(said)
    if state.json:
        from warehouse.ask.machines import refusal, simple

        told = refusal(error or UsageError(said), _asked(sys.argv[1:]))
        told |= {"error": {"name": name, "said": said, "exit_code": code}, "why": said}
        typer.echo(json.dumps(simple(told), ensure_ascii=False))
    else:
        say_refusal(said)
    return code
