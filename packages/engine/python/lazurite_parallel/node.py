"""
The process of a node. The first one cuts the input, keeps the books and has workers of its own; the others ask it for
mini-batches over a socket that only they have the key of. When the first one ends, the job is over.
"""
import json
import os
import secrets
import socket
import sys
import threading
import time

from .batches import batches
from .desk import Desk
from .link import Closed, accept, connect
from .report import Report
from .settings import Refused, read_settings
from .slots import Slot
from .usage import watch_usage

# how long the nodes wait for the first one to say where it listens
PATIENCE_SECONDS = 600


def main(path):
    try:
        settings = read_settings(path)
    except Refused as error:
        print("The parallel job cannot start: %s." % error, file=sys.stderr)
        return 1
    settings.config["path"] = path
    rank = int(os.environ.get("AZUREML_CR_NODE_RANK", "0"))
    try:
        return lead(settings) if rank == 0 else follow(settings, rank)
    except KeyboardInterrupt:
        return 130


def lead(settings):
    report = Report(settings)
    report.begin()
    desk = Desk(settings, batches(settings), report)
    if settings.nodes > 1:
        listen(settings, desk)
    watch_usage(settings, 0)
    slots = [Slot(settings, desk, 0, number) for number in range(settings.processes)]
    for slot in slots:
        slot.start()
    while not desk.over and not desk.complete:
        why = desk.stalled()
        if why is not None:
            desk.end(why)
            break
        with desk.lock:
            report.progress(desk)
            if not desk.over and not desk.complete:
                desk.lock.wait(1)
    for slot in slots:
        if desk.over:
            slot.kill_now()
        # shutdown() runs, where all went well
        slot.join()
    if desk.formed == 0 and desk.verdict is None:
        desk.end("the input holds nothing to work on")
    wait_for_others(desk)
    desk.close()
    report.end(desk)
    return 0 if desk.verdict is None else 1


def wait_for_others(desk):
    """Workers of other nodes are in shutdown(); what they cannot do in their time they do not do."""
    until = time.monotonic() + 60
    while not desk.over and desk.guests > 0 and time.monotonic() < until:
        time.sleep(0.05)


def door(settings):
    return os.path.join(settings.scratch, "parallel-door.json")


def listen(settings, desk):
    host = os.environ.get("AZ_BATCHAI_JOB_MASTER_NODE_IP") or "127.0.0.1"
    server = socket.create_server((host, 0)) if hasattr(socket, "create_server") else old_server(host)
    key = secrets.token_hex(16)
    draft = door(settings) + ".draft"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"address": list(server.getsockname()[:2]), "key": key}, file)
    os.replace(draft, door(settings))

    def welcome():
        while True:
            sock, _ = server.accept()
            threading.Thread(target=serve, args=(desk, sock, key), daemon=True).start()

    threading.Thread(target=welcome, daemon=True).start()


def old_server(host):
    server = socket.socket()
    server.bind((host, 0))
    server.listen(64)
    return server


def serve(desk, sock, key):
    """Speaks for one slot of another node."""
    held = {}
    with desk.lock:
        desk.guests += 1
    try:
        link = accept(sock, key)
        while True:
            word, arguments = link.receive()
            if word not in ("take", "give_back", "finish", "give_up", "note"):
                raise Closed()
            if word == "finish":
                held.pop(arguments[0], None)
            answer = getattr(desk, word)(*arguments)
            if word == "take" and answer is not None:
                held[answer["index"]] = answer
            link.send(answer)
    except Closed:
        for index in held:
            desk.finish(index, "a lost node", {"type": "failed", "error": "the node that worked on it is gone"})
    finally:
        with desk.lock:
            desk.guests -= 1


class FarDesk:
    """The desk as a slot of another node sees it."""

    def __init__(self, address, key):
        self.link = connect(address, key)

    def __getattr__(self, word):
        def ask(*arguments):
            self.link.send([word, list(arguments)])
            return self.link.receive()

        return ask


def follow(settings, rank):
    until = time.monotonic() + PATIENCE_SECONDS
    while not os.path.exists(door(settings)):
        if time.monotonic() > until:
            print("The first node of the parallel job cannot be found.", file=sys.stderr)
            return 1
        time.sleep(0.05)
    with open(door(settings), encoding="utf-8") as file:
        found = json.load(file)
    watch_usage(settings, rank)
    slots = []
    for number in range(settings.processes):
        try:
            slots.append(Slot(settings, FarDesk(found["address"], found["key"]), rank, number))
        except (Closed, OSError):
            break  # all was done before this node came
    for slot in slots:
        slot.start()
    for slot in slots:
        slot.join()
    return 0
