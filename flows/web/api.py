"""``/api/``: the answers of the Ask commands for programs and spreadsheets, as JSON, CSV (``.csv``) and single values; read only.

Parameters have the words of the commands; one that is not known, or given twice, is refused rather than left unread. What is asked and
how far it may go is ``asked``, how it is written ``forms``.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from flows.web import forms, words
from flows.web.asked import LONGEST, Answer
from warehouse.schema.errors import EntrepotError, UsageError

if TYPE_CHECKING:
    from flows.web.app import Site

Word = Annotated[str, Field(min_length=1, max_length=200)]
AREA = "English name, ISO code, or a group such as ASEAN; World for all partners."
PERIOD = "2024, 2024-06, June 2024, Q2 2024, H1 2024, 2024-01..2024-06, 2009-2024, latest, last 12 months"
FLOW = "export, import, total or balance."
CURRENCY = "USD, MYR, CNY, …: the publisher's own figure in it, else converted and said so."
PRODUCTS = "HS2, HS4 or HS6, a code (8542), a classification (SITC4-1), or both (HS2022 8542)."


ABOUT = ("Official trade figures, read only. Every figure has its value in whole units of its unit, valuation, period, dataset, publisher, "
         "release, version, licence and attribution. What is unknown or not held is refused with the nearest and the reason.")
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": why, "content": {"application/json": {"schema": {
        "type": "object", "required": ["error", "what", "nearest", "why"], "properties": {
            "error": {"type": "object"}, "what": {"type": "string", "description": "What was asked."},
            "nearest": {"type": "array", "items": {}, "description": "What is known that is nearest to it."}, "why": {"type": "string"}}}}}}
    for status, why in ((400, "A word that names nothing known, or a question that cannot be answered so."),
                        (404, "What was asked for is not held."), (413, "More than one answer takes: ask for less at once."),
                        (503, "Busy, or the lake cannot be reached: ask again after Retry-After."),
                        (504, "It took longer than one answer may."))}
"""What a client may meet beside an answer: always in the one shape of a refusal."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Then(_Asked):
    as_of: Word | None = Field(None, description="As this lake answered then: a snapshot, tag, load, day or time.")
    known_on: Word | None = Field(None, description="What was public on that day, as far as it is held (2024-07-31).")


class Get(_Then):
    """A pair and a period."""

    one: Word = Field(description=AREA)
    other: Word = Field(description=AREA)
    period: Word = Field(description=PERIOD)
    flow: Word | None = Field(None, description=FLOW)
    monthly: bool = Field(False, description="Each month of the period.")
    products: Word | None = Field(None, description=PRODUCTS)
    currency: Word | None = Field(None, description=CURRENCY)
    rates: Word | None = Field(None, description="Convert at the rates of this publisher or table.")
    every: bool = Field(False, description="Every table that is held, not the reporter's own or first one alone.")


class Value(_Then):
    """One figure of one account, in one currency."""

    reporter: Word = Field(description=f"Whose account. {AREA}")
    partner: Word = Field(description=AREA)
    period: Word = Field(description=PERIOD)
    flow: Word = Field(description=FLOW)
    currency: Word = Field(description=CURRENCY)
    product: Word | None = Field(None, description="One code (8542, HS2022 8542); all goods without.")


class Rank(_Then):
    """A reporter's partners."""

    reporter: Word = Field(description=AREA)
    period: Word = Field(description=PERIOD)
    flow: Word = Field("total", description="total, export or import.")
    within: Word | None = Field(None, description="Only members of a group (ASEAN).")
    currency: Word | None = Field(None, description="The table in this currency.")
    product: Word | None = Field(None, description="One code (8542, HS2022 8542); all goods without.")
    top: int = Field(15, ge=1, le=1_000_000, description="So many places.")


class Mirror(_Then):
    """A pair and a period."""

    one: Word = Field(description=AREA)
    other: Word = Field(description=AREA)
    period: Word = Field(description=PERIOD)
    currency: Word = Field("USD", description="The currency in which the two are compared.")
    products: Word | None = Field(None, description=PRODUCTS)
    top: int = Field(20, ge=1, le=1_000_000, description="So many products each way.")


class Revisions(_Then):
    """A figure, all of its versions."""

    reporter: Word = Field(description=AREA)
    partner: Word = Field(description=AREA)
    period: Word = Field(description=PERIOD)
    flow: Word | None = Field(None, description=FLOW)
    products: Word | None = Field(None, description=PRODUCTS)
    reread: bool = Field(False, description="Also versions that only our own parser read differently.")


class Trace(_Then):
    """A version's id, or a figure in words."""

    version: Word | None = Field(None, description="version_id of any figure, or the beginning of it.")
    reporter: Word | None = Field(None, description=AREA)
    partner: Word | None = Field(None, description=AREA)
    period: Word | None = Field(None, description=PERIOD)
    flow: Word = Field("total", description=FLOW)
    currency: Word | None = Field(None, description="USD, MYR, CNY, …")
    dataset: Word | None = Field(None, description="An edition; the best held where none is named.")
    products: Word | None = Field(None, description="One code (8542, HS2022 8542); all goods without.")


class Check(_Asked):
    """A text in English."""

    text: str = Field(min_length=1, max_length=LONGEST, description="A sentence or more. An address is not opened.")
    published: Word | None = Field(None, description="The text's day: 2025-04-20, 2025-04 or 2025.")


class Datasets(_Then):
    """All, or one."""

    name: Word | None = Field(None, description="One dataset with its columns.")


class Search(_Asked):
    """Words."""

    text: Word = Field(description="Words that all have to be there.")


class Sql(_Then):
    """One statement that only reads."""

    query: str = Field(min_length=1, max_length=LONGEST, description="SELECT … on stats, mart, news, ref, ops.")
    rows: int | None = Field(None, ge=1, le=1_000_000, description="So many rows at most.")


def _mirror_rows(answer: Answer) -> list[Answer]:
    return answer.get("products") or [figure for row in answer["flows"] for figure in (*row["reported"], *row["mirrored"])]


_Question = tuple[type[_Asked], Callable[[Answer], list[Answer]] | None, dict[str, str]]
QUESTIONS: dict[str, _Question] = {
    "get": (Get, lambda answer: answer["figures"], {"one": "China", "other": "Malaysia", "period": "2024"}),
    "rank": (Rank, lambda answer: answer["places"], {"reporter": "China", "period": "2024", "within": "ASEAN"}),
    "mirror": (Mirror, _mirror_rows, {"one": "China", "other": "Malaysia", "period": "2024"}),
    "revisions": (Revisions, lambda answer: answer["figures"], {"reporter": "Malaysia", "partner": "World", "period": "2024-06",
                                                                "flow": "import"}),
    "trace": (Trace, lambda answer: [answer], {"reporter": "China", "partner": "Malaysia", "period": "2024"}),
    "check": (Check, None, {"text": "China-Malaysia trade reached $212 billion in 2024.", "published": "2025-04-20"}),
    "datasets": (Datasets, lambda answer: answer.get("datasets", [answer]), {}),
    "search": (Search, None, {"text": "exports"}),
    "sql": (Sql, lambda answer: answer["rows"], {"query": "FROM mart.figures LIMIT 5"}),
}
"""Each question: its parameters, its rows as a table (None: there is none), and an example."""
_VALUE: _Question = (Value, None, {"reporter": "China", "partner": "Malaysia", "period": "2024", "flow": "total", "currency": "CNY"})


def router(site: Site) -> APIRouter:
    """The answers of a home."""
    made = APIRouter(prefix="/api")

    @made.get("/", include_in_schema=False, response_class=HTMLResponse)
    def index() -> str:
        return _index()

    @made.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> Response:
        return forms.as_json(request.app.openapi())

    @made.get("/health")
    def health() -> dict[str, str]:
        """Whether it answers at all."""
        return {"status": "up"}

    @made.get("/value", response_class=Response, responses={200: {"content": {"text/plain": {}}}, **REFUSALS})
    def value(request: Request, asked: Annotated[Value, Query()]) -> Response:
        """One figure as plain text, in whole units of the currency: for a cell of a spreadsheet."""
        _once(request)
        return forms.as_value(site.asked.value(**asked.model_dump())["value"])

    for name in QUESTIONS:
        _add(made, site, name)
    return made


def _add(made: APIRouter, site: Site, name: str) -> None:
    """``/NAME``, and ``/NAME.csv`` where it has rows."""
    kind, table, example = QUESTIONS[name]
    ask = getattr(site.asked, name)

    def as_json(request: Request, asked: Annotated[kind, Query()]) -> Response:  # type: ignore[valid-type]
        _once(request)
        return forms.as_json(ask(**asked.model_dump()))  # type: ignore[attr-defined]

    def as_csv(request: Request, asked: Annotated[kind, Query()]) -> Response:  # type: ignore[valid-type]
        _once(request)
        answer = ask(**asked.model_dump())  # type: ignore[attr-defined]
        assert table is not None
        wanted = getattr(asked, "rows", None)  # who names a number of rows means the first ones
        return forms.as_csv(table(answer), sum(answer.get("left_out", {}).values()) + (answer.get("more", False) and wanted is None))

    for function, path in ((as_json, f"/{name}"), *(((as_csv, f"/{name}.csv"),) if table else ())):
        function.__annotations__ = {"request": Request, "asked": Annotated[kind, Query()], "return": Response}
        made.add_api_route(path, function, methods=["GET"], response_class=Response, operation_id=path[1:].replace(".", "_"),
                           description=f"{ask.__doc__} For example {path}{'?' if example else ''}{urlencode(example)}", responses={
                               200: {"content": {"text/csv": {}} if path.endswith(".csv") else {"application/json": {}}}, **REFUSALS},
                           summary=f"{str(ask.__doc__).partition('.')[0]}{', as CSV' if path.endswith('.csv') else ''}")


def _once(request: Request) -> None:
    """Raise UsageError for a parameter that is given twice, or whose bytes are no UTF-8."""
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name in seen:
            raise UsageError(f"{name[:60]!r} is given twice")
        seen.add(name)
        if "\0" in value or "\ufffd" in value:
            raise UsageError(f"the value of {name!r} is not UTF-8, or has a NUL in it")


def handle_refusals(app: FastAPI, no_page: Callable[[str], Response]) -> None:
    """Every error of an application in the one shape; to a browser that asks for a page that is not there, ``no_page`` of its path."""
    @app.exception_handler(EntrepotError)
    def named(request: Request, error: EntrepotError) -> Response:
        return forms.refusal(error, _what(request), text=_as_text(request))

    @app.exception_handler(RequestValidationError)
    def unread(request: Request, error: RequestValidationError) -> Response:
        found = words.not_taken("parameter", error.errors(), _parameters(request))
        return forms.refusal(found, _what(request), text=_as_text(request))

    @app.exception_handler(HTTPException)
    def elsewhere(request: Request, error: HTTPException) -> Response:
        path = request.url.path[:200]
        if error.status_code == 404 and not f"{path}/".startswith("/api/") and "text/html" in request.headers.get("accept", ""):
            return no_page(path)
        return forms.refusal(UsageError(f"{error.detail}: /api/ lists what can be asked"), path, status=error.status_code)

    @app.exception_handler(Exception)
    def fault(request: Request, error: Exception) -> Response:
        return forms.refusal(EntrepotError(f"a fault in Entrepot ({type(error).__name__}): the log says where"), _what(request),
                             text=_as_text(request), status=500)


def _what(request: Request) -> str:
    asked = " ".join(value for _, value in request.query_params.multi_items())
    return f"{request.url.path.rpartition('/')[2]} {asked}"[:300].strip()


def _as_text(request: Request) -> bool:
    return request.url.path.endswith((".csv", "/value"))


def _parameters(request: Request) -> dict[str, str]:
    """What a question takes, each with its description."""
    name = request.url.path.rpartition("/")[2].removesuffix(".csv")
    kind = Value if name == "value" else QUESTIONS[name][0] if name in QUESTIONS else _Asked
    return {field: info.description or "" for field, info in kind.model_fields.items()}


def _index() -> str:
    """A page of what can be asked, with nothing fetched from anywhere."""
    parts = []
    for name, (kind, table, example) in {"value": _VALUE, **QUESTIONS}.items():
        link = f"{name}?{urlencode(example)}" if example else name
        fields = "".join(
            f"<tr><td><code>{field}</code>{'' if not info.is_required() else ' *'}</td><td>{escape(info.description or '')}</td></tr>"
            for field, info in kind.model_fields.items())
        csv = f' · <a href="{escape(link.replace(name, f"{name}.csv", 1))}">as CSV</a>' if table else ""
        parts.append(f'<section><h2 id="{name}"><code>/api/{name}</code></h2><p><a href="{escape(link)}">{escape(link)}</a>{csv}</p>'
                     f"<table>{fields}</table></section>")
    return _PAGE.format("".join(parts))


_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Entrepot: answers for machines</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}}
td{{padding:.1rem 1rem .1rem 0;vertical-align:top}} code{{font-size:.95em}} h2{{margin-bottom:0}}</style></head>
<body><main><h1>Answers for machines</h1>
<p>GET only; a star marks what must be said. Every figure has its value in whole units of its unit, valuation, period, dataset,
publisher, release, version, licence and attribution; what is unknown or not held is refused with the nearest and the reason.
<a href="openapi.json">openapi.json</a> describes it for programs.</p>{0}</main></body></html>"""
