"""What the commands for single articles print."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rich.cells import cell_len

from finews_spider.articles.text import lines_of
from finews_spider.cli.screen import print_line
from finews_spider.codes import label
from finews_spider.config.config import Config
from finews_spider.i18n import Message, _
from finews_spider.items import Article, Listing
from finews_spider.mirror.post import file_of, url_of
from finews_spider.stores.data import plain_value, record
from finews_spider.stores.records import Known, Post
from finews_spider.times import minute


def print_row(post: Post) -> None:
    """Print an article as one line of a list."""
    article = post.article
    print_line(f"{article.info_code}  {_time_of(article)}  {article.title}{_in_brackets(article.media)}")


def figures(post: Post, config: Config, listings: Mapping[str, Listing] | None = None) -> dict[str, Any]:
    """Return an article for JSON: the fields of docs/data.md, its URL, and the channels that list it."""
    made = {name: plain_value(value) for name, value in record(post).items()}
    made |= {"url": _url_of(post, config), "taken_down": post.taken_down}
    if listings is not None:
        made["listings"] = {
            name: {"time": plain_value(row.time), "title": row.title} for name, row in sorted(listings.items())
        }
    return made


def print_text(article: Article) -> None:
    """Print an article's title and text, one line for each paragraph."""
    for line in [article.title, "", *lines_of(article.body)]:
        print_line(line)


def print_article(post: Post, config: Config, listings: Mapping[str, Listing]) -> None:
    """Print what is known of an article besides its text."""
    article = post.article
    print_line(f"{article.info_code} {article.title}")
    taken_down = _("it was taken down") if post.taken_down else ""
    revised = article.revised_at and minute(article.revised_at)
    rows: dict[str, Any] = {
        _("published"): article.published_at and minute(article.published_at),
        _("revised"): revised and _("{time}, revision {number}", time=revised, number=article.revision),
        _("gone upstream"): article.gone_at and minute(article.gone_at),
        _("publication"): article.media,
        _("stocks"): " ".join(article.stocks),
        _("text"): _(", ").join(_marks(article)),
        _("same text as"): article.duplicate_of and label(article.duplicate_of),
        _("listed by"): _(", ").join(sorted(listings)),
        _("first seen"): article.first_seen_at and minute(article.first_seen_at),
        _("upstream"): article.source_url,
        _("post"): taken_down or _file_of(post, config) or _("none yet; `finews export` writes it"),
        "URL": _url_of(post, config),
        _("other URLs"): " ".join(alias.url for alias in post.aliases),
    }
    for name, value in rows.items():
        if value:
            print_line(f"{_padded(name, 13)}  {value}")


def _marks(article: Article) -> list[str]:
    """Return what a reader should know of an article's text."""
    cut = [_("cut: the publisher shows the rest elsewhere")] if article.partial else []
    return [*cut, *([_("found by a program that guesses")] if article.extracted else [])]


FETCHED = {
    "new": Message("{code} is new: {article}"),
    "revised": Message("{code} is revised: {article}"),
    "unchanged": Message("{code} is stored already: {article}"),
}
"""Result → what is said of a link that was fetched."""


def print_story(code: str, story: Sequence[Post]) -> None:
    """Print a line for each of the other articles of a story.

    :param story: its articles, the first one first.
    """
    for post in story:
        article = post.article
        if article.code != code and article.published_at and not post.taken_down:
            name = _("first as") if article.code == article.story else _("reprinted as")
            row = f"{article.info_code} {minute(article.published_at)} {article.media} {article.title}"
            print_line(f"{_padded(name, 13)}  {row}")


class Fetched(NamedTuple):
    """What became of a link that was fetched."""

    code: str
    before: Post | None
    """The article as it was stored before; None: it wasn't."""
    after: Post | None
    """The article as it is stored now; None: it isn't."""
    known: Known | None
    """What the store knows of the article now."""

    @property
    def result(self) -> str:
        """What became of it, in the words of a run's record."""
        if self.known and self.known.taken_down:
            return "taken_down"
        if self.after is None:
            return "failed"
        if self.before is None:
            return "new"
        return "revised" if self.after.article.revision > self.before.article.revision else "unchanged"


def fetched_figures(fetched: Fetched, config: Config) -> dict[str, Any]:
    """Return what became of a link for JSON, with the fields of the article if it is stored."""
    own = {"code": fetched.code, "info_code": label(fetched.code), "result": fetched.result}
    return own | (figures(fetched.after, config) if fetched.after else {})


def print_fetched(fetched: Fetched, config: Config) -> None:
    """Print what became of a link: what came, and where its post is."""
    code, after = label(fetched.code), fetched.after
    if fetched.result == "taken_down":
        print_line(_("{code} was taken down; `finews takedown --undo {code}` lifts that", code=code))
    elif after is None:
        print_line(_("{code} didn't come; `finews fetch {code}` tries again", code=code))
    else:
        article = after.article
        facts = _(", ").join(filter(None, (article.media, _time_of(article), *_marks(article))))
        print_line(_(FETCHED[fetched.result], code=code, article=f"{article.title} ({facts})"))
        if article.duplicate_of and not after.path:
            print_line("  " + _("it has no post: it is the same as {code}", code=label(article.duplicate_of)))
        else:
            name, missing = _padded(_("post"), 4), _("not written")
            print_line(f"  {name}  {_file_of(after, config) or missing}")
            print_line(f"  URL   {_url_of(after, config)}")


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _time_of(article: Article) -> str:
    return minute(article.published_at) if article.published_at else ""


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def _file_of(post: Post, config: Config) -> Path | None:
    return config.mirror_dir / file_of(post) if post.path and not post.taken_down else None


def _url_of(post: Post, config: Config) -> str:
    if not post.path or post.taken_down:
        return ""
    scheme = "https:" if config.site_url.startswith("//") else ""
    return f"{scheme}{config.site_url}{url_of(post.path, post.article, post.category)}"
