"""runs/log-batch: all at once, its limits and its refusals."""
from suite import check, rows
from wire import metric, pairs, same, words


@check("metrics, params and tags at once")
def _(api):
    run = api.run(run_name="n")
    same(api.post("runs/log-batch", run_id=run, metrics=[metric("m", 1)], params=pairs({"p": "1"}), tags=pairs({"t": "2"})).ok(), {})
    data = api.run_of(run)["data"]
    same([words(data["params"]), words(data["tags"]), [m["key"] for m in data["metrics"]]], [{"p": "1"}, {"t": "2", "mlflow.runName": "n"}, ["m"]])


@check("an empty batch is fine")
def _(api):
    same(api.post("runs/log-batch", run_id=api.run()).ok(), {})


@check("a batch without a run is refused")
def _(api):
    api.post("runs/log-batch", metrics=[]).refused("INVALID_PARAMETER_VALUE", "run_id")


LIMITS = [
    ("1000 metrics", {"metrics": [metric(f"m{i}", i) for i in range(1000)]}, None),
    ("1001 metrics", {"metrics": [metric(f"m{i}", i) for i in range(1001)]}, "at most 1000 metrics. Got 1001 metrics. Please split up metrics across multiple requests"),
    ("100 params", {"params": pairs({f"p{i}": "1" for i in range(100)})}, None),
    ("101 params", {"params": pairs({f"p{i}": "1" for i in range(101)})}, "at most 100 params. Got 101 params"),
    ("100 tags", {"tags": pairs({f"t{i}": "1" for i in range(100)})}, None),
    ("101 tags", {"tags": pairs({f"t{i}": "1" for i in range(101)})}, "at most 100 tags. Got 101 tags"),
    ("1000 in all", {"metrics": [metric("m", i, step=i) for i in range(800)], "params": pairs({f"p{i}": "1" for i in range(100)}), "tags": pairs({f"t{i}": "1" for i in range(100)})}, None),
    ("1001 in all", {"metrics": [metric("m", i, step=i) for i in range(801)], "params": pairs({f"p{i}": "1" for i in range(100)}), "tags": pairs({f"t{i}": "1" for i in range(100)})}, "1001"),
]


@rows("a batch of {0}", LIMITS, "batches")
def _(api, _title, body, says):
    answer = api.post("runs/log-batch", run_id=api.run(), **body)
    answer.refused("INVALID_PARAMETER_VALUE", says) if says else same(answer.ok(), {})


@check("a param twice in a batch is refused")
def _(api):
    both = [{"key": "p", "value": "1"}, {"key": "p", "value": "1"}]
    api.post("runs/log-batch", run_id=api.run(), params=both).refused("INVALID_PARAMETER_VALUE", r"Duplicate parameter keys have been submitted: \['p'\]")


@check("a param that changes is refused with both values")
def _(api):
    run = api.run()
    api.post("runs/log-batch", run_id=run, params=pairs({"p": "1", "q": "1"})).ok()
    message = api.post("runs/log-batch", run_id=run, params=pairs({"p": "2", "r": "1"})).refused("INVALID_PARAMETER_VALUE", "Changing param values is not allowed")
    assert "'p'" in message and "'1'" in message and "'2'" in message, message


@check("of a batch with a param that changes no param stays")
def _(api):
    run = api.run()
    api.post("runs/log-batch", run_id=run, params=pairs({"p": "1"})).ok()
    api.post("runs/log-batch", run_id=run, params=pairs({"new": "1", "p": "2"})).refused("INVALID_PARAMETER_VALUE")
    same(words(api.run_of(run)["data"]["params"]), {"p": "1"})


@check("the same params again are fine")
def _(api):
    run = api.run()
    for _ in range(2):
        api.post("runs/log-batch", run_id=run, params=pairs({"p": "1", "q": "2"})).ok()


@check("of a tag twice in a batch the last stays")
def _(api):
    run = api.run()
    api.post("runs/log-batch", run_id=run, tags=[{"key": "t", "value": "1"}, {"key": "t", "value": "2"}]).ok()
    same(words(api.run_of(run)["data"]["tags"])["t"], "2")


@check("points said twice are kept once")
def _(api):
    run = api.run()
    points = [metric("m", i, i, i) for i in range(5)] + [metric("m", 0, 0, 0)]
    for _ in range(2):
        api.post("runs/log-batch", run_id=run, metrics=points).ok()
    same(len(api.get("metrics/get-history", run_id=run, metric_key="m", max_results=100).ok()["metrics"]), 5)


@check("a NaN said twice is kept once")
def _(api):
    run = api.run()
    for _ in range(2):
        api.post("runs/log-batch", run_id=run, metrics=[metric("m", "NaN")]).ok()
    same(len(api.get("metrics/get-history", run_id=run, metric_key="m", max_results=100).ok()["metrics"]), 1)


ELEMENTS = [
    ("metrics", {"value": 1, "timestamp": 1}, "metrics[0].key"), ("metrics", {"key": "m", "timestamp": 1}, "metrics[0].value"),
    ("metrics", {"key": "m", "value": 1}, "metrics[0].timestamp"), ("params", {"value": "1"}, "params[0].key"), ("tags", {"value": "1"}, "tags[0].key"),
]


@rows("a part of a batch without its {2} is refused by its place", ELEMENTS, "batches")
def _(api, field, element, place):
    api.post("runs/log-batch", run_id=api.run(), **{field: [element]}).refused("INVALID_PARAMETER_VALUE", place.replace("[", r"\[").replace("]", r"\]"))


@rows("a batch with {0} is refused", [
    ("a key that climbs", {"metrics": [metric("../m", 1)]}), ("a param that climbs", {"params": pairs({"../p": "1"})}),
    ("a tag that climbs", {"tags": pairs({"../t": "1"})}), ("a time before 0", {"metrics": [metric("m", 1, -5)]}),
    ("a value that is a word", {"metrics": [metric("m", "much")]}), ("metrics that are no list", {"metrics": {"m": 1}} if False else {"metrics": "m"}),
    ("a long key", {"metrics": [metric("m" * 251, 1)]}),
], "batches")
def _(api, _title, body):
    api.post("runs/log-batch", run_id=api.run(), **body).refused("INVALID_PARAMETER_VALUE")


@check("of a batch with one bad metric nothing stays")
def _(api):
    run = api.run(run_name="n")
    api.post("runs/log-batch", run_id=run, metrics=[metric("m", 1), metric("../m", 1)], params=pairs({"p": "1"})).refused("INVALID_PARAMETER_VALUE")
    data = api.run_of(run)["data"]
    assert "metrics" not in data and "params" not in data, data


@check("long values of params are cut")
def _(api):
    run = api.run()
    api.post("runs/log-batch", run_id=run, params=pairs({"p": "v" * 7000}), tags=pairs({"t": "v" * 9000})).ok()
    data = api.run_of(run)["data"]
    same([len(words(data["params"])["p"]), len(words(data["tags"])["t"])], [6000, 8000])


@check("unicode is kept")
def _(api):
    run = api.run()
    api.post("runs/log-batch", run_id=run, params=pairs({"名": "日本語🎉"}), tags=pairs({"ü": "ñ\n\t"})).ok()
    data = api.run_of(run)["data"]
    same([words(data["params"])["名"], words(data["tags"])["ü"]], ["日本語🎉", "ñ\n\t"])


@check("a metric of a logged model is the run's and the model's")
def _(api):
    experiment = api.experiment()
    run = api.run(experiment)
    model = api.post("logged-models", experiment_id=experiment, name="m", source_run_id=run).ok()["model"]["info"]["model_id"]
    api.post("runs/log-batch", run_id=run, metrics=[metric("acc", 0.5, model_id=model, dataset_name="d", dataset_digest="e")]).ok()
    same(api.run_of(run)["data"]["metrics"][0]["value"], 0.5)
    found = api.get(f"logged-models/{model}").ok()["model"]["data"]["metrics"][0]
    same([found[k] for k in ("key", "value", "dataset_name", "dataset_digest", "model_id", "run_id")], ["acc", 0.5, "d", "e", model, run])
