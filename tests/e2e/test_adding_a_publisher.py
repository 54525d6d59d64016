"""docs/adding-a-publisher.md, followed command by command: in a checkout, and as a package of its own."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.environment import fresh, install
from tests.e2e.house import Home
from tests.publishers import Publishers

ROOT = Path(__file__).parents[2]
ROAD = (ROOT / "docs" / "adding-a-publisher.md").read_text(encoding="utf-8")
CHECKOUT, PACKAGE = ROAD.split("## In a package of its own")
PARTS = ("connectors", "warehouse", "flows", "docs", "sample", "tests", "benchmarks", "pyproject.toml")
BODY = b"month,partner,exports\n2026-01-01,All countries,900.0\n2026-01-01,Malaysia,110.5\n2026-02-01,All countries,991.0\n"


def commands(text: str) -> list[list[str]]:
    blocks = re.findall(r"^```bash\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


def run(words: list[str | Path], folder: Path, home: Home, **settings: str) -> str:
    said = subprocess.run(words, cwd=folder, env=home.settings(PATH="/usr/bin:/bin", **settings), capture_output=True, text=True,
                          timeout=240, check=False)
    assert said.returncode == 0 and "Traceback" not in said.stderr, (words, said)
    return said.stdout + said.stderr


@pytest.fixture
def home(tmp_path: Path, publishers: Publishers) -> Home:
    """The skeleton's address answers, as the publisher's would."""
    publishers.serve("https://lowlands.example/", b"<html>An office</html>", "text/html")
    publishers.serve("https://lowlands.example/exports.csv", BODY, "text/csv")
    return Home(tmp_path / "home", publishers)


def test_the_road_in_a_checkout(home: Home, tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for part in PARTS:
        there = ROOT / part
        if there.is_dir():
            shutil.copytree(there, checkout / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(there, checkout)
    before = {path for path in checkout.rglob("*") if path.is_file()}
    said = {}
    for words in commands(CHECKOUT):
        program = {"entrepot": [sys.executable, "-m", "flows"], "python": [sys.executable]}[words[0]]
        said[" ".join(words[:3])] = run([*program, *words[1:]], checkout, home, PYTHONPATH=str(checkout), PYTHONDONTWRITEBYTECODE="1")
    assert "5 passed" in said["python -m pytest"] and "lowlands: holds its contract" in said["python -m flows.conformance"]
    assert "lowlands.exports" in said["entrepot get Netherlands"] and "900.0" in said["entrepot trace Netherlands"]
    assert "1 revised" in said["entrepot refresh lowlands"]

    # Its own folder, its page and its test, as the page lists them; and it passes the lint.
    made = {str(path.relative_to(checkout)) for path in checkout.rglob("*") if path.is_file() and ".pytest_cache" not in path.parts}
    made -= {str(path.relative_to(checkout)) for path in before}
    listed = re.findall(r"^\| `([^`]+)` \|", CHECKOUT, re.MULTILINE)
    listed.append("connectors/statistics/lowlands/__init__.py")
    assert made and all(any(path.startswith(each) for each in listed) for path in made), made
    assert all(any(path.startswith(each) for path in made) for each in listed)
    for words in (["-m", "ruff", "check", "--no-cache", *sorted(path for path in made if path.endswith(".py"))],
                  ["-m", "mypy", "--cache-dir", str(tmp_path / "mypy"), "-p", "connectors.statistics.lowlands"],
                  ["-c", "from importlinter.cli import lint_imports_command as run; run(['--no-cache'])"]):
        run([sys.executable, *words], checkout, home, PYTHONPATH=str(checkout))


def test_the_road_as_a_package(home: Home, tmp_path: Path) -> None:
    python, work = fresh(tmp_path / "fresh"), tmp_path / "work"
    work.mkdir()
    said = []
    for words in commands(PACKAGE):
        if words[:2] == ["pip", "install"]:
            install(python, work / words[2])
        else:
            said.append(run([python, *(["-m", "flows"] if words[0] == "entrepot" else []), *words[1:]], work, home, PYTHONPATH=str(ROOT)))
    assert "lowlands.exports" in said[1] and "lowlands: holds its contract" in said[2]


@pytest.mark.parametrize(("words", "told"), [
    (("Lowlands", "--area", "NLD"), "cannot be a publisher's name"), (("class", "--area", "NLD"), "cannot be a publisher's name"),
    (("../x", "--area", "NLD"), "cannot be a publisher's name"), (("gacc", "--area", "NLD"), "there is a publisher gacc already"),
    (("lowlands", "--area", "Lowlandia"), "no area 'Lowlandia'"), (("lowlands", "--area", "NLD", "--title", 'a"b'), "--title takes")])
def test_what_cannot_be_a_publisher_is_refused_and_nothing_is_written(
        home: Home, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    said = home.run("sources", "new", *words, "--package", tmp_path / "package")
    assert (said.code, told in said.text, (tmp_path / "package").exists()) == (8 if "no area" in told else 2, True, False), said


def test_nothing_is_written_over(home: Home, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "pyproject.toml").write_text("mine")
    said = home.run("sources", "new", "lowlands", "--area", "NLD", "--package", tmp_path / "package")
    assert (said.code, "is there already" in said.text) == (2, True)
    assert [path.name for path in (tmp_path / "package").rglob("*")] == ["pyproject.toml"]
