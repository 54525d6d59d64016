"""A home that may be read and not written: every command that reads answers, every other says so in one line, and nothing changes."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import QUICK, Home

READ = [("get", "China", "Malaysia", "2026-03"), ("get", "China", "Malaysia", "latest", "--known-on", "2099-01-01"),
        ("rank", "China", "2026-03"),
        ("get", "Malaysia", "World", "2025", "--as-of", "2"), ("mirror", "China", "Malaysia", "2026-03"), ("revisions", "China", "Malaysia",
        "--period", "2026-03"), ("trace", "China", "Malaysia", "2026-03"), ("check", "Malaysia exported goods in 2025."), ("datasets",),
        ("sql", "FROM stats.trade LIMIT 1"), ("calendar",), ("status",), ("sources",), ("held", "list"), ("quarantine", "list"),
        ("snapshots", "list"), ("snapshots", "show", "1"), ("verify",), ("doctor", "--offline")]
WRITE = [("maintain",), ("snapshots", "tag", "mine", "1"), ("sources", "disable", "ecb"), ("rebuild",), ("publish",)]
RUN = """
import json, sys
from pathlib import Path
from tests.e2e.house import Home
home = Home(Path(sys.argv[1]))
print("said " + json.dumps([(said.code, said.out[:2000], said.err) for said in (home.run(*words) for words in json.loads(sys.argv[2]))]))
"""


def _like_anybody() -> None:
    """Root passes by every permission unless it gives that up: capabilities 1 and 2, taken from what a program may have."""
    pr_capbset_drop = 24
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(pr_capbset_drop, capability)


@pytest.fixture
def locked(filled_once: Home, tmp_path: Path) -> Iterator[Path]:
    root = filled_once.copied(tmp_path / "home", None).root
    everything = [root, *root.rglob("*")]
    for path in everything:
        path.chmod(path.stat().st_mode & ~0o222)
    yield root
    for path in everything:
        path.chmod(path.stat().st_mode | 0o200)


@pytest.mark.skipif(sys.platform != "linux", reason="capabilities are Linux's")
def test_a_home_that_may_only_be_read_is_read(locked: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in locked.rglob("*")}
    ran = subprocess.run([sys.executable, "-c", RUN, locked, json.dumps([*READ, *WRITE])], env={**os.environ, **QUICK}, text=True,
                         capture_output=True, preexec_fn=_like_anybody, check=False)
    answers = json.loads(ran.stdout.rpartition("said ")[2] or "[]")
    assert len(answers) == len(READ) + len(WRITE), ran.stderr[-2000:]
    for words, (code, out, err) in zip(READ, answers, strict=False):
        answered = (code, "entrepot:" in err, bool(out.strip())) == (0, False, True)
        told = code == 1 and "cannot be written" in out if words[0] == "doctor" else answered
        assert told, (words, code, out, err)
    for words, (code, _, err) in zip(WRITE, answers[len(READ):], strict=True):
        assert code == 1 and len(err.strip().splitlines()) == 1 and ("cannot write" in err or "cannot use" in err), (words, code, err)
    assert {path: path.stat().st_mtime_ns for path in locked.rglob("*")} == before
