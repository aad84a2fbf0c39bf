"""Scrapy's `scrapy check`, which refuses a wrong setting in one line."""

from scrapy.commands import check

from finews_spider.commands.checked import Checked


class Command(Checked, check.Command):
    """Takes the place of Scrapy's own command."""
