"""``entrepot serve``: Prefect's server as a child process, and the schedule and its runs served from this one.

The server's database, log and copy of the UI are in the folder ``prefect`` of the home, so two homes do not meet. What
the runs do lives in ``orchestration``, what runs when in ``deployments``, what is noticed in ``automations``, what is
cleared up in ``selfcare``, who may ask the server in ``access`` and ``guarded``, which ``serve`` works on a home in
``serving``, and what keeps pages and answers up beside it in ``beside``. Prefect is imported only after its settings stand in the
environment, where the processes of the runs find them too.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import site
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, contextmanager, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

import typer

from flows.home import serving
from flows.home.house import House
from flows.home.settings import LOOPBACK
from flows.scheduler import access
from flows.scheduler.beside import Web, end_with_parent, port_of
from warehouse.schema.errors import EntrepotError, UsageError

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

    from flows.run.bookkeeping import Outcome

HOST = "127.0.0.1"
UP_WITHIN_S = 300.0
"""The first start makes the database and takes 12 to 30 s on two cores, minutes where they are busy with other work."""
STOPPED_WITHIN_S = 10.0
SCHEDULED_WITHIN_S = 60.0
"""Prefect's scheduler looks around every few seconds."""
AT_ONCE = 4
"""Runs side by side, each a process of its own. Only one of them writes at a time."""
REVIVALS = 5
"""So often a server that died is started again; runs wait about a minute for it."""

class Server:
    """Prefect's server in its own session, so that Ctrl-C in a terminal reaches us first and we end things in order."""

    def __init__(self, start: Callable[[], subprocess.Popen[bytes]], host: str, port: int, log: Path) -> None:
        self.host, self.port = host, port
        self._start, self._log, self._revivals = start, log, 0
        self.process = start()

    @property
    def address(self) -> str:
        return f"http://{reached(self.host)}:{self.port}"

    def check(self) -> None:
        """Raises EntrepotError with the end of its log where it is not running any more."""
        if (code := self.process.poll()) is not None:
            raise EntrepotError(f"Prefect's server ended with code {code}.{self.last_words()}")

    def revive(self) -> bool:
        """Start it again where it died; whether that was so. Raises EntrepotError where it dies again and again."""
        if (code := self.process.poll()) is None:
            return False
        if self._revivals >= REVIVALS:
            self.check()
        self._revivals += 1
        typer.echo(f"Prefect's server ended with code {code} and is started again (its log: {self._log}). Runs wait for it.")
        self.process = self._start()
        return True

    def last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:] if self._log.exists() else []
        return f" The end of its log {self._log}:\n  " + "\n  ".join(lines) if lines else f" Its log {self._log} is empty"

    def stop(self) -> None:
        """End it and what it started: asked first, then made to."""
        for sign, patience in ((signal.SIGTERM, STOPPED_WITHIN_S / 2), (signal.SIGKILL, STOPPED_WITHIN_S)):
            if self.process.poll() is not None:
                return
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)


def reached(host: str) -> str:
    """The address at which this machine reaches a server that listens on ``host``."""
    return HOST if host in ("0.0.0.0", "::", "localhost") else f"[{host}]" if ":" in host else host


def serve(house: House, port: int | None = None) -> int:
    """Run server, schedule and runs until SIGINT or SIGTERM; then end all of it and return 0.

    Sets this process's environment and current folder for Prefect and for the processes of the runs.
    Raises UsageError where the port is taken, Busy where this home is served already, EntrepotError where the server does not come
    up or dies.
    """
    port, host = port or house.settings.port, house.settings.host
    if host not in LOOPBACK and house.settings.ui_password is None:
        raise UsageError(f"whoever reaches {host} could start and stop runs: set ENTREPOT_UI_PASSWORD=USER:PASSWORD, or leave "
                         f"the setting host at {HOST}")
    access.refuse_open(house.settings)
    if port_of(house, port) == port:
        raise UsageError(f"port {port} is the UI's: ENTREPOT_WEB_PORT names another one for pages and answers, or 0 for the next")
    # Asked before the environment is Prefect's: there every password is one that was set.
    login = access.how_to_log_in(house.settings, house.root / "prefect")
    with suppress(KeyboardInterrupt), _served_once(house, host, port), _prepared(house, port, "server.log") as (house, log), (
            _stoppable()), _server(host, port, log) as server:
        _wait(server)
        typer.echo(f"Log in: {login}.")
        asyncio.run(_work(house, server))
    typer.echo("Stopped.")
    return 0


@contextmanager
def _served_once(house: House, host: str, port: int) -> Iterator[None]:
    with serving.alone(_folder(house), f"http://{reached(host)}:{port}"):
        _refuse_taken(host, port)
        # What is found in the environment of every run, and in no other command's.
        os.environ[serving.ENDS_WITH] = serving.mark()
        yield


def once(house: House, names: Sequence[str] = (), *, first: str | None = None, last: str | None = None,
         force: bool = False) -> list[Outcome]:
    """Refresh through the real flows, with a server for as long as that takes: a whole night where nothing is named.

    The runs stay in the server's database, so that a later ``serve`` shows them.
    """
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    for handler in logging.getLogger().handlers:
        handler.setLevel(logging.WARNING)  # the pages of the runs hold the rest
    with _prepared(house, port, "once.log") as (house, log), _stoppable(), _server(HOST, port, log) as server:
        _wait(server)
        from prefect.events.worker import EventsWorker
        from prefect.logging.handlers import APILogWorker

        from flows.scheduler.orchestration import outcomes

        try:
            return asyncio.run(outcomes(names, first=first, last=last, force=force, demo=house.demo,
                                        home=str(house.settings.home)))
        finally:
            # What waits to be sent is sent while there is a server.
            APILogWorker.drain_all()
            EventsWorker.drain_all()


@contextmanager
def _prepared(house: House, port: int, log_name: str) -> Iterator[tuple[House, TextIO]]:
    """The environment and current folder that Prefect needs, and the server's log, open. The house's home is absolute."""
    house = replace(house, settings=house.settings.model_copy(update={"home": house.settings.home.resolve()}))
    folder = _folder(house)
    try:
        log = (folder / log_name).open("w", encoding="utf-8")
        access.make_sure(house.settings, folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    os.environ.update(environment(house, port, folder))
    # Prefect looks for a run's code in the current folder first: a package `flows` there would be taken for ours.
    with log, chdir(folder):
        yield house, log


def _folder(house: House) -> Path:
    folder = house.root.resolve() / "prefect"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder


def _unwritable(folder: Path, error: OSError) -> EntrepotError:
    return EntrepotError(f"cannot write {folder}: {error.strerror}. Mend its permissions, or choose another --home")


def environment(house: House, port: int, folder: Path) -> dict[str, str]:
    """What server and runs find in their environment. What a person set for Prefect stays, but for where things are."""
    wanted = house.settings
    api = f"http://{reached(wanted.host)}:{port}/api"
    here = str(Path(__file__).resolve().parents[2])
    paths = [str(Path(each).resolve()) for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    found = {
        "PREFECT_HOME": str(folder), "PREFECT_API_URL": api,
        # A browser elsewhere asks the address that it was given; on this machine the events' stream wants it whole.
        "PREFECT_UI_API_URL": api if wanted.host in LOOPBACK else "/api",
        # Off the default port the UI asks port 4200 unless it is told; the copy of the UI that a server makes holds
        # that address, so each home has its own.
        "PREFECT_UI_STATIC_DIRECTORY": str(folder / "ui"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "ENTREPOT_HOME": str(house.settings.home), "ENTREPOT_PORT": str(port),
        # A checkout that is not installed is found from everywhere.
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths if here in site.getsitepackages() else [here, *paths])),
    }
    for name in ("no_proxy", "NO_PROXY"):
        found[name] = ",".join(dict.fromkeys([*filter(None, os.environ.get(name, "").split(",")), HOST]))
    if password := access.password(wanted, folder):
        # Runs find it as a setting too, so that it is taken out of what they say.
        found |= dict.fromkeys(("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING", "ENTREPOT_UI_PASSWORD"), password)
    # Old runs are forgotten with their logs and artifacts, events after a week (Prefect's own measure); what runs did is in
    # the archive's journal for good. SQLite uses the room again, so the file does not grow.
    usual = {"PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ",".join(access.origins(wanted, port)),
             "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs", "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
             "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(wanted.keep_runs_days * 86400),
             # A run waits two minutes for a server that is being started again.
             "PREFECT_CLIENT_MAX_RETRIES": "6",
             # What serve itself logs belongs to no run.
             "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore"}
    return found | {name: value for name, value in usual.items() if name not in os.environ}


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            other = port + 1 if port < 65535 else port - 1
            raise UsageError(f"port {port} cannot be used ({error.strerror}); if Entrepot is served already, it is at "
                             f"http://{reached(host)}:{port}. Another port: entrepot serve --port {other}") from error


def _stops() -> tuple[signal.Signals, ...]:
    """Ctrl-C, a service manager, a terminal that is closed (but not under nohup)."""
    kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM) if kept else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Each of the signals stops as Ctrl-C does, from the first moment on."""
    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {sign: signal.signal(sign, stop) for sign in _stops()}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


@contextmanager
def _server(host: str, port: int, log: TextIO) -> Iterator[Server]:
    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "flows.scheduler.guarded", "--host", host, "--port", str(port)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=end_with_parent if sys.platform == "linux" else None)

    server = Server(start, host, port, Path(log.name))
    try:
        yield server
    finally:
        server.stop()


def _wait(server: Server) -> None:
    """Until the server answers, with a sign of life."""
    typer.echo(f"Starting Prefect's server on port {server.port} (12 to 30 s) …", err=True)
    begun = time.monotonic()
    while not _healthy(server):
        server.check()
        if time.monotonic() - begun > UP_WITHIN_S:
            raise EntrepotError(f"Prefect's server does not answer after {UP_WITHIN_S:.0f} s.{server.last_words()}")
        time.sleep(0.25)
    typer.echo(f"It answers after {time.monotonic() - begun:.0f} s.", err=True)


def _healthy(server: Server) -> bool:
    line = HTTPConnection(reached(server.host).strip("[]"), server.port, timeout=5)
    try:
        line.request("GET", "/api/health")
        return line.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        line.close()


async def _work(house: House, server: Server) -> None:
    """Automations, and runs carried out until a signal comes or the server cannot be kept up."""
    from prefect import get_client

    from flows.scheduler.selfcare import clear_up, keep_looking

    stop = asyncio.Event()
    watching = asyncio.create_task(keep_looking(stop))
    web = Web(house, server.port, _folder(house), reached(house.settings.web_host))
    beside = asyncio.create_task(web.keep())
    try:
        async with get_client() as client:
            await _install(house, client)
        while not stop.is_set():
            async with get_client() as client:
                await clear_up(client)
            await _carry_out(house, server, stop)
            while not stop.is_set() and not await asyncio.to_thread(_healthy, server):
                server.revive()
                await asyncio.sleep(1)
    finally:
        watching.cancel()
        beside.cancel()
        web.stop()


async def _carry_out(house: House, server: Server, stop: asyncio.Event) -> None:
    """Register the deployments and carry out their runs by one runner, until a signal comes.

    A runner that saw the server die goes on with its runs, but hears of no cancellation any more, and after some minutes it
    gives up (Prefect 3.8.8). So it ends here, to be replaced, once the server is back and nothing runs.
    """
    from prefect import get_client
    from prefect.runner import Runner

    from flows.scheduler.deployments import RENAMED, deployments
    from flows.scheduler.selfcare import busy, carry_over

    # Schedules stay on: the server that would make runs of them stops too.
    runner = Runner(name="entrepot", limit=AT_ONCE, pause_on_shutdown=False)
    for deployment in await deployments(house):
        await runner.aadd_deployment(deployment)
    async with get_client() as client:
        await carry_over(client, RENAMED)
    working = asyncio.create_task(runner.start())
    while not runner.started and not working.done():
        await asyncio.sleep(0.05)
    # The runner has put its own handler for SIGTERM in place by now; one way to stop is enough.
    for sign in _stops():
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    away = False
    try:
        night = await _next_night(house, server, stop)
        typer.echo(f"Entrepot is served at {server.address}   home {house.root}   {night}   Ctrl-C stops.")
        while not stop.is_set() and not working.done():
            away = server.revive() or away
            if away and await asyncio.to_thread(_healthy, server) and not await busy():
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 1)
    finally:
        if runner.started:
            await asyncio.wait_for(runner.astop(), STOPPED_WITHIN_S)
        with suppress(*((Exception,) if away else ())):
            await working


async def _install(house: House, client: PrefectClient) -> None:
    """The channel and the automations. One that cannot be used is said, and stops no night."""
    from prefect.events.actions import DoNothing

    from flows.scheduler import automations, channel

    try:
        action: Callable[[str, str], Any] = await channel.installed(house.settings, client)
    except EntrepotError as error:
        typer.echo(f"No messages are sent: {error}", err=True)

        def action(title: str, text: str) -> DoNothing:
            return DoNothing()
    await automations.install(client, action)


async def _next_night(house: House, server: Server, stop: asyncio.Event) -> str:
    """When the next night is. Raises EntrepotError where the server makes no run of the schedule.

    With SQLAlchemy 2.1.9, Prefect 3.8.8 served its pages and runs by hand while its scheduler failed at every turn,
    in its log alone (2026-11-24): a nightly that never comes is found out here.
    """
    from prefect import get_client

    async with get_client() as client:
        deployment = await client.read_deployment_by_name("nightly/kl-0200")
        if deployment.paused or not any(schedule.active for schedule in deployment.schedules):
            return "the nightly is paused"
        give_up = time.monotonic() + SCHEDULED_WITHIN_S
        while not (runs := await client.get_scheduled_flow_runs_for_deployments([deployment.id])):
            if time.monotonic() > give_up:
                raise EntrepotError("Prefect's server schedules nothing: install the versions of constraints.txt."
                                    + server.last_words())
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.5)
            if stop.is_set():
                return ""
    first = min(run.next_scheduled_start_time for run in runs if run.next_scheduled_start_time)
    return f"next night {first.astimezone(ZoneInfo(house.settings.tz)):%-d %b %H:%M}"
