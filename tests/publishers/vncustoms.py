"""Viet Nam's customs, simulated, with synthetic figures: files whose address holds the day on which they appeared, all other days a 404.

The layout is that of the table of June 2026 (English) and, in Vietnamese, what others wrote down of it: countries in capitals, dots between
thousands. All figures are our own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.publishers.pdfs import Text, pdf, width
from tests.publishers.server import Publishers

HOST = "files.customs.gov.vn"
FILES = f"https://{HOST}/CustomsCMS/TONG_CUC"
PDF = "application/pdf"
Good = tuple[str, str, str, int, str, int]
"""Label, unit, volume and value of the month, volume and value of the year to date; an empty text for no volume, 0 for no value."""
_EDGES = (358.0, 431.0, 487.0, 564.0)
_ENGLISH = ("MINISTRY OF FINANCE OF VIETNAM", "GENERAL DEPARTMENT OF CUSTOMS", "Preliminary",
            "STATISTICS OF {flow}S BY COUNTRY/TERRITORY-MAIN {flow}S", "{month}, {year}", "Reporting month", "Year to date",
            "Country/Territory-Main {flow}s", "Units", "Volume", "Value (USD)")
_VIETNAMESE = ("BỘ TÀI CHÍNH", "CỤC HẢI QUAN", "Sơ bộ", "{flow} KHẨU HÀNG HÓA THEO NƯỚC/VÙNG LÃNH THỔ - MẶT HÀNG CHỦ YẾU",
               "Tháng {month} năm {year}", "Số trong tháng", "Cộng dồn đến hết tháng", "Nước/Mặt hàng", "ĐVT", "Lượng", "Trị giá (USD)")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
GOODS: Mapping[str, Sequence[Good]] = {
    "Malaysia": (("Coffee", "Ton", "120", 600_000, "700", 3_500_000),
                 ("Computers, electrical products, spare-parts and components thereof", "USD", "", 2_400_001, "", 9_000_000),
                 ("Other products", "USD", "", 1_000_000, "", 4_000_000)),
    "China": (("Rice", "Ton", "1,500", 750_500, "9,000", 4_500_000), ("Other products", "USD", "", 8_249_500, "", 40_000_000)),
    "Lao PDR": (("Other products", "USD", "", 0, "", 200),),
}
VIETNAMESE = {"Malaysia": "MALAYSIA", "China": "TRUNG QUỐC", "Lao PDR": "LÀO", "Coffee": "Cà phê", "Rice": "Gạo", "Ton": "Tấn",
              "Other products": "Hàng hóa khác",
              "Computers, electrical products, spare-parts and components thereof": "Máy vi tính, sản phẩm điện tử và linh kiện"}


def table(year: int, month: int, flow: str = "export", language: str = "en", goods: Mapping[str, Sequence[Good]] = GOODS, *,
          rows_a_page: int = 5, totals: Mapping[str, tuple[int, int]] | None = None, many: int = 0) -> bytes:
    """A table 5X or 5N; ``totals`` stand for a country instead of the sum of its goods, ``many`` further countries below."""
    words = _ENGLISH if language == "en" else _VIETNAMESE
    flows = {"export": "Export", "import": "Import"} if language == "en" else {"export": "XUẤT", "import": "NHẬP"}
    title = words[3].format(flow=flows[flow].upper())
    period = words[4].format(month=MONTHS[month - 1] if language == "en" else month, year=year)
    header: list[Text] = [(331, 70, words[5]), (471, 70, words[6]), (77, 81, words[7].format(flow=flows[flow].lower())),
                          (280, 80, words[8]), (317, 95, words[9]), (369, 95, words[10]), (445, 95, words[9]), (500, 95, words[10])]
    top: list[Text] = [(56, 20, words[0]), (45, 30, words[1]), (502, 40, words[2]), (60, 50, title), (274, 60, period)]
    lines: list[list[Text]] = []
    every = {**goods, **{_LISTED[place]: (("Other products", "USD", "", 1_000 + place, "", 10_000 + place),) for place in range(many)}}
    for country, listed in every.items():
        sums = (totals or {}).get(country) or (sum(good[3] for good in listed), sum(good[5] for good in listed))
        lines.append([(45, 0, _word(country, language)), *_figures(("", sums[0], "", sums[1]), language)])
        for label, unit, *figures in listed:
            first, second = _wrapped(_word(label, language))
            wrapped: list[Text] = [(49, 9, second)] if second else []
            lines.append([(49, 0, first), (280, 0, _word(unit, language)), *_figures(figures, language), *wrapped])
    pages = []
    for start in range(0, len(lines), rows_a_page):
        number = start // rows_a_page + 1
        placed = [(left, 120 + 22 * at + down, text)
                  for at, line in enumerate(lines[start:start + rows_a_page]) for left, down, text in line]
        foot: Text = (537, 798, f"Page{number}" if language == "en" else f"Trang {number}")
        pages.append([*(top if number == 1 else []), *header, *placed, foot])
    return pdf(pages)


_LISTED = (
    "Japan", "Thailand", "Singapore", "Indonesia", "Philippines", "India", "Germany", "France", "Italy", "Spain", "Poland",
    "Sweden", "Norway", "Denmark", "Finland", "Austria", "Belgium", "Brazil", "Chile", "Peru", "Mexico", "Canada", "Egypt",
    "Kenya", "Ghana", "Nigeria", "Angola", "Turkey", "Israel", "Iraq", "Kuwait", "Qatar", "Pakistan", "Bangladesh",
    "Sri Lanka", "Nepal", "Mongolia", "Portugal", "Greece", "Ireland", "Iceland", "Hungary", "Romania", "Bulgaria",
    "Croatia", "Estonia", "Latvia", "Lithuania", "Ukraine", "Armenia", "Georgia", "Cyprus", "Malta", "Togo", "Senegal",
    "Algeria", "Morocco", "Tunisia", "Panama", "Colombia")
EVERY = len(_LISTED)
"""Further countries there are: with them a table has the least rows and partners."""


def _word(text: str, language: str) -> str:
    return text if language == "en" else VIETNAMESE.get(text, text)


def _wrapped(label: str) -> tuple[str, str]:
    """A label in the lines that it takes."""
    if width(label) < 210:
        return label, ""
    at = label.rindex(" ", 0, 48)
    return label[:at], label[at + 1:]


def _figures(figures: Sequence[object], language: str) -> list[Text]:
    told = [figure if isinstance(figure, str) else f"{figure:,}" if figure else "" for figure in figures]
    printed = [str(text) if language == "en" else str(text).replace(",", ".") for text in told]
    return [(edge - width(text), 0, text) for edge, text in zip(_EDGES, printed, strict=True) if text]


@dataclass
class Office:
    """A synthetic file server: files by the day on which they appeared."""

    files: dict[str, bytes] = field(default_factory=dict)
    """Address below the folder of all → what stands there: ``2026/7/8/2026-t6-5x(ta-sb).pdf``."""

    def appear(self, day: str, name: str, body: bytes) -> None:
        self.files[f"{day}/{name}"] = body

    def open(self, publishers: Publishers) -> None:
        def answered(query: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
            found = self.files.get(query["/"].replace("%28", "(").replace("%29", ")"))
            if found is None:
                return 404, {"Content_Type": "text/html"}, b"<html><body>404</body></html>"
            return 200, {"Content_Type": PDF}, found

        publishers.answer(f"{FILES}/", answered)
