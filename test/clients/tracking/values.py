"""Params, tags and metrics one at a time."""
from suite import check, rows
from wire import metric, same, words


@check("a param is kept")
def _(api):
    run = api.run()
    same(api.post("runs/log-parameter", run_id=run, key="p", value="1").ok(), {})
    same(words(api.run_of(run)["data"]["params"]), {"p": "1"})


@check("a param said twice with one value is fine")
def _(api):
    run = api.run()
    for _ in range(2):
        same(api.post("runs/log-parameter", run_id=run, key="p", value="1").ok(), {})


@check("a param does not change")
def _(api):
    run = api.run()
    api.post("runs/log-parameter", run_id=run, key="p", value="1").ok()
    answer = api.post("runs/log-parameter", run_id=run, key="p", value="2")
    answer.refused("INVALID_PARAMETER_VALUE", f"Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='{run}'. Attempted logging new value '2'")
    same(words(api.run_of(run)["data"]["params"]), {"p": "1"})


@check("a param may be empty")
def _(api):
    run = api.run()
    api.post("runs/log-parameter", run_id=run, key="p", value="").ok()
    same(words(api.run_of(run)["data"]["params"]), {"p": ""})


@check("a param without a value is empty")
def _(api):
    run = api.run()
    api.post("runs/log-parameter", run_id=run, key="p").ok()
    same(words(api.run_of(run)["data"]["params"]), {"p": ""})


@check("a param by run_uuid")
def _(api):
    run = api.run()
    api.post("runs/log-parameter", run_uuid=run, key="p", value="1").ok()
    same(words(api.run_of(run)["data"]["params"]), {"p": "1"})


@rows("a param of {1} characters keeps {2}", [("v" * 6000, 6000, 6000), ("v" * 6001, 6001, 6000)], "values")
def _(api, value, _length, kept):
    run = api.run()
    api.post("runs/log-parameter", run_id=run, key="p", value=value).ok()
    same(len(words(api.run_of(run)["data"]["params"])["p"]), kept)


@rows("a tag of {1} characters keeps {2}", [("v" * 8000, 8000, 8000), ("v" * 8001, 8001, 8000)], "values")
def _(api, value, _length, kept):
    run = api.run()
    api.post("runs/set-tag", run_id=run, key="t", value=value).ok()
    same(len(words(api.run_of(run)["data"]["tags"])["t"]), kept)


@check("a tag is set, changed and deleted")
def _(api):
    run = api.run(run_name="n")
    for value in ("1", "2"):
        same(api.post("runs/set-tag", run_id=run, key="t", value=value).ok(), {})
    same(words(api.run_of(run)["data"]["tags"])["t"], "2")
    same(api.post("runs/delete-tag", run_id=run, key="t").ok(), {})
    same(words(api.run_of(run)["data"]["tags"]), {"mlflow.runName": "n"})


@check("a tag may be empty")
def _(api):
    run = api.run()
    api.post("runs/set-tag", run_id=run, key="t", value="").ok()
    same(words(api.run_of(run)["data"]["tags"])["t"], "")


@check("a tag that is not there cannot be deleted")
def _(api):
    run = api.run()
    api.post("runs/delete-tag", run_id=run, key="t").refused("RESOURCE_DOES_NOT_EXIST", f"No tag with name: t in run with id {run}")


KEYS = ["a", "a/b", "a.b", "a b", "a-b", "a_b", "a:b", "ünï", "名", "k" * 250, "A", "0", "...a" if False else "a..b"]
ODD = [("", "empty"), ("a//b", "doubled slash"), ("../a", "climbing"), ("/a", "rooted"), ("a/", "ending in a slash"), ("./a", "with a dot"),
       (".", "a dot"), ("..", "two dots"), ("a/../b", "climbing inside"), ("a$b", "with a dollar"), ("a\"b", "with a quote"), ("a\nb", "of two lines"),
       ("a,b", "with a comma"), ("a(b)", "with brackets"), ("k" * 251, "of 251 characters")]
CALLS = {"metric": ("runs/log-metric", {"value": 1.0, "timestamp": 1}), "param": ("runs/log-parameter", {"value": "v"}), "tag": ("runs/set-tag", {"value": "v"})}


@rows("a {0} may be named {1:.20}", [(kind, key) for kind in CALLS for key in KEYS], "values")
def _(api, kind, key):
    path, body = CALLS[kind]
    run = api.run()
    api.post(path, run_id=run, key=key, **body).ok()
    data = api.run_of(run)["data"]
    assert key in words(data[f"{kind}s"]), data


@rows("a {0} is refused with a key {2}", [(kind, key, how) for kind in CALLS for key, how in ODD], "values")
def _(api, kind, key, _how):
    path, body = CALLS[kind]
    api.post(path, run_id=api.run(), key=key, **body).refused("INVALID_PARAMETER_VALUE")


@rows("a long key of a {0} is named in the refusal", [("metric", "Metric name"), ("param", "Param key"), ("tag", "Tag key")], "values")
def _(api, kind, word):
    path, body = CALLS[kind]
    api.post(path, run_id=api.run(), key="k" * 251, **body).refused("INVALID_PARAMETER_VALUE", f"'{word}' exceeds the maximum length of 250 characters")


@rows("a metric value {0!r} comes back as {1!r}", [
    (1, 1), (0, 0), (-2.5, -2.5), (1e300, 1e300), (5e-324, 5e-324), ("1.5", 1.5), ("NaN", "NaN"), (0.1, 0.1), ("-0.25", -0.25), (123456789012345680, 123456789012345680),
], "values")
def _(api, value, expected):
    run = api.run()
    api.post("runs/log-metric", run_id=run, key="m", value=value, timestamp=1).ok()
    same(api.run_of(run)["data"]["metrics"][0]["value"], expected)
    same(api.get("metrics/get-history", run_id=run, metric_key="m", max_results=10).ok()["metrics"][0]["value"], expected)


@rows("{0} comes back as infinite, or as the largest number", [("Infinity",), ("-Infinity",)], "values")
def _(api, value):
    run = api.run()
    api.post("runs/log-metric", run_id=run, key="m", value=value, timestamp=1).ok()
    found = float(api.run_of(run)["data"]["metrics"][0]["value"])
    assert abs(found) >= 1.7976931348623157e308 and (found < 0) == value.startswith("-"), found


@check("bare NaN, as Python prints it, is a NaN")
def _(api):
    run = api.run()
    text = f'{{"run_id": "{run}", "key": "m", "value": NaN, "timestamp": 77}}'.encode()
    api.raw("POST", "/api/2.0/mlflow/runs/log-metric", text, {"Content-Type": "application/json"}).ok()
    found = api.run_of(run)["data"]["metrics"][0]
    same([found["value"], found["timestamp"]], ["NaN", 77])


@check("a metric has a key, a value, a time and a step")
def _(api):
    run = api.run()
    api.post("runs/log-metric", run_id=run, key="m", value=2, timestamp=3, step=-4).ok()
    found = api.run_of(run)["data"]["metrics"]
    same([(m["key"], m["value"], m["timestamp"], m["step"]) for m in found], [("m", 2, 3, -4)])


@check("the step of a metric is 0 unless said")
def _(api):
    run = api.run()
    api.post("runs/log-metric", run_id=run, key="m", value=2, timestamp=3).ok()
    same(api.run_of(run)["data"]["metrics"][0]["step"], 0)


@rows("a metric without {0} is refused", [("value",), ("timestamp",), ("key",)], "values")
def _(api, name):
    body = {"key": "m", "value": 1, "timestamp": 1}
    del body[name]
    api.post("runs/log-metric", run_id=api.run(), **body).refused("INVALID_PARAMETER_VALUE", f"Missing value for required parameter '{name}'")


@check("a metric at a time before 0 is refused")
def _(api):
    api.post("runs/log-metric", run_id=api.run(), key="m", value=1, timestamp=-1).refused("INVALID_PARAMETER_VALUE")


@check("a metric without a run is refused")
def _(api):
    api.post("runs/log-metric", key="m", value=1, timestamp=1).refused("INVALID_PARAMETER_VALUE", "run_id")


LATEST = [
    ("the highest step", [metric("m", 1, 5, 0), metric("m", 2, 4, 9), metric("m", 3, 6, 1)], 2),
    ("the latest time of one step", [metric("m", 1, 5, 3), metric("m", 2, 9, 3), metric("m", 3, 7, 3)], 2),
    ("the largest value of one step and time", [metric("m", 1, 5, 3), metric("m", 8, 5, 3), metric("m", 3, 5, 3)], 8),
    ("a step below 0 before none", [metric("m", 1, 5, -3), metric("m", 2, 5, -9)], 1),
    ("NaN as 0: it loses to 1", [metric("m", 1, 5, 3), metric("m", "NaN", 5, 3)], 1),
    ("NaN as 0: it wins over -1", [metric("m", -1, 5, 3), metric("m", "NaN", 5, 3)], "NaN"),
]


@rows("the latest metric is {0}", LATEST, "values")
def _(api, _title, points, expected):
    for order in (points, points[::-1]):
        run = api.run()
        for point in order:
            api.post("runs/log-metric", run_id=run, **point).ok()
        same(api.run_of(run)["data"]["metrics"][0]["value"], expected)


@rows("in one batch the latest metric is {0}", LATEST, "values")
def _(api, _title, points, expected):
    for order in (points, points[::-1]):
        run = api.run()
        api.post("runs/log-batch", run_id=run, metrics=order).ok()
        same(api.run_of(run)["data"]["metrics"][0]["value"], expected)
