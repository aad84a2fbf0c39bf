"""The directory of stocks: pages by market and code prefix, which lead to the list of every stock.

A page has at most MOST stocks: a market with more has a page for each prefix of its codes with so few. What changed
decides which pages are written, so a run writes those of its stocks.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from finews_spider.mirror import escape
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import DATA, read_json, to_json
from finews_spider.mirror.listings import Head

CODE = re.compile(r"\d{1,3}\.[\w-]{1,20}", re.ASCII)
"""A quote code that can be a folder's name."""
STOCKS = f"{DATA}/.stocks.json"
"""Stock → its name, the time of its newest article and their number; Jekyll passes over names that begin with a dot."""
NEWEST = 200
"""Stocks whose lists are in the sitemap. The front page of the directory shows the first hundred."""
MOST = 100
"""The most stocks of a page. As many codes have their first four of six digits in common."""
MARKETS = {
    "sh": r"1\.60\d{4}",
    "star": r"1\.68\d{4}",
    "sz": r"0\.00\d{4}",
    "chinext": r"0\.30\d{4}",
    "bj": r"0\.(?:[48]\d|92)\d{4}",
    "b": r"(?:1\.90|0\.20)\d{4}",
    "hk": r"(?:116|128)\..+",
    "us": r"(?:105|106|107|153)\..+",
    "fund": r"(?:1\.5\d|0\.1[568])\d{4}|150\..+",
    "indices": r"(?:1\.000\d|0\.399\d)\d\d|(?:2|100|124)\..+",
    "other": r".+",
}
"""Market, as the texts of the site name it → its quote codes. The first that matches counts."""
_MARKET = re.compile("|".join(f"(?P<{market}>{codes})" for market, codes in MARKETS.items()), re.ASCII)


class Stock(NamedTuple):
    """A stock, as the directory shows it."""

    key: str
    """Its quote code, such as ``1.600519``, which names its list."""
    name: str
    """Its ticker where no article gives a name."""
    newest: str
    """When its newest article appeared, ISO 8601."""
    articles: int

    @property
    def ticker(self) -> str:
        return self.key.partition(".")[2]


class Page(NamedTuple):
    """A page of the directory."""

    market: str
    prefix: str
    """What the codes begin with; empty where the page has the whole market."""

    @property
    def name(self) -> str:
        return f"{self.market}-{self.prefix}" if self.prefix else self.market

    @property
    def file(self) -> str:
        return f"stock/{self.name}.html"


def read(folder: MirrorFolder) -> dict[str, Stock]:
    """Return quote code → stock, of all stocks.

    :raises MirrorError: the folder can't be read.
    """
    stocks = read_json(folder, STOCKS, dict)
    return {key: Stock(key, *value) for key, value in stocks.items() if CODE.fullmatch(key) and _is_stock(value)}


def update(folder: MirrorFolder, changed: Mapping[str, Head | None]) -> dict[str, Stock]:
    """Bring the directory up to date, and return quote code → stock, of all stocks.

    :param changed: stock → the head of its list now; None where it is gone.
    :raises MirrorError: the folder can't be read or written.
    """
    before = read(folder)
    stocks = {key: stock for key, stock in before.items() if key not in changed}
    stocks |= {key: Stock(key, head.title, head.rows[0].time, head.total) for key, head in changed.items() if head}
    pages = dict(_pages(stocks))
    old = pages if before.keys() == stocks.keys() else dict(_pages(before))
    for page, rows in pages.items():
        if old.get(page) != rows or any(stock.key in changed for stock in rows):
            folder.write(page.file, _render(page, rows))
    for page in old.keys() - pages.keys():
        folder.remove(page.file)
    folder.write(f"{DATA}/markets.json", to_json(_markets(pages)))
    newest = sorted(stocks.values(), key=lambda stock: (stock.newest, stock.key), reverse=True)
    folder.write(f"{DATA}/stocks.json", to_json(newest[:NEWEST]))
    # Last, so that the export after a killed one finds the pages that it didn't write.
    folder.write(STOCKS, to_json({key: stocks[key][1:] for key in sorted(stocks)}))
    return stocks


def _pages(stocks: Mapping[str, Stock]) -> Iterator[tuple[Page, list[Stock]]]:
    """Give the pages of the directory, each with its stocks in the order of their codes."""
    markets: defaultdict[str, list[Stock]] = defaultdict(list)
    for stock in sorted(stocks.values(), key=lambda stock: (stock.ticker, stock.key)):
        if match := _MARKET.fullmatch(stock.key):
            markets[str(match.lastgroup)].append(stock)
    for market in MARKETS:
        if market in markets:
            yield from _split(Page(market, ""), markets[market])


def _split(page: Page, stocks: list[Stock]) -> Iterator[tuple[Page, list[Stock]]]:
    """Give *page* itself, or where it has too many stocks, the pages of longer prefixes."""
    size = len(page.prefix) + 1
    if len(stocks) <= MOST or all(len(stock.ticker) < size for stock in stocks):
        yield page, stocks
        return
    groups: defaultdict[str, list[Stock]] = defaultdict(list)
    for stock in stocks:
        groups[stock.ticker[:size]].append(stock)
    for prefix, group in groups.items():
        # The stock whose whole code is the prefix has the page of that name to itself.
        yield from [(page, group)] if prefix == page.prefix else _split(Page(page.market, prefix), group)


def _markets(pages: Mapping[Page, Sequence[Stock]]) -> list[list[Any]]:
    """Return market, number of its stocks and its pages (name, prefix, stocks), for the directory's front page."""
    markets: dict[str, list[Any]] = {}
    for page, stocks in pages.items():
        market = markets.setdefault(page.market, [page.market, 0, []])
        market[1] += len(stocks)
        market[2].append([page.name, page.prefix, len(stocks)])
    return list(markets.values())


def _render(page: Page, stocks: Sequence[Stock]) -> str:
    rows = "".join(f"- {json.dumps(stock, ensure_ascii=False)}\n" for stock in stocks)
    prefix = escape.yaml_string(page.prefix)
    return f"---\nlayout: stocks\nwords: market_{page.market}\nprefix: {prefix}\nstocks:\n{rows}---\n"


def _is_stock(value: Any) -> bool:
    """Whether *value*, which was read from JSON, is what finews wrote of a stock."""
    match value:
        case [str(), str(), int()]:
            return True
    return False
