"""Counts the rows of each species."""

import argparse

from pyspark.sql import SparkSession

parser = argparse.ArgumentParser()
parser.add_argument("--rows")
parser.add_argument("--counts")
args = parser.parse_args()

spark = SparkSession.builder.getOrCreate()
rows = spark.read.csv(args.rows, header=True, inferSchema=True)
counts = rows.groupBy("species").count()
counts.show()
counts.write.mode("overwrite").csv(args.counts, header=True)
