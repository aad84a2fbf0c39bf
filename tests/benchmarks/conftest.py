"""The results of the benchmarks. With ``--write`` they become a table and a plot in docs/performance.md."""

import os
import platform
import re
from datetime import datetime

import pytest
import scrapy

from finews_spider.crawl.memory import tune_gc
from finews_spider.times import SHANGHAI
from tests.benchmarks.measure import Figure, Goal
from tests.running import ROOT

PAGE, PLOT = ROOT / "docs/performance.md", ROOT / "docs/performance.svg"
BETWEEN = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- end of figures -->)", re.DOTALL)
HEAD = "| what | beside | ours | reference | | goal |\n|---|---|---|---|---|---|\n"
FIGURES = pytest.StashKey[list[Figure]]()


def pytest_addoption(parser):
    parser.addoption("--write", action="store_true", help="write what was measured into docs/performance.md")
    parser.addoption("--long", action="store_true", help="measure a site of a million articles, too: for hours")
    parser.addoption("--sites", help="a folder that keeps the sites to publish from one session to the next")


def pytest_configure(config):
    config.stash[FIGURES] = []


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--long"):
        for item in items:
            if item.get_closest_marker("long_run"):
                item.add_marker(pytest.mark.skip(reason="takes --long"))


@pytest.fixture(scope="session", autouse=True)
def as_a_command_has_it():
    """Collect garbage as rarely as the commands do: their work is also measured in this process."""
    tune_gc()


@pytest.fixture
def figure(pytestconfig):
    """Return a function that records a figure, prints it, and fails the test if the figure is too far from its goal."""

    def take(
        what: str, ours: float, reference: float, beside: str, *, goal: Goal, floor: float = 0, unit: str = "s"
    ) -> None:
        """Record a figure.

        :param floor: the value that the figure must reach, if it is less than the goal. Change it only deliberately.
        """
        taken = Figure(what, beside, ours, reference, goal, unit)
        pytestconfig.stash[FIGURES].append(taken)
        print(f"\n{taken.row}")
        least = goal.reach(floor) if floor else 1
        assert goal.reach(taken.came_to) >= least, f"{what} came to {taken.came_to:.3g}"

    return take


def pytest_sessionfinish(session):
    figures = session.config.stash[FIGURES]
    if session.config.getoption("--write") and figures:
        machine = (
            f"{datetime.now(SHANGHAI):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}, "
            f"Python {platform.python_version()}, Scrapy {scrapy.__version__}"
        )
        table = HEAD + "".join(f"{each.row}\n" for each in figures)
        text = PAGE.read_text("utf-8")
        PAGE.write_text(BETWEEN.sub(lambda _: f"\nMeasured {machine}.\n\n{table}\n", text), "utf-8")
        draw(figures)


def draw(figures: list[Figure]) -> None:
    """Draw how close each figure is to its goal, which is the line at 1."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "finews"  # the same figures, the same file
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(figsize=(10, 0.45 * len(figures) + 1), layout="constrained")
    reach = [each.goal.reach(each.came_to) for each in figures]
    colours = ["#2a7f62" if far >= 1 else "#c8553d" for far in reach]
    names = [f"{each.what}\n{each.beside}".replace("`", "") for each in figures]
    bars = axes.barh(range(len(figures)), reach, tick_label=names, color=colours)
    axes.bar_label(bars, [each.goal.words.format(each.came_to) for each in figures], padding=3, fontsize=8)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlim(min(0.5, *reach) / 1.2, max(2, *reach) * 4)
    axes.invert_yaxis()
    axes.set_xlabel("how far it gets; 1 is the goal, more is better (logarithmic)")
    axes.tick_params(axis="y", labelsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    plt.savefig(PLOT, metadata={"Date": None})
