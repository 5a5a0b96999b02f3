"""Sums the second column of a table."""

import csv
import sys

with open(sys.argv[1]) as table:
    print(sum(float(row["amount"]) for row in csv.DictReader(table)))
