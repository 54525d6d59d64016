"""The nightly step after the statistics: articles' claims read, checked and kept. The work is ``warehouse.claims.nightly``."""

from __future__ import annotations

import logging

from flows.home.house import House, entrepot_version
from flows.run.turns import readable, writer_of
from warehouse.archive import disk
from warehouse.claims import nightly
from warehouse.lake.opening import connect
from warehouse.schema.errors import Busy, EntrepotError

log = logging.getLogger("entrepot")

TRIES = 3
"""Times that the work is begun anew where figures came in while it went on."""


def night(house: House) -> nightly.Night:
    """Read and check what is new or touched, and keep it. Raises EntrepotError, such as Busy.

    The thinking is done on a published copy, beside any other run; the writer's lock is held for the writing alone.
    """
    if house.place.current() is None:
        return nightly.Night()
    for _ in range(TRIES):
        made = _thought(house)
        if not made.writes:
            return _said(made)
        with writer_of(house, "claims of the night") as lake:
            if nightly.still_so(lake, made):
                nightly.write(lake, made)
                return _said(made)
        log.info("claims: figures came in meanwhile, once more")
    raise Busy(f"figures came in {TRIES} times while the articles were read")


def _thought(house: House) -> nightly.Night:
    readable(house, "claims of the night")
    con = connect(house.place)
    try:
        return nightly.work(con, entrepot_version())
    finally:
        con.close()


def _said(made: nightly.Night) -> nightly.Night:
    log.info("claims: %s texts, %s claims, %s texts checked again, %s verdicts turned", made.texts, made.claims, made.rechecked,
             len(made.flips))
    for fault in made.faults:
        log.warning("claims of %s: %s", fault.url, fault.said)
    return made


def safely(house: House) -> nightly.Night | str:
    """The same inside the night, which a failure here must not end: then the reason in words."""
    try:
        return night(house)
    except EntrepotError as error:
        log.warning("claims of the night: %s", error)
        return f"{type(error).__name__}: {error}"
    except Exception as error:  # a fault of ours, or a full disk: the night goes on to its pages and messages
        log.exception("claims of the night")
        return disk.trouble(error) or f"{type(error).__name__}: {error}"
