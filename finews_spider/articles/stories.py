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
from difflib import SequenceMatcher
from functools import cached_property, lru_cache
from heapq import nsmallest
from itertools import chain, compress
from operator import attrgetter
from zlib import crc32

from finews_spider.articles import body, fields

DAYS = 7
"""The most days between the publication of two reprints."""
SHINGLE = 5
"""Characters of a shingle."""
KEPT = 7
"""How many of the smallest hashes a store keeps of each article."""
ASKED = 16
"""By how many of its smallest hashes an article is looked up. The texts of two reprints may differ in length."""
LONGEST = 20_000
"""Characters of a text that are read."""
SHORT = 80
"""A text with fewer characters is a reprint only of the same text."""
OF_SHORTER = 0.65
"""The least part of the shingles of the shorter text that the longer one has too."""
OF_LONGER = 0.55
"""The least part of the shingles of the longer text that the shorter one has too."""
CONTEXT = 4
"""Characters before a figure that say what it means."""
NOTICE = 400
"""Characters of the longest text that may be a routine notice."""
ALIKE = 0.6
"""The part of its shingles that a routine notice shares with another one."""
FIGURES = 5
"""Figures that two routine notices share. Fewer don't show that they are the same, so that each word counts."""
NAME = 3
"""Pairs of letters that are new in two routine notices, both together, where one has another name."""
EVENT = (7, 60)
"""Pairs of letters that are new where a routine notice says that something else has happened, in few words."""
FEW = 2
"""Places in which two routine notices differ. Somebody who rewords a report changes more."""
CHANCE = 2
"""Characters that two different words may have in common by chance."""

LEAD = re.compile(
    r"""(?:[(【\[][^)】\]\n]{0,40}[)】\]])?
    (?:[^。!?;,\n]{0,40}?(?:\d日|社|网|报|财联|快|氪|e公司|每经|智通财经APP|本报|APP|本网)[^。!?;,\n]{0,16}?(?:电|讯|获悉|消息|报道|丨)
       (?:\([^)\n]{1,40}\))?[,:,丨|\s]?)?""",
    re.VERBOSE,
)
CLOSING = re.compile(
    r"""^[ ]*[(【\[]?(?:
        (?:(?:文章|本文|信息|资料|稿件|图片|数据)?来源|(?:责任|本文)?编辑|责编|校对|审核|记者|作者|撰文|实习生|原标题|原文标题)
            [^。!?\n]{0,60}$
        |(?:延伸阅读|相关阅读|相关报道|更多精彩|更多资讯|点击查看|扫码关注|海量资讯|图为
            |(?:关注|打开|下载|扫描).{0,20}(?:APP|公众号|客户端|二维码|获取)
            |炒股就看|.{0,8}广告合作,请).*|(?:举报|[-—–\ ]*END[-—–\ ]*|点赞.{0,20})$
        |未经[^。\n]{0,20}(?:授权|许可|允许|同意)[^。\n]{0,20}(?:转载|复制|使用|摘编).*
        |(?:此|本|以上|上述)(?:内容|文章|文)[^。\n]{0,60}(?:原创|著作权|不代表|不构成|仅供参考).*
        |[^。,;\n]{0,8}声明:(?=.*(?:不代表|不构成|仅供参考|自担)).*
        |(?:(?:特别|郑重)?声明[\])】:]|(?:风险|特别)(?:提示|提醒)[\])】:]|投资有风险|版权所有|版权归|转载请|本文不构成)[^。\n]*。?
        |(?:免责|版权)声明[\])】:\s](?s:.*)
    )""",
    re.VERBOSE | re.MULTILINE,
)
"""A line about source, editors, a picture or what else there is to read, and what is said about liability."""
CORRECTION = re.compile(r"^[(【\[]?(?:更正|勘误)|[(【\[](?:更正|勘误)[)】\]]", re.MULTILINE)
"""A title or a line that says that an earlier version was wrong."""
CREDIT = re.compile(r"\((?:文章来源|来源|责任编辑|编辑|责编|记者|作者|校对|完)[^)\n]{0,40}\)")
# It begins with a set of characters, which Python looks for ten times as fast as for alternatives.
FIGURE = re.compile(
    r"""[\d一二三四五六七八九十](?:
        (?<=\d)(?:\d*[ ]?(?:年[ ]?\d{1,2}[ ]?)?月[ ]?\d{1,2}[ ]?日|\d{3}[-/]\d{1,2}[-/]\d{1,2}(?!\d)
            |\d*(?:,\d{3})*(?:\.\d+)?(?:[ ]?(?:万亿|千亿|百亿|亿|千万|百万|万|千))?)
        |(?<!\d)[一二三四五六七八九十]{0,2}(?=季度|月|成|倍|连|个交易日|年))""",
    re.VERBOSE | re.ASCII,
)
SCALED = re.compile(r"([\d,]+)\.?(\d*)(\D*)", re.ASCII)
DIGITS = re.compile(r"\d+", re.ASCII)
NUMERALS = {numeral: number for number, numeral in enumerate("一二三四五六七八九", 1)}
UNITS = {"万亿": 12, "千亿": 11, "百亿": 10, "亿": 8, "千万": 7, "百万": 6, "万": 4, "千": 3}
PLACE = "\0"
"""Stands in a text where a figure was taken out."""
UNREAD = re.compile(r"[\s\x01-$&-/:-@\[-`{-\xbf\u2000-\u206f\u3000-\u303f\ufe30-\ufe4f]+")
"""Blanks, punctuation and invisible characters, in half width and without the percent sign."""
ONE_FORM = fields.FULL_WIDTH | dict.fromkeys(map(ord, "\t\u3000\xa0"), " ") | dict.fromkeys(map(ord, "\u200b\0"))
"""Full width to half width, and one kind of blanks."""
PUNCTUATION = tuple(zip("，：（）；！？．％\u3000\xa0\t", ",:();!?.%   ", strict=True))
OTHER_FORM = re.compile("[\uff01-\uff5e\u200b\0]")
ALL = bytes([1]) * 256
SOME = bytes(low % 4 == 1 for low in range(256))
"""A quarter of all characters. Hashing all shingles would take as long as all else together."""
NOTHING = b"\0\0"
SAID = re.compile(
    r"[在于]?[上深港]交所(?=发布|公告|披露)|发布|公[告布]|披露|表示|指出|显示|透露|同时|此[外前]|[日近]日|晚间|[称说还]"
)
"""Words that say only that something was said. Each editor uses other ones."""
BEFORE_COLON = re.compile(r"([^:]{2,12}):")
NOTICE_OF = re.compile(r"(\D{2,10}?)(?:\d+月\d+日)?(?:晚间|早间|午间)?(?:发布)?公告(?=.*公司)")
OPPOSITES = {*map(frozenset, ("增减", "涨跌", "升降", "上下", "买卖", "入出", "盈亏", "停复", "扩缩"))}
"""Characters of which one turns the news into its opposite: 增持 is not 减持."""
CODE = re.compile(r"[(,;、](?:[A-Z]{2,4}[:.]?)?(\d{5,6})(?:\.[A-Z]{2,4})?(?=[),;、])")
"""A stock's code behind its name, such as (600519.SH)."""


class Reading:
    """What articles are compared by. Most articles are never compared, so all but the sketch is read when it is needed.

    :param title: the article's title.
    :param fragment: its HTML.
    """

    def __init__(self, title: str, fragment: str) -> None:
        self._fragment = fragment
        self._heading = title.translate(ONE_FORM)
        text = CREDIT.sub("", CLOSING.sub("", _one_form(body.lines_of(fragment)[:LONGEST]))).strip()
        if lead := LEAD.match(text):
            text = text[lead.end() :]
        self._written = text
        words, figures = _parts(CODE.sub("", text))
        self.text = "".join(chain.from_iterable(zip(words, [*figures, ""], strict=True)))
        self.figures = _in_context(words, figures)
        """Words around figures → the figures that stand there."""

    @cached_property
    def title(self) -> str:
        """The title without punctuation."""
        return UNREAD.sub("", self._heading)

    @cached_property
    def hashes(self) -> set[int]:
        """The hashes of all shingles."""
        return _hashes(self.text)

    @cached_property
    def stocks(self) -> set[str]:
        """Codes of the stocks that the text names."""
        linked = {stock.partition(".")[2] for stock in body.stocks_of(self._fragment)}
        return linked.union(CODE.findall(self._written))

    @cached_property
    def speaker(self) -> str:
        """Who is named before a colon in the title (甲公司：拟回购股份), or where a notice begins (甲公司公告)."""
        named = BEFORE_COLON.match(self._heading) or NOTICE_OF.match(self.text)
        return UNREAD.sub("", named[1]) if named else ""

    @cached_property
    def is_correction(self) -> bool:
        """Whether it corrects an earlier version."""
        return bool(CORRECTION.search(self._written) or CORRECTION.search(self._heading))

    def sketch(self, size: int = KEPT) -> list[int]:
        """Return the *size* smallest hashes of figures and of a quarter of the shingles, ascending; at most ASKED.

        The hashes of figures are made smaller, so that more of them are among these: thousands of routine notices have
        the same words.
        """
        return self._smallest[:size]

    @cached_property
    def _smallest(self) -> list[int]:
        figures = (
            crc32(f"{context}{figure}".encode("utf-8", "surrogatepass")) >> 3
            for context, standing in self.figures.items()
            for figure in standing
        )
        some = _hashes(self.text, SOME)
        return nsmallest(ASKED, (some if len(some) >= KEPT else self.hashes).union(figures))


@lru_cache(maxsize=64)  # the candidates of routine notices are often the same
def read(title: str, fragment: str) -> Reading:
    """Return the reading of an article: see :class:`Reading`."""
    return Reading(title, fragment)


def _one_form(text: str) -> str:
    """Return *text* in half width, and with one kind of blanks."""
    for full, half in PUNCTUATION:  # nearly all that is in full width; str.translate takes twice as long
        text = text.replace(full, half)
    return text.translate(ONE_FORM) if OTHER_FORM.search(text) else text


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
    """Return a figure in one form: 0.3亿 and 3,000万 are 30000000, 2026年3月1日 and 2026-03-01 are 3月1日."""
    written = match[0].replace(" ", "")
    if written.endswith("日") or "-" in written or "/" in written:
        month, day = DIGITS.findall(written)[-2:]
        return f"{int(month)}月{int(day)}日"
    if not (number := SCALED.fullmatch(written)):
        tens, ten, ones = written.rpartition("十")
        return str(10 * NUMERALS.get(tens, 1) + NUMERALS.get(ones, 0)) if ten else str(NUMERALS.get(written, written))
    whole, part, scale = number[1].replace(",", ""), number[2], UNITS.get(number[3], 0)
    moved = whole + part.ljust(scale, "0")
    point = len(whole) + scale
    whole, part = moved[:point], moved[point:].rstrip("0")
    whole = (whole.lstrip("0") or "0") if scale else whole  # a stock's code begins with zeros
    return f"{whole}.{part}" if part else whole


def _hashes(text: str, begins: bytes = ALL) -> set[int]:
    """Return the hashes of the shingles of *text* that begin with some characters.

    :param begins: low byte of a character → whether shingles that begin with it count.
    """
    width = SHINGLE * 2
    encoded = text.encode("utf-16-le", "surrogatepass")
    places = range(0, max(len(encoded) - width, 0) + 1, 2)
    return {crc32(encoded[at : at + width]) for at in compress(places, (encoded or NOTHING)[::2].translate(begins))}


def is_reprint(one: Reading, other: Reading) -> bool:
    """Return whether two readings tell one story."""
    if one.stocks and other.stocks and one.stocks.isdisjoint(other.stocks):
        return False
    if one.text == other.text:
        return bool(one.text)
    if min(len(one.text), len(other.text)) < SHORT or one.is_correction != other.is_correction:
        return False
    fewer, more = sorted((len(one.hashes), len(other.hashes)))
    shared = len(one.hashes & other.hashes)
    if shared < OF_SHORTER * fewer or shared < OF_LONGER * more:
        return False
    both = one.figures.keys() & other.figures.keys()
    if any(_differ(one.figures[context], other.figures[context]) for context in both):
        return False
    one, other = sorted((one, other), key=attrgetter("text"))  # difflib finds other places the other way round
    is_alike = shared >= ALIKE * more
    is_notice = is_alike and max(len(one.text), len(other.text)) <= NOTICE
    return not ((is_alike and _names_another(one, other)) or (is_notice and _is_other_notice(one, other)))


def _differ(ones: set[str], others: set[str]) -> bool:
    return bool(ones - others) and bool(others - ones)


def _names_another(one: Reading, other: Reading) -> bool:
    """Return whether each title, or the beginning of each notice, has a name that only its own text has too."""
    return any(
        min(len(name), len(another)) > 1
        and name in one.text
        and another in other.text
        and name not in other.text
        and another not in one.text
        for name, another in [(one.speaker, other.speaker), *_changes(one.title, other.title, to_ends=True)]
    )


def _is_other_notice(one: Reading, other: Reading) -> bool:
    """Return whether something else is said in the same words: the opposite, another name twice, or another event."""
    changes = _changes(one.text, other.text)
    turns = (zip(before, after, strict=True) for before, after in changes if len(before) == len(after) < NAME)
    if not OPPOSITES.isdisjoint(map(frozenset, chain.from_iterable(turns))):
        return True
    shortest, longest = EVENT
    figures = set[str]().union(*one.figures.values()).intersection(chain.from_iterable(other.figures.values()))
    if len(figures) < FIGURES:
        names = Counter([*changes, *_changes(one.title, other.title, to_ends=True)])
        if max(names.values(), default=0) > 1:
            return True
        shortest = NAME
    return len(set(changes)) <= FEW and any(
        shortest <= _new(before, after, other.text) + _new(after, before, one.text) <= longest
        for before, after in changes
    )


def _new(words: str, instead: str, text: str) -> int:
    """Return how many pairs of letters in *words* are new: not in the other *text*, where others stand *instead*."""
    words = SAID.sub(" ", words)
    pairs = {words[at : at + 2] for at in range(len(words) - 1)}
    return sum(pair.isalpha() and pair not in text and set(pair).isdisjoint(instead) for pair in pairs)


def _changes(one: str, other: str, *, to_ends: bool = False) -> list[tuple[str, str]]:
    """Return the places in which two texts differ: what is there in *one*, and in the *other*.

    :param to_ends: also where one of the texts begins or ends there.
    """
    changes: list[tuple[int, int, int, int]] = []
    for kind, *place in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        begin, end, other_begin, other_end = place
        if kind == "equal":
            continue
        if changes and begin - changes[-1][1] <= CHANCE:  # one change, in which a character is the same by chance
            begin, _, other_begin, _ = changes.pop()
        changes.append((begin, end, other_begin, other_end))
    return [
        (one[begin:end], other[other_begin:other_end])
        for begin, end, other_begin, other_end in changes
        if end > begin
        and other_end > other_begin
        and (to_ends or (begin > 0 < other_begin and end < len(one) and other_end < len(other)))
    ]
