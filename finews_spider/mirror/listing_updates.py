"""The pages and files that name posts: lists, category pages, years and the search index."""

import errno
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from finews_spider.articles import body, bounds, fields
from finews_spider.errors import OF_ONE_FILE, MirrorError
from finews_spider.items import Article
from finews_spider.mirror import article_stocks, listings, reprints, site_data, stock_directory
from finews_spider.mirror.categories import category_page, escape_path
from finews_spider.mirror.feeds import Feeds, path_of
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.listings import LONGEST_TITLE, Head, ListKind, ListPageKey
from finews_spider.mirror.post import MEDIA_TAG_SUFFIX, ROLL_CATEGORY, ROLL_TAG, media_of, render_category
from finews_spider.mirror.reprints import StoryPost
from finews_spider.mirror.rows import Row
from finews_spider.mirror.search import index as search
from finews_spider.mirror.search import stocks as search_stocks
from finews_spider.mirror.search.segments import Entry as SearchEntry
from finews_spider.mirror.site_data import Publication
from finews_spider.stores.records import Post

NO_CATEGORY = "新闻"
"""Title of the page of posts without a category; the original tagged these posts so."""
OF_ONE_LIST = OF_ONE_FILE | {errno.ENOTDIR}
"""The disk's errors where something else has the path of one list."""


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post, with what its lists show of it."""

    post: Post
    url: str
    key: str
    """Names the page and the list of its category (:mod:`finews_spider.mirror.category_names`)."""
    name: str
    """Its category's name for readers."""
    earlier_stocks: Collection[str]
    """Stocks that only earlier versions of the article named. Their lists may still hold the post."""

    @property
    def day(self) -> str:
        return f"{self.post.article.published_at:%Y-%m-%d}"


class Entries(NamedTuple):
    """What lists and search index write for a post."""

    row: Row
    search: SearchEntry
    stocks: dict[str, str]
    """Quote code → the stock's name in the article, empty where it has none."""
    modified: str
    """When the article was last modified, ISO 8601."""
    unmarked: list[str]
    """The stocks that the body doesn't mark."""


def entries_of(listed: ListedPost) -> Entries:
    """Return the entries of a post.

    :raises Exception: the article can't be listed.
    """
    article, row, stocks = listed.post.article, _row_of(listed), _stocks_of(listed.post.article)
    named = (*stocks, *filter(None, stocks.values()))
    parts = (article.title, _publication_of(article), article.digest, *named, body.lines_of(article.body))
    entry = SearchEntry(row, "\n".join(parts), "\n".join(named))
    f"{row.url}{row.title}{row.media}{listed.name}{entry.text}".encode()  # fails here where it isn't Unicode
    return Entries(row, entry, stocks, row.updated or row.time, article_stocks.unmarked_stocks(article))


def _row_of(listed: ListedPost) -> Row:
    article = listed.post.article
    assert article.published_at is not None
    time = article.published_at.isoformat(timespec="seconds")
    updated = article.revised_at.isoformat(timespec="seconds") if article.revised_at else ""
    title, media = (bounds.cut(text, LONGEST_TITLE) for text in (article.title, _publication_of(article)))
    return Row(time, listed.url, title, media, updated)


def _stocks_of(article: Article) -> dict[str, str]:
    """Return the quote code of each stock → the stock's name in the article, empty where it has none."""
    names = {stock: name for stock, name in body.stock_names_of(article.body).items() if not _is_code(name, stock)}
    # The codes are checked again here, for an article stored by an earlier version.
    return {stock: names.get(stock, "") for stock in fields.stocks(article.stocks)}


def _publication_of(article: Article) -> str:
    """Return the publication: in roll layout that which the body names as its source, if the list named none."""
    if article.layout == "media":
        return media_of(article)
    tag = (article.tag or ROLL_TAG).removesuffix(MEDIA_TAG_SUFFIX)
    return article.media or body.source_of(article.body) or tag


def _is_code(name: str, stock: str) -> bool:
    """Whether what an article calls *stock* is its code, with or without its market."""
    return bool(name) and name.upper().endswith(stock.partition(".")[2].upper()) and name.isascii()


class SiteOptions(NamedTuple):
    """What the owner decides about the pages around the posts."""

    home_hours: int = 24
    """The home page, with its parts, and the feed reach back so far at least."""
    feed_text: bool = False
    """The feeds have the whole text of the articles."""
    folds_stories: bool = True
    """A list and its feed show a story once."""


class ListingUpdates:
    """Collects what posts change in the lists and in the search index, and writes all of it together."""

    def __init__(self, options: SiteOptions) -> None:
        self.options = options
        self.titles: dict[tuple[ListKind, str], str] = {}
        self.rows: defaultdict[tuple[ListKind, str], dict[str, Row | None]] = defaultdict(dict)
        """List → URL → the post's row, or None to remove it."""
        self.entries: defaultdict[str, dict[str, SearchEntry | None]] = defaultdict(dict)
        """Day → URL → the post's entry in the search index, or None to remove it."""
        self.categories: dict[str, str] = {}
        """Key of a category's page → the category."""
        self.roll_categories: set[str] = set()
        self.modified: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
        """Day → URL → when the post was last modified; None where it is gone."""
        self.unmarked: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
        """Day → URL → the stocks that the post's body doesn't mark."""
        self.stories: dict[str, list[StoryPost]] = {}
        """Story → its posts, the first one first."""

    def add(self, listed: ListedPost, entries: Entries) -> None:
        """Add a post to its lists and to the search index, or replace it there. This doesn't fail."""
        self._set(listed, entries)
        self._remove_from_stocks(listed.url, {*listed.earlier_stocks, *listed.post.article.stocks} - {*entries.stocks})
        self._set_rows(listed, entries.row, entries.stocks)

    def add_story(self, story: str, posts: Sequence[ListedPost]) -> None:
        """Let the lists show that *posts* tell one story, and the page of each post that there are the others.

        :param posts: all of the story that have a page, the first one first.
        """
        first = posts[0].post.article.code if posts else ""
        rows = [_row_of(each)._replace(story=first if each.post.article.code != first else "") for each in posts]
        self.stories[story] = [StoryPost(row.time, row.url, row.media) for row in rows]
        if self.options.folds_stories:
            for listed, row in zip(posts, rows, strict=True):
                self._set_rows(listed, row, _stocks_of(listed.post.article))

    def remove(self, listed: ListedPost) -> None:
        """Remove a post from all lists and from the search index."""
        self._set(listed, None)
        self._remove_from_stocks(listed.url, [*listed.post.article.stocks, *listed.earlier_stocks])

    def _set(self, listed: ListedPost, entries: Entries | None) -> None:
        day = listed.day
        self._set_rows(listed, entries and entries.row, {})
        self.entries[day][listed.url] = entries and entries.search
        self.modified[day][listed.url] = entries and entries.modified
        self.unmarked[day][listed.url] = entries.unmarked if entries else []

    def _set_rows(self, listed: ListedPost, row: Row | None, stocks: Mapping[str, str]) -> None:
        article, day, key = listed.post.article, listed.day, listed.key
        self.titles["archive", day] = day
        self.titles["category", key] = listed.name or (key and article.tag) or key or NO_CATEGORY
        self.categories[key] = listed.post.category
        if article.layout == "roll":
            self.roll_categories.add(key)
        self.rows["archive", day][listed.url] = row
        self.rows["category", key][listed.url] = row
        for stock, name in stocks.items():
            self.rows["stock", stock.upper()][listed.url] = row and row._replace(stock=name)

    def _remove_from_stocks(self, url: str, stocks: Iterable[str]) -> None:
        for stock in filter(stock_directory.CODE.fullmatch, stocks):
            self.rows["stock", stock.upper()][url] = None

    def write(self, folder: MirrorFolder) -> None:
        """Write the pages and files that change. If one list can't be written, the others are written all the same.

        :raises MirrorError: the folder, or one of the lists, can't be read or written.
        """
        failed: list[MirrorError] = []
        for write in self._writers(folder):
            try:
                write()
            except MirrorError as error:
                if not error.disk or error.disk.errno not in OF_ONE_LIST:
                    raise
                failed.append(error)
        if failed:
            raise failed[0]

    def _writers(self, folder: MirrorFolder) -> Iterator[Callable[[], object]]:
        """Give a function for each list, page or index that must be written."""
        heads: dict[tuple[ListKind, str], Head | None] = {}
        publications: list[Publication] = []
        feeds = Feeds(folder, has_text=self.options.feed_text)

        def update_list(kind: ListKind, key: str, rows: dict[str, Row | None]) -> None:
            title = bounds.cut(self.titles.get((kind, key), ""), LONGEST_TITLE)
            list_key = ListPageKey(kind, key, title)
            heads[kind, key] = listings.update(folder, list_key, rows)
            if kind != "archive":
                feeds.update(list_key, heads[kind, key], rows, self._page_url(list_key))

        def write_category(key: str) -> None:
            page, name = category_page(key, is_roll=key in self.roll_categories), self.titles["category", key]
            head = heads.get(("category", key))
            rows = [row.values() for row in head.rows[: listings.PAGE]] if head else []
            folder.write(page.file, render_category(name, self.categories[key], page.permalink, rows))
            if key != ROLL_CATEGORY:
                list_key = ListPageKey("category", key)
                feed = f"/{escape_path(path_of(list_key, 'xml'))}" if head else ""
                publications.append(Publication(self.categories[key], self._page_url(list_key), name, feed))

        for (kind, key), rows in self.rows.items():
            yield partial(update_list, kind, key, rows)
        for kind, key in self.titles:
            if kind == "category":
                yield partial(write_category, key)
        yield partial(article_stocks.update, folder, heads, self.unmarked)
        yield partial(reprints.update, folder, heads, self.stories, self.modified)
        if self.entries:
            yield partial(search.update, folder, self.entries)
        if self.titles:
            yield partial(_update_stocks, folder, heads)
            yield lambda: site_data.update(folder, heads, publications, self.modified, feeds, self.options.home_hours)

    def _page_url(self, key: ListPageKey) -> str:
        """Return the URL of the page of a publication or of a stock, from the site's root on."""
        if key.kind != "category":
            return f"/{key.path().removesuffix('index.html')}"
        page = category_page(key.key, is_roll=key.key in self.roll_categories)
        return page.permalink or f"/{escape_path(page.file.removesuffix('index.html'))}"


def _update_stocks(folder: MirrorFolder, heads: Mapping[tuple[ListKind, str], Head | None]) -> None:
    """Bring the directory of stocks up to date, and what the search page finds of it."""
    changed = {key: head for (kind, key), head in heads.items() if kind == "stock"}
    search_stocks.update(folder, stock_directory.update(folder, changed).values())
