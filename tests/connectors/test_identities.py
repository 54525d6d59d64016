"""What a file itself says of its figures is held: parts and wholes, balances, marks of thousands. All figures are synthetic."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from flows.home import registry
from tests.connectors.test_imf_downloads import portal
from tests.connectors.test_imf_downloads import series as of_imf
from tests.documents import document
from tests.publishers import censtatd, comtrade, kcs, mofjp, uscensus
from warehouse.schema.errors import SchemaDrift
from warehouse.schema.travel import Batch

WINDOWS = (700, 1600, 2600)
CONTINENTS = {"1XXX": 5, "2XXX": 0, "3XXX": 0, "4XXX": 30, "5XXX": 60, "6XXX": 0, "7XXX": 5}


def read(dataset: str, body: bytes, name: str = "exports.file") -> list[Batch]:
    return registry.publisher_of(dataset).read(document(dataset, body, f"import:{name}"))


def aside(batches: list[Batch]) -> list[str]:
    return [row.rule for batch in batches for row in batch.rejected]


def census(values: dict[str, int], *, air: dict[str, int] | None = None) -> bytes:
    """An answer with every continent: Canada, Mexico, Germany, China, Japan, Egypt."""
    names = {"1220": "CANADA", "2010": "MEXICO", "4280": "GERMANY", "5700": "CHINA", "5880": "JAPAN", "7290": "EGYPT"}
    head = ["CTY_CODE", "CTY_NAME", "ALL_VAL_MO", "AIR_VAL_MO", "VES_VAL_MO", "SUMMARY_LVL", "YEAR", "MONTH"]
    rows = [[code, code, str(value), "0", "0", "CGP", "2026", "08"] for code, value in CONTINENTS.items()]
    rows += [[code, names[code], str(value), str((air or {}).get(code, 0)), "0", "DET", "2026", "08"] for code, value in values.items()]
    return uscensus.answer([head, *rows, ["-", "TOTAL FOR ALL COUNTRIES", str(sum(CONTINENTS.values())), "0", "0", "DET", "2026", "08"]])


RIGHT = {"1220": 3, "2010": 2, "4280": 30, "5700": 40, "5880": 20, "7290": 5}


@pytest.mark.parametrize(("values", "kept"), [
    (RIGHT, {"CAN", "MEX", "DEU", "CHN", "JPN", "EGY", "WLD"}),
    (RIGHT | {"5700": 39}, {"CAN", "MEX", "DEU", "EGY", "WLD"}),
    (RIGHT | {"5700": 39, "4280": 29}, {"WLD"}),
])
def test_countries_that_do_not_come_to_the_total_of_all_continents_are_set_aside(values: dict[str, int], kept: set[str]) -> None:
    (batch,) = read("uscensus.hs", census(values))
    assert {name for frame in batch.frames for name in frame["partner"]} == kept


def test_a_value_less_than_what_went_by_air_is_set_aside() -> None:
    (batch,) = read("uscensus.hs", census(RIGHT, air={"5700": 41}))
    assert [row.reason for row in batch.rejected] == ["by air and by vessel are 41, more than the 40 of all ways"]


def test_partners_of_a_flash_figure_that_are_more_than_its_total_are_refused() -> None:
    months = {"202609": ((1300, 3000, 5000), {"중국": WINDOWS, "미국": (600, 1400, 2400)})}
    assert aside(read("kcs.days10", kcs.flash(months))) == []
    months["202609"] = ((1299, 3000, 5000), months["202609"][1])
    with pytest.raises(SchemaDrift, match="add up to 1300, more than the total 1299"):
        read("kcs.days10", kcs.flash(months))


def test_exports_and_imports_that_are_not_their_balance_are_set_aside() -> None:
    items = [kcs.item("2026.08", "CN", "중국", 700, 300), kcs.item("2026.08", "US", "미국", 900, 100).replace("<expDlr>900", "<expDlr>90")]
    assert aside(read("kcs.country", kcs.service(*items))) == ["balance"]


def test_quantities_whose_months_are_not_their_year_are_left_out_and_the_values_stay() -> None:
    body = mofjp.commodities("1", 2026, ("010121000", "", "  ", "NO", {"Jan": (0, 3, 50), "Feb": (0, 4, 60)}))
    (whole,), (off,) = read("mofjp.hs", body), read("mofjp.hs", body.replace(b",7,110,", b",8,110,"))
    assert [batch.frames[0]["quantity"].to_list() for batch in (whole, off)] == [[3, 4], [None, None]]
    assert whole.frames[0]["value"].to_list() == off.frames[0]["value"].to_list()
    assert [check.check for check in off.checks] == ["quantities"]


@pytest.mark.parametrize(("total", "rules"), [("300", []), ("302", []), ("330", ["sum"] * 3)])
def test_total_exports_are_domestic_ones_and_re_exports(total: str, rules: list[str]) -> None:
    records = [censtatd.record(trade, "202601", figure, cc="CN") for trade, figure in (("2", "100"), ("3", "200"), ("4", total))]
    records.append(censtatd.record("4", "202601", "1000"))
    assert aside(read("censtatd.trade", censtatd.answer(records))) == rules


def test_partners_that_are_more_than_the_world_are_set_aside_with_it() -> None:
    records = [censtatd.record("1", "202601", figure, co=code) for code, figure in (("CN", "100"), ("US", "90"), ("", "150"))]
    records.append(censtatd.record("1", "202602", "150"))
    assert aside(read("censtatd.trade", censtatd.answer(records))) == ["sum"] * 3


def of_comtrade(change: Callable[[dict[str, object]], object]) -> list[Batch]:
    records = [comtrade.record(156, 458, "X", "2023", "TOTAL", 1234567.5), comtrade.record(156, 702, "X", "2023", "TOTAL", 1234.0)]
    for record in records:
        change(record)
    return read("comtrade.hs", json.dumps({"elapsedTime": "", "count": 2, "data": records, "error": ""}).encode())


def test_a_value_that_is_neither_of_those_beside_it_is_set_aside() -> None:
    assert aside(of_comtrade(lambda record: None)) == []
    assert aside(of_comtrade(lambda record: record["partnerCode"] == 702 and record.update(primaryValue=1.234))) == ["record"]


def test_thousands_parted_by_points_are_refused_with_the_figures_that_read_like_others() -> None:
    def grouped(record: dict[str, object]) -> None:
        for name in ("primaryValue", "fobvalue"):
            record[name] = "1.234.567" if record["partnerCode"] == 458 else "1.234"

    with pytest.raises(SchemaDrift, match=r"parted by points \(1\.234\.567\)"):
        of_comtrade(grouped)
    with pytest.raises(SchemaDrift, match=r"1\.234\.567,50: its thousands are parted by points"):
        read("imf.portal", portal(of_imf("CHN.XG_FOB_USD.MYS.A", "1.234.567,50")))
    with pytest.raises(SchemaDrift, match="parted by points"):
        read("worldbank.wits", b"Partner Name,Year,Export (US$ Thousand),Import (US$ Thousand)\n"
                               b"China,2020,1.234.567,1\nJapan,2020,1.234,1\n", "en_MYS.csv")
