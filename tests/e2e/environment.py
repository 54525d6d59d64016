"""An environment as a stranger has one: what is installed here, and nothing else until a test installs it."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path


def fresh(room: Path) -> Path:
    """A fresh environment that has what this one has. Gives its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", room], check=True)
    (site,) = room.glob("lib/python*/site-packages")
    (site / "what_this_one_has.pth").write_text(f"import site; site.addsitedir({sysconfig.get_paths()['purelib']!r})\n")
    return room / "bin" / "python"


def install(python: Path, package: Path) -> None:
    """Build and install a package into an environment, from this machine alone."""
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, package], check=True)
