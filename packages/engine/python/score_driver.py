"""Serves a scoring script with the contract of azureml-inference-server-http, with the standard library alone.

    python score_driver.py --port PORT --entry_script FILE

init() runs once before the port is open; run() gets the body as text, or the request where it is marked @rawhttp.
"""
import argparse
import importlib.util
import inspect
import json
import logging
import os
import sys
import threading
import time
import traceback
import types
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

log = logging.getLogger("lazurite.score")
VERSION = "lazurite/1"
MOST_BYTES = 512 << 20


class AMLRequest:
    def __init__(self, handler, body):
        self.method = handler.command
        self.headers = handler.headers
        self.data = body
        self.full_path = handler.path
        self.path = urlsplit(handler.path).path
        self.args = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}

    def get_data(self, as_text=False, **_):
        return self.data.decode() if as_text else self.data

    def get_json(self, **_):
        return json.loads(self.data)

    @property
    def json(self):
        return json.loads(self.data)


class AMLResponse:
    def __init__(self, message="", status_code=200, response_headers=None, json_str=False):
        self.body = json.dumps(message) if json_str else message
        self.status = status_code
        self.headers = dict(response_headers or {})
        self.json = json_str


def rawhttp(function):
    function._laz_raw = True
    return function


def offer_modules():
    """Scripts import these names; where the real packages are installed, nothing of them changes."""
    request = types.ModuleType("azureml.contrib.services.aml_request")
    request.rawhttp, request.AMLRequest = rawhttp, AMLRequest
    response = types.ModuleType("azureml.contrib.services.aml_response")
    response.AMLResponse = AMLResponse
    for name in ("azureml", "azureml.contrib", "azureml.contrib.services"):
        if name not in sys.modules:
            try:
                found = importlib.util.find_spec(name)
            except (ImportError, ValueError):
                found = None
            if found is None:
                module = types.ModuleType(name)
                module.__path__ = []
                sys.modules[name] = module
    sys.modules[request.__name__] = request
    sys.modules[response.__name__] = response


class Printed:
    """What the script prints becomes a line of the log, with its time."""

    def __init__(self, to):
        self.to, self.rest, self.lock = to, "", threading.Lock()

    def write(self, text):
        with self.lock:
            *lines, self.rest = (self.rest + text).split("\n")
            for line in lines:
                self.to.info(line)
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


def load(path):
    spec = importlib.util.spec_from_file_location("entry_module", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["entry_module"] = module
    spec.loader.exec_module(module)
    for name in ("init", "run"):
        if not callable(getattr(module, name, None)):
            raise RuntimeError(f"{os.path.basename(path)} defines no function {name}()")
    return module


def make_handler(run):
    names = [n for n in inspect.signature(run).parameters if n != "request_headers"]
    wants_headers = "request_headers" in inspect.signature(run).parameters
    if not names:
        raise RuntimeError("run() takes no parameter for the data")
    raw = getattr(run, "_laz_raw", False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 300

        def log_message(self, *_):
            pass

        def reply(self, status, body, headers=None):
            data = body if isinstance(body, bytes) else body.encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def body(self):
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)
            size = int(self.headers.get("Content-Length") or 0)
            if size > MOST_BYTES:
                raise ValueError("the body is too large")
            return self.rfile.read(size)

        def score(self):
            begun = time.perf_counter()
            data = self.body()
            identity = self.headers.get("x-request-id") or str(uuid.uuid4())
            extra = {"x-ms-server-version": VERSION, "x-request-id": identity, "x-ms-request-id": identity}
            if client := self.headers.get("x-ms-client-request-id"):
                extra["x-ms-client-request-id"] = client
            status, text = 200, "{}"
            try:
                if raw:
                    value = AMLRequest(self, data)
                elif self.command == "GET":
                    query = parse_qs(urlsplit(self.path).query)
                    value = json.dumps({k: [parsed(x) for x in v] if len(v) > 1 else parsed(v[0]) for k, v in query.items()})
                else:
                    value = data.decode()
                result = run(value, **({"request_headers": dict(self.headers)} if wants_headers else {}))
                if isinstance(result, AMLResponse):
                    status, text = result.status, result.body
                    extra.update(result.headers)
                    if not isinstance(text, (bytes, str)):
                        text = json.dumps(text)
                else:
                    text = json.dumps({} if result is None else result)
                extra["x-ms-run-function-failed"] = str(status >= 500)
            except UnicodeDecodeError:
                status, text = 400, json.dumps({"message": "the body is no UTF-8 text"})
            except Exception:
                log.error("the scoring script failed\n%s", traceback.format_exc())
                status = 500
                extra["x-ms-run-function-failed"] = "True"
                message = "An unexpected error occurred in scoring script. Check the logs for more info."
                text = json.dumps({"message": message})
            took = (time.perf_counter() - begun) * 1000
            extra["x-ms-run-fn-exec-ms"] = f"{took:.3f}"
            self.reply(status, text, extra)
            log.info("%s %s %s %.3fms %d", self.command, urlsplit(self.path).path, status, took, len(text))

        def answer(self):
            path = urlsplit(self.path).path
            if path == "/" and self.command in ("GET", "HEAD"):
                return self.reply(200, "Healthy", {"Content-Type": "text/html; charset=utf-8"})
            if path == "/score":
                if self.command == "OPTIONS":
                    return self.reply(200, "")
                if raw or self.command in ("GET", "POST"):
                    return self.score()
                return self.reply(405, json.dumps({"message": "Method not allowed"}))
            if path == "/swagger.json" and self.command == "GET":
                return self.reply(200, json.dumps(swagger()))
            return self.reply(404, json.dumps({"message": "Not found"}))

        do_GET = do_POST = do_OPTIONS = do_HEAD = do_PUT = do_DELETE = do_PATCH = answer

    return Handler


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def swagger():
    for name in ("swagger.json", "swagger2.json"):
        file = os.path.join(os.environ.get("AML_APP_ROOT", "."), name)
        if os.path.isfile(file):
            with open(file, encoding="utf-8") as stream:
                return json.load(stream)
    body = {"name": "serviceInputPayload", "in": "body", "schema": {"$ref": "#/definitions/ServiceInput"}}
    answer = {"200": {"description": "The result of run().", "schema": {"$ref": "#/definitions/ServiceOutput"}}}
    score = {"operationId": "RunMLService", "consumes": ["application/json"], "parameters": [body], "responses": answer}
    healthy = {"operationId": "ServiceHealthCheck", "responses": {"200": {"description": "It is healthy."}}}
    return {
        "swagger": "2.0",
        "info": {"title": os.environ.get("SERVICE_NAME", "ML service"), "version": os.environ.get("SERVICE_VERSION", "1.0")},
        "schemes": ["http"],
        "paths": {"/": {"get": healthy}, "/score": {"post": score}},
        "definitions": {"ServiceInput": {"type": "object"}, "ServiceOutput": {"type": "object"}},
    }


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--entry_script", required=True)
    asked = options.parse_args()
    form = "%(asctime)s,%(msecs)03d %(levelname).1s [%(process)d] %(name)s - %(message)s"
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(stream=sys.stderr, level=os.environ.get("AZUREML_LOG_LEVEL", "INFO"), format=form, datefmt="%Y-%m-%d %H:%M:%S")
    sys.stdout = Printed(logging.getLogger("print"))
    script = os.path.abspath(asked.entry_script)
    sys.path[0:1] = [os.environ.get("AML_APP_ROOT", os.getcwd()), os.path.dirname(script)]
    offer_modules()
    try:
        module = load(script)
        module.init()
        handler = make_handler(getattr(getattr(module, "driver_module", module), "run", module.run))
    except BaseException:
        log.error("the scoring script could not be started\n%s", traceback.format_exc())
        sys.exit(3)
    server = Server(("127.0.0.1", asked.port), handler)
    log.info("listening on 127.0.0.1:%d", asked.port)
    server.serve_forever()


if __name__ == "__main__":
    main()
