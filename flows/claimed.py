"""The nightly step after the statistics: articles' claims read, checked and kept. The work is ``warehouse.claims.nightly``."""

from __future__ import annotations

import logging

from flows.house import House, entrepot_version
from flows.turns import writer_of
from warehouse.claims import nightly
from warehouse.schema.errors import EntrepotError

log = logging.getLogger("entrepot")


def night(house: House) -> nightly.Night:
    """Read and check what is new or touched, and keep it. Raises EntrepotError, such as Busy."""
    if house.place.current() is None:
        return nightly.Night()
    # Under the lock from the start: a lake of an older Entrepot is migrated, and no other run reads the same texts meanwhile.
    with writer_of(house, "claims of the night") as lake:
        made = nightly.work(lake.con, entrepot_version())
        nightly.write(lake, made)
    log.info("claims: %s texts, %s claims, %s texts checked again, %s verdicts turned", made.texts, made.claims, made.rechecked,
             len(made.flips))
    return made


def safely(house: House) -> nightly.Night | str:
    """The same inside the night, which a failure here must not end: then the reason in words."""
    try:
        return night(house)
    except EntrepotError as error:
        log.warning("claims of the night: %s", error)
        return f"{type(error).__name__}: {error}"
