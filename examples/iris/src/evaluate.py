"""Measures the classifier on rows it has never seen."""

import argparse
import json
from pathlib import Path

import track
from model import Softmax, read_rows

parser = argparse.ArgumentParser()
parser.add_argument("--rows", required=True)
parser.add_argument("--model", required=True)
parser.add_argument("--report", required=True)
args = parser.parse_args()

measurements, species = read_rows(args.rows)
model = Softmax.load(args.model)
predicted = [model.predict(row) for row in measurements]
right = sum(guess == truth for guess, truth in zip(predicted, species))
accuracy = right / len(species)

confusion = {truth: {guess: 0 for guess in model.classes} for truth in model.classes}
for guess, truth in zip(predicted, species):
    confusion[truth][guess] += 1

Path(args.report, "report.json").write_text(
    json.dumps({"accuracy": accuracy, "rows": len(species), "confusion": confusion}, indent=2)
)
track.log_metrics({"accuracy": accuracy, "rows": len(species)})
print(f"{right} of {len(species)} held-out flowers named right: accuracy {accuracy:.4f}")
