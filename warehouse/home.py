"""Where a home is when nobody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path


def default_home() -> Path:
    """``$XDG_DATA_HOME/entrepot``, or ``~/.local/share/entrepot``."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "entrepot"


def state_folder() -> Path:
    """Where a program keeps what a person typed: ``$XDG_STATE_HOME/entrepot``, or ``~/.local/state/entrepot``."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "entrepot"


def folder(named: str | Path) -> Path:
    """A folder that a setting names, absolute: ``~`` and what is below it are in the user's own folder, every other name is itself.

    To DuckDB and Polars a relative path that begins with ``~`` is another folder than to Python; an absolute one is the same to all.
    """
    path = Path(named)
    return (path.expanduser() if path.parts[:1] == ("~",) else path).absolute()


def data_at(setting: str, home: Path) -> str:
    """Where the data of a lake on servers is: an address, a folder, or where nothing is set a folder of the home."""
    return setting if "://" in setting else str(folder(setting or home / "lake" / "data"))
