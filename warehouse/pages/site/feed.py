"""The Atom feed (RFC 4287) of releases that came and of large revisions. An entry's id stays for ever: it is made of the load's or the
version's own, which a rebuilt lake has again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import quoteattr

from warehouse.pages.site import held, lists
from warehouse.reference.periods import Period
from warehouse.shown import shown

if TYPE_CHECKING:
    from warehouse.pages.site.whole import Site

ENTRIES = 50
LARGE_PCT = 5.0
"""From here on a revision is news."""
DAYS = 60


def atom(site: Site) -> str:
    """The feed, its newest entries first."""
    entries: list[tuple[datetime, str, str, str, str]] = []
    for load in held.loads(site.con, ENTRIES):
        if load["dataset"].startswith("news.") or not (load["rows_new"] or load["rows_revised"] or load["rows_withdrawn"]):
            continue
        counted = ", ".join(f"{load[name]:,} {what}" for name, what in (
            ("rows_new", "new"), ("rows_revised", "revised"), ("rows_withdrawn", "withdrawn")) if load[name])
        said = f"{load['title'] or load['dataset']}: {counted} (snapshot {load['snapshot']})."
        entries.append((load["recorded_at"], f"load:{load['load_id']}", f"{load['dataset']}: {load['batch']}", said,
                        f"datasets.html#{load['dataset']}"))
    if site.recorded:
        for row in held.revisions(site.con, site.recorded, DAYS, ENTRIES, LARGE_PCT):
            when = Period(row["period_start"], row["period_end"])
            now = "withdrawn" if row["change_kind"] == "withdrawn" else f"{row['change_pct']:+.1f} %".replace("-", "−")
            levels = "" if row["dataset"] in site.kept_back or row["new_value"] is None or row["old_value"] is None else (
                f" {row['currency']} {row['old_value']:,.0f} → {row['new_value']:,.0f}.")
            entries.append((row["recorded_at"], f"revision:{row['old_version_id']}", f"Revised: {lists.what(row)}, {when}: {now}",
                            f"{row['dataset']}.{levels} entrepot trace {(row['new_version_id'] or row['old_version_id'])[:10]}",
                            "revisions.html"))
    entries.sort(key=lambda entry: (entry[0], entry[1]), reverse=True)
    entries = entries[:ENTRIES]
    first = site.con.execute("SELECT min_by(load_id, snapshot) FROM ops.load").fetchone()
    updated = entries[0][0] if entries else site.recorded or datetime(1970, 1, 1, tzinfo=UTC)
    at = site.around.address
    return "\n".join([
        '<?xml version="1.0" encoding="utf-8"?>', '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>{_id('lake:' + str(first and first[0]))}</id>",
        "<title>Entrepot: releases and large revisions</title>", f"<updated>{_time(updated)}</updated>",
        f'<link rel="self" type="application/atom+xml" href={quoteattr(at + "feed.xml")}/>',
        f'<link rel="alternate" type="text/html" href={quoteattr(at + "index.html")}/>', "<author><name>Entrepot</name></author>",
        *(f"<entry><id>{_id(name)}</id><title>{_text(title)}</title><updated>{_time(when)}</updated>"
          f'<link rel="alternate" type="text/html" href={quoteattr(at + quote(path, safe="/#."))}/><summary>{_text(said)}</summary></entry>'
          for when, name, title, said, path in entries), "</feed>", ""])


def _id(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'entrepot:{name}')}"


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _text(text: str) -> str:
    """A text between tags: what XML does not take, and what hides or turns its neighbours, by its number."""
    said = shown(text.replace("\t", " ").replace("\n", " "))
    said = "".join("?" if letter < " " or "\ud800" <= letter <= "\udfff" or letter in "\ufffe\uffff" else letter for letter in said)
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
