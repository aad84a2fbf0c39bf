"""The tests' upstream misbehaves on demand."""

import http.client
import urllib.request

import pytest

from tests.misbehave import MisbehavingUpstream
from tests.sample.test_sample import LISTS, get


@pytest.fixture(scope="module")
def upstream():
    with MisbehavingUpstream(articles=200, seed=4) as upstream:
        yield upstream


@pytest.mark.parametrize(
    ("behaviour", "seen"),
    [
        ("404", "HTTP Error 404"),
        ("429", "HTTP Error 429"),
        ("500", "HTTP Error 500"),
        ("503", "HTTP Error 503"),
        ("reset", "reset|closed"),
        ("half", "IncompleteRead"),
    ],
)
def test_misbehaviour_in_http(upstream, behaviour, seen):
    upstream.misbehave("robots", behaviour, times=1)
    with pytest.raises((OSError, http.client.HTTPException), match=seen):
        get(upstream, "/robots.txt")
    get(upstream, "/robots.txt")


@pytest.mark.parametrize(
    ("behaviour", "begin"),
    [
        ("html", b"<html>"),
        ("empty", b""),
        ("bom", b"\xef\xbb\xbf{"),
        ("null", b'{"data": null}'),
        ("cut", b'{"records"'),
    ],
)
def test_misbehaviour_in_the_body(upstream, behaviour, begin):
    upstream.misbehave("webapi", behaviour)
    body = get(upstream, LISTS["webapi-roll"])
    upstream.misbehave("webapi", "ok")
    whole = get(upstream, LISTS["webapi-roll"])
    assert body.startswith(begin)
    assert body != whole


def test_gbk(upstream):
    upstream.misbehave("webapi", "gbk", times=1)
    assert get(upstream, LISTS["webapi-roll"]).decode("gb18030") == get(upstream, LISTS["webapi-roll"]).decode()


def test_a_stall_never_answers(upstream):
    upstream.misbehave("robots", "stall", times=1)
    with pytest.raises(TimeoutError):
        urllib.request.urlopen(upstream.url + "/robots.txt", timeout=0.3)
