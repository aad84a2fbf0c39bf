"""`python -m finews_spider` is `finews`."""

from finews_spider.cli import main

main()
