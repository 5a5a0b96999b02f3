"""Messages between processes: JSON with its length in front, over a pair of pipes or one socket."""
import hmac
import json
import os
import select
import socket
import struct
import time

LENGTH = struct.Struct(">Q")


class Closed(Exception):
    """The other side is gone."""


class Silent(Exception):
    """Nothing came in time."""


class Link:
    """Reads from one descriptor and writes to another; both are closed with it."""

    def __init__(self, read_fd, write_fd, held=None):
        self.read_fd = read_fd
        self.write_fd = write_fd
        # what has to live as long as the descriptors
        self.held = held

    def send(self, message):
        body = json.dumps(message, separators=(",", ":")).encode("utf-8", "surrogatepass")
        data = memoryview(LENGTH.pack(len(body)) + body)
        try:
            while data:
                data = data[os.write(self.write_fd, data):]
        except OSError as error:
            raise Closed() from error

    def receive(self, until=None):
        """`until` is a time.monotonic(); raises Silent when nothing began to come by then."""
        (length,) = LENGTH.unpack(self._take(LENGTH.size, until))
        return json.loads(self._take(length, until).decode("utf-8", "surrogatepass"))

    def _take(self, size, until):
        parts = []
        while size > 0:
            if until is not None:
                left = until - time.monotonic()
                if left <= 0 or not select.select([self.read_fd], [], [], left)[0]:
                    raise Silent()
            try:
                part = os.read(self.read_fd, min(size, 1 << 20))
            except OSError as error:
                raise Closed() from error
            if not part:
                raise Closed()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def close(self):
        if self.held is not None:
            self.held.close()
            return
        for fd in {self.read_fd, self.write_fd}:
            try:
                os.close(fd)
            except OSError:
                pass


def _proof(key, challenge):
    return hmac.new(key.encode(), challenge.encode(), "sha256").hexdigest()


def accept(sock, key):
    """The side that was called: whoever cannot answer with the key is turned away."""
    link = Link(sock.fileno(), sock.fileno(), sock)
    challenge = os.urandom(16).hex()
    link.send(challenge)
    answer = link.receive(time.monotonic() + 10)
    if not isinstance(answer, str) or not hmac.compare_digest(answer, _proof(key, challenge)):
        link.close()
        raise Closed()
    return link


def connect(address, key):
    sock = socket.create_connection(tuple(address), timeout=10)
    sock.settimeout(None)
    link = Link(sock.fileno(), sock.fileno(), sock)
    link.send(_proof(key, link.receive(time.monotonic() + 10)))
    return link
