"""Monthly trade of data.go.kr: by country (nationtrade), and by country and item of the HS (nitemtrade), in dollars and kilograms. Pure.

An error comes with HTTP 200 and a ``resultCode`` other than 00; of more than twelve months it is 99. A row of totals (``총계``, ``합계``)
stands among the others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from lxml import etree

from connectors.formats.delimited import printed_number
from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.kcs.publisher import LABELS, PUBLISHER, VALUATIONS
from connectors.whole_xml import root_of
from warehouse.reference import areas
from warehouse.reference.products import EDITIONS
from warehouse.schema.errors import Incomplete, KeyRefused, NotReadable, PublisherError, QuotaUsed, SchemaDrift, Unavailable
from warehouse.schema.travel import Batch, Document, Rejected

COUNTRY, ITEM = "kcs.country", "kcs.hs"
FIELDS = {"export": ("expDlr", "expWgt"), "import": ("impDlr", "impWgt")}
"""Flow → dollars and kilograms; by country there is no weight but a count of declarations, which is not read."""
TOTALS = ("총계", "합계")
_MONTH = re.compile(r"((?:19|20)[0-9]{2})\.?(0[1-9]|1[0-2])", re.ASCII)
_ITEM = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{10}", re.ASCII)
_LOCATOR = re.compile(r"item ([0-9]{1,7}) \((.*)\), ([A-Za-z]{1,30})", re.ASCII | re.DOTALL)
_LARGEST = Decimal(10) ** 15


def recognised(head: bytes) -> str | None:
    """By the elements of the items. Raises NotReadable for an error, and for trade by item alone, whose codes have lost their zeros."""
    start = head[:65_536]
    if b"<OpenAPI_ServiceResponse" in start[:400]:
        raise NotReadable(f"an error of data.go.kr: {start[:400].decode('utf-8', errors='replace')}")
    if b"<resultCode>" not in start or b"<response" not in start:
        return None
    if b"<expDlr>" not in start:
        if b"<hs" in start or b"<statCd" in start or re.search(rb"<resultCode>\s*0{1,2}\s*</resultCode>", start) is None:
            raise NotReadable(f"an answer of data.go.kr without figures: {start[:300].decode('utf-8', errors='replace')}")
        return None
    if b"<statCd>" not in start:
        raise NotReadable("trade of Korea by item alone (Itemtrade), which is not read: its codes are numbers that have lost their zeros; "
                          "ask for that by country and item (nitemtrade)")
    return ITEM if b"<hsCd>" in start else COUNTRY


def refusal(document: Document) -> PublisherError | None:
    """What an answer says instead of figures; None for one that is no error."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    if b"<OpenAPI_ServiceResponse" in document.content.head[:400]:
        gateway = document.content.head[:1000].decode("utf-8", errors="replace")
        word = next((said for said in re.findall(r">\s*([A-Z_]{5,80})\s*<", gateway) if said != "SERVICE_ERROR"), "an error")
        kind = QuotaUsed if "LIMITED" in word else KeyRefused if "KEY" in word or "DENIED" in word else Unavailable
        return kind(f"data.go.kr answers with {word}", **where)
    root = _root(document)
    code, said = (root.findtext("header/resultCode") or "").strip(), (root.findtext("header/resultMsg") or "").strip()
    if code in ("0", "00"):
        return None
    told = f"Korea's customs answer with resultCode {code[:10]!r}: {said[:200]} (99 also stands for more than twelve months)"
    key = "KEY" in said.upper() or "인증키" in said
    return KeyRefused(told, **where) if key else SchemaDrift(told, **where)


def read(document: Document, *, complete: Mapping[str, tuple[date, ...]] | None) -> Batch:
    """One batch. ``complete``: the period ends that an answer to a question of ours is complete for. Raises what ``refusal`` gives,
    SchemaDrift, Incomplete."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    if error := refusal(document):
        raise error
    root = _root(document)
    items = root.findall("body/items/item")
    total = (root.findtext("body/totalCount") or "").strip()
    if total.isdigit() and int(total) > len(items):
        raise Incomplete(f"the answer has {len(items)} of {total} items", **where)
    rows, not_asked = Rows("stats.trade"), Counter[str]()
    for number, item in enumerate(items, 1):
        _take(item, number, document.dataset, rows, not_asked)
    if not len(rows):
        if rows.unread.rejected:
            raise SchemaDrift(f"not one figure could be read: {rows.unread.rejected[0].reason}", **where)
        raise Incomplete("the answer holds no figure", **where)
    frame = rows.frame("period_start", "flow", "partner", "product")
    product = document.dataset == ITEM
    return Batch(
        dataset=document.dataset, frames=(frame,),
        name=f"{document.dataset} {frame['period_start'][0]:%Y-%m} to {frame['period_start'][-1]:%Y-%m}"
        + (f" {' to '.join(str(code) for code in (frame['product'].min(), frame['product'].max()))}" if product else ""),
        constants={"dataset": document.dataset, "reporter": PUBLISHER.area, "currency": "USD", "unit_multiplier": 1, "decimals": 0},
        scope=complete, not_read=tuple(rows.unread.not_read), not_asked=dict(not_asked), rejected=tuple(rows.unread.rejected),
        checks=tuple(rows.unread.checks()))


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises NotReadable where these bytes have none."""
    found = _LOCATOR.fullmatch(locator)
    if not found:
        raise NotReadable(f"a locator reads 'item 3 (2026.01, 330510, AE), expDlr', not {locator[:200]!r}")
    items = _root(document).findall("body/items/item")
    at = int(found[1]) - 1
    if 0 <= at < len(items) and _named(items[at]) == found[2] and items[at].find(found[3]) is not None:
        return _text(items[at], found[3])
    raise NotReadable(f"these bytes have no cell at {locator[:200]!r}")


def edition(product: str, year: int) -> str:
    """The classification of a code: editions of the HS took effect in Korea with their year; ten digits are Korea's own (HSK)."""
    if len(product) == 10:
        return f"HSK{year}"
    return next((name for name in reversed(EDITIONS) if int(name[2:]) <= year), EDITIONS[0])


def _root(document: Document) -> etree._Element:
    return root_of(document.body, "response", "the answer of data.go.kr")


def _text(item: etree._Element, name: str) -> str:
    return (item.findtext(name) or "").strip()


def _named(item: etree._Element) -> str:
    return ", ".join(_text(item, name) for name in ("year", "hsCd", "statCd") if item.find(name) is not None)


def _take(item: etree._Element, number: int, dataset: str, rows: Rows, not_asked: Counter[str]) -> None:
    period, code, product = _text(item, "year"), _text(item, "statCd"), _text(item, "hsCd") if dataset == ITEM else "TOTAL"
    place = f"item {number} ({_named(item)})"
    raw = " ".join(_text(item, str(cell.tag)) for cell in item)[:500]
    if period in TOTALS or code == "-":
        not_asked["row of totals"] += 1
        return
    month = _MONTH.fullmatch(period)
    if not month:
        rows.unread.add(Rejected(place, "period", f"{period[:40]!r} is no month", raw))
        return
    first = date(int(month[1]), int(month[2]), 1)
    partner = LABELS.area_of(_text(item, "statCdCntnKor1"), first) or _iso(code)
    if partner is None or (dataset == ITEM and not _ITEM.fullmatch(product)):
        rule = "area" if partner is None else "product"
        what = f"no area is known by {code[:10]!r}" if partner is None else f"{product[:20]!r} is no code of the HS"
        rows.unread.add(Rejected(place, rule, f"{what} ({_text(item, 'statCdCntnKor1')[:40]})", raw), period_start=first)
        return
    if why := _contradicted(item):
        rows.unread.add(Rejected(place, "balance", why, raw), partner=partner, period_start=first)
        return
    for flow, (value, weight) in FIELDS.items():
        money, kilograms = printed_number(_text(item, value)), printed_number(_text(item, weight))
        if money is None or not 0 <= money < _LARGEST or money != money.to_integral_value():
            rows.unread.add(Rejected(f"{place}, {value}", "value", f"{_text(item, value)[:40]!r} is no value in dollars", raw),
                            partner=partner, flow=flow, period_start=first)
            continue
        rows.add(
            raw, partner=partner, partner_kind="self" if partner == PUBLISHER.area else areas.kind_of(partner), flow=flow,
            valuation=VALUATIONS[flow], classification=edition(product, first.year) if dataset == ITEM else "-", product=product,
            product_level=len(product) if dataset == ITEM else 0, period_start=first, period_end=last_of_month(first), value=money,
            net_weight_kg=float(kilograms) if dataset == ITEM and kilograms is not None else None, locator=f"{place}, {value}")


def _contradicted(item: etree._Element) -> str:
    """Why exports and imports cannot both be right by the balance beside them; empty where they agree, or one is no number."""
    balance, exports, imports = (printed_number(_text(item, name)) for name in ("balPayments", "expDlr", "impDlr"))
    if balance is None or exports is None or imports is None or abs(exports - imports - balance) <= 1:
        return ""
    return f"exports of {exports} less imports of {imports} are not the balance {balance}"


def _iso(code: str) -> str | None:
    """The area of a code of two letters, as far as it is one of ISO 3166-1."""
    return next((area.area for area in areas.areas().values() if area.iso2 == code), None) if re.fullmatch("[A-Z]{2}", code) else None
