"""A file line by line gives what the same file gives as one; what is wrong is said when it comes to the place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.delimited import Line, Streamed, cell_at, read_delimited
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
    assert list(streamed(b'\xef\xbb\xbfa,b\r\n"x\r\ny",1\r\n\r\nz,2')) == [Line(2, ("x\r\ny", "1")), Line(5, ("z", "2"))]


@pytest.mark.parametrize(("body", "error", "said"), [
    (b"", Incomplete, "no line"),
    (b"<html>", SchemaDrift, "HTML"),
    (b"b,c\n1,2\n", SchemaDrift, "lacks the column a"),
    (b"a,a\n1,2\n", SchemaDrift, "a twice"),
    (b"a,b\n1,\xff\n", SchemaDrift, "not UTF-8"),
    (b"a,b\n1,\0\n", SchemaDrift, "NUL"),
    (b'a,b\n1,"2\n', SchemaDrift, "not well-formed"),
    (b"a,b\n1,2\n3", Incomplete, "breaks off in line 3"),
])
def test_what_is_no_such_file_is_refused_by_name(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        list(streamed(body))


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
