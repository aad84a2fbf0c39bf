"""The embedded store: one SQLite file, safe for a crawl, an export and a status at once.

All work happens in one thread of its own, so that the event loop never waits for the disk. The file is in WAL
mode: readers never wait, and writers wait for each other up to BUSY_SECONDS.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from finews_spider.errors import ConfigError, StoreError
from finews_spider.items import Article, ArticleRef, FailedRef, Listing
from finews_spider.stores.base import (
    ALL,
    ArticleStore,
    ChannelState,
    Known,
    Outcome,
    Post,
    Selection,
    Summary,
    Version,
    free_slug,
    retry_pause,
    revise,
)
from finews_spider.stores.rows import (
    INSERT,
    MIGRATIONS,
    UPDATE,
    UPSERT_LISTING,
    dump_article,
    dump_record,
    iso,
    load_article,
    load_post,
    load_ref,
    load_state,
    load_version,
    time_of,
)

T = TypeVar("T")

BUSY_SECONDS = 60


class SqliteStore(ArticleStore):
    """See :class:`ArticleStore`.

    :param url: ``sqlite:///relative/path.db`` or ``sqlite:////absolute/path.db``.
    """

    def __init__(self, url: str) -> None:
        scheme, _, path = url.partition(":///")
        if scheme != "sqlite" or not path:
            raise ConfigError(f"FINEWS_STORE: {url!r} is no SQLite URL; write sqlite:///data/finews.db")
        self.path = Path(path)
        self._thread = ThreadPoolExecutor(1, "sqlite")
        self._db: sqlite3.Connection

    async def _do(self, work: Callable[..., T], *args: Any) -> T:
        """Run *work* in the store's thread, and turn its failures into one line."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, _patiently, work, *args)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"the SQLite store {self.path} failed: {error}") from error

    async def open(self) -> None:
        try:
            await self._do(self._connect)
            await self._do(self._prepare)
        except BaseException:
            await self.close()
            raise

    def _connect(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        self._db.row_factory = sqlite3.Row

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        # NORMAL: a power cut may lose the last transactions, whose articles are then fetched again; never the file.
        self._db.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise sqlite3.DatabaseError(f"it was written by a newer finews (schema {version}); upgrade finews")
            for migration in MIGRATIONS[version:]:
                for statement in migration.split(";"):
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    async def close(self) -> None:
        if hasattr(self, "_db"):
            await self._do(self._db.close)
            del self._db
        self._thread.shutdown(wait=False)

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)

    def _rows(self, query: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        return self._db.execute(query, tuple(values)).fetchall()

    def _rows_in(self, query: str, values: Sequence[str]) -> list[sqlite3.Row]:
        """Run *query*, whose ``(?)`` stands for all of *values*, however many they are."""
        return self._rows(query.replace("(?)", "(SELECT value FROM json_each(?))"), [json.dumps(values)])

    # What a crawl asks

    async def known(self, codes: Sequence[str]) -> dict[str, Known]:
        return await self._do(self._known, codes)

    def _known(self, codes: Sequence[str]) -> dict[str, Known]:
        known: dict[str, Known] = {}
        for row in self._rows_in("SELECT code, published_at, revised_at FROM articles WHERE code IN (?)", codes):
            known[row["code"]] = Known({}, time_of(row["revised_at"] or row["published_at"]))
        for row in self._rows_in("SELECT * FROM listings WHERE code IN (?)", list(known)):
            known[row["code"]].listings[row["channel"]] = Listing(time_of(row["time"]), row["title"])
        for row in self._rows_in("SELECT code, ref, retry_at FROM failures WHERE code IN (?)", codes):
            failed, ref = known.setdefault(row["code"], Known({})), load_ref(row["ref"])
            failed.listings[ref.channel] = Listing(ref.time, ref.title)
            failed.retry_at = time_of(row["retry_at"])
        for row in self._rows_in("SELECT code FROM takedowns WHERE code IN (?)", codes):
            known.setdefault(row["code"], Known({})).taken_down = True
        return known

    async def due(self, channels: Sequence[str], now: datetime) -> list[ArticleRef]:
        query = "SELECT ref FROM failures WHERE retry_at <= ? AND channel IN (SELECT value FROM json_each(?))"
        rows = await self._do(self._rows, query + " ORDER BY failed_at, code", [iso(now), json.dumps(channels)])
        return [load_ref(row["ref"]) for row in rows]

    async def channel_states(self) -> dict[str, ChannelState]:
        rows = await self._do(self._rows, "SELECT state FROM channels ORDER BY name")
        states = (load_state(row["state"]) for row in rows)
        return {state.name: state for state in states}

    # What a crawl writes

    async def save(self, articles: Sequence[Article], now: datetime) -> list[Outcome]:
        return await self._do(self._save, articles, now)

    def _save(self, articles: Sequence[Article], now: datetime) -> list[Outcome]:
        with self._transaction():
            codes = [article.code for article in articles]
            barred = {row["code"] for row in self._rows_in("SELECT code FROM takedowns WHERE code IN (?)", codes)}
            outcomes = [Outcome.REFUSED if a.code in barred else self._save_one(a, now) for a in articles]
            self._db.executemany("DELETE FROM failures WHERE code = ?", [(code,) for code in codes])
        return outcomes

    def _save_one(self, article: Article, now: datetime) -> Outcome:
        query = "SELECT content_hash, image_files FROM articles WHERE code = ?"
        row = self._db.execute(query, (article.code,)).fetchone()
        if row is None:
            article = replace(article, first_seen_at=now, duplicate_of=self._twin(article))
            self._db.execute(INSERT, (*dump_article(article), not article.duplicate_of))
            self._save_images(article)
            outcome = Outcome.INSERTED
        elif row["content_hash"] != article.content_hash:
            self._revise(article, now)
            outcome = Outcome.REVISED
        else:
            self._db.execute("UPDATE articles SET gone_at = NULL WHERE code = ?", (article.code,))
            self._add_images(article, json.loads(row["image_files"]))
            outcome = Outcome.UNCHANGED
        self._db.executemany(
            UPSERT_LISTING,
            [(article.code, channel, iso(row.time), row.title) for channel, row in article.listings.items()],
        )
        return outcome

    def _add_images(self, article: Article, stored: dict[str, str]) -> None:
        """Add copies that an unchanged article didn't have before."""
        article.image_files = {**article.image_files, **stored}
        if article.image_files != stored:
            self._db.execute(
                "UPDATE articles SET image_files = ?, export_pending = post_path != '' WHERE code = ?",
                (json.dumps(article.image_files), article.code),
            )
            self._save_images(article)

    def _save_images(self, article: Article) -> None:
        self._db.execute("DELETE FROM images WHERE code = ?", (article.code,))
        rows = [(path, article.code) for path in set(article.image_files.values())]
        self._db.executemany("INSERT INTO images VALUES (?, ?)", rows)

    def _twin(self, article: Article) -> str:
        """Return the code of the first article with the same text, or an empty string."""
        # `duplicate_of` and `text_hash` stand here as in the partial index, else SQLite doesn't use it.
        query = (
            "SELECT code FROM articles WHERE text_hash = ? AND text_hash != '' AND duplicate_of = '' AND code != ? "
            "ORDER BY first_seen_at, code LIMIT 1"
        )
        row = self._db.execute(query, (article.text_hash, article.code)).fetchone()
        return row["code"] if row else ""

    def _revise(self, incoming: Article, now: datetime) -> None:
        row = self._db.execute("SELECT * FROM articles WHERE code = ?", (incoming.code,)).fetchone()
        stored = load_article(row)
        shown = iso(stored.revised_at or stored.published_at)
        self._db.execute(
            "INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?)",
            (stored.code, stored.revision, shown, stored.title, stored.body, stored.content_hash, row["stocks"]),
        )
        article = revise(stored, replace(incoming, duplicate_of=self._twin(incoming)), now)
        # What was published goes on being so, even with a text that another article has too.
        pending = not article.duplicate_of or row["post_path"] != ""
        self._db.execute(UPDATE, (*dump_article(article), pending, article.code))
        self._save_images(article)

    async def add_listings(self, refs: Sequence[ArticleRef]) -> None:
        await self._do(self._add_listings, refs)

    def _add_listings(self, refs: Sequence[ArticleRef]) -> None:
        with self._transaction():
            self._list(refs)

    def _list(self, refs: Sequence[ArticleRef]) -> set[str]:
        """Remember the listings of those *refs* that are stored, and return their codes."""
        stored = {row["code"] for row in self._rows_in("SELECT code FROM articles WHERE code IN (?)", _codes(refs))}
        listings = [(ref.code, ref.channel, iso(ref.time), ref.title) for ref in refs if ref.code in stored]
        self._db.executemany(UPSERT_LISTING, listings)
        return stored

    async def save_failures(self, failures: Sequence[FailedRef]) -> None:
        await self._do(self._save_failures, failures)

    def _save_failures(self, failures: Sequence[FailedRef]) -> None:
        with self._transaction():
            for failure in failures:
                ref = failure.ref
                row = self._db.execute("SELECT attempts FROM failures WHERE code = ?", (ref.code,)).fetchone()
                attempts = (row["attempts"] if row else 0) + 1
                retry_at = iso(failure.at + retry_pause(attempts))
                values = (ref.code, ref.channel, dump_record(ref), failure.reason, attempts, iso(failure.at), retry_at)
                self._db.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    async def mark_gone(self, refs: Sequence[ArticleRef], now: datetime) -> set[str]:
        return await self._do(self._mark_gone, refs, now)

    def _mark_gone(self, refs: Sequence[ArticleRef], now: datetime) -> set[str]:
        with self._transaction():
            stored = self._list(refs)
            marks = [(iso(now), code) for code in stored]
            self._db.executemany("UPDATE articles SET gone_at = ? WHERE code = ?", marks)
            self._db.executemany("DELETE FROM failures WHERE code = ?", [(code,) for code in stored])
            return stored

    async def save_channels(self, states: Sequence[ChannelState]) -> None:
        await self._do(
            self._save_many, "INSERT OR REPLACE INTO channels VALUES (?, ?)", [(s.name, dump_record(s)) for s in states]
        )

    def _save_many(self, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
        with self._transaction():
            self._db.executemany(statement, values)

    async def save_run(self, run: dict[str, Any]) -> None:
        await self._do(self._save_many, "INSERT INTO runs (run) VALUES (?)", [(json.dumps(run),)])

    # What the mirror asks and writes

    async def pending(self, limit: int, after: str = "") -> list[Post]:
        return await self._posts("export_pending = 1 AND a.code > ?", [after], limit)

    async def posts(self, limit: int, after: str = "", only: Selection = ALL) -> list[Post]:
        conditions = {
            "a.code > ?": after,
            "published_at >= ?": iso(only.since),
            "published_at < ?": iso(only.until),
            "media = ?": only.media,
            "? IN (SELECT value FROM json_each(stocks))": only.stock,
        }
        asked = {condition: value for condition, value in conditions.items() if value}
        return await self._posts(" AND ".join(asked) or "1", list(asked.values()), limit)

    async def _posts(self, condition: str, values: list[str | None], limit: int) -> list[Post]:
        query = (
            "SELECT a.*, t.code IS NOT NULL AS taken_down FROM articles a LEFT JOIN takedowns t ON t.code = a.code "
            f"WHERE {condition} ORDER BY a.code LIMIT {limit}"
        )
        return [load_post(row) for row in await self._do(self._rows, query, values)]

    async def mark_exported(self, posts: Sequence[Post]) -> None:
        marks = (
            "UPDATE articles SET post_path = ?, post_category = ?, post_old = ?, "
            "export_pending = ? OR content_hash != ? OR image_files != ? "
            "OR (code IN (SELECT code FROM takedowns)) != ? WHERE code = ?"
        )
        values = [
            (p.path, p.category, p.old, p.pending, a.content_hash, json.dumps(a.image_files), p.taken_down, a.code)
            for p in posts
            for a in [p.article]
        ]
        await self._do(self._save_many, marks, values)

    async def requeue(self) -> int:
        return await self._do(self._requeue, "duplicate_of = '' OR post_path != ''")

    async def requeue_by_age(self, before: datetime) -> int:
        # Two updates: each of them finds its few rows by the index.
        moved = await self._do(self._requeue, "post_path != '' AND post_old = 0 AND published_at < ?", iso(before))
        back = await self._do(self._requeue, "post_path != '' AND post_old = 1 AND published_at >= ?", iso(before))
        return moved + back

    def _requeue(self, condition: str, *values: str | None) -> int:
        with self._transaction():
            return self._db.execute(f"UPDATE articles SET export_pending = 1 WHERE {condition}", values).rowcount

    async def image_users(self, paths: Sequence[str]) -> dict[str, set[str]]:
        users: dict[str, set[str]] = {}
        for row in await self._do(self._rows_in, "SELECT path, code FROM images WHERE path IN (?)", paths):
            users.setdefault(row["path"], set()).add(row["code"])
        return users

    async def slugs(self) -> dict[str, str]:
        return {row["slug"]: row["name"] for row in await self._do(self._rows, "SELECT slug, name FROM slugs")}

    async def slug_of(self, name: str, wanted: str) -> str:
        return await self._do(self._slug_of, name, wanted)

    def _slug_of(self, name: str, wanted: str) -> str:
        with self._transaction():
            row = self._db.execute("SELECT slug FROM slugs WHERE name = ?", (name,)).fetchone()
            if row:
                return str(row["slug"])
            slug = free_slug(wanted, {row["folded"] for row in self._rows("SELECT folded FROM slugs")})
            self._db.execute("INSERT INTO slugs VALUES (?, ?, ?)", (name, slug, slug.casefold()))
            return slug

    async def take_down(self, code: str, reason: str, now: datetime) -> bool:
        return await self._do(self._take_down, code, reason, now)

    def _take_down(self, code: str, reason: str, now: datetime) -> bool:
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO takedowns VALUES (?, ?, ?)", (code, reason, iso(now)))
            return bool(self._db.execute("UPDATE articles SET export_pending = 1 WHERE code = ?", (code,)).rowcount)

    async def restore(self, code: str) -> bool:
        return await self._do(self._restore, code)

    def _restore(self, code: str) -> bool:
        with self._transaction():
            has_post = "code = ? AND (duplicate_of = '' OR post_path != '')"
            self._db.execute(f"UPDATE articles SET export_pending = 1 WHERE {has_post}", (code,))
            return bool(self._db.execute("DELETE FROM takedowns WHERE code = ?", (code,)).rowcount)

    # What a person asks

    async def get(self, code: str) -> Article | None:
        return await self._do(self._get, code)

    def _get(self, code: str) -> Article | None:
        row = self._db.execute("SELECT * FROM articles WHERE code = ?", (code,)).fetchone()
        if row is None:
            return None
        listings = self._rows("SELECT * FROM listings WHERE code = ? ORDER BY channel", [code])
        return replace(
            load_article(row), listings={r["channel"]: Listing(time_of(r["time"]), r["title"]) for r in listings}
        )

    async def history(self, code: str) -> list[Version]:
        rows = await self._do(self._rows, "SELECT * FROM revisions WHERE code = ? ORDER BY revision", [code])
        return [load_version(row) for row in rows]

    async def summary(self, since: datetime) -> Summary:
        return await self._do(self._summary, since)

    def _summary(self, since: datetime) -> Summary:
        def count(query: str) -> int:
            return int(self._db.execute(f"SELECT count(*) FROM {query}").fetchone()[0])

        today = (
            "SELECT l.channel, count(*) FROM articles a JOIN listings l ON l.code = a.code "
            "WHERE a.first_seen_at >= ? GROUP BY l.channel"
        )
        return Summary(
            articles=count("articles"),
            duplicates=count("articles WHERE duplicate_of != ''"),
            revisions=count("revisions"),
            pending=count("articles WHERE export_pending = 1"),
            today={row[0]: row[1] for row in self._rows(today, [iso(since)])},
            failed={row[0]: row[1] for row in self._rows("SELECT channel, count(*) FROM failures GROUP BY channel")},
        )

    async def last_run(self) -> dict[str, Any] | None:
        rows = await self._do(self._rows, "SELECT run FROM runs ORDER BY id DESC LIMIT 1")
        return json.loads(rows[0]["run"]) if rows else None


class _Transaction:
    """A write transaction: takes its place among the writers at once, so that it can't fail half-way as locked."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def __enter__(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.db.execute("ROLLBACK" if kind else "COMMIT")


def _patiently(work: Callable[..., T], *args: Any) -> T:
    """Do *work*, again and again while the file is busy.

    SQLite waits by itself for other writers, but not for one that switches to WAL, closes as the last or recovers.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return work(*args)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)


def _codes(refs: Sequence[ArticleRef]) -> list[str]:
    return [ref.code for ref in refs]
