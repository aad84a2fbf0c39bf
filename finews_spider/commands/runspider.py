"""Scrapy's `scrapy runspider`, which refuses a wrong setting in one line."""

from scrapy.commands import runspider

from finews_spider.commands.checked import Checked


class Command(Checked, runspider.Command):
    """Takes the place of Scrapy's own command."""
