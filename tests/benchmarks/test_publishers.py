"""Reading one answer of each kind of a publisher, beside bare ``json.loads`` or parsel with bare selectors.

Reading a list is what each poll does: it gives what tells a row that is new or changed from one that is known. Where
rows hold whole texts, making their articles comes on top for the new rows alone, so it is printed beside.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import feedparser
import pytest
from parsel import Selector

from finews_spider.articles.text import text_of
from finews_spider.items import Article, ListPage
from finews_spider.sources.publishers import cls, feed, gelonghui, sina, ths, wscn
from finews_spider.sources.publishers.pages import load_pages, read_page
from tests.benchmarks.measure import in_turns, within
from tests.benchmarks.news import article
from tests.sources.publishers import answers, test_cls, test_feed, test_pages, test_wscn

ROWS = 50
FLOOR = 1.7
"""All kinds but one reach 1.5; the rest is for a machine with other work."""


@dataclass(frozen=True)
class Kind:
    """A kind of answer.

    :param answer: makes an answer in the recorded shape and size.
    :param read: reads it, with what else it takes.
    :param reference: reads it without checks.
    :param rows: how many rows the answer has, if it is a list.
    :param beside: what the reference is.
    :param floor: how many times the reference's time it may take.
    """

    answer: Callable[[], bytes]
    read: Callable[[bytes], ListPage | Article]
    reference: Callable[[bytes], object] = json.loads
    rows: int = ROWS
    beside: str = "bare `json.loads`"
    floor: float = FLOOR


def select_ths_list(body: bytes) -> list[dict]:
    return [
        {
            "url": row.css(".arc-title a::attr(href)").get(),
            "title": row.css(".arc-title a::text").get(),
            "time": row.css(".arc-title span::text").get(),
            "digest": row.css(".arc-cont::text").get(),
        }
        for row in Selector(text=body.decode("gbk")).css(".list-con li")
    ]


def select_sina_page(body: bytes) -> dict:
    """Return what the table of pages selects on a page of 新浪, with the body's advertisements."""
    page = Selector(text=body.decode())
    text = page.css("#artibody")
    return {
        "title": page.css("h1.main-title::text").get(),
        "time": page.css("meta[property='article:published_time']::attr(content)").get(),
        "media": page.css(".date-source .source::text").get(),
        "stocks": text.css("[id^='stock_']::attr(id)").getall(),
        "drop": text.css("p:has(> a[href*='/zt_d/']), .appendQr_wrap, .article-editor, [id^='quote_']").getall(),
        "body": text.get(),
    }


PAGES = load_pages()
KINDS = {
    "wscn-lives": Kind(lambda: wscn_page(wscn_live), lambda body: wscn.lives(body, "")),
    "wscn-articles": Kind(lambda: wscn_page(wscn_row), lambda body: wscn.articles(body, "")),
    "the text of wscn-articles": Kind(
        lambda: as_bytes(test_wscn.answer(wscn_article())), lambda body: wscn.article(body, test_wscn.CODE, "", "")
    ),
    "cls-telegraph": Kind(
        lambda: as_bytes(test_cls.answer({"roll_data": [*map(cls_row, range(ROWS))]})),
        lambda body: cls.telegraph(body, ""),
    ),
    "cls-depth": Kind(
        lambda: as_bytes(test_cls.answer([*map(cls_depth_row, range(ROWS))])), lambda body: cls.depth(body, "")
    ),
    "the text of cls-depth": Kind(
        lambda: cls_page(paragraphs=25),
        lambda body: cls.detail(body, test_cls.CODE, "", ""),
        lambda body: json.loads(body[body.index(b'json">') + len(b'json">') : body.rindex(b"</script>")]),
    ),
    # 新浪 escapes all characters that aren't ASCII.
    "sina-live": Kind(
        lambda: json.dumps(json.loads(answers.sina_live(*map(sina_flash, range(ROWS))))).encode(),
        lambda body: sina.live(body, ""),
    ),
    "sina-roll": Kind(
        lambda: json.dumps(json.loads(answers.sina_roll(*map(sina_article, range(ROWS))))).encode(),
        lambda body: sina.roll(body, ""),
    ),
    "ths-flash": Kind(
        lambda: answers.ths_flash(*map(ths_flash, range(ROWS))),
        lambda body: ths.flash(body, ""),
    ),
    "ths-list": Kind(
        lambda: ths_list(rows=25),
        lambda body: ths.article_list(body, "text/html; charset=gbk"),
        select_ths_list,
        rows=25,
        beside="parsel with bare selectors",
    ),
    "gelonghui-lives": Kind(
        lambda: answers.gelonghui_lives(*map(gelonghui_flash, range(15))),
        lambda body: gelonghui.lives(body, ""),
        rows=15,
    ),
    "feed, in RSS,": Kind(
        lambda: test_feed.rss(*map(rss_item, range(ROWS))),
        lambda body: feed.feed(body, ""),
        lambda body: feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False),
        beside="bare feedparser",
    ),
    # msgspec takes as long as json.loads for texts that are all escapes. The end of a text is searched for what says
    # that it goes on elsewhere, and an item is named by a hash of its URL.
    "feed, in JSON,": Kind(
        lambda: test_feed.in_json(*map(json_item, range(ROWS))), lambda body: feed.feed(body, ""), floor=3.5
    ),
    "an article's page of 新浪": Kind(
        lambda: sina_page(paragraphs=100),
        lambda body: read_page(PAGES, body, "sina-nitmeav9622448", "", "https://finance.sina.com.cn/x"),
        select_sina_page,
        beside="parsel with bare selectors",
    ),
}


@pytest.mark.benchmark
@pytest.mark.parametrize("name", KINDS)
def test_an_answer(name, figure):
    kind = KINDS[name]
    body = kind.answer()
    result = kind.read(body)
    assert isinstance(result, Article) or (len(result.refs), result.problems) == (kind.rows, [])
    makers = [] if isinstance(result, Article) else [ref.make_article for ref in result.refs if ref.make_article]
    works = [lambda: kind.read(body), lambda: kind.reference(body), lambda: [make() for make in makers]]
    ours, reference, making = in_turns(works, rounds=9, times=20, clock=time.process_time)
    rows = "" if isinstance(result, Article) else f", {kind.rows} rows,"
    what = f"reading an answer of {name}{rows} of {len(body) / 1e3:.0f} KB"
    if makers:
        print(f"\nmaking the {len(makers)} articles of {name} takes {making * 1e3:.3g} ms more")
    figure(what, ours * 1e3, reference * 1e3, kind.beside, goal=within(1.5), floor=kind.floor, unit="ms")


def as_bytes(value: object) -> bytes:
    # As both publishers write it: Chinese characters as they are, and ``<`` escaped.
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").encode()


def rss_item(number: int) -> str:
    link = f"https://news.example/{number}.html"
    return (
        f"<title>{words(number, 20)}</title><link>{link}</link><guid>{link}</guid><description>摘要</description>"
        "<pubDate>Tue, 03 Nov 2026 12:00:00 +0800</pubDate>"
        f"<content:encoded><![CDATA[{article(number).body}]]></content:encoded>"
    )


def json_item(number: int) -> dict:
    link = f"https://news.example/{number}.html"
    title, text = words(number, 20), article(number).body
    return {**test_feed.JSON_ITEM, "id": link, "url": link, "title": title, "content_html": text}


def sina_page(paragraphs: int) -> bytes:
    text = "".join(f"<p>　　{words(number, 100)}</p>" for number in range(paragraphs))
    return test_pages.SINA.replace("<p>　　正文", f"{text}<p>　　正文").encode()


def revised(number: int) -> int:
    """Return the seconds until a row was last touched: 0 for most, as for 25 of the 27 recorded ones."""
    return 300 if number % 10 == 0 else 0


def words(number: int, length: int) -> str:
    return text_of(article(number).body).replace("\n", "")[:length]


def wscn_page(row: Callable[[int], dict]) -> bytes:
    return as_bytes(test_wscn.page(*map(row, range(ROWS))))


def wscn_live(number: int) -> dict:
    author = {"avatar": "https://img.example/714916ad-9609-4245-94b4-dfe9518a63c3", "display_name": "某编辑", "id": 1}
    flags = dict.fromkeys(["ban_comment", "has_live_reading", "is_calendar", "is_favourite", "is_scaling"], False)
    text = words(number, 150)
    return {
        **test_wscn.LIVE,
        **flags,
        "author": {**author, "is_followed": False, "uri": "https://wallstreetcn.com/authors/120000003969"},
        "content": f"<p>{text}</p>\n",
        "content_more": f"<p>{words(number + 1, 200)}</p>\n" if number % 3 == 0 else "",
        "content_text": text,
        "global_channel_name": "7x24快讯",
        "global_more_uri": "wscn://wallstreetcn.com/live",
        "id": 3167590 + number,
        "related_themes": [],
        "title": words(number + 2, 25),
    }


def wscn_row(number: int) -> dict:
    image = {
        "class": " wscnph",
        "height": "1005",
        "placeholder": "<!--image#0-->",
        "src": "https://img.example/1421505a-5ea2-48c5-b019-1c5af4a4da54.png",
        "type": "image",
        "width": "1233",
    }
    return {
        **test_wscn.ROW,
        "comment_count": 0,
        "content_args": [image] * (number % 5),
        "content_short": words(number, 130),
        "id": 3782720 + number,
        "is_in_vip_privilege": False,
        "is_trial": False,
        "limited_time": 0,
        "pageviews": 0,
        "platforms": ["wscn-platform"],
        "related_topics": [],
        "title": words(number + 1, 35),
    }


def wscn_article() -> dict:
    body = "\n".join(f'<p style="text-align: left;">{words(number, 90)}</p>' for number in range(30))
    return {**test_wscn.ARTICLE, "content": body + test_wscn.DISCLAIMER}


def cls_row(number: int) -> dict:
    text = f"【{words(number, 30)}】财联社9月18日电，{words(number + 1, 170)}"
    subject = {
        "article_id": 2487615,
        "subject_id": 1556,
        "subject_name": "环球市场",
        "subject_img": "",
        "subject_description": "",
        "category_id": 0,
        "attention_num": 170192,
        "is_attention": False,
        "is_reporter_subject": False,
        "plate_id": 0,
        "channel": "cls",
    }
    empty = ["author_extends", "category", "assocVideoTitle", "assocVideoUrl", "share_content", "disclaimer"]
    zeros = ["deny_comment", "in_roll", "recommend", "confirmed", "jpush", "bold", "comment_num", "collection"]
    return {
        **test_cls.ROW,
        **dict.fromkeys(empty, ""),
        **dict.fromkeys([*zeros, "has_img", "gray_share", "is_fad"], 0),
        **{key: [] for key in ("sub_titles", "tags", "imgs", "plate_list", "assocCreditRating")},
        "assocFastFact": {"fid": 0, "fast_fact_content": "", "article_id": 0, "article_title": "", "imgs": ""},
        "depth_extends": "null",
        "reading_num": 501671,
        "user_id": 253,
        "sort_score": 1789745925,
        "share_img": "https://img.example/share/roll.png",
        "share_num": 22,
        "explain_num": -1,
        "subjects": [subject] * (1 + number % 2),
        "audio_url": ["https://image.example/admin/20260918/235112s4gA5Acqxump.mp3"],
        "invest_calendar": {"id": 0, "data_id": 0, "r_id": "", "type": 0, "calendar_time": "", "setting_time": ""},
        "comment_recommand": None,
        "timeline": None,
        "brief": text,
        "content": text,
        "ctime": 1789745925 - number,
        "id": 2487615 + number,
        "modified_time": 1789745925 - number + revised(number),
        "title": text[1:31],
    }


def cls_depth_row(number: int) -> dict:
    return {
        **test_cls.DEPTH_ROW,
        "ad": {"id": 0, "title": "", "img": "", "url": "", "monitorUrl": "", "video_url": "", "adTag": "", "type": 0},
        "audio_url": "",
        "brief": f"①{words(number, 60)}；\n②{words(number + 1, 60)}。",
        "ex_type": 1,
        "id": 2492814 + number,
        "level": "",
        "reading_num": 4304,
        "subjectStib": {"id": 0, "name": "", "img": "", "is_reporter_subject": False},
        "title": words(number + 2, 30),
    }


def cls_page(paragraphs: int) -> bytes:
    text = "\n".join(
        f"<p><strong>{words(number, 20)}</strong>{words(number + 1, 110)}</p>" for number in range(paragraphs)
    )
    props = {"articleDetail": {**test_cls.DETAIL, "content": text}, "error": {"errno": 200}}
    around = "<div class='p-r'><a href='/'>栏目</a></div>" * 150
    script = as_bytes({"props": {"pageProps": props}}).decode()
    return (
        f"{test_cls.HEAD}{around}<div class='detail-content'>{text}</div>"
        f'<script id="__NEXT_DATA__" type="application/json">{script}</script></body></html>'
    ).encode()


def sina_flash(number: int) -> dict:
    text = f"【{words(number, 30)}】9月19日，{words(number + 1, 80 + number * 7 % 300)}"
    return {
        **answers.SINA_FLASH,
        "ext": json.dumps(answers.SINA_EXT),
        "id": 5103048 - number,
        "rich_text": text,
    }


def sina_article(number: int) -> dict:
    return {
        **answers.SINA_ARTICLE,
        "docid": f"comos:nitmeav{number:07}",
        "intro": words(number, 80),
        "title": words(number + 1, 30),
    }


def ths_flash(number: int) -> dict:
    text = words(number, 50 + number * 7 % 300)
    return {
        **answers.THS_FLASH,
        "digest": text,
        "rtime": str(int(answers.THS_FLASH["ctime"]) + revised(number)),
        "seq": str(680400955 - number),
        "short": text,
        "title": words(number + 1, 25),
    }


def ths_list(rows: int) -> bytes:
    made = (
        answers.ths_row(680400243 - number, words(number, 25), digest=words(number + 1, 90)) for number in range(rows)
    )
    around = "<li><a href='/list/' title='栏目'>栏目</a></li>" * 300
    return answers.ths_list(*made).replace(b"<body>", f"<body><ul>{around}</ul>".encode("gbk"))


def gelonghui_flash(number: int) -> dict:
    return {
        **answers.GELONGHUI_FLASH,
        "content": f"格隆汇9月30日｜{words(number, 50 + number * 20)}",
        "id": 2694771 - number,
        "title": words(number + 1, 30),
        "updateTimestamp": answers.GELONGHUI_FLASH["createTimestamp"] + revised(number),
    }
