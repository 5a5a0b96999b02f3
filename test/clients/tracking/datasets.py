"""Inputs and outputs of runs: datasets and models."""
from suite import check, rows
from wire import fresh, pairs, same, words


def dataset(name="d", digest="1", **more):
    return {"dataset": {"name": name, "digest": digest, "source_type": "local", "source": '{"uri": "x"}', **more}}


@check("a dataset is an input of a run with all it says")
def _(api):
    run = api.run()
    given = {**dataset("d", "1", schema='{"a": 1}', profile='{"rows": 2}'), "tags": pairs({"mlflow.data.context": "train"})}
    same(api.post("runs/log-inputs", run_id=run, datasets=[given]).ok(), {})
    found = api.run_of(run)["inputs"]["dataset_inputs"]
    same(found, [{"tags": given["tags"], "dataset": given["dataset"]}])


@check("a dataset said twice is one input")
def _(api):
    run = api.run()
    for _ in range(2):
        api.post("runs/log-inputs", run_id=run, datasets=[dataset()]).ok()
    same(len(api.run_of(run)["inputs"]["dataset_inputs"]), 1)


@check("datasets of one name and other digests are several inputs")
def _(api):
    run = api.run()
    api.post("runs/log-inputs", run_id=run, datasets=[dataset("d", "1"), dataset("d", "2")]).ok()
    same(sorted(i["dataset"]["digest"] for i in api.run_of(run)["inputs"]["dataset_inputs"]), ["1", "2"])


@check("inputs are added to those that are there")
def _(api):
    run = api.run()
    api.post("runs/log-inputs", run_id=run, datasets=[dataset("a")]).ok()
    api.post("runs/log-inputs", run_id=run, datasets=[dataset("b")]).ok()
    same(sorted(i["dataset"]["name"] for i in api.run_of(run)["inputs"]["dataset_inputs"]), ["a", "b"])


@check("no inputs are fine")
def _(api):
    same(api.post("runs/log-inputs", run_id=api.run(), datasets=[]).ok(), {})


@rows("a dataset without its {0} is refused", [("name",), ("digest",), ("source_type",), ("source",)], "datasets")
def _(api, field):
    one = dataset()
    del one["dataset"][field]
    api.post("runs/log-inputs", run_id=api.run(), datasets=[one]).refused("INVALID_PARAMETER_VALUE")


@check("an input without a dataset is refused")
def _(api):
    api.post("runs/log-inputs", run_id=api.run(), datasets=[{"tags": []}]).refused("INVALID_PARAMETER_VALUE")


@rows("a dataset is refused when {2}", [
    ("name", "n" * 501, "its name is longer than 500"), ("digest", "d" * 37, "its digest is longer than 36"),
    ("source", "s" * 65536, "its source is longer than 65535"), ("schema", "s" * 1_048_576, "its schema is longer than 1048575"),
], "datasets")
def _(api, field, value, _how):
    api.post("runs/log-inputs", run_id=api.run(), datasets=[dataset(**{field: value})]).refused("INVALID_PARAMETER_VALUE", "exceeds the maximum length")


@check("the tag of an input is refused when its key is longer than 255")
def _(api):
    one = {**dataset(), "tags": pairs({"k" * 256: "v"})}
    api.post("runs/log-inputs", run_id=api.run(), datasets=[one]).refused("INVALID_PARAMETER_VALUE", "exceeds the maximum length")


@check("the tag of an input is refused when its value is longer than 500")
def _(api):
    one = {**dataset(), "tags": pairs({"k": "v" * 501})}
    api.post("runs/log-inputs", run_id=api.run(), datasets=[one]).refused("INVALID_PARAMETER_VALUE", "exceeds the maximum length")


@check("models are inputs of a run")
def _(api):
    experiment = api.experiment()
    run = api.run(experiment)
    model = api.post("logged-models", experiment_id=experiment, name="m").ok()["model"]["info"]["model_id"]
    same(api.post("runs/log-inputs", run_id=run, models=[{"model_id": model}]).ok(), {})
    same(api.run_of(run)["inputs"]["model_inputs"], [{"model_id": model}])


@check("models are outputs of a run, with their step")
def _(api):
    experiment = api.experiment()
    run = api.run(experiment)
    models = [api.post("logged-models", experiment_id=experiment, name="m").ok()["model"]["info"]["model_id"] for _ in range(2)]
    same(api.post("runs/outputs", run_id=run, models=[{"model_id": m, "step": i} for i, m in enumerate(models)]).ok(), {})
    found = api.run_of(run)["outputs"]["model_outputs"]
    same(sorted((m["model_id"], m["step"]) for m in found), sorted((m, i) for i, m in enumerate(models)))


@check("the datasets of experiments are told")
def _(api):
    experiment, name = api.experiment(), fresh("set")
    for context in ("train", "test"):
        one = {**dataset(name, "7"), "tags": pairs({"mlflow.data.context": context})}
        api.post("runs/log-inputs", run_id=api.run(experiment), datasets=[one]).ok()
    answer = api.raw("POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", f'{{"experiment_ids": ["{experiment}"]}}'.encode(), {"Content-Type": "application/json"})
    found = answer.ok()["dataset_summaries"]
    same(sorted(d["context"] for d in found), ["test", "train"])
    same({(d["experiment_id"], d["name"], d["digest"]) for d in found}, {(experiment, name, "7")})


@check("the datasets of experiments at the clients' address, whose slash is missing")
def _(api):
    answer = api.raw("POST", "/api/2.0mlflow/experiments/search-datasets", f'{{"experiment_ids": ["{api.experiment()}"]}}'.encode(), {"Content-Type": "application/json"})
    same(answer.ok().get("dataset_summaries", []), [])


@check("the datasets of more than 20 experiments are refused")
def _(api):
    ids = ",".join(f'"{i}"' for i in range(21))
    answer = api.raw("POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", f'{{"experiment_ids": [{ids}]}}'.encode(), {"Content-Type": "application/json"})
    answer.refused("INVALID_PARAMETER_VALUE", "cannot specify more than 20 experiment_ids. Received 21 experiment_ids")


@check("the datasets of no experiment are refused")
def _(api):
    answer = api.raw("POST", "/ajax-api/2.0/mlflow/experiments/search-datasets", b"{}", {"Content-Type": "application/json"})
    answer.refused("INVALID_PARAMETER_VALUE")
    assert words([]) == {}
