"""What people decided, as the lake has it against what the journal has: tags, rows read again, held loads accepted, documents read
anew by a newer parser. Loads and restores themselves are compared in ``verify`` and written down by ``flows.run.bookkeeping``.

A decision is committed to the lake first and journalled then; each finds in the lake, or in the commit's own note, all that the
journal's line needs. So a difference either has the lines that end it (a run was killed between the two), or is damage.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import duckdb

from warehouse.archive.journal import Entry, HeldLoad, moment

COUNTED = ("new", "revised", "withdrawn", "quarantined")


@dataclass(frozen=True)
class Difference:
    """A decision that only one of lake and journal has, or that they have differently."""

    said: str
    entries: tuple[Entry, ...] = ()
    """What the journal lacks; empty where the lake is what lacks something."""


def closing(load: HeldLoad, kind: Literal["accepted", "rejected", "superseded"], *, by: str, why: str, at: datetime) -> Entry:
    """The journal's line on what became of a held load."""
    entry = load.entry
    return Entry(at=at, kind=kind, dataset=entry.dataset, fetch_id=entry.fetch_id, document_sha256=entry.document_sha256, url=entry.url,
                 batch=entry.batch, parser_version=entry.parser_version, by=by, why=why, detail={"held": load.number})


def tagging(name: str, snapshot: int | None, *, by: str, tagged_at: datetime, note: str, at: datetime) -> Entry:
    """The journal's line on a name that was given or (``snapshot`` None) taken away."""
    return Entry(at=at, kind="tagged", dataset="*", by=by, why=note,
                 detail={"tag": name, "snapshot": snapshot, "tagged_at": tagged_at.isoformat()})


def rereading(entry: Entry, parser_version: int, counts: dict[str, int], *, at: datetime) -> Entry:
    """The journal's line on a load that a rebuild's parser reads differently from the one that brought it."""
    return Entry(at=at, kind="reread", dataset=entry.dataset, fetch_id=entry.fetch_id, url=entry.url,
                 document_sha256=entry.document_sha256, batch=entry.batch, parser_version=parser_version,
                 why=reread_said(entry, parser_version, counts), detail={"reread_load": entry.detail["load_id"], "counts": counts})


def reread_said(entry: Entry, parser_version: int, counts: dict[str, int]) -> str:
    """``snapshot 12, office.table all: 840 new, 1 quarantined when it was loaded (parser 1); 847 new now (parser 2)``."""
    def counted(counts: dict[str, Any]) -> str:
        return ", ".join(f"{counts[name]:,} {name}" for name in COUNTED if counts.get(name)) or "nothing"

    return (f"snapshot {entry.detail['snapshot']}, {entry.dataset} {entry.batch}: {counted(entry.detail)} "
            f"when it was loaded (parser {entry.parser_version}); {counted(counts)} now (parser {parser_version})")


def differences(con: duckdb.DuckDBPyConnection, catalog: str, entries: Sequence[Entry], held: Sequence[HeldLoad],
                datasets: Collection[str] | None, at: datetime) -> list[Difference]:
    """Every decision on which lake and journal differ; of loads and rows, those of ``datasets`` (None: of all).

    ``at`` is the time that new lines of the journal bear.
    """
    return [*_tags(con, catalog, entries, at), *_read_again(con, catalog, entries, datasets, at),
            *_accepted(con, catalog, held, datasets, at), *_reread(con, catalog, entries, datasets, at)]


def notes(con: duckdb.DuckDBPyConnection, catalog: str, having: str = "by") -> list[dict[str, Any]]:
    """The notes of commits that have a word, the newest first."""
    found = con.execute(f"SELECT commit_extra_info FROM {catalog}.snapshots() WHERE json_extract(commit_extra_info, ?) IS NOT NULL "
                        "ORDER BY snapshot_id DESC", [f"$.{having}"]).fetchall()
    return [json.loads(text) for (text,) in found]


def _tags(con: duckdb.DuckDBPyConnection, catalog: str, entries: Iterable[Entry], at: datetime) -> list[Difference]:
    given: dict[str, Entry] = {}
    for entry in entries:
        if entry.kind == "tagged":
            given.pop(entry.detail["tag"], None)
            if entry.detail["snapshot"] is not None:
                given[entry.detail["tag"]] = entry
    found: list[Difference] = []
    there: set[str] = set()
    for name, snapshot, by, tagged_at, note in con.execute(
            f"SELECT tag, snapshot, tagged_by, tagged_at, note FROM {catalog}.ops.snapshot_tag ORDER BY ALL").fetchall():
        there.add(name)
        known = given.get(name)
        if known and (known.detail["snapshot"], known.by, moment(known.detail["tagged_at"]), known.why) == (snapshot, by, tagged_at, note):
            continue
        lines = [tagging(name, None, by=by, tagged_at=tagged_at, note="", at=at)] if known else []
        lines.append(tagging(name, snapshot, by=by, tagged_at=tagged_at, note=note, at=at))
        found.append(Difference(f"the tag {name!r} (snapshot {snapshot}) is in the lake and not so in the journal", tuple(lines)))
    for name, entry in given.items():
        if name in there:
            continue
        taken = next((note for note in notes(con, catalog, "untag") if note["untag"] == name
                      and moment(note["at"]) >= moment(entry.detail["tagged_at"])), None)
        if taken:
            found.append(Difference(f"the tag {name!r} was taken away in the lake and not in the journal", (
                tagging(name, None, by=taken["by"], tagged_at=moment(taken["at"]), note="", at=at),)))
        else:
            found.append(Difference(f"the tag {name!r} (snapshot {entry.detail['snapshot']}) is in the journal and not in the lake"))
    return found


def _read_again(con: duckdb.DuckDBPyConnection, catalog: str, entries: Iterable[Entry], datasets: Collection[str] | None, at: datetime,
                ) -> list[Difference]:
    written = {tuple(row): entry.detail["by_load"] for entry in entries if entry.kind == "replayed" for row in entry.detail["rows"]}
    lacks: dict[tuple[str, str, str], list[list[str]]] = {}
    lost = 0
    for load_id, locator, rule, dataset, fetch_id, by in con.execute(
            f"SELECT load_id, locator, rule, dataset, fetch_id, replayed_by FROM {catalog}.ops.quarantine ORDER BY ALL").fetchall():
        if (datasets is None or dataset in datasets) and written.get((load_id, locator, rule)) != by:
            if by is None:
                lost += 1
            else:
                lacks.setdefault((dataset, fetch_id, by), []).append([load_id, locator, rule])
    found = [Difference(f"{lost} rows in quarantine were read by a later load, as the journal says, and still wait in the lake")
             for _ in range(bool(lost))]
    if lacks:
        who = {note["read_again"]: note for note in notes(con, catalog, "read_again")}
        parsers = dict(con.execute(f"SELECT load_id, parser_version FROM {catalog}.ops.load").fetchall())
        fetched = {row[0]: row[1:] for row in con.execute(f"SELECT fetch_id, url, sha256 FROM {catalog}.ops.fetch").fetchall()}
        for (dataset, fetch_id, by), rows in lacks.items():
            url, sha256 = fetched.get(fetch_id, ("", ""))
            note = who.get(by) or who.get(fetch_id) or {}
            found.append(Difference(f"{len(rows)} rows in quarantine were read by load {by} in the lake and not in the journal", (
                replaying(dataset, fetch_id, url, sha256, int(parsers.get(by, 0)), by, rows, who=note.get("by", ""), at=at),)))
    return found


def replaying(dataset: str, fetch_id: str, url: str, sha256: str, parser_version: int, by_load: str, rows: list[list[str]], *, who: str,
              at: datetime) -> Entry:
    """The journal's line on rows of the quarantine that a person had read again."""
    return Entry(at=at, kind="replayed", dataset=dataset, fetch_id=fetch_id, url=url, document_sha256=sha256,
                 parser_version=parser_version, by=who, why=f"{len(rows)} rows understood after a fix",
                 detail={"by_load": by_load, "rows": rows})


def _accepted(con: duckdb.DuckDBPyConnection, catalog: str, held: Sequence[HeldLoad], datasets: Collection[str] | None, at: datetime,
              ) -> list[Difference]:
    waiting = {load.number: load for load in held if load.decided is None and (datasets is None or load.entry.dataset in datasets)}
    if not waiting:
        return []
    return [Difference(f"held load {load.number} was accepted and loaded, and still waits in the journal", (
        closing(load, "accepted", by=str(note["by"]), why=str(note["why"]), at=at),))
        for note in notes(con, catalog, "accept") if (load := waiting.get(note["accept"])) is not None
        and note.get("fetch") == load.entry.fetch_id]


def _reread(con: duckdb.DuckDBPyConnection, catalog: str, entries: Iterable[Entry], datasets: Collection[str] | None, at: datetime,
            ) -> list[Difference]:
    loads = {load: (int(parser), dict(zip(COUNTED, counts, strict=True))) for load, parser, *counts in con.execute(
        f"SELECT load_id, parser_version, {', '.join(f'rows_{name}' for name in COUNTED)} FROM {catalog}.ops.load").fetchall()}
    first: dict[str, Entry] = {}
    since: dict[str, list[dict[str, int]]] = {}
    for entry in entries:
        if entry.kind == "reread":
            since.setdefault(entry.detail["reread_load"], []).append(entry.detail["counts"])
        elif entry.detail.get("load_id"):
            first.setdefault(entry.detail["load_id"], entry)
    found: list[Difference] = []
    rebuilt: set[str] | None = None
    for load, (parser, counts) in loads.items():
        known = first.get(load)
        if known is None or (datasets is not None and known.dataset not in datasets):
            continue
        if all(known.detail.get(name, counts[name]) == counts[name] for name in COUNTED) or counts in since.get(load, ()):
            continue
        if rebuilt is None:
            rebuilt = {note["load"] for note in notes(con, catalog, "rebuilt")}
        # A parser may be mended without a new version: a name more on a list that it reads.
        if parser > known.parser_version or load in rebuilt:
            found.append(Difference(f"load {load} of {known.dataset} was read anew by parser {parser} in the lake, and the journal does "
                                    "not say so", (rereading(known, parser, counts, at=at),)))
        else:
            found.append(Difference(f"load {load} of {known.dataset} came to other rows in the lake than the journal says: "
                                    + reread_said(known, parser, counts)))
    return found
