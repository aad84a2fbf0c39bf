"""`python -m finews_spider.sample`: the sample upstream in the foreground, to look at or to crawl by hand."""

import argparse
import sys
import time
from datetime import datetime
from pathlib import Path

from finews_spider.sample.news import SHANGHAI
from finews_spider.sample.server import SampleUpstream


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m finews_spider.sample",
        description="Serve a sample of the upstream on loopback.",
        epilog="Example: python -m finews_spider.sample --articles 200 --port 8765 --channels sample.toml --every 30",
    )
    parser.add_argument("--articles", type=int, default=200, help="articles at first (200)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same articles (1)")
    parser.add_argument("--port", type=int, default=0, help="a free one by default")
    parser.add_argument("--delay", type=float, default=0, help="seconds before each answer (0)")
    parser.add_argument("--channels", type=Path, help="write a channels file for this server here")
    parser.add_argument(
        "--publishers",
        type=int,
        nargs="?",
        const=30,
        default=0,
        help="also serve the lists of other publishers, with so many articles each (30)",
    )
    parser.add_argument("--every", type=float, help="seconds after which articles are published and revised, each time")
    parser.add_argument("--new", type=int, default=3, help="articles published then (3)")
    parser.add_argument("--revised", type=int, default=1, help="articles revised then (1)")
    options = parser.parse_args()
    upstream = SampleUpstream(
        options.articles,
        options.seed,
        newest=datetime.now(SHANGHAI),
        port=options.port,
        delay=options.delay,
        publishers=options.publishers,
    )
    try:
        with upstream:
            _print_settings(upstream, options.channels)
            while True:
                time.sleep(options.every or 3600)
                upstream.advance(new=options.new, revised=options.revised)
    except KeyboardInterrupt:
        pass
    except OSError as error:
        sys.exit(f"finews sample: {error}")


def _print_settings(upstream: SampleUpstream, channels: Path | None) -> None:
    print(f"The sample upstream answers on {upstream.url}; Ctrl-C ends it.")
    for name, value in upstream.settings().items():
        print(f"export {name}='{value}'")
    if channels:
        others = upstream.publishers.count > 0
        channels.write_text(upstream.channels_toml(publishers=others, feeds=others), encoding="utf-8")
        print(f"export FINEWS_CHANNELS={channels}")


if __name__ == "__main__":
    main()
