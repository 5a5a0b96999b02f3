"""Runs: made, changed, deleted, restored."""
import re

from suite import check, rows
from wire import fresh, same, words


@check("a new run is running, named, and says where its files lie")
def _(api):
    experiment = api.experiment()
    run = api.post("runs/create", experiment_id=experiment, start_time=1234, user_id="ann", run_name="first").ok()["run"]
    info = run["info"]
    assert re.fullmatch(r"[0-9a-f]{32}", info["run_id"]), info
    same(info["run_uuid"], info["run_id"])
    same([info[k] for k in ("experiment_id", "user_id", "status", "start_time", "lifecycle_stage", "run_name")],
         [experiment, "ann", "RUNNING", 1234, "active", "first"])
    assert info["artifact_uri"].endswith(f"/{experiment}/{info['run_id']}/artifacts"), info
    assert "end_time" not in info, info


@check("the answer of create is what get answers")
def _(api):
    made = api.post("runs/create", experiment_id=api.experiment(), start_time=7, tags=[{"key": "a", "value": "b"}]).ok()["run"]
    same(made, api.run_of(made["info"]["run_id"]))


@check("a run is made in experiment 0 when none is named")
def _(api):
    same(api.post("runs/create", start_time=1).ok()["run"]["info"]["experiment_id"], "0")


@check("a run is made with tags")
def _(api):
    run = api.run_of(api.run(tags=[{"key": "a", "value": "1"}, {"key": "mlflow.user", "value": "x"}], run_name="n"))
    same(words(run["data"]["tags"]), {"a": "1", "mlflow.user": "x", "mlflow.runName": "n"})


@check("a run without a name gets one, as its tag too")
def _(api):
    run = api.run_of(api.run())
    assert run["info"]["run_name"], run
    same(words(run["data"]["tags"])["mlflow.runName"], run["info"]["run_name"])


@check("the tag mlflow.runName names a run")
def _(api):
    run = api.run_of(api.run(tags=[{"key": "mlflow.runName", "value": "tagged"}]))
    same(run["info"]["run_name"], "tagged")


@check("a name and a tag that disagree are refused")
def _(api):
    answer = api.post("runs/create", experiment_id=api.experiment(), run_name="a", tags=[{"key": "mlflow.runName", "value": "b"}])
    answer.refused("INVALID_PARAMETER_VALUE", "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values")


@check("no run is made in an experiment that is not there")
def _(api):
    api.post("runs/create", experiment_id="987654321").refused("RESOURCE_DOES_NOT_EXIST", "No Experiment with id=987654321 exists")


@check("a run that is not there")
def _(api):
    id = "f" * 32
    api.get("runs/get", run_id=id).refused("RESOURCE_DOES_NOT_EXIST", f"Run with id={id} not found")


@check("a run is found by run_uuid")
def _(api):
    run = api.run()
    same(api.get("runs/get", run_uuid=run).ok()["run"]["info"]["run_id"], run)


@rows("status {0}", [("RUNNING",), ("SCHEDULED",), ("FINISHED",), ("FAILED",), ("KILLED",)], "runs")
def _(api, status):
    run = api.run()
    info = api.post("runs/update", run_id=run, status=status, end_time=99).ok()["run_info"]
    same([info["status"], info["end_time"]], [status, 99])
    same(api.run_of(run)["info"], info)


@rows("status number {0} is {1}", [(1, "RUNNING"), (2, "SCHEDULED"), (3, "FINISHED"), (4, "FAILED"), (5, "KILLED")], "runs")
def _(api, number, status):
    same(api.post("runs/update", run_id=api.run(), status=number).ok()["run_info"]["status"], status)


@check("an update changes what it names and nothing else")
def _(api):
    run = api.run(run_name="kept")
    api.post("runs/update", run_id=run, status="FINISHED", end_time=5).ok()
    info = api.post("runs/update", run_id=run, run_name="other").ok()["run_info"]
    same([info["status"], info["end_time"], info["run_name"]], ["FINISHED", 5, "other"])


@check("a rename changes the tag")
def _(api):
    run = api.run(run_name="a")
    api.post("runs/update", run_id=run, run_name="b").ok()
    same(words(api.run_of(run)["data"]["tags"])["mlflow.runName"], "b")


@check("the tag renames")
def _(api):
    run = api.run(run_name="a")
    api.post("runs/set-tag", run_id=run, key="mlflow.runName", value="c").ok()
    same(api.run_of(run)["info"]["run_name"], "c")


@check("a finished run may run again")
def _(api):
    run = api.run()
    api.post("runs/update", run_id=run, status="FINISHED", end_time=5).ok()
    same(api.post("runs/update", run_id=run, status="RUNNING").ok()["run_info"]["status"], "RUNNING")


@check("an unknown status is ignored")
def _(api):
    same(api.post("runs/update", run_id=api.run(), status="SLEEPING").ok()["run_info"]["status"], "RUNNING")


@check("an update of a run that is not there")
def _(api):
    api.post("runs/update", run_id="f" * 32, status="FINISHED").refused("RESOURCE_DOES_NOT_EXIST")


@check("a deleted run is still found, and restored")
def _(api):
    run = api.run()
    same(api.post("runs/delete", run_id=run).ok(), {})
    same(api.run_of(run)["info"]["lifecycle_stage"], "deleted")
    same(api.post("runs/restore", run_id=run).ok(), {})
    same(api.run_of(run)["info"]["lifecycle_stage"], "active")


@check("delete and restore may be said twice")
def _(api):
    run = api.run()
    for verb in ("delete", "delete", "restore", "restore"):
        same(api.post(f"runs/{verb}", run_id=run).ok(), {})


@rows("{0} of a run that is not there", [("delete",), ("restore",)], "runs")
def _(api, verb):
    api.post(f"runs/{verb}", run_id="f" * 32).refused("RESOURCE_DOES_NOT_EXIST", "not found")


WRITES = [
    ("runs/log-metric", {"key": "a", "value": 1.0, "timestamp": 1}), ("runs/log-parameter", {"key": "a", "value": "1"}),
    ("runs/set-tag", {"key": "a", "value": "1"}), ("runs/log-batch", {"metrics": [], "params": [], "tags": [{"key": "a", "value": "b"}]}),
    ("runs/update", {"status": "FINISHED"}), ("runs/delete-tag", {"key": "mlflow.runName"}),
    ("runs/log-inputs", {"datasets": [{"dataset": {"name": "a", "digest": "b", "source_type": "c", "source": "d"}}]}),
]


@rows("{0} on a deleted run is refused", WRITES, "runs")
def _(api, path, body):
    run = api.run()
    api.post("runs/delete", run_id=run).ok()
    api.post(path, run_id=run, **body).refused("INVALID_PARAMETER_VALUE", f"The run {run} must be in the 'active' state. Current state is deleted")


@rows("{0} on a run that is not there", WRITES, "runs")
def _(api, path, body):
    api.post(path, run_id="f" * 32, **body).refused("RESOURCE_DOES_NOT_EXIST", "not found")


@check("a run of one experiment is not a run of another")
def _(api):
    run, other = api.run(), api.experiment()
    same(api.post("runs/search", experiment_ids=[other]).ok(), {})
    assert run


@check("log-model keeps a list of models in a tag")
def _(api):
    import json
    run = api.run()
    model = {"artifact_path": "m", "flavors": {"a": {}}, "utc_time_created": "2024-01-01 00:00:00.0", "run_id": run}
    for path in ("m", "n"):
        same(api.post("runs/log-model", run_id=run, model_json=json.dumps({**model, "artifact_path": path})).ok(), {})
    history = json.loads(words(api.run_of(run)["data"]["tags"])["mlflow.log-model.history"])
    same([m["artifact_path"] for m in history], ["m", "n"])


@rows("log-model refuses {1}", [("nope", "what is no JSON"), ("{}", "a model without its fields"), ("[]", "a list"), ("", "nothing")], "runs")
def _(api, text, _how):
    api.post("runs/log-model", run_id=api.run(), model_json=text).refused("INVALID_PARAMETER_VALUE")


@check("the children of a run are those with its id in their tag")
def _(api):
    experiment = api.experiment()
    parent = api.run(experiment)
    child = api.run(experiment, tags=[{"key": "mlflow.parentRunId", "value": parent}])
    found = api.post("runs/search", experiment_ids=[experiment], filter=f"tags.mlflow.parentRunId = '{parent}'").ok()["runs"]
    same([r["info"]["run_id"] for r in found], [child])
