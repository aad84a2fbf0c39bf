"""The record of a run: what the store keeps of each, monitors compare and `finews status --json` shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from finews_spider.stats.channels import ChannelFigures
from finews_spider.times import SHANGHAI

COUNTS = ("new", "revised", "unchanged", "duplicates", "gone", "failed")


def record(stats: Mapping[str, Any], spider: str, figures: Mapping[str, ChannelFigures]) -> dict[str, Any]:
    """Return the record of a crawl that ends now; what comes after the crawl is added to it later."""
    started = stats["start_time"].astimezone(SHANGHAI)
    cause = "finews/failures/"
    own = {name: value for name, value in stats.items() if name.startswith("finews/")}
    failures = {name.removeprefix(cause): count for name, count in own.items() if name.startswith(cause)}
    if "finews/store_failed" in own:
        failures["store"] = 1
    return {
        "id": stats["finews/run"],
        "spider": spider,
        "started_at": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(SHANGHAI) - started).total_seconds(), 1),
        "finish": "",
        "exit_code": None,
        "requests": stats.get("downloader/request_count", 0),
        "bytes": stats.get("downloader/response_bytes", 0),
        **{name: stats.get(f"finews/articles/{name}", 0) for name in COUNTS},
        "lists_failed": stats.get("finews/lists/failed", 0),
        "failures": failures,
        "channels": {name: each.record() for name, each in figures.items()},
        "stats": {name: value for name, value in own.items() if name != "finews/run"},
    }
