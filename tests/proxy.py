"""A forward proxy on loopback: all the world to who goes through it, and it notes every host that is asked for."""

import http.client
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit


class Proxy:
    """Hands each request, whatever its host, to the server at *url*; HTTPS it refuses.

    :param spoil: given a host and a body, returns the body that is answered instead.
    """

    def __init__(self, url: str, spoil=lambda _host, body: body) -> None:
        self.asked: list[str] = []
        """The host of each request, in order."""
        self.redirects: dict[str, str] = {}
        """Host → the URL that it sends everything on to."""
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urlsplit(self.path)
                host = parts.hostname or self.path
                proxy.asked.append(host)
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
                proxy.asked.append(self.path.rpartition(":")[0])
                self.send_error(502)

            def handle(self):
                with suppress(OSError):  # who was refused hangs up
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
