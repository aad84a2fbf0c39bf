"""Says within seconds that there is no network. A crawl would need half a minute, and name each list that failed."""

import queue
import socket
import threading
import time
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from finews_spider.errors import NetworkError
from finews_spider.i18n import Message

SECONDS = 4.0
"""How long to wait for the first host. A resolver that answers later is of no use to a crawl."""


def check_network(urls: Iterable[str]) -> None:
    """Check that the host of at least one of *urls*, or its proxy, has an address to which this host has a route.

    Nothing is sent to these hosts.

    :raises NetworkError: none has. The message says what to check.
    """
    servers = dict.fromkeys(_server(urlsplit(url)) for url in urls)
    if not servers:
        return
    reason: str = Message("no answer from the resolver")
    answers = queue.SimpleQueue[str]()
    for server in servers:
        # A resolver without a network may take half a minute. A daemon thread doesn't hold up the end of the command.
        threading.Thread(target=_try, args=(server, answers), daemon=True).start()
    end = time.monotonic() + SECONDS
    for _ in servers:
        try:
            reason = answers.get(timeout=max(0, end - time.monotonic()))
        except queue.Empty:
            break
        if not reason:
            return
    host = next(iter(servers))[0]
    hosts = Message("{host} and {others} other hosts", host=host, others=len(servers) - 1) if len(servers) > 1 else host
    raise NetworkError(
        "there is no network: {hosts} can't be reached ({reason}); check the connection, the resolver (DNS), and "
        "http_proxy and https_proxy",
        hosts=hosts,
        reason=reason,
    )


def _server(url: SplitResult) -> tuple[str, int]:
    """Return the host and port to which a request for *url* connects."""
    proxy = getproxies().get(url.scheme, "")
    if proxy and not proxy_bypass(url.hostname or ""):
        url = urlsplit(proxy if "//" in proxy else f"//{proxy}")
    return url.hostname or "", url.port or 80


def _try(server: tuple[str, int], answers: "queue.SimpleQueue[str]") -> None:
    """Put the reason why *server* can't be reached into *answers*; empty: nothing is against it."""
    try:
        for family, kind, _, _, address in socket.getaddrinfo(*server, type=socket.SOCK_DGRAM):
            with socket.socket(family, kind) as made:
                made.connect(address)  # a datagram socket sends nothing: only the route is looked up
                break
    except (OSError, UnicodeError) as error:
        answers.put(getattr(error, "strerror", None) or str(error))
    else:
        answers.put("")
