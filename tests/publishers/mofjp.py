"""Japan's customs and e-Stat, simulated, with synthetic figures in the forms of the real files: press releases by their addresses (404
before they are out), the series with zeros for months to come, e-Stat's listing, month and files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.statistics.mofjp.connector import CUSTOMS, ESTAT, SERIES
from connectors.statistics.mofjp.estat import MONTHS
from tests.publishers.server import Publishers

Answer = tuple[int, Mapping[str, str], bytes]
LONG = {"01": "January", "02": "February", "03": "March", "04": "April", "05": "May", "06": "June", "07": "July", "08": "August",
        "09": "September", "10": "October", "11": "November", "12": "December"}
TITLES = {"1": "First 10 days Provisional", "2": "First 20 days Provisional", "4": "Provisional",
          "5": "Exports:Detailed Data;Imports:Provisional(HS-code Basis)", "6": "Detailed"}
Row = tuple[str, str, int, int]
"""Kind (0 total, 1 area, 2 country), short name, exports, imports in million yen."""
ROWS: tuple[Row, ...] = (("0", "Grand Total", 9000, 8000), ("1", "ASIA", 5000, 4500), ("2", "CHINA", 1700, 2100),
                         ("2", "MALYSIA", 170, 268),
                          ("1", "(ASEAN)", 1300, 1400), ("2", "USA", 2000, 1000), *(("2", name, 10, 20) for name in (
                              "HG KONG", "TAIWAN", "R KOREA", "SNGAPOR", "THAILND", "INDNSIA", "PHILPIN", "VIETNAM", "INDIA", "AUSTRAL",
                              "NEWZELD", "CANADA", "BRAZIL", "MEXICO", "CHILE", "GERMANY", "U KING", "FRANCE")))


def signed(number: int, minus: str) -> str:
    return f"{minus if number < 0 else ''}{abs(number):,}"


def release(month: str, stage: str, rows: tuple[Row, ...] = ROWS, *, published: str = "", minus: str = "-", title: str = "",
            balance: int | None = None) -> bytes:
    """A press release of a month (``202512``); the triangle is the minus of ten and twenty days."""
    said = f"{LONG[month[4:]]} {month[:4]}"
    _, _, exports, imports = rows[0]
    minus = "△" if stage in "12" else minus
    totals = "".join(f"<{name}><sogakutonen>{signed(value, minus)}</sogakutonen><sogakuzennen>1</sogakuzennen>"
                     f"<nobiritsu>-1.5</nobiritsu></{name}>" for name, value in (("export", exports), ("import", imports),
                                         ("sashihiki", exports - imports if balance is None else balance)))
    page = "".join(
        f"<chiikikunisogakuinfo><chiikikunikbn>{kind}</chiikikunikbn><chiikikuni>{name.replace('&', '&amp;')}</chiikikuni>"
        f"<exportkagakue>{one:,}</exportkagakue><exportnobiritsu>-1.5</exportnobiritsu><importkagakue>{other:,}</importkagakue>"
        f"<importnobiritsu>-1.5</importnobiritsu><sashihikikagakue>{signed(one - other, minus)}</sashihikikagakue>"
        "<sashihikinobiritsu>-</sashihikinobiritsu></chiikikunisogakuinfo>" for kind, name, one, other in rows)
    second = "" if stage in "12" else f'<chiikikunisogaku name="pg2"><taishokikan>{said}</taishokikan>{page}</chiikikunisogaku>'
    return (f'<?xml version="1.0" encoding="UTF-8" standalone="no"?><?xml-stylesheet href="d1201e.xsl" type="text/xsl"?><hodoxml>'
            f'<sogakutsuki name="pg1"><kohyoymd>{published}</kohyoymd><title>Value of Exports and Imports {said} ({title or TITLES[stage]})'
            f"</title><taishoymtonen>{said}</taishoymtonen>{totals}<page>(1)</page></sogakutsuki>{second}</hodoxml>").encode()


WORLD = "《世界》  【月別】　（単位：千円） ,,\r\nWORLD  Monthly Data  (a thousand yen) ,,"


def series(*months: tuple[str, int | str, int | str], title: str = WORLD, cut: bool = False) -> bytes:
    """The long series in thousand yen, CP932, with the months to come of its year as zeros; ``cut``: without them."""
    year, last = months[-1][0].split("/")
    months = (*months, *((f"{year}/{month:02}", 0, 0) for month in range(int(last) + 1, 13) if not cut))
    lines = [title, "Years/Months,Exp-Total,Imp-Total", ",,", *(f"{month},{exports} ,{imports} " for month, exports, imports in months)]
    return ("\r\n".join(lines) + "\r\n").encode("cp932")


Line = tuple[str, str, str, str, Mapping[str, tuple[int, int, int]]]
"""Statistical code, country or empty, units, and by month the two quantities and the value in thousand yen."""


def commodities(flow: str, year: int, *lines: Line) -> bytes:
    """A file of e-Stat: with a column Country where the first line has one."""
    country = bool(lines[0][1])
    head = ["Exp or Imp", "Year", "HS", *(["Country"] if country else []), "Unit1", "Unit2",
            *(f"{what}-{month}" for month in ("Year", *MONTHS) for what in ("Quantity1", "Quantity2", "Value"))]
    out = [",".join(head)]
    for code, area, one, two, months in lines:
        cells = [months.get(month, (0, 0, 0)) for month in MONTHS]
        year_cells = tuple(sum(cell[at] for cell in cells) for at in range(3))
        out.append(",".join([flow, str(year), f"'{code}", *([area] if country else []), one or "  ", two,
                             *(str(number) for cell in (year_cells, *cells) for number in cell)]))
    return ("\n".join(out) + "\n").encode()


@dataclass
class Office:
    """A synthetic office: what is out so far."""

    releases: dict[str, bytes] = field(default_factory=dict)
    """By month and stage (``2025124``)."""
    series: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    """By number of e-Stat (``statInfId``)."""
    months: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By class of tables and month (``000001013184 202608``), the numbers of its files."""

    def open(self, publishers: Publishers) -> None:
        publishers.answer(f"{CUSTOMS}/shinbun/trade-st_e/", self._release)
        publishers.answer(SERIES, lambda query, headers: (200, {"Content_Type": "text/csv"}, self.series))
        publishers.answer(f"{ESTAT}/stat-search/files", self._listing)
        publishers.answer(f"{ESTAT}/stat-search/file-download", self._file)

    def _release(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        found = re.fullmatch(r"[0-9]{4}/([0-9]{7})e\.xml", query["/"])
        body = self.releases.get(found[1]) if found else None
        return (200, {"Content_Type": "text/xml"}, body) if body else (404, {"Content_Type": "text/html"}, b"<html>not found</html>")

    def _listing(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        tables = query["tclass2"]
        if "month" in query:
            numbers = self.months[f"{tables} {query['year'][:4]}{query['month'][-2:]}"]
            links = "".join(f'<a href="/stat-search/file-download?statInfId={number}&amp;fileKind=1">CSV</a>' for number in numbers)
        else:
            links = "".join(f'<a href="/stat-search/files?page=1&amp;tclass1={query["tclass1"]}&amp;tclass2={tables}&amp;'
                            f'year={month[:4]}0&amp;month=230709{month[4:]}&amp;result_back=1">{int(month[4:])}月</a>'
                            for named, month in (key.split() for key in self.months) if named == tables)
        return 200, {"Content_Type": "text/html"}, f'<html><a href="/stat-search/files">e-Stat</a>{links} statInfId</html>'.encode()

    def _file(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        return 200, {"Content_Type": "text/csv"}, self.files[query["statInfId"]]
