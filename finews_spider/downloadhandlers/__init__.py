"""The HTTP clients that send requests: Scrapy's own, one in Rust, and a browser."""
