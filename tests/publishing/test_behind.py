"""`finews run --publish`, and what `finews status` says of the site. A stand-in for Jekyll takes a hundredth of its time."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys

import pytest
from filelock import FileLock

from finews_spider.mirror import site
from tests.browsing import put
from tests.cli.test_missing_store import tree
from tests.misbehave import MisbehavingUpstream
from tests.publishing.test_publish import STAND_IN
from tests.running import Runner, interrupt, wait_for

BUILT = "Built {folder}/site"


@pytest.fixture
def upstream():
    with MisbehavingUpstream(articles=12, seed=8) as upstream:
        yield upstream


@pytest.fixture
def finews(tmp_path, upstream):
    """Return a user's folder with an empty mirror that is a site."""
    finews = Runner(tmp_path, upstream, FINEWS_SITE_DIR=str(tmp_path / "site"))
    site.init(finews.mirror)
    jekyll(finews, STAND_IN)
    finews.settings["PATH"] = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    return finews


def jekyll(finews: Runner, script: str) -> None:
    put(finews.folder / "bin/jekyll", script)
    (finews.folder / "bin/jekyll").chmod(0o755)


def site_line(finews: Runner) -> str:
    """Return what `finews status` says of the site, and see that it changes nothing."""
    before = tree(finews.folder)
    shown = finews("status").stdout
    assert tree(finews.folder) == before
    return next((line for line in shown.splitlines() if line.startswith("Site: ")), "")


def touch_page(finews: Runner, name: str = "about.html") -> None:
    put(finews.mirror / name, f"{os.urandom(4).hex()}")


# finews run --publish


def test_a_run_publishes_after_its_export_when_its_lock_is_free(finews):
    lock = finews.folder / "news.db.lock"
    jekyll(finews, STAND_IN.replace("exit 0", f"flock -n {lock} true && touch {finews.folder}/free\nexit 0"))
    done = finews("run", "--publish")
    assert done.stdout.endswith(f"{BUILT.format(folder=finews.folder)}\n")
    assert done.stderr == ""
    assert (finews.folder / "free").exists()
    posts = set(finews.posts())
    assert posts
    assert posts <= {path.name for path in (finews.folder / "site").iterdir()}
    assert finews("run", "--publish").stdout.endswith("Nothing changed since the last time.\n")


def test_a_publication_that_fails_gives_its_exit_code_where_the_run_has_none(finews, upstream):
    jekyll(finews, "#!/bin/sh\necho no such tag >&2; exit 1\n")
    done = finews("run", "--publish", code=1)
    assert done.stderr == "finews: Jekyll failed (1): no such tag\n"
    assert finews.posts()
    with FileLock(finews.folder / ".site.lock"):
        assert "another run is under way" in finews("run", "--publish", code=75).stderr
        upstream.misbehave("", "500")
        assert "another run is under way" in finews("run", "--publish", code=1).stderr


def test_a_mirror_that_is_no_site_is_named_before_the_crawl(finews, upstream):
    (finews.mirror / "_config.yml").unlink()
    for command in ("run", "watch"):
        said = finews(command, "--publish", code=2).stderr
        assert (
            said == f"finews: {finews.mirror} is no site yet; `finews site init {finews.mirror}` writes what it needs\n"
        )
    assert upstream.log == []


def test_what_a_run_with_failures_got_is_published(finews, upstream):
    upstream.misbehave(upstream.news.codes[3], "500")
    assert BUILT.format(folder=finews.folder) in finews("run", "--publish", code=1).stdout


def test_a_run_that_is_refused_publishes_nothing(finews):
    finews("run")
    with FileLock(finews.folder / "news.db.lock"):
        finews("run", "--publish", code=75)
    assert not (finews.folder / "site").exists()


def test_a_run_that_is_stopped_publishes_nothing(finews, upstream):
    upstream.delay = 0.3
    process = finews.start("run", "--publish", CONCURRENT_REQUESTS_PER_DOMAIN="2")
    before = upstream.requests["text"]
    wait_for(lambda: upstream.requests["text"] > before + 2)
    out, _ = interrupt(process)
    assert process.returncode == 1
    assert "Stopped early: what was fetched is stored" in out
    assert not (finews.folder / "site").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_publication_after_a_run_can_be_stopped(finews, number):
    jekyll(finews, "#!/bin/sh\ntouch at-work; exec sleep 60\n")
    process = finews.start("run", "--publish")
    wait_for((finews.folder / "at-work").exists)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (1, "")
    assert out.endswith("Stopped early: the site stays as it was, and the next time starts again.\n")
    assert finews.posts()
    assert not (finews.folder / "site").exists()


def test_each_run_of_watch_publishes(finews):
    process = finews.start("watch", "--publish", "--every", "1h")
    wait_for((finews.folder / "site").exists)
    out, _ = interrupt(process)
    assert process.returncode == 0
    assert "Run at" in out


# finews status


def test_status_says_how_far_the_site_is_behind(finews, upstream):
    finews("run")
    assert site_line(finews) == ""
    assert json.loads(finews("status", "--json").stdout)["site"] is None
    finews("publish")
    assert site_line(finews) == "Site: up to date, last published 0 min ago"
    touch_page(finews)
    assert site_line(finews) == "Site: 1 changed file waits to be published, last published 0 min ago"
    finews("takedown", upstream.news.codes[0], "--reason", "x")
    assert re.match(r"Site: \d+ changed files wait to be published, last", site_line(finews))
    finews("publish")
    touch_page(finews, "_includes/mine.html")
    shown = json.loads(finews("status", "--json").stdout)["site"]
    assert shown.pop("published_at").startswith("20")
    assert shown == {"waiting": None, "whole": True, "unsent": False, "error": ""}
    assert site_line(finews) == "Site: all of it waits to be published, last published 0 min ago"
    assert "Site" not in finews("status", "--prometheus").stdout


def test_status_says_what_is_built_and_not_sent(finews):
    finews("run")
    finews.settings["FINEWS_PUBLISH"] = "command:test -e up"
    finews("publish", code=1)
    assert site_line(finews) == "Site: built, but not sent yet, last published never"
    touch_page(finews, "up")
    finews("publish", code=1)  # the site has a file of that name, the folder of the command hasn't
    put(finews.folder / "up", "")
    finews("publish")
    assert site_line(finews) == "Site: up to date, last published 0 min ago"


def test_status_knows_the_source_that_is_sent(finews):
    subprocess.run(["git", "init", "--quiet", "--bare", finews.folder / "remote.git"], check=True)
    finews("run")
    finews.settings["FINEWS_PUBLISH"] = f"source:{finews.folder}/remote.git#main"
    finews("publish")
    assert site_line(finews) == "Site: up to date, last published 0 min ago"
    touch_page(finews, "_config.yml")
    assert site_line(finews) == "Site: 1 changed file waits to be published, last published 0 min ago"


def test_status_is_shown_though_the_site_cannot_be_looked_at(finews):
    finews("run", "--publish")
    database = finews.folder / ".site.db"
    killed = (
        "import os, sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('PRAGMA cache_size = 1')\n"
        "db.executemany('INSERT INTO changed VALUES (9, ?)', ((str(n) * 99,) for n in range(999))); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", killed, database], check=False)
    assert site_line(finews) == "Site: a publication was killed; the next one starts again"
    sqlite3.connect(database).close()
    finews("publish")
    os.mkfifo(finews.mirror / "pipe")
    assert "pipe is no file" in site_line(finews)
    (finews.mirror / "pipe").unlink()
    database.write_text("no database")
    assert "can't be read: file is not a database" in site_line(finews)
    assert json.loads(finews("status", "--json").stdout)["site"]["error"]
