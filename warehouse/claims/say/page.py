"""A report as one self-contained page: the summary, the text with its figures marked, each claim under its sentence with its evidence
and links to page and cell, what was not checked folded by reason. Pure.

All text from outside is escaped; links go out only to http and https addresses; the page has no script and loads nothing. It is as wide
as its window: on a narrow one a table's rows stand below each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from urllib.parse import urlsplit

from warehouse.claims.say import summary, words
from warehouse.claims.say.printable import date_note
from warehouse.claims.weigh.checked import Checked, Report
from warehouse.claims.weigh.verdicts import Evidence
from warehouse.shown import escape

_ADDRESS = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;)])")

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1f2328;overflow-wrap:anywhere}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}a{color:inherit}footer{color:#57606a;font-size:.9rem;margin-top:2rem}
.text{white-space:pre-line;border:1px solid #d0d7de;border-radius:6px;padding:1rem}
mark{background:none;color:inherit;border-bottom:2px solid;padding:0 .1em}mark a{text-decoration:none}sup{font-size:.7em;line-height:0}
.against{color:#b42318}.look{color:#8a5a00}.good{color:#1a7f37}.open{color:#57606a}
mark.against{border-bottom-width:4px;font-weight:600}mark.look{border-bottom-style:dashed}mark.open{border-bottom-style:dotted}
blockquote{margin:1.5rem 0 .5rem;padding-left:.8rem;border-left:3px solid #d0d7de}
article{border:1px solid #d0d7de;border-radius:6px;padding:.6rem 1rem;margin:.5rem 0}article p{margin:.3rem 0}
article:target{border-color:#1f2328;box-shadow:0 0 0 1px #1f2328}.verdict{font-weight:600}summary{cursor:pointer}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.25rem .5rem;border-top:1px solid #eaeef2;vertical-align:top}
pre{white-space:pre-wrap;font-size:.8rem;background:#f6f8fa;padding:.5rem}
@media (max-width:40rem){body{margin:1rem auto}article,.text{padding:.5rem .6rem}thead{display:none}
table,tbody,tr,td{display:block}td{border:0;padding:.1rem 0}tr{border-top:1px solid #eaeef2;padding:.4rem 0}td:empty{display:none}}
""".strip()


def page(report: Report, title: str | None = None, articles: Mapping[str, str] | None = None) -> str:
    """The whole page as HTML. ``articles`` says of a statement's version where it was made, with the address where there is one."""
    reading = report.reading
    name = title or "A text against the statistics"
    body = [f"<h1>{escape(name)}</h1>"]
    if reading.language != "en":
        body.append(f"<p>Not read: this text is in {escape(words.language(reading.language))}; only English is read.</p>")
    else:
        body += [*_summary(report), "<h2>The text</h2>", f"<div class=\"text\">{''.join(_marked(report))}</div>",
                 *_claims(report, articles or {})]
    if reading.events:
        body.append("<h2>Events, kept and not decided by statistics</h2><ul>" + "".join(
            f"<li>{escape(event.kind)}: {escape(event.sentence)}</li>" for event in reading.events) + "</ul>")
    if report.relations:
        body.append("<h2>Arithmetic inside the text</h2><ul>" + "".join(
            f"<li>{escape(said)}: {'adds up' if good else '<strong class=against>does not add up</strong>'} ({escape(which)})</li>"
            for said, good, which in summary.sums(report.relations)) + "</ul>")
    body.append(f"<footer>{escape(summary.footing(report))}</footer>")
    return ("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n")


def _summary(report: Report) -> Iterator[str]:
    """How many claims came to what, and those to look at, the worst first."""
    yield from (f"<p>Not read: {escape(left)}.</p>" for left in report.reading.unread)
    yield f"<p><strong>{escape(summary.counted(report))}</strong></p>"
    look = [one for verdict, found in summary.by_verdict(report.claims) if verdict in summary.TO_LOOK_AT for one in found]
    if look:
        yield "<h2>To look at</h2><ul>" + "".join(
            f"<li><a href=\"#claim-{one.number}\">{one.number}: {escape(words.heading(one.claim))}</a> "
            f"<strong class=\"{summary.look(one.verdict)}\">{escape(words.label(one.verdict))}</strong></li>" for one in look) + "</ul>"
    against = sum(not one.consistent for one in report.relations)
    if against:
        yield f"<p class=\"against\">{against} of the sums inside the text {'do' if against > 1 else 'does'} not add up.</p>"


def _marked(report: Report) -> Iterator[str]:
    """The text, each figure marked in its place with links to its claims; of claims on one figure the worst gives the colour."""
    text, at = report.reading.text, 0
    worst = {verdict: place for place, verdict in enumerate(summary.WORST_FIRST)}
    for start, end, claims in _places(text, report.claims):
        first = min(claims, key=lambda one: worst[one.verdict])
        links = " ".join(f"<a href=\"#claim-{one.number}\">{one.number}</a>" for one in claims)
        yield escape(text[at:start])
        yield (f"<mark class=\"{summary.look(first.verdict)}\" title=\"{escape(words.label(first.verdict))}\">"
               f"<a href=\"#claim-{first.number}\">{escape(text[start:end])}</a></mark><sup>{links}</sup>")
        at = end
    yield escape(text[at:])


def _places(text: str, claims: Iterable[Checked]) -> Iterator[tuple[int, int, list[Checked]]]:
    """Where figures stand in the text: those that overlap are one place."""
    found: list[tuple[int, int, list[Checked]]] = []
    for one in sorted(claims, key=lambda one: (one.claim.start, -one.claim.end)):
        start, end = one.claim.start, one.claim.end
        written = text[start:end]
        end -= len(written) - len(written.rstrip(" .,;:"))
        if not 0 <= start < end <= len(text):
            continue
        if found and start < found[-1][1]:
            before = found.pop()
            found.append((before[0], max(before[1], end), [*before[2], one]))
        else:
            found.append((start, end, [one]))
    yield from found


def _claims(report: Report, articles: Mapping[str, str]) -> Iterator[str]:
    assumed = date_note(report.reading.published)
    if any(one.verdict != "not_checkable" for one in report.claims):
        yield "<h2>Sentence by sentence</h2>"
    for sentence, claims in summary.by_sentence(report.claims):
        yield f"<blockquote>{escape(sentence)}</blockquote>"
        yield from (_claim(one, assumed, articles) for one in claims)
    reasons = summary.by_reason(report.claims)
    if reasons:
        yield "<h2>Not checked</h2>"
    for reason, claims in reasons:
        yield f"<details><summary>{len(claims)}: {escape(reason)}</summary>"
        for sentence, run in groupby(claims, key=lambda one: one.claim.sentence):
            yield f"<blockquote>{escape(sentence)}</blockquote>"
            yield from (_claim(one, assumed, articles) for one in run)
        yield "</details>"


def _claim(one: Checked, assumed: str, articles: Mapping[str, str]) -> str:
    rows = "".join(_row(row, articles) for row in one.evidence)
    details = [f"<li>{escape(r.reading)}: {escape(words.label(r.verdict))} ({escape(r.detail)})</li>" for r in one.readings]
    details += [f"<li>{escape(note)}</li>" for note in one.notes]
    evidence = "".join((
        f"<ul>{''.join(details)}</ul>" if details else "",
        "<table><thead><tr><th>whose</th><th>figure</th><th>where it stands</th><th>page and cell</th><th></th></tr></thead>"
        f"<tbody>{rows}</tbody></table>" if rows else "",
        f"<details><summary>SQL</summary><pre>{escape(one.sql)}</pre></details>" if one.sql else ""))
    shown = " open" if one.verdict in summary.TO_LOOK_AT else ""
    return "\n".join(part for part in (
        f"<article id=\"claim-{one.number}\"><p>{one.number}. {escape(words.heading(one.claim))}</p>",
        f"<p class=\"verdict {summary.look(one.verdict)}\">{escape(words.verdict_label(one))}</p>", f"<p>{escape(one.said)}</p>",
        f"<p>Safe to print{escape(f' ({assumed})' if assumed else '')}: “{escape(one.printable)}”</p>" if one.printable else "",
        f"<details{shown}><summary>Evidence</summary>{evidence}</details>" if evidence else "", "</article>") if part)


def _row(row: Evidence, articles: Mapping[str, str]) -> str:
    fact = row.fact
    agrees = {True: "agrees", False: "does not agree", None: ""}[row.agrees]
    article = articles.get(fact.version_id)
    stands = f"{_linked(article)}; {escape(fact.locator)}" if article else f"{_link(words.page(fact))} {escape(fact.locator)}"
    cells = (escape(words.who(row)), escape(words.compared(row)), escape(words.source(fact)), stands, escape(agrees or row.note))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _linked(text: str) -> str:
    """A text in which the web's addresses are links."""
    return "".join(_link(part) if part.startswith("http") else escape(part) for part in _ADDRESS.split(text))


def _link(url: str) -> str:
    """A link where the address is one of the web's; else its text."""
    try:
        web = urlsplit(url).scheme in ("http", "https")
    except ValueError:
        web = False
    return f"<a href=\"{escape(url, quote=True)}\" rel=\"noreferrer\">{escape(url)}</a>" if web else escape(url)
