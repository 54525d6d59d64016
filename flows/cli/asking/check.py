"""``check``: a text against the statistics, for a terminal, as JSON or as a page. The verdicts are ``warehouse.claims.check``."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.common import as_typed, coloured, out_json, room, say, state
from warehouse.schema.errors import NotReadable, UsageError

if TYPE_CHECKING:
    import duckdb

    from flows.home.house import House
    from warehouse.claims.model import Reading
    from warehouse.claims.weigh.checked import Checked, Report

WIDTH = 100
"""Columns where the output is no terminal."""


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(check)


def check(
    what: str = typer.Argument(metavar="TEXT|FILE|URL|-", help="A sentence, a file, an address, or - for standard input."),
    published: str | None = typer.Option(None, "--published", help="The text's day: 2025-04-20, 2025-04 or 2025."),
    evidence: bool = typer.Option(False, "--evidence", help="Every row behind a verdict, with page and cell, and the SQL."),
    cite: bool = typer.Option(False, "--cite", help="A footnote for each verdict, and for each the sentence that is safe to print."),
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
    if house.settings.second_reader and reading.language == "en":
        from flows.run.texts.second_reader import heard

        reading = heard(house.settings, reading)
        _say_of_second(reading)
    report = checked(con, reading)
    if html is not None:
        _page(report, given.title, html, house)
    if state.json:
        from warehouse.ask.machines import known
        from warehouse.claims.answer import as_json

        out_json(as_json(report, known(con)))
    else:
        _print(report, con, house, evidence=evidence, cite=cite)
        if html is not None:
            say(f" Page: {html}")
    con.close()
    if reading.language != "en":
        raise typer.Exit(NotReadable.exit_code)  # nothing could be read is not nothing was found
    if strict and _disagrees(report):
        raise typer.Exit(3)


def _say_of_second(reading: Reading) -> None:
    """One line, beside the answer."""
    second = reading.second
    assert second is not None
    counts = {"read alike": second.agreed, "read otherwise": second.otherwise, "of its own": second.alone,
              "not borne out by the text": len(second.refused)}
    told = second.failed or ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "no claims"
    typer.echo(f"second reader ({second.name}): {told}", err=True)


def _disagrees(report: Report) -> bool:
    from warehouse.claims.say.summary import AGAINST

    return (any(one.verdict in AGAINST for one in report.claims)
            or not all(one.consistent for one in report.relations))


def _page(report: Report, title: str | None, file: Path, house: House) -> None:
    from flows.home.tracing import taken_from
    from warehouse.claims.say.page import page

    stated = {fact.version_id: fact for one in report.claims for row in one.evidence if (fact := row.fact).stated and fact.version_id}
    articles = {version: taken_from(house, {"origin_kind": fact.origin_kind, "source_note": fact.source_note, "dataset": fact.dataset,
                                            "fetch_id": fact.fetch_id, "locator": fact.locator}) for version, fact in stated.items()}
    try:
        file.write_text(page(report, title, articles), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--html cannot write {file}: {error.strerror}. Choose another file") from error


def _print(report: Report, con: duckdb.DuckDBPyConnection, house: House, *, evidence: bool, cite: bool) -> None:
    from warehouse.claims.say import summary, terminal, words
    from warehouse.claims.say.printable import date_note

    reading, width = report.reading, _width()
    if reading.language != "en":
        return say(f" Not read: this text is in {words.language(reading.language)}; only English is read. Nothing was checked.")
    paint = terminal.Paint(coloured())

    def lines(made: Iterable[str]) -> None:
        for line in made:
            typer.echo(line, color=paint.on)

    def behind(one: Checked) -> None:
        if evidence:
            _evidence(one, width)
        if cite:
            _cite(one, con, house, width)

    lines(terminal.head(report, width, paint))
    say()
    for sentence, claims in summary.by_sentence(report.claims):
        lines(terminal.wrapped(sentence, width, 1))
        for one in claims:
            why = _why_they_differ(one, width) if one.verdict == "source_dependent" and one.claim.partner and one.claim.period else []
            lines(terminal.claim(one, width, paint, date_note(reading.published), printable=cite or one.verdict != "supported",
                                 whole=cite or evidence, why=why))
            behind(one)
        say()
    for number, (reason, claims) in enumerate(summary.by_reason(report.claims)):
        if not number:
            lines([paint(" Not checked:", "open")])
        if evidence or cite:
            lines(terminal.wrapped(f"{reason}:", width, 3))
        else:
            lines(terminal.unchecked(reason, claims, width))
            continue
        for one in claims:
            lines(terminal.claim(one, width, paint, date_note(reading.published), printable=True, whole=True))
            behind(one)
    if any(one.verdict == "not_checkable" for one in report.claims):
        say()
    lines(terminal.tail(report, width, paint))
    if any("CHN" in (one.claim.reporter, one.claim.partner) for one in report.claims):
        say(" Hong Kong is apart and never added to China.")
    lines(terminal.wrapped(summary.footing(report), width, 1))
    if report.claims and not (evidence and cite):
        ways = ("Rows and SQL: --evidence", "Page: --html check.html", "Footnote: --cite")
        say(" " + ("   " if width > 72 else "\n ").join(ways))
    return None


def _width() -> int:
    """Columns of the terminal that is written to, or as ``COLUMNS`` says; of a pipe or a file always the same."""
    return room() or WIDTH


def _why_they_differ(one: Checked, width: int) -> list[str]:
    from warehouse.claims.say.terminal import INDENT, wrapped
    from warehouse.claims.weigh.subject import name

    pair = " ".join(shlex.quote(name(area)) for area in (one.claim.reporter, one.claim.partner))
    said = wrapped("Why they differ: goods through third ports, origin against destination, freight:", width, INDENT)
    return [*said, as_typed(f"{' ' * INDENT}entrepot mirror {pair} {(one.claim.period or '').replace('/', '..')}")]


def _evidence(one: Checked, width: int) -> None:
    from warehouse.claims.say import words
    from warehouse.claims.say.terminal import INDENT, wrapped

    for row in one.evidence:
        agrees = {True: "agrees", False: "does not agree", None: ""}[row.agrees]
        stands = f"{words.page(row.fact)}, {row.fact.locator}" + (f", as of {row.fact.released_on}" if row.fact.released_on else "")
        told = [f"{row.role}: {words.who(row)}, {words.compared(row)}", words.source(row.fact), row.note if row.role != "stated" else "",
                agrees]
        for line in (*wrapped("· " + "; ".join(part for part in told if part), width, INDENT, INDENT + 2),
                     *wrapped(stands, width, INDENT + 2)):
            say(line)
    for note in one.notes:
        for line in wrapped(f"· {note}", width, INDENT, INDENT + 2):
            say(line)
    if one.sql:
        say("      SQL:")
        for line in one.sql.splitlines():
            say("        " + line)


def _cite(one: Checked, con: duckdb.DuckDBPyConnection, house: House, width: int) -> None:
    from flows.home.tracing import footnote, taken_from
    from warehouse.ask import answers
    from warehouse.claims.say.terminal import INDENT, wrapped
    from warehouse.claims.weigh.facts import Fact

    for fact in dict.fromkeys(row.fact.version_id for row in one.evidence[:3] if isinstance(row.fact, Fact) and row.fact.version_id):
        row = answers.figure_by_id(con, fact)
        for line in wrapped(f"Footnote: {footnote(row, taken_from(house, row))}", width, INDENT):
            say(line)
