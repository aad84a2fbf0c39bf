"""An article's page: Eastmoney's desktop templates since 2017 and the old mobile page.

``div.contentwrap`` (2021 to 2026), ``div.newsContent`` (2017 to 2021) and ``div.content_text``, as several clients read
them; the mobile page's ``.atitle``, ``.digest_content``, ``#xgstock`` and ``article#zwtext``, as seen in 2017.
"""

from collections.abc import Iterator

from lxml import etree
from parsel import Selector

from finews_spider.articles import fields
from finews_spider.articles.links import eastmoney_code
from finews_spider.errors import ArticleGone, SourceError
from finews_spider.items import Article
from finews_spider.sources.header import find_media, find_time
from finews_spider.sources.html import inner, read_html, text_of

# Searching a whole page takes as long as parsing it, so only the text is searched for; all else is around the text.
BODY = (
    "//*[@id='ContentBody'] | //article[@id='zwtext']",
    "//div[contains(concat(' ', normalize-space(@class), ' '), ' content_text ')]",
)
AROUND = "ancestor::div[contains(@class, 'contentwrap') or contains(@class, 'newsContent')] | ancestor::body | /*"
OWN = "/html/head/link[@rel='canonical']/@href | /html/head/meta[@property='og:url']/@content"
TITLES = (".//*[@id='topbox']//div[contains(@class, 'title')]", ".//h1", ".//*[contains(@class, 'atitle')]")
ABOUT = ("info", "time", "source")
"""Elements before the text whose class contains one of these hold the time and the publication."""
DIGESTS = (
    ".//div[@class='abstract']//div[contains(@class, 'txt')]",
    ".//*[contains(@class, 'b-review')]",
    ".//*[contains(@class, 'digest_content')]",
)
DESCRIPTION = "/html/head/meta[@name='description']/@content"
STOCKS = ".//*[@id='xgstock']//a/@data-code"
SITE = "_东方财富网"


def parse(body: bytes, code: str, content_type: str = "") -> Article:
    """Return the article *code* with the fields that its page has.

    :param content_type: the HTTP header, which may name the encoding.
    :raises ArticleGone: the page has no text of an article.
    :raises SourceError: the answer is no web page, or the page of another article.
    """
    page = read_html(body, content_type)
    if b"</html" not in body.lower():
        raise SourceError(f"the page of {code} is cut off", body)
    own = eastmoney_code(page.xpath(OWN).get() or "")
    if own and own != code:
        raise SourceError(f"asked for {code}, got {own}", body)
    found = next(filter(None, map(page.xpath, BODY)), None)
    fragment = inner(found[0].root) if found else ""
    if not found or not (text_of(found[0]) or "<img" in fragment):
        raise ArticleGone(f"the page of {code} has no text")
    around = found.xpath(AROUND)[-1]
    about = list(_about(around.root, found[0].root))
    return Article(
        code=code,
        title=_first(around, TITLES) or fields.plain(page.xpath("//title/text()").get()).removesuffix(SITE),
        digest=_first(around, DIGESTS) or fields.plain(page.xpath(DESCRIPTION).get()),
        body=fragment,
        published_at=find_time(about, code),
        media=find_media(about),
        stocks=fields.stocks(around.xpath(STOCKS).getall()),
    )


def _about(around: etree._Element, text: etree._Element) -> Iterator[etree._Element]:
    """Yield the elements before *text* that hold its time and publication, each with its descendants."""
    holders = {text, *text.iterancestors()}
    walk = etree.iterwalk(around, events=("start",))
    for _, element in walk:
        if element is text:
            return
        if element not in holders and any(part in (element.get("class") or "").lower() for part in ABOUT):
            yield from (each for each in element.iter() if isinstance(each.tag, str))
            walk.skip_subtree()


def _first(around: Selector, paths: tuple[str, ...]) -> str:
    return next(filter(None, (_text(around, path) for path in paths)), "")


def _text(around: Selector, path: str) -> str:
    found = around.xpath(path)
    return text_of(found[0]) if found else ""
