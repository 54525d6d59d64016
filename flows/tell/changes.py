"""What a night changed: the diff of the snapshots before and after it, kept in the home's ``reports/``. It informs and never fails.

The diff itself is ``warehouse.history.snapshots``, its page ``warehouse.history.difference_page``;
the artifact's words are ``flows.tell.run_report``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows.home.house import House
from warehouse.history import past, snapshots
from warehouse.history.difference_page import changes_page
from warehouse.history.snapshots import Change
from warehouse.lake.opening import connect
from warehouse.schema.errors import EntrepotError

log = logging.getLogger("entrepot")


@dataclass(frozen=True)
class Changes:
    """What differs between two snapshots, and where that is kept (None where nothing was loaded)."""

    before: int
    after: int
    found: tuple[Change, ...] = ()
    page: Path | None = None


def newest(house: House) -> int:
    """The number of the newest snapshot; 0 in an empty home."""
    if house.place.current() is None:
        return 0
    con = connect(house.place)
    ((number,),) = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()
    con.close()
    return int(number)


def since(house: House, before: int) -> Changes:
    """Compare the snapshot of then with the newest, and keep the answer as JSON and as a page."""
    try:
        after = newest(house)
        if after <= before or before == 0:
            return Changes(before, after)
        con = connect(house.place)
        found = snapshots.diff(con, before, after)
        old, new = (past.resolve(con, str(number)) for number in (before, after))
        con.close()
        folder = house.root / "reports"
        folder.mkdir(exist_ok=True)
        page = folder / f"changes-{before:06}-{after:06}.html"
        page.write_text(changes_page(found, old, new, house.settings.tz), encoding="utf-8")
        page.with_suffix(".json").write_text(json.dumps(_plain(found), ensure_ascii=False, indent=1), encoding="utf-8")
        return Changes(before, after, tuple(found), page)
    except (EntrepotError, duckdb.Error, OSError) as error:
        log.warning("what the night changed could not be told: %s", error)
        return Changes(before, before)


def _plain(found: Sequence[Change]) -> list[dict[str, object]]:
    return [{**vars(change), "old": None if change.old is None else str(change.old),
             "new": None if change.new is None else str(change.new)} for change in found]
