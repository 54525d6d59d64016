"""JSON of the IMF's data service before 2025 (CompactData of DOT), in which people have old answers. Pure.

The service is gone (dataservices.imf.org refuses connections since September 2025). There figures were printed in units of 10^UNIT_MULT
(millions), where the API of today prints dollars beside a SCALE that is only how the Fund shows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from connectors.formats.sdmx import Observation
from warehouse.reference import areas
from warehouse.schema.content import Content
from warehouse.schema.errors import SchemaDrift

MULTIPLIER = "UNIT_MULT"
"""The attribute that multiplies, of these answers alone."""
_INDICATORS = {"TXG_FOB_USD": "XG_FOB_USD", "TMG_CIF_USD": "MG_CIF_USD", "TMG_FOB_USD": "MG_FOB_USD", "TBG_USD": "TBG_USD"}
_OTHERS = {"W00": "G001", "B0": "G998", "XK": "KOS", "PS": "WBG"}
"""Codes that are none of ISO 3166-1 alpha-2: all countries, the European Union."""


def is_legacy(head: bytes) -> bool:
    """Whether bytes begin like an answer of the old service about trade by partner."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and b'"CompactData"' in head and b"compact/DOT" in head


def observations(content: Content, *, dataset: str = "", url: str = "") -> Iterator[Observation]:
    """Its observations, by the codes of today. Raises SchemaDrift for another layout, TooLarge."""
    def drift(said: str) -> SchemaDrift:
        return SchemaDrift(said, dataset=dataset, url=url)

    try:
        message = msgspec.json.Decoder(float_hook=str).decode(content.body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise drift(f"not JSON: {exc}") from exc
    data = message.get("CompactData") if isinstance(message, dict) else None
    data_set = data.get("DataSet") if isinstance(data, dict) else None
    if not isinstance(data_set, dict):
        raise drift("the answer has no CompactData with a DataSet")
    for series in _each(data_set.get("Series", [])):
        names = [f"@{name}" for name in ("REF_AREA", "INDICATOR", "COUNTERPART_AREA", "FREQ")]
        if missing := [name for name in (*names, f"@{MULTIPLIER}") if not isinstance(series.get(name), str)]:
            raise drift(f"a series lacks {', '.join(missing)}")
        reporter, indicator, partner, frequency = (str(series[name]) for name in names)
        key = (_code(reporter), _INDICATORS.get(indicator, indicator), _code(partner), frequency)
        for one in _each(series.get("Obs", [])):
            period, value = one.get("@TIME_PERIOD"), one.get("@OBS_VALUE")
            if not isinstance(period, str):
                raise drift("an observation lacks @TIME_PERIOD")
            yield Observation(key, period, str(value) if value is not None and value != "NaN" else "",
                              {MULTIPLIER: str(series[f"@{MULTIPLIER}"])},
                              f"series {frequency}.{reporter}.{indicator}.{partner}, period {period}")


def _each(value: object) -> Iterator[Mapping[str, Any]]:
    """One object, or each object of a list: a list of one was printed as that one."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one


def _code(printed: str) -> str:
    return _OTHERS.get(printed) or _by_alpha_2().get(printed) or printed


@cache
def _by_alpha_2() -> Mapping[str, str]:
    return {area.iso2: area.iso3 for area in areas.areas().values() if area.iso2 and area.iso3}
