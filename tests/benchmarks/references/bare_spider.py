"""A Scrapy spider that downloads and parses JSON, no more: ``scrapy runspider bare_spider.py -a urls=FILE``."""

import json
from pathlib import Path

import scrapy


class BareSpider(scrapy.Spider):
    """Requests each URL in a file."""

    name = "bare"

    def __init__(self, urls):
        super().__init__()
        self.start_urls = Path(urls).read_text(encoding="utf-8").split()

    def parse(self, response):
        json.loads(response.text.removeprefix("var ajaxResult=").removesuffix(";"))
