"""``entrepot refresh`` of several publishers without Prefect: asked at once, told in one order, one's error its own, stopped by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from flows.home import registry
from flows.run import side_by_side
from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, gacc_url, headline, serve_gacc
from tests.e2e.test_every_publisher import serve_news
from tests.publishers import Publishers
from tests.publishers.faults import Fault, Line, Page
from warehouse.lake.opening import writer

ROOT = Path(__file__).parents[2]
PATIENT = {"ENTREPOT_ANSWER_WITHIN_S": "60"}


@pytest.fixture
def home(filled: Home, publishers: Publishers) -> Home:
    serve_gacc(publishers, 3, 4)
    publishers.serve(HEADLINE, headline(121), "text/csv")
    return filled


def test_publishers_are_asked_at_once_and_told_in_their_order(home: Home, publishers: Publishers) -> None:
    both = threading.Barrier(2, timeout=40)

    def meets(line: Line, page: Page | None) -> None:
        both.wait()  # nobody is answered here before the other is asked too
        assert page is not None
        line.answer(200, {"Content-Type": page.content_type}, page.body)

    publishers.fault(HEADLINE, Fault("meets", meets), times=1)
    publishers.fault(gacc_url(4), Fault("meets", meets), times=1)
    said = home.run("refresh", "ecb.exr.month", "gacc.prelim", "dosm.headline", **PATIENT)
    told = [words[0] for line in said.out.splitlines() if (words := line.split())]
    assert not both.broken, said.text
    assert list(dict.fromkeys(told)) == ["ecb.exr.month", "gacc.prelim.country", "dosm.headline"], said.text


def test_parts_come_in_order_but_none_waits_for_one_that_hangs() -> None:
    hangs, broken = threading.Event(), ValueError("broken")

    def breaks() -> str:
        raise broken

    parts = {"slow": lambda: str(hangs.wait(40)), "quick": lambda: "quick", "broken": breaks}
    coming = side_by_side.as_they_end(parts, in_order_s=0.0)
    first = dict(next(coming) for _ in range(2))
    assert first == {"quick": "quick", "broken": broken}
    hangs.set()
    assert list(coming) == [("slow", "True")]
    assert [name for name, _ in side_by_side.as_they_end({"a": breaks, "b": lambda: "b"}, in_order_s=60)] == ["a", "b"]


def test_what_ends_the_asking_of_one_is_its_outcome_and_the_others_are_loaded(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.run import pipeline
    from warehouse.schema.errors import NoRoom

    asked = pipeline.fetch

    def fetch(house: object, publisher: str, *rest: object) -> object:
        if publisher == "gacc":
            raise NoRoom("synthetic: the disk is full")
        return asked(house, publisher, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "fetch", fetch)
    said = home.run("refresh", "gacc.prelim", "dosm.headline", "--json")
    assert [(one["dataset"], one["result"], one["error"]) for one in said.json] == [
        ("gacc", "error", "NoRoom"), ("dosm.headline", "new_data", "")]
    assert said.code == NoRoom("").exit_code


def test_stopped_by_hand_it_ends_at_once_and_the_next_run_goes_on(home: Home, publishers: Publishers) -> None:
    reached, over = threading.Event(), threading.Event()

    def hangs(line: Line, page: Page | None) -> None:
        reached.set()
        over.wait(60)

    publishers.fault(HEADLINE, Fault("hangs", hangs), times=1)
    process = subprocess.Popen([sys.executable, "-m", "flows", "refresh", "gacc.prelim", "dosm.headline"], cwd=ROOT, text=True,
                               env={**os.environ, **home.settings(**PATIENT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert reached.wait(60)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, "stopped by hand" in err, "Traceback" in err, "Fatal" in err) == (130, True, False, False), err
    over.set()
    said = home.run("refresh", "gacc.prelim", "dosm.headline", "--json", **PATIENT)
    assert {one["dataset"] for one in said.json if one["result"] == "new_data"} == {"gacc.prelim.country", "dosm.headline"}, said.text
    assert home.run("verify").code == 0
    assert publishers.asked(gacc_url(4))


def test_articles_are_held_against_the_figures_by_a_refresh_of_all_that_is_due(filled: Home, publishers: Publishers) -> None:
    serve_news(publishers, one="China's exports to Malaysia came to US$1 billion in March 2026")
    others = [name for name in registry.datasets() if name != "news.fmt"]
    (filled.root / "sources.toml").write_text("[enabled]\n" + "".join(f'"{name}" = false\n' for name in others))

    said = filled.run("refresh", "news.fmt")
    assert (said.code, filled.rows("SELECT count(*) FROM news.claim")) == (0, [(0,)]), said.text

    said = filled.run("refresh")
    assert (said.code, "of 1 articles" in said.out) == (0, True), said.text
    assert filled.rows("SELECT count(*) FROM news.claim")[0][0] > 0
    assert filled.rows("SELECT count(DISTINCT verdict) FROM news.verdict")[0][0] > 0


def test_a_lake_of_another_entrepot_is_brought_to_this_one_though_nothing_is_new(filled: Home) -> None:
    with writer(filled.place, "test") as lake:
        (newest,) = lake.con.execute("SELECT max(snapshot) FROM ops.load").fetchall()[0]
        with lake.transaction("another", snapshot=newest + 1) as con:
            con.execute("UPDATE ops.migration SET sha256 = 'of another program' WHERE name = 'views'")
        lake.after_commit()
    assert "was written by another Entrepot" in filled.run("get", "Malaysia", "World", "latest").err
    said = filled.run("refresh", "dosm.headline")
    assert (said.code, "no change" in said.out) == (0, True), said.text
    assert filled.run("get", "Malaysia", "World", "latest").code == 0
