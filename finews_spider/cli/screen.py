"""What the commands print: progress on a terminal, tables and lines."""

import dataclasses
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from finews_spider.cli.output import mode, report
from finews_spider.codes import label, publisher_name
from finews_spider.config.channels import Channel
from finews_spider.i18n import _
from finews_spider.items import Article, ArticleRef, ListPage
from finews_spider.logs import print_error, printable
from finews_spider.stats import names as stat_names
from finews_spider.times import minute

if TYPE_CHECKING:  # they load pinyin and lxml, which most commands don't need
    from finews_spider.mirror.exporter import Exported
    from finews_spider.mirror.importer import Imported
    from finews_spider.mirror.verify import Findings
    from finews_spider.stores.changes import Change, Line
    from finews_spider.stores.records import Post, Takedown

out = Console()
err = Console(stderr=True)

FAILED_SHOWN = 100
SHOWN = 10
"""The most articles or rows that a probe shows, and the most files of a kind that verify names."""


def has_bar() -> bool:
    """Return whether anybody sees a progress bar: standard error is a terminal, and not quiet."""
    return not mode.quiet and err.is_interactive and sys.stderr.isatty()


@contextmanager
def progress(what: str, *, shown: bool = True) -> Iterator[Callable[[int, int | None], None]]:
    """Give a function that shows progress, called with done and total, as a bar on standard error if it is a terminal.

    A total of None means that it isn't known. Lines that are printed meanwhile stand above the bar.
    """
    # FORCE_COLOR makes Rich take a pipe for a terminal, and a bar there would be lines without end.
    if not shown or not has_bar():
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    # Rich prints standard output above the bar on standard error. That is right only if both are the terminal.
    with Progress(*columns, console=err, redirect_stdout=out.is_terminal) as bar:
        task = bar.add_task(_(what), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_run(stats: dict[str, Any]) -> None:
    """Print what a crawl did."""
    if mode.quiet or mode.json:
        return

    def count(*names: str) -> str:
        return str(sum(stats.get(name, 0) for name in names))

    table = Table("", "", title=_("This run"), title_justify="left", show_header=False)
    table.add_row(_("new"), count(stat_names.NEW))
    table.add_row(_("revised"), count(stat_names.REVISED))
    table.add_row(_("unchanged"), count(stat_names.LISTED_UNCHANGED, stat_names.UNCHANGED))
    table.add_row(_("failed"), count(stat_names.FAILED))
    if duplicates := stats.get(stat_names.DUPLICATES):
        table.add_row(_("duplicates, without a post"), str(duplicates))
    if not_modified := stats.get(stat_names.LISTS_NOT_MODIFIED):
        table.add_row(_("lists that haven't changed"), str(not_modified))
    if not_due := stats.get(stat_names.LISTS_NOT_DUE):
        table.add_row(_("channels that aren't due"), str(not_due))
    if failed := stats.get(stat_names.LISTS_FAILED):
        table.add_row(_("channels that failed"), str(failed))
    if unreadable := stats.get(stat_names.ROWS_UNREADABLE):
        table.add_row(_("rows that can't be read"), str(unreadable))
    table.add_row(_("requests"), str(stats.get("downloader/request_count", 0)))
    table.add_row(_("seconds"), f"{stats.get('elapsed_time_seconds', 0):.1f}")
    out.print(table)


def print_export(exported: "Exported", folder: Path) -> None:
    """Print the result of an export, and where the posts are."""
    print_failed(exported.failed)
    counts = [_("wrote {count}", count=exported.written)]
    counts += [_("removed {count}", count=exported.removed)] if exported.removed else []
    counts += [_("failed {count}", count=len(exported.failed))] if exported.failed else []
    report("Posts: {counts}; they are in {folder}", counts=_(", ").join(counts), folder=folder / "_posts")


def print_failed(failed: Mapping[str, str]) -> None:
    """Print the articles that failed, each on a line with its reason, but at most FAILED_SHOWN."""
    for code, why in list(failed.items())[:FAILED_SHOWN]:
        print_error("{code} failed: {why}; the other articles go on", code=code, why=why)
    if len(failed) > FAILED_SHOWN:
        print_error("{count} more articles failed", count=len(failed) - FAILED_SHOWN)


def print_import(imported: "Imported") -> None:
    """Print the result of an import, with a line for each file that it couldn't read."""
    for path, reason in imported.unreadable.items():
        err.print(Text(printable(_("{path}: {reason}", path=path, reason=reason))), soft_wrap=True)
    counts = [_("imported {count}", count=imported.new), _("stored already {count}", count=imported.known)]
    counts += [_("other URLs of an article {count}", count=imported.aliases)] if imported.aliases else []
    counts += [_("taken down {count}", count=imported.taken_down)] if imported.taken_down else []
    counts += [_("unreadable {count}", count=len(imported.unreadable))]
    report("Posts: {counts}", counts=_(", ").join(counts))


def print_history(article: Article, changes: "Iterable[Change]", *, taken_down: bool) -> None:
    """Print an article and what each revision changed: deleted text red, added text green, changed words bold."""
    facts = {
        _("published"): article.published_at,
        _("revised"): article.revised_at,
        _("gone upstream since"): article.gone_at,
    }
    parts = [article.media, *(f"{what} {minute(time)}" for what, time in facts.items() if time)]
    parts += [_("the same text as {code}", code=label(article.duplicate_of))] if article.duplicate_of else []
    parts += [_("taken down")] if taken_down else []
    about = _(", ").join(filter(None, parts))
    print_line(f"{article.info_code} {article.title} ({about})")
    if not article.revision:
        print_line(_("It has no revisions"))
    for change in changes:
        out.print()
        revision = _("Revision {number}", number=change.revision)
        print_line(_(", ").join([revision, *([minute(change.shown_at)] if change.shown_at else [])]))
        for line in [*change.title, *change.text]:
            _print_diff(line)
        if not change.text:
            same = _("Title and text are the same; the time or the markup changed")
            print_line(_("The text is the same") if change.title else same)


def _print_diff(line: "Line") -> None:
    colour = {"-": "red", "+": "green", "@": "cyan"}.get(line.sign, "")
    shown = Text(line.sign if line.sign != "@" else "", colour)
    for text, changed in line.pieces:
        shown.append(printable(text), f"bold underline {colour}" if changed else colour)
    out.print(shown, soft_wrap=True)


def print_takedowns(takedowns: "Iterable[Takedown]", posts: "Mapping[str, Post]") -> None:
    """Print a line for each takedown: article, time, title if the article is stored, and reason."""
    count = 0
    for count, each in enumerate(takedowns, 1):  # noqa: B007 -- it is printed below
        title = posts[each.code].article.title if each.code in posts else _("not stored")
        print_line(f"{label(each.code)}  {minute(each.at)}  {title}: {each.reason}")
    print_line(_("Takedowns: {count}", count=count))


def print_findings(findings: "Findings", folder: Path, *, repaired: bool, everything: bool = False) -> None:
    """Print how a mirror differs from its store, with at most SHOWN files of a kind unless *everything* is wanted.

    With `--quiet`, only what a check finds is printed: nothing about a mirror that is right or was repaired.
    """
    kinds = {
        _("missing"): findings.missing,
        _("changed"): findings.changed,
        _("orphaned"): findings.orphaned,
        _("foreign"): findings.foreign,
    }
    print_failed(findings.failed)
    if mode.json or (mode.quiet and (repaired or not findings)):
        return
    for kind, paths in kinds.items():
        shown = len(paths) if everything else SHOWN
        for path in paths[:shown]:
            print_line(_("{kind}: {path}", kind=kind, path=path))
        if len(paths) > shown:
            print_line(_("{kind}: {count} more; --all names them", kind=kind, count=len(paths) - shown))
    counts = _(", ").join(_("{count} {kind}", count=len(paths), kind=kind) for kind, paths in kinds.items())
    print_line(_("{folder}: {right} files are right, {counts}", folder=folder, right=findings.right, counts=counts))
    if findings:
        print_line(_("All of this is repaired") if repaired else _("`finews verify --repair` repairs this"))
    if findings.foreign:
        print_line(_("The store doesn't know foreign posts; they stay, and `finews import` reads them"))


def findings_figures(findings: "Findings", *, repaired: bool) -> dict[str, Any]:
    """Return how a mirror differs from its store for JSON."""
    return {**dataclasses.asdict(findings), "failed": len(findings.failed), "repaired": repaired}


def print_channels(channels: list[Channel]) -> None:
    """Print every channel by publishers, also those that are off, in 80 columns if the names are short."""
    heads = _("channel"), _("kind"), _("layout"), _("on"), _("pages"), _("every"), Column(_("host"), overflow="fold")
    table = Table(*heads, show_edge=False, pad_edge=False)
    groups: dict[str, list[Channel]] = {}
    for channel in channels:
        groups.setdefault(publisher_name(channel.publisher), []).append(channel)
    for name, members in groups.items():
        if len(groups) > 1:
            table.add_row(Text(name, "bold"))
        for channel in members:
            pages, host = f"{channel.pages}×{channel.count}", urlsplit(channel.url).hostname or ""
            enabled = _("yes") if channel.enabled else _("no")
            table.add_row(*map(Text, (channel.name, channel.kind, channel.layout, enabled, pages, channel.every, host)))
        table.add_section()
    _print_wide(table)


def channel_figures(channel: Channel) -> dict[str, Any]:
    """Return a channel for JSON, with the keys of the channels file."""
    own = {each.name: getattr(channel, each.name) for each in dataclasses.fields(channel) if each.name != "json"}
    return own | {"publisher": publisher_name(channel.publisher)}


def print_probe(channel: Channel, page: ListPage) -> None:
    """Print what a run would get from the list of a channel, and what its rows lack."""
    print_line(
        _(
            "{channel.name} answers as a {channel.kind} list. Rows: {rows}, articles: {articles}",
            channel=channel,
            rows=_rows(page),
            articles=len(page.refs),
        )
    )
    if page.links:
        print_line(_("Posts that lead to an article: {count}", count=len(page.links)))
    if page.refs:
        title = Column(_("title"), no_wrap=True, overflow="ellipsis")
        table = Table("infoCode", _("time"), title, _("media"))
        for ref in page.refs[:SHOWN]:
            time = minute(ref.time) if ref.time else ""
            table.add_row(*(Text(printable(cell)) for cell in (ref.info_code, time, ref.title, ref.media)))
        _print_wide(table)
    missing = Table("", "", title=_("What is missing"), title_justify="left", show_header=False)
    for name, count in _missing(page).items():
        missing.add_row(_("articles without {field}", field=name), str(count))
    missing.add_row(_("rows that name no article"), str(len(page.problems)))
    if page.adverts:
        missing.add_row(_("rows that are advertisements"), str(len(page.adverts)))
    out.print(missing)
    for problem in [*page.problems, *page.adverts][:SHOWN]:
        print_line(problem)
    if following := page.cursor or page.next:
        print_line(_("Next page: {following}", following=following))


def probe_figures(channel: Channel, page: ListPage) -> dict[str, Any]:
    """Return what a run would get from the list of a channel for JSON."""
    return {
        "name": channel.name,
        "kind": channel.kind,
        "rows": _rows(page),
        "articles": [_row_figures(ref) for ref in page.refs],
        "missing": _missing(page),
        "links": page.links,
        "problems": page.problems,
        "adverts": page.adverts,
        "next": page.cursor or page.next,
    }


def _row_figures(ref: ArticleRef) -> dict[str, Any]:
    names = ("code", "info_code", "title", "media", "digest", "url", "stocks")
    return {name: getattr(ref, name) for name in names} | {"time": ref.time and ref.time.isoformat()}


def _rows(page: ListPage) -> int:
    return len(page.refs) + len(page.links) + len(page.problems) + len(page.adverts)


def _missing(page: ListPage) -> dict[str, int]:
    """Return field → how many of the page's articles lack it."""
    names = ("title", "time", "media", "digest", "url") if page.refs else ()
    return {name: sum(not getattr(ref, name) for ref in page.refs) for name in names}


def print_line(text: str) -> None:
    """Print *text* as one line, however long."""
    print(printable(text))  # not by Rich, which would write into a progress bar


def _print_wide(table: Table) -> None:
    """Print a table. Without a terminal it may have 120 columns; Rich would take 80."""
    if not out.is_terminal:
        out.width = max(out.width, 120)
    out.print(table)
