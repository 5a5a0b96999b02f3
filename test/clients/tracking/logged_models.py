"""Logged models of MLflow 3."""
import re

from suite import check, rows
from wire import pairs, same, words


def make(api, **more):
    asked = {"name": "model", **more}
    asked.setdefault("experiment_id", None)
    asked["experiment_id"] = asked["experiment_id"] or api.experiment()
    return api.post("logged-models", **asked).ok()["model"]


def get(api, id):
    return api.get(f"logged-models/{id}").ok()["model"]


@check("a new model is pending and says where its files go")
def _(api):
    experiment = api.experiment()
    run = api.run(experiment)
    model = make(api, experiment_id=experiment, name="net", model_type="agent", source_run_id=run, params=pairs({"p": "1"}), tags=pairs({"t": "2"}))
    info = model["info"]
    assert re.fullmatch(r"m-[0-9a-f]{32}", info["model_id"]), info
    same([info[k] for k in ("experiment_id", "name", "status", "model_type", "source_run_id")], [experiment, "net", "LOGGED_MODEL_PENDING", "agent", run])
    assert info["artifact_uri"].endswith(f"/{experiment}/models/{info['model_id']}/artifacts"), info
    same([words(info["tags"]), words(model["data"]["params"])], [{"t": "2"}, {"p": "1"}])
    assert info["creation_timestamp_ms"] > 1_600_000_000_000 and info["last_updated_timestamp_ms"] >= info["creation_timestamp_ms"], info
    same(get(api, info["model_id"]), model)


@rows("a name is refused with {0}", [(c,) for c in "/:.%\"'"], "logged_models")
def _(api, letter):
    api.post("logged-models", experiment_id=api.experiment(), name=f"a{letter}b").refused("INVALID_PARAMETER_VALUE", "Invalid model name")


@check("a model without a name gets one")
def _(api):
    assert api.post("logged-models", experiment_id=api.experiment()).ok()["model"]["info"]["name"]


@check("a model of an experiment that is not there")
def _(api):
    api.post("logged-models", experiment_id="987654321", name="m").refused("RESOURCE_DOES_NOT_EXIST")


@check("a model of a deleted experiment is refused")
def _(api):
    experiment = api.experiment()
    api.post("experiments/delete", experiment_id=experiment).ok()
    api.post("logged-models", experiment_id=experiment, name="m").refused("INVALID_PARAMETER_VALUE", "must be in the 'active' state")


@check("a model that is not there")
def _(api):
    api.get("logged-models/m-none").refused("RESOURCE_DOES_NOT_EXIST", "Logged model with ID 'm-none' not found")


@rows("status {0}", [("LOGGED_MODEL_READY", "LOGGED_MODEL_READY"), ("LOGGED_MODEL_UPLOAD_FAILED", "LOGGED_MODEL_UPLOAD_FAILED"), ("LOGGED_MODEL_PENDING", "LOGGED_MODEL_PENDING"), (2, "LOGGED_MODEL_READY"), (3, "LOGGED_MODEL_UPLOAD_FAILED")], "logged_models")
def _(api, said, status):
    id = make(api)["info"]["model_id"]
    same(api.patch(f"logged-models/{id}", model_id=id, status=said).ok()["model"]["info"]["status"], status)
    same(get(api, id)["info"]["status"], status)


@check("status without a status is refused")
def _(api):
    id = make(api)["info"]["model_id"]
    api.patch(f"logged-models/{id}", model_id=id).refused("INVALID_PARAMETER_VALUE", "status")


@check("status of a model that is not there")
def _(api):
    api.patch("logged-models/m-none", model_id="m-none", status="LOGGED_MODEL_READY").refused("RESOURCE_DOES_NOT_EXIST")


@check("tags are set, changed and deleted")
def _(api):
    id = make(api)["info"]["model_id"]
    api.patch(f"logged-models/{id}/tags", model_id=id, tags=pairs({"a": "1", "b/c": "2"})).ok()
    api.patch(f"logged-models/{id}/tags", model_id=id, tags=pairs({"a": "3"})).ok()
    same(words(get(api, id)["info"]["tags"]), {"a": "3", "b/c": "2"})
    same(api.delete(f"logged-models/{id}/tags/a", model_id=id, tag_key="a").ok(), {})
    same(words(get(api, id)["info"]["tags"]), {"b/c": "2"})


@check("a tag that is not there cannot be deleted")
def _(api):
    id = make(api)["info"]["model_id"]
    api.delete(f"logged-models/{id}/tags/none", model_id=id, tag_key="none").refused("RESOURCE_DOES_NOT_EXIST")


@check("tags of a model that is not there")
def _(api):
    api.patch("logged-models/m-none/tags", model_id="m-none", tags=pairs({"a": "1"})).refused("RESOURCE_DOES_NOT_EXIST")


@check("params are added")
def _(api):
    id = make(api, params=pairs({"a": "1"}))["info"]["model_id"]
    same(api.post(f"logged-models/{id}/params", model_id=id, params=pairs({"b": "2"})).ok(), {})
    same(words(get(api, id)["data"]["params"]), {"a": "1", "b": "2"})


@check("params of a model that is not there")
def _(api):
    api.post("logged-models/m-none/params", model_id="m-none", params=pairs({"a": "1"})).refused("RESOURCE_DOES_NOT_EXIST")


@check("a deleted model is gone")
def _(api):
    id = make(api)["info"]["model_id"]
    same(api.delete(f"logged-models/{id}", model_id=id).ok(), {})
    api.get(f"logged-models/{id}").refused("RESOURCE_DOES_NOT_EXIST")


@check("a model that is not there cannot be deleted")
def _(api):
    api.delete("logged-models/m-none", model_id="m-none").refused("RESOURCE_DOES_NOT_EXIST")


@check("the files of a model are listed")
def _(api):
    info = make(api)["info"]
    api.put_file(info["artifact_uri"], "MLmodel", b"abc")
    api.put_file(info["artifact_uri"], "data/weights.bin", b"x")
    top = api.get(f"logged-models/{info['model_id']}/artifacts/directories", model_id=info["model_id"]).ok()
    same([(f["path"], f["is_dir"], f.get("file_size")) for f in top["files"]], [("MLmodel", False, 3), ("data", True, None)])
    inside = api.get(f"logged-models/{info['model_id']}/artifacts/directories", artifact_directory_path="data").ok()
    same([f["path"] for f in inside["files"]], ["data/weights.bin"])


@check("a file of a model is handed out to the pages")
def _(api):
    info = make(api)["info"]
    api.put_file(info["artifact_uri"], "MLmodel", b"abc")
    answer = api.ajax(f"logged-models/{info['model_id']}/artifacts/files", {"artifact_file_path": "MLmodel"})
    same([answer.status, answer.data], [200, b"abc"])


@check("what climbs out of a model's files is refused")
def _(api):
    info = make(api)["info"]
    api.ajax(f"logged-models/{info['model_id']}/artifacts/files", {"artifact_file_path": "../../x"}).refused("INVALID_PARAMETER_VALUE")


@check("what was registered of a model is told with it")
def _(api):
    info = make(api)["info"]
    api.put_file(info["artifact_uri"], "MLmodel")
    name = api.model()
    api.version(name, f"models:/{info['model_id']}", model_id=info["model_id"])
    tags = words(get(api, info["model_id"])["info"]["tags"])
    assert name in tags["mlflow.modelVersions"], tags
