"""Versions of registered models: made, staged, described, tagged, deleted."""
from suite import check, rows
from wire import pairs, same, words


def get(api, name, version="1"):
    return api.get("model-versions/get", name=name, version=version).ok()["model_version"]


@check("a version is ready at once and says where it came from")
def _(api):
    name, (source, run) = api.model(), api.source()
    made = api.version(name, source, run_id=run, description="about", tags=pairs({"a": "1"}), run_link="http://x/y")
    same([made[k] for k in ("name", "version", "source", "run_id", "status", "current_stage", "description", "run_link")],
         [name, "1", source, run, "READY", "None", "about", "http://x/y"])
    same(words(made["tags"]), {"a": "1"})
    same(get(api, name), made)


@check("versions are counted from 1")
def _(api):
    name = api.model()
    same([api.version(name)["version"] for _ in range(3)], ["1", "2", "3"])


@check("the number of a deleted version that was not the last is not given again")
def _(api):
    name = api.model()
    for _ in range(3):
        api.version(name)
    api.delete("model-versions/delete", name=name, version="2").ok()
    same(api.version(name)["version"], "4")


@check("a version of a logged model has its run and its files")
def _(api):
    experiment = api.experiment()
    run = api.run(experiment)
    info = api.post("logged-models", experiment_id=experiment, name="m", source_run_id=run).ok()["model"]["info"]
    api.put_file(info["artifact_uri"], "MLmodel")
    name = api.model()
    made = api.version(name, f"models:/{info['model_id']}", model_id=info["model_id"])
    same([made["model_id"], made["run_id"]], [info["model_id"], run])
    uri = api.get("model-versions/get-download-uri", name=name, version="1").ok()["artifact_uri"]
    assert uri.startswith("mlflow-artifacts:/"), uri


@check("a logged model knows what was registered of it")
def _(api):
    import json
    experiment = api.experiment()
    info = api.post("logged-models", experiment_id=experiment, name="m", source_run_id=api.run(experiment)).ok()["model"]["info"]
    api.put_file(info["artifact_uri"], "MLmodel")
    name = api.model()
    api.version(name, f"models:/{info['model_id']}", model_id=info["model_id"])
    tags = words(api.get(f"logged-models/{info['model_id']}").ok()["model"]["info"]["tags"])
    same(json.loads(tags["mlflow.modelVersions"]), [{"name": name, "version": 1}])


@check("a version may be made of a version")
def _(api):
    name, copy = api.model(), api.model()
    api.version(name)
    made = api.version(copy, f"models:/{name}/1")
    same(made["source"], f"models:/{name}/1")
    first = api.get("model-versions/get-download-uri", name=name, version="1").ok()["artifact_uri"]
    second = api.get("model-versions/get-download-uri", name=copy, version="1").ok()["artifact_uri"]
    assert first and second


@rows("a source is refused when it is {1}", [
    ("/etc", "a folder of the server"), ("file:///etc", "a file address of the server"), ("file:/etc/passwd", "a file of the server"), ("mlflow-artifacts:/../../etc", "climbing"),
    ("mlflow-artifacts:/0/%2e%2e/x", "climbing in disguise"), ("mlflow-artifacts:/0/a/../../x", "climbing inside"), ("", "empty"),
    ("file://host/etc", "a file of another host"), ("models:/none/1/../../x", "climbing out of a model"), (".", "the folder itself"), ("./../x", "relative"),
    ("s3://bucket/../../x", "climbing in a bucket"),
], "versions")
def _(api, source, _how):
    answer = api.post("model-versions/create", name=api.model(), source=source)
    assert answer.status in (400, 403, 404) and isinstance(answer.body, dict) and answer.body.get("error_code"), answer.shown()


@check("a version of a model that is not there")
def _(api):
    api.post("model-versions/create", name="none", **dict(zip(("source", "run_id"), api.source()))).refused("RESOURCE_DOES_NOT_EXIST", "Registered Model with name=none not found")


@check("a version that is not there")
def _(api):
    name = api.model()
    api.get("model-versions/get", name=name, version="7").refused("RESOURCE_DOES_NOT_EXIST", rf"Model Version \(name={name}, version=7\) not found")


@check("a version that is no number")
def _(api):
    api.get("model-versions/get", name=api.model(), version="one").refused("INVALID_PARAMETER_VALUE", "Parameter 'version' must be an integer, got 'one'")


@check("a description is changed")
def _(api):
    name = api.model()
    api.version(name)
    same(api.patch("model-versions/update", name=name, version="1", description="new").ok()["model_version"]["description"], "new")
    same(get(api, name)["description"], "new")


@rows("stage {0}", [("Staging",), ("Production",), ("Archived",), ("None",)], "versions")
def _(api, stage):
    name = api.model()
    api.version(name)
    moved = api.post("model-versions/transition-stage", name=name, version="1", stage=stage, archive_existing_versions=False).ok()["model_version"]
    same([moved["current_stage"], get(api, name)["current_stage"]], [stage, stage])


@rows("stage {0} is {1}", [("staging", "Staging"), ("PRODUCTION", "Production"), ("archived", "Archived"), ("none", "None")], "versions")
def _(api, said, stage):
    name = api.model()
    api.version(name)
    same(api.post("model-versions/transition-stage", name=name, version="1", stage=said, archive_existing_versions=False).ok()["model_version"]["current_stage"], stage)


@check("a stage that is none is refused")
def _(api):
    name = api.model()
    api.version(name)
    api.post("model-versions/transition-stage", name=name, version="1", stage="Soon", archive_existing_versions=False).refused("INVALID_PARAMETER_VALUE", "Invalid Model Version stage")


@check("a stage may archive who had it")
def _(api):
    name = api.model()
    for version in ("1", "2"):
        api.version(name)
        api.post("model-versions/transition-stage", name=name, version=version, stage="Production", archive_existing_versions=True).ok()
    same([get(api, name, v)["current_stage"] for v in ("1", "2")], ["Archived", "Production"])


@rows("stage {0} archives nobody", [("Archived",), ("None",)], "versions")
def _(api, stage):
    name = api.model()
    api.version(name)
    api.post("model-versions/transition-stage", name=name, version="1", stage=stage, archive_existing_versions=True).refused("INVALID_PARAMETER_VALUE")


def staged(api):
    name = api.model()
    for version, stage in enumerate(["None", "Staging", "Staging", "Production", "None"], 1):
        api.version(name)
        if stage != "None":
            api.post("model-versions/transition-stage", name=name, version=str(version), stage=stage, archive_existing_versions=False).ok()
    return name


@rows("the latest versions of {0}", [([], ["3", "4", "5"]), (["Staging"], ["3"]), (["Production", "None"], ["4", "5"]), (["staging"], ["3"]), (["Archived"], [])], "versions")
def _(api, stages, expected):
    name = staged(api)
    for answer in (api.post("registered-models/get-latest-versions", name=name, stages=stages), api.get("registered-models/get-latest-versions", name=name, **({"stages": stages} if stages else {}))):
        same(sorted(v["version"] for v in answer.ok().get("model_versions", [])), expected)


@check("a model shows its latest versions, one a stage")
def _(api):
    name = staged(api)
    same(sorted(v["version"] for v in api.get("registered-models/get", name=name).ok()["registered_model"]["latest_versions"]), ["3", "4", "5"])


@check("the latest versions of a stage that is none are refused")
def _(api):
    api.post("registered-models/get-latest-versions", name=api.model(), stages=["Soon"]).refused("INVALID_PARAMETER_VALUE")


@check("the latest versions of a model that is not there")
def _(api):
    api.post("registered-models/get-latest-versions", name="none").refused("RESOURCE_DOES_NOT_EXIST")


@check("a tag is set, changed and deleted")
def _(api):
    name = api.model()
    api.version(name)
    for value in ("1", "2"):
        same(api.post("model-versions/set-tag", name=name, version="1", key="k", value=value).ok(), {})
    same(words(get(api, name)["tags"]), {"k": "2"})
    same(api.delete("model-versions/delete-tag", name=name, version="1", key="k").ok(), {})
    same(words(get(api, name).get("tags")), {})


@rows("a tag is refused when {2}", [("k" * 251, "v", "its key is longer than 250"), ("k", "v" * 100_001, "its value is longer than 100000")], "versions")
def _(api, key, value, _how):
    name = api.model()
    api.version(name)
    api.post("model-versions/set-tag", name=name, version="1", key=key, value=value).refused("INVALID_PARAMETER_VALUE")


@rows("{1} of a version that is not there", [("POST", "set-tag"), ("DELETE", "delete-tag"), ("PATCH", "update"), ("DELETE", "delete"), ("POST", "transition-stage")], "versions")
def _(api, method, verb):
    body = {"name": api.model(), "version": "7", "key": "k", "value": "v", "description": "d", "stage": "Staging", "archive_existing_versions": False}
    api.send(method, f"model-versions/{verb}", body).refused("RESOURCE_DOES_NOT_EXIST")


@check("a deleted version is gone with its aliases, the others stay")
def _(api):
    name = api.model()
    for _ in range(2):
        api.version(name)
    api.post("registered-models/alias", name=name, alias="best", version="1").ok()
    same(api.delete("model-versions/delete", name=name, version="1").ok(), {})
    api.get("model-versions/get", name=name, version="1").refused("RESOURCE_DOES_NOT_EXIST")
    same(api.get("registered-models/get", name=name).ok()["registered_model"].get("aliases"), None)
    same(get(api, name, "2")["version"], "2")


@check("where the files of a version are: an address that the proxy answers")
def _(api):
    name = api.model()
    api.version(name)
    uri = api.get("model-versions/get-download-uri", name=name, version="1").ok()["artifact_uri"]
    root = uri.removeprefix("mlflow-artifacts:/").lstrip("/")
    files = api.raw("GET", f"/api/2.0/mlflow-artifacts/artifacts?path={root}").ok()["files"]
    same([f["path"] for f in files], ["weights.bin"])
    same(api.raw("GET", f"/api/2.0/mlflow-artifacts/artifacts/{root}/weights.bin").data, b"x")


@check("where the files of a version that is not there are")
def _(api):
    api.get("model-versions/get-download-uri", name=api.model(), version="7").refused("RESOURCE_DOES_NOT_EXIST")


@check("a change of a version is a change of the model")
def _(api):
    import time
    name = api.model()
    before = api.get("registered-models/get", name=name).ok()["registered_model"]["last_updated_timestamp"]
    time.sleep(0.01)
    api.version(name)
    after = api.get("registered-models/get", name=name).ok()["registered_model"]["last_updated_timestamp"]
    assert after > before, (before, after)
