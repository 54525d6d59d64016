"""The one channel on which a person is told something: what the setting ``notify`` names, as one of Prefect's own blocks.

The same block serves both ways: our report step sends through it and sees whether the message arrived (``send``), and the
automations of Prefect's server send through it where nothing of ours runs (``installed``). Prefect keeps a block
encrypted. When what is told is ``notices``' business; here is no judgement.

Prefect is imported by the functions that need it, so that ``doctor`` starts fast without.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.http.redaction import Redactor
from flows.home.settings import Settings
from warehouse.schema.errors import EntrepotError, UsageError

if TYPE_CHECKING:
    from prefect.blocks.core import Block
    from prefect.client.orchestration import PrefectClient
    from prefect.events.actions import CallWebhook, DoNothing, SendNotification

OURS = "entrepot"
"""Name of the block that is made from the setting."""
WITHIN_S = 30.0
"""For a message to be taken."""


def kind(settings: Settings) -> str:
    """``webhook``, ``apprise``, ``block``, or empty. Raises UsageError for what is none of them, without repeating it."""
    if settings.notify is None:
        return ""
    named = settings.notify.get_secret_value()
    if re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", named):
        return "block"
    scheme = urlsplit(named).scheme
    if scheme in ("http", "https"):
        return "webhook"
    if scheme:
        return "apprise"
    raise UsageError("the setting notify is neither an address (https://…, mailtos://…) nor the name of a Prefect block "
                     "such as slack-webhook/ops")


def described(settings: Settings) -> str:
    """The channel in words that anybody may read: ``the webhook at hooks.example.org``."""
    found = kind(settings)
    named = settings.notify.get_secret_value() if settings.notify else ""
    if found == "webhook":
        return f"the webhook at {urlsplit(named).hostname}"
    return {"": "", "block": f"Prefect's block {named}", "apprise": f"{urlsplit(named).scheme}://"}[found]


def send(settings: Settings, title: str, text: str) -> str:
    """Send a message and see that it was taken; where it went, or nothing where no channel is set.

    Blocks until then, in a thread without an event loop. Raises EntrepotError, without secrets, where it was not taken.
    """
    found = kind(settings)
    if not found:
        return ""
    try:
        if found == "webhook":
            _post(settings, title, text)
        else:
            block: Any = _load(settings) if found == "block" else _block(settings)
            with block.raise_on_failure():
                sent = block.notify(body=text, subject=title)
                if inspect.isawaitable(sent):
                    asyncio.run(_to_its_end(sent))
    except EntrepotError:
        raise
    except Exception as error:
        said = Redactor(settings.secrets)(getattr(error, "log", "") or str(error)).strip().splitlines()
        raise EntrepotError(f"{described(settings)} did not take it: {type(error).__name__}"
                            + (f", {said[0]}" if said else "")
                            + (". Blocks are kept by the server: is entrepot serve running?" if found == "block" else "")) from None
    return described(settings)


async def _to_its_end(sent: Awaitable[None]) -> None:
    await asyncio.wait_for(sent, WITHIN_S)


def sender(settings: Settings) -> Callable[[str, str], str]:
    """``send`` for these settings."""
    return lambda title, text: send(settings, title, text)


def _post(settings: Settings, title: str, text: str) -> None:
    block: Any = _block(settings)

    async def call() -> Any:
        return await asyncio.wait_for(block.call(payload={"text": f"{title}\n{text}"}), WITHIN_S)

    answer = asyncio.run(call())
    if not 200 <= answer.status_code < 300:
        raise EntrepotError(f"{described(settings)} did not take it: it answered with status {answer.status_code}")


def _load(settings: Settings) -> Block:
    from prefect.blocks.core import Block

    assert settings.notify is not None
    block = Block.load(settings.notify.get_secret_value())
    if "notify" not in block.get_block_capabilities():  # type: ignore[union-attr]
        raise UsageError(f"{described(settings)} sends no notifications")
    return block  # type: ignore[return-value]


def _block(settings: Settings) -> Block:
    """The setting as one of the blocks that Prefect's server knows too."""
    from prefect.blocks.notifications import SlackWebhook
    from prefect.blocks.webhook import Webhook
    from prefect.types import SecretDict
    from pydantic import SecretStr

    assert settings.notify is not None
    address = settings.notify.get_secret_value()
    if kind(settings) == "webhook":
        # An automation sends its payload as it is: Slack and others want to be told that it is JSON.
        return Webhook(url=SecretStr(address), headers=SecretDict({"Content-Type": "application/json"}))
    if address.startswith("mailto") and "format=" not in address:
        # Else Apprise sends our lines as HTML, where they run together.
        address += ("&" if "?" in address else "?") + "format=text"
    # Of the blocks that come with Prefect this one hands whatever is not Slack's to Apprise as it is (3.8.8); a class of
    # our own the server would not know.
    return SlackWebhook(url=SecretStr(address))


async def installed(settings: Settings, client: PrefectClient) -> Callable[[str, str], CallWebhook | SendNotification | DoNothing]:
    """Keep the setting as a block of Prefect's server, and forget what it was before.

    Returns what makes an automation's action of a title and a text. Raises EntrepotError where the channel cannot be used.
    """
    from prefect.events.actions import CallWebhook, DoNothing, SendNotification

    found = kind(settings)
    block_id = None
    try:
        if found == "block":
            block_type, name = settings.notify.get_secret_value().split("/") if settings.notify else ("", "")
            block_id = (await client.read_block_document_by_name(name, block_type, include_secrets=False)).id
        elif found:
            block_id = await _block(settings).asave(OURS, overwrite=True, client=client)
    except Exception as error:
        said = Redactor(settings.secrets)(str(error)).strip().splitlines()
        raise EntrepotError(f"{described(settings)} cannot be used: {type(error).__name__}"
                            + (f", {said[0]}" if said else "")) from None
    for other, block_type in (("webhook", "webhook"), ("apprise", "slack-webhook")):
        if found != other:
            await _forget(client, block_type)
    if block_id is None:
        return lambda title, text: DoNothing()
    if found == "webhook":
        # The text may hold fields of the event; what they bring is made JSON too.
        return lambda title, text: CallWebhook(block_document_id=block_id, payload=(
            "{% set text %}" + f"{title}\n{text}" + '{% endset %}{"text": {{ text | tojson }} }'))
    return lambda title, text: SendNotification(block_document_id=block_id, subject=title, body=text)


async def _forget(client: PrefectClient, block_type: str) -> None:
    from prefect.exceptions import ObjectNotFound

    try:
        document = await client.read_block_document_by_name(OURS, block_type, include_secrets=False)
    except ObjectNotFound:
        return
    await client.delete_block_document(document.id)
