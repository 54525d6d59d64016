"""Synthetic documents of DOSM and GACC, whole enough for the floors: none of their figures is anybody's."""

from __future__ import annotations

from decimal import Decimal

from tests.connectors.synthetic_gacc import synthetic_index, synthetic_page, ten_columns
from tests.publishers import Publishers

HEADLINE = "https://storage.dosm.gov.my/trade/trade_headline.csv"
INDEX = "http://english.customs.gov.cn/statics/report/preliminary.html"
CNY = "(4) China's Total Export & Import Values by Country/Region (in CNY)"
MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
COLUMNS = "series,date,exports,exports_domestic,re_exports,imports,imports_retained,total,balance"
PARTNERS = ("European Union", "United States (US)", "ASEAN", "Vietnam", "Malaysia", "Thailand", "Singapore", "Indonesia",
            "Philippines", "Japan", "Hong Kong, China", "R. O. Korea", "Taiwan, China", "Australia", "Russian Federation",
            "India", "United Kingdom (UK)", "Canada", "New Zealand", "Latin America", "Africa", "Germany")


def headline(months: int = 120) -> bytes:
    """Malaysia's monthly trade from January 2016 on, with exports + imports = total and the file's other sums."""
    dates = [f"{2016 + at // 12}-{at % 12 + 1:02}-01" for at in range(months)]
    lines = [COLUMNS]
    for at, date in enumerate(dates):
        exports, re_exports, imports = 80_000_000_000 + at * 500_000_003, 20_000_000_000 + at, 70_000_000_000 + at * 400_000_001
        lines.append(f"abs,{date},{exports},{exports - re_exports},{re_exports},{imports},{imports - re_exports},"
                     f"{exports + imports},{exports - imports}")
    for series in ("growth_yoy", "growth_mom"):
        lines += [f"{series},{date},1.5,1.25,2.5,3.5,4.5,2.0,-1.5" for date in dates]
    return ("\n".join(lines) + "\n").encode()


def without_month(body: bytes, month: str) -> bytes:
    """The headline file without one month, in all three of its series."""
    kept = [line for line in body.splitlines(keepends=True) if f",{month}-01,".encode() not in line]
    if len(kept) != len(body.splitlines()) - 3:
        raise LookupError(f"the file has not three lines of {month}")
    return b"".join(kept)


def revised(body: bytes, month: str, more: int) -> bytes:
    """The headline file with larger imports in one month, and all that follows from them."""
    (line,) = [line for line in body.splitlines() if line.startswith(f"abs,{month}-01,".encode())]
    series, date, exports, domestic, again, imports, retained, total, balance = line.decode().split(",")
    made = (f"{series},{date},{exports},{domestic},{again},{int(imports) + more},{int(retained) + more},{int(total) + more},"
            f"{int(balance) - more}")
    return body.replace(line, made.encode())


def gacc_page(month: int, *, malaysia: tuple[str, str] = ("700.0", "500.0"), factor: int = 1) -> bytes:
    """A preliminary page of 2026 in CNY. Zeros that all figures end with are what ``factor`` 10,000 looks like."""
    rows = [_gacc_row(label, Decimal(900 + 10 * at) + Decimal("0.3"), Decimal(800 + 7 * at) + Decimal("0.4"), month, factor)
            for at, label in enumerate(("Total", *PARTNERS)) if label != "Malaysia"]
    rows.append(_gacc_row("Malaysia", Decimal(malaysia[0]), Decimal(malaysia[1]), month, factor))
    title = f"(4) China's Total Export &amp; Import Values by Country/Region, {MONTHS[month]} 2026 (in CNY)"
    return synthetic_page(rows, title=title, header=ten_columns(month), dated=f"2026/{month + 1:02}/09")


def _gacc_row(label: str, export: Decimal, import_: Decimal, month: int, factor: int) -> tuple[str, ...]:
    values = [f"{flow * times * factor:,.1f}" for flow in (export + import_, export, import_) for times in (1, month)]
    return (label, *values, "5.0", "6.0", "-1.0")


def gacc_url(month: int) -> str:
    return f"http://english.customs.gov.cn/Statics/synthetic-{month}.html"


def serve_gacc(publishers: Publishers, *months: int, **page: bytes) -> None:
    """The index of 2026 with links to pages of some months, and the pages; ``m4=body`` serves another page for April."""
    publishers.serve(INDEX, synthetic_index([(CNY, [(MONTHS[month], gacc_url(month)) for month in months])]), "text/html")
    for month in months:
        publishers.serve(gacc_url(month), page.get(f"m{month}", gacc_page(month)), "text/html")
