"""Where `finews publish` sends the site: FINEWS_PUBLISH, read and checked."""

import re
from typing import Literal, NamedTuple, Self, cast, get_args

from finews_spider.errors import ConfigError

Kind = Literal["git", "source", "rsync", "command"]
FORMS = "git:REMOTE#BRANCH, source:REMOTE#BRANCH, rsync:USER@HOST:/PATH or command:…"


class Destination(NamedTuple):
    """One place to publish to."""

    kind: Kind
    where: str
    """A git remote, what rsync takes as its target, or a command line."""
    branch: str = ""

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read the setting; None where it is empty, and the site is only built.

        :raises ConfigError: it is none of the forms. The message doesn't repeat the value, which may hold a token.
        """
        if not text:
            return None
        kind, _, where = text.partition(":")
        if kind not in get_args(Kind) or not where.strip() or where.startswith("-"):
            raise ConfigError(f"FINEWS_PUBLISH should be {FORMS}; empty only builds")
        branch = ""
        if kind in {"git", "source"}:
            where, _, branch = where.rpartition("#")
            if not where or not re.fullmatch(r"(?!-)[\w./-]+", branch):
                raise ConfigError(f"FINEWS_PUBLISH: which branch? Write {kind}:REMOTE#BRANCH")
        return cls(cast("Kind", kind), where.strip(), branch)

    def __str__(self) -> str:
        """For people: without what may be a password."""
        if self.kind == "command":
            return "your command"
        return without_password(self.where) + (f"#{self.branch}" if self.branch else "")


def without_password(text: str) -> str:
    """Return *text* without what stands before the host in its URLs: a token may be there in the place of a name."""
    return re.sub(r"(\w://)[^\s/]*@", r"\1", text)  # up to the last @: a password may hold one
