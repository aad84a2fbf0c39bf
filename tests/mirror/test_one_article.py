"""An article that can't be made a post, for whatever reason, costs the others nothing."""

import asyncio
import errno
import re
import shutil

import pytest

from finews_spider.errors import MirrorError, StoreError
from finews_spider.mirror import exporter as exporters
from finews_spider.mirror import importer, journal, listing_updates
from finews_spider.mirror.exporter import Exporter
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.importer import import_posts, post_files
from finews_spider.mirror.post import LinkTargets
from finews_spider.mirror.verify import verify
from finews_spider.sample import SampleUpstream
from finews_spider.stores import open_store
from tests.running import Runner
from tests.stores.samples import NOW, A, B, C, article

LINKS = LinkTargets(
    site="//news.example", share="https://share.example/{info_code}", page="https://page.example/{code}"
)
ERRORS = [
    RecursionError("too deep"),
    ValueError("a\nb"),
    KeyError("x"),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "no"),
]
LONG = "1" * 300


def breaking(monkeypatch, module, name, error):
    """Let *name* in *module* fail for the article A."""
    whole = getattr(module, name)

    def fail(first, *arguments, **options):
        if A in repr((first, arguments)):
            raise error
        return whole(first, *arguments, **options)

    monkeypatch.setattr(module, name, fail)


def listed(folder):
    """Return the codes that the day's list and the search index name."""
    texts = [
        path.read_text("utf-8") for path in (*folder.glob("archive/*/index.html"), *folder.glob("search/data/*/rows*"))
    ]
    return [sorted(code for code in (A, B, C) if code in text) for text in texts]


def export(url, folder):
    async def work():
        async with open_store(url) as store:
            done = await Exporter(store, MirrorFolder(folder), LINKS).export()
            return done, [post.article.code for post in await store.pending(10)]

    return asyncio.run(work())


@pytest.fixture
def mirror(sqlite_url, tmp_path):
    async def fill():
        async with open_store(sqlite_url) as store:
            await store.save([article(A), article(B), article(C)], NOW)

    asyncio.run(fill())
    return tmp_path / "mirror"


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize(
    ("module", "name"), [(exporters, "render"), (exporters, "url_of"), (listing_updates, "SearchEntry")]
)
def test_an_export_goes_on_without_it_and_tries_it_again(sqlite_url, mirror, monkeypatch, module, name, error):
    with monkeypatch.context() as patch:
        breaking(patch, module, name, error)
        done, pending = export(sqlite_url, mirror)
    assert list(done.failed) == [f"NW{A}"]
    assert done.failed[f"NW{A}"].startswith(f"{type(error).__name__}: ")
    assert "\n" not in done.failed[f"NW{A}"]
    assert (done.written, pending) == (2, [A])
    assert sorted(path.name[13:-3] for path in mirror.glob("_posts/*")) == [B, C]
    assert listed(mirror) == [[B, C]] * 2
    done, pending = export(sqlite_url, mirror)
    assert (done.written, done.failed, pending) == (1, {}, [])
    assert listed(mirror) == [[A, B, C]] * 2


@pytest.mark.parametrize(
    ("path", "is_folder"),
    [
        ("archive/2026-01-02/index.html", True),
        ("archive/2026-01-02", False),
        ("archive/2026.html", True),
        ("search/data/index.json", True),
        ("search/data", False),
    ],
)
def test_what_stands_in_the_place_of_a_list_costs_the_others_nothing(sqlite_url, mirror, path, is_folder):
    def files(besides=" "):
        found = (path.relative_to(mirror) for path in mirror.rglob("*") if path.is_file() and path.name != journal.NAME)
        # What the newest articles are follows from the lists.
        return {str(name): (mirror / name).read_bytes() for name in found if not str(name).startswith(besides)}

    async def requeue():
        async with open_store(sqlite_url) as store:
            await store.requeue()

    export(sqlite_url, mirror)
    whole, list_ = files(), path.partition("/")[0]
    others = files(besides=(list_, "_data/mirror/", "latest/"))
    shutil.rmtree(mirror)
    (mirror / path).parent.mkdir(parents=True)
    (mirror / path).mkdir() if is_folder else (mirror / path).touch()
    asyncio.run(requeue())
    with pytest.raises(MirrorError, match=f"{path}.*: (Is|Not) a directory"):
        export(sqlite_url, mirror)
    assert files(besides=(list_, "_data/mirror/", "latest/")) == others
    (mirror / path).rmdir() if is_folder else (mirror / path).unlink()
    assert export(sqlite_url, mirror)[1] == []
    assert files() == whole


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), StoreError("x"), MirrorError("x", OSError(errno.ENOSPC, "full")), MemoryError()]
)
def test_what_is_nobodys_own_ends_an_export(sqlite_url, mirror, monkeypatch, error):
    breaking(monkeypatch, exporters, "render", error)
    with pytest.raises(type(error)):
        export(sqlite_url, mirror)


def test_verify_goes_on_without_it_and_leaves_its_post(sqlite_url, mirror, monkeypatch):
    export(sqlite_url, mirror)
    [post] = mirror.glob(f"_posts/*{A}.md")
    breaking(monkeypatch, exporters, "render", RecursionError("too deep"))

    async def look(repair):
        async with open_store(sqlite_url) as store:
            return await verify(store, Exporter(store, MirrorFolder(mirror), LINKS), repair=repair)

    findings = asyncio.run(look(repair=True))
    assert findings.failed == {f"NW{A}": "RecursionError: too deep"}
    assert findings.foreign == []
    assert post.exists()
    findings = asyncio.run(look(repair=False))
    assert not findings
    assert list(findings.failed) == [f"NW{A}"]


@pytest.mark.parametrize(("module", "name"), [(importer, "read_post"), (importer, "media_of")])
def test_an_import_goes_on_without_it(sqlite_url, mirror, tmp_path, monkeypatch, module, name):
    export(sqlite_url, mirror)
    breaking(monkeypatch, module, name, RecursionError("too deep"))

    async def work():
        async with open_store(f"sqlite:///{tmp_path}/other.db") as store:
            done = await import_posts(store, mirror, post_files(mirror))
            return done, [post.article.code for post in await store.posts(10)]

    done, stored = asyncio.run(work())
    assert done.unreadable == {f"_posts/2026-01-02-NW{A}.md": "RecursionError: too deep"}
    assert (done.new, stored) == (2, [B, C])


@pytest.mark.parametrize("category", ["../../outside", "a\0b", "c" * 256, "茶" * 90, "a/../../b"])
def test_an_article_whose_pages_can_have_no_such_name_fails_alone(sqlite_url, mirror, category):
    async def spoil():
        async with open_store(sqlite_url) as store:
            await store.save([article(LONG), article("9" * 18, category=category)], NOW)

    asyncio.run(spoil())
    done, pending = export(sqlite_url, mirror)
    assert sorted(done.failed) == sorted([f"NW{LONG}", f"NW{'9' * 18}"])
    assert (done.written, sorted(pending)) == (3, sorted([LONG, "9" * 18]))
    assert listed(mirror) == [[A, B, C]] * 2


def test_commands_name_it_and_leave_with_1(tmp_path):
    with SampleUpstream(articles=8, seed=4) as upstream:
        finews = Runner(tmp_path, upstream)
        finews.ask(lambda store: store.save([article(LONG), article(A, category="../../outside")], NOW))
        ran = finews("run", code=1)
        assert re.search(r"Posts: wrote \d, failed 2; ", ran.stdout)
        named = [line.partition(" failed: ")[0] for line in ran.stderr.splitlines()]
        assert sorted(named) == sorted([f"finews: NW{A}", f"finews: NW{LONG}"])
        run = finews.ask(lambda store: store.runs(1))[0]
        assert (run["exit_code"], run["export"]["failed"]) == (1, 2)
        assert "failed 2" in finews("export", code=1).stdout
        assert f"NW{A} failed: " in finews("verify", "--repair", code=1).stderr
        assert f"NW{A} failed: " in finews("verify", code=1).stderr
        assert finews.summary().pending == 2
