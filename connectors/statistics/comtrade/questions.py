"""What Comtrade is asked, in calls that stay below its caps, and what its lists of releases say. Pure.

A call gives at most ``CAP`` rows and does not say when there were more: it answers 200 with exactly so many (seen 2026-10-23, when a
question for 5,006,385 rows was asked). So an answer of that size is taken as cut off, and asked for again in parts.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

from connectors.formats.json_records import Records
from connectors.statistics.comtrade.publisher import KEY
from warehouse.schema.errors import Forbidden, Incomplete, KeyRefused, QuotaUsed, SchemaDrift
from warehouse.schema.travel import Document, Refusal, Release, Request

YEAR, MONTH, PREVIEW = "comtrade.hs", "comtrade.monthly", "comtrade.preview"
API = "https://comtradeapi.un.org"
FREQUENCY = {YEAR: "A", MONTH: "M", PREVIEW: "A"}
CAP = {YEAR: 100_000, MONTH: 100_000, PREVIEW: 500}
"""Rows of one answer: with a free key (a paid one gives 250,000, which is a cap as well), and without a key."""
PERIODS_A_CALL = 12
FIRST_YEAR = 1962
AREAS = ("156", "458", "344", "702", "764", "704", "360", "608", "490", "842", "392", "410", "699", "276", "36")
"""Reporters, and the partners of each: China and the areas that trade most with it and with Malaysia. 490 is Taiwan, 842 the United
States, 699 India."""
WORLD, ALL_GOODS = "0", "TOTAL"
LEVELS = {YEAR: (ALL_GOODS, "AG2", "AG4", "AG6"), MONTH: (ALL_GOODS, "AG2"), PREVIEW: (ALL_GOODS,)}
"""All goods, chapters, headings, subheadings. The months of a year with their chapters are one answer."""
FLOWS = {YEAR: (("M", "RM"), ("X", "RX")), MONTH: (("M", "RM", "X", "RX"),), PREVIEW: (("M",), ("X",))}
"""Flows that are asked for together. Re-exports are inside of exports, and re-imports inside of imports."""
CHAPTERS = tuple(f"{chapter:02}" for chapter in range(1, 100) if chapter != 77)
PINS = {"partner2Code": "0", "customsCode": "C00", "motCode": "0", "breakdownMode": "classic"}
"""Without all of them an answer holds parts beside their total: 32 rows where one is meant (Switzerland's exports of 2023)."""
REFUSALS = (
    Refusal(401, "", KeyRefused, "Comtrade does not take the key; free keys are renewed now and then"),
    Refusal(403, "quota", QuotaUsed, "the calls that Comtrade allows in a day are used"),
    Refusal(429, "quota", QuotaUsed, "the calls that Comtrade allows in a day are used"),
    Refusal(400, "", Forbidden, "Comtrade does not take this question"),
    # Of clCode=H6 always, five times of five and for two reporters (2026-10-23).
    Refusal(500, "something went wrong", Forbidden, "Comtrade's server fails on this question each time, so it is not asked again"),
)
_COUNT = re.compile(rb'"count"\s*:\s*([0-9]+)')
_OF_A_STATE = ("period", "datasetCode", "lastReleased", "datasetChecksum")
_TYPES = ("application/json", "text/json")


@dataclass(frozen=True)
class Question:
    """What one call asks of one reporter. No partner at all means every one of them, with the world."""

    dataset: str
    reporter: str
    periods: tuple[str, ...]
    flows: tuple[str, ...]
    products: tuple[str, ...]
    partners: tuple[str, ...]

    @property
    def said(self) -> str:
        """For people: which part of the dataset it is."""
        first, last = self.periods[0], self.periods[-1]
        partners = f"{len(self.partners)} partners" if self.partners else "all partners"
        products = "" if self.products == LEVELS[self.dataset] else f", {' '.join(self.products[:3])}{' …' * (len(self.products) > 3)}"
        return f"{self.reporter} {first}{f' to {last}' if last != first else ''}, {'+'.join(self.flows)}, {partners}{products}"

    def request(self, release: Release | None) -> Request:
        """The call. Of a state that the list of releases names, the answer is asked for once."""
        wanted = {"reporterCode": self.reporter, "period": ",".join(self.periods),
                  **({"partnerCode": ",".join(self.partners)} if self.partners else {}),
                  "cmdCode": ",".join(self.products), "flowCode": ",".join(self.flows), **PINS}
        base = f"{API}/public/v1/preview" if self.dataset == PREVIEW else f"{API}/data/v1/get"
        return _request(f"{base}/C/{FREQUENCY[self.dataset]}/HS", wanted, self.dataset, release=release, frozen=release is not None,
                        max_bytes=512 * 1024 * 1024)

    def _with(self, name: str, values: tuple[str, ...]) -> Question:
        return replace(self, **{name: values})  # type: ignore[arg-type]  # the reporter is never split

    def cut_off(self, answer: Document) -> bool:
        """Whether an answer has as many rows as one can have: then there may be more."""
        found = _COUNT.search(answer.content.head[:1000])
        return found is not None and int(found[1]) >= CAP[self.dataset]

    def parts(self) -> tuple[Question, ...]:
        """The same in smaller questions: by partner, then flow, then chapter, then period. Raises Incomplete where it is the smallest."""
        if not self.partners:
            # One call for each of all partners would be some hundreds; those that are asked for elsewhere are a few.
            return (replace(self, partners=(WORLD, *AREAS)),)
        for name in ("partners", "flows", "products", "periods"):
            values: tuple[str, ...] = getattr(self, name)
            if name == "products" and any(level.startswith("AG") for level in values):
                values = _by_chapter(values)
            if len(values) > 1:
                half = (len(values) + 1) // 2
                return self._with(name, values[:half]), self._with(name, values[half:])
        raise Incomplete(f"the answer is cut off at {CAP[self.dataset]:,} rows, and no smaller question can be asked ({self.said})",
                         dataset=self.dataset)


def _by_chapter(levels: Sequence[str]) -> tuple[str, ...]:
    """Levels as codes with blanks in them (``27??``), chapter by chapter."""
    marks = [("?" * (int(level[2:]) - 2)) for level in levels if level.startswith("AG")]
    return (*(level for level in levels if not level.startswith("AG")), *(chapter + mark for chapter in CHAPTERS for mark in marks))


@dataclass(frozen=True)
class Listed:
    """What a list of releases says of one reporter and period."""

    reporter: str
    period: str
    mark: str
    """Dataset code, time and checksum as printed: another text is another state."""
    at: datetime | None


def periods_of(dataset: str, first: date | None, last: date | None, today: date) -> tuple[str, ...]:
    """The dataset's periods in a window, as far as they have ended; oldest first."""
    since, until = max(first or date(FIRST_YEAR, 1, 1), date(FIRST_YEAR, 1, 1)), min(last or today, today)
    if FREQUENCY[dataset] == "A":
        return tuple(str(year) for year in range(since.year, until.year + 1) if year < today.year)
    months, month = [], since.replace(day=1)
    while month <= until and month < today.replace(day=1):
        months.append(f"{month:%Y%m}")
        month = (month + timedelta(days=31)).replace(day=1)
    return tuple(months)


def list_of(dataset: str, periods: Sequence[str], since: date) -> Request:
    """The list of releases: of these periods, or of what was released since a day where none are named."""
    if dataset == PREVIEW:
        return _request(f"{API}/public/v1/getComtradeReleases", {}, dataset)
    chosen = {"period": ",".join(periods)} if periods else {"publishedDateFrom": since.isoformat()}
    return _request(f"{API}/data/v1/getDa/C/{FREQUENCY[dataset]}/HS", {"reporterCode": ",".join(AREAS), **chosen}, dataset)


def listed(dataset: str, document: Document) -> list[Listed]:
    """What a list says of the reporters that are asked for. Raises SchemaDrift, Incomplete."""
    records = Records(document.content, ("data",), dataset=dataset, url=document.fetch.url)
    if not len(records):
        return []
    keyless = dataset == PREVIEW
    records.needs("reporterCode", *(("datasetDesc", "dateRelease") if keyless else _OF_A_STATE))
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for record in records:
        cells = record.cells
        released = cells.get("dateRelease" if keyless else "lastReleased", "")
        if keyless:
            named = re.search(r" C([AM]) ([0-9]{4,6})$", cells.get("datasetDesc", "").strip())
            frequency, period = (named[1], named[2]) if named else ("", "")
        else:
            frequency, period = cells.get("freqCode", FREQUENCY[dataset]), cells.get("period", "")
        if cells.get("reporterCode") in AREAS and frequency == FREQUENCY[dataset] and cells.get("typeCode", "C") == "C":
            found[cells["reporterCode"], period].append(
                (f"{cells.get('datasetCode', '')} {released} {cells.get('datasetChecksum', '')}", released))
    for (reporter, period), _ in found.items():
        if not re.fullmatch(r"[0-9]{4}" if FREQUENCY[dataset] == "A" else r"[0-9]{6}", period):
            raise SchemaDrift(f"the list of releases has the period {period[:40]!r} of {reporter}", dataset=dataset, url=document.fetch.url)
    return [Listed(reporter, period, "|".join(sorted(mark for mark, _ in states)), max(map(_moment, (at for _, at in states)), key=_known))
            for (reporter, period), states in sorted(found.items())]


def wanted(dataset: str, released: Iterable[Listed], window: Sequence[str]) -> Iterator[tuple[Question, Release]]:
    """Questions for what a list names, each with the state that it is of. ``window``: only these periods, where there are any."""
    together: dict[tuple[str, str], list[Listed]] = defaultdict(list)
    for each in released:
        if not window or each.period in window:
            together[each.reporter, each.period[:4]].append(each)
    for (reporter, _), states in together.items():
        for start in range(0, len(states), PERIODS_A_CALL):
            part = states[start:start + PERIODS_A_CALL]
            mark = hashlib.sha256("\n".join(each.mark for each in part).encode()).hexdigest()[:16]
            # Of several releases in one answer nobody can say which row is of which.
            release = Release(mark, part[0].at if len(part) == 1 else None)
            yield from ((question, release) for question in questions(dataset, reporter, tuple(each.period for each in part)))


def questions(dataset: str, reporter: str, periods: tuple[str, ...]) -> Iterator[Question]:
    """Everything that is asked of one reporter for some periods, at most a year of them: all goods with every partner, so that ranks are
    decided by a whole table, and products with those that are chosen."""
    if dataset != PREVIEW:
        yield Question(dataset, reporter, periods, tuple(flow for flows in FLOWS[dataset] for flow in flows), (ALL_GOODS,), ())
    for flows in FLOWS[dataset]:
        yield Question(dataset, reporter, periods, flows, LEVELS[dataset], () if dataset == PREVIEW else (WORLD, *AREAS))


def by_year(periods: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The periods of one year together: they go into one call."""
    for start in sorted({period[:4] for period in periods}):
        yield tuple(period for period in periods if period.startswith(start))


def _moment(text: str) -> datetime | None:
    """``2024-04-07T08:24:25.7933333``: seven fractional digits and no zone, taken as UTC."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def _known(at: datetime | None) -> datetime:
    return at or datetime.min.replace(tzinfo=UTC)


def _request(url: str, wanted: dict[str, str], dataset: str, *, release: Release | None = None, frozen: bool = False,
             max_bytes: int = 64 * 1024 * 1024) -> Request:
    return Request(
        url=f"{url}?{urlencode(wanted)}" if wanted else url, dataset=dataset, credential=None if dataset == PREVIEW else KEY,
        accept="application/json", content_types=_TYPES, landmarks=('"count"',), refusals=REFUSALS, release=release, frozen=frozen,
        max_bytes=max_bytes)
