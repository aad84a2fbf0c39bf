"""A forward proxy on loopback. It answers for every host, and records each host that is requested."""

import http.client
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Sends each request, whatever its host, to the server at *url*, and refuses HTTPS.

    :param spoil: gets the host and the body of an answer, and returns the body to send instead.
    """

    def __init__(self, url: str, spoil=lambda _host, body: body) -> None:
        self.hosts: list[str] = []
        """The host of each request, in order."""
        self.redirects: dict[str, str] = {}
        """Host → the URL to which the proxy redirects each request for it."""
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urlsplit(self.path)
                host = parts.hostname or self.path
                proxy.hosts.append(host)
                if location := proxy.redirects.get(host):
                    self.send_response(302)
                    self.send_header("Location", location)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                server = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
                server.request("GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
                answer = server.getresponse()
                body = spoil(host, answer.read())
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.getheader("Content-Type", ""))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                server.close()

            do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815

            def do_CONNECT(self):
                proxy.hosts.append(self.path.rpartition(":")[0])
                self.send_error(502)

            def handle(self):
                with suppress(OSError):  # a client that was refused closes the connection
                    super().handle()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
