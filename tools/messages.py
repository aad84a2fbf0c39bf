"""Keeps the catalogue of messages in step with the code: collects them, updates the .po file, and compiles it.

`python -m tools.messages --check` writes nothing, names what is wrong, and exits with 1.
"""

import ast
import gettext
import io
import re
import string
import sys
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import typer.main
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from finews_spider import i18n
from finews_spider.cli import app
from finews_spider.cli.exit_codes import EXIT_CODES, MEANINGS
from finews_spider.cli.help import paragraphs

PACKAGE = Path(__file__).parents[1] / "finews_spider"
COMPILED = PACKAGE / i18n.CATALOGUE
SOURCE = COMPILED.with_suffix(".po")
ERRORS = (
    *("FinewsError", "ConfigError", "StoreError", "ClusterError", "NetworkError", "LockedError", "MirrorError"),
    *("PublishError", "RefusedError"),
)
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "Message", "print_error", "say", "report", "progress", *ERRORS)),
    "ngettext": (1, 2),
}
"""Function → which of its arguments are messages; None: the first one."""
SHOWN = {"print", "print_line", "add_row", "Table", "Column", "Text"}
"""Functions that show a text as it is: the command line gives them no words but messages."""
KEPT = re.compile(r"`[^`]*`|(?<![\w-])--?[a-z][a-z-]*|FINEWS_\w+|NW\{|\[/?\w+\]")
"""What a translation has as the message has it: commands, options, settings and markup."""


def main() -> int:
    """Write the catalogue, or with ``--check`` compare it, and return the exit code."""
    if "--check" not in sys.argv:
        update()
    found = problems()
    print("\n".join(found) or "the catalogue is complete")
    return bool(found)


def messages() -> dict[str | tuple[str, ...], set[str]]:
    """Return every message of the code, or pair of singular and plural, with the files that have it."""
    found: dict[str | tuple[str, ...], set[str]] = {}
    for file, _line, message, _comments, _context in extract_from_dir(
        PACKAGE, [("**.py", "python")], keywords=KEYWORDS, options_map={}
    ):
        found.setdefault(message, set()).add(f"finews_spider/{file}")
    for message in chain(_help(typer.main.get_command(app)), _exit_codes()):
        found.setdefault(message, set()).add("finews_spider/cli")
    return found


def _help(command: Any) -> Iterator[str]:
    for text in (command.help, *(param.help for param in command.params)):
        yield from paragraphs(text)
    for each in getattr(command, "commands", {}).values():
        yield from _help(each)


def _exit_codes() -> Iterator[str]:
    yield from filter(None, (text for codes in (MEANINGS, *EXIT_CODES.values()) for text in codes.values()))


def read() -> Catalog:
    """Return the catalogue as translators write it."""
    with SOURCE.open("rb") as file:
        return read_po(file, locale="zh_CN", domain="finews")


def update() -> None:
    """Add new messages to the catalogue, remove those that the code no longer has, and compile it."""
    catalogue = read()
    template = Catalog(domain="finews", creation_date=catalogue.creation_date)
    for message, files in sorted(messages().items(), key=lambda item: str(item[0])):
        template.add(message, locations=[(file, 0) for file in sorted(files)])
    catalogue.update(template, no_fuzzy_matching=True)
    with SOURCE.open("wb") as file:
        write_po(file, catalogue, width=120, ignore_obsolete=True, include_lineno=False)
    with COMPILED.open("wb") as file:
        write_mo(file, catalogue)


def problems() -> list[str]:
    """Return what is wrong with the catalogue."""
    catalogue, known = read(), messages()
    entries = {entry.id: entry for entry in catalogue if entry.id}
    found = [f"{where} can't be collected: a message is one text in quotes" for where in _uncollected(known)]
    found += [f"not in the catalogue; run `make messages`: {message}" for message in known.keys() - entries.keys()]
    found += [f"the code no longer has it; run `make messages`: {message}" for message in entries.keys() - known.keys()]
    found += [f"obsolete: {message}" for message in catalogue.obsolete]
    for entry in entries.values():
        found += [f"{why}: {entry.id}" for why in _wrong(entry)]
    fresh = io.BytesIO()
    write_mo(fresh, catalogue)
    fresh.seek(0)
    if _compiled(fresh) != _compiled(io.BytesIO(COMPILED.read_bytes())):
        found.append(f"{COMPILED.name} is older than {SOURCE.name}; run `make messages`")
    return found


def _uncollected(known: Collection[str | tuple[str, ...]]) -> Iterator[str]:
    """Yield the places of messages that Babel passes over: f-strings, what is in them, and what no function marks."""
    ids = {each for message in known for each in ([message] if isinstance(message, str) else message)}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name, message = getattr(node.func, "attr", getattr(node.func, "id", "")), node.args[0]
            text = message.value if isinstance(message, ast.Constant) else None
            is_lost = name in KEYWORDS and (isinstance(message, ast.JoinedStr) or (text and text not in ids))
            if is_lost or (
                path.parent.name == "cli" and name in SHOWN and re.search(r"[A-Za-z]{2} [a-z]{2}", _literal(message))
            ):
                yield f"{path.relative_to(PACKAGE.parent)}:{message.lineno}"


def _literal(node: ast.expr) -> str:
    """Return what of a text stands in the code."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in parts)


def _wrong(entry: Message) -> Iterator[str]:
    translations = [entry.string] if isinstance(entry.string, str) else list(entry.string or ())
    original = entry.id if isinstance(entry.id, str) else entry.id[-1]
    if not all(translations):
        yield "not translated"
        return
    if entry.fuzzy:
        yield "fuzzy"
    for translation in translations:
        if _fields(original) != _fields(translation):
            yield "its {fields} differ"
        if Counter(KEPT.findall(original)) != Counter(KEPT.findall(translation)):
            yield "its commands, options, settings or markup differ"


def _fields(text: str) -> set[tuple[str, ...]]:
    try:
        return {tuple(map(str, part[1:])) for part in string.Formatter().parse(text) if part[1] is not None}
    except ValueError:  # braces that are none
        return set()


def _compiled(file: io.BytesIO) -> Any:
    return vars(gettext.GNUTranslations(file))["_catalog"]


if __name__ == "__main__":
    sys.exit(main())
