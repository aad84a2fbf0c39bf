"""Finds the commands in the docs, and checks them against the commands that exist."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import typer.main

from finews_spider.cli import app
from tools import reference

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
ENGLISH = {page: ROOT / "docs" / page.name for page in PAGES if page.parent == ROOT / "docs/zh"}
ENGLISH[ROOT / "README.zh-CN.md"] = ROOT / "README.md"
"""Chinese page → its English page."""
SHELL = {"sh", "bash", "shell", "console"}
PARTS = {"&&", "||", "|", ";", "&"}
ASSIGNED = re.compile(r"\w+=.*", re.DOTALL)


@dataclass(frozen=True)
class Command:
    """A command line of a page."""

    page: Path
    line: int
    text: str
    code: int = 0
    """Its exit code. The docs name one other than 0 by ``# exits with 1``."""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}: {self.text}"

    def parts(self) -> list[list[str]]:
        """Return the words of each command between ``&&``, ``|`` or ``;``, without redirections."""
        lexer = shlex.shlex(self.text.partition("\n")[0], posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        parts: list[list[str]] = [[]]
        words = iter(lexer)
        for word in words:
            if word in PARTS:
                parts.append([])
            elif set(word) <= set("<>&"):
                if word != ">&":
                    next(words, "")
            else:
                parts[-1].append(word)
        return [part for part in parts if part]


def fences(page: Path) -> Iterator[tuple[str, int, list[str]]]:
    """Yield the fenced blocks of a page: language, number of the first line, lines."""
    language, start, lines = None, 0, []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if fence := re.fullmatch(r"\s*```(\S*).*", line):
            if language is None:
                language, start, lines = fence[1], number + 1, []
            else:
                yield language, start, lines
                language = None
        elif language is not None:
            lines.append(line)
    assert language is None, f"{page}: a block without an end"


def headings(page: Path) -> Iterator[str]:
    """Yield the anchors that GitHub makes of a page's headings, from the first heading to the last."""
    for heading in re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def commands(page: Path) -> Iterator[Command]:
    """Yield the command lines in the shell blocks of a page. In a console's block, they are the lines with ``$``."""
    for language, start, lines in fences(page):
        if language not in SHELL:
            continue
        prompted = any(line.startswith("$ ") for line in lines)
        rest = iter(enumerate(lines, start))
        for number, line in rest:
            if prompted and not line.startswith("$ "):
                continue
            text = line.removeprefix("$ ").strip()
            while text.endswith("\\"):
                text = text[:-1] + next(rest)[1].strip()
            code = re.search(r"#.*exits with (\d+)", text)
            text = re.sub(r"(^|\s)#\s.*", "", text).strip()
            if here := re.search(r"<<-?['\"]?(\w+)", text):
                for _, inside in rest:
                    text += f"\n{inside}"
                    if inside.strip() == here[1]:
                        break
            if text:
                yield Command(page, number, text, int(code[1]) if code else 0)


def mentions(page: Path) -> Iterator[Command]:
    """Yield the finews and scrapy commands in the text of a page, and in its blocks that aren't a shell's."""
    for language, start, lines in fences(page):
        for number, line in enumerate(lines, start):
            if language not in SHELL and (found := re.search(r"bin/(finews [^>|&;`\"]+)", line)):
                yield Command(page, number, found[1].strip())
    inside = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        inside ^= line.lstrip().startswith("```")
        for text in () if inside else re.findall(r"`((?:finews|scrapy crawl) [^`]+)`", line):
            yield Command(page, number, text)


def tool(part: list[str]) -> list[str]:
    """Return the words of a command without assignments at its beginning, and the program without its folder."""
    while part and ASSIGNED.fullmatch(part[0]):
        part = part[1:]
    return [part[0].rpartition("/")[2], *part[1:]] if part else []


def wrong(part: list[str]) -> str:
    """Return what is wrong with a command of finews, scrapy, make or pip; empty: nothing was found. It isn't run."""
    match tool(part):
        case ["finews", *words]:
            return _unknown(typer.main.get_command(app), words)
        case ["scrapy", "crawl", *words]:
            return _unknown_spider(words)
        case ["make", *words]:
            targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
            missing = [word for word in words if not ASSIGNED.fullmatch(word) and word not in targets]
            return f"there is no target {missing[0]}" if missing else ""
        case ["pip", "install", *words]:
            extras = re.findall(r"\[([\w,-]+)\]", " ".join(words))
            unknown = {extra for names in extras for extra in names.split(",")} - _extras()
            return f"there is no extra {min(unknown)}" if unknown else ""
    return ""


def _unknown(command, words: list[str]) -> str:
    """Return which word of a ``finews`` command line doesn't exist."""
    words = list(words)
    while words:
        word = words.pop(0)
        options = {
            opt: param for param in command.params for opt in (*param.opts, *getattr(param, "secondary_opts", []))
        }
        name = word.partition("=")[0]
        if word.startswith("-") and word != "-":
            if name in {"--help", "-h"}:
                continue
            if name not in options:
                return f"{command.name} has no option {name}"
            if "=" not in word and not getattr(options[name], "is_flag", False) and words:
                words.pop(0)
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"there is no command {word}"
            command = command.commands[word]
        elif not any(param.param_type_name == "argument" for param in command.params):
            return f"{command.name} takes no argument, such as {word}"
    return ""


@cache
def known_spiders() -> dict[str, set[str]]:
    return {spider.name: {name for name, _, _ in reference.spider_arguments(spider)} for spider in reference.spiders()}


def _unknown_spider(words: list[str]) -> str:
    name, *rest = words
    if name not in known_spiders():
        return f"there is no spider {name}"
    for option, value in zip(rest[::2], rest[1::2], strict=False):
        if option not in {"-a", "-s", "-o", "-O", "-L"}:
            return f"scrapy crawl has no {option}"
        if option == "-a" and value.partition("=")[0] not in known_spiders()[name]:
            return f"the spider {name} takes no {value.partition('=')[0]}"
    return ""


def _extras() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return set(project["project"]["optional-dependencies"])
