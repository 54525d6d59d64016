"""What is in ``deploy``: each file held against its own kind's schema, and against what the code really registers and reads.

systemd's units are read by ``systemd-analyze verify`` where it is installed. No container is started here.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint

from flows.home.house import House
from flows.home.settings import Settings

DEPLOY = Path(__file__).parents[1] / "deploy"
KUBERNETES = "1.34"
UNITS = sorted((DEPLOY / "systemd").glob("*.service")) + sorted((DEPLOY / "systemd").glob("*.timer"))


def test_prefect_yaml_registers_what_serve_registers(tmp_path: Path) -> None:
    from flows.scheduler.deployments import deployments

    wanted = {(made.flow_name, made.name): (tuple(schedule.schedule.cron for schedule in made.schedules or ()), made.parameters)
              for made in asyncio.run(deployments(House(Settings(home=tmp_path))))}
    written = yaml.safe_load((DEPLOY / "prefect.yaml").read_text())["deployments"]
    found = {(load_flow_from_entrypoint(each["entrypoint"]).name, each["name"]): (
        tuple(schedule["cron"] for schedule in each.get("schedules", ())), each["parameters"]) for each in written}
    assert found == wanted
    assert {schedule["timezone"] for each in written for schedule in each.get("schedules", ())} == {Settings(home=tmp_path).tz}


def test_the_compose_file_is_one_and_opens_nothing_beyond_loopback() -> None:
    compose_spec = pytest.importorskip("compose_spec")
    text = (DEPLOY / "compose" / "compose.yaml").read_text()
    compose_spec.PyCompose.from_yaml(yaml.safe_dump(yaml.safe_load(text))).validate()  # it knows no YAML merge keys itself
    services = yaml.safe_load(text)["services"]
    ports = [port for service in services.values() for port in service.get("ports", ())]
    assert ports == ["127.0.0.1:4200:4200"]
    # No password stands in the file: each is asked of the person who starts it.
    said = {(name, value) for service in services.values() for name, value in service.get("environment", {}).items()}
    for name, value in said:
        if re.search(r"PASSWORD|SECRET|_KEY|AUTH_STRING", name):
            assert re.fullmatch(r"\$\{\w+:\?.*\}", value), name
        elif re.search(r"CATALOG|CONNECTION_URL", name):
            assert re.search(r"://\w+:\$\{\w+:\?[^}]*\}@", value), name


def resources() -> list[dict[str, Any]]:
    return [each for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")) for each in yaml.safe_load_all(path.read_text()) if each]


@pytest.mark.parametrize("resource", resources(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_each_kubernetes_manifest_is_one(resource: dict[str, Any]) -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    kubernetes_validate.validate(resource, KUBERNETES, strict=True)


def test_nothing_in_the_cluster_is_reached_from_outside_it() -> None:
    kinds = {resource["kind"] for resource in resources()}
    services = [resource["spec"]["type"] for resource in resources() if resource["kind"] == "Service"]
    assert services == ["ClusterIP"] and "Ingress" not in kinds and "Secret" not in kinds and "NetworkPolicy" in kinds


def test_every_setting_that_is_named_is_one() -> None:
    known = {f"ENTREPOT_{name.upper()}" for name in Settings.model_fields}
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            named = set(re.findall(r"\bENTREPOT_[A-Z0-9_]+[A-Z0-9]\b", path.read_text()))
            assert named <= known, path


def test_the_units_are_systemds(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    # It looks for the programs that a unit starts: they stand elsewhere on this machine.
    for name in ("entrepot", "prefect"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    copies = []
    for unit in UNITS:
        copy = tmp_path / unit.name.replace("@.", "@1.")
        copy.write_text(unit.read_text().replace("/opt/entrepot/.venv/bin", str(tmp_path / "bin")))
        copies.append(copy)
    said = subprocess.run([analyze, "verify", "--man=no", *copies], capture_output=True, text=True, check=False)
    ours = [line for line in said.stderr.splitlines() if str(tmp_path) in line or re.search(r"entrepot[-\w@]*\.", line)]
    assert not ours, said.stderr


def test_every_unit_and_manifest_has_its_page() -> None:
    for form in ("systemd", "compose", "kubernetes"):
        page = (DEPLOY / form / "README.md").read_text()
        for path in (DEPLOY / form).iterdir():
            assert path.name == "README.md" or path.name in page, path
