"""What a shell offers for an argument that is half typed: areas, groups, flows, currencies, products, datasets. It needs no home.

An argument is told by its name, which is the same in all commands (``OFFERS``); ``attach`` is called where a shell asks and nowhere else.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

import typer
from typer.models import ParameterInfo

Offer = tuple[str, str]
"""What may be typed, and what it is."""
SHELLS = ("bash", "zsh", "fish")


def attach(app: typer.Typer) -> None:
    """Give every argument and option of an application's commands what it is completed by."""
    for command in app.registered_commands:
        assert command.callback is not None
        for name, parameter in inspect.signature(command.callback).parameters.items():
            offer = OFFERS.get(f"{command.callback.__name__}.{name}", OFFERS.get(name))
            if offer is not None and isinstance(parameter.default, ParameterInfo):
                parameter.default.autocompletion = offer
    for group in app.registered_groups:
        assert group.typer_instance is not None
        attach(group.typer_instance)


def areas(incomplete: str) -> list[Offer]:
    """Areas of today by name, without blanks, and by code."""
    return _fitting(_areas(("country", "group", "world")), incomplete)


def groups(incomplete: str) -> list[Offer]:
    """Groups of countries."""
    return _fitting(_areas(("group",)), incomplete)


def _areas(kinds: tuple[str, ...]) -> Iterator[Offer]:
    from warehouse.reference.areas import area
    from warehouse.reference.areas import areas as known
    from warehouse.schema.errors import NotKnown

    for one in known().values():
        if one.kind not in kinds or one.valid_to is not None:
            continue
        name = re.sub(r"[^\w]+", "-", one.name).strip("-")  # blanks and punctuation do not tell names apart
        with suppress(NotKnown):
            yield from [(name, one.area)] if area(name) == one.area else []
        yield one.area, one.name


def flows(incomplete: str) -> list[Offer]:
    """Flows as people say them."""
    return _fitting([("exports", ""), ("imports", ""), ("trade", "both together"), ("balance", "exports less imports")], incomplete)


def currencies(incomplete: str) -> list[Offer]:
    """Codes of ISO 4217."""
    from warehouse.reference.currencies import CODES

    return _fitting(((code, "") for code in sorted(CODES)), incomplete)


def products(incomplete: str) -> list[Offer]:
    """Levels, editions and chapters of the Harmonized System."""
    from warehouse.reference.products import EDITIONS, chapters

    return _fitting([("HS2", "every chapter"), ("HS4", "every heading"), ("HS6", "every subheading"), *((one, "") for one in EDITIONS),
                     *chapters().items()], incomplete)


def datasets(incomplete: str) -> list[Offer]:
    """Publishers, and datasets of the connectors."""
    from flows.home import registry

    known = registry.datasets()
    names = {one.publisher: "" for one in known.values()} | {name: one.title for name, one in known.items()}
    return _fitting(sorted(names.items()), incomplete)


def periods(incomplete: str) -> list[Offer]:
    """The one period that is a word."""
    return _fitting([("latest", "the newest that is held")], incomplete)


def shells(incomplete: str) -> list[Offer]:
    """Shells that can be taught."""
    return _fitting(((shell, "") for shell in SHELLS), incomplete)


def _fitting(offers: Iterable[Offer], incomplete: str) -> list[Offer]:
    """Those that begin so in any case; a shell keeps only what begins as it is typed, so they are given in that case."""
    small = incomplete == incomplete.lower() and incomplete
    return [(word.lower() if small else incomplete + word[len(incomplete):], what) for word, what in offers
            if word.casefold().startswith(incomplete.casefold())]


Completer = Callable[[str], list[Offer]]
OFFERS: dict[str, Completer | None] = {
    **dict.fromkeys(("one", "other", "areas", "reporter", "partner", "area"), areas), "within": groups, "flow": flows,
    "currency": currencies, "products": products, "period": periods, "shell": shells,
    **dict.fromkeys(("name", "names", "dataset", "source", "rates"), datasets),
    **dict.fromkeys(("snapshots_diff.one", "snapshots_diff.other", "snapshots_tag.name", "snapshots_untag.name", "sources_new.name",
                     "backup_restore.source"), None)}
"""By the name of an argument, or of a command's function and its argument where that is another thing."""
