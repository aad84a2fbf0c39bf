"""The search index: static files, of which the site's script fetches as few as a query needs."""
