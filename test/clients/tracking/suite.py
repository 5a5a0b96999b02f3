"""
What a tracking server that speaks MLflow's REST dialect does, as several hundred small checks written from its described
behaviour. Runs unmodified against `mlflow server` and against Lazurite:

    TRACKING_URL=http://127.0.0.1:5000 [TRACKING_TOKEN=…] python suite.py [--only WORD] [--json FILE]
"""
import argparse
import importlib
import json
import sys
import time
import traceback

import wire

AREAS = (
    "protocol",
    "experiments",
    "experiment_search",
    "runs",
    "values",
    "batches",
    "history",
    "run_search",
    "datasets",
    "registry",
    "versions",
    "registry_search",
    "logged_models",
    "logged_model_search",
    "artifacts",
    "webhooks",
    "traces",
    "evaluations",
)
checks = []


def check(title):
    """Registers a function of one Wire as a check; the title says what holds."""

    def keep(function):
        add(title, function)
        return function

    return keep


def add(title, function):
    area = function.__module__ if isinstance(function.__module__, str) else "?"
    checks.append((getattr(function, "area", area), title, function))


def rows(title, cases, area):
    """One check a row: `title` is formatted with the row's first word, the function gets the row."""

    def keep(function):
        for case in cases:
            one = lambda api, case=case: function(api, *case)  # noqa: E731
            one.area = area
            add(title.format(*case), one)
        return function

    return keep


def run_all(only):
    results = []
    api = wire.environment()
    for area, title, function in checks:
        name = f"{area}: {title}"
        if only and only not in name:
            continue
        began = time.time()
        try:
            function(api)
            outcome, why = "passed", None
        except AssertionError as error:
            outcome, why = "failed", str(error) or traceback.format_exc(limit=-1)
        except Exception:
            outcome, why = "failed", traceback.format_exc(limit=-1)
        results.append({"check": name, "outcome": outcome, "why": why, "ms": round((time.time() - began) * 1000)})
    return results


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--only")
    words.add_argument("--json")
    asked = words.parse_args()
    for area in AREAS:
        importlib.import_module(area)
    names = [f"{area}: {title}" for area, title, _ in checks]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, f"checks of one name: {twice}"
    results = run_all(asked.only)
    if asked.json:
        with open(asked.json, "w") as file:
            json.dump(results, file)
    failed = [result for result in results if result["outcome"] == "failed"]
    for result in failed:
        print(f"FAILED {result['check']}\n    {result['why']}")
    print(f"{len(results) - len(failed)} of {len(results)} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.modules["suite"] = sys.modules["__main__"]
    sys.exit(main())
