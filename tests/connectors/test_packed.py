"""What publishers pack: members as streams, limits held against what is really read, every damage by its name."""

from __future__ import annotations

import gzip
import io
import os
import struct
import tracemalloc
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.formats import packed
from connectors.formats.packed import Limits
from warehouse.schema.content import MOST_WHOLE, Content
from warehouse.schema.errors import NotReadable, PublisherError, TooLarge

MIB = 1024 * 1024
ROWS = b"".join(b"%d,MYS,%d\n" % (number, number * 7) for number in range(20_000))


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return out.getvalue()


def of_zeros(count: int, name: str = "bomb.csv") -> bytes:
    """A zip of one member of zeros, made without holding them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w", force_zip64=True) as member:
        for _ in range(count // MIB):
            member.write(bytes(MIB))
    return out.getvalue()


def read(body: bytes | Content, name: str, limits: Limits = packed.LIMITS) -> bytes:
    with packed.opened(body, limits) as found, found.open(name) as member:
        return member.read()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_are_read_by_name(method):
    body = zipped(("a.csv", ROWS), ("notes/read me.txt", b""), method=method)
    with packed.opened(body) as found:
        assert found.names == ("a.csv", "notes/read me.txt")
        assert found.said == found.size("a.csv") == len(ROWS)
        with found.open("a.csv") as one, found.open("notes/read me.txt") as other:
            assert (one.readline(), other.read(), one.read()) == (ROWS.splitlines(True)[0], b"", ROWS.partition(b"\n")[2])
        with pytest.raises(NotReadable, match=r"no member 'b\.csv'"):
            found.open("b.csv")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\x", "a\nb", "x" * 60_000])
def test_a_members_name_is_never_a_path(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    body = zipped((name, b"1,2\n"))
    with packed.opened(body) as found:
        assert [found.read(each, 100) for each in found.names] == [b"1,2\n"]
    assert list(tmp_path.iterdir()) == []


def test_a_member_larger_than_memory_is_read_in_little(tmp_path):
    body = of_zeros(256 * MIB)
    tracemalloc.start()
    try:
        with packed.opened(body, Limits(ratio=2000)) as found, found.open("bomb.csv") as member:
            size = sum(len(part) for part in iter(lambda: member.read(MIB), b""))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == 256 * MIB
    assert peak < 16 * MIB


def test_a_large_document_is_opened_through_a_file_and_leaves_none(tmp_path):
    noise = os.urandom(MIB)
    body = zipped(*((f"{number}.bin", noise) for number in range(MOST_WHOLE // MIB + 1)), method=zipfile.ZIP_STORED)
    reads = []

    def parts():
        reads.append(1)
        yield from (body[at:at + MIB] for at in range(0, len(body), MIB))

    content = Content(parts, size=len(body), scratch=tmp_path / "staging")
    assert read(content, "64.bin") == noise
    assert reads == [1]
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.parametrize(("limits", "said"), [
    (Limits(members=2), "3 members, more than 2"), (Limits(unpacked=len(ROWS) * 2 - 1), f"more than {len(ROWS) * 2 - 1:,} bytes")])
def test_limits_hold_over_all_members(limits, said):
    body = zipped(("a", ROWS), ("b", ROWS), ("c", b""))
    with pytest.raises(TooLarge, match=said), packed.opened(body, limits) as found:
        for name in found.names:
            with found.open(name) as member:
                member.read()


def test_a_bomb_is_refused_while_it_is_read():
    with packed.opened(of_zeros(300 * MIB)) as found, found.open("bomb.csv") as member:
        taken = 0
        with pytest.raises(TooLarge, match="500 times its size"):
            while part := member.read(MIB):
                taken += len(part)
    assert taken <= packed.RATIO_FROM + 2 * MIB


def test_a_bomb_that_lies_about_its_size_is_refused_all_the_same():
    body = bytearray(of_zeros(300 * MIB))
    central = body.rindex(b"PK\x01\x02")
    body[central + 24:central + 28] = struct.pack("<I", 1000)
    with packed.opened(bytes(body)) as found:
        assert found.said == 1000
        with pytest.raises((NotReadable, TooLarge)), found.open("bomb.csv") as member:
            while member.read(MIB):
                pass


def test_a_list_of_members_larger_than_any_is_not_read():
    entry = zipped(("a", b""))
    start, end = entry.index(b"PK\x01\x02"), entry.index(b"PK\x05\x06")
    many = 100_000
    directory = entry[start:end] * many
    body = entry[:start] + directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, many % 65536, many % 65536, len(directory), start, 0)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match="list of members"), packed.opened(body):
            pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * MIB


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_are_not_bounded_are_refused_by_name(method):
    with packed.opened(zipped(("a.csv", ROWS), method=method)) as found, pytest.raises(NotReadable, match=f"method {method}"):
        found.open("a.csv")


def test_a_member_with_a_password_is_named():
    body = bytearray(zipped(("a.csv", ROWS)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(mark) + place] |= 1
    with packed.opened(bytes(body)) as found, pytest.raises(NotReadable, match=r"encrypted|password"):
        found.open("a.csv")


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"no zip at all", zipped(("a.csv", ROWS))[:-30]],
                         ids=["nothing", "sign", "text", "cut"])
def test_what_is_no_zip_is_named_with_its_document(body):
    with pytest.raises(NotReadable, match="the zip is broken") as caught, packed.opened(body, dataset="synthetic.one", url="http://x/"):
        pass
    assert (caught.value.dataset, caught.value.url) == ("synthetic.one", "http://x/")


def test_a_changed_byte_of_a_member_is_found_at_its_end():
    body = bytearray(zipped(("a.csv", ROWS), method=zipfile.ZIP_STORED))
    body[200] ^= 1
    with pytest.raises(NotReadable, match="CRC"):
        read(bytes(body), "a.csv")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 400), put=st.binary(min_size=1, max_size=8), cut=st.integers(0, 300))
def test_any_damage_is_the_same_bytes_or_a_named_error(place, put, cut):
    whole = zipped(("a.csv", ROWS[:300]), ("b.csv", ROWS[:30]))
    body = whole[:place % len(whole)] + put + whole[place % len(whole) + len(put):]
    body = body[:len(body) - cut % len(body)] if cut < 100 else body
    try:
        with packed.opened(body) as found:
            for name in found.names:
                with found.open(name) as member:
                    text = member.read()
                assert text in (ROWS[:300], ROWS[:30])
    except PublisherError as error:
        assert error.said


def test_errors_of_who_reads_are_not_renamed():
    with pytest.raises(ValueError, match="mine"), packed.opened(zipped(("a", b"1"))):
        raise ValueError("mine")


def test_gzip_is_a_stream_within_limits():
    body = gzip.compress(ROWS[:1000]) + gzip.compress(ROWS[1000:])
    with packed.gunzipped(body) as stream:
        assert stream.read(10) + stream.read() == ROWS
    with pytest.raises(TooLarge, match="more than 1,000 bytes"):
        packed.gunzipped(body, Limits(unpacked=1000)).read()
    bomb = zlib.compressobj(9, wbits=31)
    packed_bomb = b"".join([*(bomb.compress(bytes(MIB)) for _ in range(200)), bomb.flush()])
    with pytest.raises(TooLarge, match="500 times its size"):
        packed.gunzipped(packed_bomb).read()
    for broken, said in ((body[:-9], "breaks off"), (b"\x1f\x8b\x08damaged", "does not unpack"), (b"text", "does not unpack")):
        with pytest.raises(NotReadable, match=said) as caught:
            packed.gunzipped(broken, dataset="synthetic.one").read()
        assert caught.value.dataset == "synthetic.one"
