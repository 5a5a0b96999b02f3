"""Asks the official client about YAML files: one line `kind path` in, one line of JSON out.

A file is refused when loading, validating or building the request fails. Requests are built without a workspace, so
references stay as they are written.
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

from azure.ai.ml import (  # noqa: E402
    load_component,
    load_compute,
    load_data,
    load_datastore,
    load_environment,
    load_job,
    load_model,
    load_workspace,
)

LOADERS = {
    "job": load_job,
    "component": load_component,
    "environment": load_environment,
    "data": load_data,
    "model": load_model,
    "compute": load_compute,
    "datastore": load_datastore,
    "workspace": load_workspace,
}


def build(entity, kind):
    """The request the client would send; pipelines also register the components of their nodes, which checks them."""
    if kind == "job" and hasattr(entity, "_to_job"):
        entity = entity._to_job()
    for node in getattr(entity, "jobs", None) and entity.jobs.values() or []:
        component = getattr(node, "_component", None)
        if hasattr(component, "_validate") and not component._validate().passed:
            raise ValueError(str(component._validate().error_messages))
    entity._to_rest_object()


def judge(kind, path):
    stage = "load"
    try:
        entity = LOADERS[kind](path)
        stage = "validate"
        if hasattr(entity, "_validate"):
            result = entity._validate()
            if hasattr(result, "passed") and not result.passed:
                return {"refused": True, "stage": stage, "why": str(result.error_messages)}
        stage = "build"
        build(entity, kind)
    except BaseException as error:  # the client raises whatever it likes
        return {"refused": True, "stage": stage, "why": f"{type(error).__name__}: {error}"[:400]}
    return {"refused": False}


for line in sys.stdin:
    kind, _, path = line.strip().partition(" ")
    if kind:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            verdict = judge(kind, path)
        print(json.dumps({"path": path, **verdict}), flush=True)
