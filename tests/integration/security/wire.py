"""A wire on loopback that is listened to, and on which the other side may misbehave.

Every request is handed on unchanged and both directions are kept. A trick answers in the other
side's place: it quotes back all that it was sent, as badly written servers do in their errors.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer, as bytes."""

    request: bytes
    answer: bytes

    @property
    def line(self) -> str:
        """Method and target."""
        return self.request.partition(b"\r\n")[0].decode(errors="replace")

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.line.split(" ")[1].partition("?")[0]


Trick = Callable[[bytes], bytes]
"""Makes an answer from a request."""


def quoting(status: str, *, error: str = "server_error") -> Trick:
    """Answer an OAuth error whose description is all that was sent."""

    def answer(request: bytes) -> bytes:
        said = request.decode(errors="replace")
        values = {"error": error, "error_description": said, "message": said, "Detail": said}
        return _reply(status, json.dumps(values).encode(), b"application/json")

    return answer


def quoting_one(status: str, pattern: bytes) -> Trick:
    """Answer with a part of the request, its first group, in each field that an error has."""

    def answer(request: bytes) -> bytes:
        found = re.search(pattern, request)
        said = found.group(1).decode() if found else "nothing was sent"
        detail = [{"detail": said, "o:errorCode": said, "message": said}]
        fault = {"Error": [{"Message": said, "Detail": said, "code": said}], "type": said}
        values = {"error": said, "title": said, "o:errorDetails": detail, "Fault": fault}
        return _reply(status, json.dumps(values).encode(), b"application/json")

    return answer


def garbage(request: bytes) -> bytes:
    """Answer no HTTP: the client's own error quotes what it could not read."""
    return b"HTTP/1.1 200 OK\r\n" + request.replace(b"\r\n", b" ") + HEAD_END


def silence(_request: bytes) -> bytes:
    """Close the connection without a word."""
    return b""


def _reply(status: str, body: bytes, content_type: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Content-Type: " + content_type + HEAD_END + body


@dataclass(slots=True)
class Wire:
    """One direction; `target` is a port of this machine."""

    target: int = 0
    port: int = 0
    exchanges: list[Exchange] = field(default_factory=list)
    _tricks: list[tuple[re.Pattern[str], Trick]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def play(self, line: str, trick: Trick) -> None:
        """Answer requests whose first line matches with a trick, until :meth:`behave`."""
        self._tricks.append((re.compile(line), trick))

    async def met(self, line: str, *, since: int) -> None:
        """Wait for a request whose first line matches, after so many exchanges."""
        pattern = re.compile(line)
        while not any(pattern.search(each.line) for each in self.exchanges[since:]):
            self._news.clear()
            await self._news.wait()

    def behave(self) -> None:
        """Hand everything on again."""
        self._tricks.clear()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Wire]:
        """Listen for the block."""
        tasks: set[asyncio.Task[None]] = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _request_of(reader)
            line = request.partition(b"\r\n")[0].decode(errors="replace")
            tricks = (trick for pattern, trick in self._tricks if pattern.search(line))
            trick = next(tricks, None)
            answer = trick(request) if trick else await self._hand_on(request)
            self.exchanges.append(Exchange(request=request, answer=answer))
            self._news.set()
            writer.write(answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _hand_on(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            head, end, body = request.partition(HEAD_END)
            lines = [x for x in head.split(b"\r\n") if not x.lower().startswith(b"connection:")]
            writer.write(b"\r\n".join([*lines, b"Connection: close"]) + end + body)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()


async def _request_of(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(HEAD_END)
    length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
    return head + (await reader.readexactly(int(length.group(1))) if length else b"")
