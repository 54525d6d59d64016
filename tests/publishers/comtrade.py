"""UN Comtrade, simulated: recorded exchanges as they were, and an office of synthetic figures that answers questions as the API does.

The office knows what others recorded of the API on 2026-10-23: hidden parts beside totals unless they are pinned out, an answer that is
cut at its cap without a word, twelve periods a call, nothing for what does not exist, a 500 that is for ever, and keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.publishers.faults import Fault
from tests.publishers.server import Publishers

HOST = "comtradeapi.un.org"
API = f"https://{HOST}"
KEY = "synthetic-comtrade-key"
Answer = tuple[int, Mapping[str, str], bytes]
JSON = {"Content_Type": "application/json; charset=utf-8"}


@dataclass(frozen=True)
class Exchange:
    """One recorded exchange."""

    name: str
    url: str
    status: int
    body: bytes


def recorded(folder: Path) -> list[Exchange]:
    """All that there are."""
    found = []
    for file in sorted(folder.glob("*/*.json")):
        said = json.loads(file.read_bytes())
        found.append(Exchange(f"{file.parent.name}/{file.stem}", said["request"]["url"], said["response"]["status"],
                              said["response"]["body"].encode()))
    return found


def serve(publishers: Publishers, exchange: Exchange) -> None:
    """Answer one recorded question as it was answered; of one that was put several times, as the last time."""
    publishers.serve(exchange.url, exchange.body, "application/json")
    if exchange.status != 200:
        publishers.mend(exchange.url)
        publishers.fault(exchange.url, Fault.status(exchange.status, exchange.body, Content_Type="application/json"))


def record(reporter: int, partner: int, flow: str, period: str, product: str, value: float, *, edition: str = "H6",
           **others: Any) -> dict[str, Any]:
    """A synthetic record with all fields of a real one."""
    monthly, cif = len(period) == 6, flow in ("M", "RM")
    return {
        "typeCode": "C", "freqCode": "M" if monthly else "A", "refPeriodId": int(period[:4] + (period[4:] or "01") + "01"),
        "refYear": int(period[:4]), "refMonth": int(period[4:] or 52), "period": period, "reporterCode": reporter, "reporterISO": None,
        "reporterDesc": None, "flowCode": flow, "flowDesc": None, "partnerCode": partner, "partnerISO": None, "partnerDesc": None,
        "partner2Code": 0, "partner2ISO": None, "partner2Desc": None, "classificationCode": edition, "classificationSearchCode": "HS",
        "isOriginalClassification": True, "cmdCode": product, "cmdDesc": None, "aggrLevel": None, "isLeaf": None, "customsCode": "C00",
        "customsDesc": None, "mosCode": "0", "motCode": 0, "motDesc": None, "qtyUnitCode": -1, "qtyUnitAbbr": None, "qty": 0.0,
        "isQtyEstimated": False, "altQtyUnitCode": -1, "altQtyUnitAbbr": None, "altQty": 0.0, "isAltQtyEstimated": False, "netWgt": 0.0,
        "isNetWgtEstimated": True, "grossWgt": 0.0, "isGrossWgtEstimated": False, "cifvalue": value if cif else None,
        "fobvalue": None if cif else value, "primaryValue": value, "legacyEstimationFlag": 4, "isReported": False, "isAggregate": True,
        **others}


@dataclass
class Office:
    """A synthetic Comtrade: what it has, when it was released, how much it gives at once."""

    records: list[dict[str, Any]] = field(default_factory=list)
    released: dict[tuple[int, str], tuple[str, int]] = field(default_factory=dict)
    """Reporter and period → time of release and checksum."""
    cap: int = 100_000
    preview_cap: int = 500
    allowed: int = 500
    """Calls with the key before its quota is used."""
    calls: int = 0

    def put(self, *records: dict[str, Any], at: str = "2026-04-07T08:24:25.7933333", checksum: int = -403675329) -> None:
        """Release records: those of the same key are overwritten."""
        keys = [self._key(each) for each in records]
        self.records = [each for each in self.records if self._key(each) not in keys] + list(records)
        for each in records:
            self.released[each["reporterCode"], each["period"]] = (at, checksum)

    @staticmethod
    def _key(one: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(one[name] for name in ("reporterCode", "partnerCode", "partner2Code", "flowCode", "period", "cmdCode", "motCode",
                                            "customsCode"))

    def open(self, publishers: Publishers) -> None:
        """Answer from now on."""
        for frequency in "AM":
            def figures(query: Mapping[str, str], headers: Mapping[str, str], frequency: str = frequency) -> Answer:
                return self._with_key(headers) or self._figures(query, frequency, self.cap)

            def preview(query: Mapping[str, str], headers: Mapping[str, str], frequency: str = frequency) -> Answer:
                if "," in query.get("period", "") or "," in query.get("cmdCode", ""):
                    return self._refused("Maximum 1 period and 1 commodity code for preview")
                return self._figures(query, frequency, self.preview_cap)

            def released(query: Mapping[str, str], headers: Mapping[str, str], frequency: str = frequency) -> Answer:
                return self._with_key(headers) or self._said(list(self._lists(query, frequency)))

            publishers.answer(f"{API}/data/v1/get/C/{frequency}/HS", figures)
            publishers.answer(f"{API}/data/v1/getDa/C/{frequency}/HS", released)
            publishers.answer(f"{API}/public/v1/preview/C/{frequency}/HS", preview)
        publishers.answer(f"{API}/public/v1/getComtradeReleases", lambda query, headers: self._said([
            {"reporterCode": reporter, "flagCode": "XX", "datasetDesc": f"Some Reporter C{'A' if len(period) == 4 else 'M'} {period}",
             "nr": "N", "dateRelease": at[:10] + "T00:00:00"} for (reporter, period), (at, _) in self.released.items()]))

    def _with_key(self, headers: Mapping[str, str]) -> Answer | None:
        if headers.get("ocp-apim-subscription-key") != KEY:
            return 401, JSON, (b'{ "statusCode": 401, "message": "Access denied due to invalid subscription key. Make sure to provide a '
                               b'valid key for an active subscription." }')
        self.calls += 1
        if self.calls > self.allowed:
            return 403, JSON, b'{ "statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 05:12:33." }'
        return None

    def _figures(self, query: Mapping[str, str], frequency: str, cap: int) -> Answer:
        periods = query["period"].split(",")
        if len(periods) > 12:
            return self._refused("Maximum number of periods is 12")
        found = [each for each in self.records if each["freqCode"] == frequency and each["period"] in periods and self._wanted(each, query)]
        return self._said(found[:min(cap, int(query.get("maxRecords", cap)))])

    @staticmethod
    def _wanted(one: Mapping[str, Any], query: Mapping[str, str]) -> bool:
        for name in ("reporterCode", "partnerCode", "partner2Code", "flowCode", "customsCode", "motCode"):
            if name in query and str(one[name]) not in query[name].split(","):
                return False
        product = one["cmdCode"]
        return any(product == code or (code.startswith("AG") and product.isdigit() and len(product) == int(code[2:]))
                   or re.fullmatch(code.replace("?", "."), product) for code in query["cmdCode"].split(","))

    def _lists(self, query: Mapping[str, str], frequency: str) -> Iterator[dict[str, Any]]:
        for (reporter, period), (at, checksum) in sorted(self.released.items()):
            wanted = (str(reporter) in query["reporterCode"].split(",") and len(period) == (4 if frequency == "A" else 6)
                      and period in query.get("period", period).split(",") and at >= query.get("publishedDateFrom", ""))
            if wanted:
                yield {"datasetCode": int(f"20{reporter:03}{period}012100"), "typeCode": "C", "freqCode": frequency, "period": int(period),
                       "reporterCode": reporter, "reporterISO": "XXX", "reporterDesc": "Some Reporter", "classificationCode": "H6",
                       "classificationSearchCode": "HS", "isOriginalClassification": True, "totalRecords": 1000,
                       "datasetChecksum": checksum, "firstReleased": at, "lastReleased": at}

    @staticmethod
    def _said(found: list[dict[str, Any]]) -> Answer:
        return 200, JSON, json.dumps({"elapsedTime": "0.10 secs", "count": len(found), "data": found, "error": ""}).encode()

    @staticmethod
    def _refused(said: str) -> Answer:
        return 400, JSON, json.dumps({"error": said, "details": None}).encode()
