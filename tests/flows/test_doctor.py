"""`entrepot doctor`: what it looks at, where each setting came from, and that it tells no secret. Publishers are simulated."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from textwrap import dedent

import pytest
from pydantic import ValidationError

from flows.cli import doctor
from flows.cli.doctor import Finding, examine, reach
from flows.home.house import House
from flows.home.settings import Settings, origin
from tests.flows.conftest import hosts_of_publishers
from tests.flows.receiver import Hook
from tests.publishers.faults import Fault
from tests.publishers.server import Publishers
from warehouse.archive.documents import Archive


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as found:
        yield found


@pytest.fixture
def house(tmp_path: Path, publishers: Publishers) -> House:
    """Its publishers are at the simulator, which has no robots.txt unless a test says so."""
    home = tmp_path / "home"
    home.mkdir()
    return House(Settings(home=home, min_interval_s=0, host_map=dict.fromkeys(sorted(hosts_of_publishers()), publishers.base)))


def said(found: list[Finding], what: str) -> Finding:
    (one,) = [each for each in found if each.what == what]
    return one


def test_every_setting_says_what_it_is_and_the_doctor_where_it_came_from(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "entrepot.toml").write_text('tz = "Europe/Berlin"\nport = 4300\ncomtrade_key = "synthetic-key"\n')
    monkeypatch.setenv("ENTREPOT_PORT", "4400")
    monkeypatch.setenv("ENTREPOT_NOTIFY", "https://hooks.example.org/synthetic-hook")
    settings = Settings(home=tmp_path)

    found = examine(House(settings), offline=True)

    [written] = ast.parse(dedent(inspect.getsource(Settings))).body
    assert isinstance(written, ast.ClassDef)
    described = [each.target.id for each, after in pairwise(written.body)
                 if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and isinstance(after, ast.Expr)]
    assert described == list(Settings.model_fields)
    assert said(found, "setting tz").said == f"Europe/Berlin   ({tmp_path / 'entrepot.toml'})"
    assert said(found, "setting port").said == "4400   (ENTREPOT_PORT)"
    assert said(found, "setting keep_runs_days").said == "90   (default)"
    assert said(found, "setting home").said == f"{tmp_path}   (command line)"
    assert said(found, "setting notify").said == "set, not shown   (ENTREPOT_NOTIFY)"
    assert said(found, "setting comtrade_key").said.startswith("set, not shown")
    assert "synthetic-" not in json.dumps([each.said for each in found])


@pytest.mark.parametrize(("contact", "level"), [
    (None, "look"), ("me@example.org", "look"), ("https://example.com/bot", "look"), ("someone", "look"), ("me@trade-office.my", "ok"),
    ("https://trade-office.my/contact", "ok"), (" ", "wrong")])
def test_a_contact_that_is_nobodys_is_said(tmp_path: Path, contact: str | None, level: str) -> None:
    settings = Settings(home=tmp_path) if contact is None else Settings(home=tmp_path, contact=contact)
    found = said(examine(House(settings), offline=True), "contact")
    assert found.level == level and (level == "ok" or "ENTREPOT_CONTACT" in found.said)


def test_a_file_with_secrets_that_others_can_read_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "entrepot.toml"
    file.write_text('ui_password = "night:synthetic"\n')
    file.chmod(0o644)
    assert f"chmod 600 {file}" in said(examine(House(Settings(home=tmp_path)), offline=True), "permissions").said

    file.chmod(0o600)
    assert not [each for each in examine(House(Settings(home=tmp_path)), offline=True) if each.what == "permissions"]


@pytest.mark.parametrize("password", ["synthetic-secret", ":synthetic-secret", "synthetic-secret:"])
def test_a_password_without_its_user_is_refused_and_not_repeated(tmp_path: Path, password: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Settings(home=tmp_path, ui_password=password)  # type: ignore[arg-type]

    assert "USER:PASSWORD" in str(raised.value) and "synthetic" not in str(raised.value)


def test_an_empty_variable_is_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_NOTIFY", "")

    assert Settings(home=tmp_path).notify is None and origin(Settings(home=tmp_path), "notify") == "default"


def test_too_little_room_is_wrong_and_says_how_much_is_needed(tmp_path: Path) -> None:
    found = said(examine(House(Settings(home=tmp_path, least_free_mb=10**9)), offline=True), "disk")

    assert not found.ok and "1,000,000.0 GB needed" in found.said


def test_each_host_is_asked_for_its_rules_and_nothing_else(house: House, publishers: Publishers) -> None:
    publishers.robots("english.customs.gov.cn", "User-agent: *\nDisallow: /\n")
    publishers.robots("data-api.ecb.europa.eu", "User-agent: *\nCrawl-delay: 7\n")
    house.archive.keep(b"x", url="https://data-api.ecb.europa.eu/service/data/EXR/x", dataset="ecb.exr.day", asked_at=datetime.now(UTC),
                       status=200, origin_kind="fetched")
    publishers.fault("www.cgtn.com", Fault.status(503))
    before = len(house.archive.records())

    found = list(reach(house))

    gacc = said(found, "publisher gacc")
    assert gacc.level == "look" and "entrepot import FILE --source gacc" in gacc.said
    assert said(found, "publisher ecb").said == ("data-api.ecb.europa.eu: answers; may be asked (robots.txt read; it asks for 7 s between "
                                                 "requests)")
    assert said(found, "clock").level == "ok"
    assert all(each.ok for each in found)
    assert {asked.path for asked in publishers.log} == {"/robots.txt"}
    assert len(Archive(house.archive.store).records()) == before


def test_a_publisher_that_does_not_answer_is_for_a_person_to_judge(house: House, publishers: Publishers) -> None:
    for host in hosts_of_publishers():
        publishers.fault(host, Fault.status(503))

    found = list(reach(house))

    assert {each.level for each in found} == {"look"}
    assert said(found, "clock").said == "cannot be compared: no publisher was reached"
    assert "not reached: Unavailable" in said(found, "publisher gacc").said


def test_a_clock_that_is_off_is_wrong(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class Behind(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) - timedelta(hours=1)

    monkeypatch.setattr(doctor, "datetime", Behind)

    found = said(list(reach(house)), "clock")

    assert found.level == "wrong" and "s behind the publishers' clocks" in found.said


def test_a_server_open_to_others_wants_a_password(tmp_path: Path) -> None:
    bare = said(examine(House(Settings(home=tmp_path, host="0.0.0.0")), offline=True), "server")
    kept = said(examine(House(Settings(home=tmp_path, host="0.0.0.0", ui_password="a:b")), offline=True), "server")  # type: ignore[arg-type]

    assert not bare.ok and "ENTREPOT_UI_PASSWORD" in bare.said and kept.ok and "TLS" in kept.said


def test_a_test_message_arrives_or_says_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.os, "environ", dict(doctor.os.environ))
    with Hook() as hook:
        found = doctor.send_test(House(Settings(home=tmp_path, notify=f"http://127.0.0.1:{hook.port}/x")))  # type: ignore[arg-type]
        assert (found.ok, found.said) == (True, "the webhook at 127.0.0.1 took a test message")
        assert hook.texts()[0].startswith("Entrepot: a test")
        hook.status = 403
        assert "status 403" in doctor.send_test(House(Settings(home=tmp_path, notify=f"http://127.0.0.1:{hook.port}/x"))).said  # type: ignore[arg-type]

    assert "ENTREPOT_NOTIFY=" in doctor.send_test(House(Settings(home=tmp_path))).said
