"""Scrapy's `scrapy view`, which refuses a wrong setting in one line."""

from scrapy.commands import view

from finews_spider.commands.checked import Checked


class Command(Checked, view.Command):
    """Takes the place of Scrapy's own command."""
