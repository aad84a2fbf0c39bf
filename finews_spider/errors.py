"""Every error that finews raises on purpose, with the exit code of each."""

import errno
import traceback
from pathlib import Path
from textwrap import shorten

DONE, FAILED, USAGE, LOCKED = 0, 1, 2, 75
"""Exit codes: everything is done; something failed, which the next run tries again; wrong usage or configuration;
another run holds the lock (EX_TEMPFAIL, which cron and systemd know)."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a full disk, or of a user's quota that is used up."""
OF_ONE_FILE = frozenset({errno.EILSEQ, errno.EINVAL, errno.EISDIR, errno.ENAMETOOLONG})
"""Errors of a single file: its name isn't possible, or a folder has its place."""
LONGEST_REASON = 200


class FinewsError(Exception):
    """An error that the user sees as one line, without a traceback.

    :param disk: the error of the disk, which the message gets at its end. A full disk always means exit code 1: the
        next run may find space, so `finews watch` should go on.
    """

    exit_code = FAILED
    """The exit code of a command that this error ends."""

    def __init__(self, message: str, disk: OSError | None = None) -> None:
        if disk is not None:
            message = f"{message}: {disk.strerror or disk}"
            if disk.errno in FULL:
                message += "; free some, and the next run does the rest"
                self.exit_code = FAILED
        self.disk = disk
        super().__init__(message)


class ConfigError(FinewsError):
    """A setting, the channels file or an argument is wrong. Raised before a crawl starts."""

    exit_code = USAGE


class StoreError(FinewsError):
    """The store can't be reached, read or written. The next run tries again."""

    may_pass = False
    """Whether a second try may succeed: the connection broke, and the server may have restarted."""


class NoStoreError(StoreError):
    """FINEWS_STORE names no store. finews made and changed nothing there."""

    exit_code = USAGE
    is_missing = False
    """Whether nothing is there, so that a command may make a new store."""


class DamagedRecordError(Exception):
    """A record isn't as finews writes it. The store that reads it raises a StoreError in its place."""

    is_named = False
    """Whether the message names the record."""


class ClusterError(FinewsError):
    """The Redis of FINEWS_CLUSTER can't be reached. Raised before a crawl starts."""


class LockedError(FinewsError):
    """Another run holds the lock, or another command writes the mirror folder or the site."""

    exit_code = LOCKED


class MirrorError(FinewsError):
    """The mirror folder can't be written."""

    exit_code = USAGE

    @property
    def is_of_one_file(self) -> bool:
        """Whether only one file can't be written, because of its name or place."""
        return self.disk is None or self.disk.errno in OF_ONE_FILE


class PublishError(FinewsError):
    """The site can't be built or sent. The next `finews publish` tries again."""


class SourceError(FinewsError):
    """An answer of the upstream isn't in the format of its kind. The crawl counts it and goes on.

    :param message: what is wrong with the answer, in one line.
    :param head: the start of the answer, which the message shows.
    """

    def __init__(self, message: str, head: bytes = b"") -> None:
        super().__init__(f"{message}; the answer begins {head[:80]!r}" if head else message)


class ArticleGone(SourceError):  # noqa: N818 -- the field's term
    """The upstream has no such article: it answers ``data: null``, or an object without text."""


def why_one_failed(error: Exception) -> str:
    """Return in one line why one article failed. Other articles go on.

    :raises Exception: *error* itself, if it isn't about one article: the store, the disk or the memory failed.
    """
    shared = isinstance(error, MirrorError) and not error.is_of_one_file
    if shared or isinstance(error, StoreError | OSError | MemoryError):
        raise error
    why = shorten(str(error), LONGEST_REASON, placeholder=" …")
    return why if isinstance(error, FinewsError) else f"{type(error).__name__}: {why}"


def describe_internal_error(error: BaseException) -> str:
    """Return in one line which bug in finews *error* is: its type, its place in the code and its message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"an error of finews itself, {type(error).__name__}{place}: {' '.join(str(error).split())}"[:300]
