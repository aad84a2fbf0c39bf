"""The sample's articles. Each is made from a seed when it is requested, so that there can be any number of them."""

import random
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEWEST = datetime(2026, 3, 2, 14, 30, tzinfo=SHANGHAI)
SPACING = timedelta(seconds=47)

MEDIA = (
    *"晨星财经报 海棠商报 望江日报 22点评论 北岸证券报 长亭周刊 南桥新闻社 榆林道观察 青石投资网".split(),
    "Tide 财经",
)
WHO = "星河重工 蓝鲸物流 东篱食品 云杉科技 赤岭矿业 白桦医药 远帆航运 金穗农机 飞廉动力 玄武新材 沧海银行".split()
WHAT = "第三季度营收 新签订单 海外销量 研发投入 净利润 产能利用率 现金分红 库存水平 光伏装机 生猪出栏量".split()
HOW = "同比增长 环比下降 超出预期 创下新高 小幅回落 保持平稳 由负转正 触底回升".split()
WHY = "受原料价格影响 得益于渠道扩张 因春节错位 在政策支持下 随着需求回暖 由于汇率波动 按照年初计划 经审计确认".split()
ATTRIBUTIONS = "公司在公告中表示 分析人士指出 记者从会上了解到 业内人士认为 管理层在电话会上说 数据显示".split()
MARKETS = ((1, "600"), (0, "300"), (116, "09"), (105, "NV"))
HEADINGS = "快讯｜ 焦点： 早知道：".split()
REPRINTED = {15: 3, 18: 6, 31: 2}
"""Number modulo 40 of each reprint → by how much its article's number is smaller."""
ODD_TITLES = ("\"引号\"与'撇号'", "反斜杠\\与冒号: 井号 #", "{{ 花括号 }} {% 标签 %}", "A&B <三>", "火箭🚀升空")


@dataclass(frozen=True, slots=True)
class Sample:
    """One article as it is now."""

    code: str
    title: str
    digest: str
    body: str
    media: str
    shown: datetime
    stock: str
    """The market and the code, such as ``1.600123``."""
    revision: int
    sort: int
    """Its realSort in fastnews."""


class SampleNews:
    """Any number of articles; the same seed makes the same ones.

    :param articles: how many there are at first.
    :param newest: the showtime of the newest one. The others are SPACING apart before it.
    """

    def __init__(self, articles: int, seed: int = 1, newest: datetime | None = None) -> None:
        self.seed = seed
        self.first = articles
        self.newest = (newest or NEWEST).astimezone(SHANGHAI).replace(microsecond=0)
        self.revisions: dict[int, tuple[int, datetime]] = {}
        self.codes: list[str] = []
        self.numbers: dict[str, int] = {}
        self.order: list[int] = []
        """Numbers of the articles by showtime, oldest first."""
        self._made: dict[tuple[int, int], Sample] = {}
        self._publish(articles)

    def _publish(self, count: int) -> None:
        for number in range(len(self.codes), len(self.codes) + count):
            code = self._code(number)
            self.codes.append(code)
            self.numbers[code] = number
            self.order.append(number)

    def advance(self, *, new: int = 0, revised: int = 0) -> None:
        """Publish so many *new* articles, and revise so many of the newest old ones."""
        old = self.order[len(self.order) - revised :] if revised else []
        self._publish(new)
        for count, number in enumerate(old, 1):
            revision, _ = self.revisions.get(number, (0, None))
            self.revisions[number] = (revision + 1, self.shown(self.order[-1]) + timedelta(seconds=count))
            self.order.remove(number)
            self.order.append(number)

    def shown(self, number: int) -> datetime:
        """Return the showtime of an article, that of its newest revision."""
        revised = self.revisions.get(number)
        return revised[1] if revised else self.published(number)

    def published(self, number: int) -> datetime:
        """Return the showtime of an article's first version."""
        return self.newest + (number - self.first + 1) * SPACING

    def _code(self, number: int) -> str:
        """Return a code that begins with the day and has 18 digits, sometimes 17 or 23."""
        published, tail = self.published(number), (number * 7919 + self.seed) % 10**9
        if number % 31 == 7:
            return f"{published:%Y%m%d%H%M%S}{tail:09}"
        return f"{published:%Y%m%d}{tail:09}" if number % 29 == 11 else f"{published:%Y%m%d}3{tail:09}"

    def listed(self, every: int = 1, rest: int = 0, older_than: int = 0) -> Iterator[int]:
        """Return the numbers that leave *rest* when divided by *every*, newest first.

        :param older_than: a ``sort`` key; only articles before it.
        """
        end = bisect_left(self.order, older_than, key=self.sort) if older_than else len(self.order)
        return (self.order[place] for place in range(end - 1, -1, -1) if self.order[place] % every == rest)

    def sort(self, number: int) -> int:
        """Return the realSort of an article: seconds since 1970, a 0, the code's last five digits."""
        return int(f"{int(self.shown(number).timestamp())}0{self.codes[number][-5:]}")

    def find(self, code: str) -> Sample | None:
        """Return the article of *code*, or None."""
        number = self.numbers.get(code)
        return None if number is None else self.article(number)

    def article(self, number: int) -> Sample:
        """Return article *number* as it is now."""
        revision, _ = self.revisions.get(number, (0, None))
        if (number, revision) not in self._made:
            self._made[number, revision] = self._make(number, revision)
        return self._made[number, revision]

    def first_version(self, number: int) -> Sample:
        """Return article *number* as it was before its revisions."""
        return self._make(number, 0)

    def _make(self, number: int, revision: int) -> Sample:
        if number % 53 == 10 and not revision:
            # Sometimes two codes have the same article, as with stories of news agencies.
            twin = self._make(number - 1, 0)
            return replace(twin, code=self.codes[number], shown=self.shown(number), sort=self.sort(number))
        if (before := REPRINTED.get(number % 40)) and not revision:
            return self._reprint(number, self._make(number - before, 0))
        dice = random.Random(f"{self.seed}:{number}:{revision}")
        who, what, how = dice.choice(WHO), dice.choice(WHAT), dice.choice(HOW)
        market, prefix = dice.choice(MARKETS)
        stock = f"{market}.{prefix}{number % 1000:03}"
        title = f"{who}{what}{how} 第{number}号公告" + ("（更新）" if revision else "")
        if number % 41 == 3:
            title = f"{ODD_TITLES[number % len(ODD_TITLES)]} {title}"
        lead = f"{dice.choice(WHY)}，{who}{what}{how}{dice.randint(1, 900) / 10}%。"
        media = dice.choice(MEDIA)
        return Sample(
            code=self.codes[number],
            title=title,
            digest=f"【{title}】{lead}",
            body=self._body(number, revision, lead, stock, who, media),
            media=media,
            shown=self.shown(number),
            stock=stock,
            revision=revision,
            sort=self.sort(number),
        )

    def _reprint(self, number: int, first: Sample) -> Sample:
        """Return what another publication makes of an article, under a title of its own."""
        media = MEDIA[(MEDIA.index(first.media) + number) % len(MEDIA)]
        title = f"{HEADINGS[number % len(HEADINGS)]}{first.title}"
        return replace(
            first,
            code=self.codes[number],
            title=title,
            digest=first.digest.replace(first.title, title),
            body=f"<p>\u3000\u3000【{media}讯】</p> {first.body.replace(first.media, media)}",
            media=media,
            shown=self.shown(number),
            sort=self.sort(number),
        )

    def _body(self, number: int, revision: int, lead: str, stock: str, who: str, media: str) -> str:
        dice = random.Random(f"{self.seed}:{number}:{revision}:body")
        parts = [_chart(stock, nested=dice.random() < 0.3)] if dice.random() < 0.6 else []
        parts.append(f"<p>\u3000\u3000{lead}（编号{number}，修订{revision}）</p>")
        parts += [
            f"<p>\u3000\u3000{_sentence(dice, stock, who)}{_sentence(dice)}{_sentence(dice)}</p>"
            for _ in range(dice.randint(3, 9))
        ]
        if dice.random() < 0.3:
            parts.insert(2, f'<h3 class="emh3">\u3000\u3000{dice.choice(WHAT)}</h3>')
        if dice.random() < 0.4:
            image = f'src="{{base}}/image/{number}.png" width="555" style="border:#d1d1d1 1px solid"'
            parts.append(f"<center><img {image} ></center>")
        if dice.random() < 0.9:
            parts.append(f'<p class="em_media">（文章来源：{media}）</p>')
        return " ".join(parts)


def _sentence(dice: random.Random, stock: str = "", company: str = "") -> str:
    who = dice.choice(WHO)
    if stock:
        market, code = stock.split(".")
        link = (
            f'<a class="keytip" data-code="{market},{code}" href="http://quote.example/unify/r/{stock}">{company}</a>'
        )
        who = f'<span id="stock_{stock}">{link}</span><span id="quote_{stock}"></span>'
    figure = f"{dice.randint(1, 99)}.{dice.randint(0, 99):02}"
    attribution, why, what, how = (dice.choice(words) for words in (ATTRIBUTIONS, WHY, WHAT, HOW))
    return f"{attribution}，{why}，{who}的{what}{how}，达到{figure}亿元。"


def _chart(stock: str, *, nested: bool) -> str:
    """Return a live chart in the upstream's markup, whose comments are sometimes nested and unbalanced."""
    market, code = stock.split(".")
    link = f'href="http://quote.example/unify/r/{stock}" data-code="{code}|{market}|5" class="EmImageRemark"'
    image = f'src="{{base}}/image/{stock}.png?nid={stock}&imageType=k" border="0" alt="K图 {code}_0"'
    block = (
        '<p style="display:none;height:1px;overflow:hidden;"><br /></p><!-- EM_StockImg_Start -->'
        f'<p style="text-align:center;"><a {link} target="_blank"><img {image} width="578" height="276" /></a></p>'
    )
    return (
        f"{block}<!-- EM_StockImg_Start --><!-- EM_StockImg_End -->" if nested else f"{block}<!-- EM_StockImg_End -->"
    )
