"""The program: options, the script, the port, and an orderly end."""
import asyncio
import faulthandler
import logging
import platform
import signal
import socket
import sys
import threading
import time
from typing import Any, List

from . import logs, version
from .face import Face
from .http import Server
from .options import Options, parse, read
from .runner import Here, Pool, Runner, work, worker_flag

log = logging.getLogger("azmlinfsrv")
end_seconds = 30.0
"""How long calls that run may take to finish when the end is asked for."""


def main(argv: List[str]) -> int:
    faulthandler.enable()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    if argv[:1] == [worker_flag]:
        # the end of the pipe is the end of a worker: its parent lets it finish
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        options = read("", 0)
        begin(options)
        return work(int(argv[1]), options)
    options = parse(argv)
    begin(options)
    log.info("Lazurite's driver of scoring scripts %s on Python %s", version, platform.python_version())
    for name, value in (("script", options.entry_script), ("app root", options.app_root), ("model", options.model_dir)):
        log.info("%s: %s", name, value)
    return serve(options)


def begin(options: Options) -> None:
    try:
        logs.set_up(options.app_root, options.entry_script or "", options.log_level)
    except (OSError, ValueError, TypeError) as error:
        print("logging.json cannot be used: %s" % error, file=sys.stderr)
        raise SystemExit(3) from None
    logs.catch_print()


def serve(options: Options) -> int:
    try:
        bound = bind(options.host, options.port)
    except OSError as error:
        log.error("%s:%d cannot be listened on: %s", options.host, options.port, error)
        return 1
    runner: Runner = Pool(options) if options.workers > 1 else Here(options)
    runner.open()
    loop = asyncio.new_event_loop()
    server = Server(Face(options, runner).answer, options.max_body_bytes)
    thread = threading.Thread(target=turn, args=(loop,), daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.open(bound), loop).result()
    ends_at: List[float] = []

    def stop(number: int, frame: Any) -> None:
        if not ends_at:
            ends_at.append(time.monotonic() + end_seconds)
            loop.call_soon_threadsafe(server.stop)
        runner.wake()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("Ready: http://%s:%d/score", *bound.getsockname()[:2])
    runner.serve(lambda: bool(ends_at) and server.stopping and (not server.lines or time.monotonic() > ends_at[0]))
    log.info("The end")
    runner.close()
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5)
    return 3 if runner.failed else 0


def bind(host: str, port: int) -> socket.socket:
    """The port is taken before the script starts, and answers once it has."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((host, port))
    return bound


def turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
