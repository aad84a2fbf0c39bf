"""finews: crawl Chinese financial news, keep every article, mirror each one as a Jekyll post."""

__version__ = "0.1.0"
