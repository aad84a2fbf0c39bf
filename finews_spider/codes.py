"""The codes of articles: Eastmoney's digits, or the publisher and the number that it gave the article.

Publishers number their articles independently, so a bare number would name several articles.
"""

import re

PUBLISHERS = {
    "wscn": "华尔街见闻",
    "cls": "财联社",
    "sina": "新浪财经",
    "ths": "同花顺",
    "gelonghui": "格隆汇",
    "nbd": "每日经济新闻",
    "web": "其他网站",
}
"""Publisher, as codes begin with it → its name. The articles of ``web`` are those of any site, told apart by URL."""
EASTMONEY = "东方财富网"
_OTHERS = rf"(?:{'|'.join(PUBLISHERS)})-(?:live-)?(?=[a-z]*[0-9])[0-9a-z]{{1,40}}"
CODE = re.compile(rf"[0-9]{{12,24}}|{_OTHERS}")
"""The code of an article. An id is what the publisher's URL has, and holds a digit. Flash news of 华尔街见闻 are
``wscn-live-`` and the number, because they are numbered apart from its articles."""
FILE_STEM = rf"(?:NW)?[0-9]{{1,40}}|{_OTHERS}"
"""Pattern of what the name of a post's file has after the day."""


def is_code(text: object) -> bool:
    """Return whether *text* is the code of an article."""
    return isinstance(text, str) and CODE.fullmatch(text) is not None


def publisher_of(code: str) -> str:
    """Return the publisher with which *code* begins; empty for an article of Eastmoney."""
    return code.partition("-")[0] if "-" in code else ""


def id_of(code: str) -> str:
    """Return the number that the publisher gave the article, without ``live-``."""
    return code.rpartition("-")[2]


def publisher_name(publisher: str) -> str:
    """Return the name of a *publisher*, such as 华尔街见闻 of ``wscn``."""
    return PUBLISHERS.get(publisher, EASTMONEY)


def label(code: str) -> str:
    """Return what people call the article of *code*: ``NW`` and the digits for one of Eastmoney, else the code."""
    return code if publisher_of(code) else f"NW{code}"
