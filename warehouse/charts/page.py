"""The skeleton of a self-contained page: no script, nothing loaded, dark and light by the reader's choice, and for paper. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from warehouse.charts.palette import DARK, GROUND, INK, QUIET, RULE
from warehouse.shown import escape

_STYLE = f"""
:root{{color-scheme:light dark;--ink:{INK};--quiet:{QUIET};--rule:{RULE};--ground:{GROUND}}}
@media (prefers-color-scheme:dark){{:root{{--ink:{DARK[INK]};--quiet:{DARK[QUIET]};--rule:{DARK[RULE]};--ground:{DARK[GROUND]}}}}}
body{{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:var(--ink);background:var(--ground);
overflow-wrap:anywhere}}
h1{{font-size:1.5rem}}h2{{font-size:1.15rem;margin-top:2.2rem}}figure{{margin:1rem 0}}figure svg{{max-width:100%;height:auto}}
figcaption,footer,.quiet{{color:var(--quiet);font-size:.9rem}}
.wide{{overflow-x:auto}}table{{border-collapse:collapse;width:100%;font-size:.85rem;overflow-wrap:normal}}
th,td{{text-align:left;padding:.25rem .6rem .25rem 0;border-top:1px solid var(--rule);vertical-align:top}}
h3{{font-size:1rem;margin:1.2rem 0 .2rem}}dl{{display:grid;grid-template-columns:9rem 1fr;gap:.1rem .8rem;margin:0;font-size:.85rem}}
dt{{color:var(--quiet)}}dd{{margin:0}}
td.n,th.n{{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}}code{{font-size:.9em}}
@media print{{:root{{color-scheme:light}}body{{max-width:none;margin:0}}figure,tr{{break-inside:avoid}}h2{{break-after:avoid}}}}
""".strip()


def page(title: str, body: Iterable[str]) -> str:
    """A whole page; ``body`` is HTML whose texts are escaped already."""
    return ('<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n")


def figure(drawn: str, caption: str = "") -> str:
    """A chart inside the page."""
    return f'<figure>{drawn}{f"<figcaption>{escape(caption)}</figcaption>" if caption else ""}</figure>'


def table(names: Sequence[str], rows: Iterable[Sequence[object]], label: str) -> str:
    """A table that scrolls inside itself where it is wider than the window; numbers stand at the right."""
    kept = [list(row) for row in rows]
    right = [bool(kept) and all(row[n] is None or isinstance(row[n], (int, float, Decimal)) for row in kept)
             and any(row[n] is not None for row in kept) for n in range(len(names))]
    head = "".join(f'<th scope="col"{" class=n" if right[n] else ""}>{escape(name)}</th>' for n, name in enumerate(names))
    lines = "".join("<tr>" + "".join(f'<td{" class=n" if right[n] else ""}>{escape(_cell(cell))}</td>' for n, cell in enumerate(row))
                    + "</tr>" for row in kept)
    return (f'<div class="wide" role="region" aria-label="{escape(label)}" tabindex="0"><table><thead><tr>{head}</tr></thead>'
            f"<tbody>{lines}</tbody></table></div>")


def listed(title: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Things with many words each, one below the other: the first cell is the name of each. Nothing where there is none."""
    made = [f"<h3>{escape(row[0])}</h3><dl>" + "".join(f"<dt>{escape(name)}</dt><dd>{escape(cell)}</dd>"
            for name, cell in zip(names[1:], row[1:], strict=True) if cell) + "</dl>" for row in rows]
    return [f"<h2>{escape(title)}</h2>", *made] if made else []


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "minutes")
    if isinstance(cell, (int, Decimal)) and not isinstance(cell, bool):
        return f"{cell:,.0f}" if cell == int(cell) else f"{Decimal(cell).normalize():,f}"
    if isinstance(cell, float):
        return f"{cell:,.1f}"
    return str(cell)
