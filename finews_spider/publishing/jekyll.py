"""Jekyll, given the theme and some of a mirror's files at a time."""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from finews_spider.errors import MirrorError, PublishError
from finews_spider.publishing.sources import EXPORTED
from finews_spider.publishing.tools import COLOUR, run_tool, stop_all

PIECE = 1000
"""Files that one Jekyll builds at a time: 150 MB."""
PAUSE_SECONDS = 0.1
OUTPUTS = "_plugins/finews_outputs.rb"
"""A plugin in each piece, by which Jekyll says where it wrote what: site.each_site_file knows permalinks."""
TELL_OUTPUTS = """
require "json"
Jekyll::Hooks.register :site, :post_write do |site|
  File.open(ENV.fetch("FINEWS_OUTPUTS"), "w:UTF-8") do |file|
    site.each_site_file do |item|
      to = item.destination(site.dest)[(site.dest.length + 1)..]
      file.puts(JSON.generate([item.relative_path.delete_prefix("/"), to]))
    end
  end
end
"""
# Jekyll leaves out such a file and ends as if all were well.
UNREAD = re.compile(r"(?:YAML Exception reading|could not read file|Error reading file) (.*)")


class Output(NamedTuple):
    """A file that Jekyll wrote."""

    source: str
    """Path below the mirror folder."""
    path: str
    """Path below the site."""
    file: Path


class Stage:
    """A folder with copies of the theme and of the files to build, in pieces; taken while nobody writes the mirror."""

    def __init__(
        self, mirror: Path, folder: Path, theme: Iterable[str], sources: Iterable[str], size: int | None = PIECE
    ) -> None:
        """Copy all files; those that finews writes by hard links, for it replaces them and never writes into one.

        :param sources: paths below the mirror folder; those that aren't there are passed over.
        :param size: files that one Jekyll builds; None: all.
        :raises MirrorError: one of them is no file.
        :raises OSError: a copy can't be made.
        """
        self.pieces: list[Path] = []
        theme, rest = list(theme), iter(sources)
        while True:
            paths = list(islice(rest, size))
            if not paths and self.pieces:
                break
            piece = folder / f"{len(self.pieces):06}"
            for path in (*theme, *paths):
                _copy(mirror / path, piece / path, may_link=EXPORTED.fullmatch(path) is not None)
            (piece / OUTPUTS).parent.mkdir(parents=True, exist_ok=True)
            (piece / OUTPUTS).write_text(TELL_OUTPUTS, encoding="ascii")
            self.pieces.append(piece)

    def build(self, workers: int, progress: Callable[[int, int], None]) -> Iterator[list[Output]]:
        """Build each piece, so many at a time, and give what each holds.

        :param progress: called with the pieces that are built, and all there are.
        :raises PublishError: Jekyll failed, or left a file out.
        """
        with ThreadPoolExecutor(workers) as pool:
            waiting, running, built = iter(self.pieces), set[Future[list[Output]]](), 0
            try:
                while True:
                    running |= {pool.submit(self._build, piece) for piece in islice(waiting, workers - len(running))}
                    if not running:
                        return
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    for each in done:
                        yield each.result()
                        built += 1
                        progress(built, len(self.pieces))
            except BaseException:
                for each in running:
                    each.cancel()
                stop_all()
                while wait(running, PAUSE_SECONDS).not_done:  # a program that was starting isn't among those stopped
                    stop_all()
                raise

    def _build(self, piece: Path) -> list[Output]:
        out, told = piece.with_suffix(".out"), piece.with_suffix(".json")
        build(piece, out, {"FINEWS_OUTPUTS": str(told)})
        lines = told.read_text(encoding="utf-8").splitlines()
        shutil.rmtree(piece)
        outputs = [Output(source, path, out / path) for source, path in map(json.loads, lines)]
        known = {output.path for output in outputs}
        # What a plugin wrote by itself has no source.
        files = (file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file())
        return [*outputs, *(Output(f"/{path}", path, out / path) for path in files if path not in known)]


def build(source: Path, out: Path, env: dict[str, str]) -> None:
    """Run Jekyll on *source*.

    :param env: what its environment has besides ours.
    :raises PublishError: Jekyll failed, or left out a file that it couldn't read.
    """
    command = ["jekyll", "build", "--source", str(source), "--destination", str(out), "--disable-disk-cache"]
    gemfile = source / "Gemfile"
    if gemfile.is_file():
        command = ["bundle", "exec", *command]
        env = env | {"BUNDLE_GEMFILE": str(gemfile)}
    # Jekyll reads its files in the locale's encoding, which cron leaves at ASCII.
    env = {"LC_ALL": "C.UTF-8", "JEKYLL_ENV": os.environ.get("JEKYLL_ENV", "production")} | env
    if unread := UNREAD.findall(COLOUR.sub("", run_tool(command, "Jekyll", env).stderr)):
        named = "; ".join(line.replace(f"{source}/", "") for line in unread[:3])
        raise PublishError("Jekyll left out what it couldn't read ({count}): {named}", count=len(unread), named=named)


def _copy(source: Path, to: Path, *, may_link: bool) -> None:
    """Copy a file, if it is there; by a hard link where nobody writes into it, and nobody looks at its ctime."""
    to.parent.mkdir(parents=True, exist_ok=True)
    if source.exists() and not source.is_file():
        raise MirrorError("{source} is no file, and Jekyll might wait for it for ever; remove it", source=source)
    if may_link and not source.is_symlink():
        with suppress(OSError):  # another disk, another user's file
            os.link(source, to)
            return
    with suppress(FileNotFoundError):
        shutil.copy2(source, to)
