"""How often Python looks for garbage."""

import gc

NEW_OBJECTS = 20_000
"""Objects that were made and not freed before the newest are looked through: 700 in Python 3.11, 2,000 in 3.14."""


def collect_seldom() -> None:
    """Look for garbage seldom, and never among what there is already: the loaded code, which stays.

    Scrapy loaded is 56,000 objects, which the collector would go through time and again, and a request makes hundreds
    that mostly free themselves: a sixth of a crawl's time.
    """
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
