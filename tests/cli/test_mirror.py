"""The commands for the mirror, as a user runs them: verify, retention, takedowns, the site."""

import re
import subprocess
from datetime import datetime, timedelta

import pytest
import yaml
from filelock import FileLock

from finews_spider.sample import SampleUpstream
from finews_spider.times import SHANGHAI
from tests.running import Runner

NOON = datetime.now(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)


@pytest.fixture
def finews(tmp_path):
    with SampleUpstream(articles=30, seed=4, newest=NOON - timedelta(days=4)) as upstream:
        finews = Runner(tmp_path, upstream)
        finews("run")
        finews.upstream = upstream
        yield finews


def files(finews):
    return {path: content for path, (_, content) in finews.state().items()}


def test_verify_reports_what_is_wrong_and_repairs_it(finews):
    before = files(finews)
    done = finews("verify")
    assert re.fullmatch(
        rf"{finews.mirror}: \d+ files are right, 0 missing, 0 changed, 0 orphaned, 0 foreign\n", done.stdout
    )
    first, second = sorted((finews.mirror / "_posts").iterdir())[:2]
    first.unlink()
    second.write_text("broken")
    (finews.mirror / "stock/1.000000").mkdir()
    (finews.mirror / "stock/1.000000/index.html").touch()
    (finews.mirror / "_posts/2020-01-01-mine.md").write_text("mine")
    done = finews("verify", code=1)
    assert done.stdout.splitlines()[:4] == [
        f"missing: _posts/{first.name}",
        f"changed: _posts/{second.name}",
        "orphaned: stock/1.000000/index.html",
        "foreign: _posts/2020-01-01-mine.md",
    ]
    assert "`finews verify --repair` repairs this" in done.stdout
    finews("verify", "--repair")
    assert files(finews) == before | {str(finews.mirror / "_posts/2020-01-01-mine.md"): b"mine"}


def test_verify_names_ten_files_of_a_kind_or_all(finews):
    posts = sorted((finews.mirror / "_posts").iterdir())
    for post in posts:
        post.unlink()
    missing = [f"missing: _posts/{post.name}" for post in posts]
    assert len(missing) > 10
    shown = finews("verify", code=1).stdout.splitlines()
    assert shown[:11] == [*missing[:10], f"missing: {len(missing) - 10} more; --all names them"]
    assert finews("verify", "--all", code=1).stdout.splitlines()[: len(missing)] == missing


def test_verify_without_a_mirror_is_one_line(tmp_path):
    done = Runner(tmp_path)("verify", code=2)
    assert done.stderr == f"finews: there is no mirror folder {tmp_path}/mirror; `finews export --all` makes one\n"


def test_a_lost_mirror_is_written_again(finews):
    before = files(finews)
    finews.mirror.rename(finews.folder / "lost")
    finews("export", "--all")
    assert files(finews) == before


def test_old_posts_leave_the_posts_folder_and_return(finews):
    before, names = files(finews), finews.posts().keys()
    finews.settings["FINEWS_RETENTION_DAYS"] = "2"
    finews("export")
    assert finews.posts() == {}
    moved = {path.name: path.read_text("utf-8") for path in (finews.mirror / "old_post").iterdir()}
    assert moved.keys() == names
    for name, text in moved.items():
        assert yaml.safe_load(text.split("---\n")[1])["permalink"].endswith(f"/{name[11:-3]}.html")
    assert "0 missing, 0 changed, 0 orphaned, 0 foreign" in finews("verify").stdout
    finews.settings["FINEWS_RETENTION_DAYS"] = "9"
    finews("export")
    assert files(finews) == before
    finews.settings["FINEWS_RETENTION_DAYS"] = "1"
    finews("export")
    finews.settings["FINEWS_RETENTION_DAYS"] = "0"
    finews("export", "--all")
    assert files(finews) == before


@pytest.mark.parametrize("days", ["-1", "x", "1.5"])
def test_an_invalid_number_of_days_is_refused(tmp_path, days):
    done = Runner(tmp_path, FINEWS_RETENTION_DAYS=days)("export", code=2)
    assert done.stderr == f"finews: FINEWS_RETENTION_DAYS: {days!r} should be a whole number from 0 to 99999\n"


def test_a_takedown_holds_through_crawls_and_imports(finews):
    name = next(iter(finews.posts()))
    code = name[11:-3]
    copy = finews.folder / "copy"
    (finews.folder / "copy/_posts").mkdir(parents=True)
    (copy / "_posts" / name).write_bytes(finews.posts()[name])
    finews("takedown", code, "--reason", "侵权")
    tombstone = finews.mirror / f"takedown/{name[:-3]}.html"
    assert tombstone.read_text("utf-8").startswith("---\nlayout: tombstone\npermalink: ")
    finews("run")
    finews("import", str(copy))
    finews("export", "--all")
    assert name not in finews.posts()
    before = finews.state()
    finews("takedown", code, "--undo")
    assert name in finews.posts()
    assert not tombstone.exists()
    assert before != finews.state()


def test_one_export_at_a_time(finews):
    (finews.mirror / "_posts").rename(finews.folder / "moved")
    with FileLock(finews.mirror / ".finews-export.lock"):
        exports = [finews.start("export", "--all") for _ in range(2)]
        with pytest.raises(subprocess.TimeoutExpired):
            exports[0].wait(3)
    assert [export.wait(60) for export in exports] == [0, 0]
    for export in exports:
        export.communicate()
    assert "0 missing, 0 changed, 0 orphaned, 0 foreign" in finews("verify").stdout


def test_the_site_knows_its_url_and_is_replaced_on_demand(finews):
    finews("site", "init", "mirror", "-s", "FINEWS_SITE_URL=https://me.example/news")
    config = yaml.safe_load((finews.mirror / "_config.yml").read_text("utf-8"))
    assert (config["url"], config["baseurl"]) == ("https://me.example", "/news")
    layout = finews.mirror / "_layouts/post.html"
    written = layout.read_bytes()
    layout.write_text("mine")
    assert finews("site", "init", "mirror").stdout == ""
    assert layout.read_text() == "mine"
    assert finews("site", "init", "mirror", "--overwrite").stdout == "mirror/_layouts/post.html\n"
    assert layout.read_bytes() == written


def copies(finews):
    return {str(path.relative_to(finews.mirror)) for path in finews.mirror.rglob("images/*/*")}


def test_images_are_shown_from_their_copies_until_the_last_article_that_shows_one_is_taken_down(tmp_path):
    with SampleUpstream(articles=12, seed=4) as upstream:
        finews = Runner(tmp_path, upstream, FINEWS_IMAGES="local", FINEWS_SITE_URL="//me.example/news")
        finews("run")
        shown = {
            name: re.findall(r'src="/news/(images/[0-9a-f]{2}/[0-9a-f]{64}\.\w+)"', text.decode())
            for name, text in finews.posts().items()
        }
        images = {path for paths in shown.values() for path in paths}
        assert len(images) > 2
        assert images <= copies(finews)
        assert "0 missing, 0 changed, 0 orphaned, 0 foreign" in finews("verify").stdout
        finews("takedown", *(name[11:-3] for name in shown), "--reason", "x")
        assert copies(finews) == set()
        name = next(name for name, paths in shown.items() if paths)
        finews("takedown", name[11:-3], "--undo")
        assert f'src="{upstream.url}'.encode() in finews.posts()[name]
