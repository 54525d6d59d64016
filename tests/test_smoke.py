"""A wheel, installed without development packages into an environment of its own, runs the demo's commands."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*words: str | Path, cwd: Path, env: dict[str, str]) -> str:
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=env, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"{words}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.timeout(900)
def test_a_clean_install_answers_the_demos_questions(tmp_path: Path) -> None:
    own = ("ENTREPOT_", "PREFECT_", "PYTHONPATH", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    env |= {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path / "wheel", ROOT, cwd=tmp_path, env=env)
    (wheel,) = (tmp_path / "wheel").glob("entrepot-*.whl")
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", wheel, cwd=tmp_path, env=env)
    missing = subprocess.run([python, "-c", "import pytest"], cwd=tmp_path, env=env, capture_output=True, check=False)
    assert missing.returncode != 0, "development packages are here: this proves nothing"
    entrepot = tmp_path / "env" / "bin" / "entrepot"
    assert "Ask" in run(entrepot, "--help", cwd=tmp_path, env=env)
    loaded = run(entrepot, "--demo", "refresh", cwd=tmp_path, env=env)
    assert "CNY 1,508.71 bn" in loaded and "RM 484.12 bn" in loaded and "RM 766.3 mn → RM 759.9 mn" in loaded
    assert "entrepot --demo get China Malaysia 2024" in loaded and "entrepot refresh gacc dosm ecb" in loaded
    assert "CNY 1,508.71 bn" in run(entrepot, "--demo", "get", "China", "Malaysia", "2024", cwd=tmp_path, env=env)
    ranked = run(entrepot, "--demo", "rank", "China", "2024", "--within", "ASEAN", cwd=tmp_path, env=env)
    assert "2  Malaysia" in ranked
    assert "RM 111.76 bn" in run(entrepot, "--demo", "revisions", "Malaysia", "World", "--flow", "import", "--period", "2024-06",
                                 cwd=tmp_path, env=env)
    assert "demo" in run(entrepot, "--demo", "status", cwd=tmp_path, env=env)
