"""Why something couldn't be had: the cause, one of a few words that runs are compared by, and its description."""

import logging
import traceback
from pathlib import Path
from typing import Any

from scrapy import logformatter
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
from twisted.python.failure import Failure

from finews_spider.errors import SourceError

CAUSE = "error"
"""The cause of a failure that is an error of finews itself."""
TOLD = frozenset({304, 401, 403, 404, 410, 429})
"""Answers that are counted by themselves; the rest are http_4xx and http_5xx."""
ERRORS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    (SourceError, "answer"),
    (DownloadCancelledError, "too_large"),
    ((DownloadTimeoutError, TimeoutError), "timeout"),
    ((CannotResolveHostError, DownloadConnectionRefusedError, DownloadFailedError), "connection"),
    ((ResponseDataLossError, OSError), "connection"),
)
NOT_MODIFIED = 304
WORDS: dict[type | None, str] = {
    ResponseDataLossError: "the answer broke off",
    DownloadCancelledError: "the answer is larger than DOWNLOAD_MAXSIZE",
}
"""What Scrapy's errors say that say nothing themselves."""
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


def describe_fault(error: BaseException) -> str:
    """Return the kind of *error*, its place and what it says, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"an error of finews itself, {type(error).__name__}{place}: {' '.join(str(error).split())}"[:300]


class LogFormatter(logformatter.LogFormatter):
    """Shows an item's error with its traceback at DEBUG only: StorePipeline tells it in one line."""

    def item_error(self, *args: Any, **kwargs: Any) -> logformatter.LogFormatterResult:
        return {**super().item_error(*args, **kwargs), "level": logging.DEBUG}


def describe(failure: Failure) -> str:
    """Return why a request failed, in one line."""
    error = failure.value
    if isinstance(error, HttpError):
        if error.response.status == NOT_MODIFIED:
            return "HTTP 304, though nothing was asked for conditionally"
        return f"HTTP {error.response.status}; the answer begins {error.response.body[:80]!r}"
    said = " ".join(str(error).split()) or WORDS.get(type(error), "")
    return f"{type(error).__name__}: {said}"[:300]
