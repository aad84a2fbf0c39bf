"""The package's regular expressions, and texts that each of them matches or nearly matches."""

import ast
import importlib
import pkgutil
import re
from contextlib import suppress
from pathlib import Path
from re import _constants as constants
from re import _parser as parser

import finews_spider

METHODS = ("search", "match", "fullmatch", "sub", "split", "findall", "finditer")
OURS = {"cli", "config", "publishing", "sample", "stores.mongodb.connection"}
"""Modules whose expressions only read what the user wrote."""


def modules():
    for module in pkgutil.walk_packages(finews_spider.__path__, "finews_spider."):
        name = module.name.removeprefix("finews_spider.")
        if not name.endswith("__main__") and not {name, name.partition(".")[0]} & OURS:
            yield name, importlib.import_module(module.name)


def expressions():
    """Return name → pattern and the methods by which it is called.

    They are the patterns in the variables and collections of modules, and the ones in calls of functions of ``re``.
    """
    found = {}
    for module, held in modules():
        source = Path(held.__file__).read_text("utf-8")
        for name, value in vars(held).items():
            # How a pattern in a collection is called isn't known.
            methods = re.findall(rf"\b{name}\.({'|'.join(METHODS)})\b", source) or ["fullmatch", "match"]
            for number, pattern in enumerate(_patterns(value)):
                found.setdefault(pattern, (f"{module}.{name}" + f"[{number}]" * (number > 0), sorted(set(methods))))
        for call in ast.walk(ast.parse(source)):
            method = getattr(getattr(call, "func", None), "attr", "")
            if method in METHODS and getattr(call.func.value, "id", "") == "re":
                with suppress(ValueError):  # its parts aren't constant
                    found.setdefault(re.compile(ast.literal_eval(call.args[0])), (f"{module}:{call.lineno}", [method]))
    return {name: (pattern, methods) for pattern, (name, methods) in found.items()}


def _patterns(value):
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _patterns(each)
    elif isinstance(value, dict):
        yield from _patterns(list(value.values()))


def near_matches(pattern):
    """Yield texts that the pattern matches, with each repeat once, twice or not at all, and with each branch in turn."""
    tree = parser.parse(
        pattern.pattern, pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    )
    for choice in range(4):
        yield _example(tree, choice)


def _example(tree, choice):
    return "".join(_one(operator, value, choice) for operator, value in tree)


def _one(operator, value, choice):  # noqa: PLR0911 -- one kind of node after the other
    if operator is constants.LITERAL:
        return chr(value)
    if operator is constants.NOT_LITERAL:
        return "x" if value != ord("x") else "y"
    if operator is constants.ANY:
        return "x "[choice % 2]
    if operator is constants.IN:
        return _of_class(value, choice)
    if operator in {constants.MAX_REPEAT, constants.MIN_REPEAT}:
        least, most, inner = value
        return _example(inner, choice) * min(max(least, (1, 2, 0, 1)[choice]), most)
    if operator is constants.SUBPATTERN:
        return _example(value[-1], choice)
    if operator is constants.BRANCH:
        return _example(value[1][choice % len(value[1])], choice)
    if operator is constants.ASSERT:
        return ""
    return ""


def _of_class(items, choice):
    if items[0][0] is constants.NEGATE:
        excluded = re.compile(_class_text(items[1:]))
        return next(c for c in ("x a1", "a1 x", "1xa ", " x1a")[choice] + "\x07中\u0301" if not excluded.match(c))
    kind, value = items[choice % len(items)]
    if kind is constants.LITERAL:
        return chr(value)
    if kind is constants.RANGE:
        return chr(value[choice % 2])
    return {"DIGIT": "1", "SPACE": " ", "WORD": "a", "NOT_SPACE": "x", "NOT_DIGIT": "x", "NOT_WORD": "-"}[
        str(value).rpartition("CATEGORY_")[2]
    ]


def _class_text(items):
    parts = []
    for kind, value in items:
        if kind is constants.LITERAL:
            parts.append(re.escape(chr(value)))
        elif kind is constants.RANGE:
            parts.append(f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}")
        else:
            parts.append(
                {
                    "DIGIT": r"\d",
                    "SPACE": r"\s",
                    "WORD": r"\w",
                    "NOT_SPACE": r"\S",
                    "NOT_DIGIT": r"\D",
                    "NOT_WORD": r"\W",
                }[str(value).rpartition("CATEGORY_")[2]]
            )
    return f"[{''.join(parts)}]"


def has_possessives(pattern):
    """Whether a pattern has possessive quantifiers or atomic groups."""
    tree = repr(parser.parse(pattern.pattern, pattern.flags & re.VERBOSE))
    return "POSSESSIVE" in tree or "ATOMIC" in tree
