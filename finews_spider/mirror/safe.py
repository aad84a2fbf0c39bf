"""Plain text in a post: what keeps YAML, kramdown and Liquid from reading anything into it."""

import json
import re
from functools import lru_cache

import yaml

# What kramdown would make markup or typography of, anywhere or at the start of a line.
_MARKDOWN = re.compile(
    r"[\\`*_\[\]{}|$~^\"'<>&]|^[#+=:-]|(?<=^\d)\.|(?<=^\d\d)\.|(?<=-)-|-(?=-)|\.(?=\.\.)|(?<=\.)\.(?=\.)|(?<=\.\.)\."
)
# Ruby's YAML takes more for a number than Python's does: 1e5, 1_000, 0o7.
_NUMBER = re.compile(r"^[\d.+-][\da-fA-FoOxX_.:+-]*$")


def markdown(text: str) -> str:
    """Return one line of plain *text* so that kramdown and Liquid print it as it is."""
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", text)


def quoted(text: str) -> str:
    """Return *text* as a double-quoted YAML scalar."""
    # JSON's strings are YAML's, as long as no control character is left in them; normalize takes those out.
    return json.dumps(text, ensure_ascii=False)


@lru_cache(maxsize=4096)
def scalar(text: str) -> str:
    """Return *text* for a category or tag: plain where YAML reads it as this one text, else a list of it.

    Jekyll parts a plain text at its blanks, as it did in the original; the theme joins it again.
    """
    try:
        plain = not _NUMBER.search(text) and yaml.safe_load(text) == text
    except yaml.YAMLError:
        plain = False
    return text if plain else f"[{quoted(text)}]"
