"""Errors with names. Each says what failed, for which dataset and address, and whether trying again can help.

Raised by the HTTP client and by parsers; the flows turn them into outcomes. An implausible load is not an error but
*held*, and lives in ``warehouse.load.gates``.
"""

from __future__ import annotations

from collections.abc import Sequence


class EntrepotError(Exception):
    """Anything a person should read as one sentence instead of a traceback."""

    exit_code = 1


class UsageError(EntrepotError):
    """What was typed cannot be done; the message says what can."""

    exit_code = 2


class NotKnown(UsageError):
    """A word that names nothing there is: no such country, currency, flow, product, period or dataset, or several at once."""

    exit_code = 8

    def __init__(self, said: str, *, what: str = "", typed: str = "", nearest: Sequence[str] = ()) -> None:
        super().__init__(said)
        self.what = what
        """What it should have named: area, period, currency, flow, products, dataset."""
        self.typed = typed
        self.nearest = tuple(nearest)
        """What may have been meant, as it may be typed."""


class NotHeld(UsageError):
    """What was asked for is understood, and no figure of it is stored; the message says what is."""

    exit_code = 7

    def __init__(self, said: str, *, nearest: Sequence[str] = ()) -> None:
        super().__init__(said)
        self.nearest = tuple(nearest)
        """What is stored that is nearest, as it may be typed."""


class NoSum(UsageError):
    """The rows that a query adds up overlap, or are not of one kind; the message says how, and what may be added up."""


class TooMuch(UsageError):
    """An answer with more than one answer takes; the message says how much."""


class TookTooLong(EntrepotError):
    """What was asked was cut when its time was over; the message says what to do."""


class TooMany(EntrepotError):
    """So much is asked at once that this has no turn; the same may be asked again."""


class Busy(EntrepotError):
    """Another writer is at work."""

    exit_code = 5


class NoRoom(EntrepotError):
    """Too little is free on the disk to begin; the message says how much is needed."""


class LakeDamaged(EntrepotError):
    """Stored bytes do not match what was recorded of them; the message names the file and the way out."""

    exit_code = 6


class OtherVersion(EntrepotError):
    """Another version of Entrepot wrote the lake; the message says what to do. Nothing is wrong with what is stored."""


class Unreachable(EntrepotError):
    """A server that keeps the lake or the archive does not answer; the message names it. Nothing stored is lost by it."""

    exit_code = 4


class PublisherError(EntrepotError):
    """A publisher's answer could not be had or could not be read.

    ``transient`` says whether the same request may succeed later without a person or a new release.
    """

    exit_code = 4
    transient = False

    def __init__(self, said: str, *, dataset: str = "", url: str = "") -> None:
        super().__init__(said)
        self.said = said
        self.dataset = dataset
        self.url = url

    def __str__(self) -> str:
        where = " · ".join(part for part in (self.dataset, self.url) if part)
        return f"{type(self).__name__}: {self.said}" + (f" ({where})" if where else "")


class Unavailable(PublisherError):
    """No connection, a reset, a time-out, or a 5xx: the publisher is not answering now."""

    transient = True


class RateLimited(PublisherError):
    """429, or a Retry-After longer than this run can wait."""

    transient = True


class QuotaUsed(PublisherError):
    """The publisher says that the calls of this day are used: nothing more is asked before they are counted anew."""

    transient = True


class Challenged(PublisherError):
    """A challenge page or bot wall stands where the data should be. Never worked around: use `entrepot import`."""


class Forbidden(PublisherError):
    """robots.txt, a 401/403, a redirect away from the publisher's hosts or to a private address."""

    leads_to: str = ""
    """Where a redirect led that was not followed, where a person may go there."""


class KeyNotSet(PublisherError):
    """The publisher answers nobody without a key, and the settings have none: nobody was asked. The message says where to get one."""

    exit_code = 2


class KeyRefused(Forbidden):
    """The publisher does not take the key: whatever is asked with it would be refused as well."""


class NotFound(PublisherError):
    """404 or 410."""


class TooLarge(PublisherError):
    """The body, or what it unpacks to, is larger than the request allows."""


class NotReadable(PublisherError):
    """A page that is kept but cannot be read: an image, a layout nobody has seen. A state, not an alarm."""

    exit_code = 1


class SchemaDrift(PublisherError):
    """The document is of a known kind, but its header, unit or columns are not the ones the parser knows."""

    exit_code = 1


class Incomplete(PublisherError):
    """An empty or short answer, a cut-off body, fewer rows, partners or periods than the dataset's floor."""

    exit_code = 1


BY_NAME: dict[str, type[PublisherError]] = {
    kind.__name__: kind
    for kind in (
        Unavailable, RateLimited, QuotaUsed, Challenged, Forbidden, KeyNotSet, KeyRefused, NotFound, TooLarge, NotReadable, SchemaDrift,
        Incomplete,
    )
}
"""The named errors, for reading them back from the journal."""
