"""The publishers' real files at their real addresses (the files are test input only, and not in this repository)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.publishers.server import Publishers

GACC_INDEX = "http://english.customs.gov.cn/statics/report/preliminary.html"
GACC_MAR_2026_CNY = "http://english.customs.gov.cn/Statics/2e61c8a1-17b2-4074-b909-c039ccf8c8fb.html"
GACC_JAN_2018_CNY = "http://english.customs.gov.cn/Statics/release-section4-jan2018-cny.html"
"""Our own name: the address of the 2018 page is not recorded with the file, and no index here links it."""
DOSM_HEADLINE = "https://storage.dosm.gov.my/trade/trade_headline.csv"
ECB_CNY = "https://data-api.ecb.europa.eu/service/data/EXR/M.CNY.EUR.SP00.A"


@dataclass(frozen=True)
class Real:
    """One real file and where its publisher has it."""

    url: str
    file: str
    content_type: str


REAL = (
    Real(GACC_INDEX, "gacc/seed_2026.html", "text/html"),
    Real(GACC_MAR_2026_CNY, "gacc/release_section4_by_country_mar2026_cny.html", "text/html"),
    Real(GACC_JAN_2018_CNY, "gacc/release_section4_by_country_jan2018_cny.html", "text/html"),
    Real(DOSM_HEADLINE, "opendosm/trade_headline.csv", "text/csv"),
    Real(ECB_CNY, "ecb/ecb_sdmxjson_M.CNY.EUR.SP00.A_2025-10_2026-04.json",
         "application/vnd.sdmx.data+json;version=1.0.0-wd"),
)


def serve_real(publishers: Publishers, samples: Path) -> dict[str, bytes]:
    """Serve every real file at its address (any query), and give back what is served.

    Of the 24 pages that GACC's index links only one is here; the others are 404, as a page that was taken down is.
    """
    served = {real.url: (samples / real.file).read_bytes() for real in REAL}
    for real in REAL:
        publishers.serve(real.url, served[real.url], real.content_type)
    return served
