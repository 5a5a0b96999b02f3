"""Fills the tracking server of the first argument with what hangs beside the runs: traces (and as many more as the second
says), what was thought of them, evaluation datasets, webhooks, a prompt."""

import sys

import mlflow
from mlflow import MlflowClient
from mlflow.entities import AssessmentSource, SpanType
from mlflow.entities.webhook import WebhookEvent
from mlflow.genai import datasets

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
experiment = mlflow.set_experiment("talks").experiment_id


@mlflow.trace(span_type=SpanType.TOOL, attributes={"kind": "sum", "share": 1.0, "count": 2**60, "list": [1, 2.0, None]})
def add(a, b):
    with mlflow.start_span(name="inner") as span:
        span.set_inputs({"text": "ünï", "deep": {"x": [True, 0.1]}})
        span.set_outputs(b)
        span.add_event(mlflow.entities.SpanEvent(name="looked", attributes={"rows": 3}))
    return a + b


@mlflow.trace
def fails():
    raise ValueError("on purpose")


@mlflow.trace(span_type=SpanType.LLM)
def asks():
    span = mlflow.get_current_active_span()
    span.set_attribute(
        "mlflow.chat.tokenUsage", {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    )
    mlflow.update_current_trace(tags={"shown": "yes"}, metadata={"mlflow.trace.session": "s1", "mlflow.trace.user": "ann"})
    return "answer"


with mlflow.start_run(run_name="asked") as run:
    add(2, 3)
    first = mlflow.get_last_active_trace_id()
try:
    fails()
except ValueError:
    pass
second = mlflow.get_last_active_trace_id()
asks()
third = mlflow.get_last_active_trace_id()
for i in range(int(sys.argv[2])):
    add(i, i)
mlflow.flush_trace_async_logging()
with mlflow.start_run(run_name="judged") as judged:
    pass
client.link_traces_to_run([third], judged.info.run_id)
client.set_trace_tag(first, "reviewed", "yes")
client.set_trace_tag(third, "passing", "by")
client.delete_trace_tag(third, "shown")
person = AssessmentSource(source_type="HUMAN", source_id="ann")
mlflow.log_feedback(trace_id=first, name="good", value=True, rationale="ünï", source=person, metadata={"k": "v"})
old = mlflow.log_feedback(trace_id=first, name="score", value=0.25, source=person)
mlflow.override_feedback(trace_id=first, assessment_id=old.assessment_id, value=0.75, rationale="better")
mlflow.log_expectation(trace_id=third, name="wanted", value={"words": ["a", "b"], "n": 1.5}, source=person)

asked = datasets.create_dataset(name="questions", experiment_id=[experiment], tags={"team": "birds"})
asked.merge_records(
    [
        {"inputs": {"q": f"question {i}", "n": float(i), "whole": i}, "expectations": {"a": str(i)}, "tags": {"i": str(i)}}
        for i in range(30)
    ]
)
client.create_webhook("told", "https://1.1.1.1/hook", [WebhookEvent.from_str("model_version.created")], description="d", secret="hidden")
mlflow.genai.register_prompt(name="greeting", template="Hello {{name}}")
