"""The next command removes what a killed command left, and keeps what others are still writing."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from finews_spider.files import DAY, sweep, unfinished, unfinished_folder
from tests.cli.test_backup import filled
from tests.running import Runner, wait_for


@pytest.fixture(scope="module")
def gone():
    """Return the id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def name(process: int, host: str = "", ending: str = ".partial") -> str:
    return f"news.backup.finews-{host or socket.gethostname()}-{process}-0a1b2c3d{ending}"


def test_only_the_files_of_a_killed_process_are_removed(tmp_path, gone):
    stays = [name(os.getppid()), name(gone, "another-host"), "news.backup", "mine.partial", name(gone, ending=".txt")]
    goes = [name(gone), name(gone, ending=".partial-wal"), name(gone, "old-host")]
    for each in [*stays, *goes]:
        (tmp_path / each).touch()
    long_ago = time.time() - DAY - 1
    os.utime(tmp_path / name(gone, "old-host"), (long_ago, long_ago))
    os.utime(tmp_path / "mine.partial", (long_ago, long_ago))
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(stays)


def test_a_container_removes_the_file_of_an_earlier_process_with_its_id(tmp_path):
    (tmp_path / name(os.getpid())).touch()
    with unfinished(tmp_path, "news.backup") as mine:
        os.utime(tmp_path / name(os.getpid()), (1e9, 1e9))
        sweep(tmp_path)
        assert list(tmp_path.iterdir()) == [mine]
    assert list(tmp_path.iterdir()) == []


def test_a_long_name_is_cut(tmp_path):
    with unfinished(tmp_path, "新" * 80) as made:
        assert made.exists()


def test_a_link_is_removed_and_what_it_leads_to_stays(tmp_path, gone):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").touch()
    (tmp_path / name(gone)).symlink_to(tmp_path / "folder")
    sweep(tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == ["folder", "folder/file"]


def test_a_folder_is_removed_with_everything_in_it(tmp_path, gone, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / f"verify.finews-{socket.gethostname()}-{gone}-abc.partial"
    (left / "_posts").mkdir(parents=True)
    (left / "_posts/x.md").touch()
    with unfinished_folder("verify") as mine:
        assert list(tmp_path.iterdir()) == [mine]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        (("backup", "out/news.backup"), "out"),
        (("restore", "empty.backup"), "."),
        (("export", "--format", "csv", "--output", "out/news.csv"), "out"),
        (("verify",), "tmp"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_next_command_removes_it(tmp_path, gone, command, folder):
    for each in ("out", "tmp", "mirror"):
        (tmp_path / each).mkdir()
    finews = Runner(tmp_path, TMPDIR=str(tmp_path / "tmp"))
    finews.summary()  # makes the store
    finews("backup", "empty.backup")
    (tmp_path / folder / name(gone)).touch()
    finews(*command)
    assert not list(tmp_path.rglob("*.partial*"))


def test_a_backup_that_is_killed_leaves_nothing_for_long(tmp_path):
    finews = Runner(tmp_path)
    asyncio.run(filled(finews.store, 1500))
    process = finews.start("backup", "monday.backup")
    wait_for(lambda: list(tmp_path.glob("*.partial")) or process.poll() is not None)
    process.kill()
    process.communicate()
    finews("backup", "tuesday.backup")
    assert not list(Path(tmp_path).glob("*.partial*"))
