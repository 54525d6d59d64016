"""The same calls as a folder on an S3-compatible object store: whole objects, never half seen, listed as soon as they are put.

Address and keys come from the settings. Every failure to reach the store is ``Unreachable``, naming it and never a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from warehouse.schema.errors import EntrepotError, Unreachable, UsageError
from warehouse.schema.quoting import quoted

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

LOOPBACK = ("127.0.0.1", "localhost", "::1")
UPLOADS = 4
"""Parts of 5 MiB that are under way at once."""


@dataclass(frozen=True)
class Access:
    """How a store is reached. Amazon's own needs no endpoint; others are asked by path, not by a host for each bucket."""

    endpoint: str = ""
    region: str = "us-east-1"
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.endpoint)
        if self.endpoint and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise UsageError(f"the object store's endpoint is an address such as https://s3.example.org, not {self.endpoint!r}")
        if parts.username or parts.password:
            raise UsageError("the object store's endpoint holds a name or password: give these as ENTREPOT_S3_KEY and ENTREPOT_S3_SECRET")

    @property
    def encrypted(self) -> bool:
        return not self.endpoint.startswith("http://")

    @property
    def name(self) -> str:
        """How a person finds the store."""
        return self.endpoint or f"Amazon S3 ({self.region})"

    def duckdb_secret(self, scope: str) -> str:
        """The statement that tells an engine how to reach what lies below ``scope``. Holds the keys: never printed."""
        said = {"KEY_ID": self.key, "SECRET": self.secret, "REGION": self.region, "SCOPE": scope}
        if self.endpoint:
            parts = urlsplit(self.endpoint)
            said |= {"ENDPOINT": parts.netloc + parts.path.rstrip("/"), "URL_STYLE": "path"}
        words = ", ".join(f"{name} '{quoted(value)}'" for name, value in said.items())
        return f"CREATE OR REPLACE SECRET entrepot_objects (TYPE s3, {words}, USE_SSL {str(self.encrypted).lower()})"


def split(address: str) -> tuple[str, str]:
    """Bucket and prefix of ``s3://bucket/prefix``. Raises UsageError."""
    found = re.fullmatch(r"s3://([a-z0-9][a-z0-9.-]+)(?:/(.*?))?/*", address)
    if found is None:
        raise UsageError(f"{address!r} is no place on an object store: write s3://BUCKET/PREFIX")
    return found[1], found[2] or ""


class ObjectStore:
    """A store below ``s3://bucket/prefix``."""

    def __init__(self, address: str, access: Access) -> None:
        self.bucket, self.prefix = split(address)
        self.access = access

    @cached_property
    def _store(self) -> S3Store:
        from obstore.store import S3Store

        config: S3Config = {"region": self.access.region, "access_key_id": self.access.key, "secret_access_key": self.access.secret}
        if self.access.endpoint:
            config |= {"endpoint": self.access.endpoint, "virtual_hosted_style_request": False}
        return S3Store(self.bucket, prefix=self.prefix or None, config=config,
                       client_options={"allow_http": not self.access.encrypted, "connect_timeout": "10s", "timeout": "120s"},
                       retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=60)})

    @contextmanager
    def _asked(self, key: str = "") -> Iterator[None]:
        """Around every request: an object that is not there is a KeyError, anything else a sentence."""
        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise self._said(error) from error
            raise KeyError(key) from None
        except EntrepotError:
            raise
        except Exception as error:
            raise self._said(error) from error

    def put(self, key: str, body: bytes) -> None:
        with self._asked(key):
            self._store.put(key, body)

    def put_file(self, key: str, path: Path) -> None:
        with self._asked(key):
            self._store.put(key, path)

    def put_parts(self, key: str, parts: Iterator[bytes]) -> None:
        broken: list[Exception] = []

        def told() -> Iterator[bytes]:
            try:
                yield from parts
            except Exception as error:  # the library tells of it in words of its own
                broken.append(error)
                raise

        try:
            with self._asked(key):
                self._store.put(key, told(), max_concurrency=UPLOADS)
        except Exception:
            if broken:
                raise broken[0] from None
            raise

    def get(self, key: str) -> bytes:
        with self._asked(key):
            return self._store.get(key).bytes().to_bytes()

    def chunks(self, key: str) -> Iterator[bytes]:
        with self._asked(key):
            for part in self._store.get(key).stream(min_chunk_size=1 << 20):
                yield bytes(part)

    def exists(self, key: str) -> bool:
        try:
            with self._asked(key):
                self._store.head(key)
        except KeyError:
            return False
        return True

    def keys(self, prefix: str) -> list[str]:
        return sorted(self._listed(prefix))

    def holds(self, prefix: str) -> bool:
        with self._asked(prefix):
            return any(page for page in self._store.list(prefix or None, chunk_size=1))

    def sizes(self, prefix: str = "") -> dict[str, int]:
        return self._listed(prefix)

    def _listed(self, prefix: str) -> dict[str, int]:
        with self._asked(prefix):
            return {found["path"]: found["size"] for page in self._store.list(prefix or None) for found in page}

    def delete(self, key: str) -> None:
        with self._asked(key), suppress(FileNotFoundError):
            self._store.delete(key)

    def sweep(self) -> None:
        """The parts of an upload that was killed are the store's to drop, by a rule of the bucket for incomplete uploads."""

    def name(self, key: str) -> str:
        return "/".join(part for part in (f"s3://{self.bucket}", self.prefix, key) if part)

    def _said(self, error: Exception) -> EntrepotError:
        """What a person should know of a failure; the library's own words may hold the request, so only the kind is told."""
        where, text = f"the object store at {self.access.name}", str(error)
        if re.search(r"\b40[13] (Unauthorized|Forbidden)", text):
            return EntrepotError(f"{where} refuses s3://{self.bucket}: look at ENTREPOT_S3_KEY, ENTREPOT_S3_SECRET and the rights that "
                                 "they give. Nothing stored was changed")
        if "NoSuchBucket" in text:
            return EntrepotError(f"{where} has no bucket {self.bucket}: make it, or name another. Nothing stored was changed")
        if refused := re.search(r"\b4\d\d [A-Z][a-z]+", text):
            return EntrepotError(f"{where} refuses a request on s3://{self.bucket} (HTTP {refused[0]}). Nothing stored was changed")
        return Unreachable(f"{where} does not answer ({_few_words(text)}). Nothing stored is lost; run again when it does")


def _few_words(text: str) -> str:
    """The cause, without addresses."""
    for said in ("Connection refused", "connection closed", "timed out", "dns error", "Connection reset", "certificate"):
        if said.lower() in text.lower():
            return said
    status = re.search(r"\b(5\d\d) [A-Z][a-z]+", text)
    return f"HTTP {status[1]}" if status else "no answer that can be read"
