"""What to ask the Census Bureau for: all goods and chapters by country, items of China and Malaysia, for a key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Wanted
from connectors.months import last_of_month
from connectors.statistics.uscensus import answers, dataweb
from connectors.statistics.uscensus.publisher import LABELS, PUBLISHER
from warehouse.schema.errors import Forbidden, KeyRefused, NotFound, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Credential, Dataset, Document, Refusal, Request, Value, Window

API = "https://api.census.gov/data/timeseries/intltrade"
KEY = Credential("uscensus", "https://api.census.gov/data/key_signup.html", parameter="key")
FLOWS = {"exports": "CTY_CODE,CTY_NAME,ALL_VAL_MO,QTY_1_MO,UNIT_QY1,SUMMARY_LVL",
         "imports": "CTY_CODE,CTY_NAME,GEN_VAL_MO,GEN_QY1_MO,UNIT_QY1,SUMMARY_LVL"}
"""Variables that others saw answered."""
COMMODITY = {"exports": "E_COMMODITY", "imports": "I_COMMODITY"}
ITEMS_OF = ("5700", "5570")
"""China and Malaysia: of them items of six digits are asked for; of all countries they are a hundred times as much."""
FIRST = date(2013, 1, 1)
OUT_AFTER = timedelta(days=30)
"""Days after a month's end before which nobody looks for it: it appears after 35 to 40."""
NO_ROW = "the Census has no row for this question"
REFUSALS = (
    Refusal(204, "", NotFound, NO_ROW),
    Refusal(400, "unknown variable", SchemaDrift, "the Census knows one of the variables no more"),
    Refusal(400, "key", KeyRefused, "the Census does not take the key"),
    Refusal(400, "", Forbidden, "the Census does not take this question"),
)

_HS = Dataset(
    dataset=answers.DATASET, publisher=PUBLISHER.publisher, title="Exports and imports by country and item of the HS", table="stats.trade",
    account="reported", chain=answers.DATASET, chain_rank=0, revision_mode="overwrite", partner_scope="all", licence=PUBLISHER.licence,
    may_redistribute=True, attribution=PUBLISHER.attribution,
    page_url="https://www.census.gov/data/developers/data-sets/international-trade.html",
    tz=PUBLISHER.tz, cadence="monthly, 35 to 40 days after the month; all of last year anew in June", expected_lag_days=38, grace_days=10,
    import_partner="origin", export_partner="destination", trade_system="general", missing_means="zero", credential=KEY,
    citation=f"{PUBLISHER.attribution}, international trade by HS",
    verified="answers of August 2026 that others recorded were read; not asked by us")
_DATAWEB = replace(
    _HS, dataset=dataweb.DATASET, chain=dataweb.DATASET, title="USITC DataWeb: first unit of quantity of general imports, by country",
    table="stats.indicator", attribution="Source: USITC DataWeb, U.S. Census Bureau", page_url="https://dataweb.usitc.gov/",
    cadence="files that people bring", periods="irregular", expected_lag_days=None, missing_means="not_observed", credential=None,
    citation="USITC DataWeb", verified="a question and its answer that others saved were read; nobody is asked")


class UsCensus(Connector):
    """Connector of the Census API, which answers nobody without a key since 12 May 2026; saved queries of DataWeb are imported."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 47
    parser_version = 4
    datasets = (_HS, _DATAWEB)
    areas = LABELS
    past = answers.DATASET
    calls_a_day = 500

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """Of each month three questions a flow, newest month first: all goods, chapters, and items of China and Malaysia."""
        today = wanted.known.now.astimezone(ZoneInfo(PUBLISHER.tz)).date()
        if answers.DATASET not in wanted.datasets:
            return
        for month in _months(wanted.window, today):
            for flow in FLOWS:
                goods = f",{COMMODITY[flow]}&COMM_LVL"
                items = f"{goods}=HS6" + "".join(f"&CTY_CODE={code}" for code in ITEMS_OF)
                for what, asked in (("all goods", ""), ("chapters", f"{goods}=HS2"), ("items of China and Malaysia", items)):
                    yield Ask(_request(flow, month, asked), partition=f"{flow} {month:%Y-%m}, {what}", priority=today.year - month.year)

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """Nothing. A 204 says that there is no row: of a month that is not out, and no error."""
        if isinstance(answer, PublisherError) and not (isinstance(answer, NotFound) and NO_ROW in answer.said):
            raise answer
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By content. Raises NotReadable for errors and other tables."""
        return answers.recognised(head) or dataweb.recognised(head)

    def parse(self, document: Document, out: Sink) -> None:
        """One batch. An answer to a question of ours is complete for what was asked; a file, and a saved query, for nothing."""
        if document.dataset == answers.DATASET:
            out.put(answers.read(document, complete=_complete(document)))
        elif document.dataset == dataweb.DATASET:
            out.put(dataweb.read(document))
        else:
            raise SchemaDrift("the connector of the Census reads no such dataset", dataset=document.dataset, url=document.fetch.url)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return dataweb.read_cell(document, locator) if document.dataset == dataweb.DATASET else answers.read_cell(document, locator)


def _months(window: Window, today: date) -> Iterator[date]:
    """First days of the months asked for, newest first: those of the window, else the last three that can be out."""
    month = today.replace(day=1)
    oldest = window.first.replace(day=1) if window.first else None
    count = 0
    while month >= max(oldest or FIRST, FIRST) and (oldest or window.last or count < 3):
        if last_of_month(month) + OUT_AFTER <= today and month <= (window.last or today):
            count += 1
            yield month
        month = (month - timedelta(days=1)).replace(day=1)


def _request(flow: str, month: date, asked: str) -> Request:
    return Request(url=f"{API}/{flow}/hs?get={FLOWS[flow]}{asked}&YEAR={month:%Y}&MONTH={month:%m}", dataset=answers.DATASET,
                   credential=KEY, accept="application/json", content_types=("application/json",), landmarks=('"CTY_CODE"',),
                   max_bytes=answers.MOST, refusals=REFUSALS)


def _complete(document: Document) -> dict[str, tuple[Value, ...]] | None:
    """What an answer to a question of ours is complete for: its flow, month, and level of goods; of items, the countries asked for."""
    url = document.fetch.url
    found = re.fullmatch(r"/data/timeseries/intltrade/(exports|imports)/hs", urlsplit(url).path)
    asked = parse_qs(urlsplit(url).query)
    year, month = (asked.get(name, [""])[0] for name in ("YEAR", "MONTH"))
    if not url.startswith(API) or not found or document.fetch.part or not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", f"{year}-{month}"):
        return None
    first = date(int(year), int(month), 1)
    level = {"": 0, "HS2": 2, "HS4": 4, "HS6": 6, "HS10": 10}.get(asked.get("COMM_LVL", [""])[0])
    partners = [LABELS.area_of(code, first) for code in asked.get("CTY_CODE", [])]
    if level is None or None in partners:
        return None
    return {"flow": (found[1].removesuffix("s"),), "period_end": (last_of_month(first),), "product_level": (level,),
            **({"partner": tuple(partners)} if partners else {})}
