"""Every error that finews raises on purpose, with the exit code of each."""

import errno
import traceback
from pathlib import Path
from textwrap import shorten

from finews_spider.i18n import Message, message_of

DONE, FAILED, USAGE, LOCKED, INTERRUPTED = 0, 1, 2, 75, 130
"""Exit codes: everything is done; something failed, which the next run tries again; wrong usage or configuration;
another run holds the lock (EX_TEMPFAIL, which cron and systemd know); Ctrl-C, as shells have it."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a full disk, or of a user's quota that is used up."""
OF_ONE_FILE = frozenset({errno.EILSEQ, errno.EINVAL, errno.EISDIR, errno.ENAMETOOLONG})
"""Errors of a single file: its name isn't possible, or a folder has its place."""
LONGEST_REASON = 200


class FinewsError(Exception):
    """An error that the user sees as one line, without a traceback. ``str(error)`` is English, for logs and records.

    :param message: a Message, or its template.
    :param disk: the error of the disk, which the message ends with. A full disk always means exit code 1: the
        next run may find space, so `finews watch` should continue.
    :param values: the values of the template.
    """

    exit_code = FAILED
    """The exit code of a command that this error ends."""

    def __init__(self, message: str, disk: OSError | None = None, **values: object) -> None:
        self.message = Message(message, **values)
        if disk is not None:
            self.message = Message("{message}: {why}", message=self.message, why=disk.strerror or disk)
            if disk.errno in FULL:
                self.message = Message("{message}; free some, and the next run does the rest", message=self.message)
                self.exit_code = FAILED
        self.disk = disk
        super().__init__(str(self.message))


class ConfigError(FinewsError):
    """A setting, the channels file or an argument is wrong. Raised before a crawl starts."""

    exit_code = USAGE


class StoreError(FinewsError):
    """The store can't be reached, read or written. The next run tries again."""


class DisconnectedError(StoreError):
    """The connection to the store broke. A second try succeeds once the server has restarted."""


class NoStoreError(StoreError):
    """There is no store where FINEWS_STORE points. Nothing was made or changed there."""

    exit_code = USAGE


class MissingStoreError(NoStoreError):
    """There is nothing where FINEWS_STORE points, so a command that may make a store can make one.

    :param where: the file or the database that FINEWS_STORE names.
    """

    def __init__(self, where: object) -> None:
        super().__init__(
            Message(
                "there is no store at {where}; is FINEWS_STORE right and its disk mounted? `finews run` and "
                "`finews import` make a new one",
                where=where,
            )
        )


class ForeignStoreError(NoStoreError):
    """Something else is where FINEWS_STORE points, such as another program's database.

    :param what: names it, as the beginning of a sentence.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            Message(
                "{what} is no store of finews, or is damaged; name another one in FINEWS_STORE, or put a backup in "
                "its place",
                what=what,
            )
        )


class DamagedRecordError(Exception):
    """A record of a store isn't as finews writes it. The store that reads it turns this into a StoreError.

    :param wrong: what is wrong with the record.
    :param record: which record it is; empty where only the caller knows that.
    """

    def __init__(self, wrong: str, record: str = "") -> None:
        super().__init__(" ".join(f"{record} can't be read: {wrong}".split()) if record else wrong)
        self.record = record


class ClusterError(FinewsError):
    """The Redis of FINEWS_CLUSTER can't be reached. Raised before a crawl starts."""


class NetworkError(FinewsError):
    """This host has no network."""


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
    """An answer of the upstream isn't in the format of its kind. The crawl counts the error and continues.

    :param message: what is wrong with the answer, in one line.
    :param head: the start of the answer, which the message shows.
    """

    def __init__(self, message: str, head: bytes = b"") -> None:
        super().__init__(f"{message}; the answer begins {head[:80]!r}" if head else message)


class BlockedError(SourceError):
    """The publisher keeps its answer back: it asks for a captcha, or the page lacks its data. The article isn't gone.

    finews doesn't work around it, and leaves the host alone with growing pauses.
    """


class ArticleGone(SourceError):  # noqa: N818 -- the field's term
    """The upstream has no such article: it answers ``data: null``, or an object without text."""


def one_line(reason: object) -> str:
    """Return *reason* on one line of at most LONGEST_REASON characters."""
    message = message_of(reason)
    shortened = shorten(message, LONGEST_REASON, placeholder=" …")
    return message if message == shortened else shortened


def why_one_failed(error: Exception) -> str:
    """Return in one line why one article failed. The other articles continue.

    :raises Exception: *error* itself, if it isn't about one article: the store, the disk or the memory failed.
    """
    shared = isinstance(error, MirrorError) and not error.is_of_one_file
    if shared or isinstance(error, StoreError | OSError | MemoryError):
        raise error
    why = one_line(error)
    return why if isinstance(error, FinewsError) else Message("{type}: {why}", type=type(error).__name__, why=why)


def describe_internal_error(error: BaseException) -> str:
    """Return in one line which bug in finews *error* is: its type, its place in the code and its message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"an error of finews itself, {type(error).__name__}{place}: {' '.join(str(error).split())}"[:300]
