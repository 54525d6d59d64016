"""Who may use Prefect's server: the password it asks for, and the names and pages of a browser that it answers.

Whoever reaches its API can have any command run as the person who serves, so a password is asked for always: the one of
``ENTREPOT_UI_PASSWORD``, or else one made at the first ``serve`` and kept in the home, readable by its owner alone. The server that
holds to it is ``guarded``. No Prefect here.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flows.home.settings import LOOPBACK, Settings
from warehouse.schema.errors import EntrepotError, UsageError

FILE = "password"
"""In the folder ``prefect`` of a home: one line, USER:PASSWORD, which the UI takes as it stands."""
USER = "entrepot"
HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?")


def password(settings: Settings, folder: Path) -> str | None:
    """What server and clients of this home use: as set for Entrepot, as set for Prefect, else as kept in the home.

    None where no ``serve`` has made one yet. Raises EntrepotError for a file that others can read or that holds none.
    """
    if settings.ui_password is not None:
        return settings.ui_password.get_secret_value()
    if given := os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        return given
    file = folder / FILE
    try:
        kept, mode = file.read_text(encoding="ascii", errors="replace").strip(), file.stat().st_mode
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EntrepotError(f"{file} cannot be read: {error.strerror}") from error
    if mode & 0o077:
        raise EntrepotError(f"{file} can be read by others, so it is no secret any more: delete it, and the next serve makes another")
    if not all(kept.partition(":")) or not kept.isascii():
        raise EntrepotError(f"{file} holds no USER:PASSWORD: delete it, and the next serve makes another")
    return kept


def make_sure(settings: Settings, folder: Path) -> str:
    """The password of this home, made where there is none."""
    while (found := password(settings, folder)) is None:
        # Written aside and linked: never half there, and of two that make one at once both use the first.
        aside = folder / f".{FILE}.{os.getpid()}"
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as handle:
            handle.write(f"{USER}:{secrets.token_urlsafe(24)}\n")
        try:
            os.link(aside, folder / FILE)
        except FileExistsError:
            continue
        finally:
            aside.unlink(missing_ok=True)
    return found


def how_to_log_in(settings: Settings, folder: Path) -> str:
    """Where the password stands, for whoever opens the UI; never the password."""
    if settings.ui_password is not None:
        return "the UI asks for ENTREPOT_UI_PASSWORD, whole (USER:PASSWORD)"
    if os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        return "the UI asks for PREFECT_SERVER_API_AUTH_STRING, whole (USER:PASSWORD)"
    return f"the UI asks for the line in {folder / FILE}, whole"


def refuse_open(settings: Settings) -> None:
    """Raise UsageError for settings under which whoever reaches this machine could read what is held, or lead an assistant."""
    if settings.web_token is None and settings.web_host not in LOOPBACK:
        raise UsageError(f"whoever reaches {settings.web_host} could read what is held: set ENTREPOT_WEB_TOKEN, or leave the setting "
                         "web_host at 127.0.0.1")
    if settings.web_token is None and settings.web_mcp:
        raise UsageError("over HTTP, assistants are answered with a token alone: set ENTREPOT_WEB_TOKEN, or leave web_mcp out and take "
                         "entrepot mcp, which needs none")


def origins(settings: Settings, port: int) -> tuple[str, ...]:
    """Pages that may ask from a browser: the UI's own, by each name that it is opened under."""
    names = dict.fromkeys([*("127.0.0.1", "localhost", "[::1]"), *_named(settings)])
    return tuple(f"{scheme}://{name}:{port}" for name in names for scheme in ("http", "https")
                 if scheme == "http" or name in _named(settings))


def _named(settings: Settings) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip().lower() for name in settings.ui_hosts.split(","))))


@dataclass(frozen=True)
class Door:
    """Which requests are let in, by the headers that a browser sets and a page cannot: Host and Origin."""

    names: frozenset[str]
    origins: frozenset[str]
    numbers: bool
    """Whether any address in numbers will do as Host: no name that somebody else owns can lead here under one."""

    @classmethod
    def of(cls, settings: Settings, host: str, port: int) -> Door:
        """The door of a server that listens on ``host``."""
        alone = host in LOOPBACK
        own = () if alone else (socket.gethostname().lower(), socket.getfqdn().lower(), host.lower())
        return cls(frozenset({*LOOPBACK, *own, *_named(settings)}), frozenset(origins(settings, port)), not alone)

    def refuses(self, headers: Mapping[str, str]) -> str | None:
        """Why a request is not let in; None where it is. Names of headers are in lower case."""
        asked = headers.get("host", "")
        whole = HOST.fullmatch(asked.lower())
        host = (whole[1] or whole[2]) if whole else ""
        if host not in self.names and not (self.numbers and _in_numbers(host)):
            return "this server is not asked under that name: ENTREPOT_UI_HOSTS lists others"
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self.origins and origin.lower().partition("://")[2] != asked.lower():
            return "pages of other sites may not ask this server"
        return None


def _in_numbers(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
