"""What is said about a run: its verdict, one sentence, the page to read in the morning, revisions and moved columns.

Pure: outcomes and the overview go in, words come out. What is late is decided in ``status``; which artifact, state or
tag carries the words, in ``orchestration``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote

from flows.run.bookkeeping import Outcome
from flows.tell.causes import Failure, grouped
from flows.tell.changes import Changes
from flows.tell.status import Overview
from warehouse.claims.nightly import Night
from warehouse.claims.say.words import label
from warehouse.reference.dates import spelt
from warehouse.reference.periods import Period
from warehouse.shown import shown

Came = Literal["no_change", "not_out", "not_readable", "new_data", "held", "error"]
WORST_LAST: tuple[Came, ...] = ("no_change", "not_readable", "not_out", "new_data", "held", "error")
WORDS: Mapping[Came, str] = {"no_change": "no change", "not_out": "not out yet", "not_readable": "kept, not read",
                             "new_data": "new data", "held": "held", "error": "error"}
LARGEST = 20
"""Revisions on the page of changes."""

WAYS_OUT: Mapping[str, str] = {
    "Unavailable": "Not answering now. The next night asks again; to ask now: `{entrepot} refresh {dataset}`",
    "RateLimited": "It asks us to wait, and so we do. Later: `{entrepot} refresh {dataset}`",
    "QuotaUsed": "Its calls of this day are used, as it says. What waits goes on by itself tomorrow (UTC): `{entrepot} refresh {dataset}`",
    "Challenged": "A wall for robots stands before it, and is not worked around. Save the page in a browser, then "
                  "`{entrepot} import FILE --source {dataset}`",
    "Forbidden": "It asks not to be fetched. Save the page in a browser, then "
                 "`{entrepot} import FILE --source {dataset}`",
    "KeyNotSet": "It answers nobody without a key, so nobody was asked. Which key, and where to get one: `{entrepot} sources {dataset}`",
    "KeyRefused": "It does not take the key in the settings: it may have been renewed. Where to get one: `{entrepot} sources {dataset}`",
    "NotFound": "The page is gone from where it was held. See where it went: `{entrepot} sources {dataset}`",
    "TooLarge": "More than is ever expected there. Look at the address; then `{entrepot} refresh {dataset}`",
    "SchemaDrift": "Columns or units are not the known ones; the bytes are kept, nothing was loaded. Once an Entrepot "
                   "that knows them is installed: `{entrepot} refresh {dataset}`",
    "Incomplete": "Too short to be whole; nothing was loaded. Ask again: `{entrepot} refresh {dataset} --force`",
    "NoRoom": "Too little is free on the disk, so nothing was asked. Free some; how much it needs: `{entrepot} doctor`",
    "Busy": "Another writer was at work all the time. When it is done: `{entrepot} refresh {dataset}`",
    "LakeDamaged": "Stored bytes are not what was recorded. Look: `{entrepot} doctor`; the lake from the archive: "
                   "`{entrepot} rebuild`",
}
"""Name of an error → what a person does."""
OTHERWISE = ("A fault in Entrepot itself: the run's log shows where. To see it again: "
             "`{entrepot} --debug refresh {dataset}`")


@dataclass(frozen=True)
class Tally:
    """What came of one dataset in one run: the worst of its outcomes, the sum of its rows."""

    dataset: str
    came: Came
    said: str = ""
    error: str = ""
    """Name of the error, where there was one."""
    rows_new: int = 0
    rows_revised: int = 0
    rows_annotated: int = 0
    rows_finer: int = 0
    rows_withdrawn: int = 0
    rows_quarantined: int = 0
    snapshot: int | None = None
    held: int | None = None

    @property
    def rows(self) -> str:
        """What happened to rows, in words: ``840 new, 3 revised``."""
        return _rows([self])


@dataclass(frozen=True)
class Verdict:
    """How a run ends: the name and colour of its state, what was found, and what to type next."""

    good: bool
    name: str
    said: str
    do: str

    @property
    def message(self) -> str:
        """One sentence: ``dosm.sitc: values ×1000: entrepot held show 7``."""
        return f"{self.said}: {self.do}"


@dataclass(frozen=True)
class Need:
    """Something about one dataset that needs a person: what, and what to type. ``notices`` says it once."""

    kind: Literal["held", "error", "late"]
    dataset: str
    said: str
    """Words of the publisher may stand in it."""
    do: str
    """In ours, with the command between backquotes."""
    error: str = ""
    held: int | None = None
    period_end: date | None = None
    """The period that is late …"""
    since: date | None = None
    """… and the first day of being so."""

    @property
    def what(self) -> str:
        """``is held``, ``Unavailable``, ``is late``."""
        return {"held": "is held", "error": self.error, "late": "is late"}[self.kind]


@dataclass(frozen=True)
class Run:
    """One publisher's part of a night."""

    publisher: str
    outcomes: tuple[Outcome, ...]
    tallies: tuple[Tally, ...]
    seconds: float = 0.0


def command(*, demo: bool) -> str:
    """How Entrepot is called on this home."""
    return "entrepot --demo" if demo else "entrepot"


def tallies(outcomes: Iterable[Outcome], *, not_out: Collection[str] = ()) -> list[Tally]:
    """Outcomes by dataset, in order of appearance. ``not_out`` are addresses whose 404 is no error (``status``)."""
    by_dataset: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by_dataset.setdefault(outcome.dataset, []).append(outcome)
    return [_tally(dataset, found, not_out) for dataset, found in by_dataset.items()]


def _tally(dataset: str, outcomes: Sequence[Outcome], not_out: Collection[str]) -> Tally:
    came: list[Came] = ["not_out" if outcome.error == "NotFound" and outcome.url in not_out else outcome.result
                        for outcome in outcomes]
    worst = max(came, key=WORST_LAST.index)
    first = outcomes[came.index(worst)]
    others = came.count(worst) - 1 if worst in ("held", "error") else 0
    return Tally(
        dataset, worst, first.said + (f" (and {others} more)" if others else ""),
        error=first.error if worst == "error" else "",
        rows_new=sum(outcome.rows_new for outcome in outcomes),
        rows_revised=sum(outcome.rows_revised for outcome in outcomes),
        rows_annotated=sum(outcome.rows_annotated for outcome in outcomes),
        rows_finer=sum(outcome.rows_finer for outcome in outcomes),
        rows_withdrawn=sum(outcome.rows_withdrawn for outcome in outcomes),
        rows_quarantined=sum(outcome.rows_quarantined for outcome in outcomes),
        snapshot=max((outcome.snapshot for outcome in outcomes if outcome.snapshot is not None), default=None),
        held=first.held if worst == "held" else None)


def verdict(found: Sequence[Tally], late: Mapping[str, str], *, demo: bool = False) -> Verdict:
    """How one publisher's run ends. ``late`` are its datasets that are overdue, with how much.

    Of several, an error comes before what is held, and that before what is late, as in the exit codes.
    """
    entrepot = command(demo=demo)
    errors = [tally for tally in found if tally.came == "error"]
    held = [tally for tally in found if tally.came == "held"]
    only_late = {name: how for name, how in late.items() if name not in {tally.dataset for tally in (*errors, *held)}}
    bad = len(errors) + len(held) + len(only_late)
    more = f" (and {bad - 1} more)" if bad > 1 else ""
    if errors:
        first = errors[0]
        return Verdict(False, first.error or "Error", f"{first.dataset}: {first.said}{more}",
                       f"{entrepot} refresh {first.dataset}")
    if held:
        first = held[0]
        said, show = _held(first.said, first.held, entrepot)
        return Verdict(False, "Held", f"{first.dataset}: {said}{more}", show)
    if only_late:
        name, how = next(iter(only_late.items()))
        return Verdict(False, "Late", f"{name}: {how}{more}", f"{entrepot} sources {name}")
    return _good(found, entrepot)


def _good(found: Sequence[Tally], entrepot: str) -> Verdict:
    new = [tally for tally in found if tally.came == "new_data"]
    if new:
        return Verdict(True, "New data", f"{_rows(new)} in {_number(len(new), 'dataset')}",
                       f"{entrepot} snapshots show {max(tally.snapshot or 0 for tally in new)}")
    waiting = [tally.dataset for tally in found if tally.came == "not_out"]
    if waiting:
        return Verdict(True, "Not out yet", f"no new page yet of {', '.join(waiting)}, and none overdue",
                       f"{entrepot} status")
    return Verdict(True, "No change", f"{_number(len(found), 'dataset')} as before", f"{entrepot} status")


def _held(said: str, number: int | None, entrepot: str) -> tuple[str, str]:
    """Why a load is held, and the command that shows it; the pipeline and the status say both in one sentence."""
    if turned := re.fullmatch(r"entrepot held show (\d+): (.*)", said, re.DOTALL):
        shown, why = turned.groups()
    else:
        why, _, shown = said.partition(": entrepot held show ")
    which = str(number or shown)
    return why, f"{entrepot} held show {which}" if which.isdigit() else f"{entrepot} held list"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _rows(found: Sequence[Tally]) -> str:
    return _counted({"new": sum(tally.rows_new for tally in found), "revised": sum(tally.rows_revised for tally in found),
                     "annotated": sum(tally.rows_annotated for tally in found),
                     "the same with more decimals": sum(tally.rows_finer for tally in found),
                     "withdrawn": sum(tally.rows_withdrawn for tally in found),
                     "set aside": sum(tally.rows_quarantined for tally in found)})


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number:,} {word}" for word, number in counts.items() if number)


def late_of(overview: Overview, *, demo: bool) -> dict[str, str]:
    """Overdue datasets with how much. A sample gets no newer, so nothing of it is late."""
    return {} if demo else {line.dataset: line.note if "late" in line.note else "overdue" for line in overview.lines
                            if line.expected == "overdue"}


def night(runs: Sequence[Run], overview: Overview, *, demo: bool = False) -> Verdict:
    """How the whole night ends: good only if every dataset is. What still waits from earlier nights counts too."""
    kinds: Counter[str] = Counter(need.kind for need in needs(runs, overview, demo=demo))
    do = f"{command(demo=demo)} status"
    if kinds:
        return Verdict(False, "Needs attention", summary(kinds), do)
    found = [tally for run in runs for tally in run.tallies]
    new = sum(tally.came == "new_data" for tally in found)
    return Verdict(True, "New data" if new else "No change",
                   f"{_number(len(found), 'dataset')} as expected, {new} with new data", do)


def summary(kinds: Mapping[str, int]) -> str:
    """How many of which kind: ``1 late, 1 held``."""
    return _counted({"late": kinds.get("late", 0), "held": kinds.get("held", 0), "in error": kinds.get("error", 0)})


def needs(runs: Sequence[Run], overview: Overview, *, demo: bool = False) -> list[Need]:
    """What needs a person, one for each dataset: by tonight's outcomes, and by what the home says of nights before."""
    entrepot = command(demo=demo)
    found = {tally.dataset: tally for run in runs for tally in run.tallies}
    held = {name: held_need(name, tally.said, tally.held, entrepot) for name, tally in found.items()
            if tally.came == "held"}
    errors = {name: tally for name, tally in found.items() if tally.came == "error"}
    for line in overview.lines:
        if line.result == "held":
            held.setdefault(line.dataset, held_need(line.dataset, line.note, None, entrepot))
        elif line.result.startswith("error") and line.dataset not in found:
            errors[line.dataset] = Tally(line.dataset, "error", line.note, line.result.partition(" ")[2])
    lines = {line.dataset: line for line in overview.lines}
    late = {name: how for name, how in late_of(overview, demo=demo).items() if name not in held and name not in errors}
    return [
        *held.values(),
        *(Need("error", name, tally.said, WAYS_OUT.get(tally.error, OTHERWISE).format(entrepot=entrepot, dataset=name),
               error=tally.error) for name, tally in errors.items()),
        *(Need("late", name, how, f"See whether the publisher says why; nothing is lost by waiting: `{entrepot} sources {name}`",
               period_end=lines[name].awaited, since=lines[name].overdue_since) for name, how in late.items())]


def by_cause(found: Sequence[Need]) -> list[tuple[str, str, str, str]]:
    """What needs a person, failures first and those of one cause together: who, what, why (words of others), and what to do (ours)."""
    errors = {need.dataset: need for need in found if need.kind == "error"}
    told = []
    for cause in grouped(Failure(need.dataset, need.error, need.said) for need in errors.values()):
        first = errors[cause.datasets[0]]
        if len(cause.datasets) == 1:
            told.append((first.dataset, first.what, first.said, first.do))
            continue
        do = "The next night asks again." if cause.offline else first.do.replace(f" {first.dataset}`", f" {' '.join(cause.datasets)}`")
        told.append((f"{len(cause.datasets)} datasets", cause.error, cause.said, f"{do} ({', '.join(cause.datasets)})"))
    return [*told, *((need.dataset, need.what, need.said, need.do) for need in found if need.kind != "error")]


def held_need(dataset: str, said: str, number: int | None, entrepot: str) -> Need:
    """What a load that is held asks of a person; its number may stand in what was said of it."""
    why, show = _held(said, number, entrepot)
    which = show.rpartition(" ")[2]
    return Need("held", dataset, why, f"Look, then accept or reject: `{show}`", held=int(which) if which.isdigit() else None)


def morning(runs: Sequence[Run], overview: Overview, *, started: datetime, ended: datetime, demo: bool = False,
            untold: str = "") -> str:
    """The page to read: what to do, then every dataset. Markdown; times in the zone that they carry.

    ``untold`` says why the message about this night could not be delivered.
    """
    entrepot = command(demo=demo)
    ends = night(runs, overview, demo=demo)
    waiting = needs(runs, overview, demo=demo)
    parts = [f"# {'Nothing to do' if ends.good else 'Needs attention'}",
             f"The night of {ended:%-d %B %Y}, {started:%H:%M} to {ended:%H:%M} ({ended.tzinfo}): {ends.said}."]
    to_do = [f"**{who}** {_text(what)}: {_text(said)}. {do}" for who, what, said, do in by_cause(waiting)]
    if untold:
        to_do.append(f"The message about this did not arrive: {_text(untold)}. Mend the setting `notify`, then "
                     f"`{entrepot} doctor --send-test`")
    if to_do:
        parts += ["## To do", "\n".join(f"{number}. {line}" for number, line in enumerate(to_do, 1))]
    parts += ["## Datasets", _datasets(runs, overview, {need.dataset for need in waiting if need.kind == "late"})]
    if any(line.statement for line in overview.lines):
        parts.append(f"Statements stand in one line; each of them: `{entrepot} status --all`")
    if overview.quarantined:
        parts.append(f"{_number(overview.quarantined, 'row')} in quarantine: `{entrepot} quarantine list`")
    return "\n\n".join(parts) + "\n"


def news(made: Night | str) -> str:
    """What the news claimed, for the morning page: counted by verdict, and each verdict that new figures turned. Empty on a quiet night."""
    if isinstance(made, str):
        return f"\n## News\n\nThe claims of the articles were not read: {_text(made)}. The next night reads them.\n"
    if not made.texts and not made.rechecked and not made.faults:
        return ""
    counts = Counter(made.verdicts or {})
    said = f"{_number(made.texts, 'text')} read, {_number(made.claims, 'claim')}"
    if counts:
        said += ": " + ", ".join(f"{number} {label(code)}" for code, number in counts.most_common())
    parts = ["", "## News", f"{said}. In full: `FROM mart.claim_report`."]
    if made.flips:
        rows = [[_link(flip.title, flip.url), flip.sentence,
                 f"{label(flip.was)} → {label(flip.now)}", flip.said] for flip in made.flips[:LARGEST]]
        parts += [f"New figures turned {_number(len(made.flips), 'verdict')}:",
                  _table(["article", "sentence", "verdict", "now"], rows, links=(0,))]
    if made.faults:
        parts += [f"Of {_number(len({fault.url for fault in made.faults}), 'article')} not all was read:", _table(
            ["article", "why"], [[_link(fault.title, fault.url), fault.said] for fault in made.faults[:LARGEST]], links=(0,))]
    return "\n\n".join(parts) + "\n"


def _datasets(runs: Sequence[Run], overview: Overview, late: Collection[str]) -> str:
    lines = {line.dataset: line for line in overview.lines}
    rows = []
    for run in runs:
        quiet = [tally for tally in run.tallies if tally.dataset in lines and lines[tally.dataset].statement
                 and tally.came in ("no_change", "new_data")]
        if quiet:
            new = [tally for tally in quiet if tally.came == "new_data"]
            newest = max((tally.snapshot or 0 for tally in new), default="")
            rows.append([f"statement ({len(quiet)} datasets)", "–", "–", "none", f"{len(new)} with new data" if new else WORDS["no_change"],
                         _rows(quiet), str(newest), f"{run.seconds:.0f} {run.publisher}"])
        for number, tally in enumerate(tally for tally in run.tallies if tally not in quiet):
            line = lines.get(tally.dataset)
            expected = line.expected if line and line.expected != "overdue" else ""
            rows.append([tally.dataset, spelt((line.newest if line else None) or "–"), line.next_release if line else "–",
                         "late" if tally.dataset in late else expected,
                         WORDS[tally.came] + (f" {tally.error}" if tally.error else ""), tally.rows,
                         str(tally.snapshot or ""), f"{run.seconds:.0f} {run.publisher}" if number == 0 and not quiet else ""])
    return _table(["dataset", "newest period", "next release", "expected", "result", "rows", ">snapshot", ">seconds"],
                  rows)


NOT_SHOWN = ("dataset", "period_start", "period_end", "old", "new", "pct")


def changes(outcomes: Sequence[Outcome]) -> str:
    """The largest revisions of a run as a table: which figure, old, new, per cent, and the page that says so."""
    found = [(outcome, row) for outcome in outcomes for row in outcome.largest]
    if not found:
        return "No figure was revised.\n"
    found.sort(key=lambda pair: -abs(_number_of(pair[1].get("pct"))))
    rows = [[outcome.dataset, figure(row), _amount(row.get("old")), _amount(row.get("new")), _percent(row.get("pct")),
             _link("page" if outcome.url.startswith("http") else outcome.url, outcome.url)]
            for outcome, row in found[:LARGEST]]
    return ("The largest revisions, by per cent:\n\n"
            + _table(["dataset", "figure", ">old", ">new", ">%", "page"], rows, links=(5,)) + "\n")


def night_changes(told: Changes) -> str:
    """What a night changed, counted by kind, with its largest revisions down to page and cell."""
    if not told.found:
        return "No figure was revised.\n" if told.after <= told.before else "The first night: everything is new.\n" if (
            told.before == 0) else "No figure that was held before differs.\n"
    kinds = Counter(change.what for change in told.found)
    rows = [[change.dataset, figure(change.key), _amount(change.old), _amount(change.new), _percent(change.change_pct),
             _link(change.locator, change.url)]
            for change in told.found if change.what == "revised"][:LARGEST]
    said = ", ".join(f"{number:,} {kind}" for kind, number in kinds.most_common())
    kept = f"`entrepot snapshots diff {told.before} {told.after}`; kept as `{told.page.name}`" if told.page else ""
    if not rows:
        return f"{said}. No figure was revised. {kept}\n"
    return (f"{said}. The largest revisions, by per cent ({kept}):\n\n"
            + _table(["dataset", "figure", ">old", ">new", ">%", "page and cell"], rows, links=(5,)) + "\n")


def figure(row: Mapping[str, object]) -> str:
    """A figure by its key, without what says nothing (``-``, all goods)."""
    start, end = row.get("period_start"), row.get("period_end")
    period = str(Period(date.fromisoformat(str(start)), date.fromisoformat(str(end)))) if start and end else ""
    words = [str(value) for name, value in row.items()
             if name not in NOT_SHOWN and value not in (None, "-", "TOTAL", "")]
    return " ".join([*words, period]).strip()


def _amount(value: object) -> str:
    text = str(value)
    whole, _, rest = text.partition(".")
    decimals = rest.rstrip("0")
    return (f"{int(whole):,}" if whole.lstrip("-").isdigit() else whole) + (f".{decimals}" if decimals else "")


def _number_of(value: object) -> float:
    """A revision from zero has no per cent: it comes first."""
    return float(value) if isinstance(value, int | float) else float("inf")


def _percent(value: object) -> str:
    return f"{value:+.2f}".replace("-", "−") if isinstance(value, int | float) else "from zero"


def drift(outcomes: Iterable[Outcome]) -> str:
    """Which columns moved, and in which document; empty when none did."""
    rows = [[outcome.dataset, outcome.drift, outcome.url] for outcome in outcomes if outcome.drift]
    if not rows:
        return ""
    return ("The document's columns are not those of the load before. What the parser still understood is loaded.\n\n"
            + _table(["dataset", "columns", "page"], rows) + "\n")


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, links: Collection[int] = ()) -> str:
    """A markdown table; a column whose name begins with ``>`` stands to the right."""
    head = "| " + " | ".join(name.lstrip(">") for name in columns) + " |"
    rule = "| " + " | ".join("--:" if name.startswith(">") else "---" for name in columns) + " |"
    body = ["| " + " | ".join(cell if place in links else _text(cell) for place, cell in enumerate(row)) + " |"
            for row in rows]
    return "\n".join([head, rule, *body])


def _text(text: str) -> str:
    """Words of others inside markdown: what they write is shown and changes nothing."""
    flat = shown(" ".join(text.split()))
    for mark in "&\\`*_~[]<>|@":
        flat = flat.replace(mark, f"&#{ord(mark)};")
    # A bare address becomes a link by itself.
    return flat.replace("://", "&#58;//").replace("www.", "www&#46;").replace("WWW.", "WWW&#46;")


def _link(text: str, url: str) -> str:
    """Words of others as a link to an address of theirs, where it is one of the web; else the words."""
    if not url.startswith(("https://", "http://")):
        return _text(text)
    # Nothing in the address ends the brackets that it stands in, the cell, or the line.
    safe = re.sub(r"[^\x21-\x7e]|[<>|\\`\"*\[\]]", lambda found: quote(found[0]), url)
    return f"[{_text(text)}](<{safe}>)"
