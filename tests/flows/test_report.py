"""What is said about runs: plain functions, no Prefect, no home."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.run.bookkeeping import Outcome, Result
from flows.tell import run_report
from flows.tell.run_report import Run
from flows.tell.status import Line, Overview, together
from warehouse.schema.errors import BY_NAME

SAME = Outcome("gacc.prelim", "no_change", "as before")
NEW = Outcome("ecb.exr.day", "new_data", "29 new", snapshot=412, rows_new=29)
REVISION = {"dataset": "dosm.headline", "reporter": "MYS", "partner": "WLD", "flow": "import", "product": "TOTAL",
            "breakdown": "-", "period_start": "2024-06-01", "period_end": "2024-06-30", "old": "111760000000.000",
            "new": "100410000000.000", "pct": -10.16}
REVISED = Outcome("dosm.headline", "new_data", "7 revised", snapshot=413, rows_revised=7, url="https://example.org/a.csv",
                  largest=(REVISION,))
HELD = Outcome("dosm.sitc", "held", "values ×1000: entrepot held show 7", held=7)
DOWN = Outcome("comtrade", "error", "status 503", error="Unavailable")
MOVED = Outcome("dosm.headline", "error", "status 404", error="NotFound", url="https://example.org/next.xlsx")


def line(dataset: str, *, expected: str = "none", result: str = "no change", note: str = "") -> Line:
    return Line(dataset, "Oct 2026", None, "8 Dec 2026", expected, result, note)


def overview(*lines: Line, quarantined: int = 0) -> Overview:
    return Overview("", lines, 0, 0, 0, quarantined)


def run(publisher: str, *outcomes: Outcome, seconds: float = 12.4) -> Run:
    return Run(publisher, outcomes, tuple(run_report.tallies(outcomes)), seconds)


def ends(*outcomes: Outcome, late: dict[str, str] | None = None, demo: bool = False) -> tuple[bool, str, str]:
    verdict = run_report.verdict(run_report.tallies(outcomes), late or {}, demo=demo)
    return verdict.good, verdict.name, verdict.message


def page(*runs: Run, seen: Overview | None = None, demo: bool = False) -> str:
    zone = ZoneInfo("Asia/Kuala_Lumpur")
    return run_report.morning(runs, seen or overview(), started=datetime(2026, 11, 24, 2, 0, tzinfo=zone),
                          ended=datetime(2026, 11, 24, 2, 7, tzinfo=zone), demo=demo)


@pytest.mark.parametrize(("outcomes", "expected"), [
    ([SAME, replace(SAME, dataset="gacc.bulletin")], (True, "No change", "2 datasets as before: entrepot status")),
    ([SAME, NEW], (True, "New data", "29 new in 1 dataset: entrepot snapshots show 412")),
    ([NEW, REVISED], (True, "New data", "29 new, 7 revised in 2 datasets: entrepot snapshots show 413")),
    ([NEW, HELD], (False, "Held", "dosm.sitc: values ×1000: entrepot held show 7")),
    ([HELD, DOWN], (False, "Unavailable", "comtrade: status 503 (and 1 more): entrepot refresh comtrade")),
    ([Outcome("gacc.prelim", "not_readable", "an image")], (True, "No change", "1 dataset as before: entrepot status")),
    ([], (True, "No change", "0 datasets as before: entrepot status")),
])
def test_a_run_ends_by_its_worst_outcome_with_numbers_and_a_command(
        outcomes: Sequence[Outcome], expected: tuple[bool, str, str]) -> None:
    assert ends(*outcomes) == expected


def test_late_counts_only_where_nothing_worse_is_said_of_the_dataset() -> None:
    late = {"dosm.sitc": "5 days late", "gacc.prelim": "2 days late"}

    assert ends(SAME, late=late) == (False, "Late", "dosm.sitc: 5 days late (and 1 more): entrepot sources dosm.sitc")
    assert ends(SAME, HELD, late=late)[1:] == ("Held", "dosm.sitc: values ×1000 (and 1 more): entrepot held show 7")


def test_commands_of_the_demo_home_say_so() -> None:
    assert ends(SAME, demo=True)[2].endswith(": entrepot --demo status")


def test_a_page_that_is_not_out_is_no_error_and_a_page_that_moved_is_one() -> None:
    waiting = run_report.tallies([SAME, MOVED], not_out={MOVED.url})
    gone = run_report.tallies([SAME, MOVED])

    assert run_report.verdict(waiting, {}).message == "no new page yet of dosm.headline, and none overdue: entrepot status"
    assert run_report.verdict(gone, {}).name == "NotFound"


def test_several_outcomes_of_a_dataset_are_one_tally() -> None:
    (tally,) = run_report.tallies([NEW, replace(NEW, snapshot=413, rows_quarantined=2), replace(SAME, dataset=NEW.dataset)])

    assert (tally.came, tally.rows, tally.snapshot) == ("new_data", "58 new, 2 set aside", 413)


def test_a_night_is_good_only_if_every_dataset_is() -> None:
    fine = run("gacc", SAME)
    seen = overview(line("gacc.prelim"))

    assert run_report.night([fine], seen).message == "1 dataset as expected, 0 with new data: entrepot status"
    assert run_report.night([fine, run("ecb", NEW)], seen).name == "New data"
    bad = run_report.night([fine, run("dosm", HELD)], overview(line("gacc.prelim", expected="overdue", note="3 days late")))
    assert (bad.good, bad.name, bad.said) == (False, "Needs attention", "1 late, 1 held")


def test_a_load_held_on_an_earlier_night_still_needs_attention() -> None:
    night = run_report.night([run("dosm", replace(SAME, dataset="dosm.sitc"))],
                         overview(line("dosm.sitc", result="held", note="values ×1000: entrepot held show 7")))

    assert night.said == "1 held"


def test_what_came_tonight_outweighs_an_older_error() -> None:
    assert run_report.night([run("ecb", NEW)], overview(line("ecb.exr.day", result="error Unavailable"))).good
    assert not run_report.night([run("gacc", SAME)], overview(line("ecb.exr.day", result="error Unavailable"))).good


def test_a_sample_is_never_late() -> None:
    assert run_report.night([run("gacc", SAME)], overview(line("gacc.prelim", expected="overdue")), demo=True).good


def test_the_morning_page_says_first_what_to_do() -> None:
    said = page(run("dosm", HELD, SAME), run("comtrade", DOWN), seen=overview(
        line("gacc.prelim", expected="overdue", note="5 days late; the address answers, unchanged"), quarantined=12))

    assert said.splitlines()[0] == "# Needs attention"
    assert "The night of 24 November 2026, 02:00 to 02:07 (Asia/Kuala_Lumpur): 1 late, 1 held, 1 in error." in said
    todo = said[said.index("## To do"):said.index("## Datasets")]
    assert "2. **dosm.sitc** is held: values ×1000. Look, then accept or reject: `entrepot held show 7`" in todo
    assert "1. **comtrade** Unavailable: status 503." in todo and "`entrepot refresh comtrade`" in todo
    assert "3. **gacc.prelim** is late: 5 days late" in todo
    assert "12 rows in quarantine: `entrepot quarantine list`" in said


OFFLINE = [Outcome(name, "error", f"the name {name}.example does not resolve", error="Unavailable") for name in ("gacc", "dosm", "ecb")]


def test_a_machine_without_a_network_is_one_line_and_failures_stand_first() -> None:
    walls = [Outcome(name, "error", f"a wall stands at {name}.example.org", error="Challenged") for name in ("imf", "oecd")]
    said = page(run("dosm", HELD), *(run(one.dataset, one) for one in (*OFFLINE, *walls)))

    assert re.findall(r"^\d\. \*\*(.*?)\*\* (\w+)", said, re.MULTILINE) == [
        ("3 datasets", "Unavailable"), ("2 datasets", "Challenged"), ("dosm.sitc", "is")]
    assert said.count("this machine is offline; nothing to do but wait") == 1 and "(gacc, dosm, ecb)" in said
    assert "a wall stands at its host" in said and "`entrepot import FILE --source imf oecd`" not in said.split("(gacc")[0]


def test_one_name_that_does_not_resolve_is_its_publishers_and_not_this_machines() -> None:
    assert "offline" not in page(run("gacc", OFFLINE[0]), run("ecb", NEW))


def test_statements_stand_in_one_line_but_what_is_wrong_with_one_in_its_own() -> None:
    names = [f"statement.{name}" for name in ("gacc", "miti", "press")]
    lines = [replace(line(name), statement=True) for name in names]
    said = page(run("statement", *(Outcome(name, "no_change", "as before") for name in names[:2]),
                    Outcome(names[2], "error", "a line too many", error="SchemaDrift")), seen=overview(*lines))

    assert "statement (2 datasets)" in said and "| statement.press |" in said and "| statement.gacc |" not in said
    assert "`entrepot status --all`" in said
    of_all = together(lines)
    assert of_all is not None and (of_all.dataset, of_all.note) == ("statement", "3 datasets of what officials stated")
    assert together([line("ecb")]) is None


def test_the_morning_page_of_a_good_night_has_nothing_to_do() -> None:
    said = page(run("ecb", NEW), seen=overview(line("ecb.exr.day")))

    assert said.startswith("# Nothing to do\n") and "## To do" not in said
    assert "| ecb.exr.day | Oct 2026 | 8 Dec 2026 | none | new data | 29 new | 412 | 12 ecb |" in said


def test_every_named_error_has_a_way_out() -> None:
    assert set(BY_NAME) - {"NotReadable"} <= set(run_report.WAYS_OUT)
    assert all("{entrepot} " in way for way in run_report.WAYS_OUT.values())


def test_the_largest_revisions_come_first_with_old_new_and_page() -> None:
    small = {**REVISION, "pct": 0.5, "period_start": "2024-07-01", "period_end": "2024-07-31"}
    from_zero = {**REVISION, "pct": None, "old": "0.000", "period_start": "2024-08-01", "period_end": "2024-08-31"}

    said = run_report.changes([replace(REVISED, largest=(small, REVISION, from_zero))])

    rows = [row for row in said.splitlines() if row.startswith("| dosm")]
    assert rows[1] == ("| dosm.headline | MYS WLD import Jun 2024 | 111,760,000,000 | 100,410,000,000 | −10.16 | "
                       "[page](<https://example.org/a.csv>) |")
    assert "from zero" in rows[0] and "+0.50" in rows[2]
    assert run_report.changes([NEW]) == "No figure was revised.\n"


def test_moved_columns_are_told_and_nothing_is_said_of_others() -> None:
    assert run_report.drift([NEW, HELD]) == ""
    assert "| dosm.headline | columns changed: added note |" in run_report.drift(
        [replace(REVISED, drift="columns changed: added note")])


OUTCOMES = st.builds(
    Outcome, dataset=st.sampled_from(["a.b", "c"]), result=st.sampled_from(get_args(Result)), said=st.text(max_size=60),
    error=st.sampled_from(["", *BY_NAME]), held=st.none() | st.integers(1, 9), snapshot=st.none() | st.integers(1, 9),
    rows_new=st.integers(0, 9), url=st.just("https://example.org/") | st.just(""))


@given(st.lists(OUTCOMES, max_size=6))
def test_good_means_that_nothing_was_held_or_in_error(outcomes: list[Outcome]) -> None:
    verdict = run_report.verdict(run_report.tallies(outcomes), {})

    assert verdict.good == all(outcome.exit_code == 0 for outcome in outcomes)
    assert "entrepot " in verdict.message


@given(st.lists(OUTCOMES, max_size=6))
def test_words_of_a_publisher_never_break_the_page(outcomes: list[Outcome]) -> None:
    said = page(run("x", *outcomes))

    rows = [row for row in said.splitlines() if row.startswith("| ")]
    assert len(rows) == 2 + len({outcome.dataset for outcome in outcomes})
    assert {row.count("|") for row in rows} == {9}
    assert "<" not in said
