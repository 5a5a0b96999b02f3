"""Takes down what a scoring script collects: beside each replica it stands in for the service that the Collector of
azureml-ai-monitoring sends to, and adds a line to a file for each thing it gets.

It runs as a child of the replica's server, in the replica's Python, with the standard library alone. It lives as long as
that server does, and answers only when the line is in the file: a server of Lazurite that is down loses nothing.
"""
import argparse
import json
import os
import signal
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, Optional, Tuple

largest = 100 << 20
#: From here on a payload has a file of its own.
apart = 4 << 20
#: Header -> key of a line; what else begins with ce- keeps its name.
keys = {
    "ce-x-request-id": "xrequestid",
    "ce-model-version": "modelversion",
    "ce-collect-data-type": "collectdatatype",
    "ce-agent": "agent",
}
prefix = "azureml.inference."


class Book:
    """Files of one replica."""

    def __init__(self, config: Dict[str, Any], instance: str) -> None:
        self.config = config
        self.instance = instance
        self.lock = threading.Lock()

    def keep(self, name: str, headers: Dict[str, str], body: bytes) -> None:
        sink = self.config["collections"][name]
        seconds = moment(headers.get("ce-time"))
        rolled = time.strftime(self.config["rolled"], time.gmtime(seconds))
        folder = made(sink["folder"], rolled)
        trace = plain(headers.get("trace-id")) or str(uuid.uuid4())
        media = headers.get("content-type", "application/json")
        data, apart_too = self.written(folder, trace, media, body)
        place = sink["uri"].rstrip("/") + "/" + rolled + "/" + trace
        line = {
            "specversion": "1.0",
            "id": trace,
            "source": self.config["source"],
            "type": prefix + name,
            "datacontenttype": media,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)),
        }
        after = {"contentrange": "bytes 0-%d/%d" % (len(body) - 1, len(body)) if body else "bytes */0"}
        if apart_too:
            after["datainblob"] = "true"
        for key, value in headers.items():
            if key in keys:
                after[keys[key]] = value
            elif key.startswith("ce-") and key not in ("ce-time", "ce-type"):
                after.setdefault(key[3:].replace("-", ""), value)
        if "xrequestid" in after:
            after["correlationid"] = after["xrequestid"]
        text = json.dumps(line)[:-1] + ', "data": ' + (json.dumps(place) if data is None else data)
        text += ", " + json.dumps(after)[1:] + "\n"
        self.add(os.path.join(folder, self.instance + ".jsonl"), text.encode("utf-8"))

    def written(self, folder: str, trace: str, media: str, body: bytes) -> Tuple[Optional[str], bool]:
        """JSON of the payload; none, and a file, for one that is large or no text."""
        text = text_of(body) if len(body) <= apart else None
        if text is None:
            self.add(os.path.join(folder, trace), body)
            return None, True
        if "json" in media:
            try:
                json.loads(text)
                return text.replace("\r", " ").replace("\n", " "), False
            except ValueError:
                pass
        return json.dumps(text), False

    def add(self, file: str, what: bytes) -> None:
        """Whole or not at all."""
        with self.lock:
            fd = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                before = os.fstat(fd).st_size
                try:
                    rest = memoryview(what)
                    while rest:
                        rest = rest[os.write(fd, rest) :]
                except OSError:
                    os.ftruncate(fd, before)
                    raise
            finally:
                os.close(fd)


def made(root: str, below: str) -> str:
    folder = os.path.join(root, below)
    top = os.path.realpath(root)
    # of what is not there yet, the part that is
    if os.path.commonpath([top, os.path.realpath(folder)]) != top:
        raise OSError("a link leads out of %s" % root)
    if not os.path.isdir(folder):
        os.makedirs(folder, exist_ok=True)
    return folder


def moment(given: Optional[str]) -> float:
    try:
        seconds = float(given or "")
        return seconds if 0 <= seconds < 1e11 else time.time()
    except ValueError:
        return time.time()


def plain(word: Optional[str]) -> str:
    """An id that can be the name of a file."""
    return "".join(c for c in (word or "") if c.isascii() and (c.isalnum() or c == "-"))[:64]


def text_of(body: bytes) -> Optional[str]:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


class Door(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


class Face(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True
    book: Book

    def do_POST(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            size = int(headers.get("content-length", ""))
        except ValueError:
            size = -1
        if size < 0 or size > largest:
            self.close_connection = True
            return self.answer(413 if size > largest else 411, "the length must be said, and no more than %d" % largest)
        body = self.rfile.read(size)
        if len(body) < size:
            self.close_connection = True
            return None
        name = headers.get("ce-type", "")
        name = name[len(prefix) :] if name.startswith(prefix) else name
        if self.path.partition("?")[0] != "/modeldata/log" or name not in self.book.config["collections"]:
            return self.answer(404, "there is no collection of that name")
        try:
            self.book.keep(name, headers, body)
        except OSError as error:
            print("collect_receiver: %s could not be kept: %s" % (name, error), file=sys.stderr, flush=True)
            return self.answer(507, "it could not be written: %s" % error)
        return self.answer(200, "kept")

    def answer(self, status: int, message: str) -> None:
        text = json.dumps({"message": message}).encode("utf-8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


def watch(parent: int, book: Book) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    with book.lock:
        os._exit(0)


def main() -> None:
    given = argparse.ArgumentParser()
    for name in ("--config", "--instance", "--port-file", "--parent"):
        given.add_argument(name, required=True)
    options = given.parse_args()
    # the server that it belongs to may go on for a while after it was asked to end
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    with open(options.config, encoding="utf-8") as file:
        config = json.load(file)
    Face.book = Book(config, options.instance)
    server = Door(("127.0.0.1", 0), Face)
    threading.Thread(target=watch, args=(int(options.parent), Face.book), daemon=True).start()
    with open(options.port_file + ".new", "w", encoding="utf-8") as file:
        file.write(str(server.server_address[1]))
    os.replace(options.port_file + ".new", options.port_file)
    server.serve_forever()


if __name__ == "__main__":
    main()
