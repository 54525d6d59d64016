"""Files of a home that were deleted, cut, emptied, zeroed, changed or written after: ``verify`` tells each, and what it names mends it.

CI tries a seeded share of the matrix, ``make soak`` all of it (ENTREPOT_SOAK_DAMAGE).
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.home.house import House
from flows.home.settings import Settings
from tests.warehouse.synthetic_publisher import publish_edition
from tests.warehouse.test_verify import run
from warehouse.lake.opening import connect
from warehouse.upkeep import backup

SHARE = int(os.environ.get("ENTREPOT_SOAK_DAMAGE", "5"))
SEED = int(os.environ.get("ENTREPOT_SOAK_SEED", "20261129"))


def _longest(folder: Path, pattern: str) -> Path:
    return max(folder.rglob(pattern), key=lambda path: (path.stat().st_size, path.name))


FILES: dict[str, Callable[[House], Path]] = {
    "catalogue": lambda house: house.root / "lake" / "catalog.sqlite",
    "published copy": lambda house: (house.root / "lake" / "published" / "current").resolve(),
    "older copy": lambda house: sorted((house.root / "lake" / "published").glob("catalog-*.sqlite"))[0],
    "data file": lambda house: _longest(house.root / "lake" / "data" / "stats", "*.parquet"),
    "small data file": lambda house: _longest(house.root / "lake" / "data" / "ops" / "load", "*.parquet"),
    "document": lambda house: _longest(house.root / "archive" / "blobs", "*.zst"),
    "log": lambda house: _longest(house.root / "archive" / "log", "*.jsonl"),
    "journal": lambda house: _longest(house.root / "archive" / "journal", "*.jsonl"),
}


def _flipped(body: bytes, at: float) -> bytes:
    place = int(len(body) * at)
    return body[:place] + bytes([body[place] ^ 0x40]) + body[place + 1:]


DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "deleted": lambda body: None,
    "emptied": lambda body: b"",
    "halved": lambda body: body[:len(body) // 2],
    "its last page lost": lambda body: body[:-min(4096, len(body) // 3)],
    "a byte flipped": lambda body: _flipped(body, 0.5),
    "a byte of its head flipped": lambda body: _flipped(body, 0.01),
    "zeroed": lambda body: bytes(len(body)),
    "its second half zeroed": lambda body: body[:len(body) // 2] + bytes(len(body) - len(body) // 2),
    "written after": lambda body: body + b"\xff\x00 something else\n" * 7,
}
MATRIX = [(file, damage) for file in FILES for damage in DAMAGES]
CHOSEN = sorted(random.Random(SEED).sample(MATRIX, min(SHARE, len(MATRIX))))


@pytest.fixture(scope="session")
def backed_up(lived_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("backup-of-damaged") / "backup"
    backup.create(lived_in, to)
    return to


def stored(house: House) -> dict[str, list[tuple[Any, ...]]]:
    con = connect(house.place)
    try:
        return {name: con.execute(f"FROM {name} ORDER BY ALL").fetchall() for name in ("stats.trade", "stats.trade_revision", "ops.load")}
    finally:
        con.close()


@pytest.mark.parametrize(("file", "damage"), CHOSEN)
def test_verify_tells_any_damage_and_the_command_that_it_names_mends_it(
        house: House, backed_up: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, file: str, damage: str) -> None:
    before = stored(house)
    path = FILES[file](house)
    body = DAMAGES[damage](path.read_bytes())
    if body is None:
        path.unlink()
    else:
        path.write_bytes(body)
    code, said = run(house, capsys, monkeypatch, "verify")
    assert code in (0, 6) and "a fault in Entrepot" not in said, said
    if code == 6:
        named = re.search(r"entrepot (maintain|rebuild|backup restore FROM --missing)", said)
        assert named is not None, said
        mended, told = run(house, capsys, monkeypatch, *named[1].replace("FROM", str(backed_up)).split(" "))
        assert "a fault in Entrepot" not in told and mended in (0, 6), told
        code, said = run(house, capsys, monkeypatch, "verify")
        assert code == 0, f"after {named[1]} ({told}): {said}"
    assert stored(House(house.settings)) == before


def test_a_good_backup_is_not_replaced_by_less(house: House, backed_up: Path, tmp_path: Path) -> None:
    to = tmp_path / "backup"
    shutil.copytree(backed_up, to)
    manifest = (to / "manifest.json").read_bytes()
    shutil.move(house.root / "lake" / "published", tmp_path / "published")
    for damage in (lambda: None, lambda: shutil.rmtree(house.root / "lake"), lambda: shutil.rmtree(house.root / "archive" / "blobs")):
        damage()
        with pytest.raises(backup.LakeDamaged, match=r"entrepot"):
            backup.create(house.root, to)
        assert (to / "manifest.json").read_bytes() == manifest
        backup._check(to, backup.read_manifest(to).files)
    other = House(Settings(home=tmp_path / "other"))
    publish_edition(other, 0)
    with pytest.raises(backup.LakeDamaged, match="holds less than the backup"):
        backup.create(other.root, to)
    assert backup.create(other.root, to, smaller=True).snapshot == 2
