"""systemd accepts the units without a warning and rates them as well protected."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.running import ROOT
from tests.servers import missing

UNITS = ROOT / "deploy/systemd"
SERVICES = ["finews", "finews-publish"]


@pytest.fixture(autouse=True)
def _systemd():
    if not shutil.which("systemd-analyze"):
        missing("systemd", "there is no systemd-analyze on the PATH")


def analyze(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("browser", [False, True])
def test_systemd_accepts_the_units_without_a_warning(tmp_path, browser):
    for unit in [*UNITS.glob("*.service"), *UNITS.glob("*.timer")]:
        text = unit.read_text(encoding="utf-8")
        commands = re.findall(r"^ExecStart=(\S+)", text, re.MULTILINE)
        assert all(command == "/opt/finews/bin/finews" for command in commands), (
            "docs/deploy/systemd.md installs it there"
        )
        (tmp_path / unit.name).write_text(text.replace("/opt/finews/bin/finews", "/bin/true"), encoding="utf-8")
    if browser:
        (tmp_path / "finews.service.d").mkdir()
        shutil.copy(UNITS / "finews-browser.conf", tmp_path / "finews.service.d/browser.conf")
    verified = analyze(
        "--man=no", "verify", *map(str, sorted(tmp_path.glob("finews*.*er"))), f"{tmp_path}/finews.service"
    )
    messages = [line for line in verified.stderr.splitlines() if "finews" in line or str(tmp_path) in line]
    assert (verified.returncode, messages) == (0, [])


@pytest.mark.parametrize("service", SERVICES)
def test_the_units_are_closed_by_the_measure_of_systemd(service):
    assert exposure(UNITS / f"{service}.service") <= 1.5


def settings(service: str) -> dict[str, list[str]]:
    """Return the settings of a unit: name → values."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)", (UNITS / f"{service}.service").read_text("utf-8"), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_its_memory_and_its_processes_are_bounded(service):
    unit = settings(service)
    assert re.fullmatch(r"[12]G", unit["MemoryMax"][0])
    assert int(unit["TasksMax"][0]) <= 64


def test_crawler_and_publisher_are_two_users_and_only_one_reads_the_store():
    crawl, publish = map(settings, SERVICES)
    assert crawl["User"] != publish["User"]
    assert crawl["Group"] == publish["Group"]
    assert crawl["EnvironmentFile"] != publish["EnvironmentFile"]
    assert (crawl["StateDirectory"], crawl["StateDirectoryMode"]) == (["finews"], ["0700"])
    store = next(value for value in crawl["Environment"] if value.startswith("FINEWS_STORE="))
    assert store.startswith("FINEWS_STORE=sqlite:////var/lib/finews/")
    assert publish["InaccessiblePaths"] == ["-/var/lib/finews"]
    [writes] = publish["ReadWritePaths"]
    assert writes.removeprefix("-") in crawl["ExecStartPre"][0], (
        "the crawler makes the lock that the publisher waits for"
    )


def test_the_browser_needs_few_more_permissions(tmp_path):
    (tmp_path / "finews.service").write_text(
        (UNITS / "finews.service").read_text("utf-8") + (UNITS / "finews-browser.conf").read_text("utf-8"), "utf-8"
    )
    assert exposure(tmp_path / "finews.service") <= 2.5


def exposure(unit: Path) -> float:
    """Return systemd's exposure level: 0 is fully protected, 10 is not protected."""
    done = analyze("security", "--offline=true", "--no-pager", str(unit))
    return float(re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)[1])
