"""What names posts besides their own files: lists, category pages, years, the search index."""

import errno
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from finews_spider.articles import body, fields
from finews_spider.errors import OF_ONE_FILE, MirrorError
from finews_spider.mirror import listings, search, site_data
from finews_spider.mirror.categories import escape, place
from finews_spider.mirror.folder import Folder
from finews_spider.mirror.listings import Head, Kind, Listing, Row, cut
from finews_spider.mirror.post import ROLL_CATEGORY, ROLL_TAG, media_of, render_category
from finews_spider.mirror.site_data import Publication
from finews_spider.stores.records import Post

NO_CATEGORY = "新闻"
"""What the page of the posts without a category is called, as the original tagged them."""
STOCK = re.compile(r"\d{1,3}\.[\w-]{1,20}", re.ASCII)
"""A quote code that may name a folder."""
OF_ONE_LIST = OF_ONE_FILE | {errno.ENOTDIR}
"""What the disk says where something else stands in the place of one list."""
BREAK = re.compile(r"</?(?:p|div|br|li|td|th|tr|h[1-6])\b", re.IGNORECASE)


class Changes:
    """Gathers what posts change in the lists and the search index, and writes it in one go."""

    def __init__(self) -> None:
        self.titles: dict[tuple[Kind, str], str] = {}
        self.rows: defaultdict[tuple[Kind, str], dict[str, Row | None]] = defaultdict(dict)
        self.entries: defaultdict[str, dict[str, search.Entry | None]] = defaultdict(dict)
        self.categories: dict[str, str] = {}
        """What the page of a category is called → the category."""
        self.roll_categories: set[str] = set()
        self.moments: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
        """Day → URL → when its post was last modified; None where it is gone."""

    def add(self, post: Post, url: str, key: str, name: str, earlier_stocks: Iterable[str]) -> Callable[[], None]:
        """Return what lists *post*, to be called when its file is there; it doesn't fail.

        :param key: what its category's page and list are called.
        :param name: of its category, as a person calls it.
        :param earlier_stocks: stocks that list it no longer.
        :raises Exception: the article can't be listed.
        """
        article = post.article
        assert article.published_at is not None
        shown = article.published_at.isoformat(timespec="seconds")
        modified = (article.revised_at or article.published_at).isoformat(timespec="seconds")
        media = article.media or (article.tag or ROLL_TAG).removesuffix("新闻")
        media = media_of(article) if article.layout == "media" else media
        row = Row(shown, url, cut(article.title), cut(media))
        stocks = fields.stocks(article.stocks)  # an article that was stored earlier may have others
        names = body.stock_names_of(article.body)
        text = fields.plain(body.without_markup(BREAK.sub(r"\n\g<0>", article.body)))
        known = (names[stock] for stock in stocks if stock in names)
        entry = search.Entry(row, "\n".join((article.title, media, article.digest, *stocks, *known, text)))
        "\n".join((*row, name, entry.text)).encode()  # what is no Unicode fails here, not in the pages of all

        def listing() -> None:
            day = self._title(post, key, name)
            self.rows["archive", day][url] = self.rows["category", key][url] = row
            self._drop(url, {*earlier_stocks, *article.stocks} - {*stocks})
            for stock in stocks:
                self.rows["stock", stock.upper()][url] = row._replace(stock=names.get(stock, ""))
            self.entries[day][url] = entry
            self.moments[day][url] = modified

        return listing

    def remove(self, post: Post, url: str, key: str, name: str, earlier_stocks: Iterable[str]) -> None:
        """Take *post* out of all lists; the parameters are those of :meth:`add`."""
        article = post.article
        day = self._title(post, key, name)
        self.rows["archive", day][url] = self.rows["category", key][url] = None
        self._drop(url, [*article.stocks, *earlier_stocks])
        self.entries[day][url] = self.moments[day][url] = None

    def _title(self, post: Post, key: str, name: str) -> str:
        """Remember what the lists of *post* are called, and return its day."""
        day = f"{post.article.published_at:%Y-%m-%d}"
        self.titles["archive", day] = day
        self.titles["category", key] = name or (key and post.article.tag) or key or NO_CATEGORY
        self.categories[key] = post.category
        if post.article.layout == "roll":
            self.roll_categories.add(key)
        return day

    def _drop(self, url: str, stocks: Iterable[str]) -> None:
        for stock in filter(STOCK.fullmatch, stocks):
            self.rows["stock", stock.upper()][url] = None

    def write(self, folder: Folder) -> None:
        """Write the pages and files that change; where one of them can't be written, the others nevertheless.

        :raises MirrorError: the folder, or one of them, can't be read or written.
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

    def _writers(self, folder: Folder) -> Iterator[Callable[[], object]]:
        heads: dict[tuple[str, str], Head | None] = {}
        publications: dict[str, Publication] = {}

        def update_list(kind: Kind, key: str, rows: dict[str, Row | None]) -> None:
            listing = Listing(kind, key, cut(self.titles.get((kind, key), "")))
            heads[kind, key] = listings.update(folder, listing, rows)

        def write_category(key: str) -> None:
            where, name = place(key, is_roll=key in self.roll_categories), self.titles["category", key]
            head = heads.get(("category", key))
            rows = [row[:4] for row in head.rows[: listings.PAGE]] if head else []
            folder.write(where.file, render_category(name, self.categories[key], where.permalink, rows))
            if key != ROLL_CATEGORY:
                url = where.permalink or f"/{escape(where.file.removesuffix('index.html'))}"
                publications[where.file] = Publication(self.categories[key], url, name)

        for (kind, key), rows in self.rows.items():
            yield partial(update_list, kind, key, rows)
        for kind, key in self.titles:
            if kind == "category":
                yield partial(write_category, key)
        if self.entries:
            yield partial(search.update, folder, self.entries)
        if self.titles or not folder.exists(site_data.ARCHIVE):
            yield lambda: site_data.update(folder, heads, publications, self.moments)
