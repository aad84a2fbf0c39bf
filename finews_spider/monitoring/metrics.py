"""The store's figures in Prometheus's text format: for a textfile collector after each run, or on standard output.

docs/monitoring.md lists their names and labels. The functions import the library, because other
commands don't need it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from finews_spider.files import open_folders, replace_file
from finews_spider.monitoring.overview import Overview

CHANNELS: Mapping[str, tuple[str, Callable[[Overview, str], float | None]]] = {
    "newest_timestamp_seconds": ("Showtime of the newest article it listed.", lambda o, n: _time(o.states[n].newest)),
    "success_timestamp_seconds": ("When it was last read.", lambda o, n: _time(o.states[n].succeeded_at)),
    "failures": ("Runs in a row that couldn't read it.", lambda o, n: o.states[n].failures),
    "silent_seconds": ("Seconds for which it has been silent.", lambda o, n: o.states[n].silent),
    "longest_silence_seconds": (
        "The longest that it was ever silent.",
        lambda o, n: o.states[n].longest_silence,
    ),
}
"""Each has the name finews_channel_… and a label ``channel``."""
TOTALS = {
    "articles": "Articles in the store.",
    "duplicates": "Articles whose text another article has.",
    "stories": "Stories that several articles tell, which are reprints of one another.",
    "revisions": "Earlier versions of articles.",
    "pending": "Posts that wait for export.",
}
RUN = ("seconds", "requests", "bytes", "new", "revised", "unchanged", "duplicates", "stories", "failed", "lists_failed")
"""Figures of the last run, each with the name finews_last_run_…"""


def text(overview: Overview) -> str:
    """Return the figures as Prometheus reads them."""
    from prometheus_client import generate_latest

    return generate_latest(_registry(overview)).decode()


def write(path: Path, overview: Overview) -> None:
    """Write the figures to the file *path*, which appears whole.

    :raises OSError: the file can't be written.
    """
    with open_folders(path.parent, path.name, create=True) as [folder]:
        replace_file(folder, path.name, text(overview).encode(), f".{path.name}.new")


def _registry(overview: Overview) -> Any:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import GaugeMetricFamily

    def gauge(name: str, help_text: str, rows: Iterable[tuple[list[str], float | None]], *labels: str) -> Any:
        family = GaugeMetricFamily(f"finews_{name}", help_text, labels=labels)
        for values, value in rows:
            if value is not None:
                family.add_metric(values, value)
        return family

    def one(name: str, help_text: str, value: float | None) -> Any:
        return gauge(name, help_text, [([], value)])

    class Collector:
        def collect(self) -> Iterable[Any]:
            for name, help_text in TOTALS.items():
                yield one(f"store_{name}", help_text, getattr(overview.summary, name))
            waiting = [([name], float(count)) for name, count in overview.summary.failed.items()]
            yield gauge("channel_waiting", "Articles that are to be tried again.", waiting, "channel")
            for name, (help_text, value) in CHANNELS.items():
                rows = [([channel], value(overview, channel)) for channel in overview.states]
                yield gauge(f"channel_{name}", help_text, rows, "channel")
            if run := overview.last:
                figures: Mapping[str, Any] = {**run}
                started = datetime.fromisoformat(run["started_at"]).timestamp()
                yield one("last_run_timestamp_seconds", "When the last run began.", started)
                yield one("last_run_exit_code", "Its exit code.", run.get("exit_code"))
                for name in RUN:
                    yield one(f"last_run_{name}", f"{name.capitalize()} of the last run.", figures.get(name))
                causes = [([cause], float(count)) for cause, count in run.get("failures", {}).items()]
                yield gauge("last_run_failures", "What failed in the last run.", causes, "cause")
            yield gauge("alarm", "1 for each alarm of the last run.", _alarms(overview), "monitor", "channel", "field")

    registry = CollectorRegistry()
    registry.register(Collector())
    return registry


def _alarms(overview: Overview) -> list[tuple[list[str], float]]:
    return [([alarm["monitor"], alarm["channel"], alarm["field"]], 1.0) for alarm in overview.alarms]


def _time(time: datetime | None) -> float | None:
    return time.timestamp() if time else None
