"""The sample upstream: a stand-in for Eastmoney's news endpoints on loopback, over articles of its own making."""

from finews_spider.sample.news import SampleNews
from finews_spider.sample.server import SampleUpstream

__all__ = ["SampleNews", "SampleUpstream"]
