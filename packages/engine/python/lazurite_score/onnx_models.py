"""A Triton model repository, `<model>/<version>/model.onnx` beside `<model>/config.pbtxt`, opened by ONNX Runtime."""
import os
import re
from typing import Any, Dict, List, Optional, Tuple

import numpy
import onnxruntime

types: Dict[str, Tuple[str, Any]] = {
    "tensor(bool)": ("BOOL", numpy.bool_),
    "tensor(uint8)": ("UINT8", numpy.uint8),
    "tensor(uint16)": ("UINT16", numpy.uint16),
    "tensor(uint32)": ("UINT32", numpy.uint32),
    "tensor(uint64)": ("UINT64", numpy.uint64),
    "tensor(int8)": ("INT8", numpy.int8),
    "tensor(int16)": ("INT16", numpy.int16),
    "tensor(int32)": ("INT32", numpy.int32),
    "tensor(int64)": ("INT64", numpy.int64),
    "tensor(float16)": ("FP16", numpy.float16),
    "tensor(float)": ("FP32", numpy.float32),
    "tensor(double)": ("FP64", numpy.float64),
    "tensor(string)": ("BYTES", numpy.object_),
}


class Bad(Exception):
    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Port:
    """An input or output: of the model, and as the configuration shows it to callers."""

    def __init__(self, node: Any, told: Dict[str, Any], batched: bool) -> None:
        if node.type not in types:
            raise Bad("%s has the type %s, which KServe v2 cannot carry" % (node.name, node.type))
        self.name: str = node.name
        self.datatype, self.dtype = types[node.type]
        inner = [size if isinstance(size, int) else -1 for size in node.shape]
        dims = numbers(told.get("dims"))
        self.shape: List[int] = ([-1] + dims if batched else dims) if dims else inner
        reshape = (told.get("reshape") or [{}])[0]
        self.inner: Optional[List[int]] = numbers(reshape.get("shape")) if "reshape" in told else None
        self.batched = batched

    def inward(self, array: Any) -> Any:
        if self.inner is None:
            return array
        return array.reshape(([len(array)] if self.batched else []) + self.inner)

    def outward(self, array: Any) -> Any:
        if self.inner is None:
            return array
        return array.reshape(([len(array)] if self.batched else []) + self.shape[1 if self.batched else 0 :])

    def describe(self) -> Dict[str, Any]:
        return {"name": self.name, "datatype": self.datatype, "shape": self.shape}

    def check(self, shape: List[int]) -> None:
        fits = len(shape) == len(self.shape) and all(want in (-1, got) for want, got in zip(self.shape, shape))
        if not fits:
            raise Bad("the input %s has the shape %s; the model wants %s" % (self.name, shape, self.shape))


class Model:
    def __init__(self, name: str, folder: str) -> None:
        self.name = name
        config = read_config(os.path.join(folder, "config.pbtxt"))
        versions = sorted((int(each), each) for each in os.listdir(folder) if each.isdigit() and int(each) > 0)
        if not versions:
            raise Bad("the model %s has no version: a folder 1 with model.onnx in it" % name)
        self.version = versions[-1][1]
        file = (config.get("default_model_filename") or ["model.onnx"])[0]
        path = os.path.join(folder, self.version, os.path.basename(file))
        if not os.path.exists(path):
            held = ", ".join(sorted(os.listdir(os.path.dirname(path)))) or "nothing"
            raise Bad("the model %s has no %s in version %s, but %s" % (name, file, self.version, held))
        self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self.most = numbers(config.get("max_batch_size"))[0] if config.get("max_batch_size") else 0
        batched = self.most > 0

        def ports(nodes: Any, key: str) -> Dict[str, Port]:
            told = {each.get("name", [""])[0]: each for each in config.get(key, [])}
            return {node.name: Port(node, told.get(node.name, {}), batched) for node in nodes}

        self.inputs = ports(self.session.get_inputs(), "input")
        self.outputs = ports(self.session.get_outputs(), "output")

    def describe(self) -> Dict[str, Any]:
        return {
            "name": self.name,
            "versions": [self.version],
            "platform": "onnxruntime_onnx",
            "inputs": [port.describe() for port in self.inputs.values()],
            "outputs": [port.describe() for port in self.outputs.values()],
        }

    def infer(self, given: Dict[str, Any], wanted: List[str]) -> Dict[str, Any]:
        for name in list(given) + wanted:
            if name not in (self.inputs if name in given else self.outputs):
                raise Bad("the model %s has no %s %s" % (self.name, "input" if name in given else "output", name))
        missing = [name for name in self.inputs if name not in given]
        if missing:
            raise Bad("the input %s is missing" % missing[0])
        for name, array in given.items():
            self.inputs[name].check(list(array.shape))
            if self.most > 0 and len(array) > self.most:
                raise Bad("a batch of %d is larger than max_batch_size %d" % (len(array), self.most))
        feed = {name: self.inputs[name].inward(array) for name, array in given.items()}
        try:
            results = self.session.run(wanted, feed)
        except Exception as error:
            raise Bad("the model failed on this input: %s" % error) from error
        return {name: self.outputs[name].outward(array) for name, array in zip(wanted, results)}


def open_all(repository: str) -> Dict[str, Model]:
    """Every model of a repository. Raises Bad for one that cannot be served."""
    names = sorted(each.name for each in os.scandir(repository) if each.is_dir() and not each.name.startswith("."))
    if not names:
        raise Bad("the repository %s has no models" % repository)
    return {name: Model(name, os.path.join(repository, name)) for name in names}


def numbers(values: Any) -> List[int]:
    return [int(value) for value in values or []]


token = re.compile(r'\s*(?:#[^\n]*\n|("(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[{}\[\]:,;<>]|[^\s{}\[\]:,;<>"\'#]+))')


def read_config(path: str) -> Dict[str, List[Any]]:
    """The text form of a protocol buffer: every field a list of its values. Nothing for a file that is not there."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        words = [found[1] for found in token.finditer(file.read() + "\n") if found[1]]
    words.reverse()
    return fields(words)


def fields(words: List[str]) -> Dict[str, List[Any]]:
    read: Dict[str, List[Any]] = {}
    while words:
        name = words.pop()
        if name in "}>":
            return read
        if name in ",;":
            continue
        if words and words[-1] == ":":
            words.pop()
        read.setdefault(name, []).extend(values(words))
    return read


def values(words: List[str]) -> List[Any]:
    if not words:
        return []
    word = words.pop()
    if word in ("{", "<"):
        return [fields(words)]
    if word != "[":
        return [word[1:-1] if word[0] in "\"'" else word]
    listed: List[Any] = []
    while words and words[-1] != "]":
        if words[-1] == ",":
            words.pop()
        else:
            listed += values(words)
    if words:
        words.pop()
    return listed
