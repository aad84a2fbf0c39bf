"""A run is killed at any moment, and the next run leaves the store and the mirror of an undisturbed run."""

import random

import pytest

from tests import crash_scenarios

SEED = 6


@pytest.fixture(params=["sqlite", "mongodb"])
def server(request):
    """Return the URL of a server for the stores, or nothing if the stores are files."""
    return request.getfixturevalue("mongodb_server") if request.param == "mongodb" else ""


def test_after_two_killed_runs_the_next_one_leaves_what_an_undisturbed_run_leaves(tmp_path, server):
    dice = random.Random(SEED)
    with crash_scenarios.scene(tmp_path, server, crash_scenarios.second_tick) as scene:
        scene.disturb(tmp_path, server, [scene.moment(dice), scene.moment(dice)])
