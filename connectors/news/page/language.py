"""Which language a text is in: by its letters, else by its commonest words. Pure, small, and for whole articles only.

A page's own word is believed unless its letters say otherwise (Chinese pages that call themselves ``en``, Xinhua 2020-02-19). Of a
sentence or a headline nothing is said: detectors tried on single sentences called English ones Malay and Italian.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_SCRIPTS = {"HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "THAI": "th", "LAO": "lo", "KHMER": "km",
            "MYANMAR": "my"}
"""Letters by the first word of their Unicode name that only one language among our sources is written in."""

_ASCII_LETTERS = re.compile("[A-Za-z]")

_COMMON = {
    "en": "the of to and in that is was for by on with as at from it has said",
    "ms": "yang dan di dengan untuk pada ini itu dalam akan kepada bagi oleh tidak berkata juga adalah telah daripada kerana",
    "id": "yang dan di dengan untuk pada ini itu dalam akan kepada bagi oleh tidak kata juga adalah telah dari karena bahwa",
    "vi": "của và là các cho được trong những với một không có đã này người khi về từ đến",
    "tl": "ang ng sa na mga at ay ito para kung hindi niya siya nang",
    "fr": "le la les de des et est en que pour dans une du au par sur",
    "de": "der die das und ist in den von zu mit für auf im dem nicht",
    "es": "el la los las de y que en un una por con para del se",
    "pt": "o a os as de e que em um uma por com para do da não",
}
_SAMPLE = 4_000
_LEAST_WORDS = 40
_SHARE = 0.12
"""Least share of common words in running text of a language; English prose has about 0.3 of those above."""


def language_of(text: str, said: str) -> str:
    """ISO 639-1 of a text: ``said`` (its page's or source's word, may be empty) where the letters allow it, else what the words tell.

    Empty where neither is certain.
    """
    script = _by_letters(text[:_SAMPLE])
    if script:
        return script
    if said and said not in _SCRIPTS.values():
        return said
    return _by_words(text[:_SAMPLE])


def _by_letters(text: str) -> str:
    """The language whose letters most of a text has; Japanese where a Chinese-looking text has kana. Empty for Latin letters."""
    if 2 * len(_ASCII_LETTERS.findall(text)) > sum(map(str.isalpha, text)):
        return ""
    names = Counter(unicodedata.name(letter, "").split(" ")[0].split("-")[0] for letter in text if letter.isalpha())
    total = sum(names.values())
    kana = names["HIRAGANA"] + names["KATAKANA"]
    if total and kana + names["CJK"] > total / 2 and kana > total / 20:
        return "ja"
    most = names.most_common(1)
    return _SCRIPTS.get(most[0][0], "") if most and most[0][1] > total / 2 else ""


def _by_words(text: str) -> str:
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) < _LEAST_WORDS:
        return ""
    counted = Counter(words)
    shares = {name: sum(counted[word] for word in set(common.split())) / len(words) for name, common in _COMMON.items()}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _SHARE else ""
