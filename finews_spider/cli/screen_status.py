"""What `finews status` prints: a table for a person, or JSON for a program."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from finews_spider.cli.screen import out
from finews_spider.i18n import Message, _, ngettext, recognized
from finews_spider.logs import printable, redact
from finews_spider.monitoring.checks import ALARMS
from finews_spider.monitoring.metrics import TOTALS
from finews_spider.monitoring.overview import CHECKED_SPIDER, Overview
from finews_spider.publishing.behind import Behind
from finews_spider.stores.records import ChannelState, RunRecord, has_ended
from finews_spider.times import ago

SHOWN = 10
"""The most runs in the JSON."""


def print_status(overview: Overview, site: Behind | None = None) -> None:
    """Print the channels that are on or were ever polled, the totals of the store, the last run and its alarms.

    The table has 80 columns at most, if the channels' names are short; a channel's trouble is a line below it.

    :param site: how far the site is behind; None where there is no site.
    """
    table = Table(_("channel"), _("last success"), _("today"), _("newest article"), _("to retry"))
    for name in overview.channels:
        state = overview.states.get(name, ChannelState(name))
        cells = (
            name,
            _(ago(state.succeeded_at, overview.now)),
            str(overview.summary.today.get(name, 0)),
            _(ago(state.newest, overview.now)),
            str(overview.summary.failed.get(name, 0)),
        )
        table.add_row(*(Text(printable(cell)) for cell in cells))
    out.print(table)
    for name in overview.channels:
        state = overview.states.get(name, ChannelState(name))
        if state.failures:
            _line(_("Trouble with {state.name}, {state.failures} in a row: {state.error}", state=state))
    out.print(
        _(
            "{summary.articles} articles, {summary.duplicates} of them duplicates; stories with reprints: "
            "{summary.stories}; {summary.revisions} earlier versions; {summary.pending} posts wait for export",
            summary=overview.summary,
        )
    )
    if overview.runs:
        _line(_shown_run(overview.runs[0]))
    else:
        _line(_("No run yet: `finews run` makes the first one"))
    if site:
        _line(_("Site: {state}", state=_shown_site(site, overview.now)))
    for alarm in overview.alarms:
        why = recognized(alarm["text"], ALARMS)
        _line(_("Alarm {alarm[monitor]}: {why}", alarm=alarm, why=why), "bold red")


def _shown_run(run: RunRecord) -> str:
    seconds = run.get("seconds", 0)
    began = _("Last run: {run[spider]} at {run[started_at]}, {seconds} s", run=run, seconds=seconds)
    return began if has_ended(run) else _("{run}; it hasn't ended: it is writing posts, or was killed", run=began)


def _shown_site(site: Behind, now: datetime) -> str:
    if site.error:
        return _(site.error)
    if site.is_whole:
        state = _("all of it waits to be published")
    elif site.waiting:
        state = ngettext(
            "{number} changed file waits to be published", "{number} changed files wait to be published", site.waiting
        )
    else:
        state = _("built, but not sent yet") if site.is_unsent else _("up to date")
    return _("{state}, last published {ago}", state=state, ago=ago(site.published_at, now))


def _line(text: str, style: str = "") -> None:
    out.print(Text(printable(redact(text)), style), soft_wrap=True)


def as_json(overview: Overview, site: Behind | None = None) -> dict[str, Any]:
    """Return everything in the table and more. The keys stay as docs/monitoring.md has them."""
    return {
        "now": _iso(overview.now),
        "monitors": True,  # earlier versions could run without checks
        "alarms": overview.alarms,
        **{name: getattr(overview.summary, name) for name in TOTALS},
        "site": _site(site) if site else None,
        "channels": [_channel(overview, name) for name in overview.channels],
        "runs": [run_figures(run) for run in overview.runs[:SHOWN]],
    }


def _site(site: Behind) -> dict[str, Any]:
    return {
        "waiting": None if site.is_whole or site.error else site.waiting,
        "whole": site.is_whole,
        "unsent": site.is_unsent,
        "published_at": _iso(site.published_at),
        "error": redact(site.error),
    }


def _channel(overview: Overview, name: str) -> dict[str, Any]:
    state = overview.states.get(name, ChannelState(name))
    times = {key: _iso(getattr(state, key)) for key in ("asked_at", "succeeded_at", "newest")}
    figures = {key: value for key, value in asdict(state).items() if key not in {"name", "validators", *times}}
    return {
        "name": name,
        "enabled": name in overview.enabled,
        "today": overview.summary.today.get(name, 0),
        "waiting": overview.summary.failed.get(name, 0),
        **times,
        **figures,
        "error": redact(state.error),
    }


def run_figures(run: RunRecord) -> dict[str, Any]:
    """Return a run's record for JSON. The keys stay as docs/monitoring.md has them."""
    return {name: value for name, value in run.items() if name not in {"notified", "told"}}


def _iso(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None


def why_unwell(overview: Overview, max_age: int) -> Message | None:
    """Return why the last run isn't good: it failed, or began more than *max_age* minutes ago. None: it is good.

    The last run here is the last one that ended: a newer one may be under way, or was killed.
    """
    if not overview.last:
        return Message("there is no run yet")
    run = next((run for run in overview.runs if run["spider"] == CHECKED_SPIDER and has_ended(run)), None)
    if run is None:
        return Message("no run has ended yet")
    age = (overview.now - datetime.fromisoformat(run["started_at"])).total_seconds() / 60
    if age > max_age:
        return Message("the last run began {minutes:.0f} min ago", minutes=age)
    return Message("the last run exited with {code}", code=run["exit_code"]) if run["exit_code"] else None
