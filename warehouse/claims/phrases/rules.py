"""The grammar's patterns, compiled from ``vocabulary/grammar.toml`` when first asked for.

Patterns over marked sentences name the signs of parts in angle brackets; ``SIGNS`` has the signs. Lists of the vocabulary stand in braces.
"""

from __future__ import annotations

import re
from functools import cache

from warehouse.claims.vocabulary import alternatives, vocabulary

SIGNS = {"economy": "\ue000", "agency": "\ue001", "region": "\ue002", "flow": "\ue003", "verb": "\ue004", "other": "\ue005",
         "period": "\ue006", "base": "\ue007", "figure": "\ue008", "rank": "\ue009", "streak": "\ue00a", "goods": "\ue00b",
         "all_goods": "\ue00c", "noise": "\ue00d"}
E, A, S, F, V, O, P, B, M, K, Z, C, G, N = SIGNS.values()  # noqa: E741  # one letter a sign, as the patterns are written with

NAMES = {"E": E, "A": A, "S": S, "F": F, "V": V, "O": O, "P": P, "B": B, "M": M, "K": K, "Z": Z, "C": C, "G": G, "N": N}


@cache
def rule(name: str) -> re.Pattern[str]:
    """A pattern of ``vocabulary/grammar.toml`` over marked text: ``clauses.boundary``."""
    section, _, key = name.partition(".")
    return pattern(_filled(vocabulary().grammar[section][key]))


@cache
def pattern(words: str) -> re.Pattern[str]:
    """A pattern over marked text, written with names of signs in angle brackets: ``trade between <E> and <E>``."""
    def signs(found: re.Match[str]) -> str:
        named = "".join(NAMES[one] for one in found[1])
        inside = words.rfind("[", 0, found.start()) > words.rfind("]", 0, found.start())
        return named if inside or len(named) == 1 else f"[{named}]"

    return re.compile(re.sub(r"<([A-Z]+)>", signs, words), re.IGNORECASE)


def _filled(words: str) -> str:
    """Lists of the vocabulary and parts of the grammar put in their places."""
    vocab = vocabulary()

    def part(found: re.Match[str]) -> str:
        section, _, key = found[1].partition(".")
        if not key:
            return _filled(vocab.grammar["parts"][section]) if section in vocab.grammar["parts"] else alternatives(vocab.words[section])
        held = vocab.words.get(section) or vocab.heads[section]
        return alternatives(held[key])

    return re.sub(r"\{([a-z_]+(?:\.[a-z_]+)?)\}", part, words.replace("\n", ""))
