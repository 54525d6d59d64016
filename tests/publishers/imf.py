"""The IMF's SDMX 3.0 service, simulated: synthetic observations, answered in CSV, XML or JSON as real answers were seen to be.

The office knows what others recorded: SCALE "6" beside full dollars, 204 for a dataflow that does not exist, 200 with nothing where no
series fits, null observations with the status NP, errors as {message, code, correlationId, path}.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from connectors.statistics.imf.questions import period
from tests.publishers.server import Publishers

HOST = "api.imf.org"
API = f"https://{HOST}/external/sdmx/3.0/data/dataflow/IMF.STA/"
DIMENSIONS = {"IMTS": ("COUNTRY", "INDICATOR", "COUNTERPART_COUNTRY", "FREQUENCY"),
              "ER": ("COUNTRY", "INDICATOR", "TYPE_OF_TRANSFORMATION", "FREQUENCY")}
Answer = tuple[int, Mapping[str, str], bytes]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """One observation: its value as printed (None where there is none), and how it came about."""

    value: str | None
    derivation: str = "M"


@dataclass
class Office:
    """A synthetic IMF: series by table and key, each with its observations by period."""

    series: dict[str, dict[Key, dict[str, Figure]]] = field(default_factory=lambda: {"IMTS": {}, "ER": {}})
    versions: dict[str, str] = field(default_factory=lambda: {"IMTS": "1.0.0", "ER": "4.0.1"})
    forms: tuple[str, ...] = ("csv", "xml", "json")
    """What it speaks; the first that a question accepts."""
    most: int = 10_000_000
    """Observations of one answer; beyond, it refuses."""
    answers: int = 0

    def put(self, flow: str, key: str, **observations: str | Figure | None) -> None:
        """Publish observations: ``put("IMTS", "MYS.XG_FOB_USD.CHN.A", y2024="1000")``. Periods are written without their dash."""
        found = self.series[flow].setdefault(tuple(key.split(".")), {})
        for written, one in observations.items():
            year, part = written[1:5], written[5:]
            found[f"{year}-{part}" if part else year] = one if isinstance(one, Figure) else Figure(one)

    def open(self, publishers: Publishers) -> None:
        """Answer from now on."""
        publishers.answer(API, self._answer)

    def _answer(self, query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        flow, _, rest = unquote(query["/"]).partition("/")
        version, _, key = rest.partition("/")
        if flow not in self.series or version not in ("+", self.versions[flow]):
            return 204, {}, b""
        parts = key.split(".")
        if len(parts) != len(DIMENSIONS[flow]):
            return self._refused(400, f"Invalid number of dimensions in key {key}")
        found = dict(self._found(flow, parts, query.get("c[TIME_PERIOD]", "")))
        if sum(map(len, found.values())) > self.most:
            return self._refused(413, "Too many observations")
        self.answers += 1
        accept = headers.get("accept", "*/*")
        form = next((form for form in self.forms if form in accept or accept == "*/*"), "xml")
        return {"csv": self._csv, "xml": self._xml, "json": self._json}[form](flow, found)

    def _found(self, flow: str, parts: list[str], span: str) -> Iterator[tuple[Key, dict[str, Figure]]]:
        wanted = dict(one.split(":", 1) for one in span.split("+") if one)
        for key, observations in self.series[flow].items():
            if all(part in ("*", "") or code in part.split("+") for code, part in zip(key, parts, strict=True)):
                inside = {text: one for text, one in observations.items()
                          if wanted.get("ge", "") <= str(period(key[3], text)[0]) <= wanted.get("le", "9")}
                if inside:
                    yield key, inside

    def _csv(self, flow: str, found: Mapping[Key, Mapping[str, Figure]]) -> Answer:
        header = ["STRUCTURE[;]", "STRUCTURE_ID", "ACTION", *DIMENSIONS[flow], "TIME_PERIOD", "OBS_VALUE", "SCALE", "DERIVATION_TYPE",
                  "STATUS"]
        lines = [",".join(header)]
        for key, observations in found.items():
            for text, one in observations.items():
                lines.append(",".join(["dataflow", f"IMF.STA:{flow}({self.versions[flow]})", "I", *key, text, one.value or "", "6",
                                       one.derivation, "" if one.value else "NP"]))
        return 200, {"Content_Type": "application/vnd.sdmx.data+csv; version=2.0.0"}, ("\n".join(lines) + "\n").encode()

    def _xml(self, flow: str, found: Mapping[Key, Mapping[str, Figure]]) -> Answer:
        body = []
        for key, observations in found.items():
            said = " ".join(f'{name}="{code}"' for name, code in zip(DIMENSIONS[flow], key, strict=True))
            body.append(f'<Series {said} OVERLAP="OL" SCALE="6">')
            for text, one in observations.items():
                value = f'OBS_VALUE="{one.value}" ' if one.value else ""
                body.append(f'<Obs {value}DERIVATION_TYPE="{one.derivation}" TIME_PERIOD="{text}"/>')
            body.append("</Series>")
        urn = f"urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=IMF.STA:{flow}({self.versions[flow]})"
        text = (f"<?xml version='1.0' encoding='UTF-8'?><message:StructureSpecificData "
                f'xmlns:message="http://www.sdmx.org/resources/sdmxml/schemas/v3_0/message" '
                f'xmlns:common="http://www.sdmx.org/resources/sdmxml/schemas/v3_0/common" '
                f'xmlns:ss="http://www.sdmx.org/resources/sdmxml/schemas/v3_0/data/structurespecific"><message:Header>'
                f"<message:ID>IDREF{self.answers}</message:ID><message:Prepared>2026-10-01T00:00:{self.answers % 60:02}Z</message:Prepared>"
                f'<message:Structure structureID="S" dimensionAtObservation="TIME_PERIOD"><common:Structure>{urn}</common:Structure>'
                f'</message:Structure></message:Header><message:DataSet ss:structureRef="S" action="Replace">{"".join(body)}'
                f"</message:DataSet></message:StructureSpecificData>")
        return 200, {"Content_Type": "application/xml"}, text.encode()

    def _json(self, flow: str, found: Mapping[Key, Mapping[str, Figure]]) -> Answer:
        names = DIMENSIONS[flow]
        codes = [list(dict.fromkeys(key[at] for key in found)) for at in range(len(names))]
        texts = list(dict.fromkeys(text for observations in found.values() for text in observations))
        derivations = list(dict.fromkeys(one.derivation for observations in found.values() for one in observations.values()))
        series = {}
        for key, observations in found.items():
            place = ":".join(str(codes[at].index(code)) for at, code in enumerate(key))
            series[place] = {"attributes": [0], "observations": {
                str(texts.index(text)): [one.value, derivations.index(one.derivation), *(["NP"] if one.value is None else [])]
                for text, one in observations.items()}}
        structure = {
            "dataSets": [0],
            "links": [{"urn": f"urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=IMF.STA:{flow}({self.versions[flow]})",
                       "title": "Dataflow"}],
            "dimensions": {"series": [{"id": name, "keyPosition": at, "values": [{"id": code} for code in codes[at]]}
                                      for at, name in enumerate(names)],
                           "observation": [{"id": "TIME_PERIOD", "keyPosition": 4, "values": [{"value": text} for text in texts]}]},
            "measures": {"observation": [{"id": "OBS_VALUE"}]},
            "attributes": {"series": [{"id": "SCALE", "values": [{"id": "6"}]}],
                           "observation": [{"id": "DERIVATION_TYPE", "values": [{"id": one} for one in derivations]},
                                           {"id": "STATUS", "values": []}]}}
        data = {"dataSets": [{"structure": 0, "action": "Replace", **({"series": series} if series else {})}], "structures": [structure]}
        return 200, {"Content_Type": "application/json"}, json.dumps({"meta": {}, "data": data}, separators=(",", ":")).encode()

    @staticmethod
    def _refused(status: int, said: str) -> Answer:
        return status, {"Content_Type": "application/json"}, json.dumps(
            {"message": said, "code": status, "correlationId": "3e9f5f2785231ff1528244e1fdaa8941", "path": "/external/sdmx/3.0"}).encode()
