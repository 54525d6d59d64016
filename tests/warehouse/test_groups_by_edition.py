"""Ranks within a group use the members that the ranked table itself counts to it. Figures are synthetic."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.warehouse.synthetic import SYNTHETIC, day, present
from tests.warehouse.test_two_printings import load
from warehouse.ask.ranks import rank
from warehouse.lake.opening import Place, connect, writer
from warehouse.load.commit import describe
from warehouse.reference.periods import Period

TEN = "BRN,IDN,KHM,LAO,MMR,MYS,PHL,SGP,THA,VNM"
VALUES = {"ASEAN": Decimal(1000), "MYS": Decimal(400), "VNM": Decimal(300), "TLS": Decimal(350)}
KINDS = {partner: "group" if partner == "ASEAN" else "country" for partner in VALUES}


@pytest.mark.parametrize(("mark", "members"), [("", ["MYS", "TLS", "VNM"]), (f"members={TEN}", ["MYS", "VNM"])])
def test_a_rank_counts_the_members_of_its_own_table(tmp_path: Path, mark: str, members: list[str]) -> None:
    place = Place(tmp_path / "lake")
    with writer(place, "test") as lake:
        describe(lake, [SYNTHETIC])
        lake.after_commit()
    load(place, tmp_path, VALUES, 1, day(0), flags={"ASEAN": mark, "MYS": "", "VNM": "", "TLS": ""}, partner_kind=KINDS)
    con = connect(place)
    made = rank(con, "CHN", Period(date(2025, 12, 1), date(2025, 12, 31)), flow="export", within="ASEAN")
    assert [found.partner for found in made.places] == members
    assert ("Timor-Leste" in made.not_held) is False


def test_two_printings_differ_in_a_note_and_are_one(tmp_path: Path) -> None:
    place = Place(tmp_path / "lake")
    with writer(place, "test") as lake:
        lake.after_commit()
    load(place, tmp_path, {"ASEAN": Decimal(1000)}, 1, day(0), flags={"ASEAN": f"members={TEN}"}, partner_kind=KINDS)
    assert not load(place, tmp_path, {"ASEAN": Decimal(1000)}, 1, day(1), flags={"ASEAN": ""}, partner_kind=KINDS).changed
    assert load(place, tmp_path, {"ASEAN": Decimal("1000.04")}, 2, day(2), flags={"ASEAN": ""}, partner_kind=KINDS).counts["finer"] == 1
    assert [row["flags"] for row in present(place)] == [f"members={TEN}"]
