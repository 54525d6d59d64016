"""SDMX-JSON 1.0 (also the ECB's first draft of it) and 2.0, by series or flat, read as one of at most 64 MiB. Pure.

Codes stand by their position in the message's own structure. Numbers stay the text they were printed as.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from connectors.formats.sdmx.message import Layout, Observation, locator_of
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete

_LEVELS = ("dataSet", "series", "observation")


@dataclass(frozen=True)
class _Structure:
    """Dimensions and attributes by level, each with its codes; how many measures stand before an observation's attributes."""

    dimensions: Mapping[str, Mapping[str, Sequence[str]]]
    attributes: Mapping[str, Mapping[str, Sequence[str]]]
    measure_at: int
    measures: int


class JsonMessage:
    """A message in JSON. Raises SchemaDrift where it is not SDMX-JSON of this layout, Incomplete where it breaks off, TooLarge above the
    limit."""

    def __init__(self, content: Content, layout: Layout) -> None:
        self._layout = layout
        try:
            body = content.body.removeprefix(b"\xef\xbb\xbf")
            message = self._mapping(msgspec.json.Decoder(float_hook=str).decode(body), "message")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            if "truncated" in str(exc):
                raise Incomplete("the message breaks off", dataset=layout.dataset, url=layout.url) from exc
            raise layout.drift(f"not JSON: {exc}") from exc
        data = self._mapping(message["data"], "data") if "data" in message else message
        head = {**_head(data, "header"), **_head(message, "header"), **_head(message, "meta")}  # 1.0, and 2.0
        layout.is_for_use(head.get("test", False))
        prepared = str(head.get("prepared") or "")
        self._data_sets = [self._mapping(one, "dataSet") for one in self._sequence(data.get("dataSets"), "dataSets")]
        self._second = "structures" in data
        structures = data["structures"] if self._second else [data.get("structure")]
        self._structures = [self._structure(self._mapping(one, "structure")) for one in self._sequence(structures, "structures")]
        for one in self._sequence(structures, "structures"):
            layout.is_valid("structure", str(self._mapping(one, "structure").get("validTo") or ""), prepared)
        # Of a history each data set was valid for its time; which is in force is ``in_force``'s.
        if len({str(one.get("validFrom") or "") for one in self._data_sets}) < 2:
            for one in self._data_sets:
                layout.is_valid("data set", str(one.get("validTo") or ""), prepared)
        names = self._structures[0].dimensions if self._structures else {}
        self.columns = tuple(name for level in _LEVELS for name in names.get(level, ()) if name != layout.time)

    def __iter__(self) -> Iterator[Observation]:
        for data_set in self._data_sets:
            at = data_set.get("structure", 0)
            if isinstance(at, bool) or not isinstance(at, int) or not 0 <= at < len(self._structures):
                raise self._layout.drift(f"a data set is of structure {str(at)[:20]}, which the message lacks")
            yield from self._observations(data_set, self._structures[at])

    def _observations(self, data_set: Mapping[str, Any], structure: _Structure) -> Iterator[Observation]:
        layout = self._layout
        action = layout.action(str(data_set.get("action") or ""))
        valid_from = str(data_set.get("validFrom") or "")
        shared = self._attributes(data_set.get("attributes"), structure.attributes["dataSet"])
        groups = self._groups(data_set, structure)
        fixed = {name: self._at(values, 0, name) for name, values in structure.dimensions["dataSet"].items()}
        for codes, entry in self._series(data_set, structure):
            series = fixed | codes
            of_series = shared | self._attributes(entry.get("attributes"), structure.attributes["series"])
            for position, cells in self._mapping(entry.get("observations") or {}, "observations").items():
                place = series | self._codes(structure.dimensions["observation"], position, "observation")
                key, period = tuple(place[name] for name in layout.dimensions), place.get(layout.time, "")
                cells = self._sequence(cells, "observation")
                value = cells[structure.measure_at] if structure.measure_at < len(cells) else None
                attributes = dict(of_series)
                for wanted, told in groups:
                    if all(place[name] == code for name, code in wanted.items()):
                        attributes |= told
                attributes |= self._attributes(cells[structure.measures:], structure.attributes["observation"])
                yield Observation(key, period, "" if value is None or value == "NaN" else str(value), attributes,
                                  locator_of(key, period), action, valid_from)

    def _series(self, data_set: Mapping[str, Any], structure: _Structure) -> Iterator[tuple[dict[str, str], Mapping[str, Any]]]:
        """Codes of each series and what stands in it; a flat data set, and only one without dimensions of series, is one series."""
        if not structure.dimensions["series"]:
            yield {}, data_set
            return
        if "observations" in data_set:
            raise self._layout.drift("a data set has observations outside of series, and its structure has series")
        # The IMF leaves the series out where there are none (seen 2025-11).
        for position, entry in self._mapping(data_set.get("series", {}), "dataSet.series").items():
            yield self._codes(structure.dimensions["series"], position, "series"), self._mapping(entry, f"series {position[:40]}")

    def _groups(self, data_set: Mapping[str, Any], structure: _Structure) -> list[tuple[dict[str, str], dict[str, str]]]:
        """Attributes of groups (2.0): ``:3::`` is the group of the second dimension's fourth code."""
        every = {name: values for level in _LEVELS for name, values in structure.dimensions[level].items()}
        found = []
        for position, values in self._mapping(data_set.get("dimensionGroupAttributes") or {}, "dimensionGroupAttributes").items():
            parts = position.split(":")
            if len(parts) != len(every):
                raise self._layout.drift(f"group {position[:40]} has {len(parts)} of {len(every)} dimensions")
            codes = {name: self._at(every[name], part, name) for name, part in zip(every, parts, strict=True) if part}
            found.append((codes, self._attributes(values, structure.attributes["dimensionGroup"])))
        return found

    def _codes(self, dimensions: Mapping[str, Sequence[str]], position: str, what: str) -> dict[str, str]:
        indices = position.split(":")
        if len(indices) != len(dimensions):
            raise self._layout.drift(f"{what} {position[:40]} has {len(indices)} of {len(dimensions)} dimensions")
        return {name: self._at(values, index, name) for (name, values), index in zip(dimensions.items(), indices, strict=True)}

    def _attributes(self, cells: object, known: Mapping[str, Sequence[str]]) -> dict[str, str]:
        """Names and codes; in 2.0, where the structure lists no codes, the cell itself is what is printed."""
        found = {}
        for (name, values), cell in zip(known.items(), self._sequence(cells or [], "attributes"), strict=False):
            if cell is not None:
                found[name] = self._at(values, cell, name) if values or not self._second else str(cell)
        return found

    def _at(self, values: Sequence[str], index: object, what: str) -> str:
        """A code by its position, which is printed as a number or as digits in a key."""
        if isinstance(index, str) and re.fullmatch(r"[0-9]{1,9}", index, re.ASCII):
            index = int(index)
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(values):
            raise self._layout.drift(f"{what} points to value {str(index)[:40]!r} of {len(values)}")
        return values[index]

    def _structure(self, structure: Mapping[str, Any]) -> _Structure:
        dimensions = self._levels(structure.get("dimensions"), _LEVELS)
        self._layout.has_its_dimensions(name for level in dimensions.values() for name in level)
        measures = list(self._levels(structure.get("measures") or {}, ("observation",))["observation"])
        return _Structure(
            dimensions, self._levels(structure.get("attributes") or {}, (*_LEVELS, "dimensionGroup")),
            measures.index(self._layout.measure) if self._layout.measure in measures else 0, max(1, len(measures)))

    def _levels(self, value: object, levels: Sequence[str]) -> dict[str, dict[str, list[str]]]:
        named = self._mapping(value, "structure")
        return {level: self._components(named.get(level) or [], level) for level in levels}

    def _components(self, value: object, what: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for component in self._sequence(value, what):
            entry = self._mapping(component, what)
            listed = entry.get("values", [] if self._second else None)
            values = [self._mapping(one, f"{what}.values") for one in self._sequence(listed, f"{what}.values")]
            # A period has a value and no id in 2.0, an attribute of free text a name alone.
            found[str(entry.get("id"))] = [str(one.get("id", one.get("value", one.get("name")))) for one in values]
        return found

    def _mapping(self, value: object, what: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._layout.drift(f"{what} is not an object")
        return value

    def _sequence(self, value: object, what: str) -> Sequence[Any]:
        if not isinstance(value, list):
            raise self._layout.drift(f"{what} is not a list")
        return value


def _head(message: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What a message says of itself; nothing where it has no such part."""
    found = message.get(name)
    return found if isinstance(found, dict) else {}
