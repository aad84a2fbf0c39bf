import pytest
from scrapy import Request

from finews_spider.items import ArticleRef
from finews_spider.spiders.text_sources import TextSources
from tests.running import Runner

PAGE = "https://finance.sina.com.cn/stock/2026-09-29/doc-initmeav9622448.shtml"


@pytest.fixture
def sources(tmp_path):
    return TextSources(Runner(tmp_path).config(), "api")


@pytest.mark.parametrize("url", ["", "http://[x/", "http://", "javascript:alert(1)", "foo", "ftp://x.example/a"])
def test_a_row_whose_url_is_none_leads_to_no_request(sources, url):
    """Scrapy raises an error for most of these, which would end the callback and lose the other articles."""
    assert sources.of(ArticleRef(code="sina-nitmeav9622448", url=url)) == ()


@pytest.mark.parametrize("url", [PAGE, PAGE.removeprefix("https:"), f"{PAGE}?cre=tianyi#comments"])
def test_a_row_s_own_page_is_requested(sources, url):
    ref = ArticleRef(code="sina-nitmeav9622448", url=url)
    (source,) = sources.of(ref)
    assert Request(source.request_url(ref)).url.partition(":")[2] == PAGE.partition(":")[2]
