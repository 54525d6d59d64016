"""Who is quoted: a body whose statistics are given, or a person with an office and the country it is of.

A speaker stays until another one speaks, for sentences that say "he added" or go on with a quotation.
"""

from __future__ import annotations

from warehouse.claims.phrases.rules import A, rule
from warehouse.claims.read.drafts import Sentence

Speaker = tuple[str, str | None]

def speaker(one: Sentence, before: Speaker | None) -> Speaker | None:
    """Who speaks in this sentence: named here, else the one before where the quotation goes on."""
    for at, part in one.marked.at.items():
        quoted = rule("speakers.source_before").search(one.before(at, 40)) or rule("speakers.source_behind").match(one.behind(at))
        if part.sign == A and quoted:
            return part.text, one.marked.entry(at).value
    for match in rule("speakers.office").finditer(one.text):
        said = one.words(match.start("t"), match.end())
        if not rule("speakers.title").search(said):
            continue
        country = next((one.named(match.start(group)) for group in ("e", "of") if match[group]), None)
        if rule("speakers.speaks").search(one.text):
            return said, country
    return before if before is not None and rule("speakers.goes_on").search(one.marked.plain) else None
