"""The tree that git gets of the changed files is the one that it gets of all files."""

import random
import shutil
from unittest import mock

import pytest

from finews_spider.publishing.git import Git
from tests.browsing import put

NAMES = ["a", "b c", "文", '"', "\\", "a\nb", "-x", "%41", "'"]


def commit_of(git: Git, tree: str) -> str:
    return git._git("commit-tree", tree, "-m", "All")


def random_path(dice: random.Random) -> str:
    return "/".join(dice.choices(NAMES, k=dice.choice((1, 2, 3))))


def put_somewhere(folder, path: str, text: str) -> None:
    """Write a file, for which a file or a folder may have to go."""
    file = folder / path
    for above in reversed(file.relative_to(folder).parents):
        if (folder / above).is_file():
            (folder / above).unlink()
    if file.is_dir():
        shutil.rmtree(file)
    put(file, text)


def snapshot(folder) -> dict[str, tuple[int, bytes]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): (path.stat().st_mode, path.read_bytes()) for path in files}


@pytest.mark.parametrize("seed", range(3))
def test_any_change_gives_the_tree_of_all_files(tmp_path, seed):
    dice = random.Random(seed)
    git, folder = Git(tmp_path / "git", ("a", "a@example.com")), tmp_path / "site"
    for number in range(12):
        put_somewhere(folder, random_path(dice), f"{number}")
    tree = git.tree(folder, None, "")
    for number in range(8):
        before = snapshot(folder)
        for path in dice.sample(sorted(before), len(before) // 3):
            (folder / path).unlink(missing_ok=True)
        for _ in range(4):
            put_somewhere(folder, random_path(dice), f"{number}{dice.random()}")
        (folder / dice.choice(sorted(snapshot(folder)))).chmod(0o755)
        now = snapshot(folder)
        changed = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
        last = commit_of(git, tree)
        with mock.patch.object(git, "_git", wraps=git._git) as run:
            tree = git.tree(folder, changed, last)
        assert not any("add" in call.args for call in run.call_args_list)  # it didn't look at all files
        assert tree == git.tree(folder, None, "")


def test_a_link_is_not_the_file_that_it_leads_to(tmp_path):
    git, folder = Git(tmp_path / "git", ("a", "a@example.com")), tmp_path / "site"
    put(tmp_path / "secret/key", "secret")
    put(folder / "a", "a")
    last = commit_of(git, git.tree(folder, None, ""))
    (folder / "link").symlink_to(tmp_path / "secret/key")
    (folder / "below").symlink_to(tmp_path / "secret")
    tree = git.tree(folder, ["below/key", "link"], last)
    listed = git._git("ls-tree", "-r", "--format=%(objecttype) %(objectmode) %(path)", tree).splitlines()
    assert listed == ["blob 100644 a", "blob 120000 below", "blob 120000 link"]
    assert git._git("cat-file", "blob", f"{tree}:link") == str((folder / "link").readlink())
