"""SQLite files opened to be read, and what it means when one is locked. What stands in a catalogue is ``embedded``'s.

Every ``file:`` address is made here: in a path ``#``, ``?`` and ``%41`` mean themselves, and in an address they do not.
"""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

from warehouse.schema.errors import Busy

_LOCKED = re.compile(r"database (?:table |schema )?is (?:locked|busy)", re.IGNORECASE)


def address(path: Path, *, immutable: bool = False) -> str:
    """The ``file:`` address of a database that is only read; ``immutable`` for one that nobody can change meanwhile."""
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if immutable else ''}"


def open_to_read(path: Path) -> sqlite3.Connection:
    """A read-only connection. It makes no file, neither the database nor one beside it that the disk would refuse.

    Raises sqlite3.Error where it cannot be opened.
    """
    con = sqlite3.connect(address(path), uri=True)
    try:
        con.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError as error:
        con.close()
        if busy(error) or os.access(path.parent, os.W_OK) or not os.access(path, os.R_OK):
            raise
        # SQLite reads a database in its write-ahead mode only with a file beside it, which cannot be made here.
        con = sqlite3.connect(address(path, immutable=True), uri=True)
    except sqlite3.DatabaseError:
        pass  # damaged: whoever asks meets it, with a sentence of their own
    except BaseException:
        con.close()
        raise
    return con


def busy(error: BaseException) -> Busy | None:
    """What SQLite's or an engine's error says of a database that another program has locked, or None for any other error."""
    if not _LOCKED.search(str(error)):
        return None
    return Busy("another program has the lake's catalogue locked (a database browser, a backup of the disk?): close it, or run again "
                "when it is done. What was being done was not, and nothing stored was lost")
