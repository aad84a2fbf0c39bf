import pytest
from scrapy import Request
from scrapy.exceptions import CannotResolveHostError, DownloadTimeoutError, IgnoreRequest
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError

from finews_spider.downloadermiddlewares.offsite import ReachMiddleware
from finews_spider.errors import ArticleGone, SourceError
from finews_spider.stats.failures import cause_of


def http(status):
    return HttpError(Response("http://news.example", status=status))


def refused():
    crawler = type("Crawler", (), {"spider": None, "stats": type("Stats", (), {"inc_value": print})()})
    with pytest.raises(IgnoreRequest) as error:
        ReachMiddleware(crawler).process_request(Request("http://other.example"))
    return error.value


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (http(404), "http_404"),
        (http(403), "http_403"),
        (http(418), "http_4xx"),
        (http(502), "http_5xx"),
        (DownloadTimeoutError(), "timeout"),
        (TimeoutError(), "timeout"),
        (CannotResolveHostError(), "connection"),
        (ConnectionResetError(), "connection"),
        (SourceError("it is no JSON"), "answer"),
        (ArticleGone("gone"), "answer"),
        (IgnoreRequest("Forbidden by robots.txt"), "robots"),
        (IgnoreRequest("news.example asked not to be asked for 90 s more"), "retry_later"),
        (IgnoreRequest("the crawl is ending"), "other"),
        (ValueError(), "other"),
        (None, "other"),
    ],
)
def test_every_failure_has_one_of_a_few_causes(error, cause):
    assert cause_of(error) == cause


def test_a_host_that_is_not_named_is_out_of_reach():
    assert cause_of(refused()) == "out_of_reach"
