"""`finews publish`: the built site, and where it is sent (docs/publishing.md)."""
