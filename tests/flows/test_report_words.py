"""Words of others on the pages of a night: shown as they are, as text, wherever they stand."""

from __future__ import annotations

import json
import re

import pytest
from markdown_it import MarkdownIt

from flows.tell.notices import _plain
from flows.tell.run_report import _link, _table, _text, news
from warehouse.claims.nightly import Fault, Night
from warehouse.shown import escape, shown

HOSTILE = ["x](https://evil.example)", "a ](javascript:alert(1)) b", "![p](https://evil.example/p.png)", "<script>x</script>", "a | b | c",
           "https://evil.example/ www.evil.example", "`code` *bold* _it_ ~~gone~~", "&#93;(https://evil.example)", "a\\](https://evil.example)",
           "line\nbreak\n\n# heading", "mail@evil.example", "[a]: https://evil.example", "<https://evil.example>",
           "\u202egro.live\u202c", "\x1b[2J\x9b2J"]
reader = MarkdownIt("gfm-like", {"linkify": False}).enable("table")


@pytest.mark.parametrize("words", HOSTILE)
def test_words_stay_words_in_text_links_and_tables(words: str) -> None:
    page = reader.render(_table(["a", "b"], [[words, _link(words, "https://example.org/page")]], links=(1,)))

    assert re.findall(r"<(?!/?(?:table|thead|tbody|tr|th|td)[ >])[^>]*>", page) == ['<a href="https://example.org/page">', "</a>"]
    assert page.count("<td") == 2
    assert "://" not in _text(words) and "www." not in _text(words)


@pytest.mark.parametrize("url", ["https://example.org/a>)b", "https://example.org/a|b", "https://example.org/a](<https://evil.example>)",
                                 "https://example.org/a\nb", "https://example.org/`x`", "https://example.org/a\\"])
def test_an_address_stays_inside_its_link(url: str) -> None:
    page = reader.render(_table(["a", "b"], [[_link("title", url), "b"]], links=(0,)))

    assert page.count("<a ") == 1 and page.count("<td") == 2 and ">title</a>" in page
    assert page.partition('href="')[2].startswith("https://example.org/")


def test_what_is_no_address_of_the_web_is_no_link() -> None:
    for url in ("javascript:alert(1)", "import:page.html", "httpx://a", ""):
        assert _link("title", url) == "title"


def test_the_address_of_an_article_that_was_not_read_stays_inside_its_link() -> None:
    page = reader.render(news(Night(texts=1, faults=(Fault("https://example.org/a>)|[b](https://evil.example)", "title", "too long"),))))

    assert re.findall("<a [^>]*>", page)[0].startswith('<a href="https://example.org/a%3E)') and page.count("<a ") == 1


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_of_others_commands_or_turns_what_it_stands_in(words: str) -> None:
    for medium in (shown, escape, _text, _plain):
        assert not set(medium(words)) & set(map(chr, (*range(9), *range(11, 32), *range(127, 160), 0x202e, 0x2066))), medium
    assert "](" not in _plain(words) and "<" not in escape(words) + _plain(words) and '"' not in escape(words)
    assert json.loads(shown(json.dumps(words, ensure_ascii=False))) == words
