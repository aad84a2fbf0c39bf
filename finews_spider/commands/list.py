"""Scrapy's `scrapy list`, which refuses a wrong setting in one line."""

from scrapy.commands import list as scrapy_list

from finews_spider.commands.checked import Checked


class Command(Checked, scrapy_list.Command):
    """Takes the place of Scrapy's own command."""
