"""Text of PDFs: words with their places, lines from the top, columns by where they stand, every damage by its name."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from connectors.formats import pdf_text
from connectors.formats.pdf_text import cell, lines
from warehouse.schema.errors import NotReadable, PublisherError

COLUMNS = {"partner": (0, 200), "month": (200, 300), "year to date": (300, 400)}


def pdf(*pages: list[tuple[float, float, str]]) -> bytes:
    """A PDF of texts at points from the left and the bottom, as a publisher's program writes one (synthetic)."""
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>"]
    for number, texts in enumerate(pages):
        drawn = "".join(f"BT /F 10 Tf {left} {up} Td ({text}) Tj ET\n" for left, up, text in texts)
        objects += ["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Resources << /Font << /F << /Type /Font /Subtype /Type1 "
                    f"/BaseFont /Helvetica >> >> >> /Contents {4 + 2 * number} 0 R >>",
                    f"<< /Length {len(drawn)} >>\nstream\n{drawn}endstream"]
    body, at = "%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        at.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in at)
    return (f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
            f"startxref\n{len(body)}\n%%EOF\n").encode()


TABLE = pdf([(350, 250, "5,678"), (20, 250, "Viet Nam"), (250, 251, "1,234"), (20, 230, "Lao PDR"), (350, 230, "90")], [(20, 250, "Total")])


def test_lines_stand_from_the_top_and_words_in_their_columns():
    found = list(lines(TABLE))
    assert [(line.page, line.number, line.text) for line in found] == [
        (1, 1, "Viet Nam 1,234 5,678"), (1, 2, "Lao PDR 90"), (2, 1, "Total")]
    assert found[0].cut(COLUMNS) == {"partner": "Viet Nam", "month": "1,234", "year to date": "5,678"}
    assert found[1].cut(COLUMNS) == {"partner": "Lao PDR", "month": "", "year to date": "90"}


def test_a_place_leads_back_to_what_is_printed():
    for line in lines(TABLE):
        assert cell(TABLE, line.place(), COLUMNS) == line.text
        for column, text in line.cut(COLUMNS).items():
            assert cell(TABLE, line.place(column), COLUMNS) == text
    assert next(lines(TABLE)).place("month") == "page=1,line=1,column=month"


@pytest.mark.parametrize("place", ["page=1,line=9", "page=3,line=1", "page=1,line=1,column=unit", "row=1"])
def test_a_place_that_is_not_there_is_said(place):
    with pytest.raises(NotReadable, match=place):
        cell(TABLE, place, COLUMNS)


@pytest.mark.parametrize("body", [b"", b"<html>", b"%PDF-1.7\n", TABLE[:60]], ids=["nothing", "a page", "its mark alone", "cut"])
def test_what_is_no_pdf_is_said(body):
    with pytest.raises(NotReadable, match="PDF cannot be read"):
        list(lines(body))


def test_any_bytes_give_lines_or_an_error_with_a_name():
    dice = random.Random(11)
    read = 0
    for _ in range(300):
        body = bytearray(TABLE)
        for _ in range(dice.choice((1, 3, 30))):
            body[dice.randrange(len(body))] = dice.randrange(256)
        with suppress(PublisherError):
            read += len(list(lines(bytes(body)))) > 0
    assert 0 < read < 300


def test_a_customs_table_as_it_is_printed(samples):
    body = (samples / "vietnam" / "2026-t6-5x_ta-sb.pdf").read_bytes()
    columns = {"name": (0, 265), "unit": (265, 300), "month volume": (300, 362), "month value": (362, 430),
               "year volume": (430, 492), "year value": (492, 600)}
    found = list(lines(body))
    assert (found[-1].page, len(found), sum(len(line.words) for line in found)) == (37, 1665, 9374)
    (armenia,) = [line.cut(columns) for line in found if line.text.startswith("Armenia ")]
    assert armenia == {"name": "Armenia", "unit": "", "month volume": "", "month value": "81,003,378", "year volume": "",
                       "year value": "415,524,307"}
    assert pdf_text.cell(body, "page=1,line=13,column=year value", columns) == "368,489,294"
