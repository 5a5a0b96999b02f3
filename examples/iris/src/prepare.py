"""Splits the flowers into rows to train on and rows held out, the same share of every species."""

import argparse
import csv
import random
from pathlib import Path

import track

parser = argparse.ArgumentParser()
parser.add_argument("--flowers", required=True)
parser.add_argument("--held-out", type=float, default=0.2)
parser.add_argument("--seed", type=int, default=1936)
parser.add_argument("--train", required=True)
parser.add_argument("--test", required=True)
args = parser.parse_args()

with open(args.flowers, newline="") as file:
    rows = list(csv.DictReader(file))

by_species = {}
for row in rows:
    by_species.setdefault(row["species"], []).append(row)

dice = random.Random(args.seed)
train, test = [], []
for species in sorted(by_species):
    flowers = by_species[species]
    dice.shuffle(flowers)
    cut = round(len(flowers) * args.held_out)
    test += flowers[:cut]
    train += flowers[cut:]

for folder, part in ((args.train, train), (args.test, test)):
    path = Path(folder) / "rows.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=rows[0].keys())
        writer.writeheader()
        writer.writerows(part)
    print(f"wrote {len(part)} rows to {path.name}")

track.log_metrics({"train_rows": len(train), "test_rows": len(test)})
