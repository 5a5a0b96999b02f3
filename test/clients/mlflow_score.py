"""Saves models, serves each with mlflow_score.py, and compares the answers with predict(). Prints what was compared.

mlflow_score.py PYTHON-FOLDER SCRATCH: the folder holds score_driver.py and mlflow_score.py.
"""
import datetime
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
import warnings
from typing import Dict, List

warnings.filterwarnings("ignore")
import mlflow  # noqa: E402
import numpy  # noqa: E402
import pandas  # noqa: E402
import torch  # noqa: E402
import xgboost  # noqa: E402
from mlflow.models import infer_signature  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

programs, scratch = sys.argv[1:]
table = pandas.DataFrame({"a": numpy.arange(20.0), "b": numpy.arange(20.0) % 3})
label = (table.a > 9).astype(int)
days = pandas.DataFrame({"x": [1, 2], "day": pandas.to_datetime(["2024-01-01", "2024-01-02"])})
named = {"rows": numpy.arange(6, dtype=numpy.float32).reshape(3, 2), "picks": numpy.arange(3, dtype=numpy.int64)}
# newer releases store the graph of a network, unless told
stored = {"serialization_format": "pickle"} if mlflow.__version__ >= "3.10" else {}
cubes = numpy.arange(24, dtype=numpy.float32).reshape(2, 3, 4)


class Scaled(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        by = (params or {}).get("by", 1)
        return pandas.DataFrame({"x": model_input["x"] * by, "year": [day.year for day in model_input["day"]]})


class Sums(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        assert model_input.dtype == numpy.float32, model_input.dtype
        return model_input.sum(axis=(1, 2))


class Pairs(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        assert model_input["rows"].dtype == numpy.float32 and model_input["picks"].dtype == numpy.int64, model_input
        return {"sum": model_input["rows"].sum(axis=1) + model_input["picks"], "twice": model_input["picks"] * 2}


class Lengths(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: List[str], params=None) -> List[int]:
        return [len(text) for text in model_input]


class Totals(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: List[Dict[str, int]], params=None) -> List[int]:
        return [sum(row.values()) for row in model_input]


def save_all():
    fitted = LogisticRegression().fit(table, label)
    signature = infer_signature(table, fitted.predict(table))
    # what a model needs is told, as finding it out loads the model once more in a process of its own
    plain = {"pip_requirements": ["mlflow"]}
    mlflow.sklearn.save_model(fitted, path("sklearn"), signature=signature, **plain)
    mlflow.sklearn.save_model(LogisticRegression().fit(table.values, label), path("unsigned"), **plain)
    both = infer_signature(days, pandas.DataFrame({"x": [1], "year": [1]}), params={"by": 2})
    mlflow.pyfunc.save_model(path("pyfunc"), python_model=Scaled(), signature=both, **plain)
    summed = infer_signature(cubes, cubes.sum(axis=(1, 2)))
    mlflow.pyfunc.save_model(path("tensor"), python_model=Sums(), signature=summed, **plain)
    mlflow.pyfunc.save_model(path("tensors"), python_model=Pairs(), signature=infer_signature(named), **plain)
    mlflow.pyfunc.save_model(path("hinted"), python_model=Lengths(), **plain)
    mlflow.pyfunc.save_model(path("hinted-rows"), python_model=Totals(), **plain)
    boosted = xgboost.XGBClassifier(n_estimators=3).fit(table, label)
    mlflow.xgboost.save_model(boosted, path("xgboost"), signature=signature, **plain)
    booster = xgboost.train({"objective": "reg:squarederror"}, xgboost.DMatrix(table, label), num_boost_round=3)
    mlflow.xgboost.save_model(booster, path("booster"), signature=infer_signature(table), **plain)
    layer = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 2), torch.nn.Softmax(dim=1)).eval()
    told = infer_signature(cubes, layer(torch.tensor(cubes)).detach().numpy())
    graph = {"input_example": cubes} if stored else {}
    mlflow.pytorch.save_model(layer, path("pytorch"), signature=told, **graph, **plain)
    mlflow.pytorch.save_model(torch.nn.Linear(2, 1), path("pytorch-unsigned"), **stored, **plain)


def path(name):
    return os.path.join(scratch, "models", name)


class Served:
    def __init__(self, name):
        env = dict(os.environ, AZUREML_MODEL_DIR=os.path.join(scratch, "models"), MLFLOW_MODEL_FOLDER=name)
        env.update(LAZ_SCORE_ALIASES="/invocations", LAZ_HEALTH_ALIASES="/ping")
        words = [sys.executable, programs + "/score_driver.py", "--entry_script", programs + "/mlflow_score.py", "--port", "0"]
        self.process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            found = re.search(r"Ready: (http://\S+)/score", line)
            if found:
                self.url = found[1]
                return
        raise AssertionError("%s did not start:\n%s" % (name, "".join(lines)))

    def ask(self, body, media="application/json", path="/score"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": media})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def end(self):
        self.process.terminate()
        self.process.communicate()
        assert self.process.returncode == 0, self.process.returncode


def expected(name, given, **more):
    """What predict() says, as MLflow writes it."""
    from mlflow.pyfunc.scoring_server import predictions_to_json
    import io

    text = io.StringIO()
    predictions_to_json(mlflow.pyfunc.load_model(path(name)).predict(given, **more), text)
    return json.loads(text.getvalue())["predictions"]


def close(left, right):
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(close, left, right))
    if isinstance(left, dict):
        return isinstance(right, dict) and set(left) == set(right) and all(close(left[k], right[k]) for k in left)
    return abs(left - right) < 1e-6 if isinstance(left, float) else left == right


def compare(name, form, got, wanted):
    assert got[0] == 200 and close(got[1], wanted), (name, form, got, wanted)
    print("%s: %s" % (name, form))


def tables(name):
    some = table[:4]
    split = json.loads(some.to_json(orient="split"))
    records = some.to_dict(orient="records")
    wanted = expected(name, some)
    served = Served(name)
    azure = {
        "split": split,
        "split without index": {"columns": split["columns"], "data": split["data"]},
        "records": records,
        "lists by name": {each: some[each].tolist() for each in some},
        "rows": split["data"],
        "text": json.dumps(split),
    }
    for form, given in azure.items():
        compare(name, "input_data " + form, served.ask({"input_data": given}), wanted)
    compare(name, "input_data nested", served.ask({"input_data": {"input_data": split}}), wanted)
    own = {"dataframe_split": split, "dataframe_records": records, "inputs": azure["lists by name"], "instances": records}
    for form, given in own.items():
        for place in ("/score", "/invocations"):
            compare(name, form + " at " + place, served.ask({form: given}, path=place), {"predictions": wanted})
    csv = some.to_csv(index=False).encode()
    compare(name, "CSV", served.ask(csv, "text/csv"), {"predictions": wanted})
    for bad in (b"{", b"[]", b'{"input_data": {"columns": ["z"], "data": [[1]]}}', b'{"nothing": 1}'):
        status, told = served.ask(bad)
        assert status == 400 and told["message"], (bad, status, told)
    assert served.ask(b"x", "image/png")[0] == 415
    served.end()


def unsigned():
    rows = table.values[:4].tolist()
    served = Served("unsigned")
    wanted = expected("unsigned", numpy.array(rows))
    compare("unsigned", "input_data rows", served.ask({"input_data": rows}), wanted)
    compare("unsigned", "inputs", served.ask({"inputs": rows}), {"predictions": wanted})
    served.end()


def dates():
    served = Served("pyfunc")
    records = [{"x": 1, "day": "2024-01-01T00:00:00"}, {"x": 2, "day": "2025-01-02T00:00:00"}]
    given = pandas.DataFrame({"x": [1, 2], "day": [datetime.datetime(2024, 1, 1), datetime.datetime(2025, 1, 2)]})
    split = {"columns": ["x", "day"], "index": [0, 1], "data": [[r["x"], r["day"]] for r in records]}
    for params in (None, {"by": 7}):
        more = {} if params is None else {"params": params}
        wanted = expected("pyfunc", given, **more)
        compare("pyfunc", "input_data split, %s" % params, served.ask({"input_data": split, **more}), wanted)
        compare("pyfunc", "input_data records, %s" % params, served.ask({"input_data": records, **more}), wanted)
        compare("pyfunc", "dataframe_split, %s" % params, served.ask({"dataframe_split": split, **more}), {"predictions": wanted})
    served.end()


def arrays(name, given):
    served = Served(name)
    wanted = expected(name, given)
    compare(name, "input_data list", served.ask({"input_data": given.tolist()}), wanted)
    compare(name, "inputs", served.ask({"inputs": given.tolist()}), {"predictions": wanted})
    compare(name, "instances", served.ask({"instances": given.tolist()}), {"predictions": wanted})
    served.end()


def arrays_by_name():
    served = Served("tensors")
    wanted = expected("tensors", named)
    by_name = {each: array.tolist() for each, array in named.items()}
    compare("tensors", "input_data by name", served.ask({"input_data": by_name}), wanted)
    compare("tensors", "inputs", served.ask({"inputs": by_name}), {"predictions": wanted})
    by_row = [{each: by_name[each][row] for each in by_name} for row in range(3)]
    compare("tensors", "instances", served.ask({"instances": by_row}), {"predictions": wanted})
    served.end()


def texts():
    served = Served("hinted")
    said = ["a", "", "four"]
    wanted = expected("hinted", said)
    assert wanted == [1, 0, 4], wanted
    compare("hinted", "input_data", served.ask({"input_data": said}), wanted)
    compare("hinted", "inputs", served.ask({"inputs": said}), {"predictions": wanted})
    served.end()
    served = Served("hinted-rows")
    rows = [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    wanted = expected("hinted-rows", rows)
    assert wanted == [3, 7], wanted
    compare("hinted-rows", "input_data records", served.ask({"input_data": rows}), wanted)
    split = {"columns": ["a", "b"], "index": [0, 1], "data": [[1, 2], [3, 4]]}
    compare("hinted-rows", "input_data split", served.ask({"input_data": split}), wanted)
    compare("hinted-rows", "inputs", served.ask({"inputs": rows}), {"predictions": wanted})
    served.end()


def table_without_signature():
    served = Served("pytorch-unsigned")
    some = table[:4]
    split = json.loads(some.to_json(orient="split"))
    wanted = expected("pytorch-unsigned", some)
    compare("pytorch-unsigned", "input_data split", served.ask({"input_data": split}), wanted)
    compare("pytorch-unsigned", "dataframe_split", served.ask({"dataframe_split": split}), {"predictions": wanted})
    served.end()


save_all()
tables("sklearn")
unsigned()
dates()
arrays("tensor", cubes)
arrays_by_name()
texts()
tables("xgboost")
tables("booster")
arrays("pytorch", cubes)
table_without_signature()
print("all equal with MLflow %s" % mlflow.__version__)
