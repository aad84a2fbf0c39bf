"""`finews publish` with real Jekyll, git, rsync and shell: the site is built whole, and sent when something changed."""
# Where only the sending matters, a stand-in for Jekyll takes a hundredth of its time.

import asyncio
import itertools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from finews_spider.cli.options import read_config
from finews_spider.config.destination import Destination
from finews_spider.errors import ConfigError, MirrorError, PublishError
from finews_spider.mirror import site
from finews_spider.mirror.folder import MirrorFolder
from finews_spider.publishing import site as built_site
from finews_spider.publishing.publish import publish
from finews_spider.publishing.send import MARK
from tests.browsing import put
from tests.publishing.sequences import Sequence, check, content
from tests.running import Runner, wait_for
from tests.servers import missing

POST = "---\nlayout: post\ntitle: {title}\ndate: 2026-03-0{day} 08:00:00 +0800\ncategories: news\n---\n<p>{title}</p>\n"
NOTHING = "Nothing changed since the last time.\n"
STAND_IN = """#!/bin/sh
mkdir "$5"; cd "$3"
for file in index.html _posts/* old_post/* assets/site.css; do
    [ -f "$file" ] && cp "$file" "$5" && echo "[\\"$file\\", \\"${file##*/}\\"]" >> "$FINEWS_OUTPUTS"
done
exit 0
"""


@pytest.fixture(autouse=True)
def _tools():
    for tool in ("jekyll", "git", "rsync"):
        if not shutil.which(tool):
            missing(tool, f"there is no {tool} on the PATH")


@pytest.fixture
def finews(tmp_path):
    """Return a user's folder with a mirror of one post, whose site is small enough to be built quickly."""
    finews = Runner(tmp_path, FINEWS_SITE_DIR=str(tmp_path / "site"))
    site.init(finews.mirror)
    for name in ("archive", "category", "emnews", "search", "status", "stock"):
        shutil.rmtree(finews.mirror / name)
    post(finews, 1)
    return finews


@pytest.fixture
def copies(finews, monkeypatch):
    """Return the same with a stand-in for Jekyll that only copies, to be published by this process."""
    jekyll = finews.folder / "bin/jekyll"
    put(jekyll, STAND_IN)
    jekyll.chmod(0o755)
    monkeypatch.setenv("PATH", f"{jekyll.parent}:{os.environ['PATH']}")
    monkeypatch.chdir(finews.folder)
    return finews


def send(finews: Runner) -> tuple[bool, bool]:
    """Publish, and return whether the site was built and sent."""
    return publish(read_config([f"{name}={value}" for name, value in finews.settings.items()]))[:2]


@pytest.fixture
def remote(tmp_path):
    """Return a bare repository."""
    git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    return tmp_path / "remote.git"


def post(finews: Runner, day: int) -> None:
    MirrorFolder(finews.mirror).write(f"_posts/2026-03-0{day}-{day}.md", POST.format(title=f"第{day}篇", day=day))


def remove_post(finews: Runner, day: int) -> None:
    assert MirrorFolder(finews.mirror).remove(f"_posts/2026-03-0{day}-{day}.md")


def git(folder: Path, *arguments: str) -> str:
    who = [part for name in ("user.name=x", "user.email=x@x.example") for part in ("-c", name)]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, check=True, encoding="utf-8")
    return done.stdout


def commits(remote: Path, branch: str = "pages") -> list[str]:
    return git(remote, "log", "--format=%s", branch).splitlines()


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder, without the mark that a destination has."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {path: content for path, content in found.items() if path != MARK}


def test_a_whole_build_makes_the_second_folder_too(finews):
    finews("publish")
    post(finews, 2)
    finews("publish", "--all")
    current, other = (finews.folder / "site").resolve(), set()
    for folder in finews.folder.glob(".site-?"):
        if folder != current and files(folder) == files(current):
            other.add(folder)
            assert (folder / "index.html").samefile(current / "index.html")
    assert len(other) == 1


def test_the_site_is_built_once_for_each_change(finews):
    assert finews("publish").stdout == f"Built {finews.folder}/site\n"
    built = finews.folder / "site"
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*")}
    assert finews("publish").stdout == NOTHING
    assert {path: path.stat().st_mtime_ns for path in built.rglob("*")} == before
    post(finews, 2)
    remove_post(finews, 1)
    finews("publish")
    assert "第2篇" in (built / "news/2026/03/02/2.html").read_text("utf-8")
    assert (built / "assets/site.css").stat().st_mtime_ns == before[built / "assets/site.css"]
    assert not (built / "news/2026/03/01").exists()
    assert len(list(finews.folder.glob(".site-*"))) == 2, "this build and the one that is still read"
    assert built.stat().st_mode & 0o777 == 0o755


def test_a_mirror_is_built_without_writing_into_it(finews):
    before = files(finews.mirror)
    send(finews)
    post(finews, 2)
    send(finews)
    assert {path for path in files(finews.mirror).keys() - before.keys() if not path.startswith(".finews-")} == {
        "_posts/2026-03-02-2.md"
    }


def test_a_change_that_keeps_size_and_time_is_seen(copies):
    page = copies.mirror / "about.html"
    put(page, "第1版")
    send(copies)
    stat = page.stat()
    page.write_text("第二版"[:1] + "2" + "版", encoding="utf-8")
    os.utime(page, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert send(copies) == (True, False)


def test_links_are_followed_as_jekyll_does_but_not_in_circles(copies):
    put(copies.folder / "elsewhere/page.html", "one")
    (copies.mirror / "more").symlink_to("../elsewhere")
    (copies.mirror / "more/circle").symlink_to(".")
    (copies.mirror / "nowhere").symlink_to("gone")
    send(copies)
    assert send(copies) == (False, False)
    put(copies.folder / "elsewhere/page.html", "two")
    assert send(copies) == (True, False)


@pytest.mark.parametrize("destination", ["", "git:{remote}#pages", "source:{remote}#main"])
def test_a_mirror_that_lost_most_of_its_posts_takes_no_site_away(copies, remote, destination):
    copies.settings["FINEWS_PUBLISH"] = destination.format(remote=remote)
    for day in range(2, 6):
        post(copies, day)
    copies("publish")
    commit = git(remote, "rev-parse", "--all")
    for day in range(1, 4):
        remove_post(copies, day)
    before = {path: path.lstat().st_mtime_ns for path in copies.folder.glob(".site*")}
    output = copies("publish", code=2).stderr
    assert output == (
        f"finews: the mirror {copies.mirror} holds 2 posts, and 5 were published last; is FINEWS_MIRROR_DIR right and "
        "its disk mounted? --force publishes nevertheless\n"
    )
    assert {path: path.lstat().st_mtime_ns for path in copies.folder.glob(".site*") if path.suffix != ".lock"} == {
        path: time for path, time in before.items() if path.suffix != ".lock"
    }
    assert git(remote, "rev-parse", "--all") == commit
    copies("publish", "--force")
    post(copies, 1)
    copies("publish")


def test_half_of_the_posts_may_go_and_old_ones_count(copies):
    post(copies, 2)
    send(copies)
    MirrorFolder(copies.mirror).write("old_post/2026-03-01-1.md", "---\n---\n")
    remove_post(copies, 1)
    send(copies)
    remove_post(copies, 2)
    assert send(copies) == (True, False)


def test_a_pipe_in_the_mirror_is_named_and_jekyll_does_not_wait_for_it(copies):
    os.mkfifo(copies.mirror / "assets/pipe")
    assert "assets/pipe is no file" in copies("publish", code=2).stderr


def test_jekyll_caches_nothing_through_a_link(finews):
    (finews.folder / "victim").mkdir()
    (finews.mirror / ".jekyll-cache").symlink_to(finews.folder / "victim")
    finews("publish")
    assert list((finews.folder / "victim").iterdir()) == []


def test_a_site_that_cannot_be_built_leaves_the_old_one_and_says_why(finews):
    put(finews.folder / ".site-old/index.html", "old")
    (finews.folder / "site").symlink_to(".site-old")
    before = files(finews.folder / "site")
    broken = finews.mirror / "broken.html"
    put(broken, "---\n---\n{% nonsense \x1b]0;x\x07 %}")
    output = finews("publish", code=1).stderr
    assert output.startswith("finews: Jekyll failed (1): ")
    assert "nonsense" in output
    assert output.count("\n") == 1
    assert output[:-1].isprintable()
    assert files(finews.folder / "site") == before
    broken.unlink()
    assert "Built" in finews("publish").stdout


def test_a_gemfile_is_obeyed(finews):
    put(finews.mirror / "Gemfile", 'gem "no-such-gem-as-this"\n')
    output = finews("publish", code=1 if shutil.which("bundle") else 2).stderr
    assert "no-such-gem-as-this" in output or "no bundle" in output


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"FINEWS_MIRROR_DIR": "nowhere"}, "there is no mirror folder nowhere; `finews run` makes one"),
        ({"FINEWS_MIRROR_DIR": "taken"}, "taken is no site yet; `finews site init taken` writes what it needs"),
        ({"FINEWS_SITE_DIR": "mirror/_site"}, "FINEWS_SITE_DIR: mirror/_site lies in the mirror folder; name one"),
        (
            {"FINEWS_SITE_DIR": "taken"},
            "FINEWS_SITE_DIR: taken was not made by finews publish; remove it or name another",
        ),
        (
            {"FINEWS_SITE_DIR": "link"},
            "FINEWS_SITE_DIR: link was not made by finews publish; remove it or name another",
        ),
        ({"FINEWS_PUBLISH": "ftp:secret"}, "FINEWS_PUBLISH should be git:REMOTE#BRANCH"),
        ({"FINEWS_PUBLISH": "git:https://t0ken@host/x"}, "FINEWS_PUBLISH has no branch; write git:REMOTE#BRANCH"),
        ({"FINEWS_PUBLISH_AUTHOR": "me"}, "FINEWS_PUBLISH_AUTHOR: 'me' should be Name <mail>"),
    ],
)
def test_wrong_settings_are_named(finews, monkeypatch, settings, message):
    monkeypatch.chdir(finews.folder)
    (finews.folder / "taken").mkdir()
    (finews.folder / "link").symlink_to("taken")
    with pytest.raises(ConfigError if "FINEWS_MIRROR_DIR" not in settings else MirrorError) as error:
        publish(read_config([f"{name}={value}" for name, value in settings.items()]))
    assert str(error.value).startswith(message)
    assert "secret" not in str(error.value)
    assert "t0ken" not in str(error.value)


def test_a_tool_that_is_not_there_is_named(finews):
    finews.settings["PATH"] = "/nowhere"
    output = "finews: there is no jekyll on the PATH; apt install jekyll, or gem install jekyll\n"
    assert finews("publish", code=2).stderr == output


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("_posts/2026-03-02-x.md", "---\ntags: :a\n---\n<p>文</p>"),
        ("_posts/2026-03-02-y.md", "---\ntags: [\n---\n<p>文</p>"),
        ("_posts/2026-03-02-z.md", "---\ntitle: !ruby/object:X {}\n---\n<p>文</p>"),
        ("old_post/x.html", "---\ntags: {\n---\n<p>文</p>"),
        ("old_post/y.html", "---\ntags: :a\n---\n<p>文</p>"),
    ],
)
def test_a_site_without_what_jekyll_could_not_read_is_not_put_out(finews, path, text):
    finews("publish")
    before = files(finews.folder / "site")
    MirrorFolder(finews.mirror).write(path, text)
    done = finews("publish", code=1)
    assert done.stderr.startswith(f"finews: Jekyll left out what it couldn't read (1): {path}: ")
    assert done.stderr.count("\n") == 1
    assert files(finews.folder / "site") == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_leaves_nothing_half_done(copies, number):
    send(copies)
    before = files(copies.folder / "site")
    jekyll_hangs(copies)
    out, err, code = stop(copies, copies.start("publish"), number)
    assert (code, err) == (1, "")
    assert out.startswith("Stopped early")
    assert files(copies.folder / "site") == before
    assert sorted(path.name for path in copies.folder.glob(".site-*")) == [".site-a", ".site-b"]


def test_a_shells_background_job_can_be_told_to_stop(copies):
    """Such a job ignores SIGINT from its start."""
    jekyll_hangs(copies)
    process = subprocess.Popen(
        ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-m", "finews_spider", "publish"],
        env=os.environ | copies.settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert stop(copies, process, signal.SIGTERM)[2] == 1
    assert not (copies.folder / "site").exists()


def jekyll_hangs(copies: Runner) -> None:
    copies.settings["PATH"] = os.environ["PATH"]
    put(
        copies.folder / "bin/jekyll",
        '#!/bin/sh\nmkdir "$5"; echo half > "$5/index.html"; echo $$ > pid\nexec sleep 60\n',
    )
    post(copies, 2)


def stop(copies: Runner, process, number: signal.Signals) -> tuple[str, str, int]:
    """Tell a publication to stop when Jekyll is at work, see that Jekyll is gone too, and return its output."""
    pid = copies.folder / "pid"
    wait_for(lambda: pid.exists() and pid.read_text())
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    wait_for(lambda: not Path(f"/proc/{pid.read_text().strip()}").exists())
    return out, err, process.returncode


def test_one_publication_at_a_time(copies):
    with FileLock(copies.folder / ".site.lock"):
        assert "another run is under way" in copies("publish", code=75).stderr
    assert not (copies.folder / "site").exists()


def test_a_branch_gets_one_commit_for_each_change(copies, remote):
    copies.settings |= {"FINEWS_PUBLISH": f"git:{remote}#pages", "FINEWS_PUBLISH_AUTHOR": "我 <me@news.example>"}
    assert send(copies) == (True, True)
    assert send(copies) == (False, False)
    post(copies, 2)
    send(copies)
    assert commits(remote) == ["Publish the mirror"] * 2
    assert git(remote, "log", "-1", "--format=%an <%ae>", "pages") == "我 <me@news.example>\n"
    git(copies.folder, "clone", "--quiet", "--branch", "pages", str(remote), "clone")
    cloned = {name: content for name, content in files(copies.folder / "clone").items() if not name.startswith(".git/")}
    assert cloned == files(copies.folder / "site")
    assert ".nojekyll" in cloned


def test_a_build_that_makes_the_same_site_is_no_commit(copies, remote):
    copies.settings["FINEWS_PUBLISH"] = f"git:{remote}#pages"
    send(copies)
    put(copies.mirror / "_drafts/x.md", "---\n---\nx")
    assert send(copies) == (True, True)
    assert len(commits(remote)) == 1, "the same files are no new commit"


def test_what_others_pushed_meanwhile_stays_in_the_history(copies, remote):
    """Their commit arrives between our look at the branch and our push: a hook of the remote's makes it."""
    copies.settings["FINEWS_PUBLISH"] = f"git:{remote}#pages"
    send(copies)
    put(remote / "theirs", git(remote, "commit-tree", "pages^{tree}", "-p", "pages", "-m", "Theirs").strip())
    hook = remote / "hooks/update"
    script = 'cd "$GIT_DIR"; unset GIT_QUARANTINE_PATH; [ -e theirs ] || exit 0'
    put(hook, f"#!/bin/sh\n{script}\ngit update-ref refs/heads/pages $(cat theirs); rm theirs; exit 1\n")
    hook.chmod(0o755)
    post(copies, 2)
    send(copies)
    assert commits(remote) == ["Publish the mirror", "Theirs", "Publish the mirror"]


@pytest.mark.parametrize("lock", ["index.lock", "shallow.lock", "refs/remotes/published.lock"])
def test_what_a_killed_git_left_does_not_hold_up_the_next(copies, remote, lock):
    copies.settings["FINEWS_PUBLISH"] = f"git:{remote}#pages"
    send(copies)
    put(copies.folder / ".site.git" / lock, "")
    post(copies, 2)
    assert send(copies) == (True, True)
    assert len(commits(remote)) == 2


def test_a_push_that_fails_is_tried_again_without_a_build(copies, remote):
    away = remote.with_name("away")
    copies.settings["FINEWS_PUBLISH"] = f"git:{remote}#pages"
    remote.rename(away)
    with pytest.raises(PublishError, match=r"^git failed \(128\): .*remote.git"):
        send(copies)
    away.rename(remote)
    assert send(copies) == (False, True)
    assert send(copies) == (False, False)


def test_a_token_is_never_shown(copies):
    url = "http://t0ken-of-mine@127.0.0.1:9/site.git"
    copies.settings["FINEWS_PUBLISH"] = f"git:{url}#pages"
    output = copies("publish", code=1)
    assert "127.0.0.1:9" in output.stderr
    assert "t0ken" not in output.stdout + output.stderr
    for path in copies.folder.rglob("*"):
        assert not path.is_file() or b"t0ken" not in path.read_bytes(), path


def test_a_password_that_holds_an_at_sign_is_not_shown_in_part():
    to = Destination.read("git:https://me:pass@word@host.example/a@b.git#pages")
    assert str(to) == "https://host.example/a@b.git#pages"


def test_the_source_is_pushed_unbuilt(copies, remote):
    copies.settings["FINEWS_PUBLISH"] = f"source:{remote}#main"
    put(copies.mirror / ".gitignore", "mine.txt\n")
    for name in ("mine.txt", "_site/index.html", ".jekyll-cache/x", ".finews-export.lock"):
        put(copies.mirror / name, "x")
    send(copies)
    pushed = set(git(remote, "ls-tree", "-r", "--name-only", "main").splitlines())
    assert {"_posts/2026-03-01-1.md", "_config.yml", ".gitignore"} <= pushed
    assert not {name for name in pushed if "mine" in name or name.startswith(("_site", ".jekyll", ".finews"))}
    assert send(copies) == (False, False)
    post(copies, 2)
    send(copies)
    assert len(commits(remote, "main")) == 2


def test_rsync_brings_what_changed_and_takes_away_what_is_gone(copies):
    target = copies.folder / "web"
    copies.settings["FINEWS_PUBLISH"] = f"rsync:{target}"
    send(copies)
    assert files(target) == files(copies.folder / "site")
    times = {path: path.stat().st_ino for path in target.rglob("*.css")}
    post(copies, 2)
    remove_post(copies, 1)
    send(copies)
    assert files(target) == files(copies.folder / "site")
    assert {path: path.stat().st_ino for path in target.rglob("*.css")} == times
    assert send(copies) == (False, False)
    shutil.rmtree(target)
    put(target, "a file")
    post(copies, 3)
    with pytest.raises(PublishError, match="rsync failed"):
        send(copies)


def test_rsync_takes_away_folders_that_are_gone(finews):
    target = finews.folder / "web"
    finews.settings["FINEWS_PUBLISH"] = f"rsync:{target}"
    post(finews, 2)
    for name in ("a/1.txt", "a/b/2.txt", "a/b/3.txt"):
        put(finews.mirror / name, "x")
    finews("publish")
    remove_post(finews, 1)
    shutil.rmtree(finews.mirror / "a")
    finews("publish")
    assert not (target / "news/2026/03/01").exists()
    assert not (target / "a").exists()
    assert {path: content for path, content in files(target).items() if path != MARK} == files(finews.folder / "site")


def test_a_command_is_given_the_site(copies):
    copies.settings["FINEWS_PUBLISH"] = 'command:cp -r "$FINEWS_SITE_DIR" copy && echo once >> times'
    assert send(copies) == (True, True)
    assert send(copies) == (False, False)
    assert (copies.folder / "times").read_text() == "once\n"
    assert files(copies.folder / "copy") == files(copies.folder / "site")
    copies.settings["FINEWS_PUBLISH"] = "command:echo one; echo 'no space \033[31mleft' >&2; exit 3"
    assert copies("publish", code=1).stderr == "finews: the command of FINEWS_PUBLISH failed (3): no space left\n"


def test_what_another_user_wrote_is_copied_where_it_may_not_be_linked(copies, monkeypatch):
    """Linux lets nobody link another user's files (fs.protected_hardlinks), nor across two volumes."""
    send(copies)

    def refuse(*_paths, **_options):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    for day in (2, 3):
        post(copies, day)
        assert send(copies) == (True, False)
    assert set(files(copies.folder / "site")) >= {f"2026-03-0{day}-{day}.md" for day in (1, 2, 3)}


def test_a_killed_whole_build_is_undone(tmp_path, monkeypatch):
    sequence = Sequence(tmp_path, 1)
    config = sequence.config("site")
    for _ in range(3):
        asyncio.run(sequence._within(sequence.add))
        publish(config)
    linked, link = itertools.count(), built_site._link

    def killed(*arguments):
        if next(linked) == 10:
            raise KeyboardInterrupt
        link(*arguments)

    monkeypatch.setattr(built_site, "_link", killed)
    with pytest.raises(KeyboardInterrupt):
        publish(config, everything=True)
    monkeypatch.undo()
    asyncio.run(sequence._within(sequence.add))
    publish(config)
    check(sequence, [], content(tmp_path / "site"))
