"""Whose turn it is: one night at a time, backfills between nights, and a writer that others wait for by name.

The writer's lock itself is ``warehouse.lake.opening``'s, the turns at a publisher's host are ``connectors.http.politeness``'s. The locks
here are the operating system's too, so they die with their owner.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from flows.home import registry
from flows.home.house import House
from warehouse.lake.opening import Writer, connect, writer, writing
from warehouse.load.commit import describe
from warehouse.schema.errors import Busy, EntrepotError
from warehouse.schema.travel import Fetch
from warehouse.upkeep import whole

log = logging.getLogger("entrepot.waiting")
"""Its lines are shown on a terminal too: who waits wants to know for whom."""

_POLL_S = 0.2
BACKFILL_WAITS_S = 4 * 3600.0
"""A night is over by then, or something is wrong with it that waiting does not mend."""


@contextmanager
def writer_of(house: House, why: str, datasets: Collection[str] | None = None, *, wait_s: float | None = None) -> Iterator[Writer]:
    """The lake, open for writing (these datasets, or anything). Says for whom it waits and since when.

    Raises Busy after the time of the settings (or ``wait_s``), LakeDamaged where lake and journal are not of one piece.
    """
    if wait_s is None and (busy := writing(house.place, datasets)):
        log.warning("waiting for the writer: %s", busy)
    with writer(house.place, why, wait_s=house.settings.wait_for_writer_s if wait_s is None else wait_s, datasets=datasets,
                first=lambda: _whole(house)) as lake:
        whole.begin(house.journal, lake)
        described(lake)
        yield lake


def _whole(house: House) -> None:
    house.make_sure()
    whole.mark_begun(house.journal)


def readable(house: House, why: str) -> None:
    """See to it that the lake can be read, where something looks at it before it writes: one that an older Entrepot wrote is brought to
    this version, a published copy that is damaged is published anew. What else is wrong, the writer says."""
    if house.place.current() is None:
        return
    try:
        connect(house.place).close()
    except EntrepotError:
        with writer_of(house, why) as lake:
            lake.after_commit()


def described(lake: Writer) -> None:
    """What the connectors say of their publishers and datasets, and their labels of areas, in the lake: answers read it there."""
    if describe(lake, registry.datasets().values(), registry.publishers(), registry.labels()):
        lake.after_commit()


def described_as_brought(lake: Writer, *fetched: Fetch) -> None:
    """The dataset and publisher that loaded documents brought with them, the last word of each, in the lake. A publisher's own connector
    says who it is."""
    datasets, publishers = {}, {}
    for fetch in fetched:
        if (said := registry.publisher_of(fetch.dataset).brought(fetch)) is not None:
            datasets[said.dataset.dataset] = said.dataset
            if said.publisher is not None and said.publisher.publisher not in registry.connectors():
                publishers[said.publisher.publisher] = said.publisher
    if datasets and describe(lake, datasets.values(), publishers.values()):
        lake.after_commit()


@contextmanager
def night(house: House, why: str = "entrepot nightly", *, wait_s: float | None = None) -> Iterator[None]:
    """The turn of a night. A second one waits, then finds that everything was asked for; raises Busy where that takes too long."""
    with _path(house).open("a+", encoding="utf-8") as handle:
        _wait(handle, fcntl.LOCK_EX, BACKFILL_WAITS_S if wait_s is None else wait_s)
        handle.seek(0)
        handle.truncate()
        handle.write(f"{why}, process {os.getpid()}, since {datetime.now(ZoneInfo(house.settings.tz)):%Y-%m-%d %H:%M:%S}")
        handle.flush()
        yield


def after_the_night(house: House) -> None:
    """Wait while a night is at work, so that a backfill's next period never keeps it waiting. Raises Busy."""
    with _path(house).open("a+", encoding="utf-8") as handle:
        _wait(handle, fcntl.LOCK_SH, BACKFILL_WAITS_S)


def _path(house: House) -> Path:
    folder = house.root / "locks"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "night.lock").touch()
    except OSError as error:
        raise EntrepotError(f"cannot write {folder}: {error.strerror}. Choose another --home or mend the permissions") from error
    return folder / "night.lock"


def _wait(handle: IO[str], kind: int, wait_s: float) -> None:
    give_up, said = time.monotonic() + wait_s, False
    while True:
        try:
            return fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            whom = handle.read() or "a night that has just begun"
            if not said:
                log.warning("waiting for the night: %s", whom)
                said = True
            if time.monotonic() >= give_up:
                raise Busy(f"a night is at work: {whom}. Run again when it is done") from None
            time.sleep(_POLL_S)
