"""What training code does with MLflow, run with nothing but the variables of a job."""
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import mlflow
import mlflow.sklearn
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

MAJOR = int(mlflow.__version__.split(".")[0])
run_id = os.environ["MLFLOW_RUN_ID"]

# no start_run: the first call attaches to the run of the job
mlflow.log_param("alpha", 0.5)
mlflow.log_params({"depth": 3, "name": "ünïcode"})
for step in range(50):
    mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
mlflow.log_metrics({"acc": 0.9, "bad": float("nan"), "huge": float("inf")}, step=7)
mlflow.set_tag("stage", "test")
mlflow.set_tags({"a/b": "1", "note": "x" * 100})
assert mlflow.active_run().info.run_id == run_id

with open("report.txt", "w") as f:
    f.write("hello\n")
mlflow.log_artifact("report.txt")
mlflow.log_artifact("report.txt", "deep/er folder")
os.makedirs("tree/sub", exist_ok=True)
for name in ("tree/one.txt", "tree/sub/two.txt"):
    with open(name, "w") as f:
        f.write(name)
mlflow.log_artifacts("tree", "tree")
mlflow.log_dict({"k": [1, 2]}, "config.json")
mlflow.log_text("plain", "text.txt")
figure, axes = plt.subplots()
axes.plot([1, 2, 3])
mlflow.log_figure(figure, "plots/figure.png")
mlflow.log_table({"x": [1, 2]}, "table.json")

X, y = load_iris(return_X_y=True, as_frame=True)
dataset = mlflow.data.from_pandas(X, name="iris")
mlflow.log_input(dataset, context="training")

mlflow.sklearn.autolog(log_input_examples=True, max_tuning_runs=2)
model = LogisticRegression(max_iter=200).fit(X, y)
mlflow.sklearn.autolog(disable=True)

name = "classifier"
kwargs = {"name": name} if MAJOR >= 3 else {"artifact_path": name}
info = mlflow.sklearn.log_model(model, input_example=X.head(2), registered_model_name="iris-classifier", **kwargs)
loaded = mlflow.sklearn.load_model(info.model_uri)
assert (loaded.predict(X) == model.predict(X)).all()
loaded = mlflow.pyfunc.load_model(f"runs:/{run_id}/{name}")
assert (loaded.predict(X) == model.predict(X)).all()
loaded = mlflow.pyfunc.load_model("models:/iris-classifier/1")
assert (loaded.predict(X) == model.predict(X)).all()
version = mlflow.register_model(f"runs:/{run_id}/{name}", "iris-classifier")
assert str(version.version) == "2", version
client = mlflow.MlflowClient()
client.set_registered_model_alias("iris-classifier", "champion", "2")
loaded = mlflow.pyfunc.load_model("models:/iris-classifier@champion")
assert client.get_model_version_by_alias("iris-classifier", "champion").version == "2"
assert len(client.search_model_versions("name='iris-classifier'")) == 2
assert [m.name for m in client.search_registered_models()] == ["iris-classifier"]

run = client.get_run(run_id)
assert run.data.params["alpha"] == "0.5" and run.data.params["name"] == "ünïcode", run.data.params
assert run.data.metrics["loss"] == 0.02 and run.data.metrics["bad"] != run.data.metrics["bad"], run.data.metrics
assert run.data.metrics["huge"] > 1e300, run.data.metrics
history = client.get_metric_history(run_id, "loss")
assert [m.step for m in history] == list(range(50)), history
assert run.inputs.dataset_inputs[0].dataset.name == "iris"
top = {f.path for f in client.list_artifacts(run_id)}
assert {"report.txt", "config.json", "text.txt", "deep", "tree", "plots", "classifier"} <= top, top
nested = {f.path for f in client.list_artifacts(run_id, "deep/er folder")}
assert nested == {"deep/er folder/report.txt"}, nested
local = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="tree")
assert open(os.path.join(local, "sub", "two.txt")).read() == "tree/sub/two.txt"
assert mlflow.artifacts.load_dict(f"runs:/{run_id}/config.json") == {"k": [1, 2]}

# a child run of its own, and a look at the experiment
with mlflow.start_run(nested=True) as child:
    mlflow.log_metric("child", 1)
found = mlflow.search_runs(filter_string="metrics.loss < 0.5", order_by=["metrics.loss ASC"])
assert list(found.run_id) == [run_id], found
children = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{run_id}'")
assert list(children.run_id) == [child.info.run_id], children

# what a job may not do
for act in (
    lambda: client.log_metric(os.environ["FOREIGN_RUN"], "x", 1.0),
    lambda: client.create_experiment("not mine"),
    lambda: client.delete_registered_model("iris-classifier"),
):
    try:
        act()
    except mlflow.exceptions.MlflowException as error:
        assert "PERMISSION_DENIED" in str(error) or error.error_code == "PERMISSION_DENIED", error
    else:
        raise AssertionError("was let through")

mlflow.end_run()
print(f"mlflow {mlflow.__version__} done", file=sys.stderr)
