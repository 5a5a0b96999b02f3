"""Fills the tracking server of the first argument with all that a move has to bring along."""

import pathlib
import sys
import tempfile

import mlflow
from mlflow import MlflowClient
from sklearn.linear_model import LinearRegression

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
birds = client.create_experiment("birds", tags={"team": "a b"})
gone = client.create_experiment("gone")
for i in range(3):
    with mlflow.start_run(experiment_id=birds, run_name=f"run {i}") as run:
        mlflow.log_params({"lr": 0.1 * i, "group/opt": "adam; 'q' \\ \"x\""})
        mlflow.set_tag("note", "ünïcode\nline2")
        for step in range(30):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metric("val/acc", float("nan"), step=1)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "f.txt"
            file.write_text(f"hello {i}")
            mlflow.log_artifact(str(file))
            mlflow.log_artifact(str(file), "deep/er")
        if i == 2:
            model = LinearRegression().fit([[1], [2]], [1, 2])
            name = {"name": "model"} if int(mlflow.__version__.split(".")[0]) > 2 else {"artifact_path": "model"}
            mlflow.sklearn.log_model(model, registered_model_name="lin", **name)
client.set_registered_model_alias("lin", "best", "1")
client.set_model_version_tag("lin", "1", "k", "v")
client.update_registered_model("lin", description="about")
with mlflow.start_run(experiment_id=gone):
    mlflow.log_metric("m", 1)
first = client.search_runs([birds], "tags.mlflow.runName = 'run 0'")[0]
client.delete_run(first.info.run_id)
client.delete_experiment(gone)
