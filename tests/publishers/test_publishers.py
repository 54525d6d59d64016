"""The simulator itself, where tests of others rely on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.publishers import Fault, MemoryArchive, Publishers, quick_client
from tests.publishers.real import ECB_CNY, GACC_INDEX, GACC_MAR_2026_CNY, serve_real
from warehouse.schema.errors import LakeDamaged, NotFound, Unavailable
from warehouse.schema.travel import Document, Request


def test_the_real_files_arrive_as_they_are(samples: Path, tmp_path: Path):
    with Publishers() as publishers:
        served = serve_real(publishers, samples)
        client = quick_client(publishers, MemoryArchive(), tmp_path)
        for url, body in served.items():
            assert client.get(Request(url, "real")).body == body
        assert client.get(Request(f"{ECB_CNY}?format=jsondata&startPeriod=2025-10", "real")).body == served[ECB_CNY]


def test_pages_the_index_links_and_nobody_has_are_not_found(samples: Path, tmp_path: Path):
    with Publishers() as publishers:
        serve_real(publishers, samples)
        client = quick_client(publishers, MemoryArchive(), tmp_path)
        index = client.get(Request(GACC_INDEX, "real")).body.decode()
        links = re.findall(r"href=(http://english\.customs\.gov\.cn/Statics/[^ >]+)", index)
        answers = {link: client.ask(Request(link, "real")) for link in links}
    assert len(answers) == 24
    assert [link for link, answer in answers.items() if isinstance(answer, Document)] == [GACC_MAR_2026_CNY]
    assert sum(isinstance(answer, NotFound) for answer in answers.values()) == 23


def test_faults_come_in_order_and_end(tmp_path: Path):
    with Publishers() as publishers:
        url = "http://a.example/page"
        publishers.serve(url, b"1", "text/plain")
        publishers.fault(url, Fault.status(500), times=1)
        publishers.fault("a.example", Fault.status(404))
        first, second = (quick_client(publishers, MemoryArchive(), tmp_path / name, attempts=1) for name in "ab")
        assert isinstance(first.ask(Request(url, "s")), Unavailable)
        assert isinstance(second.ask(Request(url, "s")), NotFound)


def test_a_withdrawn_page_is_gone(tmp_path: Path):
    with Publishers() as publishers:
        publishers.serve("http://a.example/page", b"1")
        publishers.withdraw("http://a.example/page")
        answer = quick_client(publishers, MemoryArchive(), tmp_path).ask(Request("http://a.example/page", "s"))
    assert isinstance(answer, NotFound)


def test_the_memory_archive_sees_damage():
    archive = MemoryArchive()
    with pytest.raises(LakeDamaged):
        archive.read("0" * 64)
