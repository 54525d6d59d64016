"""What stands before an article and is none: a cookie notice, a consent wall, an offer of a subscription. Pure.

They are told by what their parts are called and by their words, several kinds of them together: an article about cookies has one.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from connectors.news.decode import one_line

_NOTICE_NAMES = re.compile(r"cookie|consent|gdpr|privacy-?(?:box|banner|notice|overlay|modal)|onetrust|didomi|cmp[-_]|paywall|newsletter|"
                           r"subscri(?:be|ption)-?(?:box|banner|wall|overlay|modal|form)", re.IGNORECASE)
"""Names (class, id) of the parts of a page that ask for something before one reads on."""
_NOTICE_WORDS = tuple(re.compile(words, re.IGNORECASE) for words in (
    r"\bcookies?\b", r"\bconsent\b", r"\bprivacy\b|\bpersonal (?:data|information)\b",
    r"\b(?:our|advertising|third-party) partners\b|firms we work with",
    r"\badverti[sz](?:ing|ements?)\b|\bpersonali[sz]ed? (?:ads|content)",
    r"\baccept(?: all)?\b|\bagree\b", r"\brefuse\b|\breject(?: all)?\b|\bdecline all\b",
    r"\b(?:your|manage|change) (?:\w+ )?(?:choices?|preferences|settings)\b", r"\b(?:your|this|a) (?:device|browser|visit)\b",
    r"\b(?:our|this) (?:web)?sites?\b|\bour pages\b|every page of this",
    r"\bsubscri(?:be|bers?|ptions?)\b", r"\b(?:sign|log) ?in\b|\bregister\b",
    r"\bunlimited (?:digital )?access\b|\bfree trial\b|\bcancel (?:at )?any ?time\b", r"\bper (?:week|month)\b|\ba (?:week|month)\b",
    r"\bnewsletters?\b|\binbox\b", r"GDPR|隐私|隱私|同意", r"订阅|訂閱|登录|登入", r"\bmeasure\b|\banalytics\b|\bhow many people visit\b",
    r"\bto continue reading\b|\bthis (?:article|story) is (?:for|only)\b|\bread(?:ing)? on\b|\bkeep reading\b"))
_NOTICE_LONGEST = 3_000


def is_notice(text: str) -> bool:
    """Whether a text is a notice and no article: most of its paragraphs speak of cookies, consent, subscription, each in several words of
    that kind, and all together in many."""
    if not text or len(text) > _NOTICE_LONGEST:
        return False
    kinds: set[int] = set()
    told = 0
    for line in text.split("\n"):
        found = {number for number, words in enumerate(_NOTICE_WORDS) if words.search(line)}
        kinds |= found
        told += len(line) if len(found) >= (1 if len(line) < 120 else 2) else 0
    return len(kinds) >= 4 and told > len(text) / 2


def without_notices(tree: Any) -> Any:
    """A copy of a page without the parts that are named as notices, unless the headline stands in one."""
    marked = [node for node in tree.iter("div", "section", "aside", "dialog", "form") if _NOTICE_NAMES.search(
        f"{node.get('class') or ''} {node.get('id') or ''}") and next(node.iter("h1", "article"), None) is None and _asks(node)]
    if not marked:
        return tree
    copied = deepcopy(tree)
    paths = [tree.getroottree().getpath(node) for node in marked]
    for node in [found for path in paths for found in copied.getroottree().xpath(path)]:
        if (parent := node.getparent()) is not None:
            parent.remove(node)
    return copied


def _asks(node: Any) -> bool:
    """Whether a part so named speaks like a notice: some pages call the article itself ``paywall``."""
    said = one_line(" ".join(node.itertext()))
    return len(said) <= _NOTICE_LONGEST and sum(bool(words.search(said)) for words in _NOTICE_WORDS) >= 2
