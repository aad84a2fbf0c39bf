"""Scrapy's `scrapy fetch`, which refuses a wrong setting in one line."""

from scrapy.commands import fetch

from finews_spider.commands.checked import Checked


class Command(Checked, fetch.Command):
    """Takes the place of Scrapy's own command."""
