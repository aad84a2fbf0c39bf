"""finews: crawl Chinese financial news, keep every article, mirror each one as a Jekyll post."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finews_spider.stores.reader import StoreReader

__version__ = "0.1.0"


def open_store(url: str = "") -> "StoreReader":
    """Open a store for reading, for scripts and notebooks.

    Example: ``with finews_spider.open_store() as store: titles = [each["title"] for each in store.articles()]``

    :param url: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``mongodb://host:port/database``; empty:
        FINEWS_STORE, or else its default.
    :raises FinewsError: the store can't be opened.
    """
    # Imported here, because every part of finews imports this module.
    from finews_spider import settings
    from finews_spider.stores.reader import StoreReader

    return StoreReader(url or settings.FINEWS_STORE)
