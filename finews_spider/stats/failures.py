"""Why a request failed: its cause, one of a few words that runs are compared by, and its description."""

from typing import ClassVar

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

from finews_spider.errors import BlockedError, SourceError

INTERNAL_ERROR = "error"
"""The cause of a failure that is a bug in finews."""
NOT_MODIFIED = 304
COUNTED_STATUSES = frozenset({NOT_MODIFIED, 401, 403, 404, 410, 429})
"""HTTP statuses that are a cause each; the others are counted by their class, as http_4xx or http_5xx."""


class RefusedRequestError(IgnoreRequest):
    """A downloader middleware of finews refuses to send a request, or to pass its response on."""

    cause: ClassVar[str] = "other"


class CrawlEndingError(RefusedRequestError):
    """The crawl ends before the request can be sent again."""


class OutOfReachError(RefusedRequestError):
    """The crawl may not reach this host, or the URL is too long."""

    cause = "out_of_reach"


class RobotsTxtError(RefusedRequestError):
    """The host's robots.txt forbids the request."""

    cause = "robots"


class RetryLaterError(RefusedRequestError):
    """The host demands a longer pause than a run waits for."""

    cause = "retry_later"


class UnresponsiveHostError(RefusedRequestError):
    """The host left too many requests in a row unanswered."""

    cause = "timeout"


class TooLargeError(RefusedRequestError):
    """The unpacked response is larger than DOWNLOAD_MAXSIZE."""

    cause = "too_large"


class RedirectError(RefusedRequestError):
    """There were too many redirects, or one to an invalid URL."""

    cause = "redirects"


CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (BlockedError, "blocked"),
    (SourceError, "answer"),
    (DownloadCancelledError, "too_large"),
    (DownloadTimeoutError, "timeout"),
    (TimeoutError, "timeout"),
    (CannotResolveHostError, "connection"),
    (DownloadConnectionRefusedError, "connection"),
    (DownloadFailedError, "connection"),
    (ResponseDataLossError, "connection"),
    (OSError, "connection"),
)
"""The cause of each kind of error; the first kind that fits counts."""
DESCRIPTIONS: dict[type | None, str] = {
    ResponseDataLossError: "the answer broke off",
    DownloadCancelledError: "the answer is larger than DOWNLOAD_MAXSIZE",
}
"""Descriptions of the errors that Scrapy may raise without a message."""


def cause_of(error: BaseException | None) -> str:
    """Return the cause of a failure, such as ``http_404``, ``http_5xx``, ``timeout`` or ``other``.

    docs/monitoring.md lists the causes.
    """
    if isinstance(error, HttpError):
        status = error.response.status
        return f"http_{status}" if status in COUNTED_STATUSES else f"http_{status // 100}xx"
    if isinstance(error, RefusedRequestError):
        return error.cause
    return next((cause for kind, cause in CAUSES if isinstance(error, kind)), "other")


def describe_failure(error: BaseException | None) -> str:
    """Return in one line why a request failed."""
    if isinstance(error, HttpError):
        if error.response.status == NOT_MODIFIED:
            return "HTTP 304, though the request was not conditional"
        return f"HTTP {error.response.status}; the answer begins {error.response.body[:80]!r}"
    message = " ".join(str(error).split()) or DESCRIPTIONS.get(type(error), "")
    return (message if isinstance(error, RefusedRequestError) else f"{type(error).__name__}: {message}")[:300]
