"""Runs each command in a new process that needn't load Scrapy, which would take a second of processor time.

A process beside the tests, the fork server, loads the libraries once, but no module of finews and no reactor. For each
command it forks a child, which then runs as ``python -m MODULE`` would: with its own folder, environment, arguments,
streams, signals and exit code.
"""

import gc
import importlib
import json
import os
import re
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path

LIBRARIES = (
    *("scrapy.cmdline", "scrapy.core.downloader.handlers.http11", "scrapy.crawler", "scrapy.pipelines.files"),
    *("protego", "scrapy.robotstxt", "scrapy.squeues", "twisted.web.client"),
    *("filelock", "nh3", "pymongo", "pypinyin", "rich.progress", "rich.table", "typer.rich_utils", "yaml", "zoneinfo"),
)
LARGEST = 1024 * 1024
"""The most bytes of a request, which has the arguments and the environment."""


class Command:
    """A running command. Its methods are like those of :class:`subprocess.Popen` with the same names."""

    def __init__(self, arguments: list[str], folder: Path, environment: dict[str, str]) -> None:
        self.args = arguments
        (stdin, stdin_writer), *outward = (os.pipe() for _ in range(4))
        theirs = [stdin, *(write for _, write in outward)]
        request = {"arguments": self.args, "folder": str(folder), "environment": environment}
        socket.send_fds(fork_server()[1], [json.dumps(request).encode()], theirs)
        for descriptor in theirs:
            os.close(descriptor)
        self.stdin = os.fdopen(stdin_writer, "w", encoding="utf-8")
        self.stdout, self.stderr, self._report = (os.fdopen(read, encoding="utf-8") for read, _ in outward)
        self.pid = int(self._report.readline())
        self.returncode: int | None = None
        self._outputs: list[Future[str]] = []

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._report], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            with self._report:
                self.returncode = int(self._report.readline())
        return self.returncode

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def communicate(self, stdin: str = "", timeout: float | None = None) -> tuple[str, str]:
        if not self._outputs:
            pool = ThreadPoolExecutor(2)
            self._outputs = [pool.submit(_all_of, stream) for stream in (self.stdout, self.stderr)]
            pool.shutdown(wait=False)
            with suppress(BrokenPipeError), self.stdin:
                self.stdin.write(stdin)
        end = None if timeout is None else time.monotonic() + timeout
        try:
            out, err = (
                output.result(None if end is None else max(0, end - time.monotonic())) for output in self._outputs
            )
        except TimeoutError:
            raise subprocess.TimeoutExpired(self.args, timeout) from None
        self.wait(None if end is None else max(0, end - time.monotonic()))
        return out, err

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _all_of(stream) -> str:
    with stream:
        return stream.read()


@cache
def fork_server() -> tuple[subprocess.Popen, socket.socket]:
    """Start the fork server, and return it and the socket for requests. It ends when that socket is closed."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
        )
    return process, ours


def close() -> None:
    """End the fork server, if there is one."""
    if fork_server.cache_info().currsize:
        process, control = fork_server()
        control.close()
        process.wait()


def take(control: socket.socket) -> dict | None:
    """Fork for each request. Return the request in the child, with the streams that it brought; return None at the end."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, LARGEST, 4)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not message:
            return None
        if os.fork():
            for descriptor in descriptors:
                os.close(descriptor)
        else:
            control.close()
            if become(*descriptors):
                return json.loads(message)


def become(stdin: int, stdout: int, stderr: int, report: int) -> bool:
    """Fork once more and return True in the child. The parent reports the child's process id and its exit code."""
    if child := os.fork():
        for descriptor in (stdin, stdout, stderr):
            os.close(descriptor)
        os.write(report, f"{child}\n".encode())
        _, status = os.waitpid(child, 0)
        os.write(report, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os._exit(0)
    os.close(report)
    for number, descriptor in enumerate((stdin, stdout, stderr)):
        os.dup2(descriptor, number)
        os.close(descriptor)
    # New objects: those of the fork server remember that its own streams were files that can seek.
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    return True


def load() -> None:
    """Import the libraries, and the components that Scrapy's default settings name."""
    for name in LIBRARIES:
        importlib.import_module(name)
    settings = importlib.import_module("scrapy.settings.default_settings")
    for name in filter(re.compile("(EXTENSIONS|MIDDLEWARES)_BASE$").search, dir(settings)):
        for component in getattr(settings, name):
            importlib.import_module(component.rpartition(".")[0])
    assert "twisted.internet.reactor" not in sys.modules
    assert "finews_spider" not in sys.modules
    gc.freeze()


def main() -> None:
    load()
    with socket.socket(fileno=int(sys.argv[1])) as control:
        request = take(control)
    if request:
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ |= request["environment"]
        sys.argv = request["arguments"]
        sys.path[:1] = [request["folder"], *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
