"""The notifiers against real servers on loopback: a mail server, and HTTP in the place of Slack's, Telegram's and a hook's."""

import json
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from finews_spider.config.notifiers import Targets
from finews_spider.monitoring import notifiers as notify
from finews_spider.monitoring import spidermon as monitors
from finews_spider.monitoring.checks import Facts
from tests.servers import free_port

HOSTILE = 'it is <!channel> {{ 7*7 }} *down* & "out"'
RUN = {
    "started_at": "2026-03-03T12:00:00+08:00",
    "channels": {},
    "stats": {"finews/store_failed": HOSTILE.replace("is ", "is\n")},
}


def tell(settings, point=lambda _action: None, earlier=()):
    """Let a bad run be told as *settings* say, and return the names of those that told it."""
    actions = notify.actions(Targets.from_settings(settings))
    for action in actions:
        point(action)
    alarms, told = monitors.judge(
        Facts(RUN, earlier, [], {}),
        actions,
        earlier=list(earlier),
        site="news.example",
        run_id="20260303T120000-abcdef",
    )
    assert [alarm.key for alarm in alarms] == ["store_failed::"]
    return told


@contextmanager
def listening(status=200, answer=b'{"ok": true, "members": [{"name": "me", "id": "U1"}]}'):
    """Give a URL, and a list of the path, content type and body of each request to it."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            seen.append((self.path, self.headers["Content-Type"], body))
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815 -- its base class names it

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


def test_a_webhook_gets_json():
    with listening() as (url, seen):
        assert tell({"FINEWS_NOTIFY_WEBHOOK": f"{url}/hooks/1"}) == ["Webhook"]
    ((path, kind, body),) = seen
    assert (path, kind) == ("/hooks/1", "application/json")
    alarm = {"monitor": "store_failed", "channel": "", "text": HOSTILE, "field": ""}
    text = f"finews news.example: {HOSTILE}\n- {HOSTILE}"
    assert json.loads(body) == {"status": "bad", "text": text, "alarms": [alarm], "run": "20260303T120000-abcdef"}


def test_what_was_told_is_not_told_again():
    with listening() as (url, seen):
        tell({"FINEWS_NOTIFY_WEBHOOK": url}, earlier=[{"told": ["store_failed::"], "alarms": []}])
    assert seen == []


def test_slack_gets_plain_text():
    with listening() as (url, seen):

        def point(action):
            action.manager._client.base_url = f"{url}/api/"

        settings = {"SPIDERMON_SLACK_SENDER_TOKEN": "xoxb-1", "SPIDERMON_SLACK_RECIPIENTS": "#news, @me"}
        assert tell(settings, point) == ["Slack"]
    posts = [json.loads(body) for path, _, body in seen if path == "/api/chat.postMessage"]
    assert all("it is &lt;!channel&gt; {{ 7*7 }} *down* &amp;" in post["text"] for post in posts)
    assert [post["channel"] for post in posts] == ["#news", "U1"]


def test_telegram_gets_plain_text(monkeypatch):
    with listening() as (url, seen):
        monkeypatch.setattr(notify._TelegramClient, "api", url)
        settings = {"SPIDERMON_TELEGRAM_SENDER_TOKEN": "1:x", "SPIDERMON_TELEGRAM_RECIPIENTS": "12,34"}
        assert tell(settings) == ["Telegram"]
    assert [path for path, _, _ in seen] == ["/bot1:x/sendMessage"] * 2
    assert [json.loads(body)["chat_id"] for _, _, body in seen] == ["12", "34"]
    assert HOSTILE in json.loads(seen[0][2])["text"]


class Mailbox:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 -- aiosmtpd names it
        self.mails.append(envelope)
        return "250 OK"


@pytest.mark.parametrize("login", [{}, {"SPIDERMON_SMTP_USER": "finews", "SPIDERMON_SMTP_PASSWORD": "geheim"}])
def test_a_mail_by_smtp(login):
    box, logins = Mailbox(), []

    def check(_server, _session, _envelope, _mechanism, data):
        logins.append((data.login, data.password))
        return AuthResult(success=True)

    server = Controller(box, "127.0.0.1", free_port(), authenticator=check, auth_require_tls=False)
    server.start()
    try:
        told = tell(
            {
                "SPIDERMON_SMTP_HOST": "127.0.0.1",
                "SPIDERMON_SMTP_PORT": str(server.port),
                "SPIDERMON_EMAIL_SENDER": "finews@news.example",
                "SPIDERMON_EMAIL_TO": "me@news.example, you@news.example",
                **login,
            }
        )
    finally:
        server.stop()
    assert told == ["Email"]
    assert logins == ([(b"finews", b"geheim")] if login else [])
    (mail,) = box.mails
    assert mail.rcpt_tos == ["me@news.example", "you@news.example"]
    message = message_from_bytes(mail.content, policy=policy.default)
    assert message["Subject"] == f"finews news.example: {HOSTILE}"
    assert HOSTILE in message.get_content()


@pytest.mark.parametrize("status", [None, 500, 302])
def test_one_that_fails_is_one_line_and_holds_up_nobody(status, caplog):
    nowhere = f"http://127.0.0.1:{free_port()}"
    with listening(status or 200) as (url, _):
        hook = url if status else nowhere
        settings = {"FINEWS_NOTIFY_WEBHOOK": hook, "SPIDERMON_SMTP_HOST": "127.0.0.1", "SPIDERMON_SMTP_PORT": "9"}
        settings |= {"SPIDERMON_EMAIL_SENDER": "a@b.example", "SPIDERMON_EMAIL_TO": "a@b.example"}
        told = tell(settings)
    assert told == []
    lines = [record.getMessage() for record in caplog.records if "couldn't tell" in record.getMessage()]
    assert len(lines) == 2
    assert all("\n" not in line for line in lines)


def test_a_monitor_that_breaks_is_said_and_the_others_judge(caplog):
    broken = RUN | {"started_at": None, "pending": 1}
    alarms, _ = monitors.judge(Facts(broken, (), [], {}), ())
    assert [alarm.monitor for alarm in alarms] == ["store_failed"]
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("the monitor nothing_exported")
