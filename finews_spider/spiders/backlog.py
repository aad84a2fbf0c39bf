"""The articles that a crawl fetches, from the moment that they are enqueued until they are settled."""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from math import inf

from finews_spider.items import ArticleRef, Listing
from finews_spider.spiders.fetch import Fetch


class Backlog:
    """Knows of each article of a crawl whether it waits for its request, is outstanding, or is settled.

    Each article is requested once in a crawl, however many channels list it. The article belongs to the
    first of these channels in the channels file, so that the mirror doesn't depend on which list answers first.

    :param channels: names, in the order of the channels file.
    """

    def __init__(self, channels: Iterable[str]) -> None:
        self._ranks = {name: rank for rank, name in enumerate(channels)}
        self._requested: set[str] = set()
        self._outstanding: dict[str, ArticleRef] = {}
        self._waiting: OrderedDict[str, ArticleRef] = OrderedDict()
        self._listings: defaultdict[str, dict[str, Listing]] = defaultdict(dict)
        self._link_depths: dict[str, int] = {}

    @property
    def requested(self) -> AbstractSet[str]:
        """Codes of all articles that were enqueued in this crawl, settled or not."""
        return self._requested

    @property
    def outstanding(self) -> Collection[ArticleRef]:
        """Articles that were enqueued and have neither been stored nor failed yet."""
        return self._outstanding.values()

    @property
    def has_waiting(self) -> bool:
        """Whether there is an article for which no request was made yet."""
        return bool(self._waiting)

    def enqueue(self, refs: Iterable[ArticleRef], link_depth: int = 0) -> None:
        """Let the articles of *refs* wait for their request, except those that this crawl has requested already.

        :param link_depth: how many links lead to them from an article that was requested by itself.
        """
        for ref in refs:
            if ref.code not in self._requested:
                self._requested.add(ref.code)
                if link_depth:
                    self._link_depths[ref.code] = link_depth
            elif not self._takes_over(ref):
                continue
            self._outstanding[ref.code] = self._waiting[ref.code] = ref

    def _takes_over(self, ref: ArticleRef) -> bool:
        """Whether the article still waits, and belongs to *ref* instead of the row that came before.

        It does if *ref*'s channel comes first in the channels file, or if *ref* holds the text of an article that
        failed in an earlier run: of that only the title and the like are stored.
        """
        waiting = self._waiting.get(ref.code)
        if not waiting:
            return False
        if ref.channel == waiting.channel:
            return ref.make_article is not None
        return self._ranks.get(ref.channel, -1) < self._ranks.get(waiting.channel, -1)

    def record_listings(self, refs: Sequence[ArticleRef]) -> list[ArticleRef]:
        """Enqueue the articles of *refs*, and let what these rows say travel with the requests for them.

        :return: the rows that came too late: the request for their article had been made already.
        """
        for ref in refs:
            self._listings[ref.code][ref.channel] = ref.listing
        self.enqueue(refs)
        return [ref for ref in refs if ref.code not in self._waiting]

    def take(self, limit: float = inf) -> Iterator[Fetch]:
        """Yield the fetches of waiting articles, while fewer than *limit* articles are taken and not settled."""
        while self._waiting and len(self._outstanding) - len(self._waiting) < limit:
            code, ref = self._waiting.popitem(last=False)
            yield Fetch(ref, self._listings.pop(code, {}), self._link_depths.pop(code, 0))

    def settle(self, code: str) -> None:
        """Record that an article was stored or failed."""
        self._outstanding.pop(code, None)
