"""Files that people have from international publishers' portals: read right, or refused by name with the way out. All figures are ours."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import Any

import pytest

from flows.home import registry
from flows.run.pipeline import _recognised
from tests.documents import cell, document
from tests.publishers import comtrade
from warehouse.schema import instead
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, PublisherError, SchemaDrift

RECORDS = [comtrade.record(156, 458, "X", "2023", "TOTAL", 1234567.5), comtrade.record(156, 36, "X", "2023", "TOTAL", 1234.0),
           comtrade.record(156, 0, "X", "2023", "TOTAL", 1235801.5)]
HS = "comtrade.hs"


def answer(records: list[dict[str, Any]], **other: object) -> bytes:
    return json.dumps({"elapsedTime": "0.1 secs", "count": len(records), "data": records, "error": ""} | other).encode()


def table(records: list[dict[str, Any]], end: str = "") -> bytes:
    out = io.StringIO()
    made = csv.DictWriter(out, list(records[0]), lineterminator="\n")
    made.writeheader()
    made.writerows(records)
    head, *lines = out.getvalue().splitlines()
    return "\n".join([head, *(line + end for line in lines), ""]).encode()


def figures(body: bytes, name: str = "file") -> dict[str, int]:
    connector = registry.publisher_of(HS)
    assert connector.recognise(body, name) == HS
    found = {}
    for batch in connector.read(document(HS, body)):
        assert not batch.rejected
        for frame in batch.frames:
            for row in frame.iter_rows(named=True):
                found[row["partner"]] = row["value"]
                assert cell(connector, body, row["locator"])
    return found


RIGHT = figures(answer(RECORDS))


@pytest.mark.parametrize("body", [
    answer(RECORDS[::-1]), answer([*RECORDS, RECORDS[0]]), b"\xef\xbb\xbf" + answer(RECORDS), gzip.compress(answer(RECORDS)),
    table(RECORDS), table(RECORDS, end=","), gzip.compress(table(RECORDS)),
    answer([{**each, "reporterCode": "156", "partnerCode": f"{each['partnerCode']:03}"} for each in RECORDS]),
    answer([{**each, "reporterCode": 156.0, "partnerCode": float(each["partnerCode"])} for each in RECORDS])],
    ids=["unsorted", "a record twice", "byte order mark", "gzip", "CSV", "lines end in a comma", "CSV in gzip", "padded", "fractions"])
def test_comtrade_s_figures_are_the_same_in_every_form(body: bytes) -> None:
    assert figures(body) == RIGHT


@pytest.mark.parametrize(("body", "error", "said"), [
    (answer(RECORDS, count=5), Incomplete, "says it has 5 records and has 3"),
    (answer(RECORDS, error="partial data"), Incomplete, "something is wrong with it: partial data"),
    (answer([{**RECORDS[0], "partnerCode": None}]), SchemaDrift, "it names no partner"),
    (table(RECORDS, end=",x"), SchemaDrift, "48 cells, the header 47"),
    (table(RECORDS[:1], end=",") + table(RECORDS)[len(table(RECORDS[:1])):], SchemaDrift, "47 cells, the header 47")])
def test_what_is_not_whole_of_comtrade_is_refused_and_not_called_an_error_page(body: bytes, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        figures(body)
    assert instead.told(Content.of(body)) == ""


LEGACY = (b"Classification,Year,Period,Trade Flow Code,Reporter Code,Reporter ISO,Partner Code,Commodity Code,Trade Value (US$)\n"
          b"H4,2015,2015,2,156,CHN,458,TOTAL,44\n")
WIDE = b'"Data Source","World Development Indicators",\n\n"Country Name","Country Code","Indicator Name","Indicator Code","2023",\n'


@pytest.mark.parametrize(("body", "name", "said"), [
    (LEGACY, "comtrade.csv", "a table of the old Comtrade"),
    (b"pfCode,yr,period,rgCode,rtCode,ptCode,cmdCode,TradeValue\nH4,2015,2015,2,156,458,TOTAL,44\n", "x.csv", "a table of the old"),
    (json.dumps(RECORDS).encode(), "records.json", "a list of Comtrade's records without the answer"),
    (WIDE, "API_NY.GDP.MKTP.CD_DS2_en_csv_v2_1.csv", "a download of the World Bank's pages"),
    (b"Country Name,Country Code,Series Name,Series Code,2022 [YR2022]\nMalaysia,MYS,GDP,NY,1\n", "x.csv", "a download of the World Bank"),
    (b"Nomenclature,ReporterISO3,ProductCode,PartnerISO3,Year,TradeFlowName,TradeValue in 1000 USD\nH5,458,Total,156,2022,Export,1\n", "x",
     "a bulk download of WITS"),
    (b"Reporter Name,Partner Name,Trade Flow,Product Group,Indicator,2022\nMalaysia, World,Export,All Products,Export (US$ Thousand),1\n",
     "x.csv", "a table of WITS with a column for each year"),
    (b"freq,reporter,partner,product,flow,indicators\\TIME_PERIOD\t2023-01 \nM,DE,CN,TOTAL,1,VALUE_IN_EUROS\t100 \n", "x",
     "Eurostat's TSV"),
    (b"country_code,country_name,country_iso2,country_iso3\n4,Afghanistan,AF,AFG\n", "country_codes_V202601.csv", "a list of codes that"),
    (b"code,description\n010121,Horses\n", "product_codes_HS17_V202601.csv", "a list of codes that comes with BACI"),
    (b'<mes:GenericData xmlns:mes="x"><mes:Structure structureID="IMF_STA_IMTS"/><g:Value id="COUNTERPART_COUNTRY" value="CHN"/>',
     "imf.xml", "SDMX-ML of the IMF in its generic form")])
def test_other_forms_are_refused_by_name_with_the_way_out(body: bytes, name: str, said: str) -> None:
    found, told = _recognised(registry.connectors().values(), body, name)
    assert found is None and told.startswith(said) and any(way in told for way in ("ask ", "give ", "save ", "take ", "import ")), told


def test_a_year_of_baci_may_be_packed_and_keeps_its_name() -> None:
    body = b"t,i,j,k,v,q\n2023,156,458,10121,1.5,      NA\n"
    assert registry.connectors()["cepii"].recognise(body, "BACI_HS17_Y2023_V202601.csv.gz") == "cepii.baci.hs17.V202601"
    with pytest.raises(PublisherError, match="give it the name"):
        registry.connectors()["cepii"].recognise(body, "mine.csv.gz")


def test_codes_are_read_where_labels_stand_beside_them_under_the_same_name() -> None:
    body = (b"STRUCTURE,STRUCTURE_ID,freq,Freq,reporter,Reporter,partner,Partner,product,Product,flow,Flow,indicators,Indicators,"
            b"TIME_PERIOD,OBS_VALUE\ndataflow,ESTAT:DS-045409(1.0),M,Monthly,DE,Germany,CN,China,TOTAL,Total,1,IMPORT,VALUE_IN_EUROS,Value,2024-01,100\n")
    [batch] = registry.connectors()["eurostat"].read(document("eurostat.ds-045409", body))
    assert [(row["partner"], row["value"]) for row in batch.frames[0].iter_rows(named=True)] == [("CHN", 100)]
