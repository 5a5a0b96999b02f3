"""HTTP/1.1 of the driver, on a thread of its own: what it accepts is bounded in size and in time, whoever sends it.

A head may take `head_seconds`, a body as long as its size allows at the slowest speed that is tolerated; what could be
read two ways (two lengths, a length beside chunks, folded headers, bare line feeds) is refused.
"""
import asyncio
import logging
import re
import socket
from typing import Any, Awaitable, Callable, List, NamedTuple, Optional, Set

from .message import Headers, Reply, Request, failure

log = logging.getLogger("azmlinfsrv")
most_head_bytes = 65536
most_headers = 200
most_connections = 1024
head_seconds = 20.0
idle_seconds = 650.0
"""Longer than the proxies in front keep a connection, so that they are the ones who close."""
slowest_bytes_a_second = 16384
write_seconds = 60.0
request_line = re.compile(rb"([A-Z]{1,20}) (/[\x21-\x7e\x80-\xff]*|\*) HTTP/1\.([01])")
field_line = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*)")

reasons = {
    100: "Continue", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 304: "Not Modified",
    400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 411: "Length Required",
    413: "Payload Too Large", 415: "Unsupported Media Type", 417: "Expectation Failed",
    422: "Unprocessable Entity", 429: "Too Many Requests", 431: "Request Header Fields Too Large",
    500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
}  # fmt: skip


class Bad(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Head(NamedTuple):
    method: str
    target: str
    headers: Headers
    length: int
    """Of the body; -1 when it comes in chunks."""
    recent: bool
    """Whether it is HTTP/1.1."""
    keep: bool
    expects: bool


class Exchange(NamedTuple):
    """One request that waits for its reply."""

    request: Request
    line: Any

    def gone(self) -> bool:
        """Whether nobody waits for the reply any more."""
        return self.line.reader.at_eof() or self.line.writer.is_closing()


def read_head(raw: bytes, most_body_bytes: int) -> Head:
    """Raises Bad."""
    lines = raw[:-4].split(b"\r\n")
    first = request_line.fullmatch(lines[0])
    if first is None:
        raise Bad(400, "The request line cannot be understood.")
    if len(lines) > most_headers + 1:
        raise Bad(431, "There are more than %d headers." % most_headers)
    headers: Headers = []
    for line in lines[1:]:
        field = field_line.fullmatch(line)
        if field is None:
            raise Bad(400, "A header cannot be understood.")
        name = "-".join(part.capitalize() for part in field[1].decode("ascii").split("-"))
        headers.append((name, field[2].rstrip(b" \t").decode("latin-1")))
    recent = first[3] == b"1"
    asked = [value.lower() for name, value in headers if name == "Connection"]
    words = [word.strip() for value in asked for word in value.split(",")]
    expects = [value.lower() for name, value in headers if name == "Expect"]
    if expects and expects != ["100-continue"]:
        raise Bad(417, "Only 100-continue can be expected.")
    return Head(
        method=first[1].decode(),
        target=first[2].decode("latin-1"),
        headers=headers,
        length=length_of(headers, recent, most_body_bytes),
        recent=recent,
        keep=("close" not in words) if recent else ("keep-alive" in words),
        expects=bool(expects) and recent,
    )


def length_of(headers: Headers, recent: bool, most_body_bytes: int) -> int:
    codings = [value.strip().lower() for name, value in headers if name == "Transfer-Encoding"]
    lengths = [value for name, value in headers if name == "Content-Length"]
    if codings:
        if lengths or codings != ["chunked"] or not recent:
            raise Bad(400, "The length of the body is told in two ways, or in one that is not understood.")
        return -1
    if not lengths:
        return 0
    if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0]):
        raise Bad(400, "Content-Length must be one whole number.")
    if int(lengths[0]) > most_body_bytes:
        raise Bad(413, "The body is larger than %d bytes." % most_body_bytes)
    return int(lengths[0])


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: "Server") -> None:
        self.reader, self.writer, self.server = reader, writer, server
        self.idle = True
        self.recent = True

    async def talk(self) -> None:
        try:
            while await self.once():
                self.idle = True
                if self.server.stopping:
                    break
        except Bad as bad:
            await self.send(failure(bad.status, str(bad)), False, False)
            await self.linger()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, TimeoutError):
            pass
        finally:
            self.writer.close()

    async def once(self) -> bool:
        """One request and its reply; whether another may follow."""
        first = await self.within(idle_seconds, self.reader.read(1))
        if not first:
            return False
        self.idle = False
        try:
            raw = first + await self.within(head_seconds, self.reader.readuntil(b"\r\n\r\n"))
        except asyncio.LimitOverrunError:
            raise Bad(431, "The headers are larger than %d bytes." % most_head_bytes) from None
        if len(raw) > most_head_bytes:
            raise Bad(431, "The headers are larger than %d bytes." % most_head_bytes)
        head = read_head(raw, self.server.most_body_bytes)
        self.recent = head.recent
        body = await self.body(head)
        reply = await self.server.answer(Exchange(Request(head.method, head.target, head.headers, body), self))
        keep = head.keep and not self.server.stopping
        return await self.send(reply, keep, head.method == "HEAD")

    async def body(self, head: Head) -> bytes:
        if head.length == 0:
            return b""
        if head.expects:
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        most = self.server.most_body_bytes
        seconds = head_seconds + (most if head.length < 0 else head.length) / slowest_bytes_a_second
        return await self.within(seconds, self.chunks(most) if head.length < 0 else self.reader.readexactly(head.length))

    async def chunks(self, most: int) -> bytes:
        pieces: List[bytes] = []
        size = 0
        while True:
            try:
                line = await self.reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError:
                raise Bad(400, "A chunk cannot be understood.") from None
            told = re.fullmatch(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*;[^\r\n]{0,1000})?\r\n", line)
            if told is None:
                raise Bad(400, "A chunk cannot be understood.")
            length = int(told[1], 16)
            size += length
            if size > most:
                raise Bad(413, "The body is larger than %d bytes." % most)
            if length == 0:
                break
            pieces.append(await self.reader.readexactly(length))
            if await self.reader.readexactly(2) != b"\r\n":
                raise Bad(400, "A chunk cannot be understood.")
        for _ in range(most_headers):
            if await self.reader.readuntil(b"\r\n") == b"\r\n":
                return b"".join(pieces)
        raise Bad(431, "There are too many trailers.")

    async def within(self, seconds: float, work: Awaitable[bytes]) -> bytes:
        """Waits for bytes; a client that takes longer is told so and loses its connection."""
        timer = asyncio.get_running_loop().call_later(seconds, self.late)
        try:
            return await work
        finally:
            timer.cancel()

    def late(self) -> None:
        if not self.idle:
            self.writer.write(head_of(failure(408, "The request took too long to arrive."), 0, False))
        self.writer.close()
        self.reader.set_exception(ConnectionResetError("too slow"))

    async def send(self, reply: Reply, keep: bool, bodiless: bool) -> bool:
        bodiless = bodiless or reply.status in (204, 304)
        if isinstance(reply.body, bytes):
            head = head_of(reply, len(reply.body), keep)
            self.writer.write(head if bodiless else head + reply.body)
            await self.flush()
            return keep
        # who speaks 1.0 knows no chunks: the end of the connection is the end of the body
        chunked, keep = self.recent, keep and self.recent
        self.writer.write(head_of(reply, None if chunked else -1, keep))
        try:
            async for data in reply.body:
                if data and not bodiless:
                    self.writer.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
                    await self.flush()
        except Exception:
            # what was sent must not look whole
            self.writer.transport.abort()
            return False
        if chunked and not bodiless:
            self.writer.write(b"0\r\n\r\n")
        await self.flush()
        return keep

    async def flush(self) -> None:
        timer = asyncio.get_running_loop().call_later(write_seconds, self.writer.transport.abort)
        try:
            await self.writer.drain()
        finally:
            timer.cancel()

    async def linger(self) -> None:
        """A refusal is read only by a client that may finish what it was sending."""
        left = 1 << 20
        try:
            self.writer.write_eof()
            while left > 0:
                data = await asyncio.wait_for(self.reader.read(65536), 1)
                if not data:
                    return
                left -= len(data)
        except (asyncio.TimeoutError, OSError):
            return


def head_of(reply: Reply, length: Optional[int], keep: bool) -> bytes:
    """`length` None: chunks; -1: until the connection ends."""
    lines = ["HTTP/1.1 %d %s" % (reply.status, reasons.get(reply.status, "Status"))]
    for name, value in reply.headers:
        # a script may not write a second response into its headers
        lines.append(re.sub(r"[\r\n\x00:]", "", name) + ": " + re.sub(r"[\r\n\x00]", " ", value))
    if length is None:
        lines.append("Transfer-Encoding: chunked")
    elif length >= 0:
        lines.append("Content-Length: %d" % length)
    lines.append("Connection: %s" % ("keep-alive" if keep else "close"))
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


class Server:
    """Listens, reads requests and hands them to `answer`. Lives on the loop that opened it."""

    def __init__(self, answer: Callable[[Exchange], Awaitable[Reply]], most_body_bytes: int) -> None:
        self.answer = answer
        self.most_body_bytes = most_body_bytes
        self.lines: Set[Line] = set()
        self.stopping = False
        self.listener: Any = None

    async def open(self, bound: socket.socket) -> None:
        self.listener = await asyncio.start_server(self.accept, sock=bound, limit=most_head_bytes, backlog=1024)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self.lines) >= most_connections or self.stopping:
            writer.close()
            return
        line = Line(reader, writer, self)
        self.lines.add(line)
        try:
            await line.talk()
        except Exception:
            log.error("A connection failed", exc_info=True)
        finally:
            self.lines.discard(line)

    def stop(self) -> None:
        """No more connections; those that wait for nothing end now."""
        self.stopping = True
        if self.listener is not None:
            self.listener.close()
        for line in list(self.lines):
            if line.idle:
                line.writer.close()
