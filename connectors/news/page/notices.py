"""What stands before an article and is none: a cookie notice, a consent wall, an offer of a subscription. Pure.

They are told by what their parts are called and by their words, several kinds of them together: an article about cookies has one.
"""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

from connectors.news.page.decode import one_line

_NOTICE_NAMES = re.compile(r"cookie|consent|gdpr|privacy-?(?:box|banner|notice|overlay|modal)|onetrust|didomi|cmp[-_]|paywall|newsletter|"
                           r"subscri(?:be|ption)-?(?:box|banner|wall|overlay|modal|form)", re.IGNORECASE)
"""Names (class, id) of the parts of a page that ask for something before one reads on."""
_NOTICE_WORDS = tuple(re.compile("|".join(words), re.IGNORECASE) for words in (
    (r"(?<![a-z])(?:cookies?|kuki)(?![a-z])", "クッキー|쿠키|คุกกี้"),
    (r"\bconsent|\bpermission\b",
     "einwilligung|zustimm|stimmen sie|votre accord|consentement|membenarkan kami|bersetuju|menyetujui|đồng ý", "同意|동의|ยินยอม"),
    (r"\bprivacy\b|\bpersonal (?:data|information)\b|GDPR", r"datenschutz|confidentialité|privacidad|\bprivasi\b|bảo mật",
     "隐私|隱私|プライバシー|개인정보|ความเป็นส่วนตัว"),
    (r"\b(?:our|advertising|third-party) partners\b|\b(?:our|\d+) vendors\b|firms we work with",
     "unsere[nr]? partner|an dritte|nos partenaires|rakan kami|mitra kami|de terceros",
     "合作(?:伙伴|夥伴)也"),
    (r"\badverti[sz](?:ing|ements?)\b|\bpersonali[sz]ed? (?:ads|content)",
     "anzeigen zu|ihnen werbung|publicité|publicidad|pengiklanan|quảng cáo",
     "个性化广告|個人化廣告|広告の配信|맞춤형 광고|โฆษณา"),
    (r"\baccept(?: all)?\b|\bagree\b", r"akzeptier|\baccepte[rz]\b|\baceptar\b|\bterima\b|chấp nhận", "接受全部|全部接受|수락|ยอมรับ"),
    (r"\brefuse\b|\breject(?: all)?\b|\bdecline all\b", "widerrufen|retirer votre|rechazar su", "拒绝非|拒絕非"),
    (r"\b(?:your|manage|change) (?:\w+ )?(?:choices?|preferences|settings)\b",
     "configurarlas|tetapan|pengaturan|cài đặt",
     "您的设置|您的設定|設定は|설정은|การตั้งค่า"),
    (r"\b(?:your|this|a) (?:device|browser|visit|experience)\b",
     r"\bihren? besuchs?\b|\bvotre (?:visite|appareil|expérience)|\bperanti|\bperangkat anda|pengalaman anda|lawatan anda|"
     r"thiết bị của bạn|của bạn",
     "您的(?:设备|裝置|浏览|瀏覽)|お使いの端末|사용자 경험|อุปกรณ์ของคุณ"),
    (r"\b(?:our|this) (?:web)?sites?\b|\bour pages\b|every page of this",
     "unsere website|diese (?:web)?seite|sur ce site|ce site utilise|laman (?:web )?ini|situs ini|trang web này",
     "本网站|本網站|当サイト|이 웹사이트|เว็บไซต์นี้"),
    (r"\bsubscri(?:be|bers?|ptions?)\b", r"\blanggan|melanggan|berlangganan|suscrí", "订阅|訂閱|付费内容|付費內容|有料会員|購読|구독"),
    (r"\b(?:sign|log) ?in\b|\bregister|\bfree account\b", "log masuk|đăng nhập|connectez-vous", "登录|登入|ログイン|로그인|เข้าสู่ระบบ"),
    (r"\bunlimited (?:digital )?access\b|\bfree trial\b|\bcancel (?:at )?any ?time\b", "akses tanpa had", "无限制阅读|無限制閱讀"),
    (r"\bper (?:week|month)\b|\ba (?:week|month)\b|\bevery month\b", "sebulan", "首月"),
    (r"\bnewsletters?\b|\b(?:in|mail)box\b",),
    (r"\bmeasure\b|\banalytics\b|\bhow many people visit\b|\banaly[sz]e (?:\w+ )?traffic",
     "zugriffe auf|menganalisis trafik|phân tích lưu lượng|análisis de sus",
     "网站流量|網站流量|アクセス状況|트래픽을 분석|วิเคราะห์การเข้าชม"),
    (r"\bto continue reading\b|\bthis (?:article|story) is (?:for|only)\b|\bread(?:ing)? on\b|\bkeep reading\b",
     "terus membaca", "继续阅读|繼續閱讀|阅读全文"),
    ("jederzeit|à tout moment|bila-bila masa|kapan saja|bất cứ lúc nào", "随时|隨時|いつでも|언제든지|ได้ตลอดเวลา")))
"""What notices say, kind by kind, in the languages of our sources and of the wardens that stand before them."""
_PLAIN_KINDS = {0, 2, 10, 14}
"""Of these kinds, words of cookies, privacy, subscriptions and newsletters: what news of trade hardly has."""
_WALL = re.compile("|".join((
    "enable javascript|javascript (?:is|seems to be) disabled|ad[ -]?block", "you are (?:a )?human|not a robot|unusual traffic",
    "checking your browser|ray id|access (?:to this page )?(?:has been |is )?denied",
    r"page (?:you \w+ looking for|not found|(?:cannot|could not) be found)|not available in your (?:region|country)",
    r"(?:in|download|open) (?:our|the) app\b|create (?:a|your) (?:free )?account")), re.IGNORECASE)
"""What a page says that shows something else in an article's place: to a robot, to another country, where nothing is."""
_NO_HEADLINE = re.compile(
    r"\W*(?:404|403|error|page not found|not found|access denied|just a moment|attention required|are you (?:a robot|human)|robot check"
    r"|security check|sign in|log ?in|subscribe(?: now)?|before you (?:read|continue).*)\b[\W\d]*(?:$|[|–-] )", re.IGNORECASE)
_NOTICE_LONGEST = 3_000


_WALL_LONGEST = 1_000


def is_notice(text: str, title: str = "") -> bool:
    """Whether a text is a notice and no article: most of its paragraphs speak of cookies, consent, subscription, each in several words of
    that kind, and all together in many; fewer are enough in a text that has nothing of the headline in it."""
    if not text or len(text) > _NOTICE_LONGEST:
        return False
    kinds: set[int] = set()
    told = 0
    for line in text.split("\n"):
        found = _kinds(line)
        kinds |= found
        told += len(line) if len(found) >= (1 if len(line.encode()) < 120 else 2) else 0
    if told > len(text) / 2 and len(kinds) >= (4 if _of_headline(text, title) else 2):
        return True
    walled = _WALL.search(text) is not None or _NO_HEADLINE.match(title) is not None
    return len(text) <= _WALL_LONGEST and walled and (_NO_HEADLINE.match(title) is not None or not _of_headline(text, title))


def without_its_notice(text: str, title: str) -> str:
    """A text without the notice that a reader took for its first or last paragraphs.

    They speak as notices do and not of the headline, and one of them of cookies, privacy or a subscription.
    """
    lines = text.split("\n")
    for end in (0, -1):
        asking: list[str] = []
        while lines and len(_kinds(lines[end])) >= 2 and not _of_headline(lines[end], title):
            asking.append(lines.pop(end))
        if not any(_PLAIN_KINDS & _kinds(line) for line in asking):
            lines = [*asking, *lines] if end == 0 else [*lines, *reversed(asking)]
    return "\n".join(lines)


def _kinds(line: str) -> set[int]:
    return {number for number, words in enumerate(_NOTICE_WORDS) if words.search(line)}


def _of_headline(text: str, title: str) -> bool:
    """Whether a text speaks of what its headline does: two of its words, or half of them (of Chinese and its like, pairs of characters)."""
    words = {word for word in re.findall(r"[^\W\d_]{4,}", title.casefold()) if word.isascii() or not _FAR.search(word)}
    words |= {pair for run in _FAR.findall(title) for pair in (run[at:at + 2] for at in range(len(run) - 1))}
    found = sum(word in text.casefold() for word in words)
    return not words or found >= 2 or 2 * found >= len(words)


_FAR = re.compile("[\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af]{2,}")
"""Runs of letters of languages that are written without blanks, or nearly so."""


def without_notices(tree: Any) -> Any:
    """A copy of a page without the parts that are named as notices, unless the headline stands in one."""
    marked = [node for node in tree.iter("div", "section", "aside", "dialog", "form", "article") if _NOTICE_NAMES.search(
        f"{node.get('class') or ''} {node.get('id') or ''}") and _asks(node)
        and not any(one is not node for one in node.iter("h1", "article"))]
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
