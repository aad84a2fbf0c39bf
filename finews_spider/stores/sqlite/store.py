"""The embedded store: one SQLite file, which several processes on one host may use at the same time."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from finews_spider.items import Article, ArticleRef, FailedRef
from finews_spider.stores.base import ArticleStore
from finews_spider.stores.checks import sound
from finews_spider.stores.ids import after_run
from finews_spider.stores.records import (
    RETRY_HORIZON,
    ChannelState,
    Known,
    Outcome,
    RunRecord,
    Summary,
    Version,
    load_run,
    retry_pause,
)
from finews_spider.stores.rules import revise
from finews_spider.stores.sqlite.posts import SqlitePosts
from finews_spider.stores.sqlite.rows import (
    INSERT,
    UPDATE,
    UPSERT_LISTING,
    dump_article,
    dump_listing,
    dump_record,
    iso,
    load_article,
    load_image_files,
    load_listing,
    load_ref,
    load_state,
    load_version,
    time_of,
)
from finews_spider.stores.sqlite.upkeep import SqliteUpkeep

Key = tuple[str, str]


class SqliteStore(SqlitePosts, SqliteUpkeep, ArticleStore):
    """See :class:`ArticleStore`. The parameters are those of :class:`SqliteConnection`."""

    # CrawlStore

    async def known(self, codes: Sequence[str]) -> dict[str, Known]:
        return await self._do(self._known, codes)

    def _known(self, codes: Sequence[str]) -> dict[str, Known]:
        known: dict[str, Known] = {}
        for row in self._rows_in("SELECT code, published_at, revised_at FROM articles WHERE code IN (?)", codes):
            known[row["code"]] = Known({}, time_of(row["revised_at"] or row["published_at"]))
        for row in self._rows_in("SELECT * FROM listings WHERE code IN (?)", list(known)):
            known[row["code"]].listings[row["channel"]] = load_listing(row)
        for row in self._rows_in("SELECT code, ref, retry_at FROM failures WHERE code IN (?)", codes):
            failed, ref = known.setdefault(row["code"], Known({})), load_ref(row["ref"])
            failed.listings[ref.channel] = ref.listing
            failed.retry_at = time_of(row["retry_at"])
        for row in self._rows_in("SELECT code FROM takedowns WHERE code IN (?)", codes):
            known.setdefault(row["code"], Known({})).taken_down = True
        return known

    async def due(self, channels: Sequence[str], now: datetime) -> list[ArticleRef]:
        query = (
            "SELECT ref FROM failures WHERE (retry_at <= ? OR retry_at > ?) "
            "AND channel IN (SELECT value FROM json_each(?)) ORDER BY failed_at, code"
        )
        values = [iso(now), iso(now + RETRY_HORIZON), json.dumps(channels)]
        return await self._records(lambda row: load_ref(row["ref"]), query, values)

    async def save(self, articles: Sequence[Article], now: datetime) -> list[Outcome]:
        return await self._do(self._save, articles, now)

    def _save(self, articles: Sequence[Article], now: datetime) -> list[Outcome]:
        with self._transaction():
            codes = [article.code for article in articles]
            barred = {row["code"] for row in self._rows_in("SELECT code FROM takedowns WHERE code IN (?)", codes)}
            outcomes: list[Outcome] = []
            while len(outcomes) < len(articles):
                outcomes += self._save_some(articles[len(outcomes) :], barred, now)
            self._rows_in("DELETE FROM failures WHERE code IN (?)", codes)
        return outcomes

    def _save_some(self, articles: Sequence[Article], barred: set[str], now: datetime) -> list[Outcome]:
        """Save *articles* in their order, up to the first one whose outcome depends on the ones before it."""
        query = "SELECT code, content_hash, image_files FROM articles WHERE code IN (?)"
        stored = {row["code"]: row for row in self._rows_in(query, [article.code for article in articles])}
        firsts = self._firsts([_key(article) for article in articles])
        outcomes: list[Outcome] = []
        new: dict[str, Article] = {}
        for article in articles:
            row = stored.get(article.code)
            is_revised = row is not None and row["content_hash"] != article.content_hash
            if article.code in new or (is_revised and outcomes):
                break
            if article.code in barred:
                outcomes.append(Outcome.REFUSED)
            elif row is None:
                first = firsts.setdefault(_key(article), article.code) if article.text_hash else article.code
                article.duplicate_of = "" if first == article.code else first
                article.first_seen_at = now
                new[article.code] = article
                outcomes.append(Outcome.INSERTED)
            elif is_revised:
                self._revise(article, now)
                outcomes.append(Outcome.REVISED)
                break
            else:
                self._db.execute("UPDATE articles SET gone_at = NULL WHERE code = ?", (article.code,))
                self._add_images(article, load_image_files(row))
                outcomes.append(Outcome.UNCHANGED)
        self._db.executemany(INSERT, [(*dump_article(article), not article.duplicate_of) for article in new.values()])
        for article in new.values():
            self._save_images(article, {})
        self._find_stories(list(new.values()))
        saved = (a for a, outcome in zip(articles, outcomes, strict=False) if outcome is not Outcome.REFUSED)
        self._db.executemany(
            UPSERT_LISTING,
            [dump_listing(each.code, channel, row) for each in saved for channel, row in each.listings.items()],
        )
        return outcomes

    def _add_images(self, article: Article, stored: dict[str, str]) -> None:
        """Add the image copies that an unchanged article lacks.

        :param stored: image URL → path of its copy, as stored.
        """
        article.image_files = {**article.image_files, **stored}
        if article.image_files != stored:
            self._db.execute(
                "UPDATE articles SET image_files = ?, export_pending = post_path != '' WHERE code = ?",
                (json.dumps(article.image_files), article.code),
            )
            self._save_images(article, stored)

    def _save_images(self, article: Article, stored: dict[str, str]) -> None:
        """Update the table ``images`` for an article.

        :param stored: image URL → path of its copy, as the table has them.
        """
        if article.image_files == stored:
            return
        before, now = ({(path, article.code) for path in files.values()} for files in (stored, article.image_files))
        self._db.executemany("DELETE FROM images WHERE path = ? AND code = ?", before - now)
        self._db.executemany("INSERT INTO images VALUES (?, ?)", now - before)

    def _firsts(self, keys: Sequence[Key], but: str = "") -> dict[Key, str]:
        """Return key → code of the article that has this key and is no duplicate. The article *but* doesn't count."""
        # SQLite uses the partial index only if the query repeats the index's conditions word for word.
        query = (
            "SELECT text_hash, substr(published_at, 1, 10) AS day, code FROM json_each(?) AS each CROSS JOIN articles "
            "WHERE text_hash = json_extract(each.value, '$[0]') "
            "AND substr(published_at, 1, 10) = json_extract(each.value, '$[1]') "
            "AND text_hash != '' AND duplicate_of = '' ORDER BY first_seen_at DESC, code DESC"
        )
        rows = self._rows(query, [json.dumps(keys)])
        return {(row["text_hash"], row["day"]): row["code"] for row in rows if row["code"] != but}

    def _revise(self, incoming: Article, now: datetime) -> None:
        row = self._db.execute("SELECT * FROM articles WHERE code = ?", (incoming.code,)).fetchone()
        stored = load_article(row)
        shown = iso(stored.revised_at or stored.published_at)
        self._db.execute(
            "INSERT INTO revisions VALUES (?, ?, ?, ?, ?, ?, ?)",
            (stored.code, stored.revision, shown, stored.title, stored.body, stored.content_hash, row["stocks"]),
        )
        article = revise(stored, incoming, now)
        article.duplicate_of = self._firsts([_key(article)], article.code).get(_key(article), "")
        incoming.duplicate_of = article.duplicate_of
        # A published article stays published, even if it has become a duplicate.
        pending = not article.duplicate_of or row["post_path"] != ""
        self._db.execute(UPDATE, (*dump_article(article), pending, article.code))
        self._save_images(article, stored.image_files)
        if stored.text_hash != article.text_hash and not stored.duplicate_of:
            self._promote(article.code)
        if stored.text_hash != article.text_hash or row["story"] is None:
            self._leave_story(stored)
            self._find_stories([article])
        incoming.story = article.story

    def _promote(self, code: str) -> None:
        """Make one of the duplicates of *code* the first article of the others, because *code* no longer is."""
        query = (
            "SELECT a.code FROM articles AS a LEFT JOIN takedowns AS t ON t.code = a.code "
            "WHERE duplicate_of = ? AND duplicate_of != '' "
            "ORDER BY t.code IS NULL, post_path = '', first_seen_at, a.code"
        )
        twins = self._rows(query, [code])
        if twins:
            first = twins[0]["code"]
            self._db.execute("UPDATE articles SET duplicate_of = '', export_pending = 1 WHERE code = ?", (first,))
            others = [(first, twin["code"]) for twin in twins[1:]]
            self._db.executemany("UPDATE articles SET duplicate_of = ? WHERE code = ?", others)

    async def add_listings(self, refs: Sequence[ArticleRef]) -> None:
        await self._do(self._add_listings, refs)

    def _add_listings(self, refs: Sequence[ArticleRef]) -> None:
        with self._transaction():
            self._list(refs)

    def _list(self, refs: Sequence[ArticleRef]) -> set[str]:
        """Store the listings of *refs* whose articles are stored, and return the codes of these."""
        codes = [ref.code for ref in refs]
        stored = {row["code"] for row in self._rows_in("SELECT code FROM articles WHERE code IN (?)", codes)}
        listings = [dump_listing(ref.code, ref.channel, ref.listing) for ref in refs if ref.code in stored]
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
            self._rows_in("DELETE FROM failures WHERE code IN (?)", list(stored))
            return stored

    async def save_channels(self, states: Sequence[ChannelState]) -> None:
        await self._do(
            self._save_many, "INSERT OR REPLACE INTO channels VALUES (?, ?)", [(s.name, dump_record(s)) for s in states]
        )

    async def save_run(self, run: RunRecord) -> None:
        row = (run["id"], json.dumps(run, ensure_ascii=False))
        await self._do(self._save_many, "INSERT OR REPLACE INTO runs VALUES (?, ?)", [row])

    # QueryStore

    async def get(self, code: str) -> Article | None:
        return await self._do(self._get, code)

    def _get(self, code: str) -> Article | None:
        row = self._db.execute("SELECT * FROM articles WHERE code = ?", (code,)).fetchone()
        if row is None:
            return None
        listings = self._rows("SELECT * FROM listings WHERE code = ? ORDER BY channel", [code])
        return replace(load_article(row), listings={each["channel"]: load_listing(each) for each in listings})

    async def history(self, code: str) -> list[Version]:
        return await self._records(load_version, "SELECT * FROM revisions WHERE code = ? ORDER BY revision", [code])

    async def summary(self, since: datetime) -> Summary:
        return await self._do(self._summary, since)

    def _summary(self, since: datetime) -> Summary:
        def count(query: str) -> int:
            return int(self._db.execute(f"SELECT count(*) FROM {query}").fetchone()[0])

        today = (
            "SELECT l.channel, count(*) FROM articles a JOIN listings l ON l.code = a.code "
            "WHERE a.first_seen_at >= ? GROUP BY l.channel"
        )
        failed = "SELECT channel, count(*) FROM failures GROUP BY channel"
        return sound(
            Summary(
                articles=count("articles"),
                duplicates=count("articles WHERE duplicate_of != ''"),
                stories=self._count_stories(None),
                revisions=count("revisions"),
                pending=count("articles WHERE export_pending = 1"),
                today={row[0]: row[1] for row in self._rows(today, [iso(since)])},
                failed={row[0]: row[1] for row in self._rows(failed)},
            )
        )

    async def channel_states(self) -> dict[str, ChannelState]:
        states = await self._records(lambda row: load_state(row["state"]), "SELECT state FROM channels ORDER BY name")
        return {state.name: state for state in states}

    async def runs(self, limit: int, until: datetime | None = None) -> list[RunRecord]:
        query = "SELECT id, run FROM runs WHERE id < ? ORDER BY id DESC LIMIT ?"
        return await self._records(load_run, query, [after_run(until), limit])


def _key(article: Article) -> Key:
    """Return what duplicates share: the hash of title, text and images, and the day in China."""
    return article.text_hash, (iso(article.published_at) or "")[:10]
