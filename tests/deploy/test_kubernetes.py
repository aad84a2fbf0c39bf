"""The manifests fit Kubernetes' own schemas and have few privileges, and the script of the run works."""

import os
import subprocess
import sys

import kubernetes_validate
import pytest
import yaml

from finews_spider.cli.options import read_config
from finews_spider.config.config import Config
from tests.browsing import put
from tests.misbehave import MisbehavingUpstream
from tests.running import ROOT, Runner, wait_for

MANIFESTS = list(yaml.safe_load_all((ROOT / "deploy/kubernetes/finews.yaml").read_text("utf-8")))
[SECRET, PUBLISH_SECRET, CLAIM, CRON] = MANIFESTS
POD = CRON["spec"]["jobTemplate"]["spec"]["template"]["spec"]
[RUN], [PUBLISH] = POD["initContainers"], POD["containers"]


@pytest.mark.parametrize("version", ["1.27", "1.30", "1.37"])
@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda manifest: manifest["kind"])
def test_kubernetes_accepts_the_manifests(manifest, version):
    kubernetes_validate.validate(manifest, version, strict=True)


def test_a_misspelt_field_would_be_found():
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(
            CRON | {"spec": CRON["spec"] | {"concurencyPolicy": "Forbid"}}, "1.30", strict=True
        )


def test_ticks_do_not_overlap_and_have_no_privileges():
    assert CRON["spec"]["concurrencyPolicy"] == "Forbid"
    assert POD["securityContext"]["runAsNonRoot"]
    assert POD["automountServiceAccountToken"] is False
    for container, user in ((RUN, 10001), (PUBLISH, 10002)):
        assert container["securityContext"] == {
            "runAsUser": user,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["limits"]) == {"memory", "ephemeral-storage"}
    assert all("sizeLimit" in volume["emptyDir"] for volume in POD["volumes"] if "emptyDir" in volume)


def test_neither_container_has_the_other_s_secrets():
    assert [set(secret["stringData"]) for secret in (SECRET, PUBLISH_SECRET)] == [{"FINEWS_STORE"}, {"FINEWS_PUBLISH"}]


def test_what_one_manifest_names_another_has():
    volumes = {volume["name"]: volume for volume in POD["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == CLAIM["metadata"]["name"]
    dockerfile = (ROOT / "deploy/docker/Dockerfile").read_text("utf-8")
    for container, secret in ((RUN, SECRET), (PUBLISH, PUBLISH_SECRET)):
        assert [source["secretRef"]["name"] for source in container["envFrom"]] == [secret["metadata"]["name"]]
        assert {mount["name"] for mount in container["volumeMounts"]} == set(volumes)
        user, group = container["securityContext"]["runAsUser"], POD["securityContext"]["runAsGroup"]
        assert f"USER {user}:{group}" in dockerfile


def test_its_settings_are_settings_of_finews():
    env = {each["name"]: each["value"] for each in RUN["env"] if each["name"] != "FINEWS_RUN_CODE"}
    given = SECRET["stringData"] | PUBLISH_SECRET["stringData"] | env
    config = read_config([f"{name}={value}" for name, value in given.items()])
    assert isinstance(config, Config)
    written = [mount["mountPath"] for mount in RUN["volumeMounts"]]
    assert all(str(path).startswith(tuple(written)) for path in (config.mirror_dir, config.site_dir.parent))


@pytest.mark.torture
def test_the_script_of_the_run_works_and_exits_with_the_code_of_what_failed(tmp_path):
    put(tmp_path / "bin/finews", f'#!/bin/sh\nexec {sys.executable} -m finews_spider "$@"\n')
    (tmp_path / "bin/finews").chmod(0o755)
    with MisbehavingUpstream(articles=20, seed=3) as upstream:
        finews = Runner(tmp_path, upstream, FINEWS_SITE_DIR=str(tmp_path / "site/current"))
        env = os.environ | finews.settings | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
        env["FINEWS_RUN_CODE"] = str(tmp_path / "code")

        def run() -> int:
            """Run the containers one after the other, as Kubernetes does."""
            for container in (RUN, PUBLISH):
                script = container["args"][0].replace("--jitter 30s", "-s AUTOTHROTTLE_ENABLED=0")
                code = subprocess.run([*container["command"], script], env=env, cwd=tmp_path, check=False).returncode
                if code:
                    break
            return code

        assert run() == 0
        assert (tmp_path / "site/current/index.html").exists()
        upstream.misbehave("", "500")
        assert run() == 1


def test_stopping_a_pod_stops_finews_and_publishes_nothing(tmp_path):
    fake_finews = 'echo "$1" >> calls; [ "$1" = run ] || exit 0\ntrap "echo stopped >> calls; exit 1" TERM\n'
    put(tmp_path / "bin/finews", f"#!/bin/sh\n{fake_finews}touch began\nwhile :; do sleep 0.05; done\n")
    (tmp_path / "bin/finews").chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "FINEWS_MIRROR_DIR": str(tmp_path)}
    env["FINEWS_RUN_CODE"] = str(tmp_path / "code")
    process = subprocess.Popen([*RUN["command"], *RUN["args"]], env=env, cwd=tmp_path)
    wait_for((tmp_path / "began").exists)
    process.terminate()
    assert process.wait(60) == 1
    assert (tmp_path / "calls").read_text().split() == ["site", "run", "stopped"]
    assert not (tmp_path / "code").exists()
