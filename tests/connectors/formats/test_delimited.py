"""A file line by line gives what the same file gives as one; what is wrong is said when it comes to the place."""

from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats import delimited
from connectors.formats.delimited import Framed, Line, Streamed, cell_at, read_delimited, records_at
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift

TEXT = st.text(alphabet='ab,"\r\n 1', max_size=60).map(lambda text: b"a,b\n" + text.encode())


def streamed(body: bytes) -> Streamed:
    return Streamed(Content.of(body), needs=("a",))


@given(TEXT)
def test_a_stream_and_a_whole_file_are_the_same(body: bytes) -> None:
    outcome: list[object] = []
    for read in (lambda: [*read_delimited(body, needs=("a",)).lines, *read_delimited(body, needs=("a",)).ragged],
                 lambda: list(streamed(body))):
        try:
            outcome.append(sorted(read(), key=lambda line: line.number))
        except PublisherError as error:
            outcome.append((type(error), error.said))
    assert outcome[0] == outcome[1]


def test_lines_have_their_numbers_also_after_a_cell_of_two_lines_and_a_blank_one() -> None:
    assert list(streamed(b'\xef\xbb\xbfa,b\r\n"x\r\ny",1\r\n\r\nz,2\r\n')) == [Line(2, ("x\r\ny", "1")), Line(5, ("z", "2"))]


@pytest.mark.parametrize(("body", "error", "said"), [
    (b"", Incomplete, "no line"),
    (b"<html>", SchemaDrift, "HTML"),
    (b"b,c\n1,2\n", SchemaDrift, "lacks the column a"),
    (b"a,a\n1,2\n", SchemaDrift, "a twice"),
    (b"a,b\n1,\xff\n", SchemaDrift, "not UTF-8"),
    (b"a,b\n1,\0\n", SchemaDrift, "NUL"),
    (b'a,b\n1,"2\n', SchemaDrift, "not well-formed"),
    (b"a,b\n1,2\n3", Incomplete, "breaks off in line 3"),
    (b"a,b\n1,2\n3,4", Incomplete, "breaks off in line 3: it has no end"),
])
def test_what_is_no_such_file_is_refused_by_name(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        list(streamed(body))


@pytest.mark.parametrize(("above", "last", "whole"), [
    (("4.5", "12.3"), "7.1", True), (("4.5", "12.3"), "7", False), (("4.5", "12.3"), "7.", False), (("4.5", "12.34"), "7.1", False),
    (("4", "12"), "7", False), (("", "12.3"), "7.1", True), (("", ""), "", True), (("", "12.3"), "", False),
    (("total", "part"), "part", True), (("total", "part"), "par", False), (("A", "AB"), "A", False), ((), "7.1", False)])
def test_a_last_cell_without_an_end_is_whole_where_it_can_be_no_first_half(above: tuple[str, ...], last: str, whole: bool) -> None:
    body = "\n".join(["a,b", *(f"x,{cell}" for cell in above), f"x,{last}"]).encode()
    if whole:
        assert [line.cells[1] for line in read_delimited(body, needs=("a", "b")).lines] == [*above, last]
    else:
        with pytest.raises(Incomplete, match="breaks off in line"):
            read_delimited(body, needs=("a", "b"))


@pytest.mark.parametrize(("end", "open_"), [(b"3,4", True), (b"3,", True), (b'3,"4"', False), (b"3,4\n", False), (b"3,4\r", False),
                                           (b"3,4\n  ", False)])
def test_where_nobody_knows_how_a_table_ends_a_last_line_without_an_end_is_marked(end: bytes, open_: bool) -> None:
    lines = list(Streamed(Content.of(b"a,b\n1,2\n" + end), needs=("a",), ends=False))
    assert [line.open for line in lines] == [False, open_]
    with pytest.raises(Incomplete, match="breaks off in line 3"):
        list(Streamed(Content.of(b"a,b\n1,2\n3"), needs=("a",), ends=False))


def test_a_record_of_another_width_comes_through_or_is_refused_as_the_reader_wishes() -> None:
    body = b"a,b\n1\n2,3\n"
    assert [len(line.cells) for line in streamed(body)] == [1, 2]
    with pytest.raises(SchemaDrift, match="line 2 has 1 cells, the header 2"):
        list(streamed(body).whole())


def test_a_cell_is_found_without_reading_what_follows() -> None:
    def parts() -> object:
        yield b"a,b\n1,2\n"
        yield b"3,4\n" * 500_000
        raise AssertionError("read to the end")

    content = Content(parts, size=1 << 32)  # type: ignore[arg-type]
    assert cell_at(content, "line 2 (1), column b", ("a",)) == "2"
    for locator in ("line 2 (9), column b", "line 2 (1), column c", "cell B2"):
        with pytest.raises(NotReadable):
            cell_at(content, locator, ("a",))


@given(st.binary(max_size=80))
def test_any_bytes_give_lines_or_a_named_error(body: bytes) -> None:
    with suppress(PublisherError):
        list(streamed(b"a,b\n" + body))


# In frames ---------------------------------------------------------------------------------------------------


def framed(body: bytes, *needs: str) -> list[tuple[int, list[tuple[str, ...]]]]:
    return [(first, frame.rows()) for first, frame in Framed(io.BytesIO(body), needs=needs)]


def test_a_large_file_comes_in_frames_with_the_line_that_each_begins_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "AT_ONCE", 12)
    body = b"a,b,c\r\n1,2,3\r\n04,5,\r\n7,8,9\r\n"
    assert framed(body, "c", "a") == [(2, [("3", "1")]), (3, [("", "04"), ("9", "7")])]
    assert records_at(io.BytesIO(body), {1, 3}) == {1: ("a", "b", "c"), 3: ("04", "5", "")}
    with pytest.raises(NotReadable, match="line 9"):
        records_at(io.BytesIO(body), {1, 9})


@pytest.mark.parametrize(("body", "error", "words"), [
    (b"", Incomplete, "no line"), (b"a,b\n1\n2,3\n", SchemaDrift, "cells"), (b"a,b\n1,2,3\n", SchemaDrift, "cells"),
    (b"a,b\n1,2\n\n3,4\n", SchemaDrift, "cells"), (b"a,b\n1,2\n3", Incomplete, "breaks off in line 3"),
    (b"a,b\n1,2\n3,4", Incomplete, "breaks off in line 3: it has no end"),
    (b'a,b\n1,"2\n', SchemaDrift, "cells"), (b'a,b\n1,"2,3"\n', SchemaDrift, "cells"), (b"a,b\n1,\xff\n", SchemaDrift, "cells"),
    (b"a,b\n1,\0\n", SchemaDrift, "NUL"), (b"a,b\n1,2\r3\n", SchemaDrift, "carriage return"), (b"x,y\n1,2\n", SchemaDrift, "lacks"),
    (b"<html>", SchemaDrift, "HTML")])
def test_what_is_no_such_file_is_told_and_never_filled_up(body: bytes, error: type[PublisherError], words: str) -> None:
    with pytest.raises(error, match=words):
        framed(body, "a", "b")


def test_a_line_without_an_end_is_refused_and_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "AT_ONCE", 12)
    with pytest.raises(SchemaDrift, match="more than 12 bytes"):
        framed(b"a,b\n" + b"1" * 100, "a")


@given(st.lists(st.tuples(*[st.text(alphabet="0123456789.NAx ", max_size=6)] * 3), min_size=1, max_size=30))
def test_frames_have_what_lines_have(rows: list[tuple[str, str, str]]) -> None:
    body = "\n".join(("a,b,c", *(",".join(row) for row in rows), "")).encode()
    lines = list(Streamed(Content.of(body), needs=()))
    if len(lines) == len(rows):  # blank lines are passed over there, and are none here
        assert [row for _, each in framed(body, "a", "b", "c") for row in each] == [line.cells for line in lines]


def test_a_member_of_an_archive_is_whole_by_its_checksum_and_needs_no_end() -> None:
    body = io.BytesIO(b"a,b\n1,2\n3,4")
    assert [row for _, frame in Framed(body, needs=("a", "b"), ends=False) for row in frame.rows()] == [("1", "2"), ("3", "4")]
