"""Asks the official client about YAML files: one line `kind path` in, one line of JSON out.

A file is refused when loading, validating or building the request fails. Requests are built without a workspace, so
references stay as they are written. With `--wire` the answer carries the request that was built.
"""

import contextlib
import io
import json
import logging
import os
import sys
import warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
os.environ["AZURE_ML_CLI_PRIVATE_FEATURES_ENABLED"] = "False"

import yaml  # noqa: E402
from azure.ai.ml.entities import _load_functions as official  # noqa: E402
from azure.ai.ml.entities._data_import.data_import import DataImport  # noqa: E402
from azure.ai.ml.entities._workspace._ai_workspaces.hub import Hub  # noqa: E402
from azure.ai.ml.entities._workspace._ai_workspaces.project import Project  # noqa: E402

WIRE = "--wire" in sys.argv


def batch_deployment(path):
    """The command line of the official client picks the class by the type."""
    with open(path, encoding="utf-8") as file:
        kind = (yaml.safe_load(file) or {}).get("type")
    loaders = {"model": official.load_model_batch_deployment, "pipeline": official.load_pipeline_component_batch_deployment}
    return loaders.get(kind, official.load_batch_deployment)(path)


def load_as(cls):
    return lambda path: official.load_common(cls, path, None, None)


LOADERS = {
    "job": official.load_job,
    "component": official.load_component,
    "environment": official.load_environment,
    "data": official.load_data,
    "data-import": load_as(DataImport),
    "model": official.load_model,
    "model-package": official.load_model_package,
    "compute": official.load_compute,
    "datastore": official.load_datastore,
    "workspace": official.load_workspace,
    "hub": load_as(Hub),
    "project": load_as(Project),
    "feature-store": official.load_feature_store,
    "registry": official.load_registry,
    "connection": official.load_connection,
    "schedule": official.load_schedule,
    "online-endpoint": official.load_online_endpoint,
    "online-deployment": official.load_online_deployment,
    "batch-endpoint": official.load_batch_endpoint,
    "batch-deployment": batch_deployment,
    "feature-set": official.load_feature_set,
    "feature-store-entity": official.load_feature_store_entity,
    "index": official.load_index,
    "deployment-template": official.load_deployment_template,
    "serverless-endpoint": official.load_serverless_endpoint,
    "marketplace-subscription": official.load_marketplace_subscription,
    "capability-host": official.load_capability_host,
}


def build_schedule(schedule):
    """A monitor without signals gets the usual ones as it is sent."""
    monitor = getattr(schedule, "create_monitor", None)
    if monitor is not None and not monitor.monitoring_signals:
        schedule._create_default_monitor_definition()
    return schedule._to_rest_object()


BUILDERS = {
    "schedule": build_schedule,
    "online-endpoint": lambda x: x._to_rest_online_endpoint("local"),
    "batch-endpoint": lambda x: x._to_rest_batch_endpoint("local"),
    "online-deployment": lambda x: x._to_rest_object("local"),
    "batch-deployment": lambda x: x._to_rest_object("local"),
}
# the base class of these promises a check that nobody has written
UNCHECKED = {"schedule"}


def build(entity, kind):
    """The request the client would send; pipelines also register the components of their nodes, which checks them."""
    if kind == "job" and hasattr(entity, "_to_job"):
        entity = entity._to_job()
    for node in getattr(entity, "jobs", None) and entity.jobs.values() or []:
        component = getattr(node, "_component", None)
        if hasattr(component, "_validate") and not component._validate().passed:
            raise ValueError(str(component._validate().error_messages))
    return BUILDERS.get(kind, lambda x: x._to_rest_object())(entity)


def plain(rest):
    """A request as JSON would carry it."""
    if hasattr(rest, "as_dict") and hasattr(rest, "_is_model"):
        rest = rest.as_dict()
    elif hasattr(rest, "serialize"):
        rest = rest.serialize()
    return json.loads(json.dumps(rest, default=lambda x: plain(x) if hasattr(x, "serialize") else str(x)))


def judge(kind, path):
    stage = "load"
    try:
        entity = LOADERS[kind](path)
        stage = "validate"
        if hasattr(entity, "_validate") and kind not in UNCHECKED:
            result = entity._validate()
            if hasattr(result, "passed") and not result.passed:
                return {"refused": True, "stage": stage, "why": str(result.error_messages)}
        stage = "build"
        rest = build(entity, kind)
    except BaseException as error:  # the client raises whatever it likes
        return {"refused": True, "stage": stage, "why": f"{type(error).__name__}: {error}"[:400]}
    if not WIRE:
        return {"refused": False}
    try:
        return {"refused": False, "wire": plain(rest)}
    except Exception as error:  # a request that only a live client can print
        return {"refused": False, "unprintable": f"{type(error).__name__}: {error}"[:200]}


for line in sys.stdin:
    kind, _, path = line.strip().partition(" ")
    if kind:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            verdict = judge(kind, path)
        print(json.dumps({"path": path, **verdict}), flush=True)
