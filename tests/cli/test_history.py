"""`finews history`: the revisions of an article, from each kind of store."""

import json

import pytest

from finews_spider.articles.text import lines_of
from finews_spider.sample import SampleUpstream
from finews_spider.stores.changes import LONGEST, changes, diff
from finews_spider.stores.records import Version
from tests.running import Runner
from tests.stores.samples import MINUTE, NOW, SHOWN, A, B, article, ref

FIRST, SECOND, THIRD = (
    "<p>开头。</p><p>净利润同比增长3.5%，达到12亿元。</p><p>结尾。</p>",
    "<p>开头。</p><p>净利润同比增长13.5%，达到12亿元。</p><p>补充。</p><p>结尾。</p>",
    '<p>开头。</p><p>净利润同比增长<b>13.5%</b>，达到12亿元。</p><p class="x">补充。</p><p>结尾。</p>',
)


def revise(finews, *versions, code=A):
    """Store the *versions* of an article, each a title and a body, a minute apart."""
    for count, (title, body) in enumerate(versions):
        made = article(code, title=title, body=body, media="晨报", published_at=SHOWN + count * MINUTE)
        finews.ask(lambda store, made=made: store.save([made], NOW))


def body_versions(*bodies):
    return [Version(number, SHOWN, "标题", body) for number, body in enumerate(bodies)]


def test_history_shows_what_each_revision_changed(tmp_path, store_url):
    finews = Runner(tmp_path, store=store_url)
    revise(finews, ("旧题", FIRST), ("新题", SECOND), ("新题", THIRD))
    assert finews("history", A).stdout.splitlines() == [
        f"NW{A} 新题 (晨报, published 2026-01-02 09:30, revised 2026-01-02 09:32)",
        "",
        "Revision 1, 2026-01-02 09:31",
        "-旧题",
        "+新题",
        "@@ -1,3 +1,4 @@",
        " 开头。",
        "-净利润同比增长3.5%，达到12亿元。",
        "+净利润同比增长13.5%，达到12亿元。",
        "+补充。",
        " 结尾。",
        "",
        "Revision 2, 2026-01-02 09:32",
        "Title and text are the same; the time or the markup changed",
    ]


def test_an_article_is_named_by_any_of_its_links(tmp_path):
    finews = Runner(tmp_path)
    revise(finews, ("标题", FIRST))
    shown = {finews("history", name).stdout for name in (A, f"NW{A}", f"http://finance.eastmoney.com/a/{A}.html")}
    assert shown == {f"NW{A} 标题 (晨报, published 2026-01-02 09:30)\nIt has no revisions\n"}


def test_a_crawled_revision_is_shown(tmp_path):
    with SampleUpstream(articles=20, seed=4) as upstream:
        finews = Runner(tmp_path, upstream)
        finews("run")
        upstream.advance(revised=1)
        finews("run")
        code = upstream.news.codes[upstream.news.order[-1]]
    shown = finews("history", code).stdout
    assert "（更新）" in shown.splitlines()[0]
    assert "\nRevision 1, " in shown
    assert "，修订0）\n" in shown
    assert "，修订1）\n" in shown


def test_history_shows_a_takedown_a_deletion_and_a_duplicate(tmp_path):
    finews = Runner(tmp_path)
    finews.ask(lambda store: store.save([article(A, "同"), article(B, "同")], NOW))
    finews.ask(lambda store: store.mark_gone([ref(B)], NOW))
    finews.ask(lambda store: store.take_down(B, "侵权", NOW))
    line = finews("history", B).stdout.splitlines()[0]
    assert line.endswith(f", gone upstream since 2026-01-02 12:00, the same text as NW{A}, taken down)")
    assert "侵权" not in line


def test_a_terminal_gets_colours_and_the_words_that_changed(tmp_path):
    finews = Runner(tmp_path, FORCE_COLOR="1", TERM="xterm")
    revise(finews, ("标题", FIRST), ("标题", SECOND))
    shown = finews("history", A).stdout
    assert "\x1b[31m净利润同比增长\x1b[0m\x1b[1;4;31m3.5%\x1b[0m\x1b[31m，达到12亿元。" in shown
    assert "\x1b[1;4;32m13.5%\x1b[0m" in shown


def test_hostile_text_does_not_reach_the_terminal(tmp_path):
    finews = Runner(tmp_path)
    revise(finews, ("[red]a[/red]\x1b[2J", "<p>a&#27;[2J</p>"), ("b\u202e:bomb:\x9b", "<p>b\u2028\x07</p>"))
    shown = finews("history", A).stdout
    assert shown.replace("\n", "").isprintable()
    assert "-[red]a[/red] [2J" in shown
    as_json = finews("history", A, "--json").stdout
    assert as_json.replace("\n", "").isprintable()
    assert json.loads(as_json.splitlines()[1])["title"] == "b\u202e:bomb:\x9b"


def test_json_holds_every_version_whole(tmp_path, store_url):
    finews = Runner(tmp_path, store=store_url)
    revise(finews, ("旧题", FIRST), ("新题", SECOND))
    first, second = map(json.loads, finews("history", A, "--json").stdout.splitlines())
    assert first == {"revision": 0, "shown_at": "2026-01-02T09:30:00+08:00", "title": "旧题", "body": FIRST}
    assert second == {"revision": 1, "shown_at": "2026-01-02T09:31:00+08:00", "title": "新题", "body": SECOND}


@pytest.mark.parametrize(("name", "message"), [(A, f"NW{A} isn't stored"), ("foo", "'foo' is not an article")])
def test_an_unknown_article_is_one_line(tmp_path, name, message):
    finews = Runner(tmp_path)
    finews.summary()  # makes the store
    assert finews("history", name, code=2).stderr == f"finews: {message}\n"


@pytest.mark.parametrize(
    ("fragment", "lines"),
    [
        ("", []),
        ("<!-- 无 -->", []),
        ("一<br>二<p>三\n四</p>五", ["一", "二", "三 四", "五"]),
        ("<p>一<b>二</b></p><script>三</script><style>四</style><!-- 五 -->六", ["一二", "六"]),
        ("<ul><li>一<li>二</ul><table><tr><td>三</td><td>四</td></tr></table>", ["一", "二", "三四"]),
        ('<center><img src="//p/1.png">图</center>&lt;b&gt;', ["[//p/1.png]图", "<b>"]),
    ],
)
def test_html_as_lines(fragment, lines):
    assert lines_of(fragment, images=True) == lines


def test_changes_far_apart_are_shown_without_the_lines_between():
    old = [f"第{n}段" for n in range(20)]
    new = ["新头", *old[1:-1], "新尾"]
    shown = ["".join([line.sign, *(text for text, _ in line.pieces)]) for line in diff(old, new)]
    assert shown == [
        *("@@@ -1,2 +1,2 @@", "-第0段", "+新头", " 第1段"),
        *("@@@ -19,2 +19,2 @@", " 第18段", "-第19段", "+新尾"),
    ]


def test_only_similar_paragraphs_are_compared_by_words():
    def marked(old, new):
        [change] = changes(body_versions(f"<p>{old}</p>", f"<p>{new}</p>"))
        return [text for line in change.text for text, changed in line.pieces if changed]

    assert marked("净利润增长3.5%", "净利润下降3.5%") == ["增长", "下降"]
    assert marked("净利润增长", "董事会换届选举") == []
    assert marked("字" * LONGEST + "甲", "字" * LONGEST + "乙") == []
