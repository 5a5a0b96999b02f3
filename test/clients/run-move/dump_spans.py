"""Writes down all traces that the tracking server of the first argument tells a client before 3, into the second."""

import json
import sys

import mlflow
from mlflow import MlflowClient

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
experiment = client.get_experiment_by_name("talks").experiment_id
out = {}
for trace in client.search_traces([experiment]):
    info = trace.info
    out[info.request_id] = [
        [info.timestamp_ms, info.execution_time_ms, info.status.value],
        {key: value for key, value in info.tags.items() if key != "mlflow.artifactLocation"},
        dict(info.request_metadata),
        [[s.name, s.span_id, s.parent_id, s.start_time_ns, s.end_time_ns, repr(s.inputs), repr(s.outputs),
          sorted((k, repr(v)) for k, v in s.attributes.items())] for s in trace.data.spans],
    ]  # fmt: skip
assert len(out) == 3, out
with open(sys.argv[2], "w") as file:
    json.dump(out, file)
