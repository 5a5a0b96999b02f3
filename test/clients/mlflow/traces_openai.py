"""Traces of a library's own calls: openai, where it is installed, against a stand-in of its service."""

import importlib.util
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

if importlib.util.find_spec("openai") is None:
    print("openai is not installed")
    sys.exit(0)

import mlflow
import openai


class StandIn(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if asked["model"] == "gone":
            return self.say(404, {"error": {"message": "no such model", "type": "invalid_request_error"}})
        said = {"role": "assistant", "content": "ünï " + asked["messages"][-1]["content"]}
        self.say(200, {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": asked["model"],
            "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        })  # fmt: skip

    def say(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


service = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
threading.Thread(target=service.serve_forever, daemon=True).start()

mlflow.openai.autolog()
experiment = mlflow.set_experiment(os.environ["EXPERIMENT"]).experiment_id
client = openai.OpenAI(base_url=f"http://127.0.0.1:{service.server_port}/v1", api_key="none", max_retries=0)
ask = lambda model, text: client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])
with mlflow.start_run() as run:
    assert ask("small", "hello").choices[0].message.content == "ünï hello"
    first = mlflow.get_last_active_trace_id()
try:
    ask("gone", "hello")
    raise AssertionError("the stand-in knew it")
except openai.NotFoundError:
    second = mlflow.get_last_active_trace_id()
mlflow.flush_trace_async_logging()

trace = mlflow.get_trace(first)
[span] = trace.data.spans
assert span.span_type == "CHAT_MODEL" and span.inputs["messages"][0]["content"] == "hello", span
assert span.outputs["choices"][0]["message"]["content"] == "ünï hello"
assert trace.info.token_usage == {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10}, trace.info.token_usage
assert trace.info.trace_metadata["mlflow.sourceRun"] == run.info.run_id
assert trace.info.request_preview and "hello" in trace.info.request_preview
assert mlflow.get_trace(second).info.state == "ERROR"
find = lambda text: {t.info.trace_id for t in mlflow.search_traces(locations=[experiment], filter_string=text, return_type="list")}
assert find("span.type = 'CHAT_MODEL'") == {first, second}
assert find("trace.status = 'ERROR'") == {second}
print("all of it holds")
