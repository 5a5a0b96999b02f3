"""What a program of users does with traces: each line that fails ends it with a trace of the failure."""

import json
import os
import threading
import time
import urllib.request

import mlflow
from mlflow.entities import AssessmentSource, Expectation, Feedback, SpanEvent

mlflow.set_experiment(os.environ["EXPERIMENT"]) if "EXPERIMENT" in os.environ else None
print("mlflow", mlflow.__version__)
me = AssessmentSource("HUMAN", "me")
big = 2**60 + 1


@mlflow.trace(span_type="TOOL", attributes={"unit": "km"})
def tool(x):
    return {"far": x, "big": big, "part": 1.5, "list": [1, "ä", None]}


@mlflow.trace
def chain(question, n=3):
    with mlflow.start_span("inner", span_type="LLM") as span:
        span.set_inputs({"messages": [{"role": "user", "content": question}]})
        span.set_attributes({"model": "model-a", "temperature": 0.5})
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7})
        span.add_event(SpanEvent("thought", attributes={"deep": 1}))
    mlflow.update_current_trace(tags={"n": str(n)}, metadata={"mlflow.trace.session": f"session-{n % 2}"})
    return tool(n)


@mlflow.trace
def broken():
    raise ValueError("boom")


def spans_of(trace):
    return {span.name: span for span in trace.data.spans}


# what is told comes back, whole and exact
with mlflow.start_run(run_id=os.environ.get("MLFLOW_RUN_ID")) as run:
    for i in range(6):
        chain(f"question {i} ü", n=i)
try:
    broken()
except ValueError:
    pass
mlflow.flush_trace_async_logging()
failed = mlflow.get_trace(mlflow.get_last_active_trace_id())
assert failed.info.state == "ERROR", failed.info
assert any(event.name == "exception" for event in failed.data.spans[0].events), failed.data.spans[0].events
here = [failed.info.experiment_id]
found = mlflow.search_traces(locations=here, run_id=run.info.run_id, return_type="list", order_by=["timestamp_ms ASC"])
assert len(found) == 6, len(found)
assert all(a.info.timestamp_ms <= b.info.timestamp_ms for a, b in zip(found, found[1:])), found
found.sort(key=lambda trace: trace.info.tags["n"])  # several may begin in one millisecond
first = found[0]
assert [span.name for span in first.data.spans] == ["chain", "inner", "tool"], first.data.spans
spans = spans_of(first)
assert spans["tool"].outputs == {"far": 0, "big": big, "part": 1.5, "list": [1, "ä", None]}, spans["tool"].outputs
assert spans["tool"].attributes["unit"] == "km" and spans["tool"].parent_id == spans["chain"].span_id
assert spans["inner"].events[0].name == "thought" and spans["inner"].events[0].attributes == {"deep": 1}
assert spans["chain"].start_time_ns % 1000 or spans["tool"].start_time_ns % 1000, "times have lost digits"
assert first.info.token_usage["total_tokens"] == 7, first.info.token_usage
assert first.info.request_preview and "question 0" in first.info.request_preview
assert first.info.tags["mlflow.trace.spansLocation"] == "TRACKING_STORE", first.info.tags

# what is searched is found
ids = lambda filter, **o: [t.info.trace_id for t in mlflow.search_traces(locations=here, filter_string=filter, return_type="list", include_spans=False, **o)]
assert ids("trace.status = 'ERROR'") == [failed.info.trace_id]
assert ids("tags.n = '4' AND name = 'chain'") == [found[4].info.trace_id]
assert len(ids("metadata.`mlflow.trace.session` = 'session-1'")) == 3
assert len(ids("span.type = 'LLM' AND span.attributes.model LIKE '%model-a%'")) == 6
assert ids("trace.text LIKE '%question 5%'") == [found[5].info.trace_id]
assert len(ids("span.name RLIKE '^(inner|nothing)$'")) == 6
pages, token = [], None
client = mlflow.MlflowClient()
while True:
    page = client.search_traces(locations=here, max_results=3, page_token=token, include_spans=False)
    pages += [t.info.trace_id for t in page]
    token = page.token
    if not token:
        break
assert len(pages) == len(set(pages)) == len(ids(None)) == 7, pages
table = mlflow.search_traces(locations=here)
assert len(table) == 7 and "trace_id" in table.columns

# what is thought of it
id = first.info.trace_id
feedback = mlflow.log_feedback(trace_id=id, name="right", value=True, rationale="why", source=me, metadata={"a": "b"})
expected = mlflow.log_expectation(trace_id=id, name="answer", value={"a": [1, 2]}, source=me)
mlflow.log_expectation(trace_id=id, name="least", value=5, source=me, span_id=spans["tool"].span_id)
mlflow.log_feedback(trace_id=id, name="judge", error=ValueError("none"), source=AssessmentSource("LLM_JUDGE", "m"))
mlflow.update_assessment(trace_id=id, assessment_id=feedback.assessment_id, assessment=Feedback(name="right", value=0.25))
mlflow.update_assessment(trace_id=id, assessment_id=expected.assessment_id, assessment=Expectation(name="answer", value=[3]))
assert mlflow.get_assessment(id, expected.assessment_id).value == [3]
other = mlflow.override_feedback(trace_id=id, assessment_id=feedback.assessment_id, value=0.75, rationale="no")
kept = {a.assessment_id: a for a in mlflow.get_trace(id).info.assessments}
assert len(kept) == 5 and kept[feedback.assessment_id].valid is False and kept[other.assessment_id].valid is True, kept
assert kept[feedback.assessment_id].value == 0.25 and kept[feedback.assessment_id].metadata == {"a": "b"}
assert ids("feedback.right > 0.5") == [id] and ids("feedback.right < 0.5") == []
mlflow.delete_assessment(trace_id=id, assessment_id=other.assessment_id)
assert mlflow.get_assessment(id, feedback.assessment_id).valid is True
assert ids("feedback.right = '0.25' AND expectation.answer IS NOT NULL") == [id]

# tags, links, sums
mlflow.set_trace_tag(id, "key", "value")
mlflow.set_trace_tag(id, "gone", "value")
mlflow.delete_trace_tag(id, "gone")
tags = mlflow.get_trace(id).info.tags
assert tags["key"] == "value" and "gone" not in tags, tags
store = client._tracking_client.store
store.link_traces_to_run([failed.info.trace_id], run.info.run_id)
assert len(ids(f"run_id = '{run.info.run_id}'")) == 7
both = store.calculate_trace_filter_correlation(here, "name = 'chain'", "trace.status = 'OK'")
assert (both.filter1_count, both.filter2_count, both.joint_count, both.total_count) == (6, 6, 6, 7), both
assert both.npmi > 0.99
from mlflow.entities.trace_metrics import AggregationType, MetricAggregation, MetricViewType

sums = store.query_trace_metrics(
    here,
    MetricViewType.TRACES,
    "total_tokens",
    [MetricAggregation(AggregationType.SUM), MetricAggregation(AggregationType.PERCENTILE, 50)],
    dimensions=["trace_name"],
)
assert [(p.dimensions, p.values) for p in sums] == [({"trace_name": "chain"}, {"SUM": 42.0, "P50": 7.0})] or [
    (p.dimensions, p.values) for p in sums
] == [({"trace_name": "chain"}, {"SUM": 42.0, "P50.0": 7.0})], sums

# many threads at once: nothing is lost
def work(i):
    for j in range(20):
        tool(i * 100 + j)


threads = [threading.Thread(target=work, args=(i,)) for i in range(5)]
[t.start() for t in threads]
[t.join() for t in threads]
mlflow.flush_trace_async_logging()
whole = mlflow.search_traces(locations=here, filter_string="name = 'tool'", max_results=500, return_type="list")
assert len({t.data.spans[0].inputs["x"] for t in whole}) == 100, len(whole)

# by OpenTelemetry alone
uri = mlflow.get_tracking_uri()
token = os.environ.get("MLFLOW_TRACKING_TOKEN")
now = time.time_ns()
body = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeSpans": [
                {
                    "spans": [
                        {
                            "traceId": f"{now:032x}",
                            "spanId": f"{now:016x}",
                            "name": "by-otel",
                            "startTimeUnixNano": str(now),
                            "endTimeUnixNano": str(now + 5_000_000),
                            "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}],
                        }
                    ]
                }
            ],
        }
    ]
}
headers = {"content-type": "application/json", "x-mlflow-experiment-id": here[0], "authorization": f"Bearer {token}"}
request = urllib.request.Request(f"{uri}/v1/traces", json.dumps(body).encode(), headers)
assert urllib.request.urlopen(request).status == 200
otel = mlflow.get_trace(f"tr-{now:032x}")
assert otel.info.execution_duration == 5 and otel.data.spans[0].span_type == "CHAT_MODEL", otel
assert otel.info.tags["service.name"] == "shop" and otel.data.spans[0].start_time_ns == now

# what is deleted is gone
assert client.delete_traces(here[0], trace_ids=[t.info.trace_id for t in found[3:]]) == 3
assert len(ids(f"run_id = '{run.info.run_id}'")) == 4
print("all of it holds")
