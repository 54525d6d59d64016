"""Thailand's Ministry of Commerce, simulated, with synthetic figures: open data by month, zeros for months to come, and its firewall.

Fields are those that others read of the open data, and those of the portal's answers of 2024 that were seen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.statistics.thmoc.publisher import LABELS
from tests.publishers.server import Publishers

HOST = "tradereport.moc.go.th"
API = f"https://{HOST}/api"
JSON = {"Content_Type": "application/json"}
WALL = (b"<!DOCTYPE html><html><head><title>Web Page Blocked!</title></head><body><h1>Web Page Blocked!</h1>"
        b"<p>URL: tradereport.moc.go.th/api</p><p>Attack ID: 20000051</p></body></html>")
"""A firewall's page, as such are (synthetic)."""
COUNTRIES = tuple({area: code for _, code, _, area in LABELS.rows if len(code) == 2 and code.isalpha() and code.isascii()
                   and len(area) == 3 and area not in ("THA", "WLD", "XXX")}.values())
Answer = tuple[int, Mapping[str, str], bytes]


def summary(year: int, month: int, *, scale: float = 1.0, nil: bool = False) -> list[dict[str, object]]:
    """A synthetic answer of summarycountries: imports of 100 million dollars and more from each, exports of 90 and more."""
    return [{"year": year, "month": month, "country_code": code, "country_name_en": code,
             "value_usd_export": "0" if nil else f"{(90_000_000 + 1_000 * at) * scale:.4f}",
             "value_usd_import": "0" if nil else f"{(100_000_000 + 1_000 * at) * scale:.4f}"} for at, code in enumerate(COUNTRIES)]


def by_code(year: int, month: int, code: str, values: Mapping[str, float]) -> list[dict[str, object]]:
    """A synthetic answer of importharmonizecountries or exportharmonizecountries."""
    return [{"year": year, "month": month, "hs_code": code, "country_code": country, "country_name_en": country, "quantity": "12.5000",
             "acc_quantity": "100.0000", "unit_code": "KG", "value_usd": f"{value:.4f}", "acc_value_usd": f"{value * 3:.4f}",
             "value_baht": f"{value * 33:.4f}", "acc_value_baht": f"{value * 99:.4f}"} for country, value in values.items()]


def report(month: int, country: str, codes: Mapping[str, tuple[float, float]], *, total: tuple[float, float] | None = None
           ) -> list[dict[str, object]]:
    """A synthetic answer of report 02 as others keep them: codes with the year to date and the month, and their total."""
    whole = total or (sum(each[0] for each in codes.values()), sum(each[1] for each in codes.values()))
    first: dict[str, object] = {"RowType": "S", "No": "", "ProductName": "Total", "Value": whole[0], "Quantity": 0, "ValueMonth": whole[1],
                                "QuantityMonth": 0, "Share": 100, "country_id": country, "month_id": month}
    rows: list[dict[str, object]] = [
        {"ID": code, "ProductName": f"{code} (KG) : Synthetic goods.", "Value": year, "Quantity": "1000.0000", "ValueMonth": of_month,
         "QuantityMonth": "10.0000" if of_month else ".0000", "RowType": "N", "No": at, "Share": 100 * year / whole[0],
         "country_id": country, "month_id": month} for at, (code, (year, of_month)) in enumerate(codes.items(), 1)]
    return [first, *rows]


@dataclass
class Office:
    """A synthetic ministry: the newest month that is out, later ones with zeros."""

    newest: tuple[int, int] = (2026, 9)
    blocked: bool = False
    chapters: dict[str, dict[str, float]] = field(default_factory=lambda: {"85": {"CN": 500.25, "MY": 100.0}})

    def open(self, publishers: Publishers) -> None:
        def countries(query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
            asked = int(query["year"]), int(query["month"])
            return self._answered(summary(*asked, nil=asked > self.newest))

        def codes(query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
            values = self.chapters.get(query["hs_code"], {})
            return self._answered(by_code(int(query["year"]), int(query["month"]), query["hs_code"], values))

        publishers.answer(f"{API}/summarycountries", countries)
        for flow in ("export", "import"):
            publishers.answer(f"{API}/{flow}harmonizecountries", codes)

    def _answered(self, records: list[dict[str, object]]) -> Answer:
        if self.blocked:
            return 403, {"Content_Type": "text/html"}, WALL
        return (200, JSON, json.dumps(records).encode()) if records else (404, {"Content_Type": "text/html"}, b"<html>nothing</html>")
