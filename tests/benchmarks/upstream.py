"""The sample upstream in another process, so that its work isn't measured."""

import asyncio
import multiprocessing
import re
from contextlib import contextmanager
from multiprocessing.connection import Connection

import uvloop

from finews_spider.sample import SampleUpstream


class RemoteUpstream:
    """An upstream in another process. A Runner can use it like the upstream itself."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.url, self._settings, self._channels = pipe.recv()

    def settings(self) -> dict[str, str]:
        return self._settings

    def channels_toml(self) -> str:
        return self._channels

    @property
    def lists(self) -> list[str]:
        """The URLs of its channels."""
        return re.findall('^url = "(.*)"', self._channels, re.MULTILINE)

    def take_requests(self) -> list[str]:
        """Return the URLs that were requested since the last call, in order."""
        self._pipe.send("take_requests")
        return [self.url + path for path in self._pipe.recv()]

    def advance(self, new: int) -> None:
        """Publish so many articles."""
        self._pipe.send(new)


def _serve(pipe: Connection, articles: int, delay: float, count: int, pages: int) -> None:
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    with SampleUpstream(articles, seed=1, delay=delay) as upstream:
        pipe.send((upstream.url, upstream.settings(), upstream.channels_toml(count=count, pages=pages)))
        while wish := pipe.recv():
            if wish == "take_requests":
                pipe.send([path for _, path in upstream.log])
                upstream.reset_counts()
            else:
                upstream.advance(new=wish)


@contextmanager
def remote_upstream(articles: int, delay: float = 0, count: int = 500, pages: int = 10):
    """Give an upstream that answers after *delay* seconds.

    :param count: rows a list page.
    :param pages: pages a channel.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, articles, delay, count, pages), daemon=True)
    process.start()
    try:
        yield RemoteUpstream(ours)
        ours.send(None)
    finally:
        process.join(5)
        process.terminate()
