"""DuckDB's own shell on the published lake, as read-only as ``entrepot sql``: history, completion, ``.tables``, ``.mode``.

Three walls: the shell's safe mode (no command of its own reads or writes a file or runs a program), the engine's locked settings
(``readonly.settings``), and the kernel's hold (``landlock``), without which no shell is started: SQLite files, which the catalogue is,
are opened by a library that asks none of the engine's settings (``ATTACH … (TYPE sqlite)``, seen on 2026-11-30).
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from flows.cli.asking.shell import landlock
from warehouse.archive.store import Folder
from warehouse.home import state_folder
from warehouse.lake import readonly
from warehouse.lake.place import FOR_QUESTIONS, load_lines
from warehouse.schema.quoting import quoted

if TYPE_CHECKING:
    import duckdb

    from warehouse.lake.opening import AnyPlace

SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/nix/store", "/opt", "/etc/ld.so.cache", "/etc/localtime", "/etc/terminfo",
          "/etc/inputrc", "/dev/null", "/dev/tty", "/proc", "/sys/fs/cgroup", "/sys/devices/system")
"""What a program reads to start and to know its terminal and its machine."""
LIBRARIES = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib32", "/lib64", "/nix/store", "/opt")
"""Where the loader of programs is, which is run with each."""
GREETING = ("Read-only SQL in DuckDB's shell; .help has its commands, .exit or Ctrl-D ends it.",
            "SHOW TABLES; lists what is for questions, FROM dictionary WHERE table_name = 'mart.figures'; says what its columns mean.")
NO_TERMINAL = "no terminal"
_PASSED = ("LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TERM", "TERMINFO", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "TZ")
"""Variables that the shell is given; no password of the environment is among them."""


def program() -> Path | None:
    """DuckDB's shell from its wheel, of the engine's own version; None where it is not installed."""
    import duckdb

    found = importlib.util.find_spec("duckdb_cli")
    if found is None or not found.origin:
        return None
    path = Path(found.origin).with_name("duckdb")
    from importlib.metadata import version

    return path if path.is_file() and version("duckdb-cli") == duckdb.__version__ else None


def fits(place: AnyPlace) -> str | None:
    """Why DuckDB's shell cannot be started here; None where it can."""
    if not (os.isatty(0) and os.isatty(1) and sys.stdin is sys.__stdin__ and sys.stdout.isatty()):
        return NO_TERMINAL
    if place.shared:
        return "the lake is on servers"
    if program() is None:
        return "duckdb-cli is not installed in DuckDB's version"
    return None if landlock.available() else "this system has no Landlock, which keeps it from writing"


def run(place: AnyPlace, con: duckdb.DuckDBPyConnection, memory_mb: int) -> int:
    """The shell, until it ends; its exit code. ``con`` is a reader's connection on the same copy, closed before the shell starts."""
    shell = program()
    assert shell is not None
    statement = place.reading("lake")
    stands = _Stands()
    place.stand_on(stands, statement)
    with TemporaryDirectory(prefix="entrepot-shell-") as folder:
        room = Path(folder)
        # One statement a line: what is quoted may hold a semicolon.
        # The shell ends where one fails. Safe mode turns external access off and locks the settings itself.
        lines = [".bail on", "SET autoinstall_known_extensions = false;", "SET autoload_known_extensions = false;", "SET TimeZone = 'UTC';",
                 *load_lines(place), statement, FOR_QUESTIONS,
                 *(f"{line};" for line in readonly.settings(con, spill=room / "spilled", memory_mb=memory_mb)[:-len(readonly.LOCKED)]),
                 *([".highlight off", ".highlight_results off"] if os.environ.get("NO_COLOR") else []),
                 ".startup_text none", ".pager off", ".prompt 'entrepot> ' '     ...> '", ".safe_mode", ".bail off"]
        con.close()
        start = room / "start.sql"
        start.write_text("\n".join(lines) + "\n", encoding="utf-8")
        (room / "spilled").mkdir()
        with landlock.holding(read=[*map(Path, SYSTEM), *_read(place, shell), start], run=[shell, *map(Path, LIBRARIES)],
                              write=[history := _history(), Path("/dev/null"), Path("/dev/tty")], folders=[room / "spilled"]) as hold:
            return _wait([str(shell), "-no-init", _colours(), "-cmd", f".read '{quoted(start)}'"], hold, room, history)


class _Stands:
    """What stands on a published copy while the shell is open."""


def _colours() -> str:
    """Said outright: the shell would ask the terminal for its background, and wait for ever for one that does not answer."""
    return "-light-mode" if os.environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15") else "-dark-mode"


def _read(place: AnyPlace, shell: Path) -> list[Path]:
    """The lake and the installed packages."""
    copy = place.current()
    assert isinstance(copy, Path)
    assert isinstance(place.files, Folder)
    return [copy.parent, place.files.root, shell.parents[1]]


def _history() -> Path:
    """What was typed before, in the user's folder for such things. It begins with a line, so that nobody makes a database of it."""
    path = state_folder() / "sql_history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or not path.stat().st_size:
            path.touch(mode=0o600)
            path.write_text("SHOW TABLES;\n", encoding="utf-8")
    except OSError:
        return Path("/dev/null")
    return path


def _wait(command: Sequence[str], hold: Callable[[], None], room: Path, history: Path) -> int:
    environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
    environment |= {"HOME": str(room), "DUCKDB_HISTORY": str(history)}
    # Ctrl-C is the shell's: it ends a query there, and nothing here. What is ignored would be so in the shell as well.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.Popen(command, env=environment, cwd=room, preexec_fn=hold).wait()
    finally:
        signal.signal(signal.SIGINT, before)
