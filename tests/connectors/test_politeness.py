"""Turns, pauses and robots.txt: what a publisher sees of us over time, from threads and from processes."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.client import HttpClient, Settings
from connectors.http.politeness import DAY, HostTurns, read_rules, retry_after
from tests.publishers import Asked, Fault, MemoryArchive, Publishers, quick_client
from warehouse.schema.errors import Forbidden, RateLimited, Unavailable
from warehouse.schema.travel import Request

HOST = "english.customs.gov.cn"
PAGES = [f"http://{HOST}/Statics/{number}.html" for number in range(4)]
TOLERANCE = 0.02
"""Seconds: the simulator reads its clock after the request has travelled."""


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as running:
        for url in PAGES:
            running.serve(url, b"<html>synthetic</html>", "text/html")
        yield running


def ask_for(urls: list[str], host_map: dict[str, str], locks: Path, interval: float) -> None:
    """What one process does; at module level so that a spawned process finds it."""
    client = HttpClient(MemoryArchive(), contact="tests@example.org", version="0.0", locks=locks, host_map=host_map,
                        settings=Settings(min_interval=interval))
    for url in urls:
        client.get(Request(url, "synthetic"))


def gaps(log: list[Asked]) -> list[float]:
    return [later.at - earlier.at for earlier, later in pairwise(log)]


class TestTurns:
    def test_threads_of_one_client_share_the_pause(self, publishers, tmp_path):
        client = quick_client(publishers, MemoryArchive(), tmp_path, min_interval=0.1)
        threads = [threading.Thread(target=client.get, args=(Request(url, "synthetic"),)) for url in PAGES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(publishers.log) == 5  # robots.txt counts as a request too
        assert min(gaps(publishers.log)) >= 0.1 - TOLERANCE

    def test_two_processes_share_the_pause(self, publishers, tmp_path):
        spawn = multiprocessing.get_context("spawn")
        workers = [spawn.Process(target=ask_for, args=(urls, publishers.host_map, tmp_path, 0.15))
                   for urls in (PAGES[:2], PAGES[2:])]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        assert [worker.exitcode for worker in workers] == [0, 0]
        assert len(publishers.log) == 6  # each process reads robots.txt itself
        assert min(gaps(publishers.log)) >= 0.15 - TOLERANCE

    def test_one_request_at_a_time_even_when_it_is_slow(self, tmp_path):
        turns, inside, most = HostTurns(tmp_path), 0, 0

        def work() -> None:
            nonlocal inside, most
            with turns.take(HOST, interval=0.0, patience=1.0):
                inside += 1
                most = max(most, inside)
                time.sleep(0.05)
                inside -= 1

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == 1

    def test_other_hosts_do_not_wait(self, tmp_path):
        turns = HostTurns(tmp_path)
        began = time.monotonic()
        with turns.take("a.example", interval=30.0, patience=1.0), turns.take("b.example", interval=30.0, patience=1.0):
            assert time.monotonic() - began < 30.0

    def test_single_hosts_may_have_another_pause(self, publishers, tmp_path):
        client = quick_client(publishers, MemoryArchive(), tmp_path, min_interval=30.0, intervals={HOST: 0.0})
        client.get(Request(PAGES[0], "synthetic"))
        assert len(publishers.log) == 2

    def test_waiting_for_ever_has_an_end(self, tmp_path):
        with (
            HostTurns(tmp_path).take(HOST, interval=0.0, patience=1.0),
            pytest.raises(RateLimited, match="others have held"),
            HostTurns(tmp_path, queue_seconds=0.1).take(HOST, interval=0.0, patience=1.0),
        ):
            pass

    def test_a_short_postponement_is_waited_for_by_the_next_in_line(self, tmp_path):
        turns = HostTurns(tmp_path)
        with turns.take(HOST, interval=0.0, patience=1.0) as turn:
            turn.postpone(0.2)
        began = time.monotonic()
        with turns.take(HOST, interval=0.0, patience=1.0):
            assert time.monotonic() - began >= 0.2 - TOLERANCE

    @pytest.mark.parametrize("torn", [b"garbage\n", b"17", b"\x00\x00 \xff", b"1 2 3"])
    def test_a_torn_file_costs_one_pause_and_no_error(self, tmp_path, torn):
        turns = HostTurns(tmp_path)
        with turns.take(HOST, interval=0.0, patience=1.0):
            pass
        next(tmp_path.iterdir()).write_bytes(torn)
        began = time.monotonic()
        with turns.take(HOST, interval=0.1, patience=1.0):
            assert 0.1 - TOLERANCE <= time.monotonic() - began < 30.0

    def test_a_clock_set_back_makes_no_endless_pause(self, tmp_path):
        turns = HostTurns(tmp_path)
        with turns.take(HOST, interval=0.0, patience=1.0):
            pass
        next(tmp_path.iterdir()).write_text(f"{time.time() + 1e6:.6f} 0\n")
        began = time.monotonic()
        with turns.take(HOST, interval=0.1, patience=1.0):
            assert time.monotonic() - began < 30.0

    @pytest.mark.parametrize("host", ["../../escape", "::1", "a" * 253, "müller.example", "a_b", "a/b"])
    def test_no_host_writes_outside_the_directory_or_shares_a_file(self, tmp_path, host):
        turns = HostTurns(tmp_path / "locks")
        for each in (host, "__1", "a_b.x"):
            with turns.take(each, interval=0.0, patience=1.0):
                pass
        assert len(list((tmp_path / "locks").iterdir())) == 3
        assert [path.name for path in tmp_path.iterdir()] == ["locks"]


class TestRobots:
    def test_no_robots_txt_allows_all_and_is_recorded_once(self, publishers, tmp_path):
        archive = MemoryArchive()
        client = quick_client(publishers, archive, tmp_path)
        for url in PAGES:
            client.get(Request(url, "synthetic"))
        assert archive.outcomes(f"http://{HOST}/robots.txt") == ["robots:allowed"]
        assert "no robots.txt (status 404)" in archive.notes[0].said
        assert [asked.path for asked in publishers.log].count("/robots.txt") == 1

    def test_a_forbidden_page_is_never_asked(self, publishers, tmp_path):
        publishers.robots(HOST, "User-agent: *\nDisallow: /Statics/1.html\n")
        archive = MemoryArchive()
        client = quick_client(publishers, archive, tmp_path)
        assert isinstance(client.ask(Request(PAGES[1], "synthetic")), Forbidden)
        client.get(Request(PAGES[2], "synthetic"))
        assert publishers.asked(PAGES[1]) == []
        assert archive.outcomes(f"http://{HOST}/robots.txt") == ["robots:forbidden"]
        assert archive.outcomes(PAGES[1]) == ["Forbidden"]

    def test_rules_under_our_own_name_come_first(self, publishers, tmp_path):
        publishers.robots(HOST, "User-agent: *\nDisallow: /\n\nUser-agent: entrepot\nDisallow: /Statics/1.html\n")
        client = quick_client(publishers, MemoryArchive(), tmp_path)
        client.get(Request(PAGES[0], "synthetic"))
        assert isinstance(client.ask(Request(PAGES[1], "synthetic")), Forbidden)

    @pytest.mark.parametrize("status", [401, 403, 410])
    def test_robots_that_are_not_there_in_other_words_allow_all(self, publishers, tmp_path, status):
        publishers.fault(f"http://{HOST}/robots.txt", Fault.status(status))
        quick_client(publishers, MemoryArchive(), tmp_path).get(Request(PAGES[0], "synthetic"))

    def test_a_failing_robots_txt_allows_nothing(self, publishers, tmp_path):
        publishers.fault(f"http://{HOST}/robots.txt", Fault.status(503))
        client = quick_client(publishers, MemoryArchive(), tmp_path)
        for url in PAGES:
            error = client.ask(Request(url, "synthetic"))
            assert isinstance(error, Unavailable)
            assert "robots.txt" in error.said
        assert publishers.asked(HOST) == []
        assert len(publishers.log) == 3  # the attempts of one address, not of four

    def test_a_robots_txt_that_fails_once_is_asked_again(self, publishers, tmp_path):
        publishers.fault(f"http://{HOST}/robots.txt", Fault.reset(), times=1)
        quick_client(publishers, MemoryArchive(), tmp_path).get(Request(PAGES[0], "synthetic"))

    def test_a_robots_txt_that_is_somewhere_else_is_read_there(self, publishers, tmp_path):
        publishers.serve(f"http://{HOST}/rules", b"User-agent: *\nDisallow: /", "text/plain")
        publishers.fault(f"http://{HOST}/robots.txt", Fault.redirect("/rules"))
        assert isinstance(quick_client(publishers, MemoryArchive(), tmp_path).ask(Request(PAGES[0], "s")), Forbidden)

    def test_a_robots_txt_at_a_strangers_is_not_taken_for_none(self, publishers, tmp_path):
        publishers.fault(f"http://{HOST}/robots.txt", Fault.redirect("http://elsewhere.example.net/robots.txt"))
        error = quick_client(publishers, MemoryArchive(), tmp_path).ask(Request(PAGES[0], "s"))
        assert isinstance(error, Forbidden)
        assert "elsewhere.example.net" in error.said

    def test_crawl_delay_is_kept(self, publishers, tmp_path):
        publishers.robots(HOST, "User-agent: *\nCrawl-delay: 0.2\n")
        client = quick_client(publishers, MemoryArchive(), tmp_path)
        for url in PAGES[:3]:
            client.get(Request(url, "synthetic"))
        assert min(gaps(publishers.log)) >= 0.2 - TOLERANCE

    def test_a_delay_beyond_the_cap_is_cut_and_said(self):
        rules = read_rules(b"User-agent: *\nCrawl-delay: 86400\n", "Entrepot", status=200, delay_cap=30.0)
        assert rules.crawl_delay == 30.0
        assert "asks for 86400 s" in rules.said
        assert "30 s are kept" in rules.said

    @given(st.binary(max_size=300))
    def test_any_bytes_make_rules(self, body):
        rules = read_rules(b"User-agent: *\nCrawl-delay: " + body, "Entrepot", status=200, delay_cap=30.0)
        assert 0.0 <= rules.crawl_delay <= 30.0
        assert isinstance(rules.allows(PAGES[0], "Entrepot"), bool)


class TestRetryAfter:
    NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)

    @pytest.mark.parametrize(("said", "seconds"), [
        ("120", 120.0), (" 0 ", 0.0), ("9" * 5000, DAY), ("", None), ("soon", None), ("-5", None), ("1.5", None),
        ("Fri, 01 May 2026 12:02:00 GMT", 120.0), ("Fri, 01 May 2026 11:00:00 GMT", 0.0),
        ("Friday, 01-May-26 12:02:00 GMT", 120.0), ("Fri, 01 May 2027 12:00:00 GMT", DAY),
    ])
    def test_seconds_and_dates_are_read(self, said, seconds):
        assert retry_after(said, self.NOW) == seconds

    @given(st.text(max_size=60))
    def test_any_text_gives_a_sane_wait_or_none(self, said):
        seconds = retry_after(said, self.NOW)
        assert seconds is None or 0.0 <= seconds <= DAY

    @given(st.integers(min_value=0, max_value=int(DAY)))
    def test_a_date_says_the_same_as_its_distance(self, seconds):
        date = format_datetime(self.NOW + timedelta(seconds=seconds), usegmt=True)
        assert retry_after(date, self.NOW) == retry_after(str(seconds), self.NOW) == seconds
