"""One question to a language model behind an OpenAI-compatible address (``POST …/chat/completions``, API reference of OpenAI, 2026).

Asked once, within its time and bounds; redirects are not followed and nothing is kept. It is no publisher: what it says is never a figure.
"""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from connectors.http.addresses import address, is_loopback
from connectors.http.transport import NetworkTransport, Posted, TimeLimits
from warehouse.schema.errors import SchemaDrift, Unavailable
from warehouse.schema.travel import Post

LARGEST = 1024 * 1024
"""Bytes of an answer."""


def completion(base: str, *, model: str, key: str | None, instructions: str, text: str, within_s: float) -> str:
    """What the model answers to a text under some instructions, as JSON text.

    ``base`` is https, or http on this machine. Raises Unavailable, Forbidden, TooLarge or SchemaDrift.
    """
    asked = address(f"{base}/chat/completions")
    here = "127.0.0.1" if asked.host == "localhost" else asked.host
    led = {asked.host: f"http://{f'[{here}]' if ':' in here else here}:{asked.port}"} if is_loopback(here) else {}
    transport = NetworkTransport(host_map=led, limits=TimeLimits(connect=min(15.0, within_s), silence=within_s, total=within_s))
    question = Post.json({"model": model, "temperature": 0, "response_format": {"type": "json_object"},
                          "messages": [{"role": "system", "content": instructions}, {"role": "user", "content": text}]})
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    answer = transport.exchange(asked, headers, LARGEST, Posted(question, ""))
    if answer.status != 200:
        raise Unavailable(f"{urlsplit(base).hostname} answers {answer.status}")
    try:
        found = json.loads(answer.content.body)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError, RecursionError):
        found = None
    if not isinstance(found, str):
        raise SchemaDrift("the answer is no chat completion")
    return found
