"""robots.txt is obeyed, except for the hosts that the user names with a reason."""

import pytest

from finews_spider.sample.server import CHANNELS
from tests.misbehave import MisbehavingUpstream

REFUSING = b"User-agent: *\nDisallow: /\n"


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=10) as upstream:
        upstream.answers("robots.txt", REFUSING)
        yield upstream


def test_a_host_that_forbids_it_gets_no_requests(finews, upstream):
    done = finews("run", code=1)
    assert upstream.requests == {"robots": 1}
    assert done.stderr.count("Forbidden by robots.txt") == len(CHANNELS)
    assert "Traceback" not in done.stderr
    assert finews.summary().articles == 0


def test_an_ignored_host_gets_no_request_for_robots_txt_and_the_log_has_the_reason_once(finews, upstream):
    finews.settings |= {"FINEWS_ROBOTS_IGNORE": "other.example=x; 127.0.0.1=own server, a=b;", "LOG_LEVEL": "INFO"}
    done = finews("run")
    assert upstream.requests["robots"] == 0
    assert finews.summary().articles == 10
    assert done.stderr.count("robots.txt of 127.0.0.1 is neither requested nor obeyed: own server, a=b") == 1


def test_an_exception_is_only_for_its_host(finews, upstream):
    finews.settings["FINEWS_ROBOTS_IGNORE"] = "localhost=own server"
    finews("run", code=1)
    assert upstream.requests == {"robots": 1}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("127.0.0.1", "127.0.0.1 needs a reason"),
        ("a.example=x; 127.0.0.1= ", "127.0.0.1 needs a reason"),
        ("=own server", "'' is not a host"),
        ("http://a.example=x", "'http://a.example' is not a host"),
        ("a.example:80=x", "'a.example:80' is not a host"),
        ("a.example,b.example=x", "'a.example,b.example' is not a host"),
    ],
)
@pytest.mark.parametrize("command", [["run"], ["scrapy", "crawl", "feed"]], ids=["run", "scrapy"])
def test_an_exception_without_host_or_reason_is_refused_in_one_line(finews, upstream, command, value, message):
    done = finews(*command, code=2, FINEWS_ROBOTS_IGNORE=value, LOG_LEVEL="WARNING")
    assert f"FINEWS_ROBOTS_IGNORE: {message}" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not upstream.log
