"""`finews fetch`, `show`, `search` and `list`: single articles, with each kind of store where that matters."""

import json
import re
from datetime import timedelta

import pytest

from finews_spider.cli import articles as command
from finews_spider.sample import SampleUpstream
from finews_spider.stores.records import ALL
from tests.running import Runner
from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, C, D, article, codes

BODY = "<p>贵州<b>茅台</b>派息</p><table><tr><td>ＡＢＣ &amp; 净利润</td></tr></table><script>暗藏</script><img src='//p/1.png'>"
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def upstream():
    with SampleUpstream(articles=12, seed=4) as upstream:
        yield upstream


@pytest.fixture
def finews(tmp_path, store_url):
    """Return a user's folder with A, which has a post and a revision, B, C, which was taken down, and D, a day later."""
    finews = Runner(tmp_path, store=store_url)
    first = article(A, title="年报\x1b[31m", media="晨报", stocks=("1.600519",), body="<p>旧</p>")
    finews.ask(lambda store: store.save([first], NOW))
    finews("export")
    newer = article(A, title="年报\x1b[31m", media="晨报", stocks=("1.600519",), body=BODY, published_at=SHOWN + MINUTE)
    others = [article(B, media="晚报"), article(C), article(D, published_at=SHOWN + timedelta(days=1))]
    finews.ask(lambda store: store.save([newer, *others], NOW))
    finews.ask(lambda store: store.take_down(C, "侵权\n\x1b[2J", NOW))
    return finews


def listed(done):
    """Return the codes in the lines of a list."""
    return re.findall(r"^NW(\d+)  ", done.stdout, re.MULTILINE)


# fetch


@pytest.fixture
def crawling(tmp_path, upstream):
    return Runner(tmp_path, upstream)


def fetch(runner, *links, **options):
    return runner("fetch", *links, **options)


def test_a_link_of_any_shape_becomes_a_post_and_its_place_is_named(crawling, upstream):
    first, second, third = upstream.news.codes[:3]
    done = fetch(crawling, f"NW{first}", f"https://finance.eastmoney.com/a/{second}.html?from=x", third)
    for code in (first, second, third):
        assert re.search(rf"^NW{code} is new: .+ \(.+, \d{{4}}-\d\d-\d\d \d\d:\d\d\)$", done.stdout, re.MULTILINE)
    posts = re.findall(r"^  post  (.+)$", done.stdout, re.MULTILINE)
    assert len(posts) == 3
    assert all((crawling.folder / post).is_file() for post in posts)
    assert re.findall(r"^  URL   https://finews\.withounder\.com/\S+\.html$", done.stdout, re.MULTILINE)
    assert crawling.summary().articles == 3
    assert crawling.ask(lambda store: store.runs(1))[0]["exit_code"] == 0


def test_what_is_stored_is_fetched_again_only_on_demand(crawling, upstream):
    code = upstream.news.codes[5]
    fetch(crawling, code)
    asked = upstream.requests["text"]
    assert f"NW{code} is stored already: " in fetch(crawling, code).stdout
    assert upstream.requests["text"] == asked
    assert f"NW{code} is stored already: " in fetch(crawling, "--refresh", code).stdout
    assert upstream.requests["text"] > asked


def test_an_article_that_does_not_come_and_a_link_that_is_none_are_named(crawling, upstream):
    code, missing = upstream.news.codes[6], "202001011111111111"
    done = fetch(crawling, missing, code=1)
    assert done.stdout.endswith(f"NW{missing} didn't come; `finews fetch NW{missing}` tries again\n")
    done = fetch(crawling, "https://x.example/foo", "and", code, code=2)
    assert "'https://x.example/foo' is not an article; the other links go on" in done.stderr
    assert f"NW{code} is new: " in done.stdout


def test_a_takedown_bars_a_fetch(crawling, upstream):
    code = upstream.news.codes[7]
    fetch(crawling, code)
    crawling("takedown", code, "--reason", "x")
    done = fetch(crawling, code)
    assert done.stdout.endswith(f"NW{code} was taken down; `finews takedown --undo NW{code}` lifts that\n")


def test_nothing_but_wrong_links_is_wrong_usage_and_makes_nothing(crawling):
    assert fetch(crawling, "foo", code=2).stderr == "finews: 'foo' is not an article\n"
    assert fetch(crawling, "-", code=2).stderr == "finews: no link is given\n"
    assert not (crawling.folder / "news.db").exists()
    assert not crawling.mirror.exists()


def test_links_come_from_standard_input(crawling, upstream):
    code = upstream.news.codes[8]
    assert f"NW{code} is new" in fetch(crawling, "-", stdin=f"NW{code}\n").stdout


# show


def test_an_article_is_shown_with_its_post(finews):
    lines = finews("show", f"https://finance.eastmoney.com/a/{A}.html").stdout.splitlines()
    assert lines == [
        f"NW{A} 年报 [31m",
        "published      2026-01-02 09:30",
        "revised        2026-01-02 09:31, revision 1",
        "publication    晨报",
        "stocks         1.600519",
        "listed by      要闻",
        "first seen     2026-01-02 12:00",
        f"post           {finews.mirror}/_posts/2026-01-02-NW{A}.md",
        f"URL            https://finews.withounder.com/{lines[-1].partition('.com/')[2]}",
    ]
    assert lines[-1].endswith(f"/2026/01/02/NW{A}.html")
    assert "post           none yet; `finews export` writes it" in finews("show", B).stdout
    assert "post           it was taken down" in finews("show", C).stdout


@on_sqlite
def test_an_article_is_shown_as_text_or_json(finews):
    assert finews("show", A, "--text").stdout == "年报 [31m\n\n贵州茅台派息\nＡＢＣ & 净利润\n"
    out = finews("show", A, "--json").stdout
    assert out.isascii() or out.strip().isprintable()
    shown = json.loads(out)
    assert shown["title"] == "年报\x1b[31m"
    assert shown["text"] == "贵州茅台派息\nＡＢＣ & 净利润"
    assert shown["listings"] == {"要闻": {"time": "2026-01-02T09:31:00+08:00", "title": "年报\x1b[31m"}}
    assert (shown["taken_down"], shown["path"]) == (False, f"_posts/2026-01-02-NW{A}.md")
    assert shown["url"].endswith(f"NW{A}.html")


@on_sqlite
def test_an_article_that_is_not_there_is_one_line(finews):
    assert finews("show", "202001011111111111", code=2).stderr == "finews: NW202001011111111111 isn't stored\n"
    assert finews("show", "x", code=2).stderr == "finews: 'x' is not an article\n"
    assert "choose one" in finews("show", A, "--text", "--json", code=2).stderr
    finews.ask(lambda store: store.take_down("202001011111111111", "x", NOW))
    assert "was taken down and isn't stored" in finews("show", "202001011111111111", code=2).stderr


# list and search


def test_the_newest_come_first(finews):
    assert listed(finews("list")) == [D, B, A]
    assert finews("list", "--limit", "1").stdout == f"NW{D}  2026-01-03 09:30  标题\n"
    assert finews("list", "--media", "晚报").stdout == f"NW{B}  2026-01-02 09:30  标题 (晚报)\n"


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (["--since", "2026-01-03"], [D]),
        (["--until", "2026-01-02"], [B, A]),
        (["--stock", "600519.SH"], [A]),
        (["--media", "晚报", "--since", "2026-01-03"], []),
    ],
)
@on_sqlite
def test_a_list_takes_the_filters_of_export(finews, arguments, left):
    done = finews("list", *arguments)
    assert listed(done) == left
    assert left or done.stdout == "No stored article is like that\n"
    assert [json.loads(line)["code"] for line in finews("list", "--json", *arguments).stdout.splitlines()] == left


def test_words_are_found_in_title_and_text(finews):
    assert listed(finews("search", "标题")) == [D, B]
    assert listed(finews("search", "贵州茅台")) == [A]  # markup stands between the two


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["年报", "派息"], True),
        (["年报 abc"], True),
        (["ａｂｃ&净利润"], True),
        (["年报", "没有"], False),
        (["src"], False),
        (["侵权"], False),
    ],
)
@on_sqlite
def test_all_words_are_wanted_whatever_their_form(finews, words, found):
    assert (A in listed(finews("search", *words))) == found


@on_sqlite
def test_a_search_takes_filters_and_a_limit(finews):
    assert listed(finews("search", "标题", "--until", "2026-01-02")) == [B]
    assert listed(finews("search", "标题", "--limit", "1")) == [D]
    assert json.loads(finews("search", "标题", "--limit", "1", "--json").stdout)["code"] == D
    assert finews("search", "没有").stdout == "No stored article has these words\n"
    assert finews("search", "没有", "--json").stdout == ""
    assert finews("search", " ", code=2).stderr == "finews: name a word to search for\n"


def test_many_batches_hold_each_article_once(tmp_path, store_url):
    finews, stored = Runner(tmp_path, store=store_url), codes(10)
    finews.ask(lambda store: store.save([article(code) for code in stored], NOW))

    async def found(store):
        return [post.article.code async for post in command._newest(store, ALL, 3)]

    assert finews.ask(found) == stored[::-1]


# takedown --list


def test_takedowns_are_listed_with_their_reasons(finews):
    missing = "202001011111111111"
    finews.ask(lambda store: store.take_down(missing, "另一", NOW + MINUTE))
    assert finews("takedown", "--list").stdout.splitlines() == [
        f"NW{missing}  2026-01-02 12:01  not stored: 另一",
        f"NW{C}  2026-01-02 12:00  标题: 侵权  [2J",
        "Takedowns: 2",
    ]


@on_sqlite
@pytest.mark.parametrize("arguments", [[A], ["--undo"], ["--reason", "x"]])
def test_a_list_of_takedowns_takes_nothing_else(finews, arguments):
    assert "--list takes no article" in finews("takedown", "--list", *arguments, code=2).stderr


@on_sqlite
def test_a_takedown_needs_an_article(finews):
    assert finews("takedown", "--reason", "x", code=2).stderr == (
        "finews: name the articles, or see all takedowns with --list\n"
    )
