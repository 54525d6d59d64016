"""The IMF on the whole road, against a simulated service: trade by partner, estimates, silent revisions, rates. All synthetic."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.home import clock
from tests.e2e.house import Home
from tests.publishers import Publishers
from tests.publishers.imf import HOST, Figure, Office

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)


def an_office() -> Office:
    """Both sides of a flow, a world, a group, and a partner that reports nothing."""
    made = Office()
    made.put("IMTS", "MYS.XG_FOB_USD.CHN.A", y2024="42000000000", y2025="45000000000.25")
    made.put("IMTS", "MYS.XG_FOB_USD.TWN.A", y2025="15000000000")
    made.put("IMTS", "MYS.XG_FOB_USD.GAB.A", y2025=Figure("1000000", "O"))
    made.put("IMTS", "MYS.XG_FOB_USD.PRK.A", y2025=Figure("500000", "SCC"), y2026=Figure(None, "O"))
    made.put("IMTS", "MYS.XG_FOB_USD.G001.A", y2024="42000000000", y2025="60001500000.25")
    made.put("IMTS", "MYS.XG_FOB_USD.G505.A", y2025="45000000000")
    made.put("IMTS", "MYS.MG_CIF_USD.CHN.A", y2025="53000000000")
    made.put("IMTS", "MYS.TBG_USD.CHN.A", y2025=Figure("-7999999999.75", "SC"))
    made.put("IMTS", "MYS.MG_FOB_USD.CHN.A", y2025="50000000000")
    made.put("IMTS", "CHN.MG_CIF_USD.MYS.A", y2025=Figure("120000000000", "O"))
    made.put("IMTS", "MYS.XG_FOB_USD.CHN.M", **{"y2025M11": "4000000000", "y2025M12": "4100000000"})
    made.put("IMTS", "MYS.XG_FOB_USD.CHN.Q", **{"y2025Q4": Figure("12200000000", "SC")})
    return made


@pytest.fixture
def office() -> Office:
    return an_office()


@pytest.fixture
def publishers(office: Office) -> Iterator[Publishers]:
    with Publishers() as simulated:
        office.open(simulated)
        yield simulated


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Iterator[Home]:
    with clock.at(NOW):
        yield Home(tmp_path / "home", publishers)


def test_figures_come_in_and_lead_back_to_their_cells(home: Home, publishers: Publishers) -> None:
    said = home.run("refresh", "imf.imts.year")
    assert (said.code, "new" in said.out) == (0, True), said.text
    print(said.text)
    print(home.run("get", "Malaysia", "China", "2025").text)
    print(home.run("trace", "Malaysia", "China", "2025", "--flow", "export").text)
    print(publishers.asked(HOST)[0].path)
    print(home.rows("SELECT flow, partner, valuation, value, status, flags, partner_kind,released_basis FROM stats.trade"))
    print(home.rows("SELECT * FROM ops.check_result"))
    assert 0
