"""The stories of an SQLite store: which articles are reprints of one another.

The table ``sketches`` finds articles with similar texts: it has the smallest hashes of each text (``stories.py`` of the
articles). The column ``story`` is NULL while nobody has looked for an article's reprints, which is so for the articles
of an earlier finews until :meth:`SqliteStories.fill_stories` has come to them.
"""

import json
from collections.abc import Sequence
from datetime import timedelta
from sqlite3 import Row
from typing import Any

from finews_spider.articles import stories
from finews_spider.items import Article
from finews_spider.stores.base import Access, MirrorStore
from finews_spider.stores.records import Post
from finews_spider.stores.rules import LARGEST_STORY, likeliest, story_rank
from finews_spider.stores.sqlite.connection import SqliteConnection
from finews_spider.stores.sqlite.rows import load_article, load_post, time_of
from finews_spider.stores.upgrade import Upgrade
from finews_spider.times import SHANGHAI

LOOK_UP = " UNION ALL ".join(
    ["SELECT * FROM (SELECT key, code FROM sketches WHERE key = ? AND day BETWEEN ? AND ? ORDER BY day DESC LIMIT 8)"]
    * stories.ASKED
)
"""A key that many articles have, such as the first words of a routine notice, gives the newest eight of them."""
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
            for row in rows:
                self._find_story(load_article(row))
        return len(rows)

    def _find_story(self, article: Article) -> None:
        """Remember the sketch of an article that is stored and in no story, and put it into the story that it tells."""
        reading = stories.read(article.title, article.body)
        keys = reading.sketch(stories.ASKED)
        matching = self._matching(article, reading, keys)
        rows = sketch_rows(article, keys[: stories.KEPT])
        self._db.executemany("INSERT OR IGNORE INTO sketches VALUES (:key, :day, :code)", rows)
        article.story = ""
        if matching:
            names = {row["story"] for row in matching} - {"", None}
            alone = {row["code"] for row in matching if not row["story"]} | {article.code}
            members = self._members(names) + self._rows_in(f"{MEMBERS} WHERE code IN (?)", list(alone))
            if len(members) <= LARGEST_STORY:
                article.story = self._name(members, is_seen=not article.duplicate_of)

    def _matching(self, article: Article, reading: stories.Reading, keys: list[int]) -> list[Row]:
        """Return the rows of the articles of which *article* is a reprint, at most one of each story."""
        day = _day(article)
        asked = [value for key in keys for value in (key, day - stories.DAYS, day + stories.DAYS)]
        nothing = [None] * (3 * stories.ASKED - len(asked))
        found = [(row["key"], row["code"]) for row in self._rows(LOOK_UP, [*asked, *nothing])]
        matching: list[Row] = []
        for code in likeliest(found, article.code, len(keys)):
            query = "SELECT code, title, body, published_at, story, duplicate_of FROM articles WHERE code = ?"
            row = self._db.execute(query, (code,)).fetchone()
            if row is None or (row["story"] and row["story"] in {each["story"] for each in matching}):
                continue
            if _are_near(article, row) and stories.is_reprint(reading, stories.read(row["title"], row["body"])):
                matching.append(row)
        return matching

    def _leave_story(self, article: Article) -> None:
        """Forget the sketch of an article that gets another text, and take it out of its story."""
        forget = "DELETE FROM sketches WHERE key = :key AND day = :day AND code = :code"
        self._db.executemany(forget, sketch_rows(article, stories.read(article.title, article.body).sketch()))
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
    return [{"key": key, "day": _day(article), "code": article.code} for key in sketch]


def _day(article: Article) -> int:
    assert article.published_at
    return article.published_at.astimezone(SHANGHAI).toordinal()


def _are_near(article: Article, row: Row) -> bool:
    """Return whether two articles were published within DAYS of each other."""
    shown = time_of(row["published_at"])
    assert article.published_at
    assert shown
    return abs(article.published_at - shown) <= timedelta(days=stories.DAYS)
