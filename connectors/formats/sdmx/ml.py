"""SDMX-ML: generic data, structure-specific data and the compact form before it, read as a stream. Pure.

Read by local names, so that 2.0, 2.1 and 3.0 are one. Not read: cross-sectional data, and 2.0 series inside of groups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from connectors.formats.sdmx.message import Layout, Observation, locator_of
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable

_MESSAGES = ("GenericData", "GenericTimeSeriesData", "StructureSpecificData", "StructureSpecificTimeSeriesData", "CompactData")
_NO_GROUP = ("Series", "Obs", "Attributes", "Annotations", "DataProvider", "KeyFamilyRef", "Comp")


class MlMessage:
    """A message in XML. Raises NotReadable for XML that is none, or has a document type; Incomplete where it breaks off or says that the
    answer comes later; SchemaDrift for other dimensions (in structure-specific data an unknown one looks like an attribute)."""

    def __init__(self, content: Content, layout: Layout) -> None:
        self._content = content
        self._layout = layout
        self.columns = tuple(name for name in (*layout.dimensions, layout.time) if name)

    def __iter__(self) -> Iterator[Observation]:
        layout = self._layout
        with self._content.open() as stream:
            events = etree.iterparse(stream, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
                                     remove_comments=True, remove_pis=True, huge_tree=False)
            try:
                yield from _Reader(layout).observations(events)
            except etree.XMLSyntaxError as error:
                kind = Incomplete if error.code in _CUT_OFF else NotReadable
                raise kind(f"the message is not whole XML: {str(error)[:200]}", dataset=layout.dataset, url=layout.url) from error


_CUT_OFF = (etree.ErrorTypes.ERR_DOCUMENT_END, etree.ErrorTypes.ERR_TAG_NOT_FINISHED, etree.ErrorTypes.ERR_GT_REQUIRED,
            etree.ErrorTypes.ERR_ATTRIBUTE_NOT_FINISHED, etree.ErrorTypes.ERR_LTSLASH_REQUIRED)


class _Reader:
    """What is known while a message is read."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._at_observation = layout.time
        self._action = self._valid_from = self._of_message = self._prepared = ""
        self._valid: set[tuple[str, str]] = set()
        """From when to when data sets are valid: of a history each is for its time."""
        self._shared: dict[str, str] = {}
        self._groups: list[tuple[dict[str, str], dict[str, str]]] = []
        self._series: dict[str, str] = {}
        self._series_attributes: dict[str, str] = {}
        self._seen = self._data_sets = 0

    def observations(self, events: Any) -> Iterator[Observation]:
        path: list[str] = []
        for event, element in events:
            name = _local(element)
            if event == "start":
                if not path:
                    self._begins(element, name)
                path.append(name)
                self._starts(element, name)
                continue
            path.pop()
            if name == "Obs":
                yield self._observation(element)
            elif name == "Text" and "Footer" in path and not self._data_sets:
                raise Incomplete(f"the publisher answers without data: {(element.text or '').strip()[:300]}",
                                 dataset=self._layout.dataset, url=self._layout.url)
            else:
                self._ends(element, name, path)
            if path[-1:] in (["DataSet"], ["Series"]):
                # Read and done: a message may be larger than memory.
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        if len({since for since, _ in self._valid}) < 2:
            for _, until in self._valid:
                self._layout.is_valid("data set", until, self._prepared)

    def _begins(self, root: Any, name: str) -> None:
        where = {"dataset": self._layout.dataset, "url": self._layout.url}
        if root.getroottree().docinfo.doctype:
            raise NotReadable("the XML brings a document type, which no message has", **where)
        if name not in _MESSAGES:
            raise NotReadable(f"the XML is {name[:60]}, no message of data that is read", **where)

    def _starts(self, element: Any, name: str) -> None:
        if name == "DataSet":
            plain = _plain(element)
            self._data_sets += 1
            self._action = plain.get("action") or self._of_message
            self._valid_from = plain.get("validFromDate", "")
            self._valid.add((self._valid_from, plain.get("validToDate", "")))
            self._shared, self._groups, self._seen = {}, [], 0
            # Attributes of a data set are codes in capitals; the others (structureRef, dataScope) are the message's own.
            self._shared = {key: value for key, value in plain.items() if key.isupper()}
            self._series, self._series_attributes = {}, {}
        elif name == "Structure" and "dimensionAtObservation" in element.attrib:
            self._at_observation = element.attrib["dimensionAtObservation"]
        elif name == "Series":
            self._series, self._series_attributes = _plain(element), {}

    def _ends(self, element: Any, name: str, path: list[str]) -> None:
        parent = path[-1] if path else ""
        if name == "DataSetAction":
            self._of_message = (element.text or "").strip()
        elif name == "Test" and parent == "Header":
            self._layout.is_for_use(element.text or "")
        elif name == "Prepared" and parent == "Header":
            self._prepared = (element.text or "").strip()
        elif parent == "Series" and name == "SeriesKey":
            self._series = _values(element)
        elif parent == "Series" and name == "Attributes":
            self._series_attributes |= _values(element)
        elif parent == "Series" and name == "Comp":
            self._series_attributes |= _components([element])
        elif parent == "Series" or name == "Series":
            pass
        elif parent == "DataSet" and name == "Attributes":
            self._shared |= _values(element)
        elif parent == "DataSet" and name == "Comp":
            self._shared |= _components([element])
        elif parent == "DataSet" and name not in _NO_GROUP:
            self._group(element)

    def _group(self, element: Any) -> None:
        if self._seen:
            raise self._layout.drift("a group's attributes stand after observations that they may be of")
        told = _plain(element) | _components(element)
        for child in element:
            told |= _values(child)
        key = {name: code for name, code in told.items() if name in self._layout.dimensions}
        self._groups.append((key, {name: code for name, code in told.items() if name not in key}))

    def _observation(self, element: Any) -> Observation:
        layout = self._layout
        self._seen += 1
        own = _plain(element) | _components(element)
        value: str | None = own.pop(layout.measure, None)
        for child in element:
            name = _local(child)
            if name == "ObsDimension":
                own[child.get("id") or self._at_observation] = child.get("value", "")
            elif name == "Time":  # 2.0
                own[layout.time] = (child.text or "").strip()
            elif name == "ObsValue":
                value = child.get("value")
            elif name in ("ObsKey", "Attributes"):
                own |= _values(child)
        told = {**self._series, **own}
        if missing := [name for name in (*layout.dimensions, layout.time) if name and name not in told]:
            if layout.action(self._action) != "delete":
                raise layout.drift(f"observation {self._seen} of the message lacks {', '.join(missing)}")
            told |= dict.fromkeys(missing, "")
        key = tuple(told[name] for name in layout.dimensions)
        attributes = {**self._shared, **self._series_attributes}
        for wanted, more in self._groups:
            if all(told[name] == code for name, code in wanted.items()):
                attributes |= more
        attributes |= {name: code for name, code in told.items() if name not in layout.dimensions and name != layout.time}
        period = told[layout.time] if layout.time else ""
        return Observation(key, period, "" if value is None or value == "NaN" else value, attributes, locator_of(key, period),
                           layout.action(self._action), self._valid_from)


def _local(element: Any) -> str:
    """A name without its namespace. An undeclared prefix stays, and so names nothing that is read."""
    return str(element.tag).rpartition("}")[2]


def _plain(element: Any) -> dict[str, str]:
    """An element's own attributes, without those of a namespace (``xsi:type``, ``ss:structureRef``)."""
    return {name: value for name, value in element.attrib.items() if not name.startswith("{")}


def _values(element: Any) -> dict[str, str]:
    """``<Value id="FREQ" value="M"/>`` below an element; 2.0 has ``concept`` for ``id``."""
    return {child.get("id") or child.get("concept"): child.get("value", "") for child in element
            if child.get("id") or child.get("concept")}


def _components(elements: Any) -> dict[str, str]:
    """``<Comp id="UNIT"><Value>USD</Value></Comp>`` (3.0)."""
    return {child.get("id"): (child[0].text or "").strip() for child in elements
            if _local(child) == "Comp" and child.get("id") and len(child)}
