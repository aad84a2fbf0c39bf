"""The commands for single articles: `finews fetch`, `show`, `search` and `list`.

Each command imports what it needs when it runs.
"""

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from finews_spider.cli.options import Media, Set, Since, Stock, Until, article_codes, json_option, read_config
from finews_spider.cli.output import mode, print_figures, say
from finews_spider.cli.usage import Command
from finews_spider.codes import label
from finews_spider.errors import FAILED, ConfigError
from finews_spider.i18n import Message

if TYPE_CHECKING:
    from finews_spider.config.config import Config
    from finews_spider.stores.base import QueryStore
    from finews_spider.stores.records import Known, Post, Selection

articles_app = typer.Typer()
BATCH = 1000
"""The most articles that are in memory at a time."""

Limit = Annotated[int, typer.Option(min=1, metavar="NUMBER", help="The most articles to show.")]
AsJson = Annotated[bool, json_option("Print each article in full, as one line of JSON.")]


@articles_app.command(
    cls=Command, epilog="Example: finews fetch https://finance.eastmoney.com/a/202206012399294452.html"
)
def fetch(
    *,
    links: Annotated[
        list[str],
        typer.Argument(
            metavar="LINK...", help="Links, codes or infoCodes of articles; @FILE reads them from a file, - from input."
        ),
    ],
    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch articles again that are stored already.")] = False,
    as_json: Annotated[bool, json_option("Print what became of each article, as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Fetch single articles, store them, write their posts, and say what came and where its post is.

    A run may be under way meanwhile.
    """
    import asyncio

    from finews_spider.cli import screen_articles
    from finews_spider.cli.export import check_writable
    from finews_spider.cli.options import scrapy_settings
    from finews_spider.cli.run import STOPPED, crawl_and_export
    from finews_spider.errors import MissingStoreError
    from finews_spider.spiders.newsshare import read_links
    from finews_spider.spiders.text_sources import TextSources

    config = read_config(overrides)
    settings = scrapy_settings(overrides)
    given = read_links(" ".join(links))
    sources = TextSources(config, "api")
    refs = {ref.code: ref for ref in map(sources.find, given) if ref}
    if not given:
        raise ConfigError("no link is given")
    if not refs:
        raise ConfigError("{link!r} is not an article", link=given[0])
    check_writable(config.mirror_dir)
    try:
        before, _ = asyncio.run(_look(config, list(refs)))
    except MissingStoreError:
        before = {}
    located = {code: sources.locate(ref, before.get(code)) for code, ref in refs.items()}
    codes = [code for code in refs if located[code] or (code in before and not refresh)]
    if not codes:
        raise ConfigError("{code} alone doesn't lead to its page; give the URL of the page", code=next(iter(refs)))
    try:
        urls = [source.request_url(ref) for ref in located.values() if ref for source in sources.of(ref)]
        again = "1" if refresh else ""
        crawled = crawl_and_export(settings, config, "newsshare", urls, links=" ".join(given), refresh=again)
    except KeyboardInterrupt:
        say(STOPPED)
        raise typer.Exit(FAILED) from None
    if crawled.is_exported:
        after, known = asyncio.run(_look(config, codes))
        for each in codes:
            fetched = screen_articles.Fetched(each, before.get(each), after.get(each), known.get(each))
            if as_json:
                print_figures(screen_articles.fetched_figures(fetched, config))
            elif not mode.quiet:
                screen_articles.print_fetched(fetched, config)
    raise typer.Exit(crawled.code)


async def _look(config: "Config", codes: Sequence[str]) -> "tuple[dict[str, Post], dict[str, Known]]":
    """Return code → post and code → what is known, for those of *codes* that the store knows."""
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access

    async with open_store(config.store, Access.READ) as store:
        return await store.posts_of(codes), await store.known(codes)


@articles_app.command(cls=Command, epilog="Example: finews show NW202206012399294452 --text")
def show(
    *,
    article: Annotated[str, typer.Argument(metavar="CODE", help="Code, infoCode or any link of an article.")],
    as_text: Annotated[bool, typer.Option("--text", help="Print title and text without markup.")] = False,
    as_json: Annotated[bool, json_option("Print everything as one line of JSON.")] = False,
    overrides: Set = None,
) -> None:
    """Show a stored article: title, time, publication, revisions, channels, reprints, its post and its URL."""
    import asyncio

    from finews_spider.cli import screen_articles

    if as_text and as_json:
        raise ConfigError("--text and --json are two formats; choose one")
    config = read_config(overrides)
    [code] = article_codes([article])
    posts, known = asyncio.run(_look(config, [code]))
    if code not in posts:
        if code in known and known[code].taken_down:
            raise ConfigError("{code} was taken down and isn't stored", code=label(code))
        raise ConfigError("{code} isn't stored", code=label(code))
    if as_text:
        screen_articles.print_text(posts[code].article)
    elif as_json:
        print_figures(screen_articles.figures(posts[code], config, known[code].listings))
    else:
        screen_articles.print_article(posts[code], config, known[code].listings)
        screen_articles.print_story(code, asyncio.run(_story(config, posts[code].article.story)))


async def _story(config: "Config", story: str) -> "list[Post]":
    """Return the posts of a story; of no story, none."""
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access

    if not story:
        return []
    async with open_store(config.store, Access.READ) as store:
        return (await store.story_posts([story])).get(story, [])


@articles_app.command(cls=Command, epilog="Example: finews search 贵州茅台 分红 --since 2026-01-01 --limit 5")
def search(  # noqa: PLR0913 -- each is an option
    *,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="Words that title or text has, all of them.")],
    since: Since = "",
    until: Until = "",
    media: Media = "",
    stock: Stock = "",
    limit: Limit = 20,
    as_json: AsJson = False,
    overrides: Set = None,
) -> None:
    """Search titles and texts of the stored articles, whatever their markup, case and width; the newest come first.

    The command reads the articles one after the other until it has --limit results: up to 15 seconds for 100,000
    articles, in constant memory. --since makes that less. The site's own search is quick, and finds what has a post.
    """
    from finews_spider.articles.text import search_words
    from finews_spider.stores.data import selection

    config = read_config(overrides)
    wanted = search_words(words)
    if not wanted:
        raise ConfigError("name a word to search for")
    _print_newest(config, selection(since, until, media, stock), wanted, limit, as_json=as_json)


@articles_app.command("list", cls=Command, epilog="Example: finews list --media 新京报 --since 2026-01-01 --limit 100")
def list_(
    *,
    since: Since = "",
    until: Until = "",
    media: Media = "",
    stock: Stock = "",
    limit: Limit = 20,
    as_json: AsJson = False,
    overrides: Set = None,
) -> None:
    """List the stored articles, the newest first, one a line."""
    from finews_spider.stores.data import selection

    config = read_config(overrides)
    _print_newest(config, selection(since, until, media, stock), [], limit, as_json=as_json)


def _print_newest(config: "Config", only: "Selection", words: list[str], limit: int, *, as_json: bool) -> None:
    """Print at most *limit* articles of *only* that have all *words*."""
    import asyncio

    from finews_spider.articles.text import has_words
    from finews_spider.cli import screen, screen_articles
    from finews_spider.cli.output import has_reader
    from finews_spider.stores import open_store
    from finews_spider.stores.base import Access

    def show(post: "Post") -> None:
        if as_json:
            print_figures(screen_articles.figures(post, config))
        else:
            screen_articles.print_row(post)

    async def work() -> int:
        read = found = 0
        async with open_store(config.store, Access.READ) as store:
            with screen.progress("articles", shown=bool(words)) as progress:
                async for post in _newest(store, only, BATCH if words else min(BATCH, limit)):
                    read += 1
                    if not words or has_words(post.article.title, post.article.body, words):
                        found += 1
                        show(post)
                    progress(read, None)
                    if found == limit or not has_reader():
                        break
        return found

    if not asyncio.run(work()):
        say(Message("No stored article has these words") if words else Message("No stored article is like that"))


async def _newest(store: "QueryStore", only: "Selection", batch: int) -> "AsyncIterator[Post]":
    """Yield the articles of *only* that weren't taken down, the newest first, reading *batch* articles at a time."""
    before = ""
    while posts := await store.posts(batch, before, only, newest_first=True):
        for post in posts:
            if not post.taken_down:
                yield post
        before = posts[-1].article.code
