"""Plain text in a post: what keeps YAML, kramdown and Liquid from reading anything into it."""

import json
import re
from functools import lru_cache

# What kramdown would make markup or typography of, anywhere or at the start of a line.
_MARKDOWN = re.compile(
    r"[\n\\`*_\[\]{}|$~^\"'<>&]|^[#+=:-]|(?<=^\d)\.|(?<=^\d\d)\.|(?<=-)-|-(?=-)|\.(?=\.\.)|(?<=\.)\.(?=\.)|(?<=\.\.)\."
)
_MARKUP = re.compile(r"[\n\\`*_\[\]{}|$~^<>]|&(?=#?[\w:][\w:.-]*;)")
# Plain text that every YAML reads as text: it begins as a word does, and no sign in it means anything.
_PLAIN = re.compile(r"(?:[^\W_]|[(《（【「『“])(?:(?! #|: |:\Z)[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff])*")
# Words and numbers that one YAML or another reads as something else, whatever their case: 1e5, 0o7, 12:30, 2026-01-02.
_OTHER = re.compile(r"y|n|yes|no|on|off|true|false|null|nil|nan|inf|[\d][\da-fox_.,:+\-tz ]*", re.IGNORECASE)


def markdown(text: str) -> str:
    """Return one line of plain *text* so that kramdown and Liquid print it as it is."""
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", text)


def link_text(text: str) -> str:
    """Return *text* for a link: only what could end it or be markup is escaped, not what a typographer would change."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)


def quoted(text: str) -> str:
    """Return *text* as a double-quoted YAML scalar."""
    # JSON's strings are YAML's, as long as no control character is left in them; normalize takes those out.
    return json.dumps(text, ensure_ascii=False)


@lru_cache(maxsize=4096)
def scalar(text: str) -> str:
    """Return *text* for a tag: plain where every YAML reads it as this one text, else a list of it.

    Jekyll parts a plain text at its blanks, as it did in the original; the theme joins it again.
    """
    return text if is_plain(text) else f"[{quoted(text)}]"


@lru_cache(maxsize=4096)
def words(category: str) -> str:
    """Return *category* so that Jekyll parts it at its blanks; empty for none, as the original wrote it."""
    if not re.search(r"[ \t]", category):
        return scalar(category) if category else ""
    return category if is_plain(category) else quoted(category)


def is_plain(text: str) -> bool:
    """Whether *text* needs no quotes to be read as itself, by Ruby or anybody else."""
    return bool(_PLAIN.fullmatch(text)) and text == text.strip() and not _OTHER.fullmatch(text)
