"""The synthetic documents of one run as files. What is in them is ``synthetic_documents``."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import Work
from benchmarks.synthetic_documents import baci_csv, comtrade_json


def json_answer(folder: Path) -> Path:
    return folder / "synthetic_comtrade.json"


def json_answer_again(folder: Path) -> Path:
    """Other bytes, the same figures."""
    return folder / "synthetic_comtrade_again.json"


def csv_file(folder: Path) -> Path:
    return folder / "synthetic_baci.csv"


def csv_revised_rows(folder: Path) -> Path:
    """0.1 % of the rows, each with another value."""
    return folder / "synthetic_baci_revised_rows.csv"


def csv_revised_whole(folder: Path) -> Path:
    """All rows, 0.1 % of them with another value."""
    return folder / "synthetic_baci_revised_whole.csv"


REVISED_EVERY = 1000


def write(work: Work) -> None:
    """Make them all, in a process of its own so that the measuring one stays small."""
    json_rows, csv_rows = work.sizes.json_rows, work.sizes.csv_rows
    with work.timed(json_rows + csv_rows):
        json_answer(work.folder).write_bytes(comtrade_json(json_rows))
        json_answer_again(work.folder).write_bytes(comtrade_json(json_rows, seconds="0.11"))
        csv_file(work.folder).write_bytes(baci_csv(csv_rows))
        csv_revised_rows(work.folder).write_bytes(baci_csv(csv_rows, revised_every=REVISED_EVERY, only_revised=True))
        csv_revised_whole(work.folder).write_bytes(baci_csv(csv_rows, revised_every=REVISED_EVERY))
