"""The Census API, simulated, with synthetic figures in the form of the recorded answers: countries, groups and the total mixed, the total
tagged as detail; 204 where there is no row, 400 for a variable or key that it does not know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from connectors.statistics.uscensus.connector import API
from connectors.statistics.uscensus.dataweb import HEAD, MONTHS
from tests.publishers.server import Publishers

Answer = tuple[int, Mapping[str, str], bytes]
KEY = "synthetic-key"
COUNTRIES = {"5700": "CHINA", "5570": "MALAYSIA", "5800": "KOREA, SOUTH", "1220": "CANADA"}
GROUPS = {"0027": "ASEAN", "5XXX": "ASIA", "0022": "OECD"}


def rows(flow: str, month: str, values: Mapping[str, Mapping[str, int]], *, level: str = "", unit: str = "-") -> list[list[str]]:
    """Rows of an answer: by product (empty for all goods) the countries' values; their total and groups are made."""
    value, quantity, product = {"exports": ("ALL_VAL_MO", "QTY_1_MO", "E_COMMODITY"),
                                "imports": ("GEN_VAL_MO", "GEN_QY1_MO", "I_COMMODITY")}[flow]
    goods = [product, "COMM_LVL"] if level else []
    found = [["CTY_CODE", "CTY_NAME", value, quantity, "UNIT_QY1", "SUMMARY_LVL", *goods, "YEAR", "MONTH"]]
    for code, countries in values.items():
        tail = [*([code, level] if level else []), month[:4], month[5:]]
        count = "0" if unit == "-" else "7"
        found.append(["5XXX", "ASIA", str(sum(v for c, v in countries.items() if c[0] == "5")), count, unit, "CGP", *tail])
        found.append(["0027", "ASEAN", str(countries.get("5570", 0)), count, unit, "CGP", *tail])
        found += [[country, COUNTRIES[country], str(number), count, unit, "DET", *tail] for country, number in countries.items()]
        found.append(["-", "TOTAL FOR ALL COUNTRIES", str(sum(countries.values())), count, unit, "DET", *tail])
    return found


def answer(table: list[list[str]]) -> bytes:
    return ("[" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in table) + "]").encode()


def dataweb(values: Mapping[tuple[str, str], tuple[int, ...]], *, code: str = "7106", year: str = "2025", trade: str = "GenImp") -> bytes:
    """A saved query with its answer: by country and unit, the quantities of the first months, 0 for the rest."""
    query = {"reportOptions": {"tradeType": trade, "classificationSystem": "HTS"}, "unitConversion": "0", "searchOptions": {
        "componentSettings": {"dataToReport": ["GEN_FIR_UNIT_QUANTITY"], "scale": "1", "years": [year], "yearsTimeline": "Monthly"},
        "commodities": {"commodities": [code], "aggregation": "Aggregate Commodities"},
        "countries": {"aggregation": "Break Out Countries"}}}
    lines = [{"rowEntries": [{"value": name}, {"value": year}, {"value": unit},
                             *({"value": f"{number:,}", "suppressed": 0} for number in (*numbers, *[0] * 12)[:12])]}
             for (name, unit), numbers in values.items()]
    table = {"name": f"[{year}], General Imports (In Actual Units of Quantity)", "totalRowSize": len(lines),
             "row_groups": [{"rowsNew": lines}],
             "column_groups": [{"columns": [{"label": label} for label in names]} for names in (HEAD, MONTHS)]}
    return json.dumps({"query": query, "response": {"dto": {"tables": [table], "errors": [], "needMoreTime": None}}}, indent=1).encode()


@dataclass
class Office:
    """A synthetic bureau: by flow and month (``2026-08``) what it has of all goods, of chapters and of items."""

    figures: dict[tuple[str, str], dict[str, dict[str, dict[str, int]]]] = field(default_factory=dict)

    def open(self, publishers: Publishers) -> None:
        for flow in ("exports", "imports"):
            def told(query: Mapping[str, str], headers: Mapping[str, str], flow: str = flow) -> Answer:
                return self._answer(flow, query)

            publishers.answer(f"{API}/{flow}/hs", told)

    def _answer(self, flow: str, query: Mapping[str, str]) -> Answer:
        if query.get("key") != KEY:
            return 400, {"Content_Type": "text/html"}, b"error: Invalid Key"
        if bad := [name for name in query["get"].split(",") if name not in (
                "CTY_CODE", "CTY_NAME", "ALL_VAL_MO", "GEN_VAL_MO", "QTY_1_MO", "GEN_QY1_MO", "UNIT_QY1", "SUMMARY_LVL",
                "E_COMMODITY", "I_COMMODITY")]:
            return 400, {"Content_Type": "text/plain"}, f"error: error: unknown variable '{bad[0]}'".encode()
        held = self.figures.get((flow, f"{query['YEAR']}-{query['MONTH']}"), {}).get(query.get("COMM_LVL", ""))
        if not held:
            return 204, {}, b""
        table = rows(flow, f"{query['YEAR']}-{query['MONTH']}", held, level=query.get("COMM_LVL", ""))
        if "CTY_CODE" in query:
            table = [table[0], *(row for row in table[1:] if row[0] in ("5700", "5570"))]
        return 200, {"Content_Type": "application/json"}, answer(table)


def asked(publishers: Publishers) -> list[str]:
    """The queries that were put, without the key."""
    return [urlsplit(each.path).query.replace(f"&key={KEY}", "") for each in publishers.asked("api.census.gov")]
