"""The keys that publishers want: which are set in a home, and which datasets are asked for nothing because theirs is not.

What a key is and how it travels is its connector's to say (``warehouse.schema.travel.Credential``); values are in the settings.
"""

from __future__ import annotations

from collections.abc import Iterable

from flows.home import registry
from flows.home.house import House
from warehouse.schema.travel import Credential


def wanted() -> dict[str, Credential]:
    """Dataset → the key without which nobody answers for it."""
    return {name: dataset.credential for name, dataset in registry.datasets().items() if dataset.credential is not None}


def lacking(house: House) -> dict[str, Credential]:
    """Dataset → the key that it wants and that is not set. A demo asks nobody, so it wants none."""
    return {} if house.demo else {name: key for name, key in wanted().items() if key.name not in house.settings.keys_set}


def lines(lack: dict[str, Credential]) -> list[str]:
    """One sentence for each key that is not set: who waits for it, and where to get one."""
    return [f"{', '.join(name for name, key in lack.items() if key == each)}: asked for nothing, since {each.not_set}"
            for each in dict.fromkeys(lack.values())]


def unknown(house: House) -> Iterable[str]:
    """Names of keys in the settings that no connector here asks for."""
    return sorted(set(house.settings.api_keys) - {key.name for key in wanted().values()})
