"""7z archives: members as streams, limits, every damage by its name."""

from __future__ import annotations

import io
import random

import py7zr
import pytest

from connectors.formats import seven_zip
from connectors.formats.packed import Limits
from warehouse.schema.content import Content
from warehouse.schema.errors import NotReadable, PublisherError, TooLarge

ROWS = b"".join(b"%d,MYS,%d\n" % (number, number * 7) for number in range(20_000))


def archive(*members: tuple[str, bytes], method: int | None = None, password: str | None = None) -> bytes:
    out = io.BytesIO()
    more = {"order": 6, "mem": 24} if method == py7zr.FILTER_PPMD else {}
    with py7zr.SevenZipFile(out, "w", password=password, filters=[{"id": method, **more}] if method is not None else None) as made:
        for name, body in members:
            made.writestr(body, name)
    return out.getvalue()


@pytest.mark.parametrize("method", [None, py7zr.FILTER_COPY, py7zr.FILTER_BZIP2, py7zr.FILTER_DEFLATE])
def test_members_are_read_by_name_and_more_than_once(method):
    body = archive(("full202406.dat", ROWS), ("notes/read me.txt", b"revised"), method=method)
    with seven_zip.opened(body) as found:
        assert found.names == ("full202406.dat", "notes/read me.txt")
        assert (found.said, found.size("full202406.dat")) == (len(ROWS) + 7, len(ROWS))
        with found.open("notes/read me.txt") as other:
            assert other.read() == b"revised"
        for _ in range(2):
            with found.open("full202406.dat") as one:
                assert (one.readline(), one.read()) == (ROWS.splitlines(True)[0], ROWS.partition(b"\n")[2])
        with pytest.raises(NotReadable, match=r"no member 'b\.csv'"), found.open("b.csv"):
            pass


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\x"])
def test_a_members_name_is_looked_up_and_never_a_path(name, tmp_path):
    body = archive(("member", b"harmless"))
    with seven_zip.opened(Content(lambda: iter((body,)), size=len(body), scratch=tmp_path)) as found:
        with pytest.raises(NotReadable, match="no member"), found.open(name):
            pass
        with found.open("member") as member:
            assert member.read() == b"harmless"
    assert list(tmp_path.iterdir()) == []  # nothing is left of what was unpacked


@pytest.mark.parametrize(("limits", "said"), [
    (Limits(members=1), "has 2 members, more than 1"),
    (Limits(unpacked=1000), "unpacks to more than 1,000 bytes"),
])
def test_beyond_a_limit_it_is_too_large(limits, said):
    with pytest.raises(TooLarge, match=said), seven_zip.opened(archive(("a", ROWS), ("b", b"")), limits):
        pass


def test_a_bomb_is_refused_before_it_is_unpacked():
    body = archive(("bomb.csv", bytes(100 * 1024 * 1024)))
    with pytest.raises(TooLarge, match="500 times its size"), seven_zip.opened(body):
        pass


@pytest.mark.parametrize(("body", "said"), [
    (b"", "broken"),
    (b"<html>not here</html>", "broken"),
    (seven_zip.MAGIC, "broken"),
    (archive(("a.csv", ROWS))[:-100], "broken"),
    (archive(("a.csv", ROWS), method=py7zr.FILTER_PPMD), "packed by PPMd, which is not read"),
    (archive(("a.csv", ROWS), password="secret"), "packed by 7zAES, which is not read"),
], ids=["nothing", "a page", "its mark alone", "cut", "PPMd", "with a password"])
def test_what_cannot_be_read_is_said(body, said):
    with pytest.raises(NotReadable, match=said), seven_zip.opened(body):
        pass


def test_any_damage_is_an_error_with_a_name_or_leaves_the_bytes_as_they_were():
    whole, dice = archive(("a.csv", ROWS[:4000])), random.Random(7)
    read = 0
    for _ in range(300):
        body = bytearray(whole)
        for _ in range(dice.choice((1, 2, 10))):
            body[dice.randrange(len(body))] = dice.randrange(256)
        try:
            with seven_zip.opened(bytes(body)) as found:
                for name in found.names:
                    with found.open(name) as member:
                        assert member.read() == ROWS[:4000]
                        read += 1
        except PublisherError:
            pass
    assert read < 300
