"""`make docs` generates pages of docs/ from the code: commands, settings and the table of contents.

`python -m tools.reference --check` writes nothing, and exits with 1 when a page is out of date.
"""

import ast
import inspect
import io
import os
import re
import runpy
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import typer.main
from scrapy.spiderloader import SpiderLoader

from finews_spider import __version__, settings
from finews_spider.cli import app
from finews_spider.cli.exit_codes import exit_codes
from finews_spider.cli.options import scrapy_settings
from finews_spider.spiders.article import ArticleSpider

DOCS = Path(__file__).parents[1] / "docs"
MADE = "<!-- `make docs` generates this page from {}. Don't edit it here. -->\n"
CONTENTS = {
    "First steps": {
        "quickstart": "from nothing to a mirror in your browser",
        "troubleshooting": "what you see, why, and what to do",
    },
    "Running it": {
        "production": "schedule, store, sizes, backups, updates, security, manners, copyright",
        "running": "log lines, exit codes, stats",
        "monitoring": "alarms for bad runs, alerts, metrics, the status page",
        "publishing": "build the site and send it to a server",
        "upkeep": "backup, restore, old revisions and runs, schema versions",
        "scaling": "several workers share a crawl; the limits of each part",
        "mongodb": "what finews stores there, and what FerretDB needs",
        "reliability": "what happens after crashes, faults and hostile input",
        "performance": "how fast finews is, beside the least possible work",
    },
    "What finews writes": {
        "site": "its pages, its search, its design, and how to build it",
        "layouts": "a post's front matter and text, to the byte",
        "images": "shown from the upstream, or copied into the mirror",
        "data": "JSON Lines, CSV, Parquet, and a store in Python",
        "schema": "the tables of an SQLite store",
    },
    "What finews reads": {
        "channels": "the channels file and the kinds of lists",
        "adding-a-source": "a list in a format of its own: a mapping, or a function in a package",
    },
    "Using it from elsewhere": {
        "scrapy": "Scrapy's commands and feeds, your own spiders, a project of your own",
    },
    "Reference": {
        "commands": "every command with its arguments and options",
        "settings": "every setting with its default and reason",
    },
    "Internals": {
        "design": "the way of an article, the modules, and the guarantees",
        "dependencies": "what each package is for",
    },
}
"""Heading → page → its subject. Pages that aren't here follow, by folder."""

TOPICS = {
    "FINEWS_STORE": "mongodb.md",
    "FINEWS_CHANNELS": "channels.md",
    "FINEWS_PAGES": "channels.md",
    "FINEWS_SITE_URL": "site.md",
    "FINEWS_RETENTION": "site.md#as-it-grows",
    "FINEWS_FEED_TEXT": "site.md#feeds",
    "FINEWS_HOME": "site.md#pages",
    "FINEWS_STORIES": "site.md#reprints",
    "FINEWS_IMAGES": "images.md",
    "FINEWS_ALLOWED": "design.md#nothing-leaves-the-hosts-that-are-named",
    "FINEWS_CHROMIUM": "channels.md#pages-that-a-script-fills",
    "FINEWS_LEASE": "running.md",
    "FINEWS_CLUSTER": "scaling.md",
    "FINEWS_FAST": "scaling.md#a-faster-client",
    "FINEWS_PUBLISH": "publishing.md",
    "FINEWS_ALARM": "monitoring.md",
    "FINEWS_METRICS": "monitoring.md",
    "FINEWS_NOTIFY": "monitoring.md",
    "FINEWS_LOG": "monitoring.md",
}
"""The start of a setting's name → the page that says more."""

FOLDERS = {"deploy": "Deploying it", "zh": "In Chinese"}
"""Folder below docs/ → the heading above its pages."""


def main() -> int:
    """Write the pages, or with ``--check`` compare them, and return the exit code."""
    stale = [name for name, text in pages().items() if not _same(DOCS / name, text)]
    if "--check" in sys.argv:
        if stale:
            print(f"{', '.join(f'docs/{name}' for name in stale)}: out of date; run `make docs`")
        return bool(stale)
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
    return 0


def pages() -> dict[str, str]:
    """Return the generated pages below docs/: name → text."""
    made = {"commands.md": "\n".join(commands()), "settings.md": "\n".join(settings_page())}
    return {**made, "README.md": "\n".join(contents(made))}


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


# --- Commands -------------------------------------------------------------------------------------------------


def commands() -> Iterator[str]:
    """Yield the lines of commands.md."""
    everything = all_commands()
    abouts = {name: _paragraphs(command.help).partition("\n")[0] for name, command in everything}
    abouts |= {f"scrapy crawl {spider.name}": _about(spider)[0] for spider in spiders()}
    yield "# Commands\n\n" + MADE.format("the commands' own help")
    yield (
        "Every command of finews with its arguments and options, from its `--help`. [Running it](running.md) explains "
        "the output, exit codes and stats of a run.\n"
    )
    yield "| command | does |\n|---|---|"
    for name, about in abouts.items():
        yield f"| [`{name}`](#{name.replace(' ', '-')}) | {_cell(about.rstrip('.'))} |"
    without = [f"`{name}`" for name, command in everything if not any("--set" in p.opts for p in command.params)]
    yield (
        f"\nAll commands but {', '.join(without)} take `-s NAME=VALUE` (`--set`), which changes a "
        "[setting](settings.md) of finews or Scrapy for this command. It is repeatable. All commands take `-q` "
        "(`--quiet`), and most take `--json` ([more](running.md#for-scripts-and-programs)).\n"
    )
    for name, command in everything:
        yield from _command(name, command)
    yield from _spider_sections()


def all_commands() -> list[tuple[str, Any]]:
    """Return the commands of finews that do something by themselves: full name, command."""
    return list(_commands("finews", typer.main.get_command(app)))


def _commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    for sub in getattr(command, "commands", {}).values():
        if not sub.hidden:
            if not hasattr(sub, "commands") or sub.invoke_without_command:
                yield f"{name} {sub.name}", sub
            yield from _commands(f"{name} {sub.name}", sub)


def _command(name: str, command: Any) -> Iterator[str]:
    yield f"## {name}\n\n{_paragraphs(command.help)}\n"
    params = [p for p in command.params if not p.hidden and not {"--set", "--quiet", "--help"} & set(p.opts)]
    arguments = [p for p in params if p.param_type_name == "argument"]
    words = ["[OPTIONS]", *(p.metavar for p in arguments)]
    yield f"```\n{name} {' '.join(words)}\n```\n"
    if params:
        yield "| takes | default | |\n|---|---|---|"
        for param in params:
            yield f"| {_takes(param)} | {_default(param)} | {_cell(param.help or '')} |"
        yield ""
    if codes := exit_codes(name.partition(" ")[2]):
        yield "| exit code | meaning |\n|---|---|"
        yield from (f"| {code} | {_cell(meaning)} |" for code, meaning in codes)
        yield ""
    if command.epilog:
        yield f"For example:\n\n```sh\n{command.epilog.removeprefix('Example: ').strip()}\n```\n"


def _takes(param: Any) -> str:
    if param.param_type_name == "argument":
        return _code(param.metavar)
    opts = ", ".join(f"`{opt}`" for opt in (*param.opts, *getattr(param, "secondary_opts", ())))
    return opts if getattr(param, "is_flag", False) else f"{opts} {_code(param.metavar)}"


def _default(param: Any) -> str:
    if param.required:
        return "required"
    default = param.default
    return "" if default is None or default is False or default in ("", ()) or callable(default) else _code(default)


def _spider_sections() -> Iterator[str]:
    yield (
        "## The spiders\n\nThe three spiders crawl without the lock of `finews run` and export nothing; `finews "
        "export` writes the posts that wait. Run them in the folder of the project, or in any folder with "
        "`SCRAPY_SETTINGS_MODULE=finews_spider.settings`. They take every option of `scrapy crawl`, such as "
        "`-s NAME=VALUE`.\n"
    )
    for spider in spiders():
        about, example = _about(spider)
        yield f"### scrapy crawl {spider.name}\n\n{about}\n\n| takes | default | |\n|---|---|---|"
        for name, default, meaning in spider_arguments(spider):
            yield f"| `-a {name}=…` | {_code(default) if default else ''} | {_cell(meaning)} |"
        yield f"\n```sh\n{example}\n```\n"


def spiders() -> list[Any]:
    loader = SpiderLoader.from_settings(scrapy_settings(None))
    return [loader.load(name) for name in ("feed", "newsshare", "category")]


def _about(spider: Any) -> tuple[str, str]:
    """Return the description of a spider and its example, from its docstring."""
    text, _, _ = inspect.cleandoc(spider.__doc__).partition("\n:param")
    about, _, example = text.partition("Example: ")
    return " ".join(about.split()), example.strip().strip("`")


def spider_arguments(spider: Any) -> Iterator[tuple[str, str, str]]:
    """Yield name, default and meaning of each argument of a spider: its own first, then those of all spiders."""
    for owner in (spider, ArticleSpider):
        meanings = dict(
            re.findall(r"^:param (\w+): (.*(?:\n .*)*)", inspect.cleandoc(owner.__doc__ or ""), re.MULTILINE)
        )
        for name, parameter in inspect.signature(owner.__init__).parameters.items():
            if name in meanings:
                yield name, parameter.default, " ".join(meanings[name].split()).replace("``", "`")


# --- Settings -------------------------------------------------------------------------------------------------


@dataclass
class Setting:
    """A setting, or several that share a comment."""

    section: str
    meaning: str
    names: dict[str, bool]
    """Name → whether the environment can set it."""


def settings_page() -> Iterator[str]:
    """Yield the lines of settings.md."""
    with mock.patch.dict(os.environ, clear=True):
        values = runpy.run_path(settings.__file__)
    yield "# Settings\n\n[中文](zh/settings.md)\n\n" + MADE.format("the comments in `finews_spider/settings.py`")
    yield (
        "Every setting with its default and its reason. All are Scrapy settings: `-s NAME=VALUE` changes a setting for "
        "one [command](commands.md). An environment variable of the same name can set those marked *env*; `-s` takes "
        "precedence. A switch takes `on` or `off` (also `true`, `yes`, `1` and `false`, `no`, `0`). After a wrong "
        "value, or a `FINEWS_` name that doesn't exist, the command prints one line and exits with 2 before it "
        "requests or writes anything. If a meaning names a default, it is Scrapy's default."
    )
    section = ""
    for setting in read_settings_file(Path(settings.__file__).read_text(encoding="utf-8")):
        if setting.section != section:
            section = setting.section
            yield f"\n## {section}\n\n| setting | default | meaning |\n|---|---|---|"
        names = "<br>".join(f"`{name}`{' *env*' if env else ''}" for name, env in setting.names.items())
        defaults = "<br>".join(_shown(values[name]) for name in setting.names)
        yield f"| {names} | {defaults} | {_cell(setting.meaning)}{_more(next(iter(setting.names)))} |"
    yield ""


def read_settings_file(source: str) -> list[Setting]:
    """Return the settings of *source* in its order. A setting without a comment belongs to the one before it."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
    found: list[Setting] = []
    section, line = "The project", 0
    for node in ast.parse(source).body:
        texts: list[str] = []
        for text in (comments[number] for number in range(line + 1, node.lineno) if number in comments):
            if heading := re.fullmatch(r"--- (.*?) -+", text):
                section, texts = heading[1], []
            else:
                texts.append(text)
        line = node.end_lineno or node.lineno
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        if node.lineno == line and line in comments:
            texts.insert(0, comments[line][0].upper() + comments[line][1:] + ".")
        name = node.targets[0].id
        if texts or not found or found[-1].section != section:
            found.append(Setting(section, " ".join(texts), {}))
        found[-1].names[name] = name.startswith("FINEWS_") or "environ" in ast.dump(node.value)
    return found


def _more(name: str) -> str:
    pages = [page for start, page in TOPICS.items() if name == start or name.startswith(f"{start}_")]
    return f" ([more]({pages[0]}))" if pages and (DOCS / pages[0].partition("#")[0]).is_file() else ""


def _shown(value: Any) -> str:
    """Return a default for a cell. The version is left out, because each release would change the page."""
    if isinstance(value, dict) and value:
        return "<br>".join(f"{_code(str(key).rpartition('.')[2])}: {_shown(each)}" for key, each in value.items())
    if value in ("", None, {}, []):
        return "empty" if value == "" else "none"
    if isinstance(value, bool):
        return _code("on" if value else "off")
    return _code(str(value).replace(__version__, "…"))


# --- The table of contents ------------------------------------------------------------------------------------


def contents(made: dict[str, str]) -> Iterator[str]:
    """Yield the lines of docs/README.md: every page by its title."""
    found = {path.relative_to(DOCS).as_posix(): path for path in DOCS.rglob("*.md")}
    texts = {page: path.read_text(encoding="utf-8") for page, path in found.items()} | made
    texts.pop("README.md", None)
    yield "# Documentation\n\n[中文](zh/README.md)\n\n" + MADE.format("the pages' titles and `tools/reference.py`")
    yield "What finews is, on one page: [English](../README.md), [中文](../README.zh-CN.md)."
    entries = {
        heading: {f"{name}.md": about for name, about in about_each.items()} for heading, about_each in CONTENTS.items()
    }
    known = {page for pages in entries.values() for page in pages}
    for page in sorted(texts.keys() - known):
        folder = page.rpartition("/")[0]
        entries.setdefault(FOLDERS.get(folder, "More"), {})[page] = ""
    for heading, about_each in entries.items():
        there = {page: about for page, about in about_each.items() if page in texts}
        yield from [f"\n## {heading}\n"] if there else []
        for page, about in there.items():
            title = re.search(r"^# (.+)", texts[page], re.MULTILINE)
            yield f"- [{title[1] if title else page}]({page})" + (f": {about}" if about else "")
    yield ""


# --- Text -----------------------------------------------------------------------------------------------------


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(value: object) -> str:
    return f"`{_cell(str(value))}`"


if __name__ == "__main__":
    sys.exit(main())
