"""Cron accepts the crontab, and its command lines do what the docs say if they are run as by cron."""

import re
import subprocess
import sys

import pytest

from tests.misbehave import MisbehavingUpstream
from tests.running import ROOT, Runner

CRONTAB = (ROOT / "deploy/cron/finews.crontab").read_text(encoding="utf-8")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def read() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the crontab's variables, and its jobs as (time, command), parsed as strictly as by cron."""
    variables, jobs = {}, []
    assert CRONTAB.endswith("\n"), "cron passes over a last line without an end"
    for line in CRONTAB.splitlines():
        if not line or line.startswith("#"):
            continue
        if variable := re.fullmatch(r"([A-Z_]+)=(\S*)", line):
            variables[variable[1]] = variable[2]
            continue
        *when, command = line.split(maxsplit=5)
        assert len(line) < 998
        for field, (low, high) in zip(when, RANGES, strict=True):
            for part in field.split(","):
                numbers = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
                assert numbers, line
                assert all(low <= int(number) <= high for number in numbers.groups()[:2] if number), line
        assert "%" not in command.replace(r"\%", "")
        jobs.append((" ".join(when), command.replace(r"\%", "%")))
    return variables, jobs


def test_cron_accepts_the_crontab():
    variables, jobs = read()
    assert set(variables) == {"SHELL", "PATH", "FINEWS_HOME", "LC_ALL"}
    assert [when for when, _ in jobs] == ["*/5 * * * *", "17 4 * * *", "41 * * * *", "3 5 * * 1"]


@pytest.mark.torture
def test_the_lines_of_the_crontab_run(tmp_path):
    variables, jobs = read()
    home = tmp_path / "srv"
    (home / ".venv/bin").mkdir(parents=True)
    script = home / ".venv/bin/finews"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m finews_spider "$@"\n', encoding="utf-8")
    script.chmod(0o755)
    with MisbehavingUpstream(articles=20, seed=3) as upstream:
        finews = Runner(home, upstream)
        settings = finews.settings | {"FINEWS_PUBLISH": "command:touch published"}

        def cron(number: int) -> str:
            command = jobs[number][1].replace("--jitter 30s", "-s AUTOTHROTTLE_ENABLED=0")
            env = variables | {"HOME": str(tmp_path), "FINEWS_HOME": str(home)} | settings
            done = subprocess.run(
                [variables["SHELL"], "-c", command], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
            )
            return done.stdout + done.stderr

        finews("site", "init", "mirror")
        assert cron(0) == ""
        log = (home / "finews.log").read_text("utf-8")
        assert finews.summary().articles == 20, log
        assert (home / "published").exists() or "there is no jekyll" in log
        assert cron(1) == ""
        assert cron(2) == ""
        upstream.misbehave("", "500")
        finews("run", code=1)
        assert cron(2) != ""
        assert cron(3) == ""
    assert not (home / "finews.log").exists()
    assert (home / "finews.log.1").read_text("utf-8").startswith(log)
