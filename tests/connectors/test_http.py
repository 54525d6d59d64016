"""The client against simulated publishers over real HTTP: what is believed, kept, noted, refused and retried."""

from __future__ import annotations

import hashlib
import logging
import threading
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from connectors.contract import Client
from connectors.http.client import HttpClient
from connectors.http.transport import TimeLimits
from tests.publishers import Fault, MemoryArchive, Publishers, quick_client
from tests.publishers.faults import ERROR_PAGE
from warehouse.schema.errors import (
    Challenged,
    Forbidden,
    Incomplete,
    NotFound,
    PublisherError,
    RateLimited,
    SchemaDrift,
    TooLarge,
    Unavailable,
    UsageError,
)
from warehouse.schema.travel import Request

HOST = "storage.example.org"
URL = f"https://{HOST}/trade/headline.csv"
CSV = b"date,exports\n2026-01-01,100.0\n2026-02-01,110.0\n" * 20
ASK = Request(URL, "synthetic.headline", content_types=("text/csv",), landmarks=("exports",))


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as running:
        running.serve(URL, CSV, "text/csv; charset=utf-8", etag='"v1"')
        yield running


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


def refusal(publishers: Publishers, archive: MemoryArchive, locks: Path, request: Request = ASK) -> PublisherError:
    """The error a fresh client meets; checks that it is noted by its name and that nothing was kept."""
    error = quick_client(publishers, archive, locks).ask(request)
    assert isinstance(error, PublisherError)
    assert archive.fetches == []
    assert archive.notes[-1].outcome == type(error).__name__
    assert archive.notes[-1].said == error.said
    assert error.dataset == request.dataset
    return error


class TestKeeping:
    def test_first_answer_is_kept_with_what_the_publisher_said(self, publishers, archive, tmp_path):
        client: Client = quick_client(publishers, archive, tmp_path)
        document = client.get(ASK)
        assert document.body == CSV
        fetch = document.fetch
        assert (fetch.url, fetch.dataset, fetch.status, fetch.origin_kind) == (URL, ASK.dataset, 200, "fetched")
        assert (fetch.etag, fetch.content_type) == ('"v1"', "text/csv; charset=utf-8")
        assert fetch.sha256 == hashlib.sha256(CSV).hexdigest()
        assert archive.fetches == [fetch]

    def test_publisher_is_told_who_asks(self, publishers, archive, tmp_path):
        quick_client(publishers, archive, tmp_path).get(replace(ASK, headers={"User-Agent": "Mozilla/5.0"}))
        assert {each.headers["user-agent"] for each in publishers.log} == {"Entrepot/0.0 (+tests@example.org)"}

    def test_an_address_is_asked_once_per_client(self, publishers, archive, tmp_path):
        client = quick_client(publishers, archive, tmp_path)
        first, second = client.get(ASK), client.get(ASK)
        assert first == second
        assert len(publishers.asked(URL)) == 1

    def test_threads_that_want_one_address_share_one_request(self, publishers, archive, tmp_path):
        client, bodies = quick_client(publishers, archive, tmp_path), []
        threads = [threading.Thread(target=lambda: bodies.append(client.get(ASK).body)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert bodies == [CSV] * 6
        assert len(publishers.asked(URL)) == 1

    def test_a_failed_address_is_not_asked_again_by_the_same_client(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.status(404))
        client = quick_client(publishers, archive, tmp_path)
        for _ in range(2):
            with pytest.raises(NotFound):
                client.get(ASK)
        assert len(publishers.asked(URL)) == 1

    def test_not_modified_gives_the_held_document_and_a_note(self, publishers, archive, tmp_path):
        held = quick_client(publishers, archive, tmp_path).get(ASK)
        again = quick_client(publishers, archive, tmp_path).get(ASK)
        assert again == held
        assert publishers.asked(URL)[1].headers["if-none-match"] == '"v1"'
        assert archive.outcomes(URL) == ["not_modified"]
        assert archive.notes[-1].sha256 == held.fetch.sha256

    def test_last_modified_is_sent_back_too(self, publishers, archive, tmp_path):
        stamp = format_datetime(datetime(2026, 4, 20, 4, tzinfo=UTC), usegmt=True)
        publishers.serve(URL, CSV, "text/csv", last_modified=stamp)
        for _ in range(2):
            quick_client(publishers, archive, tmp_path).get(ASK)
        assert publishers.asked(URL)[1].headers["if-modified-since"] == stamp
        assert archive.outcomes(URL) == ["not_modified"]

    def test_same_bytes_again_are_noted_and_not_kept_twice(self, publishers, archive, tmp_path):
        held = quick_client(publishers, archive, tmp_path).get(ASK)
        publishers.serve(URL, CSV, "text/csv", etag='"v2"')
        assert quick_client(publishers, archive, tmp_path).get(ASK) == held
        assert archive.outcomes(URL) == ["same"]
        assert len(archive.fetches) == 1

    def test_a_changed_page_is_kept_beside_the_old(self, publishers, archive, tmp_path):
        old = quick_client(publishers, archive, tmp_path).get(ASK)
        publishers.serve(URL, CSV + b"2026-03-01,120.0\n", "text/csv", etag='"v2"')
        new = quick_client(publishers, archive, tmp_path).get(ASK)
        assert new.fetch.fetch_id != old.fetch.fetch_id
        assert archive.read(old.fetch.sha256) == CSV

    def test_a_frozen_page_that_is_held_is_not_asked(self, publishers, archive, tmp_path):
        frozen = replace(ASK, frozen=True)
        held = quick_client(publishers, archive, tmp_path).get(frozen)
        assert quick_client(publishers, archive, tmp_path).get(frozen) == held
        assert len(publishers.log) == 2  # robots.txt and the page, by the first client

    def test_force_asks_for_a_frozen_page_without_conditions(self, publishers, archive, tmp_path):
        frozen = replace(ASK, frozen=True)
        quick_client(publishers, archive, tmp_path).get(frozen)
        quick_client(publishers, archive, tmp_path, force=True).get(frozen)
        second = publishers.asked(URL)[1]
        assert "if-none-match" not in second.headers
        assert archive.outcomes(URL) == ["same"]

    def test_a_wrong_charset_does_not_touch_the_bytes(self, publishers, archive, tmp_path):
        body = "partner,exports\nHong Kong，China,1\n".encode()
        publishers.serve(URL, body, "text/csv")
        publishers.fault(URL, Fault.charset("iso-8859-1"))
        assert quick_client(publishers, archive, tmp_path).get(ASK).body == body

    @pytest.mark.parametrize("members", [1, 3])
    def test_a_packed_body_is_kept_unpacked(self, publishers, archive, tmp_path, members):
        publishers.fault(URL, Fault.gzipped(members=members))
        assert quick_client(publishers, archive, tmp_path).get(ASK).body == CSV

    def test_plain_http_stays_plain_http(self, archive, tmp_path):
        # english.customs.gov.cn answers on plain http only; an upgrade would never get an answer.
        url = "http://english.customs.gov.cn/statics/report/preliminary.html"
        with Publishers() as publishers:
            publishers.serve(url, b"<html>synthetic index</html>", "text/html")
            document = quick_client(publishers, archive, tmp_path).get(Request(url, "synthetic"))
        assert document.fetch.final_url == url


class TestFaults:
    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_a_failing_server_is_asked_again_and_then_believed(self, publishers, archive, tmp_path, status):
        publishers.fault(URL, Fault.status(status), times=2)
        assert quick_client(publishers, archive, tmp_path).get(ASK).body == CSV
        assert archive.outcomes(URL) == ["Unavailable", "Unavailable"]

    def test_a_server_that_keeps_failing_is_unavailable(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.status(500))
        error = refusal(publishers, archive, tmp_path)
        assert isinstance(error, Unavailable)
        assert "500" in error.said
        assert len(publishers.asked(URL)) == 3

    def test_too_many_requests_is_asked_again_after_the_time_it_names(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.too_many("1"), times=1)
        assert quick_client(publishers, archive, tmp_path).get(ASK).body == CSV
        first, second = publishers.asked(URL)
        assert second.at - first.at >= 0.99

    def test_too_many_requests_without_a_time_is_not_asked_again(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.too_many())
        assert isinstance(refusal(publishers, archive, tmp_path), RateLimited)
        assert len(publishers.asked(URL)) == 1

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_wait_beyond_the_budget_is_rate_limited_at_once(self, publishers, archive, tmp_path, status):
        publishers.fault(URL, Fault.status(status, Retry_After="3600"))
        error = refusal(publishers, archive, tmp_path)
        assert isinstance(error, RateLimited)
        assert "3,600 s" in error.said
        assert len(publishers.asked(URL)) == 1

    def test_a_named_date_to_come_back_is_obeyed(self, publishers, archive, tmp_path):
        later = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
        publishers.fault(URL, Fault.too_many(later))
        assert isinstance(refusal(publishers, archive, tmp_path), RateLimited)

    def test_the_next_client_remembers_that_the_host_asked_to_be_left_alone(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.too_many("3600"), times=1)
        refusal(publishers, archive, tmp_path)
        before = len(publishers.log)
        assert isinstance(refusal(publishers, archive, tmp_path), RateLimited)
        assert len(publishers.log) == before

    def test_a_reset_connection_is_unavailable_and_asked_again(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.reset(), times=1)
        assert quick_client(publishers, archive, tmp_path).get(ASK).body == CSV
        assert archive.outcomes(URL) == ["Unavailable"]

    @pytest.mark.parametrize("fault", [Fault.truncated(100), Fault.cut_chunks(), Fault.gzipped(cut=20)],
                             ids=lambda fault: fault.name)
    def test_a_body_that_breaks_off_is_never_kept(self, publishers, archive, tmp_path, fault):
        publishers.fault(URL, fault)
        assert isinstance(refusal(publishers, archive, tmp_path), Unavailable)
        assert len(publishers.asked(URL)) == 3

    @pytest.mark.parametrize("fault", [Fault.drip(0.02), Fault.drip(0.02, with_length=False), Fault.drip_headers(0.02)],
                             ids=["length", "no length", "headers"])
    def test_an_answer_that_drips_is_cut_at_the_total_limit(self, publishers, archive, tmp_path, fault):
        publishers.fault(URL, fault)
        client = quick_client(publishers, archive, tmp_path, attempts=1, limits=TimeLimits(1.0, 1.0, 0.3))
        error = client.ask(ASK)
        assert isinstance(error, Unavailable)
        assert "longer than 0.3 s" in error.said
        assert archive.fetches == []

    def test_a_silent_server_is_unavailable(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.drip(2.0))
        client = quick_client(publishers, archive, tmp_path, attempts=1, limits=TimeLimits(1.0, 0.2, 5.0))
        error = client.ask(ASK)
        assert isinstance(error, Unavailable)
        assert "silent for 0.2 s" in error.said

    @pytest.mark.parametrize("status", [200, 403, 412, 503])
    def test_a_challenge_page_is_named_and_never_asked_again(self, publishers, archive, tmp_path, status):
        publishers.fault(URL, Fault.challenge(status))
        error = refusal(publishers, archive, tmp_path)
        assert isinstance(error, Challenged)
        assert "entrepot import" in error.said
        assert len(publishers.asked(URL)) == 1

    @pytest.mark.parametrize("kind", ["text/html", "text/csv"])
    def test_an_error_page_in_place_of_csv_is_drift(self, publishers, archive, tmp_path, kind):
        publishers.fault(URL, Fault.html(kind))
        error = refusal(publishers, archive, tmp_path)
        assert isinstance(error, SchemaDrift)
        assert error.said == "HTML where text/csv was expected"

    def test_another_media_type_is_drift(self, publishers, archive, tmp_path):
        publishers.serve(URL, b'{"exports": 1}', "application/json")
        error = refusal(publishers, archive, tmp_path)
        assert isinstance(error, SchemaDrift)
        assert "application/json where text/csv was expected" in error.said

    def test_a_body_without_its_landmark_is_incomplete(self, publishers, archive, tmp_path):
        publishers.serve(URL, b"date,imports\n2026-01-01,1\n", "text/csv")
        assert isinstance(refusal(publishers, archive, tmp_path), Incomplete)

    @pytest.mark.parametrize("body", [b"", b" \r\n\t\n"])
    def test_an_empty_body_is_incomplete(self, publishers, archive, tmp_path, body):
        publishers.serve(URL, body, "text/csv")
        assert isinstance(refusal(publishers, archive, tmp_path), Incomplete)

    def test_an_encoding_nobody_asked_for_is_drift(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.encoding("br"))
        error = refusal(publishers, archive, tmp_path)
        assert isinstance(error, SchemaDrift)
        assert "'br'" in error.said

    def test_a_body_larger_than_allowed_is_refused_before_it_is_read(self, publishers, archive, tmp_path):
        assert isinstance(refusal(publishers, archive, tmp_path, replace(ASK, max_bytes=100)), TooLarge)

    def test_a_body_without_length_is_counted(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.drip(0.0, with_length=False))
        assert isinstance(refusal(publishers, archive, tmp_path, replace(ASK, max_bytes=100)), TooLarge)

    def test_a_gzip_bomb_is_seen_before_it_fills_memory(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.gzip_bomb(64 * 1024 * 1024))
        client = quick_client(publishers, archive, tmp_path)
        client.ask(replace(ASK, url=f"https://{HOST}/warm-up"))
        tracemalloc.start()
        try:
            error = client.ask(replace(ASK, max_bytes=2 * 1024 * 1024))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert isinstance(error, TooLarge)
        assert peak < 8 * 1024 * 1024

    def test_a_huge_header_is_a_named_error(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.huge_header())
        assert isinstance(refusal(publishers, archive, tmp_path), Unavailable)

    @pytest.mark.parametrize(("status", "kind"), [
        (400, Forbidden), (401, Forbidden), (403, Forbidden), (404, NotFound), (410, NotFound), (418, Forbidden),
        (204, Incomplete), (202, Incomplete), (304, Incomplete),
    ])
    def test_other_statuses_have_a_name_and_are_asked_once(self, publishers, archive, tmp_path, status, kind):
        publishers.fault(URL, Fault.status(status))
        error = refusal(publishers, archive, tmp_path)
        assert type(error) is kind
        assert str(status) in error.said
        assert len(publishers.asked(URL)) == 1

    def test_a_refused_answer_leaves_the_held_one_in_place(self, publishers, archive, tmp_path):
        held = quick_client(publishers, archive, tmp_path).get(ASK)
        publishers.serve(URL, ERROR_PAGE, "text/html")
        assert isinstance(quick_client(publishers, archive, tmp_path).ask(ASK), SchemaDrift)
        assert archive.latest(URL) == held.fetch

    def test_one_broken_page_does_not_stop_the_others(self, publishers, archive, tmp_path):
        client = quick_client(publishers, archive, tmp_path)
        assert isinstance(client.ask(replace(ASK, url=f"https://{HOST}/nobody-has-this")), NotFound)
        assert client.get(ASK).body == CSV


class TestRedirects:
    def test_a_redirect_on_the_same_host_is_followed(self, publishers, archive, tmp_path):
        publishers.fault(f"https://{HOST}/old.csv", Fault.redirect("/trade/headline.csv"))
        fetch = quick_client(publishers, archive, tmp_path).get(replace(ASK, url=f"https://{HOST}/old.csv")).fetch
        assert (fetch.url, fetch.final_url) == (f"https://{HOST}/old.csv", URL)

    def test_a_redirect_to_a_declared_host_is_followed_without_the_key(self, publishers, archive, tmp_path):
        publishers.fault("https://api.example.org/data", Fault.redirect(URL))
        request = replace(ASK, url="https://api.example.org/data", hosts=(HOST,), headers={"X-Api-Key": "abcdef123456"})
        assert quick_client(publishers, archive, tmp_path).get(request).body == CSV
        assert publishers.asked("https://api.example.org/data")[0].headers["x-api-key"] == "abcdef123456"
        assert "x-api-key" not in publishers.asked(URL)[0].headers

    def test_robots_of_the_host_a_redirect_leads_to_is_obeyed(self, publishers, archive, tmp_path):
        publishers.robots(HOST, "User-agent: *\nDisallow: /trade/\n")
        publishers.fault("https://api.example.org/data", Fault.redirect(URL))
        request = replace(ASK, url="https://api.example.org/data", hosts=(HOST,))
        assert isinstance(refusal(publishers, archive, tmp_path, request), Forbidden)
        assert publishers.asked(HOST) == []

    @pytest.mark.parametrize("target", [
        "https://elsewhere.example.net/headline.csv", "//elsewhere.example.net/headline.csv", f"http://{HOST}/x.csv",
        f"https://{HOST}:8443/x.csv", "ftp://storage.example.org/x.csv", "file:///etc/hostname",
        f"https://user@{HOST}/x.csv", "https://[::1", f"https://{HOST}\\@elsewhere.example.net/",
    ])
    def test_a_redirect_away_is_forbidden(self, publishers, archive, tmp_path, target):
        publishers.fault(URL, Fault.redirect(target))
        assert isinstance(refusal(publishers, archive, tmp_path), Forbidden)
        assert len(publishers.asked()) == 1

    @pytest.mark.parametrize("target", [
        "https://127.0.0.1/", "https://10.0.0.8/", "https://169.254.169.254/latest/meta-data/", "https://[::1]/",
        "https://[::ffff:192.168.0.1]/", "https://[fd00::1]/", "https://localhost/",
    ])
    def test_a_redirect_to_a_private_address_is_forbidden(self, publishers, archive, tmp_path, target):
        publishers.fault(URL, Fault.redirect(target))
        error = refusal(publishers, archive, tmp_path, replace(ASK, hosts=(target.split("/")[2].strip("[]"),)))
        assert isinstance(error, Forbidden)
        assert "private address" in error.said

    def test_the_simulators_own_address_is_only_reached_through_the_host_map(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.redirect(publishers.base + "/trade/headline.csv"))
        assert isinstance(refusal(publishers, archive, tmp_path, replace(ASK, hosts=("127.0.0.1",))), Forbidden)

    def test_an_endless_loop_ends(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.redirect(URL))
        error = refusal(publishers, archive, tmp_path)
        assert isinstance(error, Forbidden)
        assert "more than 5 times" in error.said
        assert len(publishers.asked(URL)) == 6

    def test_a_redirect_without_an_address_is_forbidden(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.status(302))
        assert isinstance(refusal(publishers, archive, tmp_path), Forbidden)


class TestSecrets:
    KEY = "s3cr3t-K3y/42"

    def test_no_secret_is_logged_recorded_or_said(self, publishers, archive, tmp_path, caplog):
        caplog.set_level(logging.DEBUG)
        url = f"{URL}?key=%2Ahidden-parameter&page=2"
        request = replace(ASK, url=url, headers={"Authorization": f"Bearer {self.KEY}", "X-Api-Key": "hidden-header"})
        client = quick_client(publishers, archive, tmp_path, secrets=(self.KEY,))
        held = client.get(request)
        publishers.fault(url, Fault.reset())
        error = quick_client(publishers, archive, tmp_path, secrets=(self.KEY,)).ask(request)
        assert isinstance(error, Unavailable)
        assert publishers.log[-1].headers["authorization"] == f"Bearer {self.KEY}"
        assert publishers.log[-1].path.endswith("?key=%2Ahidden-parameter&page=2")
        seen = caplog.text + repr(archive.notes) + repr(archive.fetches) + str(error) + repr(error.args)
        for secret in ("hidden", self.KEY):
            assert secret not in seen
        assert held.fetch.url == f"{URL}?key=REDACTED&page=2"
        assert error.__cause__ is None
        assert error.__context__ is None

    def test_a_redacted_address_finds_what_is_held(self, publishers, archive, tmp_path):
        request = replace(ASK, url=f"{URL}?api_key=hidden", frozen=True)
        held = quick_client(publishers, archive, tmp_path).get(request)
        assert quick_client(publishers, archive, tmp_path).get(request) == held

    def test_an_answer_that_repeats_our_key_is_not_kept(self, publishers, archive, tmp_path):
        publishers.serve(URL, CSV + self.KEY.encode(), "text/csv")
        error = quick_client(publishers, archive, tmp_path, secrets=(self.KEY,)).ask(ASK)
        assert isinstance(error, Forbidden)
        assert archive.fetches == []

    def test_an_address_with_a_user_in_it_is_not_asked(self, publishers, archive, tmp_path):
        error = quick_client(publishers, archive, tmp_path).ask(Request(f"https://me:hidden@{HOST}/", "synthetic"))
        assert isinstance(error, Forbidden)
        assert "hidden" not in str(error)
        assert publishers.log == []


class TestFromAnArchive:
    @pytest.fixture
    def upstream(self) -> MemoryArchive:
        upstream = MemoryArchive()
        upstream.keep(CSV, url=URL, dataset="synthetic.headline", asked_at=datetime(2026, 5, 1, tzinfo=UTC), status=200,
                      origin_kind="reconstructed", content_type="text/csv", source_note="composed from sourced figures",
                      released_at=datetime(2026, 4, 20, 4, tzinfo=UTC))
        return upstream

    def client(self, upstream: MemoryArchive, archive: MemoryArchive) -> HttpClient:
        return HttpClient(archive, contact="", version="0.0", upstream=upstream)

    def test_documents_say_where_they_come_from(self, upstream, archive):
        fetch = self.client(upstream, archive).get(ASK).fetch
        assert fetch.origin_kind == "reconstructed"
        assert fetch.source_note == "composed from sourced figures"
        assert fetch.released_at == datetime(2026, 4, 20, 4, tzinfo=UTC)
        assert (fetch.content_type, fetch.sha256) == ("text/csv", hashlib.sha256(CSV).hexdigest())

    def test_the_second_run_is_not_modified(self, upstream, archive):
        held = self.client(upstream, archive).get(ASK)
        assert self.client(upstream, archive).get(ASK) == held
        assert archive.outcomes(URL) == ["not_modified"]

    def test_what_the_archive_lacks_is_not_found(self, upstream, archive):
        assert isinstance(self.client(upstream, archive).ask(replace(ASK, url=f"{URL}?page=2")), NotFound)

    def test_checks_are_the_same(self, upstream, archive):
        assert isinstance(self.client(upstream, archive).ask(replace(ASK, landmarks=("re-exports",))), Incomplete)

    def test_the_simulator_serves_an_archive(self, upstream, archive, tmp_path):
        with Publishers() as publishers:
            publishers.serve_archive(upstream)
            fetch = quick_client(publishers, archive, tmp_path).get(ASK).fetch
        assert fetch.etag == f'"{hashlib.sha256(CSV).hexdigest()}"'
        assert fetch.origin_kind == "fetched"


@pytest.mark.parametrize("contact", ["", "naïve@example.org", "a\r\nX-Evil: 1"])
def test_a_client_that_would_hide_who_asks_is_not_built(tmp_path, contact):
    with pytest.raises(UsageError):
        HttpClient(MemoryArchive(), contact=contact, version="0.0", locks=tmp_path)
