"""Pages and tables of India's TradeStat, the Philippines' OpenSTAT and Indonesia's BPS with synthetic figures.

TradeStat's page has the frame of the real one of July 2026; of the other two only what others wrote down is known.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.statistics.bps.connector import API
from connectors.statistics.psa.connector import TABLE
from tests.publishers.server import Publishers


def tradestat(rows: Sequence[tuple[str, ...]], *, flow: str = "Export", code: str = "8542", unit: str = "", measured: str = "US $ Million",
              columns: Sequence[str] = ("Dec-2024 (R)", "Dec-2025 (F)", "%Growth", "Jan-Dec2024 (R)", "Jan-Dec2025 (F)", "%Growth"),
              heading: str = "Commodity wise all Countries") -> bytes:
    """A page; ``rows`` are a country and its cells, the total last."""
    body = "".join(f"<tr><td>{'' if label == 'Total' else number}</td><td>{label}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
                   for number, (label, *cells) in enumerate(rows, 1))
    head = "".join(f"<th>{name}</th>" for name in ("S.No.", "Country", *columns))
    return (f"<!DOCTYPE html><html><head><title>TRADESTAT</title></head><body><h4>Government of India</h4><h5>Ministry of Commerce and "
            f"Industry</h5><h5>{flow} :: {heading}</h5><p><b>Commodity:&nbsp;{code}&nbsp;SYNTHETIC&nbsp;Unit:&nbsp;{unit}</b></p><p><b>"
            f"Report Dated: 24 Jul 2026&nbsp;||&nbsp; Values in {measured} || (F) Final (R) Revised Final</b></p>"
            f"<table><tr>{head}</tr>{body}</table><p>HS Code Search</p></body></html>").encode()


def openstat(*, unit: str = "FOB value in thousand US dollars", flows: Sequence[str] = ("Total Trade", "Exports", "Imports"),
             years: Sequence[str] = ("2025", "2026p"), months: Sequence[str] = ("January", "February"), values: str = "") -> bytes:
    """A PX table of flows by year and month."""
    def listed(names: Sequence[str]) -> str:
        return ",".join(f'"{name}"' for name in names)

    cells = values or " ".join(str(1_000 * (at + 1)) for at in range(len(flows) * len(years) * len(months)))
    return (f'CHARSET="ANSI";\nAXIS-VERSION="2010";\nMATRIX="0012L4DFTS0";\nSOURCE="Philippine Statistics Authority";\nUNITS="{unit}";\n'
            f'TITLE="Synthetic totals by Variables, Year and Month";\nLAST-UPDATED="20260415 09:00";\nSTUB="Variables","Year";\n'
            f'HEADING="Month";\nVALUES("Variables")={listed(flows)};\nVALUES("Year")={listed(years)};\nVALUES("Month")={listed(months)};\n'
            f"DATA=\n{cells};\n").encode()


def bps(**record: object) -> bytes:
    """An answer as others wrote it down, its flag beside its data."""
    shown = {"value": 1015.5, "netweight": 243, "kodehs": "[03] SYNTHETIC", "pod": "BELAWAN", "ctr": "MALAYSIA", "tahun": "2026",
             "bulan": "[02] Februari"} | record
    return json.dumps({"status": "OK", "data-availability": "not-available", "metadata": {}, "data": [shown]}).encode()


@dataclass
class Office:
    """The two that are asked."""

    table: bytes = b""
    asked: int = 0

    def open(self, publishers: Publishers) -> None:
        def goods(query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
            self.asked += 1
            if query.get("key") != "synthetic-key":
                return 200, {"Content_Type": "application/json"}, b'{"status": "Error", "message": "Invalid API Key"}'
            return 200, {"Content_Type": "application/json"}, bps()

        publishers.answer(TABLE, lambda query, headers: (200, {"Content_Type": "application/octet-stream"}, self.table))
        publishers.answer(API, goods)
