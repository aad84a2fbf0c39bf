"""The stored articles as data, in JSON lines, CSV or Parquet. docs/data.md says what the fields mean."""

import dataclasses
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from scrapy.exporters import CsvItemExporter, JsonLinesItemExporter

from finews_spider.articles import fields
from finews_spider.errors import ConfigError
from finews_spider.files import unfinished
from finews_spider.items import Article
from finews_spider.stores.base import ArticleStore
from finews_spider.stores.records import ALL, Post, Selection

BATCH = 1000
"""Articles in memory at once, and in a row group of Parquet."""
KEPT = tuple(f.name for f in dataclasses.fields(Article) if f.name not in {"code", "listings", "image_files"})
FIELDS = ("code", "info_code", *KEPT, "path")
TIMES = ("published_at", "revised_at", "first_seen_at", "gone_at")
LISTS = ("stocks", "images")
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is run as a formula by spreadsheets."""

Record = dict[str, Any]
Write = Callable[[list[Record]], None]


def selection(since: str, until: str, media: str, stock: str) -> Selection:
    """Return the articles that the command line asks for; what is empty asks for all.

    :param since: the first day in China, such as ``2026-01-31``; *until*: the last.
    :raises ConfigError: no such day or quote code, or the days are in the wrong order.
    """
    first, last = _day("--since", since), _day("--until", until)
    if first and last and first > last:
        raise ConfigError(f"--since {since} is after --until {until}")
    codes = fields.stocks(stock) if stock else ("",)
    if not codes:
        raise ConfigError(f"--stock {stock!r} is no quote code; write it as 1.600160 or 600160.SH")
    return Selection(first, last + timedelta(days=1) if last else None, media.strip(), codes[0])


def _day(option: str, text: str) -> datetime | None:
    day = fields.time(text) if DAY.fullmatch(text) else None
    if text and not day:
        raise ConfigError(f"{option} {text!r} is no day; write it as 2026-01-31")
    return day


def check(format_: str, output: Path | None) -> None:
    """See that there is such a format and that it can go to *output*, None for standard output.

    :raises ConfigError: it can't.
    """
    if format_ not in WRITERS:
        raise ConfigError(f"--format {format_!r} is none of {', '.join(WRITERS)}")
    if output is None and format_ == "parquet":
        raise ConfigError("--format parquet needs a file; name it with --output")
    # What is renamed onto a device or a pipe would take its place.
    if output and output.exists() and not output.is_file():
        raise ConfigError(f"--output {output} is no file")


async def dump(
    store: ArticleStore, format_: str, output: Path | None, only: Selection, progress: Callable[[int, int | None], None]
) -> int:
    """Write the articles that *only* leaves, but none that is taken down, and return how many those are.

    :param output: a file, which is written whole or not at all, or None for standard output.
    :param progress: called with the articles written, and the number of those stored, where all are asked for.
    :raises ConfigError: the file can't be written, or the format needs what isn't installed.
    :raises BrokenPipeError: nobody reads standard output any more.
    """
    total = (await store.summary(datetime.now().astimezone())).articles if only == ALL else None
    written, after = 0, ""
    with _open(output) as file, WRITERS[format_](file) as write:
        while posts := await store.posts(BATCH, after, only):
            after = posts[-1].article.code
            records = [record(post) for post in posts if not post.taken_down]
            write(records)
            written += len(records)
            progress(written, total)
    return written


def record(post: Post) -> Record:
    """Return the FIELDS of *post*, in order; times are datetimes and collections tuples."""
    article = post.article
    kept = {name: getattr(article, name) for name in KEPT}
    return {"code": article.code, "info_code": article.info_code, **kept, "path": post.path}


@contextmanager
def _open(path: Path | None) -> Iterator[IO[bytes]]:
    if path is None:
        with _standard_output() as file:
            yield file
        return
    target = Path(os.path.realpath(path))  # Path.resolve fails at a circle of links
    with unfinished(target.parent, f".{target.name}", 0o666, f"the file {path}") as partial:
        try:
            with partial.open("wb") as file:
                yield file
            partial.replace(target)
        except OSError as error:
            raise ConfigError(f"the file {path} can't be written", error) from None


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except OSError as error:
        # What is still buffered goes nowhere; else Python would fail on it once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise ConfigError(f"standard output can't be written: {error.strerror}") from None


@contextmanager
def _json_lines(file: IO[bytes]) -> Iterator[Write]:
    exporter = JsonLinesItemExporter(file, encoding="utf-8")  # type: ignore[arg-type]  # any file of bytes will do

    def write(records: list[Record]) -> None:
        for record in records:
            exporter.export_item({name: _text(value) for name, value in record.items()})

    yield write


@contextmanager
def _csv(file: IO[bytes]) -> Iterator[Write]:
    exporter = CsvItemExporter(file, include_headers_line=False, encoding="utf-8")  # type: ignore[arg-type]

    def write(records: list[Record]) -> None:
        for record in records:
            exporter.export_item({name: _cell(value) for name, value in record.items()})

    try:
        # Here, for the exporter would write none where there is no article.
        exporter.csv_writer.writerow(FIELDS)
        yield write
    finally:
        exporter.finish_exporting()


@contextmanager
def _parquet(file: IO[bytes]) -> Iterator[Write]:
    try:
        import pyarrow as pa  # an extra
        from pyarrow.parquet import ParquetWriter
    except ImportError:
        raise ConfigError("--format parquet needs pyarrow: pip install 'finews[parquet]'") from None
    types = dict.fromkeys(TIMES, pa.timestamp("ms", "Asia/Shanghai")) | dict.fromkeys(LISTS, pa.list_(pa.string()))
    types["revision"] = pa.int32()
    schema = pa.schema([(name, types.get(name, pa.string())) for name in FIELDS])
    with ParquetWriter(file, schema, compression="zstd") as writer:
        yield lambda records: writer.write_table(pa.Table.from_pylist(records, schema))


WRITERS: dict[str, Callable[[IO[bytes]], AbstractContextManager[Write]]] = {
    "jsonl": _json_lines,
    "csv": _csv,
    "parquet": _parquet,
}


def _text(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _cell(value: Any) -> Any:
    text = " ".join(value) if isinstance(value, tuple) else _text(value)
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA) else text
