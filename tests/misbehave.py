"""A sample upstream that misbehaves on demand, in ways that a real server could."""

import asyncio
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import repeat

import brotli  # type: ignore[import-untyped]
from aiohttp import web

from finews_spider.sample import SampleUpstream
from tests.images import image

MEGABYTE = bytes(2**20)
LARGE = 100
"""Megabytes."""


@dataclass(slots=True)
class Misbehaviour:
    """What is done to requests whose kind or path matches: *times* times, or always if that is None."""

    pattern: re.Pattern[str]
    behaviour: str
    times: int | None
    seconds: float


class MisbehavingUpstream(SampleUpstream):
    """A sample upstream that treats some requests badly, and answers others with given bodies."""

    def __init__(self, *arguments, **options) -> None:
        super().__init__(*arguments, **options)
        self._misbehaviours: list[Misbehaviour] = []
        self._bodies: list[tuple[re.Pattern[str], bytes]] = []

    def misbehave(self, pattern: str, behaviour: str, times: int | None = None, seconds: float = 1) -> None:
        """Misbehave for requests whose kind is *pattern*, or whose path contains a match of it.

        :param behaviour: a status such as 404, 429, 500 or 503 (429 and 503 with ``Retry-After: seconds``); reset,
            stall, away, ``redirect LOCATION`` or chain (an endless one); or a name of ``RAW``, ``STREAMED`` or
            ``SPOILED``. ``ok`` ends the misbehaviour of *pattern*.
        :param times: how often; None: always.
        """
        with self._lock:
            self._misbehaviours = [each for each in self._misbehaviours if each.pattern.pattern != pattern]
            if behaviour != "ok":
                self._misbehaviours.append(Misbehaviour(re.compile(pattern), behaviour, times, seconds))

    def answers(self, pattern: str, body: bytes) -> None:
        """Answer with *body* if the path contains a match of *pattern*."""
        self._bodies.append((re.compile(pattern), body))

    async def respond(self, request: web.Request, kind: str, body: bytes | None) -> web.StreamResponse:
        given = (given for pattern, given in self._bodies if pattern.search(request.path_qs))
        body = next(given, None) or body
        misbehaviour = self._misbehaviour(kind, request.path_qs)
        if misbehaviour and body is not None:
            return await misbehave(request, body, misbehaviour)
        return await super().respond(request, kind, body)

    def _image(self, request: web.Request) -> bytes | None:
        """Answer with an image. A live chart has a new drawing each time."""
        return image(request.match_info["name"], f"{self.requests['image']}" if "imageType" in request.query else "")

    def _misbehaviour(self, kind: str, path: str) -> Misbehaviour | None:
        with self._lock:
            for each in self._misbehaviours:
                if each.times != 0 and (each.pattern.pattern == kind or each.pattern.search(path)):
                    if each.times:
                        each.times -= 1
                    return each
        return None


async def misbehave(request: web.Request, body: bytes, bad: Misbehaviour) -> web.StreamResponse:
    """Answer with *body* as *bad* requires, or not at all."""
    name, _, location = bad.behaviour.partition(" ")
    if name.isdecimal():
        after = {"Retry-After": f"{bad.seconds:g}"} if name in {"429", "503"} else {}
        return web.Response(status=int(name), headers=after, text="out of order")
    if name == "redirect":
        return _raw(request, f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
    if name == "chain":  # each redirect of it leads to another URL
        hops = int(request.query.get("hop", 0))
        raise web.HTTPFound(request.rel_url.update_query(hop=hops + 1))
    if name == "away":
        raise web.HTTPFound("/a/cnews.html")
    if name == "stall":
        await asyncio.sleep(3600)
    if name == "reset" and request.transport:
        request.transport.abort()
    if name in RAW:
        return _raw(request, RAW[name](body))
    if name in STREAMED:
        return await _stream(request, *STREAMED[name](body))
    headers = {"Content-Encoding": ENCODED[name]} if name in ENCODED else {}
    return web.Response(body=SPOILED[name](body), content_type="application/json", headers=headers)


def _raw(request: web.Request, answer: bytes) -> web.Response:
    """Send *answer* as it is, with its headers, and close the connection."""
    if request.transport:
        request.transport.write(answer)
        request.transport.close()
    return web.Response()


async def _stream(
    request: web.Request, headers: dict[str, str], parts: Iterator[bytes], pause: float
) -> web.StreamResponse:
    """Send one part after the other until the client closes the connection."""
    response = web.StreamResponse(headers=headers)
    try:
        await response.prepare(request)
        for part in parts:
            await response.write(part)
            await asyncio.sleep(pause)
    except ConnectionError:
        pass
    return response


def _with_length(length: int, body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % length + body


@cache
def _deflated(megabytes: int, wbits: int) -> bytes:
    packer = zlib.compressobj(wbits=wbits)
    return b"".join(packer.compress(part) for part in repeat(MEGABYTE, megabytes)) + packer.flush()


@cache
def _brotli(megabytes: int) -> bytes:
    packer = brotli.Compressor(quality=0)
    packed = b"".join(packer.process(part) for part in repeat(MEGABYTE, megabytes)) + packer.finish()
    return bytes(packed)


RAW: dict[str, Callable[[bytes], bytes]] = {
    "half": lambda body: _with_length(len(body), body[: len(body) // 2]),
    "short": lambda body: _with_length(len(body) // 2, body),
    "garbage": lambda _: b"\x00\x1b[2J\xff no HTTP at all\r\n\r\n",
    "status": lambda _: b"HTTP/1.1 twohundred \x1b[31mOK\r\n\r\n",
    "length": lambda body: b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + body,
    "lengths": lambda body: b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n" + body,
    "chunks": lambda body: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + body,
    "half-chunks": lambda body: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body[:9],
    "headers": lambda body: b"HTTP/1.1 200 OK\r\n" + b"X-Much: of it\r\n" * 300_000 + b"\r\n" + body,
    "long-header": lambda body: b"HTTP/1.1 200 OK\r\nX-Long: " + MEGABYTE.replace(b"\0", b"x") + b"\r\n\r\n" + body,
}
"""Name → the whole answer. The client may refuse its headers."""
STREAMED: dict[str, Callable[[bytes], tuple[dict[str, str], Iterator[bytes], float]]] = {
    "large": lambda _: ({"Content-Length": str(LARGE * len(MEGABYTE))}, repeat(MEGABYTE, LARGE), 0),
    "endless": lambda _: ({}, repeat(MEGABYTE, LARGE), 0),
    "trickle": lambda body: ({"Content-Length": str(len(body))}, (body[n : n + 1] for n in range(len(body))), 1),
}
"""Name → headers, parts of the body, seconds between them; without a length the parts are chunks."""
ENCODED = {
    "gzip-bomb": "gzip",
    "deflate-bomb": "deflate",
    "br-bomb": "br",
    "double-bomb": "gzip, gzip",
} | dict.fromkeys(("no-gzip", "cut-gzip"), "gzip")
SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "reset": lambda body: body,
    "html": lambda _: b"<html><body>Please try again later</body></html>",
    "cut": lambda body: body[: len(body) // 2],
    "empty": lambda _: b"",
    "gbk": lambda body: body.decode().encode("gb18030"),
    "bom": lambda body: b"\xef\xbb\xbf" + body,
    "utf-16": lambda body: body.decode().encode("utf-16"),
    "captcha": lambda _: (
        b"<html><body><script src=/aliyun_waf_aa.js></script><div id=aliyunCaptcha></div></body></html>"
    ),
    "null": lambda _: b'{"data": null}',
    "list": lambda _: b"[]",
    "object": lambda _: b"{}",
    "deep": lambda _: b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "steering": lambda _: b'\x1b]0;owned\x07\r\nfinews: all is well\x1b[2J{"a":',
    "gzip-bomb": lambda _: _deflated(LARGE, 31),
    "deflate-bomb": lambda _: _deflated(LARGE, 15),
    "br-bomb": lambda _: _brotli(LARGE),
    "double-bomb": lambda _: gzip.compress(_deflated(10 * LARGE, 31)),
    "no-gzip": lambda body: body,
    "cut-gzip": lambda body: gzip.compress(body)[: len(body) // 4],
}
