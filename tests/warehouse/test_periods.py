"""Periods as people write them, and what is expected of a dataset on a day."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.load.staging import PERIOD_KIND
from warehouse.reference.flows import flow
from warehouse.reference.periods import FORMS, Period, Recent, parse, read
from warehouse.schema.errors import NotKnown


@pytest.mark.parametrize(("wrote", "start", "end", "said"), [
    ("2024", "2024-01-01", "2024-12-31", "2024"), ("2024-02", "2024-02-01", "2024-02-29", "Feb 2024"),
    ("2024Q3", "2024-07-01", "2024-09-30", "Jul–Sep 2024"), ("2024-H2", "2024-07-01", "2024-12-31", "Jul–Dec 2024"),
    ("2026-01..2026-03", "2026-01-01", "2026-03-31", "Jan–Mar 2026"), ("2024-06-28", "2024-06-28", "2024-06-28", "2024-06-28"),
    ("2023..2024", "2023-01-01", "2024-12-31", "Jan 2023 – Dec 2024")])
def test_what_people_write(wrote: str, start: str, end: str, said: str) -> None:
    period = parse(wrote)
    assert (period.start, period.end, str(period)) == (date.fromisoformat(start), date.fromisoformat(end), said)


JUNE, SECOND, HALF = ("2024-06-01", "2024-06-30"), ("2024-04-01", "2024-06-30"), ("2024-01-01", "2024-06-30")
SAME = {
    JUNE: "June 2024|Jun 2024|june 2024|JUNE, 2024|Jun. 2024|2024 June|2024-06|2024-6|2024M06|2024-M06|2024m6|June-2024| June   2024 |"
          "２０２４-０６|٢٠٢٤-٠٦",
    SECOND: "Q2 2024|2024-Q2|2024Q2|2024 Q2|q2 2024|2Q2024|2Q 2024|Q2-2024|2024-04..2024-06|April to June 2024|Apr–Jun 2024",
    HALF: "H1 2024|2024-H1|2024H1|1H 2024|2024-S1|2024-01..2024-06|2024-01 to 2024-06|2024-01-2024-06|Jan-Jun 2024|Q1-Q2 2024|"
          "from January to June 2024",
    ("2009-01-01", "2024-12-31"): "2009-2024|2009..2024|2009–2024|2009 - 2024|2009 to 2024|２００９－２０２４"}


@pytest.mark.parametrize(("days", "wrote"), [(days, one) for days, forms in SAME.items() for one in forms.split("|")])
def test_one_period_is_written_in_many_ways(days: tuple[str, str], wrote: str) -> None:
    period = read(wrote)
    assert isinstance(period, Period) and (period.start.isoformat(), period.end.isoformat()) == days


@pytest.mark.parametrize(("wrote", "why"), [
    ("", FORMS), ("soon", FORMS), ("2024..", FORMS), ("x" * 500, FORMS), ("2024\u202e", FORMS), ("²024", FORMS), ("1..2", FORMS),
    ("last -1 months", FORMS), ("'; DROP TABLE x", FORMS), ("24", "a year has four digits"), ("June 24", "a year has four digits"),
    ("June", "of which year?"), ("Q2", "of which year?"), ("h1", "of which year?"), ("Q5 2024", "a year has 4 quarters, Q1 to Q4"),
    ("H3", "a year has 2 halves, H1 to H2"), ("2024-H0", "a year has 2 halves"), ("2024-13", "a year has months 01 to 12"),
    ("2009-24", "for years write both in full"), ("2024-02-30", "there is no such day"), ("2024-2009", "it ends before it begins"),
    ("2024-06..2024-01", "it ends before it begins"), ("last 0 months", "from 1 to 1,200 months"),
    ("last 10000 months", "from 1 to 1,200 months"),
    ("last 101 years", "from 1 to 100 years"), ("1699", "years from 1700 to 2199"), ("last year", "it depends on the day of asking"),
    ("ytd", "it depends on the day of asking"), ("FY2024", "financial years differ"), ("2023/24", "financial years differ"),
    ("Jnue 2024", "nearest: June 2024"), ("Decembr 2023 to May 2024", "nearest: December 2023 to May 2024"),
    ("lastest", "nearest: latest")])
def test_what_is_no_period_is_answered_with_what_is_wrong_with_it(wrote: str, why: str) -> None:
    with pytest.raises(NotKnown, match=r"^no period ") as caught:
        parse(wrote)
    assert why in str(caught.value) and len(str(caught.value)) < 300


@pytest.mark.parametrize(("wrote", "newest", "meant"), [
    ("latest", "2026-03", "2026-03"), ("Latest", "2026-01..2026-06", "2026-01..2026-06"), ("latest year", "2025", "2025"),
    ("last 12 months", "2026-03", "2025-04..2026-03"), ("past 3 years", "2025", "2023..2025"), ("the last 2 halves", "2025H2", "2025"),
    ("last 5 quarters", "2026Q1", "2025-01..2026-03"), ("last 1 month", "2026-03", "2026-03")])
def test_what_is_newest_is_counted_back_from_what_is_held(wrote: str, newest: str, meant: str) -> None:
    found = read(wrote)
    assert isinstance(found, Recent) and found.ending(parse(newest)) == parse(meant)
    with pytest.raises(NotKnown, match="what is newest is known where figures are asked for"):
        parse(wrote)


@pytest.mark.parametrize(("wrote", "meant"), [
    ("latest", "2026-10"), ("last 12 months", "2025-11..2026-10"), ("last 2 quarters", "2026-04..2026-09"), ("latest year", "2025"),
    ("June 2024", "2024-06")])
def test_where_nothing_held_is_meant_it_is_counted_back_from_what_is_over_today(wrote: str, meant: str) -> None:
    assert parse(wrote, date(2026, 11, 30)) == parse(meant)


@given(st.text(max_size=40) | st.from_regex(r"[0-9QHMS.\-– a-z]{1,20}", fullmatch=True))
def test_any_text_is_a_period_or_refused_by_name(text: str) -> None:
    try:
        found = read(text)
    except NotKnown as refused:
        assert str(refused).startswith("no period ")
    else:
        assert isinstance(found, Recent) or found.start <= found.end


def test_the_months_that_a_period_lacks_are_named_as_runs() -> None:
    held = [parse(one) for one in ("2024-01", "2024-05", "2024Q3")]
    assert [str(one) for one in parse("2024").without(held)] == ["Feb–Apr 2024", "Jun 2024", "Oct–Dec 2024"]
    assert [parse(one).parts for one in ("2009-2024", "2024", "2024-06", "2024-06-28")] == ["year", "month", "", ""]


FLOW = {"export": "exports|Export|EXPORT|x", "import": "imports|Import", "total": "trade|Total Trade|total|exports and imports",
        "balance": "balance|trade balance|surplus", "re-export": "re-exports|reexports"}


@pytest.mark.parametrize(("meant", "wrote"), [(meant, one) for meant, forms in FLOW.items() for one in forms.split("|")])
def test_one_flow_has_many_names(meant: str, wrote: str) -> None:
    assert flow(wrote) == meant


@pytest.mark.parametrize("wrote", ["", "gold", "e", "' OR 1=1", "x" * 500])
def test_what_is_no_flow_is_refused_with_those_there_are(wrote: str) -> None:
    with pytest.raises(NotKnown, match="no flow"):
        flow(wrote)
    with pytest.raises(NotKnown, match="nearest: export"):
        flow("expots", ("total", "export", "import"))


@pytest.mark.parametrize(("start", "end", "kind"), [
    ("2024-01-01", "2024-01-31", "M"), ("2024-01-01", "2024-03-31", "Q"), ("2024-01-01", "2024-02-29", "YTD"),
    ("2024-01-01", "2024-12-31", "A"), ("2024-01-01", "2024-06-30", "YTD"), ("2024-04-01", "2024-06-30", "Q"),
    ("2024-02-01", "2024-04-30", "SPAN"), ("2024-02-01", "2024-02-28", "SPAN"), ("2023-01-01", "2024-12-31", "SPAN"),
    ("2024-05-05", "2024-05-05", "SPAN"), ("2024-02-01", "2024-02-29", "M"), ("2023-01-01", "2024-03-31", "SPAN")])
def test_the_kind_of_a_period_follows_from_its_two_days(start: str, end: str, kind: str) -> None:
    frame = pl.DataFrame({"period_start": [date.fromisoformat(start)], "period_end": [date.fromisoformat(end)]})
    assert frame.select(PERIOD_KIND).item() == kind
