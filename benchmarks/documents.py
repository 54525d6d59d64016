"""The synthetic documents of one run as files. What is in them is ``synthetic_documents``."""

from __future__ import annotations

from pathlib import Path

from benchmarks.measure import Work
from benchmarks.synthetic_documents import Revised, baci_csv, comtrade_json


def json_answer(folder: Path) -> Path:
    return folder / "synthetic_comtrade.json"


def json_answer_again(folder: Path) -> Path:
    """Other bytes, the same figures."""
    return folder / "synthetic_comtrade_again.json"


def csv_file(folder: Path) -> Path:
    return folder / "synthetic_baci.csv"


def csv_scattered(folder: Path) -> Path:
    """0.1 % of the rows, one in each thousand, each with another value."""
    return folder / "synthetic_baci_scattered.csv"


def csv_together(folder: Path) -> Path:
    """0.1 % of the rows, the first of the file, each with another value."""
    return folder / "synthetic_baci_together.csv"


def csv_whole(folder: Path) -> Path:
    """All rows, one in each thousand with another value."""
    return folder / "synthetic_baci_whole.csv"


def csv_next_year(folder: Path) -> Path:
    return folder / "synthetic_baci_2025.csv"


REVISED_EVERY = 1000


def write(work: Work) -> None:
    """Make them all, in a process of its own so that the measuring one stays small."""
    json_rows, rows, folder = work.sizes.json_rows, work.sizes.csv_rows, work.folder
    with work.timed(json_rows + rows):
        json_answer(folder).write_bytes(comtrade_json(json_rows))
        json_answer_again(folder).write_bytes(comtrade_json(json_rows, seconds="0.11"))
        csv_file(folder).write_bytes(baci_csv(rows))
        for path, revised in (
                (csv_scattered(folder), Revised(REVISED_EVERY, 1.05, scattered=True, alone=True)),
                (csv_together(folder), Revised(REVISED_EVERY, 1.1, scattered=False, alone=True)),
                (csv_whole(folder), Revised(REVISED_EVERY, 1.2, scattered=True, alone=False))):
            path.write_bytes(baci_csv(rows, revised=revised))
        csv_next_year(folder).write_bytes(baci_csv(rows, year=2025))
