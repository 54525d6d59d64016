"""Questions that are posted, and keys that travel with a question: what is sent, kept apart, believed, and never written down."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.http.client import HttpClient
from tests.publishers import Fault, MemoryArchive, Publishers, quick_client
from warehouse.schema.errors import Forbidden, KeyNotSet, NotFound, Unavailable
from warehouse.schema.travel import Credential, Post, Request

URL = "https://api.example.org/data"
MARCH, APRIL = Post.json({"period": ["2026-03"], "flow": "M"}), Post.form({"period": "2026-04", "flow": ["M", "X"]})
ASK = Request(URL, "synthetic.posted", post=MARCH, content_types=("text/csv",))
SECRET = "synthetic-s3cret/42"
HEADER = Credential("synthetic", "https://api.example.org/keys", header="Ocp-Apim-Subscription-Key")
BEARER = replace(HEADER, header="Authorization", scheme="Bearer")
PARAMETER = replace(HEADER, header="", parameter="subscription")


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as running:
        running.serve(URL, b"period\n2026-03\n", "text/csv", etag='"march"', post=MARCH)
        running.serve(URL, b"period\n2026-04\n", "text/csv", post=APRIL)
        yield running


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive()


class TestPosts:
    def test_two_questions_put_to_one_address_are_two_documents(self, publishers, archive, tmp_path):
        client = quick_client(publishers, archive, tmp_path)
        march, april = client.get(ASK), client.get(replace(ASK, post=APRIL))
        assert (march.body, april.body) == (b"period\n2026-03\n", b"period\n2026-04\n")
        assert march.fetch.url == URL + ASK.mark != april.fetch.url
        assert march.fetch.source_note == 'asked by POST: {"flow":"M","period":["2026-03"]}'
        sent = [(each.method, each.body, each.headers["content-type"]) for each in publishers.asked(URL)]
        assert sent == [("POST", MARCH.body, "application/json"),
                        ("POST", b"period=2026-04&flow=M&flow=X", "application/x-www-form-urlencoded")]

    def test_the_same_query_is_the_same_question_in_whatever_order_it_is_written(self):
        assert Post.json({"flow": "M", "period": ["2026-03"]}) == MARCH

    def test_unchanged_answers_are_known_by_their_bytes_and_by_the_publishers_mark(self, publishers, archive, tmp_path):
        for _ in range(2):
            quick_client(publishers, archive, tmp_path).get(ASK)
            quick_client(publishers, archive, tmp_path).get(replace(ASK, post=APRIL))
        assert len(archive.fetches) == 2
        assert (archive.outcomes(URL + ASK.mark), archive.outcomes(URL + replace(ASK, post=APRIL).mark)) == (["not_modified"], ["same"])

    def test_a_server_that_has_412_where_a_get_has_304_is_asked_without_the_condition(self, publishers, archive, tmp_path):
        held = quick_client(publishers, archive, tmp_path).get(ASK)
        publishers.fault(URL, Fault.status(412), times=1)
        assert quick_client(publishers, archive, tmp_path).get(ASK) == held
        assert [each.headers.get("if-none-match") for each in publishers.asked(URL)] == [None, '"march"', None]
        assert archive.outcomes(URL + ASK.mark) == ["same"]

    @pytest.mark.parametrize(("status", "method"), [(303, "GET"), (302, "GET"), (307, "POST"), (308, "POST")])
    def test_a_redirect_takes_the_question_along_where_its_status_says_so(self, publishers, archive, tmp_path, status, method):
        publishers.serve(f"{URL}/new", b"period\n2026-03\n", "text/csv", post=MARCH if method == "POST" else None)
        publishers.fault(URL, Fault.redirect(f"{URL}/new", status))
        assert quick_client(publishers, archive, tmp_path).get(ASK).fetch.final_url == f"{URL}/new"
        assert [each.method for each in publishers.asked("api.example.org")] == ["POST", method]

    def test_a_question_is_put_again_where_the_line_broke(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.reset(), times=1)
        assert quick_client(publishers, archive, tmp_path).get(ASK).body == b"period\n2026-03\n"

    def test_an_archive_answers_each_question_as_the_publisher_did(self, publishers, archive, tmp_path):
        quick_client(publishers, archive, tmp_path).get(ASK)
        replayed = MemoryArchive()
        client = HttpClient(replayed, contact="", version="0.0", upstream=archive)
        again = client.get(ASK).fetch
        assert (again.url, again.source_note) == (URL + ASK.mark, archive.fetches[0].source_note)
        assert isinstance(client.ask(replace(ASK, post=APRIL)), NotFound) and isinstance(client.ask(replace(ASK, post=None)), NotFound)
        assert HttpClient(replayed, contact="", version="0.0", upstream=archive).get(ASK).fetch == again
        assert replayed.outcomes(URL + ASK.mark) == ["not_modified"]

    def test_the_simulator_serves_an_archive_of_posted_questions(self, publishers, archive, tmp_path):
        quick_client(publishers, archive, tmp_path).get(ASK)
        with Publishers() as others:
            others.serve_archive(archive)
            assert quick_client(others, MemoryArchive(), tmp_path).get(ASK).body == b"period\n2026-03\n"


class TestKeys:
    @pytest.mark.parametrize(("credential", "sent"), [
        (HEADER, ("ocp-apim-subscription-key", SECRET)), (BEARER, ("authorization", f"Bearer {SECRET}")), (PARAMETER, None)])
    def test_a_key_reaches_its_publisher_and_nothing_else(self, publishers, archive, tmp_path, caplog, credential, sent):
        caplog.set_level(logging.DEBUG)
        request = replace(ASK, credential=credential, url=f"{URL}?page=1", post=None)
        address = f"{URL}?page=1" + ("" if sent else "&subscription=synthetic-s3cret%2F42")
        publishers.serve(address, b"a\n1\n", "text/csv")
        client = quick_client(publishers, archive, tmp_path, keys={"synthetic": SECRET})
        assert client.get(request).fetch.url == f"{URL}?page=1"
        (asked,) = publishers.asked(address)
        assert sent is None or asked.headers[sent[0]] == sent[1]
        publishers.fault(address, Fault.reset())
        error = quick_client(publishers, archive, tmp_path, keys={"synthetic": SECRET}).ask(request)
        assert isinstance(error, Unavailable)
        seen = caplog.text + repr(archive.notes) + repr(archive.fetches) + str(error) + repr(client.__dict__.keys())
        assert "s3cret" not in seen
        (robots,) = [each for each in publishers.log if each.path == "/robots.txt"][:1]
        assert "s3cret" not in repr(robots)

    def test_without_its_key_nobody_is_asked_and_the_error_says_where_to_get_one(self, publishers, archive, tmp_path):
        error = quick_client(publishers, archive, tmp_path, keys={"other": SECRET}).ask(replace(ASK, credential=HEADER))
        assert isinstance(error, KeyNotSet)
        assert "'synthetic'" in error.said and HEADER.where in error.said and "[api_keys]" in error.said
        assert (publishers.log, archive.notes, archive.fetches) == ([], [], [])

    @pytest.mark.parametrize("credential", [HEADER, PARAMETER])
    def test_a_key_is_for_the_host_first_asked_alone(self, publishers, archive, tmp_path, credential):
        publishers.serve("https://files.example.org/x.csv", b"a\n1\n", "text/csv")
        publishers.fault("https://api.example.org/data", Fault.redirect("https://files.example.org/x.csv"))
        request = replace(ASK, post=None, credential=credential, hosts=("files.example.org",))
        assert quick_client(publishers, archive, tmp_path, keys={"synthetic": SECRET}).get(request).body == b"a\n1\n"
        assert publishers.asked("api.example.org") and all("s3cret" not in repr(each) for each in publishers.asked("files.example.org"))

    def test_a_key_is_not_sent_in_the_clear(self, publishers, archive, tmp_path):
        request = replace(ASK, url="http://api.example.org/data", credential=HEADER)
        assert isinstance(quick_client(publishers, archive, tmp_path, keys={"synthetic": SECRET}).ask(request), Forbidden)
        assert publishers.log == []

    def test_a_key_that_is_refused_is_named(self, publishers, archive, tmp_path):
        publishers.fault(URL, Fault.status(401))
        error = quick_client(publishers, archive, tmp_path, keys={"synthetic": SECRET}).ask(replace(ASK, credential=HEADER))
        assert isinstance(error, Forbidden) and "is the key 'synthetic' right?" in error.said and HEADER.where in error.said

    @pytest.mark.parametrize("credential", [HEADER, PARAMETER])
    def test_an_answer_that_repeats_the_key_is_not_kept(self, publishers, archive, tmp_path, credential):
        publishers.serve(URL, b"a\n" + SECRET.encode(), "text/csv", post=MARCH)
        error = quick_client(publishers, archive, tmp_path, keys={"synthetic": SECRET}).ask(replace(ASK, credential=credential))
        assert isinstance(error, Forbidden) and archive.fetches == []

    def test_an_archive_in_the_publishers_place_asks_for_no_key(self, archive):
        upstream = MemoryArchive()
        upstream.keep(b"a\n1\n", url=URL, dataset=ASK.dataset, asked_at=datetime(2026, 5, 1, tzinfo=UTC), status=200, origin_kind="fetched",
                      content_type="text/csv")
        client = HttpClient(archive, contact="", version="0.0", upstream=upstream)
        assert client.get(replace(ASK, post=None, credential=PARAMETER)).body == b"a\n1\n"

    @pytest.mark.parametrize("ways", [{}, {"header": "X-Key", "parameter": "key"}])
    def test_a_credential_travels_in_one_way(self, ways: dict[str, str], tmp_path: Path):
        with pytest.raises(ValueError, match="in one of the two"):
            Credential("synthetic", "https://api.example.org/keys", **ways)
