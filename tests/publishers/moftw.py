"""Taiwan's finance ministry, simulated, with synthetic figures in the form of its files: years with their months, the year to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.statistics.moftw.connector import FILES
from connectors.statistics.moftw.publisher import LABELS
from tests.publishers.server import Publishers

HEADS = {"export": "Exports to Country (Unit: US$ Thousand)", "import": "Imports from Country (Unit : US$ Thousand)"}
COUNTRIES = [label for _, label, _, area in LABELS.rows if area != "WLD" and label not in ("北馬其頓", "史瓦濟蘭")]
REGION = "亞洲"


def file(flow: str, months: Sequence[tuple[int, int]], *, more: int = 0, countries: Sequence[str] = COUNTRIES, unit: str = "") -> bytes:
    """A file of these months (year, month), in their order: each country has its place in the list, in million dollars, ``more`` on top of
    China's; every year first, as a year or to date."""
    def cells(times: int) -> list[int]:
        values = [(at + 1) * 1000 * times + (more * times if name == "中國大陸" else 0) for at, name in enumerate(countries)]
        return [sum(values), sum(values[:30]), *values]

    lines = [",".join([HEADS[flow], f"總計{unit}", f"{REGION}{unit}", *(f"{name}{unit}" for name in countries)])]
    for year in dict.fromkeys(year for year, _ in months):
        last = max(month for of, month in months if of == year)
        lines.append(",".join([f"{year}年" if last == 12 else f"{year}年累計至{last}月", *map(str, cells(last))]))
        lines += [",".join([f"{year}年{month}月", *map(str, cells(1))]) for of, month in months if of == year]
    return ("\r\n".join(lines) + "\r\n").encode("cp950")


MONTHS = [(2025, month) for month in range(1, 13)] + [(2026, 1), (2026, 2)]


@dataclass
class Office:
    """A synthetic ministry."""

    exports: bytes = field(default_factory=lambda: file("export", MONTHS))
    imports: bytes = field(default_factory=lambda: file("import", MONTHS))

    def open(self, publishers: Publishers) -> None:
        publishers.serve(f"{FILES}/u2010ex.csv", self.exports, "text/csv")
        publishers.serve(f"{FILES}/u2010im.csv", self.imports, "text/csv")
