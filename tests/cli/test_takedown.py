"""`finews takedown` and its undo, with each kind of store."""

import pytest

from tests.running import Runner
from tests.stores.samples import NOW, A, B, C, D, article


@pytest.fixture
def finews(tmp_path, store_url):
    """Return a user's folder with a mirror of the articles A and B."""
    finews = Runner(tmp_path, store=store_url)
    finews.ask(lambda store: store.save([article(A), article(B)], NOW))
    finews("export")
    return finews


def codes(finews):
    return [name.removesuffix(".md").rpartition("NW")[2] for name in finews.posts()]


on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)


def test_a_takedown_is_undone_and_the_post_is_the_same_again(finews):
    before = finews.posts()
    taken = finews("takedown", f"NW{A}", f"https://finance.eastmoney.com/a/{C}.html", "--reason", "侵权")
    assert taken.stdout.splitlines()[:2] == [f"NW{A} is taken down", f"NW{C} is taken down; it wasn't stored"]
    assert codes(finews) == [B]
    undone = finews("takedown", "--undo", A, B, C)
    assert undone.stdout.splitlines()[:3] == [f"NW{A} is back", f"NW{B} wasn't taken down", f"NW{C} is back"]
    assert finews.posts() == before
    [stored] = finews.ask(lambda store: store.save([article(C)], NOW))
    assert stored == "new"


def test_the_reason_is_published_nowhere(finews):
    message = finews("takedown", A, "--reason", "不可外传").stdout
    written = b"".join(content for _, content in finews.state().values()).decode()
    assert "不可外传" not in message + written


def test_a_duplicate_that_keeps_its_post_is_named(finews):
    finews.ask(lambda store: store.save([article(C, "同"), article(D, "同")], NOW))
    finews("export")
    lines = finews("takedown", D, "--reason", "x").stdout.splitlines()
    assert lines[:2] == [
        f"NW{D} is taken down",
        f"NW{C} is the same article and keeps its post, unless you name it too",
    ]
    lines = finews("takedown", C, "--reason", "x").stdout.splitlines()
    assert lines[0] == f"NW{C} is taken down"
    assert "same article" not in "".join(lines)
    assert codes(finews) == [A, B]


@on_sqlite
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([A, B], "give a reason with --reason; nothing publishes it"),
        ([A, "--reason", " "], "give a reason with --reason; nothing publishes it"),
        ([A, "--undo", "--reason", "x"], "--undo takes no --reason"),
        ([A, "foo", "--reason", "x"], "'foo' is not an article"),
        ([D, "foo", "--undo"], "'foo' is not an article"),
    ],
)
def test_a_user_error_is_reported_before_anything_is_done(finews, arguments, message):
    finews.ask(lambda store: store.take_down(D, "", NOW))
    assert finews("takedown", *arguments, code=2).stderr == f"finews: {message}\n"
    finews("export")
    assert codes(finews) == [A, B]
    assert finews.ask(lambda store: store.known([D]))[D].taken_down


@on_sqlite
def test_an_article_that_is_named_twice_is_taken_down_once(finews):
    assert finews("takedown", A, f"NW{A}", "--reason", "x").stdout.count("is taken down") == 1
