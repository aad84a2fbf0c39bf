"""Scrapy's `scrapy shell`, which refuses a wrong setting in one line."""

from scrapy.commands import shell

from finews_spider.commands.checked import Checked


class Command(Checked, shell.Command):
    """Takes the place of Scrapy's own command."""
