"""Who works on what: hands mini-batches out, takes back what became of them, counts failures against the thresholds."""
import collections
import os
import shutil
import threading
import time

from .settings import Refused


class Spooled:
    """Rows for the common file as they come; put together in the order of the mini-batches at the end."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "returned.rows")
        self.file = open(self.path, "wb")
        self.places = {}
        self.header = ""

    def add(self, index, text):
        data = text.encode("utf-8", "surrogateescape")
        self.places[index] = (self.file.tell(), len(data))
        self.file.write(data)

    def write(self, target):
        self.file.flush()
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(self.path, "rb") as source, open(target, "wb") as out:
            out.write(self.header.encode("utf-8", "surrogateescape"))
            for index in sorted(self.places):
                start, size = self.places[index]
                source.seek(start)
                while size > 0:
                    part = source.read(min(size, 1 << 20))
                    out.write(part)
                    size -= len(part)
        self.file.close()
        os.remove(self.path)


class Desk:
    """Shared by all threads of the first node. `report` is told of everything that happens."""

    def __init__(self, settings, batches, report):
        self.settings = settings
        self.report = report
        self.lock = threading.Condition()
        self.waiting = collections.deque()
        self.out = {}
        self.formed = 0
        self.all_formed = False
        self.done = self.failed = 0
        self.items = self.failed_items = self.retries = 0
        self.over = False
        # why the job fails, in words
        self.verdict = None
        self.moved = time.monotonic()
        self.last_error = ""
        self.unfit = 0
        # slots of other nodes that are connected
        self.guests = 0
        self.spooled = Spooled(settings.scratch) if settings.append_to else None
        threading.Thread(target=self._form, args=(batches,), daemon=True).start()

    def _form(self, batches):
        try:
            for batch in batches:
                with self.lock:
                    if self.over:
                        return
                    self.formed += 1
                    self.moved = time.monotonic()
                    self.waiting.append(batch)
                    self.lock.notify()
        except Refused as error:
            self.end("The input cannot be cut into mini-batches: %s" % error)
        except Exception as error:  # a file that went away, a disk that is full
            self.end("The input cannot be cut into mini-batches: %s: %s" % (type(error).__name__, error))
        with self.lock:
            self.all_formed = True
            self.moved = time.monotonic()
            self._check()
            self.lock.notify_all()

    @property
    def complete(self):
        return self.all_formed and not self.waiting and not self.out

    def take(self, worker):
        """The next mini-batch for a worker; None when there is nothing left to do."""
        with self.lock:
            while not self.over:
                if self.waiting:
                    batch = self.waiting.popleft()
                    batch["tries"] = batch.get("tries", 0) + 1
                    self.out[batch["index"]] = batch
                    return batch
                if self.complete:
                    return None
                self.lock.wait(1)
            return None

    def give_back(self, index):
        """A mini-batch that was never begun."""
        with self.lock:
            batch = self.out.pop(index, None)
            if batch is not None:
                batch["tries"] -= 1
                self.waiting.appendleft(batch)
                self.lock.notify()

    def finish(self, index, worker, outcome):
        with self.lock:
            batch = self.out.pop(index, None)
            if batch is None or self.over:
                return
            items = outcome.get("items", batch["items"])
            seconds = outcome.get("seconds", 0)
            if outcome["type"] == "done":
                lost = max(0, items - outcome["returned"])
                self.done += 1
                self.items += items
                self.failed_items += lost
                if self.spooled is not None:
                    self.spooled.add(index, outcome.get("rows", ""))
                    self.spooled.header = self.spooled.header or outcome.get("header", "")
                self.report.batch(batch, worker, ("succeeded", items, lost, seconds))
            else:
                self.last_error = outcome["error"]
                self.report.error(batch, worker, outcome["error"])
                if batch["tries"] <= self.settings.max_retries:
                    self.retries += 1
                    self.waiting.append(batch)
                    self.lock.notify()
                    self.report.batch(batch, worker, ("retried", items, 0, seconds))
                    return
                self.failed += 1
                self.items += items or 0
                self.failed_items += items or 0
                self.report.batch(batch, worker, ("failed", items, items or 0, seconds))
            self.moved = time.monotonic()
            self._check()
            self.report.progress(self)
            if self.complete:
                self.lock.notify_all()

    def _check(self):
        s = self.settings
        why = None
        if 0 <= s.max_batches < self.failed:
            why = "%d mini-batches failed; mini_batch_error_threshold allows %d" % (self.failed, s.max_batches)
        elif 0 <= s.max_items < self.failed_items:
            why = "%d items failed; error_threshold allows %d" % (self.failed_items, s.max_items)
        elif s.max_percent is not None and self.all_formed and self.failed * 100 > s.max_percent * self.formed:
            share = 100.0 * self.failed / self.formed
            why = "%.4g%% of %d mini-batches failed; allowed_failed_percent allows %g" % (
                share,
                self.formed,
                s.max_percent,
            )
        if why is not None:
            self._end(why)

    def _end(self, why):
        self.verdict = self.verdict or why
        self.over = True
        self.lock.notify_all()

    def end(self, why):
        with self.lock:
            self._end(why)

    def give_up(self, worker, error):
        """A slot whose workers cannot be started. The job fails when no slot is left."""
        with self.lock:
            self.last_error = error
            self.unfit += 1
            if self.unfit >= self.settings.nodes * self.settings.processes:
                self._end("init() failed in every process")

    def note(self, text):
        with self.lock:
            if not self.over:
                self.report.note(text)

    def stalled(self):
        """Why nothing moves any more, or None."""
        s = self.settings
        quiet = time.monotonic() - self.moved
        if self.formed == 0:
            return "no mini-batch was formed within %d s (first_task_creation_timeout)" % s.first_timeout if (
                quiet > s.first_timeout and not self.all_formed
            ) else None
        if s.stall_timeout is not None and quiet > s.stall_timeout:
            return "no mini-batch was finished within %d s (progress_update_timeout)" % s.stall_timeout
        return None

    def close(self):
        if self.spooled is None:
            return
        if self.verdict is None:
            self.spooled.write(self.settings.append_to)
        shutil.rmtree(os.path.join(self.settings.scratch, "rows"), ignore_errors=True)
