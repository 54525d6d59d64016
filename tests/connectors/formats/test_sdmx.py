"""SDMX in each of its forms: the same observations from all, actions, histories, cells, and what is refused by name."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.formats import sdmx
from connectors.formats.sdmx import Layout, Observation
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift

LAYOUT = Layout(("FREQ", "REPORTER", "PARTNER"))
GIVEN = [(("M", "MY", "CN"), "2026-01", "1.50", {"UNIT_MULT": "6", "OBS_STATUS": "A"}),
         (("M", "MY", "CN"), "2026-02", "", {"UNIT_MULT": "6", "OBS_STATUS": "M"}),
         (("M", "MY", "SG"), "2026-01", "-7", {"UNIT_MULT": "6", "OBS_STATUS": "A"})]

CSV_1 = b"""DATAFLOW,FREQ,REPORTER,PARTNER,TIME_PERIOD,OBS_VALUE,UNIT_MULT,OBS_STATUS
A:T(1.0),M,MY,CN,2026-01,1.50,6,A
A:T(1.0),M,MY,CN,2026-02,NaN,6,M
A:T(1.0),M,MY,SG,2026-01,-7,6,A
"""
CSV_2 = b"""STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REPORTER,PARTNER,TIME_PERIOD,OBS_VALUE,UNIT_MULT,OBS_STATUS
dataflow,A:T(1.0),I,M,MY,CN,2026-01,1.50,6,A
dataflow,A:T(1.0),I,M,MY,CN,2026-02,,6,M
dataflow,A:T(1.0),I,M,MY,SG,2026-01,-7,6,A
"""
CSV_LABELS = b"""DATAFLOW: Trade,FREQ: Frequency,REPORTER: Reporter,PARTNER: Partner,TIME_PERIOD: Period,OBS_VALUE: Value,UNIT_MULT: Unit,OBS_STATUS: Status
A:T(1.0): Trade,M: Monthly,MY: Malaysia,CN: China,2026-01: Jan,1.50,6: Millions,A: Normal
A:T(1.0): Trade,M: Monthly,MY: Malaysia,CN: China,2026-02: Feb,,6: Millions,M: Missing
A:T(1.0): Trade,M: Monthly,MY: Malaysia,SG: Singapore,2026-01: Jan,-7,6: Millions,A: Normal
"""  # noqa: E501


def component(name: str, *codes: str) -> dict[str, Any]:
    return {"id": name, "values": [{"id": code} for code in codes]}


DIMENSIONS = [component("FREQ", "M"), component("REPORTER", "MY"), component("PARTNER", "CN", "SG")]
PERIODS = {"id": "TIME_PERIOD", "values": [{"value": "2026-01"}, {"value": "2026-02"}]}
ATTRIBUTES = {"series": [component("UNIT_MULT", "6")], "observation": [component("OBS_STATUS", "A", "M")]}
SERIES = {"0:0:0": {"attributes": [0], "observations": {"0": ["1.50", 0], "1": [None, 1]}},
          "0:0:1": {"attributes": [0], "observations": {"0": [-7, 0]}}}
JSON_1 = {"structure": {"dimensions": {"series": DIMENSIONS, "observation": [PERIODS]}, "attributes": ATTRIBUTES},
          "dataSets": [{"action": "Information", "series": SERIES}]}
JSON_2 = {"meta": {}, "data": {
    "structures": [{"dimensions": {"series": DIMENSIONS, "observation": [PERIODS]}, "measures": {"observation": [{"id": "OBS_VALUE"}]},
                    "attributes": {"dimensionGroup": ATTRIBUTES["series"], "observation": ATTRIBUTES["observation"]}}],
    "dataSets": [{"structure": 0, "series": {key: {"observations": one["observations"]} for key, one in SERIES.items()},
                  "dimensionGroupAttributes": {"0:::": [0]}}]}}
JSON_FLAT = {"structure": {"dimensions": {"dataSet": DIMENSIONS[:2], "observation": [DIMENSIONS[2], PERIODS]},
                           "attributes": {"dataSet": ATTRIBUTES["series"], "observation": ATTRIBUTES["observation"]}},
             "dataSets": [{"attributes": [0], "observations": {"0:0": ["1.50", 0], "0:1": [None, 1], "1:0": [-7, 0]}}]}

HEAD = """<?xml version="1.0"?><m:%s xmlns:m="http://www.sdmx.org/message" xmlns:g="http://www.sdmx.org/generic">
<m:Header><m:ID>1</m:ID><m:Structure structureID="T" dimensionAtObservation="%s"/></m:Header>"""
GENERIC = HEAD % ("GenericData", "TIME_PERIOD") + """<m:DataSet action="Information" structureRef="T">
<g:Group><g:GroupKey><g:Value id="PARTNER" value="SG"/></g:GroupKey>
<g:Attributes><g:Value id="UNIT_MULT" value="6"/></g:Attributes></g:Group>
<g:Series><g:SeriesKey><g:Value id="FREQ" value="M"/><g:Value id="REPORTER" value="MY"/><g:Value id="PARTNER" value="CN"/></g:SeriesKey>
<g:Attributes><g:Value id="UNIT_MULT" value="6"/></g:Attributes>
<g:Obs><g:ObsDimension value="2026-01"/><g:ObsValue value="1.50"/><g:Attributes><g:Value id="OBS_STATUS" value="A"/></g:Attributes></g:Obs>
<g:Obs><g:ObsDimension value="2026-02"/><g:ObsValue value="NaN"/><g:Attributes><g:Value id="OBS_STATUS" value="M"/></g:Attributes></g:Obs>
</g:Series>
<g:Series><g:SeriesKey><g:Value id="FREQ" value="M"/><g:Value id="REPORTER" value="MY"/><g:Value id="PARTNER" value="SG"/></g:SeriesKey>
<g:Obs><g:ObsDimension value="2026-01"/><g:ObsValue value="-7"/><g:Attributes><g:Value id="OBS_STATUS" value="A"/></g:Attributes></g:Obs>
</g:Series></m:DataSet></m:GenericData>"""
FLAT = HEAD % ("GenericData", "AllDimensions") + "<m:DataSet><g:Attributes><g:Value id='UNIT_MULT' value='6'/></g:Attributes>" + "".join(
    f"""<g:Obs><g:ObsKey><g:Value id="FREQ" value="M"/><g:Value id="REPORTER" value="MY"/><g:Value id="PARTNER" value="{key[2]}"/>
    <g:Value id="TIME_PERIOD" value="{period}"/></g:ObsKey>{f'<g:ObsValue value="{value}"/>' if value else ""}
    <g:Attributes><g:Value id="OBS_STATUS" value="{attributes['OBS_STATUS']}"/></g:Attributes></g:Obs>"""
    for key, period, value, attributes in GIVEN) + "</m:DataSet></m:GenericData>"
SPECIFIC = HEAD % ("StructureSpecificData", "TIME_PERIOD") + """<m:DataSet action="Replace" structureRef="T">
<Group PARTNER="SG"><Comp id="UNIT_MULT"><Value>6</Value></Comp></Group>
<Series FREQ="M" REPORTER="MY" PARTNER="CN" UNIT_MULT="6"><Obs TIME_PERIOD="2026-01" OBS_VALUE="1.50" OBS_STATUS="A"/>
<Obs TIME_PERIOD="2026-02" OBS_STATUS="M"/></Series>
<Series FREQ="M" REPORTER="MY" PARTNER="SG"><Obs TIME_PERIOD="2026-01" OBS_VALUE="-7" OBS_STATUS="A"/></Series>
</m:DataSet></m:StructureSpecificData>"""
COMPACT = """<CompactData xmlns="http://www.SDMX.org/resources/SDMXML/schemas/v2_0/message"><Header/><DataSet UNIT_MULT="6">
<Series FREQ="M" REPORTER="MY" PARTNER="CN"><Obs TIME_PERIOD="2026-01" OBS_VALUE="1.50" OBS_STATUS="A"/>
<Obs TIME_PERIOD="2026-02" OBS_VALUE="NaN" OBS_STATUS="M"/></Series>
<Series FREQ="M" REPORTER="MY" PARTNER="SG"><Obs TIME_PERIOD="2026-01" OBS_VALUE="-7" OBS_STATUS="A"/></Series></DataSet></CompactData>"""

FORMS: dict[str, bytes] = {
    "csv 1.0": CSV_1, "csv 2.0": CSV_2, "csv with labels": CSV_LABELS, "json 1.0": json.dumps(JSON_1).encode(),
    "json 2.0": json.dumps(JSON_2).encode(), "json flat": json.dumps(JSON_FLAT).encode(), "generic": GENERIC.encode(),
    "generic flat": FLAT.encode(), "structure specific": SPECIFIC.encode(), "compact": COMPACT.encode(),
}


def read(body: bytes, layout: Layout = LAYOUT) -> list[Observation]:
    return list(sdmx.read(body, layout))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_observations_and_finds_their_cells(form: str) -> None:
    found = read(FORMS[form])
    assert [(one.key, one.period, one.value, {name: one.attributes[name] for name in ("UNIT_MULT", "OBS_STATUS")})
            for one in found] == GIVEN
    assert sdmx.form_of(FORMS[form]) == {"csv": "csv", "json": "json"}.get(form[:4].strip(), "ml")
    for one in found:
        printed = sdmx.read_cell(FORMS[form], one.locator, LAYOUT)
        assert printed.replace("NaN", "") == one.value


@pytest.mark.parametrize("form", FORMS)
def test_another_tables_dimensions_are_drift(form: str) -> None:
    with pytest.raises(SchemaDrift, match="PRODUCT"):
        read(FORMS[form], Layout((*LAYOUT.dimensions, "PRODUCT")))


@pytest.mark.parametrize("form", FORMS)
def test_any_damage_gives_observations_or_a_named_error(form: str) -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.integers(0, len(FORMS[form]) - 1), st.integers(0, 12), st.binary(max_size=4))
    def damaged(at: int, length: int, instead: bytes) -> None:
        body = FORMS[form][:at] + instead + FORMS[form][at + length:]
        with suppress(PublisherError):
            read(body)

    damaged()


@pytest.mark.parametrize("form", ["generic", "structure specific", "csv 1.0"])
def test_a_message_that_breaks_off_is_incomplete_or_of_another_layout(form: str) -> None:
    with pytest.raises((Incomplete, SchemaDrift)):
        read(FORMS[form][:-20] if form != "csv 1.0" else FORMS[form][:-6])


def said(form: str, *, test: str = "", prepared: str = "2026-04-01T08:00:00Z", valid_to: str = "") -> bytes:
    """The message with what its header says of it, and until when its data set is valid."""
    if form in ("generic", "structure specific", "compact"):
        m = "" if form == "compact" else "m:"
        head = (f"<{m}Test>{test}</{m}Test>" if test else "") + f"<{m}Prepared>{prepared}</{m}Prepared>"
        body = FORMS[form].replace(b"<Header/>", b"<Header></Header>")
        body = body.replace(b"</m:Header>" if form != "compact" else b"</Header>", head.encode() + (
            b"</m:Header>" if form != "compact" else b"</Header>"))
        return body.replace(b"DataSet ", f'DataSet validToDate="{valid_to}" '.encode(), 1) if valid_to else body
    message = json.loads(FORMS[form])
    message["meta" if form == "json 2.0" else "header"] = {"test": json.loads(test) if test else False, "prepared": prepared}
    if valid_to:
        message.get("data", message)["dataSets"][0]["validTo"] = valid_to
    return json.dumps(message).encode()


HEADED = ["json 1.0", "json 2.0", "json flat", "generic", "structure specific", "compact"]


@pytest.mark.parametrize("form", HEADED)
def test_a_message_that_says_it_is_a_test_has_no_figures(form: str) -> None:
    assert read(said(form, test="false")) == read(FORMS[form])
    with pytest.raises(SchemaDrift, match="says that it is a test"):
        read(said(form, test="true"))


@pytest.mark.parametrize("form", HEADED)
@pytest.mark.parametrize(("valid_to", "prepared", "refused"), [
    ("2026-03-31", "2026-04-01T08:00:00Z", True), ("2026-04-01", "2026-04-01T08:00:00Z", False), ("2027-01-01", "2026-04-01", False),
    ("2026-04-01T07:00:00Z", "2026-04-01T08:00:00Z", True), ("2026-04-01", "", True)])
def test_a_data_set_past_its_time_is_not_taken_for_what_is_in_force(form: str, valid_to: str, prepared: str, refused: bool) -> None:
    body = said(form, valid_to=valid_to, prepared=prepared)
    if not refused:
        assert len(read(body)) == len(GIVEN)
        return
    with pytest.raises(SchemaDrift, match=f"valid to {valid_to}"):
        read(body)


def test_a_structure_past_its_time_is_refused_and_a_history_is_read() -> None:
    message = json.loads(said("json 2.0"))
    message["data"]["structures"][0]["validTo"] = "2025-12-31"
    with pytest.raises(SchemaDrift, match="structure is valid to 2025-12-31"):
        read(json.dumps(message).encode())
    history = json.loads(said("json 1.0"))
    (one,) = history["dataSets"]
    history["dataSets"] = [{**one, "validFrom": "2026-02-01", "validTo": "2026-03-01"}, {**one, "validFrom": "2026-03-01"}]
    assert len(sdmx.in_force(read(json.dumps(history).encode()))) == len(GIVEN)


def test_numbers_stay_as_they_are_printed() -> None:
    body = FORMS["json 1.0"].replace(b'"1.50"', b"8.000470000000002e0").replace(b"-7", b"123456789012345678.10")
    assert [one.value for one in read(body)] == ["8.000470000000002e0", "", "123456789012345678.10"]


# What a message does with its observations


@pytest.mark.parametrize(("letter", "action"), [
    ("I", "information"), ("A", "append"), ("R", "replace"), ("M", "merge"), ("D", "delete"), ("", "information")])
def test_each_line_of_csv_says_what_it_does(letter: str, action: str) -> None:
    assert {one.action for one in read(CSV_2.replace(b",I,", f",{letter},".encode()))} == {action}


def test_a_deletion_may_leave_codes_and_value_out_and_is_refused_only_where_none_may_be() -> None:
    body = b"STRUCTURE,STRUCTURE_ID,ACTION,FREQ,REPORTER,PARTNER,TIME_PERIOD\ndataflow,A:T(1.0),D,M,MY,,\n"
    found = read(body)
    assert [(one.action, one.key, one.period) for one in found] == [("delete", ("M", "MY", ""), "")]
    with pytest.raises(sdmx.TakenBack, match=r"takes figures back.*ask again"):
        list(sdmx.given(found, LAYOUT, "ask again"))


def test_an_action_that_sdmx_does_not_know_is_refused() -> None:
    with pytest.raises(sdmx.TakenBack, match="'Retract'"):
        read(SPECIFIC.replace('action="Replace"', 'action="Retract"').encode())


def versions(*sets: tuple[str, str, str]) -> list[Observation]:
    return [Observation(("M", "MY", partner), "2026-01", value, {}, "", "delete" if value == "gone" else "replace", since)
            for since, partner, value in sets]


def test_of_a_history_the_version_in_force_stands_in_whatever_order_it_comes() -> None:
    found = sdmx.in_force(versions(("2026-03", "CN", "2"), ("2026-02", "CN", "1"), ("2026-02", "SG", "7")))
    assert {one.key[2]: one.value for one in found} == {"CN": "2", "SG": "7"}


def test_of_a_history_the_later_is_told_by_the_time_and_not_by_its_text() -> None:
    sets = versions(("2026-10-14T15:30:00Z", "CN", "2"), ("2026-10-14T17:00:00+02:00", "CN", "1"))
    assert [one.value for one in sdmx.in_force(sets)] == ["2"]


def test_a_deletion_in_a_history_takes_out_what_it_covers_and_not_what_came_later() -> None:
    sets = versions(("1", "CN", "1"), ("1", "SG", "7"), ("2", "", "gone"), ("3", "SG", "8"))
    assert [(one.key[2], one.value) for one in sdmx.in_force(sets)] == [("SG", "8")]


def test_without_dates_there_is_no_history_and_doubles_stay() -> None:
    sets = versions(("", "CN", "1"), ("", "CN", "2"))
    assert sdmx.in_force(sets) == sets


def test_a_history_in_ml_carries_its_dates() -> None:
    later = SPECIFIC.replace('action="Replace"', 'action="Replace" validFromDate="2026-04-01"').replace('"1.50"', '"1.75"')
    first = SPECIFIC.replace('action="Replace"', 'action="Append" validFromDate="2026-03-01"')
    data_set = later[later.index("<m:DataSet"):later.index("</m:StructureSpecificData>")]
    body = first.replace("</m:StructureSpecificData>", data_set + "</m:StructureSpecificData>").encode()
    assert [(one.value, one.action, one.valid_from) for one in read(body)][::3] == [
        ("1.50", "append", "2026-03-01"), ("1.75", "replace", "2026-04-01")]
    assert sdmx.read_cell(body, "series M.MY.CN, period 2026-01", LAYOUT) == "1.75"


# What is refused


@pytest.mark.parametrize(("body", "error", "said"), [
    (b"<html><body>Service unavailable</body></html>", NotReadable, "no SDMX message"),
    (b"Date,USD\n2026-01-01,1.1\n", NotReadable, "no SDMX message"),
    (b'{"error": "no such flow"}', SchemaDrift, "dataSets"),
    (SPECIFIC.replace("StructureSpecificData", "Structure").encode(), NotReadable, "the XML is Structure"),
    (SPECIFIC.replace("<m:Struct", "<!DOCTYPE a [<!ENTITY b 'c'>]><m:Struct", 1).encode(), NotReadable, "document type"),
    (SPECIFIC.replace(' PARTNER="SG"><Obs', "><Obs").encode(), SchemaDrift, "observation 3 of the message lacks PARTNER"),
    (CSV_1.replace(b",6,A\nA:T(1.0),M,MY,CN,2026-02", b"\nA:T(1.0),M,MY,CN,2026-02"), SchemaDrift, "line 2 has 6 cells"),
])
def test_what_is_no_message_of_this_table_is_refused_by_name(body: bytes, error: type[PublisherError], said: str) -> None:
    with pytest.raises(error, match=said):
        read(body)


def test_a_position_is_never_taken_for_the_unit_where_the_codes_are_missing() -> None:
    for lost in (b', "values": [{"id": "6"}]', b'{"id": "6"}'):
        with pytest.raises(SchemaDrift, match=r"values|UNIT_MULT"):
            read(FORMS["json 1.0"].replace(lost, b""))


def test_a_group_that_comes_after_its_series_is_refused_since_its_unit_would_be_missed() -> None:
    group = '<Group PARTNER="SG"><Comp id="UNIT_MULT"><Value>6</Value></Comp></Group>'
    with pytest.raises(SchemaDrift, match="group"):
        read(SPECIFIC.replace(group, "").replace("</m:DataSet>", group + "</m:DataSet>").encode())


def test_an_answer_that_says_the_data_comes_later_is_incomplete(samples: Path) -> None:
    with pytest.raises(Incomplete, match="response will be written to a file"):
        read((samples / "sdmx" / "ESTAT_footer.xml").read_bytes())


# Real messages


def test_real_messages_are_read(samples: Path) -> None:
    imf = read((samples / "imf" / "IMTS_data_sdmx30_USA_XG_FOB_USD_G001+G998_A_2023-2024.xml").read_bytes(),
               Layout(("COUNTRY", "INDICATOR", "COUNTERPART_COUNTRY", "FREQUENCY")))
    assert [(one.key[2], one.period, one.value) for one in imf][2] == ("G998", "2023", "369756760426")
    assert {one.attributes["UNIT"] for one in imf} == {"USD"}
    ecb = Layout(("FREQ", "CURRENCY", "CURRENCY_DENOM", "EXR_TYPE", "EXR_SUFFIX"))
    generic = read((samples / "ecb" / "M.USD.EUR.SP00.A.generic.xml").read_bytes(), ecb)
    assert (len(generic), generic[0].period, generic[0].value, generic[0].attributes["UNIT"]) == (252, "1999-01", "1.16078", "USD")
    message = (samples / "sdmx" / "v3_json_data_exr-flat.json").read_bytes()
    with pytest.raises(SchemaDrift, match="its figures are none"):
        read(message, ecb)
    flat = read(message.replace(b'"test":true', b'"test":false'), ecb)
    assert [(one.key[1], one.period, one.value) for one in flat][:2] == [("NZD", "2013-01-18", "1.5931"), ("NZD", "2013-01-21", "1.5925")]
    assert flat[0].attributes["TITLE"] == "New Zealand dollar (NZD)"
    comext = read((samples / "eurostat" / "comext_sdmx_csv_DS-045409_sample.csv").read_bytes(),
                  Layout(("freq", "reporter", "partner", "product", "flow", "indicators")))
    assert (comext[0].key, comext[0].value) == (("A", "DE", "VN", "030462", "1", "QUANTITY_IN_100KG"), "90212.63")


def test_real_answers_of_the_imf_in_json_are_read_also_an_empty_one(samples: Path) -> None:
    recorded = samples / "imf" / "imfp_recorded"
    layout = Layout(("COUNTRY", "INDICATOR", "FREQUENCY"))
    found = read(json.loads((recorded / "data_APDREO_all.json").read_text())["text"].encode(), layout)
    assert found[0].value == "-4.85928018161749" and found[0].attributes["SCALE"] == "0"
    assert {one.attributes.get("UNIT") for one in found} == {"PT", "XDC", None}
    assert read(json.loads((recorded / "data_WHDREO_monthly_empty_or_small.json").read_text())["text"].encode(), layout) == []


# Messages larger than memory


def _many(count: int) -> Iterator[bytes]:
    yield (HEAD % ("StructureSpecificData", "TIME_PERIOD") + "<m:DataSet>").encode()
    for series in range(count // 100):
        observations = "".join(f'<Obs TIME_PERIOD="{1900 + year}" OBS_VALUE="{year}.5"/>' for year in range(100))
        yield f'<Series FREQ="A" REPORTER="R{series}" PARTNER="P">{observations}</Series>'.encode()
    yield b"</m:DataSet></m:StructureSpecificData>"


def _many_lines(count: int) -> Iterator[bytes]:
    yield b"DATAFLOW,FREQ,REPORTER,PARTNER,TIME_PERIOD,OBS_VALUE\n"
    for line in range(count):
        yield f"A:T(1.0),A,R{line},P,2000,{line}.5\n".encode()


@pytest.mark.parametrize("parts", [_many, _many_lines])
def test_a_stream_is_not_held_in_memory(parts: Any) -> None:
    content = Content(lambda: parts(60_000), size=1 << 32)
    tracemalloc.start()
    try:
        assert sum(1 for _ in sdmx.read(content, LAYOUT)) == 60_000
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
