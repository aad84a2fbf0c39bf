"""The pairs are what README.md says of them; finding reprints is measured elsewhere."""

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from finews_spider.articles.body import text_of
from tests.stories import pairs
from tests.stories.model import Article, Pair

SETS = {"pairs": (pairs.pairs(), 500), "held_out": (pairs.held_out(), 300)}
ARTICLES = {name: [side for pair in made for side in (pair.left, pair.right)] for name, (made, _) in SETS.items()}
each_set = pytest.mark.parametrize("name", SETS)


def _kinds(made: tuple[Pair, ...], *, same: bool) -> Counter[str]:
    return Counter(pair.kind for pair in made if pair.same is same)


@each_set
def test_a_set_is_large_enough_and_has_both_labels_of_many_kinds(name):
    made, least = SETS[name]
    assert len(made) >= least
    same, different = _kinds(made, same=True), _kinds(made, same=False)
    assert same.total() > least / 3
    assert different.total() > least / 3
    assert not set(same) & set(different)
    assert len(same) >= 20
    assert len(different) >= 12


def test_every_article_has_a_code_of_its_own():
    codes = [article.code for name in SETS for article in ARTICLES[name]]
    grouped = {article.code for group in pairs.groups() for article in (*group.story, *group.neighbours)}
    assert len(set(codes)) == len(codes)
    assert not grouped & set(codes)


@each_set
def test_articles_are_whole(name):
    for article in ARTICLES[name]:
        assert len(article.code) == 18
        assert article.code.startswith(f"{article.published:%Y%m%d}")
        assert article.published.utcoffset() == timedelta(hours=8)
        assert article.title.strip() == article.title
        assert article.title
        assert article.publication
        assert text_of(article.body)
        assert "{" not in article.title + article.body


@each_set
def test_both_were_published_within_seven_days_and_differ_in_more_than_their_code(name):
    for pair in SETS[name][0]:
        assert abs(pair.left.published - pair.right.published) <= timedelta(days=7), pair.kind
        assert (pair.left.title, pair.left.body) != (pair.right.title, pair.right.body), pair.kind


@each_set
def test_a_reprint_is_cut_and_lengthened_by_a_third_at_most(name):
    for pair in SETS[name][0]:
        if pair.same and pair.kind != "two changes at once":
            left, right = len(text_of(pair.left.body)), len(text_of(pair.right.body))
            assert left * 0.66 <= right, pair
            assert right <= left * 1.34 + 120, pair


@each_set
def test_different_articles_have_different_texts_and_short_reprints_the_same(name):
    for pair in SETS[name][0]:
        left, right = text_of(pair.left.body), text_of(pair.right.body)
        if not pair.same:
            assert left != right, pair
        if pair.same and min(len(left), len(right)) < 80:
            assert left == right, pair


def test_a_group_has_one_story_in_several_orders_and_neighbours():
    assert len(pairs.groups()) >= 12
    for group in pairs.groups():
        assert 5 <= len(group.story) <= 8, group.name
        assert group.neighbours
        codes = [article.code for article in (*group.story, *group.neighbours)]
        assert len(set(codes)) == len(codes)


@each_set
def test_texts_have_the_lengths_of_real_ones(name):
    lengths = [len(text_of(article.body)) for article in ARTICLES[name]]
    assert sum(300 <= length <= 2500 for length in lengths) > len(lengths) * 0.6
    assert sum(length < 80 for length in lengths) >= 20
    assert max(lengths) < 4000


def _article(article: Article) -> str:
    return f"{article.code}{article.title}{article.publication}{article.published}{article.body}"


def test_the_pairs_are_the_same_in_another_process():
    here = "".join(_article(article) for name in SETS for article in ARTICLES[name])
    script = (
        "import sys; from tests.stories.test_pairs import ARTICLES, SETS, _article;"
        "sys.stdout.buffer.write(''.join(_article(a) for name in SETS for a in ARTICLES[name]).encode())"
    )
    root = Path(__file__).parents[2]
    there = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, check=True, timeout=60).stdout
    assert there.decode() == here
