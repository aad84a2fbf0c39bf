"""FINEWS_PUBLISH, read and checked: where `finews publish` sends the site."""

import hashlib
import re
from typing import Literal, NamedTuple, Self, cast, get_args

from finews_spider.errors import ConfigError
from finews_spider.i18n import Message

Kind = Literal["git", "source", "rsync", "command"]
FORMS = "git:REMOTE#BRANCH, source:REMOTE#BRANCH, rsync:USER@HOST:/PATH or command:…"


class Destination(NamedTuple):
    """A place to which `finews publish` sends the site."""

    kind: Kind
    where: str
    """A git remote, a target of rsync, or a command line."""
    branch: str = ""

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read the setting; None: it is empty, and the site is only built.

        :raises ConfigError: it has none of the forms. The message doesn't have the value, which may contain a token.
        """
        if not text:
            return None
        kind, _, where = text.partition(":")
        if kind not in get_args(Kind) or not where.strip() or where.startswith("-"):
            raise ConfigError("FINEWS_PUBLISH should be {forms}; empty only builds the site", forms=FORMS)
        branch = ""
        if kind in {"git", "source"}:
            where, _, branch = where.rpartition("#")
            if not where or not re.fullmatch(r"(?!-)[\w./-]+", branch):
                raise ConfigError("FINEWS_PUBLISH has no branch; write {kind}:REMOTE#BRANCH", kind=kind)
        return cls(cast("Kind", kind), where.strip(), branch)

    @property
    def digest(self) -> str:
        """Tells whether two destinations are the same, without naming a password."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def __str__(self) -> str:
        """Return the destination for people, without passwords."""
        if self.kind == "command":
            return Message("your command")
        return without_password(self.where) + (f"#{self.branch}" if self.branch else "")


def without_password(text: str) -> str:
    """Return *text* without the user and password of its URLs. A token may stand in place of the user."""
    return re.sub(r"(\w://)[^\s/]*@", r"\1", text)  # up to the last @: a password may hold one
