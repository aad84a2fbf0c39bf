"""FINEWS_NOTIFY: the services that are notified of alarms, one URL of Apprise for each."""

import logging
import os
import re
from collections.abc import Mapping
from importlib.util import find_spec
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from finews_spider.errors import ConfigError
from finews_spider.i18n import Message

SECONDS = 10.0
"""How long a service may take to accept a connection, and then to answer."""
SERVICES = "https://appriseit.com/services/"
REPLACED = {
    "FINEWS_NOTIFY_WEBHOOK": "json://HOST/PATH or jsons://HOST/PATH",
    "SPIDERMON_SLACK_": "slack://TOKEN/#CHANNEL",
    "SPIDERMON_TELEGRAM_": "tgram://TOKEN/CHAT_ID",
    "SPIDERMON_EMAIL_": "mailto://USER:PASSWORD@HOST?from=SENDER&to=RECIPIENT",
    "SPIDERMON_SMTP_": "mailto://USER:PASSWORD@HOST?from=SENDER&to=RECIPIENT",
}
"""How the name of a former setting begins → the URL that takes its place."""
READS_FILES = re.compile(r"(?i)[?&]\W*(keyfile|pgp|pgpprv|pgppub|subfile|template|wkd)=")
"""Parameters by which Apprise reads a file, or a URL of another host."""


def notify_urls(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the URLs in FINEWS_NOTIFY.

    :raises ConfigError: Apprise can't use one of them or isn't installed, or a former setting is still set. The message
        holds no secret.
    """
    for name in sorted({*os.environ, *map(str, settings)}):
        if (why := former_setting(name)) and (settings.get(name) or os.environ.get(name)):
            raise ConfigError(why)
    urls = tuple(str(settings.get("FINEWS_NOTIFY") or "").split())
    if urls and not find_spec("apprise"):
        raise ConfigError("FINEWS_NOTIFY needs Apprise: pip install 'finews[notify]'")
    for number, url in enumerate(urls, 1):
        try:
            load_service(url)
        except ConfigError as error:
            raise ConfigError("FINEWS_NOTIFY: URL {number} {error}", number=number, error=error) from None
    return urls


def former_setting(name: str) -> Message | None:
    """Return what takes the place of the setting *name*, if earlier versions had it."""
    url = next((url for start, url in REPLACED.items() if name.startswith(start)), "")
    if not url:
        return None
    return Message("{name} is no longer a setting; remove it and write FINEWS_NOTIFY={url}", name=name, url=url)


def load_service(url: str) -> Any:
    """Return Apprise's service for *url*. It sends to the URL's own host only and reads no file.

    :raises ConfigError: Apprise can't use the URL.
    """
    found = re.match(r"([A-Za-z0-9]{1,20})://", url)
    if not found:
        raise ConfigError("doesn't begin with the name of a service and ://; see {services}", services=SERVICES)
    scheme = found[1].lower()
    if file := READS_FILES.search(unquote(url)):
        raise ConfigError(
            "({scheme}://…) has the parameter {file}, which reads files; finews refuses it", scheme=scheme, file=file[1]
        )
    apprise = _apprise()
    # Without icons, which a recipient would load from GitHub, and without anything that is kept on disk.
    asset = apprise.AppriseAsset(
        app_id="finews",
        app_desc="finews",
        image_url_mask="",
        image_url_logo="",
        image_path_mask=False,
        storage_mode="memory",
        pgp_autogen=False,
        pem_autogen=False,
        service_timeout=0,
    )
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        raise ConfigError(
            "({scheme}://…) isn't one that Apprise can use; see {services}", scheme=scheme, services=SERVICES
        )
    service.redirects = False
    service.socket_connect_timeout = service.socket_read_timeout = SECONDS
    service.request_rate_per_sec = 0  # a notification goes to few recipients, and a run mustn't wait between them
    return service


def _apprise() -> ModuleType:
    """Return Apprise. Its loggers and those of its clients stay silent, because they print tokens and addresses."""
    for name in ("apprise", "oauthlib", "requests_oauthlib", "urllib3"):
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:  # without a handler Python would print warnings by itself
            logger.addHandler(logging.NullHandler())
    import apprise

    return apprise
