"""The channel of the setting ``notify``, against a real webhook and a real mail server on loopback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from email import message_from_string
from pathlib import Path

import pytest
from pydantic import SecretStr

from flows.home.settings import Settings
from flows.scheduler import channel
from tests.flows.receiver import Hook, Post
from warehouse.schema.errors import EntrepotError, UsageError

SECRET = "T0SYNTHETIC/B0SYNTHETIC"


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as found:
        yield found


def settings(home: Path, notify: str | None) -> Settings:
    return Settings(home=home, notify=SecretStr(notify) if notify is not None else None)


def test_a_webhook_gets_one_text_as_json(hook: Hook, tmp_path: Path) -> None:
    went = channel.send(settings(tmp_path, f"http://127.0.0.1:{hook.port}/{SECRET}"), "Entrepot: 1 late", "“Ölpreis” late")

    assert went == "the webhook at 127.0.0.1"
    ((path, headers, _),) = hook.posts
    assert path == f"/{SECRET}" and headers["Content-Type"] == "application/json"
    assert hook.texts() == ["Entrepot: 1 late\n“Ölpreis” late"]


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_a_webhook_that_does_not_take_it_is_an_error_without_its_address(
        hook: Hook, tmp_path: Path, status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    hook.status = status

    with pytest.raises(EntrepotError, match=f"status {status}") as raised:
        channel.send(settings(tmp_path, f"http://127.0.0.1:{hook.port}/{SECRET}"), "a", "b")

    assert SECRET not in str(raised.value) and raised.value.__cause__ is None


def test_a_webhook_that_is_not_there_is_an_error_without_its_address(tmp_path: Path) -> None:
    with Hook() as gone:
        port = gone.port
    with pytest.raises(EntrepotError, match=r"the webhook at 127\.0\.0\.1 did not take it: ConnectError") as raised:
        channel.send(settings(tmp_path, f"http://127.0.0.1:{port}/{SECRET}"), "a", "b")

    assert SECRET not in str(raised.value)


def test_a_mail_arrives_with_its_lines(tmp_path: Path) -> None:
    with Post() as post:
        went = channel.send(settings(tmp_path, f"mailto://127.0.0.1:{post.port}?from=entrepot@example.org&to=ops@example.org"),
                            "Entrepot: 1 held", "1. dosm.sitc is held\nAll of it: `entrepot status`")
        ((mail),) = post.mails

    found = message_from_string(mail)
    text = next(part for part in found.walk() if part.get_content_type() == "text/plain").get_payload(decode=True)
    assert went == "mailto://" and "ops@example.org" in str(found["To"])
    assert isinstance(text, bytes) and text.decode().splitlines() == ["1. dosm.sitc is held", "All of it: `entrepot status`"]


def test_a_mail_server_that_is_not_there_is_an_error_without_its_password(tmp_path: Path) -> None:
    with Post() as gone:
        port = gone.port
    with pytest.raises(EntrepotError, match="mailto:// did not take it") as raised:
        channel.send(settings(tmp_path, f"mailto://night:{SECRET.replace('/', '-')}@127.0.0.1:{port}?to=ops@example.org"), "a", "b")

    assert SECRET.replace("/", "-") not in str(raised.value)


def test_without_a_channel_nothing_is_sent_and_that_is_said(tmp_path: Path) -> None:
    assert channel.send(settings(tmp_path, None), "a", "b") == ""


def test_what_is_no_channel_is_refused_without_repeating_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        channel.send(settings(tmp_path, "synthetic secret"), "a", "b")

    assert "synthetic" not in str(raised.value)
