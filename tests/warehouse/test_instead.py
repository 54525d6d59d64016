"""What stands where a table should be, in words."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.schema.content import Content
from warehouse.schema.instead import told


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("table.csv", "a,b\n1,2\n" * 20_000)
    return out.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + b"\x09\0" + bytes(12) + b"\x01\0\0\0" + bytes(464)


@pytest.mark.parametrize(("body", "words"), [
    (b"", "the file is empty: get it again"), (b"\xef\xbb\xbf \r\n", "the file is empty"), (b"\0" * 90, "the file is empty"),
    (b"s", "the file has only 1 bytes ('s'): get it again"),
    (b"<!DOCTYPE html>\n<html><head><title>503 Service Unavailable</title></head><body>later</body></html>",
     "the file is a web page (“503 Service Unavailable”) in place of the table: open its address in a browser"),
    (b"<html><body><h1>Zutritt &amp; mehr</h1><input type='password'></body></html>",
     "the file is a web page to sign in (“Zutritt & mehr”)"),
    (b"<?xml version='1.0'?><!-- by us --><html><body><p>what is not", "the web page breaks off after 61 bytes"),
    (b'{"error":{"code":500,"message":"no"}}', 'the answer is an error in place of figures ({"error":{"code":500,"message":"no"}})'),
    (b'{"data":[]}' + b" " * 20, ""), (b"{}" + b" " * 30, "the answer is empty ({})"),
    (b'{"data":[{"value":12', "the JSON breaks off after 20"),
    (gzip.compress(b"a,b\n1,2\n" * 9, mtime=0), "the file is packed with gzip: unpack it"),
    ("a,b\n1,2\n".encode("utf-16") * 3, "the file is UTF-16 text: save it as UTF-8"),
    (archive(), ""), (archive()[:-30], "the zip archive or workbook breaks off after"),
    (archive()[:20_000], "the zip archive or workbook breaks off after 20,000 bytes"),
    (OLE + bytes(1024), ""), (OLE + bytes(1000), "the Excel 97 workbook breaks off after 1,512 bytes"),
    (OLE, "the Excel 97 workbook breaks off"),
    # Its directory is a sector that is gone.
    (OLE[:48] + b"\x09\0\0\0" + OLE[52:] + bytes(2048), "the Excel 97 workbook breaks off after 2,560 bytes"),
    (b"%PDF-1.7\n" + bytes(30), "the PDF breaks off after 39 bytes"), (b"%PDF-1.7\n" + bytes(3000) + b"%%EOF\n", ""),
    (b"date,exports\n2026-01-01,12\n", ""), (b"<html><table><tr><td>1</td></tr></table></html>", ""),
])
def test_what_stands_there_is_told_with_the_way_out(body: bytes, words: str) -> None:
    said = told(Content.of(body))
    assert said.startswith(words) if words else said == "", said
    assert said == told(Content(lambda: iter([body[:7], body[7:]]), size=len(body))), "the same of a body that comes in parts"


@given(st.one_of(st.binary(max_size=200), st.sampled_from([b"<html>", b"{", b"[", b"PK\x03\x04", OLE, b"%PDF-"]).flatmap(
    lambda start: st.binary(max_size=200).map(lambda rest: start + rest))))
def test_any_bytes_are_told_or_not(body: bytes) -> None:
    said = told(Content.of(body))
    assert len(said) < 600 and "\n" not in said
