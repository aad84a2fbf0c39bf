"""What a crawl counts."""
