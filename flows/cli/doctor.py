"""Is everything here in order? Each finding says what was looked at, what was seen, and the way out where it is not.

Looks and changes nothing. What a publisher's host says (``reach``) is asked by the one polite client, robots.txt only, and
leaves no record; ``offline`` leaves it out.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb

from flows.home import keys, registry, serving
from flows.home.house import House, entrepot_version, sample_folder
from flows.home.settings import HIDDEN, LOOPBACK, origin, shown
from flows.scheduler import access, channel
from warehouse.archive import disk
from warehouse.lake.opening import connect, engine, writing
from warehouse.lake.served.place import ServedPlace
from warehouse.schema.content import Spool
from warehouse.schema.errors import EntrepotError, OtherVersion, PublisherError
from warehouse.schema.travel import Request
from warehouse.upkeep.whole import gone

CLOCK_WITHIN_S = 60.0
"""Of the publishers' own clocks. Further off, a release is asked for before or after its hour."""
REACHED_WITHIN_S = 10.0

_NOBODYS = ("example", "example.com", "example.org", "example.net", "invalid", "test", "localhost")
"""Hosts that RFC 2606 keeps for examples."""

Level = Literal["ok", "look", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    level: Level
    what: str
    said: str
    ok: bool = field(init=False)
    """False where something has to be mended before this home works; ``look`` is for a person to judge."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ok", self.level != "wrong")


def examine(house: House, *, offline: bool = False) -> list[Finding]:
    """Look at versions, home, disk, clock, publishers, archive, lake, channel and settings."""
    looks: list[Callable[[House], Iterable[Finding]]] = [
        _versions, _extensions, _home, _contact, _secrets, _disk, _zone, _archive, _lake, _readers, _server, _channel, _sample, _keys,
        _second_reader]
    if not offline and not house.demo:
        looks.append(reach)
    return [finding for look in [*looks, _settings] for finding in look(house)]


def _versions(house: House) -> Iterator[Finding]:
    yield Finding("ok", "version", f"entrepot {entrepot_version()}, duckdb {duckdb.__version__}, prefect {_version('prefect')}, "
                                   f"fastapi {_version('fastapi')}, sqlalchemy {_version('sqlalchemy')}")
    if _number(_version("fastapi")) >= (0, 159):
        yield Finding("wrong", "fastapi", "Prefect's server does not start with fastapi 0.159 or newer: install the versions of "
                                          "constraints.txt")
    if _number(_version("sqlalchemy"))[:2] != (2, 0):
        yield Finding("wrong", "sqlalchemy", "Prefect's scheduler does not work with SQLAlchemy 2.1: install the versions of "
                                             "constraints.txt")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _number(found: str) -> tuple[int, ...]:
    return tuple(int(part) for part in found.split(".")[:3] if part.isdigit())


def _extensions(house: House) -> Iterator[Finding]:
    try:
        engine().close()
        yield Finding("ok", "extensions", "ducklake and sqlite load from the installed packages")
    except (EntrepotError, duckdb.Error) as error:
        yield Finding("wrong", "extensions", str(error).splitlines()[0])


def _home(house: House) -> Iterator[Finding]:
    probe = next(p for p in (house.root, *house.root.parents) if p.exists())
    if os.access(probe, os.W_OK):
        yield Finding("ok", "home", f"{house.root}" + ("" if house.root.exists() else " (will be made)"))
    else:
        yield Finding("wrong", "home", f"{probe} cannot be written: mend its permissions, or choose another --home")


def _contact(house: House) -> Iterator[Finding]:
    """Publishers are told whom to reach: somebody who does not run this is nobody."""
    told = house.settings.contact.strip()
    host = (urlsplit(told).hostname or told.rpartition("@")[2]).casefold().rstrip(".")
    if not told:
        yield Finding("wrong", "contact", "publishers are told nobody's name, so none is asked: set ENTREPOT_CONTACT to an e-mail or web "
                      "address of yours")
    elif told == type(house.settings).model_fields["contact"].default:
        yield Finding("look", "contact", f"publishers are told {told}, which is not yours: whoever wants to reach you about your requests "
                      "cannot. Set ENTREPOT_CONTACT to an e-mail or web address of yours")
    elif host.endswith(_NOBODYS) or "." not in host:
        yield Finding("look", "contact", f"publishers are told {told}, where nobody can be reached: set ENTREPOT_CONTACT to an e-mail or "
                      "web address of yours")
    else:
        yield Finding("ok", "contact", f"publishers are told {told}")


def _secrets(house: House) -> Iterator[Finding]:
    file = house.settings.file
    if not file.exists() or not stat.S_IMODE(file.stat().st_mode) & 0o077:
        return
    inside = [name for name in type(house.settings).model_fields
              if shown(house.settings, name).endswith(HIDDEN) and origin(house.settings, name) == str(file)]
    if inside:
        yield Finding("wrong", "permissions", f"{file} holds {', '.join(inside)} and can be read by others: chmod 600 {file}")


def _disk(house: House) -> Iterator[Finding]:
    free, need = disk.free(house.root), house.room_needed
    said = f"{free / 1e9:,.1f} GB free, {need / 1e9:,.1f} GB needed before a run starts"
    yield Finding("ok", "disk", said) if free >= need else Finding(
        "wrong", "disk", f"{said}: free {(need - free) / 1e9:,.1f} GB, or set ENTREPOT_LEAST_FREE_MB")


def _second_reader(house: House) -> Iterator[Finding]:
    wanted = house.settings
    if not wanted.second_reader:
        yield Finding("ok", "second reader", "none: texts given to check stay on this machine")
    elif not wanted.second_reader_model:
        yield Finding("wrong", "second reader", "no model is named: set ENTREPOT_SECOND_READER_MODEL")
    else:
        host = urlsplit(wanted.second_reader).hostname or ""
        whose = "this machine" if host in LOOPBACK else host
        yield Finding("ok" if host in LOOPBACK else "look", "second reader",
                      f"texts given to check are sent to {whose} ({wanted.second_reader}), to the model {wanted.second_reader_model}")


def _zone(house: House) -> Iterator[Finding]:
    try:
        now = datetime.now(ZoneInfo(house.settings.tz))
        yield Finding("ok", "time zone", f"{house.settings.tz}, where it is {now:%-d %b %H:%M}")
    except (ZoneInfoNotFoundError, ValueError):
        yield Finding("wrong", "time zone", f"{house.settings.tz} is not a zone: set ENTREPOT_TZ such as Asia/Kuala_Lumpur")


def _archive(house: House) -> Iterator[Finding]:
    try:
        fetches = house.archive.fetches()
        for fetch in fetches[-20:]:
            house.archive.prove(fetch.sha256)
    except EntrepotError as error:
        yield Finding("wrong", "archive", str(error))
        return
    yield Finding("ok", "archive", f"{len(fetches)} documents; the newest {min(20, len(fetches))} hash to their names")


def _lake(house: House) -> Iterator[Finding]:
    busy = writing(house.place)
    yield Finding("ok", "writer", busy or "nobody writes")
    if damage := gone(house.place, house.journal):
        yield Finding("wrong", "lake", str(damage))
        return
    if house.place.current() is None:
        yield Finding("ok", "lake", "nothing loaded yet")
        return
    try:
        con = connect(house.place)
        rows, step = con.execute("SELECT (SELECT count(*) FROM stats.trade), (SELECT max(name) FILTER "
                                 "(regexp_matches(name, '^[0-9]')) FROM ops.migration)").fetchall()[0]
        con.close()
    except OtherVersion as error:
        yield Finding("wrong", "schema", str(error))
        return
    except (EntrepotError, duckdb.Error) as error:
        yield Finding("wrong", "lake", f"{str(error).splitlines()[0]}; entrepot rebuild makes it anew from the archive")
        return
    yield Finding("ok", "lake", f"{rows:,} figures on trade, readers attach {house.place.current()}")
    yield Finding("ok", "schema", f"{step}, the newest")


def _readers(house: House) -> Iterator[Finding]:
    place = house.place
    if not isinstance(place, ServedPlace) or not place.exists():
        return
    if place.readers_may_write():
        yield Finding("look", "readers", "attach the catalogue with a user who may write it: make one who can only read with "
                      "deploy/reader.sql, and set ENTREPOT_CATALOG_READER to its address")
    else:
        yield Finding("ok", "readers", "attach the catalogue with a user who can only read")


def _server(house: House) -> Iterator[Finding]:
    wanted = house.settings
    folder = house.root / "prefect"
    serves = serving.running(folder)
    yield Finding("ok", "served", f"at {serves}" if serves else "not now: entrepot serve")
    try:
        access.password(wanted, folder)
    except EntrepotError as error:
        yield Finding("wrong", "password", str(error))
        return
    if wanted.host in LOOPBACK:
        yield Finding("ok", "server", f"listens on this machine only ({wanted.host}:{wanted.port}); "
                      + ("asks for ui_password" if wanted.ui_password else f"asks for the password in {folder / access.FILE}"
                         if (folder / access.FILE).exists() else "asks for a password that the first serve makes"))
    else:
        yield Finding("ok" if wanted.ui_password else "wrong", "server", f"listens on {wanted.host}:{wanted.port}, " + (
            "with a password, and without TLS: put a proxy with TLS before it" if wanted.ui_password else
            "and whoever reaches it could start and stop runs: set ENTREPOT_UI_PASSWORD=USER:PASSWORD"))


def _channel(house: House) -> Iterator[Finding]:
    try:
        found = channel.described(house.settings)
    except EntrepotError as error:
        yield Finding("wrong", "messages", str(error))
        return
    yield Finding("ok", "messages", f"go to {found}; to try it: entrepot doctor --send-test") if found else Finding(
        "look", "messages", "go nowhere, so nobody is told when a person is needed: set ENTREPOT_NOTIFY")


def _sample(house: House) -> Iterator[Finding]:
    try:
        yield Finding("ok", "sample", str(sample_folder()))
    except EntrepotError as error:
        yield Finding("wrong", "sample", str(error))


def _keys(house: House) -> Iterator[Finding]:
    lack = keys.lacking(house)
    for said in keys.lines(lack):
        yield Finding("look", "key", said)
    for name, key in keys.wanted().items():
        if name not in lack and not house.demo:
            yield Finding("ok", "key", f"{name}: {key.told(True)}")
    for unknown in keys.unknown(house):
        known = ", ".join(sorted({key.name for key in keys.wanted().values()})) or "none is asked for here"
        yield Finding("look", "key", f"no publisher here asks for a key {unknown!r} ({known}): mend its name under [api_keys]")


def _settings(house: House) -> Iterator[Finding]:
    for name in type(house.settings).model_fields:
        yield Finding("ok", f"setting {name}", f"{shown(house.settings, name)}   ({origin(house.settings, name)})")


def reach(house: House) -> Iterator[Finding]:
    """For every host: does it answer, may we ask it, and what time does it think it is."""
    with tempfile.TemporaryDirectory() as locks, ThreadPoolExecutor(8) as pool:
        client = _client(house, Path(locks))
        asked = list(pool.map(lambda request: _robots(client, request), _addresses(house)))
    clocks = [(told - at).total_seconds() for _, _, at, told in asked if told is not None]
    if clocks:
        off = median(clocks)
        yield Finding("ok", "clock", f"as {len(clocks)} hosts' clocks, within {CLOCK_WITHIN_S:.0f} s") if abs(
            off) <= CLOCK_WITHIN_S else Finding(
                "wrong", "clock", f"{abs(off):,.0f} s {'behind' if off > 0 else 'ahead of'} the publishers' clocks: set this machine's "
                "(timedatectl set-ntp true)")
    else:
        yield Finding("look", "clock", "cannot be compared: no publisher was reached")
    for request, finding, _, _ in asked:
        yield Finding(finding[0], f"publisher {request.dataset}", f"{urlsplit(request.url).hostname}: {finding[1]}")


def _addresses(house: House) -> list[Request]:
    """One address for each host of each publisher: the last one asked there, else the page of the dataset."""
    found: dict[tuple[str, str], Request] = {}
    for fetch in house.archive.fetches():
        if fetch.origin_kind == "fetched":
            publisher = registry.publisher_of(fetch.dataset).publisher
            found[publisher, str(urlsplit(fetch.url).hostname)] = Request(fetch.url, publisher)
    for dataset in registry.datasets().values():
        if dataset.page_url.startswith("http") and dataset.account != "statement" and dataset.publisher not in {
                publisher for publisher, _ in found}:
            found[dataset.publisher, str(urlsplit(dataset.page_url).hostname)] = Request(dataset.page_url, dataset.publisher)
    return list(found.values())


def _client(house: House, locks: Path) -> Any:
    """The polite client, in a hurry and leaving no record: a look at the hosts is no load."""
    from connectors.http.client import HttpClient
    from connectors.http.client import Settings as HttpSettings
    from connectors.http.transport import TimeLimits

    wanted = house.settings
    here = wanted.home / "locks"
    return HttpClient(_NoRecord(), contact=wanted.contact, version=entrepot_version(),  # type: ignore[arg-type]
                      locks=here if os.access(here, os.W_OK) else locks, host_map=wanted.host_map, secrets=wanted.secrets,
                      settings=HttpSettings(min_interval=wanted.min_interval_s, attempts=1, budget=REACHED_WITHIN_S,
                                            limits=TimeLimits(REACHED_WITHIN_S / 2, REACHED_WITHIN_S / 2, REACHED_WITHIN_S)))


class _NoRecord:
    """An archive in which nothing is noted."""

    def note(self, **anything: object) -> None:
        """Not kept."""

    def spool(self) -> Spool:
        """For the rules of a host, which are read and not kept."""
        return Spool()


Asked = tuple[Request, tuple[Level, str], datetime, datetime | None]


def _robots(client: Any, request: Request) -> Asked:
    at = datetime.now(UTC)
    try:
        rules, allowed = client.rules(request)
    except PublisherError as error:
        return request, ("look", f"not reached: {type(error).__name__}: {error.said}. Loads of it wait, nothing is lost"), at, None
    finding: tuple[Level, str] = ("ok", f"answers; may be asked ({rules.said})") if allowed else (
        "look", f"asks not to be fetched ({rules.said}): save pages in a browser, then entrepot import FILE --source {request.dataset}")
    return request, finding, at, rules.clock


def send_test(house: House) -> Finding:
    """Send a message on the channel of the setting ``notify`` and see whether it was taken."""
    from flows.scheduler.serve import environment

    # A named block is kept by the server of this home.
    os.environ.update(environment(house, house.settings.port, house.root / "prefect"))
    try:
        went = channel.send(house.settings, "Entrepot: a test",
                            "Nothing is wrong: somebody tried the channel (entrepot doctor --send-test).")
    except EntrepotError as error:
        return Finding("wrong", "messages", str(error))
    return Finding("ok", "messages", f"{went} took a test message") if went else Finding(
        "wrong", "messages", "no channel is set: ENTREPOT_NOTIFY=https://… (a webhook), mailtos://…, or the name of a Prefect block")
