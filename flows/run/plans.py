"""Carrying a publisher's plan out: within the calls it allows a day, and on from where a run before it stopped.

Which asks there are and in which order is the connector's (``connectors.asking``); how one is put politely is the client's. Here is
kept across runs and processes what both cannot know: how many calls of today are used (``Calls``, beside the host locks), and since
when a plan is unfinished (``Unfinished``). What was asked since then is in the archive's log, so it is not written down twice.

Runs at one served lake share a plan out (``Shared``): each claims an ask before it puts it, leaves alone what another has, and takes over
what one had that died. How they tell each other is ``warehouse.lake.served.workers``'s.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors.asking import Answered, Elsewhere, Plan
from connectors.contract import Ask, Client, Connector, Wanted
from connectors.http.addresses import address
from connectors.http.redaction import Redactor
from flows.home import clock, registry
from flows.home.house import House
from warehouse.archive.documents import CONFIRMED
from warehouse.lake.served.workers import FINISHED, Claim, PlanKey, UnderWay, Worker
from warehouse.schema.errors import BY_NAME, Forbidden, KeyRefused, PublisherError, QuotaUsed
from warehouse.schema.travel import Document, Fetch, Request, Window

GIVEN_UP = timedelta(days=60)
"""A plan that was not carried out in this time begins anew: what it asked first is old by now."""
SKEW = timedelta(minutes=5)
"""Clocks of machines that share a plan differ by less."""
_POLL_S = 0.2
"""Between looks at what another run is asking."""


def recorded(request: Request) -> str:
    """The address of a request as the archive's log has it. What is none stays as it is: whoever asks for it is told."""
    url = request.url
    with suppress(Forbidden):
        url = address(url).url
    return Redactor()(url) + request.mark


@dataclass(frozen=True)
class Knowledge:
    """What the archive knows (``connectors.contract.Known``)."""

    house: House

    @property
    def now(self) -> datetime:
        return clock.now()

    def latest(self, request: Request) -> Fetch | None:
        return self.house.archive.latest(recorded(request))

    def confirmed(self, request: Request) -> datetime | None:
        last = self.house.archive.last(recorded(request))
        return last.at if last is not None and last.outcome in CONFIRMED else None


class Spent(Exception):
    """The calls of this day are used."""


class Calls:
    """How many calls of a day a publisher allows are used: one file for all processes, its lock dies with its owner; a row for all
    machines where the lake is served.

    A run for what is current may use all of them. A run for the past leaves as many as the current plan took when it was last
    carried out, until that has been done today: what is new comes first.
    """

    def __init__(self, folder: Path, publisher: str, allowed: int, *, current: bool, usual: int, worker: Worker | None = None) -> None:
        """``usual`` is what the current plan costs as far as it is known, for a publisher that was never asked."""
        self._path = folder / f"{publisher}.calls"
        self._publisher = publisher
        self._worker = worker
        self._allowed = allowed
        self._current = current
        self._usual = usual

    def take(self, cost: int) -> None:
        """Use calls of today. Raises Spent where too few are left."""
        with self._counted() as counted:
            if counted["used"] + cost > self._allowed - self._kept(counted):
                raise Spent
            counted["used"] += cost
            if self._current:
                counted["current"] += cost

    def use_up(self) -> None:
        """The publisher says that none is left today."""
        with self._counted() as counted:
            counted["used"] = max(int(counted["used"]), self._allowed)

    @property
    def left(self) -> int:
        """What this run may still use today."""
        with self._counted() as counted:
            return max(0, self._allowed - self._kept(counted) - int(counted["used"]))

    def _kept(self, counted: dict[str, Any]) -> int:
        if self._current or counted["current"]:
            return 0
        return min(self._allowed, int(counted["before"]) or self._usual)

    @contextmanager
    def _counted(self) -> Iterator[dict[str, Any]]:
        with self._worker.counted(self._publisher) if self._worker else self._in_file() as counted:
            for name, nothing in {"day": "", "used": 0, "current": 0, "before": 0}.items():
                counted.setdefault(name, nothing)
            today = clock.now().astimezone(UTC).date().isoformat()
            if counted["day"] != today:
                counted |= {"day": today, "used": 0, "current": 0, "before": counted["current"] or counted["before"]}
            yield counted

    @contextmanager
    def _in_file(self) -> Iterator[dict[str, Any]]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a+b", buffering=0) as file:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
            file.seek(0)
            counted: dict[str, Any] = {}
            with suppress(ValueError, TypeError):  # a line torn by a power cut: counted from nothing
                counted |= json.loads(file.read() or b"{}")
            was = dict(counted)
            yield counted
            if counted != was:
                os.ftruncate(file.fileno(), 0)
                os.pwrite(file.fileno(), json.dumps(counted).encode(), 0)


class Unfinished:
    """Since when the plan of each dataset and window is under way: the file is there while one is, and after one that was stopped."""

    def __init__(self, house: House, publisher: str) -> None:
        self._path = house.root / "plans" / f"{publisher}.json"
        self._lock = threading.Lock()  # lanes of one plan end side by side

    def since(self, datasets: Collection[str], window: Window) -> dict[str, datetime]:
        """Dataset → when its plan began; those that were not under way begin now."""
        begun, now = self._read(), clock.now()
        begun = {key: at for key, at in begun.items() if now - at < GIVEN_UP}
        found = {name: begun.get(self._key(name, window), now) for name in datasets}
        self._write(begun | {self._key(name, window): at for name, at in found.items()})
        return found

    def done(self, datasets: Collection[str], window: Window) -> None:
        """These plans were carried out to their ends."""
        finished = {self._key(name, window) for name in datasets}
        with self._lock:
            self._write({key: at for key, at in self._read().items() if key not in finished})

    def current(self) -> set[str]:
        """Datasets whose plan for what is current was stopped, or is under way."""
        return {key.strip() for key in self._read() if key.endswith(" ")}

    @staticmethod
    def _key(dataset: str, window: Window) -> str:
        return f"{dataset} " + (f"{window.first}..{window.last}" if window.first or window.last else "")

    def _read(self) -> dict[str, datetime]:
        try:
            return {key: datetime.fromisoformat(at) for key, at in json.loads(self._path.read_bytes()).items()}
        except (FileNotFoundError, ValueError, AttributeError, TypeError):
            return {}  # one that is torn costs no more than asking again

    def _write(self, begun: dict[str, datetime]) -> None:
        if not begun:
            self._path.unlink(missing_ok=True)
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_suffix(f".{os.getpid()}")
        aside.write_text(json.dumps({key: at.isoformat() for key, at in sorted(begun.items())}), encoding="utf-8")
        aside.replace(self._path)


def stopped(house: House) -> set[str]:
    """Datasets whose plan for what is current was stopped, or is under way."""
    if not house.demo and house.worker is not None:
        return house.worker.stopped()
    return {name for publisher in registry.connectors() for name in Unfinished(house, publisher).current()}


@dataclass(frozen=True)
class Left:
    """Asks that wait for another day, because the calls of this one are used."""

    asks: tuple[Ask, ...]


@dataclass(frozen=True)
class Others:
    """Asks that other runs are at, of the same plan."""

    asks: tuple[Ask, ...]


class Shared:
    """The plans of one run where others at the same served lake may carry out the same ones."""

    def __init__(self, worker: Worker, window: Window, *, resumes: bool) -> None:
        """``resumes``: what a run that died asked of a plan need not be asked again, since the publisher's calls are counted."""
        self._worker = worker
        self._span = (f"{window.first}..{window.last}" if window.first or window.last else "") + (" again" if window.force else "")
        self._resumes = resumes
        self._plans: dict[str, UnderWay | None] = {}
        self._lock = threading.Lock()

    def begin(self, datasets: Iterable[str]) -> dict[str, datetime]:
        """Take part in the plans of datasets. Dataset → since when a plan is under way."""
        now = clock.now()
        with self._lock:
            for dataset in sorted(set(datasets) - set(self._plans)):
                self._plans[dataset] = self._worker.begin(PlanKey(dataset, self._span), now, now - GIVEN_UP, resumes=self._resumes)
        return {dataset: plan.begun for dataset, plan in self._plans.items() if plan is not None}

    @property
    def before(self) -> dict[str, datetime]:
        """Dataset → since when it was under way before this run, for the order in which it is asked."""
        return {dataset: plan.before for dataset, plan in self._plans.items() if plan is not None}

    def take(self, ask: Ask) -> Claim:
        """Claim an ask; of one that leads to others it is waited for what comes of it."""
        while True:
            plan = self._plans[ask.dataset]
            claim = FINISHED if plan is None else self._worker.take(plan, _key(ask))
            if claim.mine or claim.state != "claimed" or not ask.discovery:
                return claim
            time.sleep(_POLL_S)

    def done(self, ask: Ask, leads: bool) -> None:
        if (plan := self._plans.get(ask.dataset)) is not None:
            self._worker.tell(plan, _key(ask), "led" if leads else "asked")

    def give_back(self, ask: Ask) -> None:
        if (plan := self._plans.get(ask.dataset)) is not None:
            self._worker.give_back(plan, _key(ask))

    def lost(self, settled: Sequence[Ask]) -> list[Ask]:
        """Of what other runs had asked, that of runs which died since: nobody may have read it."""
        gone = {name: self._worker.lost(plan) for name in {ask.dataset for ask in settled} if (plan := self._plans.get(name)) is not None}
        return [ask for ask in settled if _key(ask) in gone.get(ask.dataset, ())]

    def leave(self, datasets: Iterable[str], *, done: bool) -> None:
        for dataset in sorted(datasets):
            if (plan := self._plans.get(dataset)) is not None:
                self._worker.leave(plan, done=done)


def _key(ask: Ask) -> str:
    return hashlib.sha256(recorded(ask.request).encode()).hexdigest()


def join(house: House) -> None:
    """Be there for other runs at the same served lake, before periods are planned: what they finish from here on is not asked again."""
    if not house.demo and house.worker is not None:
        house.worker.join()


class Run:
    """One publisher's plan in one run, all its lanes together."""

    def __init__(self, house: House, connector: Connector, wanted: Wanted, plans: Collection[Plan]) -> None:
        self._house = house
        self._connector = connector
        self._window = wanted.window
        self._force = wanted.window.force
        self._open = Unfinished(house, connector.publisher)
        # A demo asks nobody, and nobody's patience is used.
        self._allowed = None if house.demo else connector.calls_a_day
        worker = None if house.demo else house.worker
        self._shared = Shared(worker, self._window, resumes=self._allowed is not None) if worker is not None else None
        self._lanes = Counter(name for plan in plans for name in _datasets(plan))
        """Dataset → lanes that are not at their end."""
        self._spoiled: set[str] = set()
        """Datasets of lanes that were stopped before their end."""
        self._owners: set[int] = set()
        """Runs that died of which the archive was read since."""
        self._lock = threading.Lock()
        names = set(self._lanes)
        self._since = {} if house.demo else self._shared.begin(names) if self._shared else self._open.since(names, self._window)
        if self._allowed is None:
            since, self._since = self._since, self._shared.before if self._shared else self._since
            for plan in plans:  # what a run before this one came to last is asked first, and nothing is left out
                plan.put_last(self._asked_before)
            self._since = since

    @cached_property
    def _calls(self) -> Calls:
        assert self._allowed is not None
        current = self._window.first is None and self._window.last is None
        usual = 0 if current else sum(ask.cost for ask in self._connector.plan(
            Wanted([dataset.dataset for dataset in self._connector.datasets if dataset.enabled], Window(), Knowledge(self._house))))
        return Calls(self._house.settings.home / "locks", self._connector.publisher, self._allowed, current=current, usual=usual,
                     worker=self._house.worker)

    def carry_out(self, plan: Plan, client: Client) -> Iterator[Answered | Left | Others]:
        """Ask what is to be asked, as far as today's calls go, and leave alone what other runs are at."""
        names = _datasets(plan)
        whole = False
        try:
            busy, lost = -1, list[Ask]()
            while lost or len(plan.elsewhere) != busy:
                busy = len(plan.elsewhere)
                plan.look_again(lost)
                for answered in plan.carry_out(self._asking(client), self._told):
                    yield answered
                    if isinstance(answered.answer, KeyRefused):
                        yield from _refused_as_well(answered, plan.waiting)
                        return
                lost = self._shared.lost(plan.settled) if self._shared else []
            whole = not plan.elsewhere
            if plan.elsewhere:
                yield Others(tuple(plan.elsewhere))
        except Spent:
            yield Left(tuple(plan.waiting))
        finally:
            self._ended(names, whole=whole)

    def _ended(self, names: set[str], *, whole: bool) -> None:
        """A lane is at its end, or was stopped before it. A plan is carried out when all its lanes are."""
        with self._lock:
            self._lanes.subtract(names)
            if not whole:
                self._spoiled |= names
            over = {name for name in names if not self._lanes[name]}
        if self._house.demo:
            return
        if self._shared:
            self._shared.leave(over & self._spoiled, done=False)
            self._shared.leave(over - self._spoiled, done=True)
        elif over - self._spoiled:
            self._open.done(over - self._spoiled, self._window)

    def _told(self, ask: Ask, leads: bool) -> None:
        if self._shared:
            self._shared.done(ask, leads)

    def _asking(self, client: Client) -> Callable[[Ask], Document | PublisherError | Elsewhere]:
        def ask_counted(ask: Ask) -> Document | PublisherError:
            if not self._force and not ask.discovery and self._asked_before(ask) and (known := self._as_before(ask)):
                return known
            if ask.cost and not self._held_for_ever(ask):
                self._calls.take(ask.cost)
            answer = client.ask(ask.request)
            if isinstance(answer, QuotaUsed):
                self._calls.use_up()
                raise Spent
            return answer

        def ask_shared(ask: Ask) -> Document | PublisherError | Elsewhere:
            if (known := self._had_by_another(ask)) is not None:
                return known
            try:
                return put(ask)
            except BaseException:
                self._shared.give_back(ask)  # type: ignore[union-attr]
                raise

        put: Callable[[Ask], Document | PublisherError] = ask_counted if self._allowed is not None else lambda ask: client.ask(ask.request)
        return ask_shared if self._shared else put

    def _had_by_another(self, ask: Ask) -> Document | PublisherError | Elsewhere | None:
        """What is to be done about an ask that another run has or had; None where it is this run's to put."""
        assert self._shared is not None
        if ask.dataset not in self._since:  # what an answer led to is of another dataset
            self._since = self._shared.begin([ask.dataset])
        claim = self._shared.take(ask)
        if not claim.mine:
            if claim.state == "claimed":
                return Elsewhere(open=True)
            if claim.state == "asked":
                return Elsewhere()
        if claim.state is None:
            return None
        if not claim.mine:
            self._look_again()
            return Elsewhere(self._as_before(ask))
        if claim.owner not in self._owners:  # it writes nothing more
            self._look_again()
            self._owners.add(claim.owner)
        if not self._asked_before(ask, SKEW):
            return None
        if claim.state == "asked" and self._read(ask):
            self._shared.done(ask, leads=False)
            return Elsewhere()
        known = self._as_before(ask)
        if known is None and claim.state != "claimed" and claim.beside:
            self._shared.done(ask, leads=False)  # it failed while this run was at work: the next one may try again
            return Elsewhere()
        return known

    def _look_again(self) -> None:
        with self._lock:
            self._house.archive.look_again()
            self._house.journal.refresh()

    def _read(self, ask: Ask) -> bool:
        """Whether what is held of an ask was read, and its outcome written down."""
        held = self._house.archive.latest(recorded(ask.request))
        return held is not None and self._house.journal.outcome_of(held.fetch_id, self._connector.parser_version) is not None

    def _asked_before(self, ask: Ask, skew: timedelta = timedelta()) -> bool:
        """Whether the plan that is under way asked this already; by a clock that may be behind the one which said when it began."""
        last = self._house.archive.last(recorded(ask.request))
        begun = self._since.get(ask.dataset)
        return last is not None and begun is not None and last.at >= begun - skew

    def _as_before(self, ask: Ask) -> Document | PublisherError | None:
        """What came of an ask when this plan asked it; None where asking again may help."""
        last = self._house.archive.last(recorded(ask.request))
        if last is None:
            return None
        if last.outcome in CONFIRMED:
            held = self._house.archive.latest(last.url)
            return self._house.archive.document(held.fetch_id) if held else None
        kind = BY_NAME.get(last.outcome)
        if kind is None or not issubclass(kind, PublisherError) or kind.transient or issubclass(kind, KeyRefused):
            return None  # a key may have been put right since
        return kind(last.said, dataset=ask.dataset, url=last.url)

    def _held_for_ever(self, ask: Ask) -> bool:
        return ask.request.frozen and not self._force and self._house.archive.latest(recorded(ask.request)) is not None


def _datasets(plan: Plan) -> set[str]:
    return {ask.dataset for ask in plan.waiting}


def _refused_as_well(refused: Answered, waiting: Iterable[Ask]) -> Iterator[Answered]:
    """Of a key that is not taken: the same error once for each dataset that waits for answers to it, which nobody asks for."""
    told = {refused.ask.dataset}
    for ask in waiting:
        if ask.dataset not in told and isinstance(refused.answer, KeyRefused):
            told.add(ask.dataset)
            yield Answered(ask, KeyRefused(refused.answer.said, dataset=ask.dataset, url=recorded(ask.request)))


def days(calls: int, allowed: int) -> int:
    """Days that so many calls take."""
    return -(-calls // allowed)


def tomorrow(now: datetime) -> date:
    """The day on which a publisher's calls are counted anew."""
    return date.fromordinal(now.astimezone(UTC).date().toordinal() + 1)
