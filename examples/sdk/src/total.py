"""Sums the second column of a table and writes the sum down: total.py FOLDER FILE."""

import csv
import os
import sys

folder, file = sys.argv[1:]
with open(os.path.join(folder, "part.csv")) as table:
    total = sum(float(row["amount"]) for row in csv.DictReader(table))
with open(file, "w") as out:
    out.write(f"{total}\n")
print("total", total)
