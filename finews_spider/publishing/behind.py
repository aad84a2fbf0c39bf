"""How far the site is behind the mirror, for `finews status`. Nothing is written, and no lock is taken."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from finews_spider.config.config import Config
from finews_spider.errors import MirrorError
from finews_spider.i18n import Message, message_of
from finews_spider.mirror import journal
from finews_spider.publishing import sources


class Behind(NamedTuple):
    """How far the site is behind."""

    published_at: datetime | None = None
    """When something was last built or sent without an error."""
    waiting: int = 0
    """Files of the mirror that changed since the site was built."""
    is_whole: bool = False
    """Whether the next publication builds, or sends, everything, so that the number of files isn't known."""
    is_unsent: bool = False
    """Whether a site is built that FINEWS_PUBLISH hasn't got yet."""
    error: str = ""
    """Why all this isn't known."""


def behind(config: Config) -> Behind | None:
    """Return how far the site is behind; None where nothing was ever published from this machine and folder."""
    site = config.site_dir.absolute()
    database = site.with_name(f".{site.name}.db")
    if not database.is_file():
        return None
    try:
        facts = _facts(database)
        published_at = datetime.fromisoformat(facts["published"]) if facts.get("published") else None
        return _behind(config, site, facts, published_at)
    except (sqlite3.Error, ValueError) as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_ROLLBACK:
            return Behind(error=Message("a publication was killed; the next one starts again"))
        return Behind(error=Message("{file} can't be read: {why}", file=database, why=error))
    except (MirrorError, OSError) as error:
        return Behind(error=message_of(error))


def _facts(database: Path) -> dict[str, str]:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=1)) as db:
        return dict(db.execute("SELECT name, value FROM facts"))


def _behind(config: Config, site: Path, facts: dict[str, str], published_at: datetime | None) -> Behind:
    mirror, to = config.mirror_dir.resolve(), config.publish
    owned = sources.owned(mirror)
    if to and to.kind == "source":
        since, before, now = facts.get("source", ""), facts.get("source_owned", ""), {**owned.theme, **owned.pages}
        is_whole, is_unsent = facts.get("source_to") != to.digest, False
    else:
        since, before, now = facts.get("journal", ""), facts.get("pages", ""), owned.pages
        current = facts.get("current")
        is_there = bool(current) and site.with_name(current or "").is_dir()
        is_whole = not is_there or bool(sources.differing(facts.get("theme", ""), owned.theme))
        is_unsent = to is not None and facts.get("sent") != f"{facts.get('publication')} {to.digest}"
    changed = journal.read(mirror, journal.Position.read(since)).paths
    if is_whole or changed is None:
        return Behind(published_at, is_whole=True, is_unsent=is_unsent)
    return Behind(published_at, len(changed | sources.differing(before, now)), is_unsent=is_unsent)
