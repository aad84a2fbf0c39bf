"""The built site: two folders that take turns, so that a reader never sees half a site.

``FINEWS_SITE_DIR`` is a link to one of them. A publication brings another one up to date, by what changed since that
one was current, and then switches the link. Files that are the same are hard links to each other: a file is always
replaced, never written into, and keeps its time, by which servers and browsers know it. A database beside them,
``.NAME.db``, keeps which source gave which file. A publication that is killed is undone: the next one starts from the
folder that was current.
"""

import filecmp
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Self

from finews_spider.errors import ConfigError, PublishError
from finews_spider.files import ABSENT
from finews_spider.i18n import Message
from finews_spider.publishing.jekyll import Output

SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outputs (source TEXT, path TEXT, PRIMARY KEY (source, path)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outputs_by_path ON outputs (path);
CREATE TABLE IF NOT EXISTS folders (name TEXT PRIMARY KEY, publication INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changed (publication INTEGER, path TEXT, PRIMARY KEY (publication, path)) WITHOUT ROWID;
CREATE TEMPORARY TABLE made (path TEXT, source TEXT, PRIMARY KEY (path, source)) WITHOUT ROWID;
"""
EXTRA = ".nojekyll"
"""A file that keeps GitHub Pages from building the site once more, without the files that begin with ``_``."""
NAMES = ("a", "b", "c")


class SharedPathError(Exception):
    """Two sources give the same file: which of them it is, only one Jekyll that builds all of the site can say."""


class Site:
    """The site's folders, and the database of what they hold. Used by one publication at a time."""

    def __init__(self, link: Path, db: sqlite3.Connection) -> None:
        self.link = link
        self.prefix = f".{link.name}-"
        self.db = db

    @classmethod
    @contextmanager
    def opened(cls, link: Path) -> Iterator[Self]:
        """Give the site of *link*, as the last publication that came to its end left it.

        :raises ConfigError: something else is called *link*.
        :raises PublishError: the database or the link can't be written.
        """
        if os.path.lexists(link) and not (link.is_symlink() and link.readlink().name.startswith(f".{link.name}-")):
            raise ConfigError(
                "FINEWS_SITE_DIR: {name} was not made by finews publish; remove it or name another", name=link.name
            )
        path = link.with_name(f".{link.name}.db")
        try:
            with closing(sqlite3.connect(path)) as db:
                db.executescript(SCHEMA)
                site = cls(link, db)
                if site.current and not (link.is_symlink() and link.readlink().name == site.current.name):
                    site.switch(site.current)
                yield site
        except sqlite3.Error as error:
            raise PublishError("the site's database {file}: {error}; remove it", file=path, error=error) from None
        except OSError as error:
            raise PublishError("the site {link} can't be written: {why}", link=link, why=error.strerror) from None

    @property
    def current(self) -> Path | None:
        """The folder that the link leads to, if it is there and known."""
        name = self.fact("current")
        return self.link.with_name(name) if name and self.link.with_name(name).is_dir() else None

    @property
    def publication(self) -> int:
        """The number of the last publication."""
        return int(self.fact("publication") or 0)

    def fact(self, name: str) -> str:
        """Return what was noted under *name*; empty where nothing was."""
        row = self.db.execute("SELECT value FROM facts WHERE name = ?", [name]).fetchone()
        return row[0] if row else ""

    def note(self, **facts: str) -> None:
        """Note *facts*."""
        with self.db:
            self.db.executemany("REPLACE INTO facts VALUES (?, ?)", facts.items())

    def outputs_of(self, sources: Iterable[str]) -> set[str]:
        """Return the files that *sources* gave."""
        query = "SELECT path FROM outputs WHERE source = ?"
        return {path for source in sources for (path,) in self.db.execute(query, [source])}

    def changed_since(self, publication: int) -> list[str]:
        """Return the files that changed, came or went after that publication."""
        rows = self.db.execute("SELECT DISTINCT path FROM changed WHERE publication > ? ORDER BY path", [publication])
        return [path for (path,) in rows]

    def update(self, pieces: Iterable[list[Output]], sources: set[str], facts: Mapping[str, str]) -> None:
        """Bring the site up to date with what was built of *sources*.

        :param pieces: what each Jekyll wrote.
        :param sources: all that was built or is gone.
        :raises SharedPathError: two files would have the same path.
        """
        before = self.current
        assert before
        outputs = [output for piece in pieces for output in piece]
        now = {output.path: output.file for output in outputs}
        self._check_shared(outputs, sources)
        gone = self.outputs_of(sources) - now.keys()
        differ = {path for path, file in now.items() if not _same(before / path, file)}
        number = self.publication + 1
        with self.db:
            self.db.executemany("REPLACE INTO changed VALUES (?, ?)", [(number, path) for path in differ | gone])
        folder, reached = self._other(before)
        for path in self.changed_since(reached):
            if path in differ:
                _put(folder, path, now[path])
            elif path not in gone and (before / path).is_file():
                _link(before / path, folder, path)
            else:
                _remove(folder, path)
        self.switch(folder)
        with self.db:
            self.db.executemany("DELETE FROM outputs WHERE source = ?", [(source,) for source in sources])
            self.db.executemany("REPLACE INTO outputs VALUES (?, ?)", [output[:2] for output in outputs])
            self._finish(folder, number, facts)

    def _check_shared(self, outputs: Iterable[Output], sources: set[str]) -> None:
        made: dict[str, str] = {}
        for source, path, _ in outputs:
            earlier = {each for (each,) in self.db.execute("SELECT source FROM outputs WHERE path = ?", [path])}
            others = {made.setdefault(path, source), *(earlier - sources)} - {source}
            if others:
                raise SharedPathError(_shared(path, source, min(others)))

    def replace(self, pieces: Iterable[list[Output]], facts: Mapping[str, str]) -> None:
        """Put a site that was built anew in the place of the one before, whose folder stays for who is reading it.

        :param facts: where ``whole`` is empty, several Jekylls built the pieces.
        :raises SharedPathError: two files of several pieces would have the same path.
        """
        before = self.current or (self.link.resolve() if self.link.is_dir() else None)
        folder = self._free(before)
        folder.mkdir(mode=0o755, parents=True)
        (folder / EXTRA).touch()
        number = self.publication + 1
        self.db.execute("DELETE FROM made")
        shared = ""
        for piece in pieces:
            with self.db:
                for output in piece:
                    if other := self.db.execute("SELECT source FROM made WHERE path = ?", [output.path]).fetchone():
                        shared = _shared(output.path, output.source, other[0])
                        if not facts["whole"]:
                            raise SharedPathError(shared)
                    elif before and _same(before / output.path, output.file):
                        _link(before / output.path, folder, output.path)
                    else:
                        _put(folder, output.path, output.file)
                        self.db.execute("REPLACE INTO changed VALUES (?, ?)", [number, output.path])
                    self.db.execute("REPLACE INTO made VALUES (?, ?)", [output.path, output.source])
        with self.db:
            self.db.execute(
                "INSERT OR REPLACE INTO changed SELECT DISTINCT ?, path FROM outputs "
                "WHERE path NOT IN (SELECT path FROM made)",
                [number],
            )
        self.switch(folder)
        with self.db:
            self.db.execute("DELETE FROM outputs")
            self.db.execute("INSERT INTO outputs SELECT source, path FROM made")
            self._finish(folder, number, {**facts, "shared": shared})
        if not facts.get("whole"):
            # Here, where it adds little, for it takes as long as the site is large; the next publication shouldn't.
            self._copied(folder, before)

    def _finish(self, folder: Path, number: int, facts: Mapping[str, str]) -> None:
        """Note that *folder* is current as of publication *number*, and forget what nobody needs."""
        facts = {**facts, "current": folder.name, "publication": str(number)}
        self.db.executemany("REPLACE INTO facts VALUES (?, ?)", facts.items())
        self.db.execute("REPLACE INTO folders VALUES (?, ?)", [folder.name, number])
        names = [name for (name,) in self.db.execute("SELECT name FROM folders ORDER BY publication DESC")][2:]
        self.db.executemany("DELETE FROM folders WHERE name = ?", [(name,) for name in names])
        sent = self.fact("sent").partition(" ")[0]
        (oldest,) = self.db.execute("SELECT min(publication) FROM folders").fetchone()
        self.db.execute("DELETE FROM changed WHERE publication <= ?", [min(oldest, int(sent)) if sent else oldest])

    def _other(self, before: Path) -> tuple[Path, int]:
        """Return a folder that isn't current, and the publication that it shows."""
        query = "SELECT name, publication FROM folders WHERE name <> ? ORDER BY publication DESC"
        for name, publication in self.db.execute(query, [before.name]):
            if self.link.with_name(name).is_dir():
                return self.link.with_name(name), int(publication)
        return self._copied(before), self.publication

    def _copied(self, current: Path, besides: Path | None = None) -> Path:
        """Copy the current folder by hard links into one that is neither it nor *besides*, and return that."""
        folder = self._free(current, besides)
        shutil.copytree(current, folder, symlinks=True, copy_function=_copy)
        with self.db:
            self.db.execute("REPLACE INTO folders VALUES (?, ?)", [folder.name, self.publication])
        return folder

    def _free(self, *used: Path | None) -> Path:
        """Return the path of a folder that isn't one of *used*, with nothing there, and forget what was.

        Forget it first: if we are killed, the next publication must not take a half-made folder for the earlier one.
        """
        folder = next(each for name in NAMES if (each := self.link.with_name(self.prefix + name)) not in used)
        with self.db:
            self.db.execute("DELETE FROM folders WHERE name = ?", [folder.name])
        shutil.rmtree(folder, ignore_errors=True)
        return folder

    def switch(self, folder: Path) -> None:
        """Let the link lead to *folder*, in one step."""
        link = self.link.with_name(f"{self.prefix}link")
        link.unlink(missing_ok=True)
        link.symlink_to(folder.name)
        link.replace(self.link)

    def remove_unknown(self) -> None:
        """Remove folders of earlier publications that no turn needs any more."""
        known = {name for (name,) in self.db.execute("SELECT name FROM folders")}
        for old in self.link.parent.glob(f"{self.prefix}*"):
            if old.name not in known:
                shutil.rmtree(old, ignore_errors=True)


def _shared(path: str, *sources: str) -> str:
    first, second = sorted(sources)
    return Message("{first} and {second} both give {path}", first=first, second=second, path=path)


def _same(before: Path, file: Path) -> bool:
    return before.is_file() and filecmp.cmp(before, file, shallow=False)


def _put(folder: Path, path: str, file: Path) -> None:
    to = _make_way(folder, path)
    try:
        file.replace(to)
    except OSError:  # another disk
        unfinished = to.with_name(f".{to.name}.new")
        shutil.copy2(file, unfinished)
        unfinished.replace(to)


def _link(file: Path, folder: Path, path: str) -> None:
    to = _make_way(folder, path)
    to.unlink(missing_ok=True)
    _copy(str(file), str(to))


def _copy(file: str, to: str) -> None:
    try:
        os.link(file, to, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(file, to)


def _make_way(folder: Path, path: str) -> Path:
    """Return where *path* lies in *folder*, with the folders above it, and without a folder in its place."""
    parts = path.split("/")
    if path.startswith("/") or ".." in parts:
        raise PublishError("Jekyll would write {path!r} outside of the site", path=path)
    above = folder
    for part in parts[:-1]:
        above /= part
        if not above.is_dir():
            above.unlink(missing_ok=True)
            above.mkdir()
    to = folder / path
    if to.is_dir():
        shutil.rmtree(to)
    return to


def _remove(folder: Path, path: str) -> None:
    """Remove a file and the folders that it leaves empty."""
    file = folder / path
    if file.is_dir() and not file.is_symlink():
        return
    with suppress(*ABSENT):
        file.unlink()
    with suppress(OSError):
        for above in file.parents:
            if above == folder:
                return
            above.rmdir()
