"""Reading an article page, beside parsel with bare selectors."""

import pytest

from finews_spider.sample import SampleNews, answers
from finews_spider.sources import page
from tests.benchmarks.measure import compare, within
from tests.benchmarks.references import page_selectors

AROUND = "".join(
    f'<li class="item{n}"><a href="/a/c{n}.html" title="栏目{n}">栏目{n}</a><span>更多</span></li>' for n in range(300)
)


def article_page() -> tuple[str, bytes]:
    """Return a page of about 40 KB: an article, and the links that surround one."""
    article = SampleNews(1000).article(555)
    content = answers.article_page(article, "https://sample.example").decode()
    return article.code, content.replace("<body>", f"<body><ul>{AROUND}</ul>").encode()


@pytest.mark.benchmark
def test_an_article_page(figure):
    code, body = article_page()
    read, expected = page.parse(body, code), page_selectors.read(body)
    assert read.title == expected["title"]
    assert f"{read.published_at:%Y年%m月%d日 %H:%M}" == expected["time"]
    assert read.body in expected["body"]
    ours, reference = compare(lambda: page.parse(body, code), lambda: page_selectors.read(body))
    what = f"reading one article page of {len(body) / 1e3:.0f} KB"
    figure(what, ours * 1e3, reference * 1e3, "parsel with bare selectors", goal=within(1.5), unit="ms")
