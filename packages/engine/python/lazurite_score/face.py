"""What callers see: addresses, ids, headers, and a line in the log for each call."""
import logging
import time
import uuid
from typing import List, Optional, Tuple

from . import swagger, version
from .http import Exchange
from .message import Headers, Reply, Request, failure, json_reply
from .options import Options
from .runner import Runner

log = logging.getLogger("azmlinfsrv")
most_id_characters = 100


class Face:
    def __init__(self, options: Options, runner: Runner) -> None:
        self.options = options
        self.runner = runner

    async def answer(self, exchange: Exchange) -> Reply:
        request = exchange.request
        began = time.perf_counter()
        ids, refusal = identify(request)
        reply = refusal or await self.route(exchange)
        headers = reply.headers + ids + self.cross_origin(request)
        if self.options.names_itself:
            headers.append(("x-ms-server-version", "lazurite-score/" + version))
        trace = request.header("TraceId")
        if trace is not None:
            headers.append(("TraceId", trace))
        if request.path != "/":
            size = len(reply.body) if isinstance(reply.body, bytes) else "N/A"
            took = (time.perf_counter() - began) * 1000
            log.info("%s %s %d %.3fms %s", request.method, request.target, reply.status, took, size)
        return reply._replace(headers=headers)

    async def route(self, exchange: Exchange) -> Reply:
        request = exchange.request
        method, path = request.method, request.path
        reading = method in ("GET", "HEAD")
        if path == "/score" or path in self.options.score_aliases:
            if method in ("GET", "POST") or (method in ("OPTIONS", "HEAD") and self.runner.raw):
                return await self.runner.ask(exchange)
            if method == "OPTIONS":
                headers = [("Content-Type", "text/html; charset=utf-8"), ("Allow", "GET, POST, OPTIONS")]
                return Reply(200, headers + [("x-ms-run-function-failed", "False")], b"")
            return refuse_method("GET, POST, OPTIONS")
        if path in self.options.health_aliases:
            path = "/"
        if path not in ("/", "/swagger.json"):
            return failure(404, "There is nothing at this address. Calls go to /score.")
        if method == "OPTIONS":
            return Reply(200, [("Content-Type", "text/html; charset=utf-8"), ("Allow", "GET, HEAD, OPTIONS")], b"")
        if not reading:
            return refuse_method("GET, HEAD, OPTIONS")
        if path == "/":
            return Reply(200, [("Content-Type", "text/html; charset=utf-8")], b"Healthy")
        return self.describe(request)

    def describe(self, request: Request) -> Reply:
        asked = request.arguments().get("version", ["2"])[0]
        known = self.runner.swagger
        found = known.get(swagger.aliases.get(asked, ""))
        if found is None:
            return failure(404, "There is no description of version [%s]. There are: [%s]." % (asked, ", ".join(sorted(known))))
        return json_reply(200, found, [("x-ms-run-function-failed", "False")])

    def cross_origin(self, request: Request) -> Headers:
        origin = request.header("Origin")
        allowed = self.options.cors_origins
        if origin is None and len(allowed) == 1:
            origin = allowed[0]
        if origin is None or not allowed or not ("*" in allowed or origin in allowed):
            return []
        headers = [("Access-Control-Allow-Origin", origin), ("Vary", "Origin")]
        if request.method == "OPTIONS" and request.header("Access-Control-Request-Method"):
            headers.append(("Access-Control-Allow-Methods", "GET, POST"))
            asked = request.header("Access-Control-Request-Headers")
            if asked:
                headers.append(("Access-Control-Allow-Headers", asked))
        return headers


def refuse_method(allowed: str) -> Reply:
    refused = failure(405, "Method not allowed")
    return refused._replace(headers=refused.headers + [("Allow", allowed)])


def identify(request: Request) -> Tuple[Headers, Optional[Reply]]:
    """The ids that go back, and a refusal of those that are too long."""
    own = request.header("x-request-id") or str(uuid.uuid4())
    older = request.header("x-ms-request-id") or ""
    client = request.header("x-ms-client-request-id") or older
    legacy = older or client or own
    if len(own) > most_id_characters:
        return [], failure(431, "x-request-id must not exceed %d characters" % most_id_characters)
    ids: List[Tuple[str, str]] = [("x-request-id", own)]
    if max(len(legacy), len(client)) > most_id_characters:
        text = "x-ms-request-id and x-ms-client-request-id must not exceed %d characters" % most_id_characters
        return ids, failure(431, text)
    ids.append(("x-ms-request-id", legacy))
    if client:
        ids.append(("x-ms-client-request-id", client))
    return ids, None
