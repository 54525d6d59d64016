"""Discovery on GACC's index pages: the real one, and synthetic ones over real HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.asking import answers
from connectors.contract import Wanted
from connectors.http.client import HttpClient, Settings
from connectors.statistics.gacc import CONNECTOR
from connectors.statistics.gacc.index import current_year, links_of
from tests.connectors.synthetic_gacc import (
    PRELIM_ROWS,
    seven_columns,
    synthetic_bulletin,
    synthetic_index,
    synthetic_page,
    ten_columns,
)
from tests.publishers.memory_archive import MemoryArchive
from tests.publishers.server import Publishers
from warehouse.schema.errors import Incomplete, NotFound, PublisherError, SchemaDrift
from warehouse.schema.travel import Document, Fetch, Window

BASE = "http://english.customs.gov.cn"
CURRENT = f"{BASE}/statics/report/preliminary.html"
PRELIM = {"gacc.prelim.country"}
CNY, USD = (f"(4) China's Total Export & Import Values by Country/Region (in {code})" for code in ("CNY", "USD"))
TITLE = "(4) China's Total Export &amp; Import Values by Country/Region, {}"


def page(name: str) -> str:
    return f"{BASE}/Statics/{name}.html"


class Site:
    """A simulated english.customs.gov.cn with a client that asks it."""

    def __init__(self, publishers: Publishers, locks: Path) -> None:
        self.publishers = publishers
        self.archive = MemoryArchive()
        self.locks = locks
        publishers.robots("english.customs.gov.cn", "")

    def serve(self, url: str, body: bytes) -> None:
        self.publishers.serve(url, body, "text/html")

    def crawl(self, window: Window | None = None, wanted: set[str] = PRELIM) -> list[Document | PublisherError]:
        client = HttpClient(self.archive, contact="test@example.org", version="0", locks=self.locks,
                            host_map=self.publishers.host_map, settings=Settings(min_interval=0, attempts=1))
        return list(answers(CONNECTOR, client, Wanted(wanted, window or Window())))

    def asked(self) -> list[str]:
        return [asked.path.rpartition("/")[2].removesuffix(".html") for asked in
                self.publishers.asked("english.customs.gov.cn")]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Publishers() as publishers:
        yield Site(publishers, tmp_path)


def month(number: int, name: str, currency: str = "CNY", year: int = 2026) -> bytes:
    unit = "Unit: CNY 100 Million" if currency == "CNY" else "Unit: USD1 Million"
    return synthetic_page(title=TITLE.format(f"{name} {year} (in {currency})"), header=ten_columns(number), unit=unit,
                          dated="")


def said(outcome: Document | PublisherError) -> str:
    return str(outcome) if isinstance(outcome, PublisherError) else CONNECTOR.read(outcome)[0].name


# The real index of 2026 --------------------------------------------------------------------------------------


def test_the_real_index_of_2026_links_february_and_march_in_both_currencies(samples: Path) -> None:
    body = (samples / "gacc" / "seed_2026.html").read_bytes()
    fetch = Fetch("f", "gacc.prelim.country", CURRENT, datetime(2026, 4, 20, tzinfo=UTC), 200, "", len(body), "fetched")
    index = Document(fetch, body)
    assert current_year(index) == 2026
    links = links_of(index, "gacc.prelim.country", 2026)
    assert [(link.months.last, link.currency, link.url.rpartition("/")[2][:8]) for link in links] == [
        (2, "CNY", "47e53257"), (2, "USD", "0ed684ce"), (3, "CNY", "2e61c8a1"), (3, "USD", "66580503")]


def test_the_real_index_and_page_are_crawled_and_read_over_http(site: Site, samples: Path) -> None:
    site.serve(CURRENT, (samples / "gacc" / "seed_2026.html").read_bytes())
    site.serve(page("2e61c8a1-17b2-4074-b909-c039ccf8c8fb"),
               (samples / "gacc" / "release_section4_by_country_mar2026_cny.html").read_bytes())
    outcomes = site.crawl()
    assert [type(outcome) for outcome in outcomes] == [NotFound, NotFound, Document, NotFound]
    assert said(outcomes[2]) == "CNY 2026-03"


# Synthetic indexes -------------------------------------------------------------------------------------------


def test_pages_come_oldest_month_first_and_the_index_is_not_among_them(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([(USD, [("Jan", None), ("Feb", page("f")), ("Mar", page("n"))]),
                                         (CNY, [("Jan", None), ("Feb", page("e")), ("Mar", page("m"))])]))
    for name, body in (("e", month(2, "Feb")), ("f", month(2, "Feb", "USD")), ("m", month(3, "Mar")),
                       ("n", month(3, "Mar", "USD"))):
        site.serve(page(name), body)
    assert list(map(said, site.crawl())) == ["CNY 2026-02", "USD 2026-02", "CNY 2026-03", "USD 2026-03"]


def test_pages_that_are_held_are_not_asked_again_the_index_is(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([(CNY, [("Mar", page("m"))])]))
    site.serve(page("m"), month(3, "Mar"))
    assert list(map(said, site.crawl())) == list(map(said, site.crawl())) == ["CNY 2026-03"]
    assert site.asked() == ["preliminary", "m", "preliminary"]


def test_a_window_asks_the_indexes_of_its_years_and_only_the_months_inside(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([(CNY, [("Feb", page("f26")), ("Mar", page("m26"))])]))
    site.serve(f"{BASE}/statics/report/preliminary2025.html",
               synthetic_index([(CNY, [("Nov", page("n25")), ("Dec", page("d25"))])]))
    site.serve(page("d25"), month(12, "Dec", year=2025))
    site.serve(page("f26"), month(2, "Feb"))
    assert list(map(said, site.crawl(Window(date(2025, 12, 1), date(2026, 2, 28))))) == ["CNY 2025-12", "CNY 2026-02"]
    assert site.asked() == ["preliminary", "preliminary2025", "d25", "f26"]


def test_years_before_the_english_pages_are_not_asked(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([(CNY, [])]))
    assert site.crawl(Window(date(2010, 1, 1), date(2017, 12, 31))) == []
    assert site.asked() == ["preliminary"]


def test_a_missing_page_is_handed_back_and_the_others_come(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([(CNY, [("Feb", page("gone")), ("Mar", page("m"))])]))
    site.serve(page("m"), month(3, "Mar"))
    missing, march = site.crawl()
    assert isinstance(missing, NotFound)
    assert missing.url == page("gone")
    assert said(march) == "CNY 2026-03"


def test_a_page_of_another_month_than_the_index_promised_is_drift(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([(CNY, [("Apr", page("m"))])]))
    site.serve(page("m"), month(3, "Mar"))
    (outcome,) = site.crawl()
    assert isinstance(outcome, SchemaDrift)
    assert "links this page as 2026-04 CNY, the page says 2026-03" in str(outcome)


def test_a_page_of_last_year_under_this_years_index_is_drift(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([(CNY, [("Dec", page("d"))])]))
    site.serve(page("d"), month(12, "Dec", year=2025))
    assert "the page says 2025-12" in said(site.crawl()[0])


def test_a_page_in_another_currency_than_the_index_promised_is_drift(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([(CNY, [("Mar", page("m"))])]))
    site.serve(page("m"), month(3, "Mar", "USD"))
    assert "the page says USD" in said(site.crawl()[0])


def test_the_page_of_january_and_february_keeps_the_promise_of_either(site: Site) -> None:
    rows = [(r[0], r[2], r[4], r[6], *r[7:]) for r in PRELIM_ROWS]
    body = synthetic_page(rows, header=seven_columns(2), title=TITLE.format("January-February 2026 (in CNY)"), dated="")
    site.serve(CURRENT, synthetic_index([(CNY, [("Jan", page("jf")), ("Feb", page("jf"))])]))
    site.serve(page("jf"), body)
    assert list(map(said, site.crawl())) == ["CNY 2026-01 to 2026-02"]


def test_an_index_without_the_row_by_country_is_drift(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([("(1) China's Total Export & Import Values (in CNY)", [("Mar", page("m"))])]))
    (outcome,) = site.crawl()
    assert isinstance(outcome, SchemaDrift)
    assert "no row of the index" in str(outcome)


def test_an_index_without_a_year_is_drift(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([(CNY, [("Mar", page("m"))])], year=None))
    assert "names no year" in said(site.crawl()[0])


def test_a_page_in_place_of_the_index_is_not_believed(site: Site) -> None:
    site.serve(CURRENT, b"<html><body>Please wait</body></html>")
    (outcome,) = site.crawl()
    assert isinstance(outcome, Incomplete)


@pytest.mark.parametrize("link", [r"http://english.customs.gov.cn\Statics\m.html", "/Statics/m.html",
                                  "https://english.customs.gov.cn/Statics/m.html"])
def test_links_with_backslashes_or_without_a_host_or_with_tls_lead_to_plain_http(site: Site, link: str) -> None:
    site.serve(CURRENT, synthetic_index([(CNY, [("Mar", link)])]))
    site.serve(page("m"), month(3, "Mar"))
    assert list(map(said, site.crawl())) == ["CNY 2026-03"]


def test_a_link_to_another_host_is_not_followed(site: Site) -> None:
    site.serve(CURRENT, synthetic_index([(CNY, [("Mar", "http://example.org/m.html")])]))
    assert "no page of english.customs.gov.cn" in said(site.crawl()[0])


def test_the_bulletin_has_its_own_index(site: Site) -> None:
    row = "(2) Imports and Exports by Country (Region) of Origin/Destination"
    site.serve(f"{BASE}/statics/report/monthly.html",
               synthetic_index([("(5) Imports and Exports by Customs Regime", [("Jul", page("x"))]),
                                (row, [("Jul", page("b"))])], select="monthlysel"))
    site.serve(page("b"), synthetic_bulletin())
    assert list(map(said, site.crawl(wanted={"gacc.bulletin.country"}))) == ["USD 2026-07"]
    assert site.asked() == ["monthly", "b"]


def test_nothing_wanted_asks_nothing(site: Site) -> None:
    assert site.crawl(wanted={"dosm.headline"}) == []
    assert site.asked() == []
