"""All supported versions of Python behave the same: what differs between them isn't used."""

import ast
import re

import pytest

from tests.running import ROOT

WRONG_BEFORE_3_11_5 = re.compile(r"(?<!\\)(?:\\\\)*[*+?}]\+|\(\?>")
"""Possessive quantifiers and atomic groups, which Debian 12's Python (3.11.2) matches wrongly: CPython's gh-106052."""


def texts(source: str) -> list[tuple[int, str]]:
    """Return the strings of a module with their lines."""
    return [
        (node.lineno, node.value if isinstance(node.value, str) else node.value.decode("latin-1"))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    ]


def test_no_expression_has_what_older_pythons_match_wrongly():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sorted((ROOT / "finews_spider").rglob("*.py"))
        for line, text in texts(path.read_text(encoding="utf-8"))
        if WRONG_BEFORE_3_11_5.search(text)
    ]
    assert not found, "write a possessive quantifier or an atomic group otherwise"


@pytest.mark.parametrize("pattern", ["a*+", "a++", "a?+", "a{2}+", "(?>a)", r"\\*+", "(?:a|b)*+c"])
def test_each_such_expression_would_be_found(pattern):
    assert [line for line, text in texts(f"x = 1\nre.compile({pattern!r})") if WRONG_BEFORE_3_11_5.search(text)] == [2]


@pytest.mark.parametrize("pattern", [r"\*+", r"\++", "a+?", "a*", "[a-z]+", "(?:a)+", r"a\?+"])
def test_other_expressions_are_let_through(pattern):
    assert not WRONG_BEFORE_3_11_5.search(pattern)
