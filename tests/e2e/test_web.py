"""``/api/`` over real HTTP: answers in the one shape, refusals, bounds, who may ask, many at once beside a writer."""

from __future__ import annotations

import base64
import csv
import io
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.e2e.house import Home
from tests.e2e.machines import Answer, Web, answering
from tests.e2e.pages import HEADLINE, headline, revised
from tests.publishers import Publishers
from warehouse.ask import questions
from warehouse.ask.machines import KEYS
from warehouse.lake.opening import Place, connect
from warehouse.schema.errors import TooMuch

TOKEN = "synthetic-token-0123"
LET_IN = {"Authorization": f"Bearer {TOKEN}"}
PAIR = {"one": "China", "other": "Malaysia", "period": "2024"}


@pytest.fixture(scope="module")
def web(demo_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The demo's answers, a few rows each."""
    with answering(demo_once, tmp_path_factory.mktemp("web"), "--demo", ENTREPOT_WEB_WITHIN_S="60", ENTREPOT_WEB_ROWS="150") as running:
        yield running


@pytest.fixture(scope="module")
def hurried(demo_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """The same with little time for each, and a token."""
    with answering(demo_once, tmp_path_factory.mktemp("hurried"), "--demo", ENTREPOT_WEB_WITHIN_S="1.5", ENTREPOT_WEB_MCP="true",
                   ENTREPOT_WEB_TOKEN=TOKEN, ENTREPOT_SQL_MEMORY_MB="256") as running:
        yield running


def refused(answer: Answer, status: int, *said: str) -> dict[str, object]:
    """The refusal, whole and in the one shape."""
    told: dict[str, object] = answer.json
    assert answer.status == status and set(told) == {"error", "what", "nearest", "why"}, answer.text
    assert all(words in str(told["why"]) for words in said), told
    return told


def test_a_figure_is_told_with_its_unit_vintage_source_and_licence(web: Web) -> None:
    (china,) = [row for row in web.ask("/api/get", **PAIR, flow="total").json["figures"] if row["unit"] == "CNY"]

    assert f"{china['value'] / 10**9:,.2f}" == "1,508.71"
    assert all(china[key] for key in KEYS)
    assert (china["valuation"], china["period"], china["publisher"], china["origin_kind"]) == ("CIF+FOB", "2024", "gacc", "reconstructed")


def test_the_command_the_api_and_python_tell_a_figure_with_the_same_keys(web: Web, demo_once: Home) -> None:
    told = web.ask("/api/get", **PAIR, every="true").json["figures"]

    assert demo_once.run("--demo", "--json", "get", "China", "Malaysia", "2024").json == told


@pytest.mark.parametrize(("path", "asked"), [
    ("rank", {"reporter": "China", "period": "2024", "within": "ASEAN"}), ("mirror", PAIR),
    ("revisions", {"reporter": "Malaysia", "partner": "World", "period": "2024-06", "flow": "import"}),
    ("trace", {"reporter": "China", "partner": "Malaysia", "period": "2024"}),
    ("check", {"text": "China-Malaysia trade reached $212 billion in 2024.", "published": "2025-04-20"})])
def test_every_figure_of_every_question_has_all_that_a_figure_has(web: Web, path: str, asked: dict[str, str]) -> None:
    def figures(part: object) -> Iterator[dict[str, object]]:
        if isinstance(part, dict):
            if "version_id" in part:
                yield part
            part = list(part.values())
        for each in part if isinstance(part, list) else ():
            yield from figures(each)

    found = list(figures(web.ask(f"/api/{path}", **asked).json))

    assert found and all(set(KEYS) <= set(row) for row in found)
    assert all(row["licence"] and row["attribution"] and row["unit"] and row["origin_kind"] for row in found)


@pytest.mark.parametrize(("asked", "status", "nearest"), [
    ({**PAIR, "other": "Malasia"}, 400, "MYS"), ({**PAIR, "period": "2031"}, 404, "2025"), ({**PAIR, "flow": "exprt"}, 400, "export"),
    ({**PAIR, "curency": "USD"}, 400, "currency"), ({**PAIR, "currency": "dollarz"}, 400, ""), ({"one": "China"}, 400, ""),
    ({**PAIR, "period": "someday"}, 400, ""), ({**PAIR, "products": "HS9"}, 400, ""), ({**PAIR, "known_on": "then"}, 400, "")])
def test_what_is_unknown_or_not_held_is_refused_with_the_nearest_and_why(
        web: Web, asked: dict[str, str], status: int, nearest: str) -> None:
    told = refused(web.ask("/api/get", **asked), status)

    assert told["why"] and (not nearest or any(nearest in str(each) for each in told["nearest"]))  # type: ignore[attr-defined]
    assert "curency" not in asked or told["nearest"][0] == "currency"  # type: ignore[index]


def test_a_cell_gets_one_number_in_a_named_currency_or_an_error(web: Web) -> None:
    asked = {"reporter": "China", "partner": "Malaysia", "period": "2024", "flow": "total", "currency": "CNY"}
    got, none = web.ask("/api/value", **asked), web.ask("/api/value", **{**asked, "period": "2031"})

    assert (got.status, got.text, got.headers["content-type"]) == (200, "1508707656311", "text/plain; charset=utf-8")
    assert none.status == 404 and "nothing is held on China and Malaysia for 2031" in none.text


def test_a_table_is_whole_or_refused_and_no_cell_is_a_formula(web: Web) -> None:
    rows = list(csv.DictReader(io.StringIO(web.ask("/api/get.csv", **PAIR).text)))
    hostile = web.ask("/api/sql.csv", query="SELECT '=1+1' AS a, '-' AS b, -1.5 AS c")

    assert rows[0]["value"] == "1508707656311" and list(rows[0])[:len(KEYS)] == list(KEYS)
    assert hostile.text.splitlines() == ["a,b,c", "'=1+1,-,-1.5"]
    assert web.ask("/api/sql.csv", query="FROM ref.area").status == 413
    assert web.ask("/api/sql", query="FROM ref.area").json["more"] is True
    assert len(web.ask("/api/sql.csv", query="FROM ref.area", rows=7).text.splitlines()) == 8


def test_known_on_a_day_is_answered_as_of_that_day_with_what_was_not_held(web: Web) -> None:
    told = web.ask("/api/get", one="Malaysia", other="World", period="2024-06", flow="import", known_on="2024-07-31").json

    assert [row["value"] for row in told["figures"]] == [111_760_000_000] and told["known_on"] == "2024-07-31" and "not_held" in told


@pytest.mark.parametrize("day", [{}, {"known_on": "2026-09-01"}])
def test_a_name_without_a_schema_is_one_of_mart_as_in_the_command(web: Web, day: dict[str, str]) -> None:
    assert web.ask("/api/sql", query="SELECT dataset FROM figures LIMIT 1", **day).status == 200
    refused(web.ask("/api/sql", query="SELECT sum(value) FROM figures", **day), 400)


@pytest.mark.parametrize("query", [
    "COPY (SELECT 1) TO 'x.csv'", "ATTACH 'x.db'", "INSTALL httpfs", "SET threads = 1", "SELECT * FROM read_text('/etc/passwd')",
    "SELECT getenv('HOME')", "FROM duckdb_secrets()", "CALL ducklake_flush_inlined_data('lake')", "SELECT 1; SELECT 2",
    "DROP TABLE stats.trade"])
def test_a_statement_that_is_no_read_is_refused(web: Web, query: str) -> None:
    refused(web.ask("/api/sql", query=query), 400)


def test_a_statement_that_goes_on_is_cut_and_the_next_is_answered(hurried: Web) -> None:
    begun = time.monotonic()
    endless = "SELECT count(*) FROM range(1000000000000) a, range(1000) b"
    refused(hurried.ask("/api/sql", headers=LET_IN, query=endless), 504, "cut after 1.5")

    assert time.monotonic() - begun < 60
    assert hurried.ask("/api/sql", headers=LET_IN, query="SELECT 1 AS one").json["rows"] == [{"one": 1}]


def test_what_takes_a_gigabyte_takes_nothing_from_the_process_that_answers(hurried: Web) -> None:
    for query in ("SELECT repeat('a', 900000000)", "SELECT list(i) FROM range(30000000) t(i)"):
        assert hurried.ask("/api/sql", headers=LET_IN, query=query).status in (413, 504)
    assert hurried.ask("/api/health", headers=LET_IN).status == 200 and hurried.peak_mb < 400


NOT_ASKED = {"Host": "evil.example"}, {"Host": "127.0.0.1.evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {
    "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}


@pytest.mark.parametrize("headers", NOT_ASKED)
def test_pages_of_other_sites_and_other_names_are_not_answered(web: Web, headers: dict[str, str]) -> None:
    assert web.ask("/api/health", headers=headers).status == 403


def test_what_is_too_large_or_no_text_is_refused_at_the_door(web: Web) -> None:
    refused(web.ask("/api/search", text="a" * 20_000), 414)
    refused(web.ask("/api/health", headers={"Content-Length": "2000000"}), 413)
    refused(web.ask("/api/search?text=%ff%fe"), 400, "not UTF-8")
    refused(web.ask("/api/rank?reporter=China&reporter=Malaysia&period=2024"), 400, "given twice")
    assert web.ask("/%2e%2e/%2e%2e/etc/passwd").status == web.ask("/docs").status == 404
    assert web.ask("/api/health", "POST").status == web.ask("/api/get", "DELETE").status == 405


HOSTILE = ("'; DROP TABLE stats.trade; --", "\" OR 1=1 --", "../../../etc/passwd", "<script>alert(1)</script>", "\0", "A" * 3000,
           "\u202e", "%")


@pytest.mark.parametrize(("path", "asked"), [
    ("get", {**PAIR, "flow": "", "products": "", "currency": "", "rates": ""}),
    ("rank", {"reporter": "China", "period": "2024", "within": ""}),
    ("trace", {"version": ""}), ("datasets", {"name": ""}), ("revisions", {"reporter": "", "partner": "", "period": ""})])
def test_nothing_typed_is_more_than_a_word(web: Web, path: str, asked: dict[str, str]) -> None:
    for name in asked:
        for typed in HOSTILE[::3] if path == "get" else HOSTILE:
            refused(web.ask(f"/api/{path}", **{**{key: value for key, value in asked.items() if value}, name: typed}), 400)


def test_the_pages_of_the_answers_fetch_nothing_from_elsewhere(web: Web) -> None:
    page, described = web.ask("/api/"), web.ask("/api/openapi.json")

    assert "http" not in page.text.replace(f"http://127.0.0.1:{web.port}", "") and "<script" not in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"] and page.headers["x-content-type-options"] == "nosniff"
    assert {"/api/get", "/api/get.csv", "/api/value", "/api/sql"} <= set(described.json["paths"])
    assert described.json["info"]["description"]
    for path, of in described.json["paths"].items():
        assert path == "/api/health" or {"200", "400", "404", "503", "504"} <= set(of["get"]["responses"]), path
        assert of["get"]["description"] and all(one["description"] for one in of["get"].get("parameters", [])), path
    links = {part.split('"')[0].partition("?")[0] for part in page.text.split('href="')[1:]}
    assert {f"/api/{link}" for link in links} <= {*described.json["paths"], "/api/openapi.json"}
    assert web.ask("/api/datasets").json["datasets"] and web.ask("/api/search?text=exports").json["datasets"]


def test_with_a_token_nothing_is_answered_without_it(hurried: Web) -> None:
    asked = [hurried.ask(path, headers=headers).status for path in ("/", "/api/health", "/mcp")
             for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic !!"}, {"Authorization": TOKEN})]

    assert set(asked) == {401}
    basic = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
    assert {hurried.ask("/api/health", headers=each).status for each in (LET_IN, {"Authorization": f"Basic {basic}"})} == {200}
    assert TOKEN not in hurried.log.read_text()


@pytest.mark.parametrize("settings", [{"ENTREPOT_WEB_HOST": "0.0.0.0"}, {"ENTREPOT_WEB_MCP": "true"}, {"ENTREPOT_WEB_TOKEN": "short"},
                                      {"ENTREPOT_WEB_PORT": "4200"}])
def test_what_would_be_open_to_others_is_not_served(demo_once: Home, settings: dict[str, str]) -> None:
    said = demo_once.run("--demo", "serve", **settings)

    assert said.code == 2 and ("ENTREPOT_WEB_TOKEN" in said.err or "ENTREPOT_WEB_PORT" in said.err)


def test_it_listens_on_loopback_alone(web: Web) -> None:
    about = Path(f"/proc/{web.process.pid}")
    if not about.is_dir():
        pytest.skip("there is no /proc here")
    mine = {str(each.readlink()) for each in (about / "fd").iterdir()}
    lines = [line.split() for name in ("tcp", "tcp6") if (about / "net" / name).exists()
             for line in (about / "net" / name).read_text().splitlines()[1:]]
    listening = {line[1] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in mine}

    assert listening == {f"0100007F:{web.port:04X}"}


def test_more_than_one_question_reads_is_refused_before_it_is_read(demo_once: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    con = connect(Place(demo_once.root / "demo" / "lake"))
    monkeypatch.setattr(questions, "MOST_READ", 3)

    for ask in (questions.get, questions.revisions):
        with pytest.raises(TooMuch, match="figures are stored of that"):
            ask(con, "China", "Malaysia", "2009-01..2025-12")  # type: ignore[operator]


CLIENTS = 20


def stored(home: Home) -> dict[str, int]:
    """Malaysia's trade in November 2025 as the lake has it: one state of it, whole."""
    return {flow: int(value) for flow, value in home.rows(
        "SELECT flow, value FROM stats.trade WHERE reporter = 'MYS' AND partner = 'WLD' AND period_start = '2025-11-01' AND dataset = "
        "'dosm.headline' AND period_end = '2025-11-30'")}


@pytest.mark.parametrize("requests", [40, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_many_at_once_beside_a_writer_get_whole_answers(filled: Home, publishers: Publishers, tmp_path: Path, requests: int) -> None:
    done, codes, states = threading.Event(), set[int](), [stored(filled)]

    def write() -> None:
        """One state after the other, none of them twice, as fast as loads go."""
        for more in range(1, 1000):
            if done.is_set():
                return
            publishers.serve(HEADLINE, revised(headline(), "2025-11", more * 1_000_000), "text/csv")
            codes.add(filled.run("refresh", "dosm.headline", "--force").code)
            states.append(stored(filled))

    with answering(filled, tmp_path, ENTREPOT_WEB_WITHIN_S="100") as web:
        writer = threading.Thread(target=write)
        writer.start()
        try:
            path = f"/api/get?one=Malaysia&other=World&period={quote('2025-11')}"
            with ThreadPoolExecutor(CLIENTS) as clients:
                answers = list(clients.map(lambda _: web.ask(path), range(requests)))
        finally:
            done.set()
            writer.join()
        peak = web.peak_mb

    assert {answer.status for answer in answers} == {200}, next(answer.text for answer in answers if answer.status != 200)
    assert all({row["flow"]: row["value"] for row in answer.json["figures"]} in states for answer in answers), "an answer of no state"
    assert codes == {0} and len(states) > 2 and all(one != other for one, other in pairwise(states))
    assert peak < 700
