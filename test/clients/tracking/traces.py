"""Traces of the second and third dialect, spans by OpenTelemetry, assessments, sums."""
import gzip
import json
import math

from suite import check, rows
from wire import fresh, pairs, same, words

made = {}
count = [0]


def fresh_id():
    count[0] += 1
    return "tr-" + fresh("x").split("-")[-1].rjust(12, "0") + f"{count[0]:020x}"


def third(api, method, path, **body):
    return api.send(method, path, body, "3.0")


def asked(api, path, query=()):
    import urllib.parse

    return api.raw("GET", f"/api/3.0/mlflow/{path}{'?' + urllib.parse.urlencode(query, doseq=True) if query else ''}")


def told(experiment, **more):
    return {
        "trace_id": fresh_id(),
        "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}},
        "request_time": "2025-01-02T03:04:05.678Z",
        "execution_duration": "1.500s",
        "state": "OK",
        **more,
    }


def start(api, experiment, **more):
    return third(api, "POST", "traces", trace={"trace_info": told(experiment, **more)}).ok()["trace"]["trace_info"]


def span(trace, name, at=1, **more):
    return {
        "traceId": trace.removeprefix("tr-"),
        "spanId": f"{at:016x}",
        "name": name,
        "startTimeUnixNano": str(1_700_000_000_000_000_000 + at),
        "endTimeUnixNano": str(1_700_000_000_500_000_000 + at),
        **more,
    }


def word(key, value):
    kinds = {str: "stringValue", bool: "boolValue", int: "intValue", float: "doubleValue"}
    return {"key": key, "value": {kinds[type(value)]: str(value) if type(value) is int else value}}


def export(api, experiment, spans, headers=(), resource=(), pack=lambda data: data):
    body = {"resourceSpans": [{"resource": {"attributes": list(resource)}, "scopeSpans": [{"spans": spans}]}]}
    sent = {"Content-Type": "application/json", "x-mlflow-experiment-id": experiment, **dict(headers)}
    return api.raw("POST", "/v1/traces", pack(json.dumps(body).encode()), sent)


def search(api, experiment, **more):
    locations = [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}]
    return third(api, "POST", "traces/search", locations=locations, **more)


def found(api, filter, **more):
    data = library(api)
    body = search(api, data["experiment"], filter=filter, order_by=["request_id ASC"], **more).ok()
    names = {id: name for name, id in data["ids"].items()}
    return " ".join(sorted(names[t["trace_id"]] for t in body.get("traces", [])))


def library(api):
    """Three traces with all there is to search for; made once."""
    if made:
        return made
    experiment = api.experiment()
    run = api.run(experiment)
    session = {"mlflow.trace.session": "s1"}
    ids = {name: fresh_id() for name in "abc"}
    kind = lambda name: word("mlflow.spanType", name)  # noqa: E731
    export(api, experiment, [
        span(ids["a"], "call", 1, attributes=[kind("LLM"), word("model", "gpt-4o"), word("mlflow.spanInputs", "hello there")]),
        span(ids["a"], "tool", 2, parentSpanId=f"{1:016x}", attributes=[kind("TOOL"), word("model", "x")], status={"code": 2}),
        span(ids["b"], "call", 3, attributes=[kind("TOOL"), word("model", "claude")]),
    ]).taken()
    start(api, experiment, trace_id=ids["a"], request_time="2025-01-01T00:00:00.100Z", execution_duration="0.010s", client_request_id="c1",
          tags={"mlflow.traceName": "alpha", "env": "prod"}, trace_metadata={"mlflow.sourceRun": run, "model": "gpt-4", **session})
    start(api, experiment, trace_id=ids["b"], request_time="2025-01-01T00:00:00.200Z", execution_duration="0.300s", state="ERROR",
          tags={"mlflow.traceName": "beta", "env": "dev", "a b.c": "x y"}, trace_metadata=session)
    start(api, experiment, trace_id=ids["c"], request_time="2025-01-01T00:00:00.300Z", execution_duration="0.020s", state="IN_PROGRESS", tags={"mlflow.traceName": "gamma", "env": "Prod"})
    api.post("traces/link-to-run", trace_ids=[ids["c"]], run_id=run).ok()
    api.post("traces/link-prompts", trace_id=ids["b"], prompt_versions=[{"name": "ask", "version": "2"}]).ok()
    for name, said, value in [("a", "good", True), ("b", "good", "no"), ("b", "score", 0.75)]:
        assess(api, ids[name], assessment_name=said, feedback={"value": value}).ok()
    assess(api, ids["c"], assessment_name="answer", expectation={"value": "42"}).ok()
    assess(api, ids["c"], assessment_name="iss-1", issue={"issue_name": "slow"}).ok()
    assess(api, ids["a"], assessment_name="polite", feedback={"value": "yes"}, metadata=session).ok()
    made.update(experiment=experiment, run=run, ids=ids)
    return made


def assess(api, trace, **more):
    body = {"source": {"source_type": "HUMAN", "source_id": "me"}, "create_time": "2025-01-02T03:04:05Z", "last_update_time": "2025-01-02T03:04:05Z", "trace_id": trace, **more}
    return third(api, "POST", f"traces/{trace}/assessments", assessment=body)


@check("a trace comes back as it was told, with the place of its files")
def _(api):
    experiment = api.experiment()
    sent = told(experiment, client_request_id="mine", request_preview="q", response_preview="a", trace_metadata={"k": "v"}, tags={"mlflow.traceName": "n"})
    kept = third(api, "POST", "traces", trace={"trace_info": sent}).ok()["trace"]["trace_info"]
    place = kept["tags"].pop("mlflow.artifactLocation")
    assert place.endswith(f"{experiment}/traces/{sent['trace_id']}/artifacts"), place
    kept["trace_metadata"].pop("mlflow.trace.infoFinalized", None)
    same(kept, sent)


@check("its head is read alone, and many at once")
def _(api):
    experiment = api.experiment()
    a, b = start(api, experiment), start(api, experiment)
    same(asked(api, f"traces/{a['trace_id']}").ok()["trace"]["trace_info"]["trace_id"], a["trace_id"])
    both = third(api, "POST", "traces/batchGetInfos", trace_ids=[b["trace_id"], a["trace_id"], "tr-none"]).ok()["trace_infos"]
    same([t["trace_id"] for t in both], [b["trace_id"], a["trace_id"]])
    same(third(api, "POST", "traces/batchGetInfos", trace_ids=["tr-none"]).ok(), {})


@check("told again it is one trace still, with the newer head")
def _(api):
    experiment = api.experiment()
    sent = told(experiment, tags={"a": "1"})
    for more in ({}, {"state": "ERROR", "execution_duration": "2s"}):
        third(api, "POST", "traces", trace={"trace_info": {**sent, **more}}).ok()
    (only,) = search(api, experiment).ok()["traces"]
    same((only["state"], only["execution_duration"], only["tags"]["a"]), ("ERROR", "2s", "1"))


@rows("a duration of {0} is printed as {1}", [("0s", "0s"), ("2s", "2s"), ("0.001s", "0.001s"), ("61.5s", "61.500s"), ("0.000500s", "0s"), ("3600.25s", "3600.250s")], "traces")
def _(api, sent, printed):
    same(start(api, api.experiment(), execution_duration=sent)["execution_duration"], printed)


@rows("a time of {0} is printed as {1}", [("2025-01-02T03:04:05Z", "2025-01-02T03:04:05Z"), ("2025-01-02T03:04:05.5Z", "2025-01-02T03:04:05.500Z"), ("2025-01-02T03:04:05.123456Z", "2025-01-02T03:04:05.123Z"), ("2025-01-02T05:04:05+02:00", "2025-01-02T03:04:05Z")], "traces")
def _(api, sent, printed):
    same(start(api, api.experiment(), request_time=sent)["request_time"], printed)


@rows("a trace that is not there: {0} {1}", [
    ("GET", "traces/tr-none", {}), ("PATCH", "traces/tr-none/tags", {"key": "a", "value": "b"}), ("DELETE", "traces/tr-none/tags", {"key": "a"}),
    ("POST", "traces/tr-none/assessments", {"assessment": {"assessment_name": "x", "feedback": {"value": 1}, "source": {"source_type": "CODE"}}}),
    ("GET", "traces/tr-none/assessments/a-none", {}),
], "traces")
def _(api, method, path, body):
    answer = asked(api, path) if method == "GET" else third(api, method, path, **body)
    answer.refused("RESOURCE_DOES_NOT_EXIST", "tr-none")


@check("the experiment of a trace must be there, and active")
def _(api):
    third(api, "POST", "traces", trace={"trace_info": told("98765432")}).refused("RESOURCE_DOES_NOT_EXIST")
    experiment = api.experiment()
    api.post("experiments/delete", experiment_id=experiment).ok()
    third(api, "POST", "traces", trace={"trace_info": told(experiment)}).refused("INVALID_PARAMETER_VALUE", "active")


@rows("tags of traces by dialect {0}", [("2.0",), ("3.0",)], "traces")
def _(api, version):
    id = start(api, api.experiment())["trace_id"]
    tags = lambda: asked(api, f"traces/{id}").ok()["trace"]["trace_info"]["tags"]  # noqa: E731
    for value in ("1", "2", "ü" * 300):
        same(api.send("PATCH", f"traces/{id}/tags", {"key": "a", "value": value}, version).ok(), {})
        same(tags()["a"], value)
    same(api.send("DELETE", f"traces/{id}/tags", {"key": "a"}, version).ok(), {})
    assert "a" not in tags()
    api.send("DELETE", f"traces/{id}/tags", {"key": "a"}, version).refused("RESOURCE_DOES_NOT_EXIST", "No trace tag with key 'a'")
    api.send("PATCH", f"traces/{id}/tags", {"value": "1"}, version).refused("INVALID_PARAMETER_VALUE", "Missing value for required parameter 'key'")
    api.send("PATCH", f"traces/{id}/tags", {"key": "mlflow.trace.spansLocation", "value": "1"}, version).refused("INVALID_PARAMETER_VALUE", "immutable")


@rows("{0} finds {1}", [
    ("trace.status = 'OK'", "a"), ("status = 'ERROR'", "b"), ("attributes.status != 'OK'", "b c"), ("status IN ('ERROR', 'OK')", "a b"), ("status NOT IN ('ERROR')", "a c"),
    ("status LIKE 'IN%'", "c"), ("status ILIKE 'in%'", "c"), ("timestamp_ms > 1735689600150", "b c"), ("timestamp_ms = 1735689600100", "a"), ("timestamp <= 1735689600200", "a b"),
    ("execution_time_ms >= 20", "b c"), ("execution_time < 20", "a"), ("timestamp_ms > 1735689600150 AND execution_time_ms < 100", "c"), ("end_time_ms = 1735689600500", "b"),
    ("client_request_id = 'c1'", "a"), ("name = 'alpha'", "a"), ("name != 'alpha'", "b c"), ("trace.name LIKE '%a'", "a b c"), ("name IN ('alpha', 'gamma')", "a c"),
    ("tag.env = 'prod'", "a"), ("tags.env ILIKE 'PROD'", "a c"), ("tags.env LIKE 'pro_'", "a"), ("tags.env != 'dev'", "a c"), ("tags.`a b.c` = 'x y'", "b"), ("tags.`a b.c` IS NULL", "a c"), ("tags.env IS NOT NULL", "a b c"),
    ("tags.env RLIKE 'rod$'", "a c"), ("tags.env RLIKE '^(prod|dev)$'", "a b"), ("metadata.model = 'gpt-4'", "a"), ("request_metadata.`model` LIKE 'gpt%'", "a"), ("metadata.model IS NULL", "b c"),
    ("metadata.`mlflow.trace.session` = 's1'", "a b"), ("prompt = 'ask/2'", "b"), ("prompt = 'ask/1'", ""),
    ("span.name = 'call'", "a b"), ("span.name = 'call' AND span.type = 'TOOL'", "b"), ("span.type = 'LLM' AND span.status = 'ERROR'", ""), ("span.type IN ('LLM', 'X')", "a"), ("span.name RLIKE '^t'", "a"),
    ("span.status = 'ERROR'", "a"), ("span.content LIKE '%claude%'", "b"), ("trace.text LIKE '%hello there%'", "a"), ("trace.text ILIKE '%HELLO%'", "a"),
    ("span.attributes.model LIKE '%claude%'", "b"), ("span.attributes.model ILIKE '%GPT%'", "a"),
    ("feedback.good = 'true'", "a"), ("feedback.good = 'no'", "b"), ("feedback.good != 'no'", "a"), ("feedback.score > 0.7", "b"), ("feedback.score <= 0.7", ""), ("feedback.score IS NULL", "a c"),
    ("feedback.polite = 'yes'", "a b"), ("feedback.polite IS NOT NULL", "a b"), ("expectation.answer = '42'", "c"), ("expectation.answer IS NULL", "a b"), ("issue.id = 'iss-1'", "c"), ("issue.id = 'other'", ""),
    ("name = 'alpha' AND tags.env = 'prod' AND span.type = 'LLM' AND feedback.good = 'true'", "a"),
], "traces")
def _(api, filter, ids):
    same(found(api, filter), ids)


@check("run_id finds traces of a run and those linked to it")
def _(api):
    run = library(api)["run"]
    same(found(api, f"run_id = '{run}'"), "a c")
    same(found(api, f"metadata.`mlflow.sourceRun` = '{run}'"), "a c")


@rows("the filter {0} is refused", [
    ("foo = 'x'", "attribute key"), ("bar.x = 'y'", "entity type"), ("tag.a = 5", "quoted string"), ("status = 'OK' OR status = 'ERROR'", "Invalid clause"), ("status = OK", None),
    ("span.kind = 'x'", "span attribute"), ("span.content = 'x'", "comparator"), ("issue.name = 'x'", "issue attribute"), ("prompt LIKE 'x%'", "comparator"), ("prompt = 'x'", "name/version"),
    ("feedback.a > 'x'", "numeric"), ("feedback.a = 1", "quoted string"),
], "traces")
def _(api, filter, says):
    search(api, library(api)["experiment"], filter=filter).refused("INVALID_PARAMETER_VALUE", says)


@rows("ordered by {0}", [
    ((), "c b a"), (("timestamp_ms ASC",), "a b c"), (("execution_time_ms DESC",), "b c a"), (("execution_time ASC",), "a c b"), (("name DESC",), "c b a"), (("status ASC", "timestamp DESC"), "b c a"),
    (("tag.env DESC",), "a b c"), (("metadata.model ASC", "timestamp_ms ASC"), "a b c"), (("attributes.timestamp_ms DESC",), "c b a"),
], "traces")
def _(api, order, ids):
    data = library(api)
    names = {id: name for name, id in data["ids"].items()}
    seen, token = [], None
    while True:
        body = search(api, data["experiment"], order_by=list(order), max_results=2, **({"page_token": token} if token else {})).ok()
        seen += [names[t["trace_id"]] for t in body.get("traces", [])]
        token = body.get("next_page_token")
        if not token:
            break
    same(" ".join(seen), ids)


@rows("a page of {0} is refused", [(501,), (0,), (-1,)], "traces")
def _(api, most):
    search(api, api.experiment(), max_results=most).refused("INVALID_PARAMETER_VALUE", "max_results")


@check("spans come back with all their digits")
def _(api):
    experiment, id = api.experiment(), fresh_id()
    more = {"events": [{"timeUnixNano": "1700000000300000007", "name": "e", "attributes": [word("n", 1)]}], "status": {"code": 2, "message": "bad"}}
    export(api, experiment, [span(id, "root", 1, attributes=[word("s", "ü"), word("i", 2**53 + 1), word("f", 0.5), word("b", True)], **more)]).taken()
    answer = asked(api, "traces/get", {"trace_id": id})
    trace = answer.ok()["trace"]
    (one,) = trace["spans"]
    same((one["name"], one["start_time_unix_nano"], one["status"]["code"], one["status"]["message"]), ("root", 1_700_000_000_000_000_001, "STATUS_CODE_ERROR", "bad"))
    same(one["events"][0]["time_unix_nano"], 1_700_000_000_300_000_007)
    values = {kv["key"]: kv["value"] for kv in one["attributes"]}
    same((values["s"], values["b"], values["f"]), ({"string_value": "ü"}, {"bool_value": True}, {"double_value": 0.5}))
    same(int(values["i"]["int_value"]), 2**53 + 1)
    same(values["mlflow.traceRequestId"], {"string_value": id})
    info = trace["trace_info"]
    same((info["state"], info["execution_duration"], info["request_time"]), ("ERROR", "0.500s", "2023-11-14T22:13:20Z"))
    same(info["tags"]["mlflow.trace.spansLocation"], "TRACKING_STORE")


@check("spans sent again stay what they are, and come root first")
def _(api):
    experiment, id = api.experiment(), fresh_id()
    spans = [span(id, "late", 3, parentSpanId=f"{2:016x}"), span(id, "early", 1, parentSpanId=f"{2:016x}"), span(id, "root", 2)]
    for _ in range(2):
        for one in spans:
            export(api, experiment, [one]).taken()
    (trace,) = asked(api, "traces/batchGet", {"trace_ids": [id]}).ok()["traces"]
    same([s["name"] for s in trace["spans"]], ["root", "early", "late"])


@check("spans come packed, and name their run")
def _(api):
    experiment, id = api.experiment(), fresh_id()
    run = api.run(experiment)
    export(api, experiment, [span(id, "root")], {"Content-Encoding": "gzip", "x-mlflow-run-id": run}, pack=gzip.compress).taken()
    same([t["trace_id"] for t in search(api, experiment, filter=f"run_id = '{run}'").ok()["traces"]], [id])


@check("tokens are summed without those a parent has summed already")
def _(api):
    experiment, id = api.experiment(), fresh_id()
    usage = lambda i, o: {"key": "mlflow.chat.tokenUsage", "value": {"kvlistValue": {"values": [word("input_tokens", i), word("output_tokens", o), word("total_tokens", i + o)]}}}  # noqa: E731
    export(api, experiment, [span(id, "leaf", 3, parentSpanId=f"{2:016x}", attributes=[usage(1, 2)])]).taken()
    export(api, experiment, [span(id, "sum", 2, parentSpanId=f"{1:016x}", attributes=[usage(1, 2)]), span(id, "other", 4, parentSpanId=f"{1:016x}", attributes=[usage(10, 20)]), span(id, "root", 1)]).taken()
    metadata = asked(api, f"traces/{id}").ok()["trace"]["trace_info"]["trace_metadata"]
    same(json.loads(metadata["mlflow.trace.tokenUsage"]), {"input_tokens": 11, "output_tokens": 22, "total_tokens": 33})


@check("resources and tags on the root become tags, sessions and users metadata")
def _(api):
    experiment, id = api.experiment(), fresh_id()
    attributes = [word("session.id", "s"), word("user.id", "u"), word("mlflow.traceTag.team", "blue"), word("mlflow.spanInputs", "hello")]
    export(api, experiment, [span(id, "root", attributes=attributes)], resource=[word("service.name", "shop"), word("telemetry.sdk.name", "x"), word("mlflow.x", "y")]).taken()
    info = asked(api, f"traces/{id}").ok()["trace"]["trace_info"]
    same((info["tags"].get("service.name"), info["tags"].get("team")), ("shop", "blue"))
    assert not [key for key in info["tags"] if key in ("telemetry.sdk.name", "mlflow.x")], info["tags"]
    same((info["trace_metadata"]["mlflow.trace.session"], info["trace_metadata"]["mlflow.trace.user"]), ("s", "u"))


@rows("conventions of others: {0}", [
    ("gen_ai", [word("gen_ai.operation.name", "chat"), word("gen_ai.usage.input_tokens", 3), word("gen_ai.usage.output_tokens", 4)], "CHAT_MODEL"),
    ("openinference", [word("openinference.span.kind", "RETRIEVER"), word("llm.token_count.prompt", 3), word("llm.token_count.completion", 4), word("llm.token_count.total", 7)], "RETRIEVER"),
    ("traceloop", [word("traceloop.span.kind", "workflow"), word("gen_ai.usage.prompt_tokens", 3), word("gen_ai.usage.completion_tokens", 4), word("llm.usage.total_tokens", 7)], "WORKFLOW"),
], "traces")
def _(api, _name, attributes, kind):
    experiment, id = api.experiment(), fresh_id()
    export(api, experiment, [span(id, "root", attributes=attributes)]).taken()
    (trace,) = asked(api, "traces/batchGet", {"trace_ids": [id]}).ok()["traces"]
    values = {kv["key"]: kv["value"] for kv in trace["spans"][0]["attributes"]}
    same(values["mlflow.spanType"], {"string_value": kind})
    metadata = asked(api, f"traces/{id}").ok()["trace"]["trace_info"]["trace_metadata"]
    same(json.loads(metadata["mlflow.trace.tokenUsage"]), {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7})


@rows("an export {0} is refused", [
    ("that is no JSON", b"{", {}), ("without spans", b"{}", {}), ("of another type", b"{}", {"Content-Type": "text/plain"}), ("packed as nobody knows", b"{}", {"Content-Encoding": "br"}),
    ("that cannot be unpacked", b"{}", {"Content-Encoding": "gzip"}), ("that is no protobuf", b"\xff\xff", {"Content-Type": "application/x-protobuf"}),
], "traces")
def _(api, _how, data, headers):
    answer = api.raw("POST", "/v1/traces", data, {"Content-Type": "application/json", "x-mlflow-experiment-id": "0", **headers})
    assert answer.status == 400, answer.shown()


@check("a trace of the second dialect is begun and ended")
def _(api):
    experiment = api.experiment()
    begun = api.post("traces", experiment_id=experiment, timestamp_ms=1000, request_metadata=pairs({"m": "1"}), tags=pairs({"mlflow.traceName": "old"})).ok()["trace_info"]
    same((begun["timestamp_ms"], begun["status"], words(begun["request_metadata"])["m"]), (1000, "IN_PROGRESS", "1"))
    id = begun["request_id"]
    ended = api.patch(f"traces/{id}", timestamp_ms=1250, status="OK", request_metadata=pairs({"n": "2"}), tags=pairs({"t": "3"})).ok()["trace_info"]
    same((ended["execution_time_ms"], ended["status"], words(ended["request_metadata"])["n"], words(ended["tags"])["t"]), (250, "OK", "2", "3"))
    same(api.get(f"traces/{id}/info").ok()["trace_info"]["request_id"], id)
    (only,) = api.get("traces", experiment_ids=experiment, filter="tags.t = '3'", max_results=5).ok()["traces"]
    same(only["request_id"], id)


@rows("deleting by {0}", [
    ({}, "must be specified"), ({"max_timestamp_millis": 1, "request_ids": ["a"]}, "Only one of"), ({"request_ids": ["a"], "max_traces": 1}, "max_traces"), ({"max_timestamp_millis": 1, "max_traces": 0}, "positive integer"),
], "traces")
def _(api, body, says):
    third(api, "POST", "traces/delete-traces", experiment_id=api.experiment(), **body).refused("INVALID_PARAMETER_VALUE", says)


@check("traces are deleted by id, and the oldest of an age")
def _(api):
    experiment = api.experiment()
    ids = [start(api, experiment, request_time=f"1970-01-01T00:00:0{i}Z")["trace_id"] for i in range(5)]
    delete = lambda **more: third(api, "POST", "traces/delete-traces", experiment_id=experiment, **more).ok()["traces_deleted"]  # noqa: E731
    same(delete(request_ids=[ids[4], "tr-none"]), 1)
    same(delete(max_timestamp_millis=2000, max_traces=2), 2)
    same([t["trace_id"] for t in search(api, experiment).ok()["traces"]], [ids[3], ids[2]])
    same(delete(max_timestamp_millis=9000), 2)
    same(search(api, experiment).ok(), {})


@check("at most 100 traces are linked at once")
def _(api):
    run = api.run()
    api.post("traces/link-to-run", trace_ids=[f"tr-{i}" for i in range(101)], run_id=run).refused("INVALID_PARAMETER_VALUE", "Cannot link more than 100 traces")
    api.post("traces/link-to-run", run_id=run).refused("INVALID_PARAMETER_VALUE", "trace_ids")


@rows("an assessment that is {0} comes back", [
    ("true", {"feedback": {"value": True}}), ("a number", {"feedback": {"value": 0.5}}), ("a text", {"feedback": {"value": "ü"}}), ("a list", {"feedback": {"value": ["a", 1.5]}}), ("a mapping", {"feedback": {"value": {"a": {"b": "c"}}}}),
    ("an expectation", {"expectation": {"value": "x"}}), ("a packed expectation", {"expectation": {"serialized_value": {"serialization_format": "JSON_FORMAT", "value": '{"a": [1]}'}}}), ("a reference to an issue", {"issue": {"issue_name": "slow"}}),
    ("an error", {"feedback": {"value": None, "error": {"error_code": "E", "error_message": "m"}}}),
], "traces")
def _(api, _what, said):
    id = start(api, api.experiment())["trace_id"]
    kept = assess(api, id, assessment_name="x", rationale="why", metadata={"a": "b"}, span_id="0001", **said).ok()["assessment"]
    same(json.loads(json.dumps(kept).replace('\\"a\\":[1]', '\\"a\\": [1]'))[list(said)[0]], list(said.values())[0])
    same((kept["trace_id"], kept["assessment_name"], kept["metadata"], kept["span_id"]), (id, "x", {"a": "b"}, "0001"))
    assert "feedback" not in said or kept["rationale"] == "why", kept
    same((kept["source"], kept["create_time"]), ({"source_type": "HUMAN", "source_id": "me"}, "2025-01-02T03:04:05Z"))
    assert kept["assessment_id"].startswith("a-"), kept
    same(asked(api, f"traces/{id}/assessments/{kept['assessment_id']}").ok()["assessment"], kept)
    same(asked(api, f"traces/{id}").ok()["trace"]["trace_info"]["assessments"], [kept])


@check("assessments are changed, overridden and deleted")
def _(api):
    id = start(api, api.experiment())["trace_id"]
    first = assess(api, id, assessment_name="x", feedback={"value": 1.0}, metadata={"a": "1"}).ok()["assessment"]["assessment_id"]
    path = f"traces/{id}/assessments/{first}"
    changed = third(api, "PATCH", path, assessment={"feedback": {"value": 2.0}, "rationale": "r", "metadata": {"b": "2"}, "assessment_name": "y"}, update_mask="feedback,rationale,metadata,assessmentName").ok()["assessment"]
    same((changed["feedback"]["value"], changed["rationale"], changed["metadata"], changed["assessment_name"]), (2.0, "r", {"a": "1", "b": "2"}, "y"))
    third(api, "PATCH", path, assessment={"expectation": {"value": "z"}}, update_mask="expectation").refused("INVALID_PARAMETER_VALUE", "Cannot update expectation value on a Feedback")
    second = assess(api, id, assessment_name="x", feedback={"value": 3.0}, overrides=first).ok()["assessment"]
    same((second["overrides"], asked(api, path).ok()["assessment"]["valid"]), (first, False))
    same(third(api, "DELETE", f"traces/{id}/assessments/{second['assessment_id']}").ok(), {})
    same(asked(api, path).ok()["assessment"]["valid"], True)
    same(third(api, "DELETE", f"traces/{id}/assessments/a-none").ok(), {})
    asked(api, f"traces/{id}/assessments/a-none").refused("RESOURCE_DOES_NOT_EXIST", "a-none")
    assess(api, id, assessment_name="x", feedback={"value": 3.0}, overrides="a-none").refused("RESOURCE_DOES_NOT_EXIST", "a-none")


@check("two conditions are counted together")
def _(api):
    experiment = api.experiment()
    for a, b in ("11", "11", "10", "00"):
        start(api, experiment, tags={"a": a, "b": b})
    ask = lambda one, two, **more: third(api, "POST", "traces/calculate-filter-correlation", experiment_ids=[experiment], filter_string1=one, filter_string2=two, **more).ok()  # noqa: E731
    body = ask("tags.a = '1'", "tags.b = '1'")
    same([body.get(k, 0) for k in ("filter1_count", "filter2_count", "joint_count", "total_count")], [3, 2, 2, 4])
    assert math.isclose(body["npmi"], math.log(8 / 6) / math.log(2)), body
    assert 0 < body["npmi_smoothed"] < body["npmi"], body
    same(ask("tags.b = '1'", "tags.a = '0'")["npmi"], -1.0)
    assert "npmi" not in ask("tags.b = '1'", "tags.a = 'x'"), "what cannot be told is left out"
    body = ask("tags.a = '1'", "tags.b = '1'", base_filter="tags.a = '1'")
    same([body.get(k, 0) for k in ("filter1_count", "filter2_count", "joint_count", "total_count")], [3, 2, 2, 3])


def sums(api, experiment, metric, kinds, view="TRACES", **more):
    aggregations = [{"aggregation_type": "PERCENTILE", "percentile_value": k} if isinstance(k, (int, float)) else {"aggregation_type": k} for k in kinds]
    return third(api, "POST", "traces/metrics", experiment_ids=[experiment], view_type=view, metric_name=metric, aggregations=aggregations, **more)


def summed(api):
    if "sums" not in made:
        experiment = made["sums"] = api.experiment()
        for i in range(10):
            usage = json.dumps({"input_tokens": i, "output_tokens": 2 * i, "total_tokens": 3 * i})
            info = start(api, experiment, request_time=f"1970-01-01T00:0{i}:00Z", execution_duration=f"{i / 100:.3f}s", state="ERROR" if i == 9 else "OK",
                         tags={"mlflow.traceName": "odd" if i % 2 else "even"}, trace_metadata={"mlflow.trace.tokenUsage": usage})
            if i < 4:
                assess(api, info["trace_id"], assessment_name="good", feedback={"value": (True, False, "yes", 4.0)[i]}).ok()
    return made["sums"]


@rows("sums: {0} {1} by {3}", [
    ("trace_count", ["COUNT"], "TRACES", [], [({}, {"COUNT": 10.0})]),
    ("trace_count", ["COUNT"], "TRACES", ["trace_name"], [({"trace_name": "even"}, {"COUNT": 5.0}), ({"trace_name": "odd"}, {"COUNT": 5.0})]),
    ("trace_count", ["COUNT"], "TRACES", ["trace_status"], [({"trace_status": "ERROR"}, {"COUNT": 1.0}), ({"trace_status": "OK"}, {"COUNT": 9.0})]),
    ("latency", ["AVG", "MIN", "MAX"], "TRACES", [], [({}, {"AVG": 45.0, "MIN": 0.0, "MAX": 90.0})]),
    ("latency", [50, 90], "TRACES", [], [({}, {"P50.0": 45.0, "P90.0": 81.0})]),
    ("total_tokens", ["SUM", "AVG"], "TRACES", [], [({}, {"SUM": 135.0, "AVG": 13.5})]),
    ("input_tokens", ["SUM"], "TRACES", ["trace_name"], [({"trace_name": "even"}, {"SUM": 20.0}), ({"trace_name": "odd"}, {"SUM": 25.0})]),
    ("assessment_count", ["COUNT"], "ASSESSMENTS", ["assessment_name"], [({"assessment_name": "good"}, {"COUNT": 4.0})]),
    ("assessment_value", ["AVG"], "ASSESSMENTS", [], [({}, {"AVG": 1.5})]),
], "traces")
def _(api, metric, kinds, view, dimensions, rows):
    points = sums(api, summed(api), metric, kinds, view, **({"dimensions": dimensions} if dimensions else {})).ok().get("data_points", [])
    same([(p.get("dimensions", {}), p["values"]) for p in points], rows)


@check("sums by time, filtered")
def _(api):
    experiment = summed(api)
    points = sums(api, experiment, "trace_count", ["COUNT"], time_interval_seconds=300, start_time_ms=60_000, end_time_ms=480_000).ok()["data_points"]
    same([(p["dimensions"]["time_bucket"], p["values"]["COUNT"]) for p in points], [("1970-01-01T00:00:00+00:00", 4.0), ("1970-01-01T00:05:00+00:00", 4.0)])
    points = sums(api, experiment, "trace_count", ["COUNT"], filters=["trace.tag.`mlflow.traceName` = 'odd'", "trace.status = 'ERROR'"]).ok()["data_points"]
    same([p["values"]["COUNT"] for p in points], [1.0])


@rows("sums of {0} that are wrong: {3}", [
    ("nothing", ["COUNT"], {}, "metric_name must be one of"), ("trace_count", ["SUM"], {}, "invalid aggregation_type"), ("trace_count", ["COUNT"], {"dimensions": ["span_name"]}, "invalid dimension"),
    ("latency", ["AVG"], {"time_interval_seconds": 60}, "start_time_ms and end_time_ms are required"), ("latency", ["MAX"], {"filters": ["span.name = 'x'"]}, "only supported"),
    ("latency", ["MIN"], {"filters": ["trace.tag = 'x'"]}, "requires a key"), ("latency", [50], {"filters": ["nothing.x = 'x'"]}, "Invalid view type"),
], "traces")
def _(api, metric, kinds, more, says):
    sums(api, api.experiment(), metric, kinds, **more).refused("INVALID_PARAMETER_VALUE", says)
