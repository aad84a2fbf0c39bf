"""Whatever befalls a mirror, its site is byte for byte what a publication that builds everything makes of it."""

import shutil

import pytest

from tests.publishing.sequences import play
from tests.servers import missing


@pytest.mark.parametrize("seed", [1, 5, 7])
def test_a_random_sequence_gives_the_bytes_of_a_whole_build(tmp_path, seed):
    if not shutil.which("jekyll"):
        missing("jekyll", "there is no jekyll on the PATH")
    play(tmp_path, seed, 6)
