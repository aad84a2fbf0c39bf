"""Finds reprints: is the text of one article a near-duplicate of another's?

A *reading* of an article is what two articles are compared by: the hashes of its shingles (pieces of SHINGLE
characters), and its figures with the words around them. The text is read without its lead, its lines about source,
editor and liability, without punctuation and blanks, and each figure in one form (3,000万元 is 30000000元).

Two readings tell one story if enough of the shingles are the same *and* their figures agree. Numbers decide in
financial news: a routine notice of another day has the same words, but another figure in the same place.

The store finds the few articles with which one is compared by its *sketch*, the smallest hashes (bottom-k MinHash): the
more shingles two texts share, the more surely they share one of them.
"""

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nsmallest
from itertools import chain
from zlib import crc32

from finews_spider.articles import body, fields

DAYS = 7
"""The most days between the publication of two reprints."""
SHINGLE = 5
"""Characters of a shingle."""
KEPT = 6
"""How many of the smallest hashes a store keeps of each article."""
ASKED = 18
"""By how many of its smallest hashes an article is looked up. The texts of two reprints may differ in length."""
LONGEST = 20_000
"""Characters of a text that are read."""
SHORT = 80
"""A text with fewer characters is a reprint only of the same text."""
OF_SHORTER = 0.62
"""The least part of the shingles of the shorter text that the longer one has too."""
OF_LONGER = 0.45
"""The least part of the shingles of the longer text that the shorter one has too."""
CONTEXT = 4
"""Characters before a figure that say what it means."""
NOTICE = 500
"""Shingles of the longest text that may be a routine notice."""
ALIKE = 0.75
"""The part of its shingles that a routine notice shares with another one."""

LEAD = re.compile(
    r"""(?:[(【\[][^)】\]\n]{0,40}[)】\]])?
    (?:[^。!?;\n]{0,40}?(?:\d日|社|网|报|财联|快|e公司|每经|智通财经APP|本报|APP|本网)[^。!?;\n]{0,16}?(?:电|讯|获悉|消息|报道)
       (?:\([^)\n]{1,40}\))?[,:,丨|\s]?)?""",
    re.VERBOSE,
)
CLOSING = re.compile(
    r"""^[(【\[]?(?:(?:文章|本文|信息|资料|稿件|图片|数据)?来源|(?:责任|本文)?编辑|责编|校对|审核|记者|作者|撰文|实习生|原标题|原文标题|声明|免责声明|
        风险提示|风险提醒|投资有风险|版权|转载|延伸阅读|相关阅读|相关报道|更多精彩|更多资讯|点击|扫码|下载|本文不构成|以上内容|海量资讯|新浪声明|
        特别声明|郑重声明|(?:关注|打开).{0,12}(?:APP|公众号|客户端)).*$""",
    re.VERBOSE | re.MULTILINE,
)
CREDIT = re.compile(r"\((?:文章来源|来源|责任编辑|编辑|责编|记者|作者|校对|完)[^)\n]{0,40}\)")
FIGURE = re.compile(
    r"(?:(?:\d{4}年)?(\d{1,2})月(\d{1,2})日)"
    r"|(\d+(?:,\d{3})*(?:\.\d+)?)(万亿|千亿|百亿|亿|千万|百万|万|千)?"
    r"|([一二三四五六七八九十]{1,3})(?=季度|月|成|倍|连|个交易日|年)"
)
UNITS = {"万亿": 12, "千亿": 11, "百亿": 10, "亿": 8, "千万": 7, "百万": 6, "万": 4, "千": 3}
PLACE = "\0"
"""Stands in a text where a figure was taken out."""
UNREAD = re.compile(rf"[^\w%{PLACE}]+|_")
"""Blanks, punctuation and invisible characters."""
ONE_FORM = fields.FULL_WIDTH | dict.fromkeys(map(ord, " \t\u3000\xa0\u200b\0"))
"""Full width to half width, without blanks."""


CODE = re.compile(r"[(,;、](?:[A-Z]{2,4}[:.]?)?(\d{5,6})(?:\.[A-Z]{2,4})?(?=[),;、])")
"""A stock's code behind its name, such as (600519.SH)."""


@dataclass(slots=True)
class Reading:
    """What articles are compared by."""

    title: str
    text: str
    hashes: set[int]
    """Of the shingles."""
    figures: dict[str, set[str]]
    """Words around figures → the figures that stand there."""
    stocks: set[str]
    """Codes of the stocks that the text names."""

    def sketch(self, size: int = KEPT) -> list[int]:
        """Return the *size* smallest hashes, ascending."""
        return nsmallest(size, self.hashes)


@lru_cache(maxsize=64)  # the candidates of routine notices are often the same
def read(title: str, fragment: str) -> Reading:
    """Return the reading of an article.

    :param fragment: its HTML.
    """
    text = body.lines_of(fragment)[:LONGEST].translate(ONE_FORM)
    text = CREDIT.sub("", CLOSING.sub("", text)).strip()
    if lead := LEAD.match(text):
        text = text[lead.end() :]
    words, figures = _parts(text)
    whole = "".join(chain.from_iterable(zip(words, [*figures, ""], strict=True)))
    tickers = {stock.partition(".")[2] for stock in body.stocks_of(fragment)}
    return Reading(
        UNREAD.sub("", title.translate(ONE_FORM)),
        whole,
        _hashes(whole),
        _in_context(words, figures),
        tickers.union(CODE.findall(text)),
    )


def _parts(text: str) -> tuple[list[str], list[str]]:
    """Return the words between the figures of *text*, and the figures, of which there is one less."""
    figures: list[str] = []

    def keep(match: re.Match[str]) -> str:
        figures.append(_figure(match))
        return PLACE

    return UNREAD.sub("", FIGURE.sub(keep, text)).split(PLACE), figures


def _in_context(words: list[str], figures: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    before = ""
    for index, figure in enumerate(figures):
        before = (before + words[index])[-CONTEXT:]
        found.setdefault(f"{before}#{words[index + 1][:1]}", set()).add(figure)
        before += "#"
    return found


def _figure(match: re.Match[str]) -> str:
    if match[1]:
        return f"{int(match[1])}月{int(match[2])}日"
    if match[5]:
        return match[5]
    digits, scale = match[3].replace(",", ""), UNITS.get(match[4] or "", 0)
    if not scale:
        return digits
    whole, _, part = digits.partition(".")
    return (whole + part.ljust(scale, "0")[:scale] + ("." + part[scale:] if part[scale:] else "")).lstrip("0") or "0"


def _hashes(text: str) -> set[int]:
    width = SHINGLE * 2
    encoded = text.encode("utf-16-le", "surrogatepass")
    return {crc32(encoded[at : at + width]) for at in range(0, max(len(encoded) - width, 0) + 1, 2)}


def is_reprint(one: Reading, other: Reading) -> bool:
    """Return whether two readings tell one story."""
    if one.text == other.text:
        return bool(one.text)
    if min(len(one.text), len(other.text)) < SHORT:
        return False
    if one.stocks and other.stocks and one.stocks.isdisjoint(other.stocks):
        return False
    fewer, more = sorted((len(one.hashes), len(other.hashes)))
    shared = len(one.hashes & other.hashes)
    if shared < OF_SHORTER * fewer or shared < OF_LONGER * more:
        return False
    both = one.figures.keys() & other.figures.keys()
    if any(_differ(one.figures[context], other.figures[context]) for context in both):
        return False
    return more > NOTICE or shared < ALIKE * more or not _is_other_notice(one, other)


def _differ(ones: set[str], others: set[str]) -> bool:
    return bool(ones - others) and bool(others - ones)


def _is_other_notice(one: Reading, other: Reading) -> bool:
    """Return whether something else is said in the same words: another name or another event."""
    changes: Counter[tuple[str, str]] = Counter()
    for left, right in ((one.title, other.title), (one.text, other.text)):
        matcher = SequenceMatcher(None, left, right, autojunk=False)
        if left is one.title and matcher.ratio() < 0.5:
            continue
        changes.update((left[a:b], right[c:d]) for kind, a, b, c, d in matcher.get_opcodes() if kind == "replace")
    return any(count > 1 or min(map(len, change)) > 5 for change, count in changes.items())
