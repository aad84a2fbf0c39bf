"""The notifiers: Spidermon's for Slack and Telegram, and actions of our own for e-mail and a webhook.

Spidermon's messages are Jinja templates, and what we say may quote the upstream: every action here sends its text as
it is. Its action for SMTP needs a running reactor and a password, hence one by smtplib. Needs the extra ``monitors``.
"""

import smtplib
from email.message import EmailMessage
from typing import Any

import requests
from spidermon.contrib.actions.slack import SendSlackMessage
from spidermon.contrib.actions.telegram import SendTelegramMessage, SimplyTelegramClient
from spidermon.core.actions import Action
from spidermon.exceptions import SkipAction

from finews_spider.config.notifiers import EMAIL, SLACK, TELEGRAM, Targets
from finews_spider.monitoring.alerts import Notice, notice

SECONDS = 10
"""How long one who is told may take to answer: a run doesn't wait longer for each."""


class _Telling:
    """What the actions share: they tell a notice, where there is one."""

    data: Any

    def run_action(self) -> None:
        """Tell."""
        if not (said := notice(self.data.alarms, self.data.earlier, self.data.site)):
            raise SkipAction("there is nothing new")
        self.tell(said)

    def tell(self, said: Notice) -> None:
        """Send *said*; whatever is raised is one line in the log."""
        raise NotImplementedError


class Slack(_Telling, SendSlackMessage):  # type: ignore[misc]
    """A message to users (@name) and channels (#name)."""

    def tell(self, said: Notice) -> None:
        text = said.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        self.manager.send_message(to=self.recipients, text=text, link_names=0)


class _TelegramClient(SimplyTelegramClient):  # type: ignore[misc]
    """Sends plain text: Spidermon's puts it unquoted into a URL, as Markdown."""

    api = "https://api.telegram.org"

    def send_message(self, message: str, recipient: str) -> None:
        url = f"{self.api}/bot{self.token}/sendMessage"
        requests.post(url, json={"chat_id": recipient, "text": message}, timeout=SECONDS).raise_for_status()


class Telegram(_Telling, SendTelegramMessage):  # type: ignore[misc]
    """A message of a bot to chats."""

    def tell(self, said: Notice) -> None:
        self.manager._client = _TelegramClient(self.manager._client.token)  # noqa: SLF001 -- there is no other way in
        self.manager.send_message(to=self.recipients, text=said.text)


class Email(_Telling, Action):  # type: ignore[misc]
    """A mail by SMTP."""

    def __init__(self, targets: Targets) -> None:
        super().__init__()
        self.targets = targets

    def tell(self, said: Notice) -> None:
        targets, message = self.targets, EmailMessage()
        message["Subject"] = said.title
        message["From"] = targets.get("SPIDERMON_EMAIL_SENDER")
        message["To"] = ", ".join(targets.many("SPIDERMON_EMAIL_TO"))
        message.set_content(said.text)
        is_ssl = targets.is_on("SPIDERMON_SMTP_ENFORCE_SSL")
        port = int(targets.get("SPIDERMON_SMTP_PORT") or (465 if is_ssl else 25))
        connect = smtplib.SMTP_SSL if is_ssl else smtplib.SMTP
        with connect(targets.get("SPIDERMON_SMTP_HOST"), port, timeout=SECONDS) as server:
            if targets.is_on("SPIDERMON_SMTP_ENFORCE_TLS"):
                server.starttls()
            if user := targets.get("SPIDERMON_SMTP_USER"):
                server.login(user, targets.get("SPIDERMON_SMTP_PASSWORD"))
            server.send_message(message)


class Webhook(_Telling, Action):  # type: ignore[misc]
    """A POST of JSON to a URL."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def tell(self, said: Notice) -> None:
        alarms = [alarm._asdict() for alarm in said.alarms]
        body = {"status": "ok" if said.is_well else "bad", "text": said.text, "alarms": alarms, "run": self.data.run_id}
        answer = requests.post(self.url, json=body, timeout=SECONDS, allow_redirects=False)
        answer.raise_for_status()
        if answer.is_redirect:
            raise requests.HTTPError("it sends on elsewhere, where nothing is told")


def actions(targets: Targets) -> list[Action]:
    """Return an action for each of those that are to be told."""
    found: list[Action] = []
    if targets.get(SLACK[0]):
        name = targets.get("SPIDERMON_SLACK_SENDER_NAME", "finews")
        found.append(Slack(targets.get(SLACK[0]), name, targets.many(SLACK[1])))
    if targets.get(TELEGRAM[0]):
        found.append(Telegram(targets.get(TELEGRAM[0]), targets.many(TELEGRAM[1])))
    if targets.get(EMAIL[0]):
        found.append(Email(targets))
    if webhook := targets.get("FINEWS_NOTIFY_WEBHOOK"):
        found.append(Webhook(webhook))
    return found
