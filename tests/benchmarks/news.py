"""Articles for the benchmarks: any number, always the same ones, as long and as varied as the upstream's."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate

from finews_spider.articles.normalize import normalize
from finews_spider.items import Article
from finews_spider.times import SHANGHAI

FIRST = datetime(2026, 1, 1, tzinfo=SHANGHAI)
A_DAY = 1000
CHARACTERS = [bytes((0xB0 + n // 94, 0xA1 + n % 94)).decode("gb2312") for n in range(3755)]
"""The first level of GB 2312, which has the common characters."""
WORDS = 12_000


def _zipf(count: int) -> list[float]:
    """Return cumulative weights by Zipf's law, as for words: the n-th is n times rarer than the first."""
    return list(accumulate(1 / (rank + 3) for rank in range(count)))


def _vocabulary() -> list[str]:
    dice = random.Random(1)
    characters = dice.sample(CHARACTERS, len(CHARACTERS))
    lengths = dice.choices([1, 2, 3, 4], [8, 70, 14, 8], k=WORDS)
    drawn = iter(dice.choices(characters, cum_weights=_zipf(len(characters)), k=sum(lengths)))
    return ["".join(next(drawn) for _ in range(length)) for length in lengths]


VOCABULARY = _vocabulary()
WEIGHTS = _zipf(WORDS)
MEDIA = tuple(f"{VOCABULARY[100 + n]}{VOCABULARY[300 + n]}{'报网刊'[n % 3]}" for n in range(80))


def articles(count: int, first: int = 0) -> Iterator[Article]:
    """Give *count* articles from number *first* on, A_DAY of them a day."""
    return map(article, range(first, first + count))


def article(number: int) -> Article:
    """Return an article of 500 to 800 characters with two stocks; one in four has the roll layout, one in three a
    chart, one in five an image."""
    dice = random.Random(number)
    shown = FIRST + timedelta(days=number // A_DAY, seconds=number % A_DAY * 86)
    code = f"{shown:%Y%m%d}3{number:09}"
    stocks = [f"{dice.choice((0, 1))}.{600000 + dice.randrange(3000)}" for _ in range(2)]
    title, media = _clause(dice, 12), dice.choice(MEDIA)
    is_roll = number % 4 == 0
    return normalize(
        Article(
            code=code,
            title=title,
            digest=f"【{title}】{_clause(dice, 40)}。",
            body=_body(dice, number, stocks, media),
            published_at=shown,
            media=media,
            channel="滚动" if is_roll else "要闻",
            source_url=f"https://finance.eastmoney.com/a/{code}.html",
            layout="roll" if is_roll else "media",
        )
    )


def _clause(dice: random.Random, characters: int) -> str:
    return "".join(dice.choices(VOCABULARY, cum_weights=WEIGHTS, k=characters // 2))


def _body(dice: random.Random, number: int, stocks: list[str], media: str) -> str:
    left, paragraphs = dice.randint(440, 740), []
    while left > 0:
        clauses = [_clause(dice, dice.randint(6, 22)) for _ in range(dice.randint(5, 11))]
        left -= sum(map(len, clauses))
        paragraphs.append("，".join(clauses) + f"{dice.randint(1, 9999) / 100}亿元。")
    for stock in stocks:
        at = dice.randrange(len(paragraphs))
        paragraphs[at] = _link(stock, dice.choice(VOCABULARY)) + paragraphs[at]
    blocks = [f"<p>\u3000\u3000{paragraph}</p>" for paragraph in paragraphs]
    if number % 3 == 0:
        blocks.insert(1, _chart(stocks[0]))
    if number % 5 == 0:
        source = f"https://np-newspic.dfcfw.com/download/D{dice.getrandbits(60)}_w640h360.jpg"
        blocks.insert(2, f'<center><img src="{source}" width="580" style="border:#d1d1d1 1px solid" /></center>')
    return "".join([*blocks, f'<p class="em_media">（文章来源：{media}）</p>'])


def _link(stock: str, name: str) -> str:
    quote = f"http://quote.eastmoney.com/unify/r/{stock}"
    return (
        f'<span id="stock_{stock}"><a href="{quote}" class="keytip" data-code="{stock.replace(".", ",")}">{name}</a></span>'
        f'<span id="quote_{stock}"></span>'
    )


def _chart(stock: str) -> str:
    quote, (market, ticker) = f"http://quote.eastmoney.com/unify/r/{stock}", stock.split(".")
    return (
        '<p style="display:none;height:1px;overflow:hidden;"><br /></p><!-- EM_StockImg_Start -->'
        f'<p style="text-align:center;"><a href="{quote}" data-code="{ticker}|{market}|5" class="EmImageRemark" '
        f'target="_blank"><img src="https://webquoteklinepic.eastmoney.com/GetPic.aspx?nid={stock}&imageType=k" '
        'border="0" alt="K" data-code="K" width="578" height="276" /></a></p><!-- EM_StockImg_End -->'
    )
