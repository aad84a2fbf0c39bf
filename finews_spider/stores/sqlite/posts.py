"""The posts of an SQLite store."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain

from finews_spider.stores.records import ALL, Alias, Post, Selection, Takedown
from finews_spider.stores.rules import fold, free_slug, new_aliases
from finews_spider.stores.sqlite.rows import dump_aliases, iso, load_aliases, load_post, load_slug, load_takedown
from finews_spider.stores.sqlite.stories import SqliteStories


class SqlitePosts(SqliteStories):
    """See :class:`MirrorStore`."""

    async def pending(self, limit: int, after: str = "") -> list[Post]:
        return await self._posts("export_pending = 1 AND a.code > ?", [after], limit)

    async def posts(
        self, limit: int, after: str = "", only: Selection = ALL, *, newest_first: bool = False
    ) -> list[Post]:
        conditions = {
            f"a.code {'<' if newest_first else '>'} ?": after,
            "published_at >= ?": iso(only.since),
            "published_at < ?": iso(only.until),
            "media = ?": only.media,
            "? IN (SELECT value FROM json_each(stocks))": only.stock,
        }
        wanted: dict[str, list[str | None]] = {name: [value] for name, value in conditions.items() if value}
        if only.changed:
            seen, revised = map(iso, only.changed)
            wanted["(first_seen_at >= ? OR gone_at >= ? OR revised_at >= ?)"] = [seen, seen, revised]
        order = "DESC" if newest_first else "ASC"
        return await self._posts(" AND ".join(wanted) or "1", list(chain(*wanted.values())), limit, order)

    async def _posts(self, condition: str, values: list[str | None], limit: int, order: str = "ASC") -> list[Post]:
        query = (
            "SELECT a.*, t.code IS NOT NULL AS taken_down FROM articles a LEFT JOIN takedowns t ON t.code = a.code "
            f"WHERE {condition} ORDER BY a.code {order} LIMIT {limit}"
        )
        return await self._records(load_post, query, values)

    async def posts_of(self, codes: Sequence[str]) -> dict[str, Post]:
        condition = "a.code IN (SELECT value FROM json_each(?))"
        found = await self._posts(condition, [json.dumps(list(codes))], len(codes))
        return {post.article.code: post for post in found}

    async def add_aliases(self, aliases: Mapping[str, Sequence[Alias]]) -> None:
        await self._do(self._add_aliases, aliases)

    def _add_aliases(self, aliases: Mapping[str, Sequence[Alias]]) -> None:
        with self._transaction():
            for row in self._rows_in("SELECT code, post_aliases FROM articles WHERE code IN (?)", list(aliases)):
                known = load_aliases(row["post_aliases"])
                if new := new_aliases(known, aliases[row["code"]]):
                    values = (dump_aliases([*known, *new]), row["code"])
                    self._db.execute("UPDATE articles SET post_aliases = ?, export_pending = 1 WHERE code = ?", values)

    async def mark_exported(self, posts: Sequence[Post]) -> None:
        marks = (
            "UPDATE articles SET post_path = ?, post_category = ?, post_old = ?, "
            "export_pending = ? OR content_hash != ? OR image_files != ? OR post_aliases != ? "
            "OR coalesce(story, '') != ? OR (code IN (SELECT code FROM takedowns)) != ? WHERE code = ?"
        )
        await self._do(self._save_many, marks, [_mark(post) for post in posts])

    async def requeue(self) -> int:
        return await self._do(self._requeue, "duplicate_of = '' OR post_path != ''")

    async def requeue_by_age(self, before: datetime) -> int:
        # Each of the two updates finds its few rows by the index.
        moved = await self._do(self._requeue, "post_path != '' AND post_old = 0 AND published_at < ?", iso(before))
        back = await self._do(self._requeue, "post_path != '' AND post_old = 1 AND published_at >= ?", iso(before))
        return moved + back

    def _requeue(self, condition: str, *values: str | None) -> int:
        with self._transaction():
            return self._db.execute(f"UPDATE articles SET export_pending = 1 WHERE {condition}", values).rowcount

    async def image_users(self, paths: Sequence[str]) -> dict[str, set[str]]:
        users: dict[str, set[str]] = {}
        query = (
            "SELECT path, i.code FROM images AS i JOIN articles AS a ON a.code = i.code WHERE path IN (?) "
            "AND (duplicate_of = '' OR post_path != '') AND i.code NOT IN (SELECT code FROM takedowns)"
        )
        for row in await self._do(self._rows_in, query, paths):
            users.setdefault(row["path"], set()).add(row["code"])
        return users

    async def slugs(self) -> dict[str, str]:
        return dict(await self._records(load_slug, "SELECT slug, name FROM slugs"))

    async def slug_of(self, name: str, wanted: str) -> str:
        return await self._do(self._slug_of, name, wanted)

    def _slug_of(self, name: str, wanted: str) -> str:
        with self._transaction():
            row = self._db.execute("SELECT slug FROM slugs WHERE name = ?", (name,)).fetchone()
            if row:
                return str(row["slug"])
            slug = free_slug(wanted, {row["folded"] for row in self._rows("SELECT folded FROM slugs")})
            self._db.execute("INSERT INTO slugs VALUES (?, ?, ?)", (name, slug, fold(slug)))
            return slug

    async def twins(self, code: str) -> list[Post]:
        first = "(SELECT iif(duplicate_of = '', code, duplicate_of) FROM articles WHERE code = ?)"
        same = f"(a.code = {first} OR a.duplicate_of = {first} AND a.duplicate_of != '') AND a.code != ?"
        return await self._posts(same, [code, code, code], -1)

    async def take_down(self, code: str, reason: str, now: datetime) -> bool:
        return await self._do(self._take_down, code, reason, now)

    def _take_down(self, code: str, reason: str, now: datetime) -> bool:
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO takedowns VALUES (?, ?, ?)", (code, reason, iso(now)))
            self._mark_story(code)
            return bool(self._db.execute("UPDATE articles SET export_pending = 1 WHERE code = ?", (code,)).rowcount)

    async def restore(self, code: str) -> bool:
        return await self._do(self._restore, code)

    def _restore(self, code: str) -> bool:
        with self._transaction():
            self._mark_story(code)
            has_post = "code = ? AND (duplicate_of = '' OR post_path != '')"
            self._db.execute(f"UPDATE articles SET export_pending = 1 WHERE {has_post}", (code,))
            return bool(self._db.execute("DELETE FROM takedowns WHERE code = ?", (code,)).rowcount)

    async def takedowns(self) -> list[Takedown]:
        return await self._records(load_takedown, "SELECT * FROM takedowns ORDER BY at DESC, code DESC")


def _mark(post: Post) -> tuple[str | bool, ...]:
    """Return the values of the statement in ``mark_exported``: place, mark, what the post was written from, code."""
    article = post.article
    images, aliases = json.dumps(article.image_files), dump_aliases(post.aliases)
    written = (article.content_hash, images, aliases, article.story, post.taken_down)
    return (post.path, post.category, post.old, post.pending, *written, article.code)
