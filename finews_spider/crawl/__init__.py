"""A crawl from its start to its exit code, in one process or in several."""
