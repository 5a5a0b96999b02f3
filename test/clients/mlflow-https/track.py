"""Tracks a run with files, and reads it back: with the stock client, or with the plugin azureml-mlflow, by its address.

Prints one line of JSON on stderr: what came back.
"""

import json
import pathlib
import sys
import tempfile

import mlflow

mlflow.set_experiment("over-https")
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "f.txt").write_text("hello")
(folder / "deep").mkdir()
(folder / "deep/ü g.txt").write_text("deep")
with mlflow.start_run(run_name="secure") as run:
    mlflow.log_param("a", 1)
    mlflow.log_metric("m", 0.5, step=3)
    mlflow.set_tag("t", "x")
    mlflow.log_artifact(str(folder / "f.txt"), "sub")
    mlflow.log_artifacts(str(folder), "all")
    mlflow.log_dict({"k": [1, 2]}, "d.json")
identity = run.info.run_id
client = mlflow.MlflowClient()
got = client.get_run(identity)
local = pathlib.Path(mlflow.artifacts.download_artifacts(run_id=identity, artifact_path=""))
one = pathlib.Path(mlflow.artifacts.download_artifacts(run_id=identity, artifact_path="sub/f.txt"))
found = [each.info.run_id for each in client.search_runs([got.info.experiment_id], "params.a = '1'")]
seen = {
    "status": got.info.status,
    "params": got.data.params,
    "metrics": got.data.metrics,
    "history": [each.step for each in client.get_metric_history(identity, "m")],
    "tag": got.data.tags["t"],
    "scheme": got.info.artifact_uri.split(":")[0],
    "listed": sorted(each.path for each in client.list_artifacts(identity)),
    "below": sorted(each.path for each in client.list_artifacts(identity, "all")),
    "files": {str(each.relative_to(local)): each.read_text() for each in local.rglob("*") if each.is_file()},
    "one": one.read_text(),
    "searched": identity in found,
}
print(json.dumps(seen), file=sys.stderr)
