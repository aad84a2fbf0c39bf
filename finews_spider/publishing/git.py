"""Pushes a folder's files as one commit to a branch of a git remote; the folder needs no clone."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from finews_spider.config.destination import Destination
from finews_spider.errors import PublishError
from finews_spider.publishing.tools import run_tool

FETCHED = "refs/remotes/published"
CHANGED = "refs/finews/changed"
"""A commit whose tree is that of the next real one."""
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

    def publish(self, folder: Path, changed: Sequence[str] | None, to: Destination, message: str, last: str) -> str:
        """Make the files of *folder* the branch's newest commit, and return that.

        :param changed: the files that changed since *last*; None: all may have.
        :param last: the commit that this repository pushed last.
        """
        is_known = bool(last) and last == self._remote_head(to)
        return self.push(self.tree(folder, changed if is_known else None, last), to, message, last)

    def tree(self, folder: Path, changed: Sequence[str] | None, last: str, excluded: Sequence[str] = ()) -> str:
        """Take in the files of *folder* as they are now, and return the hash of all.

        :param changed: the files that changed since *last*; None: all may have.
        :param last: a commit of this repository; empty: there is none.
        :param excluded: patterns as in .gitignore, which is then obeyed too; without any, all files are taken.
        """
        (self.folder / "info").mkdir(exist_ok=True)
        (self.folder / "info/exclude").write_text("".join(f"{each}\n" for each in excluded), encoding="utf-8")
        work_tree = f"--work-tree={folder}"
        if changed is not None and last and self._has(last) and not _has_links(folder, changed):
            if excluded and changed:
                names = "".join(f"{path}\0" for path in changed)
                options = ("--no-index", "-z", "--stdin")
                answer = self._git(work_tree, "check-ignore", *options, folder=folder, given=names, may_fail=True)
                changed = sorted({*changed} - {*answer.split("\0")})
            with suppress(PublishError):  # a file that goes away meanwhile, a broken object of *last*
                return self._tree_of_changed(work_tree, folder, changed, last)
        index = self.folder / "index"
        index.unlink(missing_ok=True)
        everything = () if excluded else ("--force",)
        self._git(work_tree, "add", "--all", *everything, "--", ".", folder=folder)
        tree = self._git("write-tree")
        index.unlink(missing_ok=True)
        return tree

    def _tree_of_changed(self, work_tree: str, folder: Path, changed: Sequence[str], last: str) -> str:
        """Return the tree of *last* with the changed files as they are now.

        An index would name every file of the site. ``git fast-import`` reads only the trees in which something changed.
        """
        there = [path for path in changed if (folder / path).is_file()]
        names = "".join(f"{_quoted(path)}\n" for path in there)
        hashes = self._git(work_tree, "hash-object", "-w", "--stdin-paths", folder=folder, given=names).split()
        gone = "".join(f"D {_quoted(path)}\n" for path in sorted({*changed} - {*there}))
        modes = ["100755" if os.access(folder / path, os.X_OK) else "100644" for path in there]
        written = zip(modes, hashes, map(_quoted, there), strict=True)
        files = "".join(f"M {' '.join(each)}\n" for each in written)
        commit = f"commit {CHANGED}\ncommitter finews <> 0 +0000\ndata 0\nfrom {last}\n{gone}{files}\ndone\n"
        self._git("fast-import", "--quiet", "--force", "--done", given=commit)
        return self._git("rev-parse", f"{CHANGED}^{{tree}}")

    def push(self, tree: str, to: Destination, message: str, last: str = "") -> str:
        """Make *tree* the branch's newest commit, and return that; the same files are no new one.

        Where somebody else pushed in the meantime, the commit is made once more on top of theirs.

        :param last: the commit that this repository pushed last.
        """
        is_known = bool(last) and last == self._remote_head(to) and self._has(last)
        head = last if is_known else self._fetch(to)
        for _ in range(2):
            try:
                return self._push(tree, to, message, head)
            except PublishError:
                before, head = head, self._fetch(to)
                if head == before:
                    raise
        raise PublishError("git: others keep pushing to {to}; the next publication tries again", to=to)

    def _push(self, tree: str, to: Destination, message: str, head: str) -> str:
        if head and self._git("rev-parse", f"{head}^{{tree}}") == tree:
            return head
        commit = self._git("commit-tree", tree, "-m", message, *(("-p", head) if head else ()))
        self._git("push", "--quiet", "--", to.where, f"{commit}:refs/heads/{to.branch}")
        self._git("update-ref", FETCHED, commit)
        # Packs the objects when there are thousands of them; without the reference it would remove the last commit.
        self._git("-c", "gc.autoDetach=false", "gc", "--auto", "--quiet", may_fail=True)
        return commit

    def _has(self, commit: str) -> bool:
        return bool(self._git("rev-parse", "--quiet", "--verify", f"{commit}^{{tree}}", may_fail=True))

    def _remote_head(self, to: Destination) -> str:
        return self._git("ls-remote", "--", to.where, f"refs/heads/{to.branch}").partition("\t")[0]

    def _fetch(self, to: Destination) -> str:
        """Return the branch's newest commit, fetched without those before it; nothing where there is no such branch."""
        if not self._remote_head(to):
            return ""
        once = ("--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head")
        self._git("fetch", *once, "--", to.where, f"+refs/heads/{to.branch}:{FETCHED}")
        return self._git("rev-parse", FETCHED)

    def _git(self, *arguments: str, folder: Path | None = None, given: str = "", may_fail: bool = False) -> str:
        options = [part for option in (*UNCHANGED_FILES, *LOW_SPEED) for part in ("-c", option)]
        command = ["git", *options, *arguments]
        return run_tool(command, "git", self.env, folder, given=given, may_fail=may_fail).stdout.strip()


def _has_links(folder: Path, paths: Sequence[str]) -> bool:
    """Whether one of *paths* is a link, or is below one: such a path isn't the file that it leads to."""
    root = os.path.realpath(folder)
    return any(os.path.realpath(folder / path) != os.path.join(root, path) for path in paths)  # noqa: PTH118 -- it is compared as text


def _quoted(path: str) -> str:
    """Return *path* as git reads it among other words."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
