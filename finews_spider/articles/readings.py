"""Reads articles as they are compared with each other: see ``stories.py``.

A *reading* has the hashes of an article's shingles (pieces of SHINGLE characters), and its figures with the words
around them. The text is read without its lead, its lines about source, editor and liability, without punctuation and
blanks, and each figure in one form (3,000万元 is 30000000元).

The *sketch* of a reading is its smallest hashes (bottom-k MinHash): the more shingles two texts share, the more surely
they share one of them.
"""

import re
from functools import cached_property, lru_cache
from itertools import chain, compress
from zlib import crc32

from finews_spider.articles import body, fields

SHINGLE = 5
"""Characters of a shingle."""
KEPT = 7
"""How many of the smallest hashes a store keeps of each article."""
ASKED = 12
"""By how many of its smallest hashes an article is looked up. The texts of two reprints may differ in length."""
LONGEST = 20_000
"""Characters of a text that are read."""
CONTEXT = 4
"""Characters before a figure that say what it means."""

LEAD = re.compile(
    r"""(?:[(【\[][^)】\]\n]{0,40}[)】\]])?
    (?:[^。!?;,\n]{0,40}?(?:\d日|社|网|报|财联|快|氪|e公司|每经|智通财经APP|本报|APP|本网)[^。!?;,\n]{0,16}?(?:电|讯|获悉|消息|报道|丨)
       (?:\([^)\n]{1,40}\))?[,:,丨|\s]?)?""",
    re.VERBOSE,
)
CLOSING = re.compile(
    r"""\n[ ]*[(【\[]?(?:
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
"""A line about source, editors, a picture or what else there is to read, and what is said about liability, with the
newline before it: Python looks for a character ten times as fast as for the beginning of a line."""
CORRECTION = re.compile(r"^[(【\[]?(?:更正|勘误)|[(【\[](?:更正|勘误)[)】\]]", re.MULTILINE)
"""A title or a line that says that an earlier version was wrong."""
CREDIT = re.compile(r"\((?:文章来源|来源|责任编辑|编辑|责编|记者|作者|校对|完)[^)\n]{0,40}\)")
# It begins with a set of characters, which Python looks for ten times as fast as for alternatives.
FIGURE = re.compile(
    r"""([\d一二三四五六七八九十](?:
        (?<=\d)(?:\d*[ ]?(?:年[ ]?\d{1,2}[ ]?)?月[ ]?\d{1,2}[ ]?日|\d{3}[-/]\d{1,2}[-/]\d{1,2}(?!\d)
            |\d*(?:,\d{3})*(?:\.\d+)?(?:[ ]?(?:万亿|千亿|百亿|亿|千万|百万|万|千))?)
        |(?<!\d)[一二三四五六七八九十]{0,2}(?=季度|月|成|倍|连|个交易日|年)))""",
    re.VERBOSE | re.ASCII,
)
DIGITS = re.compile(r"\d+", re.ASCII)
NUMERALS = {numeral: number for number, numeral in enumerate("一二三四五六七八九", 1)}
UNITS = {"万亿": 12, "千亿": 11, "百亿": 10, "亿": 8, "千万": 7, "百万": 6, "万": 4, "千": 3}
PLACE = "\0"
"""Stands in a text where a figure was taken out."""
UNREAD = re.compile(r"[\s\x01-$&-/:-@\[-`{-\xbf\u2000-\u206f\u3000-\u303f\ufe30-\ufe4f]+")
"""Blanks, punctuation and invisible characters, in half width and without the percent sign."""
ALL = bytes([1]) * 256
SOME = bytes(low % 4 == 1 for low in range(256))
"""A quarter of all characters. Hashing all shingles would take as long as all else together."""
NOTHING = b"\0\0"
BEFORE_COLON = re.compile(r"([^:]{2,12}):")
NOTICE_OF = re.compile(r"(\D{2,10}?)(?:\d+月\d+日)?(?:晚间|早间|午间)?(?:发布)?公告(?=.*公司)")
CODE = re.compile(r"[(,;、](?:[A-Z]{2,4}[:.]?)?(\d{5,6})(?:\.[A-Z]{2,4})?(?=[),;、])")
"""A stock's code behind its name, such as (600519.SH)."""


class Reading:
    """What articles are compared by. Most articles are never compared, so all but the sketch is read when it is needed.

    :param title: the article's title.
    :param fragment: its HTML.
    """

    def __init__(self, title: str, fragment: str) -> None:
        self._fragment = fragment
        self._heading = _one_form(fields.half_width(title))
        lines = _one_form(body.half_width_lines(fragment)[:LONGEST])
        text = CREDIT.sub("", CLOSING.sub("\n", f"\n{lines}")).strip()
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
        return sorted((some if len(some) >= KEPT else self.hashes).union(figures))[:ASKED]


@lru_cache(maxsize=256)  # most candidates were read shortly before
def read(title: str, fragment: str) -> Reading:
    """Return the reading of an article: see :class:`Reading`."""
    return Reading(title, fragment)


def _one_form(text: str) -> str:
    """Return *text* with one kind of blanks, and without what may stand for a figure."""
    for blank in "\u3000\xa0\t":
        text = text.replace(blank, " ")
    return text.replace("\u200b", "").replace(PLACE, "")


def _parts(text: str) -> tuple[list[str], list[str]]:
    """Return the words between the figures of *text*, and the figures, of which there is one less."""
    parts = FIGURE.split(text)
    return UNREAD.sub("", PLACE.join(parts[::2])).split(PLACE), list(map(_figure, parts[1::2]))


def _in_context(words: list[str], figures: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    before = ""
    for index, figure in enumerate(figures):
        before = (before + words[index])[-CONTEXT:]
        found.setdefault(f"{before}#{words[index + 1][:1]}", set()).add(figure)
        before += "#"
    return found


def _figure(written: str) -> str:
    """Return a figure in one form: 0.3亿 and 3,000万 are 30000000, 2026年3月1日 and 2026-03-01 are 3月1日."""
    if written.isdecimal():
        return written
    written = written.replace(" ", "")
    number = written.rstrip("百千万亿")
    whole, _, part = number.replace(",", "").partition(".")
    if not whole.isdecimal():
        return _date_or_numeral(written)
    if scale := UNITS.get(written[len(number) :]):
        moved = whole + part.ljust(scale, "0")
        point = len(whole) + scale
        whole, part = moved[:point].lstrip("0") or "0", moved[point:]  # a stock's code keeps its zeros
    part = part.rstrip("0")
    return f"{whole}.{part}" if part else whole


def _date_or_numeral(written: str) -> str:
    if len(parts := DIGITS.findall(written)) > 1:
        month, day = parts[-2:]
        return f"{int(month)}月{int(day)}日"
    tens, ten, ones = written.rpartition("十")
    return str(10 * NUMERALS.get(tens, 1) + NUMERALS.get(ones, 0)) if ten else str(NUMERALS.get(written, written))


def _hashes(text: str, begins: bytes = ALL) -> set[int]:
    """Return the hashes of the shingles of *text* that begin with some characters.

    :param begins: low byte of a character → whether shingles that begin with it count.
    """
    width = SHINGLE * 2
    encoded = text.encode("utf-16-le", "surrogatepass")
    places = range(0, max(len(encoded) - width, 0) + 1, 2)
    begun = compress(places, (encoded or NOTHING)[::2].translate(begins))
    return set(map(crc32, [encoded[at : at + width] for at in begun]))
