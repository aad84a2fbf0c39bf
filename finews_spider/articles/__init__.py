"""The parts of an article, independent of any upstream: its fields, links and body."""
