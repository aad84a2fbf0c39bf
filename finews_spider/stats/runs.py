"""The record of a run: the store keeps it, the checks compare it, and `finews status --json` shows it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from finews_spider.stats import names
from finews_spider.stats.channels import ChannelFigures
from finews_spider.stores.records import RunRecord
from finews_spider.times import SHANGHAI


def run_record(stats: Mapping[str, Any], spider: str, figures: Mapping[str, ChannelFigures]) -> RunRecord:
    """Return the record of a crawl that ends now. `monitoring` adds the exit code, the export and the alarms.

    :param stats: the crawl's; `start_time` and the run's id are among them.
    """
    started = stats["start_time"].astimezone(SHANGHAI)
    own = {name: value for name, value in stats.items() if name.startswith(names.PREFIX)}
    failures = {
        name.removeprefix(names.FAILURES): count for name, count in own.items() if name.startswith(names.FAILURES)
    }
    if names.STORE_FAILED in own:
        failures["store"] = 1
    return RunRecord(
        id=stats[names.RUN],
        spider=spider,
        started_at=started.isoformat(timespec="seconds"),
        seconds=round((datetime.now(SHANGHAI) - started).total_seconds(), 1),
        finish="",
        exit_code=None,
        requests=stats.get("downloader/request_count", 0),
        bytes=stats.get("downloader/response_bytes", 0),
        new=stats.get(names.NEW, 0),
        revised=stats.get(names.REVISED, 0),
        unchanged=stats.get(names.UNCHANGED, 0),
        duplicates=stats.get(names.DUPLICATES, 0),
        stories=stats.get(names.STORIES, 0),
        gone=stats.get(names.GONE, 0),
        failed=stats.get(names.FAILED, 0),
        lists_failed=stats.get(names.LISTS_FAILED, 0),
        failures=failures,
        channels={name: each.record() for name, each in figures.items()},
        stats={name: value for name, value in own.items() if name != names.RUN},
    )
