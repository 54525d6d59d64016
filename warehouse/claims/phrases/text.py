"""Text made plain for reading, each character still knowing where it stood: folding, sentences, language.

Pure functions over strings. What the words mean is ``warehouse.claims.vocabulary``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from warehouse.claims.vocabulary import vocabulary

FOLDS = {"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‐": "-", "‑": "-",
         "‒": "-", "–": "-", "—": " - ", "―": " - ", "−": "-", "\u200b": "", "\ufeff": "", "\u00ad": "", "\t": " ",
         "，": ", ", "。": ". "}
POINTS = {"，": ",", "。": "."}
"""Between two digits no stop and no comma of a sentence."""
REPAIRS = re.compile("鈥檚|鈥檛|鈥淾鈥漒鈥[橽淾漒擻攌榎]?|â€™|â€œ|â€\x9d|â€“")
"""UTF-8 read as GBK or as Windows-1252: the marks that trade pages hold (a ministry's big5 mirror, seen 2020)."""
REPAIRED = {"鈥檚": "'s", "鈥檛": "'t", "â€™": "'", "â€“": "-"}


@dataclass(frozen=True)
class Folded:
    """Plain text and, for each of its characters, the offset of the one it came from."""

    text: str
    origin: tuple[int, ...]
    """One longer than the text: the last is the length of what was folded."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the plain text stood."""
        return self.origin[start], self.origin[end - 1] + 1 if end > start else self.origin[start]


def fold(text: str) -> Folded:
    """NFKC, plain quotation marks and dashes, marks repaired that a wrong charset spoilt; blanks stay as many as they are."""
    kept: list[str] = []
    origin: list[int] = []
    at = 0
    for plain in PLAIN.finditer(text):
        at = _odd(text, at, plain.start(), kept, origin)
        kept.append(text[at:plain.end()])  # a mark that was repaired or a minus may have taken some of it
        origin.extend(range(at, plain.end()))
        at = max(at, plain.end())
    _odd(text, at, len(text), kept, origin)
    return Folded("".join(kept), (*origin, len(text)))


PLAIN = re.compile(r"[\n\x20-\x5f\x61-\x7e]+")
"""What stays as it is."""


def _odd(text: str, at: int, end: int, kept: list[str], origin: list[int]) -> int:
    """Fold what is not plain; where it ends, which a repaired mark may put a little further."""
    while at < end:
        spoilt = REPAIRS.match(text, at) if text[at] in "鈥â" else None
        if text[at] == "−" and (blanks := _MINUS.match(text, at)):
            kept.append("-")
            origin.append(at)
            at = blanks.end()
            continue
        if text[at] in POINTS and text[at - 1:at].isdigit() and text[at + 1:at + 2].isdigit():
            kept.append(POINTS[text[at]])
            origin.append(at)
            at += 1
            continue
        folded = REPAIRED.get(spoilt[0], '"') if spoilt else FOLDS[text[at]] if text[at] in FOLDS else _plain(text[at], kept)
        if not folded and text[at - 1:at].isdigit() and text[at + 1:at + 2].isdigit():
            folded = "·"  # a mark that is not seen: "126\u00ad130" may be one number or two
        for char in folded:
            kept.append(" " if char.isspace() and char != "\n" else char)
            origin.append(at)
        at += len(spoilt[0]) if spoilt else 1
    return at


_MINUS = re.compile(r"−(?:[^\S\n]+(?![^\n]*\s−\s))?(?=[\d$€£¥₹]|RM|US\$)")
"""A minus sign is one before a figure, with a blank behind it too, unless another closes what it opens; a dash is not."""


def _plain(char: str, kept: list[str]) -> str:
    """NFKC; a raised or circled digit is a note or a power, never a digit of the number before it, and ½ stands apart from it."""
    how = unicodedata.decomposition(char)
    if how.startswith(("<super>", "<circle>")) and unicodedata.numeric(char, None) is not None:
        return "^" + unicodedata.normalize("NFKC", char)
    if how.startswith("<fraction>"):
        return (" " if kept and kept[-1][-1:].isdigit() else "") + unicodedata.normalize("NFKC", char)
    return unicodedata.normalize("NFKC", char)


_END = re.compile(r"[.!?][\"')\]]*(?=\s)|\n+")
_WORD = re.compile(r"([\w&.'-]+)[.!?]$")


def sentences(folded: str) -> Iterator[tuple[int, int]]:
    """Offsets of sentences. A point after an abbreviation, an initial or within a number does not end one, and a sentence
    goes on where the next word has no capital."""
    words = vocabulary()
    start = 0
    for end in _END.finditer(folded):
        if end[0][0] != "\n" and not _ends(folded, start, end, words.abbreviations, words.openers):
            continue
        yield from _trimmed(folded, start, end.end())
        start = end.end()
    yield from _trimmed(folded, start, len(folded))


def _ends(text: str, start: int, end: re.Match[str], abbreviations: frozenset[str], openers: frozenset[str]) -> bool:
    after = text[end.end():end.end() + 40].lstrip()
    if not after:
        return True
    if after[0].islower():
        return False
    if text[end.start()] != ".":
        return True
    if after[0].isdigit() and re.search(r"\d $", text[start:end.start()][-2:]):
        return False  # "1,508 . 71 billion"
    word = _WORD.search(text[start:end.start() + 1])
    if word is None:
        return True
    last = word[1].rstrip(".")
    if last.lower() in abbreviations:
        # "No. 1", "Jan. 20", "RM1.2 bil. of": what follows belongs to it, unless a new sentence plainly starts.
        following = re.match(r"[\"'(]?([A-Za-z]+)", after)
        return last.lower() in words_that_may_end() and following is not None and following[1].lower() in openers
    return not re.fullmatch(r"[A-Z](?:\.[A-Z])*", last) or last in ("US", "UK", "EU") or (
        "." in last and after.split(maxsplit=1)[0].rstrip(",").lower() in openers)


def words_that_may_end() -> frozenset[str]:
    """Abbreviations that can also be the last word of a sentence: units and magnitudes, months, companies."""
    return vocabulary().ending_abbreviations


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end


def language(text: str) -> str:
    """ISO 639-1 of the language whose small words are most in the text; "en" where there are too few words to tell, "und"
    where there are words and none is known."""
    letters = [char for char in text if char.isalpha()]
    if letters:
        scripts = [(sum(low <= char <= high for char in letters), code) for code, low, high in vocabulary().scripts]
        most, code = max(scripts, default=(0, ""))
        if most * 3 > len(letters):
            if code == "zh" and any("\u3040" <= char <= "\u30ff" for char in letters):
                return "ja"
            return code
    found = re.findall(r"[^\W\d_]+", text.lower())
    votes = {code: sum(word in small for word in found) for code, small in vocabulary().small_words.items()}
    best = max(votes, key=lambda code: (votes[code], code == "en"))
    if votes[best] == 0:
        return "en" if len(found) < 12 else "und"
    return best if votes[best] > votes["en"] + 1 else "en"
