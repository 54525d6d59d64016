"""A terminal of our own in front of the command line: a pseudo-terminal of a given width, what is typed there and what is read."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
_SIGNS = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")


class Terminal:
    """One command in a terminal. What it has written is ``text``, without the signs that move and colour; ``raw`` has them."""

    def __init__(self, words: list[str], environment: Mapping[str, str], columns: int = 120) -> None:
        self.process, self._at = pty.fork()
        if self.process == 0:
            os.chdir(ROOT)
            os.execvpe(sys.executable, [sys.executable, "-m", "flows", *words], {
                **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}, "TERM": "xterm-256color",
                "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **environment})
        fcntl.ioctl(self._at, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self.raw = ""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()

    @property
    def text(self) -> str:
        return _SIGNS.sub("", self.raw).replace("\r", "")

    def read(self, until: str = "", seconds: float = 30) -> str:
        """Read on until a pattern is there or the command has ended; returns what came."""
        begun, before = time.monotonic(), len(self.text)
        while time.monotonic() - begun < seconds:
            came = self.text[before:]
            if until and re.search(until, came):
                return came
            if not select.select([self._at], [], [], 0.1)[0]:
                continue
            try:
                part = os.read(self._at, 65536)
            except OSError:
                part = b""
            if not part:
                return self.text[before:]
            self.raw += part.decode(errors="replace")
        raise AssertionError(f"no {until!r} in {self.text[before:][-2000:]!r}")

    def type(self, line: str) -> None:
        os.write(self._at, line.encode())

    def end(self) -> int:
        """Its exit code; a command that has not ended is ended."""
        if self.process:
            for _ in range(50):
                done, status = os.waitpid(self.process, os.WNOHANG)
                if done:
                    break
                time.sleep(0.1)
            else:
                os.kill(self.process, signal.SIGKILL)
                _, status = os.waitpid(self.process, 0)
            self.process, self._code = 0, os.waitstatus_to_exitcode(status)
            os.close(self._at)
        return self._code
