"""GitHub accepts the workflows, and the mirror's workflow works with real git remotes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from finews_spider.sample import SampleUpstream
from tests.browsing import put
from tests.running import ROOT, Runner
from tests.servers import TOOLS, missing

MIRROR = ROOT / "deploy/github/mirror.yml"
WORKFLOWS = [MIRROR, *(ROOT / ".github/workflows").glob("*.yml")]
JOB = yaml.safe_load(MIRROR.read_text("utf-8"))["jobs"]["run"]
ALL = JOB["steps"]
STEPS = {step.get("name"): step for step in ALL}


def test_actionlint_and_shellcheck_find_nothing():
    path = os.pathsep.join([str(TOOLS), os.environ["PATH"]])
    for tool in ("actionlint", "shellcheck"):
        if not shutil.which(tool, path=path):
            missing(tool, f"there is no {tool} on the PATH or in {TOOLS}")
    command = [shutil.which("actionlint", path=path), "-shellcheck", shutil.which("shellcheck"), *map(str, WORKFLOWS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_no_more_permissions_than_it_needs(workflow):
    read = yaml.safe_load(workflow.read_text("utf-8"))
    assert read["permissions"] in ({}, {"contents": "read"})
    assert read["concurrency"]["group"]
    for job in read["jobs"].values():
        assert job["timeout-minutes"] <= 60
        # An expression in a script could run text of a stranger.
        assert not any("${{" in step.get("run", "") for step in job["steps"])


def uses(workflow: Path) -> list[tuple[str, str, str]]:
    """Return each action that a workflow uses: its name, the commit and the version beside it."""
    lines = re.findall(r"uses: (.*)", workflow.read_text("utf-8"))
    return [re.fullmatch(r"([\w/-]+)@([0-9a-f]{40}) # (v\d+\.\d+\.\d+)", line).groups() for line in lines]


def test_actions_are_named_by_commit_and_everywhere_by_the_same():
    named = {(name.split("/")[1], *rest) for workflow in WORKFLOWS for name, *rest in uses(workflow)}
    assert len({name for name, *_ in named}) == len(named) >= 6


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_checkout_leaves_no_token_behind(workflow):
    steps = [step for job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values() for step in job["steps"]]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_cache_holds_the_store_encrypted_and_only_two_steps_have_its_key():
    cached = [step["with"]["path"] for step in ALL if "/cache/" in step.get("uses", "")]
    assert cached == ["~/finews-store.gpg"] * 2
    keyed = {step["name"] for step in ALL if "FINEWS_STORE_KEY" in step.get("env", {})}
    assert keyed == {"Check the settings", "Unlock the store", "Lock the store"}
    assert "FINEWS_STORE_KEY" not in JOB["env"]


def git(folder: Path, *arguments: str) -> str:
    who = [part for name in ("user.name=x", "user.email=x@x.example") for part in ("-c", name)]
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, check=True, text=True).stdout


class Runs:
    """Stands for GitHub: a repository, and runners that are new for each job. Only the cache lasts."""

    def __init__(self, folder: Path, upstream: SampleUpstream) -> None:
        self.folder, self.count = folder, 0
        self.finews = Runner(folder, upstream)
        self.home, self.cache = folder / "home", folder / "home/finews-store.gpg"
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
        git(folder, "clone", "--quiet", "remote.git", "first")
        git(folder / "first", "commit", "--quiet", "--allow-empty", "--message", "Begin")
        git(folder / "first", "push", "--quiet", "origin", "HEAD:main")
        put(folder / "bin/pip", "#!/bin/sh\n")
        crawl = '[ "$1" = run ] && set -- "$@" -s AUTOTHROTTLE_ENABLED=0'
        put(folder / "bin/finews", f'#!/bin/sh\n{crawl}\nexec {sys.executable} -m finews_spider "$@"\n')
        for name in ("pip", "finews"):
            (folder / "bin" / name).chmod(0o755)

    def __call__(self, meanwhile=None) -> str:
        """Run the job's scripts in a new checkout, with the cache if there is one, and return the job's outputs."""
        self.count += 1
        work = self.folder / f"run{self.count}/mirror"
        git(self.folder, "clone", "--quiet", "--depth=1", f"file://{self.folder}/remote.git", str(work))
        outputs = work.with_name("outputs")
        outputs.touch()
        for path in self.home.glob("finews/*"):
            path.unlink()
        restored = self.cache.exists()
        for name, step in STEPS.items():
            if "run" not in step or name.startswith("Rebuild" if restored else "Unlock"):
                continue
            if name.startswith("Commit") and meanwhile:
                meanwhile()
            if name.startswith("Build") and "changed=true" not in outputs.read_text():
                continue
            self.run(step["run"], work, outputs)
        return outputs.read_text()

    def run(self, script: str, work: Path, outputs: Path) -> None:
        env = os.environ | self.finews.settings | {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder / "home"),
            "FINEWS_STORE": f"sqlite:///{self.home}/finews/finews.db",
            "FINEWS_STORE_KEY": "a long secret",
            "TOKEN": "token",
            "GITHUB_SERVER_URL": "https://github.com",
            "FINEWS_MIRROR_DIR": ".",
            "FINEWS_SITE_DIR": "../site",
            "GITHUB_OUTPUT": str(outputs),
        }  # fmt: skip
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=work,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def commits(self) -> list[str]:
        return git(self.folder / "remote.git", "log", "--format=%s", "main").splitlines()

    def files(self) -> list[str]:
        return git(self.folder / "remote.git", "ls-tree", "-r", "--name-only", "main").splitlines()


@pytest.mark.torture
def test_runs_commit_what_changed_and_survive_rivals_and_a_lost_store(tmp_path):
    for tool in ("jekyll", "gpg"):
        if not shutil.which(tool):
            missing(tool, f"there is no {tool} on the PATH")
    with SampleUpstream(articles=25, seed=6) as upstream:
        mirror = Runs(tmp_path, upstream)
        assert mirror() == "changed=true\n"
        posts = {name for name in mirror.files() if name.startswith("_posts/")}
        assert posts
        assert not [name for name in mirror.files() if name.startswith((".finews", "finews"))]
        assert (tmp_path / "run1/site/index.html").exists()

        before = mirror.commits()
        assert mirror() == ""
        assert mirror.commits() == before

        def push() -> None:
            put(tmp_path / "first/README.md", "mine")
            for arguments in (("pull", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "Mine"), ("push",)):
                git(tmp_path / "first", *arguments)

        upstream.advance(new=2, revised=1)
        assert mirror(push) == "changed=true\n"
        assert mirror.commits()[1] == "Mine"
        assert "README.md" in mirror.files()

        posts = {name for name in mirror.files() if name.startswith("_posts/")}
        assert b"SQLite" not in mirror.cache.read_bytes()
        mirror.cache.unlink()
        mirror()
        assert {name for name in mirror.files() if name.startswith("_posts/")} == posts
