"""Scrapy's `scrapy bench`, which refuses a wrong setting in one line."""

from scrapy.commands import bench

from finews_spider.commands.checked import Checked


class Command(Checked, bench.Command):
    """Takes the place of Scrapy's own command."""
