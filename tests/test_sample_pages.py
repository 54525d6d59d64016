"""The sample's pages: every figure in them is sourced, and they are the same at every composing."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lxml import html as lxml_html

from connectors import asking
from connectors.contract import NothingKnown, Wanted
from connectors.news.feeds import Feeds
from warehouse.schema.errors import NotFound, PublisherError
from warehouse.schema.travel import Document, Fetch, Request, Window

SAMPLE = Path(__file__).parents[1] / "sample"
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def _load() -> ModuleType:
    """``sample/`` is data with a script, no package: loaded by its path, as the archive's builder does."""
    spec = importlib.util.spec_from_file_location("entrepot_sample_compose", SAMPLE / "compose.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


compose = _load()
PAGES = compose.pages()


def of(dataset: str) -> list[Any]:
    return [page for page in PAGES if page.dataset == dataset]


def value(text: str) -> Decimal | None:
    """The number in a cell, None for a blank one and for nil."""
    plain = text.strip("\xa0 -") and text.strip("\xa0 ").replace(",", "")
    return Decimal(plain) if plain else None


def tree(body: bytes) -> Any:
    return lxml_html.fromstring(body)


def tables(dataset: str) -> list[Any]:
    composed = [tree(page.body) for page in of(dataset) if b"atcl-cnt" in page.body]
    return [table for whole in composed for table in whole.xpath("//div[@class='atcl-cnt']/table")]


def test_composing_twice_gives_the_same_bytes() -> None:
    assert compose.pages() == PAGES and _load().pages() != []
    assert [page.body for page in _load().pages()] == [page.body for page in PAGES]


def test_every_figure_has_a_source() -> None:
    files = sorted((SAMPLE / "figures").glob("*.csv"))
    assert len(files) == 7
    for file in files:
        with file.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
        assert rows and all(len(row["source"].strip()) > 20 for row in rows), file.name


@pytest.mark.parametrize(("dataset", "name", "rows"), [
    ("gacc.prelim.country", "gacc_preliminary", 31), ("gacc.bulletin.country", "gacc_bulletin", 28)])
def test_every_figure_of_a_gacc_table_is_a_sourced_one_and_none_is_missing(dataset: str, name: str, rows: int) -> None:
    shown = [[cell.text_content() for cell in line.xpath("./td")] for table in tables(dataset)
             for line in table.xpath(".//tr")[4:] if len(line) > 1]
    listed = {(row["period"], row["label"]): row for row in compose.figures(name)}
    assert len(shown) == len(listed) == rows
    unseen = dict(listed)
    for label, *cells in shown:
        found = [key for key, row in unseen.items() if key[1] == label.strip("\xa0:")
                 and [value(cell) for cell in cells] == [value(row[column]) for column in compose.FIGURES]]
        assert found, (label, cells)
        del unseen[found[0]]
    assert not unseen


def test_the_preliminary_table_of_march_2026_is_that_of_the_real_page(samples: Path) -> None:
    real = tree((samples / "gacc/release_section4_by_country_mar2026_cny.html").read_bytes())
    (ours,) = [page for page in of("gacc.prelim.country") if b"Mar 2026 (in CNY)" in page.body]

    def lines(whole: Any) -> list[list[str]]:
        rows = whole.xpath("//div[@class='atcl-cnt']/table//tr")
        texts = [[re.sub(r"[\t\r\n]", "", cell.text_content()) for cell in row.xpath("./td")] for row in rows]
        return [[line[0].rstrip("\xa0"), *(cell.strip("\xa0") for cell in line[1:])] for line in texts if len(line) > 1]

    assert lines(tree(ours.body)) == lines(real)


def test_a_cell_of_which_no_source_tells_is_blank() -> None:
    (page,) = [page for page in of("gacc.prelim.country") if b"Jun 2026 (in CNY)" in page.body]
    rows = {cells[0].strip("\xa0"): [cell.strip("\xa0") for cell in cells[1:]]
            for line in tree(page.body).xpath("//table//tr")
            if len(cells := [cell.text_content() for cell in line.xpath("./td")]) == 10}
    assert rows["of which: Malaysia"] == ["", "7,209.8", "", "4,560.9", "", "2,648.9", "-1.7", "22.7", "-26.8"]


def test_the_bulletins_are_in_ten_thousand_yuan_with_the_decimals_of_the_source() -> None:
    (page,) = [page for page in of("gacc.bulletin.country") if b"Destination,12.2024</div>" in page.body]
    text = page.body.decode()
    assert "Unit:CNY 10,000" in text and "<span>150,870,765.6311</span>" in text  # Malaysia, 2024: 1,508.71 bn
    assert '<div class="atcl-date">2025/01/18</div>' in text


def test_the_day_of_the_bulletin_of_january_2024_is_left_out_since_no_source_tells_it() -> None:
    (page,) = [page for page in of("gacc.bulletin.country") if b"Destination,1.2024</div>" in page.body]
    assert b'<div class="atcl-date"></div>' in page.body


def test_the_indexes_link_exactly_the_pages_of_the_sample() -> None:
    linked = {href for page in PAGES if "/statics/report/" in page.url
              for href in re.findall(r"href=(\S+?)>", page.body.decode())}
    assert linked == {page.url for page in PAGES if "/Statics/" in page.url} and len(linked) == 5
    assert f"{compose.GACC}/Statics/2e61c8a1-17b2-4074-b909-c039ccf8c8fb.html" in linked


def test_the_headline_file_has_the_rows_of_dosms_own(samples: Path) -> None:
    (page,) = of("dosm.headline")
    real = (samples / "opendosm/trade_headline.csv").read_text(encoding="utf-8").splitlines()
    assert page.body.decode().splitlines() == [real[0], *(line for line in real[1:] if line.split(",")[1] >= "2023")]
    assert b"abs,2024-06-01,126016519225.0" in page.body and page.body.count(b"\n") == 121


def test_the_calendar_has_dosms_columns_and_the_sourced_days_at_noon() -> None:
    (page,) = of("dosm.calendar")
    rows = list(csv.DictReader(page.body.decode().splitlines()))
    assert {row["publication_id"]: row["release_date"] for row in rows} == {
        row["publication_id"]: f"{row['release_day']} 12:00:00" for row in compose.figures("dosm_calendar")}
    assert rows[-1]["publication_id"] == "trade_headline_2026-07" and rows[-1]["release_date"] == "2026-08-20 12:00:00"


def test_the_ecbs_answers_hold_the_published_rates_and_no_others() -> None:
    (daily,), (monthly,) = of("ecb.exr.day"), of("ecb.exr.month")
    for page, name, columns, days in (
            (daily, "ecb_daily", compose.CURRENCIES, 581), (monthly, "ecb_monthly", ("CNY",), 7)):
        answer = json.loads(page.body, parse_float=Decimal, parse_int=Decimal)
        series = answer["dataSets"][0]["series"]
        values = answer["structure"]["dimensions"]["series"][1]["values"]
        times = [value["id"] for value in answer["structure"]["dimensions"]["observation"][0]["values"]]
        shown = {(values[int(key.split(":")[1])]["id"], times[int(place)]): observed[0]
                 for key, line in series.items() for place, observed in line["observations"].items()}
        rows = compose.figures(name)
        assert shown == {(column, row[next(iter(row))]): Decimal(row[column]) for row in rows for column in columns}
        assert len(shown) == days * len(columns)
        assert answer["header"]["entrepot-origin"].startswith("reconstructed from ECB")


def test_the_monthly_averages_are_the_digits_of_the_ecbs_answer(samples: Path) -> None:
    (file,) = (samples / "ecb").glob("ecb_sdmxjson_M.CNY*.json")
    real, ours = (json.loads(body, parse_float=str)["dataSets"][0]["series"]["0:0:0:0:0"]["observations"]
                  for body in (file.read_bytes(), of("ecb.exr.month")[0].body))
    assert [observed[0] for observed in real.values()] == [observed[0] for observed in ours.values()]


def test_every_figure_of_an_article_is_listed_with_who_stated_it() -> None:
    stated = compose.figures("news")
    for page in of("news.entrepot-sample"):
        if page.url.endswith(".xml"):
            continue
        slug = page.url.rsplit("/", 1)[1]
        text = " ".join(tree(page.body).xpath("//article//p/text()"))
        listed = [row["figure"] for row in stated if row["article"] == slug]
        assert listed and all(figure in text for figure in listed)
        for figure in listed:
            text = text.replace(figure, "")
        years_and_days = re.sub(r"\b(?:19|20)\d{2}\b|\b18 July\b", "", text)
        assert not NUMBER.findall(years_and_days), (slug, years_and_days)


def test_every_html_page_says_that_it_was_composed_and_from_what() -> None:
    composed = [page for page in PAGES if page.content_type.startswith("text/html")]
    assert len(composed) == 12
    for page in composed:
        whole = tree(page.body)
        (origin,) = whole.xpath("//meta[@name='entrepot-origin']/@content")
        (note,) = whole.xpath("//p[@class='entrepot-note']/text()")
        assert re.fullmatch(r"reconstructed; .{20,}", origin) and "not the publisher's page" in note


def test_every_page_has_a_time_of_the_source_and_a_note() -> None:
    assert len({page.url for page in PAGES}) == len(PAGES) == 17
    assert all(page.asked_at.tzinfo is UTC and page.asked_at < datetime(2026, 9, 1, tzinfo=UTC) for page in PAGES)
    assert all(page.source_note.startswith("reconstructed") for page in PAGES)


class FromPages:
    """A client that answers from the sample, as the demo does."""

    def ask(self, request: Request) -> Document | PublisherError:
        page = next((page for page in PAGES if page.url == request.url), None)
        if page is None:
            return NotFound("not in the sample", url=request.url)
        return Document(Fetch(fetch_id="f", dataset=page.dataset, url=page.url, asked_at=page.asked_at, status=200,
                              sha256="", bytes=len(page.body), origin_kind="reconstructed",
                              content_type=page.content_type), page.body)

    def get(self, request: Request) -> Document:
        answer = self.ask(request)
        if isinstance(answer, PublisherError):
            raise answer
        return answer


def test_the_news_connector_reads_the_samples_feed_and_articles() -> None:
    connector = Feeds()
    wanted = Wanted({"news.entrepot-sample"}, Window(), NothingKnown(datetime(2026, 9, 1, tzinfo=UTC)))
    got = list(asking.answers(connector, FromPages(), wanted))
    rows = [connector.read(document)[0].frames for document in got if isinstance(document, Document)]
    articles = [frame.row(0, named=True) for frames in rows for frame in frames]
    assert len(got) == len(articles) == 3
    assert [(row["published_at"], row["published_precision"], row["tz_assumed"]) for row in articles] == [
        (datetime(2026, 2, 6, 4, tzinfo=UTC), "minute", ""), (datetime(2025, 4, 17, 4, tzinfo=UTC), "minute", ""),
        (datetime(2024, 7, 18, 8, tzinfo=UTC), "minute", "")]
    assert "nearly 1,000 times" in articles[1]["text"] and "Composed by Entrepot" not in articles[1]["text"]


def test_the_archive_in_the_repository_is_these_pages(tmp_path: Path) -> None:
    compose.write(tmp_path)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    shipped = {path.relative_to(SAMPLE): path.read_bytes() for part in ("blobs", "log") for path in (SAMPLE / part).rglob("*")
               if path.is_file()}
    assert made.keys() == shipped.keys(), "run `make sample`"
    assert all(made[name] == shipped[name] for name in made if name.parts[0] == "log")
