"""The World Bank, simulated: an Indicators API and a WITS of synthetic figures that answer questions as the real ones do.

What is known of them (docs/publishers/worldbank.md): pages of 50 unless more are asked for, a record for every area and year with null
where there is no value, refusals and XML with status 200, and at WITS a 404 for a reporter's year that it has not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.statistics.worldbank.connector import API, AREAS
from connectors.statistics.worldbank.indicators import SERIES
from connectors.statistics.worldbank.wits import API as WITS
from connectors.statistics.worldbank.wits import FLOWS
from tests.publishers.server import Publishers

HOST, WITS_HOST = "api.worldbank.org", "wits.worldbank.org"
JSON = {"Content_Type": "application/json;charset=UTF-8"}
XML = {"Content_Type": "text/xml"}
REFUSED = b'[{"message":[{"id":"120","key":"Invalid value","value":"The provided parameter value is not valid"}]}]'
REFUSED_XML = (b'<?xml version="1.0" encoding="utf-8"?>\n<wb:error xmlns:wb="http://www.worldbank.org"><wb:message id="175" '
               b'key="Invalid format">The indicator was not found.</wb:message></wb:error>')
DATA_XML = (b'<?xml version="1.0" encoding="utf-8"?>\n<wb:data page="1" pages="1" per_page="50" total="1" '
            b'xmlns:wb="http://www.worldbank.org"><wb:data><wb:value>1</wb:value></wb:data></wb:data>')
TITLES = {"NY.GDP.MKTP.CD": "GDP (current US$)", "NY.GDP.MKTP.CN": "GDP (current LCU)",
          "NY.GDP.DEFL.ZS": "GDP deflator (base year varies by country)",
          "PA.NUS.FCRF": "Official exchange rate (LCU per US$, period average)",
          "TX.UVI.MRCH.XD.WD": "Export unit value index (2015 = 100)", "TM.UVI.MRCH.XD.WD": "Import unit value index (2015 = 100)"}
Answer = tuple[int, Mapping[str, str], bytes]


def record(series: str, area: str, year: int | str, value: float | None, **others: Any) -> dict[str, Any]:
    """A synthetic record with all fields of a real one."""
    return {"indicator": {"id": series, "value": TITLES.get(series, series)}, "country": {"id": area[:2], "value": f"Area {area}"},
            "countryiso3code": area, "date": str(year), "value": value, "unit": "", "obs_status": "", "decimal": 0, **others}


def answer(records: list[dict[str, Any]], *, page: int = 1, per_page: int = 20_000, updated: str = "2026-07-13") -> bytes:
    """A page of records with what the API says of it."""
    if not records:
        return b'[{"page":0,"pages":0,"per_page":50,"total":0,"sourceid":null,"lastupdated":null},null]'
    head = {"page": page, "pages": -(-len(records) // per_page), "per_page": per_page, "total": len(records), "sourceid": "2",
            "lastupdated": updated}
    return json.dumps([head, records[(page - 1) * per_page:page * per_page]]).encode()


@dataclass
class Bank:
    """A synthetic World Bank."""

    values: dict[tuple[str, str, int], float | None] = field(default_factory=dict)
    """Series, area and year → value."""
    trade: dict[tuple[str, int, str], dict[tuple[str, str], float]] = field(default_factory=dict)
    """Reporter, year and indicator of WITS → partner and product → thousands of dollars."""
    updated: str = "2026-07-13"
    per_page: int = 20_000
    """The most records that a page has, whatever is asked for."""

    def open(self, publishers: Publishers) -> None:
        """Answer from now on."""
        for series in SERIES:
            def figures(query: Mapping[str, str], headers: Mapping[str, str], series: str = series) -> Answer:
                return self._figures(series, query)

            publishers.answer(f"{API}/{';'.join(area.lower() for area in AREAS)}/indicator/{series}", figures)
        for reporter in AREAS:
            for year in range(1988, 2027):
                for indicator in FLOWS:
                    def table(query: Mapping[str, str], headers: Mapping[str, str], key: tuple[str, int, str] = (reporter, year, indicator),
                              ) -> Answer:
                        return self._table(*key)

                    at = f"{WITS}/reporter/{reporter.lower()}/year/{year}"
                    publishers.answer(f"{at}/partner/all/product/all/indicator/{indicator}", table)

    def _figures(self, series: str, query: Mapping[str, str]) -> Answer:
        if query.get("format") != "json":
            return 200, XML, DATA_XML
        first, _, last = query.get("date", "1960:2100").partition(":")
        found = [record(series, area, year, value) for (one, area, year), value in sorted(self.values.items())
                 if one == series and int(first) <= year <= int(last)]
        per_page = min(self.per_page, int(query.get("per_page", 50)))
        return 200, JSON, answer(found, page=int(query.get("page", 1)), per_page=per_page, updated=self.updated)

    def _table(self, reporter: str, year: int, indicator: str) -> Answer:
        figures = self.trade.get((reporter, year, indicator))
        return (200, JSON, message(reporter, year, indicator, figures)) if figures else (
            404, XML, b"<Error><Code>NoRecordsFound</Code></Error>")


def message(reporter: str, year: int, indicator: str, figures: Mapping[tuple[str, str], float]) -> bytes:
    """An answer of WITS: SDMX-JSON whose series have another order of dimensions than the address."""
    partners, products = (list(dict.fromkeys(key[at] for key in figures)) for at in (0, 1))
    series = {f"0:0:{partners.index(partner)}:{products.index(product)}:0": {"attributes": [], "annotations": [],
                                                                           "observations": {"0": [value, 0]}}
              for (partner, product), value in figures.items()}
    codes = {"FREQ": ["A"], "REPORTER": [reporter], "PARTNER": partners, "PRODUCTCODE": products, "INDICATOR": [indicator]}
    return json.dumps({
        "header": {"id": "DF_WITS_TradeStats_Trade", "prepared": "2026-01-01T00:00:00", "test": False, "sender": {"id": "WBG_WITS"}},
        "dataSets": [{"action": "Information", "series": series}],
        "structure": {"name": "DF_WITS_TradeStats_Trade", "dimensions": {
            "series": [{"id": name, "keyPosition": at, "values": [{"id": code, "name": code} for code in values]}
                       for at, (name, values) in enumerate(codes.items())],
            "observation": [{"id": "TIME_PERIOD", "keyPosition": 3, "values": [{"id": str(year), "name": str(year)}]}]},
            "attributes": {"observation": [{"id": "DATASOURCE", "values": [{"id": "WITS-CMT", "name": "UNSD Comtrade"}]}]}}}).encode()
