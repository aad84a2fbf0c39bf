"""Links, pipes and files where they don't belong in a mirror folder: nothing is followed, nothing blocks, all is named."""

import os
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256

import pytest

from finews_spider.errors import MirrorError
from finews_spider.mirror import site
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.mirror.images import ImageFolder
from finews_spider.monitoring import metrics
from tests.mirror.test_categories import POST
from tests.running import Runner

CODE = "202206012399290001"
NAME = f"2022-06-01-NW{CODE}.md"
TEXT = POST.format(category="chaye", tag="茶业报", number=1, code=CODE)
VICTIM = "mine"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def victim(tmp_path):
    """Return a folder outside of the mirror with a file that nobody may touch, and nothing may be added to."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "file.json").write_text(VICTIM)
    yield folder
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"file.json": VICTIM}


@pytest.fixture
def finews(tmp_path):
    """Return a runner with an exported mirror of one post."""
    (tmp_path / "old/_posts").mkdir(parents=True)
    (tmp_path / "old/_posts" / NAME).write_text(TEXT, encoding="utf-8")
    (tmp_path / "user").mkdir()
    finews = Runner(tmp_path / "user")
    finews("import", str(tmp_path / "old"))
    finews("export")
    return finews


def change(finews):
    """Let everything be written again, with another title."""
    with closing(sqlite3.connect(finews.folder / "news.db")) as db:
        db.execute("UPDATE articles SET title = title || '新', export_pending = 1")
        db.commit()


FOLDERS = ["_posts", "archive", "archive/2022-06-01", "category", "category/chaye", "search", "search/data"]


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("command", [("export",), ("verify",), ("verify", "--repair")], ids=" ".join)
def test_a_folder_that_is_a_link_is_refused_and_left_alone(finews, victim, folder, command):
    change(finews)
    shutil.rmtree(finews.mirror / folder)
    (finews.mirror / folder).symlink_to(victim)
    done = finews(*command, code=2)
    assert f"{folder} is a link" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_link_in_the_place_of_a_file_is_replaced_and_never_written_through(finews, victim):
    change(finews)
    for path in (f"_posts/{NAME}", "archive/2022.html", "search/data/index.json", f"_posts/.{NAME}.new"):
        (finews.mirror / path).unlink(missing_ok=True)
        (finews.mirror / path).symlink_to(victim / "file.json")
    finews("export")
    assert not (finews.mirror / "_posts" / NAME).is_symlink()
    assert not (finews.mirror / "_posts" / f".{NAME}.new").is_symlink()
    finews("verify")


def test_links_are_orphans_that_go_without_what_they_lead_to(finews, victim):
    (finews.mirror / "stock").mkdir()
    (finews.mirror / "stock/0.1").symlink_to(victim)
    (finews.mirror / "takedown").mkdir()
    (finews.mirror / "takedown/x.html").symlink_to(victim / "file.json")
    assert "stock/0.1" in (output := finews("verify", code=1).stdout)
    assert "takedown/x.html" in output
    finews("verify", "--repair")
    assert not os.path.lexists(finews.mirror / "stock/0.1")
    assert not os.path.lexists(finews.mirror / "takedown/x.html")


def test_a_pipe_in_the_place_of_a_post_blocks_nobody(finews):
    change(finews)
    for path in (f"_posts/{NAME}", f"_posts/.{NAME}.new"):
        (finews.mirror / path).unlink(missing_ok=True)
        os.mkfifo(finews.mirror / path)
    finews("verify", code=1)
    finews("export")
    assert "新茶上市新" in (finews.mirror / "_posts" / NAME).read_text("utf-8")


def test_the_mirror_folder_itself_may_be_a_link(finews, tmp_path):
    finews.mirror.rename(tmp_path / "disk")
    finews.mirror.symlink_to(tmp_path / "disk")
    change(finews)
    finews("export")
    finews("verify")
    assert "新茶上市新" in (tmp_path / "disk/_posts" / NAME).read_text("utf-8")


def test_an_import_names_links_and_pipes_and_goes_on(tmp_path, victim):
    posts = tmp_path / "old/_posts"
    posts.mkdir(parents=True)
    (posts / NAME).write_text(TEXT, encoding="utf-8")
    (posts / "2022-06-01-NW202206012399290002.md").symlink_to(posts / NAME)
    os.mkfifo(posts / "2022-06-01-NW202206012399290003.md")
    (posts / "2022").symlink_to(victim)
    finews = Runner(tmp_path)
    done = finews("import", str(tmp_path / "old"), code=1)
    odd = ("2022", "2022-06-01-NW202206012399290002.md", "2022-06-01-NW202206012399290003.md")
    assert set(done.stderr.splitlines()) == {f"_posts/{name}: it is a link or not a file" for name in odd}
    assert "imported 1," in done.stdout
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/_posts").symlink_to(posts)
    assert "_posts is a link" in finews("import", str(tmp_path / "linked"), code=2).stderr


def test_posts_in_folders_below_are_imported_too(tmp_path):
    posts = tmp_path / "old/_posts/2022"
    posts.mkdir(parents=True)
    (posts / NAME).write_text(TEXT, encoding="utf-8")
    finews = Runner(tmp_path)
    finews("import", str(tmp_path / "old"))
    finews("export")
    assert finews.posts() == {NAME: TEXT.encode()}
    assert not (finews.mirror / "alias").exists()


@pytest.mark.parametrize("folder", ["_layouts", "assets", "search", "_data/strings"])
def test_a_site_is_not_made_through_a_link(tmp_path, victim, folder):
    (tmp_path / "mirror" / folder).parent.mkdir(parents=True)
    (tmp_path / "mirror" / folder).symlink_to(victim)
    for overwrite in (False, True):
        with pytest.raises(MirrorError, match=f"{folder} is a link"):
            site.init(tmp_path / "mirror", overwrite=overwrite)


def test_a_themes_file_that_is_a_link_stays_or_is_replaced(tmp_path, victim):
    (tmp_path / "mirror/assets").mkdir(parents=True)
    (tmp_path / "mirror/assets/site.css").symlink_to(victim / "file.json")
    (tmp_path / "mirror/_config.yml").symlink_to(victim / "file.json")
    (tmp_path / "mirror/index.html").symlink_to("nowhere")
    site.init(tmp_path / "mirror")
    assert (tmp_path / "mirror/assets/site.css").is_symlink()
    assert (tmp_path / "mirror/index.html").is_symlink()
    site.init(tmp_path / "mirror", overwrite=True)
    assert not (tmp_path / "mirror/assets/site.css").is_symlink()
    assert (tmp_path / "mirror/_config.yml").is_symlink()


@pytest.mark.parametrize("folder", ["images", "images/.unfinished", f"images/{sha256(PNG).hexdigest()[:2]}"])
def test_no_image_is_written_through_a_link_and_nothing_removed(tmp_path, victim, folder):
    (tmp_path / "mirror" / folder).parent.mkdir(parents=True)
    (tmp_path / "mirror" / folder).symlink_to(victim)
    with pytest.raises(OSError, match=f"{folder} is a link"):
        ImageFolder(tmp_path / "mirror").write(PNG)


def test_the_status_page_and_the_lock_are_not_written_through_a_link(finews, victim):
    site.init(finews.mirror)
    shutil.rmtree(finews.mirror / "_data")
    (finews.mirror / "_data").symlink_to(victim)
    with pytest.raises(MirrorError, match="_data is a link"):
        MirrorFolder(finews.mirror).write("_data/status.json", "x")


@pytest.mark.parametrize("plant", [os.symlink, os.link, lambda _, lock: os.mkfifo(lock), lambda _, lock: lock.mkdir()])
def test_what_is_no_lock_of_its_own_is_refused_and_not_written_to(finews, victim, plant):
    lock = finews.mirror / ".finews-export.lock"
    lock.unlink()
    plant(victim / "file.json", lock)
    for command in (("export",), ("verify", "--repair")):
        output = finews(*command, code=2).stderr
        assert f"the lock {lock} is a link or not a file" in output
        assert output.count("\n") == 1
    finews("verify")


def test_a_note_that_the_store_failed_is_not_made_through_a_link(finews, tmp_path, victim):
    (finews.mirror / ".finews-store-failed").symlink_to(victim / "new")
    away = Runner(tmp_path, store=f"sqlite:///{victim}", FINEWS_MIRROR_DIR=str(finews.mirror))
    assert away("run", code=None).returncode in {1, 2}


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/x", "..", "a/..", "a\\..\\x", "./../x"])
def test_no_path_leads_outside(tmp_path, path):
    folder = MirrorFolder(tmp_path / "mirror")
    for work in (folder.read, folder.is_file, folder.exists, folder.remove, lambda path: folder.write(path, "x")):
        with pytest.raises(MirrorError, match="outside"):
            work(path)
    assert not (tmp_path / "x").exists()


def test_a_metrics_file_is_replaced_where_it_is_a_link(tmp_path, victim, monkeypatch):
    monkeypatch.setattr(metrics, "text", lambda _: "figures")
    for name in ("finews.prom", ".finews.prom.new"):
        (tmp_path / name).symlink_to(victim / "file.json")
    metrics.write(tmp_path / "finews.prom", None)
    assert (tmp_path / "finews.prom").read_text() == "figures"
    assert not (tmp_path / "finews.prom").is_symlink()


def test_an_images_folder_that_is_a_link_is_said_in_one_line(tmp_path, victim):
    finews = Runner(tmp_path, FINEWS_IMAGES="local")
    finews.mirror.mkdir()
    (finews.mirror / "images").symlink_to(victim)
    (tmp_path / "channels.toml").write_text('[[channel]]\nname = "甲"\nkind = "columns"\nurl = "http://127.0.0.1:1/"\n')
    finews.settings["FINEWS_CHANNELS"] = str(tmp_path / "channels.toml")
    assert "images is a link" in finews("run", code=None).stderr
