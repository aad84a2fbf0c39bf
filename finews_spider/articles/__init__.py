"""What an article is made of, free of any upstream: its fields, links and body."""
