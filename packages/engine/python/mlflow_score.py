"""Serves a model of MLflow with no code of the user's: a scoring script with init() and run().

It takes what Azure's no-code deployments take, `{"input_data": ..., "params": ...}`, and answers with the predictions alone;
it takes what MLflow's own server takes (`dataframe_split`, `dataframe_records`, `instances`, `inputs`, unwrapped requests of
language models, CSV, Parquet), with MLflow's own code, and answers as that does. Runs under score_driver.py and under
azureml-inference-server-http, where MLflow 2 or 3 is.
"""
import io
import json
import logging
import os
from typing import Any, Dict, List, Optional

from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse

log = logging.getLogger("azmlinfsrv")
own_forms = ("dataframe_split", "dataframe_records", "instances", "inputs")
model: Any = None
schema: Any = None


def init() -> None:
    global model, schema
    folder = model_folder()
    from mlflow import __version__, pyfunc

    log.info("MLflow %s loads the model in %s", __version__, folder)
    model = pyfunc.load_model(folder)
    schema = model.metadata.get_input_schema()
    saved = getattr(model.metadata, "mlflow_version", None)
    log.info("The model was saved by MLflow %s; its flavors: %s", saved, ", ".join(model.metadata.flavors))


def model_folder() -> str:
    root = os.environ.get("AZUREML_MODEL_DIR", ".")
    name = os.environ.get("MLFLOW_MODEL_FOLDER")
    tried = [os.path.join(root, name)] if name else []
    tried += [root] + sorted(entry.path for entry in os.scandir(root) if entry.is_dir())
    for folder in tried:
        if os.path.isfile(os.path.join(folder, "MLmodel")):
            return folder
    raise FileNotFoundError("there is no MLmodel in %s" % root)


@rawhttp
def run(request: Any) -> Any:
    if request.method != "POST":
        return refuse(405, "METHOD_NOT_ALLOWED", "Models are asked with POST.")
    from mlflow.exceptions import MlflowException

    media = (request.headers.get("Content-Type") or "application/json").partition(";")[0].strip().lower()
    body = request.get_data()
    try:
        if media in ("", "application/json", "application/x-www-form-urlencoded"):  # the last is what curl says by itself
            return score_json(body)
        return score_as_mlflow(body, request.headers.get("Content-Type"))
    except MlflowException as error:
        status = error.get_http_status_code()
        log.error("The model was not asked, or did not answer: %s", error, exc_info=status >= 500)
        return refuse(status, str(getattr(error, "error_code", "BAD_REQUEST")), error.message)


def score_json(body: bytes) -> Any:
    try:
        asked = json.loads(body.decode("utf-8"))
    except ValueError as error:
        return refuse(400, "BAD_REQUEST", "The body is not JSON in UTF-8: %s" % error)
    if not isinstance(asked, dict):
        return refuse(400, "BAD_REQUEST", "The body must be a JSON object with input_data, or with one of %s." % ", ".join(own_forms))
    if "input_data" not in asked:
        return score_as_mlflow(body.decode("utf-8"), "application/json")
    params = asked.get("params")
    data = asked["input_data"]
    if isinstance(data, dict) and set(data) <= {"input_data", "params"} and "input_data" in data:
        params = data.get("params", params)
        data = data["input_data"]
    try:
        given = read_input(data)
    except (LookupError, TypeError, ValueError) as error:
        return refuse(400, "BAD_REQUEST", "input_data cannot be read: %s" % error)
    predicted = predict(given, params or {})
    collect(given, predicted)
    return answer(written(predicted), 200)


def collect(given: Any, predicted: Any) -> None:
    if "AZUREML_MDC_PORT" in os.environ:
        from lazurite_score import mlflow_collect

        mlflow_collect.collect(given, predicted)


def predict(given: Any, params: Dict[str, Any]) -> Any:
    from mlflow.exceptions import MlflowException

    try:
        return model.predict(given, params=params) if params else model.predict(given)
    except MlflowException:
        raise
    except Exception as error:
        log.error("The model failed", exc_info=True)
        from mlflow.protos.databricks_pb2 import BAD_REQUEST

        text = "The model failed on this input: %s: %s" % (type(error).__name__, error)
        raise MlflowException(text, error_code=BAD_REQUEST) from error


def read_input(data: Any) -> Any:
    """`input_data` as the model wants it: a DataFrame, an array, arrays by name, or what it is."""
    if isinstance(data, str) and not takes_objects():
        try:
            data = json.loads(data)
        except ValueError:
            return data
    if takes_objects():
        return rows_of(data) if is_split(data) and "columns" in data else data
    import numpy

    if isinstance(data, dict):
        if is_split(data) and not names_data():
            return frame(data)
        if schema is not None and not schema.is_tensor_spec():
            return typed(by_column(data))
        return {name: tensor(value, name) for name, value in data.items()}
    if not isinstance(data, list):
        return numpy.array([data])
    if data and all(isinstance(each, dict) for each in data):
        return typed(by_row(data))
    if schema is not None and not schema.is_tensor_spec() and schema.has_input_names():
        return frame({"columns": schema.input_names()[: width(data)], "data": data})
    return tensor(data, None)


def takes_objects() -> bool:
    """Whether the model is one of those that take texts and objects as they are, as their Python says where it has hints."""
    hinted = getattr(model.metadata, "_is_signature_from_type_hint", None)
    if hinted is not None and hinted():
        return True
    return bool({"langchain", "openai", "llama_index", "dspy", "promptflow"} & set(model.metadata.flavors)) or (
        "transformers" in model.metadata.flavors and schema is None
    )


def is_split(data: Any) -> bool:
    return isinstance(data, dict) and "data" in data and set(data) <= {"columns", "index", "data"}


def names_data() -> bool:
    """Whether `data` is an input of the model, and no part of a table."""
    return schema is not None and schema.has_input_names() and set(schema.input_names()) == {"data"}


def width(rows: List[Any]) -> int:
    return len(rows[0]) if rows and isinstance(rows[0], list) else 1


def frame(split: Dict[str, Any]) -> Any:
    """A table by columns, index and rows. Without names, those of the model's signature."""
    if split.get("columns") is None and schema is not None and schema.has_input_names():
        split = dict(split, columns=schema.input_names()[: width(split["data"])])
    import pandas

    return typed(pandas.DataFrame(data=split["data"], columns=split.get("columns"), index=split.get("index")))


def rows_of(split: Dict[str, Any]) -> List[Any]:
    """Rows as objects; those of a single column as what stands in it."""
    columns = split["columns"]
    return [row[0] if len(columns) == 1 else dict(zip(columns, row)) for row in split["data"]]


def by_column(data: Dict[str, Any]) -> Any:
    import pandas

    return pandas.DataFrame({name: value if isinstance(value, list) else [value] for name, value in data.items()})


def by_row(data: List[Dict[str, Any]]) -> Any:
    import pandas

    return pandas.DataFrame(data)


def typed(table: Any) -> Any:
    """With the types of the signature, where JSON has none: dates, bytes, whole numbers, single precision."""
    if schema is None or schema.is_tensor_spec():
        return table
    from mlflow.utils.proto_json_utils import dataframe_from_parsed_json

    if list(table.columns) != [str(each) for each in table.columns]:
        return table
    split = {"columns": list(table.columns), "index": list(table.index), "data": table.values.tolist()}
    if len(set(split["columns"])) != len(split["columns"]):
        raise ValueError("a column comes twice")
    return dataframe_from_parsed_json(split, pandas_orient="split", schema=schema)


def tensor(value: Any, name: Optional[str]) -> Any:
    import numpy

    spec = None
    if schema is not None and schema.is_tensor_spec():
        inputs = schema.input_dict() if schema.has_input_names() else {}
        spec = inputs.get(name) if name is not None else schema.inputs[0]
    return numpy.array(value, dtype=spec.type if spec is not None else None)


def written(predictions: Any) -> str:
    """Predictions as JSON, as MLflow writes them: rows of a table as objects."""
    from mlflow.pyfunc.scoring_server import predictions_to_json

    text = io.StringIO()
    predictions_to_json(predictions, text)
    return text.getvalue()[len('{"predictions": ') : -1]


def score_as_mlflow(body: Any, media: Optional[str]) -> Any:
    from mlflow.pyfunc.scoring_server import invocations

    made = invocations(body, media or "", model, schema)
    if made.status != 200:
        return refuse(made.status, "BAD_REQUEST", made.response)
    return answer(made.response, made.status)


def answer(text: str, status: int) -> Any:
    return AMLResponse(text, status, {"Content-Type": "application/json"})


def refuse(status: int, code: str, message: str) -> Any:
    return answer(json.dumps({"error_code": code, "message": message}), status)
