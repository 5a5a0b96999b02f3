"""The one process of a compute instance that Lazurite starts: everything else on the instance is its child.

It runs the setup scripts, keeps the applications going, owns the terminals, and notes when the instance was last used.
What it is to do stands in a file whose path is the only argument; what it knows it writes to `state.json` beside it.
Terminals outlive the server: they are reached through a Unix socket, any number of times.
"""
import asyncio
import fcntl
import json
import os
import pty
import signal
import struct
import sys
import termios
import threading
import time
import urllib.request

KEPT_BYTES = 256 * 1024
CHUNK_BYTES = 64 * 1024
MOST_TERMINALS = 32
LOOK_SECONDS = 1
WRITE_SECONDS = 5
ASK_SECONDS = 10
SLOW_SECONDS = 20
FIRST_PAUSE_SECONDS = 1
LONGEST_PAUSE_SECONDS = 60


def now_ms():
    return int(time.time() * 1000)


def frame(kind, data):
    return kind + struct.pack(">I", len(data)) + data


class State:
    """What the server reads: written whole, by rename."""

    def __init__(self, path):
        self.path = path
        self.facts = {"phase": "setting-up", "lastActive": now_ms(), "active": [], "applications": {}}
        self.written = 0

    def say(self, **facts):
        self.facts.update(facts)
        self.write()

    def write(self):
        fresh = self.path + ".new"
        with open(fresh, "w") as file:
            json.dump(self.facts, file)
        os.rename(fresh, self.path)
        self.written = time.monotonic()


class Terminal:
    """A shell on a pseudo terminal, with what it printed last."""

    def __init__(self, name, shell, cwd, size):
        self.name = name
        self.kept = bytearray()
        self.clients = set()
        self.ended = asyncio.get_running_loop().create_future()
        self.made = now_ms()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            self.become(shell, cwd)
        os.set_blocking(self.fd, False)
        self.resize(*size)

    @staticmethod
    def become(shell, cwd):
        try:
            for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(name, signal.SIG_DFL)
            os.chdir(cwd)
            os.environ["TERM"] = "xterm-256color"
            # keeps the name of the folder where it is a link
            os.environ["PWD"] = cwd
            # no login shell: the profile of the machine would put its own PATH in place of the instance's
            os.execv(shell, [os.path.basename(shell), "-i"])
        finally:
            os._exit(127)

    def resize(self, columns, rows):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def foreground(self):
        """Whether a command runs in it."""
        try:
            return os.tcgetpgrp(self.fd) != self.pid
        except OSError:
            return False

    def reap(self, loop):
        """Waits for the shell in a thread: what it started may hold the terminal open for longer than it lives."""
        _, status = os.waitpid(self.pid, 0)
        code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        try:
            loop.call_soon_threadsafe(self.ended.set_result, code)
        except RuntimeError:
            pass  # the instance itself is over

    async def pump(self):
        """Hands on what the shell prints, at the pace of who reads it."""
        loop = asyncio.get_running_loop()
        threading.Thread(target=self.reap, args=(loop,), daemon=True).start()
        while True:
            ready = loop.create_future()
            loop.add_reader(self.fd, lambda: ready.done() or ready.set_result(None))
            await asyncio.wait([ready, self.ended], return_when=asyncio.FIRST_COMPLETED)
            loop.remove_reader(self.fd)
            try:
                data = os.read(self.fd, CHUNK_BYTES)
            except BlockingIOError:
                if self.ended.done():
                    break
                continue
            except OSError:
                break
            self.kept += data
            del self.kept[:-KEPT_BYTES]
            await self.tell(frame(b"o", data))
        await self.tell(frame(b"x", str(await self.ended).encode()))
        os.close(self.fd)

    async def tell(self, data):
        for writer in list(self.clients):
            try:
                writer.write(data)
                await asyncio.wait_for(writer.drain(), SLOW_SECONDS)
            except (OSError, asyncio.TimeoutError):
                # who does not read is let go; the terminal goes on
                self.clients.discard(writer)
                writer.close()

    async def type(self, data):
        loop = asyncio.get_running_loop()
        while data:
            try:
                data = data[os.write(self.fd, data) :]
            except BlockingIOError:
                ready = asyncio.Event()
                loop.add_writer(self.fd, ready.set)
                await ready.wait()
                loop.remove_writer(self.fd)

    def hang_up(self):
        try:
            os.killpg(self.pid, signal.SIGHUP)
        except OSError:
            pass


class Application:
    """A program that is started again when it ends by itself."""

    def __init__(self, plan, logs):
        self.plan = plan
        self.log = os.path.join(logs, plan["name"] + ".log")
        self.process = None
        self.starts = 0

    async def keep(self, cwd):
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            self.starts += 1
            with open(self.log, "ab") as log:
                self.process = await asyncio.create_subprocess_exec(
                    *self.plan["argv"],
                    cwd=cwd,
                    env={**os.environ, **self.plan.get("env", {})},
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=asyncio.subprocess.STDOUT,
                    start_new_session=True,
                )
            await self.process.wait()
            lasted = time.monotonic() - began
            pause = FIRST_PAUSE_SECONDS if lasted > LONGEST_PAUSE_SECONDS else min(pause * 2, LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(pause)

    def facts(self, listening):
        alive = self.process is not None and self.process.returncode is None
        state = "running" if self.plan["port"] in listening else "starting"
        return {"state": state if alive else "ended", "starts": self.starts}

    def busy(self):
        """Asks the application whether it has work, where it can be asked."""
        ask = self.plan.get("ask")
        if not ask:
            return False
        request = urllib.request.Request(ask["url"], headers=ask.get("headers", {}))
        try:
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with direct.open(request, timeout=5) as answer:
                return any(one.get("execution_state") == "busy" for one in json.load(answer))
        except (OSError, ValueError):
            return False

    def stop(self):
        if self.process is not None and self.process.returncode is None:
            try:
                os.killpg(self.process.pid, signal.SIGTERM)
            except OSError:
                pass


ESTABLISHED, LISTENING = "01", "0A"


def local_ports():
    """Local TCP ports by their state, as the kernel writes it."""
    ports = {ESTABLISHED: set(), LISTENING: set()}
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(name) as file:
                next(file)
                for line in file:
                    words = line.split()
                    if words[3] in ports:
                        ports[words[3]].add(int(words[1].rsplit(":", 1)[1], 16))
        except OSError:
            pass
    return ports


class Instance:
    def __init__(self, plan, folder):
        self.plan = plan
        self.state = State(os.path.join(folder, "state.json"))
        self.terminals = {}
        self.applications = [Application(one, plan["logs"]) for one in plan["applications"]]
        self.asked = 0.0
        self.busy = set()

    async def run(self):
        self.state.write()
        if not await self.set_up():
            return 3
        tasks = [asyncio.ensure_future(one.keep(self.plan["cwd"])) for one in self.applications]
        if os.path.exists(self.plan["socket"]):
            os.unlink(self.plan["socket"])
        server = await asyncio.start_unix_server(self.serve, self.plan["socket"])
        os.chmod(self.plan["socket"], 0o600)
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(name, over.set)
        self.state.say(phase="ready")
        while not over.is_set():
            if not os.path.exists(self.state.path):
                # its disk is gone, and nobody is left who could stop it
                over.set()
                break
            await self.look()
            try:
                await asyncio.wait_for(over.wait(), LOOK_SECONDS)
            except asyncio.TimeoutError:
                pass
        server.close()
        for task in tasks:
            task.cancel()
        for one in self.applications:
            one.stop()
        for terminal in self.terminals.values():
            terminal.hang_up()
        if os.path.exists(self.state.path):
            self.state.say(phase="ended")
        return 0

    async def set_up(self):
        for script in self.plan["scripts"]:
            once = script.get("once")
            if once and os.path.exists(once):
                continue
            if not await self.run_script(script):
                return False
            if once:
                open(once, "w").close()
        return True

    async def run_script(self, script):
        with open(os.path.join(self.plan["logs"], script["name"] + ".log"), "ab") as log:
            process = await asyncio.create_subprocess_exec(
                *script["argv"],
                cwd=self.plan["cwd"],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            code = await asyncio.wait_for(process.wait(), script["timeoutSeconds"])
        except asyncio.TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            message = "took longer than %g s" % script["timeoutSeconds"]
            self.state.say(phase="setup-failed", message=message, script=script["name"])
            return False
        if code != 0:
            self.state.say(phase="setup-failed", message="ended with %d" % code, script=script["name"])
        return code == 0

    async def look(self):
        """Notes who uses the instance, and what became of the applications."""
        active = ["terminal " + t.name for t in self.terminals.values() if t.clients or t.foreground()]
        ports = local_ports() if self.applications else {}
        if self.applications and time.monotonic() - self.asked > ASK_SECONDS:
            self.asked = time.monotonic()
            loop = asyncio.get_running_loop()
            self.busy = {one.plan["name"] for one in self.applications if await loop.run_in_executor(None, one.busy)}
        for one in self.applications:
            if one.plan["port"] in ports[ESTABLISHED] or one.plan["name"] in self.busy:
                active.append(one.plan["name"])
        facts = {one.plan["name"]: one.facts(ports[LISTENING]) for one in self.applications}
        known = self.state.facts
        changed = known["active"] != active or known["applications"] != facts
        known.update(active=active, applications=facts)
        if active:
            known["lastActive"] = now_ms()
        if changed or (active and time.monotonic() - self.state.written > WRITE_SECONDS):
            self.state.write()

    async def serve(self, reader, writer):
        try:
            asked = json.loads(await reader.readline())
            if "list" in asked:
                writer.write(json.dumps([self.describe(t) for t in self.terminals.values()]).encode() + b"\n")
            elif "end" in asked:
                await self.end(asked["end"], writer)
            else:
                await self.attach(asked, reader, writer)
        except (OSError, ValueError, KeyError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @staticmethod
    def describe(terminal):
        return {
            "name": terminal.name,
            "clients": len(terminal.clients),
            "busy": terminal.foreground(),
            "createdAt": terminal.made,
        }

    async def end(self, name, writer):
        terminal = self.terminals.get(name)
        if terminal:
            terminal.hang_up()
            await asyncio.wait([terminal.ended], timeout=5)
            if not terminal.ended.done():
                os.killpg(terminal.pid, signal.SIGKILL)
        writer.write(json.dumps(terminal is not None).encode() + b"\n")

    async def attach(self, asked, reader, writer):
        terminal = self.terminals.get(asked["terminal"])
        if terminal is None and asked.get("make"):
            if len(self.terminals) >= MOST_TERMINALS:
                writer.write(frame(b"e", b"%d terminals are open already" % MOST_TERMINALS))
                return
            terminal = self.make(asked["terminal"], (asked.get("columns", 80), asked.get("rows", 24)))
        if terminal is None:
            writer.write(frame(b"e", b"gone"))
            return
        if not asked.get("quiet"):
            writer.write(frame(b"o", bytes(terminal.kept)))
            terminal.clients.add(writer)
        self.state.facts["lastActive"] = now_ms()
        try:
            while True:
                head = await reader.readexactly(5)
                data = await reader.readexactly(struct.unpack(">I", head[1:])[0])
                if head[:1] == b"i":
                    await terminal.type(data)
                elif head[:1] == b"r":
                    size = json.loads(data)
                    terminal.resize(size["columns"], size["rows"])
                elif head[:1] == b"q":
                    writer.write(frame(b"q", b""))
        finally:
            terminal.clients.discard(writer)

    def make(self, name, size):
        terminal = Terminal(name, self.plan["shell"], self.plan["cwd"], size)
        self.terminals[name] = terminal
        task = asyncio.ensure_future(terminal.pump())
        task.add_done_callback(lambda _: self.terminals.pop(name, None))
        return terminal


def main():
    path = sys.argv[1]
    with open(path) as file:
        plan = json.load(file)
    return asyncio.run(Instance(plan, os.path.dirname(path)).run())


if __name__ == "__main__":
    sys.exit(main())
