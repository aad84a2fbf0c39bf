"""Stores of articles. :class:`~finews_spider.stores.base.ArticleStore` is the contract of both kinds."""

from pathlib import Path

from finews_spider.errors import ConfigError
from finews_spider.stores.base import Access, ArticleStore


def open_store(url: str, access: Access = Access.CREATE) -> ArticleStore:
    """Return the store that *url* names. Connect it by ``async with`` or ``await store.open()``.

    The store is a :class:`~finews_spider.stores.lease.LeaseStore` too, unless it is a file (:func:`database_file`).

    :param url: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``mongodb://host:port/database``.
    :param access: what the caller does with the store. Only a run, a crawl, an import and a restore make a new one.
    :raises ConfigError: finews has no store for this URL.
    """
    # Imported here, because pymongo takes 0.2 s to import, and `finews --help` and SQLite don't need it.
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        from finews_spider.stores.sqlite.store import SqliteStore

        return SqliteStore(url, access)
    if scheme in {"mongodb", "mongodb+srv"}:
        from finews_spider.stores.mongodb.store import MongoStore

        return MongoStore(url, access)
    raise ConfigError(
        "FINEWS_STORE: {scheme!r} is no store that finews has; write sqlite:///data/finews.db or "
        "mongodb://host:27017/finews",
        scheme=scheme,
    )


def database_file(url: str) -> Path | None:
    """Return the file of the SQLite store that *url* names, or None for another kind of store."""
    path = url.removeprefix("sqlite:///")
    return Path(path) if path != url else None
