"""Trains the classifier and logs its loss as it falls."""

import argparse

import track
from model import Softmax, read_rows

parser = argparse.ArgumentParser()
parser.add_argument("--rows", required=True)
parser.add_argument("--epochs", type=int, default=300)
parser.add_argument("--learning-rate", type=float, default=0.2)
parser.add_argument("--model", required=True)
args = parser.parse_args()

measurements, species = read_rows(args.rows)
track.log_params({"epochs": args.epochs, "learning_rate": args.learning_rate, "rows": len(species)})

model = Softmax.start(measurements, species)
for epoch in range(args.epochs):
    loss = model.step(measurements, species, args.learning_rate)
    if epoch % 10 == 0 or epoch == args.epochs - 1:
        track.log_metrics({"loss": loss}, step=epoch)
        print(f"epoch {epoch:4d}  loss {loss:.4f}")

model.save(args.model)
