import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from finews_spider.mirror import safe

CLEAN = [
    "<p>文</p>",
    (
        '<p style="display:none;height:1px;overflow:hidden;"><br /></p><!-- EM_StockImg_Start --><p style="text-align:center;">'
        '<a href="http://quote.example/116.1" data-code="1|116|5" class="EmImageRemark" target="_blank">'
        '<img src="https://pic.example/p?nid=116.1&imageType=k&token=2&at=1" border="0" width="578" /></a></p>'
    ),
    '<p>甲<span id="stock_1.600160"><a class="keytip" data-code="1,600160">乙</a></span><span id="quote_1.600160"></span></p> <p>丙 &lt;丁&gt; &amp; R&D</p>',
    '<h3 class="emh3">题</h3><ul><li>一</li></ul><table><tbody><tr><td colspan="2">二</td></tr></tbody></table>',
]
HOSTILE = [
    "<p>文</p><script>alert(1)</script>",
    '<p onclick="alert(1)">文</p>',
    '<p><a href="javascript:alert(1)">文</a></p>',
    '<p><a href="java&#10;script:alert(1)">文</a></p>',
    '<p><img src="x" onerror="alert(1)"></p>',
    "<p>文<iframe src='https://evil.example'></iframe></p>",
    "<p><svg><script>alert(1)</script></svg></p>",
    '<p style="background:url(https://evil.example/x)">文</p>',
    '<p style="position:fixed;top:0">文</p>',
    '<p style="margin-top:-900px">文</p>',
    "<p><!--><script>alert(1)</script>--></p>",
    '<noscript><p title="</noscript><script>alert(1)</script>"></p></noscript>',
    '<p id="search">文</p>',
    "<p>文<form action='https://evil.example'><input></form></p>",
    "<style>body{display:none}</style><p>文</p>",
    "<p>文<meta http-equiv=refresh content='0;url=https://evil.example'></p>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
]


@pytest.mark.parametrize("body", CLEAN)
def test_a_harmless_body_keeps_its_bytes(body):
    assert safe.body(body) == body


@pytest.mark.parametrize("body", HOSTILE)
def test_a_hostile_body_loses_what_is_hostile(body):
    made_safe = safe.body(body).lower()
    assert made_safe != body
    for evil in (
        "<script",
        "onerror=",
        "onclick=",
        "javascript:",
        "<iframe",
        "<form",
        "evil.example/x)",
        "fixed",
        "-900",
        "<style",
        "<meta",
        "<noscript",
        "<svg",
        "<math",
    ):
        assert evil not in made_safe.replace("&lt;", "")
    assert safe.body(made_safe) == made_safe


@pytest.mark.parametrize(
    "body",
    [
        "文字",
        "一 *二* 三",
        "<b>粗</b>",
        "<p>一</p>二",
        "    <p>缩进</p>",
        "<center>中</center>",
        "{:toc}",
        "<p>一</p>\n\n    <p>二</p>",
    ],
)
def test_what_kramdown_would_read_is_put_into_a_block(body):
    made_safe = safe.body(body)
    assert made_safe.startswith("<div>")
    assert made_safe.endswith("</div>")


@pytest.mark.parametrize(
    ("body", "made_safe"),
    [
        ("<p>a&#1;&#x202e;b&#13;</p>", "<p>ab</p>"),
        ('<p title="&#8238;x">a</p>', "<p>a</p>"),
        ('<p><a href="java&#1;script:alert(1)">a</a></p>', "<p><a>a</a></p>"),
        ("<iframe src='//x'></iframe>", "<div></div>"),
        ("\n<p>a</p>\n", "<p>a</p>"),
    ],
)
def test_no_control_comes_back_by_an_entity(body, made_safe):
    assert safe.body(body) == made_safe


@pytest.mark.parametrize("text", ["{{ site.title }}", "{% raw %}", "{{{%%}}}", "{%{{"])
def test_liquid_is_inert(text):
    made_safe = safe.body(f'<p title="{text}">{text}</p>')
    assert "{{" not in made_safe
    assert "{%" not in made_safe


@given(st.text(max_size=200))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_any_text_becomes_something_stable(text):
    once = safe.body(text)
    assert "{{" not in once
    assert "{%" not in once
    assert safe.body(once).count("<div>") <= once.count("<div>") + 1


@given(st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=100))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_yaml_reads_titles_and_tags_as_they_are(text):
    assert yaml.safe_load(safe.quoted(text)) == text
    value = yaml.safe_load(safe.scalar(text))
    assert value in (text, [text])


@pytest.mark.parametrize("text", ["null", "yes", "163", "1e5", "- x", "a: b", "#x", "@x", "", "[x]", "2022-06-01"])
def test_a_tag_that_yaml_would_misread_is_a_list_of_one(text):
    assert yaml.safe_load(f"tags: {safe.scalar(text)}") == {"tags": [text]}


@pytest.mark.parametrize("text", ["新京报新闻", "36氪 新闻", "xinjingbao", "21shijiejingjibaodao", "东财滚动新闻"])
def test_a_plain_tag_stays_plain(text):
    assert safe.scalar(text) == text
