"""What a person is told, and when: each need once at the right time, with the command that mends it.

Pure but for ``announce``, which asks the clock and the journal; how a message travels is ``channel``'s, what the night's page
says ``report``'s. What was told stands in the journal (kind ``announced``), so it holds over restarts, reruns and a
backup that is restored:

- a load that is held: once, by its number;
- an error that only a person can mend: once, until a night shows that it is over;
- a release that is late: when its grace is over, three days later, then every week.

An error that passes by itself (a publisher that does not answer) is not announced: what stays away becomes late.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flows.home import clock
from flows.home.house import House
from flows.tell.run_report import Need, command, held_need, summary
from warehouse.archive.journal import Entry
from warehouse.schema.errors import EntrepotError
from warehouse.shown import shown

log = logging.getLogger("entrepot")

PASSING = frozenset({"Unavailable", "RateLimited", "QuotaUsed", "Busy", "TimedOut"})
"""Errors that the next night meets by itself."""
REMINDED_AFTER_DAYS = 3
THEN_EVERY_DAYS = 7
LONGEST = 400
"""Characters of a publisher's words in a message; the page of the night has all of them."""


@dataclass(frozen=True)
class Notice:
    """One need that is to be told now."""

    need: Need
    key: str
    step: int
    """0 the first time; of a late release, which reminder."""


@dataclass(frozen=True)
class Announced:
    """What was told; or, where the message did not get through, why. Then nothing counts as told."""

    notices: tuple[Notice, ...] = ()
    untold: str = ""


def key(need: Need) -> str:
    """The same for the same thing night after night, another for the next one."""
    which = {"held": need.held, "error": need.error, "late": need.period_end}[need.kind]
    return f"{need.kind} {need.dataset} {which}"


def step(need: Need, today: date) -> int:
    """How often it should have been told by today, less one."""
    if need.kind != "late" or need.since is None:
        return 0
    days = (today - need.since).days - REMINDED_AFTER_DAYS
    return 0 if days < 0 else 1 + days // THEN_EVERY_DAYS


def told(entries: Iterable[Entry]) -> dict[str, int]:
    """Of what was announced and is not over: up to which step."""
    found: dict[str, int] = {}
    for entry in entries:
        if entry.kind == "announced" and entry.detail.get("over"):
            found.pop(entry.detail["key"], None)
        elif entry.kind == "announced":
            found[entry.detail["key"]] = max(entry.detail["step"], found.get(entry.detail["key"], 0))
    return found


def due(needs: Iterable[Need], before: Mapping[str, int], today: date) -> list[Notice]:
    """What is to be told today, given what was."""
    found = [Notice(need, key(need), step(need, today)) for need in needs
             if not (need.kind == "error" and need.error in PASSING)]
    return [notice for notice in found if before.get(notice.key, -1) < notice.step]


def over(before: Mapping[str, int], needs: Sequence[Need]) -> set[str]:
    """Which of what was told is over, given all the needs of a night.

    A dataset in error hides that it is late, and one error hides another: what is hidden is not over.
    """
    failing = {need.dataset for need in needs if need.kind == "error"}
    stuck = failing | {need.dataset for need in needs if need.kind == "held"}
    hidden = {each for each in before if (kind := each.split(" ")[0]) != "held"
              and each.split(" ")[1] in (stuck if kind == "late" else failing)}
    return before.keys() - {key(need) for need in needs} - hidden


def message(notices: Sequence[Notice], *, demo: bool = False, where: str = "") -> tuple[str, str]:
    """Title and text, plain enough for a chat, a mail and a log alike."""
    kinds = {kind: sum(notice.need.kind == kind for notice in notices) for kind in ("late", "held", "error")}
    lines = [f"{number}. {notice.need.dataset} {_plain(notice.need.what)}: {_plain(notice.need.said)}. {notice.need.do}"
             for number, notice in enumerate(notices, 1)]
    return f"Entrepot: {summary(kinds)}", "\n".join([*lines, f"All of it: `{command(demo=demo)} status`{where}"])


def _plain(words: str) -> str:
    """Words of others: in one line, and nothing that a chat would take for a link or a call."""
    flat = shown(" ".join(words.split())).replace("](", "] (").replace("<", "‹").replace(">", "›").replace("`", "'").replace("@", "＠")
    return flat if len(flat) <= LONGEST else f"{flat[:LONGEST]} …"


def announce(house: House, needs: Sequence[Need], send: Callable[[str, str], str], *, whole: bool) -> Announced:
    """Tell what is due by ``send`` (title and text go in, where it went comes out) and write it down.

    ``whole`` means that the needs are all there are, as a night knows them: what is missing among them is over. ``send``
    raises EntrepotError where the message did not get through: then the next run tells it again.
    """
    today = clock.now().astimezone(ZoneInfo(house.settings.tz)).date()
    with _one_at_a_time(house):
        house.journal.refresh()
        # Each load that waits is a need of its own, where the night's page names one for each dataset.
        held = [held_need(load.entry.dataset, load.entry.why, load.number, command(demo=house.demo))
                for load in house.journal.held() if load.decided is None]
        waiting = [*held, *(need for need in needs if need.kind != "held")]
        before = told(house.journal.entries())
        notices = due(waiting, before, today)
        went = ""
        if notices:
            try:
                went = send(*message(notices, demo=house.demo,
                                     where=f"   http://{house.settings.host}:{house.settings.port}"))
            except EntrepotError as error:
                log.warning("the message about %d needs did not arrive: %s", len(notices), error)
                return Announced(untold=str(error))
        for notice in notices:
            _journal(house, notice.need.dataset, f"{notice.need.what}: {notice.need.said}",
                     {"key": notice.key, "step": notice.step, "do": notice.need.do, "to": went})
        for gone in sorted(over(before, waiting)) if whole else ():
            _journal(house, gone.split(" ")[1], "over", {"key": gone, "over": True})
        if notices:
            log.info("told %s: %s", went or "in the page of the night only (the setting notify names no channel)",
                     "; ".join(f"{notice.need.dataset} {notice.need.what}" for notice in notices))
    return Announced(tuple(notices))


def _journal(house: House, dataset: str, why: str, detail: dict[str, object]) -> None:
    house.journal.add(Entry(at=clock.now(), kind="announced", dataset=dataset, why=why, detail=detail))


@contextmanager
def _one_at_a_time(house: House) -> Iterator[None]:
    """Two runs that end together tell a thing once."""
    folder = house.settings.home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "announce.lock").open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
