"""The readers of publishers' answers, each with a good answer. Whatever holds for all of them is tested by this table."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from finews_spider.articles.links import web_code
from finews_spider.items import Article, ListPage
from finews_spider.sources.publishers import cls, feed, gelonghui, sina, ths, wscn
from tests.sources.publishers import answers, test_cls, test_feed, test_wscn


@dataclass(frozen=True)
class Reader:
    """A reader of one kind of answer.

    :param read: reads an answer, with what else it takes.
    :param code: the code of the article in *answer*.
    :param answer: a good answer in JSON. A list has one row.
    :param rows: the keys and indices to the list of rows; empty for the answer of one article.
    :param wrap: makes bytes of an answer.
    """

    read: Callable[[bytes], ListPage | Article]
    code: str
    answer: dict
    rows: tuple[str, ...] = ()
    wrap: Callable[[dict], bytes] = lambda answer: json.dumps(answer).encode()


def list_reader(read, code, answer, *rows):
    return Reader(lambda body: read(body, ""), code, answer, rows)


def text_reader(read, code, answer, wrap=Reader.wrap):
    return Reader(lambda body: read(body, code, "", ""), code, answer, wrap=wrap)


READERS = {
    "wscn-lives": list_reader(wscn.lives, "wscn-live-3167590", test_wscn.page(test_wscn.LIVE), "data", "items"),
    "wscn-articles": list_reader(wscn.articles, "wscn-3782720", test_wscn.page(test_wscn.ROW), "data", "items"),
    "wscn-flow": list_reader(
        wscn.articles, "wscn-3782720", test_wscn.page(test_wscn.in_flow(test_wscn.ROW)), "data", "items"
    ),
    "wscn-article": text_reader(wscn.article, "wscn-3782720", test_wscn.answer(test_wscn.ARTICLE)),
    "wscn-live": text_reader(wscn.live, "wscn-live-3167590", test_wscn.answer(test_wscn.LIVE)),
    "cls-telegraph": list_reader(
        cls.telegraph, "cls-2487615", test_cls.answer({"roll_data": [test_cls.ROW]}), "data", "roll_data"
    ),
    "cls-depth": list_reader(cls.depth, "cls-2492814", test_cls.answer([test_cls.DEPTH_ROW]), "data"),
    "sina-live": list_reader(
        sina.live, "sina-5103048", json.loads(answers.sina_live(answers.SINA_FLASH)), "result", "data", "feed", "list"
    ),
    "sina-roll": list_reader(
        sina.roll, "sina-nitmeav0000001", json.loads(answers.sina_roll(answers.SINA_ARTICLE)), "result", "data"
    ),
    "ths-flash": list_reader(
        ths.flash, "ths-680400955", json.loads(answers.ths_flash(answers.THS_FLASH)), "data", "list"
    ),
    "gelonghui-lives": list_reader(
        gelonghui.lives, "gelonghui-2694771", json.loads(answers.gelonghui_lives(answers.GELONGHUI_FLASH)), "result"
    ),
    "cls-detail": text_reader(cls.detail, "cls-2492814", test_cls.NEXT_DATA, wrap=test_cls.page_of),
    "json-feed": list_reader(feed.feed, web_code("https://news.example/1"), test_feed.JSON_FEED, "items"),
}
LISTS = {name: reader for name, reader in READERS.items() if reader.rows}
