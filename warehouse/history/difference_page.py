"""Pages for people: what changed between two snapshots, as HTML. All text from outside is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from warehouse.history.past import Snapshot
from warehouse.history.snapshots import Change
from warehouse.shown import escape

STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}tr.revised td{background:#fff8e6}
tr.withdrawn td{background:#fdecea}.small{color:#666;font-size:.85em}"""


def changes_page(changes: Sequence[Change], one: Snapshot, other: Snapshot, zone: str) -> str:
    """One page: a line for each figure that differs, with the page and cell it now comes from; our own times in the home's zone."""
    lines = []
    for change in changes:
        key = " ".join(v for v in change.key.values() if v not in ("-", "TOTAL"))
        cells = [escape(change.what), escape(change.dataset), escape(key)]
        numbers = ["" if value is None else f"{value.normalize():,f} {escape(change.unit)}" for value in (change.old, change.new)]
        numbers.append("" if change.change_pct is None else f"{change.change_pct:+.2f} %")
        if change.note:
            numbers[-1] = escape(change.note)
        page = escape(change.locator)
        if change.url.startswith(("https://", "http://")):
            page = f'<a href="{escape(change.url)}">{page}</a>'
        lines.append(f'<tr class="{escape(change.what)}">' + "".join(f"<td>{cell}</td>" for cell in cells)
                     + "".join(f'<td class="n">{number}</td>' for number in numbers) + f'<td class="small">{page}</td></tr>')
    before, after = (each.recorded_at.astimezone(ZoneInfo(zone)) for each in (one, other))
    title = f"Changes from snapshot {one.number} to {other.number}"
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>
<h1>{title}</h1><p>{before:%Y-%m-%d %H:%M} to {after:%Y-%m-%d %H:%M} ({zone}) · {len(changes):,} figures differ</p>
<table><tr><th></th><th>dataset</th><th>figure</th><th>was</th><th>is</th><th>change</th><th>page and cell</th></tr>
{chr(10).join(lines)}
</table></html>
"""
