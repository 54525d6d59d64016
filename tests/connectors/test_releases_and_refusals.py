"""One address whose state is asked for release by release, and what a publisher says its refusals mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connectors.asking import answers
from connectors.contract import Ask, Connector, Wanted
from tests.publishers import Fault, MemoryArchive, Publishers, quick_client
from tests.warehouse.synthetic import PUBLISHER, SYNTHETIC
from warehouse.schema.errors import Forbidden, KeyRefused, PublisherError, QuotaUsed, Unavailable
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Document, Refusal, Release, Request

URL = "https://api.example.org/data?year=2023"
AT = datetime(2024, 4, 7, 8, tzinfo=UTC)
ASK = Request(URL, "synthetic.table", frozen=True, release=Release("a1", AT))
BROKEN = Refusal(500, "went WRONG", Forbidden, "no such question is answered")


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as running:
        running.serve(URL, b"first")
        yield running


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


def test_each_release_of_a_page_is_asked_once_and_kept_apart(publishers, archive, tmp_path):
    first = quick_client(publishers, archive, tmp_path).get(ASK)
    assert (first.fetch.url, first.fetch.released_at) == (URL + "#release=a1", AT)
    publishers.serve(URL, b"second")
    assert quick_client(publishers, archive, tmp_path).get(ASK).body == b"first"
    second = quick_client(publishers, archive, tmp_path).get(replace(ASK, release=Release("b2")))
    assert (second.body, second.fetch.released_at) == (b"second", None)
    assert [each.path for each in publishers.asked("api.example.org")] == ["/data?year=2023"] * 2  # no release is told to the publisher


@pytest.mark.parametrize(("status", "body", "error", "asked"), [
    (500, b'{"error":"Something went wrong."}', Forbidden, 1), (500, b"another", Unavailable, 3), (503, b"went wrong", Unavailable, 3)])
def test_a_refusal_that_is_declared_counts_before_its_status(publishers, archive, tmp_path, status, body, error, asked):
    publishers.fault(URL, Fault.status(status, body))
    found = quick_client(publishers, archive, tmp_path).ask(replace(ASK, refusals=(BROKEN,)))
    assert type(found) is error
    assert len(publishers.asked(URL)) == asked
    if error is Forbidden:
        assert 'no such question is answered (status 500: {"error":"Something went wrong."})' in str(found)


def test_a_day_that_is_used_up_is_not_waited_for(publishers, archive, tmp_path):
    publishers.fault(URL, Fault.status(429, b"out of calls", Retry_After="86000"))
    found = quick_client(publishers, archive, tmp_path).ask(replace(ASK, refusals=(Refusal(429, "out of", QuotaUsed, "the day is over"),)))
    assert isinstance(found, QuotaUsed) and found.transient
    assert not KeyRefused.transient


class Cut(Connector):
    """Synthetic: an answer that is cut at its cap leads to its halves."""

    publisher = "synthetic"
    about = PUBLISHER
    parser_version = 1
    datasets = (SYNTHETIC,)

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        yield Ask(Request(URL, SYNTHETIC.dataset))

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> list[Ask]:
        return [Ask(Request(f"{URL}&half={half}", SYNTHETIC.dataset), instead=True) for half in (1, 2) if "half" not in ask.request.url]

    def recognise(self, head: bytes, name: str) -> str | None:
        return None

    def parse(self, document: Document, out: Sink) -> None:
        raise NotImplementedError

    def read_cell(self, document: Document, locator: str) -> str:
        raise NotImplementedError


def test_an_answer_that_is_asked_for_again_in_parts_is_not_read(publishers, archive, tmp_path):
    for half in (1, 2):
        publishers.serve(f"{URL}&half={half}", f"half {half}".encode())
    found = answers(Cut(), quick_client(publishers, archive, tmp_path), Wanted([SYNTHETIC.dataset]))
    assert [answer.body for answer in found if isinstance(answer, Document)] == [b"half 1", b"half 2"]
