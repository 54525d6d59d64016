"""What a publisher may do to a page overnight, as a person sees it. Nothing stored is ever lost or silently altered."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.house import Home, Said
from tests.e2e.pages import HEADLINE, gacc_page, gacc_url, headline, revised, serve_gacc, without_month
from tests.publishers import Publishers
from tests.publishers.mutations import add_column, empty_table, move_column, revise, scale


def refreshed(home: Home, body: bytes, *more: str) -> Said:
    assert home.publishers is not None
    home.publishers.serve(HEADLINE, body, "text/csv")
    return home.run("refresh", "dosm.headline", *more)


def untouched(home: Home, before: dict[str, tuple[int, int]]) -> bool:
    return home.seen() == before


# DOSM overwrites its file -------------------------------------------------------------------------------------

def test_a_revised_figure_is_a_revision_with_old_and_new(filled: Home) -> None:
    said = refreshed(filled, revised(headline(), "2025-06", 1_000_000))
    assert (said.code, "1 load: 4 revised (snapshot 3)" in said.out) == (0, True)
    rows = filled.rows("SELECT change_kind, flow, new_value - old_value, old_load_id <> load_id, last_confirmed_at IS NOT NULL, "
                       "released_basis FROM stats.trade_revision ORDER BY flow")
    assert rows == [("revised", flow, change, True, True, "between") for flow, change in (
        ("balance", -1_000_000), ("import", 1_000_000), ("retained-import", 1_000_000), ("total", 1_000_000))]
    shown = filled.run("revisions", "Malaysia", "World", "--period", "2025-06", "--flow", "import").out
    assert "first" in shown and "revised" in shown and "RM 115.20 bn" in shown
    assert len(filled.rows("SELECT * FROM stats.trade WHERE dataset = 'dosm.headline'")) == 840


def test_new_growth_or_status_of_the_same_figure_is_no_revision(filled: Home) -> None:
    said = refreshed(filled, revise(headline(), "growth_yoy,2025-06-01", "3.5", "3.6"))
    assert (said.code, "1 load: 1 annotated (snapshot 3)" in said.out) == (0, True)
    assert filled.rows("SELECT change_kind FROM stats.trade_revision") == [("annotated",)]


def test_a_month_that_is_gone_is_withdrawn_and_kept_on_record(filled: Home) -> None:
    said = refreshed(filled, without_month(headline(), "2020-05"))
    assert (said.code, "1 load: 7 withdrawn (snapshot 3)" in said.out) == (0, True)
    asked = filled.run("get", "Malaysia", "World", "2020-05")
    assert (asked.code, "withdrawn" in asked.err) == (7, True)
    shown = filled.run("revisions", "Malaysia", "World", "--period", "2020-05", "--flow", "export")
    assert (shown.code, "withdrawn" in shown.out) == (0, True)


def test_a_month_that_comes_back_is_restored_once_a_person_agrees(filled: Home) -> None:
    refreshed(filled, without_month(headline(), "2020-05"))
    said = refreshed(filled, headline())
    assert (said.code, "HELD" in said.out, "had been replaced since" in said.out) == (3, True, True)
    assert filled.run("held", "accept", "1", "--why", "they put it back").code == 0
    assert filled.run("get", "Malaysia", "World", "2020-05").code == 0
    assert {kind for kind, in filled.rows("SELECT change_kind FROM stats.trade_revision")} == {"withdrawn", "restored"}


def test_a_moved_column_changes_nothing(filled: Home) -> None:
    before = filled.seen()
    said = refreshed(filled, move_column(headline(), 5, 2))
    assert (said.code, untouched(filled, before)) == (0, True)
    assert "no change" in said.out and "columns changed: moved" in said.out


def test_a_new_column_is_reported_and_stays_reported(filled: Home) -> None:
    before = filled.seen()
    body = add_column(headline(), "transhipment", value="1.0")
    for _ in range(2):
        said = refreshed(filled, body)
        assert (said.code, "columns changed: added transhipment" in said.out) == (0, True)
    assert untouched(filled, before)
    (line,) = [one for one in filled.run("status", "--json").json["lines"] if one["dataset"] == "dosm.headline"]
    assert "columns changed: added transhipment" in line["note"]
    loaded = refreshed(filled, add_column(headline(121), "transhipment", value="1.0"))
    assert "7 new" in loaded.out and "added transhipment" in loaded.out
    assert filled.rows("SELECT level, said FROM ops.check_result WHERE check_name = 'drift'") == [
        ("warn", "columns changed: added transhipment")]


def test_a_renamed_column_is_drift_by_name(filled: Home) -> None:
    before = filled.seen()
    said = refreshed(filled, headline().replace(b"imports_retained", b"imports_net", 1))
    assert (said.code, untouched(filled, before)) == (1, True)
    assert "ERROR SchemaDrift" in said.out and "lacks the column imports_retained" in said.out


def test_an_empty_table_is_incomplete(filled: Home) -> None:
    before = filled.seen()
    said = refreshed(filled, empty_table(headline()))
    assert (said.code, "ERROR Incomplete" in said.out, untouched(filled, before)) == (1, True, True)


def test_a_short_table_is_incomplete(filled: Home) -> None:
    before = filled.seen()
    said = refreshed(filled, headline(60))
    assert (said.code, untouched(filled, before)) == (1, True)
    assert "60 periods where at least 100 are expected: nothing was stored" in said.out


@pytest.mark.parametrize(("share", "at_line_end"), [(0.25, True), (0.5, True), (0.5, False), (0.9, True)])
def test_half_a_file_is_never_data(filled: Home, share: float, at_line_end: bool) -> None:
    before = filled.seen()
    body = headline()
    cut = body.rindex(b"\n", 0, int(len(body) * share)) + 1
    said = refreshed(filled, body[:cut if at_line_end else cut + 20])
    assert (said.code in (1, 3), untouched(filled, before)) == (True, True), said.out
    assert "HELD" in said.out or "ERROR Incomplete" in said.out


def test_yesterday_s_file_again_is_held(filled: Home) -> None:
    before = filled.seen()
    said = refreshed(filled, headline(119))
    assert (said.code, untouched(filled, before)) == (3, True)
    assert "HELD" in said.out and "an older copy was served: entrepot held show 1" in said.out
    assert refreshed(filled, headline()).code == 0
    assert untouched(filled, before)


def test_every_figure_times_a_thousand_is_held(filled: Home) -> None:
    before = filled.seen()
    said = refreshed(filled, scale(headline(), 1000, columns=tuple(range(2, 9))))
    assert (said.code, "a slip of units?" in said.out, untouched(filled, before)) == (3, True, True)


def test_a_figure_with_the_wrong_sign_is_not_stored_as_one(filled: Home) -> None:
    body = headline()
    (line,) = [line for line in body.splitlines() if line.startswith(b"abs,2025-06-01,")]
    cells = line.split(b",")
    said = refreshed(filled, body.replace(line, b",".join([*cells[:5], b"-" + cells[5], *cells[6:]])))
    # With the figure go its two growths, which have nothing to stand beside.
    assert "1 load: 3 set aside" in said.out
    assert filled.rows("SELECT value > 0, published_yoy_pct FROM stats.trade WHERE flow = 'import' AND period_start = DATE '2025-06-01'"
                       ) == [(True, Decimal("3.50"))]
    assert "only a balance can be negative" in filled.run("quarantine", "list").out
    assert "only a balance can be negative" in filled.run("quarantine", "show", "dosm.headline").out


def test_a_row_of_other_width_is_set_aside_and_absent_rows_are_not_withdrawn(filled: Home) -> None:
    said = refreshed(filled, headline().replace(b"abs,2020-05-01,", b"abs,2020-05-01,extra,", 1))
    assert (said.code, "withdrawn" in said.out) == (0, False)
    assert len(filled.rows("SELECT * FROM stats.trade WHERE dataset = 'dosm.headline'")) == 840


def test_a_month_that_is_gone_is_withdrawn_whatever_other_row_was_set_aside(filled: Home) -> None:
    body = without_month(headline(), "2019-03").replace(b"abs,2020-05-01,", b"abs,2020-05-01,extra,", 1)
    assert refreshed(filled, body).code == 0
    gone = filled.rows("SELECT period_start::VARCHAR, count(*) FROM stats.trade_revision WHERE change_kind = 'withdrawn' GROUP BY ALL")
    assert gone == [("2019-03-01", 7)]
    assert filled.rows("SELECT count(*) FROM stats.trade WHERE dataset = 'dosm.headline' AND period_start = '2020-05-01'") == [(7,)]


def test_many_rows_that_are_not_understood_fail_the_load(filled: Home) -> None:
    before = filled.seen()
    body = b"\n".join(line + b",x" if number % 5 == 0 and number else line
                      for number, line in enumerate(headline().splitlines())) + b"\n"
    said = refreshed(filled, body)
    assert (said.code, "ERROR SchemaDrift" in said.out, untouched(filled, before)) == (1, True, True)


def test_a_file_in_another_encoding_is_drift_by_name(filled: Home) -> None:
    before = filled.seen()
    said = refreshed(filled, headline().decode().encode("utf-16"))
    assert (said.code, untouched(filled, before)) == (1, True)
    assert "ERROR" in said.out


# GACC's pages never change, so a new page is the danger ---------------------------------------------------------

@pytest.fixture
def slipped(filled: Home, publishers: Publishers) -> Home:
    """April's page is out, and its figures are 10,000 times too large."""
    serve_gacc(publishers, 3, 4, m4=gacc_page(4, factor=10_000))
    return filled


def test_a_new_page_in_wrong_units_is_held_and_shown(slipped: Home) -> None:
    before = slipped.seen()
    said = slipped.run("refresh", "gacc.prelim")
    assert (said.code, untouched(slipped, before)) == (3, True)
    assert "HELD" in said.out and "by a factor of about 10^4: a slip of units?: entrepot held show 1" in said.out
    assert "CNY 2026-04" in slipped.run("held", "list").out
    shown = slipped.run("held", "show", "1")
    assert shown.code == 0
    for part in (gacc_url(4), "138 new", "median factor 10^4.0", "expected about 1", ".zst"):
        assert part in shown.out
    told = slipped.run("status", "--check")
    assert (told.code, "held" in told.out, "entrepot held show 1" in told.out, "1 held" in told.out) == (3, True, True, True)
    assert slipped.run("status").code == 0
    assert slipped.run("get", "China", "Malaysia", "2026-04").code == 7
    again = slipped.run("refresh", "gacc.prelim")
    assert (again.code, "entrepot held show 1" in again.out) == (3, True)
    assert len(slipped.run("held", "list", "--json").json) == 1


def test_a_held_page_is_loaded_when_a_person_accepts_it(slipped: Home, tmp_path: Path) -> None:
    slipped.run("refresh", "gacc.prelim")
    said = slipped.run("held", "accept", "1", "--why", "printed so, confirmed by mail")
    assert (said.code, "138 new" in said.out) == (0, True)
    assert slipped.run("get", "China", "Malaysia", "2026-04").code == 0
    assert slipped.run("held", "list").out == "Nothing is held.\n"
    shown = slipped.run("held", "show", "1").out
    assert "accepted by" in shown and "confirmed by mail" in shown
    assert slipped.rows("SELECT level FROM ops.check_result WHERE check_name = 'scale'") == [("fail",)]
    assert slipped.run("refresh", "gacc.prelim").code == 0
    again = slipped.run("held", "accept", "1", "--why", "twice")
    assert (again.code, "was accepted by" in again.err) == (2, True)
    assert slipped.run("rebuild", "--into", tmp_path / "again", "--json").json["differences"] == {}


def test_a_rejected_page_stays_out_and_its_bytes_are_not_tried_again(slipped: Home, publishers: Publishers) -> None:
    before = slipped.seen()
    slipped.run("refresh", "gacc.prelim")
    assert slipped.run("held", "reject", "1", "--why", "units forgotten").code == 0
    assert slipped.run("held", "accept", "1", "--why", "no, wait").code == 2
    for more in ((), ("--force",)):
        said = slipped.run("refresh", "gacc.prelim", *more)
        assert (said.code, "left out: rejected by" in said.out, "units forgotten" in said.out) == (0, True, True)
    assert untouched(slipped, before)
    # The page is mended, and then the wrong one is served once more.
    serve_gacc(publishers, 3, 4)
    assert "138 new" in slipped.run("refresh", "gacc.prelim", "--force").out
    serve_gacc(publishers, 3, 4, m4=gacc_page(4, factor=10_000))
    said = slipped.run("refresh", "gacc.prelim", "--force")
    assert (said.code, "left out: rejected by" in said.out) == (0, True)
    assert slipped.rows("SELECT value FROM stats.trade WHERE partner = 'MYS' AND flow = 'total' AND period_kind = 'M' AND "
                        "period_end = DATE '2026-04-30'") == [(120_000_000_000,)]
    assert len(slipped.run("held", "list", "--all", "--json").json) == 1


def test_a_mended_page_replaces_an_accepted_slip_as_a_revision(slipped: Home, publishers: Publishers) -> None:
    slipped.run("refresh", "gacc.prelim")
    slipped.run("held", "accept", "1", "--why", "wrongly")
    serve_gacc(publishers, 3, 4)
    said = slipped.run("refresh", "gacc.prelim", "--force")
    assert (said.code, "entrepot held show 2" in said.out) == (3, True)
    assert slipped.run("held", "accept", "2", "--why", "mended").code == 0
    assert slipped.rows("SELECT change_kind, count(*) FROM stats.trade_revision GROUP BY 1") == [("revised", 138)]


def test_a_page_that_is_held_is_asked_again_only_when_forced(filled: Home, publishers: Publishers) -> None:
    serve_gacc(publishers, 3, m3=gacc_page(3, malaysia=("710.0", "490.0")))
    before = filled.seen()
    assert filled.run("refresh", "gacc.prelim").code == 0
    assert (untouched(filled, before), publishers.asked(gacc_url(3))) == (True, [])
    said = filled.run("refresh", "gacc.prelim", "--force")
    assert (said.code, "1 load: 4 revised" in said.out) == (0, True)
    assert {row for row in filled.rows("SELECT flow, old_value, new_value FROM stats.trade_revision WHERE old_period_kind = 'M'")} == {
        ("export", 70_000_000_000, 71_000_000_000), ("import", 50_000_000_000, 49_000_000_000)}


def test_an_empty_page_is_incomplete(filled: Home, publishers: Publishers) -> None:
    serve_gacc(publishers, 3, 4, m4=empty_table(gacc_page(4)))
    before = filled.seen()
    said = filled.run("refresh", "gacc.prelim")
    assert (said.code, "ERROR Incomplete" in said.out, untouched(filled, before)) == (1, True, True)


def test_a_page_with_a_moved_column_gives_the_same_figures(filled: Home, publishers: Publishers) -> None:
    serve_gacc(publishers, 3, 4, m4=move_column(gacc_page(4), 1, 3))
    assert filled.run("refresh", "gacc.prelim").code == 0
    assert filled.rows("SELECT flow, period_kind, value / 1e8 FROM stats.trade WHERE partner = 'MYS' AND reporter = 'CHN' AND "
                       "period_end = DATE '2026-04-30' ORDER BY ALL") == [
        ("export", "M", 700.0), ("export", "YTD", 2800.0), ("import", "M", 500.0), ("import", "YTD", 2000.0),
        ("total", "M", 1200.0), ("total", "YTD", 4800.0)]


def test_a_page_with_a_new_column_gives_the_same_figures_or_a_named_error(filled: Home, publishers: Publishers) -> None:
    serve_gacc(publishers, 3, 4, m4=add_column(gacc_page(4), "Remarks", value="none"))
    said = filled.run("refresh", "gacc.prelim")
    assert (said.code, "138 new" in said.out) == (0, True) or (said.code, "ERROR SchemaDrift" in said.out) == (1, True)


def test_a_page_of_another_month_than_the_index_says_is_refused(filled: Home, publishers: Publishers) -> None:
    serve_gacc(publishers, 3, 4, m4=gacc_page(2))
    before = filled.seen()
    said = filled.run("refresh", "gacc.prelim")
    assert (said.code, "the index links this page as" in said.out, untouched(filled, before)) == (1, True, True)
