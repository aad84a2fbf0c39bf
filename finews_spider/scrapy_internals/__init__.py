"""The only room that uses parts of Scrapy and scrapy-playwright for which their documentation promises nothing.

A new version of either may change these parts without notice. tests/scrapy_internals/ names the versions they were
tried with and checks that each part still exists.
"""
