"""A model from the run that trained it through names, versions, stages and aliases back into a process."""

import mlflow
import mlflow.pyfunc
import mlflow.sklearn
import numpy
import pandas
from mlflow.models import infer_signature
from seen import failed_with, report
from sklearn.linear_model import LinearRegression

MAJOR = int(mlflow.__version__.split(".")[0])
mlflow.set_experiment(f"versions {mlflow.__version__}")
client = mlflow.MlflowClient()
name = f"line-{mlflow.__version__.replace('.', '-')}"
frame = pandas.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]})


def fit(slope):
    return LinearRegression().fit(frame, frame["x"] * slope)


def log(model, **o):
    where = {"name": "line"} if MAJOR >= 3 else {"artifact_path": "line"}
    signature = infer_signature(frame, model.predict(frame))
    return mlflow.sklearn.log_model(model, **where, signature=signature, pip_requirements=["scikit-learn"], **o)


def predicted(uri):
    return numpy.round(mlflow.pyfunc.load_model(uri).predict(frame.iloc[:1]), 6).tolist()


with mlflow.start_run() as run:
    logged = log(fit(2), registered_model_name=name, input_example=frame.head(1))
assert predicted(logged.model_uri) == [2] and predicted(f"runs:/{run.info.run_id}/line") == [2]
assert mlflow.sklearn.load_model(f"models:/{name}/1").coef_.round(6).tolist() == [2]
assert mlflow.models.get_model_info(f"models:/{name}/1").signature == logged.signature
with mlflow.start_run() as second:
    log(fit(3))
version = mlflow.register_model(f"runs:/{second.info.run_id}/line", name, tags={"from": "second"})
assert (str(version.version), version.status, version.run_id) == ("2", "READY", second.info.run_id), version
assert predicted(f"models:/{name}/latest") == [3]

# aliases
client.set_registered_model_alias(name, "champion", "1")
assert predicted(f"models:/{name}@champion") == [2]
client.set_registered_model_alias(name, "champion", "2")
assert predicted(f"models:/{name}@champion") == [3]
assert client.get_registered_model(name).aliases == {"champion": "2"}
assert client.get_model_version(name, "2").aliases == ["champion"]
client.delete_registered_model_alias(name, "champion")
assert failed_with(lambda: client.get_model_version_by_alias(name, "champion")) == "INVALID_PARAMETER_VALUE"
assert failed_with(lambda: client.set_registered_model_alias(name, "v1", "1")) == "INVALID_PARAMETER_VALUE"

# stages, as scripts of years ago use them
client.transition_model_version_stage(name, "1", "Production")
client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
assert [(str(v.version), v.current_stage) for v in client.get_latest_versions(name)] == [
    ("1", "Archived"),
    ("2", "Production"),
]
assert predicted(f"models:/{name}/Production") == [3]

# words about them, and finding them by these
client.update_registered_model(name, "a line")
client.update_model_version(name, "2", "a steep line")
client.set_registered_model_tag(name, "team", "blue")
client.set_model_version_tag(name, "1", "checked", "yes")
assert [m.description for m in client.search_registered_models(f"name = '{name}' AND tags.team = 'blue'")] == ["a line"]
find = lambda words: [str(v.version) for v in client.search_model_versions(f"name = '{name}' AND {words}")]
assert find("tags.checked = 'yes'") == ["1"] and find("tags.`from` = 'second'") == ["2"]
assert find(f"run_id = '{second.info.run_id}'") == ["2"]
ordered = client.search_model_versions(f"name = '{name}'", order_by=["version_number ASC"])
assert [(str(v.version), v.description) for v in ordered][1] == ("2", "a steep line"), ordered
client.delete_model_version_tag(name, "1", "checked")
assert client.get_model_version(name, "1").tags == {}
assert client.get_model_version_download_uri(name, "2").startswith("mlflow-artifacts:/")

# what is there twice, and what is not there
assert failed_with(lambda: client.create_registered_model(name)) == "RESOURCE_ALREADY_EXISTS"
assert failed_with(lambda: client.get_registered_model("none")) == "RESOURCE_DOES_NOT_EXIST"
assert failed_with(lambda: client.get_model_version(name, "9")) == "RESOURCE_DOES_NOT_EXIST"
client.delete_model_version(name, "1")
assert [str(v.version) for v in client.search_model_versions(f"name = '{name}'")] == ["2"]

if MAJOR >= 3:
    model = mlflow.get_logged_model(logged.model_id)
    assert model.status == "READY" and model.source_run_id == run.info.run_id
    assert predicted(f"models:/{logged.model_id}") == [2]
    with mlflow.start_run():
        mlflow.log_metric("score", 0.75, model_id=logged.model_id)
    found = mlflow.search_logged_models(
        experiment_ids=[run.info.experiment_id], filter_string="metrics.score > 0.7", output_format="list"
    )
    assert [m.model_id for m in found] == [logged.model_id], found
    mlflow.set_logged_model_tags(logged.model_id, {"good": "yes"})
    assert mlflow.get_logged_model(logged.model_id).tags["good"] == "yes"
    outputs = client.get_run(run.info.run_id).outputs.model_outputs
    assert [o.model_id for o in outputs] == [logged.model_id], outputs
    mlflow.create_external_model(name="elsewhere")
report(name=name, run=second.info.run_id)
