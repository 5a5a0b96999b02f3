"""mlflow, unmodified, at work on one line of JSON after the other: {"do": name, ...} in, {"is": …} or {"error": …} out."""

import pathlib
import tempfile

import mlflow
from mlflow.entities import RunTag, ViewType

from answering import answer

client = mlflow.MlflowClient()


def run(name):
    found = client.get_run(name)
    return {
        "displayName": found.info.run_name,
        "status": found.info.status,
        "lifecycle": found.info.lifecycle_stage,
        "experiment": client.get_experiment(found.info.experiment_id).name,
        "experimentId": found.info.experiment_id,
        "tags": dict(found.data.tags),
        "params": dict(found.data.params),
        "metrics": dict(found.data.metrics),
    }


def create(experiment="0", name=None, tags=None, parent=None):
    tags = dict(tags or {})
    if parent is not None:
        tags["mlflow.parentRunId"] = parent
    return client.create_run(experiment, tags=tags, run_name=name).info.run_id


def nested(experiment):
    """As people write it: a run in a run, both ended by the end of their blocks."""
    with mlflow.start_run(experiment_id=experiment, run_name="outer") as outer:
        with mlflow.start_run(run_name="inner", nested=True) as inner:
            mlflow.log_metric("depth", 2)
    return [outer.info.run_id, inner.info.run_id]


def artifact(name, file, text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, file)
        path.write_text(text)
        client.log_artifact(name, str(path))


def search(experiment, view="ACTIVE_ONLY"):
    found = client.search_runs([experiment], run_view_type=getattr(ViewType, view))
    return sorted(each.info.run_id for each in found)


def register(name, run_id, path):
    version = client.create_model_version(name, f"runs:/{run_id}/{path}", run_id)
    return version.version


def version(name, number):
    found = client.get_model_version(name, number)
    return {
        "tags": dict(found.tags),
        "description": found.description or None,
        "stage": found.current_stage,
        "aliases": sorted(found.aliases),
        "run": found.run_id,
    }


acts = {
    "run": run,
    "create": create,
    "nested": nested,
    "experiment": lambda name: client.create_experiment(name),
    "renameExperiment": lambda id, name: client.rename_experiment(id, name),
    "deleteExperiment": lambda id: client.delete_experiment(id),
    "restoreExperiment": lambda id: client.restore_experiment(id),
    "rename": lambda id, name: client.update_run(id, name=name),
    "status": lambda id, status: client.update_run(id, status=status),
    "end": lambda id, status: client.set_terminated(id, status),
    "tag": lambda id, key, value: client.set_tag(id, key, value),
    "tags": lambda id, tags: client.log_batch(id, tags=[RunTag(k, v) for k, v in tags.items()]),
    "untag": lambda id, key: client.delete_tag(id, key),
    "param": lambda id, key, value: client.log_param(id, key, value) and None,
    "metric": lambda id, key, value, step=0: client.log_metric(id, key, value, step=step) and None,
    "artifact": lambda id, file, text: artifact(id, file, text),
    "delete": lambda id: client.delete_run(id),
    "restore": lambda id: client.restore_run(id),
    "search": search,
    "model": lambda name, tags=None, description=None: client.create_registered_model(name, tags, description).name,
    "register": register,
    "version": version,
    "versions": lambda name: sorted(str(v.version) for v in client.search_model_versions(f"name='{name}'")),
    "stage": lambda name, version, stage: client.transition_model_version_stage(name, version, stage) and None,
    "alias": lambda name, alias, version: client.set_registered_model_alias(name, alias, version),
    "unalias": lambda name, alias: client.delete_registered_model_alias(name, alias),
    "aliased": lambda name, alias: str(client.get_model_version_by_alias(name, alias).version),
    "tagVersion": lambda name, version, key, value: client.set_model_version_tag(name, version, key, value),
    "describe": lambda name, version, text: client.update_model_version(name, version, text) and None,
    "deleteVersion": lambda name, version: client.delete_model_version(name, version),
    "deleteModel": lambda name: client.delete_registered_model(name),
}

answer(acts)
