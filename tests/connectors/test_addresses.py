"""What counts as an address, and as a public one."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util import parse_url

from connectors.http.addresses import address, is_loopback, is_private_literal, is_public
from warehouse.schema.errors import Forbidden


@pytest.mark.parametrize(("url", "same"), [
    ("HTTP://English.Customs.gov.cn:80/Statics/A.html#top", "http://english.customs.gov.cn/Statics/A.html"),
    ("https://example.org", "https://example.org/"),
    ("https://example.org:8443/a?b=c&d", "https://example.org:8443/a?b=c&d"),
    ("https://[2606:2800:21f::1]:443/", "https://[2606:2800:21f::1]/"),
])
def test_an_address_has_one_spelling(url, same):
    assert address(url).url == same


@pytest.mark.parametrize("url", [
    "", "example.org", "ftp://example.org/", "file:///etc/hostname", "http://", "http://[::1", "http://a b/", "http:/x",
    "http://example.org:99999/", "http://example.org/\r\nX: 1", "http://me@example.org/", "http://a\\b/",
    "http://[fe80::1%eth0]/", "http://müller.example/", "http://" + "a" * 254, "http://exa%6dple.org/",
])
def test_what_is_no_plain_address_is_refused(url):
    with pytest.raises(Forbidden):
        address(url)


TRICKY = st.text(st.sampled_from("ab.:/@\\?#[]%1-_é \t") | st.characters(), max_size=30)


@given(TRICKY.map(lambda rest: "http://" + rest))
def test_both_libraries_see_the_same_host(url):
    """urllib3 connects: had it another host in mind than the one checked, the checks would be worth nothing."""
    try:
        checked = address(url)
    except Forbidden:
        return
    assert (parse_url(checked.url).host or "").strip("[]") == checked.host
    assert urlsplit(checked.url).hostname == checked.host


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "10.0.0.1", "::1", "::ffff:10.0.0.1"])
def test_private_literals(host):
    assert is_private_literal(host)


def test_names_are_no_literals():
    assert not is_private_literal("example.org")
    assert not is_loopback("localhost")


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_ipv4_address_is_as_public_in_every_ipv6_dress(ip):
    dresses = [f"::ffff:{ip}", str(IPv6Address(int(IPv6Address("64:ff9b::")) + int(ip)))]
    assert {is_public(dress) for dress in dresses} == {is_public(str(ip))}


@given(st.ip_addresses())
def test_nothing_private_is_public(ip):
    if ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        mapped = getattr(ip, "ipv4_mapped", None)
        assert not is_public(str(ip)) or (mapped is not None and mapped.is_global)
