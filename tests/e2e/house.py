"""A home to type commands at: what was said, with which exit code, and what the lake holds before and after.

``Home.run`` calls the command line in this process, with the environment that leads it to the simulator; ``Home.held`` is
everything a reader of the lake can see, so that "nothing was lost or altered" is one comparison.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from connectors.contract import Wanted
from flows.cli import main
from flows.home import registry
from tests.publishers import Publishers
from warehouse.lake.opening import Place, connect
from warehouse.schema.tables import TABLES


@cache
def hosts() -> frozenset[str]:
    """Hosts that the connectors ask: all of them lead to the simulator, so that no test can reach the network."""
    plans = (one.plan(Wanted([each.dataset for each in one.datasets])) for one in registry.connectors().values())
    return frozenset(urlsplit(ask.request.url).hostname or "" for plan in plans for ask in plan)


QUICK = {"ENTREPOT_MIN_INTERVAL_S": "0", "ENTREPOT_RETRY_PAUSE_S": "0.005", "ENTREPOT_PATIENCE_S": "5",
         "ENTREPOT_ANSWER_WITHIN_S": "1.5", "ENTREPOT_WAIT_FOR_WRITER_S": "5", "ENTREPOT_CONTACT": "tests@example.org"}


@dataclass(frozen=True)
class Said:
    """What a command left: its exit code and its two streams."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def outcome(self, dataset: str) -> dict[str, Any]:
        """The one outcome of a dataset in the JSON of ``refresh`` or ``import``."""
        (found,) = [one for one in self.json if one["dataset"] == dataset]
        return dict(found)


@dataclass(frozen=True)
class Home:
    """A home in a folder of its own, led to a simulator where there is one."""

    root: Path
    publishers: Publishers | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    """Further settings, by their environment variables."""

    def run(self, *words: str | Path, typed: str | None = None, broken_allowed: bool = False, **settings: str) -> Said:
        """Type a command. ``typed`` is what stands on standard input; ``settings`` are environment variables.

        Whatever is typed, a person never reads a traceback or of a fault of ours (``broken_allowed``: a test made one).
        """
        out, err = io.StringIO(), io.StringIO()
        with ExitStack() as stack:
            stack.enter_context(self.environment(**settings))
            stack.enter_context(patch.object(sys, "argv", ["entrepot", *map(str, words)]))
            stack.enter_context(patch.object(sys, "stdin", _Keyboard(typed)))
            stack.enter_context(redirect_stdout(out))
            stack.enter_context(redirect_stderr(err))
            try:
                main()
            except SystemExit as end:
                code = end.code
        assert isinstance(code, int), f"ended with {code!r}"
        said = Said(code, out.getvalue(), err.getvalue())
        assert broken_allowed or not ("Traceback" in said.text or "a fault in Entrepot" in said.text), said.text
        return said

    def settings(self, **settings: str) -> dict[str, str]:
        """The environment variables of this home."""
        led = dict.fromkeys(hosts(), self.publishers.base) | self.publishers.host_map if self.publishers else {}
        return {**QUICK, "ENTREPOT_HOME": str(self.root), "ENTREPOT_HOST_MAP": json.dumps(led), **self.more, **settings}

    @contextmanager
    def environment(self, **settings: str) -> Iterator[None]:
        others = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_") and name != "COLUMNS"}
        with patch.dict(os.environ, {**others, **self.settings(**settings)}, clear=True):
            yield

    @property
    def place(self) -> Place:
        return Place(self.root / "lake")

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        con = connect(self.place)
        try:
            return con.execute(query).fetchall()
        finally:
            con.close()

    def held(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, as a reader sees it; empty where nothing was ever loaded."""
        if self.place.current() is None:
            return {}
        con = connect(self.place)
        try:
            return {name: con.execute(f"FROM {name} ORDER BY ALL").fetchall() for name in TABLES}
        finally:
            con.close()

    def seen(self) -> dict[str, tuple[int, int]]:
        """The published lake that readers stand on, as files: where they are as they were, no reader sees anything new."""
        return {**self.files("lake/published"), str(self.place.current()): (0, 0)}

    def files(self, *rooms: str) -> dict[str, tuple[int, int]]:
        """Size and time of change of each file below some rooms of the home (``lake``, ``archive/journal``)."""
        return {str(path.relative_to(self.root)): (path.stat().st_size, path.stat().st_mtime_ns)
                for room in rooms for path in sorted((self.root / room).rglob("*")) if path.is_file()}

    def copied(self, to: Path, publishers: Publishers | None = None) -> Home:
        """The same home in another folder: a filled one is made once and copied for each test."""
        shutil.copytree(self.root, to, symlinks=True)
        return Home(to, publishers, self.more)


class _Keyboard(io.StringIO):
    """Standard input: a pipe with what was typed, or a terminal where nobody types."""

    def __init__(self, typed: str | None) -> None:
        super().__init__(typed or "")
        self._terminal = typed is None
        self.buffer = io.BytesIO((typed or "").encode())

    def isatty(self) -> bool:
        return self._terminal
