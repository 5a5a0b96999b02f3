"""Writes down everything that the tracking server of the first argument tells, as JSON, into the second."""

import json
import sys

import mlflow
from mlflow import MlflowClient
from mlflow.entities import ViewType

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()


def files(run_id, path=None):
    for file in client.list_artifacts(run_id, path):
        if file.is_dir:
            yield from files(run_id, file.path)
        elif not file.path.endswith("/registered_model_meta"):  # MLflow leaves it where it loads a model
            yield [file.path, file.file_size]


def told(experiment, run):
    info, data = run.info, run.data
    history = {key: client.get_metric_history(info.run_id, key) for key in data.metrics}
    return {
        "experiment": [experiment.name, experiment.lifecycle_stage, experiment.tags.get("team")],
        "info": [info.run_name, info.status, info.start_time, info.end_time, info.lifecycle_stage, info.user_id],
        "params": data.params,
        "tags": data.tags,
        "history": {key: sorted([m.step, m.timestamp, repr(m.value)] for m in all_) for key, all_ in history.items()},
        "files": sorted(files(info.run_id)) if info.lifecycle_stage == "active" else [],
    }


out = {}
for experiment in client.search_experiments(view_type=ViewType.ALL):
    for run in client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL):
        out[run.info.run_id] = told(experiment, run)
model = client.get_registered_model("lin")
version = client.get_model_version("lin", "1")
out["lin"] = [
    model.description,
    {alias: str(number) for alias, number in model.aliases.items()},
    dict(version.tags),
    version.run_id,
    [round(float(x), 6) for x in mlflow.pyfunc.load_model("models:/lin@best").predict([[3]])],
]
with open(sys.argv[2], "w") as file:
    json.dump(out, file)
