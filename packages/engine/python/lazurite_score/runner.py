"""Who calls the script: the main thread of this process, or processes with a script each."""
import asyncio
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Connection, Pipe
from typing import Any, Callable, Dict, List, Optional

from . import swagger
from .http import Exchange, write_seconds
from .message import Reply, Request, failure
from .options import Options
from .script import Script, boot

log = logging.getLogger("azmlinfsrv")
worker_flag = "--worker-of"


class Ticket:
    """A request on its way to the script. Made on the loop of HTTP; settled by whoever calls the script."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.loop = asyncio.get_running_loop()
        self.future: "asyncio.Future[Reply]" = self.loop.create_future()
        self.pieces: "asyncio.Queue[Any]" = asyncio.Queue(8)
        self.left = False

    def settle(self, reply: Reply) -> None:
        """Hands over the reply; of one in pieces, every piece, before it returns."""
        if isinstance(reply.body, bytes):
            self.tell(reply)
            return
        self.tell(reply._replace(body=self.stream()))
        end: Any = None
        try:
            for piece in reply.body:
                if self.left or not self.put(piece):
                    break
        except BaseException as error:
            log.error("What run() returned failed on its way", exc_info=True)
            end = RuntimeError(str(error))
        finally:
            getattr(reply.body, "close", lambda: None)()
        self.put(end)

    def tell(self, reply: Reply) -> None:
        self.loop.call_soon_threadsafe(lambda: None if self.future.done() else self.future.set_result(reply))

    def put(self, piece: Any) -> bool:
        try:
            asyncio.run_coroutine_threadsafe(self.pieces.put(piece), self.loop).result(write_seconds + 5)
            return True
        except Exception:
            return False

    async def stream(self) -> Any:
        try:
            while True:
                piece = await self.pieces.get()
                if piece is None:
                    return
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.left = True
            while not self.pieces.empty():
                self.pieces.get_nowait()


class Runner:
    """Takes requests in their order. `ask` is for the loop of HTTP, `serve` for the main thread."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.waiting: "queue.SimpleQueue[Optional[Ticket]]" = queue.SimpleQueue()
        self.swagger: Dict[str, Any] = {}
        self.raw = False
        """Whether run() takes the request itself, whatever its method."""
        self.failed = False

    async def ask(self, exchange: Exchange) -> Reply:
        ticket = Ticket(exchange)
        self.waiting.put(ticket)
        return await ticket.future

    def wake(self) -> None:
        self.waiting.put(None)

    def open(self) -> None:
        """Raises SystemExit(3) when the script cannot be served."""

    def serve(self, over: Callable[[], bool]) -> None:
        """Works until `over()`, which is asked after every `wake`, and often once it was woken."""

    def close(self) -> None:
        pass


class Here(Runner):
    """The script in this process: scripts may count on the main thread."""

    script: Script

    def open(self) -> None:
        self.script = boot(self.options)
        self.swagger = swagger.describe(self.options, self.script.run)
        self.raw = self.script.kind == "raw"

    def serve(self, over: Callable[[], bool]) -> None:
        ending = False
        while True:
            try:
                ticket = self.waiting.get(timeout=0.02 if ending else None)
            except queue.Empty:
                ticket = None
            if ticket is None:
                ending = True
                if over():
                    return
            elif ticket.exchange.gone():
                ticket.tell(failure(408, "The caller is gone."))
            else:
                ticket.settle(self.script.score(ticket.exchange.request))


class Worker:
    """A process with the script, and the thread that feeds it."""

    def __init__(self, pool: "Pool") -> None:
        self.pool = pool
        self.start()

    def start(self) -> None:
        self.pipe, theirs = Pipe()
        fd = theirs.fileno()
        program = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "score_driver.py")
        self.process = subprocess.Popen([sys.executable, program, worker_flag, str(fd)], pass_fds=[fd])
        theirs.close()

    def wait(self) -> bool:
        """Whether the script is up."""
        try:
            self.pool.swagger, self.pool.raw = self.pipe.recv()
            return True
        except (EOFError, OSError):
            self.process.wait()
            return False

    def feed(self) -> None:
        while True:
            ticket = self.pool.waiting.get()
            if ticket is None:
                return
            if ticket.exchange.gone():
                ticket.tell(failure(408, "The caller is gone."))
                continue
            told = False
            try:
                self.pipe.send(tuple(ticket.exchange.request))
                status, headers, body = self.pipe.recv()
                told = True
                ticket.settle(Reply(status, headers, self.pieces() if body is None else body))
            except (EOFError, OSError):
                code = self.process.wait()
                log.error("The process %d of the script ended with %s; another takes its place", self.process.pid, code)
                if not told:
                    ticket.tell(failure(500, "The process of the scoring script ended. Check the logs for more info.", True))
                self.start()
                if not self.wait():
                    self.pool.failed = True
                    self.pool.over.set()
                    return

    def pieces(self) -> Any:
        ended = False
        try:
            while True:
                piece = self.pipe.recv()
                if not isinstance(piece, bytes):
                    ended = True
                    if piece:
                        raise RuntimeError(piece)
                    return
                yield piece
        finally:
            while not ended:  # the caller left: the rest is for nobody
                ended = not isinstance(self.pipe.recv(), bytes)


class Pool(Runner):
    """As many processes as WORKER_COUNT says; a call goes to one that is free."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.over = threading.Event()
        self.workers: List[Worker] = []

    def open(self) -> None:
        self.workers = [Worker(self) for _ in range(self.options.workers)]
        if not all([worker.wait() for worker in self.workers]):
            self.close()
            raise SystemExit(3)
        for worker in self.workers:
            threading.Thread(target=worker.feed, daemon=True).start()

    def wake(self) -> None:
        self.over.set()

    def serve(self, over: Callable[[], bool]) -> None:
        while not self.over.wait(1):
            pass
        while not self.failed and not over():
            time.sleep(0.02)

    def close(self) -> None:
        for _ in self.workers:
            self.waiting.put(None)
        for worker in self.workers:
            worker.pipe.close()


def work(fd: int, options: Options) -> int:
    """The process of a worker: answers what comes through the pipe until it is closed."""
    pipe: "Connection[Any, Any]" = Connection(fd)
    script = boot(options)
    pipe.send((swagger.describe(options, script.run), script.kind == "raw"))
    log.info("Worker %d is ready", os.getpid())
    while True:
        try:
            request = Request(*pipe.recv())
        except (EOFError, OSError):
            return 0
        reply = script.score(request)
        if isinstance(reply.body, bytes):
            pipe.send(tuple(reply))
            continue
        pipe.send((reply.status, reply.headers, None))
        end = ""
        try:
            for piece in reply.body:
                pipe.send(bytes(piece))
        except OSError:
            return 0
        except BaseException as error:
            log.error("What run() returned failed on its way", exc_info=True)
            end = str(error) or "it failed"
        pipe.send(end)
