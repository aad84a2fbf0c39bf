"""Stores written by the code of earlier versions from this repository's history: the upgrade loses nothing."""

import io
import subprocess
import tarfile

import pytest

from tests.fault_env import calm_upstream, content, tree
from tests.running import ROOT, Runner
from tests.stores.test_migrations import version_of

pytestmark = pytest.mark.torture
EARLIER = {1: "b78242d^", 2: "7f40d52^", 3: "9fb7d21"}
"""Schema version → the last commit that wrote it."""


@pytest.fixture(params=EARLIER, ids="schema {}".format)
def earlier(request, tmp_path):
    """Return a folder with an earlier finews, and its schema version."""
    command = ["git", "archive", EARLIER[request.param], "finews_spider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"this clone doesn't reach back so far: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(tmp_path / "code", filter="data")
    return request.param, tmp_path / "code"


def test_a_store_of_earlier_code_is_upgraded_without_loss(tmp_path, store_url, earlier):
    schema, code = earlier
    with calm_upstream() as upstream:
        (tmp_path / "then").mkdir()
        (tmp_path / "now").mkdir()
        then = Runner(tmp_path / "then", upstream, store=store_url, fresh=True, PYTHONPATH=str(code))
        now = Runner(tmp_path / "now", upstream, fresh=True)
        for finews in (then, now):
            finews("run", code=None)
        upstream.advance(new=5, revised=3)
        for finews in (then, now):
            finews("run", code=None)
        posts = then.posts()
        assert len(posts) > 50
        assert version_of(store_url) == schema
        then.settings["PYTHONPATH"] = str(ROOT)
        then("export")
        assert then.posts() == posts
        upstream.advance(new=5, revised=3)
        for finews in (then, now):
            finews("run")
            finews("export", "--all")
    assert content(then) == content(now)
    assert tree(then.mirror) == tree(now.mirror)
