"""Makes the home of an old version: its commit in a temporary worktree, its code filling a home there, all of it packed.

    python tests/old_homes/make.py 2e91d53          writes tests/old_homes/2e91d53.tar.xz

``fill.py`` tells what is in the home; ``README.md`` which versions are here. Needs a Git checkout and the packages of the present
environment, with which that version must still run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent


def make(commit: str) -> Path:
    """The packed home of a commit, beside this file."""
    with TemporaryDirectory() as folder:
        code, made = Path(folder, "code"), Path(folder, "made")
        made.mkdir()
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", code, commit], cwd=HERE, check=True)
        try:
            whose = {**os.environ, "PYTHONPATH": str(code), "LOGNAME": "analyst"}
            subprocess.run([sys.executable, HERE / "fill.py", made], cwd=code, env=whose, check=True)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", code], cwd=HERE, check=True)
        return pack(made, HERE / f"{commit}.tar.xz")


def pack(folder: Path, to: Path) -> Path:
    """The folder's files in order, without whose they were; times stay, which a home may go by."""
    with tarfile.open(to, "w:xz", preset=9, format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(folder.rglob("*")):
            tar.add(path, path.relative_to(folder), recursive=False, filter=_nobodys)
    return to


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    sys.stdout.write(f"{make(sys.argv[1])}\n")
