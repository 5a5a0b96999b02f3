"""Traces by a client before 3.0: begun and ended by two calls, their spans in a file beside."""

import os
import time

import mlflow

mlflow.set_experiment(os.environ["EXPERIMENT"])
print("mlflow", mlflow.__version__)


@mlflow.trace(span_type="TOOL")
def tool(x):
    return {"y": x}


@mlflow.trace
def chain(question):
    with mlflow.start_span("inner") as span:
        span.set_inputs({"a": 1})
    return tool(question)


@mlflow.trace
def broken():
    raise ValueError("boom")


with mlflow.start_run() as run:
    for i in range(3):
        chain(i)
try:
    broken()
except ValueError:
    pass
if hasattr(mlflow, "flush_trace_async_logging"):
    mlflow.flush_trace_async_logging()
client = mlflow.MlflowClient()
here = [run.info.experiment_id]
traces = client.search_traces(here, order_by=["timestamp_ms ASC"])
assert len(traces) == 4, f"{len(traces)} traces: is opentelemetry-sdk older than 1.35?"
assert [span.name for span in traces[0].data.spans] == ["chain", "inner", "tool"], traces[0].data.spans
assert traces[0].data.spans[2].outputs == {"y": 0} and traces[0].info.execution_time_ms >= 0
assert [t.info.request_id for t in client.search_traces(here, filter_string="status = 'ERROR'")] == [traces[3].info.request_id]
assert len(mlflow.search_traces(run_id=run.info.run_id)) == 3
assert len(client.search_traces(here, max_results=2)) == 2
id = traces[0].info.request_id
client.set_trace_tag(id, "key", "value")
client.set_trace_tag(id, "gone", "value")
client.delete_trace_tag(id, "gone")
tags = client.get_trace(id).info.tags
assert tags["key"] == "value" and "gone" not in tags and tags["mlflow.traceName"] == "chain", tags
assert client.delete_traces(here[0], request_ids=[id]) == 1
assert client.delete_traces(here[0], max_timestamp_millis=int(time.time() * 1000), max_traces=1) == 1
assert len(client.search_traces(here)) == 2
print("all of it holds")
