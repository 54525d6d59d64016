"""``check``: a text against the statistics, for a terminal, as JSON or as a page. The verdicts are ``warehouse.claims.check``."""

from __future__ import annotations

import shlex
import textwrap
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.common import out_json, say, state
from warehouse.schema.errors import NotReadable, UsageError

if TYPE_CHECKING:
    import duckdb

    from flows.home.house import House
    from warehouse.claims.weigh.checked import Checked, Report

WIDTH = 110


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(check)


def check(
    what: str = typer.Argument(metavar="TEXT|FILE|URL|-", help="A sentence, a file, an address, or - for standard input."),
    published: str | None = typer.Option(None, "--published", help="The text's day: 2025-04-20, 2025-04 or 2025."),
    evidence: bool = typer.Option(False, "--evidence", help="Every row behind a verdict, with page and cell, and the SQL."),
    cite: bool = typer.Option(False, "--cite", help="A footnote for each verdict, and the sentence that is safe to print."),
    html: Path | None = typer.Option(None, "--html", help="One page in a FILE, with links to the official pages."),
    strict: bool = typer.Option(False, "--check", help="Exit code 3 where something does not agree."),
) -> None:
    """A sentence, file, address or - (standard input) against the statistics."""
    from flows.cli.asking.texts import text_of
    from warehouse.claims.check import check as checked
    from warehouse.claims.read.dating import read_dated

    house, con = state.reading()
    given = text_of(house, what)
    try:
        reading = read_dated(given.text, published=published, by_page=given.published, context=given.title, source=given.address)
    except ValueError as error:
        raise UsageError(str(error)) from error
    report = checked(con, reading)
    if html is not None:
        _page(report, given.title, html)
    if state.json:
        from warehouse.claims.answer import as_json

        out_json(as_json(report))
    else:
        _print(report, con, house, evidence=evidence, cite=cite)
        if html is not None:
            say(f" Page: {html}")
    con.close()
    if reading.language != "en":
        raise typer.Exit(NotReadable.exit_code)  # nothing could be read is not nothing was found
    if strict and _disagrees(report):
        raise typer.Exit(3)


def _disagrees(report: Report) -> bool:
    return (any(one.verdict in ("contradicted", "scale_error", "misattributed") for one in report.claims)
            or not all(one.consistent for one in report.relations))


def _page(report: Report, title: str | None, file: Path) -> None:
    from warehouse.claims.say.page import page

    try:
        file.write_text(page(report, title), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def _print(report: Report, con: duckdb.DuckDBPyConnection, house: House, *, evidence: bool, cite: bool) -> None:
    from warehouse.claims.say import words
    from warehouse.claims.say.printable import date_note
    from warehouse.claims.weigh.subject import name

    reading = report.reading
    if reading.language != "en":
        return say(f" Not read: this text is in {words.language(reading.language)}; only English is read. Nothing was checked.")
    for left in reading.unread:
        say(f" Not read: {left}.")
    for one in report.claims:
        _claim(one, date_note(reading.published))
        if evidence:
            _evidence(one)
        if cite:
            _cite(one, con, house)
        say()
    for event in reading.events:
        count = f", {event.hedge + ' ' if event.hedge else ''}{event.count}" if event.count else ""
        parties = "–".join(name(p) for p in event.parties)
        say(f" ·  {event.kind}{count}{'  ' + parties if parties else ''}{'  ' + event.date if event.date else ''}"
            f"   {words.label('not_checkable').upper()}: {words.WHY_NOT['event']}")
    for relation in report.relations:
        numbers = " and ".join(str(n + 1) for n in relation.claims)
        say(f" =  {relation.said} (claims {numbers}): {'adds up' if relation.consistent else 'DOES NOT ADD UP'}")
    if report.relations or reading.events:
        say()
    say(" " + _counted(report))
    if any("CHN" in (one.claim.reporter, one.claim.partner) for one in report.claims):
        say(" Hong Kong is apart and never added to China.")
    say(f" {_known(report)}")
    if report.claims and not (evidence and cite):
        say(" Rows and SQL: --evidence   Page: --html check.html   Footnote: --cite")
    return None


def _claim(one: Checked, assumed: str) -> None:
    from warehouse.claims.say import words
    from warehouse.claims.weigh.subject import name

    head, label = words.heading(one.claim), words.verdict_label(one)
    left = f"{one.number:>2}  {one.claim.kind:<7} {head}"
    say(f"{left:<{max(len(left) + 3, WIDTH - len(label))}}{label}" if len(left) + len(label) < WIDTH + 20 else f"{left}\n{label:>{WIDTH}}")
    rows = []
    for row in one.evidence[:8]:
        verdict = {True: "agrees", False: "does not agree", None: ""}[row.agrees]
        rows.append([words.who(row), words.compared(row), words.source(row.fact), row.note if row.role != "stated" else "", verdict])
    if rows:
        for line in _columns(rows):
            say("      " + line)
    for line in textwrap.wrap(one.said, WIDTH - 6):
        say("      " + line)
    if one.verdict == "source_dependent" and one.claim.partner and one.claim.period:
        pair = " ".join(shlex.quote(name(area)) for area in (one.claim.reporter, one.claim.partner))
        say("      Why they differ: goods through third ports, origin against destination, freight. "
            f"entrepot mirror {pair} {one.claim.period.replace('/', '..')}")
    if one.printable:
        for line in textwrap.wrap(f"Safe to print{f' ({assumed})' if assumed else ''}: “{one.printable}”", WIDTH - 6):
            say("      " + line)


def _columns(rows: list[list[str]]) -> Iterable[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(widths[i]) for i, cell in enumerate(row)).rstrip()


def _evidence(one: Checked) -> None:
    from warehouse.claims.answer import evidence
    from warehouse.claims.say import words

    for each in one.evidence:
        row = evidence(each)
        say(f"      · {row['role']}: {row['dataset']} {row['reporter']}→{row['partner']} {row['flow']} {row['period']}: "
            f"{row['value']:,} {row['unit']}")
        say(f"        {words.page(each.fact)}  {row['locator']}  as of {row['as_of'] or '–'}")
    if one.sql:
        say("      SQL:")
        for line in one.sql.splitlines():
            say("        " + line)


def _cite(one: Checked, con: duckdb.DuckDBPyConnection, house: House) -> None:
    from flows.cli.asking.tracing import footnote, taken_from
    from warehouse.ask import answers
    from warehouse.claims.weigh.book import Fact

    for fact in dict.fromkeys(row.fact.version_id for row in one.evidence[:3] if isinstance(row.fact, Fact) and row.fact.version_id):
        row = answers.figure_by_id(con, fact)
        for line in textwrap.wrap(f"Footnote: {footnote(row, taken_from(house, row))}", WIDTH - 6):
            say("      " + line)


def _counted(report: Report) -> str:
    from warehouse.claims.say import words

    if not report.claims:
        return "No figure of trade is claimed in this text."
    found = Counter(words.label(one.verdict) for one in report.claims)
    said = ", ".join(f"{n} {label}" for label, n in found.items())
    return f"{len(report.claims)} claim{'s' if len(report.claims) > 1 else ''}: {said}."


def _known(report: Report) -> str:
    published = report.reading.published
    known = f"known on {published.day}" if published.day else "no date: by what is held today"
    known += {"inferred": " (inferred from the text)", "dateline": " (its dateline)", "metadata": " (its page)"}.get(published.basis, "")
    made = any(row.fact.origin_kind == "reconstructed" for one in report.claims for row in one.evidence)
    return f"{known} · snapshot {report.snapshot}" + (" · sample, reconstructed" if made else "")
