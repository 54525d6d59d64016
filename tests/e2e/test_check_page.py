"""The page of ``entrepot check --html``: one file, nothing from outside runs in it, links lead to the official pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.house import Home
from tests.e2e.test_check_words import ARTICLE
from tests.screens import keep

HOSTILE = ("China–Malaysia trade reached US$212 billion in 2024, nearly 1,000 times the value of 1974 "
           "<script>document.title='taken'</script>. "
           '<img src=x onerror="document.title=\'taken\'">')


@pytest.fixture(scope="module")
def written(demo_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "check.html"
    said = demo_once.run("--demo", "check", HOSTILE, "--published", "2025-04-20", "--html", file)
    assert said.code == 0, said.text
    return file


def test_text_from_outside_is_escaped(written: Path) -> None:
    body = written.read_text(encoding="utf-8")
    assert "<script" not in body and "<img" not in body
    assert "&lt;script&gt;" in body or "&lt;img" in body
    assert "Content-Security-Policy" in body and "src=" not in body.replace("src=x", "")


def test_a_file_that_cannot_be_written_is_a_sentence(demo_once: Home, tmp_path: Path) -> None:
    said = demo_once.run("--demo", "check", "China–Malaysia trade was US$212 billion in 2024.", "--html", tmp_path / "none" / "x.html")
    assert (said.code, "cannot write" in said.err) == (2, True)


@pytest.fixture
def page(browser: Any) -> Any:
    opened = browser.new_page(viewport={"width": 1200, "height": 900})
    opened.set_default_timeout(30_000)
    return opened


@pytest.mark.browser
def test_the_page_shows_sentence_verdict_and_evidence_and_what_a_sample_page_was_taken_from(written: Path, page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(written.as_uri())

    assert page.title() == "A text against the statistics"
    assert asked == [written.as_uri()]
    page.get_by_text("AGREES WITH CHINA'S CUSTOMS ONLY", exact=True).wait_for()
    page.get_by_text("DOES NOT AGREE", exact=True).wait_for()
    table = page.locator("#claim-1 table")
    assert "US$212.04 bn" in table.inner_text() and "RM484.12 bn" in table.inner_text()
    links = [link.get_attribute("href") for link in table.locator("a").all()]
    assert links and all("customs.gov.cn" not in str(link) for link in links), "a statement's article; a sample page has no address"
    assert "reconstructed from GACC, monthly bulletin" in table.inner_text()
    keep(page, "check")


@pytest.fixture(scope="module")
def article(demo_once: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("article") / "check.html"
    text = f"{ARTICLE}\n\nAn address: https://example.org/{'a' * 300} and <b>{'no-break-' * 60}</b>"
    assert demo_once.run("--demo", "check", text, "--published", "2025-10-20", "--html", file).code == 0
    return file


@pytest.mark.browser
@pytest.mark.parametrize("width", [400, 1200])
def test_an_article_of_thirty_claims_needs_no_scrolling_sideways(article: Path, page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(article.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wider = ("[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1)"
             ".map(one => one.tagName)")
    assert page.evaluate(wider) == []


@pytest.mark.browser
def test_the_summary_is_first_and_a_figure_in_the_text_leads_to_its_claim(article: Path, page: Any) -> None:
    page.goto(article.as_uri())
    shown = page.locator("body").inner_text()
    assert [shown.index(part) for part in ("claims:", "To look at", "The text", "Sentence by sentence", "Not checked\n")] == sorted(
        shown.index(part) for part in ("claims:", "To look at", "The text", "Sentence by sentence", "Not checked\n"))
    assert page.locator("ul li strong").first.inner_text() == "does not agree", "the worst first"

    marks = page.locator(".text mark")
    figures = marks.all_inner_texts()
    assert "US$300 billion" in figures and "RM484.12 billion" in figures and not [one for one in figures if one[-1] in ".,;"]
    assert page.locator("article").count() == page.locator(".text sup a").count() >= 30
    page.locator(".text mark.against", has_text="US$300 billion").locator("a").click()
    assert "DOES NOT AGREE" in page.locator("article:target").inner_text()

    assert page.locator("blockquote", has_text="Malaysia came second with 1.51 trillion yuan").count() == 1
    folded = page.locator("details", has=page.locator("summary", has_text="a commodity, of which no series is held"))
    assert folded.count() == 1 and folded.locator("article").count() == 2 and not folded.locator("article").first.is_visible()
    page.locator(".text mark.open", has_text="US$8 million").locator("a").click()
    assert page.locator("article:target").is_visible(), "what is folded opens"


def test_a_statement_leads_to_its_article(article: Path) -> None:
    body = article.read_text(encoding="utf-8")
    assert "href=\"https://thegulfobserver.com/china-malaysia-trade-hits-record-us212-04-billion-in-2024" in body
    assert "href=\"https://example.org" not in body, "an address in the text is text"
