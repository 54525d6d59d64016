"""SQL of others, each statement in a process that does nothing else: what it takes of time and memory ends with that process.

An engine that is told to stop does not always (a text of a gigabyte is made in one step), and not all that it takes counts against its own
limit, so the bounds are the system's: ``python -m flows.web.statements`` has so much memory and no more, and is killed when a statement is
over its time by ``GRACE_S``. It reads questions from its input and writes answers to its output, a line each.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from flows.home import serving
from flows.home.house import House
from warehouse.ask import machines, sums
from warehouse.lake import readonly
from warehouse.schema import errors
from warehouse.schema.errors import EntrepotError, TookTooLong, TooMany, TooMuch, UsageError

if TYPE_CHECKING:
    import duckdb

Answer = dict[str, Any]
AT_ONCE = 2
GRACE_S = 3.0
ROOM_MB = 700
"""Megabytes of a process beside its engine's: Python, the engine's code and one answer."""
BATCH = 50
"""Rows taken from the engine at once."""
LARGEST = 16 * 1024**2
"""Characters of an answer at most."""
STARTED_WITHIN_S = 60.0


class Statements:
    """The processes of one home, started when they are needed and kept until ``close``."""

    def __init__(self, house: House, at_once: int = AT_ONCE) -> None:
        self.house = house
        self._turns: SimpleQueue[_Process | None] = SimpleQueue()
        self._at_once = at_once
        for _ in range(at_once):
            self._turns.put(None)

    def ask(self, query: str, rows: int, as_of: str | None, known_on: str | None) -> Answer:
        """What a statement gives. Raises TooMany where no turn comes, and the errors of a statement."""
        within_s = self.house.settings.web_within_s
        try:
            process = self._turns.get(timeout=within_s)
        except Exception as error:
            raise TooMany("more statements are asked at once than this machine answers: ask again in a minute") from error
        try:
            if process is None or process.gone:
                process = _Process(self.house)
            return process.ask({"query": query, "rows": rows, "as_of": as_of, "known_on": known_on}, within_s)
        finally:
            self._turns.put(process)

    def close(self) -> None:
        """End them; those that are at work are waited for."""
        for _ in range(self._at_once):
            if (process := self._turns.get()) is not None:
                process.end()


class _Process:
    """One of them, seen from outside."""

    def __init__(self, house: House) -> None:
        words = [sys.executable, "-m", "flows.web.statements", *(["--demo"] if house.demo else [])]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         env={**os.environ, "ENTREPOT_HOME": str(house.settings.home)})
        if self._answer({}, STARTED_WITHIN_S) is None:  # it says so when it is ready: starting is no part of a statement's time
            self.end()
            raise TooMany("this machine is too busy to begin: ask again in a minute")

    @property
    def gone(self) -> bool:
        return self._process.poll() is not None

    def ask(self, question: Answer, within_s: float) -> Answer:
        told = self._answer(question, within_s + GRACE_S)
        if told is None:
            self.end()
            raise TookTooLong(f"cut after {within_s:g} seconds: ask for less at once, or set ENTREPOT_WEB_WITHIN_S higher")
        if "answer" not in told:
            kind = getattr(errors, told["kind"], EntrepotError)
            raise kind(told["said"])
        found: Answer = told["answer"]
        return found

    def _answer(self, question: Answer, within_s: float) -> Answer | None:
        """The next line, None where none comes in time. Raises TooMuch where the process ended instead."""
        process, late = self._process, threading.Event()
        assert process.stdin is not None and process.stdout is not None

        def kill() -> None:
            late.set()
            process.kill()

        watching = threading.Timer(within_s, kill)
        watching.start()
        try:
            if question:
                process.stdin.write(json.dumps(question).encode() + b"\n")
                process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        finally:
            watching.cancel()
        if line.endswith(b"\n") and not late.is_set():
            told: Answer = json.loads(line)
            return told
        if late.is_set():
            return None
        self.end()
        raise TooMuch("the statement needs more memory than one may take, or ended the process that worked on it: set "
                      "ENTREPOT_SQL_MEMORY_MB higher, or ask for less at once")

    def end(self) -> None:
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]  # both are pipes


def answer(con: duckdb.DuckDBPyConnection, query: str, most: int) -> Answer:
    """The first rows of one read, whether there are more, and the columns with their types. Raises UsageError, NoSum, TooMuch."""
    import duckdb

    try:
        text = readonly.checked(con, query, files=False)
        if not text.upper().startswith("EXPLAIN"):
            con.execute(f"EXPLAIN {text}")  # a column that is not there is said before sums are looked at
            sums.check(con, text)
        result = con.execute(text)
        described = result.description or ()
        names = readonly.distinct([column[0] for column in described])
        rows: list[Answer] = []
        size = 0
        while len(rows) <= most and (batch := result.fetchmany(BATCH)):
            size += sum(len(cell) if isinstance(cell, (str, bytes)) else len(str(cell)) for row in batch for cell in row)
            if size > LARGEST:
                raise TooMuch(f"the answer has more than {LARGEST:,} characters: choose fewer columns or rows, or shorten texts with "
                              "left()")
            rows += [dict(zip(names, row, strict=True)) for row in batch]
    except (duckdb.InterruptException, duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.Error as error:
        raise UsageError(readonly.first_line(error)) from error
    return {"columns": [{"name": name, "type": str(column[1])} for name, column in zip(names, described, strict=True)],
            "rows": rows[:most], "more": len(rows) > most}


def main() -> None:
    """Answer until the input ends."""
    from flows.home.settings import Settings
    from flows.web.readers import Readers, past_of

    parser = argparse.ArgumentParser(prog="python -m flows.web.statements")
    parser.add_argument("--demo", action="store_true")
    house = House(Settings(), demo=parser.parse_args().demo)
    serving.end_with_serve()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever else is printed is no answer
    logging.disable()
    bytes_ = (house.settings.sql_memory_mb + ROOM_MB) * 1024**2
    resource.setrlimit(resource.RLIMIT_DATA, (bytes_, bytes_))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    readers = Readers(house, memory_mb=house.settings.sql_memory_mb, at_once=1)
    _write(out, {})
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        past = past_of(house, asked["as_of"], asked["known_on"])
        try:
            with readers.reading(house.settings.web_within_s, past) as con:
                told = {"answer": machines.simple(answer(con, asked["query"], asked["rows"]))}
        except EntrepotError as error:
            told = {"kind": type(error).__name__, "said": str(error)}
        except MemoryError:
            os._exit(1)  # what is left of this process is not to be relied on
        except Exception as error:
            told = {"kind": "EntrepotError", "said": f"a fault in Entrepot ({type(error).__name__})"}
        _write(out, told)


def _write(out: Any, told: Answer) -> None:
    out.write(json.dumps(told).encode() + b"\n")
    out.flush()


if __name__ == "__main__":
    main()
