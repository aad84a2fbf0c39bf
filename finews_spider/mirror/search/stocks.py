"""The stocks by the parts of their names and codes, for the search page: it offers their pages before any article."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable

from finews_spider.mirror import categories
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import to_json
from finews_spider.mirror.search.postings import normalize, terms_of
from finews_spider.mirror.search.segments import DATA, hash_of, power_of_two
from finews_spider.mirror.stock_directory import Stock

ABOUT = f"{DATA}/stocks.json"
"""Has the number of shards, and a digest of all stocks. A shard has, for each term, the stocks with it."""
STOCKS_A_SHARD = 32
"""A shard then has about 10 KB."""
MOST_OF_A_TERM = 20
"""Stocks that are named for one term, so that the first digit of a code costs no more than another term."""


def update(folder: MirrorFolder, stocks: Iterable[Stock]) -> None:
    """Write the shards, unless they have these stocks already.

    :raises MirrorError: the folder can't be read or written.
    """
    names = sorted((stock.key, "" if stock.name == stock.ticker else stock.name) for stock in stocks)
    digest = hashlib.sha256(to_json(names).encode()).hexdigest()[:12]
    count = power_of_two(len(names) / STOCKS_A_SHARD)
    about = to_json({"shards": count, "digest": digest})
    if folder.read(ABOUT) == about:
        return
    having: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for key, name in names:
        code = key.partition(".")[2]
        for term in sorted(terms_of(normalize(f"{code}\n{name}"))):
            if len(having[term]) < MOST_OF_A_TERM:
                having[term].append((code, name, categories.file_name(key)))
    shards: list[dict[str, list[tuple[str, str, str]]]] = [{} for _ in range(count)]
    for term in sorted(having):
        shards[hash_of(term) % count][term] = having[term]
    for number, shard in enumerate(shards):
        folder.write(_file(number), to_json(shard))
    folder.write(ABOUT, about)
    following = count
    while folder.remove(_file(following)):
        following += 1


def _file(shard: int) -> str:
    return f"{DATA}/stocks-{shard}.json"
