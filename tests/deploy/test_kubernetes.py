"""Kubernetes' own schemas take the manifests, they are as closed as the page says, and the tick's script runs."""

import os
import subprocess
import sys

import kubernetes_validate
import pytest
import yaml

from finews_spider.cli.options import read_config
from finews_spider.config import Config
from finews_spider.sample import SampleUpstream
from tests.browsing import put
from tests.running import ROOT, Runner, wait_for

MANIFESTS = list(yaml.safe_load_all((ROOT / "deploy/kubernetes/finews.yaml").read_text("utf-8")))
[SECRET, CLAIM, CRON] = MANIFESTS
POD = CRON["spec"]["jobTemplate"]["spec"]["template"]["spec"]
[TICK] = POD["containers"]


@pytest.mark.parametrize("version", ["1.27", "1.30", "1.37"])
@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["kind"])
def test_kubernetes_takes_it(manifest, version):
    kubernetes_validate.validate(manifest, version, strict=True)


def test_a_misspelt_field_would_be_seen():
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            CRON | {"spec": CRON["spec"] | {"concurencyPolicy": "Forbid"}}, "1.30", strict=True
        )


def test_ticks_do_not_overlap_and_have_no_privileges():
    assert CRON["spec"]["concurrencyPolicy"] == "Forbid"
    assert POD["securityContext"]["runAsNonRoot"]
    assert POD["automountServiceAccountToken"] is False
    assert TICK["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(TICK["resources"]) == {"requests", "limits"}


def test_what_one_part_names_another_has():
    names = [source["secretRef"]["name"] for source in TICK["envFrom"]]
    assert names == [SECRET["metadata"]["name"]]
    volumes = {volume["name"]: volume for volume in POD["volumes"]}
    assert {mount["name"] for mount in TICK["volumeMounts"]} == set(volumes)
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == CLAIM["metadata"]["name"]
    image_user = (ROOT / "deploy/docker/Dockerfile").read_text("utf-8")
    assert f"USER {POD['securityContext']['runAsUser']}:{POD['securityContext']['runAsGroup']}" in image_user


def test_its_settings_are_ones_that_finews_takes():
    given = SECRET["stringData"] | {each["name"]: each["value"] for each in TICK["env"]}
    config = read_config([f"{name}={value}" for name, value in given.items()])
    assert isinstance(config, Config)
    written = [mount["mountPath"] for mount in TICK["volumeMounts"]]
    assert all(str(path).startswith(tuple(written)) for path in (config.mirror_dir, config.site_dir.parent))


@pytest.mark.torture
def test_the_ticks_script_runs_and_leaves_with_what_went_wrong(tmp_path):
    [script] = TICK["args"]
    put(tmp_path / "bin/finews", f'#!/bin/sh\nexec {sys.executable} -m finews_spider "$@"\n')
    (tmp_path / "bin/finews").chmod(0o755)
    script = script.replace("--jitter 30s", "-s AUTOTHROTTLE_ENABLED=0")
    with SampleUpstream(articles=20, seed=3) as upstream:
        finews = Runner(tmp_path, upstream, FINEWS_SITE_DIR=str(tmp_path / "site/current"))
        env = os.environ | finews.settings | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}

        def tick() -> int:
            return subprocess.run([*TICK["command"], script], env=env, cwd=tmp_path, check=False).returncode

        assert tick() == 0
        assert (tmp_path / "site/current/index.html").exists()
        upstream.misbehave("", "500")
        assert tick() == 1


def test_a_pod_that_is_told_to_stop_stops_finews_and_publishes_nothing(tmp_path):
    says = 'echo "$1" >> said; [ "$1" = run ] || exit 0\ntrap "echo stopped >> said; exit 1" TERM\n'
    put(tmp_path / "bin/finews", f"#!/bin/sh\n{says}touch began\nwhile :; do sleep 0.05; done\n")
    (tmp_path / "bin/finews").chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    process = subprocess.Popen([*TICK["command"], *TICK["args"]], env=env, cwd=tmp_path)
    wait_for((tmp_path / "began").exists)
    process.terminate()
    assert process.wait(30) == 1
    assert (tmp_path / "said").read_text().split() == ["site", "run", "stopped"]
