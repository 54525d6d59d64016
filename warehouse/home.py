"""Where a home is when nobody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path


def default_home() -> Path:
    """``$XDG_DATA_HOME/entrepot``, or ``~/.local/share/entrepot``."""
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "entrepot"
