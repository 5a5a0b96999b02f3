"""Experiments: made, found, renamed, deleted, restored, tagged."""
from suite import check, rows
from wire import fresh, same, words


@check("experiment 0 is Default and active")
def _(api):
    found = api.get("experiments/get", experiment_id="0").ok()["experiment"]
    same([found["experiment_id"], found["name"], found["lifecycle_stage"]], ["0", "Default", "active"])


@check("a new experiment is found by id and by name")
def _(api):
    name = fresh("new")
    made = api.experiment(name)
    by_id = api.get("experiments/get", experiment_id=made).ok()["experiment"]
    by_name = api.get("experiments/get-by-name", experiment_name=name).ok()["experiment"]
    same(by_id, by_name)
    same([by_id["name"], by_id["lifecycle_stage"]], [name, "active"])


@check("an experiment says when it was made and changed, in milliseconds")
def _(api):
    found = api.get("experiments/get", experiment_id=api.experiment()).ok()["experiment"]
    assert found["creation_time"] == found["last_update_time"] > 1_600_000_000_000, found


@check("files of an experiment lie at an address that ends with its id")
def _(api):
    made = api.experiment()
    found = api.get("experiments/get", experiment_id=made).ok()["experiment"]
    assert found["artifact_location"].endswith(f"/{made}"), found


@check("an experiment is made with tags")
def _(api):
    made = api.experiment(tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "ü"}])
    found = api.get("experiments/get", experiment_id=made).ok()["experiment"]
    same(words(found["tags"]), {"a": "1", "b": "ü"})


@check("a name is taken once")
def _(api):
    name = fresh("taken")
    api.experiment(name)
    answer = api.post("experiments/create", name=name)
    answer.refused("RESOURCE_ALREADY_EXISTS", rf"^Experiment\(name={name}\) already exists")


@check("a name is taken by a deleted experiment too")
def _(api):
    name = fresh("taken")
    api.post("experiments/delete", experiment_id=api.experiment(name)).ok()
    api.post("experiments/create", name=name).refused("RESOURCE_ALREADY_EXISTS", "already exists")


@check("names are told apart by case")
def _(api):
    name = fresh("case")
    assert api.experiment(name) != api.experiment(name.upper())


@rows("a name may be {1}", [("with spaces and / slashes", "odd"), ("ünïcode-名", "of any script"), ("a'b\"c", "quoted")], "experiments")
def _(api, name, _how):
    name = f"{name} {fresh('x')}"
    api.experiment(name)
    same(api.get("experiments/get-by-name", experiment_name=name).ok()["experiment"]["name"], name)


@rows("a name is refused when it is {1}", [("", "empty"), ("x" * 501, "longer than 500")], "experiments")
def _(api, name, _how):
    api.post("experiments/create", name=name).refused("INVALID_PARAMETER_VALUE")


@rows("an artifact location is refused when it is {1}", [
    ("runs:/abc/model", "a run's"), ("s3://bucket/a?x=1", "with a query"), ("s3://bucket/a#x", "with a fragment"),
    ("mlflow-artifacts:/../x", "climbing"),
], "experiments")
def _(api, location, _how):
    api.post("experiments/create", name=fresh("loc"), artifact_location=location).refused("INVALID_PARAMETER_VALUE")


@check("an artifact location of another store is kept as it is, and the runs lie in it")
def _(api):
    made = api.experiment(artifact_location="s3://bucket/some/where")
    same(api.get("experiments/get", experiment_id=made).ok()["experiment"]["artifact_location"], "s3://bucket/some/where")
    run = api.run_of(api.run(made))["info"]
    same(run["artifact_uri"], f"s3://bucket/some/where/{run['run_id']}/artifacts")


@check("an experiment that is not there")
def _(api):
    api.get("experiments/get", experiment_id="987654321").refused("RESOURCE_DOES_NOT_EXIST", "No Experiment with id=987654321 exists")


@check("a name that is not there")
def _(api):
    api.get("experiments/get-by-name", experiment_name="no such").refused("RESOURCE_DOES_NOT_EXIST", "Could not find experiment with name 'no such'")


@check("a renamed experiment is found by its new name only")
def _(api):
    old, new = fresh("old"), fresh("new")
    made = api.experiment(old)
    same(api.post("experiments/update", experiment_id=made, new_name=new).ok(), {})
    same(api.get("experiments/get-by-name", experiment_name=new).ok()["experiment"]["experiment_id"], made)
    api.get("experiments/get-by-name", experiment_name=old).refused("RESOURCE_DOES_NOT_EXIST")


@check("a change moves the time of the last change")
def _(api):
    made = api.experiment()
    api.post("experiments/update", experiment_id=made, new_name=fresh("later")).ok()
    found = api.get("experiments/get", experiment_id=made).ok()["experiment"]
    assert found["last_update_time"] >= found["creation_time"], found


@check("an update without a name changes nothing")
def _(api):
    name = fresh("same")
    made = api.experiment(name)
    api.post("experiments/update", experiment_id=made).ok()
    same(api.get("experiments/get", experiment_id=made).ok()["experiment"]["name"], name)


@check("a rename to a name that is taken says so")
def _(api):
    name = fresh("taken")
    api.experiment(name)
    api.post("experiments/update", experiment_id=api.experiment(), new_name=name).refused("RESOURCE_ALREADY_EXISTS")


@check("a deleted experiment cannot be renamed, and the answer asks nobody to try again")
def _(api):
    made = api.experiment()
    api.post("experiments/delete", experiment_id=made).ok()
    answer = api.post("experiments/update", experiment_id=made, new_name=fresh("gone"))
    assert 400 <= answer.status < 500, answer.shown()


@check("a deleted experiment is still found, as deleted")
def _(api):
    made = api.experiment()
    same(api.post("experiments/delete", experiment_id=made).ok(), {})
    same(api.get("experiments/get", experiment_id=made).ok()["experiment"]["lifecycle_stage"], "deleted")


@check("an experiment is deleted once")
def _(api):
    made = api.experiment()
    api.post("experiments/delete", experiment_id=made).ok()
    api.post("experiments/delete", experiment_id=made).refused("RESOURCE_DOES_NOT_EXIST")


@check("with an experiment its runs are deleted and restored")
def _(api):
    made = api.experiment()
    run = api.run(made)
    api.post("experiments/delete", experiment_id=made).ok()
    same(api.run_of(run)["info"]["lifecycle_stage"], "deleted")
    same(api.post("experiments/restore", experiment_id=made).ok(), {})
    same(api.run_of(run)["info"]["lifecycle_stage"], "active")


@check("an active experiment is not restored")
def _(api):
    api.post("experiments/restore", experiment_id=api.experiment()).refused("RESOURCE_DOES_NOT_EXIST")


@rows("{0} of an experiment that is not there", [("delete",), ("restore",), ("update",)], "experiments")
def _(api, verb):
    api.post(f"experiments/{verb}", experiment_id="987654321", new_name="x").refused("RESOURCE_DOES_NOT_EXIST", "987654321")


@check("no run is made in a deleted experiment")
def _(api):
    made = api.experiment()
    api.post("experiments/delete", experiment_id=made).ok()
    api.post("runs/create", experiment_id=made).refused("INVALID_PARAMETER_VALUE", rf"The experiment {made} must be in the 'active' state")


@check("a tag is set, changed and deleted")
def _(api):
    made = api.experiment()
    tags = lambda: words(api.get("experiments/get", experiment_id=made).ok()["experiment"].get("tags"))  # noqa: E731
    same(api.post("experiments/set-experiment-tag", experiment_id=made, key="k", value="1").ok(), {})
    same(tags(), {"k": "1"})
    api.post("experiments/set-experiment-tag", experiment_id=made, key="k", value="2").ok()
    same(tags(), {"k": "2"})
    same(api.post("experiments/delete-experiment-tag", experiment_id=made, key="k").ok(), {})
    same(tags(), {})


@check("a tag that is not there cannot be deleted")
def _(api):
    made = api.experiment()
    answer = api.post("experiments/delete-experiment-tag", experiment_id=made, key="k")
    answer.refused("RESOURCE_DOES_NOT_EXIST", f"No tag with name: k in experiment with id {made}")


@rows("a tag is refused when {2}", [
    ("k" * 251, "v", "its key is longer than 250"), ("k", "v" * 5001, "its value is longer than 5000"),
    ("a//b", "v", "its key is another path"), ("../b", "v", "its key climbs"), ("a$", "v", "its key has odd characters"),
], "experiments")
def _(api, key, value, _how):
    api.post("experiments/set-experiment-tag", experiment_id=api.experiment(), key=key, value=value).refused("INVALID_PARAMETER_VALUE")


@check("a tag of a deleted experiment cannot be set")
def _(api):
    made = api.experiment()
    api.post("experiments/delete", experiment_id=made).ok()
    api.post("experiments/set-experiment-tag", experiment_id=made, key="k", value="1").refused("INVALID_PARAMETER_VALUE", "must be in the 'active' state")


@check("a tag of an experiment that is not there")
def _(api):
    api.post("experiments/set-experiment-tag", experiment_id="987654321", key="k", value="1").refused("RESOURCE_DOES_NOT_EXIST")
