"""The user's script: how it is loaded, what is asked of it, and how one call is made."""
import contextlib
import importlib.util
import inspect
import json
import logging
import os
import signal
import sys
import threading
import time
import types
from typing import Any, Callable, Dict, Iterator, List, Optional

from . import contrib
from .message import Reply, Request, failure, json_reply
from .options import Options

log = logging.getLogger("azmlinfsrv")
most_lines = 200


class ScriptError(Exception):
    """The script is not one that can be served."""


class Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Script:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.run: Callable[..., Any] = print
        self.init: Callable[[], Any] = print
        self.parameters: List[inspect.Parameter] = []
        self.wants_headers = False
        self.kind = "text"

    def load(self) -> None:
        """Imports the script. Raises what it raises, and ScriptError."""
        module = self.open_module()
        where = getattr(module, "__file__", "the script")
        for name in ("init", "run"):
            if not callable(getattr(module, name, None)):
                raise ScriptError("%s has no function %s()" % (where, name))
        inner = getattr(module, "driver_module", None)
        behind = isinstance(inner, types.ModuleType) and hasattr(inner, "run")
        self.init = module.init
        self.run = inner.run if behind else module.run
        log.info("The script is %s", "%s, behind %s" % (getattr(inner, "__file__", "?"), where) if behind else where)
        self.look_at_run()

    def open_module(self) -> Any:
        root, source = self.options.app_root, self.options.source_dir
        sys.path.append(root)
        if source:
            sys.path.append(os.path.join(root, source))
        contrib.offer()
        if not self.options.entry_script:
            return importlib.import_module("main")
        path = os.path.join(root, self.options.entry_script)
        if not os.path.isfile(path):
            raise ScriptError("there is no script at %s" % path)
        spec = importlib.util.spec_from_file_location("entry_module", path)
        if spec is None or spec.loader is None:
            raise ScriptError("%s is no Python script" % path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def look_at_run(self) -> None:
        listed = list(inspect.signature(self.run).parameters.values())
        if any(each.kind not in (each.KEYWORD_ONLY, each.POSITIONAL_OR_KEYWORD) for each in listed):
            raise ScriptError("run() may have no positional-only parameters, no *args and no **kwargs")
        self.wants_headers = any(each.name == "request_headers" for each in listed)
        self.parameters = [each for each in listed if each.name != "request_headers"]
        if not self.parameters:
            raise ScriptError("run() needs a parameter for what it is asked" + (", beside request_headers" if self.wants_headers else ""))
        decorated = is_decorated(self.run)
        if contrib.wanted_raw and decorated:
            raise ScriptError("run() cannot have both @rawhttp and @input_schema")
        self.kind = "raw" if contrib.wanted_raw else "schema" if decorated else "text"
        told = {"raw": "the request itself", "schema": "values by name, as @input_schema says", "text": "the body as text"}
        log.info("run() is called with %s", told[self.kind])

    def start(self) -> None:
        """Calls init(). Raises what it raises."""
        log.info("Calling init()")
        self.init()
        log.info("init() is done")

    def score(self, request: Request) -> Reply:
        """One call of run(); whatever happens in it is a reply."""
        began = time.perf_counter()
        try:
            given = self.read(request)
            began = time.perf_counter()
            with limit(self.options.timeout_ms):
                result = self.run(**given)
                return self.reply(result, (time.perf_counter() - began) * 1000)
        except Refused as refused:
            return failure(refused.status, str(refused))
        except Late:
            log.error("run() took longer than %s ms", self.options.timeout_ms, exc_info=True)
            return failure(500, "Scoring timeout after %s ms" % self.options.timeout_ms, True)
        except BaseException:
            log.error("run() failed", exc_info=True)
            return failure(500, "An unexpected error occurred in scoring script. Check the logs for more info.", True)

    def reply(self, result: Any, took_ms: float) -> Reply:
        took = ("x-ms-run-fn-exec-ms", "%.3f" % took_ms)
        if not contrib.is_response(result):
            value = {} if result is None else result
            return json_reply(200, value, [("x-ms-run-function-failed", "False"), took])
        made = contrib.reply_of(result)
        headers = [pair for pair in made.headers if made.status < 500 or pair[0].lower() != "x-ms-run-function-failed"]
        if made.status >= 500:
            headers.append(("x-ms-run-function-failed", "True"))
        return made._replace(headers=headers + [took])

    def read(self, request: Request) -> Dict[str, Any]:
        """The arguments of run() for a request. Raises Refused."""
        given = self.arguments(request)
        if self.wants_headers:
            given["request_headers"] = request.header_dict()
        return given

    def arguments(self, request: Request) -> Dict[str, Any]:
        first = self.parameters[0].name
        if self.kind == "raw":
            return {first: contrib.raw_request(request)}
        if request.method not in ("GET", "POST"):
            raise Refused(405, "Method not allowed")
        if self.kind == "schema":
            return self.by_name(in_query(request) if request.method == "GET" else in_body(request))
        if request.method == "GET":
            return {first: json.dumps(in_query(request))}
        try:
            return {first: request.body.decode("utf-8")}
        except UnicodeDecodeError as error:
            raise Refused(400, "The body is not UTF-8: %s" % error) from None

    def by_name(self, values: Dict[str, Any]) -> Dict[str, Any]:
        given = {each.name: values.get(each.name, each.default) for each in self.parameters}
        missing = [name for name, value in given.items() if value is inspect.Parameter.empty]
        if missing:
            raise Refused(400, "There is no value for the parameter %r." % missing[0])
        return given


def is_decorated(run: Callable[..., Any]) -> bool:
    if "inference_schema" not in sys.modules:
        return False
    from inference_schema.schema_util import is_schema_decorated

    return bool(is_schema_decorated(run))


def in_query(request: Request) -> Dict[str, Any]:
    """Values of the query, read as JSON where they are; of a name that comes twice, a list."""

    def value(text: str) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            return text

    return {name: value(v[0]) if len(v) == 1 else [value(each) for each in v] for name, v in request.arguments().items()}


def in_body(request: Request) -> Dict[str, Any]:
    media = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        raise Refused(415, "The Content-Type must be application/json")
    if not request.body:
        raise Refused(400, "The body is empty; a JSON object is expected.")
    try:
        values = json.loads(request.body)
    except ValueError as error:
        raise Refused(400, "The body is not JSON: %s" % error) from None
    if not isinstance(values, dict):
        raise Refused(400, "The body must be a JSON object.")
    return values


class Late(BaseException):
    """No script's `except Exception` swallows it."""


@contextlib.contextmanager
def limit(timeout_ms: int) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: Optional[types.FrameType]) -> None:
        raise Late()

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, timeout_ms / 1000)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def boot(options: Options) -> Script:
    """The script, loaded and initialised. Exits with 3 when it cannot be."""
    script = Script(options)
    try:
        script.load()
    except BaseException as error:
        log.error("The script cannot be loaded: %s", error, exc_info=not isinstance(error, ScriptError))
        raise SystemExit(3) from None
    try:
        script.start()
    except BaseException as error:
        log.error("init() failed: %s", error, exc_info=True)
        if options.model_dir and os.path.exists(options.model_dir):
            log.info("What is in the folder of the model, %s:", options.model_dir)
            show_tree(options.model_dir)
        raise SystemExit(3) from None
    return script


def show_tree(root: str) -> None:
    shown = 0
    for folder, folders, files in os.walk(root):
        folders.sort()
        depth = 0 if folder == root else os.path.relpath(folder, root).count(os.sep) + 1
        for line in ["    " * depth + os.path.basename(folder) + os.sep] + ["    " * (depth + 1) + f for f in sorted(files)]:
            if shown == most_lines:
                log.info("… and more: these are the first %d lines", most_lines)
                return
            log.info("%s", line)
            shown += 1
