"""Loading articles that came together: one transaction for all of them, and a journal entry for each document, as for any.

What needs a closer look (more than one batch, rows set aside, an older copy of a page, a load made before, a second page of one
article, a held load) is left to ``pipeline.load``, one document at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flows.home import clock, registry
from flows.home.house import House
from flows.run.bookkeeping import Outcome, Parsed, committed_entries, versions
from warehouse.archive.journal import Entry
from warehouse.lake.opening import Writer
from warehouse.load import staging
from warehouse.load.articles.versions import commit_together
from warehouse.load.diff import Context
from warehouse.schema.travel import Fetch

TOGETHER = 500
"""Articles of one transaction: enough that its cost no longer counts, few enough that others wait for the writer but briefly."""


@dataclass(frozen=True)
class _Ready:
    item: Parsed
    fetched: Fetch
    staged: staging.Staged


def load_together(house: House, lake: Writer, items: Sequence[Parsed]) -> tuple[list[Outcome], list[Parsed]]:
    """Commit the plain articles among staged documents. Returns their outcomes, and the documents that are left."""
    read = [(item, staging.read(item.folders[0])) for item in items if len(item.folders) == 1]
    articles = [(item, staged) for item, staged in read if staged.table == "news.article"]
    plain = list(_plain(house, lake, articles)) if len(articles) > 1 else []
    if len(plain) < 2:
        return [], list(items)
    outcomes: list[Outcome] = []
    for first in range(0, len(plain), TOGETHER):
        outcomes += _commit(house, lake, plain[first:first + TOGETHER])
    done = {ready.item.fetch_id for ready in plain}
    return outcomes, [item for item in items if item.fetch_id not in done]


def _plain(house: House, lake: Writer, articles: Sequence[tuple[Parsed, staging.Staged]]) -> Iterator[_Ready]:
    """Those of which nothing needs a closer look."""
    watched = {(load.entry.url, load.entry.document_sha256) for load in house.journal.held()}
    stood: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
    for fetch in house.archive.fetches():
        stood[fetch.url, fetch.sha256].append(fetch.asked_at)
    loaded = {load_id for (load_id,) in lake.con.execute("SELECT load_id FROM ops.load WHERE dataset LIKE 'news.%'").fetchall()}
    once: set[str] = set()
    for item, staged in articles:
        fetched = house.archive.fetch(item.fetch_id)
        content = fetched.url, fetched.sha256
        if (staged.rows_good == 1 and not staged.rows_rejected and not staged.checks and staged.load_id not in loaded
                and content not in watched and staged.batch not in once and not any(at < fetched.asked_at for at in stood[content])):
            once.add(staged.batch)  # the name of a page's batch is the article's address
            yield _Ready(item, fetched, staged)


def _commit(house: House, lake: Writer, group: Sequence[_Ready]) -> list[Outcome]:
    recorded, packages = clock.now(), versions()
    contexts = [Context(started_at=ready.item.started_at, recorded_at=recorded, versions=packages, last_confirmed_at=None)
                for ready in group]
    changed = commit_together(lake, [ready.staged for ready in group], contexts)
    entries: dict[str, Entry] = {}
    if changed:
        lake.after_commit()
        entries = committed_entries(lake, {ready.staged.load_id: ready.fetched.url for ready in group if ready.staged.load_id in changed})
        house.journal.add(*entries.values())
    outcomes = [_outcome(ready, changed.get(ready.staged.load_id), entries.get(ready.staged.load_id)) for ready in group]
    house.journal.add(*(_done(ready, outcome) for ready, outcome in zip(group, outcomes, strict=True)))
    for ready in group:
        ready.item.clear()
    return outcomes


def _outcome(ready: _Ready, counts: dict[str, int] | None, entry: Entry | None) -> Outcome:
    staged, fetched = ready.staged, ready.fetched
    if counts is None or entry is None:
        return Outcome(staged.dataset, "no_change", "the same text as before", staged.batch, fetched.fetch_id, fetched.page)
    said = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
    return Outcome(staged.dataset, "new_data", said, staged.batch, fetched.fetch_id, fetched.page, snapshot=entry.detail["snapshot"],
                   rows_new=counts["new"], rows_revised=counts["revised"])


def _done(ready: _Ready, outcome: Outcome) -> Entry:
    """The document is done: until it changes, or the parser does, it is not read again."""
    fetched = ready.fetched
    return Entry(at=clock.now(), kind="outcome", dataset=outcome.dataset, fetch_id=fetched.fetch_id, document_sha256=fetched.sha256,
                 url=fetched.url, parser_version=registry.publisher_of(fetched.dataset).parser_version,
                 result="new_data" if outcome.result == "new_data" else "no_change", detail={"batches": 1})
