"""Writes down all traces, evaluation datasets and webhooks that the tracking server of the first argument tells, as JSON,
into the second."""

import json
import sys

import mlflow
from mlflow import MlflowClient
from mlflow.genai import datasets

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
experiment = client.get_experiment_by_name("talks").experiment_id
own = {"mlflow.artifactLocation", "mlflow.trace.spansLocation"}


def judged(a):
    said = a.feedback or a.expectation
    return [a.assessment_id, a.name, said.value, a.source.source_type, a.source.source_id, a.rationale,
            a.metadata or {}, a.valid is not False, a.overrides, a.create_time_ms, a.last_update_time_ms]  # fmt: skip


def span(s):
    return [s.name, s.span_id, s.parent_id, s.start_time_ns, s.end_time_ns, s.span_type, s.status.status_code.value,
            s.status.description, repr(s.inputs), repr(s.outputs), sorted((k, repr(v)) for k, v in s.attributes.items()),
            [[e.name, e.timestamp, sorted((k, str(v)) for k, v in e.attributes.items() if k != "exception.stacktrace")]
             for e in s.events]]  # fmt: skip


def told(trace):
    info = trace.info
    return {
        "info": [info.state.value, info.request_time, info.execution_duration, info.client_request_id,
                 info.request_preview, info.response_preview],  # fmt: skip
        "tags": {k: v for k, v in info.tags.items() if k not in own},
        "metadata": {k: v for k, v in info.trace_metadata.items()},
        "assessments": sorted((judged(a) for a in info.assessments), key=str),
        "spans": [span(s) for s in trace.data.spans],
    }


find = lambda **o: mlflow.search_traces(locations=[experiment], return_type="list", **o)
out = {trace.info.trace_id: told(trace) for trace in find()}
run = client.search_runs([experiment], "tags.mlflow.runName = 'judged'")[0].info.run_id
out["linked"] = [trace.info.trace_id for trace in find(run_id=run)]
for data in datasets.search_datasets(experiment_ids=[experiment]):
    out[data.dataset_id] = [
        data.name, data.tags, data.digest, data.schema, data.profile, data.created_time, data.created_by,
        sorted([r.dataset_record_id, repr(r.inputs), repr(r.outputs), repr(r.expectations), r.tags, r.created_time,
                r.last_update_time, r.created_by, repr(r.source)] for r in data._mlflow_dataset.records),
    ]  # fmt: skip
out["hooks"] = [[h.webhook_id, h.name, h.url, h.description, [str(e) for e in h.events]] for h in client.list_webhooks()]
with open(sys.argv[2], "w") as file:
    json.dump(out, file, sort_keys=True, indent=1)
