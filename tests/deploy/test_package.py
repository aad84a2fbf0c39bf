"""The wheel has all of the package, and the source distribution all that is in the repository besides."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.running import ROOT

ONLY_IN_THE_REPOSITORY = {".ci", ".editorconfig", ".github", ".gitignore", ".pre-commit-config.yaml"}


@pytest.fixture(scope="module")
def tracked() -> set[str]:
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("this is no clone, so nobody knows what it should hold")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return {path for path in listed.split("\0") if path and (ROOT / path).exists()}


@pytest.fixture(scope="module")
def built(tmp_path_factory, tracked) -> Path:
    """Build both from a copy, as ``python -m build`` does, but with the setuptools that are here: without the network."""
    folder = tmp_path_factory.mktemp("package")
    for path in tracked:
        (folder / "src" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, folder / "src" / path)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(folder / "src")]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return folder / "dist"


def test_the_source_distribution_is_whole(built, tracked):
    [file] = built.glob("*.tar.gz")
    with tarfile.open(file) as tar:
        held = {member.name.partition("/")[2] for member in tar.getmembers()}
    wanted = {path for path in tracked if path.partition("/")[0] not in ONLY_IN_THE_REPOSITORY}
    assert wanted - held == set()


def test_the_wheel_is_whole_and_has_nothing_but_the_package(built, tracked):
    [file] = built.glob("*.whl")
    with zipfile.ZipFile(file) as wheel:
        held = set(wheel.namelist())
        [about] = [wheel.read(name).decode() for name in held if name.endswith("/METADATA")]
    package = {path for path in tracked if path.startswith("finews_spider/")}
    assert package - held == set()
    assert {name.partition("/")[0].partition("-")[0] for name in held} == {"finews_spider", "finews"}
    assert "Project-URL: Homepage, https://" in about
