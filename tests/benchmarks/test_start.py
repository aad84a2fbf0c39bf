"""How long a command takes to begin, beside Python itself."""

import subprocess
import sys

import pytest

from finews_spider.sample import SampleUpstream
from tests.benchmarks.measure import compare, more
from tests.running import Runner

BESIDE = "`python -c pass`"


@pytest.fixture(scope="module")
def finews(tmp_path_factory):
    """Return a user's folder after a run."""
    with SampleUpstream(articles=300, seed=1) as upstream:
        finews = Runner(tmp_path_factory.mktemp("started"), upstream, fresh=True)
        finews("run")
    return finews


def python():
    subprocess.run([sys.executable, "-c", "pass"], check=True)


@pytest.mark.benchmark
@pytest.mark.parametrize(("command", "seconds"), [("--help", 0.3), ("status", 0.5)])
def test_a_command_begins(finews, figure, command, seconds):
    ours, reference = compare(lambda: finews(command), python, rounds=15, times=1)
    figure(f"start of `finews {command}`", ours, reference, BESIDE, goal=more(seconds))
