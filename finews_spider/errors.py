"""What can go wrong, by whose hand: every error that finews raises on purpose."""

import errno
import traceback
from pathlib import Path
from textwrap import shorten

DONE, FAILED, USAGE, LOCKED = 0, 1, 2, 75
"""Exit codes: all is done; something failed and will be tried again; wrong usage or configuration; another run holds
the lock (EX_TEMPFAIL, which cron and systemd know)."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What a full disk says, or one of which the user has had his share."""


OF_ONE_FILE = frozenset({errno.EILSEQ, errno.EINVAL, errno.EISDIR, errno.ENAMETOOLONG})
"""What the disk says where a file can't have its name, or a folder stands in its place."""
LONGEST_REASON = 200


class FinewsError(Exception):
    """Anything that is told to the user in one line, without a traceback.

    :param disk: what the disk said, which is added. A full one is no wrong configuration, whatever says so: the next
        run may find space, and `finews watch` has to live to see it.
    """

    exit_code = FAILED
    """Of the command that it ends."""

    def __init__(self, message: str, disk: OSError | None = None) -> None:
        if disk is not None:
            message = f"{message}: {disk.strerror or disk}"
            if disk.errno in FULL:
                message += "; free some, and the next run does the rest"
                self.exit_code = FAILED
        self.disk = disk
        super().__init__(message)


class ConfigError(FinewsError):
    """A setting, a channels file or an argument is wrong. Raised before a crawl starts."""

    exit_code = USAGE


class StoreError(FinewsError):
    """The store can't be reached, read or written. Raised by stores; the next run tries again."""

    may_pass = False
    """The connection broke off: once more, and a server that was started anew answers."""


class NoStoreError(StoreError):
    """Where FINEWS_STORE says there is no store, or what isn't one. Nothing was made or changed there."""

    exit_code = USAGE
    is_missing = False
    """Nothing is there, so that a command that may make a store can."""


class DamagedRecordError(Exception):
    """What a store holds isn't as finews writes it. The store that reads it turns this into a StoreError."""

    is_named = False
    """The message says which record it is."""


class ClusterError(FinewsError):
    """The Redis that workers share can't be reached. Raised before a crawl starts."""


class MirrorError(FinewsError):
    """The mirror folder can't be written. Raised by the exporter."""

    exit_code = USAGE

    @property
    def is_of_one_file(self) -> bool:
        """Whether it is a file's name or place that is wrong, so that the files around it can be written."""
        return self.disk is None or self.disk.errno in OF_ONE_FILE


class PublishError(FinewsError):
    """The site can't be built or sent. Raised by publish and its tools; the next time tries again."""


class SourceError(FinewsError):
    """An upstream answer is not what its format promises. Raised by sources; the crawl counts it and goes on.

    :param message: what is wrong with the answer, in one line.
    :param head: the first bytes of the answer, so that a log line shows what came instead.
    """

    def __init__(self, message: str, head: bytes = b"") -> None:
        super().__init__(f"{message}; the answer begins {head[:80]!r}" if head else message)


class ArticleGone(SourceError):  # noqa: N818 -- the field's term
    """The upstream says that it doesn't have this article (``data: null``, an object without text)."""


def why_one_failed(error: Exception) -> str:
    """Return in one line why one article failed, whose neighbours go on.

    :raises Exception: *error* itself, where it isn't that article's: the store, the disk or the memory failed.
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
