"""The docs describe everything that exists and nothing else, and their generated parts are up to date."""

import ast
import os
import re
import threading
import tomllib
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from finews_spider.config.channels import KINDS, load_channels
from finews_spider.sources import json_list
from finews_spider.stats import names
from finews_spider.times import SHANGHAI
from tests.documented import PAGES, ROOT, fences, headings
from tests.running import Runner
from tools import reference

LINK = re.compile(r"\]\((?!http|//|\{)([^)#]*)(?:#([^)]*))?\)")


@pytest.fixture
def texts():
    """Return every text that the program may show, with … for the values in it."""
    found = [(ROOT / "Makefile").read_text(encoding="utf-8")]
    for path in (ROOT / "finews_spider").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(re.sub(r"%[sr]|\{\w[^{}]*\}", "…", node.value))
    return found


@pytest.mark.parametrize("name", ["commands.md", "settings.md", "README.md"])
def test_the_generated_docs_are_up_to_date(name):
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == reference.pages()[name], "run `make docs`"


def test_every_stat_is_documented():
    text = (ROOT / "docs/running.md").read_text(encoding="utf-8")
    known = {value for value in vars(names).values() if isinstance(value, str) and value.startswith(names.PREFIX)}
    assert len(known) > 25
    for name in known:
        group, _, last = name.rpartition("/")
        assert last in text, name
        assert group in text, name
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "finews_spider").rglob("*.py"))
    assert set(re.findall(r'"(finews/[\w/]+)"', source)) <= known


def test_the_design_names_every_module_and_no_other():
    text = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    modules = {path.relative_to(ROOT / "finews_spider") for path in (ROOT / "finews_spider").rglob("*.py")}
    # Small folders, whose line describes their modules too.
    by_folder = {"cli", "commands", "pipelines", "sample"}
    wanted = {path.name for path in modules if not path.stem.startswith("__") and path.parts[0] not in by_folder}
    assert wanted <= set(re.findall(r"`(?:\w+/)*(\w+\.py)`", text))
    for name in re.findall(r"`((?:\w+/)*\w+\.py)`", text):
        assert (ROOT / name).is_file() or any(f"/{path}".endswith(f"/{name}") for path in modules), name


def test_the_design_draws_the_layers_that_the_linter_holds():
    contract, _ = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (drawn,) = [lines for language, _, lines in fences(ROOT / "docs/design.md") if language == "text"]
    assert drawn == contract["layers"]


def test_every_setting_is_documented_with_its_meaning():
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    source = (ROOT / "finews_spider/settings.py").read_text(encoding="utf-8")
    assert all(f"`{name}`" in text for name in re.findall(r"^([A-Z_]+) =", source, re.MULTILINE))
    assert [setting.names for setting in reference.read_settings_file(source) if not setting.meaning] == []


def test_a_settings_comment_becomes_its_row():
    source = (
        'A = 1\n\n# --- Two ---\n\n# Above,\n# on.\nB = os.environ.get("B", 2)\nC = 3  # seconds\n# D.\nD = 4\nE = 5\n'
    )
    assert [(s.section, s.meaning, s.names) for s in reference.read_settings_file(source)] == [
        ("The project", "", {"A": False}),
        ("Two", "Above, on.", {"B": True}),
        ("Two", "Seconds.", {"C": False}),
        ("Two", "D.", {"D": False, "E": False}),
    ]


def test_every_kind_of_channel_is_documented():
    text = (ROOT / "docs/channels.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w-]+)` \| `", text, re.MULTILINE)[-len(KINDS) :] == list(KINDS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        path = page.parent / target if target else page
        assert path.exists(), target
        assert not anchor or anchor in headings(path), f"{target}#{anchor}"


def test_every_page_is_in_the_table_of_contents():
    listed = {target for target, _ in LINK.findall((ROOT / "docs/README.md").read_text(encoding="utf-8"))}
    pages = {page.relative_to(ROOT / "docs").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert pages - listed == {"README.md"}


def test_the_messages_in_troubleshooting_exist(texts):
    page = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
    seen = re.findall(r"^\| (?!you see)(.*?) \| ", page, re.MULTILINE)
    messages = [message for cell in seen for message in re.findall(r"`([^`]+)`", cell)]
    assert len(messages) > 30
    for message in messages:
        parts = [part.strip() for part in message.split("…") if len(part.strip()) > 2]
        assert parts, message
        for part in parts:
            assert any(part in text for text in texts), f"nothing says {part!r} any more"


@pytest.fixture
def example():
    """The blocks of docs/adding-a-source.md, by language."""
    blocks = {language: [] for language in ("python", "toml", "json")}
    for language, _, lines in fences(ROOT / "docs/adding-a-source.md"):
        blocks[language].append("\n".join(lines))
    return blocks


def test_the_example_of_a_list_in_json_works(example, tmp_path):
    (tmp_path / "my.toml").write_text(example["toml"][0], encoding="utf-8")
    (channel,) = load_channels(tmp_path / "my.toml")
    assert channel.json
    page = json_list.parse(example["json"][0].encode(), channel.json)
    assert (page.cursor, page.problems) == ("b7", [])
    (ref,) = page.refs
    assert (ref.code, ref.title, ref.media) == ("202609011234567890", "新茶上市", "茶业日报")
    assert (ref.time, ref.url[-9:]) == (datetime(2026, 9, 1, 12, 30, tzinfo=SHANGHAI), "7890.html")


def test_the_example_of_a_package_works(example, tmp_path, monkeypatch):
    """The package is installed as pip would, and its kind is probed against a server by the real command."""
    project, (code,) = tomllib.loads(example["toml"][1])["project"], example["python"]
    (tmp_path / "finews_papers.py").write_text(code, encoding="utf-8")
    installed = tmp_path / "finews_papers-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0\n")
    for group, sources in project["entry-points"].items():
        lines = [f"[{group}]", *(f"{name} = {value}" for name, value in sources.items())]
        (installed / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "list.txt").write_text(
        "papers\n202609011234567890|2026-09-01 12:30|新茶上市|茶业日报\n广告\n", encoding="utf-8"
    )
    with served(tmp_path) as url:
        (tmp_path / "my.toml").write_text(example["toml"][2].replace("https://papers.example", url), encoding="utf-8")
        finews = Runner(tmp_path, fresh=True, FINEWS_CHANNELS="my.toml")
        finews.settings["PYTHONPATH"] += os.pathsep + str(tmp_path)
        probed = finews("channels", "probe", "晚报", "-s", "AUTOTHROTTLE_ENABLED=0")
        assert "Rows: 2, articles: 1" in probed.stdout
        assert "新茶上市" in probed.stdout
        (tmp_path / "finews_papers.py").write_text("import nothing_of_this_name", encoding="utf-8")
        broken = finews("channels", code=2)
    assert broken.stderr.endswith(
        "the kind 'papers', finews_papers:parse, can't be loaded: No module named 'nothing_of_this_name'\n"
    )


@contextmanager
def served(folder):
    """Serve the files of a folder on loopback, and give the URL."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
