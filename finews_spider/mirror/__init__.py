"""The mirror: articles as the posts of a Jekyll site."""
