"""The pages of a site that are lists: first page, pairs, countries, datasets, calendar, nights, revisions, claims. HTML in pieces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from warehouse.charts import page
from warehouse.charts.page import Link
from warehouse.pages import brief as as_page
from warehouse.pages.parts import own
from warehouse.pages.site import held
from warehouse.reference.areas import name_of
from warehouse.reference.dates import short, spelt
from warehouse.reference.flows import SPOKEN as FLOWS
from warehouse.reference.periods import MONTHS, Period
from warehouse.shown import escape

if TYPE_CHECKING:
    from warehouse.pages.site.whole import Release, Site

TITLES = {"index.html": "What is held", "pairs.html": "Pairs", "countries.html": "Countries", "datasets.html": "Datasets",
          "calendar.html": "Calendar", "nights.html": "Nights", "revisions.html": "Revisions", "claims.html": "Claims"}
_MENU = {**TITLES, "index.html": "Entrepot", "search.html": "Search"}
LARGEST = 12
"""Pairs on the first page."""
WEEK = 7
"""Days of which revisions are listed."""
EACH = 3
"""Releases of one dataset under one heading of the calendar."""


def menu(path: str, up: str, *, served: bool = False) -> str:
    """Where one can go from everywhere."""
    links = (f'<a href="{up}{name}"{" aria-current=page" if name == path else ""}>{escape(title)}</a>' for name, title in _MENU.items())
    answers = f'<a href="{up}api/">API</a>' if served else ""
    return f"<nav aria-label=\"Pages\">{''.join(links)}{answers}</nav>"


def foot(site: Site, up: str) -> str:
    """Of which snapshot a page is, and on which terms."""
    when = f", recorded {_moment(site.recorded, site.around.zone)}" if site.recorded else ""
    sample = " Its figures are from the shipped sample, whose pages are reconstructed from sourced figures." if any(
        one["reconstructed"] for one in site.datasets) else ""
    return (f"<footer>Snapshot {site.snapshot}{escape(when)}.{sample} Figures stay under their publishers' terms: "
            f'<a href="{up}datasets.html">datasets</a>. New releases and large revisions: <a href="{up}feed.xml">feed</a>.</footer>')


def first(site: Site) -> list[str]:
    """What is held, what is newest, what is late."""
    count = held.counts(site.con)
    facts = (("figures", count["figures"]), ("datasets", count["datasets"]), ("publishers", count["publishers"]),
             ("pairs of countries", len(site.held_pairs)))
    made = ["<h1>Official trade figures, each with its page, its revisions and its mirror</h1>",
            '<div class="key facts">' + "".join(
                f"<div><b>{number:,}</b><span>{escape(what)}</span></div>" for what, number in facts) + "</div>",
            '<form action="search.html" role="search"><input name="q" type="search" aria-label="Country, dataset or publisher" '
            'placeholder="Country, dataset or publisher"><button>Search</button></form>']
    made += _late(site)
    made += ["<h2>Newest</h2>", _loads(site, held.loads(site.con, 10), "The newest releases"),
             '<p class="quiet"><a href="nights.html">All of the last nights</a></p>']
    changed = _revised(site, 5)
    if changed:
        made += ["<h2>Largest revisions of the week</h2>", _revisions(site, changed, "The largest revisions of the week"),
                 '<p class="quiet"><a href="revisions.html">All revisions of the week</a></p>']
    if site.pairs:
        made += ["<h2>Pairs</h2>", _links((pair.path, pair.title, _years(pair)) for pair in site.pairs[:LARGEST]),
                 f'<p class="quiet"><a href="pairs.html">All pairs with a page: {len(site.pairs):,}</a></p>']
    if site.countries:
        made += ["<h2>Countries</h2>", _links((one.path, one.title, _years(one)) for one in site.countries[:LARGEST]),
                 '<p class="quiet"><a href="countries.html">All countries with an account of their own</a></p>']
    if site.claims:
        made += ["<h2>What the news claimed lately</h2>", *as_page.claims(site.claims[:3]),
                 '<p class="quiet"><a href="claims.html">All claims</a></p>']
    return made


def _years(of: held.Pair | held.Country) -> str:
    return str(of.first) if of.first == of.last else f"{of.first}–{of.last}"


def pairs(site: Site) -> list[str]:
    """Pairs with a page, and how many more are held."""
    more = len(site.held_pairs) - len(site.pairs)
    said = (f" {more:,} more pairs are held: <code>entrepot brief</code> makes a page of any, <code>entrepot publish pages TO --pairs N"
            "</code> more of them, <code>--pair A B</code> one." if more else "")
    return ["<h1>Pairs</h1>", f'<p class="deck">Both accounts of the same goods, the largest flows first.{said}</p>',
            _links((pair.path, pair.title, _years(pair)) for pair in site.pairs) if site.pairs else _none("a whole year")]


def countries(site: Site) -> list[str]:
    """Countries whose own account is held."""
    return ["<h1>Countries</h1>", '<p class="deck">What each reports itself: its trade with the world, and its partners.</p>',
            _links((one.path, one.title, _years(one)) for one in site.countries) if site.countries else _none("an account")]


def datasets(site: Site) -> list[str]:
    """Each dataset with what is held of it and on which terms."""
    made = ["<h1>Datasets</h1>", '<p class="deck">What is held of each, how new it is, and what may be done with it.</p>',
            *(page.table(("dataset", "what", "figures", "periods", "newest release", "may be passed on"), [
                (Link(one["dataset"], f"#{one['dataset']}"), _titled(one["title"]), one["figures"], _span(one["first"], one["last"]),
                 one["released_on"],
                 "yes" if one["may_redistribute"] else "no") for one in chosen], title, caption=True)
              for title, chosen in (("Statistics, rates and news", [one for one in _rows(site) if not _stated(one["dataset"])]),
                                    ("What officials stated", [one for one in _rows(site) if _stated(one["dataset"])])) if chosen)]
    for one in _rows(site):
        facts = (("publisher", one["publisher"]), ("rows", f"{one['figures'] or 0:,}"), ("licence", one["licence"]),
                 ("passed on", "yes" if one["may_redistribute"] else "no: shown as charts and single figures"),
                 ("attribution", one["attribution"]), ("cite as", one["citation"]), ("appears", one["cadence"]),
                 ("loaded", f"snapshot {one['snapshot']}, {_moment(one['loaded'], site.around.zone)}"),
                 ("origin", "reconstructed for the sample" if one["reconstructed"] else ""))
        made.append(f'<section id="{escape(one["dataset"])}"><h3>{escape(one["dataset"])}</h3><p>{escape(_titled(one["title"]))}</p><dl>'
                    + "".join(
            f"<div><dt>{name}</dt><dd>{escape(str(cell))}</dd></div>" for name, cell in facts if cell)
            + (f"<div><dt>page</dt><dd>{page.outside(one['page_url'], one['page_url'])}</dd></div>" if one["page_url"] else "")
            + "</dl></section>")
    return made


def _titled(text: str) -> str:
    return text[:1].upper() + text[1:]


def _span(first: date | None, last: date | None) -> str:
    """From when to when, in years where they are whole, and never broken inside a day or month."""
    if first is None or last is None:
        return ""
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return f"{first.year}–{last.year}" if first.year != last.year else str(first.year)
    said = str(Period(first, last))
    said = spelt(said).replace(" to ", " – ")
    return "\u00a0– ".join(part.replace(" ", "\u00a0") for part in said.split(" – "))


def _part(batch: str, dataset: str) -> str:
    """Which part of a dataset a load is, with its days and months as they are written elsewhere."""
    told = spelt(batch.removeprefix(f"{dataset} ").replace("_", " "))
    return re.sub(r"\b(\d{4})-(0[1-9]|1[0-2])\b(?!-)", lambda found: f"{MONTHS[int(found[2]) - 1]} {found[1]}", told)


def _stated(dataset: str) -> bool:
    return dataset.startswith("statement.")


def _rows(site: Site) -> list[dict[str, Any]]:
    return [one for one in site.datasets if one["loaded"]]


def calendar(site: Site) -> list[str]:
    """Releases that came, are due, are late and are coming, of what is held."""
    known = {one["dataset"] for one in site.datasets}
    shown = [r for r in site.around.releases if r.dataset in known]
    left = len({r.dataset for r in site.around.releases} - known)
    more = f" {left:,} more datasets are known here of which nothing was ever loaded." if left else ""
    made = ["<h1>Calendar</h1>", '<p class="deck">Releases of what is held, on the days of their publishers\' places. ~ marks a day '
            f"that is not announced and follows from the usual lag.{more}</p>", *_late(site)]
    coming = [r for r in shown if r.stands == "coming"]
    due = [r for r in shown if r.stands in ("due", "overdue")]
    for title, chosen in (("Due", _nearest(due)), ("Coming", _nearest(coming)),
                          ("Came", _nearest([r for r in reversed(shown) if r.stands == "past"]))):
        if chosen:
            made += [f"<h2>{title}</h2>", page.table(("day", "dataset", "period"), [
                (f"{'~ ' if r.source != 'official' else ''}{short(r.day)}".replace(" ", "\u00a0"),
                 Link(r.dataset, f"datasets.html#{r.dataset}"), _period(r)) for r in chosen], title)]
    return made if len(made) > 2 else [*made, _none("a release in these weeks")]


def _nearest(found: Sequence[Release]) -> list[Release]:
    """Of each dataset no more than ``EACH``, and of one of days one, so that daily ones leave room."""
    seen: Counter[str] = Counter()
    chosen = []
    for one in found:
        seen[one.dataset] += 1
        if seen[one.dataset] <= (1 if _day(one) else EACH):
            chosen.append(one)
    return chosen


def _day(release: Release) -> date | None:
    """The day that a release is of, where its period is a day."""
    try:
        return date.fromisoformat(release.period)
    except ValueError:
        return None


def _period(release: Release) -> str:
    day = _day(release)
    return f"{short(day)}, and daily".replace(" ", "\u00a0") if day else spelt(release.period)


def _late(site: Site) -> list[str]:
    rows = [(Link(name, f"datasets.html#{name}"), said) for name, said in site.around.late]
    return ["<h2>Late</h2>", page.table(("dataset", "since"), rows, "Datasets that are late")] if rows else []


def nights(site: Site) -> list[str]:
    """The last days on which something came."""
    made = ["<h1>Nights</h1>", '<p class="deck">The last days on which something new came, with what it changed. A day on which all was as '
            "before leaves no trace here.</p>"]
    found = held.nights(site.con, site.around.zone, 14)
    for day, of_day in groupby(found, key=lambda row: row["day"]):
        rows = _statements_together(of_day)
        made += [f"<h2>{escape(short(day))}</h2>", page.table(
            ("dataset", "loads", "new", "revised", "withdrawn", "snapshots"),
            [(row.get("cell") or Link(row["dataset"], f"datasets.html#{row['dataset']}"), row["loads"], int(row["rows_new"]),
              int(row["rows_revised"]),
              int(row["rows_withdrawn"]), f"{row['first']}–{row['last']}" if row["first"] != row["last"] else str(row["first"]))
             for row in rows], f"Loads of {short(day)}")]
    return made if found else [*made, _none("a load")]


def _statements_together(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of one day the datasets, and what officials stated as one line after them."""
    rows = list(found)
    stated = [row for row in rows if _stated(row["dataset"])]
    if len(stated) < 2:
        return rows
    return [row for row in rows if row not in stated] + [{
        "cell": f"what officials stated ({len(stated)} datasets)", "first": min(row["first"] for row in stated),
        "last": max(row["last"] for row in stated),
        **{name: sum(row[name] for row in stated) for name in ("loads", "rows_new", "rows_revised", "rows_withdrawn")}}]


def revisions(site: Site) -> list[str]:
    """Figures that their publishers changed in the week before the newest snapshot."""
    until = f" to {_moment(site.recorded, site.around.zone)}" if site.recorded else ""
    made = ["<h1>Revisions of the week</h1>",
            f'<p class="deck">Figures that their publishers changed or withdrew in the seven days{escape(until)}, the largest changes '
            "first. The old version of each is kept.</p>"]
    changed = _revised(site, 100)
    left = sum(row["dataset"] in site.kept_back for row in changed)
    note = [f'<p class="quiet">{left} of these are shown without their levels: their publisher does not let rows be passed on.</p>'
            ] if left else []
    return [*made, _revisions(site, changed, "Revisions of the week"), *note] if changed else [*made, _none("a revision of that week")]


def claims(site: Site) -> list[str]:
    """Claims of the newest articles, in our own words, with what the statistics say of them."""
    made = ["<h1>Claims</h1>", '<p class="deck">What articles said of trade, in our own words, held against the statistics. Their '
            "texts stay with their publishers.</p>"]
    return [*made, *as_page.claims(site.claims)] if site.claims else [*made, _none("a claim that was checked")]


def _revised(site: Site, most: int) -> list[dict[str, Any]]:
    return held.revisions(site.con, site.recorded, WEEK, most) if site.recorded else []


def _revisions(site: Site, found: Iterable[dict[str, Any]], label: str) -> str:
    return page.table(("figure", "period", "unit", "before, mn", "now, mn", "change, %", "dataset", "trace"), [
        (what(row), str(Period(row["period_start"], row["period_end"])), row["currency"],
         *((None, None) if row["dataset"] in site.kept_back else (_millions(row["old_value"]), _millions(row["new_value"]))),
         row["change_pct"],
         Link(row["dataset"], f"datasets.html#{row['dataset']}"), (row["new_version_id"] or row["old_version_id"] or "")[:10])
        for row in found], label)


def _millions(value: Decimal | None) -> Decimal | None:
    """As millions, without noughts at the end."""
    return None if value is None else (value / 10**6).normalize() + 0


def what(row: dict[str, Any]) -> str:
    """Of what a revised figure is."""
    goods = "" if row["product"] == "TOTAL" else f" of {row['classification']} {row['product']}"
    toward = "" if row["partner"] == "WLD" else f", {name_of(row['partner'])}"
    return f"{own(row['reporter'])} {FLOWS.get(row['flow'], row['flow'])}{goods}{toward}"


def _loads(site: Site, found: Iterable[dict[str, Any]], label: str) -> str:
    zone = ZoneInfo(site.around.zone)
    return page.table(("dataset", "part", f"loaded ({site.around.zone})", "new", "revised"), [
        (Link(row["dataset"], f"datasets.html#{row['dataset']}"), _part(row["batch"], row["dataset"]),
         row["recorded_at"].astimezone(zone), row["rows_new"], row["rows_revised"]) for row in found], label)


def _links(found: Iterable[tuple[str, str, str]]) -> str:
    return '<ul class="columns">' + "".join(
        f'<li><a href="{escape(path)}">{escape(title)}</a> <span class="quiet">{escape(more)}</span></li>'
        for path, title, more in found) + "</ul>"


def _none(what: str) -> str:
    return f'<p class="gone quiet">Not held: {escape(what)}.</p>'


def _moment(at: datetime | None, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%-d %b %Y %H:%M} ({zone})" if at else "–"
