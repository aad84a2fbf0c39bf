"""The stocks that an article's page shows although its post doesn't name them, as JSON files for the page's script.

A post keeps the bytes of the original mirror, so its page can name only the stocks that its body marks, by the names
that the body gives them. ``archive/{day}/stocks.json`` has the other stocks of the day's articles, which only the
upstream's lists named; ``stock/names/{prefix}.json`` has the names of the stocks whose codes begin alike.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from finews_spider.articles import fields
from finews_spider.items import Article
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.json_files import read_json, to_json
from finews_spider.mirror.listings import Head, ListKind

MARKED = re.compile(r'data-code="(\d{1,3},[\w-]{1,13}|[\w-]{1,13}\|\d{1,3}(?:\|[^"]{0,20})?)"', re.ASCII)
"""How a body marks a stock, as far as the theme's ``_includes/named.html`` reads it."""
DIGITS = 3
"""Digits of a ticker in the name of a file with names: it has at most a thousand names then, which is 30 kB."""


def unmarked_stocks(article: Article) -> list[str]:
    """Return the codes, in upper case, of the stocks of *article* that its body doesn't mark."""
    marked = {code.upper() for code in fields.stocks(MARKED.findall(article.body))}
    return [code for code in (stock.upper() for stock in fields.stocks(article.stocks)) if code not in marked]


def update(
    folder: MirrorFolder,
    heads: Mapping[tuple[ListKind, str], Head | None],
    unmarked: Mapping[str, Mapping[str, Sequence[str]]],
) -> None:
    """Bring the files up to date after the lists.

    :param heads: kind and key of each list that was updated → its head now.
    :param unmarked: day → URL → the stocks that the post's body doesn't mark.
    :raises MirrorError: the folder can't be read or written.
    """
    for day, changed in unmarked.items():
        of_pages = {url.rpartition("/")[2].removesuffix(".html"): stocks or None for url, stocks in changed.items()}
        is_empty = heads.get(("archive", day), True) is None
        _update(folder, f"archive/{day}/stocks.json", of_pages, is_kept=not is_empty)
    names: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
    for (kind, stock), head in heads.items():
        if kind == "stock":
            # The title of a list whose stock no article names is the ticker, which the page shows anyway.
            is_name = head and not stock.endswith(f".{head.title}")
            names[names_file(stock)][stock] = (head.title if is_name else "") if head else None
    for path, of_stocks in names.items():
        _update(folder, path, of_stocks)


def _update(folder: MirrorFolder, path: str, changed: Mapping[str, object], *, is_kept: bool = False) -> None:
    """Change entries of a file, and remove those that are None; without an entry, remove the file unless it is kept."""
    entries = {**read_json(folder, path, dict), **changed}
    entries = {key: entries[key] for key in sorted(entries) if entries[key] is not None}
    if entries or is_kept:
        folder.write(path, to_json(entries))
    else:
        folder.remove(path)


def names_file(stock: str) -> str:
    """Return the path of the file that has the name of *stock*: ``stock/names/1.600.json`` of ``1.600519``."""
    market, _, ticker = stock.partition(".")
    return f"stock/names/{market}.{ticker[:DIGITS]}.json"
