"""What a person gives as a file or address: named for what it is by its bytes, opened where that is sound, refused within limits."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from flows.run import given
from warehouse.schema.errors import UsageError

PAGE = "<html><head><title>Trade</title></head><body><p>exports ± 7.5 %</p></body></html>"


def packed(*names: str, mimetype: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in (*(("mimetype",) if mimetype else ()), *names):
            archive.writestr(name, mimetype if name == "mimetype" else "<x/>")
    return out.getvalue()


def ole(name: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + name.encode("utf-16-le") + bytes(100)


def mail() -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"] = "synthetic@example.org", "Figures"
    message.set_content("exports rose")
    return bytes(message)


def saved(encoding: str = "quoted-printable", charset: str = "utf-8", *, page: str = PAGE, frame_first: bool = False) -> bytes:
    """A page as browsers save it with all that it shows in one file."""
    import base64
    import quopri

    raw = page.encode(charset)
    coded = (base64.encodebytes(raw) if encoding == "base64" else quopri.encodestring(raw)).decode("ascii")
    frame = "--b\nContent-Type: text/html\nContent-Location: cid:frame\n\n<html>an advertisement</html>\n"
    return (f"From: <Saved by a browser>\nSnapshot-Content-Location: https://example.org/page\nMIME-Version: 1.0\n"
            f"Content-Type: multipart/related;\n\ttype=\"text/html\"; boundary=\"b\"\n\n{frame if frame_first else ''}"
            f"--b\nContent-Type: text/html; charset={charset}\nContent-Transfer-Encoding: {encoding}\n"
            f"Content-Location: https://example.org/page\n\n{coded}\n--b--\n").encode("ascii")


@pytest.mark.parametrize(("body", "name"), [
    (b"figures.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(500), "a tar archive"),
    (b"%PDF-1.7\n", "a PDF document"), (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"), (b"\xff\xd8\xff\xe0", "a picture (JPEG)"),
    (b"GIF89a", "a picture (GIF)"), (b"RIFF\0\0\0\0WEBPVP8 ", "a picture (WebP)"), (b"{\\rtf1 exports rose}", "a rich text document (RTF)"),
    (packed("[Content_Types].xml", "word/document.xml"), "a Word document"), (ole("WordDocument"), "a Word document"),
    (packed("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"), (ole("Workbook"), "an Excel workbook"),
    (packed("ppt/presentation.xml"), "a PowerPoint presentation"), (packed("figures.csv"), "a zip archive"),
    (packed("a", mimetype="application/epub+zip"), "an e-book (EPUB)"), (b"PK\x03\x04 cut", "a zip archive"),
    (packed("a", mimetype="application/vnd.oasis.opendocument.text"), "an OpenDocument text"), (mail(), "a mail message"),
    (b"BZh91AY", "packed with bzip2"), (b"PAR1\x15", "a Parquet file"), (b"bplist00\xd1", "a web archive of Safari"),
    (struct.pack("<4I", 1, 2, 3, 4) * 9, "neither text nor anything else that is known here")])
def test_bytes_are_named_for_what_they_are(body: bytes, name: str) -> None:
    kind = given.kind_of(body)
    assert kind is not None and kind.name == name
    assert name in str(given.refuse("report.txt", kind)) and kind.way_out


@pytest.mark.parametrize("body", [PAGE.encode(), b"year,value\n2024,1\n", b"Kuala Lumpur: exports rose\n\nby 5 %", "贸易增长".encode("gbk"),
                                  b"\xff\xfe" + "exports rose".encode("utf-16-le"), b"Subject: trade\n\nExports rose.", b'{"a": 1}'])
def test_text_and_markup_are_no_kind(body: bytes) -> None:
    assert given.kind_of(body) is None
    assert given.opened(body, "x") == (body, "")


@pytest.mark.parametrize("body", [saved(), saved("base64"), saved(frame_first=True), gzip.compress(saved()), b"\r\n" + saved(),
                                  saved().replace(b"\n", b"\r\n"), saved(charset="cp1252")])
def test_a_page_saved_as_one_file_is_the_page_in_it(body: bytes) -> None:
    page, inside = given.opened(body, "page.mhtml")

    assert page.decode().strip() == PAGE
    assert inside


def test_gzip_is_opened_within_limits() -> None:
    assert given.opened(gzip.compress(b"year\n") + gzip.compress(b"2024\n"), "x.gz") == (b"year\n2024\n", "unpacked from gzip")
    bomb = gzip.compress(bytes(3_000_000))
    for body, said in ((bomb, "unpacks to more than"), (gzip.compress(bomb), "unpacks to more than"), (bomb[:-9], "cut off|more than"),
                       (gzip.compress(b"year,value")[:-5], "cut off"), (b"\x1f\x8bdamaged", "damaged"), (gzip.compress(b""), "is empty"),
                       (gzip.compress(gzip.compress(gzip.compress(b"a"))), "more than twice")):
        with pytest.raises(UsageError, match=said):
            given.opened(body, "x.gz", largest=1_000_000)


def test_an_archive_that_unpacks_to_too_much_and_a_page_of_too_many_cells_are_refused_by_their_limit() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(2_000_000))
    with pytest.raises(UsageError, match="unpacks to more than"):
        given.opened(out.getvalue(), "x.xlsx", largest=1_000_000)
    with pytest.raises(UsageError, match=r"50,001 cells, more than the 50,000"):
        given.opened(b"<table>" + b"<TD>1" * 50_001, "x.html")


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "empty").write_bytes(b" \n")
    (tmp_path / "large").write_bytes(bytes(11))
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe9.csv"))
    odd.write_bytes(b"year")
    for path, said in ((tmp_path / "pipe", "is a pipe"), (Path("/dev/zero"), "is a device"), (tmp_path, "is a folder"),
                       (tmp_path / "loop", "cannot be read"), (tmp_path / "none", "cannot be read"), (tmp_path / "empty", "is empty"),
                       (tmp_path / "large", "larger than 10 bytes"), (odd, "its name is not UTF-8")):
        with pytest.raises(UsageError, match=said) as refused:
            given.read(path, largest=10)
        str(refused.value).encode()


@pytest.mark.parametrize(("what", "meant"), [
    ("https://example.org/a", True), ("HTTP://example.org", True), ("Exports rose by 5 %.", False), ("report.txt", False),
    ("https://example.org says that exports rose by 5 %", False), ("Trade: up 5 %", False), ("http://[::1", None), ("http://", None),
    ("https://example.org:99999/", None), ("https://:80/a", None), ("https://example.org/a b", None), ("file:///etc/passwd", None),
    ("file:/etc/passwd", None), ("FILE:///etc/my file", None), ("ftp://example.org/a", None), ("data:text/plain,exports", None),
    ("javascript:alert(1)", None), ("https://exa\x00mple.org/", None)])
def test_an_address_is_fetched_or_refused_and_never_read_as_a_sentence(what: str, meant: bool | None) -> None:
    if meant is None:
        with pytest.raises(UsageError, match=r"is no address|is not fetched"):
            given.is_address(what)
    else:
        assert given.is_address(what) is meant


@pytest.mark.parametrize(("what", "meant"), [
    ("report.docx", True), ("my report.PDF", True), ("./notes", True), ("/tmp/my notes", True), ("folder/notes", True), ("~/a", True),
    ("Exports rose by 5 per cent.", False), ("Exports rose in and/or out of season", False), ("Trade", False)])
def test_what_is_named_like_a_file_is_no_sentence(what: str, meant: bool) -> None:
    assert given.is_named_like_a_file(what) is meant


@pytest.mark.parametrize("coded", ["quoted-printable", "base64"])
def test_a_page_that_stands_alone_in_its_message_is_read_and_a_letter_is_not(coded: str) -> None:
    import base64
    import quopri

    body = (base64.encodebytes if coded == "base64" else quopri.encodestring)(PAGE.encode())
    head = f"From: <Saved by a browser>\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: {coded}\n"
    page, inside = given.opened(head.encode() + b"\n" + body, "page.mhtml")
    assert (page.strip(), inside) == (PAGE.encode(), "the page in an MHTML file")
    letter = head.encode() + b"To: desk@example.org\n\n" + body
    assert given.opened(letter, "letter.eml") == (letter, "")


def test_a_file_in_utf_16_is_imported_as_what_it_says(tmp_path: Path) -> None:
    file = tmp_path / "figures.csv"
    file.write_bytes("date,value\n2024-01-01,±1\n".encode("utf-16"))
    content, body, inside = given.document(file)
    assert (body.decode(), inside) == ("date,value\n2024-01-01,±1\n", "UTF-16 put into UTF-8")
    assert content.head == body


@pytest.mark.parametrize(("text", "name"), [
    ("date,exports,imports\n2024-01-01,1.5,2\n2024-02-01,3,4\n", "a table of data (CSV)"),
    ("date;exports\nJan;1\nFeb;2\n", "a table of data (CSV)"), ('"date"\t"exports"\n"Jan"\t"1"\n"Feb"\t"2"', "a table of data (CSV)"),
    ('{"dataSets": []}', "data (JSON)"), ("[1, 2]", "data (JSON)"), ('\ufeff\n[1, 2]', "data (JSON)"),
    ('KEY,TITLE,OBS\nA,"Ringgit, against euro",4.9\nB,"Yuan, against euro",8.1\n', "a table of data (CSV)"),
    ("Date, USD, JPY, CNY\n10 October 2026, 1.1, 170.2, 8.1\n", "a table of data (CSV)"),
    ('<?xml version="1.0"?>\n<!-- rates -->\n<gesmes:Envelope><Cube rate="8.1"/></gesmes:Envelope>', "data (XML)"),
    ('<?xml version="1.0"?><a/>', "data (XML)"), ("<message:GenericData/>", "data (XML)"),
    ('<?xml version="1.0"?><rss><channel/></rss>', "a feed"), ('<feed xmlns="http://www.w3.org/2005/Atom"/>', "a feed"),
    ("<svg><text>Exports rose</text></svg>", "a picture (SVG)")])
def test_data_are_named_and_not_taken_for_a_text(text: str, name: str) -> None:
    kind = given.data_in(text)
    assert kind is not None and kind.name == name


@pytest.mark.parametrize("text", [
    "Exports rose, said the office.\nImports fell, it added.\nTrade grew, by 5 per cent.", "[Kuala Lumpur] Exports rose by 5 per cent.",
    "Exports rose 5 per cent, imports 3.\nSo it was.", "2024, 5\n2023, 4", "<p>Exports rose 5 per cent.</p>", "<b", "< 5 per cent",
    "Trade, goods, services, all: up\n2024, it rose, said the office, by 5", '"Exports rose, imports fell', "<?xml?><html><p>Trade"])
def test_words_are_a_text(text: str) -> None:
    assert given.data_in(text) is None
