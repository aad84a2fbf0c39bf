"""Sends an alert to the services of FINEWS_NOTIFY, by Apprise.

An alert quotes the upstream, so every service gets it as plain text: Apprise escapes it for those that render HTML or
Markdown, and finews for those of which Apprise doesn't know that they render Markdown.
"""

import logging
from collections.abc import Callable, Sequence
from threading import Thread
from time import monotonic
from typing import Any

from finews_spider.config.notifiers import load_service
from finews_spider.logs import printable, redact
from finews_spider.monitoring.alerts import Alert

logger = logging.getLogger(__name__)

DEADLINE = 20.0
"""Seconds that a run waits for its services, all together: one of them may send its answer byte by byte."""
MARKDOWN = frozenset(f"Notify{name}" for name in ("Discord", "Mattermost", "NextcloudTalk", "ServerChan", "Zulip"))
"""Classes of services that render Markdown where Apprise sends them plain text."""


def send(urls: Sequence[str], alert: Alert) -> bool:
    """Send *alert* to all services at the same time, and log those that fail.

    :return: whether a service took it, or there is none.
    """
    deliveries = [_Delivery(url, alert) for url in urls]
    for delivery in deliveries:
        delivery.start()
    end = monotonic() + DEADLINE
    for delivery in deliveries:
        delivery.join(max(0.0, end - monotonic()))
        if error := delivery.error:
            logger.warning("the alert couldn't be sent to %s: %s", delivery.name, printable(redact(error)))
    return not deliveries or any(not delivery.error for delivery in deliveries)


class _Delivery(Thread):
    """An alert on its way to one service. A daemon, so that a service that hangs doesn't keep the process alive."""

    def __init__(self, url: str, alert: Alert) -> None:
        self.service = load_service(url)
        super().__init__(name=_name(url, self.service), daemon=True)
        self.alert = alert
        self.error = f"it took longer than {DEADLINE:.0f} s"

    def run(self) -> None:
        try:
            self.error = _deliver(self.service, self.alert)
        except Exception as error:  # noqa: BLE001 -- the others are sent
            self.error = f"{type(error).__name__}: {error}"


def _deliver(service: Any, alert: Alert) -> str:
    """Send *alert* to *service*, and return why that failed, or nothing."""
    from apprise import Apprise, NotifyFormat, NotifyType

    sender = Apprise()
    sender.add(service)
    title, lines = alert.title, alert.lines()
    if type(service).__name__ in MARKDOWN:
        lines = list(map(_escape, lines))
        title = title if service.title_maxlen else _escape(title)  # else the title becomes a line of the body
    done = sender.notify(
        title=title,
        body="\n".join(f"- {line}" for line in lines) or title,
        body_format=NotifyFormat.TEXT,
        notify_type=NotifyType.SUCCESS if alert.is_well else NotifyType.FAILURE,
    )
    if done:
        return ""
    reasons = [entry.message for result in done for entry in result.logs()]
    return reasons[-1] if reasons else "Apprise doesn't say why"


def _escape(text: str) -> str:
    from apprise import NotifyFormat
    from apprise.conversion import convert_between

    convert: Callable[..., str] = convert_between
    return convert(NotifyFormat.TEXT, NotifyFormat.MARKDOWN, text)


def _name(url: str, service: Any) -> str:
    """Return a name for the log: the scheme of *url*, and the host unless that is a token."""
    host = str(service.host or "")
    is_host = "host" in service.template_tokens and ("." in host or host == "localhost")
    return f"{url.partition('://')[0]}://{host if is_host else '…'}"
