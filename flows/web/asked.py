"""Each question of a machine within its bounds: a reader of its own, so many seconds, so many rows. ``/api/`` and MCP ask the same.

What is answered is ``warehouse.ask.questions``, ``flows.home.tracing`` and ``warehouse.claims``; words in, plain values out, errors with
names for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flows.home import tracing
from flows.web.readers import AT_ONCE, Readers, past_of
from flows.web.statements import Statements
from warehouse.ask import machines, questions
from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    import duckdb

    from flows.home.house import House

Answer = dict[str, Any]
LONGEST = 20_000
"""Characters of a query."""
LONGEST_TEXT = 200_000
"""Characters of a text to check."""


class Asked:
    """The questions of one home. All methods raise EntrepotError; their words are those of the commands."""

    def __init__(self, house: House, at_once: int = AT_ONCE) -> None:
        memory_mb, within_s = house.settings.sql_memory_mb, house.settings.web_within_s
        self.house = house
        self.readers = Readers(house, memory_mb=memory_mb, at_once=at_once)
        # Other days and statements of others are apart, so that a long one keeps no usual question waiting.
        self.others = Readers(house, memory_mb=memory_mb, at_once=2, patience_s=within_s)
        self.statements = Statements(house)

    @property
    def _within_s(self) -> float:
        return self.house.settings.web_within_s

    @property
    def rows(self) -> int:
        """Rows of one answer at most."""
        return self.house.settings.web_rows

    @contextmanager
    def reading(self, as_of: str | None = None, known_on: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection on the lake: as it is, as it answered then (``as_of``), or what was public on a day (``known_on``)."""
        past = past_of(self.house, as_of, known_on)
        with (self.others if past else self.readers).reading(self._within_s, past) as con:
            yield con

    def _bounded(self, answer: Answer) -> Answer:
        """An answer whose lists are of at most so many rows, and which says what was left out."""
        left = {name: len(each) - self.rows for name, each in answer.items() if isinstance(each, list) and len(each) > self.rows}
        cut = {name: answer[name][:self.rows] for name in left}
        made: Answer = machines.simple({**answer, **cut, **({"left_out": left} if left else {})})
        return made

    def get(self, one: str, other: str, period: str, *, as_of: str | None = None, known_on: str | None = None, **more: Any) -> Answer:
        """Both accounts of a pair."""
        with self.reading(as_of, known_on) as con:
            found = questions.get(con, one, other, period, **more)
        if known_on is not None:
            with self.reading(as_of) as con:
                today = questions.get(con, one, other, period, **more)
            found |= {"known_on": known_on, "not_held": questions.not_held(found, today)}
        return self._bounded(found)

    def value(self, reporter: str, partner: str, period: str, *, as_of: str | None = None, known_on: str | None = None,
              **more: Any) -> Answer:
        """One figure."""
        with self.reading(as_of, known_on) as con:
            return self._bounded(questions.value(con, reporter, partner, period, **more))

    def rank(self, reporter: str, period: str, *, as_of: str | None = None, known_on: str | None = None, **more: Any) -> Answer:
        """A reporter's partners in order."""
        with self.reading(as_of, known_on) as con:
            return self._bounded(questions.rank(con, reporter, period, **more))

    def mirror(self, one: str, other: str, period: str, *, as_of: str | None = None, known_on: str | None = None,
               **more: Any) -> Answer:
        """Both accounts side by side."""
        with self.reading(as_of, known_on) as con:
            return self._bounded(questions.mirror(con, one, other, period, **more))

    def revisions(self, reporter: str, partner: str, period: str, *, as_of: str | None = None, known_on: str | None = None,
                  **more: Any) -> Answer:
        """Every version of a figure."""
        with self.reading(as_of, known_on) as con:
            return self._bounded(questions.revisions(con, reporter, partner, period, **more))

    def trace(self, *, version: str | None = None, reporter: str | None = None, partner: str | None = None, period: str | None = None,
              as_of: str | None = None, known_on: str | None = None, **more: Any) -> Answer:
        """A figure's page, cell and footnote."""
        with self.reading(as_of, known_on) as con:
            if version is None:
                if reporter is None or partner is None or period is None:
                    raise UsageError("trace takes a version's id (version_id of any figure), or reporter, partner and period")
                version = tracing.chosen(con, reporter, partner, period, **more)
            elif beside := [name for name, value in {"reporter": reporter, "partner": partner, "period": period, **more}.items()
                            if value is not None and (name, value) != ("flow", "total")]:
                raise UsageError(f"a version's id is one figure: leave {', '.join(beside)} out, or leave version out")
            return self._bounded(tracing.told(self.house, con, version))

    def check(self, text: str, published: str | None = None) -> Answer:
        """A text against the figures: never an address or a file, which would be read by this machine for whoever asks."""
        from warehouse.claims.answer import as_json
        from warehouse.claims.check import check
        from warehouse.claims.read.dating import read_dated

        if not text.strip() or len(text) > LONGEST_TEXT:
            raise UsageError(f"a text of 1 to {LONGEST_TEXT:,} characters is checked")
        try:
            reading = read_dated(text, published=published)
        except ValueError as error:
            raise UsageError(str(error)) from error
        with self.reading() as con:
            return self._bounded(as_json(check(con, reading), machines.known(con)))

    def datasets(self, name: str | None = None, *, as_of: str | None = None, known_on: str | None = None) -> Answer:
        """What is held."""
        with self.reading(as_of, known_on) as con:
            return self._bounded(questions.datasets(con, name))

    def search(self, text: str) -> Answer:
        """Areas, datasets, products and articles that have all the words."""
        with self.reading() as con:
            return self._bounded(questions.search(con, text))

    def sql(self, query: str, rows: int | None = None, as_of: str | None = None, known_on: str | None = None) -> Answer:
        """One statement that only reads: its first ``rows``, whether there are more, and the columns with their types."""
        if len(query) > LONGEST:
            raise UsageError(f"a query of at most {LONGEST:,} characters is taken")
        return self.statements.ask(query, min(rows or self.rows, self.rows), as_of, known_on)

    def close(self) -> None:
        """Let go of the lake."""
        self.statements.close()
        self.readers.close()
        self.others.close()
