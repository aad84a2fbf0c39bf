"""What may happen to a mirror's journal, and to a site's folders and database, costs a whole build and no page."""

import json
import os
import re
import shutil
import threading
import time

import pytest

from finews_spider.cli.options import read_config
from finews_spider.errors import MirrorError, PublishError
from finews_spider.mirror import journal
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.publishing.publish import publish
from tests.browsing import put
from tests.deploy.test_docker import get, nginx
from tests.publishing.test_publish import _tools, copies, files, finews, post, remove_post, send  # noqa: F401 -- fixtures
from tests.publishing.test_sending import WRITES


@pytest.fixture
def site(copies):  # noqa: F811
    """Return a folder with a site of two posts that was published twice, so that it has both its folders."""
    for day in (2, 3):
        post(copies, day)
        send(copies)
    return copies


def check(copies) -> None:  # noqa: F811
    """See that the site is what a whole build makes, that nothing is left to do, and that the next change is built alone."""
    whole = read_config([f"FINEWS_MIRROR_DIR={copies.mirror}", f"FINEWS_SITE_DIR={copies.folder}/whole"])
    for day in (7, 8):
        send(copies)
        publish(whole, everything=True, force=True)
        assert files(copies.folder / "site") == files(copies.folder / "whole")
        assert send(copies) == (False, False)
        # One that no journal names isn't seen, where only what changed is built.
        put(copies.mirror / "_posts/2026-03-09-9.md", "by hand")
        post(copies, day)
        send(copies)
        assert not (copies.folder / "site/2026-03-09-9.md").exists()
        (copies.mirror / "_posts/2026-03-09-9.md").unlink()


def gone(file):
    file.unlink()


def empty(file):
    file.write_bytes(b"")


def without_its_end(file):
    file.write_bytes(file.read_bytes()[:-20])


def with_half_its_name(file):
    file.write_bytes(file.read_bytes()[:20])


def another(file):
    file.write_bytes(b"0" * 32 + b"\n" + file.read_bytes()[33:])


def no_journal(file):
    file.write_bytes(os.urandom(9000))


def a_pipe(file):
    file.unlink()
    os.mkfifo(file)


@pytest.mark.parametrize("harm", [gone, empty, without_its_end, with_half_its_name, another, no_journal, a_pipe])
def test_a_journal_that_is_not_the_one_that_was_read_means_that_all_may_have_changed(site, harm):
    post(site, 4)
    remove_post(site, 2)
    harm(site.mirror / journal.NAME)
    check(site)


def test_a_journal_from_a_backup_that_has_grown_since_means_that_all_may_have_changed(site):
    """It has the name of the one that was read, and is longer."""
    backup = site.folder / "backup"
    shutil.copytree(site.mirror, backup)
    post(site, 4)
    send(site)
    shutil.rmtree(site.mirror)
    backup.rename(site.mirror)
    for day in (5, 6):
        post(site, day)
    check(site)


@pytest.mark.parametrize("end", [b'"_posts/2026-03-0', b'"', b'"_posts/2026-03-04-4.md"'])
def test_half_a_line_of_a_disk_that_was_full_hides_no_change(site, end):
    with (site.mirror / journal.NAME).open("ab") as file:
        file.write(end)
    send(site)
    post(site, 4)
    remove_post(site, 2)
    check(site)


def test_a_line_that_does_not_fit_on_the_disk_is_an_error_and_no_change(tmp_path, monkeypatch):
    folder = MirrorFolder(tmp_path)
    folder.write("a.txt", "1")
    monkeypatch.setattr("os.write", lambda handle, content, write=os.write: write(handle, content[:5]))
    with pytest.raises(MirrorError, match=r"can't be written: a.txt: .*No space left"):
        folder.write("a.txt", "2")
    assert folder.read("a.txt") == "1"


@pytest.mark.parametrize("what", ["link", "folder"])
def test_a_journal_that_cannot_be_read_is_named(site, what):
    file = site.mirror / journal.NAME
    file.unlink()
    file.symlink_to("x") if what == "link" else file.mkdir()
    with pytest.raises(MirrorError, match=rf"the journal {file} can't be read or written"):
        send(site)


def test_without_its_database_the_site_is_built_anew(site):
    remove_post(site, 2)
    (site.folder / ".site.db").unlink()
    check(site)


def test_a_broken_database_is_named(site):
    put(site.folder / ".site.db", "no database " * 999)
    with pytest.raises(PublishError, match=r"the site's database .*/\.site\.db: file is not a database; remove it"):
        send(site)
    (site.folder / ".site.db").unlink()
    check(site)


@pytest.mark.parametrize("what", ["current", "other", "both", "link", "link and current", "all"])
def test_folders_that_were_removed_are_made_again(site, what):
    link = site.folder / "site"
    current, both = link.resolve(), set(site.folder.glob(".site-[abc]"))
    assert len(both) == 2
    away = {"current": {current}, "other": both - {current}, "both": both, "link": set(), "all": both}
    for folder in away.get(what, {current}):
        shutil.rmtree(folder)
    if "link" in what or what == "all":
        link.unlink()
    assert send(site)[0] == (what not in ("other", "link"))
    assert (site.folder / "site/2026-03-02-2.md").exists()
    post(site, 4)
    check(site)


@pytest.mark.parametrize("path", ["_posts/2026-03-04-x.md", "notes/pipe.html", "images/aa/x.png"])
def test_a_pipe_in_the_mirror_is_named_and_the_site_stays(site, path):
    before = files(site.folder / "site")
    (site.mirror / path).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(site.mirror / path)
    journal.note(site.mirror, [path])
    with pytest.raises(MirrorError, match=rf"{re.escape(path)} is no file, and Jekyll might wait for it for ever"):
        send(site)
    assert files(site.folder / "site") == before
    (site.mirror / path).unlink()
    check(site)


def test_a_link_among_the_posts_is_followed(site):
    put(site.folder / "elsewhere.md", "---\n---\nelsewhere")
    (site.mirror / "_posts/2026-03-04-4.md").symlink_to("../../elsewhere.md")
    journal.note(site.mirror, ["_posts/2026-03-04-4.md"])
    send(site)
    assert (site.folder / "site/2026-03-04-4.md").read_text().endswith("elsewhere")
    check(site)


def test_a_build_of_everything_that_is_killed_leaves_no_half_folder_for_the_next(site, monkeypatch):
    def killed(*_):
        raise KeyboardInterrupt

    post(site, 4)
    with monkeypatch.context() as patched:
        patched.setattr("finews_spider.publishing.site.Site.switch", killed)
        patched.setattr("finews_spider.publishing.site._link", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(read_config([f"{name}={value}" for name, value in site.settings.items()]), everything=True)
    check(site)


def plan(copies, number: int, pages: int) -> None:  # noqa: F811
    """Let the stand-in make an index that links to so many pages, of which the last are new."""
    names = [f"pages/{page}.html" for page in range(pages)]
    texts = {name: f"{name} {number if page > pages - 3 else 0} end" for page, name in enumerate(names)}
    put(copies.mirror / "plan.html", f"---\n---\n{json.dumps(texts | {'index.html': json.dumps([*names, number])})}")


def test_a_reader_never_misses_a_page(copies):  # noqa: F811
    put(copies.folder / "bin/jekyll", f"#!{shutil.which('python3')}\n{WRITES}")
    root, stopped, errors = copies.folder / "site", threading.Event(), []
    seen: list[list[int]] = [[], [], []]
    plan(copies, 0, 5)
    send(copies)

    def reads(read: list[int]) -> None:
        try:
            while not stopped.is_set():
                *names, number = json.loads((root / "index.html").read_text())
                read.append(number)
                for name in names:
                    assert (root / name).read_text().endswith(" end")
                time.sleep(0.001)
        except Exception as error:  # noqa: BLE001 -- whatever it is
            errors.append(error)

    readers = [threading.Thread(target=reads, args=[read]) for read in seen]
    for reader in readers:
        reader.start()
    try:
        for number in range(1, 16):
            plan(copies, number, 5 + number)
            settings = [f"{name}={value}" for name, value in copies.settings.items()]
            assert publish(read_config(settings), everything=number % 5 == 0).built
    finally:
        stopped.set()
        for reader in readers:
            reader.join()
    assert errors == []
    for read in seen:
        assert read == sorted(read)
        assert len(set(read)) > 5


def test_caches_keep_what_is_the_same(site):
    (site.folder / "nginx").mkdir()
    site.folder.chmod(0o755)
    with nginx(site.folder / "nginx", site.folder / "site") as url:
        same, other = "/2026-03-02-2.md", "/2026-03-03-3.md"
        tags = {path: get(url, path)[1]["ETag"] for path in (same, other)}
        file = (site.folder / f"site{same}").stat()
        for everything in (False, True, False):
            MirrorFolder(site.mirror).write(f"_posts{other}", f"everything: {everything} {len(os.urandom(3))}" * 2)
            put(site.mirror / "index.html", f"---\n---\n{everything}")
            assert publish(read_config([f"{k}={v}" for k, v in site.settings.items()]), everything=everything).built
            assert get(url, same, **{"If-None-Match": tags[same]})[0] == 304
            changed = get(url, other, **{"If-None-Match": tags[other]})
            assert changed[0] == 200
            tags[other] = changed[1]["ETag"]
            now = (site.folder / f"site{same}").stat()
            assert (now.st_ino, now.st_mtime_ns) == (file.st_ino, file.st_mtime_ns)
