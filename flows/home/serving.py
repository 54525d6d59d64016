"""Which ``serve`` works on a home: its mark beside the home's database, and that its runs end with it.

The mark is a file that stays, locked for as long as the process lives (``flock``, so a kill frees it), with address and process in it.
No Prefect here.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.schema.errors import Busy, EntrepotError

FILE = "serving.json"
ENDS_WITH = "ENTREPOT_SERVE_PROCESS"
"""In the environment of a run: the process of ``serve`` that it ends with, and when that began (a number may be given again)."""


@dataclass(frozen=True)
class Serving:
    """A ``serve`` that is running."""

    address: str
    process: int
    since: str

    def __str__(self) -> str:
        return f"{self.address}, process {self.process}, since {self.since}"


@contextmanager
def alone(folder: Path, address: str) -> Iterator[None]:
    """Be the one ``serve`` of a home. Raises Busy, naming the one that is there already."""
    file = folder / FILE
    try:
        handle = os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
    except OSError as error:
        raise EntrepotError(f"cannot write {file}: {error.strerror}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            there = running(folder)
            raise Busy(f"this home is served already ({there or 'by a process that has just begun'}): one serve for a home") from None
        mine = Serving(address, os.getpid(), f"{datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}")
        handle.truncate(0)
        handle.write(json.dumps(asdict(mine)))
        handle.flush()
        yield
        handle.truncate(0)


def running(folder: Path) -> Serving | None:
    """The ``serve`` that works on a home now, whatever its port."""
    try:
        with (folder / FILE).open(encoding="utf-8") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return Serving(**json.loads(handle.read()))
    except (OSError, ValueError, TypeError):  # none was ever here, or it is writing just now
        pass
    return None


def mark() -> str:
    """This process, for the runs that end with it."""
    return f"{os.getpid()}:{_began(os.getpid())}"


def end_with_serve() -> None:
    """Where this process is a run that ``serve`` began: end when that process is gone, however it went.

    A run that goes on would write while the next ``serve`` shows it as crashed. It is killed outright: what it had half done is what any
    kill leaves, and the next writer heals it.
    """
    number, _, began = os.environ.get(ENDS_WITH, "").partition(":")
    if not number.isdigit() or int(number) == os.getpid():
        return
    threading.Thread(target=_end_after, args=(int(number), began), name="ends-with-serve", daemon=True).start()


def _end_after(process: int, began: str) -> None:
    if sys.platform == "linux":
        try:
            watched = os.pidfd_open(process)
        except ProcessLookupError:
            pass
        else:
            # Looked at after it is open: this one cannot be another that got its number.
            if _began(process) == began:
                select.select([watched], [], [])
    else:
        while os.getppid() != 1:
            time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


def _began(process: int) -> str:
    """When a process began, in the kernel's ticks; empty where the kernel does not say."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
