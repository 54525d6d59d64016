"""What is known of each source, which are on in a home, and asking one of them whether it answers.

A source is on as its connector declares (``Dataset.enabled``) until a home says otherwise: in ``sources.toml`` beside
its archive, which ``entrepot sources enable|disable`` writes and every run over everything obeys. A source that is named
is asked even when it is off.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flows.home import keys, registry
from flows.home.house import House
from warehouse.archive.documents import CONFIRMED
from warehouse.schema.errors import UsageError
from warehouse.schema.travel import Request

if TYPE_CHECKING:
    from warehouse.schema.travel import Dataset

NEVER = "not yet seen live"
WITH_US = "a reviewed file that comes with Entrepot"
_HEAD = """# Which sources a run over everything asks: what stands here wins over Entrepot's own list.
# `entrepot sources enable NAME` and `entrepot sources disable NAME` write this file; `entrepot sources` shows the result.
"""


@dataclass(frozen=True)
class Line:
    """One source as ``entrepot sources`` shows it."""

    dataset: str
    title: str
    attribution: str
    address: str
    enabled: bool
    language: str
    zone: str
    robots: str
    """The last decision on its host here, else what was seen of its robots.txt elsewhere."""
    seen: str
    """When it last answered here, else who saw it answer, else that nobody did."""
    terms: str
    cadence: str
    mode: str
    key_set: bool
    """False for one that answers nobody without a key, where there is none."""
    key: str
    """Which that is, and where to get one."""


def _file(house: House) -> Path:
    return house.root / "sources.toml"


def switched(house: House) -> dict[str, bool]:
    """What a home says of single datasets. Raises UsageError for a file that cannot be read."""
    file = _file(house)
    if not file.exists():
        return {}
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8")).get("enabled", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}") from error
    if not isinstance(said, dict) or not all(isinstance(value, bool) for value in said.values()):
        raise UsageError(f'{file} cannot be used: under [enabled] stand lines such as "news.bernama" = true')
    return said


def off(house: House) -> frozenset[str]:
    """Datasets that a run over everything leaves out: those that are turned off, and those whose key is not set.

    A demo asks for what the sample and the package hold unless it is told not to.
    """
    said = switched(house)
    lack = keys.lacking(house)
    every = registry.datasets()
    if house.demo:
        shipped = {code for code, each in registry.connectors().items() if each.packaged and each.packaged.dataset not in every}
        sample = house.sample_datasets()
        usual = {name for name, dataset in every.items() if name in sample or dataset.publisher in shipped}
    else:
        usual = {name for name, dataset in every.items() if dataset.enabled}
    return frozenset(name for name in every if name in lack or not said.get(name, name in usual))


def switch(house: House, name: str, on: bool) -> list[str]:
    """Turn a dataset, or all under a prefix, on or off in this home. Returns which. Raises UsageError for an unknown name."""
    names = [dataset for under in registry.wanted([name]).values() for dataset in under]
    said = {**switched(house), **dict.fromkeys(names, on)}
    lines = [f'"{dataset}" = {str(value).lower()}\n' for dataset, value in sorted(said.items())]
    file = _file(house)
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".aside")
    aside.write_text(_HEAD + "[enabled]\n" + "".join(lines), encoding="utf-8")
    aside.replace(file)
    return names


def listed(house: House, names: Iterable[str] = ()) -> list[Line]:
    """The sources under names or prefixes, all where none is given."""
    resting = off(house)
    seen: dict[str, datetime] = {}
    hosts: dict[str, set[str]] = {}
    robots: dict[str, tuple[datetime, str]] = {}
    for record in house.archive.records():
        host = urlsplit(record.url).hostname or ""
        if record.outcome.startswith("robots:"):
            robots[host] = (record.at, record.outcome.removeprefix("robots:"))
        elif record.outcome in CONFIRMED and record.origin_kind == "fetched":
            seen[record.dataset] = max(record.at, seen.get(record.dataset, record.at))
            hosts.setdefault(record.dataset, set()).add(host)
    lack = keys.lacking(house)
    found = [registry.datasets()[name] for under in registry.wanted(names).values() for name in under]
    return [_line(dataset, lack, dataset.dataset not in resting, seen.get(dataset.dataset),
                  [robots[host] for host in {*hosts.get(dataset.dataset, ()), urlsplit(dataset.page_url).hostname or ""} & robots.keys()])
            for dataset in found]


def _line(dataset: Dataset, lack: Collection[str], enabled: bool, seen: datetime | None, robots: list[tuple[datetime, str]]) -> Line:
    decided = max(robots, default=None)
    with_us = registry.connectors()[dataset.publisher].packaged is not None
    return Line(
        dataset=dataset.dataset, title=dataset.title, attribution=dataset.attribution, address=dataset.page_url, enabled=enabled,
        language=dataset.language,
        zone=dataset.tz, terms=dataset.licence, cadence=dataset.cadence, mode=dataset.revision_mode,
        robots=f"{decided[1]}, {decided[0]:%Y-%m-%d}" if decided else dataset.robots or "not yet read",
        key_set=dataset.dataset not in lack,
        key=dataset.credential.told(dataset.dataset not in lack) if dataset.credential else "",
        seen=f"answered here, {seen:%Y-%m-%d}" if seen else dataset.verified or (WITH_US if with_us else NEVER))


def check(house: House, name: str) -> tuple[str, list[str]]:
    """Ask one source, politely and once, and tell what it gave; nothing is loaded. Returns its dataset and the lines of the answer.

    Raises UsageError for a name that is not exactly one source, a PublisherError where it does not answer as it should.
    """
    names = [dataset for under in registry.wanted([name]).values() for dataset in under]
    if len(names) != 1:
        raise UsageError(f"one source, please: {', '.join(names)}")
    dataset = registry.datasets()[names[0]]
    if not dataset.page_url.startswith("http") or registry.connectors()[dataset.publisher].packaged:
        raise UsageError(f"{dataset.dataset} has no address to ask: its documents are brought by hand or come with Entrepot")
    if dataset.credential is not None and dataset.dataset in keys.lacking(house):
        raise UsageError(f"{dataset.dataset} is asked for nothing: {dataset.credential.not_set}")
    said = _news(house, dataset) if dataset.publisher == "news" else _page(house, dataset)
    return dataset.dataset, [*said, f"robots.txt: {listed(house, [dataset.dataset])[0].robots}"]


def _page(house: House, dataset: Dataset) -> list[str]:
    answer = house.client().get(Request(dataset.page_url, dataset.dataset)).fetch
    return [f"{answer.url} answers: {answer.bytes:,} bytes, {answer.content_type or 'no type told'}",
            f"how its figures are asked for is the connector's: entrepot refresh {dataset.dataset}"]


def _news(house: House, dataset: Dataset) -> list[str]:
    from connectors.news.feeds import list_request, read_list
    from connectors.news.sources import source_named

    source = source_named(dataset.dataset)
    if source is None:
        raise UsageError(f"{dataset.dataset} is no news source")
    answer = house.client().get(list_request(source, source.address))
    items, _ = read_list(answer, source)
    own = [item for item in items if source.owns(item.url)]
    dated = [item.published.at for item in own if item.published.at]
    newest = f", the newest of {max(dated):%Y-%m-%d %H:%M}Z" if dated else ""
    said = [f"{answer.fetch.url} answers: {answer.fetch.bytes:,} bytes, {_counted(len(items))}, {len(own)} of them on "
            f"{', '.join(source.hosts)}, {len(dated)} with a date{newest}"]
    return [*said, *(f"  {item.title or '(no headline)'}   {item.url}" for item in own[:3])]


def _counted(number: int) -> str:
    return f"{number} item{'s' if number != 1 else ''}"


def page_source(url: str, source: str | None) -> str:
    """The dataset that a pasted address belongs to: the named one, else the news source whose host it is, else ``news.import``.

    Raises UsageError for what is no address, and for a paywalled source, whose articles are never asked for.
    """
    from connectors.news.page.address import canonical
    from connectors.news.sources import BY_HAND, source_named, source_of_page

    if not canonical(url):
        raise UsageError(f"{url} is no web address")
    if source is not None and source not in registry.datasets():
        raise UsageError(f"--source takes a dataset for an address, not {source!r}: entrepot sources lists them")
    known = source_named(source) if source else source_of_page(url) or BY_HAND
    if known is not None and known.teaser_only:
        raise UsageError(f"{known.name} is paywalled: its articles are not asked for, only its feed's teasers are kept "
                         f"(entrepot refresh {known.dataset}). A page that you saved can be imported as a file")
    return source or (known or BY_HAND).dataset


