"""Softmax regression on standardised measurements, in plain Python."""

import csv
import json
import math
from pathlib import Path


def read_rows(folder):
    """Returns (measurements, species) of a folder written by prepare.py."""
    with (Path(folder) / "rows.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [[float(row[key]) for key in row if key != "species"] for row in rows], [row["species"] for row in rows]


class Softmax:
    def __init__(self, classes, means, scales, weights):
        self.classes, self.means, self.scales, self.weights = classes, means, scales, weights

    @classmethod
    def start(cls, measurements, species):
        columns = list(zip(*measurements))
        means = [sum(column) / len(column) for column in columns]
        scales = [
            math.sqrt(sum((value - mean) ** 2 for value in column) / len(column)) or 1.0
            for column, mean in zip(columns, means)
        ]
        classes = sorted(set(species))
        return cls(classes, means, scales, [[0.0] * (len(columns) + 1) for _ in classes])

    def features(self, row):
        return [1.0] + [(value - mean) / scale for value, mean, scale in zip(row, self.means, self.scales)]

    def probabilities(self, row):
        features = self.features(row)
        scores = [sum(weight * value for weight, value in zip(weights, features)) for weights in self.weights]
        top = max(scores)
        powers = [math.exp(score - top) for score in scores]
        return [power / sum(powers) for power in powers]

    def predict(self, row):
        chances = self.probabilities(row)
        return self.classes[chances.index(max(chances))]

    def step(self, measurements, species, learning_rate):
        """One full-batch gradient step; returns the mean cross-entropy before it."""
        loss = 0.0
        gradient = [[0.0] * len(weights) for weights in self.weights]
        for row, name in zip(measurements, species):
            chances = self.probabilities(row)
            features = self.features(row)
            target = self.classes.index(name)
            loss -= math.log(max(chances[target], 1e-12))
            for index, chance in enumerate(chances):
                error = chance - (index == target)
                for place, value in enumerate(features):
                    gradient[index][place] += error * value
        for weights, slopes in zip(self.weights, gradient):
            for place, slope in enumerate(slopes):
                weights[place] -= learning_rate * slope / len(species)
        return loss / len(species)

    def save(self, folder):
        path = Path(folder)
        path.mkdir(parents=True, exist_ok=True)
        (path / "model.json").write_text(json.dumps(self.__dict__, indent=2))

    @classmethod
    def load(cls, folder):
        return cls(**json.loads((Path(folder) / "model.json").read_text()))
