"""The wire: which address is connected to, TLS, proxies, bounds on what is read and unpacked."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import connectors.http.transport
from connectors.http.addresses import address
from connectors.http.transport import NetworkTransport, TimeLimits, _bounded, _unpacked
from tests.publishers import Fault, Publishers
from warehouse.schema.errors import Forbidden, PublisherError, TooLarge, Unavailable, UsageError

LIMITS = TimeLimits(2.0, 2.0, 3.0)
HOST = "stat.example.org"
PLAIN = address(f"http://{HOST}/table.csv")
SECURE = address(f"https://{HOST}/table.csv")
PUBLIC = "93.184.215.14"
MIB = 1024 * 1024


@pytest.fixture
def publishers() -> Iterator[Publishers]:
    with Publishers() as running:
        running.serve(PLAIN.url, b"a,b\n1,2\n", "text/csv")
        yield running


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def wired(monkeypatch, port: int) -> list[tuple[str, int]]:
    """Lead every connection to a port of ours; returns the addresses that would have been connected to."""
    real, wanted = connectors.http.transport.create_connection, []

    def connect(to, *rest):
        wanted.append(to)
        return real(("127.0.0.1", port), *rest)

    monkeypatch.setattr(connectors.http.transport, "create_connection", connect)
    return wanted


class TestAddressesOfNames:
    @pytest.mark.parametrize("found", [
        ["127.0.0.1"], ["10.1.2.3"], ["172.16.0.1"], ["192.168.1.1"], ["169.254.169.254"], ["100.64.0.1"], ["0.0.0.0"],
        ["224.0.0.1"], ["::1"], ["fe80::1"], ["fe80::1%eth0"], ["fc00::1"], ["::"], ["::ffff:127.0.0.1"],
        ["::ffff:10.0.0.1"], ["::127.0.0.1"], ["64:ff9b::a00:1"], ["2002:a00:1::"], ["ff02::1"], ["2001:db8::1"],
        [PUBLIC, "10.0.0.1"],
    ])
    def test_a_name_with_a_private_address_is_not_connected_to(self, monkeypatch, publishers, found):
        wanted = wired(monkeypatch, 1)
        transport = NetworkTransport(host_map={}, limits=LIMITS, resolve=lambda host, port: found)
        with pytest.raises(Forbidden, match="private address"):
            transport.exchange(PLAIN, {}, MIB)
        assert wanted == []

    @pytest.mark.parametrize("found", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", f"::ffff:{PUBLIC}",
                                       "64:ff9b::5db8:d70e"])
    def test_what_was_checked_is_what_is_connected_to(self, monkeypatch, publishers, found):
        """A name that would answer otherwise a second time (DNS rebinding) is not asked a second time."""
        answers = iter([[found], ["127.0.0.1"]])
        wanted = wired(monkeypatch, int(publishers.base.rpartition(":")[2]))
        transport = NetworkTransport(host_map={}, limits=LIMITS, resolve=lambda host, port: next(answers))
        assert transport.exchange(PLAIN, {}, MIB).content.body == b"a,b\n1,2\n"
        assert wanted == [(found, 80)]
        assert next(answers) == ["127.0.0.1"]

    @pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "localhost.", "0"])
    def test_loopback_in_disguise_is_not_connected_to(self, monkeypatch, host):
        wanted = wired(monkeypatch, 1)
        with pytest.raises(PublisherError) as caught:
            NetworkTransport(host_map={}, limits=LIMITS).exchange(address(f"http://{host}/"), {}, MIB)
        assert wanted == []
        assert isinstance(caught.value, Forbidden | Unavailable)

    def test_a_name_that_does_not_resolve_is_unavailable(self):
        def resolve(host, port):
            raise socket.gaierror(-2, "Name or service not known")
        with pytest.raises(Unavailable, match="does not resolve"):
            NetworkTransport(host_map={}, limits=LIMITS, resolve=resolve).exchange(PLAIN, {}, MIB)

    def test_the_second_address_of_a_name_is_tried(self, monkeypatch, publishers):
        port, real, wanted = int(publishers.base.rpartition(":")[2]), connectors.http.transport.create_connection, []

        def connect(to, *rest):
            wanted.append(to[0])
            if len(wanted) == 1:
                raise ConnectionRefusedError(111, "Connection refused")
            return real(("127.0.0.1", port), *rest)

        monkeypatch.setattr(connectors.http.transport, "create_connection", connect)
        found = ["2606:2800:21f:cb07:6820:80da:af6b:8b2c", PUBLIC]
        transport = NetworkTransport(host_map={}, limits=LIMITS, resolve=lambda host, port: found)
        assert transport.exchange(PLAIN, {}, MIB).status == 200
        assert wanted == found

    def test_a_refused_connection_says_so(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            base = f"http://127.0.0.1:{unused.getsockname()[1]}"
            with pytest.raises(Unavailable, match="Connection refused"):
                NetworkTransport(host_map={HOST: base}, limits=LIMITS).exchange(PLAIN, {}, MIB)

    @pytest.mark.parametrize("base", ["http://10.0.0.1:80", "https://127.0.0.1", "http://localhost:1", "", "http://"])
    def test_the_host_map_leads_to_loopback_only(self, base):
        with pytest.raises(UsageError, match="loopback"):
            NetworkTransport(host_map={HOST: base}, limits=LIMITS)


class TestEnvironment:
    def test_the_environments_proxy_is_used_and_told_the_whole_address(self, monkeypatch, publishers):
        monkeypatch.setenv("http_proxy", publishers.base)
        transport = NetworkTransport(host_map={}, limits=LIMITS, resolve=lambda host, port: [PUBLIC])
        transport.exchange(PLAIN, {}, MIB)
        assert [asked.path for asked in publishers.log] == [PLAIN.url]

    def test_https_goes_through_the_proxy_as_a_tunnel(self, monkeypatch):
        with socket.create_server(("127.0.0.1", 0)) as proxy:
            monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
            seen: list[bytes] = []

            def refuse() -> None:
                line, _ = proxy.accept()
                with line:
                    seen.append(line.recv(1000))
                    line.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

            thread = threading.Thread(target=refuse)
            thread.start()
            transport = NetworkTransport(host_map={}, limits=LIMITS, resolve=lambda host, port: [PUBLIC])
            with pytest.raises(Unavailable, match="proxy"):
                transport.exchange(SECURE, {"X-Api-Key": "hidden"}, MIB)
            thread.join()
        assert seen[0].startswith(f"CONNECT {HOST}:443 HTTP/1.".encode())
        assert b"hidden" not in seen[0]

    def test_a_proxy_is_not_asked_for_private_addresses(self, monkeypatch, publishers):
        monkeypatch.setenv("http_proxy", publishers.base)
        transport = NetworkTransport(host_map={}, limits=LIMITS, resolve=lambda host, port: ["10.0.0.1"])
        for url in (PLAIN.url, "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/"):
            with pytest.raises(Forbidden, match="private address"):
                transport.exchange(address(url), {}, MIB)
        assert publishers.log == []

    def test_names_the_proxy_alone_can_resolve_are_left_to_it(self, monkeypatch, publishers):
        def resolve(host, port):
            raise socket.gaierror(-2, "Name or service not known")
        monkeypatch.setenv("http_proxy", publishers.base)
        NetworkTransport(host_map={}, limits=LIMITS, resolve=resolve).exchange(PLAIN, {}, MIB)
        assert len(publishers.log) == 1

    def test_mapped_hosts_go_past_the_proxy(self, monkeypatch, publishers):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        assert NetworkTransport(host_map=publishers.host_map, limits=LIMITS).exchange(PLAIN, {}, MIB).status == 200

    def test_netrc_is_never_read_and_cookies_never_kept(self, monkeypatch, publishers, tmp_path):
        (tmp_path / "netrc").write_text(f"machine {HOST} login me password hidden\ndefault login me password hidden\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        publishers.fault(PLAIN.url, Fault.status(200, b"a", Set_Cookie="session=1"), times=1)
        transport = NetworkTransport(host_map=publishers.host_map, limits=LIMITS)
        for _ in range(2):
            transport.exchange(PLAIN, {}, MIB)
        assert all("authorization" not in asked.headers and "cookie" not in asked.headers for asked in publishers.log)


class TestTls:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> Path:
        """A certificate of our own for the publisher's name, with its key, in one file."""
        pytest.importorskip("cryptography", reason="certificates for a local TLS server are made with cryptography")
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
        now = datetime.now(UTC)
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
                .not_valid_after(now + timedelta(days=1))
                .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
                .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
                .sign(key, hashes.SHA256()))
        path = tmp_path / "publisher.pem"
        path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return path

    @pytest.fixture
    def secure(self, certificate: Path) -> Iterator[Publishers]:
        with Publishers() as running:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            running._server.socket = context.wrap_socket(running._server.socket, server_side=True)
            running.serve(SECURE.url, b"a,b\n1,2\n" * 500, "text/csv")
            yield running

    def transport(self, monkeypatch, secure: Publishers) -> NetworkTransport:
        wired(monkeypatch, int(secure.base.rpartition(":")[2]))
        return NetworkTransport(host_map={}, limits=TimeLimits(2.0, 2.0, 0.5), resolve=lambda host, port: [PUBLIC])

    def test_the_certificate_is_checked_against_the_name_not_the_address(self, monkeypatch, secure, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert self.transport(monkeypatch, secure).exchange(SECURE, {}, MIB).status == 200

    def test_another_names_certificate_is_not_trusted(self, monkeypatch, secure, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        with pytest.raises(Unavailable, match="not trusted"):
            self.transport(monkeypatch, secure).exchange(address("https://other.example.org/"), {}, MIB)

    def test_an_unknown_certificate_is_not_trusted(self, monkeypatch, secure):
        monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
        monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
        with pytest.raises(Unavailable, match="not trusted"):
            self.transport(monkeypatch, secure).exchange(SECURE, {}, MIB)

    def test_a_body_that_drips_inside_tls_is_cut(self, monkeypatch, secure, certificate):
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        secure.fault(SECURE.url, Fault.drip(0.02))
        with pytest.raises(Unavailable, match=r"longer than 0\.5 s"):
            self.transport(monkeypatch, secure).exchange(SECURE, {}, MIB)

    def test_a_handshake_that_never_comes_is_cut(self, monkeypatch):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            wired(monkeypatch, silent.getsockname()[1])
            transport = NetworkTransport(host_map={}, limits=TimeLimits(30.0, 30.0, 0.3),
                                         resolve=lambda host, port: [PUBLIC])
            began = time.monotonic()
            with pytest.raises(Unavailable, match=r"longer than 0\.3 s"):
                transport.exchange(SECURE, {}, MIB)
            assert time.monotonic() - began < 30.0


def test_no_connection_is_used_twice(publishers):
    """The simulator, as some publishers do, keeps a connection open that was asked to be closed: one that was used
    again would be checked by nobody and cut by nobody."""
    transport = NetworkTransport(host_map=publishers.host_map, limits=LIMITS)
    for _ in range(30):
        transport.exchange(PLAIN, {}, MIB)
    assert len({asked.port for asked in publishers.log}) == 30


def test_nothing_is_left_behind(publishers):
    """No watchdog thread and no descriptor outlives its exchange."""
    transport = NetworkTransport(host_map=publishers.host_map, limits=LIMITS)
    transport.exchange(PLAIN, {}, MIB)
    threads, before = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        transport.exchange(PLAIN, {}, MIB)
    time.sleep(0.1)  # the simulator's own threads see the end of the connections
    assert threading.active_count() <= threads + 1
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2


class TestUnpacking:
    @given(st.binary(max_size=5_000), st.integers(1, 700), st.integers(1, 4))
    def test_what_was_packed_comes_out_whatever_the_chunks(self, body, size, members):
        step = max(1, -(-len(body) // members))
        packed = b"".join(gzip.compress(body[at:at + step]) for at in range(0, len(body), step)) or gzip.compress(b"")
        assert b"".join(_unpacked(chunked(packed + bytes(9), size), "gzip")) == body

    @given(st.binary(min_size=1, max_size=3_000), st.data())
    def test_a_cut_anywhere_is_seen(self, body, data):
        packed = gzip.compress(body)
        cut = data.draw(st.integers(1, len(packed) - 1))
        with pytest.raises(Unavailable):
            b"".join(_unpacked(chunked(packed[:cut], 100), "gzip"))

    @given(st.binary(min_size=1, max_size=500))
    def test_any_bytes_unpack_or_have_a_named_error(self, data):
        try:
            body = b"".join(_unpacked(iter([data]), "gzip"))
        except PublisherError:
            return
        assert zlib.decompress(data, 16 + zlib.MAX_WBITS) == body

    def test_many_tiny_members_are_refused(self):
        with pytest.raises(TooLarge, match="members"):
            b"".join(_unpacked(chunked(gzip.compress(b"") * 2_000, 65_536), "gzip"))

    def test_the_bound_is_exact(self):
        assert b"".join(_bounded(iter([b"abc", b"de"]), 5)) == b"abcde"
        with pytest.raises(TooLarge):
            list(_bounded(iter([b"abc", b"def"]), 5))


def chunked(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at:at + size] for at in range(0, len(data), size))
