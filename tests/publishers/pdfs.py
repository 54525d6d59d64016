"""PDFs as an office's program writes them: texts at points from the left and the top, in any script (synthetic).

Each character has a code of its own and the map by which readers tell which one it is (ToUnicode), so Vietnamese stands there as well.
"""

from __future__ import annotations

from collections.abc import Sequence

Text = tuple[float, float, str]
"""Points from the left, points from the top, what stands there."""
HEIGHT = 842
_WIDTH = 0.5
"""Of a character, as a share of its size: all are of one width here, so that where a text ends is known."""


def width(text: str, size: float = 8) -> float:
    """Points that a text takes."""
    return len(text) * size * _WIDTH


def pdf(pages: Sequence[Sequence[Text]], *, size: float = 8, wide: int = 595) -> bytes:
    """A PDF with these texts on its pages."""
    characters = sorted({char for page in pages for _, _, text in page for char in text})
    code = {char: place for place, char in enumerate(characters, 33)}
    if len(code) > 220:
        raise ValueError("more characters than one font of this kind has codes")
    mapped = "\n".join(f"<{code[char]:02X}> <{char.encode('utf-16-be').hex().upper()}>" for char in characters)
    cmap = ("/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Own def /CMapType 2 def 1 begincodespacerange "
            f"<00> <FF> endcodespacerange {min(len(code), 100)} beginbfchar\n")
    parts = mapped.split("\n")
    cmap += f"\nendbfchar {len(parts[100:200])} beginbfchar\n".join("\n".join(parts[at:at + 100]) for at in (0, 100) if parts[at:at + 100])
    cmap += "\nendbfchar endcmap end end"
    widths = " ".join(["500"] * 223)
    objects = ["<< /Type /Catalog /Pages 2 0 R >>",
               f"<< /Type /Pages /Kids [{' '.join(f'{5 + 2 * number} 0 R' for number in range(len(pages)))}] /Count {len(pages)} >>",
               f"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /FirstChar 33 /LastChar 255 /Widths [{widths}] /ToUnicode 4 0 R >>",
               f"<< /Length {len(cmap)} >>\nstream\n{cmap}\nendstream"]
    for number, page in enumerate(pages):
        drawn = "".join(f"BT /F {size} Tf {left:.2f} {HEIGHT - down:.2f} Td <{''.join(f'{code[char]:02X}' for char in text)}> Tj ET\n"
                        for left, down, text in page)
        objects += [f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {wide} {HEIGHT}] /Resources << /Font << /F 3 0 R >> >> "
                    f"/Contents {6 + 2 * number} 0 R >>", f"<< /Length {len(drawn)} >>\nstream\n{drawn}endstream"]
    body, at = "%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        at.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in at)
    return (f"{body}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
            f"startxref\n{len(body)}\n%%EOF\n").encode()
