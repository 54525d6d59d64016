"""A publisher that answers nobody without a key, asked by POST: named where the key is missing, and told to nobody where it is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.contract import Ask, Wanted
from flows.home import registry
from flows.home.settings import Settings
from tests.e2e.house import Home
from tests.publishers import Fault, Publishers
from tests.third_party.synthetic_office import EXPORTS, URL, Office
from warehouse.schema.travel import Credential, Post, Request

KEY = Credential("synthetic-office", "https://synthetic-office.example/keys", header="X-Synthetic-Key")
POST = Post.json({"years": [2023, 2024]})
BODY = (b"year,partner,exports_usd_million\n2023,All countries,9000.0\n2023,Malaysia (Federation),1100.0\n"
        b"2024,All countries,9900.0\n2024,Malaysia (Federation),1210.0\n")
SECRET = "s3cret-of-the-synthetic-office"
SET = {"ENTREPOT_API_KEYS": f'{{"synthetic-office": "{SECRET}"}}'}


class KeyedOffice(Office):
    """The synthetic office, were its figures given for a key and by POST alone."""

    datasets = (replace(EXPORTS, credential=KEY),)

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        return [Ask(Request(URL, EXPORTS.dataset, post=POST, credential=KEY, content_types=("text/csv",)))]


@pytest.fixture(autouse=True)
def only_the_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registry, "connectors", lambda: {"synthetic-office": KeyedOffice()})
    registry.datasets.cache_clear()
    yield
    registry.datasets.cache_clear()


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as simulated:
        simulated.serve(URL, BODY, "text/csv", post=POST)
        yield simulated


def test_without_its_key_a_dataset_is_asked_for_nothing_and_everybody_says_so(home: Home, publishers: Publishers) -> None:
    for words, code in ((("refresh", "synthetic-office"), 2), (("refresh",), 0), (("status",), 0), (("status", "--json"), 0),
                        (("doctor", "--offline"), 0), (("sources", "show", EXPORTS.dataset), 0), (("sources", "--json"), 0),
                        (("sources", "check", EXPORTS.dataset), 2)):
        said = home.run(*words)
        assert said.code == code, (words, said)
        if words != ("refresh",):
            assert EXPORTS.dataset in said.text and KEY.where in " ".join(said.text.split()) and "[api_keys]" in said.text, (words, said)
    assert "with a key" in home.run("sources").out
    assert publishers.asked("synthetic-office.example") == []
    assert home.run("refresh", "synthetic-office", "--json").outcome(EXPORTS.dataset)["error"] == "KeyNotSet"


@pytest.mark.parametrize("place", ["environment", "file"])
def test_with_its_key_it_is_asked_loaded_traced_and_rebuilt_and_the_key_stands_nowhere(
        home: Home, publishers: Publishers, place: str) -> None:
    if place == "file":
        home.root.mkdir(parents=True)
        (home.root / "entrepot.toml").write_text(f'[api_keys]\nsynthetic-office = "{SECRET}"\n')
        (home.root / "entrepot.toml").chmod(0o600)
    more = SET if place == "environment" else {}
    said = [home.run("refresh", "synthetic-office", **more)]
    assert (said[0].code, "4 new" in said[0].out) == (0, True), said
    (asked,) = publishers.asked("synthetic-office.example")
    assert (asked.headers["x-synthetic-key"], asked.body) == (SECRET, POST.body)
    said += [home.run("refresh", "synthetic-office", **more),
             home.run("trace", "Philippines", "Malaysia", "2024", "--flow", "export", **more),
             home.run("rebuild", **more), home.run("verify", **more), home.run("doctor", "--offline", **more), home.run("status", **more),
             home.run("sources", "--json", **more)]
    assert [each.code for each in said] == [0] * len(said), said
    assert "1210.0" in said[2].out and f"{URL}#post=" in said[2].out
    publishers.fault(URL, Fault.status(403))
    said.append(home.run("refresh", "synthetic-office", "--force", **more))
    assert said[-1].code == 4 and "is the key 'synthetic-office' right?" in said[-1].text
    assert "synthetic-office: set, not shown" in said[5].out
    assert not [each for each in said if SECRET in each.text]
    files = [file for file in home.root.rglob("*") if file.is_file() and file.name != "entrepot.toml"]
    assert [file for file in files if SECRET.encode() in file.read_bytes()] == []


def test_a_key_of_a_name_that_nobody_asks_for_is_told_and_a_file_that_others_can_read_is_wrong(home: Home) -> None:
    home.root.mkdir(parents=True)
    (home.root / "entrepot.toml").write_text('[api_keys]\nsynthetic-offise = "synthetic"\n')
    (home.root / "entrepot.toml").chmod(0o644)
    said = home.run("doctor", "--offline")
    assert said.code == 1
    assert "no publisher here asks for a key 'synthetic-offise' (synthetic-office)" in said.out and "chmod 600" in said.out


@pytest.mark.parametrize("value", ['{"synthetic-office": "a\\nb"}', '{"synthetic-office": "schlüssel"}', '{"synthetic-office": 7}', "[]",
                                   "{"])
def test_a_key_that_cannot_be_sent_is_refused_by_the_name_of_its_setting_and_not_repeated(home: Home, value: str) -> None:
    said = home.run("status", ENTREPOT_API_KEYS=value)
    assert said.code == 2 and "keys" in said.text.lower() and "schlüssel" not in said.text


def test_an_empty_key_is_none(home: Home) -> None:
    assert home.run("refresh", "synthetic-office", ENTREPOT_API_KEYS='{"synthetic-office": " "}').code == 2


def test_settings_are_still_what_prefect_may_look_through(tmp_path: Path) -> None:
    """Prefect makes a ``dict`` of each model among a task's parameters: a field called ``keys`` would be called, and end every run."""
    assert dict(Settings(home=tmp_path))["home"] == tmp_path
