"""Every connector there is holds the contract; and what holds it to that sees each way in which one may not."""

from __future__ import annotations

import inspect
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract import Ask, Connector, Wanted
from connectors.statistics.statements import CONNECTOR as STATEMENTS
from flows import conformance
from flows.home import registry
from tests.documents import document
from tests.e2e.pages import gacc_page, headline
from tests.third_party.synthetic_office import EXPORTS, OFFICE, URL, Office
from warehouse.reference.areas import Labels
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Credential, Document, Request


def zipped(name: str, body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(name, body)
    return out.getvalue()


FORMS = [
    headline(3), gacc_page(3), b"Date,USD,JPY,GBP,MYR,\n2026-04-13,1.1,160,0.8,4.6,\n",
    zipped("eurofxref-hist.csv", b"Date,USD,JPY,GBP,\n2026-04-13,1.1,160,0.8,\n"),
    json.dumps({"dataSets": [{"series": {}}], "structure": {"dimensions": {"series": [{"id": "EXR_TYPE", "values": []}]}}}).encode(),
    b"<?xml version='1.0'?><rss version='2.0'><channel><title>t</title><item><title>i</title><link>http://x.example</link></item></channel></rss>",
    b"<html><head><meta property='og:type' content='article'><title>t</title></head><body><article><p>text</p></article></body></html>",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n", b"\xff\xfea\0b\0",
    STATEMENTS.packaged.file.read_bytes()[:3000],
]
"""Documents of every kind, so that each connector meets those of the others too."""


@pytest.mark.parametrize("publisher", sorted(registry.connectors()))
def test_every_connector_holds_its_contract(publisher: str) -> None:
    assert conformance.examine(registry.connectors()[publisher]) == []


@pytest.mark.parametrize("publisher", sorted(registry.connectors()))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_documents_of_all_kinds_broken_in_any_way_give_rows_or_a_named_error(publisher: str, seed: int) -> None:
    connector = registry.connectors()[publisher]
    datasets = [dataset.dataset for dataset in connector.datasets] or [f"{publisher}.file"]
    documents = [document(datasets[(seed + place) % len(datasets)], body) for place, body in enumerate(FORMS)]
    assert list(conformance.any_bytes(connector, documents, tries=8, seed=seed)) == []


# ── it sees what is wrong ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Connector], list[str]]]:
    """What is found of a connector that stands in the place of all others."""
    def look(connector: Connector) -> list[str]:
        monkeypatch.setattr(registry, "connectors", lambda: {connector.publisher: connector})
        registry.datasets.cache_clear()
        monkeypatch.setattr(conformance, "folder_of", lambda _: Path(inspect.getfile(Office)).parent)
        monkeypatch.setattr(conformance, "sample_folder", lambda: Path("/nowhere"))
        return conformance.examine(connector)

    yield look
    registry.datasets.cache_clear()


class Rewriting(Office):
    """The office with something done to its frame or to its scope."""

    def parse(self, document: Document, out: Sink) -> None:
        for batch in Office().read(document):
            out.put(replace(batch, frames=[self.frame(frame) for frame in batch.frames], scope=self.scope(batch.scope)))

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame

    def scope(self, scope: object) -> object:
        return scope


class OtherRows(Rewriting):
    read_so_far = count()

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.head(2 + next(self.read_so_far) % 2)


class OtherCell(Rewriting):
    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(value=pl.col("value").reverse().cast(pl.Decimal(20, 3)))


class NoCell(Rewriting):
    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(locator=pl.lit("line 99"))


class OtherScope(Rewriting):
    """A scope beside the rows."""

    def parse(self, document: Document, out: Sink) -> None:
        for batch in Office().read(document):
            out.put(replace(batch, scope={"period_end": (date(2023, 12, 31), date(2024, 12, 31)), "flow": ("import",)}))


class NarrowScope(Rewriting):
    def scope(self, scope: object) -> object:
        return {"period_end": (date(2023, 12, 31),)}


class Doubled(Rewriting):
    """One partner has more than the world."""

    def frame(self, frame: pl.DataFrame) -> pl.DataFrame:
        more = pl.when(pl.col("partner") == "WLD").then(pl.col("value")).otherwise(pl.col("value") * 10)
        return frame.with_columns(value=more.cast(pl.Decimal(20, 3)))


class Breaking(Office):
    def parse(self, document: Document, out: Sink) -> None:
        if b"exports_usd" not in document.body:
            raise KeyError("exports_usd")
        super().parse(document, out)


class Silent(Office):
    def parse(self, document: Document, out: Sink) -> None:
        if document.body.startswith(b"year,partner,exports_usd_million"):
            return super().parse(document, out)
        with out.batch(EXPORTS.dataset, "nothing", {}):
            return None


class Halving(Office):
    """Half a number is a number."""

    def parse(self, document: Document, out: Sink) -> None:
        super().parse(Document(document.fetch, re.sub(rb",([0-9]+)\.?$", rb",\1.0", document.body)), out)


class Lenient(Office):
    """A last line that is no whole one is left out."""

    def parse(self, document: Document, out: Sink) -> None:
        super().parse(Document(document.fetch, document.body.rpartition(b"\n")[0]), out)


class OtherWord(Office):
    """A flow that the table does not know."""

    def parse(self, document: Document, out: Sink) -> None:
        for batch in Office().read(document):
            out.put(replace(batch, constants={**batch.constants, "flow": "exports"}))


class OtherColumn(Office):
    """A scope by what is no column."""

    def parse(self, document: Document, out: Sink) -> None:
        for batch in Office().read(document):
            out.put(replace(batch, scope={"month": (date(2024, 1, 1),)}))


class Unnamed(Office):
    def recognise(self, head: bytes, name: str) -> str | None:
        return "office"


class Endless(Office):
    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        return (Ask(Request(f"{URL}?page={page}", EXPORTS.dataset)) for page in count())


class Restless(Office):
    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        return [Ask(Request(f"{URL}?at={wanted.known.now:%H%M}", EXPORTS.dataset))] if wanted.datasets else []


class Greedy(Office):
    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        return [Ask(Request(URL, EXPORTS.dataset))]


class Keyless(Office):
    datasets = (replace(EXPORTS, credential=Credential("office", "https://synthetic-office.example/keys", header="X-Key")),)


class Nobody(Office):
    datasets = (replace(EXPORTS, licence="", expected_lag_days=None),)
    about = replace(OFFICE, licence="", area="QQQ")


class Unpaged(Office):
    datasets = (EXPORTS, replace(EXPORTS, dataset="synthetic-office.imports"))


def test_a_connector_that_holds_the_contract_is_found_to(found: Callable[[Connector], list[str]]) -> None:
    assert found(Office()) == []


@pytest.mark.parametrize(("connector", "said"), [
    (OtherRows, "the same bytes give other rows"), (OtherCell, "where the row has"), (NoCell, "no cell at 'line 99'"),
    (OtherScope, "0 rows are withdrawn where one is missing"), (NarrowScope, "the column 'period_end' of the scope has"),
    (Breaking, "not an error by name but KeyError"), (Doubled, "its partners add up to"),
    (Halving, "which the whole one has not"),
    (Lenient, "does not say that any is missing"),
    (OtherWord, "the column 'flow' has 'exports'; stats.trade takes export|import"),
    (OtherColumn, "the scope names 'month', which is no column of stats.trade"),
    (Silent, "is silently empty"), (Unnamed, "'office' is no dataset of it"), (Endless, "the plan has no end"),
    (Restless, "an hour later the plan has other addresses"), (Greedy, "it asks where nothing is wanted"),
    (Keyless, "is asked without"), (Nobody, "has no licence"), (Nobody, "'QQQ', which is no area"), (Nobody, "nobody could tell"),
    (Unpaged, "does not name synthetic-office.imports")])
def test_each_way_to_break_it_is_told(found: Callable[[Connector], list[str]], connector: type[Office], said: str) -> None:
    told = found(connector())
    assert [each for each in told if said in each], told


def test_a_figure_that_is_not_what_a_person_read_off_is_told(
        found: Callable[[Connector], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "_own", lambda connector: {"exports.csv": document(
        EXPORTS.dataset, b"year,partner,exports_usd_million\n2023,All countries,9000.0\n2023,Malaysia (Federation),1.0\n"
        b"2024,All countries,9900.0\n2024,Malaysia (Federation),1211.0\n")})
    assert any(re.search(r"figures\.csv, line 2: line 5 is 1211000000.*, not 1210000000", each) for each in found(Office()))


def test_a_label_of_two_areas_and_one_of_an_area_that_is_none_are_told(found: Callable[[Connector], list[str]], tmp_path: Path) -> None:
    class Doubled(Office):
        areas = Labels("synthetic-office", tmp_path / "areas.csv")

    (tmp_path / "areas.csv").write_text("code,valid_from,area\nKorea,,KOR\nKOREA,,PRK\n")
    assert "the label 'korea' means KOR and PRK from 0001-01-01 on" in list(conformance.declared(Doubled()))


def test_labels_that_are_no_table_are_told(found: Callable[[Connector], list[str]], tmp_path: Path) -> None:
    class Mistyped(Office):
        areas = Labels("synthetic-office", tmp_path / "areas.csv")

    (tmp_path / "areas.csv").write_text("code,valid_from,area\nMalaysia,,MAL\n")
    assert [each for each in found(Mistyped()) if "line 2" in each and "no area has the code 'MAL'" in each]


def test_what_nothing_shows_is_said(found: Callable[[Connector], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "documents_of", lambda connector: [])
    assert [each for each in conformance.untried(Office()) if each.startswith("nothing was read: put files")]


def test_a_name_that_is_no_publisher_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert conformance.main(["nobody-at-all"]) == 2
    assert "no dataset or publisher" in capsys.readouterr().err
