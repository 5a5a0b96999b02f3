"""Scores files with an MLflow model: the script of batch deployments that have none of their own.

Tables (.csv, .parquet, .pqt) are read as DataFrames, pictures as arrays; every file is one call of predict().
The rows are: number of the row (tables alone), prediction, name of the file.
"""
import os

model = None

TABLES = (".csv", ".parquet", ".pqt")
PICTURES = (".png", ".jpg", ".jpeg", ".tiff", ".bmp", ".gif")


def model_folder(root):
    """The folder that holds MLmodel: the one that is named, or one in it."""
    for folder in [root] + sorted(os.path.join(root, name) for name in os.listdir(root)):
        if os.path.isfile(os.path.join(folder, "MLmodel")):
            return folder
    raise RuntimeError("the model of this deployment has no file MLmodel")


def init():
    global model
    import mlflow.pyfunc

    model = mlflow.pyfunc.load_model(model_folder(os.environ["AZUREML_MODEL_DIR"]))


def run(mini_batch):
    import pandas

    parts = [score(path) for path in mini_batch]
    return pandas.concat(parts, ignore_index=True) if parts else []


def score(path):
    import pandas

    ending = os.path.splitext(path)[1].lower()
    name = os.path.basename(path)
    if ending in TABLES:
        table = pandas.read_csv(path) if ending == ".csv" else pandas.read_parquet(path)
        found = columns_of(model.predict(fit(table)))
        found.insert(0, "row", range(len(found)))
    elif ending in PICTURES:
        found = columns_of(model.predict(picture(path)))
    else:
        known = " ".join(TABLES + PICTURES)
        raise ValueError("%s cannot be scored without a script: files of these kinds can: %s" % (name, known))
    found["file_name"] = name
    return found


def columns_of(predicted):
    """Predictions as columns of their own; what has more than one value a row, and no names, is one list a row."""
    import pandas

    if isinstance(predicted, pandas.DataFrame):
        return predicted.reset_index(drop=True)
    if isinstance(predicted, dict):
        return pandas.DataFrame(predicted)
    if hasattr(predicted, "tolist"):
        predicted = predicted.tolist()
    if not isinstance(predicted, (list, tuple)):
        predicted = [predicted]
    return pandas.DataFrame({"prediction": pandas.Series(list(predicted), dtype=object)})


def fit(table):
    """A text file says neither that whole numbers are meant as fractions nor what is a date; the signature does."""
    import pandas

    schema = model.metadata.get_input_schema()
    if schema is None or not schema.has_input_names():
        return table
    for column in schema.inputs:
        kind = str(getattr(column.type, "name", "")).lower()
        if column.name in table and kind == "datetime":
            table[column.name] = pandas.to_datetime(table[column.name])
        elif column.name in table and kind in ("double", "float"):
            if table[column.name].dtype.kind in "iub":
                table[column.name] = table[column.name].astype("float64" if kind == "double" else "float32")
    return table


def picture(path):
    import numpy
    from PIL import Image

    with Image.open(path) as image:
        return numpy.asarray(image)[numpy.newaxis]
