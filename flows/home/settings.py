"""The one settings class: environment variables ``ENTREPOT_…`` and ``entrepot.toml`` in the home, each field documented."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from warehouse.home import default_home, folder

FILE = "entrepot.toml"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
HIDDEN = "set, not shown"


class Settings(BaseSettings):
    """Everything that can be set. Environment wins over the file, the command line over both. An empty one is not set."""

    model_config = SettingsConfigDict(env_prefix="ENTREPOT_", env_ignore_empty=True, extra="forbid", hide_input_in_errors=True)

    home: Path = Field(default_factory=default_home, validate_default=True)
    """Where archive, lake and locks are."""
    contact: str = "https://github.com/entrepot-trade/entrepot"
    """How a publisher reaches whoever runs this: stands in every request's User-Agent. Set an address of your own."""
    api_keys: dict[str, SecretStr] = Field(default_factory=dict)
    """Keys that publishers ask for, by name (``[api_keys]`` in the file; `entrepot sources` says which, and where to get one)."""
    comtrade_key: SecretStr | None = None
    """The older way to set ``api_keys.comtrade``."""
    host_map: dict[str, str] = Field(default_factory=dict)
    """Host → loopback base address (``{"storage.dosm.gov.my": "http://127.0.0.1:8123"}``): the only way to a private address."""
    min_interval_s: float = 2.0
    """Least seconds between two requests to one host, over all threads and processes."""
    retry_pause_s: float = 2.0
    """Before a publisher that is unavailable is asked again, doubled each time."""
    patience_s: float = 180.0
    """For one address with all its attempts and waits: a longer Retry-After is an error at once."""
    answer_within_s: float = 600.0
    """For one answer from start to end, however steadily it trickles in."""
    publisher_within_s: float = 3 * 3600.0
    """For all that one publisher is asked in one run; what is not done by then is cut, reported and asked another time."""
    wait_for_writer_s: float = 300.0
    """How long a load waits for another writer before it gives up (exit code 5)."""
    least_free_mb: int = 500
    """Megabytes that must be free on the home's disk, beside what the lake's catalogue needs, before a run starts."""
    memory: str = "3GB"
    """How much memory the engine may use for a load. One that takes more is refused in one sentence, with nothing half stored."""
    sql_memory_mb: int = Field(default=1024, ge=64)
    """Megabytes of memory that one ``sql`` takes at most; what does not fit goes to temporary files meanwhile."""
    tz: str = "Asia/Kuala_Lumpur"
    """Zone of the nightly schedule and of times shown to people."""
    catalog: SecretStr | None = None
    """The lake's catalogue on PostgreSQL, once it outgrew one machine: ``postgresql://user:password@host:5432/database``."""
    catalog_reader: SecretStr | None = None
    """The same address with a user who can only read (``deploy/reader.sql`` makes one): questions attach the catalogue with it."""
    data: str = ""
    """The lake's data then: ``s3://bucket/prefix``, or a folder that all workers and readers see under the same path."""
    archive: str = ""
    """The archive elsewhere than in the home: ``s3://bucket/prefix``, or a folder."""
    s3_endpoint: str = ""
    """Address of the object store, such as ``https://s3.example.org``; empty for Amazon's. Plain http only on loopback."""
    s3_region: str = "us-east-1"
    """Region that requests to the object store are signed for."""
    s3_key: SecretStr | None = None
    """Access key of the object store."""
    s3_secret: SecretStr | None = None
    """Secret key of the object store."""
    port: int = 4200
    """Port of the Prefect server and UI."""
    host: str = "127.0.0.1"
    """Address the server listens on. Any but this machine's own needs ``ui_password``."""
    ui_password: SecretStr | None = None
    """``USER:PASSWORD`` that the UI and its API ask for. Where it is empty, the first ``serve`` makes one (``prefect/password``)."""
    ui_hosts: str = ""
    """Other names by which a browser or worker reaches the server (``stats.example.org,server``): it answers under no name that
    it does not know."""
    web_port: int = Field(default=0, ge=0, le=65535)
    """Port of the pages and of the answers for machines; 0 is one more than ``port``."""
    web_host: str = "127.0.0.1"
    """Address they listen on. Any but this machine's own needs ``web_token``."""
    web_token: SecretStr | None = None
    """What pages, answers and MCP ask for (``Authorization: Bearer …``, or as the password of any user); nothing where it is empty."""
    web_mcp: bool = False
    """Whether assistants are answered there too (MCP, at ``/mcp``): needs ``web_token``. ``entrepot mcp`` needs neither."""
    web_rows: int = Field(default=10_000, ge=1, le=1_000_000)
    """Rows of one answer for a machine at most; one with more says so."""
    web_within_s: float = Field(default=20.0, gt=0, le=600)
    """Seconds that one such answer may take: then it is cut, and refused for that."""
    keep_runs_days: int = 90
    """Days that finished runs, with their logs and artifacts, stay in Prefect's database. The journal keeps what they did."""
    second_reader: str = ""
    """A language model of your own that reads the texts given to ``check`` beside the rules: its OpenAI-compatible address
    (``http://127.0.0.1:11434/v1`` on this machine, else ``https://…/v1``). The texts are sent there, and nowhere without it."""
    second_reader_model: str = ""
    """The name of the model there."""
    second_reader_key: SecretStr | None = None
    """Its key, where it asks for one."""
    second_reader_within_s: float = Field(default=60.0, gt=0)
    """Seconds that a ``check`` waits for it; then the text is read by the rules alone, and that is said."""
    notify: SecretStr | None = None
    """Where it is said that a person is needed: the address of a webhook (``https://…``, gets ``{"text": …}``), an Apprise
    address (``mailtos://USER:PASSWORD@example.org?to=…``, ``discord://…``, ``workflows://…``), or the name of a Prefect
    block (``slack-webhook/ops``). Try it with ``entrepot doctor --send-test``."""

    @field_validator("home")
    @classmethod
    def _is_absolute(cls, value: Path) -> Path:
        return folder(value)

    @field_validator("api_keys")
    @classmethod
    def _can_be_sent(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        found = {name: key.get_secret_value().strip() for name, key in value.items()}
        if any(not (key.isascii() and key.isprintable()) for key in found.values()):
            raise ValueError("must be keys as the publisher gave them, in ASCII")
        return {name: SecretStr(key) for name, key in found.items() if key}

    @field_validator("second_reader")
    @classmethod
    def _is_its_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            fits = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
            fits = fits and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc and not parts.query
        except ValueError:
            fits = False
        if value and not fits:
            raise ValueError("must be https://HOST/…/v1, or http://127.0.0.1:PORT/v1 on this machine; a key is set as second_reader_key")
        return value.rstrip("/")

    @field_validator("catalog", "catalog_reader")
    @classmethod
    def _is_an_address(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            scheme = urlsplit(value.get_secret_value()).scheme if value else "postgresql"
        except ValueError:
            scheme = ""
        if scheme not in ("postgresql", "postgres"):
            raise ValueError("must be an address such as postgresql://USER:PASSWORD@HOST:5432/DATABASE")
        return value

    @field_validator("tz")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise ValueError("must be a zone such as Asia/Kuala_Lumpur") from None
        return value

    @field_validator("memory")
    @classmethod
    def _is_an_amount(cls, value: str) -> str:
        if not re.fullmatch(r"[1-9]\d*(?:\.\d+)? ?[KMGT]i?B", value):
            raise ValueError("must be an amount of memory such as 3GB or 512MB")
        return value

    @field_validator("web_token")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]{16,512}", value.get_secret_value()):
            raise ValueError("must be 16 letters, digits or signs at least, without blanks: python -c "
                             "'import secrets; print(secrets.token_urlsafe(24))' makes one")
        return value

    @field_validator("ui_password")
    @classmethod
    def _has_both(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[^:\s]+:\S+", value.get_secret_value()):
            raise ValueError("must be USER:PASSWORD")
        return value

    @property
    def keys_set(self) -> dict[str, str]:
        """The values of the publishers' keys, by name."""
        older = {"comtrade": self.comtrade_key} if self.comtrade_key else {}
        return {name: key.get_secret_value() for name, key in (older | self.api_keys).items()}

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must never be read anywhere: whole, and the password without its user."""
        found = [value.get_secret_value() for name in type(self).model_fields
                 if isinstance(value := getattr(self, name), SecretStr)]
        addresses = [urlsplit(one.get_secret_value()).password for one in (self.catalog, self.catalog_reader) if one]
        return (*found, *self.keys_set.values(), *(self.ui_password.get_secret_value().partition(":")[2:] if self.ui_password else ()),
                *(password for password in addresses if password))

    @property
    def file(self) -> Path:
        """Where the settings of this home stand."""
        return self.home / FILE

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = folder(init_settings().get("home") or os.environ.get("ENTREPOT_HOME") or default_home())
        return init_settings, env_settings, _File(settings_cls, toml_file=home / FILE)


class _File(TomlConfigSettingsSource):
    """``entrepot.toml``, without what is empty in it."""

    def __init__(self, settings_cls: type[BaseSettings], toml_file: Path) -> None:
        super().__init__(settings_cls, toml_file=toml_file)

    def __call__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__call__().items() if value != ""}


def origin(settings: Settings, name: str) -> str:
    """Where a value came from: ``ENTREPOT_TZ``, the file, the command line, or nowhere (``default``)."""
    in_file: dict[str, object] = _File(Settings, toml_file=settings.file)()
    by_environment = folder(os.environ.get("ENTREPOT_HOME") or default_home())
    if name == "home" and settings.model_fields_set >= {"home"} and by_environment != settings.home:
        return "command line"
    if os.environ.get(f"ENTREPOT_{name.upper()}"):
        return f"ENTREPOT_{name.upper()}"
    return str(settings.file) if name in in_file else "default"


def shown(settings: Settings, name: str) -> str:
    """A value as it may be read by anybody."""
    value = getattr(settings, name)
    if isinstance(value, dict) and any(isinstance(each, SecretStr) for each in value.values()):
        return f"{', '.join(sorted(value))}: {HIDDEN}"
    return HIDDEN if isinstance(value, SecretStr) else "not set" if value is None or value == {} else str(value)
