"""The skeleton of a self-contained page: no script, nothing loaded, dark and light by the reader's choice, and for paper. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from warehouse.charts.palette import DARK, GROUND, INK, LIGHT, QUIET, RULE
from warehouse.shown import escape

_STYLE = f"""
:root{{color-scheme:light dark;--ink:{INK};--quiet:{QUIET};--rule:{RULE};--ground:{GROUND};--accent:{LIGHT[0]};--against:#b04a00;
--shade:#1b1f2440}}
@media (prefers-color-scheme:dark){{:root{{--ink:{DARK[INK]};--quiet:{DARK[QUIET]};--rule:{DARK[RULE]};--ground:{DARK[GROUND]};
--accent:{DARK[LIGHT[0]]};--against:{DARK[LIGHT[1]]};--shade:#e8ebef52}}}}
*{{box-sizing:border-box}}
body{{font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;max-width:46rem;margin:0 auto;
padding:2.2rem 1.2rem 3rem;color:var(--ink);background:var(--ground);overflow-wrap:anywhere}}
h1,h2{{font-family:Charter,"Liberation Serif","Times New Roman",serif;font-weight:700;line-height:1.2;text-wrap:balance}}
h1{{font-size:2.1rem;margin:.2rem 0 .5rem;letter-spacing:-.01em}}
h2{{font-size:1.35rem;margin:2.8rem 0 .6rem;padding-top:.7rem;border-top:2px solid var(--ink)}}
h3{{font-size:1rem;margin:1.4rem 0 .2rem}}p{{margin:.5rem 0}}a{{color:var(--accent)}}
figure{{margin:1.5rem 0 .4rem}}figure svg{{max-width:100%;height:auto;display:block;overflow:visible}}
figcaption{{margin:0 0 .35rem}}figcaption b{{display:block;font-size:1.02rem;line-height:1.3}}
figcaption span{{display:block;font-size:.84rem;color:var(--quiet);line-height:1.4}}
.deck{{font-size:1.1rem;color:var(--quiet);margin:0 0 1.1rem}}
.source,footer,.quiet{{color:var(--quiet);font-size:.84rem;line-height:1.45}}.source{{margin:.3rem 0 0}}
.source p{{margin:.1rem 0}}.source a{{color:inherit}}.source code{{white-space:nowrap}}
.kicker{{color:var(--quiet);font-size:.8rem;letter-spacing:.06em;text-transform:uppercase;margin:0}}
.small{{display:none}}
.key{{display:flex;flex-wrap:wrap;margin:1.3rem 0 .6rem;
border-top:1px solid var(--rule);border-bottom:1px solid var(--rule)}}
.key>div{{flex:0 0 33.3%;padding:.65rem .8rem .65rem 0}}.key b{{display:block;font-size:1.16rem;line-height:1.25;white-space:nowrap;
font-variant-numeric:tabular-nums}}.key.four>div{{flex-basis:50%}}.key.facts>div{{flex-basis:25%}}
.key span{{display:block;font-size:.84rem;color:var(--quiet);line-height:1.35}}
.key span.what{{color:var(--ink)}}
.sentences p{{margin:.5rem 0}}.gone{{border-left:3px solid var(--rule);padding-left:.8rem;margin:1rem 0}}
section.empty h2{{font-size:1.05rem;margin:1.6rem 0 .3rem;padding-top:.5rem;border-top:1px solid var(--rule)}}
section.empty .gone{{margin:.2rem 0}}
ul.reasons{{margin:.8rem 0;padding-left:1.1rem}}.reasons li{{margin:.2rem 0}}
.claim{{padding:.7rem 0 0}}.claim.more{{padding:.6rem 0 0}}.claim p{{margin:.1rem 0}}
.claim+.kept{{margin-top:.9rem;border-top:1px solid var(--rule)}}
.verdict{{font-weight:600}}
.against{{color:var(--against)}}
details{{margin:0 0 1.6rem}}summary{{cursor:pointer;color:var(--quiet);font-size:.84rem;padding:.25rem 0}}
.wide{{overflow-x:auto;margin:1rem 0;width:max-content;min-width:100%;max-width:max(100%,min(62rem,50% + 50vw - 1.6rem));
background:linear-gradient(to right,var(--ground) 30%,transparent) left/2.2rem 100% no-repeat local,
linear-gradient(to left,var(--ground) 30%,transparent) right/2.2rem 100% no-repeat local,
linear-gradient(to right,var(--shade),transparent) left/.9rem 100% no-repeat scroll,
linear-gradient(to left,var(--shade),transparent) right/.9rem 100% no-repeat scroll}}
table{{border-collapse:collapse;width:100%;font-size:.85rem;line-height:1.4;overflow-wrap:normal}}
th{{color:var(--quiet);font-weight:600;vertical-align:bottom}}
.over{{font-size:.9rem;font-weight:600;line-height:1.35;margin:1.4rem 0 0}}.over+.wide{{margin-top:.3rem}}
th,td{{text-align:left;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--rule)}}td{{vertical-align:top}}
th:last-child,td:last-child{{padding-right:0}}td.n,th.n{{text-align:right;font-variant-numeric:tabular-nums}}
td.n{{white-space:nowrap}}
dl{{margin:0;font-size:.84rem;line-height:1.45}}dl>div{{display:flex}}dt{{color:var(--quiet);flex:0 0 8.5rem}}dd{{margin:0;flex:1 1 auto}}
code{{font-size:.92em}}footer{{margin-top:2.8rem;padding-top:.7rem;border-top:1px solid var(--rule)}}
nav{{display:flex;flex-wrap:wrap;margin:0 0 1.6rem;padding-bottom:.6rem;font-size:.9rem;border-bottom:1px solid var(--rule)}}
nav a{{color:var(--ink);text-decoration:none;padding:.15rem 0;margin-right:1.1rem}}
nav a:hover,nav a[aria-current]{{text-decoration:underline;text-underline-offset:.25em}}
form{{display:flex;gap:.5rem;margin:1rem 0}}input{{font:inherit;flex:1 1 auto;min-width:0;padding:.45rem .6rem;border-radius:3px;
border:1px solid var(--quiet);background:var(--ground);color:var(--ink)}}
button{{font:inherit;padding:.45rem .9rem;border:1px solid var(--ink);border-radius:3px;background:var(--ink);color:var(--ground)}}
.columns{{columns:14rem;column-gap:1.6rem;padding:0;list-style:none;margin:.6rem 0}}.columns li{{break-inside:avoid;padding:.1rem 0}}
@media (max-width:34rem){{.wide table{{width:max-content;min-width:100%}}.wide th,.wide td{{max-width:15rem}}
body{{padding:1.2rem 1rem 2rem}}h1{{font-size:1.6rem}}.large{{display:none}}.small{{display:block}}
.key>div,.key.four>div,.key.facts>div{{flex-basis:50%;padding-right:.5rem}}.key b{{font-size:1.02rem}}
.small svg{{width:100%;max-width:26rem}}dt{{flex-basis:6.5rem}}}}
@media print{{:root{{font-size:14px;color-scheme:light;--ink:{INK};--quiet:{QUIET};--rule:{RULE};--ground:{GROUND};--accent:{LIGHT[0]};
--against:#b04a00}}body{{max-width:none;padding:0;font-size:10pt}}figure,tr,.kept,.claim,dl,.key{{break-inside:avoid}}
h2,h3,.over{{break-after:avoid}}h2{{margin-top:1.5rem}}figure{{margin-top:.9rem}}.deck{{font-size:1rem;margin-bottom:.7rem}}
.key{{margin:.8rem 0 .4rem}}.key>div{{padding-top:.35rem;padding-bottom:.35rem}}
.wide{{width:auto;max-width:none;overflow:visible;background:none}}
nav,form,details,.small{{display:none}}.large{{display:block}}}}
""".strip()


def page(title: str, body: Iterable[str], *, policy: str = "", head: str = "") -> str:
    """A whole page; ``body`` and ``head`` are HTML whose texts are escaped already. ``policy`` is what a page may do beyond standing there:
    further directives of its Content-Security-Policy.
    """
    rules = f"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'{policy}"
    return ('<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f'<meta http-equiv="Content-Security-Policy" content="{rules}">'
            f"<title>{escape(title)}</title>{head}<style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n")


def figure(drawn: str, caption: str = "") -> str:
    """A chart inside the page."""
    return f'<figure>{drawn}{f"<figcaption>{escape(caption)}</figcaption>" if caption else ""}</figure>'


def table(names: Sequence[str], rows: Iterable[Sequence[object]], label: str, *, caption: bool = False) -> str:
    """A table that scrolls inside itself where it is wider than the window; numbers stand at the right, aligned by their point.

    A cell that is ``Link`` leads to a page.
    """
    kept = [list(row) for row in rows]
    right = [bool(kept) and all(row[n] is None or isinstance(row[n], (int, float, Decimal)) for row in kept)
             and any(row[n] is not None for row in kept) for n in range(len(names))]
    digits = [_digits(row[n] for row in kept) for n in range(len(names))]
    head = "".join(f'<th scope="col"{" class=n" if right[n] else ""}>{escape(name)}</th>' for n, name in enumerate(names))
    lines = "".join("<tr>" + "".join(f'<td{" class=n" if right[n] else ""}>{_shown(cell, digits[n])}</td>' for n, cell in enumerate(row))
                    + "</tr>" for row in kept)
    over = f'<p class="over">{escape(label)}</p>' if caption else ""  # beside the table that scrolls, so that it is read whole
    return (f'{over}<div class="wide" role="region" aria-label="{escape(label)}" tabindex="0">'
            f'<table aria-label="{escape(label)}"><thead><tr>{head}</tr></thead>'
            f"<tbody>{lines}</tbody></table></div>")


class Link:
    """A cell that leads somewhere: an address that is ours, or one that ``outside`` let pass."""

    def __init__(self, text: str, to: str) -> None:
        self.text, self.to = text, to

    def __str__(self) -> str:
        return f'<a href="{escape(self.to)}">{escape(self.text)}</a>'


def outside(text: str, url: str) -> str:
    """A link to an address of others, where it is one of the web; else its text alone."""
    if url.startswith(("https://", "http://")) and not any(letter.isspace() for letter in url):
        return f'<a href="{escape(url)}" rel="noreferrer nofollow">{escape(text)}</a>'
    return escape(text)


def listed(title: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Things with many words each, one below the other: the first cell is the name of each. Nothing where there is none."""
    made = [f"<h3>{escape(row[0])}</h3><dl>" + "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(cell)}</dd></div>"
            for name, cell in zip(names[1:], row[1:], strict=True) if cell) + "</dl>" for row in rows]
    return [f"<h2>{escape(title)}</h2>", *made] if made else []


def _digits(cells: Iterable[object]) -> int | None:
    """Decimals of a column of numbers that are not whole, so that their points stand below each other; None where all are whole."""
    most = None
    for cell in cells:
        if isinstance(cell, float):
            most = max(most or 0, 1, min(2, len(f"{Decimal(str(cell)).normalize():f}".partition(".")[2])))
        elif isinstance(cell, Decimal) and cell != cell.to_integral_value():
            most = max(most or 0, len(f"{cell.normalize():f}".partition(".")[2]))
    return most


def _shown(cell: object, digits: int | None) -> str:
    if isinstance(cell, Link):
        return str(cell)
    if isinstance(cell, (float, Decimal)) and digits is not None:
        return f"{cell:,.{digits}f}".replace("-", "−")
    return escape(_cell(cell))


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell:%-d %b %Y %H:%M}".replace(" ", "\u00a0")
    if isinstance(cell, date):
        return f"{cell:%-d %b %Y}".replace(" ", "\u00a0")
    if isinstance(cell, (int, Decimal)) and not isinstance(cell, bool):
        return f"{cell:,.0f}".replace("-", "−")
    return str(cell)
