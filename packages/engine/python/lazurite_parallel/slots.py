"""The worker processes of one node: each slot starts one, hands it mini-batches, and kills it when it takes too long."""
import os
import signal
import subprocess
import sys
import threading
import time

from .link import Closed, Link, Silent
from .settings import make_file

WORKER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "parallel_worker.py")
TRIES_OF_INIT = 2
# how long shutdown() may take
SHUTDOWN_SECONDS = 60


def descendants(pid):
    """Processes below one, children before their own children; empty where the system does not tell."""
    below = {}
    try:
        for name in os.listdir("/proc"):
            if name.isdigit():
                with open("/proc/%s/stat" % name, encoding="utf-8", errors="replace") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
                below.setdefault(parent, []).append(int(name))
    except (OSError, ValueError, IndexError):
        pass
    found, waiting = [], [pid]
    while waiting:
        children = below.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


class Slot(threading.Thread):
    """`desk` is the desk itself on the first node, and speaks for it on the others."""

    def __init__(self, settings, desk, rank, number):
        super().__init__(daemon=True)
        self.settings = settings
        self.desk = desk
        self.rank = rank
        self.number = number
        self.worker = "%s/process%03d" % (settings.node(rank), number)
        self.process = None
        self.link = None
        self.log = None
        # nothing counts any more
        self.ended = False

    def run(self):
        node, process = self.worker.split("/")
        self.log = make_file(os.path.join(self.settings.logs, "sys", "node", node, process + ".txt"))
        try:
            while True:
                batch = self.desk.take(self.worker)
                if batch is None:
                    break
                if self.process is None and not self.start_worker():
                    self.desk.give_back(batch["index"])
                    return
                if self.ended:
                    return
                self.say("mini-batch %d, try %d" % (batch["index"], batch["tries"]))
                outcome = self.hand_over(batch)
                self.say("mini-batch %d: %s" % (batch["index"], outcome["type"]))
                self.desk.finish(batch["index"], self.worker, outcome)
        except Closed:
            # the first node is gone, and the job with it
            self.kill()
        finally:
            self.stop()
            self.log.close()

    def say(self, text):
        self.log.write("%s %s\n" % (time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()), text))
        self.log.flush()

    def start_worker(self):
        """Tries more than once: the first failure may be of the moment."""
        error = ""
        for _ in range(TRIES_OF_INIT):
            if self.ended:
                return False
            self.spawn()
            try:
                answer = self.link.receive()
            except Closed:
                answer = {"type": "unfit", "error": "the process ended before init() was over: %s" % self.ending()}
            if answer["type"] == "ready":
                self.say("init() is over")
                return True
            error = answer["error"]
            self.say("init() failed: %s" % error)
            self.kill()
        self.desk.give_up(self.worker, error)
        return False

    def spawn(self):
        node, name = self.worker.split("/")
        to_worker, from_us = os.pipe()
        to_us, from_worker = os.pipe()
        environment = dict(os.environ, **self.gpu())
        streams = [
            make_file(os.path.join(self.settings.logs, "user", kind, node, "%s.%s.txt" % (name, kind)))
            for kind in ("stdout", "stderr")
        ]
        arguments = [sys.executable, "-u", WORKER, self.settings.config["path"], self.worker]
        self.process = subprocess.Popen(
            arguments + [str(to_worker), str(from_worker)],
            pass_fds=(to_worker, from_worker),
            stdin=subprocess.DEVNULL,
            stdout=streams[0],
            stderr=streams[1],
            env=environment,
        )
        for stream in streams:
            stream.close()
        os.close(to_worker)
        os.close(from_worker)
        self.link = Link(to_us, from_us)
        self.say("process %d started" % self.process.pid)

    def gpu(self):
        """The GPUs of the node go round: one for each process while there are any, and none for the others."""
        seen = [gpu for gpu in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if gpu]
        if not seen:
            return {}
        share = max(1, len(seen) // self.settings.nodes)
        mine = seen[self.rank * share : (self.rank + 1) * share]
        return {"CUDA_VISIBLE_DEVICES": mine[self.number] if self.number < len(mine) else ""}

    def hand_over(self, batch):
        items = batch["items"]
        try:
            self.link.send({"type": "run", "batch": batch})
            for what, seconds in (("Loading", self.settings.load_timeout), ("run()", self.settings.run_timeout)):
                try:
                    answer = self.link.receive(time.monotonic() + seconds)
                except Silent:
                    self.kill()
                    words = "%s took longer than %d s; the process was killed" % (what, seconds)
                    return {"type": "failed", "error": words, "items": items, "seconds": seconds}
                if answer["type"] != "loaded":
                    break
                items = answer["items"]
        except Closed:
            error = "the process ended in the middle of the mini-batch: %s" % self.ending()
            self.kill()
            return {"type": "failed", "error": error, "items": items}
        answer.setdefault("items", items)
        return answer

    def ending(self):
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            return "it closed its pipe and lives on"
        if code >= 0:
            return "exit code %d" % code
        try:
            return "killed by %s" % signal.Signals(-code).name
        except ValueError:
            return "killed by signal %d" % -code

    def stop(self):
        """Lets the worker run shutdown()."""
        if self.process is None or self.ended:
            self.kill()
            return
        try:
            self.link.send({"type": "stop"})
            self.process.wait(SHUTDOWN_SECONDS)
            code = self.process.returncode
            self.say("the process ended with exit code %d" % code)
            if code != 0:
                self.desk.note("shutdown() failed in %s: see its stderr" % self.worker)
        except (Closed, subprocess.TimeoutExpired):
            self.say("the process did not end by itself")
        self.kill()

    def kill_now(self):
        """From another thread, when nothing counts any more: the slot's own thread is waiting for the worker."""
        self.ended = True
        process = self.process
        if process is not None:
            self.end_processes(process.pid)

    def kill(self):
        if self.process is None:
            return
        self.end_processes(self.process.pid)
        self.process.wait()
        self.link.close()
        self.process = self.link = None

    @staticmethod
    def end_processes(top):
        for pid in [top] + descendants(top):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
