"""The process that runs the user's script: init() once, run() for every mini-batch it is given, shutdown() at the end."""
import importlib.util
import inspect
import os
import sys
import time
import traceback

from .link import Closed, Link
from .settings import Refused, read_settings
from .table import load_rows, read_plan

FRAMES_OF_OURS = os.path.dirname(os.path.abspath(__file__))


class MiniBatchContext:
    """What run(mini_batch, mini_batch_context) is told about its mini-batch."""

    def __init__(self, batch):
        self.minibatch_index = batch["index"]
        self.mini_batch_id = batch["index"]
        self.partition_key_value = batch.get("keys")
        self.retry_count = batch.get("tries", 1) - 1

    def __repr__(self):
        return "MiniBatchContext(minibatch_index=%r, partition_key_value=%r, retry_count=%r)" % (
            self.minibatch_index,
            self.partition_key_value,
            self.retry_count,
        )


def explain():
    """The traceback of what is being handled, without the frames that are ours."""
    kind, error, trace = sys.exc_info()
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(FRAMES_OF_OURS):
        trace = trace.tb_next
    return "".join(traceback.format_exception(kind, error, trace))


def load_script(settings):
    path = os.path.join(settings.folder, settings.script)
    if not os.path.isfile(path):
        raise Refused("there is no file %s in the code of the job" % settings.script)
    name = os.path.splitext(os.path.basename(path))[0]
    sys.argv = [path] + settings.script_arguments
    # the script finds its neighbours and nothing of ours
    sys.path[0] = os.path.dirname(path)
    sys.path.append(os.path.join(os.path.dirname(FRAMES_OF_OURS), "parallel_user"))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    for word in ("run", "init", "shutdown"):
        found = getattr(module, word, None)
        if found is None and word == "run":
            raise Refused("%s has no function run(mini_batch)" % settings.script)
        if found is not None and not callable(found):
            raise Refused("%s in %s is no function" % (word, settings.script))
    return module


def wants_context(run):
    try:
        parameters = list(inspect.signature(run).parameters.values())
    except (TypeError, ValueError):
        return False
    places = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return len(places) > 1 or any(p.kind is p.VAR_POSITIONAL for p in parameters)


def rows_of(result, separator, header=False):
    """What run() returned as (number of items, text for the common file)."""
    if result is None:
        raise Refused("run() returned None; it must return a list, a tuple or a pandas DataFrame")
    if hasattr(result, "to_csv") and hasattr(result, "columns"):
        return len(result), result.to_csv(sep=separator, header=header, index=False)
    if isinstance(result, (str, bytes, dict)) or not hasattr(result, "__iter__") or not hasattr(result, "__len__"):
        name = type(result).__name__
        raise Refused("run() returned a %s; it must return a list, a tuple or a pandas DataFrame" % name)
    return len(result), "".join("%s\n" % (item,) for item in result)


class Worker:
    def __init__(self, settings, link):
        self.settings = settings
        self.link = link
        self.module = None
        self.plan = None

    def start(self):
        self.module = load_script(self.settings)
        init = getattr(self.module, "init", None)
        if init is not None:
            init()

    def work(self, batch):
        """Answers what became of one mini-batch."""
        settings = self.settings
        if batch["kind"] == "files":
            data = [path for path in batch["files"]]
        elif batch["kind"] == "lines":
            data = load_lines(batch)
        else:
            self.plan = self.plan or read_plan(settings)
            data = load_rows(self.plan, batch)
        items = len(data)
        self.link.send({"type": "loaded", "items": items})
        run = self.module.run
        started = time.monotonic()
        result = run(data, MiniBatchContext(batch)) if wants_context(run) else run(data)
        seconds = time.monotonic() - started
        count, text = rows_of(result, settings.separator)
        answer = {"type": "done", "items": items, "returned": count, "seconds": seconds}
        if settings.append_to:
            answer["rows"] = text
            if settings.header and hasattr(result, "columns"):
                answer["header"] = rows_of(result.head(0), settings.separator, True)[1]
        return answer

    def serve(self):
        while True:
            message = self.link.receive()
            if message["type"] == "stop":
                stop = getattr(self.module, "shutdown", None)
                if stop is not None:
                    stop()
                return
            try:
                answer = self.work(message["batch"])
            except Closed:
                raise
            except Refused as error:
                answer = {"type": "failed", "error": str(error)}
            except BaseException:  # sys.exit() in run() is a failure of the mini-batch, too
                answer = {"type": "failed", "error": explain()}
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            self.link.send(answer)


def load_lines(batch):
    with open(batch["path"], "rb") as file:
        file.seek(batch["start"])
        text = file.read(batch["end"] - batch["start"]).decode("utf-8-sig" if batch["start"] == 0 else "utf-8")
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line[:-1] if line.endswith("\r") else line for line in lines]


def main(arguments):
    config, identity, read_fd, write_fd = arguments
    settings = read_settings(config)
    link = Link(int(read_fd), int(write_fd))
    os.environ["AZUREML_PARALLEL_NODE_ID"], os.environ["AZUREML_PARALLEL_PROCESS"] = identity.split("/")
    os.environ["AZUREML_PARALLEL_LOGS"] = settings.logs
    os.environ["AZUREML_PARALLEL_LEVEL"] = settings.level
    worker = Worker(settings, link)
    try:
        try:
            worker.start()
        except Refused as error:
            link.send({"type": "unfit", "error": str(error)})
            return 1
        except BaseException:  # sys.exit() in init() is a failure of init(), too
            link.send({"type": "unfit", "error": explain()})
            return 1
        link.send({"type": "ready"})
        worker.serve()
    except Closed:
        # the node is gone: nobody is left to work for
        return 1
    return 0
