"""What to ask the IMF for, and how its answers and files become rows of ``stats.trade`` and ``stats.fx_rate``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from connectors.contract import Ask, Connector, Wanted
from connectors.statistics.imf import messages, questions
from connectors.statistics.imf.downloads import PORTAL, WORKBOOK
from connectors.statistics.imf.publisher import LABELS, PUBLISHER, currencies
from connectors.statistics.imf.questions import FREQUENCY, INDICATORS, MONTH, QUARTER, RATES, YEAR, Question
from connectors.statistics.imf.rows import FLOWS, Sorted
from warehouse.schema.errors import Incomplete, NotFound, NotReadable, PublisherError, SchemaDrift, TooLarge
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

_MONTH = Dataset(
    dataset=MONTH, publisher=PUBLISHER.publisher, title="Trade in goods by partner country, months (IMTS)", table="stats.trade",
    account="mixed", chain="imf.imts", chain_rank=4, revision_mode="overwrite", partner_scope="all",
    licence=PUBLISHER.licence, may_redistribute=True, attribution=PUBLISHER.attribution,
    page_url="https://data.imf.org/en/datasets/IMF.STA:IMTS", tz=PUBLISHER.tz, cadence="at least quarterly, about three months late; "
    "any period is overwritten without notice", periods="month", expected_lag_days=150, grace_days=60, missing_means="unknown",
    recheck_days=1, verified="others recorded answers on 2025-12-16, and probed CSV in June 2026; not asked by us",
)
_RATES = replace(
    _MONTH, dataset=RATES, account="reported", title="Exchange rates of national currencies to the US dollar, months (ER)",
    table="stats.fx_rate", chain=RATES, chain_rank=-2, partner_scope="none",
    page_url="https://data.imf.org/en/datasets/IMF.STA:ER", cadence="monthly",
    expected_lag_days=60, missing_means="not_observed",
    attribution="Source: International Monetary Fund, Exchange Rates (ER)",
    verified="its structure was seen on 2026-09-28; not asked by us")
"""Below the ECB and the ringgit's bank when a figure is converted: it answers where they have nothing."""


_PORTAL = replace(
    _MONTH, dataset=PORTAL, title="Trade in goods by partner country, downloads from data.imf.org (IMTS)", chain_rank=3,
    periods="irregular", expected_lag_days=None, cadence="as people bring it: a file has no date", enabled=False,
    verified="one file of 2025, brought by others")
_WORKBOOK = replace(
    _PORTAL, dataset=WORKBOOK, title="Direction of Trade Statistics, workbooks of one country's partners (until 2025)", chain_rank=2,
    verified="one file of 2021, brought by others")


def _trade(dataset: str, periods: str, days: int, rank: int = 4, what: str = "Trade") -> Dataset:
    length = {"M": "months", "Q": "quarters", "A": "years"}[FREQUENCY[dataset]]
    return replace(_MONTH, dataset=dataset, title=f"{what} in goods by partner country, {length} (IMTS)", periods=periods,  # type: ignore[arg-type]
                   expected_lag_days=days, chain_rank=rank)


_WHOLE = "XG_FOB_USD"
_LEAST = 10 ** 7
"""Dollars: of all that are asked for together the largest figure of any period since 1948 is above it, and in millions below it to this
day (exports of China in 2024: 3,580,263 million). That answers in CSV are in dollars, as in XML, nobody saw; downloads are in millions."""


class Imf(Connector):
    """Connector of the IMF's SDMX 3.0 service, without a key; answers that people have, of the old service too, are read on import."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 65
    parser_version = 2
    datasets = (
        _MONTH, _trade(QUARTER, "quarter", 150), _trade(YEAR, "year", 240),
        _trade(questions.FOB_MONTH, "month", 150, 1, "Imports FOB"), _trade(questions.FOB_QUARTER, "quarter", 150, 1, "Imports FOB"),
        _trade(questions.FOB_YEAR, "year", 240, 1, "Imports FOB"), _PORTAL, _WORKBOOK, _RATES)
    areas = LABELS
    past = YEAR

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """One call a dataset for its last 24 months; of a window the blocks of years that it touches."""
        today, window = wanted.known.now.astimezone(UTC).date(), wanted.window
        windowed = window.first is not None or window.last is not None
        for dataset in (name for name in FREQUENCY if name in wanted.datasets):
            for question in questions.past(dataset, window.first, window.last, today) if windowed else (questions.current(dataset, today),):
                yield _ask(question)

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """Of an answer that would be too large, two halves. Nothing of the past is an error only where nothing was expected of it."""
        question = ask.context
        if isinstance(answer, PublisherError):
            if isinstance(answer, TooLarge) and isinstance(question, Question) and question.halves:
                return [_ask(part) for part in question.halves]
            if not (isinstance(answer, NotFound) and isinstance(question, Question) and question.last is not None):
                raise answer
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By content: a message of IMTS or ER in any form of SDMX, or an answer of the old service. Raises for a refusal."""
        if (error := messages.refused(head)) is not None and (b"imf" in head[:2000].lower() or b"GenericData" in head[:2000]):
            raise error
        return messages.dataset_of(head)

    def parse(self, document: Document, out: Sink) -> None:
        """One batch for each dataset that the document has figures of. An answer to a question of ours is of one, and complete for what was
        asked; a file for nothing."""
        where = {"dataset": document.dataset, "url": document.fetch.url}
        if document.dataset not in {each.dataset for each in self.datasets}:
            raise SchemaDrift("the IMF connector reads no such dataset", **where)
        asked = questions.asked(document.fetch.url)
        # A file that somebody has is as old as it says itself; an answer is of now, whenever it was put together.
        at = None if asked else messages.prepared(document.content.head)
        stored = 0
        said = ""
        for dataset in [document.dataset] if asked else _datasets(document, where):
            found = messages.open_message(document.content, **where)
            rows = Sorted(dataset, (at or document.fetch.asked_at).astimezone(UTC).date())
            frames = rows.frames(one for one in found.observations if messages.belongs(one, found.flow, document.dataset) == dataset)
            first = next(frames, None)
            said = said or next((f"; the first of {len(rows.unread.rejected)} set aside: {one.reason}" for one in rows.unread.rejected), "")
            said = said or f" ({', '.join(f'{count:,} {reason}' for reason, count in rows.not_asked.items())})" * bool(rows.not_asked)
            if first is None:
                continue
            constants: dict[str, Value] = {"dataset": dataset, **({"base": "USD"} if dataset == RATES else {"currency": "USD"})}
            with out.batch(dataset, f"{dataset} {_named(document)}"[:200], constants) as batch:
                while first is not None:
                    batch.rows(first)
                    stored += first.height
                    first = next(frames, None)
                if asked and tuple(asked[0]) == questions.REPORTERS and _WHOLE in INDICATORS[dataset] and rows.largest < _LEAST:
                    raise SchemaDrift(f"the largest figure of all countries is {rows.largest:,f} dollars: the answer is in another unit",
                                      **where)
                batch.reject(*rows.unread.rejected)
                batch.not_read += rows.unread.not_read
                batch.not_asked.update(rows.not_asked)
                batch.columns_seen = found.columns
                batch.checks += [*found.checks, *rows.checks(), *rows.unread.checks()]
                if at:
                    batch.released_at, batch.released_basis = at, "stamp"
                batch.scope = _scope(dataset, asked, document) if asked else None
        if stored or (asked and not said.startswith(";") and not _expected(document.dataset, asked)):
            return
        if said.startswith(";"):
            raise SchemaDrift(f"not one figure could be read{said}", **where)
        raise Incomplete(f"the answer holds no figure{said or ': the IMF has nothing for the question, or knows no such code'}", **where)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's observation. Raises a PublisherError where these bytes have none."""
        return messages.read_cell(document.content, locator)


def _ask(question: Question) -> Ask:
    return Ask(question.request, partition=question.said, context=question)


def _expected(dataset: str, asked: tuple[Sequence[str], date, date | None]) -> bool:
    """Whether an answer must hold a figure: of the last months of all countries, unless it is of imports FOB, which few report."""
    codes, _, last = asked
    return last is None and tuple(codes) == questions.countries(dataset) and INDICATORS[dataset] != ("MG_FOB_USD",)


def _datasets(document: Document, where: dict[str, str]) -> list[str]:
    """Of which datasets a file has figures, in our order. Raises NotReadable where it has observations of none."""
    found = messages.open_message(document.content, **where)
    seen, others = set(), 0
    for one in found.observations:
        name = messages.belongs(one, found.flow, document.dataset)
        seen.add(name)
        others += name is None
    if seen == {None}:
        raise NotReadable(f"no figure of a kind that is stored: {others:,} of other indicators or frequencies", **where)
    return [each.dataset for each in Imf.datasets if each.dataset in seen]


def _scope(dataset: str, asked: tuple[Sequence[str], date, date | None], document: Document) -> dict[str, tuple[Value, ...]]:
    """For what an answer is complete: the countries, flows and ended periods that were asked for."""
    codes, first, last = asked
    today = document.fetch.asked_at.astimezone(UTC).date()
    periods = questions.ends(FREQUENCY[dataset], first, min(last or today, today))
    if dataset == RATES:
        return {"quote": tuple(currencies()[code].code for code in codes if code in currencies()), "period_end": periods}
    return {"reporter": tuple(area for code in codes if (area := LABELS.area_of(code, today))),
            "flow": tuple(FLOWS[indicator][0] for indicator in INDICATORS[dataset]), "period_end": periods}


def _named(document: Document) -> str:
    """What a batch is, for people."""
    if (asked := questions.asked(document.fetch.url)) is not None:
        countries, first, last = asked
        return f"{','.join(countries[:3])}{' …' * (len(countries) > 3)} {first} to {last or 'now'}"
    return document.fetch.url.removeprefix("import:").partition("#")[0]
