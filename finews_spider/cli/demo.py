"""`finews demo`: two runs against the sample upstream, each a `finews run` like that of a cron job."""

import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

from finews_spider.cli.output import mode, say
from finews_spider.errors import ConfigError
from finews_spider.mirror.site import init
from finews_spider.sample import SampleUpstream
from finews_spider.times import SHANGHAI

MARK = ".finews-demo"


def show(folder: Path, articles: int, *, publishers: bool = False) -> int:
    """Run the demo in *folder* and return its exit code.

    :param publishers: with the lists of other publishers, a tenth as many articles in each.
    :raises ConfigError: *folder* has files that aren't of an earlier demo, or can't be written.
    """
    _prepare(folder)
    init(folder / "mirror")  # before the runs, which write its status page
    others = max(articles // 10, 5) if publishers else 0
    with SampleUpstream(articles=articles, newest=datetime.now(SHANGHAI), publishers=others) as upstream:
        channels = folder / "channels.toml"
        channels.write_text(upstream.channels_toml(publishers=publishers), encoding="utf-8")
        say("A sample upstream with {articles} articles answers on {url}.", articles=articles, url=upstream.url)
        if publishers:
            say("It has nine lists of five other publishers too, each with {count} articles.", count=others)
        say("")
        settings = {
            **upstream.settings(),
            "FINEWS_STORE": f"sqlite:///{folder / 'finews.db'}",
            "FINEWS_MIRROR_DIR": str(folder / "mirror"),
            "FINEWS_CHANNELS": str(channels),
            "FINEWS_IMAGES": "local",  # the upstream ends with the demo
        }
        say("First run: the store is empty, everything listed is new.")
        first = _run(settings)
        new, revised = 5, 2
        upstream.advance(new=new, revised=revised)
        say("")
        say(
            "Second run: the upstream published {new} articles more and revised {revised}; only those are fetched.",
            new=new,
            revised=revised,
        )
        if publishers:
            say("So did the other publishers in each of their lists.")
        second = _run(settings)
    say("")
    say("Look at them: jekyll serve -s {mirror} -d {site}", mirror=folder / "mirror", site=folder / "site")
    say("The same with the live channels: make mirror, or finews run")
    return first or second


def _prepare(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise ConfigError(
            "{folder} isn't empty, and no earlier demo made it; choose another folder with --dir", folder=folder
        )
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / MARK).touch()
    except OSError as error:
        raise ConfigError("the folder {folder} can't be written: {why}", folder=folder, why=error.strerror) from None


def _run(settings: dict[str, str]) -> int:
    # The sample upstream is our own and needs no throttling.
    command = [
        sys.executable,
        "-m",
        "finews_spider",
        "run",
        "-s",
        "AUTOTHROTTLE_ENABLED=off",
        "-s",
        "LOG_LEVEL=WARNING",
        *(["--quiet"] if mode.quiet else []),
    ]
    return subprocess.run(command, env=os.environ | settings, check=False).returncode  # noqa: S603
