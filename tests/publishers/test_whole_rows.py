"""Rows that hold whole texts: an article is made of a row only if the store lacks what the row shows."""

import re
import sqlite3
from contextlib import closing

import pytest

from tests.publishers.conftest import with_publishers
from tests.publishers.expected import WITH_TEXTS, articles
from tests.running import ROOT, Runner

FAULTY = """
import os
from finews_spider.sources.publishers import cls, feed, gelonghui, sina, ths, wscn

def broken(make):
    def fail(row, code, *rest):
        return 1 // 0 if os.environ.get("FAULTY") in {code, "all"} else make(row, code, *rest)
    return fail

for module, name in (
    (cls, "_telegraph_article"), (feed, "_article"), (gelonghui, "_article"), (sina, "_flash_article"),
    (ths, "_flash_article"), (wscn, "_live"),
):
    setattr(module, name, broken(getattr(module, name)))
"""
"""Used as sitecustomize.py: an error while the article of one row is made, or of any row."""
CODE = "gelonghui-2690005"


@pytest.fixture
def finews(tmp_path, upstream):
    (tmp_path / "sitecustomize.py").write_text(FAULTY)
    finews = with_publishers(Runner(tmp_path, upstream, fresh=True), upstream)
    finews.settings["PYTHONPATH"] = f"{tmp_path}:{ROOT}"
    return finews


def codes(upstream):
    return {each.code for each in articles(upstream)}


def missing(finews, upstream):
    """Return the codes of the articles that aren't stored."""

    async def known(store):
        return await store.known(sorted(codes(upstream)))

    found = finews.ask(known)
    return {code for code in codes(upstream) if code not in found or found[code].newest is None}


def test_an_error_while_an_article_is_made_of_its_row_is_one_failure(finews, upstream):
    finews.settings["FAULTY"] = CODE
    done = finews("run", code=1)
    assert re.search(f"{CODE} failed: the row of \\S+: an error of finews itself, ZeroDivisionError", done.stderr)
    assert "Traceback" not in done.stderr
    assert missing(finews, upstream) == {CODE}
    assert sum(finews.summary().failed.values()) == 1
    del finews.settings["FAULTY"]
    upstream.advance(new=1)  # an unchanged list isn't sent again
    finews("run")
    assert (missing(finews, upstream), finews.summary().failed) == (set(), {})


def test_no_article_is_made_of_a_row_that_is_stored(finews, upstream):
    finews("run")
    finews.settings["FAULTY"] = "all"
    finews("run")
    upstream.advance(new=1)
    finews("run", code=1)
    assert sum(finews.summary().failed.values()) == len(WITH_TEXTS)


def test_another_hash_of_an_unchanged_row_is_no_revision(finews, upstream):
    """As after an upgrade of finews that computes the hash in another way."""
    finews("run")
    posts = finews.posts()
    hashes = "SELECT code, channel, text_hash FROM listings WHERE text_hash != '' ORDER BY code, channel"
    with closing(sqlite3.connect(finews.folder / "news.db", isolation_level=None)) as store:
        before = store.execute(hashes).fetchall()
        store.execute("UPDATE listings SET text_hash = 'another' WHERE text_hash != ''")
    upstream.advance(new=1)  # an unchanged list isn't sent again
    finews("run")
    with closing(sqlite3.connect(finews.folder / "news.db", isolation_level=None)) as store:
        assert set(before) <= set(store.execute(hashes))
    assert len(before) > 5 * len(WITH_TEXTS)
    assert finews.summary().revisions == 0
    assert finews.posts().items() >= posts.items()
