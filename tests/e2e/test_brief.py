"""``entrepot brief``: one page about a pair, whose sentences ``check`` supports and whose figures are those of ``get``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import Home


@pytest.fixture(scope="module")
def made(demo_once: Home) -> Any:
    said = demo_once.run("--demo", "--json", "brief", "China", "Malaysia")
    assert said.code == 0, said.text
    return said.json


@pytest.fixture(scope="module")
def written(demo_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("brief") / "brief.html"
    said = demo_once.run("--demo", "brief", "China", "Malaysia", "-o", file)
    assert (said.code, said.out) == (0, ""), said.text
    return file


def sentences(made: Any) -> list[str]:
    return [sentence for section in made["sections"] for sentence in section["sentences"]]


def test_every_sentence_is_supported_by_check(demo_once: Home, made: Any) -> None:
    assert len(sentences(made)) >= 9
    for sentence in sentences(made):
        claims = demo_once.run("--demo", "--json", "check", sentence).json["claims"]
        assert claims and {claim["verdict"] for claim in claims} == {"supported"}, sentence


def test_what_the_statistics_say_of_the_pair_is_said(made: Any) -> None:
    said = sentences(made)
    assert "By China's customs, China's total trade with Malaysia was CNY 1,508.71 billion in 2024." in said
    assert "By China's customs, China's trade deficit with Malaysia was CNY 64.68 billion in 2024." in said
    assert "Malaysia was China's second-largest trading partner within ASEAN in 2024." in said
    assert any(one.startswith("Malaysia's total trade with China was RM484.12 billion in 2024, as stated by") for one in said)


def test_what_is_not_held_is_said_where_it_would_stand(made: Any) -> None:
    gone = [missing for section in made["sections"] for missing in section["not_held"]]
    assert "Malaysia's exports of 2024" in gone and "Malaysia's imports of 2024" in gone
    assert any("Brunei" in missing for missing in gone)


def test_every_figure_is_what_get_says(demo_once: Home, made: Any) -> None:
    (table,) = [table for section in made["sections"] for table in section["tables"] if table["title"].startswith("Exports, imports")]
    held = {f["version_id"] + f["flow"]: f["value"] for f in demo_once.run("--demo", "--json", "get", "China", "Malaysia", "2024").json}
    assert table["rows"] and all(row["value"] == held[row["version_id"] + row["flow"]] for row in table["rows"])


def test_a_sentence_that_check_does_not_support_is_left_out(demo_once: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from warehouse.pages import pairs

    monkeypatch.setattr(pairs._Words, "level", lambda self, f: f"China's exports to Malaysia were CNY 1.25 billion in {f.period_end.year}.")
    said = demo_once.run("--demo", "--json", "brief", "China", "Malaysia")
    assert said.code == 0 and not any("1.25" in sentence for sentence in sentences(said.json))


def test_the_page_is_whole_in_itself(written: Path) -> None:
    page = written.read_text(encoding="utf-8")
    assert page.count("<svg") >= 4 and "Content-Security-Policy" in page
    assert not re.search(r"<script|<img|<link|src=|href=|@import|url\((?!#)", page)
    assert page.count("<figcaption>entrepot trace ") == page.count("<figure>")
    assert "reconstructed" in page and "licence" in page


def test_each_line_to_trace_leads_to_a_figure(demo_once: Home, written: Path) -> None:
    for line in set(re.findall(r"<figcaption>entrepot (trace [0-9a-f]+)</figcaption>", written.read_text(encoding="utf-8"))):
        assert demo_once.run("--demo", *line.split()).code == 0, line


@pytest.mark.parametrize(("words", "said"), [
    (("China", "Malaysia", "-o", "a.pdf"), "a browser prints it to PDF"), (("China", "Malaysia", "-o", "a.png"), "-o FILE.html"),
    (("China", "Malaysia", "-o", "a.txt"), "-o takes .html"), (("China", "Malaysia", "-o", "none/a.html"), "there is no folder"),
    (("China", "China"), "the same area"), (("China", "Malaysia", "--year", "1999"), "years held: 1974"),
    (("Malaysia", "Iceland"), "no whole year of trade")])
def test_a_refusal_names_the_way_out(demo_once: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...],
                                     said: str) -> None:
    monkeypatch.chdir(tmp_path)
    answer = demo_once.run("--demo", "brief", *words)
    assert (answer.code, said in answer.err, list(tmp_path.iterdir())) == (2, True, []), answer.text


@pytest.mark.browser
@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_from_a_file_without_a_network(written: Path, browser: Any, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, java_script_enabled=True)
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(written.as_uri())
    assert (asked, faults) == ([written.as_uri()], [])
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is wider than the window"
    for drawn in page.locator("figure svg").all():
        box = drawn.bounding_box()
        assert box["width"] > 200 and box["height"] > 60 and box["x"] + box["width"] <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(255, 255, 254)" if scheme == "light" else "rgb(20, 24, 29)")
    assert page.locator("figure svg rect").first.evaluate("e => getComputedStyle(e).fill") == ground
    page.close()
