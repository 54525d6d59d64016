"""Any rounded, truncated or hedged statement of a figure of the sample is supported; spoilt ones are not.

Prints its report by kind (``pytest -s``). Statements are generated from the sample's own figures, with a fixed seed.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from datetime import date

import pytest

from tests.e2e.generated_claims import Generated, figures, spoilt, table, true_statements
from tests.e2e.house import Home
from warehouse.claims.check import check
from warehouse.claims.model import Published, Reading
from warehouse.claims.weigh.book import Book
from warehouse.claims.weigh.checked import Checked
from warehouse.lake.opening import Place, connect

AGAINST = {"contradicted", "misattributed", "scale_error", "basis_dependent"}
SEED, STATEMENTS = 20241231, 250


@pytest.fixture(scope="module")
def verdicts(demo_once: Home) -> tuple[list[tuple[Generated, Checked]], list[tuple[Generated, Checked]]]:
    con = connect(Place(demo_once.root / "demo" / "lake"))
    known = figures(con)
    book = Book(con, {area for series in known.by_series for area in series[:2]})

    def checked(made: Generated, day: date | None) -> Checked:
        published = Published(day, "day", "option") if day else Published(None)
        return check(con, Reading(made.claim.sentence, "en", published, (made.claim,)), book=book).claims[0]

    draw = random.Random(SEED)
    good, bad = [], []
    for made in true_statements(known, SEED, STATEMENTS):
        days = (None, made.released.date())
        good += [(made, checked(made, day)) for day in days]
        bad += [(one, checked(one, day)) for one in spoilt(made, known, draw) for day in days]
    return good, bad


def test_a_correct_statement_is_supported(verdicts: tuple[list[tuple[Generated, Checked]], list[tuple[Generated, Checked]]]) -> None:
    good, _ = verdicts
    sys.stdout.write("\ncorrect statements\n" + table(Counter((made.how, one.verdict) for made, one in good)) + "\n")
    refused = [(made.claim, one.said) for made, one in good if one.verdict in AGAINST]
    assert len(refused) < 0.01 * len(good), refused
    # Of an earlier version, or of a statement that the file has since replaced, the verdict is that it was right.
    missed = [(made.claim, one.said) for made, one in good if one.verdict not in ("supported", "vintage_dependent", "source_dependent")]
    assert len(missed) < 0.01 * len(good), missed
    assert sum(one.verdict == "supported" for _, one in good) > 0.9 * len(good)


def test_a_spoilt_statement_is_not(verdicts: tuple[list[tuple[Generated, Checked]], list[tuple[Generated, Checked]]]) -> None:
    _, bad = verdicts
    sys.stdout.write("\nspoilt statements\n" + table(Counter((made.how, one.verdict) for made, one in bad)) + "\n")
    believed = [(made.how, made.claim, one.said) for made, one in bad if one.verdict == "supported"]
    assert len(believed) < 0.02 * len(bad), believed
    for how in ("sign", "commodity", "scale"):
        assert not [one for one in believed if one[0] == how]
    by_kind = Counter(made.how for made, _ in bad)
    assert {"sign", "flow", "partner", "period", "scale", "commodity", "beyond"} <= set(by_kind), by_kind


def test_a_commodity_is_never_judged_by_totals(verdicts: tuple[list[tuple[Generated, Checked]], list[tuple[Generated, Checked]]]) -> None:
    _, bad = verdicts
    found = {(one.verdict, one.detail) for made, one in bad if made.how == "commodity"}
    assert found == {("not_checkable", "commodity")}
