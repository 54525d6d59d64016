"""One ``serve`` for a home, found whatever its port; and its runs end with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.cli.doctor import examine
from flows.home import serving
from flows.home.house import House
from flows.home.settings import Settings
from flows.tell.status import overview
from tests.flows.conftest import environment, free_port
from warehouse.schema.errors import Busy


def test_who_serves_a_home_is_known_until_it_ends(tmp_path: Path) -> None:
    assert serving.running(tmp_path) is None
    with serving.alone(tmp_path, "http://127.0.0.1:4711"):
        there = serving.running(tmp_path)
        assert there is not None and (there.address, there.process) == ("http://127.0.0.1:4711", os.getpid())
        with pytest.raises(Busy, match=r"served already \(http://127\.0\.0\.1:4711, process"), serving.alone(tmp_path, "elsewhere"):
            pass
        assert serving.running(tmp_path) == there

    assert serving.running(tmp_path) is None


def test_a_second_serve_on_a_home_is_refused_and_a_server_on_another_port_is_shown(tmp_path: Path) -> None:
    house = House(Settings(home=tmp_path))
    (house.root / "prefect").mkdir(parents=True)
    with serving.alone(house.root / "prefect", "http://127.0.0.1:4711"):
        second = subprocess.run([sys.executable, "-m", "flows", "serve", "--port", str(free_port())], capture_output=True, text=True,
                                timeout=60, env=environment(tmp_path))
        status, looked = overview(house).headline, examine(house, offline=True)

    assert second.returncode == 5 and "http://127.0.0.1:4711" in second.stderr
    assert "server http://127.0.0.1:4711 up" in status
    assert next(finding.said for finding in looked if finding.what == "served").startswith("at http://127.0.0.1:4711")
    assert "server not running" in overview(house).headline


SERVES = "import time; from flows.home.serving import mark; print(mark(), flush=True); time.sleep(120)"
WORKS = "import time; from flows.home.serving import end_with_serve; end_with_serve(); print('works', flush=True); time.sleep(120)"


def _work(mark: str, tmp_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WORKS], stdout=subprocess.PIPE, text=True,
                            env=environment(tmp_path, **{serving.ENDS_WITH: mark}))


def test_a_run_ends_when_serve_is_killed(tmp_path: Path) -> None:
    serve = subprocess.Popen([sys.executable, "-c", SERVES],
                             stdout=subprocess.PIPE, text=True, env=environment(tmp_path))
    assert serve.stdout is not None
    run = _work(serve.stdout.readline().strip(), tmp_path)
    assert run.stdout is not None and run.stdout.readline() == "works\n" and run.poll() is None

    serve.kill()
    serve.wait()

    assert run.wait(30) == -9


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel says there when a process began")
def test_a_run_whose_serve_is_gone_before_it_looks_ends_though_its_number_was_given_again(tmp_path: Path) -> None:
    assert _work(f"{os.getpid()}:1", tmp_path).wait(30) == -9
