"""Scrapy's `scrapy parse`, which refuses a wrong setting in one line."""

from scrapy.commands import parse

from finews_spider.commands.checked import Checked


class Command(Checked, parse.Command):
    """Takes the place of Scrapy's own command."""
