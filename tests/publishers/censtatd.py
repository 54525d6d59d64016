"""Hong Kong's Trade-IDDS and the HKMA's interface, simulated, with synthetic figures.

Trade-IDDS leads a question on to an address with a token, leaves nil records out, answers "No record found" as a failure of status 200, and
says that its use is over in the same way; fields are those of the real records, the envelope is what others wrote of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.publishers.server import Publishers

HOST, RATES = "tradeidds.censtatd.gov.hk", "api.hkma.gov.hk"
JSON = {"Content_Type": "application/json; charset=utf-8"}
TYPES = {"1": "Imports", "2": "Domestic Exports", "3": "Re-exports", "4": "Total Exports"}
Answer = tuple[int, Mapping[str, str], bytes]


def record(trade: str, period: str, figure: object, *, co: str = "", cc: str = "", code: str = "", sv: str = "VCm",
           unit: str = "HK$ '000", freq: str = "M") -> dict[str, object]:
    """A synthetic record with the fields of a real one."""
    made: dict[str, object] = {"freq": freq, "period": period, "ttype": int(trade), "ttypeDescEN": TYPES.get(trade, "Other")}
    for name, area in (("co", co), ("cc", cc)):
        if area:
            made |= {name: area, f"{name}DescEN": f"AREA {area}"}
    if code:
        made |= {"codeclass": f"HKHS{len(code)}", "code": code, "codeDescEN": "SYNTHETIC"}
    return made | {"sv": sv, "svDescEN": "Synthetic", "unitEN": unit, "figure": str(figure)}


def answer(records: Sequence[dict[str, object]], count: int | None = None) -> bytes:
    return json.dumps({"header": {"status": {"name": "Success", "code": 0}, "title": "SYNTHETIC",
                                  "count": {"noOfRecords": len(records) if count is None else count}, "tablenote": []},
                       "dataSet": list(records)}).encode()


def message(code: int, said: str) -> bytes:
    return json.dumps({"header": {"status": {"name": "Fail", "code": code, "message": said}}}).encode()


NOTHING = message(1, "No record found")
USED = message(2, "Usage limit reached, please try again later")


@dataclass
class Office:
    """A synthetic Trade-IDDS: its records, and how many questions it answers before its use is over."""

    records: list[dict[str, object]] = field(default_factory=list)
    allowed: int = 1_000
    rates: bytes = b""
    """What the HKMA answers."""

    def open(self, publishers: Publishers) -> None:
        publishers.answer(f"https://{HOST}/api/get", self._led_on)
        publishers.answer(f"https://{HOST}/api/0123456789abcdef/get", self._answer)
        publishers.answer(f"https://{RATES}/public/market-data-and-statistics/monthly-statistical-bulletin/er-ir/er-eeri-periodaverage",
                          lambda query, headers: (200, JSON, self.rates))

    def _led_on(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        asked = "&".join(f"{name}={value}" for name, value in query.items() if name != "/")
        return 302, {"Location": f"https://{HOST}/api/0123456789abcdef/get?{asked}"}, b""

    def _answer(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        self.allowed -= 1
        if self.allowed < 0:
            return 200, JSON, USED
        found = [one for one in self.records if self._fits(one, query)]
        return 200, JSON, answer(found) if found else NOTHING

    @staticmethod
    def _fits(one: Mapping[str, object], query: Mapping[str, str]) -> bool:
        first, _, last = query["period"].partition(",")
        areas = all((query.get(name, "") == "ALL" and name in one) or str(one.get(name, "")) == query.get(name, "")
                    for name in ("co", "cc"))
        return first <= str(one["period"]) <= last and query["ttype"] in (str(one["ttype"]), "ALL") and areas and (
            str(one.get("code", "")) in query.get("code", "").split(","))


def rates(*months: Mapping[str, object], success: bool = True) -> bytes:
    """Averages of months as the HKMA answers them."""
    return json.dumps({"header": {"success": success, "err_code": "0000", "err_msg": "No error found"},
                       "result": {"datasize": len(months), "records": list(months)}}).encode()
