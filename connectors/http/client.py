"""The one polite HTTP client: what is asked, answered, believed and kept.

``HttpClient`` puts the rules of DESIGN §5 in order. Each has its own module: which addresses may be asked
(``addresses``), turns and robots.txt (``politeness``), the wire (``transport``), whether an answer is believed
(``answers``), secrets (``redaction``). Storing is the archive's, reading an answer a connector's.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Collection, Hashable, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import quote

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay

from connectors.http.addresses import Address, address, redirected
from connectors.http.answers import check_content, meant, named_status
from connectors.http.politeness import HostTurns, NoTurns, Rules, http_date, read_rules, retry_after
from connectors.http.redaction import RedactingFilter, Redactor
from connectors.http.transport import Answer, ArchiveTransport, NetworkTransport, Posted, Resolve, TimeLimits, Transport
from warehouse.schema.content import IN_MEMORY, Content
from warehouse.schema.errors import Forbidden, KeyNotSet, PublisherError, QuotaUsed, RateLimited, Unavailable, UsageError
from warehouse.schema.travel import Archive, Credential, Document, Fetch, Post, Request

log = logging.getLogger("entrepot.http")
_wire_log = RedactingFilter()

AGENT = "Entrepot"
"""The name robots.txt may call us by."""
MAX_REDIRECTS = 5
MOST_POSTED = 1_000
"""Characters of a posted question that stand in the record of its answer."""
ROBOTS_BYTES = 2 * 1024 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)
_OWN_HEADERS = frozenset({"user-agent", "host", "accept-encoding", "connection", "if-none-match", "if-modified-since",
                          "content-type", "content-length"})
"""Headers no request may set: the client answers for its name and for what it can unpack."""

T = TypeVar("T")


@dataclass(frozen=True)
class Settings:
    """How patient and how slow the client is. Seconds throughout."""

    min_interval: float = 2.0
    """Pause between two requests to one host, from the end of one to the start of the next."""
    intervals: Mapping[str, float] = field(default_factory=dict)
    """Other pauses for single hosts."""
    crawl_delay_cap: float = 30.0
    """A longer pause asked for in robots.txt counts as this one; the record says so."""
    attempts: int = 4
    """Requests for one address when it is unavailable."""
    pause: float = 2.0
    """Before the second attempt, doubled for each further one, each time up to as much again by chance."""
    budget: float = 180.0
    """For one address with all its attempts and waits. A Retry-After beyond it is a RateLimited at once."""
    limits: TimeLimits = field(default_factory=TimeLimits)


class HttpClient:
    """Asks publishers politely and hands back documents that are kept (``connectors.contract.Client``).

    ``contact`` is an address at which a publisher reaches the person who runs this. ``locks`` is the directory all
    processes of this machine share. ``host_map`` leads hosts to loopback addresses and is the only way to a private
    one. ``secrets`` are literal texts that must never be read anywhere. With ``upstream`` every answer comes from that
    archive and no network is touched. ``force`` asks again for pages that are frozen and asks unconditionally.
    ``resolve`` stands in for DNS in tests. ``now`` is the clock of the records; turns and waits go by the machine's own.
    ``doubtful`` are addresses whose page, though it is frozen, is asked for again: the publisher may have put it right.
    ``keys`` are the values of credentials, by name; an archive in the publishers' place asks for none.
    """

    def __init__(self, archive: Archive, *, contact: str, version: str, locks: Path | None = None,
                 host_map: Mapping[str, str] | None = None, secrets: Collection[str] = (),
                 settings: Settings | None = None, upstream: Archive | None = None, force: bool = False,
                 resolve: Resolve | None = None, now: Callable[[], datetime] = lambda: datetime.now(UTC),
                 doubtful: Collection[str] = (), keys: Mapping[str, str] | None = None) -> None:
        self._archive = archive
        self._settings = settings or Settings()
        self._force = force
        self._now = now
        self._doubtful = frozenset(doubtful)
        self._keys = keys or {}
        self._redact = Redactor((*secrets, *self._keys.values()))
        self._agent = f"{AGENT}/{version}" + (f" (+{contact})" if contact else "")
        self._asked: _Once[Fetch | PublisherError] = _Once()
        self._asked_for: dict[Hashable, str] = {}
        """The dataset for which each of them was asked."""
        self._robots: _Once[Rules | PublisherError] = _Once()
        self._told: set[str] = set()
        """Origins whose robots.txt stands in the record by now."""
        self._transport: Transport
        self._turns: HostTurns | NoTurns
        self._asks_archive = upstream is not None
        if upstream is not None:
            self._transport, self._turns = ArchiveTransport(upstream, self._redact), NoTurns()
            return
        if not contact.strip() or not self._agent.isascii() or not self._agent.isprintable():
            raise UsageError("publishers must be told whom to reach: set a contact (e-mail or web address, in ASCII)")
        if locks is None:
            raise UsageError("a client that asks publishers needs the directory of the host locks")
        self._transport = NetworkTransport(host_map=host_map or {}, limits=self._settings.limits, resolve=resolve,
                                           spool=archive.spool)
        self._turns = HostTurns(locks)
        _wire_log.use(self._redact)
        logging.getLogger("urllib3.connectionpool").addFilter(_wire_log)  # a filter that is there is not added twice

    def get(self, request: Request) -> Document:
        """The document held under an address now, asked for at most once per client. Raises a PublisherError."""
        outcome = self.ask(request)
        if isinstance(outcome, PublisherError):
            raise outcome
        return outcome

    def ask(self, request: Request) -> Document | PublisherError:
        """Like ``get``, but hands the error back. An address that failed is not asked again by this client."""
        self._redact.learn_headers(request.headers)
        mine: list[Document] = []
        asked_at, key = self._now(), request.url.partition("#")[0] + request.mark

        def retrieve() -> Fetch | PublisherError:
            self._asked_for[key] = request.dataset
            try:
                document = self._retrieve(request)
            except PublisherError as error:
                return error.with_traceback(None)
            mine.append(document)
            return document.fetch

        outcome = self._asked(key, retrieve)
        if self._asked_for[key] != request.dataset and not request.frozen:
            self._note_along(request, outcome, asked_at)
        if isinstance(outcome, PublisherError):
            again = type(outcome)(outcome.said, dataset=request.dataset, url=outcome.url)
            if isinstance(outcome, Forbidden) and isinstance(again, Forbidden):
                again.leads_to = outcome.leads_to
            return again
        # Bodies are not held in memory for a second caller: the archive has them.
        return mine[0] if mine else self._held(outcome)

    def _note_along(self, request: Request, outcome: Fetch | PublisherError, asked_at: datetime) -> None:
        """What was asked for one dataset answers for another too (an index of several tables): both were asked, and neither is asked again
        because the log knows nothing of it."""
        if isinstance(outcome, PublisherError):
            self._archive.note(url=outcome.url, dataset=request.dataset, asked_at=asked_at, status=0, outcome=type(outcome).__name__,
                               said=outcome.said)
        else:
            self._archive.note(url=outcome.url, dataset=request.dataset, asked_at=asked_at, status=outcome.status, outcome="same",
                               sha256=outcome.sha256)

    def rules(self, request: Request) -> tuple[Rules, bool]:
        """What the robots.txt of an address's host says, and whether it lets us ask that address.

        Only robots.txt is asked for. Raises a PublisherError where the host does not answer.
        """
        asked = address(request.url)
        rules = self._rules(asked, request)
        return rules, rules.allows(asked.url, AGENT)

    def _retrieve(self, request: Request) -> Document:
        url = self._redact(request.url)
        try:
            first = address(request.url)
        except PublisherError as error:
            raise self._signed(error, request, url) from None
        url = self._redact(first.url) + request.mark
        held = self._archive.latest(url)
        if held is not None and request.frozen and not self._force and url not in self._doubtful:
            log.info("%s is frozen and held since %s: not asked", url, f"{held.asked_at:%Y-%m-%d}")
            return self._held(held)
        if not self._asks_archive and request.credential is not None:
            if not self._keys.get(request.credential.name):
                raise self._signed(KeyNotSet(request.credential.not_set), request, url)
            if first.scheme != "https":
                raise self._signed(Forbidden("a key is not sent to an address of plain http"), request, url)
        return self._patiently(lambda: self._attempt(request, first, url, held))

    def _held(self, fetch: Fetch, came: Content | None = None) -> Document:
        """What the archive has, of which nothing is read before somebody asks for it; what came just now and is in memory is at hand."""
        return Document(fetch, came if came is not None and came.size <= IN_MEMORY else self._archive.content(fetch))

    def _attempt(self, request: Request, first: Address, url: str, held: Fetch | None) -> Document:
        with ExitStack() as at_last:
            return self._judged(request, first, url, held, at_last)

    def _judged(self, request: Request, first: Address, url: str, held: Fetch | None, at_last: ExitStack) -> Document:
        """Ask once, judge the answer, keep or note it. Its file is given up ``at_last``: the archive has it then, or nobody wants it."""
        asked_at, started = self._now(), time.monotonic()
        status = 0
        try:
            answer, final = self._follow(request, first, None if self._force else held)
            status, content = answer.status, answer.content
            at_last.callback(content.close)
            if status == 304 and held is not None and not self._force:
                self._archive.note(url=url, dataset=request.dataset, asked_at=asked_at, status=status,
                                   outcome="not_modified", sha256=held.sha256)
                log.info("%s → 304: as held since %s", url, f"{held.asked_at:%Y-%m-%d}")
                return self._held(held)
            if refused := meant(request.refusals, status, content.head) or named_status(status, content.head):
                if status in (401, 403) and request.credential is not None and not isinstance(refused, QuotaUsed):
                    refused.said += f"; is the key {request.credential.name!r} right? {request.credential.where} gives them"
                raise self._in_time(refused, answer)
            check_content(request, answer.header("content-type"), content)
            if self._redact.appears_in(content):
                raise Forbidden("the answer repeats a secret of ours, so it is not kept")
        except (PublisherError, _TryAgain) as caught:
            error = self._signed(caught.error if isinstance(caught, _TryAgain) else caught, request, url)
            self._archive.note(url=url, dataset=request.dataset, asked_at=asked_at, status=status,
                               outcome=type(error).__name__, said=error.said)
            log.warning("%s → %s: %s: %s", url, status or "no answer", type(error).__name__, error.said)
            raise
        seconds = time.monotonic() - started
        took = f"{status} {answer.header('content-type')}, {content.size:,} bytes, {seconds:.1f} s"
        if held is not None and content.sha256 == held.sha256:
            self._archive.note(url=url, dataset=request.dataset, asked_at=asked_at, status=status,
                               outcome="same", sha256=held.sha256)
            log.info("%s → %s: same as held since %s", url, took, f"{held.asked_at:%Y-%m-%d}")
            return self._held(held, content)
        fetch = self._keep(answer, request, url, asked_at, final)
        log.info("%s → %s: kept as %s", url, took, fetch.sha256[:12])
        return self._held(fetch, content)

    def _keep(self, answer: Answer, request: Request, url: str, asked_at: datetime, final: Address) -> Fetch:
        origin = answer.origin
        return self._archive.keep(
            answer.content, url=url, dataset=request.dataset, asked_at=origin.asked_at if origin else asked_at, status=answer.status,
            content_type=answer.header("content-type"), etag=answer.header("etag"),
            last_modified=answer.header("last-modified"),
            final_url=origin.final_url if origin else self._redact(final.url),
            origin_kind=origin.origin_kind if origin else "fetched",
            source_note=origin.source_note if origin else self._redact(_posted(request.post)),
            released_at=origin.released_at if origin else request.release.at if request.release else None,
        )

    def _follow(self, request: Request, first: Address, held: Fetch | None) -> tuple[Answer, Address]:
        """Ask, and go where redirects may lead; robots.txt is read for every host on the way."""
        own = {name: value for name, value in request.headers.items() if name.lower() not in _OWN_HEADERS}
        hop, posted = first, Posted(request.post, request.mark) if request.post else None
        for _ in range(MAX_REDIRECTS + 1):
            delay = self._permitted(hop, request)
            # Headers of a request, keys among them, were meant for the host it names.
            headers = self._headers(request.accept, own if hop.host == first.host else {}, held, posted=posted is not None)
            target = self._with_key(hop, request.credential, headers) if hop.host == first.host else hop
            answer = self._exchange(target, headers, request.max_bytes, delay, posted)
            if answer.status == 412 and posted and "If-None-Match" in headers:
                held = None  # RFC 9110 §13.1.2 has 412 where a GET has 304: what we hold may be current, and the answer itself tells
                continue
            location = answer.header("location")
            if answer.status not in _REDIRECTS or not location:
                return answer, hop
            hop = redirected(hop, location, first=first, hosts=request.hosts)
            if answer.status not in (307, 308):
                posted = None  # as browsers do, and RFC 9110 §15.4 allows
        raise Forbidden(f"it redirects more than {MAX_REDIRECTS} times")

    def _headers(self, accept: str, own: Mapping[str, str], held: Fetch | None = None, *, posted: bool = False) -> dict[str, str]:
        headers = {"Accept": accept, **own, "User-Agent": self._agent}
        if held is not None and held.etag:
            headers["If-None-Match"] = held.etag
        if held is not None and held.last_modified and not posted:  # of an address, not of a question put to it
            headers["If-Modified-Since"] = held.last_modified
        return headers

    def _with_key(self, hop: Address, credential: Credential | None, headers: dict[str, str]) -> Address:
        """The key of a credential goes into the headers, or onto the address that is sent; no record has that one."""
        if credential is None or self._asks_archive:
            return hop
        key = self._keys[credential.name]
        if credential.header:
            headers[credential.header] = f"{credential.scheme} {key}".strip()
            return hop
        sent = f"{hop.path}{'&' if '?' in hop.path else '?'}{credential.parameter}={quote(key, safe='')}"
        return replace(hop, url=hop.origin + sent, path=sent)

    def _exchange(self, hop: Address, headers: Mapping[str, str], max_bytes: int, delay: float, posted: Posted | None = None) -> Answer:
        """One request in its turn. Raises _TryAgain where another attempt may help."""
        interval = max(delay, self._settings.intervals.get(hop.host, self._settings.min_interval))
        with self._turns.take(hop.host, interval=interval, patience=self._settings.budget) as turn:
            try:
                answer = self._transport.exchange(hop, headers, max_bytes, posted)
            except Unavailable as error:
                raise _TryAgain(error, 0.0) from None
            if answer.status in (429, 503) and (wait := _asked_to_wait(answer)) is not None:
                turn.postpone(wait)
            return answer

    def _in_time(self, refused: PublisherError, answer: Answer) -> Exception:
        """A refusal, wrapped where waiting as long as the publisher asks, or a while, may help."""
        wait = _asked_to_wait(answer)
        if isinstance(refused, QuotaUsed):
            return refused  # its Retry-After lasts till midnight
        if wait is not None and refused.transient and wait > self._settings.budget:
            return RateLimited(f"asked to come back in {wait:,.0f} s (status {answer.status})")
        if isinstance(refused, Unavailable) or (isinstance(refused, RateLimited) and wait is not None):
            return _TryAgain(refused, wait or 0.0)
        return refused

    def _patiently(self, attempt: Callable[[], T]) -> T:
        def pause(state: RetryCallState) -> float:
            failure = state.outcome.exception() if state.outcome else None
            least = failure.wait if isinstance(failure, _TryAgain) else 0.0
            return least + self._settings.pause * 2.0 ** (state.attempt_number - 1) * (1 + random.random())

        retrying = Retrying(
            retry=retry_if_exception_type(_TryAgain), wait=pause, reraise=True,
            stop=stop_after_attempt(self._settings.attempts) | stop_before_delay(self._settings.budget),
            before_sleep=lambda state: log.info("asking again in %.1f s", state.upcoming_sleep),
        )
        try:
            return retrying(attempt)
        except _TryAgain as again:
            error = again.error
        raise error.with_traceback(None)

    def _permitted(self, hop: Address, request: Request) -> float:
        """The pause this host's robots.txt asks for. Raises Forbidden where it forbids the page."""
        first_time = hop.origin not in self._told
        rules = self._rules(hop, request)
        allowed = rules.allows(hop.url, AGENT)
        if first_time or not allowed:
            self._told.add(hop.origin)
            robots = address(hop.origin + "/robots.txt")
            outcome = "robots:allowed" if allowed else "robots:forbidden"
            said = self._redact(f"{rules.said}: {hop.path}")
            self._archive.note(url=robots.url, dataset=request.dataset, asked_at=self._now(),
                               status=rules.status, outcome=outcome, said=said)
            log.info("%s → %s: %s", robots.url, outcome, said)
        if not allowed:
            raise Forbidden("robots.txt asks not to fetch this page")
        return rules.crawl_delay

    def _rules(self, hop: Address, request: Request) -> Rules:
        """One host's robots.txt, asked for once. Raises a PublisherError where it cannot be had."""
        robots = address(hop.origin + "/robots.txt")

        def read() -> Rules | PublisherError:
            try:
                return self._patiently(lambda: self._ask_robots(robots, request))
            except PublisherError as error:
                return error.with_traceback(None)

        rules = self._robots(hop.origin, read)
        if isinstance(rules, PublisherError):
            raise type(rules)(rules.said)
        return rules

    def _ask_robots(self, robots: Address, request: Request) -> Rules:
        """Read one host's robots.txt (RFC 9309): absent allows all, a server's failure allows nothing now."""
        hop, status, asked_at = robots, 0, self._now()
        try:
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._exchange(hop, self._headers("text/plain, */*;q=0.1", {}), ROBOTS_BYTES, 0.0)
                status, location = answer.status, answer.header("location")
                if status not in _REDIRECTS or not location:
                    break
                hop = redirected(hop, location, first=robots, hosts=request.hosts)
            else:
                raise Unavailable(f"it redirects more than {MAX_REDIRECTS} times")
            clock = http_date(answer.header("date"))
            if status in (200, 203):
                rules = read_rules(answer.content.body, AGENT, status=status, delay_cap=self._settings.crawl_delay_cap)
                return replace(rules, clock=clock)
            if 400 <= status < 500 and status != 429:
                # Most answer 404 or 410 for what is not there; storage buckets that may not be listed answer 403.
                return Rules(f"no robots.txt (status {status})", status, clock=clock)
            refused = named_status(status, b"") or Unavailable("")
            raise self._in_time(refused if refused.transient else Unavailable(refused.said), answer)
        except (PublisherError, _TryAgain) as caught:
            error = caught.error if isinstance(caught, _TryAgain) else caught
            error.said = self._redact(f"robots.txt: {error.said}")
            self._archive.note(url=robots.url, dataset=request.dataset, asked_at=asked_at, status=status,
                               outcome=type(error).__name__, said=error.said)
            log.warning("%s → %s: %s: %s", robots.url, status or "no answer", type(error).__name__, error.said)
            raise

    def _signed(self, error: PublisherError, request: Request, url: str) -> PublisherError:
        """An error with its dataset and address, without secrets."""
        said = self._redact(error.said)
        error.said, error.dataset, error.url, error.args = said, request.dataset, url, (said,)
        return error


class _TryAgain(Exception):
    """A named error after which the same request may succeed, at the earliest in ``wait`` seconds."""

    def __init__(self, error: PublisherError, wait: float) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


class _Once(Generic[T]):
    """Computes each key once, however many threads ask; the others wait for the first."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Future[T]] = {}
        self._guard = threading.Lock()

    def __call__(self, key: Hashable, compute: Callable[[], T]) -> T:
        with self._guard:
            known = self._known.get(key)
            future = known or self._known.setdefault(key, Future())
        if known is None:
            try:
                future.set_result(compute())
            except BaseException as error:
                future.set_exception(error)
        return future.result()


def _posted(post: Post | None) -> str:
    """What was asked by POST, for whoever traces a figure of the answer."""
    if post is None:
        return ""
    said = post.body.decode("utf-8", "replace")
    return f"asked by POST: {said if len(said) <= MOST_POSTED else said[:MOST_POSTED] + ' …'}"


def _asked_to_wait(answer: Answer) -> float | None:
    return retry_after(answer.header("retry-after"), datetime.now(UTC))
