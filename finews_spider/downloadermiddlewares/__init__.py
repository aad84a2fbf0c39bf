"""Downloader middlewares, in files and classes that are named as Scrapy's own where they replace them."""
