"""Slips in one row of a real file that is loaded already: what no publisher revises by is held, in words that name ratio and band."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.house import Home
from tests.publishers.mutations import revise

MALAYSIA_CNY = ("1,286.7", "3,376.8", "726.9", "2,040.6", "559.8", "1,336.2")
"""The values of Malaysia's row in March 2026: total, export and import, each of the month and of the year to date."""
FACTORS = tuple(Decimal(text) for text in ("1.5", "2", "7", "250"))
SECTIONS = tuple(Decimal(text) for text in ("0.03", "0.01", "0.05", "0.14", "0.06", "0.09", "0.09", "0.41", "0.11", "0.01"))
Change = Callable[[Decimal], Decimal]


@dataclass(frozen=True)
class Held:
    """One document, how a row of it is changed, and what its figures usually are revised by."""

    body: bytes
    ending: str
    slip: Callable[[bytes, Change], bytes]
    usual: str
    options: tuple[str, ...] = ()


def _cells(row: str, cells: tuple[str, ...]) -> Callable[[bytes, Change], bytes]:
    def slip(body: bytes, change: Change) -> bytes:
        for cell in cells:
            value = Decimal(cell.replace(",", ""))
            new = change(value).quantize(value)
            body = revise(body, row, cell, f"{new:,}" if "," in cell else f"{new}")
        return body
    return slip


def _columns(line: str) -> Callable[[bytes, Change], bytes]:
    def slip(body: bytes, change: Change) -> bytes:
        (before,) = [found for found in body.splitlines() if found.startswith(line.encode())]
        head, cells = line.count(",") + 1, before.decode().split(",")
        changed = [*cells[:head], *(str(change(Decimal(cell)).quantize(Decimal("0.1"))) for cell in cells[head:])]
        return body.replace(before, ",".join(changed).encode())
    return slip


def _sections(headline: str) -> bytes:
    """The real totals parted into sections by made-up shares: the file that has both is not kept with the samples."""
    lines = ["date,section,exports,imports"]
    for line in csv.DictReader(io.StringIO(headline)):
        if line["series"] == "abs":
            exports, imports = Decimal(line["exports"]), Decimal(line["imports"])
            lines.append(f"{line['date']},overall,{exports},{imports}")
            lines += [f"{line['date']},{at},{exports * share:.1f},{imports * share:.1f}" for at, share in enumerate(SECTIONS)]
    return "\n".join([*lines, ""]).encode()


def documents(samples: Path) -> dict[str, Held]:
    headline = (samples / "opendosm" / "trade_headline.csv").read_bytes()
    gacc, ecb = samples / "gacc", samples / "ecb" / "ecb_sdmxjson_M.CNY.EUR.SP00.A_2025-10_2026-04.json"
    bulletin = (gacc / "bulletin_t2_by_country_jun2026_usd_cut.html").read_bytes()
    return {
        "page": Held((gacc / "release_section4_by_country_mar2026_cny.html").read_bytes(), ".html", _cells("Malaysia", MALAYSIA_CNY),
                     "2 %"),
        "bulletin": Held(bulletin, ".html", _cells("Malaysia", (
            "19,139,748", "104,042,357", "13,537,454", "65,834,544", "5,602,294", "38,207,813")), "2 %", ("--part",)),
        "headline": Held(headline, ".csv", _columns("abs,2026-03-01"), "12 %"),
        "section": Held(_sections(headline.decode()), ".csv", _columns("2026-03-01,7"), "12 %"),
        "all sections": Held(_sections(headline.decode()), ".csv", _columns("2026-03-01,overall"), "12 %"),
        "rate": Held(ecb.read_bytes(), ".json", lambda body, change: body.replace(
            b"8.180647619047619", str(change(Decimal("8.180647619047619"))).encode()), "2 %"),
    }


def bring(home: Home, into: Path, held: Held, body: bytes) -> tuple[int, str]:
    file = into / f"file{held.ending}"
    file.write_bytes(body)
    said = home.run("import", *held.options, file)
    return said.code, said.text


@pytest.mark.parametrize("name", ["page", "bulletin", "headline", "section", "all sections", "rate"])
def test_a_row_times_or_by_a_factor_is_held_and_said_with_ratio_and_band(home: Home, samples: Path, tmp_path: Path, name: str) -> None:
    held = documents(samples)[name]
    assert bring(home, tmp_path, held, held.body)[0] == 0
    before = home.held()
    for factor in FACTORS:
        for sign, times in (("×", factor), ("÷", 1 / factor)):
            code, text = bring(home, tmp_path, held, held.slip(held.body, lambda value, times=times: value * times))  # type: ignore[misc]
            if "neither ringgit" in text:  # So small a month is refused before anything is compared.
                assert code == 1
                continue
            assert (code, f"a change of {sign}" in text) == (3, True), text
            assert f"where revisions of up to {held.usual} are usual" in text
    assert home.held() == before


@pytest.mark.parametrize("name", ["page", "headline", "rate"])
def test_signs_that_are_turned_about_change_no_figure(home: Home, samples: Path, tmp_path: Path, name: str) -> None:
    held = documents(samples)[name]
    assert bring(home, tmp_path, held, held.body)[0] == 0
    before = home.rows("FROM stats.fx_rate ORDER BY ALL"), home.rows("FROM stats.trade ORDER BY ALL")
    bring(home, tmp_path, held, held.slip(held.body, lambda value: -value))
    assert (home.rows("FROM stats.fx_rate ORDER BY ALL"), home.rows("FROM stats.trade ORDER BY ALL")) == before


@pytest.mark.parametrize(("name", "row", "old", "new", "words"), [
    ("page", "Malaysia", "-28.8", "-5400", "such as -5400.00 %: no flow falls by more than all of it"),
    ("page", "Malaysia", "-28.8", "783", "prints a growth of 783.00 %, by the -28.80 % printed for it before, its figures make -28.8 %"),
    ("page", "Malaysia", "-28.8", "-99", "prints a growth of -99.00 %, by the -28.80 % printed for it before"),
    ("headline", "growth_yoy,2026-03-01", "10.4", "5400", "prints a growth of 5400.00 %, its figures make 10.4 %"),
    ("headline", "growth_mom,2026-03-01", "8.8", "5400", "prints a growth of 5400.00 %, its figures make 8.8 %"),
    ("headline", "growth_mom,2026-03-01", "8.8", "-5400", "such as -5400.00 %: no flow falls by more than all of it"),
])
def test_a_growth_that_its_figures_contradict_is_held(home: Home, samples: Path, tmp_path: Path, name: str, row: str, old: str, new: str,
                                                      words: str) -> None:
    held = documents(samples)[name]
    assert bring(home, tmp_path, held, held.body)[0] == 0
    code, text = bring(home, tmp_path, held, revise(held.body, row, old, new))
    assert (code, words in " ".join(text.split())) == (3, True), text
    assert home.rows("SELECT count(*) FROM stats.trade_revision") == [(0,)]


def test_the_largest_revision_known_is_no_slip(home: Home, samples: Path, tmp_path: Path) -> None:
    """Malaysia's imports of June 2024 were RM 111.76 bn when first stated, and RM 100.41 bn in the file of April 2026."""
    held = documents(samples)["headline"]
    (now,) = [line for line in held.body.decode().splitlines() if line.startswith("abs,2024-06-01")]
    cells = now.split(",")
    more = Decimal("111.76e9") - Decimal(cells[5])
    first = [*cells[:5], *(str(Decimal(cell) + times * more) for cell, times in zip(cells[5:], (1, 0, 1, -1), strict=True))]
    assert bring(home, tmp_path, held, held.body.replace(now.encode(), ",".join(first).encode()))[0] == 0
    code, text = bring(home, tmp_path, held, held.body)
    assert (code, "3 revised" in text) == (0, True), text
