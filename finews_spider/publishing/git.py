"""A folder's files as one commit on a branch of a git remote, without a clone in the folder."""

import os
from collections.abc import Sequence
from pathlib import Path

from finews_spider.config.destination import Destination
from finews_spider.errors import PublishError
from finews_spider.publishing.tools import run_tool

FETCHED = "refs/remotes/published"
AS_IT_IS = ("core.autocrlf=false", "core.excludesFile=/dev/null", "core.hooksPath=/dev/null")
"""What a user's git settings would do to the files is none of the mirror's business."""
PATIENCE = ("http.lowSpeedLimit=1000", "http.lowSpeedTime=60")
"""A transfer below this many bytes a second for this many seconds is given up."""
SSH = "ssh -o BatchMode=yes -o ServerAliveInterval=15"
"""Asks nothing, for nobody is there to answer; notices within a minute when the other side is gone."""


class Git:
    """A repository of our own that knows the branch's last commit and no more.

    Every method raises :class:`PublishError` where git fails, :class:`ConfigError` where there is none.
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
        # Left by a git that was killed, they would hold up every later one; publish_lock keeps living ones out.
        for lock in (*folder.glob("*.lock"), *folder.glob("refs/**/*.lock")):
            lock.unlink(missing_ok=True)

    def tree(self, folder: Path, passed_over: Sequence[str] = ()) -> str:
        """Take in the files of *folder* as they are now, and return the hash of all.

        :param passed_over: patterns as in .gitignore, which is then obeyed too; without any, all files are taken.
        """
        (self.folder / "info").mkdir(exist_ok=True)
        (self.folder / "info/exclude").write_text("".join(f"{each}\n" for each in passed_over), encoding="utf-8")
        everything = () if passed_over else ("--force",)
        self._git(f"--work-tree={folder}", "add", "--all", *everything, "--", ".", folder=folder)
        return self._git("write-tree")

    def push(self, tree: str, to: Destination, message: str) -> bool:
        """Make *tree* the branch's newest commit, and say whether it wasn't that already.

        Where somebody else pushed in the meantime, the commit is made once more on top of theirs.
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
        raise PublishError(f"git: others push to {to} all the time; the next publication tries again")

    def _fetch(self, to: Destination) -> str:
        """Return the branch's newest commit, fetched without those before it; nothing where there is no such branch."""
        if not self._git("ls-remote", "--", to.where, f"refs/heads/{to.branch}"):
            return ""
        once = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head")
        self._git("fetch", *once, "--", to.where, f"+refs/heads/{to.branch}:{FETCHED}")
        return self._git("rev-parse", FETCHED)

    def _git(self, *arguments: str, folder: Path | None = None) -> str:
        options = [part for option in (*AS_IT_IS, *PATIENCE) for part in ("-c", option)]
        return run_tool(["git", *options, *arguments], "git", self.env, folder).stdout.strip()
