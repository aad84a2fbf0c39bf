"""Which fields of an article come from its row, and which from its answer."""

from datetime import datetime

import pytest

from finews_spider.items import Article, ArticleRef, Listing
from finews_spider.spiders.fetch import compose
from finews_spider.stores.records import Known
from finews_spider.times import SHANGHAI

CODE = "202212313000000001"
OWN = datetime(2023, 1, 1, 0, 5, 9, tzinfo=SHANGHAI)
GUESS = datetime(2022, 1, 1, 0, 5, tzinfo=SHANGHAI)
LATER = datetime(2023, 1, 2, 10, tzinfo=SHANGHAI)


def published_at(row, own, *, guess=False):
    ref = ArticleRef(code=CODE, time=row, time_is_guess=guess)
    answer = Article(code=CODE, published_at=own)
    return compose(ref, answer, None).published_at


@pytest.mark.parametrize(
    ("row", "own", "guess", "shown"),
    [
        (LATER, OWN, False, LATER),
        (None, OWN, False, OWN),
        (OWN.replace(second=0), OWN, False, OWN),
        (OWN.replace(hour=0, minute=0, second=0), OWN, False, OWN),
        (LATER, None, False, LATER),
        (GUESS, OWN, True, OWN),
        (GUESS, None, True, GUESS),
        (None, None, False, None),
    ],
)
def test_a_rows_time_comes_first_unless_it_is_a_guess(row, own, guess, shown):
    assert published_at(row, own, guess=guess) == shown


def test_a_guess_that_was_wrong_is_no_revision():
    row = ArticleRef(code=CODE, title="题", time=GUESS, time_is_guess=True, channel="列")
    known = Known({"列": Listing(GUESS, "题")}, newest=OWN)
    assert not known.needs_fetch(row, LATER)
    assert not Known({}, newest=OWN).needs_fetch(row, LATER)
    republished = ArticleRef(code=CODE, title="题", time=LATER, time_is_guess=True, channel="列")
    assert known.needs_fetch(republished, LATER)
