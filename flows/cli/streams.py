"""Where a command's words go: a reader who has seen enough, or an encoding that lacks a letter, ends no command.

``head`` closes the pipe after the first lines. The command goes on to its end without it (a load half done because nobody reads
the rest would be worse than words that nobody reads), with the exit code that it would have had.
"""

from __future__ import annotations

import io
import sys
from typing import Any


class _Forgiving(io.FileIO):
    """A file whose reader may have gone."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            return memoryview(data).nbytes


def prepare() -> None:
    """Make the process's own output and error stream so. Streams that somebody put in their place are left alone."""
    for name, own in (("stdout", sys.__stdout__), ("stderr", sys.__stderr__)):
        stream = getattr(sys, name)
        if stream is not own or not isinstance(stream, io.TextIOWrapper):
            continue
        errors = stream.errors if stream.errors not in (None, "strict", "surrogateescape") else "replace"
        if stream.isatty():
            stream.reconfigure(errors=errors)
            continue
        stream.flush()
        raw = _Forgiving(stream.fileno(), "wb", closefd=False)
        setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(raw), encoding=stream.encoding, errors=errors,
                                            line_buffering=name == "stderr", write_through=stream.write_through))
