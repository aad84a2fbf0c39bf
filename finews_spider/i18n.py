"""The language of what a person reads at a terminal: English, or Chinese where FINEWS_LANG or the locale says so.

The code has each message in English, with its values as ``{fields}``; gettext's catalogue in ``locale/`` has the
translations (`make messages`). Logs, records, JSON and files stay English.
"""

import os
import pkgutil
import re
from collections.abc import Collection, Mapping
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import Self

ENGLISH, CHINESE = "en", "zh"
LANGUAGES = (CHINESE, ENGLISH)
"""What FINEWS_LANG may be, besides empty."""
SPAN = re.compile(r"\d+ \w+")
"""A number with its unit."""
CATALOGUE = "locale/zh_CN/LC_MESSAGES/finews.mo"


def language_of(environment: Mapping[str, str]) -> str:
    """Return the first language of the locale that finews has, or English, by the rules of GNU gettext."""
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "C")
    preferred = environment.get("LANGUAGE") or locale
    if re.split("[.@]", locale)[0] in {"C", "POSIX"}:
        return ENGLISH
    for name in preferred.split(":"):
        language, _underscore, territory = re.split("[.@]", name)[0].partition("_")
        if language == ENGLISH or (language == CHINESE and territory in {"", "CN"}):
            return language
    return ENGLISH


def use(language: str) -> None:
    """Show messages in *language* from now on; empty or unknown: in that of the locale."""
    global _catalogue  # noqa: PLW0603 -- a process speaks one language
    if language not in LANGUAGES:
        language = language_of(os.environ)
    _catalogue = _read_catalogue() if language == CHINESE else NullTranslations()


def is_english() -> bool:
    """Return whether messages are shown as the code has them."""
    return not isinstance(_catalogue, GNUTranslations)


class Message(str):
    """A message that is English wherever it is used as text, and can be shown in the user's language by :func:`_`.

    :param template: the message in English, with ``{fields}`` if there are *values*; or a message that has all of it.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        """Make a message. It keeps no error, which would keep alive what its traceback refers to."""
        if isinstance(template, cls):
            if not values:
                return template
            template = template.template
        values = {
            name: message_of(value) if isinstance(value, BaseException) else value for name, value in values.items()
        }
        message = super().__new__(cls, template.format(**values) if values else template)
        message.template, message.values = template, values
        return message


def _(message: str | BaseException, **values: object) -> str:
    """Return a message in the user's language: a template with its *values*, a Message, or the one of an error."""
    message = Message(message_of(message), **values)
    text = _catalogue.gettext(message.template) if message else ""
    return text.format(**_shown(message.values)) if message.values else text


def ngettext(singular: str, plural: str, number: int, **values: object) -> str:
    """Return the form for *number*, which is also the value of ``{number}``, in the user's language."""
    return _catalogue.ngettext(singular, plural, number).format(number=number, **_shown(values))


def recognized(text: str, templates: Collection[str]) -> str:
    """Return the Message that has *text*, which an earlier run or another program made of one of *templates*.

    *text* itself: it was made of none. Values that are a number with its unit are recognized too.
    """
    for template in templates:
        if values := _values(text, template):
            return Message(
                template, **{k: recognized(v, templates) if SPAN.fullmatch(v) else v for k, v in values.items()}
            )
    return text


def _values(text: str, template: str) -> dict[str, str]:
    """Return the values with which *template* gives *text*; empty: none do. This takes linear time."""
    parts = re.split(r"\{(\w+)\}", template)
    literals, names = parts[::2], parts[1::2]
    rest = text[len(literals[0]) : len(text) - len(literals[-1])]
    values = {}
    for name, literal in zip(names, literals[1:-1], strict=False):
        values[name], _literal, rest = rest.partition(literal)
    values[names[-1]] = rest
    return values if template.format(**values) == text else {}


def message_of(error: object) -> str:
    """Return what an error says, as a Message if it has one. Anything else is text."""
    message = getattr(error, "message", None) or next(iter(getattr(error, "args", ())), error)
    return message if isinstance(message, Message) else str(error)


def _shown(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _(value) if isinstance(value, Message) else value for name, value in values.items()}


def _read_catalogue() -> NullTranslations:
    # The package may be in a zipped egg, where gettext.translation() finds no file.
    content = pkgutil.get_data("finews_spider", CATALOGUE)
    return GNUTranslations(BytesIO(content)) if content else NullTranslations()


_catalogue = NullTranslations()
use(os.environ.get("FINEWS_LANG", ""))
