"""What people read about a parallel job: its log files, laid out as Azure ML lays them out, and its metrics."""
import csv
import json
import os
import sys
import threading
import time
import urllib.request

from .settings import WITHOUT_EFFECT, make_file

LINE_SECONDS = 5
# a line all the same, when nothing is new
QUIET_SECONDS = 60
FILE_SECONDS = 1
METRIC_SECONDS = 2

README = """The logs of this parallel job:

job_progress_overview.txt            how far it is, or was
job_result.txt                       how it ended, in numbers
job_error.txt                        why it failed, when it did
user/error.txt                       every failure of a mini-batch, with its traceback
user/error/<node>/<process>.txt      the same by process
user/stdout/<node>/                  what init(), run() and shutdown() printed, by process
user/stderr/<node>/
user/entry_script_log/<node>/        what the script logged with EntryScript().logger
sys/job_report/processed_mini-batches.csv   every mini-batch: who worked on it, how long, what became of it
sys/node/<node>/<process>.txt        the life of each process
sys/perf/<node>/                     processors, memory and disk of the node, and of its processes
sys/master_role.txt                  what the first node did
"""


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Report:
    """Every method is called with the desk's lock held, but for `begin` and `end`."""

    def __init__(self, settings):
        self.settings = settings
        self.started = time.monotonic()
        self.line_at = self.file_at = 0.0
        self.line = ""
        self.role = self.table = self.writer = None
        self.notes = []
        self.metrics = Metrics(settings)

    def path(self, *parts):
        return os.path.join(self.settings.logs, *parts)

    def write(self, name, text):
        path = self.path(*name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        # readers never see half a file
        with open(path + ".draft", "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        os.replace(path + ".draft", path)

    def begin(self):
        s = self.settings
        self.write("readme.txt", README)
        self.role = make_file(self.path("sys", "master_role.txt"))
        self.table = make_file(self.path("sys", "job_report", "processed_mini-batches.csv"))
        self.writer = csv.writer(self.table)
        if self.table.tell() == 0:
            names = ["mini_batch_index", "status", "items", "failed_items", "try", "node", "process"]
            self.writer.writerow(names + ["seconds", "ended_at", "partition_key_value", "input"])
        self.say("%s is the first of %d nodes, with %d processes each" % (s.node(0), s.nodes, s.processes))
        for name in WITHOUT_EFFECT:
            if name in s.ours:
                self.say("--%s is accepted and has no effect here" % name)

    def say(self, text):
        line = "%s %s" % (now(), text)
        self.role.write(line + "\n")
        self.role.flush()
        print(line, flush=True)

    def note(self, text):
        self.notes.append(text)
        self.say(text)

    def batch(self, batch, worker, outcome):
        status, items, lost, seconds = outcome
        node, process = worker.split("/") if "/" in worker else (worker, "")
        keys = json.dumps(batch["keys"]) if batch.get("keys") else ""
        row = [batch["index"], status, "" if items is None else items, lost, batch["tries"], node, process]
        self.writer.writerow(row + ["%.3f" % seconds, now(), keys, self.describe(batch)])
        if self.settings.level == "DEBUG":
            self.say("mini-batch %d %s in %s after %.3f s" % (batch["index"], status, worker, seconds))

    def describe(self, batch):
        """Where the mini-batch comes from, in few words."""
        if batch["kind"] == "files":
            first = os.path.basename(batch["files"][0])
            return first if len(batch["files"]) == 1 else "%s and %d more" % (first, len(batch["files"]) - 1)
        if batch["kind"] == "lines":
            return "%s:%d-%d" % (os.path.basename(batch["path"]), batch["start"], batch["end"])
        if "pieces" not in batch:
            return "rows"
        piece = batch["pieces"][0]
        name = os.path.basename(self.settings.data["files"][piece["file"]]["name"])
        return "%s:%d-%s" % (name, piece["start"], "" if piece["end"] is None else piece["end"])

    def error(self, batch, worker, error):
        head = "%s mini-batch %d (%s), try %d, %s" % (now(), batch["index"], self.describe(batch), batch["tries"], worker)
        text = "%s\n%s\n\n" % (head, error.rstrip())
        names = [self.path("user", "error.txt")]
        if "/" in worker:
            names.append(self.path("user", "error", *worker.split("/")) + ".txt")
        for name in names:
            with make_file(name) as file:
                file.write(text)
        if self.settings.level != "WARNING" or batch["tries"] > self.settings.max_retries:
            self.say("%s failed: %s" % (head.split(" ", 1)[1], error.strip().split("\n")[-1][:300]))

    def progress(self, desk, last=False):
        at = time.monotonic()
        if last or at - self.file_at >= FILE_SECONDS:
            self.file_at = at
            self.table.flush()
            self.write("job_progress_overview.txt", self.overview(desk))
        if last or at - self.line_at >= LINE_SECONDS:
            line = self.summary(desk)
            if last or line != self.line or at - self.line_at >= QUIET_SECONDS:
                self.line_at, self.line = at, line
                self.say(line)
        self.metrics.offer(desk, last)

    def numbers(self, desk):
        return {
            "Mini-batches formed": "%d%s" % (desk.formed, "" if desk.all_formed else " so far"),
            "Mini-batches succeeded": desk.done,
            "Mini-batches failed": desk.failed,
            "Mini-batches waiting": len(desk.waiting),
            "Mini-batches in work": len(desk.out),
            "Retries": desk.retries,
            "Items processed": desk.items,
            "Items failed": desk.failed_items,
            "Seconds": "%.1f" % (time.monotonic() - self.started),
        }

    def overview(self, desk):
        lines = ["%s: %s" % pair for pair in self.numbers(desk).items()]
        return "\n".join([now()] + lines + self.notes) + "\n"

    def summary(self, desk):
        of = "%d" % desk.formed if desk.all_formed else "%d so far" % desk.formed
        text = "%d of %s mini-batches are over, %d of them failed; %d items, %d of them failed; %d retries"
        return text % (desk.done + desk.failed, of, desk.failed, desk.items, desk.failed_items, desk.retries)

    def end(self, desk):
        with desk.lock:
            self.progress(desk, True)
        result = "Failed" if desk.verdict else "Completed"
        self.write("job_result.txt", "Result: %s\n%s" % (result, self.overview(desk)))
        if desk.verdict:
            error = desk.last_error.rstrip()
            self.write("job_error.txt", "%s\n\n%s\n" % (desk.verdict, error))
            self.say("The parallel job failed: %s" % desk.verdict)
            if error:
                print("The last error:\n%s" % error, file=sys.stderr)
            print("The parallel job failed: %s." % desk.verdict, file=sys.stderr, flush=True)
        else:
            if desk.failed or desk.failed_items:
                words = "%d mini-batches and %d items failed, as many as the thresholds allow: see logs/user/error.txt"
                self.say(words % (desk.failed, desk.failed_items))
            self.say("The parallel job is complete.")
        self.table.close()
        self.role.close()
        self.metrics.close()


class Metrics:
    """Progress as metrics of the run, where a tracking server is told of; a server that is away loses points, no work."""

    def __init__(self, settings):
        self.address = os.environ.get("MLFLOW_TRACKING_URI", "")
        self.token = os.environ.get("MLFLOW_TRACKING_TOKEN", "")
        self.run = os.environ.get("MLFLOW_RUN_ID", "")
        self.prefix = settings.prefix
        self.waiting = self.offered = None
        self.lock = threading.Condition()
        self.closed = not (self.address.startswith("http") and self.run)
        self.thread = threading.Thread(target=self._send_all, daemon=True)
        if not self.closed:
            self.thread.start()

    def offer(self, desk, last):
        if self.closed:
            return
        with self.lock:
            values = {
                "Total MiniBatches": desk.formed,
                "Processed MiniBatches": desk.done + desk.failed,
                "Failed MiniBatches": desk.failed,
                "Processed Items": desk.items,
                "Failed Items": desk.failed_items,
            }
            if values != self.offered:
                self.waiting = self.offered = values
            if last:
                self.lock.notify()

    def _send_all(self):
        while True:
            with self.lock:
                if not self.closed:
                    self.lock.wait(METRIC_SECONDS)
                values, self.waiting = self.waiting, None
                closed = self.closed
            if values is not None:
                self._send(values)
            elif closed:
                return

    def _send(self, values):
        at = int(time.time() * 1000)
        points = [
            {"key": self.prefix + name, "value": value, "timestamp": at, "step": values["Processed MiniBatches"]}
            for name, value in values.items()
        ]
        request = urllib.request.Request(
            self.address + "/api/2.0/mlflow/runs/log-batch",
            data=json.dumps({"run_id": self.run, "metrics": points}).encode(),
            headers={"Content-Type": "application/json", "Authorization": "Bearer " + self.token},
        )
        try:
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            opener.open(request, timeout=10).close()
        except (OSError, ValueError):
            pass

    def close(self):
        if self.closed:
            return
        with self.lock:
            self.closed = True
            self.lock.notify()
        self.thread.join(15)
