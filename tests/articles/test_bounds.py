"""The bounds of an article: one beyond them becomes text before any parser reads it, and real articles stay."""

import random
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace

import nh3
import pytest

from finews_spider.articles import bounds
from finews_spider.articles.body import text_of
from finews_spider.articles.normalize import normalize
from finews_spider.errors import SourceError
from finews_spider.mirror import sanitize
from finews_spider.sources import page, rendered
from tests.articles.test_normalize import ARTICLE, CODE

N = 20_000
QUOTED = '"<b>"'
FONTS = "".join(f'<font color="{number}">' for number in range(1_500))
WORST = {
    "elements": "<div>" * N,
    "formatting": "<b>" * N,
    "formatting and paragraphs": f"<p>{FONTS}{'<p>x' * 1_500}",
    "formatting by bytes": f"{''.join(f'<font a={n} b={chr(120) * 1000}>' for n in range(150))}{'<p>x' * 100}",
    "items": "<li><dd>" * N,
    "tables": "<table><tr><td>" * N,
    "cells that aren't closed": "<div><table><tr><td></div>" * N,
    "formatting that is closed early": "<b><div></b>" * N,
    "links": "<a href=x><div>" * N,
    "lists": "<ul>x<li>" * N,
    "attributes": f"<p {' '.join(f'a{n}=1' for n in range(N))}>x</p>",
    "attributes without values": f"<p {' '.join(f'a{n}' for n in range(N))}>x</p>",
    "attributes behind a bracket": f"<p x='>' y=\"<p>\" {' '.join(f'a{n}' for n in range(N))}>x</p>",
    "attributes behind quotes": f"<p x=a' y='>' z=\"<b c=\" {' '.join(f'a{n}' for n in range(N))}>x</p>",
    "attributes that hold tags": f"<p {' '.join(f'a{n}={QUOTED}' for n in range(N))}>x</p>",
    "tags that don't end": '<a b="' * N,
    "references": "&" * 490_000,
    "length": f"<p>{'长' * 600_000}</p>",
}
USUAL = {
    "paragraphs that aren't closed": "<p>x" * 5_000,
    "items that aren't closed": f"<ul>{'<li>x' * 1_000}</ul>" * 3,
    "cells that aren't closed": f"<table>{'<tr><td>x<td>y' * 500}</table>" * 2,
    "tags that cross": "<p><span>x</p></span><b><i>x</b></i>" * 1_000,
    "spans that aren't closed": "<div><span>x</div>" * 1_000,
    "a font around it all": f"<font color=red><font size=2>{'<p>x</p>' * 3_000}</font></font>",
    "nesting": f"{'<section>' * 150}x{'</section>' * 150}" * 3,
    "a long one": f"<p>{'长' * 400_000}</p>",
    "a table": f"<table>{'<tr><td>&nbsp;</td></tr>' * 9_000}</table>",
    "attributes": f"<p {' '.join(f'a{n}=1' for n in range(150))}>x</p>" * 100,
    "a style": f'<p style="margin:{"1.5 12 a " * 200}(">x</p>',
    "classes": f'<p class="{"a_a_" * 500}-">x</p>',
}


@pytest.mark.parametrize("name", WORST)
def test_an_article_beyond_the_bounds_becomes_text_with_a_note(name):
    kept = bounds.body(WORST[name])
    assert kept.endswith(bounds.NOTE)
    assert len(kept) <= bounds.LONGEST_BODY
    assert set(re.findall("<[^>]*>", kept)) == {"<p>", "</p>"}
    assert bounds.body(kept) == kept
    assert normalize(replace(ARTICLE, body=WORST[name])).body == kept
    assert sanitize.body(WORST[name]) == sanitize.body(kept)  # of an article that was stored earlier


@pytest.mark.parametrize("name", USUAL)
def test_an_article_within_the_bounds_stays(name):
    assert bounds.body(USUAL[name]) == USUAL[name]


def test_the_text_of_an_article_that_is_too_deep_is_kept():
    body = f"{'<div>' * 300}<p>一&lt;二</p>三<script>四</script><br>五<!-- 六 -->{'</div>' * 300}"
    assert bounds.body(body) == f"<p>一&lt;二</p><p>三</p><p>五</p>{bounds.NOTE}"
    assert text_of(bounds.body(f"<p>{'长' * 600_000}")).startswith("长" * 400_000)


def nesting(markup):
    """Return how deep nh3 nests *markup*."""
    depth = deepest = 0
    for closing in re.findall(r"<(/?)(?!br)[a-z]", nh3.clean(markup, tags=nh3.ALLOWED_TAGS | {"font"}, attributes={})):
        depth += -1 if closing else 1
        deepest = max(deepest, depth)
    return deepest


def test_parsers_nest_hardly_deeper_than_the_count():
    chance = random.Random(18)
    names = ["p", "div", "b", "font", "a", "span", "li", "ul", "dd", "table", "tr", "td", "th", "h2", "section", "br"]
    for _ in range(3_000):
        some = chance.sample(names, 4)
        markup = "".join(f"<{chance.choice(['', '', '/'])}{chance.choice(some)}>x" for _ in range(200))
        if not bounds.is_too_deep(markup, 20):
            assert nesting(markup) <= 60


@pytest.mark.parametrize("parse", [page.parse, rendered.parse])
@pytest.mark.parametrize(
    "name",
    [
        "elements",
        "attributes",
        "attributes without values",
        "attributes behind a bracket",
        "attributes behind quotes",
        "attributes that hold tags",
    ],
)
def test_a_page_is_refused_before_it_is_parsed(parse, name):
    with pytest.raises(SourceError, match="deeper than any page"):
        parse(f"<html><div id=ContentBody>{WORST[name]}</div></html>".encode(), CODE)


def test_the_worst_article_takes_little_time_and_memory():
    code = """
import resource
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from tests.articles.test_bounds import ARTICLE, USUAL, WORST, normalize, replace, sanitize
for body in [*WORST.values(), *USUAL.values()]:
    sanitize.body(body)
    sanitize.body(normalize(replace(ARTICLE, body=body)).body)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


@pytest.mark.parametrize(
    ("field", "longest"),
    [("title", bounds.LONGEST_TITLE), ("media", bounds.LONGEST_NAME), ("digest", bounds.LONGEST_DIGEST)],
)
def test_long_lines_are_cut(field, longest):
    kept = getattr(normalize(replace(ARTICLE, **{field: "长" * longest})), field)
    assert kept == "长" * longest
    cut = getattr(normalize(replace(ARTICLE, **{field: "长" * (longest + 1)})), field)
    assert cut == "长" * (longest - 1) + "…"


def test_combining_marks_are_few_in_a_row():
    marks = "\u0316\u0301" * 5_000
    article = normalize(
        replace(ARTICLE, title=f"甲{marks}乙", body=f"<p>甲{marks}乙{marks}</p>", digest=f"——{'—' * 50}")
    )
    assert article.title == f"甲{marks[:30]}乙"
    assert article.body == f"<p>甲{marks[:30]}乙{marks[:30]}</p>"
    assert article.digest == "—" * 52
    assert unicodedata.is_normalized("NFC", unicodedata.normalize("NFC", article.body))


def test_each_combining_mark_is_one():
    marks = [mark for mark in map(chr, range(0x110000)) if unicodedata.combining(mark)]
    assert [mark for mark in marks if bounds.few_marks(31 * mark) != 30 * mark] == []
