"""Where articles are kept: one contract (:class:`~finews_spider.stores.base.ArticleStore`), two stores."""

from pathlib import Path

from finews_spider.errors import ConfigError
from finews_spider.stores.base import Access, ArticleStore


def open_store(url: str, access: Access = Access.CREATE) -> ArticleStore:
    """Return the store that *url* names, not yet connected: ``await store.open()`` or ``async with`` it.

    :param url: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``mongodb://host:port/database``.
    :param access: what the caller does with it. Only a run, a crawl, an import and a restore make a store.
    :raises ConfigError: the URL names no store that finews has.
    """
    # Imported here: `finews --help` and SQLite users shouldn't pay for pymongo's 0.2 s.
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        from finews_spider.stores.sqlite.store import SqliteStore

        return SqliteStore(url, access)
    if scheme in {"mongodb", "mongodb+srv"}:
        from finews_spider.stores.mongodb.store import MongoStore

        return MongoStore(url, access)
    raise ConfigError(
        f"FINEWS_STORE: {scheme!r} is no store that finews has; write sqlite:///data/finews.db or "
        "mongodb://host:27017/finews"
    )


def database_file(url: str) -> Path | None:
    """Return the file of the SQLite store that *url* names, or None where it names another store."""
    path = url.removeprefix("sqlite:///")
    return Path(path) if path != url else None
