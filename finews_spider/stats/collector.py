"""Scrapy's stats collector, less a warning's price."""

from scrapy.statscollectors import MemoryStatsCollector


class StatsCollector(MemoryStatsCollector):
    """Counts as Scrapy does.

    Scrapy 2.19 looks at each access, 26 times a request, whether to warn of an argument that it no longer wants and
    that nobody here gives: a twenty-fifth of a crawl's time.
    """

    __getattribute__ = object.__getattribute__
