"""What to ask Korea's customs for: flash figures without a key, monthly trade by country and item with one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Wanted
from connectors.months import last_of_month
from connectors.statistics.kcs import flash, keyed
from connectors.statistics.kcs.flash import DAYS10, DAYS20, MONTH
from connectors.statistics.kcs.publisher import LABELS, PUBLISHER
from warehouse.schema.errors import Incomplete, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Credential, Dataset, Document, Post, Refusal, Request, Window

PORTAL = "https://tradedata.go.kr/cts/hmpg/retrieveChartTentativeValues.do"
SERVICE = "https://apis.data.go.kr/1220000"
PATHS = {keyed.COUNTRY: "nationtrade/getNationtradeList", keyed.ITEM: "nitemtrade/getNitemtradeList"}
KEY = Credential("kcs", "https://www.data.go.kr/data/15100475/openapi.do", parameter="serviceKey")
"""The decoded form of the two that the portal gives: what travels is encoded once."""
REFUSALS = (Refusal(200, '"errortype"', Incomplete, "Korea's customs answers with an error of its own instead of figures"),)
"""It comes as HTTP 200. The portal locks out who asks often, so nobody asks again before the next night."""
FIRST = date(2016, 1, 1)
"""Flash figures begin there (others asked for them in one question)."""
CHAPTERS = tuple(f"{chapter:02d}" for chapter in range(1, 98) if chapter != 77)

_DAYS10 = Dataset(
    dataset=DAYS10, publisher=PUBLISHER.publisher, title="Flash figures of the first ten days of the month, by partner",
    table="stats.trade", account="reported", chain=DAYS10, chain_rank=0, revision_mode="overwrite", partner_scope="selected",
    licence=PUBLISHER.licence, may_redistribute=False, attribution=PUBLISHER.attribution,
    page_url="https://tradedata.go.kr/cts/index.do", tz=PUBLISHER.tz,
    release_time="09:00", cadence="monthly, on the 11th", expected_lag_days=1, periods="first_ten_days", missing_means="not_observed",
    import_partner="origin", export_partner="destination", revision_band_pct=1.0, floor_rows=1, language="ko",
    citation=f"{PUBLISHER.attribution}, flash figures",
    verified="answers of September and October 2026 that others recorded were read; not asked by us",
)
_DAYS20 = replace(_DAYS10, dataset=DAYS20, chain=DAYS20, title="Flash figures of the first twenty days of the month, by partner",
                  periods="first_twenty_days", cadence="monthly, on the 21st")
_MONTH = replace(_DAYS10, dataset=MONTH, chain="kcs.country", chain_rank=0, title="Flash figures of the month, by partner", periods="month",
                 cadence="monthly, on the 1st of the next month")
_COUNTRY = replace(
    _DAYS10, dataset=keyed.COUNTRY, chain="kcs.country", chain_rank=1, title="Exports and imports by country", periods="month",
    partner_scope="all", cadence="monthly, about the 15th of the next month", release_time="", expected_lag_days=15, credential=KEY,
    page_url="https://www.data.go.kr/data/15101612/openapi.do", citation=f"{PUBLISHER.attribution}, data.go.kr",
    floor_rows=50, floor_partners=20,
    verified="its fields as others' programs have them; no answer was seen, and not asked by us")
_ITEM = replace(_COUNTRY, dataset=keyed.ITEM, chain=keyed.ITEM, title="Exports and imports by country and item of the HS",
                page_url=KEY.where, floor_rows=1, floor_partners=0,
                verified="a few items as others' tests quote them; no whole answer was seen, and not asked by us")


class Kcs(Connector):
    """Connector of Korea's customs: two questions a night to the portal, which locks out who asks often; the rest for a key."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 46
    parser_version = 3
    datasets = (_DAYS10, _DAYS20, _MONTH, _COUNTRY, _ITEM)
    areas = LABELS
    past = MONTH
    calls_a_day = 500
    """The key's allowance is 10,000; the portal is asked twice."""

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """The two flash questions, which answer for all windows; for a key the last three months, or the window's by years."""
        today = wanted.known.now.astimezone(ZoneInfo(PUBLISHER.tz)).date()
        first = next((dataset for dataset in flash.DATASETS if dataset in wanted.datasets), None)
        since = max(wanted.window.first or _before(today), FIRST)
        until = min(wanted.window.last or today, today)
        if first and since <= until:
            for flow in "EI":
                what = "exports" if flow == "E" else "imports"
                yield Ask(_flash(first, flow, since, until), partition=f"{what} {since:%Y-%m} to {until:%Y-%m}")
        for dataset in (name for name in PATHS if name in wanted.datasets):
            for begins, ends in _years(wanted.window, today):
                for chapter in CHAPTERS if dataset == keyed.ITEM else ("",):
                    yield Ask(_keyed(dataset, begins, ends, chapter), priority=1 + today.year - ends.year, context="keyed",
                              partition=f"{begins:%Y-%m} to {ends:%Y-%m}{chapter and f', chapter {chapter}'}")

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """Nothing; an answer of data.go.kr that is an error with HTTP 200 is one."""
        error = answer if isinstance(answer, PublisherError) else keyed.refusal(answer) if ask.context == "keyed" else None
        if error:
            raise error
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By content. Raises NotReadable for errors that came as answers and for other tables of theirs."""
        return flash.recognised(head) or keyed.recognised(head)

    def parse(self, document: Document, out: Sink) -> None:
        """Of a flash answer a batch for each window, each of its own dataset; of the key's answers one."""
        if document.dataset in flash.DATASETS:
            for batch in flash.read(document):
                out.put(batch)
        elif document.dataset in PATHS:
            out.put(keyed.read(document, complete=_complete(document)))
        else:
            raise SchemaDrift("the connector of Korea's customs reads no such dataset", dataset=document.dataset, url=document.fetch.url)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return flash.read_cell(document, locator) if document.dataset in flash.DATASETS else keyed.read_cell(document, locator)


def _before(today: date) -> date:
    """The first day of the month before."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def _flash(dataset: str, flow: str, first: date, last: date) -> Request:
    return Request(
        url=PORTAL, dataset=dataset, accept="application/json, */*", landmarks=('"itemUsdAmt1"',), refusals=REFUSALS,
        max_bytes=32 * 1024 * 1024,
        headers={"X-Requested-With": "XMLHttpRequest", "isAjax": "true"},
        post=Post.form({"menuId": "ETS_MNU_00000134", "statsKind": flash.BY_COUNTRY, "imexTpcd": flow, "priodKind": "MON",
                        "priodFr": f"{first:%Y%m}", "priodTo": f"{last:%Y%m}", "priodDate": "", "selectPaging": "1",
                        "showPagingLine": "100", "sortColumn": "", "sortOrder": ""}))


def _years(window: Window, today: date) -> Iterator[tuple[date, date]]:
    """Spans of at most twelve months, newest first: the last three months that can be out, or those of a window, each within a year."""
    newest = _before(today)
    if window.first is None and window.last is None:
        oldest = _before(_before(newest))
        spans = [(oldest, newest)]
    else:
        first, last = max(window.first or FIRST, date(2000, 1, 1)).replace(day=1), min(window.last or newest, newest).replace(day=1)
        spans = [(max(first, date(year, 1, 1)), min(last, date(year, 12, 1))) for year in range(first.year, last.year + 1)]
    yield from (span for span in reversed(spans) if span[0] <= span[1])


def _keyed(dataset: str, first: date, last: date, chapter: str) -> Request:
    return Request(url=f"{SERVICE}/{PATHS[dataset]}?strtYymm={first:%Y%m}&endYymm={last:%Y%m}{chapter and f'&hsSgn={chapter}'}",
                   dataset=dataset, credential=KEY, landmarks=("<resultCode>", "<OpenAPI_ServiceResponse"), max_bytes=128 * 1024 * 1024)


def _complete(document: Document) -> dict[str, tuple[date, ...]] | None:
    """The months that an answer by country to a question of ours has; None for a file, and by item, where the depth of the answer is not
    known."""
    url = document.fetch.url
    if document.dataset != keyed.COUNTRY or not url.startswith(SERVICE) or document.fetch.part:
        return None
    asked = parse_qs(urlsplit(url).query)
    first, last = (asked.get(name, [""])[0] for name in ("strtYymm", "endYymm"))
    if not all(re.fullmatch(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])", month) for month in (first, last)):
        return None
    months, month = [], date(int(first[:4]), int(first[4:]), 1)
    while f"{month:%Y%m}" <= last:
        months.append(last_of_month(month))
        month = months[-1] + timedelta(days=1)
    return {"period_end": tuple(months)}
