"""Killed at 200 random moments on each store, a run is finished by the next, byte for byte."""

import random
from collections import Counter

import pytest

from tests import killing
from tests.test_killed import server  # noqa: F401 -- a fixture

SEED = 20260302
KILLS = {killing.first_tick: 50, killing.second_tick: 150}
LEAST = {"save": 0.1, "export": 0.2, "conclude": 0.01}
"""Share of the kills that each phase has at least, or the moments weren't spread."""


@pytest.mark.torture
@pytest.mark.parametrize("tick", KILLS)
def test_killed_at_200_random_moments(tmp_path, capsys, server, tick):  # noqa: F811
    dice, kills = random.Random(SEED), KILLS[tick]
    phases: Counter[str] = Counter()
    with killing.scene(tmp_path, server, tick) as scene:
        while phases.total() - phases["ended"] < kills:
            phases += scene.disturb(tmp_path, server, [scene.moment(dice) for _ in range(dice.choice([1, 1, 2, 3]))])
            with capsys.disabled():
                print(f"\r{tick.__name__}, seed {SEED}, killed in {dict(sorted(phases.items()))}", end=" ")  # noqa: T201
    assert all(phases[phase] >= least * kills for phase, least in LEAST.items()), phases


@pytest.mark.torture
@pytest.mark.parametrize("undo", [False, True])
def test_killed_at_any_step_a_takedown_holds_or_never_was(tmp_path, server, undo):  # noqa: F811
    with killing.scene(tmp_path, server, killing.first_tick) as scene:
        code = scene.upstream.news.codes[4]
        down, up = ("takedown", code, "--reason", "a test"), ("takedown", code, "--undo")
        before, command = ([("run",), down], up) if undo else ([("run",)], down)
        for each in before:
            scene.itself()(*each)
        step, at = 0, ""
        while at != "ended":
            step += 1
            with scene.copy(tmp_path, server) as finews:
                at = killing.kill(finews, killing.Moment(step), *command)
                finews("run")
                posts = {post.article.code: post for post in finews.ask(lambda store: store.posts(100))}
                assert finews.summary().pending == 0, at
                assert any(code in name for name in finews.posts()) != posts[code].taken_down, at
