"""Publishing what changed, at several sizes; beside whole builds by Jekyll and by Hugo. In CPU seconds, with all children."""

import os
import resource
import shutil
import subprocess
from pathlib import Path
from statistics import median

import pytest

from tests.benchmarks.measure import more, times_as_fast, within
from tests.benchmarks.published import BASE, Site, build
from tests.servers import missing

SMALL, LARGE, LARGER, LARGEST = 1_000, 20_000, 100_000, 1_000_000
SO_FAR, NEW = 500, 20
ROUNDS = 5
HUGO = Path(__file__).with_name("references") / "hugo"


@pytest.fixture(scope="session")
def site_of(tmp_path_factory, pytestconfig):
    """Return what makes a site of so many articles, once a session, or once for all sessions that keep their sites."""
    kept = pytestconfig.getoption("--sites")
    made: dict[int, Site] = {}

    def site_of(size: int) -> Site:
        if size not in made:
            base = site_of(BASE) if size > BASE else None
            folder = Path(kept, str(size)) if kept else tmp_path_factory.mktemp(f"site-{size}")
            made[size] = Site.made(folder, size, base)
        return made[size]

    return site_of


@pytest.fixture
def in_days(site_of):
    """Return what makes such a site, with an earlier publication today: from now on two folders take turns."""

    def in_days(size: int) -> Site:
        site = site_of(size)
        if site.number == min(size, BASE):
            site.add(SO_FAR)
            site.publish()
        return site

    return in_days


def cpu_of(work) -> float:
    """Return the CPU seconds of the programs that *work* runs to their ends."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def publish_new(site: Site) -> float:
    site.add(NEW)
    return site.publish().cpu


def medians(*works) -> list[float]:
    """Return the median of what each of *works* returns, called in turns."""
    return [median(found) for found in zip(*([work() for work in works] for _ in range(ROUNDS)), strict=True)]


@pytest.mark.benchmark
@pytest.mark.parametrize("size", [LARGE, LARGER, pytest.param(LARGEST, marks=pytest.mark.long_run)])
def test_20_new_articles(in_days, figure, size):
    small, large = in_days(SMALL), in_days(size)
    ours, reference = medians(lambda: publish_new(large), lambda: publish_new(small))
    large.check(seed=2)
    what = f"publish after {NEW} new, {size:,} published: CPU time"
    figure(what, ours, 0, "nothing", goal=more(5))
    figure(what, ours, reference, f"the same, {SMALL:,} published", goal=within(1.5))


@pytest.mark.benchmark
def test_beside_whole_builds_of_5_000(in_days, tmp_path, figure):
    """Without the plugin, Jekyll takes a quarter of an hour for 20,000."""
    site = in_days(BASE)
    bare = tmp_path / "mirror"
    shutil.copytree(site.mirror, bare, ignore=shutil.ignore_patterns("_plugins"))
    ours = median(publish_new(site) for _ in range(ROUNDS))
    for beside, source in (("with its plugin", site.mirror), ("without the plugin", bare)):
        reference = cpu_of(lambda source=source: build(source, tmp_path / "built"))
        what = f"publish after {NEW} new, {BASE:,} published: CPU time"
        figure(what, ours, reference, f"`jekyll build` of all, {beside}", goal=times_as_fast(20))


@pytest.mark.benchmark
def test_beside_whole_builds_of_20_000(in_days, tmp_path, figure):
    if not shutil.which("hugo"):
        missing("hugo", "there is no hugo on the PATH")
    site = in_days(LARGE)
    shutil.copytree(HUGO, tmp_path / "hugo")
    shutil.copytree(site.mirror / "_posts", tmp_path / "hugo/content/posts", copy_function=os.link)
    command = ["hugo", "--source", str(tmp_path / "hugo")]
    ours = median(publish_new(site) for _ in range(ROUNDS))
    what = f"publish after {NEW} new, {LARGE:,} published: CPU time"
    hugo = cpu_of(lambda: subprocess.run(command, check=True, capture_output=True))
    assert len([*(tmp_path / "hugo/public/posts").glob("*/index.html")]) >= LARGE
    figure(what, ours, hugo, "Hugo, the posts alone in a bare layout", goal=times_as_fast(5))
    jekyll = cpu_of(lambda: build(site.mirror, tmp_path / "built"))
    figure(what, ours, jekyll, "`jekyll build` of all, with its plugin", goal=times_as_fast(50))


@pytest.mark.benchmark
def test_everything(site_of, figure):
    """In wall time, for it is the cores that count; memory with it."""
    small, large = site_of(SMALL), site_of(LARGE)
    two, one = large.publish("--all", cores=2), large.publish("--all", cores=1)
    little = small.publish("--all", cores=1)
    what = f"`publish --all` of {LARGE:,}"
    figure(f"{what}, two cores", two.wall, one.wall, "one core", goal=times_as_fast(1.5))
    figure(f"{what}: memory of finews", two.memory, 0, "nothing", goal=more(300), unit="MB")
    beside = f"the same, {SMALL:,} articles"
    figure(
        f"{what}: memory of each Jekyll",
        two.memory_of_a_child,
        little.memory_of_a_child,
        beside,
        goal=within(1.5),
        unit="MB",
    )


@pytest.mark.benchmark
@pytest.mark.parametrize("kind", ["git", "rsync"])
def test_sending(in_days, tmp_path, figure, kind):
    """What sending adds: the site is built already."""

    def first(site: Site) -> dict[str, str]:
        where = tmp_path / str(site.folder.name)
        if kind == "git":
            subprocess.run(["git", "init", "--quiet", "--bare", str(where)], check=True)
        settings = {"FINEWS_PUBLISH": f"git:{where}#pages" if kind == "git" else f"rsync:{where}/"}
        site.publish(**settings)
        return settings

    def send_new(site: Site, settings: dict[str, str]) -> float:
        site.add(NEW)
        site.publish()
        return site.publish(**settings).cpu

    small, large = in_days(SMALL), in_days(LARGER)
    there = [(site, first(site)) for site in (large, small)]
    ours, reference = medians(*(lambda site=site, to=to: send_new(site, to) for site, to in there))
    what = f"sending {NEW} new by {kind}, {LARGER:,} published: CPU time"
    figure(what, ours, reference, f"the same, {SMALL:,} published", goal=within(1.5))
