"""Thirty nights of December 2026 by the real deployment, unattended but for what a person types: the outcomes are those written down here.

In the month: the releases of three publishers, TARGET's holidays, a page with a slip of units (8 December), a column that was
renamed (10), a publisher that is out for three days (9 to 11), a release that is a week late (10 to 17), a process that is
killed (16), a challenge page (18 to 20), figures that are changed in silence (20). Schedule and automations have their own tests
on the wall clock.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.home import clock
from tests.flows.month import bulletin, facts, kl, month, night
from tests.flows.month_publishers import LATER, MendedDosm, use
from warehouse.lake.opening import Place, connect

pytestmark = pytest.mark.server

# P, B GACC's preliminary table and bulletin   C, H, S DOSM's calendar, headline and sections   E the ECB's rates of a day
# quiet, due, late: what was expected before anybody asked. What is not named was not asked for. What a person imported on the
# 20th counts as had, so the bulletin's page is looked at again a week later.
OUTCOMES = """
 1  E due new
 2  E due new
 3  E due new
 4  E due new
 5  E due new
 6
 7  P quiet same, B quiet same, C quiet same, H quiet same, S quiet same
 8  P due same, E due new
 9  P due held, E due error Unavailable
10  P due same, E due error Unavailable
11  P due new, C quiet same, H due same, S due error SchemaDrift, E due error Unavailable
12  C quiet same, H due same, S due error SchemaDrift, E late new
13  C quiet same, H due same
14  B quiet same, C quiet same, H due same
15  C quiet same, H late same, E due new
16  killed
17  C quiet same, H late same, E due new
18  P quiet same, B due same, C quiet same, H late new, E due new
19  B due error Challenged, S quiet same, E due new
20  B due error Challenged
21
22  E due new
23  E due new
24  E due new
25  P quiet same, C quiet same, H quiet new, E due new
26  S quiet same
27  B quiet same
28
29  E due new
30  E due new
"""
TOLD = [
    (9, "gacc.prelim.country is held: ", "entrepot held show 1"),
    (11, "dosm.sitc SchemaDrift: ", "entrepot refresh dosm.sitc"),
    (15, "dosm.headline is late: ", "entrepot sources dosm.headline"),
    (19, "gacc.bulletin.country Challenged: ", "entrepot import FILE --source gacc.bulletin.country"),
]
"""Night, dataset and what is wrong with it, what to type: each told once, in the night in which it came up."""


@pytest.fixture(scope="module")
def faultless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[object, ...]]]:
    """The facts at the end of the same month without faults; a few nights bring all of it."""
    with month(tmp_path_factory.mktemp("faultless"), unattended=False) as world:
        for number in (9, 11, 19, 26, 30):
            world.at(night(number))
            with clock.at(night(number)):
                assert world.home.run("refresh").code == 0
        return facts(world.home)


@pytest.mark.timeout(1200)
def test_thirty_nights_come_out_as_written_down(tmp_path: Path, faultless: dict[str, list[tuple[object, ...]]]) -> None:
    nights: list[str] = []
    told: list[tuple[int, str]] = []
    with month(tmp_path, unattended=True) as world:
        assert world.served is not None
        hook = world.served.hook
        for number in range(1, 31):
            files, requests = world.home.files("lake/data", "lake/published"), len(world.publishers.asked())
            if number == 16:
                assert world.killed(night(number)) == "CRASHED"
                nights.append("16  killed")
                continue
            nights.append(f"{number:2}  {world.asked(night(number))}".rstrip())
            if " new" not in nights[-1] and world.home.files("lake/data", "lake/published") != files:
                nights[-1] += " (and wrote into the lake)"
            if nights[-1] == f"{number:2}" and len(world.publishers.asked()) != requests:
                nights[-1] += "  (and asked somebody)"
            told += [(number, text) for text in hook.texts()[len(told):]]
            if number == 9:
                assert world.types(kl("12-09 09:00"), "held", "reject", "1", "--why", "printed in yuan, not in 100 million") == 0
            if number == 12:
                use(mended=True)
                (world.home.root / LATER).touch()
                assert world.types(kl("12-12 09:00"), "refresh", "dosm.sitc") == 0
            if number == 20:
                saved = tmp_path / "saved.html"
                saved.write_bytes(bulletin(11))
                assert world.types(kl("12-20 09:00"), "import", saved, "--source", "gacc.bulletin.country") == 0
        assert nights == OUTCOMES.strip("\n").split("\n")
        assert [number for number, _ in told] == [number for number, _, _ in TOLD], told
        for (_, text), (_, what, do) in zip(told, TOLD, strict=True):
            _, only, rest = text.split("\n")
            assert only.startswith(f"1. {what}") and f"`{do}`" in only and rest.startswith("All of it: `entrepot status`"), text
        assert facts(world.home) == faultless
        again = world.home.run("rebuild", "--into", tmp_path / "again", "--json").json
        # Equal row for row. That three loads of DOSM's were read by the later Entrepot's parser now is no difference.
        assert (again["differences"], again["reread"]) == ({}, [])
        rebuilt = connect(Place(tmp_path / "again"))
        loads = "SELECT * EXCLUDE (parser_version) FROM ops.load ORDER BY snapshot"
        assert rebuilt.execute(loads).fetchall() == world.home.rows(loads)
        assert rebuilt.execute("SELECT DISTINCT parser_version FROM ops.load WHERE dataset LIKE 'dosm.%'").fetchall() == [
            (MendedDosm.parser_version,)]
