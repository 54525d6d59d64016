"""A process that answers machines: ``python -m flows.web`` on a home, asked over real HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.e2e.house import Home

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Web:
    """One such process."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def ask(self, path: str, method: str = "GET", headers: dict[str, str] | None = None, **asked: object) -> Answer:
        """One request on a connection of its own; ``asked`` are its parameters."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=300)) as line:
            line.request(method, path + (f"?{urlencode(asked)}" if asked else ""), headers=headers or {})
            got = line.getresponse()
            told: dict[str, str] = {}
            for name, value in got.getheaders():
                told[name.lower()] = ", ".join(filter(None, [told.get(name.lower()), value]))
            return Answer(got.status, told, got.read())

    @property
    def peak_mb(self) -> float:
        """The most memory that it ever had."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


def environment(home: Home, **settings: str) -> dict[str, str]:
    """What a process of ours is started with: this checkout, this home."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_")}
    path = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    return {**others, **home.settings(**settings), "PYTHONPATH": path}


@contextmanager
def answering(home: Home, folder: Path, *words: str, **settings: str) -> Iterator[Web]:
    """Such a process for a home, and its end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = folder / "web.log"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "flows.web", "--port", str(port), *words], stdout=out, stderr=out, cwd=folder,
                                   env=environment(home, **settings))
    web = Web(port, process, log)
    try:
        give_up = time.monotonic() + 120
        while not _up(web):
            assert process.poll() is None and time.monotonic() < give_up, log.read_text()
            time.sleep(0.1)
        yield web
    finally:
        process.terminate()
        process.wait(30)


def _up(web: Web) -> bool:
    try:
        return web.ask("/api/health").status < 500
    except (OSError, HTTPException):
        return False
