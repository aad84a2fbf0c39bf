"""What stands between the spiders and the downloader, in files named as Scrapy names its own."""
