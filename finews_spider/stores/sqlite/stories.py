"""The stories of an SQLite store: which articles are reprints of one another.

The table ``sketches`` finds articles with similar texts: it has the smallest hashes of each text (``stories.py`` of the
articles). The column ``story`` is NULL while nobody has looked for an article's reprints, which is so for the articles
of an earlier finews until :meth:`SqliteStories.fill_stories` has come to them.
"""

import json
from collections.abc import Collection, Sequence
from datetime import timedelta
from sqlite3 import Row
from typing import Any

from finews_spider.articles import readings, stories
from finews_spider.items import Article
from finews_spider.stores.base import Access, MirrorStore
from finews_spider.stores.records import Post
from finews_spider.stores.rules import LARGEST_STORY, likeliest, story_rank
from finews_spider.stores.sqlite.connection import SqliteConnection
from finews_spider.stores.sqlite.rows import load_article, load_post, time_of
from finews_spider.stores.upgrade import Upgrade
from finews_spider.times import SHANGHAI

LOOK_UP = """
SELECT value AS key, (
    SELECT group_concat(code) FROM (SELECT code FROM sketches WHERE key = value ORDER BY day DESC LIMIT 8)
    ) AS codes
FROM json_each(?) WHERE codes IS NOT NULL
"""
"""A key that many articles have, such as the first words of a routine notice, gives the newest eight of them."""
COUNT = """
SELECT count(*) FROM (
    SELECT story FROM articles WHERE story != '' {} GROUP BY story HAVING count(*) > 1 + (
        SELECT count(*) FROM articles AS twin
        WHERE twin.duplicate_of = articles.story AND twin.duplicate_of != '' AND twin.post_path = ''))
"""
"""A duplicate has the text of its first article, so both are in one story. Only rows of duplicates are read."""
AMONG = "AND story IN (SELECT value FROM json_each(?))"
WEEK = stories.DAYS + 1
"""Days of a *week*. An article within DAYS of another one is in the same week, or in the one before or after it."""
FIRST_DAY = 726_468
"""1 January 1990, on which the first week begins."""
HASH_BITS = 32
HASH = (1 << HASH_BITS) - 1
BATCH = 200
"""Articles of an earlier finews that are looked at in one transaction."""


class SqliteStories(SqliteConnection, MirrorStore):
    """Finds and changes stories. The methods with an underscore run in the caller's transaction."""

    async def open(self) -> None:
        await super().open()
        if self._access is not Access.READ:
            try:
                await self.fill_stories()
            except BaseException:
                await self.close()
                raise

    async def story_posts(self, names: Sequence[str]) -> dict[str, list[Post]]:
        query = (
            "SELECT a.*, t.code IS NOT NULL AS taken_down FROM articles a LEFT JOIN takedowns t ON t.code = a.code "
            "WHERE story IN (SELECT value FROM json_each(?)) AND story != '' "
            "AND (duplicate_of = '' OR post_path != '') "
            "ORDER BY a.code != story, published_at, a.code"
        )
        found: dict[str, list[Post]] = {}
        for post in await self._records(load_post, query, [json.dumps(list(names))]):
            found.setdefault(post.article.story, []).append(post)
        return found

    async def count_stories(self, names: Collection[str] | None = None) -> int:
        return await self._do(self._count_stories, names)

    def _count_stories(self, names: Collection[str] | None) -> int:
        is_asked, values = ("", []) if names is None else (AMONG, [json.dumps(list(names))])
        return int(self._db.execute(COUNT.format(is_asked), values).fetchone()[0])

    async def fill_stories(self) -> None:
        """Look for the reprints of all articles for which nobody has. What is done stays done where it is stopped."""
        if total := await self._do(self._unread):
            with Upgrade(total) as upgrade:
                while done := await self._do(self._fill):
                    upgrade.add(done)

    def _unread(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM articles WHERE story IS NULL").fetchone()[0])

    def _fill(self) -> int:
        query = f"SELECT * FROM articles WHERE story IS NULL ORDER BY published_at, code LIMIT {BATCH}"
        with self._transaction():
            rows = self._rows(query)
            self._rows_in("UPDATE articles SET story = '' WHERE code IN (?)", [row["code"] for row in rows])
            self._find_stories(list(map(load_article, rows)))
        return len(rows)

    def _find_stories(self, articles: Sequence[Article]) -> None:
        """Remember the sketches of articles that are stored and in no story, and put each into its story."""
        read = [(article, readings.read(article.title, article.body)) for article in articles]
        rows = [row for article, reading in read for row in sketch_rows(article, reading.sketch())]
        self._db.executemany("INSERT OR IGNORE INTO sketches VALUES (:key, :day, :code)", rows)
        asked = [_asked(article, reading) for article, reading in read]
        # One query for all articles: with a query for each, two threads would hand Python's lock over all the time.
        found = self._rows(LOOK_UP, [json.dumps(list({key for keys in asked for key in keys}))])
        having = {row["key"]: row["codes"].split(",") for row in found}
        later = {article.code for article in articles}
        for (article, reading), keys in zip(read, asked, strict=True):
            later.discard(article.code)  # these find this article when it is their turn
            sharing = [(key & HASH, code) for key in keys for code in having.get(key, ()) if code not in later]
            self._find_story(article, reading, sharing)

    def _find_story(self, article: Article, reading: readings.Reading, sharing: list[tuple[int, str]]) -> None:
        """Put an article into the story that it tells.

        :param sharing: the hash and the code of each article that shares a hash of its sketch.
        """
        article.story = ""
        likely = likeliest(sharing, article.code, len(reading.sketch(readings.ASKED)))
        if likely and (matching := self._matching(article, reading, likely)):
            names = {row["story"] for row in matching} - {"", None}
            alone = {row["code"] for row in matching if not row["story"]} | {article.code}
            members = self._members(names) + self._rows_in(f"{MEMBERS} WHERE code IN (?)", list(alone))
            if len(members) <= LARGEST_STORY:
                article.story = self._name(members, is_seen=not article.duplicate_of)

    def _matching(self, article: Article, reading: readings.Reading, likely: list[str]) -> list[Row]:
        """Return the rows of the articles among *likely* of which *article* is a reprint."""
        query = "SELECT code, title, body, published_at, story FROM articles WHERE code IN (?)"
        return [
            row
            for row in self._rows_in(query, likely)
            if _are_near(article, row) and stories.is_reprint(reading, readings.read(row["title"], row["body"]))
        ]

    def _leave_story(self, article: Article) -> None:
        """Forget the sketch of an article that gets another text, and take it out of its story."""
        forget = "DELETE FROM sketches WHERE key = :key AND day = :day AND code = :code"
        self._db.executemany(forget, sketch_rows(article, readings.read(article.title, article.body).sketch()))
        if article.story:
            self._db.execute("UPDATE articles SET story = '' WHERE code = ?", (article.code,))
            self._name(self._members({article.story}), is_seen=not article.duplicate_of)

    def _name(self, members: list[Row], *, is_seen: bool) -> str:
        """Give a story the code of its first article, and return the code. A story of a single article ends.

        :param is_seen: mark its posts for export; not needed where only a duplicate without a post joined or left it.
        """
        first = min(map(dict, members), key=story_rank)["code"] if len(members) > 1 else ""
        change = f"UPDATE articles SET story = ?{f', {MARK}' if is_seen else ''} WHERE code = ?"
        self._db.executemany(change, [(first, row["code"]) for row in members])
        return first

    def _members(self, names: set[str]) -> list[Row]:
        return self._rows_in(f"{MEMBERS} WHERE story IN (?) AND story != ''", list(names))

    def _mark_story(self, code: str) -> None:
        """Mark the posts of the story of *code* for export. A duplicate without a post changes none."""
        story = "(SELECT story FROM articles WHERE code = ? AND (duplicate_of = '' OR post_path != ''))"
        self._db.execute(f"UPDATE articles SET {MARK} WHERE story = {story} AND story != ''", (code,))


MEMBERS = "SELECT code, published_at, duplicate_of, story FROM articles"
MARK = "export_pending = export_pending OR post_path != ''"


def sketch_rows(article: Article, sketch: list[int]) -> list[dict[str, Any]]:
    """Return the rows of an article in the table ``sketches``."""
    day = _day(article)
    return [{"key": _key(each, _week(day)), "day": day, "code": article.code} for each in sketch]


def _asked(article: Article, reading: readings.Reading) -> list[int]:
    """Return the keys by which *article* is looked up: its hashes in each week in which its reprints may be."""
    day = _day(article)
    weeks = range(_week(day - stories.DAYS), _week(day + stories.DAYS) + 1)
    return [_key(each, week) for week in weeks for each in reading.sketch(readings.ASKED)]


def _key(hashed: int, week: int) -> int:
    """Return a hash with the week before it, so that the rows of a week, which are written together, lie together."""
    return hashed + (week << HASH_BITS)


def _week(day: int) -> int:
    return (day - FIRST_DAY) // WEEK


def _day(article: Article) -> int:
    assert article.published_at
    return article.published_at.astimezone(SHANGHAI).toordinal()


def _are_near(article: Article, row: Row) -> bool:
    """Return whether two articles were published within DAYS of each other."""
    shown = time_of(row["published_at"])
    assert article.published_at
    assert shown
    return abs(article.published_at - shown) <= timedelta(days=stories.DAYS)
