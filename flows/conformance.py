"""``python -m flows.conformance [PUBLISHER …]``: holds connectors against their contract, and says where they break it.

For whoever writes one, in this repository or in a package of their own: every connector that is installed is looked at with the
documents that there are of it (the shipped sample, its packaged file, and a folder ``sample`` beside its module, in which
``figures.csv`` may say what a person reads off them). Nobody is asked, and no home is touched. What bytes mean is the connectors'
own tests' business; here it is only what all of them promise. As a tool it stands above everything that it tries.
"""

from __future__ import annotations

import csv
import inspect
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from connectors.asking import MOST_FOLLOWED
from connectors.contract import Ask, Connector, NothingKnown, Wanted
from connectors.http.addresses import address
from flows import totals
from flows.home import registry, rhythm
from flows.home.house import sample_folder
from flows.home.tracing import agrees
from warehouse.archive.documents import Archive
from warehouse.archive.store import Folder
from warehouse.lake.opening import Place, Writer, writer
from warehouse.load.commit import commit
from warehouse.load.diff import Context
from warehouse.load.staging import stage
from warehouse.reference import areas
from warehouse.schema.errors import EntrepotError, PublisherError, UsageError
from warehouse.schema.tables import TABLES, Table
from warehouse.schema.travel import Batch, Dataset, Document, Fetch, Window

AT = datetime(2026, 4, 20, 6, tzinfo=UTC)
FACTS = ("stats.trade", "stats.fx_rate", "stats.indicator")
BROKEN = 60
"""Broken documents that each connector is given."""
CELLS = 40
"""Rows of a document whose cells are read again, of each batch at least one."""
PIECES = (b"", b"\0", b"<table>", b"</table>", b",", b"\n", b"9" * 40, b"1e999", b"NaN", b"-", b'"', "马来西亚".encode(), b"&#0;", b"\xff",
          b"{", b"PK\x03\x04")
LOCATORS = ("", "line 1", "line 99999999999", "line 2 (x), column y", "table 1, row 5 (Total), column 2 (x)",
            "series M.CNY.EUR.SP00.A, period 2025-10", "\0")


def folder_of(connector: Connector) -> Path:
    """Where a connector's module stands."""
    return Path(inspect.getfile(type(connector))).parent


def documents_of(connector: Connector) -> list[Document]:
    """All documents that come with a connector, by what they are recognised as; the publisher's own origin is told of all of them."""
    found = []
    sample = Archive(Folder(sample_folder()))
    for fetch in sample.fetches():
        if registry.datasets()[fetch.dataset].publisher == connector.publisher:
            found.append(Document(fetch, sample.content(fetch)))
    if (packaged := connector.packaged) is not None:
        found.append(_document(packaged.dataset, packaged.file.read_bytes(), packaged.url))
    return [*found, *_own(connector).values()]


def _own(connector: Connector) -> dict[str, Document]:
    """The files of the folder ``sample`` beside a connector."""
    found = {}
    files = folder_of(connector) / "sample"
    for file in sorted(files.iterdir()) if files.is_dir() else ():
        if file.name != "figures.csv" and file.suffix != ".toml" and file.is_file():
            body = file.read_bytes()
            if connector.mapped:  # only the mapping beside it says what it is
                mapping = file.with_suffix(".toml").read_text(encoding="utf-8")
                made = _document(f"{connector.publisher}.file", body, f"import:{file.name}", mapping)
                brought = connector.brought(made.fetch)
                assert brought is not None
                found[file.name] = _document(brought.dataset.dataset, body, made.fetch.url, mapping)
                continue
            dataset = connector.recognise(body, file.name)
            if dataset is None:
                raise UsageError(f"{file} is not recognised by its own connector")
            made = _document(dataset, body, f"import:{file.name}")
            found[file.name] = Document(replace(made.fetch, part="excerpt" in file.stem), body)
    return found


def _document(dataset: str, body: bytes, url: str = "https://publisher.example/file", mapping: str = "") -> Document:
    return Document(Fetch("conformance", dataset, url, AT, 200, "", len(body), "imported", mapping=mapping), body)


# ── what is promised ───────────────────────────────────────────────────────────────────────────────────────────────────────


def declared(connector: Connector) -> Iterator[str]:
    """Publisher, datasets, labels of areas: as the lake and the command line need them."""
    about = connector.about
    if about.publisher != connector.publisher:
        yield f"`publisher` is {connector.publisher!r} and `about` is of {about.publisher!r}"
    for what in ("title", "called", "languages", "tz", "licence", "attribution"):
        if not getattr(about, what):
            yield f"`about` has no {what}"
    if about.area and about.area not in areas.areas():
        yield f"`about` speaks for {about.area!r}, which is no area"
    for dataset in connector.datasets:
        name = dataset.dataset
        if dataset.publisher != connector.publisher or not name.startswith(f"{connector.publisher}."):
            yield f"{name} is not of {connector.publisher}: its name begins with the publisher's and a dot"
        if dataset.table not in TABLES:
            yield f"{name} goes to {dataset.table}, which is no table"
        for what in ("title", "licence", "attribution", "page_url", "cadence", "tz", "chain"):
            by_hand = dataset.account == "statement" or name == "news.import"
            if not getattr(dataset, what) and not (what == "page_url" and by_hand):
                yield f"{name} has no {what}"
        if dataset.table == "stats.trade" and dataset.periods != "irregular" and dataset.account == "reported" and not (
                dataset.expected_lag_days or any(each.table == "ref.release" for each in connector.datasets)):
            yield f"{name} has neither expected_lag_days nor a calendar, so nobody could tell that it is late"
    if len({each.dataset for each in connector.datasets}) != len(connector.datasets):
        yield "a dataset is declared twice"
    if connector.areas is not None:
        meant: dict[tuple[str, date], set[str]] = {}
        for publisher, label, since, area in connector.areas.rows:
            meant.setdefault((areas.fold(label), since), set()).add(area)
            if publisher != connector.publisher:
                yield f"the labels of areas are {publisher}'s"
                break
        yield from (f"the label {label!r} means {' and '.join(sorted(two))} from {since} on" for (label, since), two in meant.items()
                    if len(two) > 1)


def documented(connector: Connector) -> Iterator[str]:
    """A page that names each dataset and the licence, and says when, for how much and how fast it is asked: ``docs/publishers/NAME.md``, or
    ``NAME.md`` beside a connector of a package."""
    names = (f"{connector.publisher}.md", f"{folder_of(connector).name}.md")
    folders = (Path(registry.__file__).parents[2] / "docs" / "publishers", folder_of(connector))
    pages = [folder / name for folder in folders for name in names]
    page = next((page for page in pages if page.is_file()), None)
    if page is None:
        yield f"no page of it: docs/publishers/{names[0]}, or {names[0]} beside a connector of a package"
        return
    text = page.read_text(encoding="utf-8")
    if "licen" not in text.casefold() and "terms" not in text.casefold() and "rights" not in text.casefold():
        yield f"{page.name} says nothing of the licence"
    if (sentence := rhythm.stated(connector)) not in text:
        yield f"{page.name} does not say how it is asked, as the connector declares it: {sentence}"
    # Sources of news and who states figures are lists of their own, as data beside their connectors.
    yield from (f"{page.name} does not name {each.dataset}" for each in connector.datasets
                if each.table != "news.article" and each.account != "statement" and each.dataset not in text)


def planned(connector: Connector) -> Iterator[str]:
    """A plan is pure, finite, of what is wanted alone, and the same an hour later, so that a run goes on with what another began."""
    names = [dataset.dataset for dataset in connector.datasets]
    year = Window(date(2024, 1, 1), date(2024, 12, 31))
    for window in (Window(), year):
        def asks(wanted: Sequence[str], later: int = 0, window: Window = window) -> list[Ask]:
            found = []
            for ask in connector.plan(Wanted(wanted, window, NothingKnown(AT + timedelta(hours=later)))):
                found.append(ask)
                if len(found) > MOST_FOLLOWED:
                    break
            return found

        planned_now = asks(names)
        if len(planned_now) > MOST_FOLLOWED:
            yield f"the plan has no end: more than {MOST_FOLLOWED:,} asks"
            return
        if planned_now != asks(names):
            yield "the plan is another when it is made again"
        if [(ask.request.url, ask.request.mark) for ask in planned_now] != [(ask.request.url, ask.request.mark) for ask in asks(names, 1)]:
            yield "an hour later the plan has other addresses, so an unfinished one would begin anew"
        if asks([]):
            yield "it asks where nothing is wanted"
        for name in names:
            if other := next((ask for ask in asks([name]) if ask.dataset != name), None):
                yield f"where {name} is wanted it asks for {other.dataset}"
        for ask in planned_now:
            yield from _asked(connector, ask)


def _asked(connector: Connector, ask: Ask) -> Iterator[str]:
    try:
        address(ask.request.url)
    except PublisherError as error:
        yield f"{ask.request.url!r}: {error.said}"
    if ask.cost < 0:
        yield f"{ask.request.url} costs {ask.cost} calls"
    dataset = registry.datasets().get(ask.dataset)
    if dataset is not None and dataset.credential is not None and ask.request.credential is None and not ask.discovery:
        yield f"{ask.dataset} wants the key {dataset.credential.name!r}, and {ask.request.url} is asked without"
    with suppress(PublisherError):
        list(connector.follow(ask, PublisherError("an error of nobody", dataset=ask.dataset, url=ask.request.url), Wanted([ask.dataset])))


def any_bytes(connector: Connector, documents: Sequence[Document], *, tries: int = BROKEN, seed: int = 0) -> Iterator[str]:
    """Any bytes are recognised or not, and give rows or an error with a name; any locator gives a text or such an error."""
    draw = random.Random(f"{connector.publisher} {seed}")  # the same documents every time
    first_of = connector.datasets[0].dataset if connector.datasets else f"{connector.publisher}.file"
    mapped = {document.dataset: document.fetch.mapping for document in documents}
    whole = [(document.dataset, document.body) for document in documents] or [(first_of, b"")]
    noise = next(iter(mapped), first_of) if connector.mapped else first_of
    tried = [(noise, draw.randbytes(draw.randrange(300))) for _ in range(tries // 4)]
    for _ in range(tries):
        dataset, body = draw.choice(whole)
        first, last = sorted((draw.randrange(len(body) + 1), draw.randrange(len(body) + 1)))
        if draw.random() < 0.7:
            last = min(last, first + 40)
        tried.append((dataset, body[:first] + draw.choice([*PIECES, body[first:last][:200]]) + body[last:]))
    for dataset, body in tried:
        said = f"of {body[:40]!r} … ({len(body)} bytes, as {dataset})"
        recognised = _named(lambda body=body: connector.recognise(body, "file"))  # type: ignore[misc]
        if isinstance(recognised, str) and recognised.startswith(FAULT):
            yield f"recognise {said}: {recognised}"
        elif recognised is not None and not isinstance(recognised, EntrepotError) and _owner(str(recognised)) != connector.publisher:
            yield f"recognise {said}: {recognised!r} is no dataset of it"
        document = _document(dataset, body, mapping=mapped.get(dataset, ""))
        batches = _named(lambda document=document: connector.read(document))  # type: ignore[misc]
        if isinstance(batches, str):
            yield f"parse {said}: {batches}"
        elif not isinstance(batches, EntrepotError):
            yield from (f"parse {said}: the batch {batch.name} is silently empty" for batch in batches
                        if not batch.rejected and not sum(frame.height for frame in batch.frames))
        for locator in (draw.choice(LOCATORS), "".join(chr(draw.randrange(32, 0x2000)) for _ in range(draw.randrange(20)))):
            printed = _named(lambda document=document, locator=locator: connector.read_cell(document, locator))  # type: ignore[misc]
            if isinstance(printed, str) and printed.startswith(FAULT):
                yield f"read_cell {locator!r} {said}: {printed}"


def damaged(connector: Connector, documents: Sequence[Document]) -> Iterator[str]:
    """Of half a document, one with a mark before it or one twice over, no figure comes out that the whole one has not; and what is
    missing of half a document is an error or is set aside, never left out in silence. In place of a table a page, an error or nothing
    gives no figure at all.
    """
    for document in documents:
        whole = _figures(connector, document)
        if not isinstance(whole, tuple) or not whole[0]:
            continue
        body = document.body
        harms = {f"without its last {count:,} bytes": body[:-count] for count in _CUTS if count < len(body)}
        harms |= {f"cut after {share} % of its bytes": body[:len(body) * share // 100] for share in (10, 50, 90)}
        for harm, given in {**harms, "with a byte order mark": b"\xef\xbb\xbf" + body, "twice over": body + body}.items():
            found = _figures(connector, Document(document.fetch, given))
            where = f"{document.dataset} ({document.fetch.url}) {harm}"
            if isinstance(found, str):
                yield f"{where}: {found}"
            elif isinstance(found, tuple):
                if other := [figure for figure in found[0] if figure not in whole[0]]:
                    yield f"{where} gives {other[0]}, which the whole one has not"
                # Behind the end of a line nobody can tell.
                elif harm in harms and not given.endswith((b"\n", b"\r")) and len(found[0]) < len(whole[0]) and not found[1]:
                    yield f"{where} gives {len(found[0])} of {len(whole[0])} figures and does not say that any is missing"
        for given in _IN_PLACE:
            found = _figures(connector, Document(document.fetch, given))
            if isinstance(found, str | tuple):
                yield f"{document.dataset}: of {given[:40]!r}: {found if isinstance(found, str) else 'figures'}"


_CUTS = (1, 2, 3, 4, 5, 7, 10, 20, 50, 100)
_IN_PLACE = (b"", b" \n", b'{"error":{"code":500,"message":"Internal error"}}', b"{}", b"[]", b"Too many requests\n",
             b"<!DOCTYPE html>\n<html><head><title>503 Service Unavailable</title></head><body><h1>Service Unavailable</h1></body></html>",
             b"<html><head><title>Sign in</title></head><body><form><input type='password'></form></body></html>", b"%PDF-1.7\n%%EOF\n")


def _figures(connector: Connector, document: Document) -> Any:
    """Figures by all that tells them apart but their places, and how many rows were set aside; an error by name; a fault as a text."""
    batches = _named(lambda: connector.read(document))
    if not isinstance(batches, list):
        return batches
    found: dict[tuple[str, ...], None] = {}
    for batch in batches:
        table = TABLES[_dataset(document, batch).table]
        if table.name in FACTS:
            frame = _rows(batch)
            kept = [name for name in (*table.key, "value", "rate") if name in frame.columns]
            found |= dict.fromkeys((batch.dataset, *map(str, row)) for row in frame.select(kept).iter_rows())
    return tuple(found), sum(len(batch.rejected) for batch in batches)


FAULT = "not an error by name but "


def _named(what: Callable[[], Any]) -> Any:
    """What came of it; a named error as such, any other as a text."""
    try:
        return what()
    except PublisherError as error:
        return error if error.said else f"{FAULT}a {type(error).__name__} that says nothing"
    except Exception as error:
        return f"{FAULT}{type(error).__name__}: {error}"


def _owner(dataset: str) -> str:
    try:
        return registry.publisher_of(dataset).publisher
    except UsageError:
        return ""


def read(connector: Connector, document: Document) -> Iterator[str]:
    """A document is recognised as what it is, the same bytes give the same rows, each in its batch's scope, each with its cell."""
    where = f"{document.dataset} ({document.fetch.url})"
    try:
        batches, again = connector.read(document), connector.read(document)
    except PublisherError as error:
        if document.fetch.url.startswith("import:"):
            yield f"{where}: {error}"
        return
    # Of a page of the sample that we composed only the table is as the publisher has it.
    known = _named(lambda: connector.recognise(document.body, "file"))
    if document.fetch.origin_kind != "reconstructed" and not connector.mapped and known != document.dataset:
        yield f"{where} is recognised as {known!r}"
    if len({(batch.dataset, batch.name) for batch in batches}) != len(batches):
        yield f"{where}: two batches have one name"
    for batch, other in zip(batches, again, strict=True):
        frame, told = _rows(batch), f"{where}, batch {batch.name}"
        if not frame.equals(_rows(other)) or replace(batch, frames=()) != replace(other, frames=()):
            yield f"{told}: the same bytes give other rows when they are read again"
        table = TABLES[_dataset(document, batch).table]
        yield from (f"{told}: {said}" for said in _not_taken(table, frame, batch))
        yield from (f"{told}: the column {column!r} of the scope has {sorted(map(str, strange))[:3]}, which it does not name"
                    for column, values in (batch.scope or {}).items()
                    if column in frame.columns and (strange := set(frame[column].to_list()) - set(values)))
        if table.name in FACTS:
            yield from _cells(connector, document, told, frame, max(1, CELLS // len(batches)))


def _not_taken(table: Table, frame: pl.DataFrame, batch: Batch) -> Iterator[str]:
    """Columns that the table has not, and words that a column does not take."""
    columns = (table.staged or table.contract).columns()
    yield from (f"{name!r} is no column of {table.name}" for name in frame.columns if name not in columns)
    yield from (f"the scope names {name!r}, which is no column of {table.name}" for name in batch.scope or {} if name not in columns)
    for name, column in columns.items():
        taken = getattr(column, "regex", None)
        if taken is None or name not in frame.columns:
            continue
        words = {str(word) for word in frame[name].drop_nulls().unique()}
        if strange := sorted(word for word in words if not re.search(taken, word)):
            yield f"the column {name!r} has {strange[0][:60]!r}; {table.name} takes {taken.strip('^$()')}"


def _dataset(document: Document, batch: Batch) -> Dataset:
    """The dataset of a batch: its connector's, or the one that its document brought."""
    return registry.datasets().get(batch.dataset) or registry.datasets_of(document.fetch)[batch.dataset]


def _rows(batch: Batch) -> pl.DataFrame:
    frame = pl.concat(list(batch.frames)) if batch.frames else pl.DataFrame()
    return frame.with_columns(pl.lit(value).alias(name) for name, value in batch.constants.items())


def _cells(connector: Connector, document: Document, told: str, frame: pl.DataFrame, cells: int) -> Iterator[str]:
    for row in frame.gather_every(max(1, -(-frame.height // cells))).iter_rows(named=True):
        printed = _named(lambda row=row: connector.read_cell(document, row["locator"]))  # type: ignore[misc]
        if isinstance(printed, EntrepotError) or printed.startswith(FAULT):
            yield f"{told}: no cell at {row['locator']!r}: {printed}"
        elif "derived=" in (row.get("flags") or ""):
            continue
        elif row.get("value") is not None and not agrees(printed, {"unit_multiplier": 1, "decimals": 0, **row}):
            yield f"{told}: {row['locator']!r} is {printed!r} where the row has {row['value']}"
        elif "rate" in row and not agrees(printed, row):
            yield f"{told}: {row['locator']!r} is {printed!r} where the row has {row['rate']}"


def scoped(connector: Connector, documents: Sequence[Document]) -> Iterator[str]:
    """In a lake of its own: a row that a later printing lacks is withdrawn where the scope says that all is there, and nothing else is.

    Of each dataset the first batch with a scope, and of each table the first without one.
    """
    tried: dict[str, tuple[Document, Batch]] = {}
    for document in documents:
        try:
            batches = connector.read(document)
        except PublisherError:
            continue
        for batch in batches:
            table, rows = _dataset(document, batch).table, _rows(batch)
            if table in FACTS and rows.height > 1 and not any(_not_taken(TABLES[table], rows, batch)):
                tried.setdefault(table if batch.scope is None else batch.dataset, (document, batch))
    if not tried:
        return
    with tempfile.TemporaryDirectory() as room, writer(Place(Path(room) / "lake"), "conformance") as lake:
        for document, batch in tried.values():
            yield from _without_one(lake, document, replace(batch, rejected=(), not_read=()), Path(room))


def _without_one(lake: Writer, document: Document, batch: Batch, room: Path) -> Iterator[str]:
    dataset = replace(_dataset(document, batch), floor_rows=0, floor_partners=0, floor_periods=0)
    whole = pl.concat(list(batch.frames))
    gone = []
    for number, frame in enumerate((whole, whole.head(whole.height - 1))):
        at = max(AT, document.fetch.asked_at) + timedelta(days=number)
        name = f"{batch.dataset} {number}"
        fetch = replace(document.fetch, fetch_id=name, asked_at=at, sha256=name, origin_kind="fetched")
        staged = stage(replace(batch, frames=[frame]), fetch, table_name=dataset.table, parser_version=1, into=room / name)
        try:
            done = commit(lake, staged, dataset, Context(at, at, "conformance", None, accepted=True))
        except EntrepotError as error:
            yield f"{batch.dataset}, batch {batch.name} cannot be loaded: {error}"
            return
        gone.append(done.counts["withdrawn"])
    if gone != [0, 0 if batch.scope is None else 1]:
        yield (f"{batch.dataset}, batch {batch.name}: {gone[1]} rows are withdrawn where one is missing "
               f"{'and no scope is declared' if batch.scope is None else 'and the scope says that all is there'}")


def totalled(connector: Connector, documents: Sequence[Document]) -> list[totals.Summed]:
    """What the sample proves of the totals of each dataset: exact, or only bounded and why."""
    found: list[totals.Summed] = []
    for document in documents:
        try:
            batches = connector.read(document)
        except PublisherError:
            continue
        for batch in batches:
            found += totals.of_batch(document, batch, _dataset(document, batch), _rows(batch))
    return totals.together(found)


def summed(found: Sequence[totals.Summed]) -> Iterator[str]:
    """Details and remainder are the total printed beside them: never more, and not less but where a reason for it can be seen."""
    for each in found:
        yield from (f"{each.dataset}: {said}" for said in each.beyond)
        if not each.exact and not each.why and not each.beyond:
            yield (f"{each.dataset}: its {each.of} come to {each.least:.1%} of a total, though it leaves none out: the sample is an "
                   "excerpt, or rows are lost")


def figured(connector: Connector) -> Iterator[str]:
    """What a person read off its sample: ``figures.csv`` with file, locator and value (a number in the row's own unit)."""
    file = folder_of(connector) / "sample" / "figures.csv"
    if not file.is_file():
        return
    documents = _own(connector)
    with file.open(encoding="utf-8", newline="") as lines:
        for number, line in enumerate(csv.DictReader(lines), 2):
            document = documents.get(line["file"])
            if document is None:
                yield f"figures.csv, line {number}: no file {line['file']} in the sample"
                continue
            rows = [row for batch in connector.read(document) for row in _rows(batch).iter_rows(named=True)
                    if row["locator"] == line["locator"]]
            read_off = [row.get("value", row.get("rate")) for row in rows]
            if Decimal(line["value"]) not in read_off:
                yield f"figures.csv, line {number}: {line['locator']} is {', '.join(map(str, read_off)) or 'no row'}, not {line['value']}"


def examine(connector: Connector, *, tries: int = BROKEN) -> list[str]:
    """All that a connector breaks of its contract, in sentences; empty for one that holds it."""
    found: list[str] = []
    try:
        for part in (declared, documented, planned):
            found += part(connector)
        documents = documents_of(connector)
    except EntrepotError as error:  # labels that are no table, a sample that its own connector does not know
        return [*found, str(error)]
    found += [said for document in documents for said in read(connector, document)]
    return [*found, *any_bytes(connector, documents, tries=tries), *damaged(connector, documents), *scoped(connector, documents),
            *summed(totalled(connector, documents)), *figured(connector)]


def untried(connector: Connector) -> Iterator[str]:
    """What nobody can hold it to, since nothing that would show it is there."""
    folder = folder_of(connector) / "sample"
    if not documents_of(connector):
        yield f"nothing was read: put files as the publisher gives them, or synthetic ones, into {folder}"
    elif _own(connector) and not (folder / "figures.csv").is_file():
        yield f"no figure was compared with what a person read: {folder / 'figures.csv'} (file, locator, value) is not there"


def main(names: Sequence[str]) -> int:
    """Look at these publishers, at all where none is named. Returns 1 where one breaks its contract, 2 for a name that is none."""
    try:
        # What is brought with a mapping has no dataset of its own to be wanted.
        mapped = [name for name, each in registry.connectors().items() if each.mapped and (not names or name in names)]
        # A connector whose datasets are named wrongly is looked at too: that is what is wrong with it.
        misnamed = [name for name in names if name in registry.connectors() and name not in mapped and not any(
            dataset.startswith(f"{name}.") for dataset in registry.datasets())]
        others = [name for name in names if name not in (*mapped, *misnamed)]
        chosen = [*(registry.wanted(others) if others or not names else ()), *mapped, *misnamed]
    except UsageError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    broken = 0
    for name in chosen:
        found = examine(registry.connectors()[name])
        broken += bool(found)
        print(f"{name}: {'holds its contract' if not found else f'{len(found)} breaches'}")  # noqa: T201
        for said in found or untried(registry.connectors()[name]):
            print(f"  {said}")  # noqa: T201
        for each in totalled(registry.connectors()[name], documents_of(registry.connectors()[name])):
            print(f"  totals of {each}")  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
