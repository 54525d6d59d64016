"""What goes wrong on the wire, as a person sees it: the error's name, the exit code, and a lake that is as it was.

The client's own behaviour is tried in ``tests/connectors``; here each fault goes through the command line.
"""

from __future__ import annotations

import pytest

from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, headline, serve_gacc
from tests.publishers import Fault, Publishers

ATTEMPTS = 4
FAULTS = [
    pytest.param(Fault.too_many("86400"), "RateLimited", "asked to come back in 86,400 s", 4, id="429 with Retry-After"),
    pytest.param(Fault.too_many(), "RateLimited", "asked too often", 4, id="429"),
    pytest.param(Fault.status(500), "Unavailable", "server failed (status 500)", 4, id="500"),
    pytest.param(Fault.status(503), "Unavailable", "server failed (status 503)", 4, id="503"),
    pytest.param(Fault.reset(), "Unavailable", "no full answer came", 4, id="reset"),
    pytest.param(Fault.truncated(900), "Unavailable", "breaks off before its end", 4, id="truncated"),
    pytest.param(Fault.cut_chunks(), "Unavailable", "no full answer came", 4, id="a chunk is cut off"),
    pytest.param(Fault.challenge(), "Challenged", "use `entrepot import`", 4, id="200 with a challenge page"),
    pytest.param(Fault.challenge(412), "Challenged", "use `entrepot import`", 4, id="412 with a challenge page"),
    pytest.param(Fault.status(403), "Forbidden", "refuses this request", 4, id="403"),
    pytest.param(Fault.status(404), "NotFound", "nothing is there", 4, id="404"),
    pytest.param(Fault.redirect("http://10.0.0.1/trade.csv"), "Forbidden", "private address, 10.0.0.1", 4, id="private address"),
    pytest.param(Fault.redirect("http://elsewhere.example/t.csv"), "Forbidden", "elsewhere.example", 4, id="another host"),
    pytest.param(Fault.gzip_bomb(64 * 1024 * 1024), "TooLarge", "unpacks to more than", 4, id="gzip bomb"),
    pytest.param(Fault.html(), "SchemaDrift", "HTML where text/csv", 1, id="HTML for CSV"),
    pytest.param(Fault.html("text/csv"), "SchemaDrift", "HTML where text/csv", 1, id="HTML that says it is CSV"),
    pytest.param(Fault.encoding("br"), "SchemaDrift", "'br', which was not asked for", 1, id="unknown encoding"),
    pytest.param(Fault.empty(), "Incomplete", "the answer is empty", 1, id="empty body"),
]


@pytest.mark.parametrize(("fault", "name", "said", "code"), FAULTS)
def test_a_fault_is_an_error_with_a_name_and_changes_nothing(
        filled: Home, publishers: Publishers, fault: Fault, name: str, said: str, code: int) -> None:
    publishers.serve(HEADLINE, headline(121), "text/csv")
    publishers.fault(HEADLINE, fault, times=ATTEMPTS)
    before = filled.files("lake", "archive/blobs", "archive/journal")
    answer = filled.run("refresh", "gacc.prelim", "dosm.headline")
    assert answer.code == code
    (line,) = [line for line in answer.out.splitlines() if "dosm.headline" in line]
    assert f"ERROR {name}" in line and said in line and HEADLINE in line
    assert "gacc.prelim.country  no change" in answer.out
    assert filled.files("lake", "archive/blobs", "archive/journal") == before


def test_when_the_fault_has_passed_the_figures_come_in(filled: Home, publishers: Publishers) -> None:
    publishers.serve(HEADLINE, headline(121), "text/csv")
    publishers.fault(HEADLINE, Fault.status(503), times=ATTEMPTS)
    assert filled.run("refresh", "dosm.headline").code == 4
    told = filled.run("status", "--check", "--json")
    (dataset,) = [one for one in told.json["lines"] if one["dataset"] == "dosm.headline"]
    assert (told.code, dataset["result"]) == (3, "error Unavailable")
    said = filled.run("refresh", "dosm.headline")
    assert (said.code, "7 new, 7 annotated" in said.out) == (0, True)
    (dataset,) = [one for one in filled.run("status", "--json").json["lines"] if one["dataset"] == "dosm.headline"]
    assert (dataset["result"], dataset["newest"]) == ("new data", "Jan 2026")


def test_a_passing_fault_is_asked_again_in_the_same_run(filled: Home, publishers: Publishers) -> None:
    publishers.fault(HEADLINE, Fault.reset(), times=1)
    publishers.fault(HEADLINE, Fault.status(502), times=1)
    assert filled.run("refresh", "dosm.headline").code == 0
    assert len(publishers.asked(HEADLINE)) == 3


def test_a_body_that_trickles_in_ends_at_the_time_limit(filled: Home, publishers: Publishers) -> None:
    publishers.fault(HEADLINE, Fault.drip(0.05))
    before = filled.seen()
    said = filled.run("refresh", "dosm.headline", ENTREPOT_ANSWER_WITHIN_S="0.2")
    assert (said.code, "ERROR Unavailable" in said.out, "longer than 0.2 s in all" in said.out) == (4, True, True)
    assert filled.seen() == before


def test_a_publisher_that_asked_to_be_left_alone_is_not_asked_by_the_next_run(filled: Home, publishers: Publishers) -> None:
    publishers.fault(HEADLINE, Fault.too_many("86400"), times=1)
    assert filled.run("refresh", "dosm.headline").code == 4
    asked = len(publishers.asked("storage.dosm.gov.my"))
    said = filled.run("refresh", "dosm.headline")
    assert (said.code, "asked to be left alone until" in said.out) == (4, True)
    assert len(publishers.asked("storage.dosm.gov.my")) == asked


def test_robots_txt_is_obeyed_and_said(filled: Home, publishers: Publishers) -> None:
    publishers.robots("storage.dosm.gov.my", "User-agent: *\nDisallow: /trade/\n")
    said = filled.run("refresh", "dosm.headline")
    assert (said.code, "Forbidden" in said.out, "robots.txt asks not to fetch" in said.out) == (4, True, True)
    assert not publishers.asked(HEADLINE)


def test_304_writes_nothing_but_the_log(filled: Home, publishers: Publishers) -> None:
    publishers.serve(HEADLINE, headline(121), "text/csv", etag='"one"')
    assert filled.run("refresh", "dosm.headline").code == 0
    files, log = filled.files("lake", "archive/blobs", "archive/journal"), filled.files("archive/log")
    said = filled.run("refresh", "dosm.headline")
    assert (said.code, "no change" in said.out) == (0, True)
    assert publishers.asked(HEADLINE)[-1].headers["if-none-match"] == '"one"'
    assert filled.files("lake", "archive/blobs", "archive/journal") == files
    assert len(filled.files("archive/log")) == len(log) + 1


def test_a_wrong_charset_in_the_header_does_not_change_a_figure(filled: Home, publishers: Publishers) -> None:
    publishers.fault(HEADLINE, Fault.charset("utf-16"), times=1)
    before = filled.seen()
    assert filled.run("refresh", "dosm.headline").code == 0
    assert filled.seen() == before


def test_a_first_night_on_which_everything_fails_is_not_called_empty(home: Home, publishers: Publishers) -> None:
    publishers.fault("english.customs.gov.cn", Fault.challenge(412))
    publishers.fault(HEADLINE, Fault.status(500))
    assert home.run("refresh", "gacc.prelim", "dosm.headline").code == 4
    told = home.run("status", "--check")
    assert told.code == 3
    assert "error Unavailable" in told.out and "3 in error" in told.out
    assert "gacc.prelim.country" in told.out and "gacc.prelim.commodity" in told.out


def test_one_publisher_s_failure_never_stops_the_others(filled: Home, publishers: Publishers) -> None:
    publishers.fault("english.customs.gov.cn", Fault.reset())
    publishers.serve(HEADLINE, headline(121), "text/csv")
    said = filled.run("refresh", "gacc", "dosm.headline", "ecb.exr.month")
    assert said.code == 4
    assert said.out.count("ERROR Unavailable") == 4 and "7 new" in said.out and "ecb.exr.month" in said.out


def test_one_broken_page_never_stops_the_others(filled: Home, publishers: Publishers) -> None:
    serve_gacc(publishers, 3, 4, 5, m4=b"<html><div class='atcl-cnt'><table><tr><td>cut")
    said = filled.run("refresh", "gacc.prelim")
    assert said.code == 1
    assert "ERROR Incomplete" in said.out and "cut off inside its table" in said.out and "1 load: 138 new" in said.out


def test_a_connector_that_breaks_is_our_fault_and_stops_nobody(
        filled: Home, publishers: Publishers, monkeypatch: pytest.MonkeyPatch) -> None:
    from connectors.statistics.gacc import connector

    def broken(*_: object) -> None:
        raise KeyError("no such column")

    publishers.serve(HEADLINE, headline(121), "text/csv")
    serve_gacc(publishers, 3, 4)
    monkeypatch.setattr(connector.Gacc, "_parse", broken)
    said = filled.run("refresh", "gacc.prelim", "dosm.headline", broken_allowed=True)
    assert said.code == 1
    assert "ERROR Fault" in said.out and "KeyError 'no such column'" in said.out and "7 new" in said.out
    monkeypatch.undo()
    said = filled.run("refresh", "gacc.prelim")
    assert (said.code, "138 new" in said.out) == (0, True)
