"""Adds numbers up: what a deployment of examples/sdk runs."""

import json
import os


def init():
    print("ready to add")


def run(body):
    numbers = json.loads(body)["numbers"]
    return {"sum": sum(numbers), "who": os.environ.get("WHO", "")}
