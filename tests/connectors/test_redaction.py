"""What must not be read anywhere is not."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http.redaction import MARK, Redactor


@pytest.mark.parametrize("name", [
    "key", "KEY", "api_key", "apikey", "api-key", "token", "access_token", "subscription-key", "sig", "password",
    "serviceKey", "client_secret", "Ocp-Apim-Subscription-Key",
])
def test_telling_parameters_are_blotted_out(name):
    assert Redactor()(f"https://example.org/a?x=1&{name}=hidden%21&y=2") == f"https://example.org/a?x=1&{name}={MARK}&y=2"


@pytest.mark.parametrize("url", [
    "https://example.org/a?seriesKey=M.CNY.EUR&nextPageToken=2&monkey=3", "https://example.org/key/token?a=1",
    "http://english.customs.gov.cn/Statics/2e61c8a1-17b2-4074-b909-c039ccf8c8fb.html",
])
def test_other_parameters_stay(url):
    assert Redactor()(url) == url


@pytest.mark.parametrize("line", [
    "Authorization: Bearer hidden", "'X-Api-Key': 'hidden'", "ocp-apim-subscription-key=hidden", "https://me:hidden@example.org/",
])
def test_headers_and_users_are_blotted_out(line):
    assert "hidden" not in Redactor()(line)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=4, max_size=30), st.text(max_size=30))
def test_a_literal_secret_is_never_left(secret, around):
    redact = Redactor([secret])
    for text in (f"{around}{secret}{around}", f"https://example.org/?q={quote_plus(secret)}"):
        left = redact(text)
        assert secret not in left.replace(MARK, "\0")
        assert quote_plus(secret) not in left.replace(MARK, "\0")


@given(st.dictionaries(st.sampled_from(["key", "page", "token", "q"]), st.text(max_size=20)))
def test_redacting_keeps_an_address_and_is_done_once(query):
    url = f"https://example.org/path?{urlencode(query)}"
    once = Redactor()(url)
    assert Redactor()(once) == once
    left = dict(parse_qsl(urlsplit(once).query, keep_blank_values=True))
    assert left == {name: MARK if name in ("key", "token") else value for name, value in query.items()}


def test_key_headers_are_learnt_with_and_without_their_scheme():
    redact = Redactor()
    redact.learn_headers({"Authorization": "Bearer abcdef", "Accept": "text/csv"})
    assert redact("it said: abcdef, text/csv") == f"it said: {MARK}, text/csv"


def test_a_short_value_does_not_make_lines_unreadable():
    redact = Redactor(["", "1"])
    assert redact("page 1 of 10") == "page 1 of 10"
    assert not Redactor(["abcdefg"]).appears_in(b"abcdefg")
    assert Redactor(["abcdefgh"]).appears_in(b"-abcdefgh-")
