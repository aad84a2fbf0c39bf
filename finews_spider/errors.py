"""What can go wrong, by whose hand: every error that finews raises on purpose."""

import errno
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
    """The store can't be reached, read or written. The next run tries again."""


class DisconnectedError(StoreError):
    """The connection to the store broke. A second try succeeds once the server has restarted."""


class NoStoreError(StoreError):
    """Where FINEWS_STORE points there is no store. Nothing was made or changed there."""

    exit_code = USAGE


class MissingStoreError(NoStoreError):
    """There is nothing where FINEWS_STORE points, so a command that may make a store can make one.

    :param where: the file or the database that FINEWS_STORE names.
    """

    def __init__(self, where: object) -> None:
        super().__init__(
            f"there is no store at {where}; is FINEWS_STORE right and its disk mounted? `finews run` and "
            "`finews import` make a new one"
        )


class ForeignStoreError(NoStoreError):
    """Something else is where FINEWS_STORE points, such as another program's database.

    :param what: names it, as the beginning of a sentence.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is no store of finews, or is damaged; name another one in FINEWS_STORE, or put a backup in its "
            "place"
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


def one_line(reason: object) -> str:
    """Return *reason* on one line of at most LONGEST_REASON characters."""
    return shorten(str(reason), LONGEST_REASON, placeholder=" …")


def why_one_failed(error: Exception) -> str:
    """Return in one line why one article failed, whose neighbours go on.

    :raises Exception: *error* itself, where it isn't that article's: the store, the disk or the memory failed.
    """
    shared = isinstance(error, MirrorError) and not error.is_of_one_file
    if shared or isinstance(error, StoreError | OSError | MemoryError):
        raise error
    why = one_line(error)
    return why if isinstance(error, FinewsError) else f"{type(error).__name__}: {why}"
