"""Composes the pages of the sample from the sourced figures beside it: the same bytes every time.

The pages have the publishers' formats, so that the connectors read them like real ones, in a skeleton of our own, and
each says that it was composed. Every figure stands in ``figures/*.csv`` with its source; ``README.md`` tells what was
left out and why. Storing the pages is the archive's business, reading them the connectors'.
"""

from __future__ import annotations

import csv
import json
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
Row = dict[str, str]

GACC = "http://english.customs.gov.cn"
DOSM = "https://storage.dosm.gov.my"
ECB = "https://data-api.ecb.europa.eu/service/data/EXR"
NEWS = "https://sample.entrepot.invalid"
INDEX_SEEN = datetime(2026, 8, 18, 12, tzinfo=UTC)
"""The day of the bulletin of July 2026, the last in the file from which the bulletins' rows come."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MARCH_2026 = "2e61c8a1-17b2-4074-b909-c039ccf8c8fb"
"""The real page's id, from GACC's own index of 2026. The others' are not known, and what stands in their place says that it is made up."""

CURRENCIES = ("AUD", "CNY", "GBP", "HKD", "IDR", "INR", "JPY", "KRW", "MYR", "PHP", "SGD", "THB", "USD")
"""Those for which the ECB's connector asks: they stand in the address."""


@dataclass(frozen=True)
class Page:
    """One document of the sample, as the archive keeps it (origin: reconstructed)."""

    url: str
    dataset: str
    content_type: str
    body: bytes
    asked_at: datetime
    """When the publisher showed these figures, by the source; not when we composed the page."""
    source_note: str


@dataclass(frozen=True)
class Release:
    """One GACC table by country: its month, printed title and day."""

    dataset: str
    month: date
    title: str
    printed: date | None
    """None where no source tells the day."""

    @property
    def period(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def url(self) -> str:
        known = self.dataset == "gacc.prelim.country" and self.period == "2026-03"
        made_up = f"made-up-for-the-sample-of-entrepot-{self.dataset.replace('.', '-')}-{self.period}"
        return f"{GACC}/Statics/{MARCH_2026 if known else made_up}.html"

    @property
    def seen(self) -> datetime:
        return datetime.combine(self.printed, time(12), UTC) if self.printed else INDEX_SEEN


def _preliminary(month: date, printed: date) -> Release:
    title = f"(4) China's Total Export & Import Values by Country/Region, {month:%b %Y} (in CNY)"
    return Release("gacc.prelim.country", month, title, printed)


def _bulletin(month: date, printed: date | None) -> Release:
    title = f"(2) Imports and Exports by Country (Region) of Origin/Destination,{month.month}.{month.year}"
    return Release("gacc.bulletin.country", month, title, printed)


RELEASES = (
    _preliminary(date(2026, 3, 1), date(2026, 4, 8)),  # printed on the page
    _preliminary(date(2026, 6, 1), date(2026, 7, 14)),  # GACC's schedule of 2026
    _bulletin(date(2024, 1, 1), None),  # January comes with February, the day is not sourced
    _bulletin(date(2024, 12, 1), date(2025, 1, 18)),  # bulletins appear on the 18th
    _bulletin(date(2025, 12, 1), date(2026, 1, 18)),
)

INDEXES = (
    ("preliminary", 2026, "gacc.prelim.country"),  # the present year has no number in its address
    ("monthly", 2026, "gacc.bulletin.country"),
    ("monthly2025", 2025, "gacc.bulletin.country"),
    ("monthly2024", 2024, "gacc.bulletin.country"),
)
INDEX_ROWS = {
    "gacc.prelim.country": "(4) China's Total Export & Import Values by Country/Region (in CNY)",
    "gacc.bulletin.country": "(2) Imports and Exports by Country (Region) of Origin/Destination (in CNY)",
}


def pages() -> list[Page]:
    """Every page of the sample, in the order of ``asked_at``; the same bytes at every call."""
    return sorted((*_gacc(), *_dosm(), *_ecb(), *_news()), key=lambda page: (page.asked_at, page.url))


def figures(name: str) -> list[Row]:
    """The rows of one file of figures."""
    with (HERE / "figures" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _sources(rows: list[Row]) -> str:
    return "; ".join(dict.fromkeys(row["source"] for row in rows))


# GACC


def _gacc() -> Iterator[Page]:
    for release in RELEASES:
        name = "gacc_preliminary" if release.dataset == "gacc.prelim.country" else "gacc_bulletin"
        rows = [row for row in figures(name) if row["period"] == release.period]
        table = _preliminary_table(release, rows) if name == "gacc_preliminary" else _bulletin_table(release, rows)
        yield _html_page(release.url, release.dataset, release.title, _article(release, table), release.seen,
                         _sources(rows))
    for name, year, dataset in INDEXES:
        yield _html_page(f"{GACC}/statics/report/{name}.html", dataset, f"Index {name}", _index(year, dataset),
                         INDEX_SEEN, "links to the pages of this sample, in the layout of GACC's index")


def _html_page(url: str, dataset: str, title: str, content: str, seen: datetime, source: str,
               head: str = "") -> Page:
    """A page in our own skeleton, with what it is for people and for programs."""
    note = f"Composed by Entrepot for its sample; not the publisher's page. Source: {source}."
    body = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="entrepot-origin" content="{escape(f'reconstructed; {source}')}">
<title>{escape(title)}</title>{head}
</head>
<body>
{content}
<footer><p class="entrepot-note">{escape(note)}</p></footer>
</body>
</html>
"""
    return Page(url, dataset, "text/html; charset=utf-8", body.encode("utf-8"), seen, f"reconstructed from {source}")


def _article(release: Release, table: str) -> str:
    printed = f"{release.printed:%Y/%m/%d}" if release.printed else ""
    return f"""<div class="atcl-ttl">{escape(release.title)}</div>
<div class="atcl-date">{printed}</div>
<div class="atcl-cnt">
{table}
</div>
<div class="atcl-rct"></div>"""


def _cells(texts: list[str], *, spans: dict[int, int] | None = None) -> str:
    wide = {at: f' colspan="{width}"' for at, width in (spans or {}).items()}
    cells = "".join(f"<td{wide.get(at, '')}><span>{text}</span></td>" for at, text in enumerate(texts))
    return f"<tr>{cells}</tr>"


FIGURES = ("total_month", "total_ytd", "export_month", "export_ytd", "import_month", "import_ytd",
           "total_yoy", "export_yoy", "import_yoy")


def _preliminary_table(release: Release, rows: list[Row]) -> str:
    """Ten columns; the label's depth is a count of no-break spaces, as GACC prints it. What is not sourced is blank."""
    month = release.month.month
    lines = [
        _cells([escape(release.title)], spans={0: 10}),
        _cells(["Unit: CNY 100 Million"], spans={0: 10}),
        _cells(["Import Source", *["Export &amp; Import"] * 2, *["Export"] * 2, *["Import"] * 2,
                f"1-to-{month} Total Year-on-Year (±%)"], spans={7: 3}),
        _cells(["Export Destination", *[str(month), f"1- to-{month}"] * 3, "Export &amp; Import", "Export", "Import"]),
    ]
    for row in rows:
        label = "&nbsp;" * int(row["indent"]) + escape(row["label"])
        lines.append(_cells([label, *(f"{row[name]}&nbsp;" if row[name] and name[-3:] != "yoy" else row[name]
                                      for name in FIGURES)]))
    if any(row["label"] == "European Union" for row in rows):
        note = "Note: the European Union (EU) includes: its 27 members since February 2020."
        lines.append(_cells([note], spans={0: 10}))
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _bulletin_table(release: Release, rows: list[Row]) -> str:
    """Ten columns in the English bulletin's layout; nil is ``-``, a region's label ends with a colon."""
    month = str(release.month.month)
    to_date = f"1to{month}"
    lines = [
        _cells([escape(release.title)], spans={0: 10}),
        _cells(["Unit:CNY 10,000"], spans={0: 10}),
        _cells(["Country (Region)", "Imports and Exports", "Exports", "Imports", "Percentage Change"],
               spans={1: 2, 2: 2, 3: 2, 4: 3}),
        _cells(["", *[month, to_date] * 3, "Imports and Exports", "Exports", "Imports"]),
    ]
    for row in rows:
        label = f"{row['label']}:" if row["label"] == "Asia" else row["label"]
        lines.append(_cells([escape(label), *(_grouped(row[name]) for name in FIGURES)]))
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _grouped(number: str) -> str:
    """With thousands separators and the decimals of the source; ``-`` for nil."""
    return f"{Decimal(number):,}" if number else "-"


def _index(year: int, dataset: str) -> str:
    """GACC's index: a link for a month that is out, else a span; unquoted href and ``</br>`` as there."""
    linked = {release.month.month: release.url for release in RELEASES
              if release.dataset == dataset and release.month.year == year}
    months = [("</br>" if number == 7 else "")
              + (f"<a href={linked[number]}> {name}.</a>" if number in linked else f"<span>{name}.</span>")
              for number, name in enumerate(MONTHS, start=1)]
    years = "".join(f'<option value="{option}">{option}</option>' for option in (2026, 2025, 2024))
    which = "preliminarysel" if dataset == "gacc.prelim.country" else "monthlysel"
    return f"""<select id="{which}">{years}</select>
<table><thead><tr><th>Title</th><th>Month</th></tr></thead><tbody>
<tr><td>{escape(INDEX_ROWS[dataset])}</td><td>{''.join(months)}</td></tr>
</tbody></table>"""


# DOSM


def _dosm() -> Iterator[Page]:
    rows = figures("dosm_headline")
    columns = [name for name in rows[0] if name != "source"]
    lines = [",".join(columns), *(",".join(row[name] for name in columns) for row in rows)]
    # A monitor saw this file, ending in April 2026, on 2026-08-02.
    yield Page(f"{DOSM}/trade/trade_headline.csv", "dosm.headline", "text/csv", _lines(lines),
               datetime(2026, 8, 2, 12, tzinfo=UTC), f"reconstructed, rows since 2023 from {_sources(rows)}")

    rows = figures("dosm_calendar")
    columns = ["publication_id", "release_date", "title_en", "title_bm", "publication_type", "publication_type_en",
               "publication_type_bm", "frequency", "release_series", "release_series_date", "release_series_en",
               "release_series_bm"]
    lines = [",".join(columns)]
    for row in rows:
        series = date.fromisoformat(row["release_series"])
        lines.append(",".join([
            row["publication_id"], f"{row['release_day']} 12:00:00", f"{row['title_en']}: {series:%b %Y}",
            f"{row['title_bm']}: {series:%m/%Y}", "trade", "External Trade", "Perdagangan Luar Negeri", "MONTHLY",
            row["release_series"], f"{series:%Y-%m}", f"{series:%b %Y}", f"{series:%m/%Y}"]))
    # 08:00 in Malaysia on 22 August 2026: the calendar's own "data as of".
    yield Page(f"{DOSM}/meta/arc.csv", "dosm.calendar", "text/csv", _lines(lines), datetime(2026, 8, 22, tzinfo=UTC),
               f"reconstructed, external trade only, from {_sources(rows)}")


def _lines(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8")


# ECB


def _ecb() -> Iterator[Page]:
    # The first of the month in which the rates begin, as the connector asks for it.
    yield _exr("D", CURRENCIES, figures("ecb_daily"), "2024-01-01", datetime(2026, 4, 13, 14, 30, tzinfo=UTC))
    yield _exr("M", ("CNY",), figures("ecb_monthly"), "2024-01", datetime(2026, 5, 8, 9, 16, 35, tzinfo=UTC))


def _exr(frequency: str, currencies: tuple[str, ...], rows: list[Row], since: str, seen: datetime) -> Page:
    """One SDMX-JSON answer of the ECB's data portal: a series a currency, rates by their place in the list of times."""
    dataset, when = ("ecb.exr.day", "date") if frequency == "D" else ("ecb.exr.month", "month")
    url = f"{ECB}/{frequency}.{'+'.join(CURRENCIES)}.EUR.SP00.A?format=jsondata&startPeriod={since}"
    note = f"reconstructed from {_sources(rows)}"

    def dimension(name: str, *values: str) -> dict[str, object]:
        return {"id": name, "name": name, "values": [{"id": value, "name": value} for value in values]}

    series = {
        f"0:{at}:0:0:0": {
            "attributes": [0, 0, at],
            "observations": {str(place): [float(row[currency]), 0] for place, row in enumerate(rows)},
        } for at, currency in enumerate(currencies)}
    answer = {
        "header": {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, url)), "test": False, "prepared": seen.isoformat(),
                   "sender": {"id": "ECB"}, "entrepot-origin": note},
        "dataSets": [{"action": "Replace", "validFrom": seen.isoformat(), "series": series}],
        "structure": {
            "name": "Exchange Rates",
            "dimensions": {
                "series": [dimension("FREQ", frequency), dimension("CURRENCY", *currencies),
                           dimension("CURRENCY_DENOM", "EUR"), dimension("EXR_TYPE", "SP00"),
                           dimension("EXR_SUFFIX", "A")],
                "observation": [{"id": "TIME_PERIOD", "name": "Time period or range", "role": "time",
                                 "values": [{"id": row[when], "name": row[when]} for row in rows]}]},
            "attributes": {
                "series": [dimension("COLLECTION", "A"), dimension("UNIT_MULT", "0"), dimension("UNIT", *currencies)],
                "observation": [dimension("OBS_STATUS", "A")]}},
    }
    body = json.dumps(answer, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    return Page(url, dataset, "application/vnd.sdmx.data+json;version=1.0.0-wd", body, seen, note)


# News


def _news() -> Iterator[Page]:
    articles = tomllib.loads((HERE / "articles.toml").read_text(encoding="utf-8"))["article"]
    stated = figures("news")
    items: list[tuple[datetime, str, str, datetime]] = []
    for article in articles:
        published: datetime = article["published"]
        seen = (published + timedelta(hours=1)).astimezone(UTC)
        url = f"{NEWS}/news/{article['slug']}"
        source = _sources([row for row in stated if row["article"] == article["slug"]])
        paragraphs = "\n".join(f"<p>{escape(line)}</p>" for line in article["text"].strip().splitlines())
        about = json.dumps({"@context": "https://schema.org", "@type": "NewsArticle", "headline": article["title"],
                            "datePublished": published.isoformat(), "author": {"name": "Entrepot"}})
        head = f'''
<link rel="canonical" href="{url}">
<script type="application/ld+json">{about}</script>'''
        content = f"""<article>
<h1>{escape(article['title'])}</h1>
{paragraphs}
</article>"""
        yield _html_page(url, "news.entrepot-sample", article["title"], content, seen, source, head)
        items.append((published, article["title"], url, seen))
    newest = sorted(items, reverse=True)
    entries = "\n".join(f"<item><title>{escape(title)}</title><link>{url}</link><guid>{url}</guid>"
                        f"<pubDate>{when:%a, %d %b %Y %H:%M:%S %z}</pubDate></item>" for when, title, url, _ in newest)
    feed = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel>
<title>Sample texts written by Entrepot</title>
<link>{NEWS}/news/</link>
<description>reconstructed; written for the sample by Entrepot, not by a publisher</description>
{entries}
</channel></rss>
"""
    yield Page(f"{NEWS}/news/feed.xml", "news.entrepot-sample", "application/rss+xml; charset=utf-8",
               feed.encode("utf-8"), newest[0][3], "reconstructed; written by Entrepot for the sample")


def write(folder: Path) -> int:
    """Store the pages as an archive in a folder, the same files every time. Returns how many pages."""
    from warehouse.archive.documents import Archive
    from warehouse.archive.store import Folder

    archive = Archive(Folder(folder), run="2026-sample")
    made = sorted(pages(), key=lambda page: (page.asked_at, page.url))
    for page in made:
        archive.keep(page.body, url=page.url, dataset=page.dataset, asked_at=page.asked_at, status=200,
                     origin_kind="reconstructed", content_type=page.content_type, source_note=page.source_note)
    return len(made)


if __name__ == "__main__":
    import shutil
    import sys

    for part in ("blobs", "log"):
        shutil.rmtree(HERE / part, ignore_errors=True)
    sys.stdout.write(f"{write(HERE)} pages in {HERE}\n")
