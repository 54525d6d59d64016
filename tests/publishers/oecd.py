"""The OECD's SDMX service, simulated, with synthetic figures: what its structures of 2026 and others' questions tell of it.

It answers a key with the observations that fit, zeros left out, in CSV with or without labels; a key that has none with a 404; and more
than 60 downloads with a 429 that says when to come again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

from connectors.contract import NothingKnown, Wanted
from connectors.statistics.oecd import CONNECTOR
from connectors.statistics.oecd.tables import ITIC, LAYOUTS
from tests.publishers.server import Publishers
from warehouse.schema.travel import Window

HOST = "sdmx.oecd.org"
Answer = tuple[int, Mapping[str, str], bytes]
CSV = {"Content_Type": "text/csv; charset=utf-8"}
FLOW = {ITIC: "OECD.SDD.TPS:DSD_ITIC@DF_ITIC(1.1)"}
BIMTS_FLOW = "OECD.SDD.TPS:DSD_BIMTS@DF_BIMTS_HS2017_2D(1.1)"


def margin(importer: str, exporter: str, year: int, value: float | str, product: str = "_T", *, status: str = "I", method: str = "AG",
           unit: str = "PT_IM_CIF", multiplier: str = "0") -> dict[str, str]:
    """A synthetic observation of ITIC with its columns."""
    return {"REF_AREA": importer, "COUNTERPART_AREA": exporter, "MEASURE": "C_F", "PRODUCT_TYPE": "C", "COMM_HS2017": product, "FREQ": "A",
            "UNIT_MEASURE": unit, "TIME_PERIOD": str(year), "OBS_VALUE": str(value), "OBS_STATUS": status, "METHODOLOGY_TYPE": method,
            "UNIT_MULT": multiplier, "DECIMALS": "2"}


def balanced(exporter: str, importer: str, year: int, value: float | str, product: str = "_T", *, adjustment: str = "B",
             multiplier: str = "6", unit: str = "USD_EXC") -> dict[str, str]:
    """A synthetic observation of BIMTS with its columns."""
    return {"REF_AREA": exporter, "COUNTERPART_AREA": importer, "TRADE_FLOW": "X", "PRODUCT_TYPE": "C", "PRODUCT_CPA": "_Z",
            "PRODUCT_HS": product, "FREQ": "A", "UNIT_MEASURE": unit, "ADJUSTMENT": adjustment, "TIME_PERIOD": str(year),
            "OBS_VALUE": str(value), "OBS_STATUS": "A", "METHODOLOGY_TYPE": "", "UNIT_MULT": multiplier, "DECIMALS": "2"}


def message(observations: list[dict[str, str]], *, labels: bool = False, second: bool = False, action: str = "I") -> bytes:
    """A message in CSV 1.0; with labels as the OECD puts them, a column of names behind each; or in CSV 2.0."""
    flow = FLOW[ITIC] if "COMM_HS2017" in observations[0] else BIMTS_FLOW
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    names = list(observations[0])
    head = ["STRUCTURE", "STRUCTURE_ID", *(["STRUCTURE_NAME"] if labels else []), "ACTION"] if labels or second else ["DATAFLOW"]
    writer.writerow([*head, *(text for name in names for text in ((name, f"Label of {name}") if labels else (name,)))])
    for one in observations:
        start = ["DATAFLOW", flow, *(["Synthetic"] if labels else []), action] if labels or second else [flow]
        writer.writerow([*start, *(text for name in names for text in ((one[name], f"label of {one[name]}") if labels else (one[name],)))])
    return out.getvalue().encode()


@dataclass
class Office:
    """A synthetic OECD."""

    observations: list[dict[str, str]] = field(default_factory=list)
    allowed: int = 60
    """Downloads before it answers 429."""
    downloads: int = 0
    labels: bool = False

    def open(self, publishers: Publishers) -> None:
        """Answer from now on whatever the connector may ask."""
        names = [each.dataset for each in CONNECTOR.datasets]
        known = NothingKnown(datetime(2026, 11, 3, tzinfo=UTC))
        for window in (Window(), Window(date(2023, 1, 1), date(2023, 12, 31))):
            for ask in CONNECTOR.plan(Wanted(names, window, known)):
                parts = urlsplit(ask.request.url)
                key = parts.path.rpartition("/")[2].split(".")

                def table(query: Mapping[str, str], headers: Mapping[str, str], key: list[str] = key, dataset: str = ask.dataset) -> Answer:
                    return self._table(dataset, key, query)

                publishers.answer(f"https://{HOST}{parts.path}", table)

    def _table(self, dataset: str, key: list[str], query: Mapping[str, str]) -> Answer:
        self.downloads += 1
        if self.downloads > self.allowed:
            return 429, {"Retry_After": "3600"}, b"Too many requests"
        found = list(self._fits(LAYOUTS[dataset], key, query))
        return (200, CSV, message(found, labels=self.labels)) if found else (404, {"Content_Type": "text/plain"}, b"NoRecordsFound")

    def _fits(self, dimensions: tuple[str, ...], key: list[str], query: Mapping[str, str]) -> Iterator[dict[str, str]]:
        for one in self.observations:
            if set(dimensions) <= set(one) and all(not codes or one[name] in codes.split("+") for name, codes in
                                                   zip(dimensions, key, strict=True)) \
                    and query.get("startPeriod", "") <= one["TIME_PERIOD"] <= query.get("endPeriod", "9999"):
                yield one
