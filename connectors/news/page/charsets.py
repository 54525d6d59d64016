"""Which character set bytes are in, where what a page declares cannot be: told by the commonest characters of each language. Pure.

A wrong set gives other characters of the same script, but rare ones: real Chinese, Japanese and Korean text is a third and more of the
few characters below, text in a set that it is not in a few hundredths.
"""

from __future__ import annotations

from contextlib import suppress

_SIMPLIFIED = frozenset(
    "的一是在了和有大这主中人上为们地个用工时要动国产以我到他会作来分生对于学下级就年阶义发成部民可出能方进同行面说种"
    "过命度革而多子后自社加小机也经力线本电高量长党得实家定深法表着水理化争现所二起政三好十战无农使性前等反体合斗路图"
    "把结第里正新开论之物从当两些还天资事队批应形想制心样干都向变关点育重其思与间内去因件日利相由压员气业代全组数果期"
    "导平各基月毛然问比或展那它最及外没看治提五解系林者米群头意只明四道马贸易增长百出口进总额亿元美东盟海关据报亚市场"
    "，。、“”：；（）")
_TRADITIONAL = frozenset(
    "的一是在不了有和人這中大為上個國我以要他時來用們生到作地於出就分對成會可主發年動同工也能下過子說產種面而方後多定"
    "行學法所民得經十三之進著等部度家電力裡如水化高自二理起小物現實加量都兩體制機當使點從業本去把性好應開它合還因由其"
    "些然前外天政四日那社義事平形相全表間樣與關各重新線內數正心反你明看原又麼利比或但質氣第向道命此變條只沒結解問意建"
    "月公無系軍很情者最立代想已通並提直題黨程展五果料象員革位入常文總次貿易增長億元馬東盟海關據報市場，。、「」：；（"
    "）")
_KANJI = frozenset(
    "日年大国人一中本出会同事自社発者地業方新場員立開手力問代明動京目通言理体田主題意不作用度強公持野以思家世多正安院"
    "心界教文元重近考画海売知道集別物使品計死特私始朝運終台広住無真有口少町料工建空急止送切転研足究楽起着店病質待試族"
    "銀早映親験英医仕去味写字答夜音注帰古歌買悪図週貿易輸入額増円、。「」・（）")
_HANGUL = frozenset(
    "다이는을의에가고하한를은지도로서기어있사대인그나리자시수아해부일정보것라들과만제장국게전적원면과여성상조구주스했"
    "경무역수출입중액증억달러년월말레시아습니까으동러와세산신")

_SETS = (("gb18030", _SIMPLIFIED, ""), ("big5hkscs", _TRADITIONAL, ""), ("cp932", _KANJI, "kana"), ("euc_jp", _KANJI, "kana"),
         ("cp949", _HANGUL, ""))
_LEAST = 30
"""Characters beyond ASCII that it takes to tell a set."""
_SHARE = 0.25
_DAMAGE = 0.02
"""Share of characters that may be broken: a page that was cut, or a stray byte of another set."""


def guessed(body: bytes, declared: str = "") -> str:
    """The text, in the set of several bytes a character that it is in; empty where none is likely, or none likelier by far than the
    one that is declared."""
    best, own = (0.0, "", ""), 0.0
    for name, common, kana in _SETS:
        text = body.decode(name, "replace")
        far = [char for char in text if char > "\x7f"]
        if len(far) < _LEAST or far.count("\ufffd") > _DAMAGE * len(far) + 1:
            continue
        hits = sum(char in common or (bool(kana) and "\u3041" <= char <= "\u30fc") for char in far)
        best = max(best, (hits / len(far), name, text))
        own = hits / len(far) if name == declared else own
    return best[2] if best[0] >= max(_SHARE, 2 * own) else ""


def nearly_utf8(body: bytes) -> str:
    """Text of bytes that are UTF-8 but for a few broken characters; empty for any other."""
    text = body.decode("utf-8", "replace")
    far = sum(char > "\x7f" for char in text)
    broken = text.count("\ufffd")
    return text if broken <= max(1, _DAMAGE * far) and far > 4 * broken else ""


def wide(body: bytes) -> str:
    """UTF-16 without its mark, as some editors save it: every other byte of what begins a page is NUL. Empty for any other."""
    head = body[:32]
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(head) >= 16 and not any(head[start::2]) and all(head[1 - start::2]):
            return body.decode(name, "replace")
    return ""


def escaped(body: bytes) -> str:
    """ISO-2022-JP or HZ: bytes of ASCII that say themselves where another set begins. Empty for any other."""
    for mark, name in ((b"\x1b$", "iso2022_jp"), (b"~{", "hz")):
        if mark in body and body.isascii():
            with suppress(UnicodeDecodeError):
                text = body.decode(name)
                return text if any(char > "\x7f" for char in text) else ""
    return ""
