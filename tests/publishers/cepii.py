"""CEPII's server, simulated: archives of BACI with synthetic figures."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping

from tests.publishers.server import Publishers

HOST = "www.cepii.fr"
COUNTRIES = (b'country_code,country_name,country_iso2,country_iso3\n58,"Belgium-Luxembourg",BE,BEL\n156,China,CN,CHN\n'
             b'380,Italy,IT,ITA\n458,Malaysia,MY,MYS\n490,"Other Asia, nes",N/A,S19\n711,"So. African Customs Union",ZA,ZAF\n')
Line = tuple[int, int, str, str, str]
"""Exporter, importer, product, value, weight as printed."""


def year_file(year: int, lines: Iterable[Line]) -> bytes:
    """A file of one year: k without its leading zeros, q padded with blanks."""
    told = "".join(f'{year},{i},{j},{k.lstrip("0")},{v},"{q:>13}"\n' for i, j, k, v, q in lines)
    return f'"t","i","j","k","v","q"\n{told}'.encode()


def archive(years: Mapping[int, Iterable[Line]], *, hs: str = "HS17", version: str = "V202601", countries: bytes = COUNTRIES,
            others: Mapping[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for year, lines in years.items():
            packed.writestr(f"BACI_{hs}_Y{year}_{version}.csv", year_file(year, lines))
        if countries:
            packed.writestr(f"country_codes_{version}.csv", countries)
        for name, body in (others or {}).items():
            packed.writestr(name, body)
    return out.getvalue()


def serve(publishers: Publishers, body: bytes, hs: str = "HS17", version: str = "V202601") -> str:
    """Put an archive at its address."""
    url = f"https://{HOST}/DATA_DOWNLOAD/baci/data/BACI_{hs}_{version}.zip"
    publishers.serve(url, body, "application/zip", etag='"synthetic"')
    return url
