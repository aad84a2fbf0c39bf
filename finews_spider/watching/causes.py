"""Why something couldn't be had, in one of a few words that runs are compared by."""

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from finews_spider.errors import SourceError

TOLD = frozenset({304, 401, 403, 404, 410, 429})
"""Answers that are counted by themselves; the rest are http_4xx and http_5xx."""
ERRORS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (SourceError, "answer"),
    (DownloadCancelledError, "too_large"),
    ((DownloadTimeoutError, TimeoutError), "timeout"),
    ((CannotResolveHostError, DownloadConnectionRefusedError, DownloadFailedError), "connection"),
    ((ResponseDataLossError, OSError), "connection"),
)
IGNORED = (
    ("none of the hosts", "out_of_reach"),
    ("none of the upstream's", "out_of_reach"),
    ("robots.txt", "robots"),
    ("asked not to be asked", "retry_later"),
    ("requests in a row unanswered", "timeout"),
    ("exceeded DOWNLOAD_MAXSIZE", "too_large"),
    ("max redirections", "redirects"),
    ("a redirect to no URL", "redirects"),
)
"""What is said of a request that was never sent, or of an answer that isn't looked at → the cause."""


def cause_of(error: BaseException | None) -> str:
    """Return the cause: ``http_404`` and its like, ``http_5xx``, ``timeout``, ``connection``, ``answer`` and so on.

    The words are listed in docs/monitoring.md; whatever else happens is ``other``.
    """
    if isinstance(error, HttpError):
        status = error.response.status
        return f"http_{status}" if status in TOLD else f"http_{status // 100}xx"
    if isinstance(error, IgnoreRequest):
        return next((cause for words, cause in IGNORED if words in str(error)), "other")
    return next((cause for kind, cause in ERRORS if isinstance(error, kind)), "other")
