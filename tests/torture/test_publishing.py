"""Killed at any step, or out of space, a publication leaves the old site or the new one, and the next one is right."""

import asyncio
import shutil
from pathlib import Path

import pytest

from finews_spider.errors import FinewsError
from finews_spider.publishing.publish import publish
from tests.fault_env import disk
from tests.publishing.sequences import Sequence, check, content, killed_publication, play

pytestmark = pytest.mark.torture


@pytest.mark.parametrize("seed", range(100, 130))
def test_a_random_sequence_gives_the_bytes_of_a_whole_build(tmp_path, seed):
    play(tmp_path, seed, 20)


@pytest.mark.parametrize("seed", range(200, 210))
def test_so_does_one_whose_publications_are_killed(tmp_path, seed):
    play(tmp_path, seed, 10, kills=2)


class Small(Sequence):
    """A mirror that is built quickly, and whose changes are all of one kind: three articles come, one goes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 1)
        for name in ("search", "status"):
            shutil.rmtree(self.mirror / name)
        self.change()

    def change(self) -> None:
        asyncio.run(self._within(self.come_and_go))

    async def come_and_go(self) -> None:
        for number in range(len(self.codes), len(self.codes) + 3):
            self.codes.append(f"20260102{number:010}")
            await self.store.save([self.article(self.codes[-1], number % 9)], self.first())
        await self.store.take_down(self.codes[-3], "x", self.first())

    def first(self):
        return self.article("20260102", 0).published_at


@pytest.mark.parametrize("options", [(), ("--all",)])
def test_killed_at_each_step_it_leaves_the_old_site_or_the_new_one(tmp_path, capsys, options):
    sequence = Small(tmp_path)
    for _ in range(3):
        publish(sequence.config("site"))
        sequence.change()
    steps = killed_publication(sequence, 0, *options)
    # Copies for Jekyll are made one as the other.
    at = [n for n, step in enumerate(steps, 1) if "/.site-build/" not in step or n % 40 == 0]
    assert len(at) > 20
    results = set()
    for count, number in enumerate(at):
        sequence.change()
        before = content(tmp_path / "site")
        taken = killed_publication(sequence, number, *options)
        seen = content(tmp_path / "site")
        publish(sequence.config("site"))
        now = content(tmp_path / "site")
        assert seen in (before, now), taken[-1:]
        results.add(seen == now)
        assert len(list(tmp_path.glob(".site-*"))) <= 2, taken[-1:]
        if count % 8 == 0 or count == len(at) - 1:
            check(sequence, taken[-1:], now)
        with capsys.disabled():
            print(f"\r{' '.join(options)} {count} of {len(at)}", end=" ")  # noqa: T201
    # The site grows meanwhile, and with it the steps of a whole build, so that its last ones aren't reached.
    assert results >= ({False} if options else {True, False})


@pytest.mark.parametrize("everything", [True, False])
def test_a_full_disk_leaves_the_old_site(tmp_path, everything):
    with disk(tmp_path / "disk", 24) as small:
        sequence = Small(tmp_path)
        (tmp_path / "disk/whole").mkdir()
        sequence.config = lambda name, config=sequence.config: config(f"disk/{name}" if name == "site" else name)
        publish(sequence.config("site"))
        sequence.change()
        publish(sequence.config("site"))
        full = 0
        for kib in [0, 4, 8, 16, 40, 64, 100, 200, 300, 400, 600, 800, 1200]:
            sequence.change()
            before = content(small.root / "site")
            small.fill(kib * 1024)
            try:
                publish(sequence.config("site"), everything=everything)
            except FinewsError as error:
                full += 1
                assert "\n" not in str(error)  # noqa: PT017 -- it may fit
                assert content(small.root / "site") == before, kib
            small.free()
            publish(sequence.config("site"))
            check(sequence, [kib], content(small.root / "site"))
        assert full >= 4
