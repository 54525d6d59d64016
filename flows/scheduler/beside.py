"""Pages and answers beside Prefect's UI: ``python -m flows.web`` kept up as a process of its own, which can harm no run.

Whatever becomes of it (a port that is taken, a fault, too much memory), it is said once and tried again, ever more rarely, and the
scheduler goes on. No Prefect here.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import typer

from flows.home.house import House

LOG = "web.log"
PAUSES_S = (1.0, 60.0)
"""Before it is started again: at first, and after it ended again and again."""
UP_WITHIN_S = 120.0
SECRETS = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING", "ENTREPOT_UI_PASSWORD")
"""What it has no use for, so it is not told."""


def port_of(house: House, port: int) -> int:
    """Where pages and answers are, of a server at ``port``."""
    return house.settings.web_port or (port + 1 if port < 65535 else port - 1)


class Web:
    """The process, and what was said of it last."""

    def __init__(self, house: House, port: int, folder: Path, reached: str) -> None:
        self.house, self.port, self.log = house, port_of(house, port), folder / LOG
        self.address = f"http://{reached}:{self.port}"
        self._reached = reached.strip("[]")
        self._process: subprocess.Popen[bytes] | None = None
        self._told = ""

    async def keep(self) -> None:
        """Keep it up until cancelled. Raises nothing else."""
        pause = PAUSES_S[0]
        while True:
            try:
                if self._free():
                    self._start()
                    if await self._answers():
                        self._say(f"Pages and answers are at {self.address}   for machines {self.address}/api/")
                        pause = PAUSES_S[0]
                        while self._process is not None and self._process.poll() is None:
                            await asyncio.sleep(1)
                    self._say(f"Pages and answers at {self.address} ended and are started again (their log: {self.log}). Runs go on.")
                else:
                    self._say(f"Port {self.port} is taken: pages and answers wait until it is free, or ENTREPOT_WEB_PORT names another. "
                              "Runs go on.")
            except OSError as error:
                self._say(f"Pages and answers cannot be started ({error.strerror}). Runs go on.")
            self.stop()
            await asyncio.sleep(pause)
            pause = min(2 * pause, PAUSES_S[1])

    def stop(self) -> None:
        """End it and what it started, at once: it only reads, so there is nothing that it could leave half done."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _say(self, text: str) -> None:
        if text != self._told:
            typer.echo(text)
        self._told = text

    def _start(self) -> None:
        words = [sys.executable, "-m", "flows.web", "--port", str(self.port), *(["--demo"] if self.house.demo else [])]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                env={name: value for name, value in os.environ.items() if name not in SECRETS},
                preexec_fn=end_with_parent if sys.platform == "linux" else None)

    async def _answers(self) -> bool:
        """Whether it came up."""
        process, waited = self._process, 0.0
        assert process is not None
        while process.poll() is None and waited < UP_WITHIN_S:
            if await asyncio.to_thread(self._reacts):
                return True
            await asyncio.sleep(0.25)
            waited += 0.25
        return False

    def _reacts(self) -> bool:
        line = HTTPConnection(self._reached, self.port, timeout=5)
        try:
            line.request("GET", "/api/health")
            return line.getresponse().status < 500
        except (OSError, HTTPException):
            return False
        finally:
            line.close()

    def _free(self) -> bool:
        host = self.house.settings.web_host
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, self.port))
            except OSError:
                return False
        return True


def end_with_parent() -> None:
    """Where we are killed and can stop nothing, it ends too instead of keeping the port."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
