"""A brief (``warehouse.pages.parts.Brief``) as one self-contained page: no script, nothing fetched, dark and light, for paper too.

Each chart is drawn twice, for a wide page and for a narrow one, and the page shows the one that fits: on a telephone its texts are as
large as on a screen.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from warehouse.ask.answers import Figure
from warehouse.ask.tables import Table
from warehouse.charts import draw, page
from warehouse.pages.parts import Brief, Listing, News, Section, amount
from warehouse.pages.sections import verdict_words
from warehouse.reference.dates import short
from warehouse.reference.periods import Period
from warehouse.shown import escape

COLUMNS = ("reporter_name", "flow", "product", "product_name", "period", "value", "currency", "printed_in", "growth_pct", "share_pct",
           "rank_lowest", "rank_highest", "partner_name", "event", "change_pct", "how", "released_on", "dataset", "version_id")
"""What a reader of a page sees of a figure; ``entrepot trace VERSION_ID`` leads to its cell."""
HEADS = {"reporter_name": "account", "printed_in": "printed in", "growth_pct": "growth, %", "share_pct": "share, %",
         "rank_lowest": "place from", "rank_highest": "to", "partner_name": "partner", "change_pct": "change, %", "product_name": "name",
         "released_on": "released", "version_id": "trace"}
LARGE, SMALL = 700, draw.NARROW
AGAINST = ("contradicted", "scale_error", "misattributed")


def html(made: Brief, snapshot: int, on: date, head: Sequence[str], sources: Iterable[Sequence[str]]) -> str:
    """The page. ``sources`` are lines with the names in ``head``, one for each dataset that was read."""
    return page.page(made.title, body(made, snapshot, on, head, sources))


def paper(made: Brief, snapshot: int, on: date, head: Sequence[str], sources: Iterable[Sequence[str]]) -> str:
    """The same for paper: charts for a wide page only, and no tables to unfold."""
    return page.page(made.title, body(made, snapshot, on, head, sources, folded=False))


def body(made: Brief, snapshot: int, on: date, head: Sequence[str], sources: Iterable[Sequence[str]], *, folded: bool = True,
         kept_back: Collection[str] = ()) -> list[str]:
    """What stands on the page, in pieces. ``kept_back`` are datasets whose rows may not be passed on: charts and single figures show
    them, tables leave them out and say so.
    """
    name, _, what = made.title.partition(": ")
    pieces = ["<main>", '<p class="kicker">Entrepot brief</p>', f"<h1>{escape(name)}</h1>",
              f'<p class="deck">{escape(what[:1].upper() + what[1:])}. {escape(made.deck)}</p>', *_key(made.key),
              f'<p class="quiet">Made {escape(short(on))} from snapshot {snapshot}. Every figure is a publisher\'s or a statement\'s; two '
              "accounts of the same goods are compared and never added or averaged.</p>"]
    for section in made.sections:
        pieces += _section(section, folded, kept_back)
    pieces += _sources(head, sources)
    pieces.append("<footer>Each sentence above was checked against the figures of this snapshot (<code>entrepot check</code>). "
                  "From a figure to its page and cell: <code>entrepot trace</code> and the letters beside it.</footer></main>")
    return pieces


def _sources(head: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    """A paragraph for each dataset: whose it is, where, in what unit, how new, on which terms."""
    found = [dict(zip(head, line, strict=True)) for line in lines]
    if found:
        yield "<section><h2>Sources</h2>"
        for one in found:
            note = f"origin: {one['origin']}" if one["origin"] else ""
            if told := _first(one["origin note"] or ""):
                note = f"origin: {told}" if told.startswith(one["origin"]) else f"{note} ({told})"
            day = one["newest release"]
            parts = [one["attribution"].removeprefix("Source: ").rstrip("."),
                     f"printed in {_printed_in(one['printed in'])}" if one["printed in"] else "",
                     f"newest release {short(date.fromisoformat(day))}" if day else "",
                     note,
                     f"licence: {one['licence'].rstrip('.')}", f"may be passed on: {one['may be passed on']}"]
            where = f" {page.outside(one['page'], one['page'])}" if one["page"] else ""
            yield (f'<p class="quiet" id="{_anchor(one["dataset"])}"><b>{escape(one["dataset"])}</b> '
                   f"{escape('; '.join(part for part in parts if part))}.{where}</p>")
        yield "</section>"


def _printed_in(units: str) -> str:
    """As below the charts: ``USD bn`` for ``USD ×1,000,000,000``."""
    return re.sub(r" ×([\d,]+)", lambda found: f" {draw.UNITS.get(int(found[1].replace(',', '')), found[1])}".rstrip(), units)


def _first(notes: str) -> str:
    """The first of the notes on where pages came from, whole where it is not very long, and how many more there are."""
    first, *more = notes.split(" | ")
    return (first if len(first) <= 300 else f"{first[:299]}…") + (f"; and {len(more):,} more" if more else "")


def _key(figures: Sequence[Figure]) -> Iterator[str]:
    if figures:
        yield f'<div class="key{" four" if len(figures) == 4 else ""}">' + "".join(
            f'<div><span class="what">{escape(_of(f))}</span><b>{escape(_short(f))}</b><span>{escape(f.dataset).replace(".", ".<wbr>")}, '
            f"{escape(short(f.released_on))}</span></div>" for f in figures) + "</div>"


def _of(f: Figure) -> str:
    assert f.value is not None
    flow = {"export": "exports", "import": "imports", "total": "total trade"}.get(f.flow, "surplus" if f.value >= 0 else "deficit")
    return f"{f.reporter_name}: {flow}, {Period(f.period_start, f.period_end)}"


def _short(f: Figure) -> str:
    return amount(f).replace(" billion", " bn").replace(" million", " mn").replace("US$", "US$ ").replace("RM", "RM ")


def _section(section: Section, folded: bool, kept_back: Collection[str]) -> Iterator[str]:
    empty = not (section.sentences or section.tables or section.lists or section.news or section.reasons)
    yield f'<section{" class=empty" if empty else ""}>'
    head = f"<h2>{escape(section.title)}</h2>"
    pieces = [*(piece for table in section.tables for piece in _table(table, folded, kept_back)),
              *("".join(_listing(listing, kept_back)) for listing in section.lists)]
    if section.sentences or not (pieces or section.news):
        yield head
    elif pieces:  # on paper a heading stands on one page with what follows it
        pieces[0], head = f'<div class="kept">{head}{pieces[0]}</div>', ""
    if section.sentences:
        yield '<div class="sentences">' + "".join(
            f"<p>{' '.join(f'<span>{_unbroken(escape(s))}</span>' for s in together)}</p>"
            for together in _paragraphs(section.sentences)) + "</div>"
    yield from pieces
    yield from claims(section.news, "" if pieces or section.sentences else head)
    if len(section.reasons) == 1:
        yield f'<p class="reason quiet">{escape(section.reasons[0])}</p>'
    elif section.reasons:
        yield f'<ul class="reasons quiet">{"".join(f"<li>{escape(reason)}</li>" for reason in section.reasons)}</ul>'
    if section.not_held:
        yield '<p class="gone quiet">Not held: ' + escape("; ".join(section.not_held)) + ".</p>"
    yield "</section>"


def _unbroken(text: str) -> str:
    """An amount with its currency and its unit never stands on two lines."""
    return re.sub(r"(?<=\b[A-Z]{3}) (?=\d)|(?<=\d) (?=(?:billion|million)\b)", "\u00a0", text)


def _paragraphs(sentences: Sequence[str]) -> Iterator[list[str]]:
    """Sentences of one period stand together, those of tables and those of statements apart."""
    def kind(sentence: str) -> tuple[bool, str]:
        said, stated, _ = sentence.partition(", as stated")
        return bool(stated), said.rpartition(" in ")[2].rstrip(".")

    for _, together in groupby(sentences, key=kind):
        yield list(together)


def _listing(listing: Listing, kept_back: Collection[str]) -> Iterator[str]:
    if any(name in kept_back for name in listing.datasets):
        yield (f'<p class="gone quiet">{escape(listing.title)}: {len(listing.rows)} rows are left out, since their publisher does not let '
               "them be passed on.</p>")
        return
    filled = [n for n in range(len(listing.names)) if any(row[n] not in (None, "") for row in listing.rows)]
    yield page.table([listing.names[n] for n in filled], ([row[n] for n in filled] for row in listing.rows), listing.title, caption=True)


def claims(news: Iterable[News], head: str = "") -> Iterator[str]:
    """Claims with their verdicts, those of one article together: our own words, and the article by its title and address. ``head`` is the
    heading, which stays with the first of them.
    """
    for (title, url, day), together in groupby(news, key=lambda one: (one.title, one.url, one.published)):
        named = f'<p>{page.outside(title or url, url)} <span class="quiet">{escape(short(day))}</span></p>'
        for n, one in enumerate(together):
            yield f'<div class="claim kept">{head}{named}' if n == 0 else '<div class="claim more">'
            head = ""
            against = " against" if one.verdict in AGAINST else ""
            verdict = verdict_words(one.verdict)
            said = one.said if one.said.rstrip(".").lower() != verdict else ""
            yield (f'<p>{escape(one.claimed)} <span class="verdict{against}">{escape(verdict)}</span></p><p class="quiet">{escape(said)}'
                   + (f" Safe to print: {escape(one.printable)}." if one.printable and one.verdict != "supported" else "") + "</p></div>")


def _table(table: Table, folded: bool, kept_back: Collection[str]) -> Iterator[str]:
    if draw.fits(table):
        yield chart(table, both=folded)
    if not folded:
        return
    rows = [row for row in table.records if row["dataset"] not in kept_back]
    names = [name for name in COLUMNS if name in table.columns and any(row[name] not in (None, "", "TOTAL") for row in rows)]
    yield f"<details><summary>{escape(table.title)}: {len(rows):,} figure{'' if len(rows) == 1 else 's'}</summary>"
    if rows:
        heads = [HEADS.get(name, name) for name in names]
        yield page.table(heads, ([_cell(name, row[name]) for name in names] for row in rows), table.title)
    left = len(table.records) - len(rows)
    if left:
        yield (f'<p class="quiet">{left:,} figures are in the chart and not in the table: their publisher does not let rows be passed '
               "on.</p>")
    yield "".join(f'<p class="quiet">{escape(note)}</p>' for note in table.notes) + "</details>"


def chart(table: Table, *, both: bool = True) -> str:
    """A chart with its title above it, and below it where it comes from and how to trace it."""
    large = f'<div class="large">{draw.svg(table, width=LARGE if both else draw.PAPER, bare=True)}</div>'
    small = f'<div class="small">{draw.svg(table, width=SMALL, bare=True)}</div>' if both else ""
    lines = draw.source_lines(table, width=200)[:-1]
    ends = f"<p>{escape(table.ends)}</p>" if table.ends else ""
    return (f'<figure><figcaption><b>{escape(table.title)}</b><span>{escape(draw.measured(table))}</span></figcaption>{large}{small}'
            f'<div class="source">{ends}<p>{_told(lines, linked=both)} <code>{escape(trace(table))}</code></p></div></figure>')


def _told(lines: Sequence[str], *, linked: bool) -> str:
    """Where a chart's figures come from; on a screen each dataset leads to its paragraph among the sources."""
    made = []
    for line in lines:
        name, comma, more = line.partition(", released ")
        made.append(f'<a href="#{_anchor(name)}">{escape(name)}</a>{comma}{escape(more)}' if comma and linked else escape(line))
    return f"Source{'s' if len(made) > 1 else ''}: {'; '.join(made)}."


def _anchor(dataset: str) -> str:
    return f"source-{escape(dataset)}"


def trace(table: Table) -> str:
    """The line by which the newest of a chart's figures is followed to its cell."""
    newest = max((row for row in table.records if row.get("version_id")), key=lambda row: row["period_end"], default=None)
    return f"entrepot trace {newest['version_id'][:10]}" if newest else table.asked


def _cell(name: str, cell: Any) -> Any:
    return cell[:10] if name == "version_id" and cell else cell
