"""Leaves traces as clients before 3 do: their spans in files."""

import sys

import mlflow
from mlflow import MlflowClient

mlflow.set_tracking_uri(sys.argv[1])
experiment = mlflow.set_experiment("talks").experiment_id


@mlflow.trace(attributes={"kind": "ünï"})
def outer(a):
    with mlflow.start_span(name="inner") as span:
        span.set_outputs(a + 1)
    return a + 1


for i in range(3):
    outer(i)
client = MlflowClient()
first = client.search_traces([experiment])[0].info.request_id
client.set_trace_tag(first, "reviewed", "yes")
