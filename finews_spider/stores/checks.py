"""Checks whether a record is as finews wrote it. A disk error or another program may have changed it."""

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cache, wraps
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

from finews_spider.errors import DamagedRecordError

T = TypeVar("T")
Check = Callable[[Any], bool]


def checked(what: str, key: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Decorate a function that reads a record: it raises DamagedRecordError if the record isn't as finews writes it.

    :param what: what the record is, for the message.
    :param key: the field that identifies the record.
    """

    def decorate(read: Callable[..., T]) -> Callable[..., T]:
        @wraps(read)
        def reading(record: Any, **options: Any) -> T:
            try:
                made = read(record, **options)
                wrong = misfit(made, type(made)) if is_dataclass(made) else ""
            except DamagedRecordError as error:
                if error.record:
                    raise
                wrong = str(error)
            except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
                wrong = f"{type(error).__name__}: {error}"
            if wrong:
                raise DamagedRecordError(wrong, f"{what} {_name(record, key)}")
            return made

        return reading

    return decorate


def sound(made: T) -> T:
    """Return *made*, a dataclass that was made of many records.

    :raises DamagedRecordError: one of its fields isn't of the declared type.
    """
    if wrong := misfit(made, type(made)):
        raise DamagedRecordError(f"something in it isn't as finews writes it: {wrong}")
    return made


def misfit(record: Any, kind: Any) -> str:
    """Return the first field of *record* that isn't of its declared type, and its value; empty if there is none.

    :param kind: the dataclass or TypedDict that declares the types.
    """
    checks = _checks(kind)
    if not is_typeddict(kind):
        return next(
            (f"{name} is {_short(getattr(record, name))}" for name, fits in checks if not fits(getattr(record, name))),
            "",
        )
    if not isinstance(record, dict):
        return f"it is {_short(record)}"
    if absent := kind.__required_keys__ - record.keys():
        return f"{min(absent)} is missing"
    return next(
        (f"{name} is {_short(record[name])}" for name, fits in checks if name in record and not fits(record[name])), ""
    )


def _short(value: Any) -> str:
    return repr(value)[:40]


def _name(record: Any, key: str) -> str:
    try:
        return str(record[key])[:40]
    except (LookupError, TypeError):
        return ""


@cache
def _checks(kind: Any) -> list[tuple[str, Check]]:
    return [(name, _check(hint)) for name, hint in get_type_hints(kind).items()]


def _check(hint: Any) -> Check:
    """Return the function that checks whether a value is of the type *hint*."""
    origin = get_origin(hint)
    if origin is Literal:
        return get_args(hint).__contains__
    if origin is Callable:  # as in a ref that holds its article, which no store keeps
        return callable
    inner = [_check(each) for each in get_args(hint) if each is not Ellipsis]
    if origin in {Union, UnionType}:
        return lambda value: any(fits(value) for fits in inner)
    if origin in {tuple, list}:
        return lambda value: isinstance(value, origin) and all(map(inner[0], value))
    if origin is dict:
        return lambda value: isinstance(value, dict) and all(inner[0](k) and inner[1](v) for k, v in value.items())
    return _plain_check(hint)


def _plain_check(kind: Any) -> Check:
    if kind is Any:
        return lambda _: True
    if kind is float:
        return lambda value: isinstance(value, (int, float))
    if is_typeddict(kind):
        return lambda value: not misfit(value, kind)
    if is_dataclass(kind):
        return lambda value: type(value) is kind and not misfit(value, kind)
    return lambda value: isinstance(value, kind)
