"""What the sample upstream does to an answer when it is told to misbehave."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web


@dataclass(slots=True)
class Misbehaviour:
    """What is done to requests whose kind or path matches, so many times, or always."""

    pattern: re.Pattern[str]
    behaviour: str
    times: int | None
    seconds: float


async def misbehave(request: web.Request, body: bytes, bad: Misbehaviour) -> web.StreamResponse:
    """Answer with *body* as *bad* has it, or not at all."""
    if bad.behaviour.isdecimal():
        after = {"Retry-After": f"{bad.seconds:g}"} if bad.behaviour in {"429", "503"} else {}
        return web.Response(status=int(bad.behaviour), headers=after, text="out of order")
    if bad.behaviour == "away":
        raise web.HTTPFound("/a/cnews.html")
    if bad.behaviour == "stall":
        await asyncio.sleep(3600)
    if bad.behaviour == "reset" and request.transport:
        request.transport.abort()
    if bad.behaviour == "half":
        response = web.StreamResponse(headers={"Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        if request.transport:
            request.transport.close()
        return response
    return web.Response(body=SPOILED[bad.behaviour](body), content_type="application/json")


SPOILED: dict[str, Callable[[bytes], bytes]] = {
    "reset": lambda body: body,
    "html": lambda _: b"<html><body>Please try again later</body></html>",
    "cut": lambda body: body[: len(body) // 2],
    "empty": lambda _: b"",
    "gbk": lambda body: body.decode().encode("gb18030"),
    "bom": lambda body: b"\xef\xbb\xbf" + body,
    "null": lambda _: b'{"data": null}',
}
