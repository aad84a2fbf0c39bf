"""Runs are killed at 200 random moments for each kind of store, and the next run leaves the same bytes as ever."""

import random
from collections import Counter

import pytest

from tests import crash_scenarios
from tests.test_killed import server  # noqa: F401 -- a fixture

KILLS = 50
"""Kills for each of four seeds: 200 for each kind of store."""
LEAST = {"save": 5, "export": 10}
"""The fewest kills in each phase; with fewer, the moments weren't spread."""


@pytest.mark.torture
@pytest.mark.parametrize(
    ("tick", "seed"),
    [(crash_scenarios.first_tick, 20260302), *((crash_scenarios.second_tick, seed) for seed in (1, 2, 3))],
)
def test_killed_at_50_random_moments(tmp_path, capsys, server, tick, seed):  # noqa: F811
    dice = random.Random(seed)
    phases: Counter[str] = Counter()
    with crash_scenarios.scene(tmp_path, server, tick) as scene:
        while phases.total() - phases["ended"] < KILLS:
            phases += scene.disturb(tmp_path, server, [scene.moment(dice) for _ in range(dice.choice([1, 1, 2, 3]))])
            with capsys.disabled():
                print(f"\r{tick.__name__}, seed {seed}, killed in {dict(sorted(phases.items()))}", end=" ")  # noqa: T201
    assert all(phases[phase] >= least for phase, least in LEAST.items()), phases


@pytest.mark.torture
@pytest.mark.parametrize("undo", [False, True])
def test_a_takedown_that_is_killed_at_any_step_holds_or_has_no_effect(tmp_path, server, undo):  # noqa: F811
    with crash_scenarios.scene(tmp_path, server, crash_scenarios.first_tick) as scene:
        code = scene.upstream.news.codes[4]
        down, up = ("takedown", code, "--reason", "a test"), ("takedown", code, "--undo")
        before, command = ([("run",), down], up) if undo else ([("run",)], down)
        for each in before:
            scene.itself()(*each)
        step, at = 0, ""
        while crash_scenarios.LOCK not in at:  # after this step it is an ordinary export
            step += 1
            with scene.copy(tmp_path, server) as finews:
                at = crash_scenarios.kill(finews, crash_scenarios.Moment(step), *command)
                finews("run")
                posts = {post.article.code: post for post in finews.ask(lambda store: store.posts(100))}
                assert finews.summary().pending == 0, at
                assert any(code in name for name in finews.posts()) != posts[code].taken_down, at
