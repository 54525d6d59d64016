"""``entrepot sources``: what is asked, on which terms, whether it answers; and which sources a night asks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from flows.cli.asking import outputs
from flows.cli.common import ListsAlone, out_json, say, state, table

if TYPE_CHECKING:
    from flows.home.house import House
    from flows.home.sources import Line


class _NamesAreShown(ListsAlone):
    """``entrepot sources gacc`` is ``entrepot sources show gacc``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args[0] in self.commands else ["show", *args])


sources_app = typer.Typer(cls=_NamesAreShown, help="Publishers and news sources: list, show, enable, disable, check, new.")


def register(app: typer.Typer, panel: str) -> None:
    """Put these commands under their heading."""
    app.add_typer(sources_app, name="sources", rich_help_panel=panel)


@sources_app.command("list")
def sources_list(output: Path | None = typer.Option(None, "-o", help="FILE.html, .xlsx, .csv, .parquet or .json"),
                 ) -> None:
    """Every source: whether a night asks it, who saw it answer, robots.txt, language, zone, address."""
    from flows.home.sources import listed

    outputs.check(output)
    house = state.house()
    found = listed(house)
    return _show(found) if output is None else _in_file(house, found, output)


def _in_file(house: House, lines: list[Line], output: Path) -> None:
    """The list in a file, with all that is known of each; it needs no lake."""
    import duckdb

    from warehouse.ask.tables import Table

    columns: dict[str, type] = {name: str for name in vars(lines[0])}
    rows = [{name: {True: "yes", False: "no"}.get(value, value) for name, value in vars(line).items()} for line in lines]
    outputs.write_table(duckdb.connect(), Table("Sources", "entrepot sources", rows, columns, "none"), output, house.settings.home)


@sources_app.command("show")
def sources_show(name: str = typer.Argument(help="A publisher or dataset, any prefix.")) -> None:
    """All that is known of a source; of several, the list."""
    from flows.home.sources import listed

    _show(listed(state.house(), [name]), whole=True)


def _show(lines: list[Line], *, whole: bool = False) -> None:
    if state.json:
        return out_json(lines)
    if whole and len(lines) == 1:
        return table(["", ""], [[name, {True: "yes", False: "no"}.get(value, value)] for name, value in vars(lines[0]).items()
                                if value != "" and name != "key_set"])
    asked = {False: "if named", True: "by nights"}
    table(["source", "asked", "seen", "robots.txt", "", "zone", "terms", "address"],
          [[line.dataset, asked[line.enabled] if line.key_set else "with a key", _short(line.seen, 40), _short(line.robots, 22),
            line.language, line.zone, _short(line.terms, 30), line.address] for line in lines])
    return say(f"\n {sum(line.enabled for line in lines)} of {len(lines)} are asked by nights, each as its page says; the others when they "
               "are named.   entrepot sources show NAME · enable NAME · disable NAME · check NAME")


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 2].rstrip()} …"


@sources_app.command("enable")
def sources_enable(name: str = typer.Argument(help="A publisher or dataset, any prefix.")) -> None:
    """Nights ask it from now on, in this home."""
    _switch(name, True)


@sources_app.command("disable")
def sources_disable(name: str = typer.Argument(help="A publisher or dataset, any prefix.")) -> None:
    """Leave it out of every run that does not name it, in this home. What is held stays."""
    _switch(name, False)


def _switch(name: str, on: bool) -> None:
    from flows.home.sources import switch

    names = switch(state.house(), name, on)
    if state.json:
        return out_json({"enabled" if on else "disabled": names})
    return say(f" {', '.join(names)}: {'asked by nights' if on else 'asked only when named'} from now on.")


@sources_app.command("new")
def sources_new(
    name: str = typer.Argument(help="Its name in the names of its datasets, such as bnm."),
    area: str = typer.Option(..., "--area", help="The country or body whose figures it speaks for, such as Malaysia."),
    title: str = typer.Option("", "--title", help="Its official name in English."),
    package: str | None = typer.Option(None, "--package", metavar="FOLDER", help="A package of its own there, not this repository."),
) -> None:
    """Write the folder of a new publisher: a connector that works on a synthetic sample, its page and its test."""
    from flows.home.scaffold import new

    files = new(name, area, title, Path(package).expanduser() if package else None)
    if state.json:
        return out_json({"written": files})
    for file in files:
        say(f" {file}")
    return say(f"\n It works on a synthetic sample: python -m flows.conformance {name}"
               + (f", once it is installed (pip install {package})" if package else "") + "\n What comes next: docs/adding-a-publisher.md")


@sources_app.command("check")
def sources_check(name: str = typer.Argument(help="One source, such as news.fmt.")) -> None:
    """Ask one source, politely and once, and say what it gives. Nothing is loaded."""
    from flows.home.sources import check

    dataset, said = check(state.house(), name)
    if state.json:
        return out_json({"dataset": dataset, "said": said})
    return say("\n".join((f" {dataset}: {said[0]}", *(f" {line}" for line in said[1:]))))
