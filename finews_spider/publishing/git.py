"""Pushes a folder's files as one commit to a branch of a git remote; the folder needs no clone."""

import os
from collections.abc import Sequence
from pathlib import Path

from finews_spider.config.destination import Destination
from finews_spider.errors import PublishError
from finews_spider.publishing.tools import run_tool

FETCHED = "refs/remotes/published"
UNCHANGED_FILES = ("core.autocrlf=false", "core.excludesFile=/dev/null", "core.hooksPath=/dev/null")
"""Settings of the user that would change or leave out files don't apply."""
LOW_SPEED = ("http.lowSpeedLimit=1000", "http.lowSpeedTime=60")
"""Git gives up a transfer with fewer bytes a second than that for so many seconds."""
SSH = "ssh -o BatchMode=yes -o ServerAliveInterval=15"
"""Never asks for input, and notices within a minute when the server doesn't answer."""


class Git:
    """A repository of finews' own, with the branch's last commit only.

    Every method raises :class:`PublishError` if git fails, and :class:`ConfigError` if git isn't installed.
    """

    def __init__(self, folder: Path, author: tuple[str, str]) -> None:
        self.folder = folder
        name, mail = author
        self.env = {
            "GIT_DIR": str(folder),
            "GIT_INDEX_FILE": str(folder / "index"),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", SSH),
            "LC_ALL": "C.UTF-8",
            **{f"GIT_{who}_NAME": name for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": mail for who in ("AUTHOR", "COMMITTER")},
        }
        if not (folder / "HEAD").is_file():
            self._git("init", "--quiet", "--bare", str(folder))
        # A killed git leaves its locks, which would stop every later one. No other git is running, by publish_lock.
        for lock in (*folder.glob("*.lock"), *folder.glob("refs/**/*.lock")):
            lock.unlink(missing_ok=True)

    def tree(self, folder: Path, ignored: Sequence[str] = ()) -> str:
        """Add the files of *folder* to the repository, and return the hash of their tree.

        :param ignored: patterns as in .gitignore, and then the folder's .gitignore holds too; if empty, all files are
            added.
        """
        (self.folder / "info").mkdir(exist_ok=True)
        (self.folder / "info/exclude").write_text("".join(f"{pattern}\n" for pattern in ignored), encoding="utf-8")
        everything = () if ignored else ("--force",)
        self._git(f"--work-tree={folder}", "add", "--all", *everything, "--", ".", folder=folder)
        return self._git("write-tree")

    def push(self, tree: str, to: Destination, message: str) -> bool:
        """Make *tree* the branch's newest commit; return False if it was that already.

        If somebody else pushes at the same time, the commit is made again on top of theirs.
        """
        head = self._fetch(to)
        for _ in range(2):
            if head and self._git("rev-parse", f"{head}^{{tree}}") == tree:
                return False
            commit = self._git("commit-tree", tree, "-m", message, *(("-p", head) if head else ()))
            try:
                self._git("push", "--quiet", "--", to.where, f"{commit}:refs/heads/{to.branch}")
            except PublishError:
                before, head = head, self._fetch(to)
                if head == before:
                    raise
            else:
                return True
        raise PublishError(f"git: others keep pushing to {to}; the next publication tries again")

    def _fetch(self, to: Destination) -> str:
        """Fetch the branch's newest commit without its history, and return it; empty if there is no such branch."""
        if not self._git("ls-remote", "--", to.where, f"refs/heads/{to.branch}"):
            return ""
        options = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head")
        self._git("fetch", *options, "--", to.where, f"+refs/heads/{to.branch}:{FETCHED}")
        return self._git("rev-parse", FETCHED)

    def _git(self, *arguments: str, folder: Path | None = None) -> str:
        options = [part for option in (*UNCHANGED_FILES, *LOW_SPEED) for part in ("-c", option)]
        return run_tool(["git", *options, *arguments], "git", self.env, folder).stdout.strip()
