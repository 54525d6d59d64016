"""A report as one self-contained page: sentence, verdict, evidence with a link to page and cell. Pure.

All text from outside is escaped; links go out only to http and https addresses; the page has no script and loads nothing.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from warehouse.claims.say import words
from warehouse.claims.say.printable import date_note
from warehouse.claims.weigh.checked import Checked, Report
from warehouse.claims.weigh.verdicts import Evidence
from warehouse.shown import escape

_COLOURS = {"supported": "#1a7f37", "contradicted": "#b42318", "scale_error": "#b42318", "misattributed": "#b42318",
            "not_checkable": "#57606a"}
_OTHER = "#8a5a00"

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#1f2328}
h1{font-size:1.4rem}article{border:1px solid #d0d7de;border-radius:6px;padding:1rem;margin:1rem 0}
blockquote{margin:0 0 .6rem;padding-left:.8rem;border-left:3px solid #d0d7de}
.verdict{font-weight:600}table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:.25rem .5rem;border-top:1px solid #eaeef2;vertical-align:top}
pre{white-space:pre-wrap;font-size:.8rem;background:#f6f8fa;padding:.5rem}footer{color:#57606a;font-size:.9rem}
""".strip()


def page(report: Report, title: str | None = None) -> str:
    """The whole page as HTML."""
    reading = report.reading
    name = title or "A text against the statistics"
    body = [f"<h1>{escape(name)}</h1>"]
    if reading.language != "en":
        body.append(f"<p>Not read: this text is in {escape(words.language(reading.language))}; only English is read.</p>")
    body += [_claim(one, date_note(reading.published)) for one in report.claims]
    if reading.events:
        body.append("<h2>Events, kept and not decided by statistics</h2><ul>" + "".join(
            f"<li>{escape(event.kind)}: {escape(event.sentence)}</li>" for event in reading.events) + "</ul>")
    if report.relations:
        body.append("<h2>Arithmetic inside the text</h2><ul>" + "".join(
            f"<li>{escape(one.said)}: {'adds up' if one.consistent else '<strong>does not add up</strong>'}</li>"
            for one in report.relations) + "</ul>")
    known = f"known on {reading.published.day} ({reading.published.basis})" if reading.published.day else "no date: by what is held today"
    made = any(row.fact.origin_kind == "reconstructed" for one in report.claims for row in one.evidence)
    sample = " · sample, reconstructed" if made else ""
    body.append(f"<footer>{len(report.claims)} claims · {escape(known)} · snapshot {report.snapshot}{sample}</footer>")
    return ("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n")


def _claim(one: Checked, assumed: str) -> str:
    colour = _COLOURS.get(one.verdict, _OTHER)
    rows = "".join(_row(row) for row in one.evidence)
    readings = "".join(f"<li>{escape(r.reading)}: {escape(words.label(r.verdict))} ({escape(r.detail)})</li>" for r in one.readings)
    return "\n".join(part for part in (
        f"<article id=\"claim-{one.number}\"><blockquote>{escape(one.claim.sentence)}</blockquote>",
        f"<p>{escape(words.heading(one.claim))}</p>",
        f"<p class=\"verdict\" style=\"color:{colour}\">{escape(words.verdict_label(one))}</p>",
        f"<p>{escape(one.said)}</p>", f"<ul>{readings}</ul>" if readings else "",
        f"<p>Safe to print{escape(f' ({assumed})' if assumed else '')}: “{escape(one.printable)}”</p>" if one.printable else "",
        "<table><thead><tr><th>whose</th><th>figure</th><th>where it stands</th><th>page and cell</th><th></th></tr></thead>"
        f"<tbody>{rows}</tbody></table>" if rows else "",
        f"<details><summary>SQL</summary><pre>{escape(one.sql)}</pre></details>" if one.sql else "", "</article>") if part)


def _row(row: Evidence) -> str:
    fact = row.fact
    agrees = {True: "agrees", False: "does not agree", None: ""}[row.agrees]
    cells = (escape(words.who(row)), escape(words.compared(row)), escape(words.source(fact)),
             f"{_link(words.page(fact))} {escape(fact.locator)}", escape(agrees or row.note))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _link(url: str) -> str:
    """A link where the address is one of the web's; else its text."""
    try:
        web = urlsplit(url).scheme in ("http", "https")
    except ValueError:
        web = False
    return f"<a href=\"{escape(url, quote=True)}\" rel=\"noreferrer\">{escape(url)}</a>" if web else escape(url)
