"""A home that may only be read, and a disk that is full: one clear message, and nothing that was stored is lost.

Run in processes of their own, without the right to write everywhere that root has, or under a limit on the size of files
(which the system reports like a full disk).
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, headline
from tests.publishers import Publishers

_DAC_OVERRIDE, _DAC_READ_SEARCH, _PR_CAPBSET_DROP = 1, 2, 24


def apart(home: Home, *words: str | Path, before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    """Type a command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", *map(str, words)], capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[2], env={**os.environ, **home.settings()}, preexec_fn=before)


def without_root_s_rights() -> None:
    """Permissions hold for root too from here on."""
    for right in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, right, 0, 0, 0)


@pytest.fixture
def read_only(filled: Home, publishers: Publishers) -> Iterator[Home]:
    """A filled home without the right to write in it; the publisher has something new."""
    publishers.serve(HEADLINE, headline(121), "text/csv")
    paths = [filled.root, *filled.root.rglob("*")]
    for path in paths:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)
    tried = subprocess.run(["touch", str(filled.root / "tried")], preexec_fn=without_root_s_rights, capture_output=True, check=False)
    if tried.returncode == 0:
        pytest.skip("here nobody can be kept from writing")
    yield filled
    for path in paths:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o200)


def test_a_home_that_may_only_be_read_answers_and_refuses_to_load(read_only: Home, tmp_path: Path) -> None:
    before = read_only.files("lake", "archive")
    for words in (("get", "China", "Malaysia", "2026-03"), ("status",), ("sql", "SELECT 1"), ("held", "list")):
        said = apart(read_only, *words, before=without_root_s_rights)
        assert (said.returncode, said.stderr.strip() in ("", "1 row")) == (0, True), said.stderr
    for words in (("refresh", "dosm.headline"), ("rebuild",), ("import", str(_file(tmp_path)))):
        said = apart(read_only, *words, before=without_root_s_rights)
        (message,) = [line for line in said.stderr.splitlines() if line.startswith("entrepot: ")]
        assert said.returncode == 1, (words, said.stderr)
        assert "Permission denied" in message and str(read_only.root) in message and "ermissions" in message
        assert "a fault in Entrepot" not in said.stderr
    said = apart(read_only, "doctor", "--offline", before=without_root_s_rights)
    assert (said.returncode, "cannot be written: mend its permissions" in said.stdout) == (1, True), said.stdout + said.stderr
    assert read_only.files("lake", "archive") == before


def test_a_home_that_may_only_be_read_can_be_rebuilt_elsewhere(read_only: Home, tmp_path: Path) -> None:
    said = apart(read_only, "rebuild", "--into", tmp_path / "again", before=without_root_s_rights)
    assert (said.returncode, "row for row" in said.stdout) == (0, True), said.stderr


def test_a_home_that_cannot_be_made_is_said(home: Home, publishers: Publishers) -> None:
    publishers.serve(HEADLINE, headline(), "text/csv")
    nowhere = Home(Path("/proc/no-such-place"), publishers)
    said = nowhere.run("refresh", "dosm.headline")
    assert (said.code, "entrepot: " in said.err, "/proc/no-such-place" in said.err) == (1, True, True)
    assert nowhere.run("status").code == 0


def _file(folder: Path) -> Path:
    made = folder / "saved.csv"
    made.write_bytes(headline(121))
    return made


def limited(size: int) -> Callable[[], None]:
    """No file may grow beyond so many bytes."""
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


@pytest.mark.parametrize("size", [0, 2_000, 30_000, 200_000, 350_000])
def test_a_full_disk_is_one_message_and_costs_nothing(filled: Home, publishers: Publishers, size: int) -> None:
    publishers.serve(HEADLINE, headline(121), "text/csv")
    before = filled.held()
    said = apart(filled, "refresh", "dosm.headline", before=limited(size))
    assert said.returncode == 1, said.stdout
    (message,) = [line for line in said.stderr.splitlines() if line.startswith("entrepot: ")]
    assert "a fault in Entrepot" not in message and "nothing stored was" in message
    assert filled.held() == before, "readers see what they saw"
    again = filled.run("refresh", "dosm.headline")
    assert again.code == 0
    assert filled.rows("SELECT count(*), max(period_start) = DATE '2026-01-01' FROM stats.trade WHERE dataset = 'dosm.headline'") == [
        (847, True)]
    assert len(filled.rows("SELECT * FROM ops.load")) == 3


def test_a_workbook_that_does_not_fit_is_said(filled_once: Home, tmp_path: Path) -> None:
    for kind in ("csv", "xlsx", "parquet", "json"):
        target = tmp_path / f"out.{kind}"
        said = apart(filled_once, "sql", "FROM stats.trade", "-o", target, before=limited(1_000))
        assert (said.returncode, f"entrepot: cannot write {target}" in said.stderr, target.exists()) == (2, True, False), said.stderr
        assert list(tmp_path.iterdir()) == []


def test_two_writers_wait_for_one_another_and_say_for_whom(filled: Home, publishers: Publishers) -> None:

    publishers.serve(HEADLINE, headline(121), "text/csv")
    before = filled.seen()
    with filled.place.locked("entrepot maintain"):
        said = filled.run("refresh", "dosm.headline", ENTREPOT_WAIT_FOR_WRITER_S="0.2")
        assert (said.code, "another writer is at work: entrepot maintain, process" in said.err) == (5, True)
        assert "Writing now: entrepot maintain" in filled.run("status").out
        assert filled.run("get", "China", "Malaysia", "2026-03").code == 0
    assert filled.seen() == before
    assert "7 new" in filled.run("refresh", "dosm.headline").out
