"""Serves a Triton repository with onnx_score.py and asks it in KServe v2: JSON and binary tensors, and what is refused.

onnx_score.py PYTHON-FOLDER SCRATCH. Says so, and no more, where ONNX Runtime is not installed.
"""
import json
import os
import re
import struct
import subprocess
import sys
import urllib.error
import urllib.request

programs, scratch = sys.argv[1:]
try:
    import onnxruntime  # noqa: F401
except ImportError:
    print("no onnxruntime")
    sys.exit(0)
import numpy  # noqa: E402
from onnx_bytes import model  # noqa: E402


def put(name, version, data, config=None):
    folder = os.path.join(scratch, "repository", name)
    os.makedirs(os.path.join(folder, version))
    with open(os.path.join(folder, version, "model.onnx"), "wb") as file:
        file.write(data)
    if config is not None:
        with open(os.path.join(folder, "config.pbtxt"), "w") as file:
            file.write(config)


put("double", "1", b"no model at all", """name: "double"  # of its input
platform: "onnxruntime_onnx"
max_batch_size: 4
input [ { name: "x", data_type: TYPE_FP32, dims: [ 2 ] } ]
output { name: "y" data_type: TYPE_FP32 dims: 2 }
""")
put("double", "2", model("Add", ["x", "x"], 1, "n", 2))
put("same", "1", model("Identity", ["x"], 8, "n"))
put("shaped", "1", model("Identity", ["x"], 7, 1, 3), """
input { name: "x" data_type: TYPE_INT64 dims: [ 3 ] reshape: { shape: [ 1, 3 ] } }
output { name: "y" data_type: TYPE_INT64 dims: [ 3 ] reshape { shape: [ 1, 3 ] } }
""")

words = [sys.executable, programs + "/onnx_score.py", "--repository", os.path.join(scratch, "repository"), "--port", "0"]
process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
said, url = [], None
for line in process.stdout:
    said.append(line)
    ready = re.search(r"Ready: (http://\S+)/v2", line)
    if ready:
        url = ready[1]
        break
assert url, "".join(said)


def ask(path, body=None, headers=None):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url + path, data, headers or {})) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def infer(name, shape, data, datatype="FP32", **more):
    tensor = {"name": "x", "shape": shape, "datatype": datatype, "data": data}
    status, _, body = ask("/v2/models/%s/infer" % name, {"inputs": [tensor], **more})
    told = json.loads(body)
    return told["outputs"][0]["data"] if status == 200 else (status, told["error"])


for each in ("/v2/health/live", "/v2/health/ready", "/v2/models/double/ready", "/v2/models/double/versions/2/ready", "/v2"):
    assert ask(each)[0] == 200, each
shown = json.loads(ask("/v2/models/double")[2])
assert shown["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}] and shown["versions"] == ["2"], shown
assert ask("/v2/models/double/versions/1")[0] == ask("/v2/models/none")[0] == ask("/score")[0] == 404

assert infer("double", [2, 2], [[1, 2], [3, 4]]) == [2, 4, 6, 8]
assert infer("double", [2, 2], [1, 2, 3, 4]) == [2, 4, 6, 8]
assert infer("same", [2], ["a", "ß"], "BYTES") == ["a", "ß"]
assert infer("shaped", [3], [1, 2, 3], "INT64") == [1, 2, 3]
for shape, data, why in (([5, 2], list(range(10)), "max_batch_size"), ([1, 3], [1, 2, 3], "shape"), ([2, 2], [1], "fit")):
    status, error = infer("double", shape, data)
    assert status == 400 and why in error, (status, error)
assert infer("double", [1, 2], [1, 2], "INT64")[0] == 400

array = numpy.array([[1, 2], [3, 4]], dtype=numpy.float32)
tensor = {"name": "x", "shape": [2, 2], "datatype": "FP32", "parameters": {"binary_data_size": 16}}
head = json.dumps({"id": "seven", "inputs": [tensor], "outputs": [{"name": "y", "parameters": {"binary_data": True}}]}).encode()
status, headers, body = ask("/v2/models/double/infer", head + array.tobytes(), {"Inference-Header-Content-Length": str(len(head))})
size = int(headers["Inference-Header-Content-Length"])
told = json.loads(body[:size])
assert (status, told["id"], told["outputs"][0]["parameters"]) == (200, "seven", {"binary_data_size": 16}), told
assert numpy.array_equal(numpy.frombuffer(body[size:], dtype=numpy.float32).reshape(2, 2), array * 2)
texts = b"".join(struct.pack("<I", len(each)) + each for each in (b"one", b"two"))
tensor = {"name": "x", "shape": [2], "datatype": "BYTES", "parameters": {"binary_data_size": len(texts)}}
head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
status, headers, body = ask("/v2/models/same/infer", head + texts, {"Inference-Header-Content-Length": str(len(head))})
assert status == 200 and body.endswith(texts), body
for bad in (head, head + texts[:-1], head + texts + b"x"):
    assert ask("/v2/models/same/infer", bad, {"Inference-Header-Content-Length": str(len(head))})[0] == 400
assert ask("/v2/models/same/infer", head, {"Inference-Header-Content-Length": "9999"})[0] == 400

process.terminate()
process.communicate()
assert process.returncode == 0, process.returncode
print("all as KServe says")
