"""The sample's articles of other publishers, and what it answers for them: one module for each publisher."""

from finews_spider.sample.publishers import cls, feeds, gelonghui, sina, ths, wscn
from finews_spider.sample.publishers.answers import Answer
from finews_spider.sample.publishers.articles import Piece, SamplePublishers

__all__ = ["CHANNELS", "FEEDS", "ROUTES", "Piece", "SamplePublishers"]

_PUBLISHERS = (wscn, cls, sina, ths, gelonghui)
CHANNELS: tuple[tuple[str, str, str, str], ...] = tuple(row for each in _PUBLISHERS for row in each.CHANNELS)
"""Name, kind, list and text of a channel of each kind but feeds."""
FEEDS: tuple[tuple[str, str, str, str], ...] = feeds.CHANNELS
"""The same for feeds."""
ROUTES: tuple[tuple[str, str, Answer], ...] = tuple(row for each in (*_PUBLISHERS, feeds) for row in each.ROUTES)
"""Path, kind of the request as the server counts it, and what answers."""
