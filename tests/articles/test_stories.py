"""Which articles are reprints of one another. tests/stories has the pairs, README.md there says how they are made."""

import html
import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finews_spider.articles import readings, stories
from finews_spider.stores.rules import SHARED
from tests.stories.by_hand import by_hand
from tests.stories.pairs import held_out, pairs

LEAST_PRECISION, LEAST_RECALL = 0.99, 0.95
SETS = {"pairs": pairs, "held_out": held_out, "by_hand": by_hand}


def reading(article):
    return readings.read(article.title, article.body)


def is_found(earlier, later):
    """Return whether a store that has *earlier* finds it for *later*, and takes the two for one story."""
    kept, asked = set(earlier.sketch()), set(later.sketch(readings.ASKED))
    shared = len(kept & asked) >= min(SHARED, len(asked))
    return shared and stories.is_reprint(later, earlier)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("order", ["left first", "right first"])
def test_precision_and_recall(name, order):
    """The figures of docs/reliability.md."""
    found: Counter[tuple[bool, bool]] = Counter()
    wrong: Counter[str] = Counter()
    for pair in SETS[name]():
        readings = [reading(pair.left), reading(pair.right)]
        same = is_found(*(readings if order == "left first" else reversed(readings)))
        found[pair.same, same] += 1
        wrong[pair.kind] += same is not pair.same
    precision = found[True, True] / (found[True, True] + found[False, True])
    recall = found[True, True] / (found[True, True] + found[True, False])
    print(f"{name}: {found.total()} pairs, precision {precision:.3f}, recall {recall:.3f}; wrong: {+wrong}")  # noqa: T201
    assert precision >= LEAST_PRECISION
    assert recall >= LEAST_RECALL


ARTICLES = [pair.left for pair in pairs()[::23]]
some = st.sampled_from(ARTICLES)


@given(some)
def test_an_article_is_its_own_reprint(article):
    assert is_found(reading(article), reading(article))


@given(some, some)
def test_it_makes_no_difference_which_of_two_is_the_first(one, other):
    assert stories.is_reprint(reading(one), reading(other)) == stories.is_reprint(reading(other), reading(one))


DRESS = (
    lambda body: re.sub(r"<p[^>]*>", "<div class='x'><span>", body).replace("</p>", "</span></div>"),
    lambda body: body.replace("。", "。<!-- 广告 --><br/>"),
    lambda body: re.sub(r"</p>", "</p><p><img src='https://p.example/1.png'></p>", body, count=2),
    lambda body: re.sub(r"[\u4e00-\u4e05]", lambda match: f"&#{ord(match[0])};", body),
    lambda body: body.replace("，", "，\u200b").replace("<p>", "<p>\u3000\u3000"),
    html.unescape,
)


@given(some, st.lists(st.sampled_from(DRESS), min_size=1, max_size=4))
def test_html_makes_no_difference(article, changes):
    body = article.body
    for change in changes:
        body = change(body)
    dressed = readings.read(article.title, body)
    assert dressed.text == reading(article).text
    assert is_found(reading(article), dressed)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3,000万元", "3000万元"),
        ("３０００万元", "0.3亿元"),
        ("3000 万元", "3000万元"),
        ("5％", "5 %"),
        ("1.50元", "1.5元"),
        ("2026年3月1日", "3 月 1 日"),
    ],
)
def test_a_figure_has_one_form(one, other):
    assert readings.read("", f"<p>约{one}。</p>").text == readings.read("", f"<p>约{other}。</p>").text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3000万元", "3000元"),
        ("0.5%", "5%"),
        ("600519", "000519"),
        ("<td>12</td><td>34</td>", "<td>123</td><td>45</td>"),
    ],
)
def test_other_figures_stay_apart(one, other):
    assert readings.read("", f"<p>约{one}。</p>").text != readings.read("", f"<p>约{other}。</p>").text


@pytest.mark.parametrize(
    "body", ["", "<p></p>", "<img src='https://p.example/1.png'>", "。，！", "<p>（来源：晨报）</p>"]
)
def test_an_article_without_words_is_no_reprint(body):
    assert not stories.is_reprint(readings.read("标题", body), readings.read("标题", body))


PINNED = [2174343, 25618928]


def test_a_sketch_is_the_same_on_every_python():
    first, second = (reading(article).sketch() for article in ARTICLES[:2])
    assert [first[0], second[0]] == PINNED
    assert all(before < after for before, after in pairwise(first))
    assert len(first) == readings.KEPT
