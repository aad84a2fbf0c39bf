"""The Chinese pages have what their English pages have, and show finews' messages as the catalogue has them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.documented import ENGLISH, ROOT, headings
from tools import messages

WHAT = {
    "blocks": "the block",
    "rows": "a table row with",
    "code": "the code",
    "links": "a link to",
    "numbers": "the number",
}
"""Field of a section → what it holds, for messages."""
LANGUAGES = ("English", "英文", "中文", "中文说明")
"""Texts of links that lead to a page in a certain language. Such a link isn't compared."""
ENGLISH_ONLY = "## In Chinese\n"
"""The last section of docs/README.md, which lists the Chinese pages."""


@dataclass
class Section:
    """A heading and what follows it, without what a translation changes."""

    heading: str
    blocks: list[str] = field(default_factory=list)
    """The blocks of code, without comments."""
    rows: list[str] = field(default_factory=list)
    """For each table row, the inline code in it and its cells that are a number."""
    code: set[str] = field(default_factory=set)
    """The inline code outside tables."""
    links: set[tuple[str, int]] = field(default_factory=set)
    """Where the links lead, as *leads_to* says it."""
    numbers: set[str] = field(default_factory=set)
    """The numbers in the text."""


def sections(page: Path, text: str) -> list[Section]:
    """Return the sections of a page with the text *text*."""
    found: list[Section] = []
    block: list[str] = []
    for line in text.splitlines():
        if block:
            block.append(re.sub(r"(^|\s+)#\s.*", "", line))
            if line == "```":
                found[-1].blocks.append("\n".join(block))
                block = []
        elif line.startswith("```"):
            block = [line]
        elif line.startswith("#"):
            found.append(Section(line))
        elif not line.startswith("<!--"):
            read_line(found[-1], page, line)
    return found


def read_line(section: Section, page: Path, line: str) -> None:
    code = re.findall(r"`[^`]+`", line)
    if line.startswith("|"):
        numbers = re.findall(r"(?<=\| )\d+(?= \|)", line)
        first_cell = line.partition(" | ")[0]
        section.rows.append(" ".join(numbers + sorted(code, key=lambda each: (each not in first_cell, each))))
    else:
        section.code.update(code)
    links = re.findall(r"\[([^\]]*)\]\(([^)]+)\)", line)
    section.links.update(leads_to(page, target) for text, target in links if text not in LANGUAGES)
    section.numbers.update(re.findall(r"\d+(?:[.,]\d+)*", re.sub(r"`[^`]+`|\]\([^)]*\)", "", line)))


def leads_to(page: Path, target: str) -> tuple[str, int]:
    """Return the English page and the number of the heading; 0 is the whole page."""
    if "://" in target:
        return target, 0
    name, _, anchor = target.partition("#")
    path = (page.parent / name).resolve() if name else page
    assert page not in ENGLISH or path not in ENGLISH.values(), f"{page}: {target} is there in Chinese too; link that"
    number = list(headings(path)).index(anchor) + 1 if anchor else 0
    return str(ENGLISH.get(path, path).relative_to(ROOT)), number


def same_output(chinese: str, english: str) -> bool:
    """Return whether two blocks show the same output of finews in both languages: their numbers are the same."""
    is_output = re.match(r"```(text)?\n", english) and re.search("[一-鿿]", chinese)
    return bool(is_output) and sorted(re.findall(r"\d+", chinese)) == sorted(re.findall(r"\d+", english))


def differences(page: Path, chinese: str, english: str) -> Iterator[str]:
    """Yield what a Chinese page lacks and what it has in addition, one line each."""
    ours, theirs = sections(page, chinese), sections(ENGLISH[page], english.partition(ENGLISH_ONLY)[0])
    levels = [[section.heading.partition(" ")[0] for section in each] for each in (ours, theirs)]
    if levels[0] != levels[1]:
        yield f"its headings are {[s.heading for s in ours]}, the English ones {[s.heading for s in theirs]}"
        return
    for our, their in zip(ours, theirs, strict=True):
        our.blocks = [next(filter(partial(same_output, block), their.blocks), block) for block in our.blocks]
        for kind, what in WHAT.items():
            have, want = Counter(getattr(our, kind)), Counter(getattr(their, kind))
            yield from (f"'{our.heading}' ({their.heading}) lacks {what} {each}" for each in want - have)
            if kind != "numbers":
                yield from (f"'{our.heading}' has {what} {each}, unlike '{their.heading}'" for each in have - want)
        if sorted(our.rows) == sorted(their.rows) and our.rows != their.rows:
            yield f"'{our.heading}' has its table rows in another order than '{their.heading}'"


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_chinese_page_has_what_its_english_page_has(page):
    found = [*differences(page, page.read_text(encoding="utf-8"), ENGLISH[page].read_text(encoding="utf-8"))]
    assert not found, "\n".join(
        [f"{page.relative_to(ROOT)} isn't in step with {ENGLISH[page].relative_to(ROOT)}:", *found]
    )


@pytest.mark.parametrize("page", ENGLISH, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_page_leads_to_the_other_language_below_its_title(page):
    for here, there, label in ((page, ENGLISH[page], "English"), (ENGLISH[page], page, "中文")):
        title, _, line = here.read_text(encoding="utf-8").splitlines()[:3]
        found = re.fullmatch(rf"\[{label}\w*\]\((.+)\)", line)
        assert title.startswith("# ")
        assert found, f"{here}: {line}"
        assert (here.parent / found[1]).resolve() == there


@pytest.fixture(scope="module")
def translations():
    """Return message in English → in Chinese."""
    return {entry.id: entry.string for entry in messages.read() if isinstance(entry.id, str) and entry.id}


@pytest.mark.parametrize(
    "page", [ROOT / "docs/zh/running.md", ROOT / "docs/zh/troubleshooting.md"], ids=lambda page: page.stem
)
def test_a_message_is_shown_in_chinese_as_finews_shows_it(page, translations):
    ours, theirs = (
        [line.partition(" | ")[0] for line in each.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
        for each in (page, ENGLISH[page])
    )
    for our, their in zip(ours, theirs, strict=True):
        quoted = re.findall(r"“([^”]+)”", our)
        for quote in quoted:
            assert any(quotes(quote, text) for text in translations.values()), f"finews doesn't show “{quote}”"
        for message in re.findall(r"`(?!finews )([^` ]+ [^`]{8,})`", their):
            shown = [text for known, text in translations.items() if quotes(message.removeprefix("finews: "), known)]
            assert not shown or any(quotes(quote, text) for quote in quoted for text in shown), (
                f"{message}: finews shows it in Chinese as {shown}; put that into quotes before it"
            )


def quotes(quote: str, message: str) -> bool:
    """Return whether *quote* is a part of *message*, with … for its values."""
    return all(part.strip() in message for part in quote.split("…"))


SETTINGS = ROOT / "docs/zh/settings.md"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("| `FINEWS_STORE` *env*", "| `FINEWS_NEW` *env* | `7` | New. |\n| `FINEWS_STORE` *env*", "lacks a table row with `FINEWS_NEW` `7`"),
        ("| `FINEWS_HOME_HOURS` *env* | `24` |", "| `FINEWS_HOME_HOURS` *env* | `48` |", "lacks a table row with `FINEWS_HOME_HOURS` `48`"),
        ("## Manners", "### Manners", "its headings are"),
        ("exits with 2", "exits with 3", "lacks the number 3"),
        ("[more](channels.md)", "[more](channels.md#how-often)", "lacks a link to ('docs/channels.md', 3)"),
        ("`-s NAME=VALUE`", "`--set NAME=VALUE`", "lacks the code `--set NAME=VALUE`"),
    ],
)  # fmt: skip
def test_a_change_of_an_english_page_is_noticed(before, after, message):
    english = ENGLISH[SETTINGS].read_text(encoding="utf-8")
    assert before in english
    assert message in "\n".join(
        differences(SETTINGS, SETTINGS.read_text(encoding="utf-8"), english.replace(before, after))
    )
