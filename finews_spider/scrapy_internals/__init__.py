"""The only room that uses parts of Scrapy, scrapy-playwright and feedparser that their documentation doesn't promise.

A new version of one of them may change these parts without notice. tests/scrapy_internals/ names the versions they were
tried with and checks that each part still exists.
"""
