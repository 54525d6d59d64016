"""What ``entrepot check`` shows in a terminal: the summary first, each sentence once above its claims, lines no wider than it is."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import Home
from warehouse.claims.check import book_for, check
from warehouse.claims.read.dating import read_dated
from warehouse.claims.say import summary, words
from warehouse.claims.say.terminal import Paint, cells, claim, wrapped
from warehouse.claims.weigh.checked import Report
from warehouse.lake.opening import Place, connect

COMPOSED = {row["id"]: row for row in map(json.loads, Path(__file__).with_name("judging.jsonl").read_text().splitlines())}
ARTICLE = "\n\n".join((
    COMPOSED["long-03"]["text"],
    "Trade between China and Malaysia, by contrast, was US$300 billion in 2024, and 212 million dollars in 2024.",
    "China's exports of durian to Malaysia rose 12 per cent to US$8 million in 2024. "
    "China has been Malaysia's largest trading partner for 16 consecutive years. "
    "In 2024 Malaysia's trade with China was RM484.12 billion."))
"""A text of more than thirty claims: of one account and of two, right and wrong, stated and not checked."""


@pytest.fixture(scope="module")
def reports(demo_once: Home) -> Iterator[list[Report]]:
    """Every composed text, checked."""
    con = connect(Place(demo_once.root / "demo" / "lake"))
    readings = [read_dated(row["text"], by_page=row.get("published")) for row in COMPOSED.values()]
    with book_for(con, readings) as book:
        yield [check(con, reading, book=book) for reading in readings]
    con.close()


def test_what_a_claim_comes_to_is_two_lines_at_most(reports: list[Report]) -> None:
    long = [(one.number, one.said) for report in reports for one in report.claims if len(wrapped(one.said, 100, 6)) > 2]
    assert not long
    unpainted = Paint(on=False)
    for report in reports:
        for one in report.claims:
            printed = list(claim(one, 100, unpainted, "no date given: 31 December 2025 is assumed, from what the text says",
                                 printable=True, whole=False))
            safe = [n for n, line in enumerate(printed) if line.lstrip().startswith("Safe to print")]
            assert not safe or len(printed) - safe[0] <= 2, printed
    assert sum(len(one.said) > 100 for report in reports for one in report.claims) > 50, "there is something to fit"


def test_words_fit_each_other(reports: list[Report]) -> None:
    said = [text for report in reports for one in report.claims for text in (one.said, words.heading(one.claim), words.verdict_label(one))]
    odd = re.compile(r"\bwith ,|: ,|off it is|times of\b|\?|\(\)|s's\b|with United|trade with Philippines|_digit|[,;:] ?[,;:]|\.\.$|  ",
                     re.IGNORECASE)
    assert not [text for text in said if odd.search(text)]
    headings = [words.heading(one.claim) for report in reports for one in report.claims]
    assert len(headings) > 500 and not [heading for heading in headings if heading[-1] in ".,;:"]
    for report in reports:
        found = dict(summary.by_verdict(report.claims))
        assert sum(map(len, found.values())) == len(report.claims)


@pytest.mark.parametrize(("text", "said"), [
    ("China's trade with Malaysia was 1,508.71 billion yuan in 2024, and its imports from Malaysia were 786.7 billion yuan in 2024.",
     "2 claims: 2 agree."),
    ("China's trade with Malaysia was 1,508.71 billion yuan in 2024.", "1 claim: 1 agrees."),
    ("In 2024 Malaysia's trade with China was RM484.12 billion.", "1 claim: 1 agrees (as stated only)."),
    ("Malaysia's imports were RM111.76 billion in June 2024 and its exports RM126.05 billion.",
     "2 claims: 1 was right and since revised, 1 agrees (as stated only)."),
    ("China–Malaysia trade was US$300 billion in 2024. China's trade with Malaysia was 1,508.71 billion yuan in 2024.",
     "2 claims: 1 does not agree, 1 agrees."),
    ("China–Malaysia trade was US$300 billion in 2024. China's trade with Malaysia was 2,200 billion yuan in 2024.",
     "2 claims: 2 do not agree."),
])
def test_the_summary_stands_first_with_the_worst_first(demo_once: Home, text: str, said: str) -> None:
    shown = demo_once.run("--demo", "check", text, "--published", "2025-04-20").out
    assert shown.splitlines()[0].strip() == said


@pytest.mark.parametrize("width", [60, 100, 160])
def test_an_article_of_thirty_claims_fits_the_terminal(demo_once: Home, width: int) -> None:
    said = demo_once.run("--demo", "check", ARTICLE, "--published", "2025-10-20", COLUMNS=str(width))
    assert said.code == 0 and "\x1b" not in said.out
    assert int(said.out.split()[0]) >= 30
    assert max(cells(line) for line in said.out.splitlines()) <= width
    joined = " ".join(said.out.split())
    for sentence in ("Malaysia came second with 1.51 trillion yuan, up 12.7 per cent.",
                     "Trade with Laos reached 58.6 billion yuan, up 16.9 per cent."):
        assert joined.count(sentence) == 1, sentence
    assert "Look at" in said.out and said.out.index("Look at") < said.out.index("Vietnam stayed")
    assert len(re.findall("a commodity, of which no series", joined)) == 1, "those that were not checked are together, by reason"
    with_rows = demo_once.run("--demo", "check", ARTICLE, "--published", "2025-10-20", "--evidence", COLUMNS=str(width)).out
    assert "SQL:" in with_rows and len(with_rows) > 2 * len(said.out)


def test_words_of_others_are_wrapped_by_the_columns_they_take() -> None:
    text = "马来西亚与中国的贸易 " * 9 + "x" * 150 + " é" * 60 + " \x1b[31mred \u202eturned"
    lines = wrapped(text, 50, 3, 5)
    assert all(cells(line) <= 50 for line in lines) and lines[0].startswith("   马") and lines[1].startswith("     ")
    assert "".join(text.split()).replace("\x1b", "\\u001b").replace("\u202e", "\\u202e") == "".join("".join(lines).split())
    assert wrapped("", 50, 3) == ["   "]


def test_a_terminal_gets_colours_and_its_own_width_unless_it_wants_none(demo_once: Home) -> None:
    text = "China–Malaysia trade was US$300 billion in 2024. China's trade with Malaysia was 1,508.71 billion yuan in 2024."
    coloured, plain = (_in_a_terminal(demo_once, text, 64, **more) for more in ({}, {"NO_COLOR": "1"}))
    assert "\x1b[1;31mDOES NOT AGREE\x1b[0m" in coloured and "\x1b[32mAGREES\x1b[0m" in coloured
    assert "\x1b" not in plain and "DOES NOT AGREE" in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert 50 < max(cells(line) for line in plain.splitlines()[:-2]) <= 64


def _in_a_terminal(home: Home, text: str, columns: int, **more: str) -> str:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_") and name not in ("NO_COLOR", "COLUMNS")}
    typed = [sys.executable, "-c", "from flows.cli import main; main()", "--demo", "check", text, "--published", "2025-04-20"]
    started = subprocess.Popen(typed, stdout=slave, stdin=slave, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[2],
                               env={**kept, **home.settings(), "TERM": "xterm", **more})
    os.close(slave)
    parts = []
    try:
        while part := os.read(master, 65536):
            parts.append(part)
    except OSError:  # the other end was closed
        pass
    os.close(master)
    assert started.wait(60) == 0
    return b"".join(parts).decode().replace("\r\n", "\n")
