"""Loads that wait for a person: kept with their evidence, decided once, and closed when a later release is here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.house import Home
from tests.e2e.pages import HEADLINE, gacc_page, gacc_url, headline, revised, serve_gacc
from tests.publishers import Publishers
from tests.publishers.mutations import scale

SLIPPED = scale(headline(121), 1000, columns=tuple(range(2, 9)))
"""The file of a month later with every figure a thousand times too large."""


@pytest.fixture
def slipped(filled: Home, publishers: Publishers) -> Home:
    """A home in which that file waits."""
    publishers.serve(HEADLINE, SLIPPED, "text/csv")
    assert filled.run("refresh", "dosm.headline").code == 3
    return filled


def listed(home: Home) -> list[tuple[int, str | None]]:
    return [(load["held"], load["decided"]) for load in home.run("--json", "held", "list", "--all").json]


def test_a_later_release_closes_it_and_it_cannot_be_accepted_any_more(slipped: Home, publishers: Publishers, tmp_path: Path) -> None:
    publishers.serve(HEADLINE, headline(121), "text/csv")
    assert slipped.run("refresh", "dosm.headline").code == 0
    assert listed(slipped) == [(1, "superseded")]
    shown = slipped.run("held", "show", "1").out
    assert "superseded by a later release" in shown and "new data" in shown
    before = slipped.held()
    for word in ("accept", "reject"):
        refused = slipped.run("held", word, "1", "--why", "why not")
        assert (refused.code, "was superseded by a later release already" in refused.err) == (2, True)
    assert slipped.held() == before
    assert "held" not in {line["result"] for line in slipped.run("--json", "status").json["lines"]}
    assert slipped.run("held", "list").out == "Nothing is held.\n"
    said = slipped.run("rebuild", "--into", tmp_path / "again", "--json")
    assert (said.code, said.json["differences"]) == (0, {})


def test_the_evidence_is_old_new_factor_unit_page_and_the_two_commands(slipped: Home, publishers: Publishers) -> None:
    shown = slipped.run("held", "show", "1").out
    assert re.search(r"MYS WLD \S+.* 2016 +10,[\d,]+ +10,[\d,]+,000 +×1,000\.00  MYR\n", shown) and HEADLINE in shown
    assert "entrepot held accept 1 --why" in shown and "entrepot held reject 1 --why" in shown
    kept = slipped.run("--json", "held", "show", "1").json["entry"]["detail"]["evidence"]
    assert len(kept) == 10 and all(float(one["new"]) == 1000 * float(one["old"]) and one["currency"] == "MYR" for one in kept)
    serve_gacc(publishers, 3, 4, m4=gacc_page(4, factor=10_000))  # new figures alone: beside the last ones that are held
    assert slipped.run("refresh", "gacc.prelim").code == 3
    assert re.search(r"\(2026-03-31\) +[\d,]+0,000 +×[\d,.]+  CNY, printed in 100,000,000\n", slipped.run("held", "show", "2").out)


def test_a_publisher_that_goes_back_closes_it_too(slipped: Home, publishers: Publishers) -> None:
    publishers.serve(HEADLINE, headline(), "text/csv")
    before = slipped.held()
    assert slipped.run("refresh", "dosm.headline").code == 0
    assert (listed(slipped), slipped.held()) == ([(1, "superseded")], before)


def test_a_second_that_is_held_closes_the_first_and_waits_itself(slipped: Home, publishers: Publishers) -> None:
    publishers.serve(HEADLINE, scale(headline(122), 1000, columns=tuple(range(2, 9))), "text/csv")
    assert slipped.run("refresh", "dosm.headline").code == 3
    assert listed(slipped) == [(1, "superseded"), (2, None)]


def test_the_same_wrong_page_once_more_is_held_anew(slipped: Home, publishers: Publishers) -> None:
    publishers.serve(HEADLINE, headline(121), "text/csv")
    slipped.run("refresh", "dosm.headline")
    publishers.serve(HEADLINE, SLIPPED, "text/csv")
    assert slipped.run("refresh", "dosm.headline").code == 3
    assert listed(slipped) == [(1, "superseded"), (2, None)]


def test_a_corrected_page_at_another_address_closes_the_first(filled: Home, publishers: Publishers) -> None:
    """GACC's pages have random addresses: the same month's table is the same batch wherever it stands."""
    serve_gacc(publishers, 3, 4, m4=gacc_page(4, factor=10_000))
    assert filled.run("refresh", "gacc.prelim").code == 3
    publishers.withdraw(gacc_url(4))
    elsewhere = gacc_url(4).replace("synthetic", "corrected")
    publishers.serve(elsewhere, gacc_page(4), "text/html")
    index = publishers._pages["english.customs.gov.cn", "/statics/report/preliminary.html"].body
    publishers.serve("http://english.customs.gov.cn/statics/report/preliminary.html",
                     index.replace(gacc_url(4).encode(), elsewhere.encode()), "text/html")
    assert filled.run("refresh", "gacc.prelim").code == 0
    assert listed(filled) == [(1, "superseded")]


def test_a_page_that_was_put_right_in_place_is_asked_for_again(filled: Home, publishers: Publishers) -> None:
    serve_gacc(publishers, 3, 4, m4=gacc_page(4, factor=10_000))
    assert filled.run("refresh", "gacc.prelim").code == 3
    publishers.serve(gacc_url(4), gacc_page(4), "text/html")
    assert filled.run("refresh", "gacc.prelim").code == 0
    assert listed(filled) == [(1, "superseded")]


def test_older_figures_are_not_accepted_over_newer_ones_from_elsewhere(slipped: Home, publishers: Publishers, tmp_path: Path) -> None:
    """The newer figures came as a file of a person, so nothing has closed the held load by its address or batch."""
    file = tmp_path / "trade_headline.csv"
    file.write_bytes(revised(headline(121), "2026-01", 1_000_000_000))
    assert slipped.run("import", file).code == 0
    closed = [decided for _, decided in listed(slipped)]
    refused = slipped.run("held", "accept", "1", "--why", "it looks right")
    assert refused.code == 2 and "superseded" in refused.err + str(closed)
    assert slipped.rows("SELECT max(value) < 10^13 FROM stats.trade WHERE dataset = 'dosm.headline'") == [(True,)]


def test_rejected_it_stays_out_and_accepted_it_comes_in(slipped: Home, publishers: Publishers) -> None:
    assert slipped.run("held", "reject", "1", "--why", "thousands", "--json").json["decided"] == "rejected"
    before = slipped.held()
    assert "rejected" in slipped.run("refresh", "dosm.headline").out
    assert slipped.held() == before
    publishers.serve(HEADLINE, scale(headline(122), 1000, columns=tuple(range(2, 9))), "text/csv")
    slipped.run("refresh", "dosm.headline")
    accepted = slipped.run("held", "accept", "2", "--why", "as published", "--json").json
    assert (accepted["decided"], accepted["outcomes"][0]["result"]) == ("accepted", "new_data")
    assert listed(slipped) == [(1, "rejected"), (2, "accepted")]
    assert slipped.rows("SELECT max(value) > 10^14 FROM stats.trade WHERE dataset = 'dosm.headline'") == [(True,)]
