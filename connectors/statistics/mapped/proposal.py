"""A mapping proposed from a table: what its columns seem to be, with ``SAY`` where only a person knows. Pure; nothing is loaded by it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from connectors.formats.rows import Cell
from connectors.statistics.mapped import figures, tables
from connectors.statistics.mapped import mapping as mappings
from connectors.statistics.mapped.mapping import SAY
from connectors.statistics.mapped.tables import Row, Table
from warehouse.reference import areas, currencies
from warehouse.schema.content import Content
from warehouse.schema.errors import PublisherError, UsageError

LOOKED_AT = 20_000
"""Rows that are looked at."""
MOST_LABELS = 400
"""Labels that are listed as not known."""
_NO_FIGURE = re.compile(r"\b(rank|perc|percent|share|pct|growth|yoy|index|id|code|unnamed)\b", re.IGNORECASE)
_PRODUCT = re.compile(r"sitc|\bhs\b|hs[0-9]|cmd|commodity|product|\bbec|chapter|section|division|heading", re.IGNORECASE)
_PARTNER = re.compile(r"partner|counterpart|destination|origin|country of", re.IGNORECASE)
_REPORTER = re.compile(r"reporter|declarant|reporting", re.IGNORECASE)
_DOLLARS = re.compile(r"us dollars?|us\$|\busd\b")
_ANOTHER = re.compile(r"dem\b|democratic|people|hong|macao|macau|taiwan|arab rep|specified|other", re.IGNORECASE)
"""Words by which a label may mean another area than the one that it begins with."""
_FLOWS = (("re-export", "re-export"), ("re export", "re-export"), ("re-import", "re-import"), ("domestic export", "domestic-export"),
          ("balance", "balance"), ("total", "total"), ("export", "export"), ("import", "import"))
_CODES = {"x": "export", "m": "import", "rx": "re-export", "rm": "re-import", "e": "export", "i": "import", "xg": "export", "mg": "import"}
_UNITS = (("trillion", "trillion"), ("billion", "billion"), ("bn", "billion"), ("million", "million"), ("mn", "million"),
          ("mil", "million"), ("thousand", "thousand"), ("'000", "thousand"))


@dataclass(frozen=True)
class Proposal:
    """The text of a mapping, what it would load first, and what keeps it from loading."""

    text: str
    rows: tuple[dict[str, Cell], ...]
    currency: str
    to_say: tuple[str, ...]
    """Keys that a person must fill in."""
    unknown: tuple[str, ...]
    """Labels of areas that nobody knows."""
    why_no_rows: str = ""


def propose(content: Content, name: str, *, shown: int = 10) -> Proposal:
    """What a table seems to be. Raises a PublisherError for what is no table."""
    header, table = tables.widest(content, lambda cell: not _is_number(cell) or figures.period_of(cell) is not None)
    rows = list(islice(table.rows, LOOKED_AT))
    above = _above(content, table, header)
    text, to_say, unknown = _Guess(Table(table.sheet, table.name, table.header, rows), rows, header, above, name).text()
    tried = text
    for key, instead in (("name", "not-said"), ("title", "not said"), ("called", "not said"), ("cite", "not said")):
        tried = re.sub(rf'(?m)^{key} = "{SAY}"', f'{key} = "{instead}"', tried)
    try:
        read = mappings.read(tried)
        reader = figures.Reader(Table(table.sheet, table.name, table.header, rows), read)
        first = tuple(islice(reader.figures(), shown))
    except PublisherError as error:
        return Proposal(text, (), "", to_say, unknown, error.said)
    why = "" if first else reader.rejected[0][0].reason if reader.rejected else "no figure was found where it looks for them"
    return Proposal(text, first, read.currency, to_say, unknown, why)


def _above(content: Content, table: Table, header: int) -> list[str]:
    """The texts above the header: of whom and of what the table is."""
    if header == 1:
        return []
    whole = tables.read(content, sheet=table.name)
    before = [*whole.header, *(cell for row in whole.rows if row.number < header for cell in row.cells)]
    return list(dict.fromkeys(cell.strip() for cell in before if cell.strip()))


class _Guess:
    """What the columns of a table seem to be."""

    def __init__(self, table: Table, rows: Sequence[Row], header: int, above: Sequence[str], name: str) -> None:
        self._table, self._rows, self._header, self._above, self._name = table, rows, header, above, name
        self._cells = {at: [row.cell(at) for row in rows if row.cell(at)] for at in range(len(table.header))}
        self._kinds = {at: list(dict.fromkeys(cells)) for at, cells in self._cells.items()}
        self.to_say: list[str] = []

    def text(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        across = [at for at, name in enumerate(self._table.header) if figures.period_of(name)]
        wide = len(across) >= 2
        left = [at for at in self._cells if self._cells[at] and not (wide and at in across)]
        period = None if wide else self._first(left, self._is_period)
        flow = self._first([at for at in left if at != period], self._is_flow)
        reporter, partner = self._sides([at for at in left if at not in (period, flow)])
        # Of several classifications' columns the finest.
        product = max((at for at in left if at not in (period, flow, reporter, partner) and self._is_product(at)),
                      key=lambda at: len(self._kinds[at]), default=None)
        values = across if wide else self._values([at for at in left if at not in (period, flow, reporter, partner, product)])
        named = None if wide or flow is not None else {at: _flow_of(self._table.header[at]) for at in values}
        lines = [f'name = "{_slug(self._name)}"', f"title = {_quoted(self._title())}", 'by = ""', "", "[publisher]",
                 f'name = "{self._say("publisher.name")}"   # a short name, such as imf; of an installed publisher that is all',
                 f'title = "{self._say("publisher.title")}"',
                 f'called = "{self._say("publisher.called")}"   # as in a sentence: by the IMF', "",
                 "[source]", 'page = ""', f'cite = "{self._say("source.cite")}"', 'licence = "not stated"', "may_redistribute = false",
                 'processed = ""   # what somebody did to the publisher\'s figures, if anything', "", "[table]"]
        lines += [f"sheet = {_quoted(self._table.name)}"] * bool(self._table.sheet) + [f"header = {self._header}",
                  'partners = "selected"   # "all" where it lists every partner with which there was trade', ""]
        lines += ["[reporter]", self._side("reporter", reporter), "", "[partner]", self._side("partner", partner), 'skip = []', ""]
        lines += self._flow_lines(flow, named)
        lines += ["[period]", "across = true" if wide else f"column = {self._column(period)}" if period is not None else
                  f'is = "{self._say("period.is")}"', ""]
        lines += self._product_lines(product)
        lines += ["[valuation]", "usual = true   # exports FOB, imports CIF, a total CIF+FOB; else one for each flow: import = \"FOB\"", ""]
        lines += self._value_lines(values, named, wide)
        unknown = self._unknown(reporter, partner)
        lines += ["[areas]   # labels that mean no area yet: take the # away and say which, or put them into partner.skip",
                  *(f"# {_quoted(label)} = \"{_near(label)}\"" for label in unknown)] if unknown else []
        return "\n".join(lines) + "\n", tuple(self.to_say), tuple(unknown)

    # ── what a column is ───────────────────────────────────────────────────────────────────────────────────────────────

    def _first(self, places: Sequence[int], what: Callable[[int], bool]) -> int | None:
        return next((at for at in places if what(at)), None)

    def _is_period(self, at: int) -> bool:
        return self._share(at, lambda cell: figures.period_of(cell) is not None) > 0.95

    def _is_flow(self, at: int) -> bool:
        kinds = self._kinds[at]
        return 0 < len(kinds) <= 12 and all(_flow_of(kind) for kind in kinds) and not self._share(at, _is_number)

    def _is_product(self, at: int) -> bool:
        return bool(_PRODUCT.search(self._table.header[at])) and all(len(kind) <= 12 for kind in self._kinds[at])

    def _sides(self, places: Sequence[int]) -> tuple[int | None, int | None]:
        today = date(2020, 12, 31)
        found = []
        for at in places:
            kinds = self._kinds[at][:2000]
            known = sum(areas.named(kind, today) is not None or mappings.coded(kind) is not None for kind in kinds)
            if kinds and known >= max(1, len(kinds) / 2) and not self._share(at, _is_number):
                found.append(at)
        names = self._table.header
        partner = next((at for at in found if _PARTNER.search(names[at])), None)
        reporter = next((at for at in found if _REPORTER.search(names[at]) and at != partner), None)
        rest = [at for at in found if at not in (partner, reporter)]
        # Full names before codes of the same; of two, the one with fewer kinds is whose account it is.
        rest.sort(key=lambda at: (-max(map(len, self._kinds[at])) > -4, len(self._kinds[at])))
        if partner is None and rest:
            partner = rest.pop() if len(rest) == 1 else max(rest[:2], key=lambda at: len(self._kinds[at]))
            rest = [at for at in rest if at != partner]
        if reporter is None and rest:
            reporter = rest[0]
        return reporter, partner

    def _values(self, places: Sequence[int]) -> list[int]:
        numbers = [at for at in places if self._share(at, _is_number) > 0.8 and self._table.header[at]
                   and not _NO_FIGURE.search(self._table.header[at].replace("_", " "))]
        flowed = [at for at in numbers if _flow_of(self._table.header[at])]
        likely = [at for at in numbers if re.search("value|sum|amount|trade|usd|rm", self._table.header[at], re.IGNORECASE)]
        return flowed if len({_flow_of(self._table.header[at]) for at in flowed}) == len(flowed) > 0 else (likely or numbers)[:1]

    def _share(self, at: int, what: Callable[[str], bool]) -> float:
        cells = self._cells[at][:2000]
        return sum(bool(what(cell)) for cell in cells) / len(cells) if cells else 0.0

    # ── how it is written ──────────────────────────────────────────────────────────────────────────────────────────────

    def _say(self, key: str) -> str:
        self.to_say.append(key)
        return SAY

    def _title(self) -> str:
        return ", ".join(self._above[:3])[:200] if self._above else self._name[:200]

    def _column(self, at: int) -> str:
        """A column by its name, by its number where it has none of its own."""
        name = self._table.header[at]
        return _quoted(name) if name and self._table.header.count(name) == 1 and name.isprintable() else str(at + 1)

    def _side(self, role: str, at: int | None) -> str:
        if at is not None:
            return f"column = {self._column(at)}"
        one = next((text for text in self._above if areas.named(text, date(2020, 12, 31))), None) if role == "reporter" else None
        return f"is = {_quoted(one)}" if one else f'is = "{self._say(role + ".is")}"'

    def _flow_lines(self, at: int | None, named: dict[int, str] | None) -> list[str]:
        if at is not None:
            values = ", ".join(f"{_quoted(kind)} = \"{_flow_of(kind)}\"" for kind in self._kinds[at])
            return ["[flow]", f"column = {self._column(at)}", f"values = {{ {values} }}", ""]
        if named and all(named.values()):
            return []
        one = next((flow for text in (*self._above, self._name) if (flow := _flow_of(text))), "")
        return ["[flow]", f'is = "{one or self._say("flow.is")}"', ""]

    def _product_lines(self, at: int | None) -> list[str]:
        if at is None or {kind.casefold() for kind in self._kinds[at]} == {"total"}:
            return []
        whole = next((kind for kind in self._kinds[at] if kind.casefold() in ("total", "all", "all products")), "")
        digits = [kind for kind in self._kinds[at] if re.fullmatch("[0-9]{1,10}", kind, re.ASCII)]
        width = max(map(len, digits), default=0)
        # Where some codes have one digit less, a spreadsheet lost their zero.
        pad = width if width in (2, 4, 6, 8, 10) and {len(kind) for kind in digits} == {width - 1, width} else 0
        return ["[product]", f"column = {self._column(at)}", f'classification = "{self._say("product.classification")}"   # as SITC4',
                *([f"digits = {pad}"] if pad else []), f"total = {_quoted(whole or mappings.SUM)}"
                + ("" if whole else "   # no row is for all goods: the products are added up"), ""]

    def _value_lines(self, values: Sequence[int], named: dict[int, str] | None, wide: bool) -> list[str]:
        lines = ["[value]"]
        if not wide:
            if not values:
                lines.append(f'column = "{self._say("value.column")}"')
            elif named and all(named.values()):
                lines.append("columns = { " + ", ".join(f"{_quoted(self._table.header[at])} = \"{named[at]}\"" for at in values) + " }")
            else:
                lines.append(f"column = {self._column(values[0])}")
        said = " ".join((*self._above, *(self._table.header[at] for at in values if not wide), self._name)).replace("_", " ").casefold()
        cells_said = " ".join(kind for at in self._cells for kind in self._kinds[at][:3]).casefold()
        unit = next((unit for word, unit in _UNITS if re.search(rf"(?<![a-z]){re.escape(word)}s?(?![a-z])", said)), "")
        currency = _currency(said) or ("USD" if _DOLLARS.search(cells_said) else "")
        averages = "average" in said
        cells = [cell for at in values for cell in self._cells[at][:500]]
        if not unit:
            unit = "one" if any(len(cell.split(".")[0]) > 9 for cell in cells) else ""
        lines += [f'unit = "{unit or self._say("value.unit")}"   # what a printed 1 is: one, thousand, million, billion',
                  f'currency = "{currency or self._say("value.currency")}"',
                  f"factor = {2 if averages else 1}   # 2 where averages of exports and imports are printed"]
        marks = sorted({cell[-2:] for cell in cells if re.fullmatch(r"[0-9.,]+ [a-z]", cell)})
        lines += [f"estimate = {_quoted(marks[0])}"] if marks else []
        odd = sorted({cell for cell in cells if len(cell) <= 6 and not _is_number(cell) and not any(cell.endswith(mark) for mark in marks)})
        lines += [f"missing = [{', '.join(map(_quoted, odd[:10]))}]"] if odd else []
        lines += ['thousands = ","'] if any(re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", cell) for cell in cells) else []
        return [*lines, ""]

    def _unknown(self, *sides: int | None) -> list[str]:
        labels = dict.fromkeys(kind for at in sides if at is not None for kind in self._kinds[at])
        return [label for label in labels if areas.named(label, date(2020, 12, 31)) is None and mappings.coded(label) is None
                and label.isprintable() and len(label) <= mappings.LONGEST][:MOST_LABELS]


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?[0-9][0-9,]*(\.[0-9]*)?([eE][-+]?[0-9]+)?( [a-z])?", cell, re.ASCII) is not None


def _flow_of(text: str) -> str:
    folded = text.casefold()
    if folded.strip() in _CODES:
        return _CODES[folded.strip()]
    found = [(word, flow) for word, flow in _FLOWS if word in folded]
    if {"export", "import"} <= {flow for _, flow in found}:
        return "total"
    return found[0][1] if found else ""


def _currency(said: str) -> str:
    if _DOLLARS.search(said):
        return "USD"
    for code in sorted(currencies.CODES):
        if re.search(rf"(?<![a-z]){code.casefold()}(?![a-z])", said):
            return code
    return "MYR" if re.search(r"\(rm\b|\brm\b", said) else next(
        (code for code, sign in currencies.SYMBOLS.items() if len(sign) > 1 and sign.casefold() in said), "")


def _near(label: str) -> str:
    """The area that a label begins with, for a person to look at; nothing where it may as well be another."""
    first, _, tail = label.partition(",")
    try:
        return areas.labelled(first) if tail and not _ANOTHER.search(tail) else ""
    except UsageError:
        return ""


def _slug(name: str) -> str:
    text = re.sub(r"[^a-z0-9]+", "-", name.rpartition(".")[0].casefold() or name.casefold()).strip("-")
    text = text if text[:1].isalpha() else f"table-{text}"
    return text[:40].strip("-")


def _quoted(text: str) -> str:
    """A text as TOML has it: JSON's quotation is TOML's, and what cannot be printed is left out."""
    return json.dumps("".join(char for char in text if char.isprintable()), ensure_ascii=False)

