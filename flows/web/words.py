"""Refusals in the words of who asks over ``/api/`` and MCP: one sentence for what is not taken, tools for commands.

What is refused, and why, is said where it is found; the command line has its own words for the same (``flows.cli``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from warehouse.schema.errors import EntrepotError, NotKnown, UsageError

_TOOLS = re.compile(r"\bentrepot (?=(?:get|rank|mirror|revisions|trace|check|sql|datasets|search)\b)")
_OPTIONS = {"--as-of": "as_of", "--known-on": "known_on", "--in": "currency", "--rates": "rates", "--all": "every",
            "--products": "products", "--period": "period", "--flow": "flow", "--within": "within", "--top": "top"}
_OPTION = re.compile("|".join(rf"(?<![\w-]){name}(?![\w-])" for name in _OPTIONS))
LONGEST = 60
"""Characters of what was given that are quoted."""
SEVERAL = 5
"""So many arguments are spoken of at once."""


def as_asked(said: str) -> str:
    """A sentence that was written for the command line, with tools for its commands and arguments for its options."""
    return _OPTION.sub(lambda found: _OPTIONS[found[0]], _TOOLS.sub("", said))


def reworded(error: EntrepotError) -> EntrepotError:
    """The same error, with its sentence as ``as_asked`` has it."""
    if (said := as_asked(str(error))) != str(error):
        error.args = (said, *error.args[1:])
    return error


def unknown(kind: str, name: str, known: Iterable[str]) -> NotKnown:
    """An argument, a parameter or a tool (``kind``) that there is not, with those that there are, the nearest first."""
    names = list(known)
    names = list(dict.fromkeys([*get_close_matches(name, names, 3, 0.6), *names]))
    return NotKnown(f"no {kind} {name[:LONGEST]!r}; nearest: {', '.join(names)}", what=kind, typed=name[:LONGEST], nearest=names)


def not_taken(kind: str, errors: Iterable[Mapping[str, Any]], takes: Mapping[str, str]) -> UsageError:
    """What pydantic found wrong with arguments, as one sentence: each by its name, what it takes, and what was given.

    ``kind`` is what they are called (argument, parameter); ``takes`` has all names, each with what it says of itself.
    """
    found = list(errors)
    for one in found:
        if one["type"] == "extra_forbidden":
            return unknown(kind, str(one["loc"][-1]), takes)
    said = takes if len(found) == 1 else dict.fromkeys(takes, "")
    return UsageError("; ".join(_sentence(kind, one, said) for one in found[:SEVERAL]) or f"no {kind} can be read")


def _sentence(kind: str, error: Mapping[str, Any], takes: Mapping[str, str]) -> str:
    name = next((str(part) for part in error["loc"] if part in takes), "") or (str(error["loc"][-1]) if error["loc"] else kind)
    more = f": {takes[name].rstrip('.')}" if takes.get(name) else ""
    if error["type"] == "missing":
        return f"the {kind} {name!r} is missing{more}"
    return f"the {kind} {name!r} takes {_wanted(error)}, not {_given(error)}{more}"


def _wanted(error: Mapping[str, Any]) -> str:
    limits = error.get("ctx", {})
    kinds = {"string": "a text", "int": "a whole number", "bool": "true or false"}
    if error["type"] in ("greater_than_equal", "less_than_equal"):
        return f"at least {limits['ge']}" if "ge" in limits else f"at most {limits['le']}"
    if error["type"] == "string_too_long":
        return f"at most {limits['max_length']:,} characters"
    if error["type"] == "string_too_short":
        return "a text that is not empty"
    if error["type"] == "literal_error":
        return str(limits["expected"])
    return kinds.get(error["type"].partition("_")[0], f"something else ({error['msg']})")


def _given(error: Mapping[str, Any]) -> str:
    given = error.get("input")
    if isinstance(given, str):
        return f"{len(given):,}" if error["type"] == "string_too_long" else repr(given[:LONGEST])
    if given is None:
        return "nothing"
    if isinstance(given, (list, tuple)):
        return "a list"
    if isinstance(given, Mapping):
        return "an object"
    return str(given).lower()[:LONGEST] if isinstance(given, bool) else str(given)[:LONGEST]
