"""The one settings class: environment variables ``ENTREPOT_…`` and ``entrepot.toml`` in the home, each field documented."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from warehouse.home import default_home


class Settings(BaseSettings):
    """Everything that can be set. Environment wins over the file, the command line over both."""

    model_config = SettingsConfigDict(env_prefix="ENTREPOT_", extra="forbid")

    home: Path = Field(default_factory=default_home)
    """Where archive, lake and locks are."""
    contact: str = "https://github.com/entrepot-trade/entrepot"
    """How a publisher reaches whoever runs this: stands in every request's User-Agent. Set an address of your own."""
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
    wait_for_writer_s: float = 300.0
    """How long a load waits for another writer before it gives up (exit code 5)."""
    tz: str = "Asia/Kuala_Lumpur"
    """Zone of the nightly schedule and of times shown to people."""
    port: int = 4200
    """Port of the Prefect server and UI on 127.0.0.1."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(init_settings().get("home") or os.environ.get("ENTREPOT_HOME") or default_home())
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=home / "entrepot.toml")
