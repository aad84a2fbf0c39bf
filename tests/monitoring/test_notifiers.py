"""The services that are notified. Real servers on loopback get what Apprise sends; the other URLs are only parsed."""

import json
import logging
import re
import socket
import threading
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from apprise.plugins.dingtalk import NotifyDingTalk
from apprise.plugins.feishu import NotifyFeishu
from apprise.plugins.serverchan import NotifyServerChan
from apprise.plugins.telegram import NotifyTelegram
from apprise.plugins.wecombot import NotifyWeComBot

from finews_spider.config.notifiers import load_service, notify_urls
from finews_spider.errors import ConfigError
from finews_spider.monitoring import notifiers
from finews_spider.monitoring.alerts import Alert
from finews_spider.monitoring.checks import Alarm
from tests.running import ROOT
from tests.servers import free_port

HOSTILE = 'it is <!channel> @all {{ 7*7 }} *down* & "out" [x](http://evil.example) <b>'
ALERT = Alert(is_well=False, title=f"finews news.example: {HOSTILE}", alarms=[Alarm("store_failed", "", HOSTILE)])
TEXT = f"- {HOSTILE}"


@contextmanager
def listening(status=200, answer=b'{"ok": true, "code": 0}'):
    """Give the address of a server, and a list of the path, content type and body of each request to it."""
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
        try:
            yield f"127.0.0.1:{server.server_port}", seen
        finally:
            server.shutdown()
            thread.join()


def test_json_gets_the_alert_as_it_is():
    with listening() as (address, seen):
        assert notifiers.send([f"json://{address}/hooks/1?:message=text"], ALERT)
    ((path, kind, body),) = seen
    assert (path, kind) == ("/hooks/1", "application/json")
    assert json.loads(body) == {
        "version": "1.0", "type": "failure", "title": ALERT.title, "text": TEXT, "attachments": []
    }  # fmt: skip


def test_all_is_well_is_a_success():
    with listening() as (address, seen):
        assert notifiers.send([f"json://{address}"], Alert(is_well=True, title="all is well", alarms=()))
    assert json.loads(seen[0][2]).items() >= {"type": "success", "message": "all is well"}.items()


def test_bark_gets_the_alert_without_an_icon():
    with listening() as (address, seen):
        assert notifiers.send([f"bark://{address}/geheim"], ALERT)
    ((path, _, body),) = seen
    assert path == "/push"
    assert json.loads(body) == {"device_key": "geheim", "title": ALERT.title, "body": TEXT}


def at(monkeypatch, service, url):
    """Replace the fixed address of a service of Apprise by *url*."""
    monkeypatch.setattr(service, "notify_url", url)


def test_the_robots_of_chats_get_plain_text(monkeypatch):
    with listening() as (address, seen):
        at(monkeypatch, NotifyWeComBot, f"http://{address}/wecom?key={{key}}")
        at(monkeypatch, NotifyDingTalk, f"http://{address}/dingtalk?access_token={{token}}")
        at(monkeypatch, NotifyFeishu, f"http://{address}/feishu/{{token}}/")
        assert notifiers.send(["wecombot://a-1", "dingtalk://b1", "feishu://c-1"], ALERT)
    got = {path: json.loads(body) for path, _, body in seen}
    message = f"{ALERT.title}\r\n{TEXT}"
    assert got["/wecom?key=a-1"] == {"msgtype": "text", "text": {"content": message}}
    assert got["/dingtalk?access_token=b1"]["msgtype"] == "text"
    assert got["/dingtalk?access_token=b1"]["text"] == {"content": message}
    assert got["/feishu/c-1/"] == {"msg_type": "text", "content": {"text": message}}


def test_services_that_render_markdown_or_html_get_it_escaped(monkeypatch):
    with listening() as (address, seen):
        at(monkeypatch, NotifyServerChan, f"http://{address}/{{token}}.send")
        at(monkeypatch, NotifyTelegram, f"http://{address}/bot")
        urls = [
            "schan://SCT1Tabc",
            f"mmost://{address}/3ccdd113474722377935511fc85d3dd4",
            "tgram://12345678:abcdefghijkl/1",
        ]
        assert notifiers.send(urls, ALERT)
        assert notifiers.send([f"json://{address}/sctp1tabc.send?:message=desp&format=markdown"], ALERT)
    got = {path.partition("?")[0]: body.decode() for path, _, body in seen}
    serverchan = {name: value for name, (value,) in parse_qs(got["/SCT1Tabc.send"]).items()}
    assert serverchan["title"] == ALERT.title  # plain text there
    for shown in (serverchan["desp"], json.loads(got["/sctp1tabc.send"])["desp"]):
        assert r"\[x\]\(http://evil\.example\)" in shown
    assert (
        json.loads(got["/hooks/3ccdd113474722377935511fc85d3dd4"])["text"].count(r"\[x\]\(http://evil\.example\)") == 2
    )
    assert json.loads(got["/bot12345678:abcdefghijkl/sendMessage"])["text"].count("&lt;!channel&gt;") == 2


class Mailbox:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 -- aiosmtpd names it
        self.mails.append(envelope)
        return "250 OK"


@pytest.mark.parametrize("login", ["", "finews:geheim@"])
def test_a_mail_by_smtp(login):
    box, logins = Mailbox(), []

    def check(_server, _session, _envelope, _mechanism, data):
        logins.append((data.login, data.password))
        return AuthResult(success=True)

    server = Controller(box, "127.0.0.1", free_port(), authenticator=check, auth_require_tls=False)
    server.start()
    try:
        url = f"mailto://{login}127.0.0.1:{server.port}?from=finews@news.example&to=me@news.example,you@news.example"
        assert notifiers.send([url], ALERT)
    finally:
        server.stop()
    assert set(logins) == ({(b"finews", b"geheim")} if login else set())
    assert [mail.rcpt_tos for mail in box.mails] == [["me@news.example"], ["you@news.example"]]
    message = message_from_bytes(box.mails[0].content, policy=policy.default)
    assert message["Subject"] == ALERT.title
    assert message.get_content_type() == "text/plain"
    assert HOSTILE in message.get_content()


def logged(caplog):
    """Return the lines that finews logged. Only pytest also gets the lines of Apprise."""
    return [record.getMessage() for record in caplog.records if record.name.startswith("finews")]


@pytest.mark.parametrize("status", [None, 500, 302])
def test_a_service_that_fails_is_one_line_without_secrets_and_the_others_are_notified(status, caplog):
    nowhere = f"127.0.0.1:{free_port()}"
    with listening(status or 200) as (bad, _), listening() as (good, seen):
        wrong = f"json://{bad if status else nowhere}/geheim?redirect=yes"
        mail = "mailto://me:geheim@127.0.0.1:9?from=a@b.example&to=a@b.example"
        assert notifiers.send([wrong, mail, f"json://{good}/"], ALERT)
        assert not notifiers.send([wrong, mail], ALERT)
        assert len(seen) == 1
    lines = logged(caplog)
    assert [line.partition(": ")[0] for line in lines] == [
        "the alert couldn't be sent to json://127.0.0.1",
        "the alert couldn't be sent to mailto://127.0.0.1",
    ] * 2
    assert not [line for line in lines if "geheim" in line or "\n" in line]


def test_a_service_that_never_ends_its_answer_delays_no_other(monkeypatch, caplog):
    monkeypatch.setattr(notifiers, "DEADLINE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server, listening() as (good, seen):
        assert notifiers.send([f"json://127.0.0.1:{server.getsockname()[1]}/geheim", f"json://{good}/"], ALERT)
        assert len(seen) == 1
    (line,) = logged(caplog)
    assert line == "the alert couldn't be sent to json://127.0.0.1: it took longer than 0 s"


@pytest.mark.parametrize("url", ["dingtalk://geheimgeheim", "tgram://12345678:geheimgeheim/1", "ntfy://geheimgeheim"])
def test_a_token_is_no_name_for_the_log(url):
    assert notifiers._name(url, load_service(url)) == f"{url.partition(':')[0]}://…"


def test_apprise_and_its_clients_log_nothing():
    records = []

    class Handler(logging.Handler):  # pytest's handler also gets the records of loggers that don't propagate
        def emit(self, record):
            records.append(record)

    handler, level = Handler(), logging.root.level
    logging.root.addHandler(handler)
    logging.root.setLevel(logging.DEBUG)
    try:
        with listening() as (address, _):
            assert not notifiers.send(["json://127.0.0.1:9/geheim"], ALERT)
            assert notifiers.send([f"json://{address}/geheim"], ALERT)
        with pytest.raises(ConfigError):
            load_service("slack://geheim")
    finally:
        logging.root.removeHandler(handler)
        logging.root.setLevel(level)
    assert [record.name for record in records] == ["finews_spider.monitoring.notifiers"]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("geheim", "doesn't begin with the name of a service"),
        ("nosuch://geheim", r"\(nosuch://…\) isn't one that Apprise can use; see https://appriseit.com/services/"),
        ("slack://geheim", r"\(slack://…\) isn't one that Apprise can use"),
        ("https://hooks.example/geheim", r"\(https://…\) isn't one that Apprise can use"),
        ("file:///etc/geheim", r"\(file://…\) isn't one"),
        ("fcm://geheim/x?keyfile=/etc/geheim", "has the parameter keyfile, which reads files"),
        ("discord://geheim/geheim?%74emplate=http://x.example/geheim", "has the parameter template"),
        ("mailto://me:geheim@x.example?PGP=sign", "has the parameter PGP"),
    ],
)
def test_a_wrong_url_is_refused_without_its_secret(url, message):
    with pytest.raises(ConfigError, match=message) as error:
        notify_urls({"FINEWS_NOTIFY": f"json://x.example/ {url}"})
    assert str(error.value).startswith("FINEWS_NOTIFY: URL 2 ")
    assert "geheim" not in str(error.value)


def test_without_apprise_the_setting_names_the_extra(monkeypatch):
    monkeypatch.setattr("finews_spider.config.notifiers.find_spec", lambda _: None)
    assert notify_urls({"FINEWS_NOTIFY": " "}) == ()
    with pytest.raises(ConfigError, match=r"^FINEWS_NOTIFY needs Apprise: pip install 'finews\[notify\]'$"):
        notify_urls({"FINEWS_NOTIFY": "json://x.example"})


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("FINEWS_NOTIFY_WEBHOOK", "json://HOST/PATH"),
        ("SPIDERMON_SLACK_RECIPIENTS", "slack://TOKEN/#CHANNEL"),
        ("SPIDERMON_TELEGRAM_SENDER_TOKEN", "tgram://TOKEN/CHAT_ID"),
        ("SPIDERMON_EMAIL_TO", "mailto://USER:PASSWORD@HOST"),
        ("SPIDERMON_SMTP_PASSWORD", "mailto://USER:PASSWORD@HOST"),
    ],
)
def test_a_former_setting_is_refused_with_what_takes_its_place(monkeypatch, name, url):
    monkeypatch.setenv(name, "")
    assert notify_urls({}) == ()
    expected = f"^{name} is no longer a setting; remove it and write FINEWS_NOTIFY={re.escape(url)}"
    with pytest.raises(ConfigError, match=expected) as error:
        notify_urls({name: "geheim"})
    assert "geheim" not in str(error.value)
    monkeypatch.setenv(name, "geheim")
    with pytest.raises(ConfigError, match=expected):
        notify_urls({})


def test_each_url_in_the_docs_is_one_that_apprise_takes():
    text = (ROOT / "docs/monitoring.md").read_text("utf-8").partition("## Alerts")[2].partition("\n## ")[0]
    urls = [url for url in re.findall(r"`([a-z]+://[^`]+)`", text) if not url.endswith("://")]
    assert {"wecombot", "dingtalk", "feishu", "schan", "barks"} <= {url.partition(":")[0] for url in urls}
    assert notify_urls({"FINEWS_NOTIFY": " ".join(urls)}) == tuple(urls)
