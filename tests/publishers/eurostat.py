"""Eurostat's Comext, simulated: monthly bulk files in 7z, a web page for a month that is not out, SDMX tables, refusals and tickets.

All figures are synthetic. What the simulator knows of the real service is what others saw of it (docs/publishers/eurostat.md).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

import py7zr

from tests.publishers.server import Publishers

HOST = "ec.europa.eu"
FILES = f"https://{HOST}/eurostat/api/dissemination/files"
TABLES = f"https://{HOST}/eurostat/api/comext/dissemination/sdmx/2.1/data/"
HEADER = ("REPORTER,PARTNER,TRADE_TYPE,PRODUCT_NC,PRODUCT_SITC,PRODUCT_CPA21,PRODUCT_CPA22,PRODUCT_BEC,PRODUCT_BEC5,PRODUCT_SECTION,FLOW,"
          "STAT_PROCEDURE,SUPPL_UNIT,PERIOD,VALUE_EUR,VALUE_NAC,QUANTITY_KG,QUANTITY_SUPPL_UNIT")
NOT_YET = b"<!DOCTYPE html>\n<html><head><title>Database - Eurostat</title></head><body><div id='app'></div></body></html>"
"""What stands where a month is not published, with status 200."""
TOO_BIG = (b'<?xml version="1.0" encoding="UTF-8"?><S:Fault xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><faultcode>413</faultcode>'
           b"<faultstring>EXTRACTION_TOO_BIG: The requested extraction is too big, estimated 9000000 rows, max authorised is 5000000"
           b"</faultstring></S:Fault>")
TICKET = (b'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>'
          b"<syncResponse><queued><id>00000000-synthetic</id><status>SUBMITTED</status></queued></syncResponse></env:Body></env:Envelope>")
XML = {"Content_Type": "application/xml"}
Answer = tuple[int, Mapping[str, str], bytes]


def line(reporter: str, partner: str, product: str, flow: str, period: str, value: float | str, kg: float | str = 0, *,
         procedure: str = "1", kind: str = "E", unit: str = "NO_SU", amount: float | str = 0, sitc: str = "00000") -> str:
    """A synthetic line of a bulk file."""
    return (f"{reporter},{partner},{kind},{product},{sitc},0000,0000,000,000000,00,{flow},{procedure},{unit},{period},{value},{value},{kg},"
            f"{amount}")


def bulk(*lines: str, header: str = HEADER) -> bytes:
    """The table of a bulk file."""
    return "\n".join((header, *lines, "")).encode()


def packed(table: bytes, name: str = "full_v2_synthetic.dat") -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", filters=[{"id": py7zr.FILTER_LZMA2, "preset": 0}]) as archive:
        archive.writestr(table, name)
    return out.getvalue()


def message(*observations: tuple[str, str, str, str, str, str, object], table: str = "DS-045409", freq: str = "M",
            updated: str = "13/11/26 11:00:00") -> bytes:
    """SDMX-CSV of (reporter, partner, product, flow, indicator, period, value), with CRLF as Eurostat has it."""
    lines = ["DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE"]
    lines += [f"ESTAT:{table}(1.0),{updated},{freq},{','.join(each[:5])},{each[5]},{each[6]}" for each in observations]
    return "\r\n".join((*lines, "")).encode()


@dataclass
class Office:
    """A synthetic Comext: the bulk files that are out, and the observations of its table."""

    files: dict[str, bytes] = field(default_factory=dict)
    """``202601`` → the packed file."""
    observations: list[tuple[str, str, str, str, str, str, object]] = field(default_factory=list)
    too_big: int = 0
    """Products or months that a question may have; 0 for any number."""
    ticket: bool = False
    """Questions that are too large are put into the queue instead of refused."""

    def put(self, month: str, lines: Iterable[str]) -> None:
        self.files[month] = packed(bulk(*lines), f"full_v2_{month}.dat")

    def open(self, publishers: Publishers) -> None:
        """Answer from now on."""
        publishers.answer(FILES, self._file)
        publishers.answer(TABLES, self._table)

    def _file(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        month = query.get("file", "").rpartition("full_v2_")[2].removesuffix(".7z")
        if month not in self.files:
            return 200, {"Content_Type": "text/html;charset=UTF-8"}, NOT_YET
        return 200, {"Content_Type": "application/octet-stream",
                     "Content_Disposition": f"attachment; filename=full_v2_{month}.7z"}, self.files[month]

    def _table(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        table, _, key = unquote(query["/"]).partition("/")
        reporters, partners, products, flows, indicators = (part.split("+") if part else [] for part in key.split(".")[1:])
        months = int(query["endPeriod"][:4]) * 12 + int(query["endPeriod"][5:]) - int(query["startPeriod"][:4]) * 12 - int(
            query["startPeriod"][5:]) + 1
        if self.too_big and months * len(products) > self.too_big:
            return (200, XML, TICKET) if self.ticket else (413, XML, TOO_BIG)
        found = [each for each in self.observations if each[0] in reporters and (not partners or each[1] in partners)
                 and each[2] in products and each[3] in flows and each[4] in indicators
                 and query["startPeriod"] <= each[5] <= query["endPeriod"]]
        if not found:
            return 404, XML, b"<?xml version='1.0'?><error>No results found</error>"
        return 200, {"Content_Type": "application/vnd.sdmx.data+csv"}, message(*found, table=table)
