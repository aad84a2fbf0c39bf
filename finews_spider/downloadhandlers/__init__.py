"""Who sends the requests: Scrapy's client, one in Rust, or a browser."""
