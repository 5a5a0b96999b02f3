"""Names the species of flowers whose measurements are sent: what a replica of the endpoint runs.

Request:  {"data": [[sepal length, sepal width, petal length, petal width], …]}
Answer:   {"species": [name, …], "probabilities": [[of each of classes], …], "classes": [name, …]}
"""

import json
import os
from pathlib import Path

from model import Softmax


def init():
    global model
    [path] = Path(os.environ["AZUREML_MODEL_DIR"]).rglob("model.json")
    model = Softmax.load(path.parent)
    print("knows", ", ".join(model.classes))


def run(body):
    rows = json.loads(body)["data"]
    return {
        "species": [model.predict(row) for row in rows],
        "probabilities": [[round(chance, 4) for chance in model.probabilities(row)] for row in rows],
        "classes": model.classes,
    }
