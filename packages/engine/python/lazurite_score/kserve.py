"""The KServe v2 protocol over HTTP, with Triton's binary tensors."""
import argparse
import asyncio
import json
import logging
import os
import re
import signal
import struct
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, List, Tuple

from . import logs, version
from .http import Exchange, Server
from .main import bind
from .message import Reply, Request, json_reply
from .onnx_models import Bad, Model, open_all, types

log = logging.getLogger("azmlinfsrv")
numpy_types = {name: dtype for name, dtype in types.values()}
binary_header = "Inference-Header-Content-Length"
address = re.compile(r"/v2/models/([^/]+)(?:/versions/([^/]+))?(?:/(ready|infer|config))?")


class Face:
    def __init__(self, models: Dict[str, Model]) -> None:
        self.models = models
        self.pool = ThreadPoolExecutor(max(2, len(os.sched_getaffinity(0))))

    async def answer(self, exchange: Exchange) -> Reply:
        request = exchange.request
        began = time.perf_counter()
        try:
            reply = await self.route(request)
        except Bad as bad:
            reply = json_reply(bad.status, {"error": str(bad)})
        except Exception:
            log.error("A call failed", exc_info=True)
            reply = json_reply(500, {"error": "The server failed. Check the logs for more info."})
        if not request.path.startswith("/v2/health"):
            took = (time.perf_counter() - began) * 1000
            log.info("%s %s %d %.3fms %d", request.method, request.target, reply.status, took, len(reply.body))
        known = [(name, value) for name, value in request.headers if name == "X-Request-Id" and len(value) <= 100]
        return reply._replace(headers=reply.headers + known)

    async def route(self, request: Request) -> Reply:
        path = request.path.rstrip("/") or "/"
        if path in ("/", "/v2/health/live", "/v2/health/ready"):
            return Reply(200, [("Content-Type", "text/plain")], b"")
        if path == "/v2":
            extensions = ["binary_tensor_data", "model_repository"]
            return json_reply(200, {"name": "lazurite", "version": version, "extensions": extensions})
        if path == "/v2/repository/index":
            listed = [{"name": each.name, "version": each.version, "state": "READY"} for each in self.models.values()]
            return json_reply(200, listed)
        found = address.fullmatch(path)
        if found is None:
            raise Bad("there is nothing at this address", 404)
        model, act = self.find(found[1], found[2]), found[3]
        if act == "infer":
            if request.method != "POST":
                raise Bad("models are asked with POST", 405)
            return await asyncio.get_running_loop().run_in_executor(self.pool, infer, model, request)
        if act == "ready":
            return Reply(200, [("Content-Type", "text/plain")], b"")
        if act == "config":
            return json_reply(200, {"name": model.name, "platform": "onnxruntime_onnx", "max_batch_size": model.most})
        return json_reply(200, model.describe())

    def find(self, name: str, asked: Any) -> Model:
        model = self.models.get(name)
        if model is None or asked not in (None, "", model.version):
            raise Bad("there is no model %s%s" % (name, " of version %s" % asked if asked else ""), 404)
        return model


def infer(model: Model, request: Request) -> Reply:
    asked, binary = split(request)
    given: Dict[str, Any] = {}
    for tensor in listed(asked, "inputs"):
        array, binary = read_tensor(tensor, binary)
        given[str(tensor.get("name"))] = array
    if binary:
        raise Bad("%d bytes after the headers belong to no input" % len(binary))
    shared = bool((asked.get("parameters") or {}).get("binary_data_output", False))
    wanted = {str(each.get("name")): each.get("parameters") or {} for each in listed(asked, "outputs", [])}
    if not wanted:
        wanted = {name: {} for name in model.outputs}
    if any(parameters.get("classification") for parameters in wanted.values()):
        raise Bad("classification of outputs is not supported; take the scores")
    results = model.infer(given, list(wanted))
    outputs: List[Dict[str, Any]] = []
    pieces: List[bytes] = []
    for name, array in results.items():
        port = model.outputs[name]
        shown: Dict[str, Any] = {"name": name, "datatype": port.datatype, "shape": list(array.shape)}
        if wanted[name].get("binary_data", shared):
            data = to_bytes(array, port.datatype)
            shown["parameters"] = {"binary_data_size": len(data)}
            pieces.append(data)
        elif port.datatype == "BYTES":
            shown["data"] = [each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in array.flat]
        else:
            shown["data"] = array.ravel().tolist()
        outputs.append(shown)
    answer = {"model_name": model.name, "model_version": model.version, "outputs": outputs}
    if "id" in asked:
        answer["id"] = asked["id"]
    if not pieces:
        return json_reply(200, answer)
    head = json.dumps(answer).encode()
    headers = [("Content-Type", "application/octet-stream"), (binary_header, str(len(head)))]
    return Reply(200, headers, head + b"".join(pieces))


def split(request: Request) -> Tuple[Dict[str, Any], bytes]:
    """The JSON of a request, and the binary tensors behind it."""
    if (request.header("Content-Encoding") or "identity").lower() != "identity":
        raise Bad("compressed requests are not supported", 415)
    told = request.header(binary_header)
    if told is not None and not re.fullmatch("[0-9]{1,12}", told):
        raise Bad("%s must be a whole number" % binary_header)
    size = len(request.body) if told is None else int(told)
    if size > len(request.body):
        raise Bad("%s is larger than the body" % binary_header)
    try:
        asked = json.loads(request.body[:size])
    except ValueError as error:
        raise Bad("the request is not JSON: %s" % error) from None
    if not isinstance(asked, dict):
        raise Bad("the request must be a JSON object with inputs")
    return asked, request.body[size:]


def listed(asked: Dict[str, Any], name: str, default: Any = None) -> List[Dict[str, Any]]:
    found = asked.get(name, default)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise Bad("%s must be a list of objects" % name)
    return found


def read_tensor(tensor: Dict[str, Any], binary: bytes) -> Tuple[Any, bytes]:
    """One input, and the bytes that are left for the next ones."""
    import numpy

    name, datatype, shape = tensor.get("name"), str(tensor.get("datatype")), tensor.get("shape")
    if datatype not in numpy_types:
        raise Bad("the input %s has no datatype that is known: %s" % (name, datatype))
    if not isinstance(shape, list) or not all(isinstance(each, int) and each >= 0 for each in shape):
        raise Bad("the input %s needs a shape of whole numbers" % name)
    size = (tensor.get("parameters") or {}).get("binary_data_size")
    try:
        if size is None:
            array = numpy.array(tensor.get("data"), dtype=numpy_types[datatype])
        elif not isinstance(size, int) or not 0 <= size <= len(binary):
            raise Bad("the input %s has more bytes than there are" % name)
        elif datatype == "BYTES":
            array = numpy.array(texts(binary[:size]), dtype=object)
        else:
            array = numpy.frombuffer(binary[:size], dtype=numpy_types[datatype])
        return array.reshape(shape), binary[size or 0 :]
    except (TypeError, ValueError, OverflowError, struct.error) as error:
        raise Bad("the data of the input %s do not fit: %s" % (name, error)) from None


def texts(data: bytes) -> List[str]:
    read: List[str] = []
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        if at + 4 + size > len(data):
            raise ValueError("a text ends after its tensor")
        read.append(data[at + 4 : at + 4 + size].decode("utf-8"))
        at += 4 + size
    return read


def to_bytes(array: Any, datatype: str) -> bytes:
    if datatype != "BYTES":
        return array.tobytes()
    flat = [each if isinstance(each, bytes) else str(each).encode() for each in array.flat]
    return b"".join(struct.pack("<I", len(each)) + each for each in flat)


def main(argv: List[str]) -> int:
    parser = argparse.ArgumentParser(prog="onnx_score.py", description="Serves ONNX models over KServe v2.")
    parser.add_argument("--repository", required=True, help="folder of models")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    args = parser.parse_args(argv)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    logs.set_up("", "", "INFO")
    bound = bind(args.host, args.port)
    try:
        models = open_all(args.repository)
    except Exception as error:
        log.error("The models cannot be served: %s", error, exc_info=not isinstance(error, Bad))
        return 3
    loop = asyncio.new_event_loop()
    server = Server(Face(models).answer, 100 * 1024 * 1024)
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(server.open(bound), loop).result()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    log.info("Models: %s", ", ".join("%s:%s" % (each.name, each.version) for each in models.values()))
    log.info("Ready: http://%s:%d/v2", *bound.getsockname()[:2])
    while not over.wait(1):
        pass
    loop.call_soon_threadsafe(server.stop)
    ends_at = time.monotonic() + 30
    while server.lines and time.monotonic() < ends_at:
        time.sleep(0.02)
    return 0
