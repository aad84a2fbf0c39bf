import json
from time import perf_counter

import pytest

from finews_spider.articles.body import images_of, source_of, stock_names_of, stocks_of, text_of

CHART = (
    '<p style="text-align:center;"><a href="http://quote.eastmoney.com/unify/r/116.00001" data-code="00001|116|5" '
    'data-code2="00001|116|3|" class="EmImageRemark"><img src="https://charts.test/pic?nid=116.00001&imageType=k&at=1" '
    'alt="K图 00001_0" data-code="K 00001|116|5" /></a></p>'
)
KEYWORD = (
    '<span id="stock_1.600001"><a class="keytip" data-code="1,600001">钢厂</a></span><span id="quote_1.600001"></span>'
)


def test_stocks_of_links_charts_and_keywords_in_order():
    fragment = (
        f'{KEYWORD}<a href="http://quote.eastmoney.com/unify/r/90.BK0001" data-code="90,BK0001">板块</a>{CHART}'
        '<a href="http://quote.eastmoney.com/unify/r/105.ABCD">某公司</a>'
        "<span class='em_stock_key_common' data-code='0,000001'>银行</span>" + KEYWORD
    )
    assert stocks_of(fragment) == ("1.600001", "116.00001", "105.ABCD", "0.000001")


def test_no_stocks():
    assert stocks_of('<p data-code2="00001|116|3|" data-code="">无</p>') == ()


@pytest.mark.parametrize(
    "fragment",
    [
        'data-code="1.600001"',
        '<p>data-code="1.600001" /unify/r/1.600001</p>',
        '<!-- <a data-code="1.600001">钢厂</a> -->',
        "<p title='<a data-code=\"1.600001\">'>",
        '<a title="data-code=&quot;1.600001&quot;">',
        '<a data-code="1.600001"',
        '<a xdata-code="1.600001">',
        '<a data-code="1.s0">',
        '<a href="/unify/r/1.s0">',
        '<a data-code="777.ABC">',
        '<a name="/unify/r/1.600001">',
    ],
)
def test_what_only_looks_like_a_stock_is_not_one(fragment):
    assert stocks_of(fragment) == ()
    assert stock_names_of(fragment) == {}


def test_an_article_has_at_most_200_stocks():
    links = [f'<a data-code="1.{600000 + number}">股</a>' for number in range(300)]
    assert stocks_of("".join(links)) == tuple(f"1.{600000 + number}" for number in range(200))


def test_stocks_are_named_by_their_links():
    fragment = (
        KEYWORD
        + "<A DATA-CODE='0,000001' data-code='0,000002'>甲&amp;乙</A><a data-code=1.600002>丙</a>"
        + ('<a data-code="1.600003"><b>丁</b></a><span data-code="1.600004">戊</span><a data-code="1,600001">别名</a>')
    )
    assert stock_names_of(fragment) == {"1.600001": "钢厂", "0.000001": "甲&乙", "1.600002": "丙"}


def test_images_in_order_each_once():
    fragment = (
        f"<center><IMG alt=\"a>b src=x\" SRC = '//img.test/1.jpg' ></center>{CHART}<img src=http://img.test/2.png />"
        * 2
    )
    assert images_of(fragment) == (
        "//img.test/1.jpg",
        "https://charts.test/pic?nid=116.00001&imageType=k&at=1",
        "http://img.test/2.png",
    )


def test_image_urls_lose_their_entities_only():
    assert images_of('<img src=" https://img.test/?a=1&amp;b=2&copy=3 ">') == ("https://img.test/?a=1&b=2&copy=3",)


@pytest.mark.parametrize(
    "src", ["data:image/png;base64,AAAA", "/local.png", "a.png", "javascript:x", "", "//", "ftp://x/y"]
)
def test_no_images(src):
    assert images_of(f'<img data-src="https://img.test/1.jpg" src="{src}"><img><image src="https://img.test/">') == ()


def test_text_of():
    fragment = (
        f"<p>\u3000\u3000今日&nbsp;茶价 &lt;涨&gt;<br/>3&#37;。</p>{CHART}<!-- 注 <b>释</b> -->\n"
        f"<h3 class='emh3'>\u3000后市</h3><p>{KEYWORD}扩产</p>"
        "<p class='em_media'>（文章来源：茶<span id='x'><a>叶</a></span>报）</p><p>完</p>"
    )
    assert text_of(fragment) == "今日茶价<涨>3%。后市钢厂扩产完"


def test_text_between_unbalanced_chart_comments_stays():
    start, end = "<!-- EM_StockImg_Start -->", "<!-- EM_StockImg_End -->"
    fragment = f"<p>甲{start}</p>{CHART}{end}{start}<p>乙</p>{start}{CHART}{end}<p>丙</p>{end}{end}<p>丁</p>"
    assert text_of(fragment) == "甲乙丙丁"


def test_other_markup_gives_the_same_text():
    bare = "<p>钢厂扩产，3 < 5。</p>"
    linked = f"<p>\u3000\u3000{KEYWORD}扩产， 3 &lt; 5。</p>{CHART}<p class='em_media'>（文章来源：某报）</p>"
    assert text_of(bare) == text_of(linked) == "钢厂扩产，3<5。"


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("", ""),
        ("没有标签", "没有标签"),
        ("<p>3<5，strong<已断</p>", "3<5，strong<已断"),
        ("<p>甲<!-- 未完", "甲"),
        ("<p>甲</p><p class=em_media>来源<p>乙", "甲乙"),
        ("<a class='EmImageRemark'><img>图<p>乙</p>", "乙"),
        ("<pre>甲</pre>&#" + "9" * 5000, "甲&#" + "9" * 5000),
    ],
)
def test_text_of_broken_html(fragment, text):
    assert text_of(fragment) == text


@pytest.mark.parametrize(
    "part",
    ["<!--", "<img ", '<img src="', "<img a='b\" ", "<p em_media ", "em_media ", '<p class="em_media">',
     "<a EmImageRemark>", "EmImageRemark ", 'data-code = "', "data-code ", "/unify/r/", "<", "&#", "a=",
     "a ", '"', "'", "</p", "\u3000"],
)  # fmt: skip
@pytest.mark.parametrize("read", [stocks_of, images_of, text_of])
@pytest.mark.parametrize("opening", ["", "<img ", "<p ", "<a "])
def test_hostile_input_takes_linear_time(opening, part, read):
    began = perf_counter()
    read(opening + part * 20_000)
    assert perf_counter() - began < 2  # a quadratic one takes far longer


def test_recording(golden):
    data = json.loads((golden / "captured/newsinfo-article-202609183878840472.json").read_bytes())["data"]
    fragment = data["Art_Content"]
    assert stocks_of(fragment)[:3] == ("100.DJIA", "100.NDX", "100.SPX")
    assert stocks_of(fragment)[-4:] == ("105.NVDA", "105.TSLA", "0.300024", "105.AMZN")
    assert len(images_of(fragment)) == 10
    assert len(text_of(fragment)) == 1847
    assert text_of(fragment).startswith(data["Art_Description"][:20])


def test_recording_with_a_source_line(golden):
    answer = json.loads((golden / "upstream/GetNewsText-NW202206012399294452.json").read_bytes())
    assert stocks_of(answer["text"]) == ("116.09988",)
    assert images_of(answer["text"])[0].endswith("&at=1")
    assert "文章来源" in answer["text"]
    assert "文章来源" not in text_of(answer["text"])
    assert text_of(answer["text"].replace("\u3000\u3000", "")) == text_of(answer["text"])


@pytest.mark.parametrize(
    ("fragment", "name"),
    [
        ('<p>文</p><p class="em_media">（文章来源：晨报）</p>', "晨报"),
        (
            '<p class="em_media">（文章来源：上海<span id="bk_90.BK0001"><a href="/">证券</a></span>报）</p>',
            "上海证券报",
        ),
        ("<p>文(文章来源: Tide &amp; Sons )</p>", "Tide & Sons"),
        ("<p>（文章来源：旧报）</p><p>（文章来源：新报）</p>", "新报"),
        ("<p>文章来源：没有括号", ""),
        ("<p>（文章来源：）</p>", ""),
        (f"<p>（文章来源：{'长' * 50}）</p>", ""),
        ("<p>文章来源不明（某报）</p>", ""),
        ("<p>文</p>", ""),
    ],
)
def test_the_source_is_the_publication_that_a_body_ends_with(fragment, name):
    assert source_of(fragment) == name


def test_the_source_of_a_hostile_body_takes_no_time():
    begin = perf_counter()
    assert source_of("文章来源：" * 400_000 + "<" * 1_000_000) == ""
    assert perf_counter() - begin < 1
