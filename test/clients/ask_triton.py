"""tritonclient against an endpoint. `triton.py save FOLDER` writes a repository of ONNX models; `triton.py ask URL KEY` asks."""
import os
import sys

from onnx_bytes import model

words = sys.argv[1:]


def save(folder):
    for name, data in {"double": model("Add", ["x", "x"], 1, "n", 2), "same": model("Identity", ["x"], 8, "n")}.items():
        os.makedirs(os.path.join(folder, name, "1"))
        with open(os.path.join(folder, name, "1", "model.onnx"), "wb") as file:
            file.write(data)


def ask(url, key):
    import numpy
    import tritonclient.http as triton
    from tritonclient.utils import InferenceServerException

    client = triton.InferenceServerClient(url=url)
    headers = {"Authorization": "Bearer " + key}
    assert client.is_server_live(headers=headers) and client.is_server_ready(headers=headers)
    assert client.is_model_ready("double", "1", headers=headers)
    shown = client.get_model_metadata("double", headers=headers)
    assert shown["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}], shown

    def infer(name, array, datatype, binary):
        given = triton.InferInput("x", list(array.shape), datatype)
        given.set_data_from_numpy(array, binary_data=binary)
        wanted = [triton.InferRequestedOutput("y", binary_data=binary)]
        # the client writes into the headers that it is given
        return client.infer(name, [given], outputs=wanted, headers=dict(headers)).as_numpy("y")

    numbers = numpy.arange(6, dtype=numpy.float32).reshape(3, 2)
    texts = numpy.array(["a", "ß", ""], dtype=object)
    for binary in (True, False):
        assert numpy.array_equal(infer("double", numbers, "FP32", binary), numbers * 2)
        got = [each.decode() if isinstance(each, bytes) else each for each in infer("same", texts, "BYTES", binary)]
        assert got == texts.tolist(), got
    large = numpy.ones((100000, 2), dtype=numpy.float32)
    assert infer("double", large, "FP32", True).sum() == 400000
    for wrong, why in (("none", "none"), ("double", "shape")):
        try:
            infer(wrong, numbers[:, :1].copy(), "FP32", True)
        except InferenceServerException as error:
            assert "424" in str(error.status()) and why in error.message(), error
        else:
            raise AssertionError(wrong)
    print("all answered")


if words[0] == "save":
    save(words[1])
else:
    ask(*words[1:])
