"""What an SDMX message says it does, and the forms of the ECB's rates that people save."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.statistics.ecb.connector import DAY, SERVICE, Ecb
from tests.documents import cell
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Document, Fetch

KEY = {"FREQ": "D", "CURRENCY": "MYR", "CURRENCY_DENOM": "EUR", "EXR_TYPE": "SP00", "EXR_SUFFIX": "A"}
SUNDAY = Fetch("f", DAY, "import:rates.json", datetime(2026, 4, 19, 15, tzinfo=UTC), 200, "0", 1, "imported")


def document(body: bytes, url: str = "import:rates.json") -> Document:
    return Document(replace(SUNDAY, url=url), body)


def message(*data_sets: dict[str, Any], days: tuple[str, ...] = ("2026-04-16", "2026-04-17")) -> bytes:
    def component(name: str, *values: str) -> dict[str, Any]:
        return {"id": name, "values": [{"id": value} for value in values]}

    return json.dumps({"dataSets": list(data_sets), "structure": {"dimensions": {
        "series": [component(name, value) for name, value in KEY.items()],
        "observation": [component("TIME_PERIOD", *days)]}}}).encode()


def data_set(*rates: float, **more: str) -> dict[str, Any]:
    return {"series": {"0:0:0:0:0": {"observations": {str(at): [rate] for at, rate in enumerate(rates)}}}, **more}


def rates(batches: list[Batch]) -> list[float]:
    return [float(rate) for frame in batches[0].frames for rate in frame["rate"]]


@pytest.mark.parametrize("action", ["Append", "Replace", "Merge", "Information", "append"])
def test_a_message_that_gives_rates_is_read(action: str) -> None:
    assert rates(Ecb().read(document(message(data_set(4.7, 4.71, action=action))))) == [4.7, 4.71]


@pytest.mark.parametrize("action", ["Delete", "DELETE", "Retract"])
def test_a_message_that_takes_rates_back_adds_none_and_is_refused_by_name(action: str) -> None:
    body = message(data_set(4.7, 4.71), data_set(4.7, action=action))
    assert Ecb().recognise(body, "rates.json") == DAY
    with pytest.raises(SchemaDrift, match=f"(?i)action is '{action}'.*takes? figures back"):
        Ecb().read(document(body))


def test_of_a_history_the_version_in_force_is_read_in_whatever_order_it_stands() -> None:
    later = data_set(4.9, validFrom="2026-04-20T16:00:00+02:00", action="Replace")
    first = data_set(4.7, 4.71, validFrom="2026-04-17T16:00:00+02:00", validTo="2026-04-20T16:00:00+02:00", action="Replace")
    assert rates(Ecb().read(document(message(later, first)))) == [4.9, 4.71]


def test_two_rates_of_one_day_without_a_history_are_still_set_aside() -> None:
    batch, = Ecb().read(document(message(data_set(4.7, 4.71), data_set(4.9))))
    assert [row.rule for row in batch.rejected] == ["double", "double"]


def test_a_weekend_that_answers_with_nothing_is_quiet_and_a_week_is_not() -> None:
    empty = message({"action": "Replace", "series": {}}, days=())
    assert Ecb().read(document(empty, f"{SERVICE}/D.MYR?startPeriod=2026-04-18")) == []
    with pytest.raises(Incomplete):
        Ecb().read(document(empty, f"{SERVICE}/D.MYR?startPeriod=2026-04-06"))
    with pytest.raises(Incomplete):
        Ecb().read(document(empty))


@pytest.mark.parametrize("lead", [("DATAFLOW", "ECB:EXR(1.0)"), ("STRUCTURE,STRUCTURE_ID,ACTION", "dataflow,ECB:EXR(1.0),I")])
def test_the_standard_forms_of_sdmx_csv_are_read_and_their_cells_found(lead: tuple[str, str]) -> None:
    body = (f"{lead[0]},{','.join(KEY)},TIME_PERIOD,OBS_VALUE\n" f"{lead[1]},{','.join(KEY.values())},2026-04-17,4.71\n").encode()
    assert Ecb().recognise(body, "data.csv") == DAY
    batch, = Ecb().read(document(body))
    locator = next(iter(batch.frames))["locator"][0]
    assert (rates([batch]), cell(Ecb(), body, locator)) == ([4.71], "4.71")
    if "ACTION" in lead[0]:
        with pytest.raises(SchemaDrift, match="takes figures back"):
            Ecb().read(document(body.replace(b",I,", b",D,")))


@pytest.mark.parametrize(("body", "form"), [
    (b"<?xml version='1.0'?><gesmes:Envelope xmlns='http://www.ecb.int/vocabulary/2002-08-01/eurofxref'><Cube/></gesmes:Envelope>",
     "daily XML"),
    (b"<message:GenericData xmlns:message='http://www.sdmx.org/resources/x'><g:Value id='KEY' value='EXR'/></message:GenericData>",
     "SDMX-ML"),
    (b'"DATE","TIME PERIOD","Malaysian ringgit/Euro (EXR.D.MYR.EUR.SP00.A)"\n"2026-04-17","17 Apr 2026","4.71"\n', "Data Portal"),
])
def test_a_form_that_is_not_read_is_named_with_the_way_to_save_the_rates(body: bytes, form: str) -> None:
    assert Ecb().recognise(body, "saved") == DAY
    with pytest.raises(NotReadable, match=f"{form}.*save eurofxref-hist.zip"):
        Ecb().read(document(body))


CSV = "DATAFLOW,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\nECB:EXR(1.0),D,MYR,EUR,SP00,A,2026-04-17,4.7051\n"


def test_sdmx_csv_with_labels_is_recognised_and_read() -> None:
    head, line = CSV.splitlines()
    labels = line.replace("D,MYR,EUR,SP00,A", "D: Daily,MYR: Ringgit,EUR: Euro,SP00: Spot,A: Average")
    labelled = "\n".join((re.sub("([A-Z_]+)", r"\1: Label", head), labels, ""))
    assert Ecb().recognise(labelled.encode(), "data.csv") == DAY
    assert rates(Ecb().read(document(labelled.encode()))) == rates(Ecb().read(document(CSV.encode()))) == [4.7051]


@pytest.mark.parametrize("mark", [";", "\t"])
def test_sdmx_csv_with_another_mark_is_named_with_the_way_to_save_it(mark: str) -> None:
    body = CSV.replace(",", mark).encode()
    assert Ecb().recognise(body, "data.csv") == DAY
    with pytest.raises(NotReadable, match=r"SDMX-CSV with semicolons or tabs.*save"):
        Ecb().read(document(body))
