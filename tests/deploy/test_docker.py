"""Docker accepts the compose file, nginx serves a real site correctly, and the steps of the image install finews."""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import venv
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from finews_spider.sample import SampleUpstream
from tests.browsing import put
from tests.running import ROOT, Runner, wait_for
from tests.servers import TOOLS, free_port, missing

DOCKER = ROOT / "deploy/docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text("utf-8")
COMPOSE = DOCKER / "docker-compose.yml"


def instructions(stage: str) -> list[tuple[str, str]]:
    """Return the instructions of one stage of the Dockerfile, with continued lines joined."""
    lines = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", "").splitlines()
    [start] = [number for number, line in enumerate(lines) if re.fullmatch(rf"FROM \S+ AS {stage}", line)]
    end = next((number for number in range(start + 1, len(lines)) if lines[number].startswith("FROM ")), len(lines))
    return [tuple(line.split(maxsplit=1)) for line in lines[start + 1 : end] if line]


def test_docker_accepts_the_compose_file():
    path = shutil.which("compose", path=TOOLS) or missing("compose", f"there is no {TOOLS}/compose")
    done = subprocess.run([path, str(COMPOSE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services) == {"mongo", "crawler", "publisher", "web"}
    assert not [name for name, service in services.items() if "ports" in service and name != "web"]
    assert services["web"]["ports"][0]["host_ip"] == "127.0.0.1"
    for name in ("crawler", "publisher", "web"):
        assert services[name]["read_only"]
        assert services[name]["cap_drop"] == ["ALL"]
    for service in services.values():
        assert service["mem_limit"] == service["memswap_limit"]
        assert service["pids_limit"] <= 512
    assert set(services["publisher"]["environment"]) == {"FINEWS_PUBLISH"}
    assert "FINEWS_PUBLISH" not in services["crawler"]["environment"]
    assert services["mongo"]["networks"].keys() == {"store"}


def test_what_the_compose_file_names_exists():
    services = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
    stages = re.findall(r"^FROM \S+ AS (\w+)", DOCKERFILE, re.MULTILINE)
    for name in ("crawler", "publisher"):
        build = services[name]["build"]
        assert (COMPOSE.parent / build["context"] / build["dockerfile"]).resolve() == DOCKER / "Dockerfile"
        assert build["target"] in stages
    volumes = [volume for name in ("crawler", "publisher") for volume in services[name]["volumes"]]
    made = " ".join(text for _, text in instructions("crawler"))
    assert all(volume.split(":")[1] in made for volume in volumes), "a volume has its owner from a folder of the image"


def test_the_image_runs_as_an_unprivileged_user():
    for stage, user in (("crawler", "10001:10001"), ("publisher", "10002:10001")):
        users = [text for name, text in instructions(stage) if name == "USER"]
        assert users[-1] == user
    assert "# syntax" not in DOCKERFILE


def test_images_of_others_are_named_by_digest():
    services = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"].values()
    images = [service["image"] for service in services if "build" not in service]
    images += re.findall(r"^ARG PYTHON=(.*)", DOCKERFILE, re.MULTILINE)
    assert len(images) == 3
    assert all(re.fullmatch(r"[\w./-]+:\d[\w.-]+@sha256:[0-9a-f]{64}", image) for image in images), images
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"$PYTHON", "crawler"}


@pytest.mark.parametrize("service", ["crawler", "publisher"])
def test_its_command_is_a_shell_script_without_faults(service):
    [script] = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"][service]["command"]
    if not shutil.which("shellcheck"):
        missing("shellcheck", "there is no shellcheck on the PATH")
    done = subprocess.run(
        ["shellcheck", "--shell=sh", "-"], input=script.replace("$$", "$"), capture_output=True, text=True, check=False
    )
    assert done.stdout == ""


@pytest.mark.torture
def test_the_images_steps_install_a_finews_that_runs(tmp_path):
    """This needs no network: the dependencies of finews come from the environment of the tests."""
    for name, text in instructions("build"):
        if name == "COPY":
            *sources, target = text.split()
            for source in sources:
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                put(tmp_path / "src/x", "")
                copy(ROOT / source, tmp_path / "src" / (target if copy is shutil.copytree else "."))
    [install] = [text for name, text in instructions("build") if name == "RUN"]
    assert "--require-hashes --requirement requirements.txt" in install
    assert (tmp_path / "src/requirements.txt").exists()
    packages = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(tmp_path), str(tmp_path / "src")]
    subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", *packages], check=True)
    [wheel] = tmp_path.glob("*.whl")
    venv.create(tmp_path / "opt", with_pip=True)
    [site] = (tmp_path / "opt/lib").glob("python*/site-packages")
    python, finews = tmp_path / "opt/bin/python", tmp_path / "opt/bin/finews"
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel], env=env, check=True)
    lent = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "lent.pth").write_text(f"{lent}\n")
    version = subprocess.run([finews, "--version"], env=env, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"finews \d.*\n", version.stdout)
    subprocess.run([finews, "site", "init", "mirror"], env=env, cwd=tmp_path, capture_output=True, check=True)
    assert (tmp_path / "mirror/_layouts/post.html").exists()
    assert (site / "finews_spider/channels.toml").exists()


@contextmanager
def nginx(folder: Path, root: Path):
    """Serve *root* with our nginx.conf, on a free port and with its files in *folder*; give the URL."""
    if not shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
        missing("nginx", "there is no nginx on the PATH")
    # If root starts it, it becomes a user who can't read the folders of the tests.
    user = "user root;" if os.geteuid() == 0 else ""
    port, conf = free_port(), (DOCKER / "nginx.conf").read_text("utf-8")
    for ours, theirs in (
        ("/tmp/", f"{folder}/"),
        ("listen 8080", f"listen 127.0.0.1:{port}"),
        ("/srv/finews/current", str(root)),
        ("worker_processes auto", f"daemon off; {user} worker_processes 1"),
    ):
        assert ours in conf
        conf = conf.replace(ours, theirs)
    put(folder / "nginx.conf", conf)
    command = [shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"), "-c", str(folder / "nginx.conf")]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([*command, "-e", "stderr"], stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: process.poll() is not None or get(url, "/robots.txt"))
        assert process.poll() is None, (folder / "log").read_text()
        yield url
    finally:
        process.terminate()
        process.wait(30)


def get(url: str, path: str, method: str = "GET", **headers: str):
    """Return the response with any status; None if there is none."""
    request = urllib.request.Request(url + path, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()
    except urllib.error.URLError:
        return None


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve a crawl's site, built and switched into place by `finews publish`; give its folder and URL."""
    folder = tmp_path_factory.mktemp("served")
    if not shutil.which("jekyll"):
        missing("jekyll", "there is no jekyll on the PATH")
    with SampleUpstream(articles=30, seed=8) as upstream:
        finews = Runner(folder, upstream, FINEWS_SITE_DIR=str(folder / "site"))
        finews("run")
    finews("site", "init", "mirror")
    finews("publish")
    (folder / "nginx").mkdir()
    folder.chmod(0o755)
    with nginx(folder / "nginx", folder / "site") as url:
        yield folder, url


def test_every_page_is_served_as_it_was_built(served):
    folder, url = served
    pages = [path for path in (folder / "site").resolve().rglob("*") if path.is_file() and path.name != ".nojekyll"]
    assert len(pages) > 60
    for page in pages:
        path = "/" + str(page.relative_to((folder / "site").resolve()))
        status, _, body = get(url, urllib.request.quote(path))
        assert (status, body) == (200, page.read_bytes()), path
    assert get(url, "/")[2] == (folder / "site/index.html").read_bytes()
    assert get(url, "/archive")[2] == (folder / "site/archive/index.html").read_bytes()


def test_a_missing_page_is_the_404_page_of_the_site(served):
    folder, url = served
    for path in ("/nowhere.html", "/.nojekyll", "/images/00/gone.png", "/.git/config"):
        status, headers, body = get(url, path)
        assert (status, body) == (404, (folder / "site/404.html").read_bytes()), path
        assert headers["Cache-Control"] == "no-cache"
    assert get(url, "/", "POST")[0] == 403


def test_headers_do_not_contradict_the_pages_own_policy(served):
    _, url = served
    for path in ("/", "/feed.xml", "/nowhere"):
        _, headers, body = get(url, path)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "nginx/" not in headers["Server"]
        directives = dict(part.split(maxsplit=1) for part in headers["Content-Security-Policy"].split(";"))
        assert directives["frame-ancestors"] == "'none'"
        if found := re.search(r'Content-Security-Policy" content="([^"]*)"', body.decode()):
            page = dict(part.split(maxsplit=1) for part in found[1].split(";"))
            for name in set(directives) - {"frame-ancestors"}:
                assert directives[name] == page.get(name, page["default-src"]), "else the header would break the page"


def test_text_is_compressed_and_requested_once(served):
    _, url = served
    _, headers, body = get(url, "/", **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert len(body) < len(gzip.decompress(body)) / 2
    assert get(url, "/feed.xml", **{"Accept-Encoding": "gzip"})[1]["Content-Encoding"] == "gzip"
    _, headers, _ = get(url, "/")
    assert headers["Cache-Control"] == "no-cache"
    assert get(url, "/", **{"If-None-Match": headers["ETag"]})[0] == 304


def test_files_named_by_their_content_are_cached_without_limit(served):
    folder, url = served
    segment = next(path for path in (folder / "site/search/data").iterdir() if path.is_dir())
    file = next(segment.iterdir())
    json.loads(file.read_text("utf-8"))
    assert "immutable" in get(url, f"/search/data/{segment.name}/{file.name}")[1]["Cache-Control"]
    style = re.search(r'"/(assets/site\.css\?v=\w+)"', get(url, "/")[2].decode())[1]
    assert "immutable" in get(url, f"/{style}")[1]["Cache-Control"]
    for path in ("/search/data/index.json", "/assets/site.css", "/assets/gone.css?v=12345678"):
        assert get(url, path)[1]["Cache-Control"] == "no-cache", path
