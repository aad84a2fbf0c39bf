"""`finews verify` and the search index, whose files depend on the order in which posts came."""

import random

import pytest

from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.search import index
from finews_spider.mirror.search.index import INDEX
from finews_spider.mirror.search.segments import DATA
from tests.mirror.test_search import change, entry, files, small  # noqa: F401 -- a fixture

POSTS = [entry(number, "油价" if number % 2 else "银行") for number in range(60)]


@pytest.fixture
def folders(tmp_path, small):  # noqa: F811
    """Return an index that came by ticks, and one of the same posts that was written at once."""
    ticks, whole = MirrorFolder(tmp_path / "ticks"), MirrorFolder(tmp_path / "whole", is_journaled=False)
    posts = random.Random(1).sample(POSTS, len(POSTS))
    change(ticks, entry(3, "早先"))
    for start in range(0, len(posts), 7):
        change(ticks, *posts[start : start + 7])
    change(whole, *POSTS)
    return ticks, whole


def test_an_index_of_the_same_posts_is_right_however_it_is_divided(folders):
    ticks, whole = folders
    assert files(ticks) != files(whole)
    assert index.files_if_right(ticks, whole) == set(files(ticks))
    assert index.files_if_right(whole, ticks) == set(files(whole))


def test_other_posts_texts_and_bytes_are_found(folders):
    ticks, whole = folders
    right = files(ticks)
    change(whole, entry(3, "后来"))
    assert not index.files_if_right(ticks, whole)
    change(whole, POSTS[3])
    change(whole, gone=[POSTS[4]])
    assert not index.files_if_right(ticks, whole)
    change(whole, POSTS[4])
    for path in sorted(right):
        ticks.write(path, right[path] + " ")
        assert not index.files_if_right(ticks, whole), path
        ticks.write(path, right[path])
    path = next(path for path in right if path != INDEX and path.endswith("0.json"))
    ticks.remove(path)
    assert not index.files_if_right(ticks, whole)
    ticks.write(path, right[path])
    ticks.write(f"{DATA}/{ticks.folders(DATA)[0]}/99999.json", "{}")
    assert not index.files_if_right(ticks, whole)
