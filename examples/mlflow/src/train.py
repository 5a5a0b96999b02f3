"""Trains a forest on the digits that come with scikit-learn. Runs as a job, or alone against a tracking server."""

import argparse
import json
from pathlib import Path

import mlflow
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--trees", type=int, default=50)
parser.add_argument("--depth", type=int, default=12)
args = parser.parse_args()

images, digits = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(images, digits, test_size=0.25, random_state=0)

with mlflow.start_run():
    mlflow.log_params({"trees": args.trees, "depth": args.depth})
    forest = RandomForestClassifier(max_depth=args.depth, random_state=0, warm_start=True)
    for trees in range(10, args.trees + 1, 10):
        forest.set_params(n_estimators=trees).fit(train_x, train_y)
        accuracy = forest.score(test_x, test_y)
        mlflow.log_metric("accuracy", accuracy, step=trees)
        print(f"{trees} trees: accuracy {accuracy:.4f}")
    matrix = Path("confusion.json")
    matrix.write_text(json.dumps(confusion_matrix(test_y, forest.predict(test_x)).tolist()))
    mlflow.log_artifact(str(matrix))
