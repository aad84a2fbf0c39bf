"""Writes the stored articles as JSON lines, CSV or Parquet. docs/data.md describes the fields."""

import os
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from scrapy import Field
from scrapy.exporters import CsvItemExporter, JsonLinesItemExporter

from finews_spider.errors import ConfigError
from finews_spider.files import unfinished
from finews_spider.stores.base import QueryStore
from finews_spider.stores.data import FIELDS, LISTS, TIMES, Record, plain_value, record
from finews_spider.stores.records import ALL, Post, Selection

BATCH = 1000
"""Articles that are in memory at a time. Each batch is a row group of Parquet."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins with one of these as a formula."""

Write = Callable[[list[Record]], None]


def check(format_: str, output: Path | None, *, bom: bool = False) -> None:
    """Check that the format exists and can be written to *output*; None is standard output.

    :param bom: a byte order mark is wanted.
    :raises ConfigError: it doesn't, or can't.
    """
    if format_ not in WRITERS:
        raise ConfigError("--format {name!r} is not one of {known}", name=format_, known=", ".join(WRITERS))
    if bom and format_ != "csv":
        raise ConfigError("--bom is for --format csv")
    if output is None and format_ == "parquet":
        raise ConfigError("--format parquet needs a file; name it with --output")
    # The new file would replace a device or a pipe.
    if output and output.exists() and not output.is_file():
        raise ConfigError("--output {output} is no file", output=output)


async def dump(
    store: QueryStore,
    format_: str,
    output: Path | None,
    only: Selection,
    progress: Callable[[int, int | None], None],
    *,
    bom: bool = False,
    is_wanted: Callable[[Post], bool] = lambda _: True,
) -> int:
    """Write the articles that *only* selects, without those that were taken down, and return their number.

    :param output: a file, which is written whole or not at all; None: standard output.
    :param progress: is called with the number of articles written and, if *only* selects all, of those stored.
    :param is_wanted: leaves out articles that *only* selects; it is called once for each.
    :param bom: begin with a byte order mark, by which Excel knows UTF-8.
    :raises ConfigError: the file can't be written, or a package that the format needs isn't installed.
    :raises BrokenPipeError: the reader of standard output has ended.
    """
    total = (await store.summary(datetime.now().astimezone())).articles if only == ALL else None
    written, after = 0, ""
    with _open(output) as file:
        file.write(BOM_UTF8 if bom else b"")
        with WRITERS[format_](file) as write:
            while posts := await store.posts(BATCH, after, only):
                after = posts[-1].article.code
                records = [record(post) for post in posts if not post.taken_down and is_wanted(post)]
                write(records)
                written += len(records)
                progress(written, total)
    return written


@contextmanager
def _open(path: Path | None) -> Iterator[IO[bytes]]:
    if path is None:
        with _standard_output() as file:
            yield file
        return
    target = Path(os.path.realpath(path))  # Path.resolve fails for links that form a circle
    with unfinished(target.parent, f".{target.name}", 0o666, f"the file {path}") as partial:
        try:
            with partial.open("wb") as file:
                yield file
            partial.replace(target)
        except OSError as error:
            raise ConfigError("the file {path} can't be written", error, path=path) from None


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except OSError as error:
        # The rest of the buffer goes to /dev/null; else Python would fail again when it flushes the buffer at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise ConfigError("standard output can't be written: {why}", why=error.strerror) from None


@contextmanager
def _json_lines(file: IO[bytes]) -> Iterator[Write]:
    exporter = JsonLinesItemExporter(file, encoding="utf-8")  # type: ignore[arg-type]  # any binary file works

    def write(records: list[Record]) -> None:
        for each in records:
            exporter.export_item({name: plain_value(value) for name, value in each.items()})

    yield write


class CsvExporter(CsvItemExporter):
    """Writes lists joined by blanks, and no value that a spreadsheet runs as a formula; Scrapy's feeds use it too."""

    def serialize_field(self, field: Mapping[str, Any] | Field, name: str, value: Any) -> Any:  # noqa: ARG002 -- Scrapy's
        return _cell(field.get("serializer", plain_value)(value))


@contextmanager
def _csv(file: IO[bytes]) -> Iterator[Write]:
    exporter = CsvExporter(file, include_headers_line=False, encoding="utf-8")  # type: ignore[arg-type]

    def write(records: list[Record]) -> None:
        for each in records:
            exporter.export_item(each)

    try:
        # The exporter itself would write no names if there is no article.
        exporter.csv_writer.writerow(FIELDS)
        yield write
    finally:
        exporter.finish_exporting()


@contextmanager
def _parquet(file: IO[bytes]) -> Iterator[Write]:
    try:
        import pyarrow as pa  # needs an extra
        from pyarrow.parquet import ParquetWriter
    except ImportError:
        raise ConfigError("--format parquet needs pyarrow: pip install 'finews[parquet]'") from None
    types = dict.fromkeys(TIMES, pa.timestamp("ms", "Asia/Shanghai")) | dict.fromkeys(LISTS, pa.list_(pa.string()))
    types |= {"revision": pa.int32(), "partial": pa.bool_(), "extracted": pa.bool_()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in FIELDS])
    with ParquetWriter(file, schema, compression="zstd") as writer:
        yield lambda records: writer.write_table(pa.Table.from_pylist(records, schema))


WRITERS: dict[str, Callable[[IO[bytes]], AbstractContextManager[Write]]] = {
    "jsonl": _json_lines,
    "csv": _csv,
    "parquet": _parquet,
}


def _cell(value: Any) -> Any:
    text = " ".join(map(str, value)) if isinstance(value, tuple | list) else plain_value(value)
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA) else text
