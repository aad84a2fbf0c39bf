"""Plain text → text for a post's front matter and Markdown, in which YAML, kramdown and Liquid find no markup."""

import json
import re
from functools import lru_cache

# Characters that are markup or typography to kramdown: anywhere, or at the start of a line.
_MARKDOWN = re.compile(
    r"[\n\\`*_\[\]{}|$~^\"'<>&]|^[#+=:-]|(?<=^\d)\.|(?<=^\d\d)\.|(?<=-)-|-(?=-)|\.(?=\.\.)|(?<=\.)\.(?=\.)|(?<=\.\.)\."
)
# Characters that are markup to kramdown, and no typography.
_MARKUP = re.compile(r"[\n\\`*_\[\]{}|$~^<>]|&(?=#?[\w:][\w:.-]*;)")
# Text that needs no quotes in YAML: it begins as a word does, and no character in it is syntax.
_PLAIN = re.compile(r"(?:[^\W_]|[(《（【「『“])(?:(?! #|: |:\Z)[^\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff])*")
# Words and numbers that some YAML reads as another type, in any case: 1e5, 0o7, 12:30, 2026-01-02.
_TYPED = re.compile(r"y|n|yes|no|on|off|true|false|null|nil|nan|inf|[\d][\da-fox_.,:+\-tz ]*", re.IGNORECASE)


def markdown(text: str) -> str:
    """Return one line of plain *text* so that kramdown and Liquid print it unchanged."""
    return _MARKDOWN.sub(lambda match: f"&#{ord(match[0])};", text)


def link_text(text: str) -> str:
    """Return *text* for the text of a Markdown link.

    It escapes what could end the link or be markup. It keeps quotes and dots, which kramdown turns into typography.
    """
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)


def yaml_string(text: str) -> str:
    """Return *text* as a double-quoted YAML string."""
    # A JSON string is a YAML string if it holds no control character; normalize() removes those.
    return json.dumps(text, ensure_ascii=False)


@lru_cache(maxsize=4096)
def yaml_tag(text: str) -> str:
    """Return *text* as the value of ``tags``: plain where every YAML reads it as this text, else a list of one string.

    Jekyll splits a plain text at its blanks, as it did in the original; the theme joins it again.
    """
    return text if _is_plain(text) else f"[{yaml_string(text)}]"


@lru_cache(maxsize=4096)
def yaml_category(category: str) -> str:
    """Return *category* as the value of ``categories``, which Jekyll splits at its blanks.

    No category gives an empty value, as in the original.
    """
    if not re.search(r"[ \t]", category):
        return yaml_tag(category) if category else ""
    return category if _is_plain(category) else yaml_string(category)


def _is_plain(text: str) -> bool:
    """Whether every YAML, Ruby's among them, reads *text* without quotes as this text."""
    return bool(_PLAIN.fullmatch(text)) and text == text.strip() and not _TYPED.fullmatch(text)
