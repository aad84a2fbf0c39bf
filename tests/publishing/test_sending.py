"""What is sent is what changed since the destination had the site, and everything where nobody can know that."""

import json
import os
import shutil
import time
from collections.abc import Callable

import pytest

from finews_spider.errors import PublishError
from finews_spider.mirror.folder import MirrorFolder
from tests.browsing import put
from tests.publishing.test_publish import (  # noqa: F401 -- three are fixtures
    commits,
    copies,
    files,
    finews,
    git,
    post,
    remote,
    remove_post,
    send,
)

RSYNC = """#!/bin/sh
case "$*" in *--files-from*) echo list >> {log} ;; *--recursive*) echo all >> {log} ;; esac
exec {rsync} --itemize-changes --out-format='%o %n' "$@" >> {log}
"""


@pytest.fixture(autouse=True)
def _programs(copies):  # noqa: F811
    """Let what git does be seen by a commit, and what rsync does in a log."""
    rsync = shutil.which("rsync")
    put(copies.folder / "bin/rsync", RSYNC.format(log=copies.folder / "rsync.log", rsync=rsync))
    (copies.folder / "bin/rsync").chmod(0o755)


def rsynced(copies) -> list[str]:  # noqa: F811
    """Return what rsync did since this was last asked."""
    log = copies.folder / "rsync.log"
    lines = log.read_text().splitlines() if log.exists() else []
    log.unlink(missing_ok=True)
    return sorted(line for line in lines if ".finews-published" not in line and not line.endswith("/"))


def shown(remote, branch: str = "pages") -> dict[str, bytes]:  # noqa: F811
    """Return the files of a branch."""
    clone = remote.with_name(f"clone{time.monotonic_ns()}")
    git(remote.parent, "clone", "--quiet", "--branch", branch, str(remote), str(clone))
    return {path: content for path, content in files(clone).items() if not path.startswith(".git/")}


def touched(remote, branch: str = "pages") -> list[str]:  # noqa: F811
    """Return the files that the branch's newest commit has otherwise than the one before."""
    return git(remote, "show", "--format=", "--name-status", "--no-renames", branch).replace("\t", " ").splitlines()


@pytest.fixture
def pages(copies, remote):  # noqa: F811
    """Return a published site whose branch is up to date."""
    copies.settings["FINEWS_PUBLISH"] = f"git:{remote}#pages"
    send(copies)
    return copies


def change(copies, day: int) -> None:  # noqa: F811
    post(copies, day)
    remove_post(copies, day - 1)


def changes(day: int) -> list[str]:
    return [f"D 2026-03-0{day - 1}-{day - 1}.md", f"A 2026-03-0{day}-{day}.md"]


def test_a_commit_has_the_changed_files_and_no_others(pages, remote):  # noqa: F811
    change(pages, 2)
    send(pages)
    assert touched(remote) == changes(2)
    assert shown(remote) == files(pages.folder / "site")


def somebody_pushes(copies, remote) -> None:  # noqa: F811
    theirs = copies.folder / "theirs"
    git(copies.folder, "clone", "--quiet", "--branch", "pages", str(remote), str(theirs))
    put(theirs / "theirs.txt", "x")
    (theirs / "index.html").unlink()
    git(theirs, "add", "--all")
    git(theirs, "commit", "--quiet", "-m", "Theirs")
    git(theirs, "push", "--quiet")


def branch_is_rewritten(_, remote) -> None:  # noqa: F811
    commit = git(remote, "commit-tree", git(remote, "mktree").strip(), "-m", "Rewritten").strip()
    git(remote, "update-ref", "refs/heads/pages", commit)


def branch_is_gone(_, remote) -> None:  # noqa: F811
    git(remote, "update-ref", "-d", "refs/heads/pages")


def repository_is_lost(copies, _) -> None:  # noqa: F811
    shutil.rmtree(copies.folder / ".site.git")


@pytest.mark.parametrize(
    "what",
    [somebody_pushes, branch_is_rewritten, branch_is_gone, repository_is_lost],
)
def test_git_sends_everything_where_the_branch_is_not_as_it_was(pages, remote, what: Callable):  # noqa: F811
    what(pages, remote)
    change(pages, 2)
    send(pages)
    assert shown(remote) == files(pages.folder / "site")
    change(pages, 3)
    send(pages)
    assert touched(remote) == changes(3)
    assert shown(remote) == files(pages.folder / "site")


def test_another_branch_gets_everything(pages, remote):  # noqa: F811
    change(pages, 2)
    pages.settings["FINEWS_PUBLISH"] = f"git:{remote}#other"
    assert send(pages) == (True, True)
    assert shown(remote, "other") == files(pages.folder / "site")
    pages.settings["FINEWS_PUBLISH"] = f"git:{remote}#pages"
    assert send(pages) == (False, True)
    assert shown(remote) == files(pages.folder / "site")


def test_what_could_not_be_sent_comes_with_the_next(pages, remote):  # noqa: F811
    away = remote.with_name("away")
    remote.rename(away)
    for day in (2, 3):
        change(pages, day)
        with pytest.raises(PublishError):
            send(pages)
    away.rename(remote)
    change(pages, 4)
    send(pages)
    assert touched(remote) == ["D 2026-03-01-1.md", "A 2026-03-04-4.md"]
    assert shown(remote) == files(pages.folder / "site")


@pytest.fixture
def web(copies):  # noqa: F811
    """Return a folder that rsync brought the site to."""
    web = copies.folder / "web"
    copies.settings["FINEWS_PUBLISH"] = f"rsync:{web}"
    send(copies)
    assert "all" in rsynced(copies)
    return web


def test_rsync_transfers_the_changed_files_and_no_others(copies, web):  # noqa: F811
    change(copies, 2)
    send(copies)
    assert rsynced(copies) == ["del. 2026-03-01-1.md", "list", "list", "send 2026-03-02-2.md"]
    assert files(web) == files(copies.folder / "site")


@pytest.mark.parametrize("what", ["wiped", "without its mark", "by another", "another"])
def test_rsync_sends_everything_where_it_cannot_know_what_is_there(copies, web, what):  # noqa: F811
    if what == "wiped":
        shutil.rmtree(web)
    elif what == "without its mark":
        shutil.rmtree(web)
        put(web / "more/stale.html", "x")
    elif what == "by another":
        put(web / ".finews-published", "0" * 32)
        put(web / "index.html", "theirs")
        put(web / "more/stale.html", "x")
    else:
        copies.settings["FINEWS_PUBLISH"] = f"rsync:{web}2"
    change(copies, 2)
    send(copies)
    assert "all" in rsynced(copies)
    to = web.with_name("web2") if what == "another" else web
    assert files(to) == files(copies.folder / "site")
    change(copies, 3)
    send(copies)
    assert "list" in rsynced(copies)
    assert files(to) == files(copies.folder / "site")
    if what == "another":
        copies.settings["FINEWS_PUBLISH"] = f"rsync:{web}"
        assert send(copies) == (False, True)
        assert files(web) == files(copies.folder / "site")


@pytest.mark.parametrize("destination", ["rsync", "git"])
def test_a_file_becomes_a_folder_and_a_folder_a_file(copies, web, remote, destination):  # noqa: F811
    """The stand-in writes what it is told to."""
    copies.settings["FINEWS_PUBLISH"] = f"rsync:{web}" if destination == "rsync" else f"git:{remote}#pages"
    put(copies.folder / "bin/jekyll", f"#!{shutil.which('python3')}\n{WRITES}")
    for plan in ({"a": "x"}, {"a/x/b": "x", "a/c": "y"}, {"a": "z"}, {"a/x": "1"}, {"a/x/y": "2"}):
        put(copies.mirror / "plan.html", f"---\n---\n{json.dumps(plan)}")
        send(copies)
        ours = files(copies.folder / "site")
        assert {path: ours[path].decode() for path in ours if path.startswith("a")} == plan
        assert (files(web) if destination == "rsync" else shown(remote)) == ours


WRITES = """
import json, os, pathlib, sys
source, out = pathlib.Path(sys.argv[3]), pathlib.Path(sys.argv[5])
with open(os.environ["FINEWS_OUTPUTS"], "w") as told:
    for path, text in json.loads((source / "plan.html").read_text()[8:]).items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_text(text)
        print(json.dumps(["plan.html", path]), file=told)
"""


def test_a_command_is_told_what_changed_and_nothing_at_first(copies):  # noqa: F811
    told = copies.folder / "told"
    ask = f'echo "[$FINEWS_SITE_CHANGES]" | grep -c "\\[\\]" >> {told}; cat "${{FINEWS_SITE_CHANGES:-/dev/null}}" >> {told}'
    copies.settings["FINEWS_PUBLISH"] = f"command:{ask}; test ! -e {copies.folder}/fails"
    send(copies)
    assert told.read_text() == "1\n", "everything"
    told.unlink()
    put(copies.folder / "fails", "")
    change(copies, 2)
    with pytest.raises(PublishError):
        send(copies)
    change(copies, 3)
    (copies.folder / "fails").unlink()
    told.unlink()
    send(copies)
    assert told.read_text() == "0\n2026-03-01-1.md\n2026-03-02-2.md\n2026-03-03-3.md\n"
    assert send(copies) == (False, False)
    (copies.folder / ".site.db").unlink()
    told.unlink()
    assert send(copies) == (True, True)
    assert told.read_text() == "1\n", "nobody knows any more"


@pytest.fixture
def source(copies, remote):  # noqa: F811
    copies.settings["FINEWS_PUBLISH"] = f"source:{remote}#pages"
    put(copies.mirror / "notes.txt", "1")
    send(copies)
    return copies


def mirrored(copies) -> dict[str, bytes]:  # noqa: F811
    return {path: content for path, content in files(copies.mirror).items() if not path.startswith(".finews-")}


def test_the_source_is_sent_by_what_changed(source, remote):  # noqa: F811
    change(source, 2)
    put(source.mirror / "notes.txt", "2")
    send(source)
    folder = "_posts/2026-03-0"
    assert touched(remote) == [f"D {folder}1-1.md", f"A {folder}2-2.md", "M notes.txt"]
    assert shown(remote) == mirrored(source)
    (source.mirror / "notes.txt").unlink()
    send(source)
    assert touched(remote) == ["D notes.txt"]
    put(source.mirror / ".gitignore", "about.txt\n_posts/2026-03-02*\n")
    put(source.mirror / "about.txt", "mine")
    send(source)
    assert touched(remote) == ["A .gitignore", f"D {folder}2-2.md"], "what is ignored from now on goes, too"
    MirrorFolder(source.mirror).write("_posts/2026-03-02-2.md", "changed")
    post(source, 4)
    send(source)
    assert touched(remote) == [f"A {folder}4-4.md"]


@pytest.mark.parametrize("what", [somebody_pushes, branch_is_rewritten, repository_is_lost])
def test_the_source_is_right_where_the_branch_is_not_as_it_was(source, remote, what):  # noqa: F811
    what(source, remote)
    change(source, 2)
    send(source)
    assert shown(remote) == mirrored(source)
    change(source, 3)
    send(source)
    assert [line[-4:] for line in touched(remote)] == ["2.md", "3.md"]
    assert shown(remote) == mirrored(source)


def test_the_source_below_a_link_is_sent_as_a_link(source, remote):  # noqa: F811
    put(source.folder / "elsewhere/page.html", "one")
    (source.mirror / "more").symlink_to(os.path.relpath(source.folder / "elsewhere", source.mirror))
    send(source)
    put(source.folder / "elsewhere/page.html", "two")
    change(source, 2)
    send(source)
    assert git(remote, "ls-tree", "pages", "more").startswith("120000 blob")
    assert "A _posts/2026-03-02-2.md" in touched(remote)
