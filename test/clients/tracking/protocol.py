"""What holds for every request: bodies, types, addresses, unknown things."""
import gzip
import json

from suite import check, rows
from wire import fresh, same, words

JSON = {"Content-Type": "application/json"}
CREATE = "/api/2.0/mlflow/experiments/create"


@check("health is OK as text")
def _(api):
    answer = api.raw("GET", "/health")
    same([answer.status, answer.text], [200, "OK"])


@check("version is a number with dots, as text")
def _(api):
    answer = api.raw("GET", "/version")
    assert answer.status == 200 and answer.text[0].isdigit() and "." in answer.text, answer.shown()


@check("server-info names a store and that there are no workspaces")
def _(api):
    body = api.raw("GET", "/api/3.0/mlflow/server-info").ok()
    same([isinstance(body["store_type"], str), body["workspaces_enabled"]], [True, False])


@rows("an unknown address is 404: {0}", [
    ("/api/2.0/mlflow/nothing/here",), ("/api/9.0/mlflow/runs/get",), ("/ajax-api/2.0/mlflow/nothing",),
], "protocol")
def _(api, path):
    answer = api.raw("GET", path)
    same(answer.status, 404)
    body = answer.body
    assert not isinstance(body, dict) or body.get("error_code") == "ENDPOINT_NOT_FOUND", answer.shown()


@check("a body of another type than JSON is refused")
def _(api):
    answer = api.raw("POST", CREATE, b'{"name": "x"}', {"Content-Type": "text/plain"})
    answer.refused("INVALID_PARAMETER_VALUE", "Content-Type must be one of")


@check("a body without a type is refused")
def _(api):
    answer = api.raw("POST", CREATE, b'{"name": "x"}')
    answer.refused("INVALID_PARAMETER_VALUE", "Content-Type header is missing")


@check("parameters of the content type are ignored")
def _(api):
    body = json.dumps({"name": fresh("typed")}).encode()
    api.raw("POST", CREATE, body, {"Content-Type": "application/json; charset=utf-8"}).ok()


@check("a body that is no JSON counts as empty")
def _(api):
    api.raw("POST", CREATE, b"{nope", JSON).refused("INVALID_PARAMETER_VALUE", "Missing value for required parameter 'name'")


@check("a body encoded twice is read")
def _(api):
    api.raw("POST", CREATE, json.dumps(json.dumps({"name": fresh("twice")})).encode(), JSON).ok()


@check("unknown fields are ignored")
def _(api):
    api.post("experiments/create", name=fresh("more"), nobody_knows=1).ok()


@check("names of fields may be in camel case")
def _(api):
    experiment = api.experiment()
    run = api.post("runs/create", experimentId=experiment, startTime=5).ok()["run"]["info"]
    same([run["experiment_id"], run["start_time"]], [experiment, 5])


@check("a null field counts as left out")
def _(api):
    api.post("experiments/create", name=fresh("null"), artifact_location=None, tags=None).ok()


@rows("a whole number may be {1}", [
    (7, "a number"), (7.0, "an integral float"), ("7", "a text"),
], "protocol")
def _(api, value, _how):
    run = api.run(start_time=value)
    same(api.run_of(run)["info"]["start_time"], 7)


@rows("a whole number is refused when it is {1}", [
    ("seven", "a word"), (7.5, "a fraction"), ([], "a list"), ({}, "a mapping"), (True, "a truth value"),
], "protocol")
def _(api, value, _how):
    answer = api.post("runs/create", experiment_id=api.experiment(), start_time=value)
    answer.refused("INVALID_PARAMETER_VALUE", "Invalid value .*for parameter 'start_time' supplied")


@check("numbers of 64 bits are printed as numbers")
def _(api):
    run = api.run_of(api.run(start_time=1_700_000_000_000))
    assert run["info"]["start_time"] == 1_700_000_000_000, run


@check("empty lists are left out of answers, zero and empty text are not")
def _(api):
    run = api.run_of(api.run(start_time=0, user_id=""))
    same([run["info"]["start_time"], run["info"]["user_id"]], [0, ""])
    assert "metrics" not in run["data"] and "params" not in run["data"], run


@check("an error has a code and a message")
def _(api):
    body = api.get("runs/get", run_id="0" * 32).body
    same([isinstance(body["error_code"], str), isinstance(body["message"], str)], [True, True])


@check("the user's addresses answer below ajax-api too")
def _(api):
    experiment = api.experiment()
    found = api.ajax("experiments/get", {"experiment_id": experiment}).ok()
    same(found["experiment"]["experiment_id"], experiment)


@check("long answers are compressed for who asks so, or sent plain")
def _(api):
    run = api.run()
    api.post("runs/log-batch", run_id=run, params=[{"key": f"p{i}", "value": "v" * 100} for i in range(100)]).ok()
    answer = api.raw("GET", f"/api/2.0/mlflow/runs/get?run_id={run}", None, {"Accept-Encoding": "gzip"})
    data = gzip.decompress(answer.data) if answer.headers.get("Content-Encoding") == "gzip" else answer.data
    same(len(words(json.loads(data)["run"]["data"]["params"])), 100)


REQUIRED = [
    ("POST", "experiments/create", "name"), ("GET", "experiments/get", "experiment_id"),
    ("GET", "experiments/get-by-name", "experiment_name"), ("POST", "experiments/delete", "experiment_id"),
    ("POST", "experiments/restore", "experiment_id"), ("POST", "experiments/update", "experiment_id"),
    ("POST", "experiments/set-experiment-tag", "experiment_id"), ("POST", "experiments/delete-experiment-tag", "experiment_id"),
    ("POST", "runs/delete", "run_id"), ("POST", "runs/restore", "run_id"), ("POST", "runs/log-metric", "run_id"),
    ("POST", "runs/log-parameter", "run_id"), ("POST", "runs/set-tag", "run_id"), ("POST", "runs/delete-tag", "run_id"),
    ("POST", "runs/log-inputs", "run_id"), ("GET", "metrics/get-history", "run_id"), ("GET", "runs/get", "run_id"),
    ("POST", "registered-models/create", "name"), ("POST", "registered-models/rename", "name"),
    ("PATCH", "registered-models/update", "name"), ("DELETE", "registered-models/delete", "name"),
    ("GET", "registered-models/get", "name"), ("POST", "registered-models/get-latest-versions", "name"),
    ("POST", "registered-models/set-tag", "name"), ("DELETE", "registered-models/delete-tag", "name"),
    ("POST", "registered-models/alias", "name"), ("GET", "registered-models/alias", "name"),
    ("DELETE", "registered-models/alias", "name"), ("POST", "model-versions/create", "name"),
    ("PATCH", "model-versions/update", "name"), ("POST", "model-versions/transition-stage", "name"),
    ("DELETE", "model-versions/delete", "name"), ("GET", "model-versions/get", "name"),
    ("GET", "model-versions/get-download-uri", "name"), ("POST", "model-versions/set-tag", "name"),
    ("DELETE", "model-versions/delete-tag", "name"), ("POST", "logged-models", "experiment_id"),
]


@rows("{0} {1} without {2} is refused by its name", REQUIRED, "protocol")
def _(api, method, path, name):
    answer = api.get(path) if method == "GET" else api.send(method, path, {})
    answer.refused("INVALID_PARAMETER_VALUE", f"Missing value for required parameter '{name}'")


WRONG = [
    ("POST", "experiments/create", "name", {"name": 5}), ("POST", "experiments/create", "name", {"name": ["a"]}),
    ("POST", "experiments/delete", "experiment_id", {"experiment_id": 5}),
    ("POST", "runs/create", "experiment_id", {"experiment_id": 12}), ("POST", "runs/create", "run_name", {"run_name": 5}),
    ("POST", "runs/create", "tags", {"tags": "text"}), ("POST", "runs/set-tag", "key", {"run_id": "a", "key": 5, "value": "x"}),
    ("POST", "runs/set-tag", "value", {"run_id": "a", "key": "k", "value": 5}),
    ("POST", "runs/log-parameter", "key", {"run_id": "a", "key": 5, "value": "x"}),
    ("POST", "runs/log-parameter", "value", {"run_id": "a", "key": "k", "value": 5}),
    ("POST", "runs/log-metric", "key", {"run_id": "a", "key": 5, "value": 1.0, "timestamp": 1}),
    ("POST", "runs/log-metric", "value", {"run_id": "a", "key": "k", "value": "much", "timestamp": 1}),
    ("POST", "runs/log-metric", "timestamp", {"run_id": "a", "key": "k", "value": 1.0, "timestamp": "now"}),
    ("POST", "runs/log-metric", "step", {"run_id": "a", "key": "k", "value": 1.0, "timestamp": 1, "step": "first"}),
    ("POST", "runs/search", "max_results", {"experiment_ids": ["0"], "max_results": "many"}),
    ("POST", "runs/search", "filter", {"experiment_ids": ["0"], "filter": 5}),
    ("POST", "registered-models/create", "name", {"name": 5}),
    ("POST", "registered-models/create", "description", {"name": "a", "description": 5}),
    ("POST", "registered-models/set-tag", "value", {"name": "a", "key": "k", "value": 5}),
    ("POST", "model-versions/create", "source", {"name": "a", "source": 5}),
    ("POST", "model-versions/transition-stage", "stage", {"name": "a", "version": "1", "stage": 5, "archive_existing_versions": True}),
]


@rows("{1} with a {2} of another type is refused by its name", [case for i, case in enumerate(WRONG) if case[1:3] not in [c[1:3] for c in WRONG[:i]]], "protocol")
def _(api, method, path, name, body):
    answer = api.send(method, path, body)
    answer.refused("INVALID_PARAMETER_VALUE", f"Invalid value .* for parameter '{name}' supplied")


@rows("a refusal shows {0} as {1}", [
    ("9.0", "9.0", "float"), ("9", "9", "int"), ("-0.0", "-0.0", "float"), ("1e20", "1e+20", "float"), ("1E-7", "1e-07", "float"), ("1.50", "1.5", "float"),
    ("123456789012345678901", "123456789012345678901", "int"),
], "protocol")
def _(api, number, shown, kind):
    answer = api.raw("POST", CREATE, f'{{"name": "n", "artifact_location": {number}}}'.encode(), JSON)
    says = f"Invalid value {shown} for parameter 'artifact_location' supplied:.*'{kind}'".replace("+", "[+]")
    answer.refused("INVALID_PARAMETER_VALUE", says)


@check("a refusal shows a number deep inside")
def _(api):
    body = b'{"run_id": "r", "metrics": [{"key": "a", "value": 1, "timestamp": 1}, {"key": 2.0, "value": 1, "timestamp": 1}]}'
    api.raw("POST", "/api/2.0/mlflow/runs/log-batch", body, JSON).refused("INVALID_PARAMETER_VALUE")
