"""Korea's customs, simulated, with synthetic figures in the forms of the recorded answers: flash figures of three windows, 0 where one is
not out; an error that comes as HTTP 200; the keyed service, which answers 99 without a key that it knows and for more than a year."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from connectors.contract import NothingKnown, Wanted
from connectors.statistics.kcs import CONNECTOR
from connectors.statistics.kcs.connector import PATHS, SERVICE
from connectors.statistics.kcs.keyed import COUNTRY
from tests.publishers.server import Publishers
from warehouse.schema.travel import Window

Answer = tuple[int, Mapping[str, str], bytes]
Windows = tuple[int, int, int]
KEY = "synthetic-key"
ERROR = json.dumps({"errortype": "KcsRuntimeException", "message": "오류가 발생했습니다.", "error": "true"}, ensure_ascii=False).encode()
EXPORTS: Mapping[str, Windows] = {"중국": (700, 1600, 2600), "미국": (650, 1400, 2400), "말레이시아": (70, 150, 310),
                                  "유럽연합": (220, 530, 860)}
IMPORTS: Mapping[str, Windows] = {"중국": (690, 1300, 1900), "말레이시아": (50, 100, 170)}


def record(month: str, name: str, windows: Windows, *, total: bool = False) -> dict[str, object]:
    """A record with its empty fields, some of those that real ones have."""
    title = f"{month[:4]}년 {month[4:]}월" if total else name
    return {"curPage": 1, "searchWord": None, "uprId": "" if total else month, "curTitle": title, "lwprId": month if total else "",
            "imexTpcd": "", "selChartList": [], "itemUsdAmt00": "",
            **{f"itemUsdAmt{at}": str(value) for at, value in enumerate(windows, 1)}}


def flash(months: Mapping[str, tuple[Windows, Mapping[str, Windows]]]) -> bytes:
    """Totals of all months first, then their partners, as the portal answers."""
    items = [record(month, "", total, total=True) for month, (total, _) in months.items()]
    items += [record(month, name, windows) for month, (_, partners) in months.items() for name, windows in partners.items()]
    return json.dumps({"items": items}, ensure_ascii=False, separators=(",", ":")).encode()


def item(year: str, code: str, name: str, exports: int, imports: int, *, hs: str = "") -> str:
    product = f"<hsCd>{hs}</hsCd><statKor>품목</statKor><expWgt>{exports // 10}</expWgt><impWgt>{imports // 10}</impWgt>" if hs else \
        "<expCnt>1</expCnt><impCnt>1</impCnt>"
    return (f"<item><balPayments>{exports - imports}</balPayments><expDlr>{exports}</expDlr><impDlr>{imports}</impDlr>{product}"
            f"<statCd>{code}</statCd><statCdCntnKor1>{name}</statCdCntnKor1><year>{year}</year></item>")


def service(*items: str, code: str = "00", said: str = "정상서비스.", total: int | None = None) -> bytes:
    count = "" if total is None else f"<totalCount>{total}</totalCount>"
    return (f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><response><header><resultCode>{code}</resultCode><resultMsg>{said}'
            f"</resultMsg></header><body><items>{''.join(items)}</items>{count}</body></response>").encode()


@dataclass
class Office:
    """A synthetic office on a day."""

    now: datetime = datetime(2026, 9, 15, 2, tzinfo=UTC)
    exports: dict[str, tuple[Windows, Mapping[str, Windows]]] = field(default_factory=lambda: {
        "202608": ((21000, 55000, 98000), EXPORTS),
        "202609": ((35000, 0, 0), {name: (one, 0, 0) for name, (one, _, _) in EXPORTS.items()})})
    imports: dict[str, tuple[Windows, Mapping[str, Windows]]] = field(default_factory=lambda: {"202608": ((19000, 41000, 63000), IMPORTS)})
    failing: bool = False
    """The portal answers every question with its error."""
    months: tuple[str, ...] = ("2026.06", "2026.07", "2026.08")
    partners: tuple[str, ...] = ("CN", "US", "MY", "JP", "VN", "TW", "HK", "SG", "IN", "DE", "AU", "TH", "ID", "PH", "GB", "FR", "IT", "ES",
                                 "NL", "BR", "MX", "CA", "PL", "TR", "SA", "AE")

    def open(self, publishers: Publishers) -> None:
        names = [each.dataset for each in CONNECTOR.datasets]
        for ask in CONNECTOR.plan(Wanted(names, Window(), NothingKnown(self.now))):
            if ask.request.post is not None:
                body = flash(self.exports if b"imexTpcd=E" in ask.request.post.body else self.imports)
                publishers.serve(ask.request.url, ERROR if self.failing else body, "application/json", post=ask.request.post)
        for dataset, path in PATHS.items():
            def answer(query: Mapping[str, str], headers: Mapping[str, str], dataset: str = dataset) -> Answer:
                return 200, {"Content_Type": "application/xml"}, self._keyed(dataset, query)

            publishers.answer(f"{SERVICE}/{path}", answer)

    def _keyed(self, dataset: str, query: Mapping[str, str]) -> bytes:
        first, last = query["strtYymm"], query["endYymm"]
        if query.get("serviceKey") != KEY:
            return service(code="99", said="SERVICE KEY IS NOT REGISTERED ERROR.")
        if (int(last[:4]) - int(first[:4])) * 12 + int(last[4:]) - int(first[4:]) > 11:
            return service(code="99", said="조회기간은 1년이내 기간만 가능합니다.")
        months = [month for month in self.months if first <= month.replace(".", "") <= last]
        chapter = query.get("hsSgn", "")
        if chapter not in ("", "85"):
            return service(total=0)
        rows = [item(month, code, code, 1000 * (at + 2), 900 * (at + 1), hs=f"{chapter}4231" if chapter else "")
                for month in months for at, code in enumerate(self.partners if dataset == COUNTRY else self.partners[:3])]
        return service(item("총계", "-", "-", 9, 9, hs="-" if chapter else ""), *rows)
