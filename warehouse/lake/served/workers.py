"""What runs that share a served lake tell each other about the plans that they carry out: since when one is under way, which run has
which ask, how many calls of today are used. Rows in a schema of their own beside the catalogue; they hold no figure, and a lake that is
replaced or restored does without them.

A run is alive as long as its session is: it holds an advisory lock of its number there, and PostgreSQL gives that back when the process
or its machine dies. So there is no lease to renew and no time to wait for. What is decided with these rows is ``flows.run.plans``'s.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from warehouse.lake.served.place import ServedPlace, number_of

if TYPE_CHECKING:
    import psycopg

SCHEMA = "entrepot_plans"
_MADE = (
    f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
    f"""CREATE TABLE IF NOT EXISTS {SCHEMA}.plan (dataset text, span text, round bigint NOT NULL DEFAULT 1, begun timestamptz NOT NULL,
        finished timestamptz, finished_by bigint, PRIMARY KEY (dataset, span))""",
    f"""CREATE TABLE IF NOT EXISTS {SCHEMA}.ask (dataset text, span text, ask text, run bigint NOT NULL, state text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (dataset, span, ask))""",
    f"CREATE TABLE IF NOT EXISTS {SCHEMA}.calls (publisher text PRIMARY KEY, counted text NOT NULL)")
_RUNS = number_of("entrepot plans")
"""The family of the runs' locks."""
_MAKING = 1
"""Its lock while the tables are made; runs have greater numbers."""
_ALIVE = f"""EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = {_RUNS}
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND l.objid::bigint = a.run)"""

State = Literal["claimed", "asked", "led"]
"""Of an ask: a run is at it; it was asked; it was asked and led to others, which whoever shares the plan finds by the answer."""


@dataclass(frozen=True)
class PlanKey:
    """One plan: of a dataset, for what is current (no span) or for past periods."""

    dataset: str
    span: str = ""


@dataclass(frozen=True)
class UnderWay:
    """A plan that is carried out, by this run and perhaps by others."""

    key: PlanKey
    begun: datetime
    before: datetime
    """When a run began it that died, where what that one asked counts no more; else the same."""
    round: int
    """It tells a plan from the next one of the same name."""


@dataclass(frozen=True)
class Claim:
    """How an ask stands when a run comes to it."""

    mine: bool
    """This run is to carry it out."""
    state: State | None = None
    """Of another run's ask, also of one that this run took over from a run that died; None of one that nobody had."""
    owner: int = 0
    beside: bool = False
    """Its state is from after this run began."""


FINISHED = Claim(mine=False, state="asked")
"""Of an ask of a plan that others carried out to its end meanwhile."""


class Worker:
    """One run among others at the same lake. Its threads may use it side by side. Raises Unreachable, EntrepotError."""

    def __init__(self, place: ServedPlace) -> None:
        self._place = place
        self._lock = threading.RLock()
        self._session: psycopg.Connection[tuple[Any, ...]] | None = None
        self._since: datetime | None = None
        self.number = 0

    def join(self) -> None:
        """Be there for others: from here on plans that they finish are not begun anew by this run."""
        with self._asking():
            pass

    def close(self) -> None:
        """Leave: what this run has not done is others' then."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def begin(self, key: PlanKey, now: datetime, given_up: datetime, *, resumes: bool) -> UnderWay | None:
        """Take part in a plan, or begin it; one from before ``given_up`` begins anew. None where it is for past periods and others
        finished it since this run began. ``resumes``: what runs asked that died need not be asked again."""
        with self._asking() as session, session.transaction():
            one = [key.dataset, key.span]
            session.execute(f"INSERT INTO {SCHEMA}.plan (dataset, span, begun) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", [*one, now])
            begun, round_, finished, beside = _one(session.execute(
                f"SELECT begun, round, finished, finished_by <> %s AND finished >= %s FROM {SCHEMA}.plan WHERE dataset = %s AND span = %s "
                "FOR UPDATE", [self.number, self._since, *one]))
            if key.span and beside:
                return None
            if finished is not None or begun < given_up:
                begun, round_ = now, round_ + 1
                session.execute(f"DELETE FROM {SCHEMA}.ask WHERE dataset = %s AND span = %s", one)
                session.execute(f"UPDATE {SCHEMA}.plan SET begun = %s, round = %s, finished = NULL WHERE dataset = %s AND span = %s",
                                [begun, round_, *one])
            (others,) = _one(session.execute(
                f"SELECT EXISTS (SELECT 1 FROM {SCHEMA}.ask a WHERE dataset = %s AND span = %s AND run <> %s AND {_ALIVE})",
                [*one, self.number]))
            session.execute(f"INSERT INTO {SCHEMA}.ask (dataset, span, ask, run, state) VALUES (%s, %s, %s, %s, 'claimed') "
                            "ON CONFLICT DO NOTHING", [*one, self._itself, self.number])
            before = begun
            if not (others or resumes) and begun < now:
                begun = now
                session.execute(f"UPDATE {SCHEMA}.plan SET begun = %s WHERE dataset = %s AND span = %s", [begun, *one])
            return UnderWay(key, begun, before, round_)

    def take(self, plan: UnderWay, ask: str) -> Claim:
        """Claim an ask. One that a run had which died is this run's; ``state`` says then how far that one came."""
        key = [plan.key.dataset, plan.key.span]
        with self._asking() as session, session.transaction():
            # A lock on the plan's row, so that it is not finished between this look and the claim.
            if session.execute(f"SELECT 1 FROM {SCHEMA}.plan WHERE dataset = %s AND span = %s AND round = %s AND finished IS NULL "
                               "FOR SHARE", [*key, plan.round]).fetchone() is None:
                return FINISHED
            if session.execute(f"INSERT INTO {SCHEMA}.ask (dataset, span, ask, run, state) VALUES (%s, %s, %s, %s, 'claimed') "
                               "ON CONFLICT DO NOTHING RETURNING 1", [*key, ask, self.number]).fetchone():
                return Claim(mine=True)
            found = session.execute(f"SELECT a.run, a.state, a.at >= %s, {_ALIVE} FROM {SCHEMA}.ask a WHERE dataset = %s AND span = %s "
                                    "AND ask = %s FOR UPDATE", [self._since, *key, ask]).fetchone()
            if found is None:
                return Claim(mine=False, state="claimed")  # given back this very moment: it is looked at again
            owner, state, beside, alive = found
            if owner == self.number or alive:
                return Claim(mine=False, state=state, owner=owner, beside=beside)
            session.execute(f"UPDATE {SCHEMA}.ask SET run = %s, state = 'claimed' WHERE dataset = %s AND span = %s AND ask = %s",
                            [self.number, *key, ask])
            return Claim(mine=True, state=state, owner=owner, beside=beside)

    def tell(self, plan: UnderWay, ask: str, state: State) -> None:
        """What came of this run's ask."""
        with self._asking() as session:
            session.execute(f"UPDATE {SCHEMA}.ask SET state = %s, at = clock_timestamp() WHERE dataset = %s AND span = %s AND ask = %s "
                            "AND run = %s", [state, plan.key.dataset, plan.key.span, ask, self.number])

    def give_back(self, plan: UnderWay, ask: str) -> None:
        """This run does not carry an ask out after all."""
        with self._asking() as session:
            session.execute(f"DELETE FROM {SCHEMA}.ask WHERE dataset = %s AND span = %s AND ask = %s AND run = %s AND state = 'claimed'",
                            [plan.key.dataset, plan.key.span, ask, self.number])

    def leave(self, plan: UnderWay, *, done: bool) -> bool:
        """This run takes part no more; ``done``: it found nothing left to do. Whether the plan is finished: not while others are at it."""
        key = [plan.key.dataset, plan.key.span]
        with self._asking() as session, session.transaction():
            if session.execute(f"SELECT 1 FROM {SCHEMA}.plan WHERE dataset = %s AND span = %s AND round = %s AND finished IS NULL "
                               "FOR UPDATE", [*key, plan.round]).fetchone() is None:
                return True
            session.execute(f"DELETE FROM {SCHEMA}.ask WHERE dataset = %s AND span = %s AND ask = %s", [*key, self._itself])
            if not done or session.execute(f"SELECT 1 FROM {SCHEMA}.ask a WHERE dataset = %s AND span = %s AND state = 'claimed' "
                                           f"AND run <> %s AND {_ALIVE}", [*key, self.number]).fetchone():
                return False
            session.execute(f"UPDATE {SCHEMA}.plan SET finished = clock_timestamp(), finished_by = %s WHERE dataset = %s AND span = %s",
                            [self.number, *key])
            session.execute(f"DELETE FROM {SCHEMA}.ask WHERE dataset = %s AND span = %s", key)
            return True

    def lost(self, plan: UnderWay) -> set[str]:
        """Asks that runs had which are gone by now."""
        with self._asking() as session:
            return {row[0] for row in session.execute(
                f"SELECT ask FROM {SCHEMA}.ask a WHERE dataset = %s AND span = %s AND run <> %s AND NOT {_ALIVE}",
                [plan.key.dataset, plan.key.span, self.number])}

    @property
    def _itself(self) -> str:
        """The row that says that this run takes part in a plan: while it is there no other run finishes it."""
        return f"run {self.number}"

    def stopped(self) -> set[str]:
        """Datasets whose plan for what is current is under way, or was stopped before its end."""
        with self._asking() as session:
            return {row[0] for row in session.execute(f"SELECT dataset FROM {SCHEMA}.plan WHERE span = '' AND finished IS NULL")}

    @contextmanager
    def counted(self, publisher: str) -> Iterator[dict[str, Any]]:
        """A publisher's count of calls, to be read and changed by one run at a time."""
        with self._asking() as session, session.transaction():
            session.execute(f"INSERT INTO {SCHEMA}.calls VALUES (%s, '{{}}') ON CONFLICT DO NOTHING", [publisher])
            (text,) = _one(session.execute(f"SELECT counted FROM {SCHEMA}.calls WHERE publisher = %s FOR UPDATE", [publisher]))
            counted: dict[str, Any] = json.loads(text)
            yield counted
            session.execute(f"UPDATE {SCHEMA}.calls SET counted = %s WHERE publisher = %s", [json.dumps(counted), publisher])

    @contextmanager
    def _asking(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        with self._lock, self._place.asked():
            if self._session is None:
                self._session = self._joined()
            yield self._session

    def _joined(self) -> psycopg.Connection[tuple[Any, ...]]:
        session = self._place.session(f"entrepot plans, process {os.getpid()}")
        session.execute("SELECT pg_advisory_lock(%s, %s)", [_RUNS, _MAKING])
        if _one(session.execute("SELECT to_regclass(%s) IS NULL", [f"{SCHEMA}.calls"]))[0]:
            for statement in _MADE:
                session.execute(statement)
        session.execute("SELECT pg_advisory_unlock(%s, %s)", [_RUNS, _MAKING])
        taken = False
        while not taken:
            self.number = 2 + secrets.randbelow(2**31 - 2)
            (taken,) = _one(session.execute("SELECT pg_try_advisory_lock(%s, %s)", [_RUNS, self.number]))
        (self._since,) = _one(session.execute("SELECT clock_timestamp()"))
        return session


def _one(cursor: psycopg.Cursor[tuple[Any, ...]]) -> tuple[Any, ...]:
    row = cursor.fetchone()
    assert row is not None
    return row
