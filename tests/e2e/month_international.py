"""December 2026 at the international publishers, at Bank Negara, in the news, and what ``month_of_all`` has of GACC, DOSM and the ECB
beyond the first month: what is out at which moment, and what goes wrong. All figures and texts are synthetic.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO

import openpyxl

from connectors.statistics.ecb.connector import QUOTES
from connectors.statistics.worldbank.connector import API as BANK
from connectors.statistics.worldbank.connector import AREAS
from connectors.statistics.worldbank.indicators import SERIES
from tests.connectors.synthetic_gacc import synthetic_index
from tests.connectors.test_bnm import FILE as RINGGIT
from tests.connectors.test_bnm import synthetic_file
from tests.connectors.test_ecb import synthetic_answer
from tests.connectors.test_feeds import feed
from tests.connectors.test_gacc_commodities import FIRST, major, regimes
from tests.e2e.pages import CNY, INDEX, MONTHS, gacc_url
from tests.e2e.test_every_publisher import BULLETIN, BULLETINS
from tests.flows.month import bulletin_url, kl
from tests.publishers import Fault, Publishers, cepii, comtrade, eurostat, imf, oecd, worldbank

MONTHLY_RATES = f"https://data-api.ecb.europa.eu/service/data/EXR/M.{'+'.join(QUOTES)}.EUR.SP00.A"
REGIMES = "(17) Export of Selected Commodities by Major Customs Regimes"
WORKBOOKS = "https://storage.dosm.gov.my/trade/trade_2026-{:02}.xlsx"
CHINA, MALAYSIA = 156, 458
REFUSED = [f"{BANK}/{';'.join(area.lower() for area in AREAS)}/indicator/{series}" for series in SERIES]
NEWS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "https://www.freemalaysiatoday.com/category/business/feed/": ("fmt", ("11-27", "12-02", "12-09", "12-20")),
    "https://www.channelnewsasia.com/api/v1/rss-outbound-feed?_format=xml&category=6936": ("cna", ("11-14", "12-18")),
    "https://e.vnexpress.net/rss/business.rss": ("vnexpress", ("11-28", "12-12")),
    "https://www.bworldonline.com/feed/": ("businessworld", ("11-25", "12-05"))}
"""Feed → name, and the days on which an article appears in it, 10:00 UTC."""
EDITED = ("fmt", "12-09")
"""An article that is worded anew a day later."""


def utc(text: str) -> datetime:
    """``12-10 15:00``."""
    return datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}:00+00:00")


def comtrade_of(now: datetime) -> comtrade.Office:
    """Malaysia's 2025 on the 15th, its July on the 29th; the day's calls are used after three on the night of the 16th."""
    made, record = comtrade.Office(), comtrade.record
    for reporter, partner in ((CHINA, MALAYSIA), (MALAYSIA, CHINA)):
        made.put(*(record(reporter, to, flow, "2024", "TOTAL", value) for to, value in ((partner, 1_000.0), (0, 9_000.0)) for flow in "XM"),
                 *(record(reporter, partner, flow, "2024", "85", 700.0) for flow in "XM"), at="2025-06-02T08:00:00.0000000")
    months = [("202606", "11-20 08:00"), *([("202607", "12-29 08:00")] if now >= utc("12-29 08:00") else [])]
    for month, at in months:
        made.put(*(record(MALAYSIA, CHINA, flow, month, product, value) for flow in "XM"
                   for product, value in (("TOTAL", 90.0), ("85", 60.0))), at=f"2026-{at.replace(' ', 'T')}:00.0000000")
    if now >= utc("12-15 10:00"):
        made.put(*(record(MALAYSIA, CHINA, flow, "2025", product, value) for flow in "XM"
                   for product, value in (("TOTAL", 1_100.0), ("85", 800.0))), at="2026-12-15T10:00:00.0000000")
    if utc("12-15 12:00") <= now < utc("12-16 12:00"):
        made.allowed = 3
    return made


def imf_of(now: datetime) -> imf.Office:
    """July, and a revision of 2025, on 10 December; November's rate of the dong on the 3rd."""
    made, later = imf.Office(), now >= utc("12-10 15:00")
    for country, partner in (("MYS", "CHN"), ("CHN", "MYS")):
        for flow in ("XG_FOB_USD", "MG_CIF_USD", *(["MG_FOB_USD"] if country == "MYS" else [])):
            made.put("IMTS", f"{country}.{flow}.{partner}.M", y2026M05="4000000000", y2026M06="4100000000",
                     **({"y2026M07": "4200000000"} if later else {}))
            if flow != "MG_FOB_USD":
                made.put("IMTS", f"{country}.{flow}.{partner}.Q", y2026Q1="12000000000", y2026Q2="12100000000")
                made.put("IMTS", f"{country}.{flow}.{partner}.A", y2024="45000000000", y2025="48500000000" if later else "48000000000")
    for month in range(1, 12 if now >= utc("12-03 15:00") else 11):
        made.put("ER", "VNM.XDC_USD.PA_RT.M", **{f"y2026M{month:02}": str(25_000 + month)})
    return made


def comext_of(now: datetime) -> eurostat.Office:
    """October in the table on the 16th at 11:00 in Luxembourg, its bulk file a day later than announced."""
    made, line = eurostat.Office(), eurostat.line
    out = [8, 9, *([10] if now >= utc("12-17 12:00") else [])]
    for month in out:
        made.put(f"2026{month:02}", [line("DE", partner, "000TOTAL", flow, f"2026{month:02}", value, 5) for flow in "12"
                                     for partner, value in (("CN", 700 + month), ("MY", 90 + month))])
    for month in (8, 9, *([10] if now >= utc("12-16 10:00") else [])):
        made.observations += [("EU27_2020", partner, product, flow, "VALUE_IN_EUROS", f"2026-{month:02}", value + month)
                              for partner in ("CN", "MY", "WORLD") for flow in "12" for product, value in (("TOTAL", 1500), ("85", 700))]
    return made


def oecd_of(now: datetime) -> oecd.Office:
    """2024 on 10 December: by the usual lag it was due on the 1st."""
    years = (2022, 2023, *((2024,) if now >= utc("12-10 10:00") else ()))
    return oecd.Office([one for year in years for one in (
        oecd.margin("MYS", "CHN", year, 6.5), oecd.margin("CHN", "MYS", year, 4.75), oecd.balanced("MYS", "CHN", year, 1000 + year),
        oecd.balanced("CHN", "MYS", year, 800 + year), oecd.balanced("MYS", "CHN", year, 900 + year, adjustment="B_ADJ_RX"))])


def bank_of(now: datetime) -> worldbank.Bank:
    """Values anew on 14 December."""
    later = now >= utc("12-14 12:00")
    return worldbank.Bank({(series, area, year): 100.5 + year + (0.25 if later else 0) for series in SERIES if "UVI" not in series
                           for area in ("CHN", "MYS") for year in (2024, 2025)}, updated="2026-12-14" if later else "2026-07-13")


def ringgit_of(now: datetime) -> bytes:
    """Rates at 12:30 of each weekday but Christmas; that of the 15th comes with the next."""
    days, day = [], date(2026, 9, 1)
    while kl(f"{day:%m-%d} 12:30") <= now:
        if day.weekday() < 5 and f"{day:%m-%d}" != "12-25":
            days.append(day.isoformat())
        day += timedelta(days=1)
    return synthetic_file(*(each for each in days if not (each == "2026-12-15" == days[-1])))


def story(at: str, name: str, day: str, text: str) -> bytes:
    """An article that nobody wrote."""
    body = "".join(f"<p>Paragraph {number} of {name} on {day}: {text}, says this synthetic article at some length, and once more.</p>"
                   for number in range(20))
    return (f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>Story {name} {day}</title><meta property='og:type' "
            f"content='article'><link rel='canonical' href='{at}'><meta property='article:published_time' "
            f"content='2026-{day}T10:00:00+00:00'></head><body><article><h1>Story {name} {day}</h1>{body}</article></body></html>").encode()


def _workbook(month: int) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["A2"] = "Department of Statistics Malaysia", f"Synthetic table of month {month}"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@dataclass
class International:
    """Who is asked beyond the neighbours' own offices and the three of the first month."""

    publishers: Publishers
    _workbooks: dict[int, bytes] = field(default_factory=dict)

    def at(self, now: datetime) -> None:
        """Bring every publisher to a moment."""
        for office in (comtrade_of(now), imf_of(now), comext_of(now), oecd_of(now), bank_of(now)):
            office.open(self.publishers)
        self.publishers.serve(RINGGIT, ringgit_of(now), "text/csv")
        cepii.serve(self.publishers, cepii.archive({2023: [(CHINA, MALAYSIA, "010121", "500.125", "1.500")],
                                                   2024: [(MALAYSIA, CHINA, "151110", "1e+05", "250.000")]}))
        self._faults(now)
        self._beyond_the_first_month(now)
        self._news(now)

    def _faults(self, now: datetime) -> None:
        """The IMF's server fails in the night of the 5th, the World Bank refuses in that of the 14th."""
        failed = json.dumps({"message": "Synthetic failure", "code": 500, "correlationId": "3e9f5f2785231ff1", "path": "/"}).encode()
        self.publishers.mend(imf.HOST)
        if utc("12-04 12:00") <= now < utc("12-05 12:00"):
            self.publishers.fault(imf.HOST, Fault.status(500, failed, Content_Type="application/json"))
        for url in REFUSED:
            self.publishers.mend(url)
            if utc("12-13 12:00") <= now < utc("12-14 12:00"):
                self.publishers.fault(url, Fault.status(200, worldbank.REFUSED, **worldbank.JSON))

    def _beyond_the_first_month(self, now: datetime) -> None:
        """GACC's commodities on the 8th and regimes on the 18th, the ECB's averages on the 1st, DOSM's workbook with its release."""
        links: dict[str, list[tuple[str, str]]] = {}
        for month, flow, number in ((month, flow, number) for month in (10, *([11] if now >= kl("12-08 10:00") else []))
                                    for flow, number in (("Exports", 5), ("Imports", 6))):
            url = f"http://english.customs.gov.cn/Statics/synthetic-major-{flow}-{month}.html"
            links.setdefault(f"({number}) China's Major {flow} by Quantity and Value (in USD)", []).append((MONTHS[month], url))
            title = f"({number}) China's Major {flow} by Quantity and Value, {MONTHS[month]} 2026 (in USD)"
            total = f"1-{month} Total"
            head = tuple((above, kind) for above in (f"{month}", total, f"{total},2025", f"{total}, Year-On-Year(%)")
                         for kind in ("Quantity", "Value"))
            cells = {first: ("10.0", "1,000.0", "60.0", "6,000.0", "48.0", "4,800.0", "25.0", "25.0") for first in FIRST}
            self.publishers.serve(url, major(title, head, **cells), "text/html")
        by_country = [(MONTHS[month], gacc_url(month)) for month in (10, *([11] if now >= kl("12-08 10:00") else []))]
        self.publishers.serve(INDEX, synthetic_index([(CNY, by_country), *links.items()]), "text/html")
        confirmed = (10, *([11] if now >= kl("12-18 10:00") else []))
        regime = "http://english.customs.gov.cn/Statics/synthetic-regimes-{}.html"
        for month in confirmed:
            self.publishers.serve(regime.format(month), regimes(f"{REGIMES},{month}.2026"), "text/html")
        self.publishers.serve(BULLETINS, synthetic_index(
            [(BULLETIN, [(MONTHS[month], bulletin_url(month)) for month in confirmed]),
             (REGIMES, [(MONTHS[month], regime.format(month)) for month in confirmed])],
            select="monthlysel"), "text/html")
        months = [f"2026-{month:02}" for month in range(1, 12 if now >= utc("12-01 15:00") else 11)]
        averages = synthetic_answer({quote: [1.5 + at] * len(months) for at, quote in enumerate(QUOTES)}, months, "M")
        self.publishers.serve(MONTHLY_RATES, json.dumps(averages).encode(), "application/json")
        for month in (10, *([11] if now >= kl("12-10 12:00") else [])):
            if month not in self._workbooks:
                self._workbooks[month] = _workbook(month)
            self.publishers.serve(WORKBOOKS.format(month), self._workbooks[month],
                                  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")

    def _news(self, now: datetime) -> None:
        """Articles as they appear; a page stands in VnExpress's place (13), BusinessWorld's robots.txt forbids (22)."""
        for url, (name, days) in NEWS.items():
            host = url.split("/")[2]
            items = []
            for day in (day for day in days if now >= utc(f"{day} 10:00")):
                at = f"https://{host}/synthetic-{day}"
                edited = (name, day) == EDITED and now >= utc("12-10 10:00")
                self.publishers.serve(at, story(at, name, day, f"trade grew by {6 if edited else 5} per cent"), "text/html")
                items.append(f"<item><title>Story {name} {day}</title><link>{at}</link>"
                             f"<pubDate>{utc(f'{day} 10:00'):%a, %d %b %Y %H:%M:%S} +0000</pubDate></item>")
            self.publishers.serve(url, feed(*items, site=f"https://{host}"), "application/rss+xml")
            if name == "vnexpress" and utc("12-12 12:00") <= now < utc("12-13 12:00"):
                self.publishers.serve(url, b"<html><body>We have moved</body></html>", "text/html")
            if name == "businessworld":
                self.publishers.robots(host, "User-agent: *\nDisallow: /\n" if utc("12-21 12:00") <= now < utc("12-22 12:00") else "")


