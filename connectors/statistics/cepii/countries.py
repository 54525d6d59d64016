"""The list of codes that a version of BACI ships (``country_codes_V202601.csv``), as areas. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from datetime import date

from connectors.statistics.cepii.publisher import LABELS
from warehouse.reference import areas
from warehouse.schema.errors import SchemaDrift

NAME = re.compile(r"(.*/)?country_codes_V[0-9]{6}[a-z]?\.csv", re.ASCII)
MOST = 1024 * 1024
"""Bytes of such a list: some 10,000."""
_ISO = ("country_iso3", "iso_3digit_alpha")
"""The column of the list's own country codes: as it is called since 2023, and before."""


def listed(body: bytes, **where: str) -> Mapping[str, str]:
    """Code → area, for every code of the list that means one. Raises SchemaDrift where the list is none, or contradicts ours.

    Its text is UTF-8 or Latin-1 (V202201: ``Côte d'Ivoire``).
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    try:
        rows = list(csv.DictReader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise SchemaDrift(f"the list of country codes is no table: {error}", **where) from error
    iso = next((name for name in _ISO if rows and name in rows[0]), None)
    if iso is None or "country_code" not in rows[0]:
        raise SchemaDrift("the list of country codes has other columns than known: "
                          f"{', '.join(map(str, rows[0] if rows else []))[:200] or 'no row'}", **where)
    found: dict[str, str] = {}
    for row in rows:
        code, alpha = str(row["country_code"]).strip(), str(row[iso]).strip()
        ours = LABELS.area_of(code, date.max) if re.fullmatch(r"[0-9]{1,3}", code, re.ASCII) else None
        theirs = alpha if alpha in areas.areas() else None
        if ours and theirs and ours != theirs and areas.areas()[ours].iso3 is not None:
            raise SchemaDrift(f"the list of country codes says that {code} is {alpha}, and here it is {ours}: look at areas.csv", **where)
        if area := ours or theirs:
            found[code] = area
    return found


def usual() -> Mapping[str, str]:
    """The same from our own list, for a file that comes without one, and for codes that a version's list lacks.

    That of V202201 has Italy as 381, and figures of that year's version have it as 380.
    """
    return {code: area for _, code, _, area in LABELS.rows}
