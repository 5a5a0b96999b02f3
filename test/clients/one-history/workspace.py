"""azure-ai-ml, unmodified, at work on one line of JSON after the other: {"do": name, ...} in, {"is": …} or {"error": …} out."""

import contextlib
import io
import os

from azure.ai.ml import MLClient
from azure.ai.ml.constants import ListViewType
from azure.ai.ml.entities import Model
from azure.identity import DefaultAzureCredential

from answering import answer

client = MLClient(
    DefaultAzureCredential(),
    os.environ["AZURE_SUBSCRIPTION_ID"],
    os.environ["AZURE_DEFAULTS_GROUP"],
    os.environ["AZURE_DEFAULTS_WORKSPACE"],
)
jobs, models = client.jobs, client.models


def shown(job):
    return {
        "displayName": job.display_name,
        "status": job.status,
        "experiment": job.experiment_name,
        "tags": dict(job.tags or {}),
        "description": job.description,
        "properties": dict(job.properties or {}),
        "type": job.type,
    }


def names(view, **more):
    return sorted(job.name for job in jobs.list(list_view_type=view, **more))


def update(name, displayName=None, tags=None, description=None):
    job = jobs.get(name)
    job.display_name = job.display_name if displayName is None else displayName
    job.tags = job.tags if tags is None else tags
    job.description = job.description if description is None else description
    return shown(jobs.create_or_update(job))


def stream(name):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        jobs.stream(name)
    return out.getvalue()


def model(name, version):
    found = models.get(name, version)
    return {
        "tags": dict(found.tags or {}),
        "description": found.description,
        "properties": dict(found.properties or {}),
        "type": found.type,
        "stage": found.stage,
        "job": found.job_name,
    }


def make_model(name, path, kind, tags):
    made = models.create_or_update(Model(name=name, path=path, type=kind, tags=tags))
    return made.version


def change_model(name, version, tags=None, description=None):
    found = models.get(name, version)
    found.tags = found.tags if tags is None else tags
    found.description = found.description if description is None else description
    models.create_or_update(found)


acts = {
    "get": lambda name: shown(jobs.get(name)),
    "active": lambda: names(ListViewType.ACTIVE_ONLY),
    "archived": lambda: names(ListViewType.ARCHIVED_ONLY),
    "children": lambda name: names(ListViewType.ALL, parent_job_name=name),
    "cancel": lambda name: jobs.begin_cancel(name).wait(),
    "archive": lambda name: jobs.archive(name),
    "restore": lambda name: jobs.restore(name),
    "update": update,
    "stream": stream,
    "download": lambda name, to: jobs.download(name, download_path=to, all=True),
    "model": model,
    "models": lambda name: sorted(each.version for each in models.list(name)),
    "makeModel": make_model,
    "changeModel": change_model,
    "archiveModel": lambda name, version: models.archive(name, version),
    "restoreModel": lambda name, version: models.restore(name, version),
}

answer(acts)
