"""Of a page's many statements the ones about itself: its JSON-LD, its day, its characters, its text; and what is no article at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.news.article import read_article
from connectors.news.items import read_items
from connectors.news.page.charsets import guessed
from connectors.news.page.decode import decode
from connectors.news.sources import BY_HAND, source_named
from warehouse.schema.errors import Incomplete, NotReadable
from warehouse.schema.travel import Document, Fetch

TITLE = "Port traffic grows for a third year"
BODY = "".join(f"<p>Paragraph {n} tells of ships and quays in a harbour town, and of what passed through its gates in the year.</p>"
               for n in range(4))
ADDRESS = "https://quay-herald.example/news/s-77"


def document(body: str | bytes, url: str = ADDRESS, dataset: str = "news.import", origin: str = "imported") -> Document:
    raw = body if isinstance(body, bytes) else body.encode()
    return Document(Fetch("1", dataset, url, datetime(2026, 11, 1, tzinfo=UTC), 200, "0" * 64, len(raw), origin), raw)


def page(head: str = "", body: str = "", title: str = TITLE, after: str = "</body></html>") -> str:
    return (f"<!DOCTYPE html><html lang='en'><head><title>{title}</title><link rel='canonical' href='{ADDRESS}'>{head}</head><body>"
            + (body or f"<article><h1>{title}</h1>{BODY}</article>") + after)


def ld(*data: Any) -> str:
    return "".join(f"<script type='application/ld+json'>{json.dumps(one)}</script>" for one in data)


def read(text: str | bytes) -> dict[str, Any]:
    return dict(read_article(document(text), BY_HAND).row)


OTHER = {"@type": "NewsArticle", "headline": "An old story of gloves", "datePublished": "2021-01-04T08:00:00Z",
         "url": "https://quay-herald.example/old/1"}
OWN = {"@type": "NewsArticle", "headline": TITLE, "datePublished": "2026-02-09T02:00:00Z", "mainEntityOfPage": {"@id": ADDRESS}}
NAMELESS = {"@type": "NewsArticle", "headline": TITLE, "datePublished": "2026-02-09T02:00:00Z"}


@pytest.mark.parametrize("head", [
    ld({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": OTHER}]}, OWN),
    ld(OTHER, OWN), ld([OTHER, OWN]), ld({"@graph": [OTHER, {"@type": "WebPage"}, OWN]}), ld({"@graph": [OTHER]}, {"@graph": [OWN]}),
    ld({"@type": "WebPage", "hasPart": [OTHER], "mainEntity": OWN}), ld(OTHER, NAMELESS), ld([OTHER, OTHER, NAMELESS]),
    ld({"@type": "CollectionPage", "mainEntity": {"@type": "ItemList", "itemListElement": [OTHER]}}, NAMELESS)])
def test_the_block_that_is_about_this_page_counts_wherever_it_stands(head: str) -> None:
    row = read(page(head + "<meta property='og:type' content='article'>"))
    assert (row["title"], row["published_at"]) == (TITLE, datetime(2026, 2, 9, 2, tzinfo=UTC))


UNLINKED = {key: value for key, value in OTHER.items() if key != "url"}


@pytest.mark.parametrize("head", [
    ld(OTHER), ld({"@type": "ItemList", "itemListElement": [OTHER, OTHER]}), ld({"@graph": [OTHER]}), ld(UNLINKED),
    ld([UNLINKED, {**UNLINKED, "headline": "A third story, of tin"}]), ld(UNLINKED, {**UNLINKED, "headline": "Traffic"}),
    ld({"@type": "DataFeed", "dataFeedElement": [{"@type": "DataFeedItem", "item": UNLINKED}]}),
    ld({**UNLINKED, "headline": "Port traffic grows, says a paper"}, {**UNLINKED, "headline": "Port traffic grows no more"})])
def test_blocks_about_others_date_nothing(head: str) -> None:
    row = read(page(head))
    assert (row["title"], row["published_at"]) == (TITLE, None)


@pytest.mark.parametrize("head", [
    "<meta name='pubdate' content='05/03/2026'>", "<meta name='pubdate' content='05-03-2026'>",
    "<meta name='pubdate' content='03/05/2026 10:00'>", "<meta property='article:modified_time' content='2026-02-09T10:00:00Z'>",
    "<meta name='lastmod' content='2026-02-09'>", "<meta name='last-modified' content='2026-02-09'>",
    ld({**OWN, "datePublished": "05/03/2026", "dateModified": "2026-03-06"}),
    ld({**OWN, "datePublished": "", "dateModified": "2026-03-06"})])
def test_a_date_with_two_readings_or_of_a_change_is_none(head: str) -> None:
    assert read(page(head))["published_precision"] == "none"


@pytest.mark.parametrize("body", [
    f"<article><h1>{TITLE}</h1>{BODY}</article><footer>Copyright 2013. Page generated 2014-01-01</footer>",
    f"<article><h1>{TITLE}</h1>{BODY}</article><footer><time datetime='2014-01-01'>1 January 2014</time></footer>",
    f"<article><h1>{TITLE}</h1><p>Last updated: 9 February 2026</p>{BODY}</article>",
    f"<article><h1>{TITLE}</h1><time class='updated' datetime='2026-02-09'>9 Feb</time>{BODY}</article>",
    f"<article><h1>{TITLE}</h1>{BODY}</article><aside><time datetime='2020-05-05'>5 May</time></aside>",
    f"<article><h1>{TITLE}</h1>{BODY}</article><aside><article><meta itemprop='datePublished' content='2019-01-01'></article></aside>",
    f"<article><h1>{TITLE}</h1>{BODY}</article><ul><li><time pubdate datetime='2019-01-01'>Other</time></li></ul>",
    f"<article><h1>{TITLE}</h1><div class='updated'><time datetime='2026-02-12'>12 Feb</time></div>{BODY}</article>",
    f"<article><h1>{TITLE}</h1><p>The fair opens on <time datetime='2026-05-12'>12 May</time></p>{BODY}</article>",
    f"<article><h1>{TITLE}</h1>{BODY}<p>It opened on <time datetime='2025-05-12'>12 May</time> in the town.</p></article>",
    f"<main><h1>{TITLE}</h1>{BODY}<div id='comments'><time datetime='2026-09-01'>1 Sept</time>Well said</div></main>",
    f"<main><h1>{TITLE}</h1>{BODY}<section><h2>More</h2><time datetime='2019-01-01'>2019</time> other</section></main>",
    f"<div><div class='head'><time datetime='2026-10-30'>Friday</time></div><div><h1>{TITLE}</h1>{BODY}</div></div>",
    f"<article><h1>{TITLE}</h1>{BODY}<p>A meeting on 2026-01-15 and one on 2026-01-16 were held.</p></article>"])
def test_no_day_is_guessed(body: str) -> None:
    assert read(page(body=body))["published_precision"] == "none"


def test_a_day_beside_the_headline_or_in_the_byline_is_none_of_a_guess() -> None:
    day = datetime(2026, 2, 9, tzinfo=UTC)
    for beside in ("<time datetime='2026-02-09'>9 Feb</time>",
                   "<p>By <a href='/w'>A. Writer</a> on Monday, February 9th, 2026 at 11 a.m.</p>"):
        row = read(page(body=f"<article><h1>{TITLE}</h1>{beside}{BODY}</article>"))
        assert (row["published_at"], row["published_precision"]) == (day, "day")


@pytest.mark.parametrize("marked", [
    "<article itemscope><meta itemprop='datePublished' content='2026-02-09'><h1>{0}</h1>{1}</article>",
    "<div itemscope><h1>{0}</h1><time itemprop='datePublished' datetime='2026-02-09'>9 Feb</time>{1}</div>",
    "<h1>{0}</h1><article itemscope><meta itemprop='datePublished' content='2026-02-09'>{1}</article>"])
def test_a_marked_day_is_that_of_the_part_with_the_headline(marked: str) -> None:
    other = "<div><div itemscope><meta itemprop='datePublished' content='2019-01-01'><h3>Other</h3></div></div>"
    row = read(page(body=(other if "<h1>{0}</h1>{1}" in marked or "div" in marked else "") + marked.format(TITLE, BODY)))
    assert row["published_at"] == datetime(2026, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize("path", ["/2024/12/31/to/2026/02/09/s", "/uploads/2014/05/06/fair", "/events/2026/05/06/fair"])
def test_a_day_of_an_address_that_may_be_another_is_none(path: str) -> None:
    assert read(page().replace("/news/s-77", path))["published_precision"] == "none"


CHINESE = ("去年马中贸易增长百分之七点五，中国继续是马来西亚最大的贸易伙伴。"
           "马来西亚统计局周五公布的数据显示，去年对中国的出口增长了百分之三。")
TEXTS = {
    "gb18030": CHINESE, "gbk": CHINESE,
    "big5": "去年馬中貿易增長百分之七點五，中國繼續是馬來西亞最大的貿易夥伴。"
            "馬來西亞統計局週五公佈的數據顯示，去年對中國的出口增長了百分之三。",
    "shift_jis": "昨年のマレーシアと中国の貿易額は前年に比べて七パーセント増加しました。"
                 "中国は引き続きマレーシアの最大の貿易相手国です。",
    "euc_jp": "昨年のマレーシアと中国の貿易額は前年に比べて七パーセント増加しました。"
              "中国は引き続きマレーシアの最大の貿易相手国です。",
    "euc_kr": "지난해 말레이시아와 중국의 무역액은 전년보다 칠 퍼센트 증가했다고 말레이시아 통계청이 금요일 발표했다. "
              "중국은 최대 무역 상대국이다.",
    "utf-8": CHINESE, "utf-16-le": CHINESE, "hz": CHINESE}
TEXTS["iso2022_jp"] = TEXTS["euc_jp"]


@pytest.mark.parametrize("charset", sorted(TEXTS))
@pytest.mark.parametrize("declared", ["utf-8", "gbk", "big5", "shift_jis", "euc-kr", "iso-8859-1", "windows-1252", ""])
def test_characters_are_told_whatever_a_page_declares(charset: str, declared: str) -> None:
    meta = f"<meta charset='{declared}'>" if declared else ""
    text = f"<html><head>{meta}</head><body><p>{TEXTS[charset]}</p></body></html>"
    assert decode(text.encode(charset)) == text


THAI = "ปีที่แล้วการค้าระหว่างไทยกับจีนเพิ่มขึ้นเจ็ดเปอร์เซ็นต์เมื่อเทียบกับปีก่อน ตามข้อมูลของกรมศุลกากร " * 3


def test_a_page_in_one_byte_letters_is_read_by_their_name_or_refused() -> None:
    shown = page(title=THAI[:40], body=f"<article><h1>{THAI[:40]}</h1><p>{THAI}</p></article>")
    for name in ("windows-874", "tis-620"):
        assert read(shown.replace("<head>", f"<head><meta charset='{name}'>").encode("cp874"))["title"] == THAI[:40].strip()
    for name in ("utf-8", "iso-8859-1", ""):
        with pytest.raises(NotReadable, match="no set that it names"):
            read(shown.replace("<head>", f"<head><meta charset='{name}'>").encode("cp874"))


def test_letters_with_accents_are_not_taken_for_chinese() -> None:
    french = "L’année dernière, les échanges ont progressé de 7,5 %, a indiqué l’office; la Chine reste le premier partenaire. " * 3
    assert decode(french.encode("cp1252")) == french and guessed(french.encode("cp1252")) == ""


def test_a_page_in_utf_8_with_a_broken_character_stays_one() -> None:
    assert CHINESE[:20] in decode(("<p>" + CHINESE).encode()[:-1])


NOTICE = ("<h2>Before you read on</h2><p>We and our partners store cookies on your device to remember what you have read here and to "
          "measure how many people visit this site.</p><p>Accept to let us use your personal data for "
          "advertising, or manage your choices below; "
          "you may refuse at any time.</p><p>Your consent is kept for six months and can be changed in your privacy settings.</p>")
OFFER = ("<p>Subscribe for unlimited access to our site: your first month is free, then eight a month, cancel anytime.</p><p>Already a "
         "subscriber? Sign in to keep reading. Register to get our newsletter in your inbox every morning.</p>"
         "<p>Your subscription helps this site: accept our privacy terms to go on, and cancel at any time you like.</p>")


ELSEWHERE = tuple(f"<p>{first}</p><p>{second}</p>" for first, second in (
    ("Wir setzen Cookies ein, um Anzeigen zu personalisieren und die Zugriffe auf diese Seiten zu analysieren, wie es viele andere tun.",
     "Stimmen Sie der Verarbeitung durch uns und unsere Partner zu? Sie können Ihre Einwilligung jederzeit widerrufen (Datenschutz)."),
    ("Avec votre accord, nos partenaires et nous utilisons des cookies pour stocker des informations comme votre visite sur ce site.",
     "Vous pouvez retirer votre consentement à tout moment, comme le dit notre politique de confidentialité, au bas de chaque page."),
    ("Laman web ini menggunakan kuki untuk memberi anda pengalaman yang lebih baik dan untuk menganalisis trafik setiap hari.",
     "Dengan menekan Terima anda bersetuju dengan penggunaan kuki pada peranti anda seperti dalam dasar privasi kami."),
    ("Trang web này dùng cookie để cải thiện trải nghiệm của bạn và phân tích lưu lượng truy cập, cùng với quảng cáo.",
     "Khi nhấn Đồng ý, bạn chấp nhận chính sách bảo mật của chúng tôi và có thể thay đổi cài đặt bất cứ lúc nào."),
    ("本网站使用Cookie来改善您的浏览体验、分析网站流量并提供个性化广告，我们的合作伙伴也会在您的设备上存储信息。" * 2,
     "点击“接受全部”即表示您同意隐私政策。"),
    ("当サイトではCookieを使用して、アクセス状況の分析や広告の配信を行っています。" * 2,
     "「同意する」を押すと、端末への保存に同意したことになります。"),
    ("이 웹사이트는 맞춤형 광고를 제공하고 트래픽을 분석하기 위해 쿠키를 사용합니다. " * 2,
     "수락을 클릭하면 개인정보 처리방침에 동의하는 것입니다."),
    ("本文为付费内容，订阅后即可阅读全文。立即订阅，享受无限制阅读全部报道的权利，可以随时取消。" * 2,
     "已经是订阅用户？请登录后继续阅读。"),
    ("It seems that an ad blocker is at work in your browser. Please turn it off for these pages, which are paid for in that way alone.",
     "Once it is off, reload the page, and what you came for will be shown as it was meant to be, without charge and in full length."),
    ("Please show that you are a human. Our machines think that a program is asking for these pages, and it asks for a great many.",
     "Wait for a few seconds and solve the small puzzle below, after which you will be taken to what you have asked for in the beginning."),
    ("We are sorry: what you have asked for is not available in your region, and it cannot be shown to you at this time of the year.",
     "Write to the desk, or call by telephone between nine and five, if you believe that this is a mistake of ours and not your own."),
    ("Diese Seite verwendet Cookies, um Ihren Besuch zu messen und Ihnen Werbung zu zeigen, die zu Ihnen passt, auch von anderen.",
     "Mit einem Klick auf Zustimmen erlauben Sie uns, die Daten Ihres Besuchs zu verarbeiten und an Dritte weiterzugeben."),
    ("Laman ini menggunakan kuki untuk meningkatkan pengalaman anda dan untuk mengetahui bilangan pelawat setiap hari di sini.",
     "Tekan Terima untuk membenarkan kami dan rakan kami menggunakan data lawatan anda bagi tujuan pengiklanan di merata tempat."),
    ("Create a free account to go on. It takes a minute, costs nothing, and gives you ten stories a month with our daily briefing.",
     "You have one? Log in here. Whoever has an account takes part in our draw of a weekend at the sea for two, with breakfast.")))


@pytest.mark.parametrize("asks", [NOTICE, OFFER, *ELSEWHERE])
@pytest.mark.parametrize("box", [
    "<div class='privacy-box'>{}</div>", "<div>{}</div>", "<article>{}</article>", "<div id='x1'><section>{}</section></div>"])
def test_a_notice_alone_is_incomplete(asks: str, box: str) -> None:
    with pytest.raises((Incomplete, NotReadable)):
        read(page(body=box.format(asks) + f"<main><h1>{TITLE}</h1></main>"))


@pytest.mark.parametrize("around", [
    "<main><aside class='story'><h1>{}</h1>{}</aside></main>", "<article><h1>{}</h1>{}</article>", "<div><h1>{}</h1>{}</div>"])
def test_a_notice_beside_an_article_is_no_part_of_it(around: str) -> None:
    text = read(page(body=f"<div class='cookie-notice'>{NOTICE}</div>" + around.format(TITLE, BODY)))["text"]
    assert "Paragraph 3 tells" in text and "cookies" not in text


@pytest.mark.parametrize("around", [
    "<article class='consent'>{notice}</article><div class='story'><h1>{title}</h1>{body}</div>",
    "<div class='x1'>{notice}</div><section><h1>{title}</h1>{body}</section>",
    "<section><h1>{title}</h1>{body}</section><div class='x1'>{notice}</div>"])
@pytest.mark.parametrize("notice", [NOTICE, *ELSEWHERE[:3], ELSEWHERE[12], ELSEWHERE[13]])
def test_a_notice_that_is_called_nothing_or_an_article_is_no_part_of_one(around: str, notice: str) -> None:
    lines = read(page(body=around.format(notice=notice, title=TITLE, body=BODY)))["text"].split("\n")
    assert [line for line in lines if line and "<p>" + line + "</p>" in notice] == []
    assert any("Paragraph 3 tells" in line for line in lines)


def test_a_last_paragraph_that_asks_two_things_of_trade_stays() -> None:
    last = "Both sides agree to pay a fee every month, and to measure what their ships carry."
    assert last in read(page(body=f"<article><h1>{TITLE}</h1>{BODY}<p>{last}</p></article>"))["text"]


@pytest.mark.parametrize("title", ["Page not found", "404 - Quay Herald", "Access denied", "Just a moment...", "Sign in | Quay Herald"])
def test_a_page_whose_headline_is_none_is_no_article(title: str) -> None:
    with pytest.raises(Incomplete):
        read(page(title=title))


@pytest.mark.parametrize("title", ["404 ships pass the quays", "Error in the port's figures", "Subscribers of a port's news"])
def test_a_headline_that_only_begins_so_is_one(title: str) -> None:
    assert "Paragraph 3" in read(page(title=title))["text"]


def test_an_article_about_cookies_is_one() -> None:
    about = "".join(f"<p>Bakers sold {n} thousand boxes of cookies abroad in the year, more than any other biscuit of the region.</p>"
                    for n in range(4))
    assert "cookies abroad" in read(page(body=f"<article><h1>{TITLE}</h1>{about}</article>"))["text"]


def test_a_section_page_is_no_article() -> None:
    teasers = "".join(f"<div><h3><a href='/news/{n}'>Story number {n} of the harbour</a></h3><p>What story {n} tells of "
                      f"ships, in one line that leads on to the page of its own.</p></div>" for n in range(8))
    with pytest.raises(Incomplete, match="lists articles"):
        read(page(title="Business news", body=f"<main><h1>Business news</h1>{teasers}</main>"))
    with pytest.raises(Incomplete, match="lists articles"):
        read(page(head=ld({"@type": "CollectionPage", "name": "Business"}), title="Business news"))


@pytest.mark.parametrize("share", [0.35, 0.6, 0.8, 0.95])
def test_a_page_that_was_cut_is_incomplete(share: float) -> None:
    whole = page(ld(OWN))
    start = whole.index("<article>")
    with pytest.raises(Incomplete, match="cut off"):
        read(whole[:start + int((whole.index("</article>") - start) * share)])


def test_an_item_without_a_link_has_its_permanent_identifier() -> None:
    source = source_named("news.fmt")
    assert source is not None
    host = source.hosts[0]
    items = "".join(f"<item><title>Story {n}</title>{link}<guid isPermaLink='{permanent}'>https://{host}/s-{n}</guid>"
                    f"<pubDate>{when}</pubDate></item>" for n, (link, permanent, when) in enumerate([
                        ("<link/>", "true", "Thu, 01 Oct 2026 01:00:00 +0800"), ("<link></link>", "true", "Mon, 01 Jan 0001 00:00:00 GMT"),
                        ("<link> </link>", "true", "Fri, 31 Dec 9999 23:59:59 GMT"), ("", "true", ""), ("<link/>", "false", ""),
                        (f"<link>https://{host}/own</link>", "true", "")]))
    feed = f"<?xml version='1.0'?><rss version='2.0'><channel><title>C</title><link>https://{host}</link>{items}</channel></rss>"
    read_ = read_items(document(feed, source.address, "news.fmt", "fetched"), source)
    assert [(item.url.split("/")[-1], item.published.precision) for item in read_] == [
        ("s-0", "minute"), ("s-1", "none"), ("s-2", "none"), ("s-3", "none"), ("own", "none")]


def test_the_general_reader_tells_nobody_of_a_page_that_it_leaves_to_the_next(caplog: pytest.LogCaptureFixture) -> None:
    row = read(page(body=f"<main><aside class='story'><h1>{TITLE}</h1>{BODY}</aside></main>"))
    assert "ships and quays" in row["text"]
    assert caplog.records == []


@pytest.mark.parametrize(("written", "printed"), [
    ("worth 126.4<sup>1</sup> billion in <time datetime='2024-06'>June 2024</time>, up 3<sup>1</sup>&frasl;<sub>2</sub> per cent",
     "worth 126.4^1 billion in June 2024, up 3 1/2 per cent"),
    ("<q>worth 126.4 billion</q> in <output>June</output> 2024<span hidden>, or 999</span>", "worth 126.4 billion in June 2024"),
    ("of CO<sub>2</sub> and m<sup>3</sup>", "of CO2 and m3")])
def test_what_is_marked_inside_a_sentence_is_read_with_it_and_a_note_is_no_digit(written: str, printed: str) -> None:
    text = read(page(body=f"<article><h1>{TITLE}</h1>{BODY}<p>The goods that came were {written}, said the port.</p></article>"))["text"]
    assert text.split("\n")[-1] == f"The goods that came were {printed}, said the port."


def test_another_story_that_is_an_article_of_its_own_is_no_part_of_this_one() -> None:
    other = "<article><h{0}>An old story of gloves</h{0}>" + "<p>Gloves sold well in that year, and their makers were proud of it.</p>" * 9
    own = f"<article><h1>{TITLE}</h1>{BODY}</article>"
    for body in (f"{other.format(2)}</article>{own}", f"{own}{other.format(1)}</article>", f"{own}{other.format(2)}</article>"):
        assert "loves" not in read(page(body=body))["text"]


@pytest.mark.parametrize("entry", [
    "<li><a href='/{0}'>Ships came in on day {0}, and what they had brought was counted until night</a></li>",
    "<div><a href='/{0}'>Story {0}</a><p>Ships came in on day {0}, and what they brought was counted.</p></div>"])
def test_a_page_of_links_to_stories_is_none_of_them(entry: str) -> None:
    with pytest.raises(Incomplete, match="lists articles"):
        read(page(body="<h1>Stories of the harbour</h1>" + "".join(entry.format(n) for n in range(8)), title="Stories of the harbour"))
