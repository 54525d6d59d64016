"""What to ask UN Comtrade for, and how its answers and files become rows of ``stats.trade``.

With a key: the lists of what was released, then two or three calls for each reporter and period that a list names in a state that was not
asked for. Without one: all goods alone, by the keyless preview. Both read the same records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from connectors.contract import Ask, Connector, Wanted
from connectors.statistics.comtrade import answers, codes, questions, rows, tables
from connectors.statistics.comtrade.publisher import KEY, LABELS, PUBLISHER
from connectors.statistics.comtrade.questions import MONTH, PREVIEW, YEAR, Question
from warehouse.schema.errors import Incomplete, NotFound, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Release, Value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LEVEL = {"TOTAL": 0, "AG2": 2, "AG4": 4, "AG6": 6}

_YEAR = Dataset(
    dataset=YEAR, publisher=PUBLISHER.publisher, title="Trade by partner and product, years (HS as reported)", table="stats.trade",
    account="reported", chain="comtrade.goods", chain_rank=2, revision_mode="overwrite", partner_scope="selected",
    licence=PUBLISHER.licence, may_redistribute=False, attribution=PUBLISHER.attribution, page_url="https://comtradeplus.un.org",
    tz=PUBLISHER.tz, cadence="as reporters send it, most years within 2 to 16 months; revised years back", periods="year",
    expected_lag_days=480, grace_days=60, import_partner="origin", export_partner="destination", missing_means="unknown",
    credential=KEY, recheck_days=1,
    verified="others recorded answers on 2026-10-23; not asked by us",
)
_MONTH = replace(
    _YEAR, dataset=MONTH, title="Trade by partner and chapter, months (HS as reported)", periods="month", expected_lag_days=150,
    cadence="as reporters send it, most months within 1 to 5 months")
_PREVIEW = replace(
    _YEAR, dataset=PREVIEW, title="Trade by partner, years (keyless preview)", chain_rank=1, partner_scope="all", credential=None,
    verified="described in the publisher's API documents of 2026-10-01; not asked by us")
_PRODUCTS = replace(
    _YEAR, dataset=codes.PRODUCTS, title="Product codes and their names (HS, SITC, BEC)", table="ref.product", account="none",
    chain=codes.PRODUCTS, chain_rank=1, partner_scope="none", credential=None, enabled=False, periods="irregular", expected_lag_days=None,
    cadence="with each edition; imported by a person", import_partner="unknown", export_partner="unknown",
    page_url="https://comtradeapi.un.org/files/v1/app/reference/ListofReferences.json",
    verified="others kept copies of 2023 to 2026; not asked by us")
_CONVERSIONS = replace(
    _PRODUCTS, dataset=codes.CONVERSIONS, title="Conversions and correlations between classifications", table="ref.product_map",
    chain=codes.CONVERSIONS, page_url="https://unstats.un.org/unsd/classifications/Econ",
    verified="others kept copies of the workbooks of 2017 and 2022; not asked by us")


@dataclass(frozen=True)
class _List:
    """What an ask for a list of releases is for."""

    periods: tuple[str, ...]
    """Those that a window names; none for what is current."""


class Comtrade(Connector):
    """Connector of the API of UN Comtrade, with a key and without; its files are read on import."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 60
    parser_version = 3
    datasets = (_YEAR, _MONTH, _PREVIEW, _PRODUCTS, _CONVERSIONS)
    areas = LABELS
    past = YEAR
    calls_a_day = 500
    a_night = (("comtradeapi.un.org", 561),)
    """A day's calls with the key, and of the preview the list and a year of each flow, reporter and of two years."""

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """Lists of releases: of a window's periods, else of all that was released since the first day of last year.

        That day moves once a year, so a list has one address, and what it names is asked for once in each state.
        """
        today, window = wanted.known.now.astimezone(UTC).date(), wanted.window
        since = date(today.year - 1, 1, 1)
        for dataset in (each.dataset for each in self.datasets if each.dataset in wanted.datasets and each.dataset in questions.FREQUENCY):
            windowed = window.first is not None or window.last is not None
            periods = questions.periods_of(dataset, window.first, window.last, today) if windowed else ()
            if windowed and not periods:
                continue
            parts = [periods] if dataset != MONTH or not windowed else list(questions.by_year(periods))
            for part in parts:
                yield Ask(questions.list_of(dataset, part, since), discovery=True, partition="what was released", lane=_lane(dataset),
                          cost=_cost(dataset), context=_List(part))

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """Of a list, what it names; of an answer that is cut off, its parts."""
        asked = ask.context
        if isinstance(asked, Question):
            if isinstance(answer, PublisherError):
                raise answer
            return [self._ask(part, ask.request.release, wanted, instead=True) for part in asked.parts()] if asked.cut_off(answer) else ()
        periods = asked.periods if isinstance(asked, _List) else ()
        if isinstance(answer, NotFound) and periods:
            # Where no list can be had, as in a rehearsal, all that the window may have is asked for.
            return [self._ask(question, None, wanted) for question in _everything(ask.dataset, periods)]
        if isinstance(answer, PublisherError):
            raise answer
        released = questions.listed(ask.dataset, answer)
        asks = [self._ask(question, release, wanted) for question, release in questions.wanted(ask.dataset, released, periods)]
        if ask.dataset == PREVIEW:
            asks += self._never_listed(released, periods, wanted)
        return asks

    def _never_listed(self, released: Iterable[questions.Listed], periods: tuple[str, ...], wanted: Wanted) -> Iterator[Ask]:
        """The keyless list has late releases alone: what else is wanted is asked for once, of what is current the last two years."""
        year = wanted.known.now.astimezone(UTC).year
        named = {(each.reporter, each.period) for each in released}
        for question in _everything(PREVIEW, periods or (str(year - 2), str(year - 1))):
            request = question.request(None)
            new = wanted.known.latest(request) is None or wanted.window.force
            if (question.reporter, question.periods[0]) not in named and new:
                yield self._ask(question, None, wanted)

    def _ask(self, question: Question, release: Release | None, wanted: Wanted, *, instead: bool = False) -> Ask:
        """Newer periods come before older ones."""
        age = max(0, wanted.known.now.year - int(question.periods[-1][:4]))
        return Ask(question.request(release), partition=question.said, priority=1 + age, lane=_lane(question.dataset),
                   cost=_cost(question.dataset), instead=instead, context=question)

    def recognise(self, head: bytes, name: str) -> str | None:
        """By content: an answer of the API as JSON or delimited text, a bulk file, packed or not; a list of product codes, a workbook
        of conversions. Raises a PublisherError naming a refusal, a count, another list."""
        if codes.is_list(head):
            return codes.PRODUCTS
        if codes.is_workbook(head):
            return codes.CONVERSIONS
        return {"A": YEAR, "M": MONTH}.get(answers.kind(head))

    def parse(self, document: Document, out: Sink) -> None:
        """One batch of the document's own dataset. An answer to a question of ours is complete for what was asked; a file for nothing."""
        where = {"dataset": document.dataset, "url": document.fetch.url}
        if document.dataset == codes.PRODUCTS:
            return codes.read_list(document, out)
        if document.dataset == codes.CONVERSIONS:
            return codes.read_conversions(document, out)
        if document.dataset not in questions.FREQUENCY:
            raise SchemaDrift("the Comtrade connector reads no such dataset", **where)
        table = tables.read(document)
        if table is None:
            if document.fetch.url.startswith("http"):
                return None  # asked and nothing is there; Comtrade says the same of a reporter or product that does not exist
            raise Incomplete("the answer holds no record: Comtrade has nothing for the question, or knows no such reporter or product",
                             **where)
        found = rows.Sorted(questions.FREQUENCY[document.dataset])
        constants: dict[str, Value] = {"dataset": document.dataset, "currency": "USD", "unit_multiplier": 1, "decimals": rows.DECIMALS}
        asked = _asked(document)
        scope = _scope(asked)
        with out.batch(document.dataset, _named(document), constants) as batch:
            stored = set_aside = 0
            for frame in table.frames:
                if points := rows.parted_by_points(frame):
                    raise SchemaDrift(f"its thousands are parted by points ({points[:30]}), so 1.234 would be read as one and a part: take "
                                      "the file as Comtrade gives it", **where)
                good = found.take(frame)
                for column, values in (scope or {}).items():
                    if other := sorted(set(good[column].unique()) - set(values)):
                        raise SchemaDrift(f"the answer holds a {column} that was not asked for: {other[0]}", **where)
                if good.height:
                    batch.rows(good)
                batch.reject(*found.unread.rejected)
                stored, set_aside = stored + good.height, set_aside + len(found.unread.rejected)
                found.unread.rejected.clear()
            if not stored:
                raise _nothing(found, set_aside, where)
            batch.scope = scope
            batch.not_read += found.unread.not_read
            batch.not_asked.update(found.not_asked)
            batch.columns_seen = table.columns
            batch.checks += found.checks(chapters="AG2" in asked.get("cmdCode", ()),
                                         partners="reporterCode" in asked and "partnerCode" not in asked)
            if document.fetch.origin_kind == "fetched" and document.fetch.released_at:
                batch.released_at, batch.released_basis = document.fetch.released_at, "release_list"
        return None

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        if document.dataset in (codes.PRODUCTS, codes.CONVERSIONS):
            return codes.cell(document, locator)
        return tables.cell(document, locator)


def _nothing(found: rows.Sorted, set_aside: int, where: Mapping[str, str]) -> PublisherError:
    """Why a document with records gives no row."""
    if set_aside:
        return SchemaDrift(f"not one record could be read: {found.first_said}", **where)
    if set(found.not_asked) == {rows.PART}:
        return Incomplete("the answer holds parts alone (customs procedures, modes of transport, second partners) and not their total: it "
                          "was cut off, or asked for without partner2Code=0, customsCode=C00 and motCode=0", **where)
    others = ", ".join(f"{number:,} {reason}" for reason, number in sorted(found.not_asked.items()))
    return NotReadable(f"no figure of the kind that is stored ({others or 'no record'})", **where)


def _everything(dataset: str, periods: Sequence[str]) -> Iterator[Question]:
    for reporter in questions.AREAS:
        for together in questions.by_year(periods):
            yield from questions.questions(dataset, reporter, together)


def _lane(dataset: str) -> str:
    return "preview" if dataset == PREVIEW else ""


def _cost(dataset: str) -> int:
    """The day's calls are those of a key."""
    return 0 if dataset == PREVIEW else 1


def _asked(document: Document) -> dict[str, list[str]]:
    """What was asked, by the address; nothing of a file, and of an address that is not of the figures."""
    address = urlsplit(document.fetch.url)
    if not address.scheme.startswith("http") or "/getDa" in address.path:
        return {}
    return {name: values[0].split(",") for name, values in parse_qs(address.query).items()}


def _scope(asked: Mapping[str, list[str]]) -> dict[str, tuple[Value, ...]] | None:
    """For what an answer is complete; None where that cannot be said, as of single chapters."""
    if not {"reporterCode", "period", "flowCode", "cmdCode"} <= set(asked) or not set(asked["cmdCode"]) <= set(_LEVEL):
        return None
    frequency = "A" if len(asked["period"][0]) == 4 else "M"
    try:
        spans = [rows.period(frequency, period) for period in asked["period"]]
        found: dict[str, tuple[Value, ...]] = {
            "reporter": tuple(dict.fromkeys(rows.area(code, start) for code in asked["reporterCode"] for start, _ in spans)),
            "flow": tuple(rows.FLOWS[flow] for flow in asked["flowCode"]),
            "period_end": tuple(end for _, end in spans),
            "product_level": tuple(_LEVEL[level] for level in asked["cmdCode"])}
        if "partnerCode" in asked:
            found["partner"] = tuple(dict.fromkeys(rows.area(code, start) for code in asked["partnerCode"] for start, _ in spans))
    except (KeyError, ValueError):
        return None
    return found


def _named(document: Document) -> str:
    """What a batch is, for people."""
    asked = _asked(document)
    if "reporterCode" not in asked:
        return document.fetch.url.removeprefix("import:").partition("#")[0][:200] or "file"
    return " ".join(",".join(asked[name][:3]) + (f" and {len(asked[name]) - 3} more" if len(asked[name]) > 3 else "")
                    for name in ("reporterCode", "period", "flowCode", "cmdCode") if name in asked)
