"""Who may ask Prefect's server: the password of a home, and the names and pages that are let in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flows.home.house import House
from flows.home.settings import Settings
from flows.scheduler import access
from flows.scheduler.access import Door
from flows.scheduler.guarded import Guarded
from flows.scheduler.serve import environment
from warehouse.schema.errors import EntrepotError


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREFECT_SERVER_API_AUTH_STRING", "ENTREPOT_UI_PASSWORD"):
        monkeypatch.delenv(name, raising=False)


def test_a_home_without_a_password_gets_one_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)

    made = access.make_sure(settings, tmp_path)

    assert access.make_sure(settings, tmp_path) == access.password(settings, tmp_path) == made
    assert made.startswith("entrepot:") and len(made) > 36
    assert (tmp_path / access.FILE).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [access.FILE]
    found = environment(House(settings), 4711, tmp_path)
    assert {found[name] for name in ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING", "ENTREPOT_UI_PASSWORD")} == {made}
    assert made not in access.how_to_log_in(settings, tmp_path)


def test_a_password_that_is_set_stands_before_the_one_that_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    access.make_sure(Settings(home=tmp_path), tmp_path)
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "prefect:synthetic")

    assert access.make_sure(Settings(home=tmp_path), tmp_path) == "prefect:synthetic"
    assert access.make_sure(Settings(home=tmp_path, ui_password="a:b"), tmp_path) == "a:b"  # type: ignore[arg-type]


@pytest.mark.parametrize(("kept", "mode", "said"), [("entrepot:synthetic", 0o644, "read by others"), ("", 0o600, "no USER:PASSWORD"),
                                                    ("entrepot:", 0o600, "no USER:PASSWORD")])
def test_a_password_that_is_none_is_refused_and_not_repeated(tmp_path: Path, kept: str, mode: int, said: str) -> None:
    (tmp_path / access.FILE).write_text(kept)
    (tmp_path / access.FILE).chmod(mode)

    with pytest.raises(EntrepotError, match=said) as refused:
        access.make_sure(Settings(home=tmp_path), tmp_path)

    assert "synthetic" not in str(refused.value)


HERE, OPEN = ("127.0.0.1", ""), ("0.0.0.0", "stats.example.org, server")


@pytest.mark.parametrize(("listens", "host", "origin", "lets_in"), [
    (HERE, "127.0.0.1:4200", None, True), (HERE, "localhost:4200", "http://localhost:4200", True), (HERE, "[::1]:4200", None, True),
    (HERE, "127.0.0.1:4200", "http://localhost:4200", True), (HERE, "LOCALHOST", None, True),
    (HERE, "127.0.0.1:4200", "http://127.0.0.1:8000", False), (HERE, "127.0.0.1:4200", "https://evil.example", False),
    (HERE, "127.0.0.1:4200", "null", False), (HERE, "127.0.0.1:4200", "", False), (HERE, "rebound.example:4200", None, False),
    (HERE, "rebound.example:4200", "http://rebound.example:4200", False), (HERE, "10.0.0.7:4200", None, False), (HERE, "", None, False),
    (HERE, "127.0.0.1.evil.example", None, False), (HERE, "[127.0.0.1", None, False), (HERE, "evil@127.0.0.1:x", "http://evil@", False),
    (OPEN, "10.0.0.7:4200", "http://10.0.0.7:4200", True), (OPEN, "stats.example.org", "https://stats.example.org", True),
    (OPEN, "server:4200", None, True), (OPEN, "rebound.example:4200", None, False),
    (OPEN, "10.0.0.7:4200", "http://10.0.0.8:4200", False)])
def test_only_its_own_names_and_its_own_pages_are_let_in(
        tmp_path: Path, listens: tuple[str, str], host: str, origin: str | None, lets_in: bool) -> None:
    door = Door.of(Settings(home=tmp_path, ui_hosts=listens[1]), listens[0], 4200)

    assert (door.refuses({"host": host} | ({} if origin is None else {"origin": origin})) is None) is lets_in


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("names", [[b"rebound.example"], [b"127.0.0.1:4200", b"rebound.example"], []])
def test_who_is_not_let_in_is_told_before_the_server_hears_of_it(tmp_path: Path, kind: str, names: list[bytes]) -> None:
    heard: list[Any] = []
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        heard.append(scope)

    async def send(message: Any) -> None:
        sent.append(message)

    guarded = Guarded(app, Door.of(Settings(home=tmp_path), "127.0.0.1", 4200))
    asyncio.run(guarded({"type": kind, "headers": [(b"host", name) for name in names]}, None, send))  # type: ignore[arg-type]

    assert heard == []
    assert sent[0].get("status", sent[0].get("code")) in (403, 1008)


def test_no_page_of_another_site_may_show_the_ui_inside_itself(tmp_path: Path) -> None:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"the UI"})

    async def send(message: Any) -> None:
        sent.append(message)

    guarded = Guarded(app, Door.of(Settings(home=tmp_path), "127.0.0.1", 4200))
    asyncio.run(guarded({"type": "http", "headers": [(b"host", b"127.0.0.1:4200")]}, None, send))  # type: ignore[arg-type]

    assert dict(sent[0]["headers"]) == {b"content-type": b"text/html", b"content-security-policy": b"frame-ancestors 'self'"}
    assert sent[1] == {"type": "http.response.body", "body": b"the UI"}
