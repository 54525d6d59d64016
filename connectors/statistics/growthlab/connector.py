"""Conversion weights of the Growth Lab: comma-separated files ``H5,H4,weight,group_id`` (columns in any order), one for each direction.

The first of the two columns of codes is the edition that figures are in, the other the one they are put into. A weight is the share of the
first code's value that goes to the second; the weights of a code add up to one, and the file of the way back has others. Codes that
are converted together have one ``group_id``, and the sum over a group stays the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal

from connectors.contract import Ask, Connector, Wanted
from connectors.formats.delimited import Streamed, cell_at, cell_locator, header_of, printed_number, raw_of
from connectors.formats.rows import Rows
from connectors.statistics.growthlab.publisher import PUBLISHER
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Rejected

WEIGHTS = "growthlab.weights"
WEIGHT, GROUP = "weight", "group_id"
EDITIONS = {"H0": "HS1992", "H1": "HS1996", "H2": "HS2002", "H3": "HS2007", "H4": "HS2012", "H5": "HS2017", "H6": "HS2022",
            **{f"{name}{number}": f"SITC{number}" for name in ("S", "SITC") for number in range(1, 5)}}
"""Columns of codes → classification. One file of those seen calls SITC ``SITC2``, all others ``S2``."""
DIGITS = {"HS": 6, "SITC": 4}
"""Digits of a code: the files have lost leading zeros (10110 is 010110, ``11`` of SITC is 0011; seen in those between H0 and H5 and S3)."""
OFF = Decimal("0.000001")
"""So far from one the weights of a code may add up to, by rounding; of 85,000 codes seen none was farther."""

_DATASET = Dataset(
    dataset=WEIGHTS, publisher=PUBLISHER.publisher, title="Conversion weights between editions of HS and SITC", table="ref.product_map",
    account="none", chain=WEIGHTS, chain_rank=1, revision_mode="overwrite", partner_scope="none", licence=PUBLISHER.licence,
    may_redistribute=True, attribution=PUBLISHER.attribution, page_url="https://github.com/harvard-growth-lab/comtrade-downloader",
    tz=PUBLISHER.tz, cadence="now and then; imported by a person", periods="irregular", enabled=False,
    verified="others keep copies in a public repository; not asked by us",
)


class GrowthLab(Connector):
    """Reads files that a person brings; plans nothing."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 90
    parser_version = 2
    datasets = (_DATASET,)

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        """Nothing: the files have no address that is kept."""
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By the header: two editions, weight and group_id."""
        return WEIGHTS if _editions(header_of(head)) else None

    def parse(self, document: Document, out: Sink) -> None:
        """One batch of ``ref.product_map``, complete for its direction. Raises SchemaDrift, Incomplete."""
        where = {"dataset": document.dataset, "url": document.fetch.url}
        lines = Streamed(document.content, needs=(WEIGHT, GROUP), dataset=document.dataset, url=document.fetch.url)
        found = _editions(lines.header)
        if found is None:
            raise SchemaDrift(f"the header names no two editions; it reads {', '.join(lines.header)[:200]}", **where)
        first, second = found
        source, target = EDITIONS[first], EDITIONS[second]
        at = {name: lines.header.index(name) for name in (first, second, WEIGHT, GROUP)}
        rows = Rows("ref.product_map", doubled="the file has this pair of codes twice, with other weights")
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        none = 0
        for line in lines.whole():
            cell = {name: line.cells[place].strip() for name, place in at.items()}
            codes = _code(source, cell[first]), _code(target, cell[second])
            weight = printed_number(cell[WEIGHT])
            locator = cell_locator(line.number, (cell[first], cell[second]), WEIGHT)
            if not all(codes) or weight is None or not 0 <= weight <= 1:
                rows.unread.add(Rejected(locator, "line", "no pair of codes with a weight from 0 to 1", raw_of(line)))
                continue
            if not weight:
                none += 1
                continue
            rows.add(raw_of(line), from_product=codes[0], to_product=codes[1], weight=float(weight), grp=cell[GROUP], locator=locator)
            sums[codes[0]] += weight
        if not len(rows):
            raise Incomplete("the file holds no weight", **where)
        if not rows.unread.rejected and (off := next((code for code, sum_ in sums.items() if abs(sum_ - 1) > OFF), "")):
            raise SchemaDrift(f"the weights of {off} add up to {sums[off]:.6f} and not to one: totals would not be kept", **where)
        constants = {"dataset": WEIGHTS, "from_classification": source, "to_classification": target, "basis": "weights"}
        with out.batch(WEIGHTS, f"{source} to {target}", constants) as batch:
            batch.rows(rows.frame())
            batch.reject(*rows.unread.rejected)
            batch.scope = {"from_classification": (source,), "to_classification": (target,)}
            batch.not_read = [*rows.unread.not_read]
            batch.checks += rows.unread.checks()
            if none:
                batch.not_asked["pairs without a share (weight 0)"] = none

    def read_cell(self, document: Document, locator: str) -> str:
        """The weight of a locator as printed. Raises a PublisherError where these bytes have no such line."""
        found = _editions(header_of(document.content.head))
        if found is None:
            raise NotReadable("these bytes are no file of weights", dataset=document.dataset, url=document.fetch.url)
        return cell_at(document.content, locator, found)


def _editions(header: Sequence[str]) -> tuple[str, str] | None:
    """The two columns of codes, in their order; None of another file."""
    found = [name for name in header if name in EDITIONS]
    if len(found) != 2 or EDITIONS[found[0]] == EDITIONS[found[1]] or not {WEIGHT, GROUP} <= set(header):
        return None
    return found[0], found[1]


def _code(classification: str, printed: str) -> str:
    """A code with the zeros that it had; empty for what is none."""
    digits = DIGITS[classification.rstrip("0123456789")]
    return printed.rjust(digits, "0") if re.fullmatch(rf"[0-9A-Z]{{1,{digits}}}", printed, re.ASCII) else ""
