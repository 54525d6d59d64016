"""A connector in a package of its own, built and installed into a fresh environment: it is found, asked, loaded, traced and checked.

The package stands in tests/third_party; its figures are synthetic.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import flows
from tests.e2e.environment import fresh, install
from tests.e2e.house import Home
from tests.publishers import Publishers

PACKAGE = Path(__file__).parent.parent / "third_party"
URL = "https://synthetic-office.example/exports.csv"
BODY = (b"year,partner,exports_usd_million\n2023,All countries,9000.0\n2023,Malaysia (Federation),1100.0\n"
        b"2024,All countries,9900.0\n2024,Malaysia (Federation),1210.0\n")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment that has what this one has, and the package besides. Gives its interpreter."""
    room = tmp_path_factory.mktemp("fresh")
    python = fresh(room)
    shutil.copytree(PACKAGE, room / "package")
    install(python, room / "package")
    return python


def test_a_strangers_connector_goes_the_whole_road(installed: Path, tmp_path: Path) -> None:
    with Publishers() as publishers:
        publishers.serve(URL, BODY, "text/csv")
        settings = Home(tmp_path / "home", publishers).settings(PYTHONPATH=str(Path(flows.__file__).parent.parent))

        def typed(*words: str, python: Path = installed) -> subprocess.CompletedProcess[str]:
            said = subprocess.run([python, "-m", "flows", *words], env=settings, capture_output=True, text=True, timeout=120, check=False)
            assert "Traceback" not in said.stderr and "a fault in Entrepot" not in said.stderr, said.stderr
            return said

        assert "synthetic-office.exports" in typed("sources").stdout
        said = typed("refresh", "synthetic-office")
        assert (said.returncode, "4 new" in said.stdout) == (0, True), said
        said = typed("get", "Philippines", "Malaysia", "2024", "--json")
        assert [(row["dataset"], row["flow"], row["value"]) for row in json.loads(said.stdout)] == [
            ("synthetic-office.exports", "export", 1_210_000_000)], said
        said = typed("trace", "Philippines", "Malaysia", "2024", "--flow", "export")
        assert (said.returncode, "1210.0" in said.stdout, URL in said.stdout) == (0, True, True), said
        said = typed("check", "Philippine exports to Malaysia reached US$1.21 billion in 2024.")
        assert (said.returncode, "AGREES" in said.stdout) == (0, True), said

        said = subprocess.run([installed, "-m", "flows.conformance", "synthetic-office"], env=settings, capture_output=True, text=True,
                              timeout=120, check=False)
        assert (said.returncode, said.stdout.splitlines()) == (0, [
            "synthetic-office: holds its contract",
            "  totals of synthetic-office.exports: bounded: 0 of 2 totals are the sum of their partners, the others at least 12.2% of it: "
            "it lists selected partners"]), said

        # The same home where the package is not installed: read, verified, rebuilt as far as it goes, and told by name.
        here = Path(sys.executable)
        assert "US$ 1.21" in typed("get", "Philippines", "Malaysia", "2024", python=here).stdout
        assert typed("verify", python=here).returncode == 0
        assert "Malaysia (Federation)" in typed("sql", "SELECT code FROM ref.area_code WHERE area = 'MYS'", python=here).stdout
        for words, code in ((("status",), 0), (("trace", "Philippines", "Malaysia", "2024", "--flow", "export"), 0), (("rebuild",), 2),
                            (("rebuild", "--into", str(tmp_path / "new")), 6)):
            said = typed(*words, python=here)
            told = said.stdout + said.stderr
            assert said.returncode == code and "synthetic-office.exports is not installed" in told, (words, said)
        assert "US$ 1.21" in typed("get", "Philippines", "Malaysia", "2024", python=here).stdout
